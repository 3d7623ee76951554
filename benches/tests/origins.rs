//! The contenders of the tables return the same results for the same origins.

use std::collections::HashSet;

use benches::{
    call,
    origins::{
        self, Case, List, Lookup, LookupKind, PatternCase, Patterns, Queries, SuffixMap, allows,
        ours_by_router, ours_for, policy_for, request_from, tower_http_by_router, tower_http_for,
    },
};
use http::{Response, header::ACCESS_CONTROL_ALLOW_ORIGIN};
use tower_cross_origin::origin::OriginSet;

#[test]
fn all_exact_sets_return_same_results() {
    for count in COUNTS {
        let list = origins::tenants(count);
        let hash_set: HashSet<String> = list.iter().cloned().collect();
        let set = OriginSet::parse(&list).unwrap();
        for kind in LookupKind::ALL {
            for origin in Queries::new(kind, count, 500).iter().map(str::as_bytes) {
                let results = [list.matches(origin), hash_set.matches(origin), set.matches(origin)];
                assert_results(&results, kind == LookupKind::Hit, origin);
            }
        }
    }
}

#[test]
fn all_layers_return_same_results() {
    for count in COUNTS {
        let list = origins::tenants(count);
        let set = OriginSet::parse(&list).unwrap();
        let policy = policy_for(&set);
        let [mut ours_axum, mut tower_http_axum] =
            [ours_by_router(&set), tower_http_by_router(&list)];
        let (mut ours, mut tower_http) = (ours_for(&set), tower_http_for(&list));
        for kind in LookupKind::ALL {
            for origin in Queries::new(kind, count, 50).iter() {
                let results = [
                    allows(&policy, &request_from(origin)),
                    response_allows(&call(&mut ours, request_from(origin)), origin),
                    response_allows(&call(&mut ours_axum, request_from(origin)), origin),
                    response_allows(&call(&mut tower_http, request_from(origin)), origin),
                    response_allows(&call(&mut tower_http_axum, request_from(origin)), origin),
                ];
                assert_results(&results, kind == LookupKind::Hit, origin.as_bytes());
            }
        }
    }
}

#[test]
fn all_pattern_sets_return_same_results() {
    for patterns in [Patterns::Tenants, Patterns::Labels, Patterns::Bytes] {
        let texts = patterns.texts();
        let set = OriginSet::parse(&texts).unwrap();
        assert_eq!(set.len(), 10_000, "{patterns:?}: all patterns are different");
        let (list, map) = (List::new(&texts), SuffixMap::new(&texts));
        // All sets get all lookups. The two hosts of 253 bytes are near misses of only one set each.
        for case in PatternCase::ALL {
            let origin = case.origin();
            let origin = origin.as_bytes();
            let results = [list.matches(origin), map.matches(origin), set.matches(origin)];
            assert_results(&results, case.is_hit && case.patterns == patterns, origin);
        }
    }
}

#[test]
fn pattern_hits_match_their_set() {
    let texts = Patterns::Tenants.texts();
    let set = OriginSet::parse(&texts).unwrap();
    for origin in Queries::for_patterns(texts.len(), 500).iter() {
        assert!(set.matches(origin.as_bytes()), "{origin}");
    }
}

#[test]
fn long_hosts_have_maximum_length() {
    let [.., labels, bytes] = PatternCase::ALL;
    assert_eq!([labels.host_bytes(), bytes.host_bytes()], [253; 2]);
}

#[test]
fn regexes_match_only_hits() {
    for is_hit in [true, false] {
        let (set, origin) = origins::regexes(is_hit);
        assert_eq!(set.len(), 64);
        assert_eq!(set.matches(origin.as_bytes()), is_hit, "{origin}");
    }
}

#[test]
fn tenant_origins_are_distinct_and_realistically_long() {
    let tenants = origins::tenants(100_000);
    assert_eq!(tenants.iter().collect::<HashSet<_>>().len(), tenants.len());
    let average = tenants.iter().map(String::len).sum::<usize>() / tenants.len();
    assert!((25..=40).contains(&average), "{average} bytes");
}

#[test]
fn queries_are_reproducible_and_unordered() {
    let [one, other] = [(); 2].map(|()| Queries::new(LookupKind::Hit, 1_000, 100));
    let one: Vec<_> = one.iter().collect();
    assert_eq!(one, other.iter().collect::<Vec<_>>());
    assert!(!one.is_sorted());
}

#[test]
fn case_origin_is_in_the_middle_of_the_list() {
    for case in Case::SMALL {
        let list = origins::tenants(case.tenants);
        let found = list.iter().position(|one| *one == case.origin());
        let middle = (case.kind == LookupKind::Hit).then_some(case.tenants / 2);
        assert_eq!(found, middle, "{case:?}");
    }
}

#[track_caller]
fn assert_results(results: &[bool], expected: bool, origin: &[u8]) {
    let origin = String::from_utf8_lossy(origin);
    assert!(
        results.iter().all(|one| *one == expected),
        "{origin}: got {results:?}, expected {expected}"
    );
}

fn response_allows<B>(response: &Response<B>, origin: &str) -> bool {
    response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|allowed| allowed == origin)
}

const COUNTS: [usize; 4] = [1, 4, 100, 2_000];

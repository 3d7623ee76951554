//! The tables compare like with like: whoever is asked for an origin, the answer is the same.

use std::collections::HashSet;

use benches::{
    answer,
    origins::{
        self, Case, List, Lookup, PatternCase, Patterns, Question, Questions, SuffixMap, grants,
        ours_by_router, ours_of, policy_of, request_of, tower_http_by_router, tower_http_of,
    },
};
use http::{Response, header::ACCESS_CONTROL_ALLOW_ORIGIN};
use tower_cross_origin::origin::OriginSet;

#[test]
fn every_set_of_exact_origins_gives_the_same_answer() {
    for count in COUNTS {
        let list = origins::tenants(count);
        let hash_set: HashSet<String> = list.iter().cloned().collect();
        let set = OriginSet::parse(&list).unwrap();
        for question in Question::ALL {
            for asked in Questions::new(question, count, 500).iter().map(str::as_bytes) {
                let answers = [list.covers(asked), hash_set.covers(asked), set.covers(asked)];
                assert_answers(&answers, question == Question::Hit, asked);
            }
        }
    }
}

#[test]
fn every_layer_gives_the_same_answer() {
    for count in COUNTS {
        let list = origins::tenants(count);
        let set = OriginSet::parse(&list).unwrap();
        let policy = policy_of(&set);
        let [mut ours_axum, mut tower_http_axum] =
            [ours_by_router(&set), tower_http_by_router(&list)];
        let (mut ours, mut tower_http) = (ours_of(&set), tower_http_of(&list));
        for question in Question::ALL {
            for asked in Questions::new(question, count, 50).iter() {
                let answers = [
                    grants(&policy, &request_of(asked)),
                    allows(&answer(&mut ours, request_of(asked)), asked),
                    allows(&answer(&mut ours_axum, request_of(asked)), asked),
                    allows(&answer(&mut tower_http, request_of(asked)), asked),
                    allows(&answer(&mut tower_http_axum, request_of(asked)), asked),
                ];
                assert_answers(&answers, question == Question::Hit, asked.as_bytes());
            }
        }
    }
}

#[test]
fn every_set_of_patterns_gives_the_same_answer() {
    for patterns in [Patterns::Tenants, Patterns::Labels, Patterns::Bytes] {
        let written = patterns.written();
        let set = OriginSet::parse(&written).unwrap();
        assert_eq!(set.len(), 10_000, "{patterns:?}: each pattern is another one");
        let (list, map) = (List::new(&written), SuffixMap::new(&written));
        // Every question to every set: the two hosts of 253 bytes are near misses of one set only.
        for case in PatternCase::ALL {
            let asked = case.origin();
            let asked = asked.as_bytes();
            let answers = [list.covers(asked), map.covers(asked), set.covers(asked)];
            assert_answers(&answers, case.is_hit && case.patterns == patterns, asked);
        }
    }
}

#[test]
fn the_hits_of_patterns_are_hits() {
    let written = Patterns::Tenants.written();
    let set = OriginSet::parse(&written).unwrap();
    for asked in Questions::of_patterns(written.len(), 500).iter() {
        assert!(set.covers(asked.as_bytes()), "{asked}");
    }
}

#[test]
fn the_hosts_that_are_meant_to_be_long_are_as_long_as_a_host_can_be() {
    let [.., labels, bytes] = PatternCase::ALL;
    assert_eq!([labels.host_bytes(), bytes.host_bytes()], [253; 2]);
}

#[test]
fn regular_expressions_cover_what_their_case_says() {
    for is_hit in [true, false] {
        let (set, asked) = origins::regexes(is_hit);
        assert_eq!(set.len(), 64);
        assert_eq!(set.covers(asked.as_bytes()), is_hit, "{asked}");
    }
}

#[test]
fn tenants_origins_are_different_and_of_realistic_length() {
    let tenants = origins::tenants(100_000);
    assert_eq!(tenants.iter().collect::<HashSet<_>>().len(), tenants.len());
    let average = tenants.iter().map(String::len).sum::<usize>() / tenants.len();
    assert!((25..=40).contains(&average), "{average} bytes");
}

#[test]
fn questions_are_the_same_in_every_run_and_in_no_order() {
    let [one, other] = [(); 2].map(|()| Questions::new(Question::Hit, 1_000, 100));
    let one: Vec<_> = one.iter().collect();
    assert_eq!(one, other.iter().collect::<Vec<_>>());
    assert!(!one.is_sorted());
}

#[test]
fn a_case_asks_in_the_middle_of_a_list() {
    for case in Case::SMALL {
        let list = origins::tenants(case.tenants);
        let found = list.iter().position(|one| *one == case.origin());
        let middle = (case.question == Question::Hit).then_some(case.tenants / 2);
        assert_eq!(found, middle, "{case:?}");
    }
}

#[track_caller]
fn assert_answers(answers: &[bool], expected: bool, asked: &[u8]) {
    let asked = String::from_utf8_lossy(asked);
    assert!(answers.iter().all(|one| *one == expected), "{asked}: {answers:?}, not {expected}");
}

fn allows<B>(response: &Response<B>, asked: &str) -> bool {
    response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).is_some_and(|origin| origin == asked)
}

const COUNTS: [usize; 4] = [1, 4, 100, 2_000];

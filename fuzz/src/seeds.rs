//! Tests that run all seeds, and inputs that are too large to store, without a fuzzer.

use std::{collections::BTreeSet, fs, path::Path};

use http::{HeaderValue, StatusCode};
use regex_automata::hybrid::regex::Regex;
use tower_cross_origin::{
    RequestHead,
    limits::{
        ORIGIN_BYTES, REQUEST_HEADERS_BYTES, REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES,
        REQUEST_HEADERS_NAMES, REQUEST_METHOD_BYTES,
    },
    origin::Origin,
};

use crate::{
    callbacks, configurations,
    cut_json::CutJson,
    cut_streams::CutStream,
    decide,
    exchange::Exchange,
    hosts, jsonp, jsonp_defects, origin, paths,
    pattern_defects::FaultySuffixTree,
    pattern_lists::{PatternLists, Query},
    patterns::{self, disagreement},
    policies::Policy,
    preflight,
    reference_model::{
        callback,
        cors_model::{End, Step},
        origin::Reading,
    },
    regexes, stream_defects, streams,
    visits::Visits,
};

#[test]
fn configurations_seeds_fulfill_claims() {
    each_seed("configurations", configurations::check);
}

#[test]
fn hosts_seeds_fulfill_claims() {
    each_seed("hosts", hosts::check);
}

#[test]
fn regexes_seeds_fulfill_claims() {
    each_seed("regexes", regexes::check);
}

/// Plants the usual defects of comparisons of hosts.
#[test]
fn hosts_with_defects_are_detected() {
    let hosts = ["api.example.com:8443", "a.example.com", "evilexample.com", "example.com.evil"];
    let hosts = hosts.map(HeaderValue::from_static);
    let without_port =
        |host: &HeaderValue| host.to_str().unwrap().split(':').next().unwrap().to_owned();
    let find = |name, defect: fn(&str) -> bool| {
        hosts::disagreement(name, &hosts, |host| defect(&without_port(host))).cloned()
    };
    let found = find("*.example.com", |host| host.ends_with("example.com"));
    assert_eq!(found, Some(hosts[2].clone()), "the dot is not compared");
    let found = find("*.example.com", |host| {
        host.contains(".example.com") || host.contains("example.com.")
    });
    assert_eq!(found, Some(hosts[3].clone()), "the end is not compared");
    let found = find("api.example.com:3000", |host| host == "api.example.com");
    assert_eq!(found, Some(hosts[0].clone()), "the port is not compared");
    let found = find("*.example.com", |host| host.ends_with(".example.com"));
    assert_eq!(found, None);
}

/// Plants the usual defects of anchors, which other libraries had.
#[test]
fn regexes_with_defects_are_detected() {
    type Anchor = fn(&str) -> String;
    let defects: [(&str, Anchor); 4] = [
        ("no anchors", |regex| regex.to_owned()),
        ("no anchor at the end", |regex| format!("^(?:{regex})")),
        ("no anchor at the start", |regex| format!("(?:{regex})$")),
        ("anchors in the first and in the last alternative only", |regex| format!("^{regex}$")),
    ];
    for (defect, anchor) in defects {
        let mut found = Vec::new();
        each_seed("regexes", |seed| {
            found.extend(regexes::disagreement(seed, |regex| {
                let regex = Regex::new(&anchor(regex)).ok()?;
                Some(move |origin: &Origin<'_>| {
                    let mut cache = regex.create_cache();
                    !origin.is_opaque() && regex.is_match(&mut cache, origin.as_str())
                })
            }));
        });
        println!("{defect}: {found:?}");
        assert!(!found.is_empty(), "{defect}");
    }
}

#[test]
fn origin_seeds_fulfill_claims() {
    each_seed("origin", origin::check);
}

#[test]
fn paths_seeds_fulfill_claims() {
    each_seed("paths", paths::check);
}

#[test]
fn decide_seeds_fulfill_claims_and_reach_all_outcomes() {
    let mut ends = BTreeSet::new();
    let (mut preflights, mut remembered) = (0, 0);
    each_seed("decide", |seed| {
        let all = decide::check_all(&Visits::parse(seed));
        assert!(!all.is_empty(), "the seed has no calls");
        preflights += all.iter().filter(|granted| granted.preflight.is_some()).count();
        remembered += all.iter().filter(|granted| granted.is_remembered).count();
        ends.extend(all.into_iter().map(|granted| granted.end));
    });
    let rejected =
        [Step::Origin, Step::Credentials, Step::Method, Step::RequestHeader].map(End::Rejected);
    let others = [End::Throws, End::NotAllowed, End::Opaque, End::SameOrigin, End::Readable];
    assert_eq!(ends, rejected.into_iter().chain(others).collect());
    assert!(preflights > 20 && remembered > 3, "{preflights} preflights, {remembered} remembered");
}

#[test]
fn preflight_seeds_fulfill_claims() {
    each_seed("preflight", |seed| preflight::check(&Exchange::parse(seed)));
}

#[test]
fn patterns_seeds_fulfill_claims() {
    each_seed("patterns", patterns::check);
}

#[test]
fn streams_seeds_fulfill_claims() {
    each_seed("streams", streams::check);
}

#[test]
fn jsonp_seeds_fulfill_claims() {
    each_seed("jsonp", jsonp::check);
}

#[test]
fn jsonp_seeds_detect_all_defects() {
    for defect in jsonp_defects::DEFECTS {
        let mut found = Vec::new();
        each_seed("jsonp", |seed| {
            let json = CutJson::parse(seed);
            found.extend(jsonp::disagreement(&json, &defect.output(&json)));
        });
        assert!(!found.is_empty(), "{defect:?}");
    }
}

#[test]
fn callbacks_seeds_fulfill_claims_and_include_valid_ones() {
    let (mut valid, mut rejected) = (0, 0);
    each_seed("callbacks", |seed| {
        callbacks::check(seed);
        if callback::is_default_callback(seed) { valid += 1 } else { rejected += 1 }
    });
    assert!(valid > 5 && rejected > 20, "{valid} valid, {rejected} invalid");
}

#[test]
fn streams_seeds_detect_all_defects() {
    for defect in stream_defects::DEFECTS {
        let mut found = Vec::new();
        each_seed("streams", |seed| {
            let stream = CutStream::parse(seed);
            found.extend(streams::disagreement(&stream, &defect.output(&stream)));
        });
        assert!(!found.is_empty(), "{defect:?}");
    }
}

/// Plants the defect of GO-2024-2813, which checks of single patterns miss.
#[test]
fn patterns_seeds_detect_defect_between_patterns() {
    let mut found = 0;
    each_seed("patterns", |seed| {
        let lists = PatternLists::parse(seed);
        let (patterns, queries) = (lists.first(), lists.queries());
        found += usize::from(is_found_in(&patterns, &queries));
        for pattern in patterns {
            assert!(!is_found_in(&[pattern], &queries), "{pattern} alone detects the defect");
        }
    });
    assert!(found > 3, "only {found} seeds detect the defect");

    let lists = PatternLists::parse(b"p https://foo.com\np https://bar.com");
    let tree = FaultySuffixTree::new(&["https://foo.com", "https://bar.com"]);
    let first = disagreement(&lists.first(), &lists.queries(), |one| tree.matches(one));
    assert_eq!(first.as_deref(), Some("https://barfoo.com"));
}

fn is_found_in(patterns: &[&str], queries: &[Query]) -> bool {
    let tree = FaultySuffixTree::new(patterns);
    disagreement(patterns, queries, |one| tree.matches(one)).is_some()
}

#[test]
fn origins_are_parsed_up_to_size_limits() {
    let host = format!("{}{}", "a.".repeat(126), "b");
    for (origin, is_origin) in [
        (format!("https://{host}"), true),
        (format!("https://{host}b"), false),
        (format!("{}://a", "s".repeat(64)), true),
        (format!("{}://a", "s".repeat(65)), false),
        (format!("{}://{host}:65535", "s".repeat(64)), true),
        (format!("https://{}", "a".repeat(64 * 1024)), false),
        ("https://a.".repeat(6554), false),
        (":".repeat(64 * 1024), false),
    ] {
        origin::check(origin.as_bytes());
        assert_eq!(Reading::parse(origin.as_bytes()).is_some(), is_origin, "{origin}");
    }
    assert_eq!(format!("{}://{host}:65535", "s".repeat(64)).len(), ORIGIN_BYTES);
}

#[test]
fn preflights_are_allowed_only_up_to_size_limits() {
    for (lines, status) in [
        ("H b a", 204),
        ("H b+ a", 403),
        // Eight lines of 256 bytes and one of 2,048 bytes; and one byte more.
        ("H 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 2048 a", 204),
        ("H 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 2049 a", 403),
        ("L l a", 204),
        ("L l+ a", 403),
        ("L 1023 a", 403),
        // A comma after the last name makes one empty element.
        ("H n x,", 204),
        ("H n+ x,", 403),
        ("L 15 a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\nH 8 a,a,", 204),
        // N commas make N + 1 empty elements, and a line without a name is one empty element.
        ("H e- ,", 204),
        ("H e ,", 403),
        ("L 16 ,", 204),
        ("L 16 ,\nh ,", 403),
        ("H 65000 a", 403),
        ("H 65000 ,", 403),
        ("H 65000  ", 403),
        ("H 4000  \nh a", 204),
    ] {
        let seed = format!("p 3\nm OPTIONS\no https://a.example\na PUT\n{lines}");
        assert_eq!(preflight_status(&seed), status, "{lines}");
    }
    for (lines, status) in [
        // The response to a longer method names the method as the failing step.
        ("A m M", 204),
        ("A m+ M", 204),
        ("A 65536 M", 204),
        ("a PUT\na PUT", 403),
        // A rule for any origin does not read the value.
        ("a PUT\nO o+ a", 204),
        ("a PUT\nL 1024 \nL 1024 a", 403),
    ] {
        let seed = format!("p 3\nm OPTIONS\no https://a.example\n{lines}");
        assert_eq!(preflight_status(&seed), status, "{lines}");
    }
}

#[test]
fn size_limits_match_reference_model() {
    assert_eq!(ORIGIN_BYTES, 326);
    assert_eq!(REQUEST_HEADERS_BYTES, 4096);
    assert_eq!(REQUEST_HEADERS_LINES, 256);
    assert_eq!(REQUEST_HEADERS_NAMES, 256);
    assert_eq!(REQUEST_HEADERS_EMPTY_ELEMENTS, 32);
    assert_eq!(REQUEST_METHOD_BYTES, 64);
}

/// Returns the status of a preflight's response, after checking all claims.
#[track_caller]
fn preflight_status(seed: &str) -> StatusCode {
    let exchange = Exchange::parse(seed.as_bytes());
    preflight::check(&exchange);
    let policy = &Policy::by_number(exchange.policy).compiled;
    let decision = policy.decide(&RequestHead::from(&exchange.request));
    decision.early_response::<()>().expect("the layer responds to a preflight").status()
}

fn each_seed(target: &str, mut check: impl FnMut(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 20, "only {count} seeds of {target}");
}

//! Every seed, and the seeds that are too large to store, without a fuzzer.

use std::{collections::BTreeSet, fs, path::Path};

use http::StatusCode;
use tower_cross_origin::{
    RequestHead,
    limits::{
        ORIGIN_BYTES, REQUEST_HEADERS_BYTES, REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES,
        REQUEST_HEADERS_NAMES, REQUEST_METHOD_BYTES,
    },
};

use crate::{
    callbacks, configurations,
    cut_json::CutJson,
    cut_streams::CutStream,
    decide,
    exchange::Exchange,
    jsonp, origin,
    pattern_lists::{PatternLists, Question},
    patterns::{self, disagreement},
    planted::Planted,
    planted_jsonp, planted_streams,
    policies::Policy,
    preflight,
    reference_model::{
        callback,
        cors_model::{End, Step},
        origin::Reading,
    },
    streams,
    visits::Visits,
};

#[test]
fn every_seed_of_the_target_configurations_holds() {
    each_seed("configurations", configurations::check);
}

#[test]
fn every_seed_of_the_target_origin_holds() {
    each_seed("origin", origin::check);
}

#[test]
fn every_seed_of_the_target_decide_holds_and_together_they_come_to_every_end() {
    let mut ends = BTreeSet::new();
    let (mut preflights, mut remembered) = (0, 0);
    each_seed("decide", |seed| {
        let all = decide::granted(&Visits::read(seed));
        assert!(!all.is_empty(), "nothing is compared");
        preflights += all.iter().filter(|granted| granted.preflight.is_some()).count();
        remembered += all.iter().filter(|granted| granted.is_remembered).count();
        ends.extend(all.into_iter().map(|granted| granted.end));
    });
    let refused =
        [Step::Origin, Step::Credentials, Step::Method, Step::RequestHeader].map(End::Rejected);
    let others = [End::Throws, End::NotAllowed, End::Opaque, End::SameOrigin, End::Readable];
    assert_eq!(ends, refused.into_iter().chain(others).collect());
    assert!(preflights > 20 && remembered > 3, "{preflights} preflights, {remembered} remembered");
}

#[test]
fn every_seed_of_the_target_preflight_holds() {
    each_seed("preflight", |seed| preflight::check(&Exchange::read(seed)));
}

#[test]
fn every_seed_of_the_target_patterns_holds() {
    each_seed("patterns", patterns::check);
}

#[test]
fn every_seed_of_the_target_streams_holds() {
    each_seed("streams", streams::check);
}

#[test]
fn every_seed_of_the_target_jsonp_holds() {
    each_seed("jsonp", jsonp::check);
}

#[test]
fn each_defect_of_jsonp_is_found_by_a_seed() {
    for defect in planted_jsonp::DEFECTS {
        let mut found = Vec::new();
        each_seed("jsonp", |seed| {
            let json = CutJson::read(seed);
            found.extend(jsonp::disagreement(&json, &defect.behind(&json)));
        });
        assert!(!found.is_empty(), "{defect:?}");
    }
}

#[test]
fn every_seed_of_the_target_callbacks_holds_and_some_are_taken() {
    let (mut taken, mut refused) = (0, 0);
    each_seed("callbacks", |seed| {
        callbacks::check(seed);
        if callback::is_allowed_callback(seed) { taken += 1 } else { refused += 1 }
    });
    assert!(taken > 5 && refused > 20, "{taken} taken, {refused} refused");
}

#[test]
fn each_defect_of_streams_is_found_by_a_seed() {
    for defect in planted_streams::DEFECTS {
        let mut found = Vec::new();
        each_seed("streams", |seed| {
            let stream = CutStream::read(seed);
            found.extend(streams::disagreement(&stream, &defect.behind(&stream)));
        });
        assert!(!found.is_empty(), "{defect:?}");
    }
}

/// GO-2024-2813, planted: a fuzzer that asked about one pattern at a time could not find it.
#[test]
fn a_defect_between_patterns_is_found_by_the_seeds_and_by_no_pattern_alone() {
    let mut found = 0;
    each_seed("patterns", |seed| {
        let lists = PatternLists::read(seed);
        let (patterns, questions) = (lists.first(), lists.questions());
        found += usize::from(is_found_in(&patterns, &questions));
        for pattern in patterns {
            assert!(!is_found_in(&[pattern], &questions), "by {pattern} alone");
        }
    });
    assert!(found > 3, "by {found} seeds");

    let lists = PatternLists::read(b"p https://foo.com\np https://bar.com");
    let tree = Planted::of(&["https://foo.com", "https://bar.com"]);
    let first = disagreement(&lists.first(), &lists.questions(), |one| tree.matches(one));
    assert_eq!(first.as_deref(), Some("https://barfoo.com"));
}

fn is_found_in(patterns: &[&str], questions: &[Question]) -> bool {
    let tree = Planted::of(patterns);
    disagreement(patterns, questions, |one| tree.matches(one)).is_some()
}

#[test]
fn an_origin_is_read_up_to_its_bounds() {
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
fn a_preflight_is_granted_up_to_its_bounds_and_refused_past_them() {
    for (written, status) in [
        ("H b a", 204),
        ("H b+ a", 403),
        // 16 lines of 256 bytes, and one byte more.
        ("H 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 2048 a", 204),
        ("H 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 256 a\nH 2049 a", 403),
        ("L l a", 204),
        ("L l+ a", 403),
        ("L 1023 a", 403),
        // A comma after the last name makes one empty element.
        ("H n x,", 204),
        ("H n+ x,", 403),
        ("L l- a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\nH 8 a,a,", 204),
        // So many commas, one more empty element; and a line without a name is one.
        ("H e- ,", 204),
        ("H e ,", 403),
        ("L l ,", 204),
        ("L l ,\nh ,", 403),
        ("H 65000 a", 403),
        ("H 65000 ,", 403),
        ("H 65000  ", 403),
        ("H 4000  \nh a", 204),
    ] {
        let seed = format!("p 3\nm OPTIONS\no https://a.example\na PUT\n{written}");
        assert_eq!(answered(&seed), status, "{written}");
    }
    for (written, status) in [
        ("A m M", 204),
        ("A m+ M", 403),
        ("A 65536 M", 403),
        ("a PUT\na PUT", 403),
        ("a PUT\nO o+ a", 403),
        ("a PUT\nL 1024 \nL 1024 a", 403),
    ] {
        let seed = format!("p 3\nm OPTIONS\no https://a.example\n{written}");
        assert_eq!(answered(&seed), status, "{written}");
    }
}

#[test]
fn the_bounds_are_those_that_the_reference_model_has() {
    assert_eq!(ORIGIN_BYTES, 326);
    assert_eq!(REQUEST_HEADERS_BYTES, 4096);
    assert_eq!(REQUEST_HEADERS_LINES, 16);
    assert_eq!(REQUEST_HEADERS_NAMES, 256);
    assert_eq!(REQUEST_HEADERS_EMPTY_ELEMENTS, 32);
    assert_eq!(REQUEST_METHOD_BYTES, 64);
}

/// The status of a preflight's answer, of which everything that is claimed holds.
#[track_caller]
fn answered(seed: &str) -> StatusCode {
    let exchange = Exchange::read(seed.as_bytes());
    preflight::check(&exchange);
    let policy = &Policy::numbered(exchange.policy).compiled;
    let decision = policy.decide(&RequestHead::from(&exchange.request));
    decision.early_response::<()>().expect("a preflight is answered").status()
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

//! Patterns and sets of them, by tables and by comparison with a reference model over sets of many
//! patterns at once. MATRIX rows 8 to 14 and 18; PEERS 11, 12.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::{Config, TestCaseError, TestRunner},
};
use tower_cross_origin::origin::{Inclusion, Member, Origin, OriginPattern, OriginSet, Uncovered};

use crate::reference_model::{
    origin::Reading,
    pattern::{Pattern, covers, covers_any, is_pattern},
};

// --- tables -----------------------------------------------------------------------------------------

struct Row {
    source: &'static str,
    patterns: &'static [&'static str],
    covered: &'static [&'static str],
    refused: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        source: "a pattern without * is one origin",
        patterns: &["https://example.com"],
        covered: &["https://example.com"],
        refused: &["https://www.example.com", "https://example.com:8443", "http://example.com"],
    },
    Row {
        source: "*. is one label or more, and never the apex",
        patterns: &["https://*.example.com"],
        covered: &["https://a.example.com", "https://a.b.c.example.com", "https://_.example.com"],
        refused: &["https://example.com", "https://a.example.com:8443", "http://a.example.com"],
    },
    Row {
        source: ":* is any port, the implied one too",
        patterns: &["https://example.com:*"],
        covered: &["https://example.com", "https://example.com:80", "https://example.com:65535"],
        refused: &["https://a.example.com:80", "http://example.com:8080", "https://example.co:80"],
    },
    Row {
        source: "*. and :* together",
        patterns: &["https://*.example.com:*"],
        covered: &["https://a.example.com", "https://b.a.example.com:8443"],
        refused: &["https://example.com", "https://example.com:8443", "http://a.example.com:8443"],
    },
    Row {
        source: "*. with a port",
        patterns: &["https://*.example.com:8443"],
        covered: &["https://a.example.com:8443", "https://b.a.example.com:8443"],
        refused: &[
            "https://a.example.com",
            "https://a.example.com:844",
            "https://example.com:8443",
        ],
    },
    Row {
        source: "any port of an address",
        patterns: &["http://127.0.0.1:*", "http://[::1]:*"],
        covered: &[
            "http://127.0.0.1",
            "http://127.0.0.1:3000",
            "http://[::1]",
            "http://[::1]:65535",
        ],
        refused: &[
            "http://127.0.0.11",
            "http://127.0.0.2:3000",
            "http://a.127.0.0.1",
            "http://[::11]",
            "http://[::2]:1",
            "https://[::1]",
            "http://localhost",
        ],
    },
    Row {
        source: "a part that is named beside one for any",
        patterns: &["https://*.b.example", "https://a.b.example:8443", "https://b.example:*"],
        covered: &[
            "https://a.b.example",
            "https://a.b.example:8443",
            "https://b.example",
            "https://b.example:8443",
        ],
        refused: &[
            "https://b.b.example:8443",
            "https://a.b.example:8444",
            "https://a.a.b.example:8443",
            "https://ab.example",
            "https://example",
        ],
    },
    Row {
        source: "null is in no set of patterns",
        patterns: &["https://*.null", "null://null", "null://null:*", "https://null"],
        covered: &["https://null", "null://null", "null://null:1", "https://a.null"],
        refused: &["null", "null://", "://null"],
    },
    Row {
        source: "PEERS 12: systeminit/si 4132, mockforge 760, steelseriesgg-rs 117",
        patterns: &["https://*.systeminit.com", "http://localhost:*"],
        covered: &["https://app.systeminit.com", "http://localhost:5173"],
        refused: &[
            "ftp://app.systeminit.com",
            "https://evilsysteminit.com",
            "http://localhost.evil.com",
            "http://localhost.evil.com:5173",
            "http://localhosts",
        ],
    },
    Row {
        source: "MATRIX 3.1.8: GO-2024-2813, GHSA-vhxv-fg4m-p2w8",
        patterns: &["https://foo.com", "https://bar.com"],
        covered: &["https://foo.com", "https://bar.com"],
        refused: &[
            "https://barfoo.com",
            "https://foobar.com",
            "https://.com",
            "https://com",
            "https://o.com",
            "https://bar.comfoo.com",
            "https://bar.foo.com",
        ],
    },
    Row {
        source: "MATRIX 3.1.8, the other order, and with patterns",
        patterns: &["https://*.bar.com", "https://*.foo.com:*", "https://foo.com", "https://r.com"],
        covered: &["https://a.bar.com", "https://a.foo.com:1", "https://foo.com", "https://r.com"],
        refused: &[
            "https://bar.com",
            "https://foo.com:1",
            "https://a.barfoo.com",
            "https://ar.com",
            "https://a.foobar.com",
            "https://a.r.com",
            "https://bar.com.foo.com.com",
        ],
    },
    Row {
        source: "MATRIX 3.1.9",
        patterns: &["https://*.example.com"],
        covered: &["https://a.b.example.com"],
        refused: &[
            "https://example.com",
            "https://evilexample.com",
            "https://a.evilexample.com",
            "https://a.example.com.hacker.org",
            "https://a.example.comhacker.org",
        ],
    },
    Row {
        source: "MATRIX 3.1.11",
        patterns: &["http://localhost:*"],
        covered: &["http://localhost", "http://localhost:1", "http://localhost:65535"],
        refused: &[
            "http://localhost:0",
            "http://localhost:65536",
            "http://localhost:080",
            "http://localhost:08080",
            "http://localhost:",
            "http://localhost:*",
            "http://localhost:80",
            "http://localhost:+1",
            "http://localhost:4294967297",
            "http://a.localhost:1",
        ],
    },
    Row {
        source: "MATRIX 3.1.12",
        patterns: &["https://a", "http://localhost:*"],
        covered: &["https://a"],
        refused: &[
            "http://a",
            "https://a:443",
            "https://a.",
            "https://a/",
            "HTTPS://a",
            "https://A",
            "http://localhost:80",
        ],
    },
    Row {
        source: "MATRIX 3.1.13",
        patterns: &[
            "connector://*.example",
            "connector://example",
            "https://127.0.0.1",
            "http://[::1]:9090",
            "capacitor://localhost:*",
        ],
        covered: &[
            "connector://example",
            "connector://a.example",
            "https://127.0.0.1",
            "http://[::1]:9090",
            "capacitor://localhost",
            "capacitor://localhost:443",
        ],
        refused: &["https://example", "http://127.0.0.1", "http://::1:9090", "http://[::1]"],
    },
    Row {
        source: "MATRIX 3.1.14",
        patterns: &["https://*.example.com", "https://*.example.com:*"],
        covered: &["https://a.example.com"],
        refused: &[
            "https://..example.com",
            "https://.example.com",
            "https://a..example.com",
            "https://evil.com/.example.com",
            "https://evil.com#.example.com",
            "https://evil.com?.example.com",
            "https://evil.com:8443.example.com",
            "https://*.example.com",
            "https://[a.example.com]",
        ],
    },
    Row {
        source: "gofiber/fiber 3690: prefix and suffix without a boundary",
        patterns: &["https://*.example.com"],
        covered: &["https://api.example.com", "https://v1.api.example.com"],
        refused: &["https://example.com", "https://some-example.com", "https://.example.com"],
    },
    Row {
        source: "gofiber/fiber 4455: empty labels, and origins that are none",
        patterns: &["https://*.example.com", "http://*.example.com"],
        covered: &["https://api.example.com", "http://api.example.com"],
        refused: &[
            "https://.example.com",
            "https://evil..example.com",
            "https://evil.com/api.example.com",
            "https://user@api.example.com",
            "https://api.example.com.",
        ],
    },
    Row {
        source: "CVE-2019-25211, gin-contrib/cors: the byte before a last * was cut off",
        patterns: &["https://example.com:*", "http://localhost:*"],
        covered: &["https://example.com:8443", "http://localhost:8080"],
        refused: &[
            "https://example.community",
            "https://example.community:8443",
            "http://localhost.example.com",
            "http://localhost.example.com:8080",
            "http://localhosta:8080",
        ],
    },
    Row {
        source: "dotnet/aspnetcore, CorsPolicyExtensionsTests",
        patterns: &["http://*.domain", "http://*.domain:4567", "http://*.domain:5678"],
        covered: &["http://sub.domain", "http://sub.sub.domain", "http://sub.domain:4567"],
        refused: &[
            "http://domain",
            "http://sub.domain:1234",
            "http://sub.domain.hacker",
            "https://sub.domain",
            "null",
            "http://",
            "http://*",
            "http://.domain",
            "http://.domain/hello",
        ],
    },
    Row {
        source: "MATRIX 3.1.18: the A-label of ☕ is covered as it is sent",
        patterns: &["https://xn--53h.example", "https://*.xn--53h.example"],
        covered: &["https://xn--53h.example", "https://a.xn--53h.example"],
        refused: &["https://☕.example", "https://a.☕.example", "https://53h.example"],
    },
];

#[test]
fn a_set_covers_what_its_patterns_mean_and_nothing_else() {
    for Row { source, patterns, covered, refused } in ROWS {
        let set = OriginSet::parse(*patterns).expect(source);
        for origin in *covered {
            is_covered(source, &set, patterns, origin);
        }
        for origin in *refused {
            is_refused(source, &set, patterns, origin);
        }
    }
}

/// MATRIX 3.1.10: a library kept up to eight children of a node in a list, and more in a table.
#[test]
fn siblings_of_any_number_are_told_apart() {
    let source = "MATRIX 3.1.10";
    for family in ["https://a#.example.com", "https://*.a#.example.com:*", "https://#a.com:*"] {
        let bytes: Vec<String> = ('0'..='9').chain('a'..='z').map(String::from).collect();
        let patterns: Vec<String> = bytes.iter().map(|byte| family.replace('#', byte)).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let origin = |pattern: &str| pattern.replace("*.", "x.").replace(":*", ":81");
        let mut shrinking = OriginSet::parse(patterns.iter().rev()).unwrap();
        for number in (1..patterns.len()).rev() {
            let (patterns, others) = patterns.split_at(number);
            let set = OriginSet::parse(patterns).unwrap();
            assert!(shrinking.remove(&others[0].parse().unwrap()), "{}", others[0]);
            assert_eq!(shrinking, set);
            for pattern in patterns {
                is_covered(source, &set, patterns, &origin(pattern));
                is_covered(source, &shrinking, patterns, &origin(pattern));
            }
            for other in others {
                is_refused(source, &set, patterns, &origin(other));
                is_refused(source, &shrinking, patterns, &origin(other));
            }
            is_refused(source, &set, patterns, &origin(&family.replace('#', "")));
            is_refused(source, &set, patterns, &origin(&family.replace('#', "00")));
        }
    }
}

/// Exact origins are looked up by a hash, and those of a large set in parts that clones share.
#[test]
fn a_large_set_holds_its_members_and_its_clones_what_they_had() {
    let patterns: Vec<OriginPattern> =
        (0..5000).map(|n| format!("https://t{n}.example").parse().unwrap()).collect();
    let holds = |set: &OriginSet, is_in: &dyn Fn(usize) -> bool| {
        let held: BTreeSet<&str> = set.iter().map(|member| member.as_str()).collect();
        let number = (0..patterns.len()).filter(|&n| is_in(n)).count();
        assert_eq!((set.len(), set.iter().count(), held.len()), (number, number, number));
        for (n, pattern) in patterns.iter().enumerate() {
            let origin = Origin::parse(pattern.as_str().as_bytes()).unwrap();
            assert_eq!(set.contains(&origin), is_in(n), "{origin}");
            assert_eq!(held.contains(pattern.as_str()), is_in(n), "{origin}");
        }
        for other in ["https://t5000.example", "https://t.example", "http://t1.example", "null"] {
            assert!(!set.contains(&Origin::parse(other.as_bytes()).unwrap()), "{other}");
        }
    };
    let all: OriginSet = patterns.iter().cloned().collect();
    let mut set = all.clone();
    for pattern in patterns.iter().step_by(3) {
        assert!(set.remove(pattern) && !set.remove(pattern), "{pattern}");
    }
    let two_thirds = set.clone();
    for pattern in patterns.iter().step_by(6) {
        assert!(set.insert(pattern) && !set.insert(pattern), "{pattern}");
    }
    holds(&all, &|_| true);
    holds(&two_thirds, &|n| n % 3 != 0);
    holds(&set, &|n| n % 3 != 0 || n % 6 == 0);
    assert_eq!(set.union(&all), all);
    assert_eq!(
        all.difference(&set).uncovered().len(),
        5000_usize.div_ceil(3) - 5000_usize.div_ceil(6)
    );
    for pattern in &patterns {
        set.remove(pattern);
    }
    assert!(set.is_empty() && set == OriginSet::default(), "{set:?}");
    holds(&set, &|_| false);
    holds(&all, &|_| true);
}

/// A host has at most 253 bytes, of which `*.` must leave room for a label and its dot.
#[test]
fn a_pattern_leaves_room_for_what_it_covers() {
    let host =
        |bytes: usize| "a.".repeat(bytes / 2 - 1) + if bytes % 2 == 0 { "ab" } else { "abc" };
    for (written, is_one) in [
        (format!("https://{}", host(253)), true),
        (format!("https://{}:*", host(253)), true),
        (format!("https://{}", host(254)), false),
        (format!("https://*.{}", host(251)), true),
        (format!("https://*.{}:*", host(251)), true),
        (format!("https://*.{}:65535", host(251)), true),
        (format!("https://*.{}", host(252)), false),
        (format!("https://*.{}:*", host(253)), false),
        (format!("{}://*.{}:65535", "s".repeat(64), host(251)), true),
        (format!("{}://*.{}:*", "s".repeat(65), host(251)), false),
    ] {
        assert_eq!(written.parse::<OriginPattern>().is_ok(), is_one, "{written}");
        assert_eq!(is_pattern(&written), is_one, "{written}");
    }
    let narrow = format!("https://*.{}", host(251));
    let set = OriginSet::parse([&narrow]).unwrap();
    let with = |label: &str| narrow.replace('*', label);
    is_covered("a label of a byte", &set, &[&narrow], &with("a"));
    is_refused("a host of 254 bytes", &set, &[&narrow], &with("ab"));
    is_refused("a host of 255 bytes", &set, &[&narrow], &with("a.a"));
}

const PATTERNS: &[&str] = &[
    "https://example.com",
    "https://*.example.com",
    "https://*.com",
    "https://*.localhost",
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "https://*.example.com:*",
    "https://*.example.com:8443",
    "https://*.example.com:80",
    "http://*.example.com:443",
    "capacitor://*.localhost:*",
    "a1+b-c.d://*.h:80",
    "https://*.1.example",
    "https://*.0xz",
];

const NOT_PATTERNS: &[&str] = &[
    "*",
    "*.",
    ":*",
    "*://example.com",
    "https*://example.com",
    "https://*",
    "https://*:*",
    "https://*.",
    "https://*.:*",
    "https://*..com",
    "https://*.*",
    "https://*.*.example.com",
    "https://**.example.com",
    "https://*example.com",
    "https://api.*.example.com",
    "https://exam*le.com",
    "https://example.*",
    "https://example.com*",
    "https://*.example.com.",
    "https://*.Example.com",
    "https://*.example.com/",
    "https://*.example.com:443",
    "https://*.example.com:0",
    "https://*.example.com:08443",
    "https://*.example.com:",
    "https://example.com:80*",
    "https://example.com:*0",
    "https://example.com:**",
    "https://example.com:*:*",
    "https://example.com:8080:*",
    "https://example.com:*/",
    "https://user@*.example.com",
    "https://*@example.com",
    "http://*.127.0.0.1",
    "http://127.0.0.*",
    "http://*.0.0.1",
    "http://*.1",
    "http://*.0x1",
    "http://*.[::1]",
    "http://[*.::1]",
    "http://[::*]",
    "http://[::1]*",
    "http://[::1]:*:*",
    "file://*.example.com",
    "file://example.com:*",
    "null:*",
    "*.null",
    "*null",
    " https://*.example.com",
    "https://*.example.com ",
    "https://*. example.com",
    "https://*.☕.example",
    "https:*.example.com",
    "//*.example.com",
    "*.example.com",
    // dotnet/aspnetcore, CorsPolicyExtensionsTests
    "http://domain.*",
    "http://sub.*.domain",
];

#[test]
fn a_star_stands_for_the_first_labels_and_for_the_port_alone() {
    for written in PATTERNS {
        assert!(is_pattern(written), "{written}");
        let pattern: OriginPattern = written.parse().expect(written);
        is_read_back(&pattern, written);
    }
    for written in NOT_PATTERNS {
        assert!(!is_pattern(written), "{written}");
        assert!(written.parse::<OriginPattern>().is_err(), "{written}");
    }
}

/// All that there is of a family, one by one, is the family.
#[test]
fn what_no_member_includes_can_be_included_by_all_of_them() {
    let bytes: Vec<String> =
        ('a'..='z').chain('0'..='9').chain(['-', '_']).map(String::from).collect();
    let host = "a.".repeat(125) + "a";
    let origins: Vec<String> = bytes.iter().map(|byte| format!("https://{byte}.{host}")).collect();
    is_the_same(&format!("https://*.{host}"), &origins);

    // There is room for a label of two bytes, and none for two labels.
    let host = "a.".repeat(124) + "aa";
    let two_bytes = bytes.iter().flat_map(|one| bytes.iter().map(move |two| format!("{one}{two}")));
    let labels = bytes.iter().cloned().chain(two_bytes);
    let origins: Vec<String> = labels.map(|label| format!("https://{label}.{host}")).collect();
    is_the_same(&format!("https://*.{host}"), &origins);

    let ports = (1..=65_535).filter(|&port: &u16| port != 80);
    let mut origins: Vec<String> = ports.map(|port| format!("http://localhost:{port}")).collect();
    origins.push("http://localhost".to_owned());
    is_the_same("http://localhost:*", &origins);
}

#[track_caller]
fn is_covered(source: &str, set: &OriginSet, patterns: &[&str], origin: &str) {
    assert!(covers_any(patterns, origin.as_bytes()), "{source}: {origin} by the reference model");
    let parsed = Origin::parse(origin.as_bytes()).expect(origin);
    assert!(set.contains(&parsed), "{source}: {origin}");
    let found = set.find(&parsed).expect(origin).as_str();
    assert!(patterns.contains(&found), "{source}: {found} is no member");
    assert!(covers(found, origin.as_bytes()), "{source}: {found} does not cover {origin}");
}

#[track_caller]
fn is_refused(source: &str, set: &OriginSet, patterns: &[&str], origin: &str) {
    assert!(!covers_any(patterns, origin.as_bytes()), "{source}: {origin} by the reference model");
    if let Ok(parsed) = Origin::parse(origin.as_bytes()) {
        assert!(!set.contains(&parsed), "{source}: {origin}");
        assert_eq!(set.find(&parsed), None, "{source}: {origin}");
    }
}

#[track_caller]
fn is_read_back(pattern: &OriginPattern, written: &str) {
    assert_eq!(pattern.to_string(), written);
    assert_eq!(pattern.as_str(), written);
    assert_eq!(AsRef::<str>::as_ref(pattern), written);
    assert_eq!(pattern.is_exact(), !written.contains('*'));
}

/// The set of `origins` includes `pattern`, and does not without the first, the last, or one between.
#[track_caller]
fn is_the_same(pattern: &str, origins: &[String]) {
    let family = OriginSet::parse([pattern]).unwrap();
    let mut set = OriginSet::parse(origins).unwrap();
    assert_eq!(family.difference(&set).verdict(), Inclusion::Included, "{pattern}");
    assert_eq!(set.difference(&family).verdict(), Inclusion::Included, "{pattern}");
    for left_out in [0, origins.len() / 2, origins.len() - 1] {
        let left_out: OriginPattern = origins[left_out].parse().unwrap();
        assert!(set.remove(&left_out));
        // Its host and its port are named, but not together with its scheme.
        let elsewhere = left_out.as_str().replacen("http", "capacitor", 1).parse().unwrap();
        assert!(set.insert(&elsewhere));
        let difference = family.difference(&set);
        assert_eq!(difference.verdict(), Inclusion::NotIncluded, "{pattern}");
        let [uncovered] = difference.uncovered() else { panic!("{pattern}") };
        assert_eq!(uncovered.pattern(), pattern);
        assert_eq!(uncovered.witness(), left_out.as_str());
        assert!(set.insert(&left_out) && set.remove(&elsewhere));
    }
}

// --- comparison -------------------------------------------------------------------------------------

#[test]
fn origin_set_agrees_with_reference_model() {
    let (hits, asked) = (Cell::new(0), Cell::new(0));
    for_each((patterns(60), questions(40)), |(patterns, questions)| {
        let texts = texts(&patterns);
        let readings = readings(&texts);
        let parsed = parsed(&texts);
        let set = built(&texts);
        prop_assert_eq!(members(&set), distinct(&texts));
        prop_assert_eq!(set.len(), texts.len());
        prop_assert_eq!(set.is_empty(), texts.is_empty());
        for question in &questions {
            let origin = question.about(&patterns);
            let covering = covering(&readings, &origin);
            answers(&set, &origin, &covering)?;
            for pattern in &parsed {
                let matches = read(&origin).is_some_and(|origin| pattern.matches(&origin));
                let is_covering = covering.contains(pattern.as_str());
                prop_assert_eq!(matches, is_covering, "{} by {}", origin, pattern);
            }
            asked.set(asked.get() + 1);
            hits.set(hits.get() + usize::from(!covering.is_empty()));
        }
        Ok(())
    });
    let (hits, asked) = (hits.get(), asked.get());
    assert!(hits * 4 >= asked && hits * 4 <= asked * 3, "{hits} of {asked} are covered");
}

/// Texts that differ from a pattern by a few bytes.
#[test]
fn pattern_parser_agrees_with_reference_model() {
    let edit = (any::<Index>(), 0..3_usize, select(PIECES));
    let edited = (parts(), prop::collection::vec(edit, 0..=2));
    let (taken, read) = (Cell::new(0), Cell::new(0));
    for_each(prop::collection::vec(edited, 20), |edited| {
        for (parts, edits) in edited {
            let mut chars: Vec<char> = parts.to_string().chars().collect();
            for (place, cut, piece) in edits {
                let start = place.index(chars.len() + 1);
                let end = chars.len().min(start + cut);
                chars.splice(start..end, piece.chars());
            }
            let text: String = chars.into_iter().collect();
            let expected = is_pattern(&text);
            prop_assert_eq!(OriginSet::parse([&text]).is_ok(), expected, "{:?}", text);
            match text.parse::<OriginPattern>() {
                Ok(pattern) => {
                    prop_assert!(expected, "{:?}", text);
                    is_read_back(&pattern, &text);
                }
                Err(error) => {
                    prop_assert!(!expected, "{}", error);
                    prop_assert_eq!(error.input(), &text);
                    let instead = error.suggestion();
                    prop_assert!(instead.is_none_or(is_pattern));
                }
            }
            read.set(read.get() + 1);
            taken.set(taken.get() + usize::from(expected));
        }
        Ok(())
    });
    let (taken, read) = (taken.get(), read.get());
    assert!(taken * 4 >= read && taken * 4 <= read * 3, "{taken} of {read} are patterns");
}

/// Tenants come and go in any order, and a set that was shared before stays what it was.
#[test]
fn insertion_and_removal_are_those_of_a_set_of_texts() {
    let steps = || prop::collection::vec((any::<Index>(), select(STEPS)), 1..=150);
    let removals = Cell::new(0);
    for_each((patterns(40), steps(), questions(20)), |(pool, steps, questions)| {
        let texts = texts(&pool);
        let parsed = parsed(&texts);
        // Half of it is built at once.
        let (at_once, _) = texts.split_at(texts.len() / 2);
        let (mut set, mut model) = (built(at_once), distinct(at_once));
        let mut shared = Vec::new();
        for (index, step) in steps.iter().filter(|_| !texts.is_empty()) {
            let (pattern, text) = (index.get(&parsed), index.get(&texts));
            match step {
                Step::Insert => prop_assert_eq!(set.insert(pattern), model.insert(text)),
                Step::Share => shared.push((set.clone(), model.clone())),
                Step::Remove => {
                    let was_in = model.remove(&**text);
                    prop_assert_eq!(set.remove(pattern), was_in, "{}", text);
                    removals.set(removals.get() + usize::from(was_in));
                }
            }
            prop_assert_eq!(set.len(), model.len(), "after {:?} of {}", step, text);
        }
        shared.push((set, model));
        for (set, model) in shared {
            prop_assert_eq!(&members(&set), &model);
            prop_assert_eq!(set.is_empty(), model.is_empty());
            let built = OriginSet::parse(&model).unwrap();
            prop_assert_eq!(&set, &built);
            prop_assert_eq!(&built, &set);
            let readings = readings(&model);
            for question in &questions {
                let origin = question.about(&pool);
                answers(&set, &origin, &covering(&readings, &origin))?;
            }
        }
        Ok(())
    });
    assert!(removals.get() > 0);
}

#[test]
fn sets_are_equal_where_their_texts_are() {
    for_each((patterns(20), any::<Index>(), any::<Index>()), |(pool, one, other)| {
        let texts = texts(&pool);
        if texts.is_empty() {
            return Ok(());
        }
        let without = |index: &Index| {
            let mut texts = texts.clone();
            texts.swap_remove(index.index(texts.len()));
            built(&texts)
        };
        let is_same = one.index(texts.len()) == other.index(texts.len());
        prop_assert_eq!(without(&one) == without(&other), is_same);
        prop_assert!(without(&one) != built(&texts));
        Ok(())
    });
}

#[test]
fn a_union_covers_what_either_covers() {
    let ends = (any::<Index>(), any::<Index>());
    for_each((patterns(60), ends, questions(30)), |(pool, (end, start), questions)| {
        let texts = texts(&pool);
        let first = &texts[..end.index(texts.len() + 1)];
        let second = &texts[start.index(texts.len() + 1)..];
        let (one, other) = (built(first), built(second));
        let both = one.union(&other);
        let expected: BTreeSet<&str> = &distinct(first) | &distinct(second);
        prop_assert_eq!(&members(&both), &expected);
        prop_assert_eq!(both.len(), expected.len());
        prop_assert_eq!(&both, &other.union(&one));
        let readings = readings(&expected);
        for question in &questions {
            let origin = question.about(&pool);
            answers(&both, &origin, &covering(&readings, &origin))?;
        }
        prop_assert_eq!(one, built(first));
        prop_assert_eq!(other, built(second));
        Ok(())
    });
}

#[test]
fn a_difference_is_exact_and_its_witnesses_hold() {
    let wider = select(WIDER);
    let pairs = prop::collection::vec((parts(), wider, 0..60), 0..=40);
    let (included, not_included) = (Cell::new(0), Cell::new(0));
    for_each((pairs, patterns(10), questions(30)), |(pairs, more, questions)| {
        let ours: Vec<Parts> = pairs.iter().map(|(parts, _, _)| parts.clone()).collect();
        let kept = pairs.iter().filter(|(_, _, chance)| *chance > 0);
        let mut theirs: Vec<Parts> =
            kept.map(|(parts, wider, _)| parts.clone().widened(*wider)).collect();
        theirs.extend(more);
        let (our_texts, their_texts) = (texts(&ours), texts(&theirs));
        let (one, other) = (built(&our_texts), built(&their_texts));
        let difference = one.difference(&other);

        let their_readings = readings(&their_texts);
        let others: Vec<Pattern> = their_readings.values().cloned().collect();
        let mut expected = readings(&our_texts);
        expected.retain(|_, pattern| pattern.origin_outside(&others).is_some());
        let uncovered = difference.uncovered();
        let patterns: BTreeSet<&str> = uncovered.iter().map(Uncovered::pattern).collect();
        prop_assert_eq!(patterns, expected.keys().copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(uncovered.len(), expected.len());
        for one_of_them in uncovered {
            let (pattern, witness) = (one_of_them.pattern(), one_of_them.witness());
            prop_assert!(covers(pattern, witness.as_bytes()), "{} by {}", witness, pattern);
            let covering = covering(&their_readings, witness);
            prop_assert!(covering.is_empty(), "{} by {:?}", witness, covering);
            let origin = read(witness).expect("a witness is an origin");
            prop_assert!(one.contains(&origin) && !other.contains(&origin), "{}", witness);
        }

        prop_assert!(difference.undecided().is_empty());
        let (verdict, count) = if expected.is_empty() {
            (Inclusion::Included, &included)
        } else {
            (Inclusion::NotIncluded, &not_included)
        };
        prop_assert_eq!(difference.verdict(), verdict);
        count.set(count.get() + 1);
        for question in questions.iter().filter(|_| verdict == Inclusion::Included) {
            let origin = question.about(&ours);
            let is_in = |set: &OriginSet| read(&origin).is_some_and(|it| set.contains(&it));
            prop_assert!(!is_in(&one) || is_in(&other), "{}", origin);
        }
        Ok(())
    });
    let (included, not_included) = (included.get(), not_included.get());
    let least = (included + not_included) / 10;
    assert!(included > least && not_included > least, "{included} and {not_included}");
}

/// As often as `PROPTEST_CASES` says. What fails becomes a row of a table, and not a file.
#[track_caller]
fn for_each<S: Strategy>(cases: S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(&cases, check) {
        panic!("{error}");
    }
}

/// The set contains `origin` if there are members that cover it, and finds the origin itself, or the one
/// of them whose host is the shortest.
fn answers(set: &OriginSet, origin: &str, covering: &BTreeSet<&str>) -> Result<(), TestCaseError> {
    let parsed = read(origin);
    prop_assert_eq!(parsed.is_some(), Reading::of(origin.as_bytes()).is_some(), "{}", origin);
    let Some(parsed) = parsed else { return Ok(()) };
    prop_assert_eq!(set.contains(&parsed), !covering.is_empty(), "{} in {:?}", origin, set);
    match set.find(&parsed) {
        Some(Member::Pattern(found)) => {
            prop_assert!(covering.contains(found), "{} by {}", origin, found);
            let host = |text: &str| Pattern::of(text).map_or(0, |pattern| pattern.host().len());
            let shortest = covering.iter().map(|text| host(text)).min();
            let is_first =
                found == origin || (!covering.contains(origin) && Some(host(found)) == shortest);
            prop_assert!(is_first, "{} by {} of {:?}", origin, found, covering);
        }
        other => prop_assert!(other.is_none() && covering.is_empty(), "{} by {:?}", origin, other),
    }
    Ok(())
}

fn read(origin: &str) -> Option<Origin<'_>> {
    Origin::parse(origin.as_bytes()).ok()
}

/// The texts that cover the origin.
fn covering<'a>(readings: &BTreeMap<&'a str, Pattern>, origin: &str) -> BTreeSet<&'a str> {
    let Some(origin) = Reading::of(origin.as_bytes()) else { return BTreeSet::new() };
    let covering = readings.iter().filter(|(_, pattern)| pattern.covers_reading(&origin));
    covering.map(|(&text, _)| text).collect()
}

fn readings<'a>(
    texts: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) -> BTreeMap<&'a str, Pattern> {
    let texts = texts.into_iter().map(AsRef::as_ref);
    texts.map(|text| (text, Pattern::of(text).expect(text))).collect()
}

fn built(texts: &[String]) -> OriginSet {
    parsed(texts).into_iter().collect()
}

fn parsed(texts: &[String]) -> Vec<OriginPattern> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

fn members(set: &OriginSet) -> BTreeSet<&str> {
    set.iter().map(|member| member.as_str()).collect()
}

fn distinct(texts: &[String]) -> BTreeSet<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Each once, in the order of the first.
fn texts(patterns: &[Parts]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let texts = patterns.iter().map(Parts::to_string);
    texts.filter(|text| seen.insert(text.clone())).collect()
}

// --- what is compared -------------------------------------------------------------------------------

#[derive(Clone, Debug)]
struct Parts {
    scheme: &'static str,
    is_below: bool,
    host: String,
    /// With its colon; empty for the implied one.
    port: &'static str,
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let below = if self.is_below { "*." } else { "" };
        write!(f, "{}://{below}{}{}", self.scheme, self.host, self.port)
    }
}

impl Parts {
    fn is_address(&self) -> bool {
        ADDRESSES.contains(&&*self.host)
    }

    /// A pattern that covers the same and more.
    fn widened(mut self, wider: Wider) -> Self {
        if matches!(wider, Wider::Port | Wider::Both) {
            self.port = ":*";
        }
        if matches!(wider, Wider::Host | Wider::Both) && !self.is_address() {
            if let Some((_, parent)) = self.host.split_once('.') {
                self.host = parent.to_owned();
                self.is_below = true;
            }
        }
        self
    }
}

/// An origin near one that a pattern of the set covers, or one that has nothing to do with the set.
#[derive(Clone, Debug)]
struct Question {
    near: Option<Index>,
    change: Change,
    label: &'static str,
    other: Parts,
    glued: Index,
}

impl Question {
    fn about(&self, patterns: &[Parts]) -> String {
        let Self { change, label, other, .. } = self;
        let near = self.near.filter(|_| !patterns.is_empty());
        let mut parts = near.map_or(other, |index| index.get(patterns)).clone();
        if parts.is_below {
            parts.host = format!("{label}.{}", parts.host);
            parts.is_below = false;
        }
        if parts.port == ":*" {
            parts.port = if other.port == ":*" { "" } else { other.port };
        }
        match change {
            Change::LabelMore => parts.host = format!("{label}.{}", parts.host),
            Change::LabelLess => {
                parts.host = parts
                    .host
                    .split_once('.')
                    .map_or(parts.host.clone(), |(_, rest)| rest.to_owned());
            }
            Change::ByteMore => parts.host.insert(0, 'a'),
            Change::ByteLess => drop(parts.host.remove(0)),
            Change::ByteAfter => parts.host.push('a'),
            Change::Scheme => parts.scheme = other.scheme,
            Change::Port => parts.port = if other.port == ":*" { ":2" } else { other.port },
            // GO-2024-2813 took `foo` of `foo.com` and `bar.com` for one.
            Change::Glued if near.is_some() => {
                let first = self.glued.get(patterns).host.split('.').next().unwrap_or_default();
                parts.host.insert_str(0, first);
            }
            Change::Nothing | Change::Glued => {}
        }
        parts.to_string()
    }
}

fn patterns(most: usize) -> impl Strategy<Value = Vec<Parts>> {
    prop::collection::vec(parts(), 0..=most)
}

fn parts() -> impl Strategy<Value = Parts> {
    let labels = (prop::collection::vec(select(LABELS), 0..=2), select(LAST_LABELS));
    let name = labels.prop_map(|(labels, last)| [labels, vec![last]].concat().join("."));
    let host = prop_oneof![9 => name, 1 => select(ADDRESSES).prop_map(str::to_owned)];
    let parts = (select(SCHEMES), any::<bool>(), host, select(PORTS));
    parts.prop_map(|(scheme, is_below, host, port)| {
        let mut parts = Parts { scheme, is_below, host, port };
        parts.is_below &= !parts.is_address();
        parts
    })
}

fn questions(number: usize) -> impl Strategy<Value = Vec<Question>> {
    let near = prop::option::weighted(0.85, any::<Index>());
    let question = (near, select(CHANGES), select(LABELS), parts(), any::<Index>());
    let question = question.prop_map(|(near, change, label, other, glued)| Question {
        near,
        change,
        label,
        other,
        glued,
    });
    prop::collection::vec(question, number)
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Nothing,
    LabelMore,
    LabelLess,
    ByteMore,
    ByteLess,
    ByteAfter,
    Scheme,
    Port,
    Glued,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert,
    Remove,
    Share,
}

#[derive(Clone, Copy, Debug)]
enum Wider {
    Nothing,
    Port,
    Host,
    Both,
}

const CHANGES: &[Change] = &[
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::Nothing,
    Change::LabelMore,
    Change::LabelLess,
    Change::ByteMore,
    Change::ByteLess,
    Change::ByteAfter,
    Change::Scheme,
    Change::Port,
    Change::Glued,
];
const STEPS: &[Step] = &[
    Step::Insert,
    Step::Insert,
    Step::Insert,
    Step::Insert,
    Step::Insert,
    Step::Remove,
    Step::Remove,
    Step::Remove,
    Step::Remove,
    Step::Share,
];
const WIDER: &[Wider] = &[Wider::Nothing, Wider::Port, Wider::Host, Wider::Both];

// Few and alike, so that patterns nest, and share their beginnings and ends.
const SCHEMES: &[&str] = &["https", "https", "https", "http", "capacitor"];
const LABELS: &[&str] =
    &["a", "b", "ab", "bab", "aa", "aba", "example", "xample", "com", "-", "_", "0", "xn--53h"];
const LAST_LABELS: &[&str] =
    &["com", "com", "com", "example", "xample", "aexample", "a", "b", "om", "localhost"];
const ADDRESSES: &[&str] = &["127.0.0.1", "27.0.0.1", "10.0.0.1", "[::1]", "[::]", "[::1:1]"];
const PORTS: &[&str] = &["", "", "", ":8080", ":1", ":65535", ":*", ":*"];
const PIECES: &[&str] = &[
    "", "*", "*.", ":*", ".", ":", "/", "@", "[", "]", "::", "-", "_", "0", "1", "0x", "A", " ",
    "é", "a.", ":8080", ":443", ":80", "://", "\u{0}",
];

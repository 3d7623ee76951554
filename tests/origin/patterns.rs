//! Tests of patterns and of sets, with tables and with a reference model. MATRIX rows 8 to 14 and 18; PEERS
//! 11, 12.

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
    pattern::{Pattern, is_pattern, matches_any, matches_origin},
};

// --- tables -----------------------------------------------------------------------------------------

struct Row {
    source: &'static str,
    patterns: &'static [&'static str],
    matched: &'static [&'static str],
    rejected: &'static [&'static str],
}

const ROWS: &[Row] = &[
    Row {
        source: "a pattern without * matches one origin",
        patterns: &["https://example.com"],
        matched: &["https://example.com"],
        rejected: &["https://www.example.com", "https://example.com:8443", "http://example.com"],
    },
    Row {
        source: "*. matches one or more labels, and never the apex",
        patterns: &["https://*.example.com"],
        matched: &["https://a.example.com", "https://a.b.c.example.com", "https://_.example.com"],
        rejected: &["https://example.com", "https://a.example.com:8443", "http://a.example.com"],
    },
    Row {
        source: ":* matches any port, including the default port",
        patterns: &["https://example.com:*"],
        matched: &["https://example.com", "https://example.com:80", "https://example.com:65535"],
        rejected: &["https://a.example.com:80", "http://example.com:8080", "https://example.co:80"],
    },
    Row {
        source: "*. and :* together",
        patterns: &["https://*.example.com:*"],
        matched: &["https://a.example.com", "https://b.a.example.com:8443"],
        rejected: &["https://example.com", "https://example.com:8443", "http://a.example.com:8443"],
    },
    Row {
        source: "*. with a port",
        patterns: &["https://*.example.com:8443"],
        matched: &["https://a.example.com:8443", "https://b.a.example.com:8443"],
        rejected: &[
            "https://a.example.com",
            "https://a.example.com:844",
            "https://example.com:8443",
        ],
    },
    Row {
        source: "any port of an address",
        patterns: &["http://127.0.0.1:*", "http://[::1]:*"],
        matched: &[
            "http://127.0.0.1",
            "http://127.0.0.1:3000",
            "http://[::1]",
            "http://[::1]:65535",
        ],
        rejected: &[
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
        source: "a literal part next to a wildcard for the same part",
        patterns: &["https://*.b.example", "https://a.b.example:8443", "https://b.example:*"],
        matched: &[
            "https://a.b.example",
            "https://a.b.example:8443",
            "https://b.example",
            "https://b.example:8443",
        ],
        rejected: &[
            "https://b.b.example:8443",
            "https://a.b.example:8444",
            "https://a.a.b.example:8443",
            "https://ab.example",
            "https://example",
        ],
    },
    Row {
        source: "null never matches a pattern",
        patterns: &["https://*.null", "null://null", "null://null:*", "https://null"],
        matched: &["https://null", "null://null", "null://null:1", "https://a.null"],
        rejected: &["null", "null://", "://null"],
    },
    Row {
        source: "PEERS 12: systeminit/si 4132, mockforge 760, steelseriesgg-rs 117",
        patterns: &["https://*.systeminit.com", "http://localhost:*"],
        matched: &["https://app.systeminit.com", "http://localhost:5173"],
        rejected: &[
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
        matched: &["https://foo.com", "https://bar.com"],
        rejected: &[
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
        matched: &["https://a.bar.com", "https://a.foo.com:1", "https://foo.com", "https://r.com"],
        rejected: &[
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
        matched: &["https://a.b.example.com"],
        rejected: &[
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
        matched: &["http://localhost", "http://localhost:1", "http://localhost:65535"],
        rejected: &[
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
        matched: &["https://a"],
        rejected: &[
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
        matched: &[
            "connector://example",
            "connector://a.example",
            "https://127.0.0.1",
            "http://[::1]:9090",
            "capacitor://localhost",
            "capacitor://localhost:443",
        ],
        rejected: &["https://example", "http://127.0.0.1", "http://::1:9090", "http://[::1]"],
    },
    Row {
        source: "MATRIX 3.1.14",
        patterns: &["https://*.example.com", "https://*.example.com:*"],
        matched: &["https://a.example.com"],
        rejected: &[
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
        matched: &["https://api.example.com", "https://v1.api.example.com"],
        rejected: &["https://example.com", "https://some-example.com", "https://.example.com"],
    },
    Row {
        source: "gofiber/fiber 4455: empty labels, and invalid origins",
        patterns: &["https://*.example.com", "http://*.example.com"],
        matched: &["https://api.example.com", "http://api.example.com"],
        rejected: &[
            "https://.example.com",
            "https://evil..example.com",
            "https://evil.com/api.example.com",
            "https://user@api.example.com",
            "https://api.example.com.",
        ],
    },
    Row {
        source: "CVE-2019-25211, gin-contrib/cors: the byte before a trailing * was removed",
        patterns: &["https://example.com:*", "http://localhost:*"],
        matched: &["https://example.com:8443", "http://localhost:8080"],
        rejected: &[
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
        matched: &["http://sub.domain", "http://sub.sub.domain", "http://sub.domain:4567"],
        rejected: &[
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
        source: "MATRIX 3.1.18: the A-label of ☕ matches as browsers send it",
        patterns: &["https://xn--53h.example", "https://*.xn--53h.example"],
        matched: &["https://xn--53h.example", "https://a.xn--53h.example"],
        rejected: &["https://☕.example", "https://a.☕.example", "https://53h.example"],
    },
];

#[test]
fn set_matches_only_origins_of_its_patterns() {
    for Row { source, patterns, matched, rejected } in ROWS {
        let set = OriginSet::parse(*patterns).expect(source);
        for origin in *matched {
            assert_match(source, &set, patterns, origin);
        }
        for origin in *rejected {
            assert_no_match(source, &set, patterns, origin);
        }
    }
}

/// Checks up to 36 children of a node. MATRIX 3.1.10: a library used a list for up to eight children, and
/// then a table.
#[test]
fn siblings_of_any_number_are_distinguished() {
    let source = "MATRIX 3.1.10";
    for template in ["https://a#.example.com", "https://*.a#.example.com:*", "https://#a.com:*"] {
        let bytes: Vec<String> = ('0'..='9').chain('a'..='z').map(String::from).collect();
        let patterns: Vec<String> = bytes.iter().map(|byte| template.replace('#', byte)).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let origin = |pattern: &str| pattern.replace("*.", "x.").replace(":*", ":81");
        let mut shrinking = OriginSet::parse(patterns.iter().rev()).unwrap();
        for number in (1..patterns.len()).rev() {
            let (patterns, others) = patterns.split_at(number);
            let set = OriginSet::parse(patterns).unwrap();
            assert!(shrinking.remove(&others[0].parse().unwrap()), "{}", others[0]);
            assert_eq!(shrinking, set);
            for pattern in patterns {
                assert_match(source, &set, patterns, &origin(pattern));
                assert_match(source, &shrinking, patterns, &origin(pattern));
            }
            for other in others {
                assert_no_match(source, &set, patterns, &origin(other));
                assert_no_match(source, &shrinking, patterns, &origin(other));
            }
            assert_no_match(source, &set, patterns, &origin(&template.replace('#', "")));
            assert_no_match(source, &set, patterns, &origin(&template.replace('#', "00")));
        }
    }
}

/// Checks exact origins, which a large set finds by their hash.
#[test]
fn changes_of_large_set_do_not_change_clones() {
    let patterns: Vec<OriginPattern> =
        (0..5000).map(|n| format!("https://t{n}.example").parse().unwrap()).collect();
    let assert_members = |set: &OriginSet, is_in: &dyn Fn(usize) -> bool| {
        let members: BTreeSet<&str> = set.iter().map(|member| member.as_str()).collect();
        let number = (0..patterns.len()).filter(|&n| is_in(n)).count();
        assert_eq!((set.len(), set.iter().count(), members.len()), (number, number, number));
        for (n, pattern) in patterns.iter().enumerate() {
            let origin = Origin::parse(pattern.as_str().as_bytes()).unwrap();
            assert_eq!(set.contains(&origin), is_in(n), "{origin}");
            assert_eq!(members.contains(pattern.as_str()), is_in(n), "{origin}");
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
    assert_members(&all, &|_| true);
    assert_members(&two_thirds, &|n| n % 3 != 0);
    assert_members(&set, &|n| n % 3 != 0 || n % 6 == 0);
    assert_eq!(set.union(&all), all);
    assert_eq!(
        all.difference(&set).uncovered().len(),
        5000_usize.div_ceil(3) - 5000_usize.div_ceil(6)
    );
    for pattern in &patterns {
        set.remove(pattern);
    }
    assert!(set.is_empty() && set == OriginSet::default(), "{set:?}");
    assert_members(&set, &|_| false);
    assert_members(&all, &|_| true);
}

/// Checks the limit of 253 bytes per host. The host of a `*.` pattern must be shorter by a label and a dot.
#[test]
fn wildcard_pattern_has_space_for_a_label() {
    let host =
        |bytes: usize| "a.".repeat(bytes / 2 - 1) + if bytes % 2 == 0 { "ab" } else { "abc" };
    for (text, is_valid) in [
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
        assert_eq!(text.parse::<OriginPattern>().is_ok(), is_valid, "{text}");
        assert_eq!(is_pattern(&text), is_valid, "{text}");
    }
    let narrow = format!("https://*.{}", host(251));
    let set = OriginSet::parse([&narrow]).unwrap();
    let with = |label: &str| narrow.replace('*', label);
    assert_match("a label of one byte", &set, &[&narrow], &with("a"));
    assert_no_match("a host of 254 bytes", &set, &[&narrow], &with("ab"));
    assert_no_match("a host of 255 bytes", &set, &[&narrow], &with("a.a"));
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
    "https://*.example.com.",
    "https://example.com.:*",
    "https://*.com.:8443",
    "app://.:*",
    "app://*..",
    "app://*.A.",
    "app://*.1.2.3.4",
    "safari-web-extension://140BB581-A2C0:*",
    "file://",
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
    "https://*.example.com..",
    "https://*.:8443",
    "http://*.1.",
    "app://*",
    "app://*.",
    "app://*.*.a",
    "app://*.[::1]",
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
    "file://*",
    "file://*.",
    "file://:*",
    "file://:80",
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
fn star_is_valid_only_as_first_label_or_port() {
    for text in PATTERNS {
        assert!(is_pattern(text), "{text}");
        let pattern: OriginPattern = text.parse().expect(text);
        assert_text(&pattern, text);
    }
    for text in NOT_PATTERNS {
        assert!(!is_pattern(text), "{text}");
        assert!(text.parse::<OriginPattern>().is_err(), "{text}");
    }
}

/// Checks sets that list every origin of a wildcard pattern.
#[test]
fn wildcard_is_included_by_list_of_all_its_origins() {
    let bytes: Vec<String> =
        ('a'..='z').chain('0'..='9').chain(['-', '_']).map(String::from).collect();
    let host = "a.".repeat(125) + "a";
    let origins: Vec<String> = bytes.iter().map(|byte| format!("https://{byte}.{host}")).collect();
    assert_same_origins(&format!("https://*.{host}"), &origins);

    // The maximum length allows a label of two bytes, but not two labels.
    let host = "a.".repeat(124) + "aa";
    let two_bytes = bytes.iter().flat_map(|one| bytes.iter().map(move |two| format!("{one}{two}")));
    let labels = bytes.iter().cloned().chain(two_bytes);
    let origins: Vec<String> = labels.map(|label| format!("https://{label}.{host}")).collect();
    assert_same_origins(&format!("https://*.{host}"), &origins);

    let ports = (1..=65_535).filter(|&port: &u16| port != 80);
    let mut origins: Vec<String> = ports.map(|port| format!("http://localhost:{port}")).collect();
    origins.push("http://localhost".to_owned());
    assert_same_origins("http://localhost:*", &origins);
}

#[track_caller]
fn assert_match(source: &str, set: &OriginSet, patterns: &[&str], origin: &str) {
    assert!(matches_any(patterns, origin.as_bytes()), "{source}: {origin} in the reference model");
    let parsed = Origin::parse(origin.as_bytes()).expect(origin);
    assert!(set.contains(&parsed), "{source}: {origin}");
    let found = set.find(&parsed).expect(origin).as_str();
    assert!(patterns.contains(&found), "{source}: {found} is not a member");
    assert!(matches_origin(found, origin.as_bytes()), "{source}: {found} does not match {origin}");
}

#[track_caller]
fn assert_no_match(source: &str, set: &OriginSet, patterns: &[&str], origin: &str) {
    assert!(!matches_any(patterns, origin.as_bytes()), "{source}: {origin} in the reference model");
    if let Ok(parsed) = Origin::parse(origin.as_bytes()) {
        assert!(!set.contains(&parsed), "{source}: {origin}");
        assert_eq!(set.find(&parsed), None, "{source}: {origin}");
    }
}

#[track_caller]
fn assert_text(pattern: &OriginPattern, text: &str) {
    assert_eq!(pattern.to_string(), text);
    assert_eq!(pattern.as_str(), text);
    assert_eq!(AsRef::<str>::as_ref(pattern), text);
    assert_eq!(pattern.is_exact(), !text.contains('*'));
}

/// Asserts that `origins` and `pattern` match the same origins.
///
/// Also asserts that this fails without the first, a middle, or the last origin.
#[track_caller]
fn assert_same_origins(pattern: &str, origins: &[String]) {
    let wildcard = OriginSet::parse([pattern]).unwrap();
    let mut set = OriginSet::parse(origins).unwrap();
    assert_eq!(wildcard.difference(&set).verdict(), Inclusion::Included, "{pattern}");
    assert_eq!(set.difference(&wildcard).verdict(), Inclusion::Included, "{pattern}");
    for removed in [0, origins.len() / 2, origins.len() - 1] {
        let removed: OriginPattern = origins[removed].parse().unwrap();
        assert!(set.remove(&removed));
        // A pattern still has this host and port, but with another scheme.
        let elsewhere = removed.as_str().replacen("http", "capacitor", 1).parse().unwrap();
        assert!(set.insert(&elsewhere));
        let difference = wildcard.difference(&set);
        assert_eq!(difference.verdict(), Inclusion::NotIncluded, "{pattern}");
        let [uncovered] = difference.uncovered() else { panic!("{pattern}") };
        assert_eq!(uncovered.pattern(), pattern);
        assert_eq!(uncovered.example_origin(), removed.as_str());
        assert!(set.insert(&removed) && set.remove(&elsewhere));
    }
}

// --- comparison with the reference model ---------------------------------------------------------------

#[test]
fn origin_set_agrees_with_reference_model() {
    let (matched, total) = (Cell::new(0), Cell::new(0));
    for_each((patterns(60), questions(40)), |(patterns, questions)| {
        let texts = texts(&patterns);
        let readings = readings(&texts);
        let parsed = parse_all(&texts);
        let set = build_set(&texts);
        prop_assert_eq!(members(&set), distinct(&texts));
        prop_assert_eq!(set.len(), texts.len());
        prop_assert_eq!(set.is_empty(), texts.is_empty());
        for question in &questions {
            let origin = question.origin(&patterns);
            let matching = matching(&readings, &origin);
            check_lookup(&set, &origin, &matching)?;
            for pattern in &parsed {
                let is_match = parse(&origin).is_some_and(|origin| pattern.matches(&origin));
                let is_expected = matching.contains(pattern.as_str());
                prop_assert_eq!(is_match, is_expected, "{} and {}", origin, pattern);
            }
            total.set(total.get() + 1);
            matched.set(matched.get() + usize::from(!matching.is_empty()));
        }
        Ok(())
    });
    let (matched, total) = (matched.get(), total.get());
    assert!(matched * 4 >= total && matched * 4 <= total * 3, "{matched} of {total} match");
}

/// Checks texts that differ from a pattern by a few bytes.
#[test]
fn pattern_parser_agrees_with_reference_model() {
    let edit = (any::<Index>(), 0..3_usize, select(PIECES));
    let edited = (parts(), prop::collection::vec(edit, 0..=2));
    let (valid, total) = (Cell::new(0), Cell::new(0));
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
                    assert_text(&pattern, &text);
                }
                Err(error) => {
                    prop_assert!(!expected, "{}", error);
                    prop_assert_eq!(error.input(), &text);
                    let suggestion = error.suggestion();
                    prop_assert!(suggestion.is_none_or(is_pattern));
                }
            }
            total.set(total.get() + 1);
            valid.set(valid.get() + usize::from(expected));
        }
        Ok(())
    });
    let (valid, total) = (valid.get(), total.get());
    assert!(valid * 4 >= total && valid * 4 <= total * 3, "{valid} of {total} are patterns");
}

/// Inserts and removes patterns in any order, and checks that clones do not change.
#[test]
fn insertion_and_removal_agree_with_text_set() {
    let steps = || prop::collection::vec((any::<Index>(), select(STEPS)), 1..=150);
    let removals = Cell::new(0);
    for_each((patterns(40), steps(), questions(20)), |(pool, steps, questions)| {
        let texts = texts(&pool);
        let parsed = parse_all(&texts);
        // The initial set contains half of the patterns.
        let (initial, _) = texts.split_at(texts.len() / 2);
        let (mut set, mut model) = (build_set(initial), distinct(initial));
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
                let origin = question.origin(&pool);
                check_lookup(&set, &origin, &matching(&readings, &origin))?;
            }
        }
        Ok(())
    });
    assert!(removals.get() > 0);
}

#[test]
fn sets_with_equal_texts_are_equal() {
    for_each((patterns(20), any::<Index>(), any::<Index>()), |(pool, one, other)| {
        let texts = texts(&pool);
        if texts.is_empty() {
            return Ok(());
        }
        let without = |index: &Index| {
            let mut texts = texts.clone();
            texts.swap_remove(index.index(texts.len()));
            build_set(&texts)
        };
        let is_same = one.index(texts.len()) == other.index(texts.len());
        prop_assert_eq!(without(&one) == without(&other), is_same);
        prop_assert!(without(&one) != build_set(&texts));
        Ok(())
    });
}

#[test]
fn union_matches_origins_of_both_sets() {
    let ends = (any::<Index>(), any::<Index>());
    for_each((patterns(60), ends, questions(30)), |(pool, (end, start), questions)| {
        let texts = texts(&pool);
        let first = &texts[..end.index(texts.len() + 1)];
        let second = &texts[start.index(texts.len() + 1)..];
        let (one, other) = (build_set(first), build_set(second));
        let both = one.union(&other);
        let expected: BTreeSet<&str> = &distinct(first) | &distinct(second);
        prop_assert_eq!(&members(&both), &expected);
        prop_assert_eq!(both.len(), expected.len());
        prop_assert_eq!(&both, &other.union(&one));
        let readings = readings(&expected);
        for question in &questions {
            let origin = question.origin(&pool);
            check_lookup(&both, &origin, &matching(&readings, &origin))?;
        }
        prop_assert_eq!(one, build_set(first));
        prop_assert_eq!(other, build_set(second));
        Ok(())
    });
}

#[test]
fn difference_agrees_with_reference_model() {
    let widening = select(WIDENINGS);
    let pairs = prop::collection::vec((parts(), widening, 0..60), 0..=40);
    let (included, not_included) = (Cell::new(0), Cell::new(0));
    for_each((pairs, patterns(10), questions(30)), |(pairs, more, questions)| {
        let ours: Vec<Parts> = pairs.iter().map(|(parts, _, _)| parts.clone()).collect();
        let kept = pairs.iter().filter(|(_, _, chance)| *chance > 0);
        let mut theirs: Vec<Parts> =
            kept.map(|(parts, widening, _)| parts.clone().widen(*widening)).collect();
        theirs.extend(more);
        let (our_texts, their_texts) = (texts(&ours), texts(&theirs));
        let (one, other) = (build_set(&our_texts), build_set(&their_texts));
        let difference = one.difference(&other);

        let their_readings = readings(&their_texts);
        let others: Vec<Pattern> = their_readings.values().cloned().collect();
        let mut expected = readings(&our_texts);
        expected.retain(|_, pattern| pattern.origin_outside(&others).is_some());
        let uncovered = difference.uncovered();
        let patterns: BTreeSet<&str> = uncovered.iter().map(Uncovered::pattern).collect();
        prop_assert_eq!(patterns, expected.keys().copied().collect::<BTreeSet<_>>());
        prop_assert_eq!(uncovered.len(), expected.len());
        for entry in uncovered {
            let (pattern, example) = (entry.pattern(), entry.example_origin());
            prop_assert!(
                matches_origin(pattern, example.as_bytes()),
                "{} and {}",
                example,
                pattern
            );
            let matching = matching(&their_readings, example);
            prop_assert!(matching.is_empty(), "{} and {:?}", example, matching);
            let origin = parse(example).expect("an example is an origin");
            prop_assert!(one.contains(&origin) && !other.contains(&origin), "{}", example);
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
            let origin = question.origin(&ours);
            let is_in = |set: &OriginSet| parse(&origin).is_some_and(|it| set.contains(&it));
            prop_assert!(!is_in(&one) || is_in(&other), "{}", origin);
        }
        Ok(())
    });
    let (included, not_included) = (included.get(), not_included.get());
    let least = (included + not_included) / 10;
    assert!(included > least && not_included > least, "{included} and {not_included}");
}

/// Runs the check for as many cases as `PROPTEST_CASES` sets.
///
/// Failures are not stored in a file. Add them to a table.
#[track_caller]
fn for_each<S: Strategy>(cases: S, check: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let config = Config { failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(&cases, check) {
        panic!("{error}");
    }
}

/// Checks that the set finds the origin if and only if a member matches it.
///
/// The set must find the exact origin, or else a member with the shortest host.
fn check_lookup(
    set: &OriginSet,
    origin: &str,
    matching: &BTreeSet<&str>,
) -> Result<(), TestCaseError> {
    let parsed = parse(origin);
    prop_assert_eq!(parsed.is_some(), Reading::parse(origin.as_bytes()).is_some(), "{}", origin);
    let Some(parsed) = parsed else { return Ok(()) };
    prop_assert_eq!(set.contains(&parsed), !matching.is_empty(), "{} in {:?}", origin, set);
    match set.find(&parsed) {
        Some(Member::Pattern(found)) => {
            prop_assert!(matching.contains(found), "{} found by {}", origin, found);
            let host = |text: &str| Pattern::parse(text).map_or(0, |pattern| pattern.host().len());
            let shortest = matching.iter().map(|text| host(text)).min();
            let is_first =
                found == origin || (!matching.contains(origin) && Some(host(found)) == shortest);
            prop_assert!(is_first, "{} found by {} of {:?}", origin, found, matching);
        }
        other => {
            prop_assert!(other.is_none() && matching.is_empty(), "{} found by {:?}", origin, other);
        }
    }
    Ok(())
}

fn parse(origin: &str) -> Option<Origin<'_>> {
    Origin::parse(origin.as_bytes()).ok()
}

/// Returns the texts of the patterns that match the origin.
fn matching<'a>(readings: &BTreeMap<&'a str, Pattern>, origin: &str) -> BTreeSet<&'a str> {
    let Some(origin) = Reading::parse(origin.as_bytes()) else { return BTreeSet::new() };
    let matching = readings.iter().filter(|(_, pattern)| pattern.matches_parsed(&origin));
    matching.map(|(&text, _)| text).collect()
}

fn readings<'a>(
    texts: impl IntoIterator<Item = &'a (impl AsRef<str> + ?Sized + 'a)>,
) -> BTreeMap<&'a str, Pattern> {
    let texts = texts.into_iter().map(AsRef::as_ref);
    texts.map(|text| (text, Pattern::parse(text).expect(text))).collect()
}

fn build_set(texts: &[String]) -> OriginSet {
    parse_all(texts).into_iter().collect()
}

fn parse_all(texts: &[String]) -> Vec<OriginPattern> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

fn members(set: &OriginSet) -> BTreeSet<&str> {
    set.iter().map(|member| member.as_str()).collect()
}

fn distinct(texts: &[String]) -> BTreeSet<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Returns the texts without duplicates, in the order of their first occurrence.
fn texts(patterns: &[Parts]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let texts = patterns.iter().map(Parts::to_string);
    texts.filter(|text| seen.insert(text.clone())).collect()
}

// --- strategies -------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
struct Parts {
    scheme: &'static str,
    is_for_subdomains: bool,
    host: String,
    /// The port with its colon; empty for the default port.
    port: &'static str,
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.is_for_subdomains { "*." } else { "" };
        write!(f, "{}://{wildcard}{}{}", self.scheme, self.host, self.port)
    }
}

impl Parts {
    fn is_address(&self) -> bool {
        ADDRESSES.contains(&&*self.host)
    }

    /// Returns a pattern that matches the same origins and possibly more.
    fn widen(mut self, widening: Widening) -> Self {
        if matches!(widening, Widening::Port | Widening::Both) {
            self.port = ":*";
        }
        if matches!(widening, Widening::Host | Widening::Both) && !self.is_address() {
            // The text before the dot must not be empty, and neither must the parent.
            let dot = self.host.match_indices('.').map(|(at, _)| at).find(|at| *at > 0);
            let parent = dot.map(|dot| self.host[dot + 1..].to_owned());
            if let Some(parent) = parent.filter(|parent| !parent.is_empty()) {
                self.host = parent;
                self.is_for_subdomains = true;
            }
        }
        self
    }
}

/// An origin that is similar to an origin of the set, or independent.
#[derive(Clone, Debug)]
struct Question {
    similar: Option<Index>,
    change: Change,
    label: &'static str,
    other: Parts,
    prefix: Index,
}

impl Question {
    fn origin(&self, patterns: &[Parts]) -> String {
        let Self { change, label, other, .. } = self;
        let similar = self.similar.filter(|_| !patterns.is_empty());
        let mut parts = similar.map_or(other, |index| index.get(patterns)).clone();
        if parts.is_for_subdomains {
            parts.host = format!("{label}.{}", parts.host);
            parts.is_for_subdomains = false;
        }
        if parts.port == ":*" {
            parts.port = if other.port == ":*" { "" } else { other.port };
        }
        match change {
            Change::AddedLabel => parts.host = format!("{label}.{}", parts.host),
            Change::RemovedLabel => {
                parts.host = parts
                    .host
                    .split_once('.')
                    .map_or(parts.host.clone(), |(_, rest)| rest.to_owned());
            }
            Change::AddedFirstByte => parts.host.insert(0, 'a'),
            Change::RemovedFirstByte => drop(parts.host.remove(0)),
            Change::AddedLastByte => parts.host.push('a'),
            Change::AddedDot => parts.host.push('.'),
            Change::AddedFirstDot => parts.host.insert(0, '.'),
            Change::RemovedLastByte => drop(parts.host.pop()),
            Change::Case => parts.host = parts.host.to_ascii_uppercase(),
            Change::Scheme => parts.scheme = other.scheme,
            Change::Port => parts.port = if other.port == ":*" { ":2" } else { other.port },
            // GO-2024-2813 combined `foo` of `foo.com` with `bar.com`.
            Change::Combined if similar.is_some() => {
                let first = self.prefix.get(patterns).host.split('.').next().unwrap_or_default();
                parts.host.insert_str(0, first);
            }
            Change::None | Change::Combined => {}
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
    let name = (name, prop::bool::weighted(0.15));
    let name = name.prop_map(|(name, has_dot)| if has_dot { name + "." } else { name });
    let host = prop_oneof![9 => name, 1 => select(ADDRESSES).prop_map(str::to_owned)];
    let application = prop::option::weighted(0.2, (select(APPLICATIONS), select(OPAQUE_HOSTS)));
    let parts = (select(SCHEMES), any::<bool>(), host, select(PORTS), application);
    parts.prop_map(|(scheme, is_for_subdomains, host, port, application)| {
        let (scheme, host) =
            application.map_or((scheme, host), |(scheme, host)| (scheme, host.to_owned()));
        let mut parts = Parts { scheme, is_for_subdomains, host, port };
        parts.is_for_subdomains &= !parts.is_address();
        parts
    })
}

fn questions(number: usize) -> impl Strategy<Value = Vec<Question>> {
    let similar = prop::option::weighted(0.85, any::<Index>());
    let question = (similar, select(CHANGES), select(LABELS), parts(), any::<Index>());
    let question = question.prop_map(|(similar, change, label, other, prefix)| Question {
        similar,
        change,
        label,
        other,
        prefix,
    });
    prop::collection::vec(question, number)
}

#[derive(Clone, Copy, Debug)]
enum Change {
    None,
    AddedLabel,
    RemovedLabel,
    AddedFirstByte,
    RemovedFirstByte,
    AddedLastByte,
    AddedDot,
    AddedFirstDot,
    RemovedLastByte,
    Case,
    Scheme,
    Port,
    Combined,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Insert,
    Remove,
    Share,
}

#[derive(Clone, Copy, Debug)]
enum Widening {
    None,
    Port,
    Host,
    Both,
}

const CHANGES: &[Change] = &[
    Change::None,
    Change::None,
    Change::None,
    Change::None,
    Change::AddedLabel,
    Change::RemovedLabel,
    Change::AddedFirstByte,
    Change::RemovedFirstByte,
    Change::AddedLastByte,
    Change::AddedDot,
    Change::AddedFirstDot,
    Change::RemovedLastByte,
    Change::Case,
    Change::Scheme,
    Change::Port,
    Change::Combined,
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
const WIDENINGS: &[Widening] = &[Widening::None, Widening::Port, Widening::Host, Widening::Both];

// A few similar values, so that patterns overlap and share their beginnings and ends.
const SCHEMES: &[&str] = &["https", "https", "https", "http", "capacitor"];
const APPLICATIONS: &[&str] = &["app", "app", "capacitor"];
const OPAQUE_HOSTS: &[&str] = &[
    ".", "..", ".a", "a.", "A", "a", "A.a", "a.A", "a..a", "..a", ".a.A", "b.a", "~", "%41", "1.2",
];
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

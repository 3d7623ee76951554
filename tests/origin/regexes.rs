//! Regular expressions for origins: they match whole origins, and their size is bounded. MATRIX 3.1 row 15,
//! and the rows of 2.9 about regular expressions.

use std::collections::HashSet;

use tower_cross_origin::{
    limits::{REGEX_BYTES, REGEX_NESTING, REGEXES},
    origin::{Member, Origin, OriginRegexError, OriginRegexErrorKind, OriginSet},
};

#[test]
fn known_bypasses_of_regexes_are_rejected() {
    // MATRIX 3.1 row 15; https://github.com/Kludex/starlette/issues/800 and pull/801
    assert_matches(
        &[r"https://.*\.example\.org"],
        &["https://a.example.org", "https://a.b.example.org"],
        &["https://a.example.org.hacker.com", "https://example.org", "http://a.example.org"],
    );
    // CVE-2026-37737: https://github.com/ashleysommer/sanic-cors/pull/68
    assert_matches(
        &[r"https://trusted\.com"],
        &["https://trusted.com"],
        &["https://trusted.com.attacker.io", "https://trusted.com:8080", "https://atrusted.com"],
    );
    // https://github.com/google/clusterfuzz/pull/5303
    assert_matches(
        &["https?://(.*-dot-)?site.appspot.com"],
        &["https://site.appspot.com", "http://a-dot-site.appspot.com"],
        &["https://site.appspot.com.evil.com", "https://evil.com-site.appspot.com"],
    );
    // https://github.com/quarkusio/quarkus/issues/34718
    assert_matches(
        &[r"https:\/\/(?:[a-z0-9\-]+\.)*domain\.com"],
        &["https://domain.com", "https://www.domain.com"],
        &["https://wwwdomain.com", "https://asdfdomain.com"],
    );
}

#[test]
fn regex_is_always_matched_whole() {
    for regex in [
        r"https://a\.example",
        r"^https://a\.example$",
        r"\Ahttps://a\.example\z",
        r"(?m)^https://a\.example$",
        r"(?m:^)https://a\.example(?m:$)",
        r"(?mR)^https://a\.example$",
        r"(?x) https://a\.example # and a comment",
        "(?x)https://a\\.example #\n",
        r"(?U)https://a\.example.{0}?",
        r"https://a\.example(?i)",
        r"https://a\.example|https://a\.example",
        r"https://a\.example|",
        r"|https://a\.example",
        r"x|https://a\.example|(?:y)",
        r"(https://a\.example|x)",
        r"(?s)https://a\.example",
        r"\bhttps://a\.example\b",
    ] {
        assert_matches(&[regex], &["https://a.example"], SIMILAR_ORIGINS);
    }
    assert_matches(
        &[r"https://a\.example|b\.example"],
        &["https://a.example"],
        &["https://b.example", "https://a.example.b.example"],
    );
}

const SIMILAR_ORIGINS: &[&str] = &[
    "https://a.example.evil",
    "https://a.example:8080",
    "https://a.examplex",
    "https://xa.example",
    "xhttps://a.example",
    "http://a.example",
    "https://a",
];

/// Checks `.*`, which also matched URL delimiters in <https://github.com/Kludex/starlette/pull/3165>.
#[test]
fn regex_never_matches_malformed_origin() {
    let any =
        OriginSet::default().with_regexes([".*", "(?s).*", "null", r"https://[^a]+"]).unwrap();
    for malformed in [
        "https://evil.com#.example.com",
        "https://evil.com/.example.com",
        "https://evil.com?.example.com",
        r"https://evil.com\.example.com",
        "https://evil.com@a.example.com",
        "https://evil.com`.example.com",
        "https://evil.com}.example.com",
        "https://a.example.com\n",
        "https://EXAMPLE.com",
        "",
    ] {
        assert!(Origin::parse(malformed.as_bytes()).is_err(), "{malformed:?}");
    }
    let null = Origin::parse(b"null").unwrap();
    assert!(!any.contains(&null));
    assert_eq!(any.find(&null), None);
}

#[test]
fn invalid_regex_is_typed_error() {
    use OriginRegexErrorKind::{Empty, Malformed, TooLarge, TooLong, Unicode};
    let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    for (regex, kind, message) in [
        ("", Empty, "a regular expression is missing"),
        ("(", Malformed, "unclosed group, at byte 0"),
        // Two unbalanced brackets that would close the anchored group around them.
        (r"a)|(?:b", Malformed, "unopened group, at byte 1"),
        (r"a))(?:b", Malformed, "unopened group, at byte 1"),
        ("*.example.com", Malformed, "repetition operator missing expression, at byte 0"),
        (r"https://(?!evil)a\.example", Malformed, "look-around"),
        (r"https://(a)\1\.example", Malformed, "backreferences are not supported"),
        (r"https://[a\.example", Malformed, "unclosed character class, at byte 8"),
        (r"https://a{2,1}\.example", Malformed, "invalid repetition count range"),
        // The escape `\Q` is not supported. A quotation could hide the following text.
        (r"\Qhttps://a.example", Malformed, "unrecognized escape sequence"),
        ("a\\", Malformed, "incomplete escape sequence"),
        (&nested(REGEX_NESTING as usize + 1), Malformed, "maximum number of nested"),
        (&nested(100_000), TooLong, "at most 1024 bytes"),
        (&nested(400), Malformed, "maximum number of nested"),
        ("https://☕\\.example", Unicode, "a character beyond ASCII, at byte 8"),
        (r"https://\p{L}+\.example", Unicode, "Unicode not allowed here, at byte 8"),
        (r"https://\x{2615}\.example", Unicode, "a character beyond ASCII, at byte 8"),
        (r"https://[\x{2615}]\.example", Unicode, "Unicode not allowed here"),
        (r"(?u)https://\w+\.example", Unicode, "the flag \"u\", at byte 2"),
        (r"https://(?iu:a)\.example", Unicode, "the flag \"u\""),
        (&"a".repeat(REGEX_BYTES + 1), TooLong, "at most 1024 bytes"),
        (&"a".repeat(1 << 20), TooLong, "at most 1024 bytes"),
        ("(a{1000}){1000}", TooLarge, "at most 1048576 bytes when compiled"),
        ("[a-z]{4294967295}", TooLarge, "at most 1048576 bytes when compiled"),
        ("[a-z]{4294967296}", Malformed, "decimal"),
    ] {
        let error = error(&[regex]);
        let start: String = regex.chars().take(40).collect();
        assert_eq!(error.kind(), kind, "{start}");
        assert_eq!(error.input(), regex);
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.to_string().len() < 500, "{start}");
    }
}

#[test]
fn regex_within_the_bounds_is_accepted() {
    for regex in [
        format!("{}a{}", "(".repeat(10), ")".repeat(10)),
        "a".repeat(REGEX_BYTES),
        r"(?-u)https://\w+\.example".to_owned(),
        r"(?i-u:https)://a\.example".to_owned(),
        r"(?:(a|b){30}){30}".to_owned(),
        "()".to_owned(),
        "(((){1000}){1000}){1000}".to_owned(),
        r"https://[^\xff]\.example".to_owned(),
    ] {
        let set = OriginSet::default().with_regexes([&regex]).expect(&regex);
        assert_eq!(set.len(), 1);
    }
}

#[test]
fn number_of_regexes_is_limited() {
    let regexes = |count| (0..count).map(|it| format!(r"https://pr-{it}\.example")).collect();
    let largest: Vec<String> = regexes(REGEXES);
    let set = OriginSet::default().with_regexes(&largest).unwrap();
    assert_eq!(set.len(), REGEXES);
    // Duplicates do not count.
    let twice = OriginSet::default().with_regexes(largest.iter().chain(&largest)).unwrap();
    assert_eq!(twice, set);

    let too_many: Vec<String> = regexes(REGEXES + 2);
    let error = error(&too_many);
    assert_eq!(error.kind(), OriginRegexErrorKind::TooMany);
    assert_eq!(error.input(), too_many[REGEXES]);
}

/// Checks regular expressions that are small, but too large together.
#[test]
fn first_regex_over_total_size_is_reported() {
    let regexes: Vec<String> =
        (0..REGEXES).map(|it| format!(r"https://([a-z]{{1,300}}\.){{3}}{it}\.example")).collect();
    let error = error(&regexes);
    assert_eq!(error.kind(), OriginRegexErrorKind::TooLarge);
    let first = regexes.iter().position(|regex| regex == error.input()).unwrap();
    assert!(OriginSet::default().with_regexes(&regexes[..first]).is_ok());
    assert!(OriginSet::default().with_regexes(&regexes[..=first]).is_err());
}

#[test]
fn find_returns_the_matching_member() {
    let set = OriginSet::parse(["https://example.com", "https://*.example.com"])
        .unwrap()
        .with_regexes([r"https://b\d\.example", r"https://[a-c]\d\.example", r"https://.*"])
        .unwrap();
    for (origin, member) in [
        ("https://example.com", Some(Member::Pattern("https://example.com"))),
        ("https://a.example.com", Some(Member::Pattern("https://*.example.com"))),
        ("https://b1.example", Some(Member::Regex(r"https://b\d\.example"))),
        ("https://a1.example", Some(Member::Regex(r"https://[a-c]\d\.example"))),
        ("https://d1.example", Some(Member::Regex("https://.*"))),
        ("http://d1.example", None),
    ] {
        let origin = Origin::parse(origin.as_bytes()).unwrap();
        assert_eq!(set.find(&origin), member, "{origin}");
        assert_eq!(set.clone().contains(&origin), member.is_some(), "{origin}");
    }
    let members: HashSet<String> = set.iter().map(|member| member.as_str().to_owned()).collect();
    assert_eq!((members.len(), set.len()), (5, 5));
}

#[test]
fn sets_with_equal_regex_texts_are_equal() {
    let set = |regexes: &[&str]| OriginSet::default().with_regexes(regexes).unwrap();
    assert_eq!(set(&["a", "b"]), set(&["b", "a", "b"]));
    assert_ne!(set(&["a"]), set(&["a", "b"]));
    assert_ne!(set(&["a"]), set(&["(a)"]));
    assert_eq!(set(&["a"]).with_regexes(["b"]).unwrap(), set(&["a", "b"]));
    assert_eq!(set(&[]), OriginSet::default());
    assert!(set(&[]).is_empty() && !set(&["a"]).is_empty());
}

#[track_caller]
fn assert_matches(regexes: &[&str], matches: &[&str], misses: &[&str]) {
    let set = OriginSet::default().with_regexes(regexes).expect("valid regular expressions");
    for (origins, is_match) in [(matches, true), (misses, false)] {
        for origin in origins {
            let parsed = Origin::parse(origin.as_bytes()).expect(origin);
            assert_eq!(set.contains(&parsed), is_match, "{regexes:?} and {origin}");
        }
    }
}

#[track_caller]
fn error<R: AsRef<str>>(regexes: &[R]) -> OriginRegexError {
    OriginSet::default().with_regexes(regexes).expect_err("an invalid regular expression")
}

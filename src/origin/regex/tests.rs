//! Checks the lints of regular expressions from configurations, and that the search is bounded.

use super::{lint::insecure_origin, *};
use crate::{limits::REGEX_BYTES, origin::Origin};

const NO_LINTS: &[Expected] = &[];

enum Expected {
    /// An example, and the corrected expression.
    Dot(&'static str, &'static str),
    OtherDomain(&'static str),
    NoOrigin,
}

use Expected::{Dot, NoOrigin, OtherDomain};

#[test]
fn precise_regex_has_no_lint() {
    for text in [
        r"https://example\.com",
        r"^https://example\.com$",
        r"(?i)https://App\.Example\.com",
        r"(?x) https://a\.example # the one",
        r"https://(www\.)?example\.(com|org)",
        r"https://a\.example|https://b\.example",
        r"https://a\.example|b\.example",
        r"https://(cat|car|cab|cap|can)\.com",
        r"https://app[123]\.com",
        r"https://my[.-]example\.com",
        r"https://[^.]+\.example\.com",
        r"https://[a-z0-9-.]+\.example\.com",
        r"https://([a-z]+\.)?example\.com",
        r"https://pr-[0-9]+\.preview\.example\.com(:[0-9]+)?",
        r"https://example\.com:[0-9]{4,5}",
        r"https://example\.com:.+",
        r"https?://(?:.+\.)?example\.com(?::\d{1,5})?",
        // Dots for any two characters, any single character, or any text.
        r"https://pr-..\.example\.com",
        r"https://pr-.\.example\.com",
        r"https://..*\.example\.com",
        // A project below a public suffix is one domain.
        r"https://my-app\.vercel\.app",
        r"https://[a-z0-9-]+\.my-app\.vercel\.app",
        // Loopback hosts and addresses, which cannot be registered.
        r"^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$",
        r"^https?://((.*\.)?docker\.localhost(:[0-9]+)?|localhost(:[0-9]+)?)$",
        r"http://192\.168\.[0-9]+\.[0-9]+(:[0-9]+)?",
        r"https://\[[0-9a-f:]+\]",
        r"capacitor://localhost",
        // https://github.com/adamchainz/django-cors-headers, README.
        r"^https://\w+\.example\.com$",
        // https://github.com/Kludex/starlette/pull/801
        r"https://.*\.example\.org",
        // https://github.com/quarkusio/quarkus/issues/34718
        r"https:\/\/(?:[a-z0-9\-]+\.)*domain\.com",
        r"\Ahttps:\/\/deploy-preview-\d{1,4}--site\.example\.app\z",
        r"^http(|s)://www\.example\.com$",
    ] {
        assert_lints(text, NO_LINTS);
    }
}

#[test]
fn unescaped_dot_has_lint() {
    for (text, example, suggestion) in [
        (r"https://www.example\.com", "https://wwwxexample.com", r"https://www\.example\.com"),
        ("https://a.example.com", "https://axexample.com", r"https://a\.example\.com"),
        ("https://a.b.example.com", "https://a.bxexample.com", r"https://a\.b\.example\.com"),
        ("https://example.com", "https://examplexcom", r"https://example\.com"),
        ("https://(www.)?example.com", "https://wwwxexample.com", r"https://(www\.)?example\.com"),
        ("https://[a-z]+.example.com", "https://axexample.com", r"https://[a-z]+\.example\.com"),
        ("https://.*.example.com", "https://axexample.com", r"https://.*\.example\.com"),
        (
            "(?i)https://APP.example.com",
            "https://appxexample.com",
            r"(?i)https://APP\.example\.com",
        ),
        (
            r"(?x)https:// a\.example .com",
            "https://a.examplexcom",
            r"(?x)https:// a\.example \.com",
        ),
        (r"http://127\.0\.0.1", "http://127.0.0-1", r"http://127\.0\.0\.1"),
        (
            r"(?i)https://(?-i:a)PP.example\.com",
            "https://appxexample.com",
            r"(?i)https://(?-i:a)PP\.example\.com",
        ),
        // https://github.com/jsdelivr/globalping/pull/851
        (
            r"^https:\/\/(?:[\w-]+\.)*globalping.io$",
            "https://a.globalpingxio",
            r"^https:\/\/(?:[\w-]+\.)*globalping\.io$",
        ),
    ] {
        assert_lints(text, &[Dot(example, suggestion)]);
    }
}

#[test]
fn open_registrable_domain_has_lint() {
    for (text, example) in [
        (r"https://[a-z]+example\.com", "https://aexample.com"),
        (r"https://.*example\.com", "https://aexample.com"),
        (r"https://[^.]*example\.com", "https://aexample.com"),
        (r"https://.{3,}example\.com", "https://aaaexample.com"),
        (r"https://.*[.-]example\.com", "https://a-example.com"),
        (r".*example\.com", "https://aexample.com"),
        (r"https://example\.com.*", "https://example.com.net"),
        (r"https://.*\.example\.com.*", "https://a.example.com.net"),
        (r"https://example\.[a-z]+", "https://example.net"),
        (r"https://example\.[a-z]{2,3}", "https://example.net"),
        (r"https://example\..+", "https://example.net"),
        (r"https://[a-z]+", "https://net"),
        ("https://.+", "https://a.net"),
        ("https://[^/]+", "https://a.net"),
        ("https?://.*", "https://a.net"),
        (".*", "https://a.net"),
        (".+://.+", "https://a.net"),
        (r"https://(foo|bar)+\.com", "https://foofoo.com"),
        (r"https://(a-)*example\.com", "https://a-a-example.com"),
        ("chrome-extension://.*", "chrome-extension://a.net"),
        // A glob for the port: as a regular expression, the colon is optional.
        (r"http://localhost:*([0-9]+)?", "http://localhost1"),
        // From the documentation of a gateway.
        ("^https://cors.*", "https://cors.net"),
    ] {
        assert_lints(text, &[OtherDomain(example)]);
    }
}

/// Checks expressions with an open label. Anyone can register a name below a public suffix.
#[test]
fn open_label_before_public_suffix_has_lint() {
    for (text, example) in [
        (r"https://pr-[0-9]+\.vercel\.app", "https://pr-1.vercel.app"),
        (r"https://[a-z0-9-]+-my-team\.vercel\.app", "https://a-my-team.vercel.app"),
        (r"^https:\/\/.*--my-site\.netlify\.app$", "https://a--my-site.netlify.app"),
        (r"^https?:\/\/([a-z0-9-]+\.)*up\.railway\.app$", "https://a.up.railway.app"),
        (r"https://[a-z]+\.github\.io", "https://a.github.io"),
        (r"https://[^.]+\.co\.uk", "https://a.co.uk"),
        (r"http[s]?://.*\.nz", "https://a.nz"),
    ] {
        assert_lints(text, &[OtherDomain(example)]);
    }
}

#[test]
fn each_cause_is_reported_once() {
    // https://github.com/google/clusterfuzz/pull/5303
    assert_lints(
        "https?://(.*-dot-)?test-client-site.appspot.com",
        &[
            Dot(
                "https://test-client-sitexappspot.com",
                r"https?://(.*-dot-)?test-client-site\.appspot\.com",
            ),
            OtherDomain("https://a-dot-test-client-site.appspot.com"),
        ],
    );
    // A glob. Its first dot cannot be a dot of a host name, since `https://.example.com` is not an origin.
    assert_lints(
        "https://*.example.com",
        &[
            Dot("https://examplexcom", r"https://*.example\.com"),
            OtherDomain("https://xexample.com"),
        ],
    );
}

#[test]
fn regex_that_matches_no_origin_has_lint() {
    for text in [
        r"example\.com",
        r"//example\.com",
        r"https://example\.com/",
        r"https://example\.com:443",
        r"HTTPS://example\.com",
        r"/^https:\/\/example\.com$/",
        r"https://example\.com\.\.",
        r"file://host",
        r"https:///example\.com",
        "null",
        "()",
        "(((|){1000}){1000}){1000}",
        r"\d$^\d",
        "[a&&b]",
        "(?i)[A-Z]{400}",
    ] {
        assert_lints(text, &[NoOrigin]);
    }
}

#[test]
fn insecure_origin_of_regex_is_found() {
    for (text, example) in [
        (r"https?://app\.example\.com", Some("http://app.example.com")),
        (r"(https|http)://app\.example\.com", Some("http://app.example.com")),
        (r"https?://app.example\.com", Some("http://app.example.com")),
        (r"h.*://app\.example\.com", Some("http://app.example.com")),
        (r".*\.example\.com", Some("http://a.example.com")),
        (r"[a-z]+://..", Some("http://aa")),
        (r"\w{4,5}://app\.example\.com", Some("http://app.example.com")),
        (r".*", Some("http://a")),
        (r"http://192\.168\.\d+\.\d+", Some("http://192.168.1.1")),
        (r"http://(localhost|127\.0\.0\.1)(:\d+)?", None),
        (r"http://[a-z]+\.localhost", None),
        (r"http://127\.\d+\.\d+\.\d+:\d+", None),
        (r"http://\[::1\]", None),
        (r"https://.*", None),
        (r"[a-z]+s://.*", None),
        (r"https://app\.example\.com|http://localhost:\d+", None),
        (r"capacitor://.*", None),
        ("(", None),
    ] {
        let found = insecure_origin(text);
        assert_eq!(found.as_deref(), example, "{text}");
        if let Some(found) = found {
            assert!(Origin::parse(found.as_bytes()).unwrap().is_insecure(), "{text}");
            assert_match(text, &found);
        }
    }
}

/// Checks that the check of an expression ends after a bounded number of steps.
#[test]
fn check_of_complex_regex_is_bounded() {
    let numbers = |count| (0..count).map(|it| format!("{it:03}")).collect::<Vec<_>>().join("|");
    for (text, is_valid) in [
        ("((a|b){30}){30}".to_owned(), true),
        ("(((){1000}){1000}){1000}".to_owned(), true),
        (r"((\b{1000}){1000}){1000}".to_owned(), true),
        ("((((()*)*)*)*)*".to_owned(), true),
        (r"https://(((((a*b?)*)*)*)*)*\.example".to_owned(), true),
        ("(.?){326}".to_owned(), true),
        (format!("https://({0})-({0})\\.example", numbers(64)), true),
        (format!("https://(({0})-)+example\\.com", numbers(64)), true),
        (format!("https://{}", "(.*.)*".repeat(160)), true),
        ("[a-z]{0,300}.{0,300}".to_owned(), true),
        ("(a{1000}){1000}".to_owned(), false),
        ("[a-z]{4000000000}".to_owned(), false),
        ("(((.{1,30}){1,30}){1,30})".to_owned(), false),
        (format!("{}a{}", "(".repeat(400), ")".repeat(400)), false),
        ("[".repeat(REGEX_BYTES), false),
        ("a".repeat(1 << 20), false),
    ] {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(OriginRegex::parse(&text).is_ok(), is_valid, "{shown}");
        let found = lints(&text);
        assert!(is_valid || found.is_empty(), "{shown}");
        found.iter().filter_map(example).for_each(|example| assert_match(&text, example));
    }
}

#[test]
fn too_complex_regex_has_lint() {
    assert_eq!(lints("(.?){326}"), [RegexLint::TooComplex]);
}

#[test]
fn union_contains_each_regex_once() {
    let [a, b, c] = ["https://a", "https://b", "https://c"];
    let one = OriginRegexes::new([a, b]).unwrap();
    let other = OriginRegexes::new([b, c]).unwrap();
    let union = one.union(&other);
    assert_eq!(union, OriginRegexes::new([c, b, a, a]).unwrap());
    assert_eq!(union.iter().collect::<Vec<_>>(), [a, b, c]);
    assert_eq!((union.len(), union.is_empty()), (3, false));
    for text in [a, b, c] {
        assert_eq!(union.find(text.as_bytes()), Some(text));
        assert!(union.is_match(text.as_bytes()));
    }
    assert_eq!(union.find(b"https://d"), None);

    let none = OriginRegexes::default();
    assert_eq!(one.union(&none), one);
    assert_eq!(none.union(&one), one);
    assert_eq!(none.union(&none), none);
    assert!(none.is_empty() && none != one && one != other);
    // Shared parts are not added again.
    assert_eq!(union.union(&other).union(&one).parts().len(), 2);
    let third = OriginRegexes::new(["https://d"]).unwrap();
    assert_eq!(union.union(&other.union(&third)).parts().len(), 3);
}

/// Checks texts with line breaks, which are not origins.
#[test]
fn single_line_of_text_is_not_matched() {
    for text in ["https://a", "(?m)^https://a$", "(?mR)^https://a$", "(?m:^)https://a(?m:$)"] {
        let regexes = OriginRegexes::new([text]).unwrap();
        assert!(regexes.is_match(b"https://a"), "{text}");
        for lines in ["https://a\n", "\nhttps://a", "\r\nhttps://a", "x\nhttps://a\nx"] {
            assert!(!regexes.is_match(lines.as_bytes()), "{text} matches {lines:?}");
            assert_eq!(regexes.find(lines.as_bytes()), None);
        }
    }
}

#[track_caller]
fn assert_lints(text: &str, expected: &[Expected]) {
    let expected: Vec<RegexLint> = expected
        .iter()
        .map(|expected| match *expected {
            Dot(example, suggestion) => {
                RegexLint::UnescapedDot { example: example.into(), suggestion: suggestion.into() }
            }
            OtherDomain(example) => RegexLint::OtherDomain { example: example.into() },
            NoOrigin => RegexLint::NoOrigin,
        })
        .collect();
    let found = lints(text);
    assert_eq!(found, expected, "{text}");
    assert_eq!(lints(text), found, "{text}");
    for lint in &found {
        if let Some(example) = example(lint) {
            assert_match(text, example);
        }
        if let RegexLint::UnescapedDot { example, suggestion } = lint {
            let corrected = OriginRegexes::new([suggestion]).unwrap();
            assert!(
                !corrected.is_match(example.as_bytes()),
                "{suggestion} still matches {example}"
            );
        }
    }
}

fn example(lint: &RegexLint) -> Option<&str> {
    match lint {
        RegexLint::UnescapedDot { example, .. } | RegexLint::OtherDomain { example } => {
            Some(example)
        }
        RegexLint::NoOrigin | RegexLint::TooComplex => None,
    }
}

#[track_caller]
fn assert_match(text: &str, example: &str) {
    assert!(Origin::parse(example.as_bytes()).is_ok(), "{example} is not an origin");
    let regexes = OriginRegexes::new([text]).expect(text);
    assert!(regexes.is_match(example.as_bytes()), "{text} does not match {example}");
}

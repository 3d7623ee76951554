//! Origins in requests and in configurations. MATRIX rows 12, 13, 16, 18, 39; STANDARDS F1 to F8.

use std::{
    collections::HashSet,
    net::{Ipv4Addr, Ipv6Addr},
};

use http::HeaderValue;
use tower_cross_origin::{
    cors::{Rule, Step},
    origin::{
        Host, Inclusion, Member, Origin, OriginBuf, OriginErrorKind, OriginPattern, OriginSet,
    },
};

use crate::support::{App, get, preflight};

#[test]
fn origin_sent_by_a_browser_parses() {
    for (serialized, scheme, host, port) in [
        ("https://example.com", "https", Host::Domain("example.com"), None),
        ("http://example.com:8080", "http", Host::Domain("example.com"), Some(8080)),
        ("http://example.com:443", "http", Host::Domain("example.com"), Some(443)),
        ("https://example.com:80", "https", Host::Domain("example.com"), Some(80)),
        ("https://example.com:65535", "https", Host::Domain("example.com"), Some(65535)),
        ("https://example.com:1", "https", Host::Domain("example.com"), Some(1)),
        ("http://localhost", "http", Host::Domain("localhost"), None),
        ("https://xn--53h.example", "https", Host::Domain("xn--53h.example"), None),
        // `_` is not a forbidden domain code point, and a label may begin and end with `-`.
        ("https://a_b.example", "https", Host::Domain("a_b.example"), None),
        ("https://-a-.example", "https", Host::Domain("-a-.example"), None),
        ("https://1.example", "https", Host::Domain("1.example"), None),
        ("https://0xz.0x.example", "https", Host::Domain("0xz.0x.example"), None),
        ("http://127.0.0.1:9000", "http", Host::Ipv4(Ipv4Addr::LOCALHOST), Some(9000)),
        ("http://255.255.255.255", "http", Host::Ipv4(Ipv4Addr::BROADCAST), None),
        ("http://[::1]:9090", "http", Host::Ipv6(Ipv6Addr::LOCALHOST), Some(9090)),
        ("https://[::]", "https", Host::Ipv6(Ipv6Addr::UNSPECIFIED), None),
        (
            "https://[2001:db8::ff:0:1]",
            "https",
            Host::Ipv6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0xff, 0, 1)),
            None,
        ),
        (
            "https://[::ffff:7f00:1]",
            "https",
            Host::Ipv6(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1)),
            None,
        ),
        // The URL standard keeps a dot after a domain name, and Chromium sends it. R1
        ("https://www.example.com.", "https", Host::Domain("www.example.com."), None),
        ("http://localhost.:8080", "http", Host::Domain("localhost."), Some(8080)),
        ("https://a.", "https", Host::Domain("a."), None),
        ("wss://example.com.", "wss", Host::Domain("example.com."), None),
        ("https://1.example.", "https", Host::Domain("1.example."), None),
        // Hosts of applications and extensions keep their case. R2
        ("connector://example", "connector", Host::Opaque("example"), None),
        ("capacitor://localhost", "capacitor", Host::Opaque("localhost"), None),
        ("chrome-extension://abcdefgh", "chrome-extension", Host::Opaque("abcdefgh"), None),
        ("a1+b-c.d://h:80", "a1+b-c.d", Host::Opaque("h"), Some(80)),
        (
            "safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA",
            "safari-web-extension",
            Host::Opaque("140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA"),
            None,
        ),
        ("app://.", "app", Host::Opaque("."), None),
        ("app://..", "app", Host::Opaque(".."), None),
        ("app://.a", "app", Host::Opaque(".a"), None),
        ("app://a.", "app", Host::Opaque("a."), None),
        ("app://a..b", "app", Host::Opaque("a..b"), None),
        ("app://-", "app", Host::Opaque("-"), None),
        ("app://%C3%A9~_", "app", Host::Opaque("%C3%A9~_"), None),
        ("app://%", "app", Host::Opaque("%"), None),
        ("app://1.2.3", "app", Host::Opaque("1.2.3"), None),
        ("app://127.0.0.1:1", "app", Host::Opaque("127.0.0.1"), Some(1)),
        ("app://[::1]", "app", Host::Ipv6(Ipv6Addr::LOCALHOST), None),
        ("tauri://localhost", "tauri", Host::Opaque("localhost"), None),
        (
            "moz-extension://2C127FA4-62C7-7E4F",
            "moz-extension",
            Host::Opaque("2C127FA4-62C7-7E4F"),
            None,
        ),
        ("file://", "file", Host::Empty, None),
    ] {
        let origin = Origin::parse(serialized.as_bytes()).expect(serialized);
        assert_eq!(origin.scheme(), Some(scheme), "{serialized}");
        assert_eq!(origin.host(), Some(host), "{serialized}");
        assert_eq!(origin.port(), port, "{serialized}");
        assert_eq!(origin.as_str(), serialized);
        assert_eq!(origin.to_string(), serialized);
        assert!(!origin.is_opaque(), "{serialized}");
        assert_eq!(origin.is_file(), serialized == "file://");
    }
}

#[test]
fn null_is_opaque() {
    let null = Origin::parse(b"null").unwrap();
    assert!(null.is_opaque());
    assert_eq!((null.scheme(), null.host(), null.port()), (None, None, None));
    assert!(!null.is_loopback() && !null.is_insecure());
}

/// Values that browsers never send, and values beyond the limits of the crate.
///
/// MATRIX 2.8.2, 2.9; PEERS 13, 16
const NOT_ORIGINS: &[&str] = &[
    "",
    " ",
    "*",
    "NULL",
    "Null",
    " null",
    "null ",
    "null, null",
    "null null",
    "example.com",
    "//example.com",
    "://example.com",
    "https",
    "https:",
    "https:/",
    "https://",
    "https:example.com",
    "https:/example.com",
    "https:///example.com",
    "https://example.com/",
    "https://example.com/path",
    "https://example.com?",
    "https://example.com#",
    "https://example.com?q",
    "https://example.com\\",
    "https://user@example.com",
    "https://user:password@example.com",
    "https://@example.com",
    "https://evil.com#.example.com",
    "https://evil.com?.example.com",
    "https://evil.com/.example.com",
    "https://evil.com\\.example.com",
    "https://evil.com`.example.com",
    "https://evil.com{.example.com",
    "https://evil.com%.example.com",
    "https://evil.com!.example.com",
    "https://evil.com'.example.com",
    "https://evil.com,.example.com",
    "https://evil.com;.example.com",
    "https://evil.com=.example.com",
    "https://evil.com|.example.com",
    "https://evil.com~.example.com",
    "https://evil.com\u{7f}.example.com",
    "https://evil.com\t.example.com",
    "https://evil.com .example.com",
    "https://evil.com\u{0}.example.com",
    "https://evil.com\n.example.com",
    "https://..example.com",
    "https://.example.com",
    "https://example..com",
    "https://example.com..",
    "https://..",
    "https://.",
    "https://.:8080",
    "https://*",
    "HTTPS://example.com",
    "Https://example.com",
    "https://Example.com",
    "https://EXAMPLE.COM",
    "https://☕.example",
    "https://example.com:",
    "https://example.com:0",
    "https://example.com:080",
    "https://example.com:00001",
    "https://example.com:443",
    "http://example.com:80",
    "ws://example.com:80",
    "wss://example.com:443",
    "ftp://example.com:21",
    "https://example.com:65536",
    "https://example.com:100000",
    "https://example.com:+1",
    "https://example.com:-1",
    "https://example.com:1a",
    "https://example.com: 1",
    "https://example.com:1 ",
    "https://example.com:1:2",
    " https://example.com",
    "https://example.com ",
    "https://a.example https://b.example",
    "https://a.example, https://b.example",
    "1https://example.com",
    "+https://example.com",
    "ht_tps://example.com",
    "ht tps://example.com",
    "http://1.2.3",
    "http://1.2.3.4.5",
    "http://1.2.3.256",
    "http://01.2.3.4",
    "http://0x7f.1",
    "http://0x7f000001",
    "http://2130706433",
    "http://example.0x1",
    "http://example.0x",
    "http://example.1",
    "http://127.0.0.1.",
    "http://1.",
    "http://example.1.",
    "http://example.0x1.",
    "http://[::1].",
    "http://[::1",
    "http://::1]",
    "http://::1",
    "http://[]",
    "http://[::1]x",
    "http://[::1]:",
    "http://[::1]:80",
    "http://[0:0:0:0:0:0:0:1]",
    "http://[::01]",
    "http://[::A]",
    "http://[::ffff:127.0.0.1]",
    "http://[fe80::1%eth0]",
    "http://[fe80::1%25eth0]",
    "http://[1::2::3]",
    "http://[1:2:3]",
    "http://[1:0:2:3:4:5:6:7:8]",
    "http://[1:0:0:2:3:4:5:6]",
    "http://[v1.a]",
    "https://[example.org]",
    "file:",
    "file:/",
    "file:///",
    "file:///index.html",
    "file://host",
    "file://localhost",
    "file://:80",
    "FILE://",
    "file:// ",
    "App://.",
    "app://",
    "app://:80",
    "app://a:",
    "app://a:0",
    "app://a:080",
    "app://a/",
    "app://a b",
    "app://a@b",
    "app://a!b",
    "app://a+b",
    "app://a*b",
    "app://é",
    "app://[::A]",
    "app://[::1]a",
    "data:text/html,x",
    "blob:https://example.com/1",
    "about:blank",
    "javascript:1",
];

#[test]
fn malformed_origin_does_not_parse() {
    for serialized in NOT_ORIGINS {
        assert!(Origin::parse(serialized.as_bytes()).is_err(), "{serialized:?}");
    }
    for pattern in ["https://*.example.com", "https://example.com:*", "http://*.localhost:*"] {
        assert!(Origin::parse(pattern.as_bytes()).is_err(), "{pattern}");
    }
    for bytes in [&b"https://example\xff.com"[..], b"\xff", b"https://\xe2\x98\x95.example"] {
        assert!(Origin::parse(bytes).is_err(), "{bytes:?}");
    }
}

/// Checks rules that match these hosts. A rule for any origin responds with `*`, and does not read the value.
#[test]
fn malformed_origin_is_rejected_and_not_echoed() {
    let listed = App::with(
        Rule::for_origins(["https://example.com", "https://evil.com", "http://[::1]"])
            .allow_credentials(true)
            .dangerously_allow_insecure_origins(true),
    );
    let any = App::with(Rule::for_any_origin());
    let several =
        App::first_match([Rule::for_origins(["https://a.example"]), Rule::for_any_origin()]);
    for serialized in NOT_ORIGINS {
        // HTTP libraries reject NUL, LF and DEL.
        let Ok(value) = HeaderValue::from_str(serialized) else { continue };
        let request = || http::Request::get("/").header("origin", &value);
        listed.send(request()).is_passed_on_with(["vary: origin"]);
        any.send(request()).is_passed_on_with(["access-control-allow-origin: *"]);
        several
            .send(request())
            .is_passed_on_with(["access-control-allow-origin: *", "vary: origin"]);
        let request = || {
            let preflight = http::Request::options("/").header("origin", &value);
            preflight.header("access-control-request-method", "GET")
        };
        listed.send(request()).is_rejected_preflight(Step::Origin);
        for app in [&any, &several] {
            let response = app.send(request());
            assert_eq!(response.response.status(), 204, "{serialized:?}");
            assert_eq!(response.header("access-control-allow-origin"), "*", "{serialized:?}");
        }
    }
}

/// Checks that the scheme is compared: <https://github.com/adamchainz/django-cors-headers/issues/259>.
#[test]
fn origin_with_different_part_is_rejected() {
    let app = App::with(Rule::for_origins(["https://a.example", "http://b.example:8080"]));
    for allowed in ["https://a.example", "http://b.example:8080"] {
        assert_eq!(app.send(get(allowed)).header("access-control-allow-origin"), allowed);
    }
    for rejected in [
        "http://a.example",
        "https://a.example:8443",
        "https://sub.a.example",
        "https://example",
        "https://aa.example",
        "https://a.example.evil.com",
        "https://a.exam",
        "http://b.example",
        "https://b.example:8080",
        "http://b.example:808",
        "http://b.example:80800",
        "null",
    ] {
        app.send(get(rejected)).is_passed_on_with(["vary: origin"]);
    }
}

/// Checks parts of two origins: GO-2024-2813, in which a library combined them to `https://barfoo.com`.
#[test]
fn combination_of_two_origins_is_rejected() {
    let app = App::with(Rule::for_origins(["https://foo.com", "https://bar.com"]));
    for rejected in ["https://barfoo.com", "https://foobar.com", "https://foo.combar.com"] {
        app.send(get(rejected)).is_passed_on_with(["vary: origin"]);
    }
}

/// Checks small lists, which are scanned, and large lists, which use a hash table.
#[test]
fn list_of_any_length_matches_only_its_members() {
    for length in [1, 2, 7, 8, 9, 10, 100, 1000] {
        let texts: Vec<String> = (0..length).map(|n| format!("https://t{n}.example")).collect();
        let set = OriginSet::parse(&texts).unwrap();
        assert_eq!(set.len(), length);
        assert!(set.iter().all(|member| texts.iter().any(|text| text == member.as_str())));
        for origin in &texts {
            assert!(set.contains(&Origin::parse(origin.as_bytes()).unwrap()), "{origin}");
        }
        for other in [format!("https://t{length}.example"), "http://t0.example".to_owned()] {
            assert!(!set.contains(&Origin::parse(other.as_bytes()).unwrap()), "{other}");
        }
    }
}

/// Checks a set so large that leaves split twice. Half of the members are removed, but not from a clone.
#[test]
fn removal_from_large_set_does_not_change_clones() {
    const MANY: usize = 40_000;
    let exact = |n: usize| format!("https://t{n}.example");
    let wildcard = |n: usize| format!("https://*.t{n}.tenants.example:*");
    let subdomain = |n: usize| format!("https://a.t{n}.tenants.example:8443");
    let has = |set: &OriginSet, text: &str| {
        let origin = Origin::parse(text.as_bytes()).unwrap();
        assert_eq!(set.find(&origin).is_some(), set.contains(&origin), "{text}");
        set.contains(&origin)
    };
    let mut set = OriginSet::parse((0..MANY).map(exact)).unwrap();
    set.extend((0..MANY / 10).map(|n| wildcard(n).parse().unwrap()));
    assert_eq!(set.len(), MANY + MANY / 10);
    assert_eq!(set.iter().count(), set.len());

    let all = set.clone();
    for n in (0..MANY).filter(|n| n % 2 == 0) {
        let is_wildcard = n < MANY / 10;
        assert!(set.remove(&exact(n).parse().unwrap()));
        assert!(!set.remove(&exact(n).parse().unwrap()), "removed twice");
        assert_eq!(set.remove(&wildcard(n).parse().unwrap()), is_wildcard);
    }
    assert_eq!(set.len(), MANY / 2 + MANY / 20);
    assert_eq!(set.iter().count(), set.len());
    for n in 0..MANY {
        assert!(has(&all, &exact(n)), "{n}");
        assert_eq!(has(&set, &exact(n)), n % 2 == 1, "{n}");
        assert_eq!(has(&all, &subdomain(n)), n < MANY / 10, "{n}");
        assert_eq!(has(&set, &subdomain(n)), n % 2 == 1 && n < MANY / 10, "{n}");
    }
    assert_eq!(set.difference(&all).verdict(), Inclusion::Included);
    assert_eq!(all.difference(&set).uncovered().len(), set.len());
    assert_eq!(set.union(&all), all);
    assert_ne!(set, all);
}

#[test]
fn repeated_origin_header_is_rejected() {
    let app = App::with(Rule::for_origins(["https://a.example"]));
    let twice = get("https://a.example").header("origin", "https://a.example");
    app.send(twice).is_passed_on_with(["vary: origin"]);
    let twice = preflight("https://a.example", "PUT").header("origin", "https://a.example");
    app.send(twice).is_rejected_preflight(Step::Origin);
}

#[test]
fn only_local_hosts_are_loopback() {
    for (serialized, loopback, insecure) in [
        ("http://localhost", true, false),
        ("http://localhost:3000", true, false),
        ("http://app.localhost", true, false),
        ("http://127.0.0.1", true, false),
        ("http://127.255.255.254:1", true, false),
        ("http://[::1]", true, false),
        ("https://localhost", true, false),
        ("http://notlocalhost", false, true),
        ("http://localhost.evil.com", false, true),
        ("http://128.0.0.1", false, true),
        ("http://127.0.0.1.evil.com", false, true),
        ("http://[::2]", false, true),
        ("http://[::ffff:7f00:1]", false, true),
        ("http://0.0.0.0", false, true),
        ("http://example.com", false, true),
        ("https://example.com", false, false),
        ("capacitor://example", false, false),
        ("capacitor://localhost", true, false),
        ("app://LOCALHOST", false, false),
        ("app://127.0.0.1", true, false),
        // Some resolvers look these names up in the DNS.
        ("http://localhost.", false, true),
        ("http://app.localhost.:3000", false, true),
        ("https://localhost.", false, false),
        ("file://", false, false),
    ] {
        let origin = Origin::parse(serialized.as_bytes()).unwrap();
        assert_eq!(origin.is_loopback(), loopback, "{serialized}");
        assert_eq!(origin.is_insecure(), insecure, "{serialized}");
    }
}

/// Invalid origins, their first fault, and the suggestion. PEERS 12 to 16, 36; MATRIX 2.2.
#[rustfmt::skip]
const FAULTS: &[(&str, OriginErrorKind, Option<&str>)] = &[
    ("", OriginErrorKind::Empty, None),
    ("*", OriginErrorKind::AnyOrigin, None),
    ("null", OriginErrorKind::Null, None),
    ("NULL", OriginErrorKind::Null, None),
    ("https://example.com/", OriginErrorKind::TrailingSlash, Some("https://example.com")),
    ("https://example.com//", OriginErrorKind::Path, Some("https://example.com")),
    ("https://example.com/path", OriginErrorKind::Path, Some("https://example.com")),
    ("https://example.com\\path", OriginErrorKind::Path, Some("https://example.com")),
    ("https://example.com?query", OriginErrorKind::Query, Some("https://example.com")),
    ("https://example.com#fragment", OriginErrorKind::Fragment, Some("https://example.com")),
    ("https://user@example.com", OriginErrorKind::Userinfo, Some("https://example.com")),
    ("https://user:secret@example.com", OriginErrorKind::Userinfo, Some("https://example.com")),
    ("https://a@b@example.com", OriginErrorKind::Userinfo, Some("https://example.com")),
    ("https://example.com:443", OriginErrorKind::DefaultPort, Some("https://example.com")),
    ("http://example.com:80", OriginErrorKind::DefaultPort, Some("http://example.com")),
    ("http://[::1]:80", OriginErrorKind::DefaultPort, Some("http://[::1]")),
    ("https://example.com:0443", OriginErrorKind::MalformedPort, Some("https://example.com")),
    ("https://example.com:08443", OriginErrorKind::MalformedPort, Some("https://example.com:8443")),
    ("https://example.com:", OriginErrorKind::MalformedPort, None),
    ("https://example.com:0", OriginErrorKind::MalformedPort, None),
    ("https://example.com:65536", OriginErrorKind::MalformedPort, None),
    ("https://example.com:http", OriginErrorKind::MalformedPort, None),
    ("https://example.com:-1", OriginErrorKind::MalformedPort, None),
    ("https://Example.com", OriginErrorKind::UpperCase, Some("https://example.com")),
    ("HTTPS://example.com", OriginErrorKind::UpperCase, Some("https://example.com")),
    ("HTTPS://EXAMPLE.COM:443/", OriginErrorKind::UpperCase, Some("https://example.com")),
    ("https://☕.example", OriginErrorKind::UnicodeHost, Some("https://xn--53h.example")),
    ("https://Bücher.example:8443", OriginErrorKind::UnicodeHost, Some("https://xn--bcher-kva.example:8443")),
    ("https://ｅxample.com", OriginErrorKind::UnicodeHost, Some("https://example.com")),
    ("https://exa\u{ad}mple.com", OriginErrorKind::UnicodeHost, Some("https://example.com")),
    ("http://１２７.０.０.１", OriginErrorKind::UnicodeHost, Some("http://127.0.0.1")),
    ("http://0x7f.1", OriginErrorKind::Ipv4, Some("http://127.0.0.1")),
    ("http://0x7f000001:8080", OriginErrorKind::Ipv4, Some("http://127.0.0.1:8080")),
    ("http://2130706433", OriginErrorKind::Ipv4, Some("http://127.0.0.1")),
    ("http://127.1", OriginErrorKind::Ipv4, Some("http://127.0.0.1")),
    ("http://127.0.1", OriginErrorKind::Ipv4, Some("http://127.0.0.1")),
    ("http://0177.0.0.01", OriginErrorKind::Ipv4, Some("http://127.0.0.1")),
    ("http://10.0.258", OriginErrorKind::Ipv4, Some("http://10.0.1.2")),
    ("http://0X7F.1", OriginErrorKind::UpperCase, Some("http://127.0.0.1")),
    ("http://256.0.0.1", OriginErrorKind::Ipv4, None),
    ("http://1.2.3.4.5", OriginErrorKind::Ipv4, None),
    ("http://1.2.3.256", OriginErrorKind::Ipv4, None),
    ("http://4294967296", OriginErrorKind::Ipv4, None),
    ("http://09.0.0.1", OriginErrorKind::Ipv4, None),
    ("http://example.1", OriginErrorKind::Ipv4, None),
    ("http://example.0x1", OriginErrorKind::Ipv4, None),
    ("http://[0:0:0:0:0:0:0:1]", OriginErrorKind::Ipv6, Some("http://[::1]")),
    ("http://[::0001]:9090", OriginErrorKind::Ipv6, Some("http://[::1]:9090")),
    ("http://[2001:DB8::A]", OriginErrorKind::Ipv6, Some("http://[2001:db8::a]")),
    ("http://[::ffff:127.0.0.1]", OriginErrorKind::Ipv6, Some("http://[::ffff:7f00:1]")),
    ("http://[fe80::1%eth0]", OriginErrorKind::Ipv6, Some("http://[fe80::1]")),
    ("http://::1", OriginErrorKind::Ipv6, Some("http://[::1]")),
    ("http://2001:DB8::1", OriginErrorKind::Ipv6, Some("http://[2001:db8::1]")),
    ("::1", OriginErrorKind::MissingScheme, Some("http://[::1]")),
    // These could mean a port of another address: jub0bs/cors accepts `http://::1:9090` with this meaning.
    ("http://::1:9090", OriginErrorKind::Ipv6, None),
    ("http://2001:db8::1:8080", OriginErrorKind::Ipv6, None),
    ("https://example.com:443:8443", OriginErrorKind::MalformedHost, None),
    ("http://[::1", OriginErrorKind::Ipv6, Some("http://[::1]")),
    ("http://[1::2::3]", OriginErrorKind::Ipv6, None),
    ("https://[example.org]", OriginErrorKind::Ipv6, None),
    ("example.com", OriginErrorKind::MissingScheme, Some("https://example.com")),
    ("example.com/", OriginErrorKind::MissingScheme, Some("https://example.com")),
    ("localhost:3000", OriginErrorKind::MissingScheme, Some("http://localhost:3000")),
    ("//example.com", OriginErrorKind::MissingScheme, None),
    ("https:example.com", OriginErrorKind::MissingScheme, Some("https://example.com")),
    ("://example.com", OriginErrorKind::MalformedScheme, None),
    ("1https://example.com", OriginErrorKind::MalformedScheme, None),
    ("ht_tps://example.com", OriginErrorKind::MalformedScheme, None),
    ("file:///index.html", OriginErrorKind::FileScheme, None),
    ("file://host", OriginErrorKind::FileScheme, None),
    ("FILE://host", OriginErrorKind::FileScheme, None),
    ("file:///", OriginErrorKind::TrailingSlash, Some("file://")),
    ("FILE://", OriginErrorKind::UpperCase, Some("file://")),
    ("file://:*", OriginErrorKind::FileScheme, None),
    // The case of the host is significant, so that only the scheme is corrected.
    ("Safari-Web-Extension://140BB581", OriginErrorKind::UpperCase, Some("safari-web-extension://140BB581")),
    ("app://ABC/", OriginErrorKind::TrailingSlash, Some("app://ABC")),
    ("app://./index.html", OriginErrorKind::Path, Some("app://.")),
    ("app://", OriginErrorKind::MissingHost, None),
    ("app://*", OriginErrorKind::AnyApplication, None),
    ("app://a+b", OriginErrorKind::MalformedHost, None),
    ("app://é", OriginErrorKind::MalformedHost, None),
    ("app://*.[::1]:*", OriginErrorKind::WildcardBeforeAddress, Some("app://[::1]:*")),
    ("https://", OriginErrorKind::MissingHost, None),
    ("https://:8080", OriginErrorKind::MissingHost, None),
    ("https:///path", OriginErrorKind::Path, None),
    ("https://example.com..", OriginErrorKind::EmptyLabel, None),
    ("https://.", OriginErrorKind::EmptyLabel, None),
    ("http://127.0.0.1.", OriginErrorKind::TrailingDot, Some("http://127.0.0.1")),
    ("http://127.1.:8080", OriginErrorKind::TrailingDot, Some("http://127.0.0.1:8080")),
    ("http://example.1.", OriginErrorKind::TrailingDot, None),
    ("https://Example.com.", OriginErrorKind::UpperCase, Some("https://example.com.")),
    ("https://example..com", OriginErrorKind::EmptyLabel, None),
    ("https://.example.com", OriginErrorKind::EmptyLabel, None),
    ("https://exa mple.com", OriginErrorKind::Whitespace, None),
    ("https://exa\u{0}mple.com", OriginErrorKind::Whitespace, None),
    (" https://example.com", OriginErrorKind::Whitespace, Some("https://example.com")),
    ("https://example.com\n", OriginErrorKind::Whitespace, Some("https://example.com")),
    ("https://exa!mple.com", OriginErrorKind::MalformedHost, None),
    ("https://exa`mple.com", OriginErrorKind::MalformedHost, None),
    ("https://exa,mple.com", OriginErrorKind::MalformedHost, None),
    ("https://a.example,https://b.example", OriginErrorKind::SeveralOrigins, None),
    ("https://a.example https://b.example", OriginErrorKind::SeveralOrigins, None),
    ("https://a.example, b.example", OriginErrorKind::Whitespace, None),
    ("https://${HOST}", OriginErrorKind::MalformedHost, None),
    ("https://Exa!mple.com", OriginErrorKind::MalformedHost, None),
    (r"^https://app\.example\.com$", OriginErrorKind::RegularExpression, None),
    (r"https://(app|admin)\.example\.com", OriginErrorKind::RegularExpression, None),
    (r"https://example.com\@b.example", OriginErrorKind::Path, Some("https://example.com")),
    ("*.example.com", OriginErrorKind::MissingScheme, Some("https://*.example.com")),
    ("*.localhost:3000", OriginErrorKind::MissingScheme, Some("http://*.localhost:3000")),
    ("localhost:*", OriginErrorKind::MissingScheme, Some("http://localhost:*")),
    ("[::1]:*", OriginErrorKind::MissingScheme, Some("http://[::1]:*")),
    ("*://example.com", OriginErrorKind::AnyScheme, Some("https://example.com")),
    ("http*://example.com", OriginErrorKind::AnyScheme, Some("https://example.com")),
    ("*://*.example.com", OriginErrorKind::AnyScheme, Some("https://*.example.com")),
    ("*://*", OriginErrorKind::AnyScheme, None),
    ("https://*", OriginErrorKind::AnyHost, None),
    ("https://*:8443", OriginErrorKind::AnyHost, None),
    ("https://*.*", OriginErrorKind::AnyHost, None),
    ("https://*:*", OriginErrorKind::AnyHost, None),
    ("https://*example.com", OriginErrorKind::WildcardInLabel, Some("https://*.example.com")),
    ("https://exa*mple.com", OriginErrorKind::WildcardInLabel, None),
    ("https://example*.com", OriginErrorKind::WildcardInLabel, None),
    ("https://example.com*", OriginErrorKind::WildcardInLabel, None),
    ("https://pr-*.example.com", OriginErrorKind::WildcardInLabel, None),
    ("https://*-dev.example.com", OriginErrorKind::WildcardInLabel, None),
    ("https://*.*-dev.example.com", OriginErrorKind::WildcardInLabel, None),
    ("https://*.a*.example.com", OriginErrorKind::WildcardInLabel, None),
    ("https://api.*.example.com", OriginErrorKind::WildcardInside, None),
    ("https://example.*", OriginErrorKind::WildcardInside, None),
    ("https://*.example.*", OriginErrorKind::WildcardInside, None),
    ("https://*.*.example.com", OriginErrorKind::RepeatedWildcard, Some("https://*.example.com")),
    ("https://**.example.com", OriginErrorKind::RepeatedWildcard, Some("https://*.example.com")),
    ("https://*.**.*.example.com:*", OriginErrorKind::RepeatedWildcard, Some("https://*.example.com:*")),
    ("http://*.127.0.0.1", OriginErrorKind::WildcardBeforeAddress, Some("http://127.0.0.1")),
    ("http://*.[::1]:*", OriginErrorKind::WildcardBeforeAddress, Some("http://[::1]:*")),
    ("http://127.0.0.*", OriginErrorKind::WildcardInside, None),
    ("http://*.1", OriginErrorKind::WildcardBeforeAddress, None),
    ("http://[::*]", OriginErrorKind::WildcardInLabel, None),
    ("https://*.", OriginErrorKind::MissingHost, None),
    ("https://*..example.com", OriginErrorKind::EmptyLabel, None),
    ("https://*.Example.com.", OriginErrorKind::UpperCase, Some("https://*.example.com.")),
    ("http://*.127.0.0.1.", OriginErrorKind::WildcardBeforeAddress, Some("http://127.0.0.1")),
    ("https://*.example.com/", OriginErrorKind::TrailingSlash, Some("https://*.example.com")),
    ("https://*.example.com/*", OriginErrorKind::Path, Some("https://*.example.com")),
    ("https://*.Example.com:443", OriginErrorKind::UpperCase, Some("https://*.example.com")),
    ("https://*.example.com:443", OriginErrorKind::DefaultPort, Some("https://*.example.com")),
    ("https://*.☕.example:*", OriginErrorKind::UnicodeHost, Some("https://*.xn--53h.example:*")),
    ("https://example.com:80*", OriginErrorKind::WildcardInPort, None),
    ("https://example.com:**", OriginErrorKind::WildcardInPort, None),
    ("https://example.com:*:8443", OriginErrorKind::WildcardInLabel, None),
    ("https://:*", OriginErrorKind::MissingHost, None),
    ("file://*", OriginErrorKind::FileScheme, None),
    // The meaning is uncertain.
    ("http://*8080", OriginErrorKind::WildcardInLabel, None),
    ("http://*.8080", OriginErrorKind::WildcardBeforeAddress, None),
    ("http://8080", OriginErrorKind::Ipv4, None),
    ("3000", OriginErrorKind::MissingScheme, None),
    ("*3000", OriginErrorKind::MissingScheme, None),
    ("http:8080", OriginErrorKind::MissingScheme, None),
    ("foo://good.example\\@evil.example", OriginErrorKind::Path, None),
    ("app://good.example\\evil", OriginErrorKind::Path, None),
    ("user@example.com", OriginErrorKind::MissingScheme, None),
    ("https/example.com", OriginErrorKind::MissingScheme, None),
    ("feed/latest", OriginErrorKind::MissingScheme, None),
    ("chrome*://abc", OriginErrorKind::AnyScheme, None),
    // Browsers accept the first two as https://app.example.com.
    ("https:/app.example.com", OriginErrorKind::MissingScheme, Some("https://app.example.com")),
    ("https:\\\\app.example.com", OriginErrorKind::MissingScheme, Some("https://app.example.com")),
    ("https//app.example.com", OriginErrorKind::MissingScheme, Some("https://app.example.com")),
    ("HTTP:localhost:3000/", OriginErrorKind::MissingScheme, Some("http://localhost:3000")),
    ("intranet", OriginErrorKind::MissingScheme, Some("https://intranet")),
    ("intranet:8080/", OriginErrorKind::MissingScheme, Some("https://intranet:8080")),
    // All applications of these frameworks have the same origin.
    ("capacitor://*", OriginErrorKind::AnyApplication, Some("capacitor://localhost")),
    ("ionic://*", OriginErrorKind::AnyApplication, Some("ionic://localhost")),
    ("tauri://*", OriginErrorKind::AnyApplication, Some("tauri://localhost")),
];

#[test]
fn invalid_origin_has_fault_and_suggestion() {
    for &(input, kind, suggestion) in FAULTS {
        let error = input.parse::<OriginPattern>().expect_err(input);
        assert_eq!((error.kind(), error.suggestion()), (kind, suggestion), "{input:?}");
        assert_eq!(error.input(), input);
        if let Some(suggestion) = suggestion {
            assert!(error.to_string().ends_with(&format!("; write {suggestion:?}")), "{error}");
            assert_eq!(suggestion.parse::<OriginPattern>().unwrap().as_str(), suggestion);
        }
    }
}

#[test]
fn malformed_origin_cannot_be_configured() {
    for text in NOT_ORIGINS {
        assert!(text.parse::<OriginPattern>().is_err(), "{text:?}");
        assert!(OriginSet::parse([text]).is_err(), "{text:?}");
    }
}

#[test]
fn long_origin_reports_part_that_is_too_long() {
    let host =
        |length: usize| format!("https://{}", "a.".repeat(length / 2) + &"a".repeat(length % 2));
    assert!(host(253).parse::<OriginPattern>().is_ok());
    assert_eq!(
        host(255).parse::<OriginPattern>().unwrap_err().kind(),
        OriginErrorKind::HostTooLong
    );
    assert_eq!(host(401).parse::<OriginPattern>().unwrap_err().kind(), OriginErrorKind::TooLong);
    let scheme = |length: usize| format!("{}://h", "s".repeat(length));
    assert!(scheme(64).parse::<OriginPattern>().is_ok());
    assert_eq!(
        scheme(65).parse::<OriginPattern>().unwrap_err().kind(),
        OriginErrorKind::MalformedScheme
    );
}

#[test]
fn pattern_keeps_its_text() {
    for text in [
        "https://example.com",
        "https://example.com.",
        "http://[::1]:9090",
        "connector://example",
        "app://.",
        "safari-web-extension://140BB581-A2C0",
        "file://",
    ] {
        let pattern: OriginPattern = text.parse().unwrap();
        assert_eq!(pattern.to_string(), text);
        assert_eq!(pattern.as_str(), text);
        assert_eq!(pattern.is_exact(), !text.contains('*'));
        let example = text.replace("*.", "a.b.").replace(":*", ":9091");
        assert!(pattern.matches(&Origin::parse(example.as_bytes()).unwrap()), "{example}");
        let set = OriginSet::parse([text]).unwrap();
        assert!(set.iter().map(|member| member.to_string()).eq([text]));
        assert!(!pattern.matches(&Origin::parse(b"https://other.example").unwrap()));
    }
}

#[test]
fn owned_origin_equals_its_origin_and_its_text() {
    for text in ["https://app.example.com", "http://[::1]:8080", "app://.", "file://", "null"] {
        let origin = Origin::try_from(text).unwrap();
        let owned = origin.to_buf();
        assert_eq!(owned.as_origin(), origin);
        assert_eq!(owned, origin);
        assert_eq!(origin, owned);
        assert_eq!(owned, text);
        assert_eq!(origin, text);
        assert_eq!(owned.to_string(), text);
        assert_eq!(text.parse(), Ok(owned.clone()));
        assert_eq!(OriginBuf::try_from(text.to_owned()), Ok(owned.clone()));
        let value = HeaderValue::from_static(text);
        assert_eq!(Origin::try_from(&value), Ok(origin));
        assert_eq!(HashSet::from([owned]).get(text).map(OriginBuf::as_str), Some(text));
    }
    assert!("https://app.example.com/".parse::<OriginBuf>().is_err());
}

#[test]
fn origins_are_serialized_as_strings() {
    let origin: OriginBuf = serde_json::from_str(r#""https://a.example""#).unwrap();
    assert_eq!(serde_json::to_string(&origin).unwrap(), r#""https://a.example""#);
    assert!(serde_json::from_str::<OriginBuf>(r#""https://a.example/""#).is_err());

    let pattern: OriginPattern = serde_json::from_str(r#""https://*.a.example""#).unwrap();
    assert_eq!(serde_json::to_string(&pattern).unwrap(), r#""https://*.a.example""#);
    let error = serde_json::from_str::<OriginPattern>(r#""a.example""#).unwrap_err();
    assert!(error.to_string().contains(r#"write "https://a.example""#), "{error}");

    let list = r#"["https://a.example","http://localhost:*"]"#;
    let set: OriginSet = serde_json::from_str(list).unwrap();
    assert_eq!(serde_json::to_string(&set).unwrap(), list);
    let error = serde_json::from_str::<OriginSet>(r#"["null", "https://a.example", "*"]"#);
    let message = error.unwrap_err().to_string();
    assert!(message.contains("origins[0]") && message.contains("origins[2]"), "{message}");

    let with_regexes = set.with_regexes([r"https://pr-[0-9]+\.a\.example"]).unwrap();
    assert!(serde_json::to_string(&with_regexes).is_err());
}

#[test]
fn iterator_of_single_pattern_set_returns_it() {
    let pattern = OriginPattern::try_from("https://*.a.example").unwrap();
    let set = OriginSet::from(pattern);
    let members: Vec<_> = (&set).into_iter().collect();
    assert_eq!(members, [Member::Pattern("https://*.a.example")]);
}

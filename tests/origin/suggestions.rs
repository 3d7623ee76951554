//! A suggestion is never another origin than a person could have meant. S16
//!
//! The crate `url` reads the same text as browsers do.

use proptest::{
    prelude::*,
    sample::{Index, select},
};
use tower_cross_origin::{
    config::Diagnostic,
    guard::{Check, HostCheck},
    origin::{Origin, OriginPattern, OriginSet},
};
use url::Url;

// Each text was once corrected to another origin than the intended one.
#[test]
fn uncertain_text_has_no_suggestion() {
    for text in [
        "http://*8080",
        "http://*.8080",
        "http://8080",
        "http:8080",
        "foo://good.example\\@evil.example",
        "app://good.example\\evil",
        "user@example.com",
        "https/example.com",
        "chrome*://abc",
    ] {
        let error = text.parse::<OriginPattern>().expect_err(text);
        assert_eq!((error.suggestion(), error.regex()), (None, None), "{text}");
    }
    let error = "https//app.example.com".parse::<OriginPattern>().unwrap_err();
    assert_eq!(error.suggestion(), Some("https://app.example.com"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn suggestion_is_an_origin_that_the_text_can_mean(text in texts()) {
        check(&text)?;
    }

    #[test]
    fn suggested_name_is_a_host_that_the_text_can_mean(text in texts()) {
        if !text.contains([',', ';', ' ']) {
            check_host(&text)?;
        }
    }

    #[test]
    fn normalized_origin_is_the_origin_of_the_url(text in texts()) {
        if let Ok(normalized) = OriginPattern::normalize(&text) {
            let pattern = normalized.pattern();
            if pattern.is_exact() {
                prop_assert_eq!(Some(pattern.to_string()), origin(text.trim()), "{:?}", text);
            }
        }
    }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let Err(error) = text.parse::<OriginPattern>() else { return Ok(()) };
    if let Some(suggestion) = error.suggestion() {
        prop_assert!(suggestion.parse::<OriginPattern>().is_ok(), "{}", error);
        prop_assert!(error.regex().is_none(), "{}", error);
        let plain = suggestion.replacen("://*.", "://", 1);
        prop_assert!(plain == suggestion || text.contains('*'), "{}", error);
        let (plain, has_any_port) = match plain.strip_suffix(":*") {
            Some(plain) => (plain.to_owned(), true),
            None => (plain, false),
        };
        let is_meant = |written: String| {
            let (written, is_any_port) = without_wildcards(&written);
            is_any_port == has_any_port && origin(&written).is_some_and(|origin| origin == plain)
        };
        prop_assert!(written_forms(text).into_iter().any(is_meant), "{}", error);
    }
    match error.regex() {
        Some(regex) if text.contains('*') && !text.contains(['^', '\\']) => {
            let set = OriginSet::default().with_regexes([regex]).unwrap();
            let matches = |origin: &str| {
                Origin::parse(origin.as_bytes()).is_ok_and(|origin| set.contains(&origin))
            };
            let forms = written_forms(text).into_iter();
            let filled = forms.flat_map(|form| IDS.map(|id| filled(&form, id)));
            let origins = filled.filter_map(|form| origin(&form));
            let meant: Vec<String> = origins.filter(|origin| matches(origin)).collect();
            prop_assert!(!meant.is_empty(), "{}: {}", text, regex);
            let is_of_web = |origin: &String| {
                let scheme = origin.split(':').next().unwrap_or_default();
                ["http", "https", "ws", "wss", "ftp"].contains(&scheme)
            };
            for origin in meant.into_iter().filter(is_of_web) {
                prop_assert!(!matches(&format!("{origin}.evil.example")), "{}", regex);
                let other = origin.replacen("://", "://evil.example/", 1);
                prop_assert!(!matches(&other), "{}", regex);
                let other = origin.replace('.', "-");
                prop_assert!(!origin.contains('.') || !matches(&other), "{}: {}", regex, other);
            }
        }
        _ => {}
    }
    Ok(())
}

fn check_host(text: &str) -> Result<(), TestCaseError> {
    let faults = HostCheck::new([text]).faults();
    let names = faults.iter().flat_map(Diagnostic::suggestions);
    for name in names {
        prop_assert!(HostCheck::new([name]).faults().is_empty(), "{:?}: {}", text, name);
        let plain = name.strip_prefix("*.").unwrap_or(name);
        prop_assert!(plain == name || text.contains('*') || text.contains('.'), "{}", name);
        let port = plain.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
        prop_assert!(port.is_none_or(|port| text.contains(&format!(":{port}"))), "{}", name);
        let expected = host(&format!("https://{plain}"));
        let forms = written_forms(text).into_iter().map(|form| without_wildcards(&form).0);
        let mut hosts =
            forms.flat_map(|form| [host(&form.replacen("://.", "://", 1)), host(&form)]);
        let is_meant = |host: Option<String>| host.is_some() && host == expected;
        prop_assert!(hosts.any(is_meant), "{:?}: {}", text, name);
    }
    Ok(())
}

/// Returns the host of a URL, read as a web page. A dot at the end has no meaning in a Host header.
fn host(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let url = Url::parse(&format!("https://{rest}")).ok()?;
    url.host_str().map(|host| host.trim_end_matches('.').to_owned())
}

/// Returns the text with a value in place of each wildcard.
fn filled(text: &str, id: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let scheme = if ["*", "http*", "https*"].contains(&scheme) { "https" } else { scheme };
    let rest = rest.replace("**", "*").replace(":*", ":81");
    let rest = rest.strip_prefix("*.").map_or_else(|| rest.clone(), |rest| format!("a.{rest}"));
    format!("{scheme}://{}", rest.replace('*', id))
}

/// Returns the texts that a person could have wanted to write.
fn written_forms(text: &str) -> Vec<String> {
    let text = text.trim();
    let mut forms = vec![text.to_owned()];
    if !text.contains("://") {
        // The text has no scheme, or no colon after the scheme.
        forms.extend(["https://", "http://"].map(|scheme| format!("{scheme}{text}")));
        forms.push(text.replacen("//", "://", 1));
    }
    for scheme in ["https", "http"] {
        // Browsers need no slashes after these schemes, and accept backslashes.
        let start = text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme));
        if let Some(rest) = start.and_then(|_| text.get(scheme.len()..)) {
            // `https//:example.com` has the characters in another order.
            if rest.starts_with(':') || rest.starts_with("//") {
                forms.push(format!("{scheme}://{}", rest.trim_start_matches([':', '/', '\\'])));
            }
        }
    }
    for index in 0..forms.len() {
        forms.extend(with_brackets(&forms[index]));
    }
    forms
}

/// Returns the text with brackets around an IPv6 address, and without its zone.
fn with_brackets(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let authority = authority.rsplit('@').next()?;
    let stars = authority.len() - authority.trim_start_matches(['*', '.']).len();
    let (stars, authority) = authority.split_at(stars);
    let (address, port) = match authority.rsplit_once(']') {
        Some((address, port)) => (address, port),
        None => authority.strip_suffix(":*").map_or((authority, ""), |address| (address, ":*")),
    };
    let address = address.trim_start_matches('[').split('%').next()?;
    address.contains(':').then(|| format!("{scheme}://{stars}[{address}]{port}{tail}"))
}

/// Returns the text without wildcards for the scheme, for subdomains and for the port.
///
/// The second value is `true` if the port was a wildcard.
fn without_wildcards(text: &str) -> (String, bool) {
    let Some((scheme, rest)) = text.split_once("://") else { return (text.to_owned(), false) };
    let scheme = match &*scheme.to_lowercase() {
        "*" | "http*" | "https*" => "https".to_owned(),
        other => other.to_owned(),
    };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{user}@"), host),
        None => (String::new(), authority),
    };
    let (host, is_any_port) = match host.strip_suffix(":*") {
        Some(host) => (host, true),
        None => (host, false),
    };
    let mut plain = host;
    while let Some(rest) = plain.strip_prefix('*') {
        plain = rest.trim_start_matches('*');
        plain = plain.strip_prefix('.').unwrap_or(plain);
    }
    if plain.is_empty() && ["capacitor", "ionic", "tauri"].contains(&&*scheme) {
        // All applications of these frameworks have this host.
        plain = "localhost";
    }
    (format!("{scheme}://{user}{plain}{tail}"), is_any_port)
}

/// Returns the origin of a URL as a browser sends it.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    if url.scheme() == "file" {
        return Some("file://".to_owned());
    }
    if url.origin().is_tuple() {
        return Some(url.origin().ascii_serialization());
    }
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str().filter(|host| !host.is_empty())?;
    Some(format!("{}://{host}{port}", url.scheme()))
}

/// Returns texts that people and attackers could write in place of an origin.
fn texts() -> impl Strategy<Value = String> {
    let scheme = select(vec![
        "",
        "",
        "http",
        "https",
        "HTTPS",
        "http*",
        "https*",
        "*",
        "ws",
        "ftp",
        "file",
        "foo",
        "app",
        "chrome-extension",
        "moz-extension",
        "capacitor",
        "ionic",
        "tauri",
        "localhost",
        "8080",
    ]);
    let separator = select(vec![
        "://", "://", "://", "://", "", ":", ":/", "//", "/", ":///", ":\\\\", ":\\/", "//:",
        ": //",
    ]);
    let user =
        select(vec!["", "", "", "", "user@", "user:pw@", "good.example@", "*@", "@", "a\\@"]);
    let start =
        select(vec!["", "", "", "*.", "*", "**.", "*.*.", ".", "api.*.", "pr-*.", "*-dev."]);
    let host = select(vec![
        "example.com",
        "app.example.com",
        "Example.COM",
        "localhost",
        "intranet",
        "a_b.example",
        "xn--bcher-kva.example",
        "bücher.example",
        "ex%61mple.com",
        "$HOST",
        "${HOST}",
        "a b.example",
        "evil.example",
        "https",
        "http",
        "8080",
        "1",
        "127.1",
        "0x7f.1",
        "127.0.0.1",
        "017700000001",
        "192.168.0.*",
        "1.2.3.4.5",
        "256.1.1.1",
        "[::1]",
        "::1",
        "[0:0:0:0:0:0:0:1]",
        "[fe80::1%eth0]",
        "fe80::1",
        "[::1",
        "::1]",
        "*",
        "",
        "..",
        "example..com",
        "example.com.",
        "127.0.0.1.",
        "app-*-team.vercel.app",
        "example.*",
        "a\u{3002}b.example",
        "ａ.example",
        "a\u{ad}b.example",
    ]);
    let port = select(vec![
        "", "", "", "", ":443", ":80", ":8443", ":0", ":00", ":08080", ":65536", ":*", ":80*", ":",
        ":a", ":*:81", ":8 1",
    ]);
    let tail = select(vec![
        "",
        "",
        "",
        "",
        "/",
        "//",
        "/a",
        "?b",
        "#c",
        "\\",
        "\\@evil.example",
        "/@evil.example",
        "@evil.example",
        "#@evil.example",
        "?@evil.example",
        ".evil.example",
        " ",
        "\t",
        "\r\n",
        ",https://b.example",
        "/*",
    ]);
    let text = (scheme, separator, user, start, host, port, tail)
        .prop_map(|(a, b, c, d, e, f, g)| [a, b, c, d, e, f, g].concat());
    let change =
        (any::<Index>(), select(vec!['*', '.', ':', '/', '\\', '@', '[', ']', '%', '1', 'x', 'A']));
    (text, proptest::collection::vec(change, 0..3)).prop_map(|(text, changes)| {
        let mut chars: Vec<char> = text.chars().collect();
        for (index, char) in changes {
            let position = index.index(chars.len() + 1);
            chars.insert(position, char);
        }
        chars.into_iter().collect()
    })
}

/// The number of random texts.
const CASES: u32 = 10_000;

/// Identifiers of extensions, which can also be parts of a label.
const IDS: [&str; 2] = ["abcdefghijklmnopabcdefghijklmnop", "2c127fa4-62c7-7e4f-90e5-472b45eecfdc"];

//! Regular expressions for patterns that only an expression can express, such as `https://pr-*.example.com`.

use super::{
    SchemeKind, default_port, has_valid_a_labels,
    host::{ends_in_a_number, is_in_opaque_hosts},
    parse_canonical_port,
};

/// Returns an expression for a pattern of other tools; `None` if the meaning is uncertain.
///
/// The crate anchors expressions. Inside of a host, `*` means a part of one label, and `*.` at the beginning
/// means subdomains. A pattern for many registrable domains, such as `https://example.*`, has no expression.
pub(super) fn regex(scheme: &str, authority: &str) -> Option<String> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port_regex(port, scheme)?),
        None => (authority, String::new()),
    };
    if !host.contains('*') {
        return None;
    }
    let host = match SchemeKind::new(scheme) {
        SchemeKind::Web => web_host(&host.to_ascii_lowercase())?,
        SchemeKind::Application => application_host(scheme, host)?,
        SchemeKind::File => return None,
    };
    Some(format!("{}://{host}{port}", escape(scheme)))
}

fn port_regex(port: &str, scheme: &str) -> Option<String> {
    if port == "*" {
        return Some("(:[0-9]+)?".to_owned());
    }
    let port = parse_canonical_port(port)?;
    Some(if default_port(scheme) == Some(port) { String::new() } else { format!(":{port}") })
}

fn web_host(host: &str) -> Option<String> {
    let is_in_label = |byte: u8| byte.is_ascii_alphanumeric() || b"-_*".contains(&byte);
    let labels: Vec<&str> = host.split('.').collect();
    let are_labels = labels.iter().all(|label| !label.is_empty() && label.bytes().all(is_in_label));
    let last_hole = labels.iter().rposition(|label| label.contains('*'))?;
    // Everyone can register names for `https://example-*.com`.
    let is_in_domain = labels.len() - last_hole > 2;
    let is_unknown = |label: &&str| label.contains('*') && label.contains("xn--");
    let has_invalid_label =
        labels.iter().any(|label| is_unknown(label) || !has_valid_a_labels(label));
    if !are_labels || !is_in_domain || has_invalid_label || ends_in_a_number(host) {
        return None;
    }
    let is_wildcard = |label: &&&str| label.bytes().all(|byte| byte == b'*');
    let leading = labels.iter().take_while(is_wildcard).count();
    let mut text = String::new();
    if leading > 0 {
        text.push_str(r"([a-z0-9-]+\.)+");
    }
    let others: Vec<String> =
        labels.iter().skip(leading).map(|label| fill(label, "[a-z0-9-]+")).collect();
    text.push_str(&others.join(r"\."));
    Some(text)
}

/// Returns the expression for the names and ids of applications and extensions.
fn application_host(scheme: &str, host: &str) -> Option<String> {
    if host.bytes().any(|byte| byte != b'*' && !is_in_opaque_hosts(byte)) {
        return None;
    }
    if host != "*" {
        return Some(fill(host, "[A-Za-z0-9-]+"));
    }
    let id = match scheme {
        // https://developer.chrome.com/docs/extensions/reference/manifest/key
        "chrome-extension" => "[a-p]{32}",
        // Firefox creates an id at each installation.
        "moz-extension" => "[0-9a-f-]{36}",
        "safari-web-extension" => "[0-9A-Fa-f-]{36}",
        _ => "[A-Za-z0-9._~%-]+",
    };
    Some(id.to_owned())
}

/// Returns the text with each `*` replaced by `hole`, and everything else escaped.
fn fill(text: &str, hole: &str) -> String {
    let mut parts = text.split('*').map(escape);
    let mut filled = parts.next().unwrap_or_default();
    let mut is_after_hole = false;
    for part in parts {
        // `**` is one hole.
        if !is_after_hole {
            filled.push_str(hole);
        }
        is_after_hole = part.is_empty();
        filled.push_str(&part);
    }
    filled
}

/// Escapes the characters of schemes and hosts that have a meaning in expressions.
fn escape(text: &str) -> String {
    text.replace('.', r"\.").replace('+', r"\+")
}

#[cfg(all(test, feature = "regex"))]
mod tests {
    use crate::origin::{Origin, OriginPattern, OriginSet};

    /// Patterns, their expressions, and origins that the expressions match and do not match.
    const ROWS: &[(&str, &str, &[&str], &[&str])] = &[
        (
            "https://app-*-team.vercel.app",
            r"https://app-[a-z0-9-]+-team\.vercel\.app",
            &["https://app-git-main-team.vercel.app"],
            &[
                "https://app--team.vercel.app",
                "https://app-a.b-team.vercel.app",
                "https://app-a-teamxvercel.app",
                "https://app-a-team.vercel.app.evil.example",
                "http://app-a-team.vercel.app",
            ],
        ),
        (
            "https://PR-*.Example.com:8443/",
            r"https://pr-[a-z0-9-]+\.example\.com:8443",
            &["https://pr-1.example.com:8443"],
            &["https://pr-1.example.com", "https://pr-1.evil.example.com:8443"],
        ),
        (
            "https://*-dev.example.com",
            r"https://[a-z0-9-]+-dev\.example\.com",
            &["https://a-dev.example.com"],
            &["https://a.b-dev.example.com", "https://-dev.evil-example.com"],
        ),
        (
            "https://*.pr-*.example.com:*",
            r"https://([a-z0-9-]+\.)+pr-[a-z0-9-]+\.example\.com(:[0-9]+)?",
            &["https://a.b.pr-1.example.com", "https://a.pr-1.example.com:3000"],
            &["https://pr-1.example.com"],
        ),
        (
            "https://api.*.example.com",
            r"https://api\.[a-z0-9-]+\.example\.com",
            &["https://api.eu.example.com"],
            &["https://api.a.b.example.com", "https://api.example.com"],
        ),
        (
            "http*-a.eu.example.com",
            r"https://http[a-z0-9-]+-a\.eu\.example\.com",
            &["https://http1-a.eu.example.com"],
            &[],
        ),
        // R8: extensions with an identifier for each installation.
        (
            "chrome-extension://*",
            "chrome-extension://[a-p]{32}",
            &["chrome-extension://abcdefghijklmnopabcdefghijklmnop"],
            &["chrome-extension://abc", "https://abcdefghijklmnopabcdefghijklmnop"],
        ),
        (
            "moz-extension://*/*",
            "moz-extension://[0-9a-f-]{36}",
            &["moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc"],
            &["moz-extension://2c127fa4"],
        ),
        (
            "safari-web-extension://*",
            "safari-web-extension://[0-9A-Fa-f-]{36}",
            &["safari-web-extension://140BB581-A2C0-4A4B-8D3C-AAAAAAAAAAAA"],
            &[],
        ),
        (
            "vscode-webview://*",
            "vscode-webview://[A-Za-z0-9._~%-]+",
            &["vscode-webview://0abc1"],
            &["vscode-file://0abc1"],
        ),
        (
            "web+app://id-*",
            r"web\+app://id-[A-Za-z0-9-]+",
            &["web+app://id-A1"],
            &["web+app://id-", "webbapp://id-A1"],
        ),
        (
            r"^https://(app|admin)\.example\.com$",
            r"^https://(app|admin)\.example\.com$",
            &["https://app.example.com"],
            &["https://b.example.com"],
        ),
        (
            r"/^https:\/\/.+\.example\.com$/",
            r"^https:\/\/.+\.example\.com$",
            &["https://app.example.com"],
            &["https://example.com"],
        ),
    ];

    #[test]
    fn pattern_with_a_hole_has_an_expression() {
        for &(pattern, expected, matched, others) in ROWS {
            let error = pattern.parse::<OriginPattern>().expect_err(pattern);
            assert_eq!((error.suggestion(), error.regex()), (None, Some(expected)), "{pattern}");
            let set = OriginSet::default().with_regexes([expected]).unwrap();
            let is_matched = |text: &str| set.contains(&Origin::parse(text.as_bytes()).unwrap());
            for origin in matched {
                assert!(is_matched(origin), "{expected}: {origin}");
            }
            for origin in others {
                assert!(!is_matched(origin), "{expected}: {origin}");
            }
        }
    }

    #[test]
    fn uncertain_pattern_has_no_expression() {
        for pattern in [
            "https://example.*",
            "https://example-*.com",
            "https://app.*.com",
            "https://*.*",
            "https://*",
            "https://*:8443",
            "http://127.0.0.*",
            "http://*8080",
            "http://[::*]",
            "https://pr-*.example.com:80*",
            "https://user@pr-*.example.com",
            "https://pr-*.exam ple.com",
            "https://pr-*..example.com",
            "https://pr-*.bücher.example",
            "https://pr-*.$HOST.example.com",
            "foo*://pr-1.example.com",
            "app://a+*",
            "file://*",
            // A pattern expresses these.
            "https://*example.com",
            "https://*.example.com/",
            "capacitor://*",
        ] {
            let error = pattern.parse::<OriginPattern>().expect_err(pattern);
            assert_eq!(error.regex(), None, "{pattern}");
        }
    }
}

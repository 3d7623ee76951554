//! Headers of a single connection, and headers that a proxy adds.

use std::net::IpAddr;

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{
        ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, COOKIE, TE, TRANSFER_ENCODING,
        UPGRADE, VIA,
    },
};

/// Turns the headers of a client's request into headers for the upstream:
///
/// ```text
/// Connection, and the names in it   removed, with Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade
/// TE                               `trailers` is kept
/// Via                              "1.1 gateway" is added, or another version of the request
/// X-Forwarded-For                  the client's address is added at the end
/// X-Forwarded-Host, -Proto         unchanged, like `Forwarded`
/// Cookie                           joined into one field line; HTTP/2 allows several
/// Accept-Encoding                  `identity` if `Accept` contains `text/event-stream`
/// ```
///
/// Only the last address in `X-Forwarded-For` is reliable. A server that terminates TLS before the gateway
/// must overwrite the other forwarding headers of clients. This crate does not read them.
///
/// The layers insert nothing into encoded event streams, and compression often delays events.
pub(crate) fn for_upstream(headers: &mut HeaderMap, version: Version, client: Option<IpAddr>) {
    let wants_trailers = members(headers, &TE).any(|member| member == b"trailers");
    // First, so that `Connection` cannot remove the headers that are added below.
    remove_hop_by_hop(headers);
    if wants_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    join(headers, VIA, ", ", Some(via(version)));
    if let Some(client) = client {
        join(headers, X_FORWARDED_FOR, ", ", Some(&client.to_canonical().to_string()));
    }
    // https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3-3
    join(headers, COOKIE, "; ", None);
    if members(headers, &ACCEPT).any(|member| essence(&member) == b"text/event-stream") {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    }
}

/// Returns a media type without its parameters.
fn essence(media_type: &[u8]) -> &[u8] {
    media_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

/// Removes hop-by-hop headers (<https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>).
///
/// Keeps headers that concern all recipients, even if `Connection` lists them.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(TRANSFER_ENCODING) {
        // The length is wrong: https://www.rfc-editor.org/rfc/rfc9112#section-6.3-2.3
        headers.remove(CONTENT_LENGTH);
    }
    let listed: Vec<HeaderName> = members(headers, &CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(&name).ok())
        .filter(|name| !is_for_all_recipients(name))
        .collect();
    for name in listed.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Removes trailers that are only valid as headers.
///
/// Some servers merge trailers into the headers. The policy has not seen the trailers.
/// <https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1>
pub(crate) fn remove_invalid_trailers(trailers: &mut HeaderMap) {
    let invalid: Vec<HeaderName> = trailers
        .keys()
        .filter(|name| is_for_all_recipients(name) || HOP_BY_HOP.contains(name))
        .cloned()
        .collect();
    for name in &invalid {
        trailers.remove(name);
    }
}

/// Returns whether a header concerns all recipients of a message.
///
/// Such headers select the host, the length, the client, the permissions or the caching. A client must not remove
/// them by listing them in `Connection`, and must not send them as trailers.
fn is_for_all_recipients(name: &HeaderName) -> bool {
    let name = name.as_str();
    FOR_ALL_RECIPIENTS.contains(&name)
        || FOR_ALL_RECIPIENTS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Returns whether a body has a transfer coding that hyper does not decode.
///
/// hyper decodes only `chunked`.
///
/// <https://www.rfc-editor.org/rfc/rfc9112#section-6.1-12>
pub(crate) fn has_unknown_coding(headers: &HeaderMap) -> bool {
    members(headers, &TRANSFER_ENCODING).any(|coding| coding != b"chunked")
}

/// Returns whether a list header has the given member.
pub(crate) fn has_member(headers: &HeaderMap, name: &HeaderName, wanted: &[u8]) -> bool {
    members(headers, name).any(|member| member == wanted)
}

/// Returns the members in lower case; the members of these lists are case-insensitive.
fn members(headers: &HeaderMap, name: &HeaderName) -> impl Iterator<Item = Vec<u8>> {
    let lines = headers.get_all(name).iter();
    let members = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    members
        .map(|member| member.trim_ascii().to_ascii_lowercase())
        .filter(|member| !member.is_empty())
}

/// Joins the field lines of a header and another value into one. Some servers read only the first field
/// line.
fn join(headers: &mut HeaderMap, name: HeaderName, separator: &str, last: Option<&str>) {
    let lines = headers.get_all(&name).iter().map(HeaderValue::as_bytes);
    let lines: Vec<&[u8]> = lines.chain(last.map(str::as_bytes)).collect();
    if lines.is_empty() {
        return;
    }
    if let Ok(value) = HeaderValue::from_bytes(&lines.join(separator.as_bytes())) {
        headers.insert(name, value);
    }
}

/// Returns the member for `Via` (<https://www.rfc-editor.org/rfc/rfc9110#section-7.6.3>).
fn via(version: Version) -> &'static str {
    match version {
        Version::HTTP_10 => "1.0 gateway",
        Version::HTTP_2 => "2.0 gateway",
        _ => "1.1 gateway",
    }
}

#[rustfmt::skip]
const FOR_ALL_RECIPIENTS: [&str; 34] = [
    "age", "authorization", "cache-control", "content-disposition", "content-encoding", "content-length",
    "content-location", "content-range", "content-security-policy", "content-type", "cookie", "date", "expect",
    "expires", "forwarded", "host", "location", "max-forwards", "origin", "origin-agent-cluster", "pragma", "range",
    "referer", "refresh", "retry-after", "set-cookie", "timing-allow-origin", "trailer", "user-agent", "vary", "via",
    "www-authenticate", "x-content-type-options", "x-frame-options",
];
const FOR_ALL_RECIPIENTS_PREFIXES: [&str; 6] =
    ["access-control-", "cross-origin-", "if-", "proxy-auth", "sec-", "x-forwarded-"];
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const HOP_BY_HOP: [HeaderName; 6] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn map(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").unwrap();
            headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        headers
    }

    fn lines(headers: &HeaderMap) -> Vec<String> {
        let line = |(name, value): (&HeaderName, &HeaderValue)| {
            format!("{name}: {}", value.to_str().unwrap())
        };
        let mut lines: Vec<String> = headers.iter().map(line).collect();
        lines.sort();
        lines
    }

    #[test]
    fn hop_by_hop_headers_are_removed() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[&str]); 9] = [
            (&["accept: a", "cookie: b"], &["accept: a", "cookie: b"]),
            (&["connection: keep-alive", "keep-alive: timeout=5", "proxy-connection: keep-alive"], &[]),
            (&["connection: X-One , x-two,,", "connection: X-Three", "x-one: 1", "x-two: 2", "x-three: 3", "x-four: 4"], &["x-four: 4"]),
            (&["connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQ"], &[]),
            (&["transfer-encoding: chunked", "trailer: x-sum"], &["trailer: x-sum"]),
            (&["connection: host, content-length", "host: a.example", "content-length: 3"], &["content-length: 3", "host: a.example"]),
            (&["connection: ü, close", "x-one: 1"], &["x-one: 1"]),
            (&["te: gzip;q=0.5, Trailers"], &[]),
            // S18: the body has several chunks, and another length.
            (&["content-length: 3", "transfer-encoding: chunked", "x-one: 1"], &["x-one: 1"]),
        ];
        for (before, after) in cases {
            let mut headers = map(before);
            remove_hop_by_hop(&mut headers);
            assert_eq!(lines(&headers), after, "{before:?}");
        }
    }

    #[test]
    fn forwarding_headers_are_added_for_upstream() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[&str]); 7] = [
            (&["cookie: a=1", "cookie: b=2; c=3"], &["cookie: a=1; b=2; c=3", "via: 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
            (&[], &["via: 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
            (&["via: 1.0 a", "via: 1.1 b"], &["via: 1.0 a, 1.1 b, 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
            (&["x-forwarded-for: 198.51.100.7", "x-forwarded-for: 203.0.113.1"], &["via: 1.1 gateway", "x-forwarded-for: 198.51.100.7, 203.0.113.1, 192.0.2.1"]),
            (&["connection: x-forwarded-for, via", "via: 1.0 a", "x-forwarded-for: 198.51.100.7"], &["via: 1.0 a, 1.1 gateway", "x-forwarded-for: 198.51.100.7, 192.0.2.1"]),
            (&["x-forwarded-proto: https", "forwarded: for=a"], &["forwarded: for=a", "via: 1.1 gateway", "x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"]),
            (&["connection: TE", "te: gzip;q=0.5, Trailers"], &["te: trailers", "via: 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
        ];
        let client = Ipv4Addr::new(192, 0, 2, 1).to_ipv6_mapped().into();
        for (before, after) in cases {
            let mut headers = map(before);
            for_upstream(&mut headers, Version::HTTP_11, Some(client));
            assert_eq!(lines(&headers), after, "{before:?}");
        }
        for (version, expected) in
            [(Version::HTTP_10, "1.0 gateway"), (Version::HTTP_2, "2.0 gateway")]
        {
            let mut headers = HeaderMap::new();
            for_upstream(&mut headers, version, None);
            assert_eq!(headers[VIA], expected);
        }
    }

    // S19: a client removed the headers that the policy had checked, and sent others after the decision.
    #[test]
    fn headers_for_all_recipients_are_neither_removed_nor_trailers() {
        for name in [
            "origin",
            "cookie",
            "authorization",
            "sec-fetch-site",
            "sec-fetch-mode",
            "sec-websocket-version",
            "access-control-request-method",
            "content-type",
            "if-none-match",
            "host",
            "vary",
            "set-cookie",
            "access-control-allow-origin",
            "x-forwarded-host",
        ] {
            let line = format!("{name}: a");
            let mut headers = map(&[&format!("connection: x-one, {name}"), "x-one: 1", &line]);
            // The attack without the protection: RFC 9110 requires a proxy to remove all listed headers.
            let listed: Vec<Vec<u8>> = members(&headers, &CONNECTION).collect();
            assert!(listed.contains(&name.into()), "{name}");
            remove_hop_by_hop(&mut headers);
            assert_eq!(lines(&headers), [&*line], "{name}");
            let mut trailers = map(&["x-sum: 1", &line, "grpc-status: 0"]);
            remove_invalid_trailers(&mut trailers);
            assert_eq!(lines(&trailers), ["grpc-status: 0", "x-sum: 1"], "{name}");
        }
        let mut trailers = map(&["transfer-encoding: chunked", "connection: close", "upgrade: a"]);
        remove_invalid_trailers(&mut trailers);
        assert!(trailers.is_empty());
    }

    // R15: keep-alives have no effect on encoded streams.
    #[test]
    fn event_streams_are_requested_without_encoding() {
        for (accept, expected) in [
            (&["accept: text/event-stream"][..], "identity"),
            (&["accept: application/json, Text/Event-Stream;q=0.9"], "identity"),
            (&["accept: application/json", "accept: text/event-stream ; a=b"], "identity"),
            (&["accept: */*"], "gzip, br"),
            (&["accept: text/*"], "gzip, br"),
            (&["accept: text/event-streams"], "gzip, br"),
            (&[], "gzip, br"),
        ] {
            let mut headers = map(&[accept, &["accept-encoding: gzip, br"]].concat());
            for_upstream(&mut headers, Version::HTTP_11, None);
            assert_eq!(headers[ACCEPT_ENCODING], expected, "{accept:?}");
        }
        let mut headers = map(&["accept: text/event-stream"]);
        for_upstream(&mut headers, Version::HTTP_11, None);
        assert_eq!(headers[ACCEPT_ENCODING], "identity");
    }

    #[test]
    fn unsupported_transfer_codings_are_detected() {
        for (line, expected) in [
            ("transfer-encoding: chunked", false),
            ("transfer-encoding: Chunked", false),
            ("transfer-encoding: gzip, chunked", true),
            ("transfer-encoding: identity", true),
            ("content-encoding: gzip", false),
        ] {
            assert_eq!(has_unknown_coding(&map(&[line])), expected, "{line}");
        }
    }
}

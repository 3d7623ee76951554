//! The headers that are of one connection, and those that a proxy adds.

use std::net::IpAddr;

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{CONNECTION, CONTENT_LENGTH, COOKIE, HOST, TE, TRANSFER_ENCODING, UPGRADE, VIA},
};

/// Turns a request's headers, as they came, into those that the upstream gets:
///
/// ```text
/// Connection, and what it names    removed, with Keep-Alive, Proxy-Connection, Transfer-Encoding, Upgrade
/// TE                               `trailers` stays
/// Via                              "1.1 gateway" is added, or the version by which the request came
/// X-Forwarded-For                  the client's address is added as the last one
/// X-Forwarded-Host, -Proto         as they came, as is `Forwarded`
/// Cookie                           one line, which HTTP/2 need not have
/// ```
///
/// The last address of `X-Forwarded-For` is the only one that the gateway vouches for. What else clients say
/// of themselves is for whoever ends TLS before the gateway to overwrite; nothing in this crate reads it.
pub(crate) fn for_upstream(headers: &mut HeaderMap, came_by: Version, client: Option<IpAddr>) {
    let wants_trailers = members(headers, &TE).any(|member| member == b"trailers");
    // First, so that `Connection` cannot name what is added here.
    remove_hop_by_hop(headers);
    if wants_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    join(headers, VIA, ", ", Some(via(came_by)));
    if let Some(client) = client {
        join(headers, X_FORWARDED_FOR, ", ", Some(&client.to_canonical().to_string()));
    }
    // https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3-3
    join(headers, COOKIE, "; ", None);
}

/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1>
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = members(headers, &CONNECTION)
        .filter_map(|name| HeaderName::from_bytes(&name).ok())
        // For all recipients; without them, the message would be for another host, or of another length.
        .filter(|name| ![HOST, CONTENT_LENGTH].contains(name))
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Whether a body comes in a transfer coding that hyper does not undo: it undoes `chunked` alone.
/// <https://www.rfc-editor.org/rfc/rfc9112#section-6.1-12>
pub(crate) fn has_unknown_coding(headers: &HeaderMap) -> bool {
    members(headers, &TRANSFER_ENCODING).any(|coding| coding != b"chunked")
}

/// Whether a header that is a list has that member.
pub(crate) fn has_member(headers: &HeaderMap, name: &HeaderName, wanted: &[u8]) -> bool {
    members(headers, name).any(|member| member == wanted)
}

/// In lower case: those of the lists read here are compared without case.
fn members(headers: &HeaderMap, name: &HeaderName) -> impl Iterator<Item = Vec<u8>> {
    let lines = headers.get_all(name).iter();
    let members = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    members
        .map(|member| member.trim_ascii().to_ascii_lowercase())
        .filter(|member| !member.is_empty())
}

/// Makes one line of a header's lines, and of one more: there are servers that read the first line alone.
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

/// <https://www.rfc-editor.org/rfc/rfc9110#section-7.6.3>
fn via(came_by: Version) -> &'static str {
    match came_by {
        Version::HTTP_10 => "1.0 gateway",
        Version::HTTP_2 => "2.0 gateway",
        _ => "1.1 gateway",
    }
}

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
    fn what_is_of_one_connection_stays_there() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[&str]); 8] = [
            (&["accept: a", "cookie: b"], &["accept: a", "cookie: b"]),
            (&["connection: keep-alive", "keep-alive: timeout=5", "proxy-connection: keep-alive"], &[]),
            (&["connection: X-One , x-two,,", "connection: X-Three", "x-one: 1", "x-two: 2", "x-three: 3", "x-four: 4"], &["x-four: 4"]),
            (&["connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQ"], &[]),
            (&["transfer-encoding: chunked", "trailer: x-sum"], &["trailer: x-sum"]),
            (&["connection: host, content-length", "host: a.example", "content-length: 3"], &["content-length: 3", "host: a.example"]),
            (&["connection: ü, close", "x-one: 1"], &["x-one: 1"]),
            (&["te: gzip;q=0.5, Trailers"], &[]),
        ];
        for (before, after) in cases {
            let mut headers = map(before);
            remove_hop_by_hop(&mut headers);
            assert_eq!(lines(&headers), after, "{before:?}");
        }
    }

    #[test]
    fn the_upstream_is_told_through_whom_a_request_came() {
        #[rustfmt::skip]
        let cases: [(&[&str], &[&str]); 7] = [
            (&["cookie: a=1", "cookie: b=2; c=3"], &["cookie: a=1; b=2; c=3", "via: 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
            (&[], &["via: 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
            (&["via: 1.0 a", "via: 1.1 b"], &["via: 1.0 a, 1.1 b, 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
            (&["x-forwarded-for: 198.51.100.7", "x-forwarded-for: 203.0.113.1"], &["via: 1.1 gateway", "x-forwarded-for: 198.51.100.7, 203.0.113.1, 192.0.2.1"]),
            (&["connection: x-forwarded-for, via", "x-forwarded-for: 198.51.100.7"], &["via: 1.1 gateway", "x-forwarded-for: 192.0.2.1"]),
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

    #[test]
    fn a_coding_that_is_not_undone_is_seen() {
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

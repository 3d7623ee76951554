//! Response headers that an allowed page cannot read.

use http::{
    HeaderMap, HeaderName,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS,
    },
};

use crate::{
    fetch::{is_cors_safelisted_response_header_name, is_forbidden_response_header_name},
    request::fields::list_members,
};

/// Returns the names of the response headers that a page of another origin cannot read.
///
/// The response has its CORS headers already. Headers that only browsers and proxies use are left out.
/// <https://fetch.spec.whatwg.org/#concept-filtered-response-cors>
pub(crate) fn unexposed(headers: &HeaderMap) -> impl Iterator<Item = &HeaderName> {
    let is_shared = headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
    let has_credentials = headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS);
    headers.keys().filter(move |name| {
        is_shared && !is_readable_or_internal(name.as_str()) && {
            let is_exposed =
                |item: &[u8]| is_name(item, name) || (item == b"*" && !has_credentials);
            let lines = headers.get_all(ACCESS_CONTROL_EXPOSE_HEADERS).into_iter();
            !lines.flat_map(list_members).any(is_exposed)
        }
    })
}

fn is_name(item: &[u8], name: &HeaderName) -> bool {
    item.eq_ignore_ascii_case(name.as_str().as_bytes())
}

/// Returns `true` for headers that every page can read, or that no page needs.
///
/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
fn is_readable_or_internal(name: &str) -> bool {
    const PREFIXES: [&str; 6] =
        ["access-control-", "content-security-", "cross-origin-", "proxy-", "sec-", "x-envoy-"];
    is_cors_safelisted_response_header_name(name.as_bytes())
        || is_forbidden_response_header_name(name.as_bytes())
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || matches!(
            name,
            "accept-ch"
                | "age"
                | "alt-svc"
                | "clear-site-data"
                | "connection"
                | "content-encoding"
                | "date"
                | "keep-alive"
                | "nel"
                | "origin-agent-cluster"
                | "permissions-policy"
                | "referrer-policy"
                | "report-to"
                | "reporting-endpoints"
                | "server"
                | "server-timing"
                | "strict-transport-security"
                | "timing-allow-origin"
                | "trailer"
                | "transfer-encoding"
                | "upgrade"
                | "vary"
                | "via"
                | "x-accel-buffering"
                | "x-content-type-options"
                | "x-dns-prefetch-control"
                | "x-frame-options"
                | "x-powered-by"
                | "x-xss-protection"
        )
}

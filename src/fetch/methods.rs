/// Returns whether a page may send `method` to another origin without asking first: `GET`, `HEAD`, `POST`.
///
/// Methods are case-sensitive. <https://fetch.spec.whatwg.org/#cors-safelisted-method>
///
/// ```
/// use tower_cross_origin::fetch::is_cors_safelisted_method;
///
/// assert!(is_cors_safelisted_method(b"POST"));
/// assert!(!is_cors_safelisted_method(b"PUT"));
/// ```
pub fn is_cors_safelisted_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"HEAD" | b"POST")
}

/// Returns whether script may not send `method` at all: `CONNECT`, `TRACE`, `TRACK`, in any case.
///
/// <https://fetch.spec.whatwg.org/#forbidden-method>
///
/// ```
/// use tower_cross_origin::fetch::is_forbidden_method;
///
/// assert!(is_forbidden_method(b"trace"));
/// assert!(!is_forbidden_method(b"CHICKEN"));
/// ```
pub fn is_forbidden_method(method: &[u8]) -> bool {
    [&b"CONNECT"[..], b"TRACE", b"TRACK"].iter().any(|name| method.eq_ignore_ascii_case(name))
}

/// `method` as a browser's API sends it: `DELETE`, `GET`, `HEAD`, `OPTIONS`, `POST` and `PUT` are
/// upper-cased, every other method stays as it is written.
///
/// So `patch` stays `patch`, and is not `PATCH`.
/// <https://fetch.spec.whatwg.org/#concept-method-normalize>
///
/// ```
/// use tower_cross_origin::fetch::normalize_method;
///
/// assert_eq!(normalize_method(b"put"), b"PUT");
/// assert_eq!(normalize_method(b"patch"), b"patch");
/// ```
pub fn normalize_method(method: &[u8]) -> &[u8] {
    NORMALIZED.into_iter().find(|name| method.eq_ignore_ascii_case(name)).unwrap_or(method)
}

const NORMALIZED: [&[u8]; 6] = [b"DELETE", b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT"];

/// Returns `true` if a page may send `method` to another origin without a preflight.
///
/// The safelisted methods are `GET`, `HEAD` and `POST`. Methods are case-sensitive.
/// <https://fetch.spec.whatwg.org/#cors-safelisted-method>
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

/// Returns `true` if scripts cannot send `method`: `CONNECT`, `TRACE`, `TRACK`. Ignores case.
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

/// Returns `method` as browser APIs send it.
///
/// Browsers convert `DELETE`, `GET`, `HEAD`, `OPTIONS`, `POST` and `PUT` to upper case. They do not change
/// other methods.
///
/// For example, `patch` is sent as `patch`, which is not equal to `PATCH`.
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

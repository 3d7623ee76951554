use http::{
    HeaderMap,
    header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN},
};

use super::{
    Credentials,
    blocked::{Reason, Step, Stop},
    request::Request,
    values::{get, isomorphic_decode},
};

/// Whether the response says that the page may read it.
/// <https://fetch.spec.whatwg.org/#concept-cors-check>
pub(super) fn cors_check(request: &Request, response: &HeaderMap) -> Result<(), Stop> {
    let includes = request.credentials == Credentials::Include;
    let origin = get(response, &ACCESS_CONTROL_ALLOW_ORIGIN);
    is_origin_allowed(origin.as_deref(), request.serialized_origin(), includes)?;
    if !includes {
        return Ok(());
    }
    match get(response, &ACCESS_CONTROL_ALLOW_CREDENTIALS).as_deref() {
        Some(b"true") => Ok(()),
        Some(other) => {
            let value = isomorphic_decode(other);
            Err((Step::AllowCredentials, Reason::Other { value, expected: "true".to_owned() }))
        }
        None => Err((Step::AllowCredentials, Reason::Absent)),
    }
}

/// Steps 1 to 3.
fn is_origin_allowed(value: Option<&[u8]>, expected: &str, includes: bool) -> Result<(), Stop> {
    let reason = match value {
        None => Reason::Absent,
        Some(b"*") if !includes => return Ok(()),
        Some(value) if value == expected.as_bytes() => return Ok(()),
        Some(b"*") => Reason::AnyWithCredentials,
        Some(value) => {
            Reason::Other { value: isomorphic_decode(value), expected: expected.to_owned() }
        }
    };
    Err((Step::AllowOrigin, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "http://web-platform.test:8000";

    /// The rows of `cors/origin.htm` whose bytes the crate `http` refuses; `tests/browser_facts.rs`
    /// names them too.
    #[test]
    fn bytes_that_no_http_library_sends_are_no_origin() {
        for (row, value) in [
            ("cors/origin#30", "\0*"),
            ("cors/origin#32", "\x0c*"),
            ("cors/origin#33", "*\0"),
            ("cors/origin#34", "*\x0b"),
            ("cors/origin#35", "*\x0c"),
            ("cors/origin#44", "\0http://web-platform.test:8000"),
        ] {
            let stop = is_origin_allowed(Some(value.as_bytes()), PAGE, false);
            assert!(matches!(stop, Err((Step::AllowOrigin, Reason::Other { .. }))), "{row}");
        }
        for value in ["*", PAGE] {
            assert_eq!(is_origin_allowed(Some(value.as_bytes()), PAGE, false), Ok(()), "{value}");
        }
    }
}

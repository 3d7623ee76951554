//! Checks that decide whether a page may read, embed and use a response.

use http::{
    HeaderMap, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN},
};
use url::Url;

use super::{
    blocked::{BlockedStep, Reason, Stop},
    header_values::{Essence, get, isomorphic_decode},
    policies::{
        document_policy::{embedder_policy, isolates},
        opaque_response::{OpaqueResponse, opaque_response},
        resource_headers::{is_nosniff, resource_policy, timing_allow_origins},
        tokens::{RESOURCE_POLICIES, token_of},
    },
    request::{Credentials, Mode, Redirect, Request, Tainting},
    response::Response,
    site::{PageOrigin, is_potentially_trustworthy, is_schemelessly_same_site},
};
use crate::{
    embedding::{CrossOriginEmbedderPolicy, CrossOriginResourcePolicy},
    fetch::Destination,
};

/// Checks the response of each hop. <https://fetch.spec.whatwg.org/#concept-http-fetch>, steps 4 and 8
pub(super) fn check_response<R>(request: &Request, response: &Response<R>) -> Result<(), Stop> {
    if request.tainting == Tainting::Cors {
        cors_check(request, &response.headers)?;
    }
    check_embedding(request, &response.headers)?;
    if response.is_redirect() && request.redirect == Redirect::Error {
        return Err((
            BlockedStep::Redirect,
            Reason::Text(
                "the response is a redirect, but the request's redirect mode is error".to_owned(),
            ),
        ));
    }
    Ok(())
}

/// Checks whether the response allows the page to read it.
/// <https://fetch.spec.whatwg.org/#concept-cors-check>
pub(super) fn cors_check(request: &Request, response: &HeaderMap) -> Result<(), Stop> {
    let includes = request.credentials == Credentials::Include;
    let origin = get(response, &ACCESS_CONTROL_ALLOW_ORIGIN);
    check_allowed_origin(origin.as_deref(), request.serialized_origin(), includes)?;
    if !includes {
        return Ok(());
    }
    match get(response, &ACCESS_CONTROL_ALLOW_CREDENTIALS).as_deref() {
        Some(b"true") => Ok(()),
        Some(other) => {
            let value = isomorphic_decode(other);
            Err((
                BlockedStep::AllowCredentials,
                Reason::Unexpected { value, expected: "true".to_owned() },
            ))
        }
        None => Err((BlockedStep::AllowCredentials, Reason::Absent)),
    }
}

/// Returns whether the page may see the timing of this hop.
///
/// After one hop fails the check, all later hops fail.
///
/// <https://fetch.spec.whatwg.org/#concept-tao-check>
pub(super) fn tao_check(request: &Request, headers: &HeaderMap) -> bool {
    if request.timing_allow_failed {
        return false;
    }
    let members = timing_allow_origins(headers);
    let origin = request.serialized_origin();
    if members.iter().any(|member| member == "*" || member == origin) {
        return true;
    }
    let is_cross_origin =
        request.url().is_some_and(|url| !request.origin.is_same_as(&PageOrigin::from_url(url)));
    !(request.mode == Mode::Navigate && is_cross_origin) && request.tainting == Tainting::Basic
}

/// Checks whether the page may embed the response of a hop.
///
/// <https://fetch.spec.whatwg.org/#concept-http-fetch>; for frames
/// <https://html.spec.whatwg.org/#create-navigation-params-by-fetching>
fn check_embedding(request: &Request, headers: &HeaderMap) -> Result<(), Stop> {
    let Some(url) = request.url() else { return Ok(()) };
    if request.tainting != Tainting::Opaque && !is_frame(request) {
        return Ok(());
    }
    resource_policy_check(request, url, headers).map_err(|reason| {
        let text = match reason {
            EmbeddingFailure::Policy(policy) => format!(
                "Cross-Origin-Resource-Policy is {:?}, which does not allow this page",
                token_of(RESOURCE_POLICIES, &policy).unwrap_or_default()
            ),
            EmbeddingFailure::MissingPolicy => {
                "the response has no Cross-Origin-Resource-Policy, but the page's \
                 Cross-Origin-Embedder-Policy requires it"
                    .to_owned()
            }
        };
        (BlockedStep::ResourcePolicy, Reason::Text(text))
    })
}

/// Checks whether the page may use the final response.
///
/// <https://fetch.spec.whatwg.org/#concept-main-fetch>; for frames
/// <https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy>
pub(super) fn check_use(request: &Request, headers: &HeaderMap) -> Result<(), Stop> {
    if let Some(text) = content_type_error(request.destination, headers) {
        return Err((BlockedStep::MimeType, Reason::Text(text)));
    }
    let frame_policy = || match request.url() {
        Some(url) if is_potentially_trustworthy(url) => embedder_policy(headers).value(),
        _ => <_>::default(),
    };
    if is_frame(request) && isolates(request.embedder_policy) && !isolates(frame_policy()) {
        let text = "the page has a Cross-Origin-Embedder-Policy, but the frame does not".to_owned();
        return Err((BlockedStep::EmbedderPolicy, Reason::Text(text)));
    }
    Ok(())
}

/// Returns the text of a classic script; `None` if nothing runs.
///
/// It does not check that the text is JavaScript.
///
/// <https://html.spec.whatwg.org/#fetch-a-classic-script>
pub(super) fn script(
    request: &Request,
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Option<String>, Stop> {
    if request.tainting == Tainting::Opaque
        && opaque_response(status, headers, body) == OpaqueResponse::Blocked
    {
        let text =
            "opaque response blocking does not allow pages of other origins to embed the response"
                .to_owned();
        return Err((BlockedStep::OpaqueResponse, Reason::Text(text)));
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    Ok(status.is_success().then(|| String::from_utf8_lossy(body).into_owned()))
}

/// Returns the error message for a wrong `Content-Type`.
/// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?> and
/// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?>
fn content_type_error(destination: Destination, headers: &HeaderMap) -> Option<String> {
    let essence = Essence::from_headers(headers);
    let text = essence.as_ref().map_or("absent", Essence::as_str);
    let is = |predicate: fn(&Essence) -> bool| essence.as_ref().is_some_and(predicate);
    let required = match destination {
        Destination::Script | Destination::Worker if is(Essence::is_never_script) => {
            return Some(format!("Content-Type is {text}, which is not allowed for scripts"));
        }
        Destination::Script | Destination::Worker if !is(Essence::is_javascript) => {
            "a JavaScript type for scripts"
        }
        Destination::Style if !is(|essence| essence.as_str() == "text/css") => {
            "text/css for style sheets"
        }
        _ => return None,
    };
    is_nosniff(headers).then(|| {
        format!("Content-Type is {text}; X-Content-Type-Options: nosniff requires {required}")
    })
}

fn is_frame(request: &Request) -> bool {
    request.mode == Mode::Navigate && request.destination != Destination::Document
}

/// Checks `Access-Control-Allow-Origin`: steps 1 to 3 of the CORS check.
fn check_allowed_origin(value: Option<&[u8]>, expected: &str, includes: bool) -> Result<(), Stop> {
    let reason = match value {
        None => Reason::Absent,
        Some(b"*") if !includes => return Ok(()),
        Some(value) if value == expected.as_bytes() => return Ok(()),
        Some(b"*") => Reason::WildcardWithCredentials,
        Some(value) => {
            Reason::Unexpected { value: isomorphic_decode(value), expected: expected.to_owned() }
        }
    };
    Err((BlockedStep::AllowOrigin, reason))
}

/// The reason why the page must not embed a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EmbeddingFailure {
    /// The policy of the response does not allow it.
    Policy(CrossOriginResourcePolicy),
    /// The response has no policy, and the embedder policy of the page requires one.
    MissingPolicy,
}

/// Performs the cross-origin resource policy check.
///
/// The standard runs this check twice: the second run, without the page's policy, is used only for
/// reports.
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check>
fn resource_policy_check(
    request: &Request,
    url: &Url,
    headers: &HeaderMap,
) -> Result<(), EmbeddingFailure> {
    let (origin, embedder_policy) = (&request.origin, request.embedder_policy);
    let is_navigation = is_frame(request);
    if is_navigation && embedder_policy == CrossOriginEmbedderPolicy::UnsafeNone {
        return Ok(());
    }
    let response_policy = resource_policy(headers);
    let implied = match embedder_policy {
        CrossOriginEmbedderPolicy::UnsafeNone => None,
        CrossOriginEmbedderPolicy::Credentialless => (request.includes_credentials()
            || is_navigation)
            .then_some(CrossOriginResourcePolicy::SameOrigin),
        CrossOriginEmbedderPolicy::RequireCorp => Some(CrossOriginResourcePolicy::SameOrigin),
    };
    let is_allowed = match response_policy.or(implied) {
        None | Some(CrossOriginResourcePolicy::CrossOrigin) => true,
        Some(CrossOriginResourcePolicy::SameOrigin) => origin.is_origin_of(url),
        Some(CrossOriginResourcePolicy::SameSite) => is_same_site(origin, url),
    };
    match response_policy {
        _ if is_allowed => Ok(()),
        Some(policy) => Err(EmbeddingFailure::Policy(policy)),
        None => Err(EmbeddingFailure::MissingPolicy),
    }
}

/// Returns whether the policy `same-site` allows the page.
///
/// A network attacker can modify a page without `https`. Such a page must not embed responses sent over
/// `https`.
fn is_same_site(origin: &PageOrigin, url: &Url) -> bool {
    origin.to_url().is_some_and(|origin| {
        is_schemelessly_same_site(&origin, url)
            && (origin.scheme() == "https" || url.scheme() != "https")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "http://web-platform.test:8000";

    /// Tests the rows of `cors/origin.htm` with bytes that the crate `http` rejects.
    /// `tests/browser/wpt_cors.rs` lists them too.
    #[test]
    fn origin_with_control_characters_is_rejected() {
        for (row, value) in [
            ("cors/origin#30", "\0*"),
            ("cors/origin#32", "\x0c*"),
            ("cors/origin#33", "*\0"),
            ("cors/origin#34", "*\x0b"),
            ("cors/origin#35", "*\x0c"),
            ("cors/origin#44", "\0http://web-platform.test:8000"),
        ] {
            let stop = check_allowed_origin(Some(value.as_bytes()), PAGE, false);
            assert!(
                matches!(stop, Err((BlockedStep::AllowOrigin, Reason::Unexpected { .. }))),
                "{row}"
            );
        }
        for value in ["*", PAGE] {
            assert_eq!(
                check_allowed_origin(Some(value.as_bytes()), PAGE, false),
                Ok(()),
                "{value}"
            );
        }
    }
}

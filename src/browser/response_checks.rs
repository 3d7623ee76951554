//! Checks of responses: whether a page may read, embed and use them.

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

/// <https://fetch.spec.whatwg.org/#concept-http-fetch>, steps 4 and 8
pub(super) fn check_response<R>(request: &Request, response: &Response<R>) -> Result<(), Stop> {
    if request.tainting == Tainting::Cors {
        cors_check(request, &response.headers)?;
    }
    may_embed(request, &response.headers)?;
    if response.is_redirect() && request.redirect == Redirect::Error {
        return Err((
            BlockedStep::Redirect,
            Reason::Text("a redirect is an error here".to_owned()),
        ));
    }
    Ok(())
}

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
            Err((
                BlockedStep::AllowCredentials,
                Reason::Other { value, expected: "true".to_owned() },
            ))
        }
        None => Err((BlockedStep::AllowCredentials, Reason::Absent)),
    }
}

/// Whether the page sees how long this hop took; where one fails, all later ones do.
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
    let is_elsewhere =
        request.url().is_some_and(|url| !request.origin.is_same_as(&PageOrigin::from_url(url)));
    !(request.mode == Mode::Navigate && is_elsewhere) && request.tainting == Tainting::Basic
}

/// Of each hop. <https://fetch.spec.whatwg.org/#concept-http-fetch>; of frames
/// <https://html.spec.whatwg.org/#create-navigation-params-by-fetching>
fn may_embed(request: &Request, headers: &HeaderMap) -> Result<(), Stop> {
    let Some(url) = request.url() else { return Ok(()) };
    if request.tainting != Tainting::Opaque && !is_frame(request) {
        return Ok(());
    }
    resource_policy_check(request, url, headers).map_err(|reason| {
        let text = match reason {
            EmbeddingFailure::Policy(policy) => format!(
                "Cross-Origin-Resource-Policy is {:?}, which this page is not",
                token_of(RESOURCE_POLICIES, &policy).unwrap_or_default()
            ),
            EmbeddingFailure::MissingPolicy => {
                "the response has no Cross-Origin-Resource-Policy, and the page's \
                 Cross-Origin-Embedder-Policy asks for one"
                    .to_owned()
            }
        };
        (BlockedStep::ResourcePolicy, Reason::Text(text))
    })
}

/// Of the response itself. <https://fetch.spec.whatwg.org/#concept-main-fetch>; of frames
/// <https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy>
pub(super) fn may_use(request: &Request, headers: &HeaderMap) -> Result<(), Stop> {
    if let Some(text) = wrong_type(request.destination, headers) {
        return Err((BlockedStep::MimeType, Reason::Text(text)));
    }
    let of_frame = || match request.url() {
        Some(url) if is_potentially_trustworthy(url) => embedder_policy(headers).value(),
        _ => <_>::default(),
    };
    if is_frame(request) && isolates(request.embedder_policy) && !isolates(of_frame()) {
        let text = "the page has a Cross-Origin-Embedder-Policy, and the frame has none".to_owned();
        return Err((BlockedStep::EmbedderPolicy, Reason::Text(text)));
    }
    Ok(())
}

/// The text that runs, where the response is that of a classic script; `None` where nothing runs. Whether
/// it is JavaScript is not looked at.
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
        let text = "the response is not one that pages of other origins may embed".to_owned();
        return Err((BlockedStep::OpaqueResponse, Reason::Text(text)));
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    Ok(status.is_success().then(|| String::from_utf8_lossy(body).into_owned()))
}

/// What the type is, and would have to be.
/// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?>, and the section
/// on nosniff after it
fn wrong_type(destination: Destination, headers: &HeaderMap) -> Option<String> {
    let essence = Essence::from_headers(headers);
    let text = essence.as_ref().map_or("absent", Essence::as_str);
    let is = |predicate: fn(&Essence) -> bool| essence.as_ref().is_some_and(predicate);
    let needed = match destination {
        Destination::Script | Destination::Worker if is(Essence::is_never_script) => {
            return Some(format!("Content-Type is {text}, which no script has"));
        }
        Destination::Script | Destination::Worker if !is(Essence::is_javascript) => {
            "a script needs a type of JavaScript"
        }
        Destination::Style if !is(|one| one.as_str() == "text/css") => {
            "a style sheet needs text/css"
        }
        _ => return None,
    };
    is_nosniff(headers).then(|| {
        format!("with X-Content-Type-Options: nosniff {needed}, and Content-Type is {text}")
    })
}

fn is_frame(request: &Request) -> bool {
    request.mode == Mode::Navigate && request.destination != Destination::Document
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
    Err((BlockedStep::AllowOrigin, reason))
}

/// Why a response may not be embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EmbeddingFailure {
    /// The policy of the response does not allow it.
    Policy(CrossOriginResourcePolicy),
    /// The response has no policy, and the embedder policy of the page requires one.
    MissingPolicy,
}

/// The standard asks a second time without the page's policy, to report what that one alone blocks.
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
    let of_response = resource_policy(headers);
    let implied = match embedder_policy {
        CrossOriginEmbedderPolicy::UnsafeNone => None,
        CrossOriginEmbedderPolicy::Credentialless => (request.includes_credentials()
            || is_navigation)
            .then_some(CrossOriginResourcePolicy::SameOrigin),
        CrossOriginEmbedderPolicy::RequireCorp => Some(CrossOriginResourcePolicy::SameOrigin),
    };
    let is_allowed = match of_response.or(implied) {
        None | Some(CrossOriginResourcePolicy::CrossOrigin) => true,
        Some(CrossOriginResourcePolicy::SameOrigin) => origin.is_origin_of(url),
        Some(CrossOriginResourcePolicy::SameSite) => is_same_site(origin, url),
    };
    match of_response {
        _ if is_allowed => Ok(()),
        Some(policy) => Err(EmbeddingFailure::Policy(policy)),
        None => Err(EmbeddingFailure::MissingPolicy),
    }
}

/// What came over `https` is not for a page that anyone on the way could have written.
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

    /// The rows of `cors/origin.htm` whose bytes the crate `http` refuses; `tests/browser/wpt_cors.rs`
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
            assert!(matches!(stop, Err((BlockedStep::AllowOrigin, Reason::Other { .. }))), "{row}");
        }
        for value in ["*", PAGE] {
            assert_eq!(is_origin_allowed(Some(value.as_bytes()), PAGE, false), Ok(()), "{value}");
        }
    }
}

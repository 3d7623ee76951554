//! What a browser asks of a response before a page may embed it.

use http::{HeaderMap, StatusCode};

use super::{
    Destination, Mode,
    blocked::{Reason, Step, Stop},
    origins::is_potentially_trustworthy,
    policies::{
        Embedder, OpaqueResponse, Refused, embedder_policy, is_nosniff, mime::Essence,
        opaque_response, resource_policy_check,
    },
    request::{Request, Tainting},
};

/// Of each hop. <https://fetch.spec.whatwg.org/#concept-http-fetch>; of frames
/// <https://html.spec.whatwg.org/#create-navigation-params-by-fetching>
pub(super) fn may_embed(request: &Request, headers: &HeaderMap) -> Result<(), Stop> {
    let is_navigation = is_frame(request);
    let Some(url) = request.url() else { return Ok(()) };
    if request.tainting != Tainting::Opaque && !is_navigation {
        return Ok(());
    }
    let embedder = Embedder {
        origin: &request.origin,
        policy: request.embedder_policy,
        is_navigation,
        has_credentials: request.includes_credentials(),
    };
    resource_policy_check(embedder, url, headers).map_err(|refused| {
        let told = match refused {
            Refused::ByPolicy(policy) => format!(
                "Cross-Origin-Resource-Policy is {:?}, which this page is not",
                policy.as_str()
            ),
            Refused::BySilence => {
                "the response has no Cross-Origin-Resource-Policy, and the page's \
                 Cross-Origin-Embedder-Policy asks for one"
                    .to_owned()
            }
        };
        (Step::ResourcePolicy, Reason::Text(told))
    })
}

/// Of the response itself. <https://fetch.spec.whatwg.org/#concept-main-fetch>; of frames
/// <https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy>
pub(super) fn may_use(request: &Request, headers: &HeaderMap) -> Result<(), Stop> {
    if let Some(told) = wrong_type(request.destination, headers) {
        return Err((Step::MimeType, Reason::Text(told)));
    }
    let of_frame = || match request.url() {
        Some(url) if is_potentially_trustworthy(url) => embedder_policy(headers).value(),
        _ => <_>::default(),
    };
    if is_frame(request) && request.embedder_policy.isolates() && !of_frame().isolates() {
        let told = "the page has a Cross-Origin-Embedder-Policy, and the frame has none".to_owned();
        return Err((Step::EmbedderPolicy, Reason::Text(told)));
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
        let told = "the response is none that pages of other origins may embed".to_owned();
        return Err((Step::OpaqueResponse, Reason::Text(told)));
    }
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    Ok(status.is_success().then(|| String::from_utf8_lossy(body).into_owned()))
}

/// What the type is, and would have to be.
/// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?>, and the section
/// on nosniff after it
fn wrong_type(destination: Destination, headers: &HeaderMap) -> Option<String> {
    let essence = Essence::of(headers);
    let told = essence.as_ref().map_or("absent", Essence::as_str);
    let is = |predicate: fn(&Essence) -> bool| essence.as_ref().is_some_and(predicate);
    let needed = match destination {
        Destination::Script | Destination::Worker if is(Essence::is_never_script) => {
            return Some(format!("Content-Type is {told}, which no script has"));
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
        format!("with X-Content-Type-Options: nosniff {needed}, and Content-Type is {told}")
    })
}

fn is_frame(request: &Request) -> bool {
    request.mode == Mode::Navigate && request.destination != Destination::Document
}

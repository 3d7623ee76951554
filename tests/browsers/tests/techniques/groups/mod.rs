//! The techniques, in one file for each group.

mod credentials;
mod embedding;
mod errors;
mod fetch;
mod jsonp;
mod names;
mod null_origin;
mod pings;
mod redirects;
mod streams;
mod web_sockets;
mod xhr;

use super::technique::{Credentials, Technique};

/// Techniques with a common title.
#[derive(Clone, Debug)]
pub struct Group {
    pub title: &'static str,
    pub techniques: Vec<Technique>,
}

/// Returns all groups in the order of the results.
pub fn all() -> Vec<Group> {
    let group = |title, techniques| Group { title, techniques };
    vec![
        group("XMLHttpRequest", xhr::techniques()),
        group("fetch", fetch::techniques()),
        group("Credentials", credentials::techniques()),
        group("Redirects", redirects::techniques()),
        group("Error responses", errors::techniques()),
        group("Pings and beacons", pings::techniques()),
        group("JSONP", jsonp::techniques()),
        group("Polling and streams", streams::techniques()),
        group("WebSocket", web_sockets::techniques()),
        group("Embedding headers", embedding::techniques()),
        group("Opaque origins", null_origin::techniques()),
        group("Host names and ports", names::techniques()),
    ]
}

/// For techniques that always have credentials.
const ALWAYS: &[Credentials] = &[Credentials::Include];

/// For techniques whose credentials are not part of the outcome.
const DEFAULT: &[Credentials] = &[Credentials::SameOrigin];

/// Adds the outcomes of a readable request that causes no preflight, such as `GET /text`.
fn simple(technique: Technique, request: &str, result: &str, blocked: &str) -> Technique {
    let cross_origin = format!("{request} [origin, cookie?] 200");
    technique
        .same_origin(result, &[&same_origin(request)])
        .allowed(result, &[&cross_origin])
        .rejected(blocked, &[&cross_origin])
}

/// Adds the outcomes of a readable request that causes a preflight, such as `PUT /echo`.
///
/// The browser does not send the request of a rejected page.
fn preflighted(technique: Technique, request: &str, result: &str, blocked: &str) -> Technique {
    let path = request.split(' ').next_back().unwrap_or_default();
    let preflight = |status: u16| format!("OPTIONS {path} [origin] {status}");
    technique
        .same_origin(result, &[&same_origin(request)])
        .allowed(result, &[&preflight(204), &format!("{request} [origin, cookie?] 200")])
        .rejected(blocked, &[&preflight(403)])
}

/// Returns the request of a page of the service itself.
///
/// <https://fetch.spec.whatwg.org/#append-a-request-origin-header>
fn same_origin(request: &str) -> String {
    let has_origin = !request.starts_with("GET ") && !request.starts_with("HEAD ");
    format!("{request} [{}cookie] 200", if has_origin { "origin, " } else { "" })
}

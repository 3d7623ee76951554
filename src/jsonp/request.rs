//! What the headers of a request say about who asks for a script, and as whom.

use http::{
    HeaderMap,
    header::{AUTHORIZATION, COOKIE},
};

use crate::{
    request::fetch_metadata::{FetchSite, SEC_FETCH_DEST},
    request::fields,
};

/// Whether the script is to become a service worker, which would answer for the whole site. The header
/// stands in the request for the worker's own script, and browsers without metadata send it too.
/// <https://w3c.github.io/ServiceWorker/#service-worker-script-request>
pub(super) fn is_of_service_worker(headers: &HeaderMap) -> bool {
    headers.contains_key(SERVICE_WORKER)
        || headers.get_all(&SEC_FETCH_DEST).iter().any(|one| one == "serviceworker")
}

/// Whether it can be a script's: a browser that sends metadata says so, and of others it is not known.
/// A page that reads a script by `fetch` has the destination `empty`.
/// <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-dest-header>
pub(super) fn may_be_of_script(headers: &HeaderMap) -> bool {
    match fields::single_value(headers, &SEC_FETCH_DEST) {
        Some(destination) => destination == "script" || destination == "empty",
        None => !headers.contains_key(&SEC_FETCH_DEST),
    }
}

/// Whether the request has credentials, and nothing proves that a page of the service's own origin sent
/// it: what is answered would be told to any page.
pub(super) fn lends_credentials(headers: &HeaderMap) -> bool {
    let is_credentialed = headers.contains_key(COOKIE) || headers.contains_key(AUTHORIZATION);
    is_credentialed && FetchSite::of(headers) != FetchSite::SameOrigin
}

const SERVICE_WORKER: &str = "service-worker";

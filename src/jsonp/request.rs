//! The request headers and query parameters that a policy reads.

use http::{
    HeaderMap, HeaderName,
    header::{AUTHORIZATION, COOKIE},
};

use crate::{
    limits::CALLBACK_BYTES,
    request::{
        fetch_metadata::{FetchSite, SEC_FETCH_DEST},
        fields,
        form::Decoded,
    },
};

/// Returns whether the browser requests the script of a service worker.
///
/// Such a script could respond to all requests of the site. Browsers without metadata send `Service-Worker`,
/// too. <https://w3c.github.io/ServiceWorker/#service-worker-script-request>
pub(super) fn is_for_service_worker(headers: &HeaderMap) -> bool {
    headers.contains_key(&SERVICE_WORKER)
        || headers.get_all(&SEC_FETCH_DEST).iter().any(|one| one == "serviceworker")
}

/// Returns whether the request may be for a script.
///
/// The destination of browsers without metadata is unknown. If a page loads a script by `fetch`, the
/// destination is `empty`. <https://w3c.github.io/webappsec-fetch-metadata/#sec-fetch-dest-header>
pub(super) fn may_be_for_script(headers: &HeaderMap) -> bool {
    match fields::single_value(headers, &SEC_FETCH_DEST) {
        Some(destination) => destination == "script" || destination == "empty",
        None => !headers.contains_key(&SEC_FETCH_DEST),
    }
}

/// Returns whether a request with credentials is not known to be same-origin.
///
/// Every page can read a script, so a response with the user's data would leak to other origins.
pub(super) fn has_cross_origin_credentials(headers: &HeaderMap) -> bool {
    let is_credentialed = headers.contains_key(COOKIE) || headers.contains_key(AUTHORIZATION);
    is_credentialed && FetchSite::from_headers(headers) != FetchSite::SameOrigin
}

pub(super) static SERVICE_WORKER: HeaderName = HeaderName::from_static("service-worker");

/// Returns the decoded value of the first parameter with one of these names.
///
/// Returns `None` for an empty value. A value that is too long is truncated to one byte more than the limit
/// of a callback.
pub(super) fn first_value(query: &str, names: &[String]) -> Option<Vec<u8>> {
    let (_, value) = parameters(query).find(|(name, _)| is_one_of(name, names))?;
    let value: Vec<u8> = Decoded(value.as_bytes()).take(CALLBACK_BYTES + 1).collect();
    (!value.is_empty()).then_some(value)
}

fn parameters(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').map(split_parameter)
}

pub(super) fn split_parameter(parameter: &str) -> (&str, &str) {
    parameter.split_once('=').unwrap_or((parameter, ""))
}

pub(super) fn is_one_of(encoded: &str, names: &[String]) -> bool {
    names.iter().any(|name| Decoded(encoded.as_bytes()).eq(name.bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_parameter_is_decoded_like_a_form() {
        let long = "a".repeat(1000);
        for (query, value) in [
            ("", None),
            ("callback", None),
            ("callback=", None),
            ("callback=&callback=a", None),
            ("Callback=a", None),
            ("xcallback=a", None),
            ("callback[a]=x", None),
            ("callback%5Ba%5D=x", None),
            ("callback =x", None),
            ("callback+=x", None),
            ("callback=a", Some("a")),
            ("callback=a&callback=b", Some("a")),
            ("x=1&callback=a", Some("a")),
            ("&&callback=a&", Some("a")),
            ("c%61llback=a", Some("a")),
            ("callback=%63b", Some("cb")),
            ("callback=a%2eb", Some("a.b")),
            ("callback=a+b", Some("a b")),
            ("callback=a%2Bb", Some("a+b")),
            ("callback=a=b", Some("a=b")),
            ("callback=%00", Some("\0")),
            ("callback=%", Some("%")),
            ("callback=%6", Some("%6")),
            ("callback=%zz", Some("%zz")),
            ("callback=%+1", Some("% 1")),
            ("callback=%%61", Some("%a")),
            ("callback=a;b", Some("a;b")),
            ("jsonp=b&callback=a", Some("b")),
        ] {
            let names = ["callback".to_owned(), "jsonp".to_owned()];
            let expected = value.map(|value| value.as_bytes().to_vec());
            assert_eq!(first_value(query, &names), expected, "{query}");
        }
        let names = ["callback".to_owned()];
        let value = first_value(&format!("callback={long}"), &names).unwrap();
        assert_eq!(value.len(), CALLBACK_BYTES + 1);
    }
}

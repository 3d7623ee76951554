//! A browser's decision about a response, written from the Fetch standard.
//!
//! It implements the CORS check, steps 7.1 to 7.7 of the CORS-preflight fetch, and the exposed header
//! names. It does not use code of `src/`.

use std::collections::BTreeSet;

use crate::{
    cases::{Expected, HeaderAssertion, Request},
    replay::{CORS_HEADERS, Response, members, names},
};

/// The result of a request for the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    NetworkError,
    /// The preflight succeeds: the browser sends the actual request.
    PreflightPasses,
    Readable {
        status: u16,
        exposed: Exposed,
    },
}

/// The headers that the page can read in addition to the safelisted ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Exposed {
    All,
    Names(BTreeSet<String>),
}

/// Returns whether this response and the peer's response have the same outcome for a page.
///
/// The outcomes with and without credentials must be the same.
pub(crate) fn is_same_to_a_browser(
    request: &Request,
    expected: &Expected,
    response: &Response,
) -> bool {
    let peer = peer_response(request, expected, response);
    [false, true].into_iter().all(|with_credentials| {
        outcome(request, &peer, with_credentials) == outcome(request, response, with_credentials)
    })
}

/// Returns the outcome of the request for a page, or the outcome of a preflight.
fn outcome(request: &Request, response: &Response, with_credentials: bool) -> Outcome {
    let Some(origin) = request.header("origin") else {
        // Not a CORS request.
        return Outcome::Readable { status: response.status, exposed: Exposed::All };
    };
    // https://fetch.spec.whatwg.org/#concept-cors-check
    if !passes_cors_check(origin, response, with_credentials) {
        return Outcome::NetworkError;
    }
    let method = request.header("access-control-request-method");
    match method.filter(|_| request.method == "OPTIONS") {
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch
        Some(method) if passes_preflight(method, request, response, with_credentials) => {
            Outcome::PreflightPasses
        }
        Some(_) => Outcome::NetworkError,
        None => Outcome::Readable {
            status: response.status,
            exposed: exposed(response, with_credentials),
        },
    }
}

fn passes_cors_check(origin: &str, response: &Response, with_credentials: bool) -> bool {
    let allowed = response.header("access-control-allow-origin");
    match allowed.as_deref() {
        None => false,
        Some("*") if !with_credentials => true,
        Some(allowed) if allowed != origin => false,
        Some(_) if !with_credentials => true,
        Some(_) => response.header("access-control-allow-credentials").as_deref() == Some("true"),
    }
}

/// Returns whether the response, which passed the CORS check, allows the preflight.
///
/// The use-CORS-preflight flag is not set, so step 7.4 does not apply.
fn passes_preflight(
    method: &str,
    request: &Request,
    response: &Response,
    with_credentials: bool,
) -> bool {
    // 7, https://fetch.spec.whatwg.org/#ok-status
    if !(200..=299).contains(&response.status) {
        return false;
    }
    let list = |name| response.header(name).unwrap_or_default();
    let (methods, allowed) =
        (list("access-control-allow-methods"), list("access-control-allow-headers"));
    // 7.3
    if !members(&methods).chain(members(&allowed)).all(is_token) {
        return false;
    }
    // 7.5
    let has_any_method = !with_credentials && members(&methods).any(|allowed| allowed == "*");
    let is_safelisted = ["GET", "HEAD", "POST"].contains(&method);
    let has_method = members(&methods).any(|allowed| allowed == method);
    if !has_method && !is_safelisted && !has_any_method {
        return false;
    }
    // 7.6 and 7.7
    let allowed = names(&allowed);
    let has_any_name = !with_credentials && allowed.iter().any(|allowed| allowed == "*");
    names(request.header("access-control-request-headers").unwrap_or_default())
        .iter()
        .all(|name| allowed.contains(name) || (has_any_name && name != "authorization"))
}

// https://fetch.spec.whatwg.org/#concept-response-cors-exposed-header-name-list
fn exposed(response: &Response, with_credentials: bool) -> Exposed {
    let names = names(&response.header("access-control-expose-headers").unwrap_or_default());
    if !with_credentials && names.iter().any(|name| name == "*") {
        return Exposed::All;
    }
    Exposed::Names(names.into_iter().collect())
}

// https://www.rfc-editor.org/rfc/rfc9110#name-tokens
fn is_token(text: &str) -> bool {
    let is_token_byte =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_byte)
}

/// Returns the response that the peer's test describes.
///
/// Parts without an assertion are copied from this response.
fn peer_response(request: &Request, expected: &Expected, response: &Response) -> Response {
    let mut peer = response.clone();
    let statuses = expected.status.as_ref().map_or(&[][..], |statuses| statuses.as_slice());
    if !statuses.contains(&response.status) {
        peer.status = statuses.first().copied().unwrap_or(response.status);
    }
    let unnamed = CORS_HEADERS.into_iter().filter(|name| !expected.headers.contains_key(*name));
    for name in unnamed.filter(|_| expected.complete) {
        peer.set_header(name, None);
    }
    for (name, assertion) in &expected.headers {
        let value = response.header(name);
        let value = match assertion {
            None => None,
            Some(HeaderAssertion::Value(expected)) => Some(expected.clone()),
            Some(HeaderAssertion::OneOf { oneof }) => {
                value.filter(|value| oneof.contains(value)).or_else(|| oneof.first().cloned())
            }
            Some(HeaderAssertion::Contains { contains }) => {
                Some(format!("{}, {contains}", value.unwrap_or_default()))
            }
            Some(HeaderAssertion::Lacks { lacks }) => {
                let lacks = names(lacks);
                let mut remaining = names(&value.unwrap_or_default());
                remaining.retain(|name| !lacks.contains(name));
                Some(remaining.join(", "))
            }
            // Used only for `Access-Control-Allow-Origin`, and for `Vary`, which does not affect a page.
            Some(HeaderAssertion::Present { .. }) => {
                value.or_else(|| request.header("origin").map(str::to_owned))
            }
        };
        peer.set_header(name, value);
    }
    peer
}

#[test]
fn outcome_follows_the_fetch_standard() {
    const ORIGIN: &str = "https://a.example";
    let request = |method: &str, headers: &[(&str, &str)]| Request {
        method: method.to_owned(),
        uri: "/".to_owned(),
        headers: [("Origin", ORIGIN)]
            .iter()
            .chain(headers)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    let get = request("GET", &[]);
    let put = request("OPTIONS", &[("Access-Control-Request-Method", "PUT")]);
    let authorization = request(
        "OPTIONS",
        &[
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "authorization"),
        ],
    );
    let any = "access-control-allow-origin: *";
    let echo = "access-control-allow-origin: https://a.example";
    let credentials = "access-control-allow-credentials: true";
    let any_method = "access-control-allow-methods: *";
    let readable = Outcome::Readable { status: 200, exposed: Exposed::Names(BTreeSet::new()) };
    let [fails, passes] = [Outcome::NetworkError, Outcome::PreflightPasses];
    // request, response headers, outcomes without and with credentials
    let rows: [(&Request, &[&str], [&Outcome; 2]); 10] = [
        (&get, &[], [&fails, &fails]),
        (&get, &[any], [&readable, &fails]),
        (&get, &[any, credentials], [&readable, &fails]),
        (&get, &[echo], [&readable, &fails]),
        (&get, &[echo, credentials], [&readable, &readable]),
        (&put, &[any], [&fails, &fails]),
        (&put, &[echo, credentials, any_method], [&passes, &fails]),
        (&put, &[echo, credentials, "access-control-allow-methods: PUT"], [&passes, &passes]),
        (&put, &[echo, credentials, "access-control-allow-methods: put"], [&fails, &fails]),
        (&authorization, &[any, "access-control-allow-headers: *"], [&fails, &fails]),
    ];
    for (request, headers, expected) in rows {
        let headers = headers.iter().map(|line| (*line).to_owned()).collect();
        let response = Response { status: 200, reached: true, headers };
        let outcomes = [outcome(request, &response, false), outcome(request, &response, true)];
        assert_eq!(outcomes.each_ref(), expected, "{request:?}: {response:?}");
    }
    for status in [204, 403, 404] {
        let headers = [echo, credentials, "access-control-allow-methods: PUT"];
        let headers = headers.iter().map(|line| (*line).to_owned()).collect();
        let response = Response { status, reached: true, headers };
        let expected = if status == 204 { &passes } else { &fails };
        assert_eq!(&outcome(&put, &response, true), expected, "{status}");
        assert_ne!(outcome(&get, &response, true), fails, "{status}");
    }
}

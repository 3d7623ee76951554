//! What a browser makes of an answer: the CORS check, the steps 7.1 to 7.7 of the CORS-preflight fetch,
//! and the exposed header names. Written from the Fetch standard; it calls nothing of `src/`.

use std::collections::BTreeSet;

use crate::{
    cases::{Expected, HeaderAssertion, Request},
    replay::{Answered, CORS_HEADERS, members, names},
};

/// What a page gets.
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

/// Returns whether a page gets the same from this answer and from the peer's, with and without
/// credentials.
pub(crate) fn is_same_to_a_browser(
    request: &Request,
    expected: &Expected,
    answered: &Answered,
) -> bool {
    let peer = answer_of_peer(request, expected, answered);
    [false, true].into_iter().all(|with_credentials| {
        outcome(request, &peer, with_credentials) == outcome(request, answered, with_credentials)
    })
}

/// Returns what a page gets when it sends the request, or when its browser sends it as a preflight.
fn outcome(request: &Request, answered: &Answered, with_credentials: bool) -> Outcome {
    let Some(origin) = request.header("origin") else {
        // Not a CORS request.
        return Outcome::Readable { status: answered.status, exposed: Exposed::All };
    };
    // https://fetch.spec.whatwg.org/#concept-cors-check
    if !passes_cors_check(origin, answered, with_credentials) {
        return Outcome::NetworkError;
    }
    let method = request.header("access-control-request-method");
    match method.filter(|_| request.method == "OPTIONS") {
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch
        Some(method) if passes_preflight(method, request, answered, with_credentials) => {
            Outcome::PreflightPasses
        }
        Some(_) => Outcome::NetworkError,
        None => Outcome::Readable {
            status: answered.status,
            exposed: exposed(answered, with_credentials),
        },
    }
}

fn passes_cors_check(origin: &str, answered: &Answered, with_credentials: bool) -> bool {
    let allowed = answered.header("access-control-allow-origin");
    match allowed.as_deref() {
        None => false,
        Some("*") if !with_credentials => true,
        Some(allowed) if allowed != origin => false,
        Some(_) if !with_credentials => true,
        Some(_) => answered.header("access-control-allow-credentials").as_deref() == Some("true"),
    }
}

/// The use-CORS-preflight flag is unset: step 7.4 does not apply.
fn passes_preflight(
    method: &str,
    request: &Request,
    answered: &Answered,
    with_credentials: bool,
) -> bool {
    let list = |name| answered.header(name).unwrap_or_default();
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
fn exposed(answered: &Answered, with_credentials: bool) -> Exposed {
    let names = names(&answered.header("access-control-expose-headers").unwrap_or_default());
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

/// Returns the answer that the peer's test describes. Where the test asserts nothing, it is this answer.
fn answer_of_peer(request: &Request, expected: &Expected, answered: &Answered) -> Answered {
    let mut peer = answered.clone();
    let statuses = expected.status.as_ref().map_or(&[][..], |statuses| statuses.as_slice());
    if !statuses.contains(&answered.status) {
        peer.status = statuses.first().copied().unwrap_or(answered.status);
    }
    let unnamed = CORS_HEADERS.into_iter().filter(|name| !expected.headers.contains_key(*name));
    for name in unnamed.filter(|_| expected.complete) {
        peer.set_header(name, None);
    }
    for (name, assertion) in &expected.headers {
        let value = answered.header(name);
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
                let mut kept = names(&value.unwrap_or_default());
                kept.retain(|name| !lacks.contains(name));
                Some(kept.join(", "))
            }
            // Only asserted of `Access-Control-Allow-Origin`, and of `Vary`, which a page does not see.
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
    // request, headers of the answer, the outcome without and with credentials
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
        let answered = Answered { status: 200, reached: true, headers };
        let outcomes = [outcome(request, &answered, false), outcome(request, &answered, true)];
        assert_eq!(outcomes.each_ref(), expected, "{request:?}: {answered:?}");
    }
}

//! Tests of JSONP decisions without Tower.

use http::{HeaderMap, HeaderValue, Request, StatusCode, header::CONTENT_TYPE};
use tower_cross_origin::{
    RequestHead,
    jsonp::{
        CallbackError, JsonpConfig, JsonpDecision, JsonpPolicy, JsonpResponseDecision, StatusMode,
        WithheldReason,
    },
};

#[test]
fn request_with_callback_is_wrapped() {
    let config = JsonpConfig::new().status(StatusMode::Envelope);
    let policy = JsonpPolicy::new(config).unwrap();
    let (decision, outcome) = decide(&policy, Request::get("/?callback=show"));
    assert!(matches!(&decision, JsonpDecision::Wrapped(callback) if callback.as_str() == "show"));
    let JsonpResponseDecision::Wrapped(call) = outcome else { panic!("{outcome:?}") };
    let prefix = "/**/ typeof show === 'function' && show({\"status\":404,\"data\":";
    assert_eq!((call.prefix(), call.suffix(), call.filler()), (prefix, "});", "null"));
}

#[test]
fn unwrapped_responses_have_a_decision() {
    let policy = JsonpPolicy::default();
    let (decision, outcome) = decide(&policy, Request::get("/?callback=app.show()"));
    assert_eq!(decision, JsonpDecision::Malformed(CallbackError::Malformed));
    assert_eq!(outcome, JsonpResponseDecision::Rejected(CallbackError::Malformed));

    let request = Request::get("/?callback=show").header("cookie", "s=1");
    let (decision, outcome) = decide(&policy, request);
    assert_eq!(decision, JsonpDecision::Withheld(WithheldReason::Credentials));
    assert!(matches!(outcome, JsonpResponseDecision::Plain { varies: true, is_private: true, .. }));

    let (decision, outcome) = decide(&policy, Request::post("/?callback=show"));
    assert_eq!((decision, outcome), (JsonpDecision::NotHandled, JsonpResponseDecision::Unchanged));
}

/// Decides on the request, and on a JSON response with the status 404.
fn decide(
    policy: &JsonpPolicy,
    request: http::request::Builder,
) -> (JsonpDecision, JsonpResponseDecision) {
    let decision = policy.decide(&RequestHead::from(&request.body(()).unwrap()));
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    let outcome = policy.decide_response(&decision, StatusCode::NOT_FOUND, &headers);
    (decision, outcome)
}

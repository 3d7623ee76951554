//! The contenders of the tables send comparable responses.

use benches::{Bare, ByHand, RequestKind, call, ours, tower_http};
use http::{
    Response, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, VARY},
};
use tower::Layer;

const BROWSERS: [RequestKind; 5] = [
    RequestKind::NoOrigin,
    RequestKind::Rejected,
    RequestKind::Allowed,
    RequestKind::AllowedPreflight,
    RequestKind::RejectedPreflight,
];

#[test]
fn handwritten_and_layer_responses_are_equal() {
    let mut layer = ours().layer(Bare);
    for kind in BROWSERS {
        let [by_hand, by_layer] =
            [call(&mut ByHand, kind.request()), call(&mut layer, kind.request())];
        assert_eq!(by_hand.status(), by_layer.status(), "{kind:?}");
        assert_eq!(by_hand.headers(), by_layer.headers(), "{kind:?}");
    }
}

#[test]
fn tower_http_allows_same_origin_and_varies_on_origin() {
    let mut theirs = tower_http().layer(Bare);
    let mut ours = ours().layer(Bare);
    for kind in BROWSERS {
        let [theirs, ours] = [call(&mut theirs, kind.request()), call(&mut ours, kind.request())];
        let origin =
            |response: &Response<_>| response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
        assert_eq!(origin(&theirs), origin(&ours), "{kind:?}");
        let vary = theirs.headers()[VARY].to_str().unwrap();
        assert!(vary.starts_with("origin"), "{kind:?}: {vary}");
    }
}

#[test]
fn requests_beyond_limits_are_rejected() {
    let mut layer = ours().layer(Bare);
    for (kind, status) in [
        (RequestKind::Names(256), StatusCode::NO_CONTENT),
        (RequestKind::Names(512), StatusCode::FORBIDDEN),
        (RequestKind::RequestHeadersBytes(64 * 1024), StatusCode::FORBIDDEN),
        (RequestKind::RequestHeadersLines(1024), StatusCode::FORBIDDEN),
        (RequestKind::OriginBytes(64 * 1024), StatusCode::OK),
    ] {
        assert_eq!(call(&mut layer, kind.request()).status(), status, "{kind:?}");
    }
}

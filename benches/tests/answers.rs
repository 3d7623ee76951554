//! The numbers compare like with like: by hand and by the layer, a browser is told the same.

use benches::{Asked, Bare, ByHand, answer, ours, tower_http};
use http::{
    Response, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, VARY},
};
use tower::Layer;

const BROWSERS: [Asked; 5] = [
    Asked::NoOrigin,
    Asked::Refused,
    Asked::Allowed,
    Asked::AllowedPreflight,
    Asked::RefusedPreflight,
];

#[test]
fn by_hand_and_the_layer_answer_the_same() {
    let mut layer = ours().layer(Bare);
    for asked in BROWSERS {
        let [by_hand, by_layer] =
            [answer(&mut ByHand, asked.request()), answer(&mut layer, asked.request())];
        assert_eq!(by_hand.status(), by_layer.status(), "{asked:?}");
        assert_eq!(by_hand.headers(), by_layer.headers(), "{asked:?}");
    }
}

#[test]
fn tower_http_names_the_same_origin_and_also_varies_on_it() {
    let mut theirs = tower_http().layer(Bare);
    let mut ours = ours().layer(Bare);
    for asked in BROWSERS {
        let [theirs, ours] =
            [answer(&mut theirs, asked.request()), answer(&mut ours, asked.request())];
        let origin =
            |response: &Response<_>| response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN).cloned();
        assert_eq!(origin(&theirs), origin(&ours), "{asked:?}");
        let vary = theirs.headers()[VARY].to_str().unwrap();
        assert!(vary.starts_with("origin"), "{asked:?}: {vary}");
    }
}

#[test]
fn what_is_past_the_limits_is_refused() {
    let mut layer = ours().layer(Bare);
    for (asked, status) in [
        (Asked::Names(256), StatusCode::NO_CONTENT),
        (Asked::Names(512), StatusCode::FORBIDDEN),
        (Asked::RequestHeadersBytes(64 * 1024), StatusCode::FORBIDDEN),
        (Asked::RequestHeadersLines(1024), StatusCode::FORBIDDEN),
        (Asked::OriginBytes(64 * 1024), StatusCode::OK),
    ] {
        assert_eq!(answer(&mut layer, asked.request()).status(), status, "{asked:?}");
    }
}

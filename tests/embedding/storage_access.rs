//! Tests of `Activate-Storage-Access`, with the model of a browser that blocks third-party cookies.

use std::convert::Infallible;

use http::{HeaderValue, Request, Response};
use tower::{Layer, service_fn};
use tower_cross_origin::{
    RequestHead,
    browser::{Credentials, Destination, Fetch, FetchOutcome, Page, StorageAccess},
    cors::{CorsLayer, CorsPolicy, Rule},
    embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy, FaultKind, UpstreamPolicies},
    origin::OriginSet,
};

use crate::support::{APP, EVIL, block_on};

const OTHER: &str = "https://other.example";

const RETRY: &str = "retry; allowed-origin=\"https://app.example.com\"";

#[test]
fn header_depends_on_the_status_and_the_origin() {
    for (status, origin, expected) in [
        (&["inactive"][..], &[APP][..], Some(RETRY)),
        (&["active"], &[APP], Some("load")),
        (&["none"], &[APP], None),
        (&["Inactive"], &[APP], None),
        (&["inactive", "inactive"], &[APP], None),
        (&[""], &[APP], None),
        (&[], &[APP], None),
        (&["inactive"], &[EVIL], None),
        (&["active"], &[EVIL], None),
        (&["inactive"], &["null"], None),
        (&["inactive"], &["HTTPS://app.example.com"], None),
        (&["inactive"], &["https://app.example.com\""], None),
        (&["inactive"], &[APP, APP], None),
        (&["inactive"], &[], None),
    ] {
        let mut request = Request::builder();
        for value in status {
            request = request.header("sec-fetch-storage-access", *value);
        }
        for value in origin {
            request = request.header("origin", *value);
        }
        let request = request.body(()).unwrap();
        let response = answer(&embedding(), &request, Response::new(()));
        let sent = response.headers().get("activate-storage-access");
        assert_eq!(sent.map(HeaderValue::as_bytes), expected.map(str::as_bytes), "{request:?}");
        assert_eq!(response.headers()["vary"], "origin, sec-fetch-storage-access");
    }
}

#[test]
fn header_of_the_service_is_replaced_or_kept() {
    let own = || Response::builder().header("activate-storage-access", "load").body(()).unwrap();
    let inactive = Request::builder().header("sec-fetch-storage-access", "inactive");
    let allowed = inactive.header("origin", APP).body(()).unwrap();
    for (upstream_headers, request, expected) in [
        (UpstreamPolicies::Replace, &Request::new(()), None),
        (UpstreamPolicies::Replace, &allowed, Some(RETRY)),
        (UpstreamPolicies::Keep, &Request::new(()), Some("load")),
        (UpstreamPolicies::Keep, &allowed, Some("load")),
    ] {
        let response = answer(&embedding().upstream_headers(upstream_headers), request, own());
        let sent = response.headers().get("activate-storage-access");
        assert_eq!(sent.map(HeaderValue::as_bytes), expected.map(str::as_bytes));
    }
}

// An image of another site, as in the introduction of the specification. The same page without the layer receives
// the image for visitors without an account.
#[test]
fn embedded_resources_get_cookies_only_for_listed_pages() {
    let image = || Fetch::element(Destination::Image, &format!("{OTHER}/avatar"));
    let by_fetch = || Fetch::get(&format!("{OTHER}/avatar")).credentials(Credentials::Include);
    let frame = || Fetch::element(Destination::Iframe, &format!("{OTHER}/avatar"));
    let (inactive, active, none) =
        (StorageAccess::Inactive, StorageAccess::Active, StorageAccess::None);
    for (page, access, call, expected) in [
        (APP, inactive, image(), &["inactive", "active with cookie"][..]),
        (APP, inactive, by_fetch(), &["inactive", "active with cookie"]),
        (APP, inactive, frame(), &["inactive", "active with cookie"]),
        (EVIL, inactive, image(), &["inactive"]),
        (EVIL, inactive, by_fetch(), &["inactive"]),
        (APP, none, image(), &["none"]),
        (APP, active, image(), &["active with cookie"]),
        (EVIL, active, image(), &["active with cookie"]),
        // Requests without credentials, and of the same site, have no status.
        (APP, inactive, Fetch::get(&format!("{OTHER}/avatar")), &["without status"]),
        (OTHER, inactive, by_fetch(), &["without status with cookie"]),
        ("https://www.other.example", none, by_fetch(), &["without status with cookie"]),
        // The retry ends before the redirect to the other site.
        (
            APP,
            inactive,
            Fetch::element(Destination::Image, &format!("{OTHER}/to/avatar")),
            &["inactive", "active with cookie", "active with cookie"],
        ),
    ] {
        let outcome = visit(&embedding(), page, access, call.clone());
        assert_eq!(statuses(&outcome), expected, "{page} {access:?} {call:?}");
        let without_layer = EmbeddingConfig::new().nosniff(true);
        let outcome = visit(&without_layer, page, access, call);
        assert_eq!(statuses(&outcome)[0], expected[0]);
        if expected[0] == "inactive" {
            assert!(statuses(&outcome).iter().all(|status| !status.contains("cookie")));
        }
    }
}

#[test]
fn origin_is_sent_with_the_status() {
    let image = Fetch::element(Destination::Image, &format!("{OTHER}/avatar"));
    for (access, expected) in [
        (StorageAccess::None, None),
        (StorageAccess::Inactive, Some(EVIL)),
        (StorageAccess::Active, Some(EVIL)),
    ] {
        let outcome = visit(&embedding(), EVIL, access, image.clone());
        let sent = outcome.requests().next().unwrap();
        assert_eq!(sent.request_header("origin"), expected);
    }
}

#[test]
fn origins_that_others_can_control_are_faults() {
    let regexes = OriginSet::default().with_regexes(["https://.*"]).unwrap();
    let risky = FaultKind::UntrustedStorageAccess;
    for (origins, expected) in [
        (OriginSet::parse(["http://app.example.com"]).unwrap(), Some(risky)),
        (OriginSet::parse(["https://*.github.io"]).unwrap(), Some(risky)),
        (OriginSet::parse(["https://*.com"]).unwrap(), Some(risky)),
        (regexes, Some(risky)),
        (OriginSet::default(), Some(FaultKind::NoOrigins)),
        (OriginSet::parse(["http://localhost:3000"]).unwrap(), None),
        (OriginSet::parse(["https://*.example.com"]).unwrap(), None),
    ] {
        let policy = EmbeddingPolicy::new(EmbeddingConfig::new().activate_storage_access(&origins));
        let kind = policy.err().map(|error| *error.faults()[0].kind());
        assert_eq!(kind, expected, "{origins:?}");
    }
}

fn embedding() -> EmbeddingConfig {
    EmbeddingConfig::new().activate_storage_access([APP])
}

fn answer(
    embedding: &EmbeddingConfig,
    request: &Request<()>,
    mut response: Response<()>,
) -> Response<()> {
    let policy = EmbeddingPolicy::new(embedding.clone()).unwrap();
    policy.decide(&RequestHead::from(request)).apply_to(&mut response);
    response
}

/// Lets a page of a signed-in user perform the call.
fn visit(
    embedding: &EmbeddingConfig,
    page: &str,
    access: StorageAccess,
    call: Fetch,
) -> FetchOutcome {
    let inner = service_fn(|request: Request<Vec<u8>>| async move {
        let response = match request.uri().path() {
            "/sign-in" => {
                Response::builder().header("set-cookie", "session=1; SameSite=None; Secure")
            }
            "/to/avatar" => Response::builder().status(302).header("location", "/avatar"),
            _ => Response::builder(),
        };
        Ok::<_, Infallible>(response.body(String::new()).unwrap())
    });
    let layer = EmbeddingLayer::new(EmbeddingPolicy::new(embedding.clone()).unwrap());
    // The browser checks CORS before it sends the request again.
    let rule = Rule::for_origins([APP]).allow_credentials(true);
    let mut service = layer.layer(CorsLayer::new(CorsPolicy::new(rule).unwrap()).layer(inner));
    let mut browser = Page::open(OTHER);
    block_on(browser.fetch(&mut service, Fetch::get("/sign-in")));
    block_on(browser.navigate(&mut service, Fetch::get(page).address_bar()));
    let mut browser = browser.with_storage_access(access);
    block_on(browser.fetch(&mut service, call))
}

/// Returns the status of each request, and whether it has a cookie.
fn statuses(outcome: &FetchOutcome) -> Vec<String> {
    let status = |exchange: &tower_cross_origin::browser::Exchange| {
        let status = exchange.request_header("sec-fetch-storage-access");
        let cookie = exchange.request_header("cookie").map_or("", |_| " with cookie");
        format!("{}{cookie}", status.unwrap_or("without status"))
    };
    outcome.requests().map(status).collect()
}

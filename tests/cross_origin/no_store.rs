//! Rejections in caches: no cache serves the rejection of one page to another page. DESIGN 27, S20

use std::convert::Infallible;

use bytes::Bytes;
use http::{
    Request, Response, StatusCode,
    header::{CACHE_CONTROL, HeaderValue},
};
use http_body_util::Full;
use tower::{Layer, Service, ServiceExt, service_fn, util::BoxCloneSyncService};
use tower_cross_origin::{
    browser::SharedCache,
    cors::{CorsConfig, CorsLayer, CorsPolicy, Rule},
    cross_origin::CrossOriginLayer,
    guard::{FetchMetadata, GuardLayer},
};

use crate::{
    policy,
    support::{APP, EVIL, block_on},
};

type Body = Full<Bytes>;
type Application = BoxCloneSyncService<Request<()>, Response<Body>, Infallible>;
type RequestHeaders = [(&'static str, &'static str); 3];

#[test]
fn rejection_is_not_served_to_an_allowed_page() {
    let enforced =
        "[cors]\nenforce = true\n[[cors.rules]]\norigins = [\"https://app.example.com\"]";
    let cors = || {
        let config = CorsConfig::from(Rule::for_origins([APP])).enforce(true);
        CorsLayer::new(CorsPolicy::new(config).unwrap())
    };
    let guard = || GuardLayer::new(FetchMetadata::new()).unwrap();
    let whole = |file| CrossOriginLayer::new(policy(file));
    let own_response = || {
        let mut response = Response::new(Body::default());
        *response.status_mut() = StatusCode::FORBIDDEN;
        response.headers_mut().insert(CACHE_CONTROL, LIFETIME);
        response
    };
    let by_origin = [fetch_of(EVIL), fetch_of(APP)];
    let by_metadata = [IMAGE_OF_ANOTHER_SITE, OWN_FETCH];
    for (name, storable, default, [rejected, allowed]) in [
        (
            "cors with enforce",
            application(cors().reject_with(move |_| own_response())),
            application(cors()),
            by_origin,
        ),
        (
            "guard",
            application(guard().reject_with(move |_, _| own_response())),
            application(guard()),
            by_metadata,
        ),
        (
            "whole configuration with enforce",
            application(whole(enforced).reject_with(move |_| own_response())),
            application(whole(enforced)),
            by_origin,
        ),
        (
            "whole configuration with a guard",
            application(whole("[guard.fetch_metadata]").reject_with(move |_| own_response())),
            application(whole("[guard.fetch_metadata]")),
            by_metadata,
        ),
    ] {
        // The attack succeeds if caches may store the rejection.
        assert_eq!(status_after(storable, rejected, allowed), StatusCode::FORBIDDEN, "{name}");
        assert_eq!(status_after(default, rejected, allowed), StatusCode::OK, "{name}");
    }
}

fn fetch_of(origin: &'static str) -> RequestHeaders {
    [("origin", origin), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")]
}

const IMAGE_OF_ANOTHER_SITE: RequestHeaders =
    [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "image")];
const OWN_FETCH: RequestHeaders =
    [("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors"), ("sec-fetch-dest", "empty")];

/// Sets a lifetime for every response without `Cache-Control`, as servers are often configured.
fn application<L, B>(layer: L) -> Application
where
    L: Layer<Application>,
    L::Service: Service<Request<()>, Response = Response<B>, Error = Infallible, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    let items = service_fn(async |_: Request<()>| Ok(Response::new(Body::from("items"))));
    let service = layer.layer(BoxCloneSyncService::new(items));
    BoxCloneSyncService::new(service.map_response(|mut response: Response<B>| {
        response.headers_mut().entry(CACHE_CONTROL).or_insert(LIFETIME);
        response.map(|_| Body::default())
    }))
}

const LIFETIME: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Returns the status for an allowed page, after a rejected request through the same cache.
///
/// The cache ignores `Vary`, as some CDNs do.
fn status_after(
    service: Application,
    rejected: RequestHeaders,
    allowed: RequestHeaders,
) -> StatusCode {
    let cache = SharedCache::new(service).ignore_vary();
    let send = |headers: RequestHeaders| {
        let mut request = Request::get("http://api.example.com/items");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        poll(cache.clone().oneshot(request.body(()).unwrap()))
    };
    assert_eq!(send(rejected), StatusCode::FORBIDDEN);
    send(allowed)
}

fn poll<B>(response: impl Future<Output = Result<Response<B>, Infallible>>) -> StatusCode {
    let Ok(response) = block_on(response);
    response.status()
}

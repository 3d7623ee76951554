//! The target `configurations`.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header::CONTENT_TYPE};
use tokio::runtime::{Builder, Runtime};
use tower_cross_origin::{
    RequestHead,
    cors::is_preflight,
    cross_origin::{CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy},
    origin::Origin,
};
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    lists::{lines, members},
    preflight::check_safe_headers,
};

/// Checks a configuration file and the layers that it describes.
///
/// A file that is not a configuration is ignored. A configuration without unknown keys can be serialized and read again. It has
/// reported faults, or becomes a policy whose layers respond to every request without breaking an
/// invariant.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(config) = toml::from_str::<CrossOriginConfig>(text) else { return };
    // A configuration with unknown keys cannot be serialized, since the result would be another one.
    let serialized = serde_json::to_string(&config).ok();
    if let Some(serialized) = &serialized {
        let parsed: CrossOriginConfig =
            serde_json::from_str(serialized).expect("a serialized configuration can be read");
        assert_eq!(parsed, config, "{serialized}");
    }
    let policy = match CrossOriginPolicy::new(config) {
        Ok(policy) => policy,
        Err(error) => {
            assert!(!error.faults().is_empty());
            for fault in error.faults() {
                assert!(!fault.setting().is_empty() && !fault.help().is_empty(), "{fault:?}");
            }
            return;
        }
    };
    assert!(serialized.is_some(), "the configuration of a policy can be serialized");
    for lint in policy.lints() {
        assert!(!lint.setting().is_empty() && !lint.help().is_empty(), "{lint:?}");
    }
    RUNTIME.with(|runtime| {
        let _entered = runtime.enter();
        let mut service = CrossOriginLayer::new(policy.clone()).layer(Plain);
        requests().for_each(|request| check_response(&policy, &mut service, request));
    });
}

fn check_response<S, B>(policy: &CrossOriginPolicy, service: &mut S, request: Request<()>)
where
    S: Service<Request<()>, Response = Response<B>, Error = Infallible>,
{
    let origin = request.headers().get("origin").cloned();
    let is_preflight = is_preflight(&RequestHead::from(&request));
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    let Poll::Ready(Ok(response)) = pin!(service.call(request)).poll(&mut context) else {
        panic!("the future must be ready at the first poll");
    };
    let headers = response.headers();
    check_safe_headers(headers);
    let allowed = lines(headers, "access-control-allow-origin");
    if is_preflight && response.status() == StatusCode::FORBIDDEN && policy.cors().is_some() {
        assert!(allowed.is_empty(), "a rejected preflight must not allow an origin: {headers:?}");
    }
    let [allowed] = &*allowed else { return };
    let cors = policy.cors().expect("only a policy with CORS allows origins");
    if *allowed == b"*" {
        assert!(cors.is_for_any_origin());
        return;
    }
    let origin = origin.expect("only a request with an origin is allowed");
    assert_eq!(origin.as_bytes(), *allowed);
    let is_listed =
        Origin::parse(origin.as_bytes()).is_ok_and(|origin| cors.origins().contains(&origin));
    assert!(is_listed || origin == "null", "no rule lists {origin:?}");
    assert!(has_vary(headers), "{headers:?}");
}

fn has_vary(headers: &HeaderMap) -> bool {
    members(headers, "vary").iter().any(|name| name.eq_ignore_ascii_case(b"origin"))
}

/// Returns requests that concern the different sections of a configuration.
fn requests() -> impl Iterator<Item = Request<()>> {
    const ORIGINS: [Option<&str>; 5] = [
        None,
        Some("https://app.example.com"),
        Some("https://a.example.org"),
        Some("https://evil.example"),
        Some("null"),
    ];
    const MORE: [&[(&str, &str)]; 3] = [
        &[],
        &[("access-control-request-method", "PUT"), ("access-control-request-headers", "x-a")],
        &[
            ("upgrade", "websocket"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors"),
        ],
    ];
    let targets = ["GET", "POST", "OPTIONS"]
        .into_iter()
        .flat_map(|method| ["/", "/feed?callback=show", "/ping"].map(|target| (method, target)));
    targets.flat_map(|(method, target)| {
        ORIGINS.into_iter().flat_map(move |origin| {
            MORE.map(|more| {
                let mut request = Request::builder().method(method).uri(target);
                request = request.header("host", "api.example.com");
                let origin = origin.map(|origin| ("origin", origin));
                for (name, value) in origin.iter().chain(more) {
                    request = request.header(*name, *value);
                }
                request.body(()).expect("the request is valid")
            })
        })
    })
}

/// A service without any cross-origin headers.
#[derive(Clone)]
struct Plain;

impl Service<Request<()>> for Plain {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let response = Response::builder().header(CONTENT_TYPE, "application/json");
        ready(Ok(response.body(Body).expect("the response is valid")))
    }
}

/// An empty body.
#[derive(Default)]
struct Body;

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

thread_local! {
    /// A runtime with a paused clock.
    static RUNTIME: Runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("the runtime is built");
}

//! The application of all scenarios, served over loopback or called within the process.

use std::{net::Ipv4Addr, sync::Arc};

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{
        HeaderValue, Method, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
            CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_LENGTH, DATE, LOCATION, SET_COOKIE,
        },
    },
    middleware::{Next, from_fn, from_fn_with_state, map_response},
    response::{Html, IntoResponse, Response},
    routing::{RouterIntoService, any, get},
};
use tokio::net::TcpListener;
use tower::{ServiceExt, make::Shared, util::MapResponse};
use tower_cross_origin::cors::CorsLayer;

use super::{
    hosts::Ports,
    policies::policy,
    recorder::{Recorder, record},
    scenario::Scenario,
    values::{MaxAge, Policy, Status},
};

/// Two servers whose ports are known before the application exists.
pub struct Servers {
    pub ports: Ports,
    listeners: [std::net::TcpListener; 2],
}

impl Servers {
    pub fn start() -> Result<Self> {
        let bind = || std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listeners = [bind()?, bind()?];
        let [one, other] = &listeners;
        let ports = Ports(one.local_addr()?.port(), other.local_addr()?.port());
        Ok(Self { ports, listeners })
    }

    pub fn serve(self, application: &Application) -> Result<()> {
        for listener in self.listeners {
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            let service = Shared::new(application.service());
            tokio::spawn(async move { axum::serve(listener, service).await });
        }
        Ok(())
    }
}

#[derive(Clone)]
pub struct Application {
    router: Router,
    pub recorder: Recorder,
}

impl Application {
    pub fn new(scenarios: &[Scenario], ports: Ports) -> Self {
        let recorder = Recorder::default();
        let mut router = Router::new();
        for policy in Policy::ALL {
            for max_age in MaxAge::ALL {
                router = router.merge(scenarios_with(*policy, *max_age, ports));
            }
        }
        let router = router
            .with_state(scenarios.into())
            .layer(map_response(complete))
            .layer(from_fn_with_state(recorder.clone(), record))
            .route("/cookies", get(set_cookies))
            .route("/page", get(Html(PAGE)));
        Self { router, recorder }
    }

    /// Returns the application as a service, with only the headers that HTTP permits.
    pub fn service(&self) -> Service {
        self.router.clone().into_service().map_response(without_needless_length)
    }
}

pub type Service = MapResponse<RouterIntoService<Body>, fn(Response) -> Response>;

/// Removes the `Content-Length` that axum adds to these responses and hyper partly removes.
///
/// <https://www.rfc-editor.org/rfc/rfc9110#section-8.6>
fn without_needless_length(mut response: Response) -> Response {
    if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    response
}

fn scenarios_with(kind: Policy, max_age: MaxAge, ports: Ports) -> Router<Arc<[Scenario]>> {
    let path = format!("/{kind:?}/{max_age:?}/{{number}}/{{hop}}");
    let router = Router::new().route(&path, any(respond));
    match policy(kind, max_age, ports) {
        Some(policy) => router.layer(CorsLayer::new(policy)),
        None if kind == Policy::ManualWildcards => {
            router.layer(from_fn(move |request, next| add_wildcards(max_age, request, next)))
        }
        None => router,
    }
}

async fn respond(
    State(scenarios): State<Arc<[Scenario]>>,
    Path((number, hop)): Path<(usize, usize)>,
) -> Response {
    let scenario = &scenarios[number];
    let mut response = match scenario.redirect(hop) {
        Some((status, location)) => {
            let status = StatusCode::from_u16(status).expect("302 or 307");
            (status, [(LOCATION, location)]).into_response()
        }
        None => match scenario.status {
            Status::Ok => (StatusCode::OK, "the answer").into_response(),
            Status::NoContent => StatusCode::NO_CONTENT.into_response(),
            Status::NotModified => StatusCode::NOT_MODIFIED.into_response(),
            Status::NotFound => (StatusCode::NOT_FOUND, "no such thing").into_response(),
            Status::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, "failed").into_response(),
        },
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static("en"));
    headers.insert("x-shown", HeaderValue::from_static("1"));
    headers.insert("x-hidden", HeaderValue::from_static("2"));
    // Browsers limit the number of cookies per site, so only some scenarios set one.
    if number % 4 == 0 {
        let cookie = format!("hop={hop}; Path={}; SameSite=None; Secure", scenario.path());
        headers.insert(SET_COOKIE, cookie.parse().expect("a cookie"));
    }
    response
}

/// Adds wildcard headers that no policy of the crate can produce.
async fn add_wildcards(max_age: MaxAge, request: Request, next: Next) -> Response {
    let is_preflight = request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response =
        if is_preflight { StatusCode::OK.into_response() } else { next.run(request).await };
    let headers = response.headers_mut();
    for name in [
        ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_ALLOW_METHODS,
        ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_EXPOSE_HEADERS,
    ] {
        headers.insert(name, HeaderValue::from_static("*"));
    }
    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    let max_age = match max_age {
        MaxAge::Absent => return response,
        MaxAge::Zero => "0",
        MaxAge::Long => "600",
    };
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(max_age));
    response
}

async fn complete(mut response: Response) -> Response {
    let headers = response.headers_mut();
    // The model has no HTTP cache, so Chromium must not store the response.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // HTTP servers add a `Date`, but responses within the process pass no server.
    headers.insert(DATE, HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT"));
    response
}

async fn set_cookies() -> Response {
    let mut response = "cookies".into_response();
    for cookie in COOKIES {
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(cookie));
    }
    response
}

const COOKIES: [&str; 4] = [
    "lax=1; Path=/; SameSite=Lax",
    "none=1; Path=/; SameSite=None; Secure",
    "strict=1; Path=/; SameSite=Strict",
    "unsaid=1; Path=/",
];

const PAGE: &str =
    concat!("<!doctype html><title>a page</title><script>", include_str!("page.js"), "</script>");

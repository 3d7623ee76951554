//! hyper without a framework: HTTP/1.1 and HTTP/2 on one port, and CORS as a Tower layer.
//!
//! `cargo run --example hyper` prints where it listens and what to try.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::Incoming,
    header::{ALLOW, CONTENT_TYPE, HeaderValue},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::time::sleep;
use tower::ServiceBuilder;
use tower_cross_origin::cors::{CorsConfigError, CorsLayer, CorsPolicy, Rule};

use self::support::{Arguments, Defaults, Report};

mod support;

fn policy(origins: &[String]) -> Result<CorsPolicy, CorsConfigError> {
    CorsPolicy::new(
        Rule::for_origins(origins)
            .allow_credentials(true)
            .allow_methods([Method::PUT])
            .allow_headers([CONTENT_TYPE])
            .max_age(Duration::from_secs(600)),
    )
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read(Defaults {
        listen: (Ipv4Addr::LOCALHOST, 7102).into(),
        origin: "https://app.example.com",
        further: None,
    });
    let policy = policy(&arguments.origins)?;
    for lint in policy.lints() {
        eprintln!("{lint}");
    }
    // The first layer is the outermost one.
    let service = ServiceBuilder::new().layer(CorsLayer::new(policy)).service_fn(answer);

    let (listener, url) = support::listen(arguments.listen).await?;
    support::say(&what_to_try(&url, arguments.origin()));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Too many open files, for one; they are closed in time.
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        // A clone for each connection, and one for each request: both cost a reference count.
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // Without a timer hyper waits for ever for the rest of a request's head.
            server.http1().timer(TokioTimer::new()).http2().timer(TokioTimer::new());
            if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("a connection ended early: {error}");
            }
        });
    }
}

/// The body's type is one that can be empty, `Default`: the layer answers preflights by itself.
async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => (StatusCode::OK, "hello\n"),
        (&Method::PUT, "/") => (StatusCode::OK, "taken\n"),
        // An `OPTIONS` that is no preflight comes here, too.
        (&Method::OPTIONS, "/") => (StatusCode::NO_CONTENT, ""),
        (_, "/") => (StatusCode::METHOD_NOT_ALLOWED, "not in this way\n"),
        _ => (StatusCode::NOT_FOUND, "nothing is here\n"),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::METHOD_NOT_ALLOWED) {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, PUT, OPTIONS"));
    }
    Ok(response)
}

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r"
A page of {origin} reads, over HTTP/1.1 and over HTTP/2:
  curl -i {url}/ -H 'Origin: {origin}'
  curl -i {url}/ -H 'Origin: {origin}' --http2-prior-knowledge
The preflight that its browser sends before a PUT:
  curl -i {url}/ -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT'
  curl -i {url}/ -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT' --http2-prior-knowledge
The same preflight for a page of another origin:
  curl -i {url}/ -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: PUT'
An OPTIONS that is no preflight:
  curl -i {url}/ -X OPTIONS
An error that the page can read:
  curl -i {url}/nowhere -H 'Origin: {origin}'"
    )
}

//! CORS as a Tower layer on hyper without a framework, with HTTP/1.1 and HTTP/2 on one port.
//!
//! `cargo run --example hyper` prints the address and commands to try.

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
        extra: None,
    });
    let policy = policy(&arguments.origins)?;
    for lint in policy.lints() {
        eprintln!("{lint}");
    }
    // The first layer is the outermost one.
    let service = ServiceBuilder::new().layer(CorsLayer::new(policy)).service_fn(respond);

    let (listener, url) = support::listen(arguments.listen).await?;
    support::print_line(&usage_examples(&url, arguments.origin()));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // For example, too many files are open. The error is temporary.
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        // Each connection and each request clones the service; a clone only counts a reference.
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let mut server = auto::Builder::new(TokioExecutor::new());
            // Without a timer, hyper waits forever for the rest of a request's head.
            server.http1().timer(TokioTimer::new()).http2().timer(TokioTimer::new());
            if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
                eprintln!("a connection ended early: {error}");
            }
        });
    }
}

/// Returns the response of the application.
///
/// The body type implements `Default`, since the layer responds to preflights with an empty body.
async fn respond(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => (StatusCode::OK, "hello\n"),
        (&Method::PUT, "/") => (StatusCode::OK, "saved\n"),
        // `OPTIONS` requests that are not preflights reach the application, too.
        (&Method::OPTIONS, "/") => (StatusCode::NO_CONTENT, ""),
        (_, "/") => (StatusCode::METHOD_NOT_ALLOWED, "method not allowed\n"),
        _ => (StatusCode::NOT_FOUND, "not found\n"),
    };
    let mut response = Response::new(Full::from(text));
    *response.status_mut() = status;
    if matches!(status, StatusCode::NO_CONTENT | StatusCode::METHOD_NOT_ALLOWED) {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, PUT, OPTIONS"));
    }
    Ok(response)
}

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r"
A page of {origin} reads over HTTP/1.1 and over HTTP/2:
  curl -i {url}/ -H 'Origin: {origin}'
  curl -i {url}/ -H 'Origin: {origin}' --http2-prior-knowledge
The preflight that its browser sends before a PUT:
  curl -i {url}/ -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT'
  curl -i {url}/ -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT' --http2-prior-knowledge
The same preflight for a page of another origin:
  curl -i {url}/ -X OPTIONS -H 'Origin: https://evil.example' -H 'Access-Control-Request-Method: PUT'
An OPTIONS request that is not a preflight:
  curl -i {url}/ -X OPTIONS
An error that the page can read:
  curl -i {url}/nowhere -H 'Origin: {origin}'"
    )
}

//! Pages call the example `grpc` with the common gRPC-Web clients.

use std::{fs, net::Ipv4Addr};

use anyhow::{Context, Result};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use browsers::{Browser, Engine, Example};
use http::{
    StatusCode, Uri,
    header::{ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

browsers::test_in_engines!(
    clients_read_messages_headers_and_trailers,
    errors_have_code_and_message_if_headers_are_exposed,
    call_with_unlisted_metadata_is_rejected,
    calls_of_an_unlisted_origin_are_rejected,
);

async fn clients_read_messages_headers_and_trailers(engine: Engine) -> Result<()> {
    let setup = Setup::start(engine).await?;
    let page = setup.open_allowed_page().await?;
    for client in CLIENTS {
        let seen = page.call(client, &say("hi", json!({ "x-tenant": "a" }))).await?;
        assert_eq!(seen["error"], Value::Null, "{client}");
        assert_eq!(seen["messages"], json!(["hi"]), "{client}");
        assert_eq!(seen["headers"]["x-tenant"], "a", "{client}: exposed header");
        assert_eq!(seen["trailer"], OK, "{client}");

        let seen = page.call(client, &repeat("hi")).await?;
        assert_eq!(seen["error"], Value::Null, "{client}");
        assert_eq!(seen["messages"], json!(["hi", "hi"]), "{client}: stream");
        assert_eq!(seen["trailer"], OK, "{client}: stream");
    }
    setup.close().await
}

async fn errors_have_code_and_message_if_headers_are_exposed(engine: Engine) -> Result<()> {
    let setup = Setup::start(engine).await?;
    let page = setup.open_allowed_page().await?;
    let unexposed = Page { service: &setup.service_without_exposed_headers, ..page };
    let not_found = json!({ "code": NOT_FOUND, "message": "no echo for this" });
    for client in CLIENTS {
        // A trailers-only response has the status in its headers.
        let seen = page.call(client, &say("fail", json!({}))).await?;
        assert_eq!(seen["error"], not_found, "{client}");
        let seen = unexposed.call(client, &say("fail", json!({}))).await?;
        assert_eq!(seen["error"]["code"], UNKNOWN, "{client}: without exposed headers");

        // Trailers in the body are readable without exposed headers.
        for page in [page, unexposed] {
            let seen = page.call(client, &repeat("fail")).await?;
            assert_eq!(seen["messages"], json!(["fail", "fail"]), "{client}: messages");
            assert_eq!(seen["error"], not_found, "{client}: error after the messages");
        }
    }
    setup.close().await
}

async fn call_with_unlisted_metadata_is_rejected(engine: Engine) -> Result<()> {
    let setup = Setup::start(engine).await?;
    let page = setup.open_allowed_page().await?;
    for client in CLIENTS {
        let allowed = json!({ "x-tenant": "a" });
        let seen = page.call(client, &say("hi", allowed)).await?;
        assert_eq!(seen["messages"], json!(["hi"]), "{client}");

        let unlisted = json!({ "x-tenant": "a", "x-other": "b" });
        assert_blocked(client, &page.call(client, &say("hi", unlisted)).await?);
    }
    setup.close().await
}

async fn calls_of_an_unlisted_origin_are_rejected(engine: Engine) -> Result<()> {
    let setup = Setup::start(engine).await?;
    let page = setup.open_other_page().await?;
    for client in CLIENTS {
        for call in [say("hi", json!({})), say("fail", json!({})), repeat("hi")] {
            assert_blocked(client, &page.call(client, &call).await?);
        }
    }
    setup.close().await
}

/// Asserts that the client reports an unknown error, as it does for a blocked response.
#[track_caller]
fn assert_blocked(client: &str, seen: &Value) {
    assert_eq!(seen["error"]["code"], UNKNOWN, "{client}: {seen}");
    assert_eq!(seen["messages"], json!([]), "{client}: {seen}");
}

/// The service, a browser, and pages of an allowed and of another origin.
struct Setup {
    browser: Browser,
    example: Example,
    service_without_exposed_headers: String,
    allowed_page: String,
    other_page: String,
}

impl Setup {
    async fn start(engine: Engine) -> Result<Self> {
        let pages = pages()?;
        let allowed_page = serve(pages.clone()).await?;
        let other_page = serve(pages).await?;
        let example = Example::start("grpc", &["--allow-origin", &allowed_page]).await?;
        let service_without_exposed_headers =
            serve(without_exposed_headers(example.address())).await?;
        let browser = Browser::start(engine).await?;
        Ok(Self { browser, example, service_without_exposed_headers, allowed_page, other_page })
    }

    async fn open_allowed_page(&self) -> Result<Page<'_>> {
        self.open(&self.allowed_page).await
    }

    async fn open_other_page(&self) -> Result<Page<'_>> {
        self.open(&self.other_page).await
    }

    async fn open(&self, url: &str) -> Result<Page<'_>> {
        self.browser.open(url).await?;
        Ok(Page { browser: &self.browser, service: self.example.address() })
    }

    async fn close(self) -> Result<()> {
        self.browser.close().await
    }
}

#[derive(Clone, Copy)]
struct Page<'a> {
    browser: &'a Browser,
    service: &'a str,
}

impl Page<'_> {
    /// Returns the data of a call that the page can read. See `grpc-web/entry.js`.
    async fn call(&self, client: &str, call: &Call) -> Result<Value> {
        let Call { method, request, metadata } = call;
        let arguments = vec![
            client.into(),
            self.service.into(),
            (*method).into(),
            request.clone(),
            metadata.clone(),
        ];
        self.browser.evaluate_async("return await call(...arguments);", arguments).await
    }
}

struct Call {
    method: &'static str,
    request: Value,
    metadata: Value,
}

fn say(text: &str, metadata: Value) -> Call {
    Call { method: "say", request: json!({ "text": text }), metadata }
}

fn repeat(text: &str) -> Call {
    let request = json!({ "text": text, "times": 2 });
    Call { method: "repeat", request, metadata: json!({}) }
}

fn pages() -> Result<Router> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/grpc-web/bundle.js");
    let bundle = fs::read_to_string(path).context(
        "bundle.js is missing; run `npm ci && npm run build` in tests/browsers/grpc-web",
    )?;
    Ok(Router::new()
        .route("/", get(Html("<!doctype html><script src=/bundle.js></script>")))
        .route("/bundle.js", get(([(CONTENT_TYPE, "text/javascript")], bundle))))
}

/// Returns a proxy of the service that removes `Access-Control-Expose-Headers`.
fn without_exposed_headers(service: &str) -> Router {
    Router::new().fallback(forward).with_state(service.to_owned())
}

async fn forward(State(service): State<String>, request: Request) -> Response {
    match try_forward(&service, request).await {
        Ok(mut response) => {
            response.headers_mut().remove(ACCESS_CONTROL_EXPOSE_HEADERS);
            response
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn try_forward(service: &str, mut request: Request) -> Result<Response> {
    *request.uri_mut() = format!("{service}{}", request.uri()).parse::<Uri>()?;
    let client: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    Ok(client.request(request).await?.map(Body::new))
}

async fn serve(app: Router) -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

/// The names of the clients in `grpc-web/entry.js`.
const CLIENTS: [&str; 3] = ["connect-web", "grpc-web", "grpc-web-text"];

/// <https://grpc.io/docs/guides/status-codes/>
const OK: i64 = 0;
const UNKNOWN: i64 = 2;
const NOT_FOUND: i64 = 5;

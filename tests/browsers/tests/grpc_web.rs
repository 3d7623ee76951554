//! Pages that call the example `grpc` with the clients of gRPC-Web that are in use.

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

#[tokio::test]
async fn every_client_calls_and_reads_messages_headers_and_trailers() -> Result<()> {
    let stage = Stage::set().await?;
    let page = stage.open_allowed_page().await?;
    for client in CLIENTS {
        let seen = page.call(client, &say("hi", json!({ "x-tenant": "a" }))).await?;
        assert_eq!(seen["error"], Value::Null, "{client}");
        assert_eq!(seen["messages"], json!(["hi"]), "{client}");
        assert_eq!(seen["headers"]["x-tenant"], "a", "{client}: an exposed header");
        assert_eq!(seen["trailer"], OK, "{client}");

        let seen = page.call(client, &repeat("hi")).await?;
        assert_eq!(seen["error"], Value::Null, "{client}");
        assert_eq!(seen["messages"], json!(["hi", "hi"]), "{client}: a stream");
        assert_eq!(seen["trailer"], OK, "{client}: a stream");
    }
    stage.leave().await
}

#[tokio::test]
async fn an_error_arrives_with_its_code_and_message_as_the_preset_exposes_them() -> Result<()> {
    let stage = Stage::set().await?;
    let page = stage.open_allowed_page().await?;
    let unexposed = Page { service: &stage.service_without_exposed_headers, ..page };
    let not_found = json!({ "code": NOT_FOUND, "message": "no echo for this" });
    for client in CLIENTS {
        // With trailers only, which are the headers of the response.
        let seen = page.call(client, &say("fail", json!({}))).await?;
        assert_eq!(seen["error"], not_found, "{client}");
        let seen = unexposed.call(client, &say("fail", json!({}))).await?;
        assert_eq!(seen["error"]["code"], UNKNOWN, "{client}: what the preset is for");

        // With trailers proper, in the body, which needs nothing exposed.
        for page in [page, unexposed] {
            let seen = page.call(client, &repeat("fail")).await?;
            assert_eq!(seen["messages"], json!(["fail", "fail"]), "{client}: before the error");
            assert_eq!(seen["error"], not_found, "{client}: after messages");
        }
    }
    stage.leave().await
}

#[tokio::test]
async fn a_call_with_metadata_that_is_not_allowed_is_refused() -> Result<()> {
    let stage = Stage::set().await?;
    let page = stage.open_allowed_page().await?;
    for client in CLIENTS {
        let allowed = json!({ "x-tenant": "a" });
        let seen = page.call(client, &say("hi", allowed)).await?;
        assert_eq!(seen["messages"], json!(["hi"]), "{client}");

        let one_more = json!({ "x-tenant": "a", "x-other": "b" });
        assert_refused(client, &page.call(client, &say("hi", one_more)).await?);
    }
    stage.leave().await
}

#[tokio::test]
async fn a_page_of_an_origin_that_is_not_allowed_can_call_nothing() -> Result<()> {
    let stage = Stage::set().await?;
    let page = stage.open_other_page().await?;
    for client in CLIENTS {
        for call in [say("hi", json!({})), say("fail", json!({})), repeat("hi")] {
            assert_refused(client, &page.call(client, &call).await?);
        }
    }
    stage.leave().await
}

/// The clients have no better name for what the browser keeps from them.
#[track_caller]
fn assert_refused(client: &str, seen: &Value) {
    assert_eq!(seen["error"]["code"], UNKNOWN, "{client}: {seen}");
    assert_eq!(seen["messages"], json!([]), "{client}: {seen}");
}

/// The service, a browser, and the pages of two origins, one of which may use the service.
struct Stage {
    browser: Browser,
    example: Example,
    service_without_exposed_headers: String,
    allowed_page: String,
    other_page: String,
}

impl Stage {
    async fn set() -> Result<Self> {
        let pages = pages()?;
        let allowed_page = serve(pages.clone()).await?;
        let other_page = serve(pages).await?;
        let example = Example::start("grpc", &["--allow-origin", &allowed_page]).await?;
        let service_without_exposed_headers =
            serve(without_exposed_headers(example.address())).await?;
        let browser = Browser::start(Engine::from_env()?).await?;
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

    async fn leave(self) -> Result<()> {
        self.browser.close().await
    }
}

#[derive(Clone, Copy)]
struct Page<'a> {
    browser: &'a Browser,
    service: &'a str,
}

impl Page<'_> {
    /// What the page gets to see of a call; see `grpc-web/entry.js`.
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
        "the clients are not built; run `npm ci && npm run build` in tests/browsers/grpc-web",
    )?;
    Ok(Router::new()
        .route("/", get(Html("<!doctype html><script src=/bundle.js></script>")))
        .route("/bundle.js", get(([(CONTENT_TYPE, "text/javascript")], bundle))))
}

/// The same service as it would be without one header of its policy.
fn without_exposed_headers(service: &str) -> Router {
    Router::new().fallback(forward).with_state(service.to_owned())
}

async fn forward(State(service): State<String>, request: Request) -> Response {
    match forwarded(&service, request).await {
        Ok(mut response) => {
            response.headers_mut().remove(ACCESS_CONTROL_EXPOSE_HEADERS);
            response
        }
        Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
    }
}

async fn forwarded(service: &str, mut request: Request) -> Result<Response> {
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

/// Those of `grpc-web/entry.js`.
const CLIENTS: [&str; 3] = ["connect-web", "grpc-web", "grpc-web-text"];

/// <https://grpc.io/docs/guides/status-codes/>
const OK: i64 = 0;
const UNKNOWN: i64 = 2;
const NOT_FOUND: i64 = 5;

//! Tests with real requests on loopback.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::{app, store::Store, tenants::Tenants};

/// A running server and its database. Dropping this value removes the database.
struct Server {
    address: String,
    tenants: Arc<Tenants>,
    file: TemporaryFile,
}

impl Server {
    async fn start() -> Self {
        let file = TemporaryFile::new();
        let store = file.open();
        store.add_tenant("a", "key-of-a").unwrap();
        store.add_tenant("b", "key-of-b").unwrap();
        drop(store);
        Self::start_with(file).await
    }

    async fn start_with(file: TemporaryFile) -> Self {
        let tenants = Arc::new(Tenants::load(file.open()).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let app = app(&tenants);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, tenants, file }
    }

    /// Sends a request, and returns the status, the head and the body of the response.
    async fn send(&self, line: &str, headers: &[&str], body: &str) -> (u16, String, String) {
        let length = body.len();
        let head = headers.join("\r\n");
        let request = format!(
            "{line} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n{head}\r\n\r\n{body}"
        );
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    /// Changes the origins of a tenant. Returns the status and the body of the response.
    async fn change(&self, method: &str, tenant: &str, key: &str, typed: &str) -> (u16, Value) {
        let line = format!("{method} /tenants/{tenant}/origins");
        let key = format!("authorization: Bearer {key}");
        let headers = ["host: localhost", "content-type: application/json", &key];
        let (status, _, body) =
            self.send(&line, &headers, &json!({ "origin": typed }).to_string()).await;
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Returns whether a page of the origin can read the data of the tenant.
    async fn is_readable(&self, tenant: &str, origin: &str) -> bool {
        let host = format!("host: {tenant}.localhost:7130");
        let origin_line = format!("origin: {origin}");
        let (status, head, body) = self.send("GET /data", &[&host, &origin_line], "").await;
        assert_eq!((status, body), (200, format!("the data of {tenant}")));
        let is_readable = head.contains(&format!("\r\naccess-control-allow-origin: {origin}\r\n"));
        assert_eq!(head.contains("\r\naccess-control-allow-credentials: true"), is_readable);
        assert!(head.contains("\r\nvary: origin"), "{head}");
        is_readable
    }
}

#[tokio::test]
async fn saved_origin_applies_to_its_tenant_without_restart() {
    let server = Server::start().await;
    let origin = "https://shop.example";
    assert!(!server.is_readable("a", origin).await);

    let (status, saved) = server.change("PUT", "a", "key-of-a", " HTTPS://Shop.Example/ ").await;
    assert_eq!((status, &saved["origin"]), (200, &json!(origin)));
    assert_eq!(saved["corrections"].as_array().unwrap().len(), 3, "{saved}");
    assert!(server.is_readable("a", origin).await);
    assert!(!server.is_readable("b", origin).await, "the origin belongs to a");
    assert!(!server.is_readable("unknown", origin).await);

    // A preflight and the origin `null` follow the same policy.
    let preflight =
        ["host: a.localhost", "origin: https://shop.example", "access-control-request-method: PUT"];
    let (status, head, _) = server.send("OPTIONS /data", &preflight, "").await;
    assert_eq!(status, 204, "{head}");
    assert!(!server.is_readable("a", "null").await);

    let restarted = Server::start_with(server.file.clone()).await;
    assert!(restarted.is_readable("a", origin).await, "the database has the origin");

    assert_eq!(server.change("DELETE", "a", "key-of-a", origin).await.0, 204);
    assert!(!server.is_readable("a", origin).await);
}

#[tokio::test]
async fn invalid_origin_is_a_typed_error() {
    let server = Server::start().await;
    for (typed, label, suggestion) in [
        ("shop.example", "invalid-origin", Some("https://shop.example")),
        ("null", "invalid-origin", None),
        ("*", "invalid-origin", None),
        ("https://a.example, https://b.example", "invalid-origin", None),
        ("https://*.shop.example", "pattern", None),
        ("https://shop.example:*", "pattern", None),
        ("http://shop.example", "unsafe-origin", Some("https://shop.example")),
    ] {
        let (status, error) = server.change("PUT", "a", "key-of-a", typed).await;
        assert_eq!((status, &error["error"]), (422, &json!(label)), "{typed}: {error}");
        assert_eq!(error["suggestion"].as_str(), suggestion, "{typed}: {error}");
        assert!(error["message"].as_str().is_some_and(|message| message.len() > 20), "{error}");
    }
    assert_eq!(server.file.open().origins().unwrap(), [], "nothing was stored");
    for (typed, warnings) in [("https://shop.example", 0), ("http://localhost:3000", 1)] {
        let (status, saved) = server.change("PUT", "a", "key-of-a", typed).await;
        assert_eq!(
            (status, saved["warnings"].as_array().unwrap().len()),
            (200, warnings),
            "{saved}"
        );
    }
}

#[tokio::test]
async fn tenant_changes_only_its_own_origins() {
    let server = Server::start().await;
    for (tenant, key) in [("a", "key-of-b"), ("a", ""), ("unknown", "key-of-a")] {
        for method in ["PUT", "DELETE"] {
            let (status, error) = server.change(method, tenant, key, "https://evil.example").await;
            assert_eq!((status, &error["error"]), (403, &json!("unknown-tenant")), "{tenant}");
        }
    }
    assert!(!server.is_readable("a", "https://evil.example").await);

    // The policy and the data belong to the same host, also for an absolute target.
    assert_eq!(server.change("PUT", "b", "key-of-b", "https://b.example").await.0, 200);
    let headers = ["host: b.localhost", "origin: https://b.example"];
    let (_, head, body) = server.send("GET http://a.localhost/data", &headers, "").await;
    assert_eq!(body, "the data of a");
    assert!(!head.contains("access-control-allow-origin"), "{head}");

    // A page of an allowed origin cannot read or change origins.
    let page =
        ["host: b.localhost", "origin: https://b.example", "access-control-request-method: PUT"];
    let (status, head, _) = server.send("OPTIONS /tenants/b/origins", &page, "").await;
    assert_eq!(status, 405);
    assert!(!head.contains("access-control-"), "{head}");
}

#[tokio::test]
async fn change_of_another_program_applies() {
    let server = Server::start().await;
    let origin = "https://shop.example";
    assert_eq!(server.change("PUT", "a", "key-of-a", "https://kept.example").await.0, 200);
    assert!(!server.tenants.reload_if_changed().unwrap(), "only this server changed the database");

    let other = server.file.open();
    other.insert("a", origin).unwrap();
    // An origin that the rule rejects, as after a change of the rule.
    other.insert("a", "http://insecure.example").unwrap();
    other.add_tenant("c", "key-of-c").unwrap();
    other.insert("c", origin).unwrap();
    assert!(!server.is_readable("a", origin).await);
    assert!(server.tenants.reload_if_changed().unwrap());
    for (tenant, origin, expected) in [
        ("a", origin, true),
        ("a", "https://kept.example", true),
        ("a", "http://insecure.example", false),
        ("b", origin, false),
        ("c", origin, true),
    ] {
        assert_eq!(server.is_readable(tenant, origin).await, expected, "{tenant}, {origin}");
    }
}

#[derive(Clone)]
struct TemporaryFile(Arc<FileName>);

impl TemporaryFile {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tenants-{}-{count}.sqlite", std::process::id());
        Self(Arc::new(FileName(std::env::temp_dir().join(name))))
    }

    fn open(&self) -> Store {
        Store::open(self.0.0.to_str().unwrap()).unwrap()
    }
}

struct FileName(PathBuf);

impl Drop for FileName {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

//! The server behind the gateway.

use std::{error::Error, time::Duration};

use http::{
    HeaderValue, Method, Request, Response, Uri, Version,
    header::{CONNECTION, CONTENT_LENGTH, HOST, TE, TRANSFER_ENCODING},
    request,
    uri::{Authority, PathAndQuery, Scheme},
};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};

use crate::{
    body::{RequestBody, ResponseBody},
    connector::Connector,
    http2::{CONNECT_TIME, Http2},
    target::Target,
};

#[derive(Debug)]
pub(crate) struct Upstream {
    authority: Authority,
    http1: Client<Connector, RequestBody>,
    http2: Option<Http2>,
}

impl Upstream {
    pub(crate) fn new(authority: Authority, use_http2: bool) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_keepalive(Some(Duration::from_secs(60)));
        connector.set_connect_timeout(Some(CONNECT_TIME));
        let http1 = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            // Shorter than the idle timeouts of servers; Node.js waits five seconds. A request on a
            // connection that the server is closing is lost.
            .pool_idle_timeout(Duration::from_secs(4))
            .build(Connector(connector.clone()));
        let address = uri(&authority, PathAndQuery::from_static("/"));
        let http2 = use_http2.then(|| Http2::new(connector, address));
        Self { authority, http1, http2 }
    }

    /// Sends a request with the upstream's version of HTTP.
    ///
    /// The version of the client's request does not matter.
    ///
    /// # Errors
    ///
    /// The upstream cannot be reached, or the connection fails.
    pub(crate) async fn send(
        &self,
        mut head: request::Parts,
        target: Target,
        body: RequestBody,
    ) -> Result<Response<ResponseBody>, Box<dyn Error + Send + Sync>> {
        if let Some(http2) = &self.http2 {
            head.version = Version::HTTP_2;
            // `:authority` contains the host.
            head.headers.remove(HOST);
            let host = target.host.as_ref().unwrap_or(&self.authority);
            head.uri = uri(host, target.path);
            return http2.send(Request::from_parts(head, body)).await;
        }
        if head.headers.contains_key(TE) {
            // https://www.rfc-editor.org/rfc/rfc9110#section-10.1.4-10
            head.headers.insert(CONNECTION, HeaderValue::from_static("te"));
        }
        let response = self.send_http1(head, target, body).await?;
        Ok(response.map(|body| ResponseBody::Upstream { body, _slot: None }))
    }

    /// Sends a request with HTTP/1.1, as WebSocket handshakes require.
    ///
    /// # Errors
    ///
    /// The upstream cannot be reached, or the connection fails.
    pub(crate) async fn send_http1(
        &self,
        mut head: request::Parts,
        target: Target,
        mut body: RequestBody,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        head.version = Version::HTTP_11;
        if let Some(host) = target.host.and_then(|host| host.as_str().parse().ok()) {
            head.headers.insert(HOST, host);
        }
        // Without this header, hyper omits the body of a `GET` whose length is unknown. A `GET` over HTTP/2 often ends
        // only after its head. Servers that do not expect a body close the connection.
        let is_omitted = [Method::GET, Method::HEAD].contains(&head.method)
            && !head.headers.contains_key(CONTENT_LENGTH);
        if is_omitted && body.has_frames().await {
            head.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        // The client connects to this address, and sends only the path.
        head.uri = uri(&self.authority, target.path);
        self.http1.request(Request::from_parts(head, body)).await
    }
}

fn uri(authority: &Authority, path: PathAndQuery) -> Uri {
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority.clone());
    parts.path_and_query = Some(path);
    // Cannot fail, since all three parts are present.
    Uri::from_parts(parts).unwrap_or_default()
}

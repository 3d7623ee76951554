//! The server that the gateway is before.

use std::{error::Error, time::Duration};

use http::{
    HeaderValue, Request, Response, Uri, Version,
    header::{CONNECTION, HOST, TE},
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
    http2::Http2,
    target::Target,
};

#[derive(Debug)]
pub(crate) struct Upstream {
    authority: Authority,
    http1: Client<HttpConnector, RequestBody>,
    http2: Option<Http2>,
}

impl Upstream {
    pub(crate) fn new(authority: Authority, speaks_http2: bool) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http1 = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            // Shorter than servers wait for the next request, of which Node.js waits five seconds: a request
            // on a connection that is being closed at that moment is lost.
            .pool_idle_timeout(Duration::from_secs(4))
            .build(connector.clone());
        let address = uri(&authority, PathAndQuery::from_static("/"));
        let http2 = speaks_http2.then(|| Http2::new(connector, address));
        Self { authority, http1, http2 }
    }

    /// By HTTP/2 where the upstream speaks it, by HTTP/1.1 otherwise, however the request came.
    ///
    /// # Errors
    ///
    /// Where the upstream cannot be reached, or breaks off.
    pub(crate) async fn send(
        &self,
        mut head: request::Parts,
        target: Target,
        body: RequestBody,
    ) -> Result<Response<ResponseBody>, Box<dyn Error + Send + Sync>> {
        if let Some(http2) = &self.http2 {
            head.version = Version::HTTP_2;
            // `:authority` says it.
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
        Ok(response.map(|body| ResponseBody::Upstream { body, _place: None }))
    }

    /// By HTTP/1.1, as what is to be a WebSocket goes.
    ///
    /// # Errors
    ///
    /// Where the upstream cannot be reached, or breaks off.
    pub(crate) async fn send_http1(
        &self,
        mut head: request::Parts,
        target: Target,
        body: RequestBody,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        head.version = Version::HTTP_11;
        if let Some(host) = target.host.and_then(|host| host.as_str().parse().ok()) {
            head.headers.insert(HOST, host);
        }
        // Where the connection leads; on it, the path alone is sent.
        head.uri = uri(&self.authority, target.path);
        self.http1.request(Request::from_parts(head, body)).await
    }
}

fn uri(authority: &Authority, path: PathAndQuery) -> Uri {
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority.clone());
    parts.path_and_query = Some(path);
    // It cannot fail: none of the three is missing.
    Uri::from_parts(parts).unwrap_or_default()
}

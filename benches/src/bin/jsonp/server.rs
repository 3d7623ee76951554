use std::{
    convert::Infallible,
    net::TcpListener,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread,
};

use benches::allocations;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::{Body, Frame};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tower::{Layer, ServiceExt};
use tower_cross_origin::jsonp::JsonpLayer;

use crate::{Pass, client, texts::Text};

/// Serves a text through the layer.
pub(crate) struct Server {
    body: RepeatedFrames,
}

impl Server {
    pub(crate) fn start(text: Text, count: usize) -> Self {
        Self { body: RepeatedFrames { text: text.into(), next: 0, count } }
    }

    /// Serves one response on a new thread, and counts the allocations of that thread.
    pub(crate) fn serve(&self, path: &str) -> Pass {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("the listener has an address");
        let body = self.body.clone();
        let server = thread::spawn(move || serve_one(listener, &body));
        let download = client::fetch(address, path).expect("the server responds");
        let peak = server.join().expect("the server thread does not panic");
        Pass { download, peak }
    }
}

fn serve_one(listener: TcpListener, body: &RepeatedFrames) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let runtime = runtime.expect("the runtime is built");
    let connection = async {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let (stream, _) = listener.accept().await?;
        let service =
            JsonpLayer::default().layer(tower::service_fn(async |_: Request<Incoming>| {
                let mut response = Response::new(body.clone());
                let content_type = HeaderValue::from_static("application/json");
                response.headers_mut().insert(CONTENT_TYPE, content_type);
                Ok::<_, Infallible>(response)
            }));
        let service = service_fn(|request| service.clone().oneshot(request));
        let served = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        served.map_err(std::io::Error::other)
    };
    let (served, memory) = allocations::measure(|| runtime.block_on(connection));
    served.expect("the connection is served without an error");
    memory.peak
}

/// A body of unknown length, as for content that is generated on the fly.
#[derive(Clone)]
struct RepeatedFrames {
    text: Arc<Text>,
    next: usize,
    count: usize,
}

impl Body for RepeatedFrames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Text { before, repeated, after } = &*self.text;
        let frame = match self.next {
            0 => before.clone(),
            next if next <= self.count => repeated[(next - 1) % repeated.len()].clone(),
            next if next == self.count + 1 => after.clone(),
            _ => return Poll::Ready(None),
        };
        self.next += 1;
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }
}

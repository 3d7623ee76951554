use std::{
    collections::VecDeque,
    future::{Future, pending, ready},
    mem,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use tower::{Layer, Service};
use tower_cross_origin::{RequestHead, cors};

use super::{
    gate::{BodyError, Gated},
    requests::TestRequest,
    subject::{Inner, ServiceError},
};

/// A layer with an intentional fault, to check that a property detects the fault.
///
/// The layer responds to preflights, so that it has early responses.
pub(crate) struct Faulty(pub(crate) Fault);

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    // Faults of bodies and calls.
    LosesWaker,
    // Faults of bodies.
    BuffersFrames,
    PollsAfterTheEnd,
    ReadsAhead,
    LeaksBody,
    SpawnsTask,
    RepeatsTrailers,
    LosesTrailers,
    HidesBodyError,
    OmitsSizeHint,
    OmitsEnd,
    // Faults of calls.
    IsAlwaysReady,
    CallsClone,
    LeaksPermit,
    LeaksFuture,
    HidesError,
    ChangesRequest,
    ChangesStatus,
    JoinsCookies,
    MeasuresBody,
    TouchesUpgrade,
    LosesExtensions,
}

impl Layer<Inner> for Faulty {
    type Service = FaultyService;

    fn layer(&self, inner: Inner) -> FaultyService {
        FaultyService { inner, fault: self.0 }
    }
}

#[derive(Clone)]
pub(crate) struct FaultyService {
    inner: Inner,
    fault: Fault,
}

impl Service<TestRequest> for FaultyService {
    type Response = Response<FaultyBody>;
    type Error = ServiceError;
    type Future = FaultyFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), ServiceError>> {
        match self.fault {
            Fault::IsAlwaysReady => Poll::Ready(Ok(())),
            _ => self.inner.poll_ready(cx),
        }
    }

    fn call(&mut self, mut request: TestRequest) -> FaultyFuture {
        let fault = self.fault;
        if cors::is_preflight(&RequestHead::from(&request)) {
            if fault != Fault::LeaksPermit {
                let unready = self.inner.clone();
                self.inner = unready;
            }
            let response = Response::new(FaultyBody::new(Gated::default(), fault));
            return FaultyFuture { future: Some(Box::pin(ready(Ok(response)))), fault };
        }
        if fault == Fault::ChangesRequest {
            request.headers_mut().remove("x-a");
        }
        let future = match fault {
            Fault::CallsClone => self.inner.clone().call(request),
            _ => self.inner.call(request),
        };
        let future = Box::pin(async move {
            match future.await {
                Err(_) if fault == Fault::HidesError => Ok(Response::new(Gated::default())),
                result => result,
            }
            .map(|response| change_response(response, fault))
        });
        FaultyFuture { future: Some(future), fault }
    }
}

fn change_response(mut response: Response<Gated>, fault: Fault) -> Response<FaultyBody> {
    match fault {
        Fault::ChangesStatus => *response.status_mut() = StatusCode::OK,
        Fault::JoinsCookies => {
            response.headers_mut().insert("set-cookie", HeaderValue::from_static("a=1, b=2"));
        }
        Fault::MeasuresBody => {
            let length = response.body().size_hint().lower();
            response.headers_mut().insert("content-length", length.into());
        }
        Fault::TouchesUpgrade => {
            response.headers_mut().insert("vary", HeaderValue::from_static("origin"));
        }
        Fault::LosesExtensions => response.extensions_mut().clear(),
        _ => {}
    }
    response.map(|body| FaultyBody::new(body, fault))
}

type FaultyResult = Result<Response<FaultyBody>, ServiceError>;

pub(crate) struct FaultyFuture {
    future: Option<Pin<Box<dyn Future<Output = FaultyResult> + Send>>>,
    fault: Fault,
}

impl Future for FaultyFuture {
    type Output = FaultyResult;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut noop = Context::from_waker(Waker::noop());
        let cx = if self.fault == Fault::LosesWaker { &mut noop } else { cx };
        self.future.as_mut().unwrap().as_mut().poll(cx)
    }
}

impl Drop for FaultyFuture {
    fn drop(&mut self) {
        if self.fault == Fault::LeaksFuture {
            mem::forget(self.future.take());
        }
    }
}

pub(crate) struct FaultyBody {
    inner: Option<Pin<Box<Gated>>>,
    frames: VecDeque<Result<Frame<Bytes>, BodyError>>,
    is_read: bool,
    fault: Fault,
}

impl FaultyBody {
    fn new(inner: Gated, fault: Fault) -> Self {
        if fault == Fault::SpawnsTask {
            drop(tokio::spawn(pending::<()>()));
        }
        Self { inner: Some(Box::pin(inner)), frames: VecDeque::new(), is_read: false, fault }
    }

    fn next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.inner.as_mut().unwrap().as_mut().poll_frame(cx)
    }

    /// Reads all present frames.
    fn read(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(frame) = self.next(cx) {
            let Some(frame) = frame else {
                self.is_read = true;
                return;
            };
            self.frames.push_back(frame);
        }
    }
}

impl Body for FaultyBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let this = &mut *self;
        match this.fault {
            Fault::BuffersFrames | Fault::ReadsAhead => {
                this.read(cx);
                match this.frames.pop_front() {
                    _ if this.fault == Fault::BuffersFrames && !this.is_read => Poll::Pending,
                    None if !this.is_read => Poll::Pending,
                    frame => Poll::Ready(frame),
                }
            }
            Fault::LosesWaker => this.next(&mut Context::from_waker(Waker::noop())),
            Fault::PollsAfterTheEnd => {
                let polled = this.next(cx);
                if matches!(polled, Poll::Ready(None)) {
                    return this.next(cx);
                }
                polled
            }
            Fault::RepeatsTrailers => {
                if let Some(trailers) = this.frames.pop_front() {
                    return Poll::Ready(Some(trailers));
                }
                let polled = this.next(cx);
                if let Poll::Ready(Some(Ok(frame))) = &polled {
                    let repeated = frame.trailers_ref().cloned().map(Frame::trailers);
                    this.frames.extend(repeated.map(Ok));
                }
                polled
            }
            Fault::LosesTrailers => this
                .next(cx)
                .map(|frame| frame.filter(|frame| !frame.as_ref().is_ok_and(Frame::is_trailers))),
            Fault::HidesBodyError => this.next(cx).map(|frame| frame.filter(Result::is_ok)),
            _ => this.next(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        let inner = self.inner.as_ref().unwrap();
        inner.is_end_stream() && self.fault != Fault::OmitsEnd
    }

    fn size_hint(&self) -> SizeHint {
        match self.fault {
            Fault::OmitsSizeHint => SizeHint::default(),
            _ => self.inner.as_ref().unwrap().size_hint(),
        }
    }
}

impl Drop for FaultyBody {
    fn drop(&mut self) {
        if self.fault == Fault::LeaksBody {
            mem::forget(self.inner.take());
        }
    }
}

use std::{
    pin::Pin,
    task::{Context, Poll, Waker},
};

use axum::body::{Body, HttpBody};

/// Reads frames until the stream is pending, and returns the number of bytes.
///
/// # Panics
///
/// If the stream fails or ends.
#[inline]
pub fn drain(body: &mut Body) -> usize {
    let mut context = Context::from_waker(Waker::noop());
    let mut bytes = 0;
    while let Poll::Ready(frame) = Pin::new(&mut *body).poll_frame(&mut context) {
        let frame = frame.expect("the stream must not end").expect("the stream must not fail");
        bytes += frame.data_ref().map_or(0, bytes::Bytes::len);
    }
    bytes
}

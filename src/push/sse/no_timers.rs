//! Without the feature `tokio` there is no clock: streams end when the service ends them.
#![allow(clippy::unused_self, reason = "those with a clock ask themselves")]

use std::{
    pin::Pin,
    task::{Context, Poll},
};

#[derive(Clone, Debug, Default)]
pub(super) struct TimerSettings {}

impl TimerSettings {
    pub(super) fn are_set(&self) -> bool {
        false
    }

    pub(super) fn stops_reconnecting(&self) -> bool {
        false
    }
}

#[derive(Debug)]
pub(super) struct Timers {}

impl Timers {
    pub(super) fn new(_: &TimerSettings, _: bool) -> Self {
        Self {}
    }

    pub(super) fn opened(self: Pin<&mut Self>) {}

    pub(super) fn pass(self: Pin<&mut Self>, _: &[u8]) {}

    pub(super) fn is_over(self: Pin<&mut Self>, _: &TimerSettings) -> bool {
        false
    }

    pub(super) fn poll(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &TimerSettings,
    ) -> Poll<Option<&'static [u8]>> {
        Poll::Pending
    }
}

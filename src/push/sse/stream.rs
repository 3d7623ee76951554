use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use pin_project_lite::pin_project;

use super::{bom::Bom, settings::Settings, timers::Timers};

pin_project! {
    /// What is known of one stream of events, and what is to be put into it.
    #[derive(Debug)]
    pub(super) struct Stream {
        settings: Arc<Settings>,
        is_begun: bool,
        bom: Bom,
        #[pin]
        timers: Timers,
    }
}

impl Stream {
    /// `None` where there is nothing to do. Nothing is put into what `is_plain` is not.
    pub(super) fn new(settings: &Arc<Settings>, is_plain: bool) -> Option<Pin<Box<Self>>> {
        let has_retry = is_plain && settings.retry.is_some();
        if !has_retry && !settings.timers.are_set() {
            return None;
        }
        Some(Box::pin(Self {
            settings: settings.clone(),
            is_begun: !has_retry,
            bom: Bom::default(),
            timers: Timers::new(&settings.timers, is_plain),
        }))
    }

    pub(super) fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// What comes before everything else.
    pub(super) fn first(self: Pin<&mut Self>) -> Option<Bytes> {
        let this = self.project();
        if *this.is_begun {
            return None;
        }
        *this.is_begun = true;
        this.bom.is_preceded();
        this.timers.opened();
        this.settings.retry.clone()
    }

    /// What is to be passed on of this data; `None` where that is nothing as yet.
    pub(super) fn pass(self: Pin<&mut Self>, data: Bytes) -> Option<Bytes> {
        let this = self.project();
        let data = this.bom.pass(data)?;
        this.timers.pass(&data);
        Some(data)
    }

    /// Whether the stream is to end before more is asked of the service.
    pub(super) fn is_over(self: Pin<&mut Self>) -> bool {
        let this = self.project();
        this.timers.is_over(&this.settings.timers)
    }

    /// While the service has nothing: a comment, or `None` where the stream is to end.
    pub(super) fn poll_between(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = self.project();
        let comment = ready!(this.timers.poll(cx, &this.settings.timers));
        this.bom.is_preceded();
        Poll::Ready(comment.map(Bytes::from_static))
    }
}

use bytes::Bytes;
use http::HeaderMap;
use http_body::SizeHint;

use super::escaper::Escaper;
use crate::{
    jsonp::{config::Escapes, headers::DIGESTS, policy::JsonpCall},
    response::len_u64,
};

/// What is known of one body that is wrapped, and what is still to be said around it.
#[derive(Debug)]
pub(super) struct Wrapping {
    prefix: Option<Bytes>,
    escaper: Escaper,
    /// `None` once it is said, or about to be.
    suffix: Option<&'static str>,
    filler: &'static str,
    has_json: bool,
    /// What is said after all data of the service's.
    last: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Wrapping {
    pub(super) fn new(call: &JsonpCall, escapes: Escapes) -> Self {
        Self {
            prefix: Some(Bytes::copy_from_slice(call.prefix().as_bytes())),
            escaper: Escaper::new(escapes),
            suffix: Some(call.suffix()),
            filler: call.filler(),
            has_json: false,
            last: None,
            trailers: None,
        }
    }

    /// What can be said by now.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        self.prefix.take().or_else(|| self.escaper.next()).or_else(|| self.last.take())
    }

    /// The next data of the service's. All that could be said before it has been.
    pub(super) fn push(&mut self, data: Bytes) {
        self.has_json |= !data.is_empty();
        self.escaper.push(data);
    }

    /// The service has no more data.
    pub(super) fn end(&mut self, trailers: Option<HeaderMap>) {
        let held = self.escaper.end();
        let filler = if self.has_json { "" } else { self.filler };
        let suffix = self.suffix.take().unwrap_or_default();
        self.last = Some(match (held, filler) {
            (b"", "") => Bytes::from_static(suffix.as_bytes()),
            _ => [held, filler.as_bytes(), suffix.as_bytes()].concat().into(),
        });
        self.trailers = trailers.map(|mut trailers| {
            // RFC 9530, section 2: a digest may come after what it is of.
            for name in &DIGESTS {
                trailers.remove(name);
            }
            trailers
        });
    }

    pub(super) fn is_ended(&self) -> bool {
        self.suffix.is_none()
    }

    /// What is said after everything else.
    pub(super) fn trailers(&mut self) -> Option<HeaderMap> {
        self.trailers.take()
    }

    /// Whether nothing is left to be said.
    pub(super) fn is_read(&self) -> bool {
        self.is_ended() && self.last.is_none() && self.trailers.is_none()
    }

    /// Of what is still to be said, where `inner` is that of what the service has still to say.
    pub(super) fn size_hint(&self, inner: &SizeHint) -> SizeHint {
        let suffix = self.suffix.unwrap_or_default();
        let around = [self.prefix.as_deref(), Some(suffix.as_bytes()), self.last.as_deref()];
        let around = around.into_iter().flatten().map(len_u64).sum::<u64>();
        let own = self.escaper.unread();
        let lower = own.saturating_add(inner.lower());
        let upper = inner.upper().and_then(|upper| {
            let json = own.checked_add(upper)?.checked_mul(self.escaper.factor())?;
            Some(json.max(self.filler_for(lower)))
        });
        // Where it is known that there is no JSON, so is what takes its place.
        let lower =
            if inner.upper() == Some(0) { lower.max(self.filler_for(lower)) } else { lower };
        let mut hint = SizeHint::new();
        hint.set_lower(lower.saturating_add(around));
        if let Some(upper) = upper.and_then(|upper| upper.checked_add(around)) {
            hint.set_upper(upper);
        }
        hint
    }

    /// Bytes of what is said where there is no JSON, of which at least so many are to come.
    fn filler_for(&self, lower: u64) -> u64 {
        let may_be_empty = lower == 0 && !self.has_json && !self.is_ended();
        if may_be_empty { len_u64(self.filler.as_bytes()) } else { 0 }
    }
}

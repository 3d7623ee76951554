use bytes::Bytes;
use http::HeaderMap;
use http_body::SizeHint;

use super::{escaper::Escaper, validator::JsonValidator};
use crate::{
    jsonp::{config::Escapes, headers::DIGESTS, policy::JsonpCall},
    response::len_u64,
    telemetry,
};

/// The state of one wrapped body, with the text that remains to be written.
#[derive(Debug)]
pub(super) struct Wrapping {
    prefix: Option<Bytes>,
    /// `None` if the browser parses the JSON.
    validator: Option<JsonValidator>,
    escaper: Escaper,
    /// `None` after the end of the inner body.
    suffix: Option<&'static str>,
    filler: &'static str,
    has_json: bool,
    /// Whether the script ends early, since the inner body is not JSON.
    is_cut: bool,
    /// The text after all data of the inner body.
    last: Option<Bytes>,
    trailers: Option<HeaderMap>,
}

impl Wrapping {
    pub(super) fn new(call: &JsonpCall, escapes: Escapes) -> Self {
        Self {
            prefix: Some(Bytes::copy_from_slice(call.prefix().as_bytes())),
            validator: (!escapes.string).then(JsonValidator::new),
            escaper: Escaper::new(escapes),
            suffix: Some(call.suffix()),
            filler: call.filler(),
            has_json: false,
            is_cut: false,
            last: None,
            trailers: None,
        }
    }

    /// Returns the next available piece of the script.
    pub(super) fn next(&mut self) -> Option<Bytes> {
        self.prefix.take().or_else(|| self.escaper.next()).or_else(|| self.last.take())
    }

    /// Adds a frame of the inner body. All earlier pieces must have been read.
    pub(super) fn push(&mut self, mut data: Bytes) {
        self.has_json |= !data.is_empty();
        if let Some(validator) = &mut self.validator {
            let valid = validator.accept(&data);
            if valid < data.len() {
                data.truncate(valid);
                self.cut();
            }
        }
        self.escaper.push(data);
    }

    /// Marks the end of the inner body's data.
    pub(super) fn end(&mut self, trailers: Option<HeaderMap>) {
        if self.has_json && self.validator.as_ref().is_some_and(|json| !json.is_complete()) {
            self.cut();
            return;
        }
        let held = self.escaper.end();
        let filler = if self.has_json { "" } else { self.filler };
        let suffix = self.suffix.take().unwrap_or_default();
        self.last = Some(match (held, filler) {
            (b"", "") => Bytes::from_static(suffix.as_bytes()),
            _ => [held, filler.as_bytes(), suffix.as_bytes()].concat().into(),
        });
        self.trailers = trailers.map(|mut trailers| {
            // RFC 9530, section 2: trailers may contain a digest.
            for name in &DIGESTS {
                trailers.remove(name);
            }
            trailers
        });
    }

    /// Ends the script without the end of the call, which is a syntax error.
    fn cut(&mut self) {
        self.is_cut = true;
        self.suffix = None;
        telemetry::invalid_json();
    }

    pub(super) fn is_ended(&self) -> bool {
        self.suffix.is_none()
    }

    /// Returns the trailers, which follow all data.
    pub(super) fn trailers(&mut self) -> Option<HeaderMap> {
        self.trailers.take()
    }

    /// Returns whether everything has been read.
    pub(super) fn is_read(&self) -> bool {
        let has_last = self.last.is_some() || self.trailers.is_some();
        self.is_ended() && !has_last && self.escaper.is_read()
    }

    /// Returns the size of the remaining script, given the size of the remaining inner body.
    pub(super) fn size_hint(&self, inner: &SizeHint) -> SizeHint {
        if self.is_cut && self.escaper.is_read() {
            return SizeHint::with_exact(0);
        }
        let suffix = self.suffix.unwrap_or_default();
        let around = [self.prefix.as_deref(), Some(suffix.as_bytes()), self.last.as_deref()];
        let around = around.into_iter().flatten().map(len_u64).sum::<u64>();
        let buffered = self.escaper.unread();
        let lower = buffered.saturating_add(inner.lower());
        let upper = inner.upper().and_then(|upper| {
            let json = buffered.checked_add(upper)?.checked_mul(self.escaper.max_expansion())?;
            Some(json.max(self.filler_for(lower)))
        });
        // If the inner body is known to be empty, the filler replaces the JSON.
        let lower =
            if inner.upper() == Some(0) { lower.max(self.filler_for(lower)) } else { lower };
        let mut hint = SizeHint::new();
        // Held-back bytes may be missing from a cut script.
        if !self.is_cut {
            hint.set_lower(lower.saturating_add(around));
        }
        if let Some(upper) = upper.and_then(|upper| upper.checked_add(around)) {
            hint.set_upper(upper);
        }
        hint
    }

    /// Returns the length of the filler if the body may be empty.
    ///
    /// `lower` is a lower bound of the length of the remaining JSON.
    fn filler_for(&self, lower: u64) -> u64 {
        let may_be_empty = lower == 0 && !self.has_json && !self.is_ended();
        if may_be_empty { len_u64(self.filler.as_bytes()) } else { 0 }
    }
}

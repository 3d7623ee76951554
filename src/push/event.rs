use std::{borrow::Cow, error::Error, fmt, iter, time::Duration};

use crate::config::{Message, display_message};

/// An event of an event stream.
///
/// No part of a value can be parsed as another field.
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::push::Event;
///
/// let event = Event::new()
///     .event("price")?
///     .id("17")?
///     .retry(Duration::from_secs(3))
///     .data("tea\nid: 18");
/// assert_eq!(event.to_string(), "event: price\nid: 17\nretry: 3000\ndata: tea\ndata: id: 18\n\n");
/// # Ok::<(), tower_cross_origin::push::EventError>(())
/// ```
///
/// The event ends with a blank line, on which the client dispatches the event. Without data, the client
/// dispatches no event, but uses the id and the reconnection time.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "an event does nothing until it is sent"]
pub struct Event {
    comment: Option<Cow<'static, str>>,
    kind: Option<Cow<'static, str>>,
    id: Option<Cow<'static, str>>,
    retry: Option<u64>,
    data: Option<Cow<'static, str>>,
}

impl Event {
    /// Creates an event without any field.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the data, which the page receives as `event.data`.
    ///
    /// Any text is allowed. Each line becomes a field, and the client joins the fields with LF, so CR and CRLF
    /// become LF. Encode text that must keep them, for example as JSON.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// assert_eq!(Event::new().data("a\r\nb\rc\n").to_string(), "data: a\ndata: b\ndata: c\ndata: \n\n");
    /// ```
    pub fn data(mut self, data: impl Into<Cow<'static, str>>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Sets the type of the event, such as `price`.
    ///
    /// The client dispatches the event to the listeners of the type. An event without a type, or with an empty
    /// type, is dispatched to the listeners of `message`.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// Event::new().event("price")?;       // permitted
    /// Event::new().event("a: b")?;        // permitted: the text is one line
    /// assert!(Event::new().event("price\ndata: 0").is_err()); // prohibited: LF and CR
    /// # Ok::<(), tower_cross_origin::push::EventError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EventError::LineEndInEvent`] for a text with CR or LF, after which another field would begin.
    pub fn event(mut self, event: impl Into<Cow<'static, str>>) -> Result<Self, EventError> {
        let event = event.into();
        if has_line_end(&event) {
            return Err(EventError::LineEndInEvent);
        }
        self.kind = Some(event);
        Ok(self)
    }

    /// Sets the id, which the client sends as `Last-Event-ID` when it reconnects.
    ///
    /// An empty id makes the client forget the last id. The crate ignores a `Last-Event-ID` that is longer than
    /// [`LAST_EVENT_ID_BYTES`](crate::limits::LAST_EVENT_ID_BYTES).
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// Event::new().id("2026-11-21/17")?;       // permitted
    /// Event::new().id("ü")?;                   // permitted: the client sends UTF-8
    /// assert!(Event::new().id("17\n").is_err()); // prohibited: LF and CR
    /// assert!(Event::new().id("1\07").is_err()); // prohibited: NUL
    /// # Ok::<(), tower_cross_origin::push::EventError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`EventError::LineEndInId`] for a text with CR or LF, after which another field would begin.
    /// Returns [`EventError::NulInId`] for a text with NUL, since clients silently ignore such an id.
    pub fn id(mut self, id: impl Into<Cow<'static, str>>) -> Result<Self, EventError> {
        let id = id.into();
        if has_line_end(&id) {
            return Err(EventError::LineEndInId);
        }
        if id.contains('\0') {
            return Err(EventError::NulInId);
        }
        self.id = Some(id);
        Ok(self)
    }

    /// Sets the time that the client waits before it reconnects, in whole milliseconds.
    ///
    /// A fraction of a millisecond is dropped. The time applies to all later reconnections of the `EventSource`.
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(milliseconds(time));
        self
    }

    /// Sets a comment before the event, which clients ignore.
    ///
    /// Any text is allowed. Each line becomes a comment.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// assert_eq!(Event::new().comment("a\ndata: b").to_string(), ": a\n: data: b\n\n");
    /// ```
    pub fn comment(mut self, comment: impl Into<Cow<'static, str>>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Returns the bytes to write into the stream, in UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Clients remove one space after the colon. A value may begin with a space.
        for line in self.comment.iter().flat_map(|comment| lines(comment)) {
            writeln!(f, ": {line}")?;
        }
        if let Some(kind) = &self.kind {
            writeln!(f, "event: {kind}")?;
        }
        if let Some(id) = &self.id {
            writeln!(f, "id: {id}")?;
        }
        if let Some(milliseconds) = self.retry {
            writeln!(f, "retry: {milliseconds}")?;
        }
        for line in self.data.iter().flat_map(|data| lines(data)) {
            writeln!(f, "data: {line}")?;
        }
        writeln!(f)
    }
}

/// The error of a text that cannot be a field of an [`Event`].
///
/// ```
/// use tower_cross_origin::push::{Event, EventError};
///
/// let error = Event::new().id("17\ndata: forged").unwrap_err();
/// assert_eq!(error, EventError::LineEndInId);
/// assert!(error.to_string().contains("percent-encoding"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventError {
    /// CR or LF in the type of an event.
    LineEndInEvent,
    /// CR or LF in an id.
    LineEndInId,
    /// NUL in an id.
    NulInId,
}

impl EventError {
    fn message(self) -> Message {
        match self {
            Self::LineEndInEvent => Message::new(
                "the event type has a line break",
                "another field would begin after the line break",
                "use types from a fixed list, and send other text as data",
            ),
            Self::LineEndInId => Message::new(
                "the event id has a line break",
                "another field would begin after the line break",
                "encode the id, for example with percent-encoding",
            ),
            Self::NulInId => Message::new(
                "the event id has a NUL character",
                "clients ignore such an id",
                "encode the id, for example with percent-encoding",
            ),
        }
    }
}

display_message!(EventError);

impl Error for EventError {}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn has_line_end(text: &str) -> bool {
    text.contains(['\r', '\n'])
}

/// Returns the lines of a text, at least one. A line ends with LF, CR or CRLF.
///
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest.take()?;
        let Some(end) = text.find(['\r', '\n']) else { return Some(text) };
        let (line, after) = text.split_at(end);
        rest = after.strip_prefix("\r\n").or_else(|| after.get(1..));
        Some(line)
    })
}

use std::{borrow::Cow, error::Error, fmt, iter, time::Duration};

/// An event of an event stream. No value of a field can create another field.
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
/// The text ends with a blank line, which makes the client dispatch the event. If the event has no data, the
/// client dispatches nothing, but stores the id and the reconnection time.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "an event does nothing until it is written to a stream"]
pub struct Event {
    comment: Option<Cow<'static, str>>,
    kind: Option<Cow<'static, str>>,
    id: Option<Cow<'static, str>>,
    retry: Option<u64>,
    data: Option<Cow<'static, str>>,
}

impl Event {
    /// Creates an event without fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the data, which the page receives as `event.data`.
    ///
    /// The data can be any text. Each line becomes a field, and the client joins the lines with LF. The page
    /// therefore receives CR and CRLF as LF. To preserve them, encode the data, for example as JSON.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// assert_eq!(Event::new().data("a\r\nb\rc\n").to_string(), "data: a\ndata: b\ndata: c\ndata: \n\n");
    /// ```
    pub fn data(mut self, data: impl Into<Cow<'static, str>>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Replaces the type of the event, which selects the listeners in the page.
    ///
    /// If the type is missing or empty, the page's listeners of `message` receive the event.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// Event::new().event("price")?;       // permitted
    /// Event::new().event("a: b")?;        // permitted: it is one line
    /// assert!(Event::new().event("price\ndata: 0").is_err()); // prohibited: LF and CR
    /// # Ok::<(), tower_cross_origin::push::EventError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the type contains a CR or an LF, after which another field would begin.
    pub fn event(mut self, event: impl Into<Cow<'static, str>>) -> Result<Self, EventError> {
        let event = event.into();
        if has_line_end(&event) {
            return Err(EventError::LineEndInEvent);
        }
        self.kind = Some(event);
        Ok(self)
    }

    /// Replaces the id, which the client sends as `Last-Event-ID` when it reconnects.
    ///
    /// An empty id clears the client's last id. [`LastEventId`](super::LastEventId) ignores an id that is
    /// longer than [`LAST_EVENT_ID_BYTES`](crate::limits::LAST_EVENT_ID_BYTES).
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// Event::new().id("2026-11-21/17")?;       // permitted
    /// Event::new().id("ü")?;                   // permitted: clients send it as UTF-8
    /// assert!(Event::new().id("17\n").is_err()); // prohibited: LF and CR
    /// assert!(Event::new().id("1\07").is_err()); // prohibited: NUL
    /// # Ok::<(), tower_cross_origin::push::EventError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the id contains a CR or an LF, after which another field would begin. Also returns
    /// an error if the id contains a NUL, because clients silently ignore such an id.
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

    /// Replaces the time after which the client reconnects when the stream has ended.
    ///
    /// The stream contains whole milliseconds; a fraction is removed. The time applies until the
    /// `EventSource` is closed or receives another time.
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(milliseconds(time));
        self
    }

    /// Replaces the comment, which clients ignore.
    ///
    /// The comment can be any text. The event begins with it, and each line becomes a separate comment.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// assert_eq!(Event::new().comment("a\ndata: b").to_string(), ": a\n: data: b\n\n");
    /// ```
    pub fn comment(mut self, comment: impl Into<Cow<'static, str>>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Returns the event as UTF-8 bytes for the stream.
    pub fn into_bytes(self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Clients remove one space after the colon, and a value may begin with a space.
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

/// An error for text that is not a valid field of an [`Event`].
///
/// ```
/// use tower_cross_origin::push::{Event, EventError};
///
/// let error = Event::new().id("17\ndata: forged").unwrap_err();
/// assert_eq!(error, EventError::LineEndInId);
/// assert!(error.to_string().contains("encode it"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventError {
    /// The type of an event contains a CR or an LF.
    LineEndInEvent,
    /// The id contains a CR or an LF.
    LineEndInId,
    /// The id contains a NUL.
    NulInId,
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LineEndInEvent => {
                "the type of an event is one line: choose it from a list of your own, \
                 and write what was sent to you into the data"
            }
            Self::LineEndInId => {
                "the id of an event is one line: encode it, for example by percent-encoding"
            }
            Self::NulInId => {
                "clients pass over an id with a NUL: encode it, for example by percent-encoding"
            }
        })
    }
}

impl Error for EventError {}

pub(super) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn has_line_end(text: &str) -> bool {
    text.contains(['\r', '\n'])
}

/// Returns the lines of the text, at least one. Line ends are LF, CR and CRLF.
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

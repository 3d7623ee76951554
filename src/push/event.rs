use std::{borrow::Cow, error::Error, fmt, iter, time::Duration};

/// An event of a stream, written so that nothing of it can be taken for another field.
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
/// It is written with a blank line at its end, which is what makes a client dispatch it. Without data a
/// client dispatches nothing, and yet takes the id and the time to wait.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use = "an event that is not sent is not seen"]
pub struct Event {
    comment: Option<Cow<'static, str>>,
    kind: Option<Cow<'static, str>>,
    id: Option<Cow<'static, str>>,
    retry: Option<u64>,
    data: Option<Cow<'static, str>>,
}

impl Event {
    /// An event without anything in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the page gets as `event.data`.
    ///
    /// Any text. Each line of it becomes a field, and the client joins them by LF: a CR and a CRLF come
    /// out as LF. What must keep them is encoded, for example as JSON.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// assert_eq!(Event::new().data("a\r\nb\rc\n").to_string(), "data: a\ndata: b\ndata: c\ndata: \n\n");
    /// ```
    pub fn data(mut self, data: impl Into<Cow<'static, str>>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// The type of the event, whose listeners get it; without it, or with an empty one, those of
    /// `message`.
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
    /// With a CR or an LF, after which another field would begin.
    pub fn event(mut self, event: impl Into<Cow<'static, str>>) -> Result<Self, EventError> {
        let event = event.into();
        if has_line_end(&event) {
            return Err(EventError::LineEndInEvent);
        }
        self.kind = Some(event);
        Ok(self)
    }

    /// The id that the client sends back as `Last-Event-ID` when it comes again. An empty one makes it
    /// forget the last.
    ///
    /// One that is longer than
    /// [`LAST_EVENT_ID_BYTES`](crate::limits::LAST_EVENT_ID_BYTES) is not read when it comes back.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// Event::new().id("2026-11-21/17")?;       // permitted
    /// Event::new().id("ü")?;                   // permitted: it comes back as UTF-8
    /// assert!(Event::new().id("17\n").is_err()); // prohibited: LF and CR
    /// assert!(Event::new().id("1\07").is_err()); // prohibited: NUL
    /// # Ok::<(), tower_cross_origin::push::EventError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// With a CR or an LF, after which another field would begin, and with a NUL, for which a client
    /// passes over the id without a word.
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

    /// How long the client waits before it comes again once the stream has ended, in whole milliseconds;
    /// what is less than one is left out. It holds for all that follows on this `EventSource`.
    pub fn retry(mut self, time: Duration) -> Self {
        self.retry = Some(milliseconds(time));
        self
    }

    /// What stands before the event, and no client shows: any text, each line a comment.
    ///
    /// ```
    /// # use tower_cross_origin::push::Event;
    /// assert_eq!(Event::new().comment("a\ndata: b").to_string(), ": a\n: data: b\n\n");
    /// ```
    pub fn comment(mut self, comment: impl Into<Cow<'static, str>>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// The bytes that go into the stream; they are UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A space after each colon, since a client takes one away: a value may begin with one.
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

/// Why a text cannot be a field of an [`Event`].
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
    /// A CR or an LF in the type of an event.
    LineEndInEvent,
    /// A CR or an LF in an id.
    LineEndInId,
    /// A NUL in an id.
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

/// What stands between line ends, which are LF, CR and CRLF; at least one line.
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

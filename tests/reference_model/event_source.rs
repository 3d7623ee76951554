//! The parser of `EventSource`, by the text of the HTML standard.
//! <https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>

/// The result of a stream for an `EventSource`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) events: Vec<Dispatched>,
    /// The ID that the browser sends when it reconnects.
    pub(crate) last_event_id: String,
    /// The reconnection time in milliseconds; `None` if the stream did not set it.
    pub(crate) reconnection_time: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dispatched {
    pub(crate) kind: String,
    pub(crate) data: String,
    pub(crate) last_event_id: String,
}

/// Parses a whole stream.
///
/// Before the stream, the `EventSource` had the last event ID `last_event_id`, and the ID buffer contained
/// `id_buffer`.
///
/// The standard defines "the empty string" as the initial buffer of each stream. The Web Platform Tests
/// require that the ID persists (eventsource/format-field-id-2.any.js), and browsers do so.
pub(crate) fn read(stream: &[u8], last_event_id: &str, id_buffer: &str) -> Read {
    let mut read = Read { last_event_id: last_event_id.to_owned(), ..Read::default() };
    // "Streams must be decoded using the UTF-8 decode algorithm", which strips one byte order mark.
    let text = String::from_utf8_lossy(stream.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(stream));
    let mut buffers = Buffers { last_event_id: id_buffer.to_owned(), ..Buffers::default() };
    for line in lines(&text) {
        if line.is_empty() {
            dispatch(&mut buffers, &mut read);
        } else if let Some((field, value)) = line.split_once(':') {
            let value = value.strip_prefix(' ').unwrap_or(value);
            // A line that begins with a colon is a comment.
            if !field.is_empty() {
                process(field, value, &mut buffers, &mut read);
            }
        } else {
            process(&line, "", &mut buffers, &mut read);
        }
    }
    read
}

#[derive(Default)]
struct Buffers {
    data: String,
    kind: String,
    last_event_id: String,
}

fn process(field: &str, value: &str, buffers: &mut Buffers, read: &mut Read) {
    match field {
        "event" => value.clone_into(&mut buffers.kind),
        "data" => {
            buffers.data.push_str(value);
            buffers.data.push('\n');
        }
        "id" if !value.contains('\0') => value.clone_into(&mut buffers.last_event_id),
        "retry" if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) => {
            read.reconnection_time = Some(value.parse().unwrap_or(u64::MAX));
        }
        _ => {}
    }
}

fn dispatch(buffers: &mut Buffers, read: &mut Read) {
    buffers.last_event_id.clone_into(&mut read.last_event_id);
    let (data, kind) = (std::mem::take(&mut buffers.data), std::mem::take(&mut buffers.kind));
    if data.is_empty() {
        return;
    }
    read.events.push(Dispatched {
        kind: if kind.is_empty() { "message".to_owned() } else { kind },
        data: data.strip_suffix('\n').unwrap_or(&data).to_owned(),
        last_event_id: read.last_event_id.clone(),
    });
}

/// Returns the complete lines: "any pending data must be discarded" at the end of the stream.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '\r' => {
                chars.next_if_eq(&'\n');
                lines.push(std::mem::take(&mut line));
            }
            '\n' => lines.push(std::mem::take(&mut line)),
            _ => line.push(char),
        }
    }
    lines
}

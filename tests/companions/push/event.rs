//! `Event`: clients read the values that were written, and no value creates another field.
//! COMPANIONS section 2, E9; STANDARDS S6.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use tower_cross_origin::push::{Event, EventError};

use crate::reference_model::event_source::{Dispatched, read};

#[test]
fn each_field_is_written_on_a_line() {
    for (event, expected) in [
        (Event::new(), "\n"),
        (Event::new().data(""), "data: \n\n"),
        (Event::new().data(" a"), "data:  a\n\n"),
        (Event::new().data("a\nb"), "data: a\ndata: b\n\n"),
        (Event::new().data("a\rb"), "data: a\ndata: b\n\n"),
        (Event::new().data("a\r\nb"), "data: a\ndata: b\n\n"),
        (Event::new().data("a\n\rb"), "data: a\ndata: \ndata: b\n\n"),
        (Event::new().data("a\r"), "data: a\ndata: \n\n"),
        (Event::new().data("\r\n\r\n"), "data: \ndata: \ndata: \n\n"),
        (Event::new().data("a").data("b"), "data: b\n\n"),
        (Event::new().data(String::from("\0\u{feff}")), "data: \0\u{feff}\n\n"),
        (Event::new().comment(""), ": \n\n"),
        (Event::new().comment("a\r\ndata: b"), ": a\n: data: b\n\n"),
        (Event::new().retry(Duration::from_micros(1999)), "retry: 1\n\n"),
        (Event::new().retry(Duration::ZERO), "retry: 0\n\n"),
        (Event::new().id("").unwrap(), "id: \n\n"),
        (Event::new().event("a: b").unwrap().data("c"), "event: a: b\ndata: c\n\n"),
    ] {
        assert_eq!(event.to_string(), expected);
        assert_eq!(event.into_bytes(), expected.as_bytes());
    }
}

// These libraries wrote a line end of an id or a type to the stream: fastapi#15187, nest#16686, javalin#2579,
// django-eventstream#185, express-sse#60.
#[test]
fn line_end_in_an_id_or_a_type_is_rejected() {
    for end in ["\n", "\r", "\r\n"] {
        let forged = format!("a{end}data: forged");
        for text in [forged.clone(), end.to_owned(), format!("{end}a"), format!("a{end}")] {
            assert_eq!(Event::new().id(text.clone()), Err(EventError::LineEndInId), "{text:?}");
            assert_eq!(Event::new().event(text), Err(EventError::LineEndInEvent));
        }
    }
    assert_eq!(Event::new().id("a\0"), Err(EventError::NulInId));
    // A NUL in a type has no special meaning.
    assert!(Event::new().event("a\0").is_ok());
    for error in [EventError::LineEndInId, EventError::LineEndInEvent, EventError::NulInId] {
        assert!(error.to_string().contains("encode") || error.to_string().contains("choose"));
    }
}

/// Generates texts in which line ends and field syntax are frequent.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just("\n".to_owned()),
        Just("\r".to_owned()),
        Just("\r\n".to_owned()),
        Just(":".to_owned()),
        Just(" ".to_owned()),
        Just("\0".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("data: forged".to_owned()),
        Just("id".to_owned()),
        "\\PC{0,3}",
    ];
    vec(part, 0..6).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn client_dispatches_the_written_events(
        written in vec((text(), text(), text(), text(), any::<Option<u32>>()), 1..4),
    ) {
        let (mut stream, mut expected) = (Vec::new(), Vec::new());
        let (mut last_event_id, mut reconnection_time) = (String::new(), None);
        for (data, kind, id, comment, retry) in written {
            let mut event = Event::new().data(data.clone()).comment(comment);
            let mut dispatched_kind = "message".to_owned();
            match event.clone().event(kind.clone()) {
                Ok(with_kind) => {
                    event = with_kind;
                    if !kind.is_empty() {
                        dispatched_kind = kind;
                    }
                }
                Err(_) => prop_assert!(kind.contains(['\r', '\n'])),
            }
            match event.clone().id(id.clone()) {
                Ok(with_id) => {
                    event = with_id;
                    last_event_id = id;
                }
                Err(_) => prop_assert!(id.contains(['\r', '\n', '\0'])),
            }
            if let Some(milliseconds) = retry {
                let milliseconds = u64::from(milliseconds);
                event = event.retry(Duration::from_millis(milliseconds));
                reconnection_time = Some(milliseconds);
            }
            stream.extend(event.into_bytes());
            expected.push(Dispatched {
                kind: dispatched_kind,
                data: data.replace("\r\n", "\n").replace('\r', "\n"),
                last_event_id: last_event_id.clone(),
            });
        }
        let read = read(&stream, "", "");
        prop_assert_eq!(read.events, expected);
        prop_assert_eq!(read.reconnection_time, reconnection_time);
    }
}

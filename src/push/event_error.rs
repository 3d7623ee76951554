use std::{error::Error, fmt};

/// Why a text cannot be a field of an [`Event`](super::Event).
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

use bytes::{Buf, Bytes};

/// The byte order mark that a stream may begin with: a client takes it away there and nowhere else, so
/// that it must go where something is put before it.
/// <https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream>
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Bom {
    /// Nothing of the stream has come, and nothing stands before it.
    #[default]
    May,
    /// Something stands before the stream, of which no more has come than so many bytes of the mark.
    /// They are held back: by themselves they mean nothing.
    Goes(usize),
    /// The stream is past its beginning.
    Past,
}

impl Bom {
    /// Something has been put before the stream, if it has not begun.
    pub(super) fn is_preceded(&mut self) {
        if *self == Self::May {
            *self = Self::Goes(0);
        }
    }

    /// What is to be passed on of this data. Of a mark that is cut, nothing as yet.
    pub(super) fn pass(&mut self, mut data: Bytes) -> Option<Bytes> {
        let Self::Goes(held) = *self else {
            if !data.is_empty() {
                *self = Self::Past;
            }
            return Some(data);
        };
        let due = MARK.get(held..).unwrap_or_default();
        let common = due.iter().zip(&data).take_while(|(one, other)| one == other).count();
        if common == due.len() {
            *self = Self::Past;
            data.advance(common);
        } else if common == data.len() {
            *self = Self::Goes(held + common);
            return None;
        } else {
            *self = Self::Past;
            if held > 0 {
                let began = MARK.get(..held).unwrap_or_default();
                data = [began, &data].concat().into();
            }
        }
        (!data.is_empty()).then_some(data)
    }
}

const MARK: &[u8] = b"\xEF\xBB\xBF";

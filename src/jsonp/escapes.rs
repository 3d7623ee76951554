use super::config::{JsonpConfig, Payload};

/// Which characters of the JSON are written in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Escapes {
    /// U+2028 and U+2029, in three bytes each.
    pub(super) line_terminators: bool,
    /// `<`, `>` and `&`, which JSON has within strings alone.
    pub(super) html: bool,
    /// `"`, `\` and what is below a space, since the whole becomes a string.
    pub(super) string: bool,
}

impl Escapes {
    pub(super) fn any(self) -> bool {
        self.line_terminators || self.html || self.string
    }

    /// How many bytes one byte becomes at most.
    pub(super) fn factor(self) -> u64 {
        match self {
            Self { string: false, html: false, line_terminators: false } => 1,
            // Six for three.
            Self { string: false, html: false, line_terminators: true } => 2,
            _ => 6,
        }
    }
}

impl JsonpConfig {
    pub(super) fn escapes(&self) -> Escapes {
        let string = self.payload == Payload::JsonParse;
        Escapes {
            line_terminators: string || self.escapes_line_terminators,
            html: self.escapes_html,
            string,
        }
    }
}

use super::Message;

/// A key of a file that is not a setting of its section.
///
/// The suggestion of the fault is the most similar key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnknownKey {
    pub(super) section: Option<&'static str>,
}

impl UnknownKey {
    /// Returns the section that has such a key, in words such as `the section cors`.
    pub fn other_section(&self) -> Option<&'static str> {
        self.section
    }

    pub(crate) fn message(&self) -> Message {
        match self.section {
            None => Message::new(
                "the key is not a setting of this section",
                "a misspelled setting would have no effect",
                "correct the key, or remove the key",
            ),
            Some(section) => Message::new(
                "the key is not a setting of this section",
                "the setting would have no effect here",
                format!("move the key to {section}"),
            ),
        }
    }
}

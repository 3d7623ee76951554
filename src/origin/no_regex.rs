//! Without the feature `regex` a set has no regular expressions.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OriginRegexes;

#[allow(clippy::unused_self)] // Each has the signature that it has with the feature.
impl OriginRegexes {
    pub(crate) fn is_match(&self, _serialized: &[u8]) -> bool {
        false
    }

    pub(crate) fn find(&self, _serialized: &[u8]) -> Option<&str> {
        None
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        std::iter::empty()
    }

    pub(crate) fn len(&self) -> usize {
        0
    }

    pub(crate) fn is_empty(&self) -> bool {
        true
    }

    pub(crate) fn union(&self, _other: &Self) -> Self {
        Self
    }
}

pub(crate) fn admitted_origins(_text: &str) -> Vec<String> {
    Vec::new()
}

pub(crate) fn may_admit_http(_text: &str) -> bool {
    true
}

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Unexpected, Visitor},
};

use crate::{
    config::file,
    cors::{
        Diagnostics, UpstreamHeaders,
        config::{ALL, KEEP, REPLACE},
    },
};

/// # Errors
///
/// The format's own, for another word than `replace` and `keep`.
impl<'de> Deserialize<'de> for UpstreamHeaders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(UpstreamHeadersVisitor)
    }
}

/// # Errors
///
/// The format's own.
impl Serialize for UpstreamHeaders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

struct UpstreamHeadersVisitor;

impl Visitor<'_> for UpstreamHeadersVisitor {
    type Value = UpstreamHeaders;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{REPLACE:?} or {KEEP:?}")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<UpstreamHeaders, E> {
        match word {
            REPLACE => Ok(UpstreamHeaders::Replace),
            KEEP => Ok(UpstreamHeaders::Keep),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }
}

/// # Errors
///
/// The format's own, for what is neither a list nor `all`.
impl<'de> Deserialize<'de> for Diagnostics {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DiagnosticsVisitor)
    }
}

/// # Errors
///
/// The format's own.
impl Serialize for Diagnostics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Origins(origins) => origins.serialize(serializer),
            Self::All => serializer.serialize_str(ALL),
        }
    }
}

struct DiagnosticsVisitor;

impl<'de> Visitor<'de> for DiagnosticsVisitor {
    type Value = Diagnostics;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ALL:?}, or a list of origins, such as [\"https://app.example.com\"]")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Diagnostics, E> {
        match word {
            ALL => Ok(Diagnostics::All),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Diagnostics, A::Error> {
        file::list_members(list).map(Diagnostics::Origins)
    }
}

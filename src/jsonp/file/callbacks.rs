use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, Visitor},
    ser::{self, SerializeMap},
};

use crate::jsonp::CallbackPolicy;

/// A word, or a table with one key.
///
/// # Errors
///
/// The format's own, for another word or another table.
impl<'de> Deserialize<'de> for CallbackPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// # Errors
///
/// The format's own, and for a function, which cannot be written down.
impl Serialize for CallbackPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Path => serializer.serialize_str(PATH),
            Self::Identifier => serializer.serialize_str(IDENTIFIER),
            Self::Prefix(prefix) => one_key(serializer, PREFIX, prefix),
            Self::OneOf(callbacks) => one_key(serializer, ONE_OF, callbacks),
            Self::Indexed(list) => one_key(serializer, INDEXED, list),
            Self::Custom(_) => Err(ser::Error::custom(
                "callbacks that a function decides on cannot be written down",
            )),
        }
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = CallbackPolicy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            r#""path", "identifier", { one_of = ["app.show"] }, { prefix = "cb_" } or { indexed = "pending" }"#,
        )
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<CallbackPolicy, E> {
        match word {
            PATH => Ok(CallbackPolicy::Path),
            IDENTIFIER => Ok(CallbackPolicy::Identifier),
            _ => Err(E::unknown_variant(word, &[PATH, IDENTIFIER])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CallbackPolicy, A::Error> {
        let key: Option<String> = map.next_key()?;
        let policy = match key.as_deref() {
            Some(PREFIX) => CallbackPolicy::Prefix(map.next_value()?),
            Some(ONE_OF) => CallbackPolicy::OneOf(map.next_value()?),
            Some(INDEXED) => CallbackPolicy::Indexed(map.next_value()?),
            Some(other) => return Err(de::Error::unknown_field(other, KEYS)),
            None => return Err(de::Error::invalid_length(0, &self)),
        };
        match map.next_key::<String>()? {
            None => Ok(policy),
            Some(_) => Err(de::Error::invalid_length(2, &self)),
        }
    }
}

fn one_key<S, T>(serializer: S, key: &str, value: &T) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize,
{
    let mut table = serializer.serialize_map(Some(1))?;
    table.serialize_entry(key, value)?;
    table.end()
}

const PATH: &str = "path";
const IDENTIFIER: &str = "identifier";
const PREFIX: &str = "prefix";
const ONE_OF: &str = "one_of";
const INDEXED: &str = "indexed";
const KEYS: &[&str] = &[PREFIX, ONE_OF, INDEXED];

//! Reading configurations from files, and writing them.
//!
//! A wrong value is left to the policy that is made of the configuration, which reports all faults at once.
//! Only what has no such value at all is an error here.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
};

/// A value that is written as keys and values; `expected` says what they are.
///
/// What is derived takes a list of the values for it too, which nobody means.
pub(crate) fn table<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(Table { expected, of: PhantomData })
}

struct Table<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Table<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}

/// Keys that whoever writes the file makes up, each with its value, in their order.
pub(crate) fn entries<'de, D, T>(
    deserializer: D,
    expected: &'static str,
) -> Result<Vec<(String, T)>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(Entries { expected, of: PhantomData })
}

struct Entries<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
    type Value = Vec<(String, T)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// Writes what [`entries`] reads.
pub(crate) fn serialize_entries<S, T>(
    entries: &[(String, T)],
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize,
{
    serializer.collect_map(entries.iter().map(|(key, value)| (key, value)))
}

pub(crate) fn origin_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of origins, such as ["https://app.example.com"]"#)
}

pub(crate) fn regex_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, "a list of regular expressions")
}

pub(crate) fn method_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of methods, such as ["PUT", "DELETE"]"#)
}

pub(crate) fn header_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of headers' names, such as ["content-type", "etag"]"#)
}

/// For a key that may be absent.
#[cfg(feature = "jsonp")]
pub(crate) fn optional_header_list<'de, D>(deserializer: D) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    header_list(deserializer).map(Some)
}

pub(crate) fn path_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of paths, such as ["/feed", "/public/*"]"#)
}

#[cfg(feature = "tower")]
pub(crate) fn host_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of hosts, such as ["api.example.com"]"#)
}

#[cfg(feature = "tower")]
pub(crate) fn media_type_list<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    list(deserializer, r#"a list of media types, such as ["application/x-ndjson"]"#)
}

/// For a key that may be absent.
#[cfg(feature = "cross-origin")]
pub(crate) fn optional_origin_list<'de, D>(
    deserializer: D,
) -> Result<Option<super::OriginList>, D::Error>
where
    D: Deserializer<'de>,
{
    super::OriginList::deserialize(deserializer).map(Some)
}

/// For a key that may be absent.
pub(crate) fn optional_path_list<'de, D>(deserializer: D) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    path_list(deserializer).map(Some)
}

/// The members of a list that is being read.
pub(crate) fn list_members<'de, A, T>(mut list: A) -> Result<Vec<T>, A::Error>
where
    A: SeqAccess<'de>,
    T: Deserialize<'de>,
{
    let mut members = Vec::new();
    while let Some(member) = list.next_element()? {
        members.push(member);
    }
    Ok(members)
}

/// A list; `expected` says of what.
pub(crate) fn list<'de, D, T>(deserializer: D, expected: &'static str) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(List { expected, of: PhantomData })
}

struct List<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        list_members(list)
    }
}

pub(crate) fn success_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    number(deserializer, "a status from 200 to 299")
}

pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    number(deserializer, "whole seconds, 0 to 86400").map(Some)
}

/// A number that is in `T`, which takes more than is `expected`: a policy refuses the rest with all its
/// other faults.
pub(crate) fn number<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    deserializer.deserialize_any(Number { expected, of: PhantomData })
}

struct Number<T> {
    expected: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: TryFrom<u64>> Visitor<'de> for Number<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::invalid_value(Unexpected::Signed(number), &self)),
        }
    }

    /// As `serde_json` gives numbers to whoever did not ask for one, if anything in the program turns its
    /// feature `arbitrary_precision` on.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let number = match map.next_entry::<String, String>() {
            Ok(Some((key, digits))) if key == JSON_NUMBER => digits.parse::<u64>().ok(),
            _ => None,
        };
        let unexpected = || A::Error::invalid_type(Unexpected::Map, &self);
        number.and_then(|number| T::try_from(number).ok()).ok_or_else(unexpected)
    }
}

const JSON_NUMBER: &str = "$serde_json::private::Number";

/// Reads and writes a value that is one of some words, as a file has them.
macro_rules! words {
    ($value:ty, $expected:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        /// # Errors
        ///
        /// The format's own, for another word.
        impl<'de> serde::Deserialize<'de> for $value {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;

                impl serde::de::Visitor<'_> for Word {
                    type Value = $value;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$value, E> {
                        match word {
                            $($word => Ok(<$value>::$variant),)+
                            _ => Err(E::unknown_variant(word, &[$($word),+])),
                        }
                    }
                }

                deserializer.deserialize_str(Word)
            }
        }

        /// # Errors
        ///
        /// The format's own.
        impl serde::Serialize for $value {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(match self {
                    $(<$value>::$variant => $word,)+
                })
            }
        }

        impl crate::config::file::Words for $value {
            const WORDS: &'static [&'static str] = &[$($word),+];
        }
    };
}

pub(crate) use words;

/// What is one of some words.
#[cfg_attr(not(feature = "schemars"), expect(dead_code, reason = "the schema names them"))]
pub(crate) trait Words {
    const WORDS: &'static [&'static str];
}

/// The same with each description on one line, whatever the width of the source.
#[cfg(feature = "schemars")]
pub(crate) fn unwrapped(mut schema: schemars::Schema) -> schemars::Schema {
    let properties = schema.get_mut("properties").and_then(|properties| properties.as_object_mut());
    for property in properties.into_iter().flat_map(|properties| properties.values_mut()) {
        if let Some(description) = property.get_mut("description") {
            let line = description.as_str().map(|text| text.replace('\n', " "));
            *description = line.into();
        }
    }
    schema
}

/// The schema of values that are one of some words.
#[cfg(feature = "schemars")]
macro_rules! schema_of_words {
    ($($value:ident),+ $(,)?) => {
        $(impl schemars::JsonSchema for $value {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($value).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let words = <$value as crate::config::file::Words>::WORDS;
                schemars::json_schema!({ "type": "string", "enum": words })
            }
        })+
    };
}

#[cfg(feature = "schemars")]
pub(crate) use schema_of_words;

/// Whether a file leaves the key out: it is the shorter for it, and an earlier version reads it unless it
/// has something that is new.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether a file leaves out a key whose default is `true`.
#[cfg(feature = "jsonp")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn is_true(value: &bool) -> bool {
    *value
}

/// What pages embed, in the words of `Sec-Fetch-Dest`.
#[cfg(feature = "tower")]
pub(crate) mod destinations {
    use serde::{Deserializer, Serialize, Serializer, de::Error};

    use super::list;
    use crate::fetch::Destination;

    pub(crate) fn deserialize<'de, D>(deserializer: D) -> Result<Vec<Destination>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let expected = r#"a list of destinations, such as ["image", "script"]"#;
        let names: Vec<String> = list(deserializer, expected)?;
        let destination = |name: String| {
            let unknown = || {
                D::Error::custom(format_args!(
                    "{name:?} is no destination; those of Sec-Fetch-Dest are, such as \"image\""
                ))
            };
            Destination::from_name(name.as_bytes()).ok_or_else(unknown)
        };
        names.into_iter().map(destination).collect()
    }

    pub(crate) fn serialize<S>(
        destinations: &[Destination],
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
    {
        let names: Vec<&str> = destinations.iter().map(|one| one.as_str()).collect();
        names.serialize(serializer)
    }
}

/// A status that a key may replace.
#[cfg(feature = "cross-origin")]
pub(crate) mod status {
    use http::StatusCode;
    use serde::{
        Deserializer, Serialize, Serializer,
        de::{Error, Unexpected},
    };

    use super::number;

    const EXPECTED: &str = "a status, such as 200";

    pub(crate) fn deserialize<'de, D>(deserializer: D) -> Result<Option<StatusCode>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let code: u16 = number(deserializer, EXPECTED)?;
        let unexpected = |_| D::Error::invalid_value(Unexpected::Unsigned(code.into()), &EXPECTED);
        StatusCode::from_u16(code).map(Some).map_err(unexpected)
    }

    #[expect(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    pub(crate) fn serialize<S>(
        status: &Option<StatusCode>,
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
    {
        status.map(|status| status.as_u16()).serialize(serializer)
    }
}

/// Durations, in the unit that the key's documentation names.
#[cfg(feature = "tower")]
pub(crate) mod duration {
    macro_rules! unit {
        ($unit:ident, $expected:literal, $from:ident, $count:ident) => {
            pub(crate) mod $unit {
                use std::time::Duration;

                use serde::{Deserializer, Serialize, Serializer};

                use crate::config::file::number;

                pub(crate) fn deserialize<'de, D>(
                    deserializer: D,
                ) -> Result<Option<Duration>, D::Error>
                where
                    D: Deserializer<'de>,
                {
                    number(deserializer, $expected).map(Duration::$from).map(Some)
                }

                #[expect(clippy::ref_option, reason = "serde calls it so")]
                pub(crate) fn serialize<S>(
                    time: &Option<Duration>,
                    serializer: S,
                ) -> Result<S::Ok, S::Error>
                where
                    S: Serializer,
                {
                    time.map(|time| time.$count()).serialize(serializer)
                }
            }
        };
    }

    unit!(seconds, "whole seconds", from_secs, as_secs);
    unit!(milliseconds, "whole milliseconds", from_millis, as_millis);
}

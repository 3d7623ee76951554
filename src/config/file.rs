//! Functions that read configurations from files, and write them.
//!
//! Only a value of the wrong type is an error here. Other invalid values and unknown keys are accepted, and the
//! constructor of the policy reports all faults at once.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
        Visitor, value,
    },
    forward_to_deserialize_any,
};

use super::UnknownKeys;

/// The settings of a section, which remember the unknown keys of the file.
pub(crate) trait Section {
    fn set_unknown_keys(&mut self, keys: UnknownKeys);
}

/// Implements [`Section`] for structs with the field `unknown_keys`.
macro_rules! sections_with_unknown_keys {
    ($($section:ty),+ $(,)?) => {
        $(impl crate::config::file::Section for $section {
            fn set_unknown_keys(&mut self, keys: crate::config::UnknownKeys) {
                self.unknown_keys = keys;
            }
        })+
    };
}

pub(crate) use sections_with_unknown_keys;

/// Reads a section from a table; `expected` describes the table in errors.
///
/// A derived implementation would also accept a list of the values, which is never intended. It would also stop at
/// the first unknown key. The policy reports all of them as faults.
pub(crate) fn table<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Section,
{
    deserializer.deserialize_any(Table { expected, value: PhantomData })
}

struct Table<T> {
    expected: &'static str,
    value: PhantomData<T>,
}

impl<'de, T: Deserialize<'de> + Section> Visitor<'de> for Table<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let mut unknown = UnknownKeys::default();
        let mut section = T::deserialize(KnownKeys { map, unknown: &mut unknown })?;
        section.set_unknown_keys(unknown);
        Ok(section)
    }
}

/// Deserializes a struct from a map, and collects the other keys of the map.
struct KnownKeys<'a, A> {
    map: A,
    unknown: &'a mut UnknownKeys,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for KnownKeys<'_, A> {
    type Error = A::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        visitor.visit_map(KnownEntries { map: self.map, fields, unknown: self.unknown })
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.map)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct KnownEntries<'a, A> {
    map: A,
    fields: &'static [&'static str],
    unknown: &'a mut UnknownKeys,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KnownEntries<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if self.fields.contains(&&*key) {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
            self.map.next_value::<IgnoredAny>()?;
            self.unknown.push(key, self.fields);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// Returns the keys of a section.
pub(crate) fn keys<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut keys: &'static [&'static str] = &[];
    // The implementation reads a struct with these fields, and gets an error.
    let _ = T::deserialize(FieldNames(&mut keys));
    keys
}

struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = value::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, value::Error> {
        *self.0 = fields;
        Err(value::Error::custom("only the names of the fields are needed"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, value::Error> {
        Err(value::Error::custom("the type is not a struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Reads a table with arbitrary keys, and keeps the order of the keys.
pub(crate) fn entries<'de, D, T>(
    deserializer: D,
    expected: &'static str,
) -> Result<Vec<(String, T)>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(Entries { expected, value: PhantomData })
}

struct Entries<T> {
    expected: &'static str,
    value: PhantomData<T>,
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

/// Writes a table for [`entries`].
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
    list(deserializer, r#"a list of header names, such as ["content-type", "etag"]"#)
}

#[cfg(feature = "cors")]
pub(crate) fn preset_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of presets, such as ["tus", "mcp"]"#)
}

/// Reads the list of a key that may be absent.
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

#[cfg(feature = "cors")]
pub(crate) fn domain_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of domains, such as ["apps.example.com"]"#)
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

/// Reads the list of a key that may be absent.
#[cfg(feature = "cross-origin")]
pub(crate) fn optional_origin_list<'de, D>(
    deserializer: D,
) -> Result<Option<super::OriginList>, D::Error>
where
    D: Deserializer<'de>,
{
    super::OriginList::deserialize(deserializer).map(Some)
}

/// Reads the list of a key that may be absent.
pub(crate) fn optional_path_list<'de, D>(deserializer: D) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    path_list(deserializer).map(Some)
}

/// Reads the items of a list.
pub(crate) fn list_items<'de, A, T>(mut list: A) -> Result<Vec<T>, A::Error>
where
    A: SeqAccess<'de>,
    T: Deserialize<'de>,
{
    let mut items = Vec::new();
    while let Some(item) = list.next_element()? {
        items.push(item);
    }
    Ok(items)
}

/// Reads a list; `expected` describes the list in errors.
pub(crate) fn list<'de, D, T>(deserializer: D, expected: &'static str) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(List { expected, item: PhantomData })
}

struct List<T> {
    expected: &'static str,
    item: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        list_items(list)
    }
}

pub(crate) fn success_status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    number(deserializer, "a status from 200 to 299")
}

pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    number(deserializer, "whole seconds, 0 to 86400").map(Some)
}

/// Reads a number that fits into `T`; `expected` describes the number in errors.
///
/// `T` may allow more numbers than `expected`. The policy rejects the others together with its other faults.
pub(crate) fn number<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    deserializer.deserialize_any(Number { expected, number: PhantomData })
}

struct Number<T> {
    expected: &'static str,
    number: PhantomData<T>,
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

    /// Reads a number of `serde_json` with the feature `arbitrary_precision`.
    ///
    /// Any crate of the program may enable the feature. `deserialize_any` then passes numbers as maps.
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

/// Implements reading and writing for an enum whose values are words in a file.
macro_rules! words {
    ($value:ty, $expected:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        /// # Errors
        ///
        /// Returns the format's error for an unknown word.
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
        /// Returns the format's errors.
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

/// An enum whose values are words in a file.
#[cfg_attr(
    not(feature = "schemars"),
    expect(dead_code, reason = "only the schema lists the words")
)]
pub(crate) trait Words {
    const WORDS: &'static [&'static str];
}

/// Returns the schema with each description on one line.
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

/// Implements the schema of enums whose values are words in a file.
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

/// Returns whether a file omits the key, since the value is the default.
///
/// The file is shorter, and an earlier version of the crate can read the file if no new key is used.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Returns whether a file omits a key whose default is `true`.
#[cfg(feature = "jsonp")]
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde requires a reference")]
pub(crate) fn is_true(value: &bool) -> bool {
    *value
}

/// A list of destinations, with the names of `Sec-Fetch-Dest`.
#[cfg(feature = "tower")]
pub(crate) mod destinations {
    use serde::{Deserializer, Serialize, Serializer, de::Error};

    use super::list;
    use crate::{config::Message, fetch::Destination};

    pub(crate) fn deserialize<'de, D>(deserializer: D) -> Result<Vec<Destination>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let expected = r#"a list of destinations, such as ["image", "script"]"#;
        let names: Vec<String> = list(deserializer, expected)?;
        let destination = |name: String| {
            let unknown = || {
                D::Error::custom(Message::new(
                    format!("{name:?} is not a destination"),
                    "browsers never send the value in Sec-Fetch-Dest",
                    "use a value of Sec-Fetch-Dest, such as \"image\"",
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
        let names: Vec<&str> =
            destinations.iter().map(|destination| destination.as_str()).collect();
        names.serialize(serializer)
    }
}

/// The status of a key that may be absent.
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

    #[expect(
        clippy::ref_option,
        clippy::trivially_copy_pass_by_ref,
        reason = "serde requires a reference"
    )]
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

/// Durations in whole seconds or milliseconds.
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

                #[expect(clippy::ref_option, reason = "serde requires a reference")]
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

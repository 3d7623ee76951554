use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
    ser::SerializeMap,
};

/// A value that is written as keys and values; `expected` says what they are.
///
/// What is derived takes a list of the values for it too, which nobody means.
pub(crate) fn deserialize<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
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

/// Writes the keys whose values are not the default.
///
/// A file is the shorter for it, and an earlier version reads it unless it has something that is new.
pub(crate) struct Written<M> {
    table: M,
}

impl<M: SerializeMap> Written<M> {
    pub(crate) fn begin<S>(serializer: S) -> Result<Self, S::Error>
    where
        S: Serializer<SerializeMap = M>,
    {
        Ok(Self { table: serializer.serialize_map(None)? })
    }

    pub(crate) fn key<T>(&mut self, key: &str, value: &T, default: &T) -> Result<(), M::Error>
    where
        T: Serialize + PartialEq,
    {
        if value == default { Ok(()) } else { self.table.serialize_entry(key, value) }
    }

    /// Keys that the configuration's author made up; nothing where there are none.
    pub(crate) fn entries<T: Serialize>(
        &mut self,
        key: &str,
        entries: &[(String, T)],
    ) -> Result<(), M::Error> {
        if entries.is_empty() {
            return Ok(());
        }
        self.table.serialize_entry(key, &EntriesOf(entries))
    }

    pub(crate) fn end(self) -> Result<M::Ok, M::Error> {
        self.table.end()
    }
}

struct EntriesOf<'a, T>(&'a [(String, T)]);

impl<T: Serialize> Serialize for EntriesOf<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
    ser::SerializeMap,
};

/// A value that is written as keys and values; `expected` says what they are.
///
/// What is derived takes a list of the values for it too, which nobody means.
pub(super) fn deserialize<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
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

/// Writes the keys whose values are not the default.
///
/// A file is the shorter for it, and an earlier version reads it unless it has something that is new.
pub(super) struct Written<M> {
    table: M,
}

impl<M: SerializeMap> Written<M> {
    pub(super) fn begin<S>(serializer: S) -> Result<Self, S::Error>
    where
        S: Serializer<SerializeMap = M>,
    {
        Ok(Self { table: serializer.serialize_map(None)? })
    }

    pub(super) fn key<T>(&mut self, key: &str, value: &T, default: &T) -> Result<(), M::Error>
    where
        T: Serialize + PartialEq,
    {
        if value == default { Ok(()) } else { self.table.serialize_entry(key, value) }
    }

    pub(super) fn end(self) -> Result<M::Ok, M::Error> {
        self.table.end()
    }
}

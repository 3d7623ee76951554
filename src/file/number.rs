use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{Error, MapAccess, Unexpected, Visitor},
};

pub(crate) fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    deserialize(deserializer, "a status from 200 to 299")
}

pub(crate) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    deserialize(deserializer, "whole seconds, 0 to 86400").map(Some)
}

/// A number that is in `T`, which takes more than is `expected`: a policy refuses the rest with all its
/// other faults.
pub(crate) fn deserialize<'de, D, T>(deserializer: D, expected: &'static str) -> Result<T, D::Error>
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

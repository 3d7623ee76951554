use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};

pub(crate) fn origins<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserialize(deserializer, r#"a list of origins, such as ["https://app.example.com"]"#)
}

pub(crate) fn regexes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserialize(deserializer, "a list of regular expressions")
}

pub(crate) fn methods<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserialize(deserializer, r#"a list of methods, such as ["PUT", "DELETE"]"#)
}

pub(crate) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserialize(deserializer, r#"a list of headers' names, such as ["content-type", "etag"]"#)
}

pub(crate) fn paths<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserialize(deserializer, r#"a list of paths, such as ["/feed", "/public/*"]"#)
}

/// For a key that may be absent.
pub(crate) fn paths_if_any<'de, D>(deserializer: D) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    paths(deserializer).map(Some)
}

/// The members of a list that is being read.
pub(crate) fn members<'de, A, T>(mut list: A) -> Result<Vec<T>, A::Error>
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
pub(crate) fn deserialize<'de, D, T>(
    deserializer: D,
    expected: &'static str,
) -> Result<Vec<T>, D::Error>
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
        members(list)
    }
}

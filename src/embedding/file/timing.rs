use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
    ser::SerializeMap,
};

use crate::{
    config::file,
    embedding::config::TimingAllowOrigin,
    origin::{Member, OriginSet},
};

/// `*`, a list of origins that are all named, or a table with those of which the one that asks is.
impl<'de> Deserialize<'de> for TimingAllowOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimingVisitor)
    }
}

impl Serialize for TimingAllowOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Any => serializer.serialize_str(ANY),
            Self::Listed(origins) => origins.serialize(serializer),
            Self::OfWhoAsks(origins) => who_asks(serializer, &texts(origins)),
            Self::WrittenOfWhoAsks(origins) => who_asks(serializer, origins),
        }
    }
}

struct TimingVisitor;

impl<'de> Visitor<'de> for TimingVisitor {
    type Value = TimingAllowOrigin;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#""*", a list of origins, or { who_asks = ["https://app.example.com"] }"#)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<TimingAllowOrigin, E> {
        match word {
            ANY => Ok(TimingAllowOrigin::Any),
            _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, origins: A) -> Result<TimingAllowOrigin, A::Error> {
        file::list_members(origins).map(TimingAllowOrigin::Listed)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimingAllowOrigin, A::Error> {
        let asking = WhoAsks::deserialize(MapAccessDeserializer::new(map))?;
        Ok(TimingAllowOrigin::WrittenOfWhoAsks(asking.who_asks))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WhoAsks {
    #[serde(deserialize_with = "file::origin_list")]
    who_asks: Vec<String>,
}

fn who_asks<S, T>(serializer: S, origins: &[T]) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize,
{
    let mut table = serializer.serialize_map(Some(1))?;
    table.serialize_entry("who_asks", origins)?;
    table.end()
}

/// Sorted, since a set keeps no order.
fn texts(origins: &OriginSet) -> Vec<&str> {
    let mut texts: Vec<&str> = origins
        .iter()
        .filter_map(|member| match member {
            Member::Pattern(text) => Some(text),
            Member::Regex(_) => None,
        })
        .collect();
    texts.sort_unstable();
    texts
}

const ANY: &str = "*";

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        Error, MapAccess, Visitor,
        value::{MapAccessDeserializer, StrDeserializer},
    },
    ser::SerializeMap,
};

use crate::embedding::Reported;

/// # Errors
///
/// The format's own, for what is neither a policy nor one with its endpoint.
impl<'de, P: Copy + Deserialize<'de>> Deserialize<'de> for Reported<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReportedVisitor(PhantomData))
    }
}

/// # Errors
///
/// The format's own.
impl<P: Copy + Serialize> Serialize for Reported<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(endpoint) = self.endpoint() else { return self.policy().serialize(serializer) };
        let mut table = serializer.serialize_map(Some(2))?;
        table.serialize_entry("policy", &self.policy())?;
        table.serialize_entry("report_to", endpoint)?;
        table.end()
    }
}

struct ReportedVisitor<P>(PhantomData<P>);

impl<'de, P: Copy + Deserialize<'de>> Visitor<'de> for ReportedVisitor<P> {
    type Value = Reported<P>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(r#"a policy, or one with its endpoint, { policy = "...", report_to = "..." }"#)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Reported<P>, E> {
        P::deserialize(StrDeserializer::new(word)).map(Reported::from)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Reported<P>, A::Error> {
        let told = Told::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Reported { policy: told.policy, endpoint: told.report_to })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Told<P> {
    policy: P,
    report_to: Option<String>,
}

//! The configuration as it stands in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::config::{Beacons, CrossOriginConfig, EventStreams, Guards, LongPolling, sections};
use crate::{config::file, cors::CorsConfig, embedding::EmbeddingConfig, jsonp::JsonpConfig};

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
impl<'de> Deserialize<'de> for CrossOriginConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: Keys = file::table(deserializer, "origins, cors, guard, and so on, by key")?;
        Ok(Self {
            origins: keys.origins,
            service_origins: keys.service_origins,
            cors: keys.cors,
            guard: keys.guard,
            embedding: keys.embedding,
            jsonp: keys.jsonp,
            sse: keys.sse,
            long_poll: keys.long_poll,
            beacon: keys.beacon,
        })
    }
}

/// # Errors
///
/// The format's own, and those of the parts: of a rule, and of callbacks that a function decides on.
impl Serialize for CrossOriginConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = file::TableWriter::begin(serializer)?;
        written.key("service_origins", &self.service_origins, &Vec::new())?;
        written.key("origins", &self.origins, &BTreeMap::new())?;
        written.key("cors", &self.cors, &None)?;
        written.key("guard", &self.guard, &Guards::default())?;
        written.key("embedding", &self.embedding, &None)?;
        written.key("jsonp", &self.jsonp, &None)?;
        written.key("sse", &self.sse, &None)?;
        written.key("long_poll", &self.long_poll, &None)?;
        written.key("beacon", &self.beacon, &None)?;
        written.end()
    }
}

/// Everything that pages of other origins may do with this service.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
struct Keys {
    /// Lists of origins by name. Wherever origins are written, `@partners` stands for those of the list
    /// `partners`.
    #[serde(deserialize_with = "lists")]
    origins: BTreeMap<String, Vec<String>>,
    /// The origins under which browsers reach this service, such as `https://api.example.com`.
    #[serde(deserialize_with = "file::origin_list")]
    service_origins: Vec<String>,
    /// Which pages of other origins may read responses, and what they may send.
    cors: Option<CorsConfig>,
    /// Which requests do not reach the service at all.
    #[serde(deserialize_with = "sections::guards")]
    guard: Guards,
    /// Which pages may embed responses, time them, or share a process with them.
    embedding: Option<EmbeddingConfig>,
    /// Data for `<script>` elements of pages that cannot read it otherwise.
    jsonp: Option<JsonpConfig>,
    /// What is said of streams of events, and put into them.
    #[serde(deserialize_with = "sections::sse")]
    sse: Option<EventStreams>,
    /// Requests that wait for something to happen.
    #[serde(deserialize_with = "sections::long_poll")]
    long_poll: Option<LongPolling>,
    /// Images and beacons by which pages ping.
    #[serde(deserialize_with = "sections::beacon")]
    beacon: Option<Beacons>,
}

fn lists<'de, D>(deserializer: D) -> Result<BTreeMap<String, Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    let mut lists = BTreeMap::new();
    for (name, Origins(origins)) in file::entries(deserializer, "lists of origins, by name")? {
        if lists.contains_key(&name) {
            return Err(D::Error::custom(format_args!("the list {name:?} is there twice")));
        }
        lists.insert(name, origins);
    }
    Ok(lists)
}

#[derive(Deserialize)]
struct Origins(#[serde(deserialize_with = "file::origin_list")] Vec<String>);

/// A whole file.
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for CrossOriginConfig {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CrossOriginConfig".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        file::unwrapped(Keys::json_schema(generator))
    }
}

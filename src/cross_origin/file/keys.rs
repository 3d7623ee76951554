use std::collections::BTreeMap;

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de::Error};

use super::sections;
use crate::{
    config::file,
    cors::CorsConfig,
    cross_origin::{Beacons, EventStreams, Guards, LongPolling},
    embedding::Embedding,
    jsonp::JsonpConfig,
};

/// Everything that pages of other origins may do with this service.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Keys {
    /// Lists of origins by name. Wherever origins are written, `@partners` stands for those of the list
    /// `partners`.
    #[serde(deserialize_with = "lists")]
    pub(super) origins: BTreeMap<String, Vec<String>>,
    /// The origins under which browsers reach this service, such as `https://api.example.com`.
    #[serde(deserialize_with = "file::origin_list")]
    pub(super) own_origins: Vec<String>,
    /// Which pages of other origins may read responses, and what they may send.
    pub(super) cors: Option<CorsConfig>,
    /// Which requests do not reach the service at all.
    #[serde(deserialize_with = "sections::guards")]
    pub(super) guard: Guards,
    /// Which pages may embed responses, time them, or share a process with them.
    pub(super) embedding: Option<Embedding>,
    /// Data for `<script>` elements of pages that cannot read it otherwise.
    pub(super) jsonp: Option<JsonpConfig>,
    /// What is said of streams of events, and put into them.
    #[serde(deserialize_with = "sections::sse")]
    pub(super) sse: Option<EventStreams>,
    /// Requests that wait for something to happen.
    #[serde(deserialize_with = "sections::long_poll")]
    pub(super) long_poll: Option<LongPolling>,
    /// Images and beacons by which pages ping.
    #[serde(deserialize_with = "sections::beacon")]
    pub(super) beacon: Option<Beacons>,
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

//! The configuration as it stands in a file.

pub(super) mod destinations;
pub(super) mod duration;
mod keys;
pub(super) mod lists;
#[cfg(feature = "schemars")]
mod schema;
pub(super) mod sections;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use self::keys::Keys;
use super::{CrossOrigin, Guards};
use crate::config::file;

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
impl<'de> Deserialize<'de> for CrossOrigin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: Keys = file::table(deserializer, "origins, cors, guard, and so on, by key")?;
        Ok(Self {
            origins: keys.origins,
            own_origins: keys.own_origins,
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
impl Serialize for CrossOrigin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut written = file::TableWriter::begin(serializer)?;
        written.key("own_origins", &self.own_origins, &Vec::new())?;
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

pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

//! Durations, in the unit that the key's documentation names.

macro_rules! unit {
    ($unit:ident, $expected:literal, $from:ident, $count:ident) => {
        pub(in crate::cross_origin) mod $unit {
            use std::time::Duration;

            use serde::{Deserializer, Serialize, Serializer};

            use crate::config::file;

            pub(in crate::cross_origin) fn deserialize<'de, D>(
                deserializer: D,
            ) -> Result<Option<Duration>, D::Error>
            where
                D: Deserializer<'de>,
            {
                file::number(deserializer, $expected).map(Duration::$from).map(Some)
            }

            #[expect(clippy::ref_option, reason = "serde calls it so")]
            pub(in crate::cross_origin) fn serialize<S>(
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

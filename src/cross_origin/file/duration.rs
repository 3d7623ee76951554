//! Durations, in the unit that the key's documentation names.

pub(in crate::cross_origin) mod seconds {
    use std::time::Duration;

    use serde::{Deserializer, Serialize, Serializer};

    use crate::file::number;

    pub(in crate::cross_origin) fn deserialize<'de, D>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let seconds = number::deserialize(deserializer, "whole seconds")?;
        Ok(Some(Duration::from_secs(seconds)))
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(in crate::cross_origin) fn serialize<S>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
    {
        time.map(|time| time.as_secs()).serialize(serializer)
    }
}

pub(in crate::cross_origin) mod milliseconds {
    use std::time::Duration;

    use serde::{Deserializer, Serialize, Serializer};

    use crate::file::number;

    pub(in crate::cross_origin) fn deserialize<'de, D>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error>
    where
        D: Deserializer<'de>,
    {
        let milliseconds = number::deserialize(deserializer, "whole milliseconds")?;
        Ok(Some(Duration::from_millis(milliseconds)))
    }

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(in crate::cross_origin) fn serialize<S>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
    {
        time.map(|time| time.as_millis()).serialize(serializer)
    }
}

use serde::Deserializer;

use crate::config::file::{list, origin_list};

pub(in crate::cross_origin) fn hosts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<String>, D::Error> {
    list(deserializer, r#"a list of hosts, such as ["api.example.com"]"#)
}

pub(in crate::cross_origin) fn media_types<'de, D>(deserializer: D) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    list(deserializer, r#"a list of media types, such as ["application/x-ndjson"]"#)
}

/// For a key that may be absent.
pub(in crate::cross_origin) fn origins_if_any<'de, D>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    origin_list(deserializer).map(Some)
}

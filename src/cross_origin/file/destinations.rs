//! What pages embed, in the words of `Sec-Fetch-Dest`.

use serde::{Deserializer, Serialize, Serializer, de::Error};

use crate::{config::file, fetch::Destination};

pub(in crate::cross_origin) fn deserialize<'de, D>(
    deserializer: D,
) -> Result<Vec<Destination>, D::Error>
where
    D: Deserializer<'de>,
{
    let expected = r#"a list of destinations, such as ["image", "script"]"#;
    let names: Vec<String> = file::list(deserializer, expected)?;
    let destination = |name: String| {
        let unknown = || {
            D::Error::custom(format_args!(
                "{name:?} is no destination; those of Sec-Fetch-Dest are, such as \"image\""
            ))
        };
        Destination::of_name(name.as_bytes()).ok_or_else(unknown)
    };
    names.into_iter().map(destination).collect()
}

pub(in crate::cross_origin) fn serialize<S>(
    destinations: &[Destination],
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    S: Serializer,
{
    let names: Vec<&str> = destinations.iter().map(|one| one.as_str()).collect();
    names.serialize(serializer)
}

//! The setting for `Timing-Allow-Origin`.

use crate::config::OriginList;
#[cfg(feature = "tower")]
use crate::origin::{NamedOrigins, OriginSet};

/// The origins in `Timing-Allow-Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimingAllowOrigin {
    Any,
    /// The request origin, if it is one of these.
    RequestOrigin(OriginList),
    /// All of them.
    Listed(OriginList),
}

#[cfg(feature = "tower")]
impl TimingAllowOrigin {
    /// Returns whose pages see timings, to compare that with CORS.
    pub(super) fn timing(&self, lists: &NamedOrigins) -> Timing {
        match self {
            Self::Any => Timing::AnyOrigin,
            Self::RequestOrigin(written) | Self::Listed(written) => {
                Timing::Origins(written.to_set(lists, |_, _, _| {}))
            }
        }
    }
}

/// Whose pages see timings.
#[cfg(feature = "tower")]
pub(crate) enum Timing {
    AnyOrigin,
    Origins(OriginSet),
}

#[cfg(feature = "serde")]
mod file_format {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{Error, MapAccess, SeqAccess, Unexpected, Visitor, value::MapAccessDeserializer},
    };

    use super::{OriginList, TimingAllowOrigin};
    use crate::config::file;

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
                Self::RequestOrigin(origins) => {
                    RequestOriginTable { matching: origins.clone() }.serialize(serializer)
                }
            }
        }
    }

    struct TimingVisitor;

    impl<'de> Visitor<'de> for TimingVisitor {
        type Value = TimingAllowOrigin;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(r#""*", a list of origins, or { matching = ["https://app.example.com"] }"#)
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<TimingAllowOrigin, E> {
            match word {
                ANY => Ok(TimingAllowOrigin::Any),
                _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, origins: A) -> Result<TimingAllowOrigin, A::Error> {
            let texts: Vec<String> = file::list_items(origins)?;
            Ok(TimingAllowOrigin::Listed(texts.into()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimingAllowOrigin, A::Error> {
            let table = RequestOriginTable::deserialize(MapAccessDeserializer::new(map))?;
            Ok(TimingAllowOrigin::RequestOrigin(table.matching))
        }
    }

    /// The origins of [`TimingAllowOrigin::RequestOrigin`], as a file has them.
    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct RequestOriginTable {
        matching: OriginList,
    }

    const ANY: &str = "*";

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::TimingAllowOrigin;

        impl JsonSchema for TimingAllowOrigin {
            fn schema_name() -> Cow<'static, str> {
                "TimingAllowOrigin".into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "anyOf": [
                        { "description": "Every page.", "type": "string", "const": "*" },
                        {
                            "description": "All of these, whatever the request; none of them is a pattern.",
                            "type": "array",
                            "items": { "type": "string" },
                        },
                        {
                            "description": "The request origin, if it is one of these.",
                            "type": "object",
                            "properties": {
                                "matching": { "type": "array", "items": { "type": "string" } },
                            },
                            "required": ["matching"],
                            "additionalProperties": false,
                        },
                    ]
                })
            }
        }
    }
}

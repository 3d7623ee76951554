//! The setting for `Timing-Allow-Origin`.

use crate::config::OriginList;
#[cfg(feature = "tower")]
use crate::origin::{NamedOrigins, OriginSet};

/// The origins in `Timing-Allow-Origin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimingAllowOrigin {
    Any,
    /// The request origin, if it matches one of these.
    RequestOrigin(OriginList),
    /// All of these origins, in every response.
    Listed(OriginList),
}

#[cfg(feature = "tower")]
impl TimingAllowOrigin {
    /// Returns the origins that can read timings, for a comparison with the CORS policy.
    pub(super) fn timing(&self, lists: &NamedOrigins) -> Timing {
        match self {
            Self::Any => Timing::AnyOrigin,
            Self::RequestOrigin(list) | Self::Listed(list) => {
                Timing::Origins(list.to_set(lists, |_, _, _| {}))
            }
        }
    }
}

/// The origins whose pages can read timings.
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

    /// Reads `*`, a list of origins, or a table of origins to echo.
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
            let texts: Vec<String> = file::list_members(origins)?;
            Ok(TimingAllowOrigin::Listed(texts.into()))
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimingAllowOrigin, A::Error> {
            let table = RequestOriginTable::deserialize(MapAccessDeserializer::new(map))?;
            Ok(TimingAllowOrigin::RequestOrigin(table.matching))
        }
    }

    /// The table of [`TimingAllowOrigin::RequestOrigin`] in a file.
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
                            "description": "All of these origins, in every response; patterns are not allowed.",
                            "type": "array",
                            "items": { "type": "string" },
                        },
                        {
                            "description": "The request origin, if it matches one of these.",
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

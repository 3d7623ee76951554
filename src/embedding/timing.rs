//! `Timing-Allow-Origin`: whom a configuration names.

#[cfg(feature = "tower")]
use crate::origin::NamedOrigins;
use crate::origin::OriginSet;

/// Whom `Timing-Allow-Origin` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TimingAllowOrigin {
    Any,
    /// The request's origin, if the set contains it.
    RequestOrigin(OriginSet),
    /// The request's origin, if one of these patterns or lists matches it.
    RequestOriginPatterns(Vec<String>),
    /// All of them.
    Listed(Vec<String>),
}

#[cfg(feature = "tower")]
impl TimingAllowOrigin {
    /// Returns whose pages see timings, to compare that with CORS.
    pub(super) fn timing(&self, lists: &NamedOrigins) -> Timing {
        match self {
            Self::Any => Timing::AnyOrigin,
            Self::RequestOrigin(origins) => Timing::Origins(origins.clone()),
            Self::RequestOriginPatterns(written) | Self::Listed(written) => {
                Timing::Origins(lists.set_of(written, |_, _, _| {}))
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

    use super::TimingAllowOrigin;
    use crate::config::file;

    /// `*`, a list of origins that are all named, or a table with those of which the one that asks is.
    impl<'de> Deserialize<'de> for TimingAllowOrigin {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(TimingVisitor)
        }
    }

    impl Serialize for TimingAllowOrigin {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let who_asks = match self {
                Self::Any => return serializer.serialize_str(ANY),
                Self::Listed(origins) => return origins.serialize(serializer),
                Self::RequestOriginPatterns(origins) => origins.clone(),
                Self::RequestOrigin(origins) => {
                    // Sorted, since a set keeps no order.
                    let mut texts: Vec<String> =
                        origins.patterns().map(|(text, _)| text.to_owned()).collect();
                    texts.sort_unstable();
                    texts
                }
            };
            RequestOriginTable { who_asks }.serialize(serializer)
        }
    }

    struct TimingVisitor;

    impl<'de> Visitor<'de> for TimingVisitor {
        type Value = TimingAllowOrigin;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(r#""*", a list of origins, or { who_asks = ["https://app.example.com"] }"#)
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<TimingAllowOrigin, E> {
            match word {
                ANY => Ok(TimingAllowOrigin::Any),
                _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, origins: A) -> Result<TimingAllowOrigin, A::Error> {
            file::list_members(origins).map(TimingAllowOrigin::Listed)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TimingAllowOrigin, A::Error> {
            let table = RequestOriginTable::deserialize(MapAccessDeserializer::new(map))?;
            Ok(TimingAllowOrigin::RequestOriginPatterns(table.who_asks))
        }
    }

    /// The origins of [`TimingAllowOrigin::RequestOriginPatterns`], as a file has them.
    #[derive(Deserialize, Serialize)]
    #[serde(deny_unknown_fields)]
    struct RequestOriginTable {
        #[serde(deserialize_with = "file::origin_list")]
        who_asks: Vec<String>,
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
                            "description": "All of these, whoever asks; none of them is a pattern.",
                            "type": "array",
                            "items": { "type": "string" },
                        },
                        {
                            "description": "Whoever of these asks.",
                            "type": "object",
                            "properties": {
                                "who_asks": { "type": "array", "items": { "type": "string" } },
                            },
                            "required": ["who_asks"],
                            "additionalProperties": false,
                        },
                    ]
                })
            }
        }
    }
}

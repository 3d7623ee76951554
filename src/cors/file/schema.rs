use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::keys::{ConfigKeys, RuleKeys};
use crate::{
    config::file::unwrapped,
    cors::{
        CorsConfig, Diagnostics, Rule, UpstreamHeaders,
        config::{ALL, KEEP, REPLACE},
    },
};

/// What a file has below its own key for CORS.
impl JsonSchema for CorsConfig {
    fn schema_name() -> Cow<'static, str> {
        "CorsConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(ConfigKeys::json_schema(generator))
    }
}

impl JsonSchema for Rule {
    fn schema_name() -> Cow<'static, str> {
        "Rule".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(RuleKeys::json_schema(generator))
    }
}

impl JsonSchema for UpstreamHeaders {
    fn schema_name() -> Cow<'static, str> {
        "UpstreamHeaders".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": [REPLACE, KEEP] })
    }
}

impl JsonSchema for Diagnostics {
    fn schema_name() -> Cow<'static, str> {
        "Diagnostics".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                {
                    "description": "Pages of these origins; none of them is a pattern.",
                    "type": "array",
                    "items": { "type": "string" },
                },
                {
                    "description": "Pages of every origin that a rule covers.",
                    "type": "string",
                    "const": ALL,
                },
            ]
        })
    }
}

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::JsonpKeys;
use crate::{
    config::file::{schema_of_words, unwrapped},
    jsonp::{CallbackPolicy, JsonpConfig, Payload, StatusMode, config::Credentials},
};

schema_of_words!(StatusMode, Payload, Credentials);

impl JsonSchema for JsonpConfig {
    fn schema_name() -> Cow<'static, str> {
        "JsonpConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(JsonpKeys::json_schema(generator))
    }
}

impl JsonSchema for CallbackPolicy {
    fn schema_name() -> Cow<'static, str> {
        "CallbackPolicy".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |key: &str, value: Schema| {
            json_schema!({
                "type": "object",
                "properties": { key: value },
                "required": [key],
                "additionalProperties": false,
            })
        };
        let text = || json_schema!({ "type": "string" });
        let texts = json_schema!({ "type": "array", "items": { "type": "string" } });
        json_schema!({
            "anyOf": [
                { "type": "string", "enum": ["path", "identifier"] },
                one("prefix", text()),
                one("one_of", texts),
                one("indexed", text()),
            ]
        })
    }
}

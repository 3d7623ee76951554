use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::keys::EmbeddingKeys;
use crate::{
    config::file::{schema_of_words, unwrapped},
    embedding::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, Embedding, OriginAgentCluster, Reported, UpstreamHeaders,
        config::TimingAllowOrigin,
    },
};

schema_of_words!(
    CrossOriginEmbedderPolicy,
    CrossOriginOpenerPolicy,
    CrossOriginResourcePolicy,
    DocumentIsolationPolicy,
    OriginAgentCluster,
    UpstreamHeaders,
);

impl JsonSchema for Embedding {
    fn schema_name() -> Cow<'static, str> {
        "Embedding".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(EmbeddingKeys::json_schema(generator))
    }
}

impl<P: JsonSchema> JsonSchema for Reported<P> {
    fn schema_name() -> Cow<'static, str> {
        format!("Reported{}", P::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let policy = generator.subschema_for::<P>();
        json_schema!({
            "anyOf": [
                policy,
                {
                    "description": "The policy, and the endpoint that browsers tell where it steps in.",
                    "type": "object",
                    "properties": { "policy": policy, "report_to": { "type": "string" } },
                    "required": ["policy"],
                    "additionalProperties": false,
                },
            ]
        })
    }
}

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

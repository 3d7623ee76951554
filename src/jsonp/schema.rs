use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::{JsonpConfig, file::JsonpKeys};
use crate::file::schema::unwrapped;

impl JsonSchema for JsonpConfig {
    fn schema_name() -> Cow<'static, str> {
        "JsonpConfig".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(JsonpKeys::json_schema(generator))
    }
}

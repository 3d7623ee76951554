use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::keys::Keys;
use crate::{config::file::unwrapped, cross_origin::CrossOrigin};

/// A whole file.
impl JsonSchema for CrossOrigin {
    fn schema_name() -> Cow<'static, str> {
        "CrossOrigin".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(Keys::json_schema(generator))
    }
}

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use super::keys::Keys;
use crate::{cross_origin::CrossOrigin, file::schema::unwrapped};

/// A whole file.
impl JsonSchema for CrossOrigin {
    fn schema_name() -> Cow<'static, str> {
        "CrossOrigin".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        unwrapped(Keys::json_schema(generator))
    }
}

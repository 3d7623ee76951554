//! The bounds of numbers, in the schema.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::limits::MAX_AGE_SECONDS;

/// What a browser takes for the answer to a preflight. <https://fetch.spec.whatwg.org/#ok-status>
pub(super) fn status(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 200, "maximum": 299 })
}

pub(super) fn seconds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": MAX_AGE_SECONDS })
}

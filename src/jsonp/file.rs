//! The configuration as it stands in a file.

use std::fmt;

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer, de,
    de::{MapAccess, Visitor},
    ser,
    ser::SerializeMap,
};

use super::{
    callback_policy::CallbackPolicy,
    config::{Credentials, JsonpConfig, Payload, StatusMode},
};
use crate::config::{file, file::words};

/// Data for `<script>` elements of pages that cannot read it otherwise.
#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
struct JsonpKeys {
    /// The paths at which responses are wrapped: `/feed`, or `/public/*` for all below it. Absent:
    /// everywhere.
    #[serde(deserialize_with = "file::optional_path_list")]
    paths: Option<Vec<String>>,
    /// The parameters of the query that name the callback. The first of them in the query counts.
    #[serde(deserialize_with = "file::header_list")]
    parameters: Vec<String>,
    /// Which callbacks are taken.
    callbacks: CallbackPolicy,
    /// What becomes of the status of a response that is wrapped.
    status: StatusMode,
    /// What the callback is given.
    payload: Payload,
    /// U+2028 and U+2029 stay as they are.
    keep_line_terminators: bool,
    /// `<`, `>` and `&` are escaped.
    escape_html: bool,
    /// What becomes of a request with cookies or `Authorization`.
    credentials: Credentials,
    /// Wraps for requests too that are no script's.
    dangerously_allow_any_destination: bool,
    /// The name under which a browser saves a response that someone navigates to.
    file_name: String,
    /// No `Content-Disposition` is set.
    without_content_disposition: bool,
    /// Takes the parameter out of the target of a request whose response is wrapped.
    hide_parameter: bool,
    /// Answers a request with a malformed callback with plain JSON, in the place of 400.
    pass_malformed_callbacks: bool,
}

impl Default for JsonpKeys {
    fn default() -> Self {
        Self::of(&JsonpConfig::new())
    }
}

impl JsonpKeys {
    fn of(config: &JsonpConfig) -> Self {
        Self {
            paths: config.paths.clone(),
            parameters: config.parameters.clone(),
            callbacks: config.callbacks.clone(),
            status: config.status,
            payload: config.payload,
            keep_line_terminators: !config.escapes_line_terminators,
            escape_html: config.escapes_html,
            credentials: config.credentials,
            dangerously_allow_any_destination: config.any_destination,
            file_name: config.file_name.clone().unwrap_or_else(|| "f.txt".to_owned()),
            without_content_disposition: config.file_name.is_none(),
            hide_parameter: config.hides_parameter,
            pass_malformed_callbacks: config.passes_malformed,
        }
    }
}

/// # Errors
///
/// The format's own, for an unknown key or a value of a wrong type.
impl<'de> Deserialize<'de> for JsonpConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let keys: JsonpKeys = file::table(deserializer, "the settings of JSONP, by key")?;
        Ok(Self {
            paths: keys.paths,
            parameters: keys.parameters,
            callbacks: keys.callbacks,
            status: keys.status,
            payload: keys.payload,
            escapes_line_terminators: !keys.keep_line_terminators,
            escapes_html: keys.escape_html,
            credentials: keys.credentials,
            any_destination: keys.dangerously_allow_any_destination,
            file_name: (!keys.without_content_disposition).then_some(keys.file_name),
            hides_parameter: keys.hide_parameter,
            passes_malformed: keys.pass_malformed_callbacks,
        })
    }
}

/// # Errors
///
/// The format's own, and where callbacks are decided on by a function, which cannot be written down.
impl Serialize for JsonpConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (keys, default) = (JsonpKeys::of(self), JsonpKeys::default());
        let mut written = file::TableWriter::begin(serializer)?;
        written.key("paths", &keys.paths, &default.paths)?;
        written.key("parameters", &keys.parameters, &default.parameters)?;
        written.key("callbacks", &keys.callbacks, &default.callbacks)?;
        written.key("status", &keys.status, &default.status)?;
        written.key("payload", &keys.payload, &default.payload)?;
        written.key("credentials", &keys.credentials, &default.credentials)?;
        written.key("file_name", &keys.file_name, &default.file_name)?;
        for (key, is_set) in [
            ("keep_line_terminators", keys.keep_line_terminators),
            ("escape_html", keys.escape_html),
            ("dangerously_allow_any_destination", keys.dangerously_allow_any_destination),
            ("without_content_disposition", keys.without_content_disposition),
            ("hide_parameter", keys.hide_parameter),
            ("pass_malformed_callbacks", keys.pass_malformed_callbacks),
        ] {
            written.key(key, &is_set, &false)?;
        }
        written.end()
    }
}

/// A word, or a table with one key.
///
/// # Errors
///
/// The format's own, for another word or another table.
impl<'de> Deserialize<'de> for CallbackPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Written)
    }
}

/// # Errors
///
/// The format's own, and for a function, which cannot be written down.
impl Serialize for CallbackPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Path => serializer.serialize_str(PATH),
            Self::Identifier => serializer.serialize_str(IDENTIFIER),
            Self::Prefix(prefix) => one_key(serializer, PREFIX, prefix),
            Self::OneOf(callbacks) => one_key(serializer, ONE_OF, callbacks),
            Self::Indexed(list) => one_key(serializer, INDEXED, list),
            Self::Custom(_) => Err(ser::Error::custom(
                "callbacks that a function decides on cannot be written down",
            )),
        }
    }
}

struct Written;

impl<'de> Visitor<'de> for Written {
    type Value = CallbackPolicy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            r#""path", "identifier", { one_of = ["app.show"] }, { prefix = "cb_" } or { indexed = "pending" }"#,
        )
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<CallbackPolicy, E> {
        match word {
            PATH => Ok(CallbackPolicy::Path),
            IDENTIFIER => Ok(CallbackPolicy::Identifier),
            _ => Err(E::unknown_variant(word, &[PATH, IDENTIFIER])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CallbackPolicy, A::Error> {
        let key: Option<String> = map.next_key()?;
        let policy = match key.as_deref() {
            Some(PREFIX) => CallbackPolicy::Prefix(map.next_value()?),
            Some(ONE_OF) => CallbackPolicy::OneOf(map.next_value()?),
            Some(INDEXED) => CallbackPolicy::Indexed(map.next_value()?),
            Some(other) => return Err(de::Error::unknown_field(other, KEYS)),
            None => return Err(de::Error::invalid_length(0, &self)),
        };
        match map.next_key::<String>()? {
            None => Ok(policy),
            Some(_) => Err(de::Error::invalid_length(2, &self)),
        }
    }
}

fn one_key<S, T>(serializer: S, key: &str, value: &T) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    T: Serialize,
{
    let mut table = serializer.serialize_map(Some(1))?;
    table.serialize_entry(key, value)?;
    table.end()
}

const PATH: &str = "path";
const IDENTIFIER: &str = "identifier";
const PREFIX: &str = "prefix";
const ONE_OF: &str = "one_of";
const INDEXED: &str = "indexed";
const KEYS: &[&str] = &[PREFIX, ONE_OF, INDEXED];

words!(StatusMode, "\"force-ok\", \"preserve\" or \"envelope\"", {
    ForceOk => "force-ok",
    Preserve => "preserve",
    Envelope => "envelope",
});

words!(Payload, "\"expression\" or \"json-parse\"", {
    Expression => "expression",
    JsonParse => "json-parse",
});

words!(Credentials, "\"withhold\", \"strip\" or \"dangerously-allow\"", {
    Withhold => "withhold",
    Strip => "strip",
    Allow => "dangerously-allow",
});

#[cfg(feature = "schemars")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::JsonpKeys;
    use crate::{
        config::file::{schema_of_words, unwrapped},
        jsonp::{
            callback_policy::CallbackPolicy,
            config::{Credentials, JsonpConfig, Payload, StatusMode},
        },
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
}

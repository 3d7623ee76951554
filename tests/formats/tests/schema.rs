//! Tests of the JSON Schemas in `schema/`, and of the keys that they describe.

use std::{collections::BTreeSet, env, fs, path::Path};

use schemars::{Schema, schema_for};
use tower_cross_origin::{cors::CorsConfig, cross_origin::CrossOriginConfig};

#[test]
fn committed_schemas_match_the_code() {
    assert_committed("cors.json", &schema_for!(CorsConfig));
    assert_committed("cross-origin.json", &schema_for!(CrossOriginConfig));
}

/// Asserts that a committed schema is up to date. `RENEW_SCHEMA=1 cargo test -p formats` updates the files.
#[track_caller]
fn assert_committed(name: &str, schema: &Schema) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema").join(name);
    let schema = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if env::var_os("RENEW_SCHEMA").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, schema, "{name} is outdated; run RENEW_SCHEMA=1 cargo test -p formats");
}

#[test]
fn schema_describes_every_key() {
    let schema = serde_json::to_value(schema_for!(CorsConfig)).unwrap();
    for (at, keys) in [("", &CONFIG_KEYS[..]), ("/$defs/Rule", &RULE_KEYS)] {
        let table = schema.pointer(at).unwrap();
        assert_eq!(table["additionalProperties"], false, "{at}");
        let properties = table["properties"].as_object().unwrap();
        let names: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
        assert_eq!(names, keys.iter().copied().collect(), "{at}");
        for (name, property) in properties {
            assert!(property["description"].is_string(), "{name}");
            // Without these keys, browsers use their own default, or the value is missing.
            assert_eq!(
                property.get("default").is_none(),
                ["max_age", "name", "paths", "static_origin"].contains(&&**name),
                "{name}"
            );
        }
    }
}

// A key in the schema that is a fault in a file would lead authors to the fault.
#[test]
fn section_cors_has_no_key_of_the_top_level() {
    let schema = serde_json::to_value(schema_for!(CrossOriginConfig)).unwrap();
    let top_level = schema["properties"].as_object().unwrap();
    let cors = schema.pointer("/$defs/CorsSection/properties").unwrap().as_object().unwrap();
    let in_both: Vec<_> = cors.keys().filter(|key| top_level.contains_key(*key)).collect();
    assert_eq!(in_both, Vec::<&String>::new());
    assert_eq!(cors.len(), CONFIG_KEYS.len() - 2);
}

/// Checks keys without a value. In YAML, they are usually lists whose items are missing.
#[test]
fn null_is_rejected_for_every_key() {
    for key in CONFIG_KEYS {
        assert_rejected(&format!(r#"{{"{key}":null}}"#), &format!("{key}:"));
    }
    for key in RULE_KEYS {
        assert_rejected(
            &format!(r#"{{"rules":[{{"{key}":null}}]}}"#),
            &format!("rules:\n  - {key}:"),
        );
    }
}

#[track_caller]
fn assert_rejected(json: &str, yaml: &str) {
    assert!(serde_json::from_str::<CorsConfig>(json).is_err(), "{json}");
    assert!(serde_saphyr::from_str::<CorsConfig>(yaml).is_err(), "{yaml}");
}

const CONFIG_KEYS: [&str; 8] = [
    "not_handled",
    "preflight_status",
    "enforce",
    "service_origins",
    "exempt_paths",
    "upstream_headers",
    "hide_failing_step",
    "rules",
];
const RULE_KEYS: [&str; 16] = [
    "paths",
    "origins",
    "static_origin",
    "origin_regexes",
    "allow_credentials",
    "presets",
    "allow_methods",
    "allow_headers",
    "expose_headers",
    "max_age",
    "name",
    "dangerously_allow_null_origin",
    "dangerously_allow_insecure_origins",
    "dangerously_allow_public_suffixes",
    "public_suffixes",
    "dangerously_allow_credentials_for_any_origin",
];

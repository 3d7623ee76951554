//! Tests of `schema/cors.json` with a general validator.

use std::{fs, path::Path};

use jsonschema::Validator;
use serde_json::{Value, json};
use tower_cross_origin::cors::CorsConfig;

#[test]
fn schema_accepts_readable_configs() {
    let schema = schema();
    for config in [
        json!({}),
        json!({ "preflight_status": 200, "enforce": true, "upstream_headers": "keep" }),
        json!({ "preflight_status": 299, "service_origins": ["https://api.example.com"] }),
        json!({ "upstream_headers": "replace", "hide_failing_step": true, "rules": [] }),
        json!({ "hide_failing_step": false, "rules": [{}] }),
        json!({ "rules": [{ "origins": ["*"], "max_age": 0 }, { "max_age": 86_400 }] }),
        json!({ "rules": [{
            "origins": ["https://app.example.com", "https://*.example.org"],
            "origin_regexes": [r"https://pr-[0-9]+\.preview\.example\.com"],
            "allow_credentials": true,
            "allow_methods": ["PUT", "DELETE"],
            "allow_headers": ["content-type"],
            "expose_headers": ["etag"],
            "max_age": 600,
            "dangerously_allow_null_origin": false,
            "dangerously_allow_insecure_origins": true,
            "dangerously_allow_public_suffixes": true,
            "dangerously_allow_credentials_for_any_origin": true,
        }] }),
    ] {
        assert!(schema.is_valid(&config), "{config}");
        assert!(is_readable(&config), "{config}");
    }
}

#[test]
fn schema_rejects_unreadable_configs() {
    let schema = schema();
    for config in [
        json!(null),
        json!([]),
        json!({ "preflight_status": "204" }),
        json!({ "preflight_status": 70_000 }),
        json!({ "preflight_status": null }),
        json!({ "enforce": 1 }),
        json!({ "service_origins": "https://api.example.com" }),
        json!({ "service_origins": [1] }),
        json!({ "upstream_headers": "merge" }),
        json!({ "upstream_headers": { "keep": null } }),
        json!({ "hide_failing_step": "true" }),
        json!({ "hide_failing_step": [] }),
        json!({ "rules": {} }),
        json!({ "rules": [[]] }),
        json!({ "rules": [{ "origins": "*" }] }),
        json!({ "rules": [{ "origins": null }] }),
        json!({ "rules": [{ "allow_methods": [1] }] }),
        json!({ "rules": [{ "allow_credentials": "true" }] }),
        json!({ "rules": [{ "max_age": -1 }] }),
        json!({ "rules": [{ "max_age": 1.5 }] }),
        json!({ "rules": [{ "max_age": "600" }] }),
        json!({ "rules": [{ "max_age": null }] }),
    ] {
        assert!(!schema.is_valid(&config), "{config}");
        assert!(!is_readable(&config), "{config}");
    }
}

/// Checks values that the crate parses, and that the policy then rejects.
#[test]
fn schema_rejects_unknown_keys_and_numbers_out_of_range() {
    let schema = schema();
    for config in [
        json!({ "unknown": 1 }),
        json!({ "rules": [{ "unknown": 1 }] }),
        json!({ "preflight_status": 199 }),
        json!({ "preflight_status": 300 }),
        json!({ "rules": [{ "max_age": 86_401 }] }),
    ] {
        assert!(!schema.is_valid(&config), "{config}");
        assert!(is_readable(&config), "{config}");
    }
}

#[test]
fn schema_rejects_files_with_wrong_types() {
    let schema = schema();
    let mut rejected = 0;
    for entry in fs::read_dir(root().join("tests/config_errors")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let file: Value = match path.extension().unwrap().to_str() {
            _ if !name.starts_with("shape_") => continue,
            Some("toml") => toml::from_str(&text).unwrap(),
            Some("json") => serde_json::from_str(&text).unwrap(),
            _ => continue,
        };
        assert!(!schema.is_valid(&file["cors"]), "{name}");
        rejected += 1;
    }
    assert!(rejected >= 10, "{rejected}");
}

fn is_readable(config: &Value) -> bool {
    serde_json::from_str::<CorsConfig>(&config.to_string()).is_ok()
}

fn schema() -> Validator {
    let text = fs::read_to_string(root().join("schema/cors.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

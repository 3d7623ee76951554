//! Tests of YAML configurations. `tests/cors/config_files.rs` and `tests/cross_origin/config.rs` test TOML
//! and JSON.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use serde::{Deserialize, Serialize};
use tower_cross_origin::{
    cors::{CorsConfig, CorsPolicy, Rule, UpstreamHeaders},
    cross_origin::CrossOriginConfig,
};

/// A configuration file of a program, with a section for CORS.
#[derive(Debug, Deserialize, PartialEq, Serialize)]
struct Settings {
    cors: CorsConfig,
}

#[test]
fn every_setting_is_read() {
    let expected = CorsConfig::from(vec![
        Rule::for_origins(["https://app.example.com", "https://*.example.org"])
            .add_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"])
            .allow_credentials(true)
            .allow_methods(["PUT", "DELETE"])
            .allow_headers(["content-type"])
            .expose_headers(["etag"])
            .max_age(Duration::from_secs(600)),
    ]);
    let read = serde_saphyr::from_str::<Settings>(EXAMPLE).unwrap().cors;
    assert_eq!(read, expected);
    assert!(CorsPolicy::new(read).is_ok());
}

#[test]
fn absent_key_has_default_value() {
    let read = serde_saphyr::from_str::<Settings>("cors: {}").unwrap();
    assert_eq!(read.cors, CorsConfig::default());
}

/// Checks that each `yaml/NAME.yaml` causes the error in `yaml/NAME.expected`.
#[test]
fn invalid_file_reports_its_fault() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("yaml");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let stems: BTreeSet<_> = paths.map(|path| path.with_extension("")).collect();
    for stem in &stems {
        let text = fs::read_to_string(stem.with_extension("yaml")).unwrap();
        let expected = fs::read_to_string(stem.with_extension("expected")).unwrap();
        let error = serde_saphyr::from_str::<Settings>(&text).expect_err("an invalid file");
        assert_eq!(error.to_string().trim_end(), expected.trim_end(), "{}", stem.display());
    }
    assert_eq!(stems.len(), 6);
}

#[test]
fn unknown_keys_are_reported_at_once() {
    let file = include_str!("../unknown_keys.yaml");
    let settings = serde_saphyr::from_str::<Settings>(file).unwrap();
    let error = CorsPolicy::new(settings.cors).unwrap_err();
    let faults = error.faults().iter().map(|fault| (fault.setting(), fault.suggestion()));
    assert_eq!(
        faults.collect::<Vec<_>>(),
        [
            ("prefight_status", Some("preflight_status")),
            ("rules[0].with_credentials", Some("allow_credentials")),
            ("rules[1].allowed-headers", Some("allow_headers")),
        ]
    );
}

/// Checks strings with special characters of YAML.
///
/// YAML could parse them as an alias, a number, a list or a comment.
#[test]
fn serialized_cors_config_is_read_back() {
    let settings = Settings {
        cors: CorsConfig::from(vec![
            Rule::for_any_origin().allow_any_method().expose_any_header(),
            Rule::for_origins(["https://*.example.org", "http://[::1]:8080", "null", "1"])
                .add_origin_regexes([r"https://pr-[0-9]+\.example\.com", ": [", "#", "~"])
                .allow_methods(["PUT", "true"])
                .allow_headers(["x-a", "*"])
                .expose_headers(["1e3"])
                .max_age(Duration::ZERO),
            Rule::for_origins(["https://*.github.io"])
                .allow_credentials(true)
                .max_age(Duration::from_secs(86_400))
                .dangerously_allow_insecure_origins(true)
                .dangerously_allow_null_origin(true)
                .dangerously_allow_public_suffixes(true)
                .dangerously_allow_credentials_for_any_origin(true),
        ])
        .preflight_status(299)
        .enforce(true)
        .service_origins(vec!["https://api.example.com".to_owned()])
        .upstream_headers(UpstreamHeaders::Keep)
        .hide_failing_step(true),
    };
    let serialized = serde_saphyr::to_string(&settings).unwrap();
    assert_eq!(serde_saphyr::from_str::<Settings>(&serialized).unwrap(), settings, "{serialized}");
}

#[test]
fn serialized_cross_origin_config_is_read_back() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/policy/samples/whole.toml");
    let config: CrossOriginConfig = toml::from_str(&fs::read_to_string(sample).unwrap()).unwrap();
    let serialized = serde_saphyr::to_string(&config).unwrap();
    assert_eq!(
        serde_saphyr::from_str::<CrossOriginConfig>(&serialized).unwrap(),
        config,
        "{serialized}"
    );
}

const EXAMPLE: &str = r"
cors:
  preflight_status: 204
  enforce: false
  service_origins: []
  upstream_headers: replace
  hide_failing_step: false
  rules:
    - origins:
        - https://app.example.com
        - https://*.example.org
      origin_regexes:
        - https://pr-[0-9]+\.preview\.example\.com
      allow_credentials: true
      allow_methods: [PUT, DELETE]
      allow_headers: [content-type]
      expose_headers: [etag]
      max_age: 600
      dangerously_allow_null_origin: false
";

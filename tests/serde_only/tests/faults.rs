//! Checks that settings of missing features are faults, and never loosen a policy.

use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Fault, FaultKind};

#[test]
fn regex_without_feature_is_a_fault() {
    let config = r#"
        [[rules]]
        origins = ["https://app.example.com"]
        origin_regexes = ['https://pr-[0-9]+\.example\.com', '(']
        allow_methods = ["put"]
    "#;
    let error = CorsPolicy::new(toml::from_str::<CorsConfig>(config).unwrap()).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::OriginRegexWithoutFeature);
    let message = "this program reads no regular expressions: it is built without the feature `regex` of \
               tower-cross-origin; build it with that, or name the origins";
    assert_eq!(
        error.to_string(),
        [
            "3 faults in the CORS configuration",
            &format!(
                r#"- rules[0].origin_regexes[0] = "https://pr-[0-9]+\\.example\\.com": {message}"#
            ),
            &format!(r#"- rules[0].origin_regexes[1] = "(": {message}"#),
            r#"- rules[0].allow_methods[0] = "put": browsers send this method in upper case, and compare it with case; write "PUT""#,
        ]
        .join("\n")
    );
}

/// Checks that the rule is not reported as a rule without origins.
#[test]
fn rule_with_only_regexes_has_a_single_fault() {
    let config = serde_json::from_str::<CorsConfig>(
        r#"{ "rules": [{ "origin_regexes": ["https://a\\.example"], "allow_credentials": true }] }"#,
    );
    let error = CorsPolicy::new(config.unwrap()).unwrap_err();
    let kinds: Vec<&FaultKind> = error.faults().iter().map(Fault::kind).collect();
    assert_eq!(kinds, [&FaultKind::OriginRegexWithoutFeature]);
}

#[test]
fn regexes_are_serialized_without_the_feature() {
    let text = r#"{"rules":[{"origin_regexes":["https://a\\.example"]}]}"#;
    let config = serde_json::from_str::<CorsConfig>(text).unwrap();
    assert_eq!(serde_json::to_string(&config).unwrap(), text);
}

#[test]
fn subdomain_pattern_with_credentials_is_rejected() {
    let text = "[[rules]]\norigins = ['https://*.example.com']\nallow_credentials = true\n";
    let read = |text: &str| CorsPolicy::new(toml::from_str::<CorsConfig>(text).unwrap());
    let error = read(text).unwrap_err();
    assert_eq!(error.faults()[0].kind(), &FaultKind::UnknownSuffixWithCredentials);
    assert!(read(&format!("{text}dangerously_allow_public_suffixes = true")).is_ok());
}

/// Checks numbers with the feature `arbitrary_precision` of `serde_json`.
///
/// This feature represents numbers as maps with a string.
#[test]
fn numbers_are_read_with_arbitrary_precision() {
    let read = |text: &str| serde_json::from_str::<CorsConfig>(text);
    let text = r#"{"preflight_status":200,"rules":[{"origins":["*"],"max_age":600}]}"#;
    assert_eq!(serde_json::to_string(&read(text).unwrap()).unwrap(), text);
    for max_age in ["-1", "1.5", "1e3", "null", r#"{"a":"600"}"#, r#"{"a":600}"#, "{}"] {
        let text = format!(r#"{{"rules":[{{"max_age":{max_age}}}]}}"#);
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains("whole seconds, 0 to 86400"), "{max_age}: {error}");
    }
    let error = read(r#"{"preflight_status":70000}"#).unwrap_err().to_string();
    assert!(error.contains("a status from 200 to 299"), "{error}");
}

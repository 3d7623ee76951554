//! A large configuration is answered by a fault or a policy after bounded work. S17
//!
//! `src/config/tests.rs` has a file for each fault of a limit. These tests count the work, or compare a list at its limit
//! with a longer one.

use tower_cross_origin::{
    config::{ConfigError, Diagnostic},
    cors::{self, CorsConfig, CorsPolicy, Rule},
    cross_origin::{
        BeaconConfig, CrossOriginConfig, CrossOriginPolicy, FaultKind, GuardConfig, HostConfig,
        LintKind,
    },
    guard::{HostPatternErrorKind, PathErrorKind},
    limits::{DIAGNOSTICS, HOST_NAMES, LINT_STEPS, LISTED_NAMES, PATHS, POLICY_REGEXES, REGEXES},
    origin::{OriginRegexErrorKind, OriginSet},
};

#[test]
fn number_of_reported_faults_is_limited() {
    let texts = |count: usize| (0..count).map(|index| format!("t{index}.example"));
    let rule = |count: usize| CorsPolicy::new(Rule::for_origins(texts(count))).unwrap_err();
    let guard = |count: usize| {
        let guard = HostConfig::new().names(texts(count).map(|name| format!("{name}/")));
        let config = CrossOriginConfig::new().guard(GuardConfig::new().host(guard));
        CrossOriginPolicy::new(config).unwrap_err()
    };
    let list =
        |count: usize| texts(count).collect::<Vec<_>>().join(",").parse::<OriginSet>().unwrap_err();
    let keys = |count: usize| {
        let lines: Vec<String> = (0..count).map(|index| format!("k{index} = 1")).collect();
        let file = lines.join("\n");
        CorsPolicy::new(toml::from_str::<CorsConfig>(&file).unwrap()).unwrap_err()
    };
    for (count, has_more) in
        [(DIAGNOSTICS, false), (DIAGNOSTICS + 1, true), (10 * DIAGNOSTICS, true)]
    {
        are_limited(&rule(count), has_more);
        are_limited(&guard(count), has_more);
        are_limited(&list(count), has_more);
        // The list of rules is empty, which is one more fault.
        are_limited(&keys(count - 1), has_more);
    }
    assert!(
        rule(DIAGNOSTICS + 1)
            .to_string()
            .starts_with("more than 1024 faults in the CORS configuration")
    );
    assert!(rule(DIAGNOSTICS).to_string().starts_with("1024 faults in the CORS configuration"));
}

#[track_caller]
fn are_limited<K>(error: &ConfigError<K>, has_more: bool) {
    assert_eq!((error.faults().len(), error.has_more_faults()), (DIAGNOSTICS, has_more));
}

#[test]
fn number_of_reported_lints_is_limited() {
    let policy =
        |count| CorsPolicy::new(Rule::for_origins(vec!["https://a.example"; count])).unwrap();
    let kinds =
        |count| policy(count).lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>();
    assert_eq!(kinds(DIAGNOSTICS + 1), vec![cors::LintKind::RepeatedOrigin; DIAGNOSTICS]);
    let more = kinds(DIAGNOSTICS + 2);
    assert_eq!((more.len(), more.last()), (DIAGNOSTICS + 1, Some(&cors::LintKind::Incomplete)));
}

// Each pattern for any port is compared with 65,535 ports of the first rule.
#[test]
fn comparisons_of_rules_are_limited() {
    let ports = (1..=u16::MAX)
        .filter(|port| *port != 443)
        .map(|port| format!("https://*.a.example:{port}"));
    let patterns = |count: usize| (0..count).map(|index| format!("https://*.t{index}.a.example:*"));
    let lints = |count: usize| {
        let rules = [
            Rule::for_origins(ports.clone().chain(["https://*.a.example".to_owned()])),
            Rule::for_origins(patterns(count)),
        ];
        let policy = CorsPolicy::new(rules).unwrap();
        policy.lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>()
    };
    assert_eq!(lints(1), [cors::LintKind::ShadowedRule]);
    let too_many = LINT_STEPS / usize::from(u16::MAX) + 1;
    assert_eq!(lints(too_many).last(), Some(&cors::LintKind::Incomplete));
}

// The paths of each pair of rules are compared.
#[test]
fn comparisons_of_paths_are_limited() {
    let paths = |rule: usize| (0..PATHS / 4).map(move |index| format!("/{rule}/{index}"));
    let lints = |count: usize| {
        let rules =
            (0..count).map(|rule| Rule::for_origins(["https://a.example"]).paths(paths(rule)));
        let policy = CorsPolicy::new(rules.collect::<Vec<_>>()).unwrap();
        policy.lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>()
    };
    assert_eq!(lints(2), []);
    assert_eq!(lints(12), [cors::LintKind::Incomplete]);
}

#[test]
fn list_at_its_limit_is_valid() {
    let names = |count: usize| (0..count).map(|index| format!("x-{index}"));
    for (count, fault) in
        [(LISTED_NAMES, None), (LISTED_NAMES + 1, Some(cors::FaultKind::TooManyNames))]
    {
        let rule = || Rule::for_origins(["https://a.example"]);
        for rule in [
            rule().allow_headers(names(count)),
            rule().expose_headers(names(count)),
            rule().allow_methods(names(count)),
            rule().allow_headers(names(count).map(|name| format!("{name}-*"))),
        ] {
            assert_eq!(only_fault(CorsPolicy::new(rule)), fault);
        }
    }
    for (count, fault) in
        [(PATHS, None), (PATHS + 1, Some(FaultKind::Path(PathErrorKind::TooMany)))]
    {
        let paths = (0..count).map(|index| format!("/{index}"));
        let config = CrossOriginConfig::new().beacon(BeaconConfig::new().paths(paths));
        assert_eq!(only_fault(CrossOriginPolicy::new(config)), fault);
    }
    let too_many =
        FaultKind::Guard(tower_cross_origin::guard::FaultKind::Host(HostPatternErrorKind::TooMany));
    for (count, fault) in [(HOST_NAMES, None), (HOST_NAMES + 1, Some(too_many))] {
        let host = HostConfig::new().names((0..count).map(|index| format!("a{index}")));
        let config = CrossOriginConfig::new().guard(GuardConfig::new().host(host));
        assert_eq!(only_fault(CrossOriginPolicy::new(config)), fault);
    }
}

// The expressions are counted before they are analyzed: a lint or a fault of the first one would be reported.
#[test]
fn regexes_are_counted_before_they_are_analyzed() {
    let regex = |index: usize| format!("https://.*{index}");
    let rule =
        |count: usize| Rule::for_origin_regexes((0..count).map(regex)).allow_credentials(true);
    let error = CorsPolicy::new(rule(REGEXES + 1)).unwrap_err();
    let [fault] = error.faults() else { panic!("{error}") };
    assert_eq!(fault.setting(), "rules[0].origin_regexes[64]");
    let kind = cors::FaultKind::OriginRegex { fault: OriginRegexErrorKind::TooMany, help: None };
    assert_eq!(fault.kind(), &kind);
    let rules = vec![rule(POLICY_REGEXES / 4); 5];
    assert_eq!(only_fault(CorsPolicy::new(rules)), Some(cors::FaultKind::TooManyRegexes));
}

// Each service origin is checked by an example request.
#[test]
fn example_requests_of_lints_are_limited() {
    let lints = |count: usize| {
        let origins = (0..count).map(|index| format!("https://a{index}.example"));
        let host = HostConfig::new().names(["b.example"]);
        let config = CrossOriginConfig::new().service_origins(origins);
        let policy = CrossOriginPolicy::new(config.guard(GuardConfig::new().host(host))).unwrap();
        policy.lints().iter().map(|lint| lint.kind().clone()).collect::<Vec<_>>()
    };
    assert!(!lints(64).contains(&LintKind::Incomplete));
    let more = lints(10_000);
    let denied = more.iter().filter(|kind| **kind == LintKind::ServiceOriginDenied);
    assert_eq!((denied.count(), more.last()), (64, Some(&LintKind::Incomplete)));
}

#[track_caller]
fn only_fault<T, K: Clone>(result: Result<T, ConfigError<K>>) -> Option<K> {
    let faults: Vec<Diagnostic<K>> = result.err()?.faults().to_vec();
    assert_eq!(faults.len(), 1);
    faults.first().map(|fault| fault.kind().clone())
}

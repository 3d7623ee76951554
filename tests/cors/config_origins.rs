//! Faults and lints of patterns, public suffixes and regular expressions.
//!
//! DESIGN 12; PEERS 11, 12, 16; MATRIX 1a, rows 15 and 39.

use tower_cross_origin::{
    RequestHead,
    config::Diagnostic,
    cors::{CorsPolicy, FaultKind, LintKind, Rule},
    limits::REGEXES,
    origin::{Origin, OriginErrorKind, OriginRegexErrorKind, OriginSet},
};

use crate::support::{
    APP,
    diagnostics::{error, has_faults, has_lints},
};

fn with_credentials<const N: usize>(origins: [&str; N]) -> Rule {
    Rule::for_origins(origins).allow_credentials(true)
}

#[test]
fn public_suffix_with_credentials_is_rejected() {
    for pattern in [
        "https://*.com",
        "https://*.co.uk",
        "https://*.github.io",
        "https://*.vercel.app",
        "https://*.s3.amazonaws.com:*",
        // Without a rule in the list, the last label is the public suffix.
        "https://*.nowhere-at-all:8443",
        // A-labels: 公司.cn
        "https://*.xn--55qx5d.cn",
        // The list has the rules `*.ck` and `*.kawasaki.jp`.
        "https://*.example.ck",
        "https://*.kawasaki.jp",
        // Hosts of MCP widgets. Each server has a name below them.
        "https://*.claudemcpcontent.com",
        "https://*.oaiusercontent.com",
        "https://*.web-sandbox.oaiusercontent.com",
    ] {
        let fault = ("origins[0]", pattern, FaultKind::PublicSuffixWithCredentials, None);
        has_faults(with_credentials([pattern]), [fault.clone()]);
        let set = OriginSet::parse([pattern]).unwrap();
        let fault = ("origins", pattern, FaultKind::PublicSuffixWithCredentials, None);
        has_faults(Rule::for_origins(set).allow_credentials(true), [fault]);
        let allowed = with_credentials([pattern]).dangerously_allow_public_suffixes(true);
        has_lints(allowed, []);
        has_lints(Rule::for_origins([pattern]), [("origins[0]", pattern, LintKind::PublicSuffix)]);
    }
}

#[test]
fn domains_and_single_origins_may_have_credentials() {
    for origin in [
        "https://*.example.com",
        "https://*.example.co.uk:*",
        "https://*.me.github.io",
        "https://me.github.io",
        "https://github.io",
        "https://com",
        // The list has the exceptions `!www.ck` and `!city.kawasaki.jp`.
        "https://*.www.ck",
        "https://*.city.kawasaki.jp",
    ] {
        has_lints(with_credentials([origin]), []);
    }
    // Names below `localhost` cannot be registered.
    for (pattern, kind) in [
        ("http://*.localhost", LintKind::ApplicationOriginWithCredentials),
        ("http://*.localhost:*", LintKind::LoopbackOriginWithCredentials),
        ("https://*.app.localhost", LintKind::ApplicationOriginWithCredentials),
    ] {
        has_lints(with_credentials([pattern]), [("origins[0]", pattern, kind)]);
    }
}

// R14, DESIGN 12. <https://github.com/dw-0/kiauh/issues/631>, <https://github.com/Arksine/moonraker/pull/119>
#[test]
fn names_of_local_networks_may_have_credentials() {
    for name in [
        "internal",
        "test",
        "home.arpa",
        "example",
        "invalid",
        "lan",
        "home",
        "corp",
        "printers.lan",
        "a.home.arpa",
        "svc.cluster.internal",
    ] {
        has_lints(with_credentials([&*format!("https://*.{name}")]), []);
        has_lints(Rule::for_origins([&*format!("https://*.{name}")]), []);
        let regex = format!(r"https://[a-z]+\.{}", name.replace('.', r"\."));
        let policy = CorsPolicy::new(Rule::for_origin_regexes([regex]).allow_credentials(true));
        assert!(policy.is_ok(), "{name}: {policy:?}");
    }
    for pattern in ["https://*.local", "https://*.office.local:*"] {
        has_lints(
            with_credentials([pattern]),
            [("origins[0]", pattern, LintKind::LocalNamesWithCredentials)],
        );
        has_lints(Rule::for_origins([pattern]), []);
    }
    has_lints(with_credentials(["https://printer.local"]), []);
    for (regex, is_open) in [(r"https://[a-z]+\.local", true), (r"https://(a|b)\.local", false)] {
        let rule = Rule::for_origin_regexes([regex]).allow_credentials(true);
        let policy = CorsPolicy::new(rule).unwrap();
        let mut kinds = policy.lints().iter().map(Diagnostic::kind);
        assert_eq!(kinds.any(|kind| *kind == LintKind::LocalNamesWithCredentials), is_open);
    }
    for pattern in ["https://*.onion", "https://*.arpa", "https://*.e164.arpa"] {
        has_faults(
            with_credentials([pattern]),
            [("origins[0]", pattern, FaultKind::PublicSuffixWithCredentials, None)],
        );
    }
}

// DESIGN 13. <https://github.com/PxA-Labs/AutoMaintainer/issues/242>, <https://github.com/google/clusterfuzz/pull/5303>
#[test]
fn many_domains_with_credentials_are_rejected() {
    for regex in [
        r"https://.*",
        r".+",
        r"https?://.+",
        r"https://[^/]+",
        r"https://.*\.com",
        r"https://.*\.vercel\.app",
        r"^https:\/\/.*\.vercel\.app$",
        r"https://my-app-[a-z0-9]+\.vercel\.app",
        r"https://app\.example\.[a-z]+",
        r"https://.*example\.com",
        r"https://example\.com.*",
        r"https://([a-z]+\.)*s3\.amazonaws\.com",
        r"https://.*\.amazonaws\.com",
        r"https://.+\.kawasaki\.jp",
        r"https://.*\.onion",
        r"https://[0-9]{2}\.vercel\.app",
        r"https://10\.0\.0\.[0-9]+",
        r"https://10\.[0-9]\.[0-9]\.1(:[0-9]+)?",
        r"https://\[2001:db8::[0-9a-f]+\]",
        r"(?i)HTTPS://.*|https://app\.com",
        r"https://app\.com|https://x.*",
        r"[a-z]+://.*\.net",
        r"https://(a|b|c|d|e)(a|b|c|d)(a|b|c|d)\.com",
    ] {
        let rule = || Rule::for_origin_regexes([regex]);
        let error = error([rule().allow_credentials(true)]);
        let fault = error
            .faults()
            .iter()
            .find(|fault| matches!(fault.kind(), FaultKind::ManyDomainsWithCredentials { .. }))
            .unwrap_or_else(|| panic!("{regex}: {error}"));
        let FaultKind::ManyDomainsWithCredentials { matches } = fault.kind() else { continue };
        let origin = Origin::parse(matches.as_bytes()).expect(matches);
        let set = OriginSet::default().with_regexes([regex]).unwrap();
        assert!(set.contains(&origin) && !origin.is_loopback(), "{regex}: {matches}");
        assert!(fault.help().contains("dangerously_allow_credentials_for_any_origin"));
        let with_set = self::error([Rule::for_origins(&set).allow_credentials(true)]);
        assert!(with_set.faults().iter().any(|one| one.kind() == fault.kind()), "{with_set}");
        // Only the setting with this name allows it, and it allows nothing else.
        let others = rule()
            .allow_credentials(true)
            .dangerously_allow_public_suffixes(true)
            .dangerously_allow_insecure_origins(true);
        let error = self::error([others]);
        assert!(error.faults().iter().all(|one| one.kind() == fault.kind()), "{error}");
        let allowed =
            rule().allow_credentials(true).dangerously_allow_credentials_for_any_origin(true);
        match CorsPolicy::new(allowed) {
            Ok(policy) => {
                let mut kinds = policy.lints().iter().map(Diagnostic::kind);
                assert!(!kinds.any(|kind| *kind == LintKind::NoCredentialsForAnyOrigin), "{regex}");
            }
            Err(error) => {
                let [insecure] = error.faults() else { panic!("{error}") };
                let FaultKind::InsecureOriginRegexWithCredentials { matches } = insecure.kind()
                else {
                    panic!("{error}")
                };
                assert!(matches.starts_with("http://"));
            }
        }
        assert!(CorsPolicy::new(rule()).is_ok(), "{regex}");
    }
}

#[test]
fn few_domains_may_have_credentials() {
    for regex in [
        r"https://app\.(shop-a|shop-b)\.com",
        r"https://pr-[0-9]+\.preview\.example\.com",
        r"https://(.*\.)?example\.com(:[0-9]+)?",
        r"https://[a-z0-9.-]+\.example\.co\.uk\.?",
        r"https://example\.(com|org|net|co\.uk)",
        r"https://(a|b)\.vercel\.app",
        r"https://[a-z]+\.my-app\.vercel\.app",
        r"https://[0-9]\.vercel\.app",
        r"https://[0-9a-f]\.[0-3]\.vercel\.app",
        r"https://[a-d][a-d][a-d]\.com",
        r"https://[a-z]+\.city\.kawasaki\.jp",
        r"https://10\.0\.0\.[0-9]",
        r"https://10\.0\.0\.([1-5]?[0-9])(:[0-9]+)?",
        r"https://\[2001:db8::[0-9a-f]\]",
        // Loopback origins do not count.
        r"https?://localhost(:[0-9]+)?",
        r"https?://(.*\.)?localhost(:[0-9]+)?",
        r"http://127\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?",
        r"http://\[::1\]:[0-9]+",
        // No origin matches.
        r"https://.*/",
        r"https://[A-Z]+",
        r"https://.*:443",
    ] {
        let policy = CorsPolicy::new(Rule::for_origin_regexes([regex]).allow_credentials(true));
        assert!(policy.is_ok(), "{regex}: {}", policy.unwrap_err());
    }
    let needless = Rule::for_origin_regexes([r"https://[ab]\.example\.com"])
        .allow_credentials(true)
        .dangerously_allow_credentials_for_any_origin(true);
    let setting = "dangerously_allow_credentials_for_any_origin";
    has_lints(needless, [(setting, "true", LintKind::NoCredentialsForAnyOrigin)]);
}

// A pattern below a domain with public suffixes matches as many domains as one below a public suffix.
#[test]
fn pattern_above_public_suffixes_with_credentials_is_rejected() {
    for (pattern, matches) in [
        ("https://*.amazonaws.com", "https://a.s3.amazonaws.com"),
        ("https://*.amazonaws.com:*", "https://a.s3.amazonaws.com"),
        (
            "https://*.eu-central-1.amazonaws.com:8443",
            "https://a.s3.eu-central-1.amazonaws.com:8443",
        ),
    ] {
        let kind = FaultKind::ManyDomainsWithCredentials { matches: matches.to_owned() };
        has_faults(with_credentials([pattern]), [("origins[0]", pattern, kind, None)]);
        has_lints(
            with_credentials([pattern]).dangerously_allow_credentials_for_any_origin(true),
            [],
        );
        has_lints(Rule::for_origins([pattern]), []);
    }
    // The setting for any origin also allows public suffixes.
    let rule = with_credentials(["https://*.github.io"]);
    has_lints(rule.dangerously_allow_credentials_for_any_origin(true), []);
}

#[test]
fn too_complex_regex_with_credentials_is_rejected() {
    for regex in [r"https://.*a.{14}\.example\.com", r"https://(.*[ab].{9}c.{9}d)*\.example\.com"] {
        let rule = || Rule::for_origin_regexes([regex]).allow_credentials(true);
        for rule in [rule(), rule().dangerously_allow_credentials_for_any_origin(true)] {
            let error = error([rule]);
            let [fault] = error.faults() else { panic!("{error}") };
            assert_eq!(fault.kind(), &FaultKind::RegexTooComplexWithCredentials, "{regex}");
        }
        let allowed = rule()
            .dangerously_allow_insecure_origins(true)
            .dangerously_allow_credentials_for_any_origin(true);
        assert!(CorsPolicy::new(allowed).is_ok());
    }
}

#[test]
fn open_host_of_other_scheme_with_credentials_is_a_lint() {
    for regex in [
        r"chrome-extension://.*",
        r"chrome-extension://[a-p]{32}",
        r"moz-extension://[0-9a-f-]+",
        r"[a-z]+-extension://.+",
    ] {
        let rule = Rule::for_origin_regexes([regex]);
        let is_open_host =
            |kind: &LintKind| matches!(kind, LintKind::OpenHostWithCredentials { .. });
        let lints = |rule: Rule| CorsPolicy::new(rule).expect(regex).lints().to_vec();
        assert!(!lints(rule.clone()).iter().any(|lint| is_open_host(lint.kind())));
        let lints = lints(rule.allow_credentials(true));
        let [lint] = &*lints else { panic!("{lints:?}") };
        let LintKind::OpenHostWithCredentials { matches } = lint.kind() else { panic!("{lint}") };
        let set = OriginSet::default().with_regexes([regex]).unwrap();
        assert!(set.contains(&Origin::parse(matches.as_bytes()).unwrap()), "{matches}");
    }
    let kind = LintKind::OpenHostWithCredentials { matches: "capacitor://a.com".to_owned() };
    let pattern = "capacitor://*.com";
    has_lints(with_credentials([pattern]), [("origins[0]", pattern, kind)]);
    for fixed in [r"chrome-extension://(abc|def)", r"capacitor://localhost"] {
        has_lints(Rule::for_origin_regexes([fixed]).allow_credentials(true), []);
    }
}

#[test]
fn insecure_pattern_with_credentials_is_rejected() {
    let insecure = |setting, value, suggestion| {
        (setting, value, FaultKind::InsecureOriginWithCredentials, suggestion)
    };
    has_faults(
        with_credentials([
            "http://*.example.com",
            "http://example.com:*",
            "http://*.example.com:8080",
            "http://127.0.0.1.example.com:*",
        ]),
        [
            insecure("origins[0]", "http://*.example.com", Some("https://*.example.com")),
            insecure("origins[1]", "http://example.com:*", Some("https://example.com:*")),
            insecure("origins[2]", "http://*.example.com:8080", None),
            insecure(
                "origins[3]",
                "http://127.0.0.1.example.com:*",
                Some("https://127.0.0.1.example.com:*"),
            ),
        ],
    );
    let loopback = |setting, value| (setting, value, LintKind::LoopbackOriginWithCredentials);
    has_lints(
        with_credentials(["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"]),
        [
            loopback("origins[0]", "http://localhost:*"),
            loopback("origins[1]", "http://127.0.0.1:*"),
            loopback("origins[2]", "http://[::1]:*"),
        ],
    );
}

// A set counts its risky members, so that a change of a large set does not scan it. The counts must stay exact.
#[test]
fn changed_origin_set_has_the_faults_of_its_members() {
    let mut set = OriginSet::parse([APP, "https://127.0.0.1.example.com"]).unwrap();
    let fault_and_lint_counts = |set: &OriginSet| {
        let rule = Rule::for_origins(set.clone()).allow_credentials(true);
        match CorsPolicy::new(rule) {
            Ok(policy) => (0, policy.lints().len()),
            Err(error) => (error.faults().len(), 0),
        }
    };
    assert_eq!(fault_and_lint_counts(&set), (0, 0));
    for (origin, faults, lints) in [
        ("http://a.example", 1, 0),
        ("http://localhost:3000", 0, 1),
        ("https://app.localhost", 0, 1),
        ("https://127.0.0.1", 0, 1),
        ("https://[::1]:8443", 0, 1),
        ("https://*.github.io", 1, 0),
        ("https://a.localhost.example", 0, 0),
    ] {
        let pattern = origin.parse().unwrap();
        assert!(set.insert(&pattern) && !set.insert(&pattern));
        assert_eq!(fault_and_lint_counts(&set), (faults, lints), "{origin}");
        let union = OriginSet::default().union(&set);
        assert_eq!(fault_and_lint_counts(&union), (faults, lints), "{origin}");
        assert!(set.remove(&pattern) && !set.remove(&pattern));
        assert_eq!(fault_and_lint_counts(&set), (0, 0), "{origin} was removed");
    }
}

#[test]
fn needless_public_suffix_setting_is_a_lint() {
    let lint = |is_needless| {
        ("dangerously_allow_public_suffixes", "true", LintKind::NoPublicSuffix, is_needless)
    };
    for (rule, (setting, value, kind, is_needless)) in [
        (with_credentials([APP]), lint(true)),
        (with_credentials(["https://*.example.com"]), lint(true)),
        (Rule::for_any_origin(), lint(true)),
        (with_credentials(["https://*.github.io"]), lint(false)),
    ] {
        let rule = rule.dangerously_allow_public_suffixes(true);
        if is_needless { has_lints(rule, [(setting, value, kind)]) } else { has_lints(rule, []) }
    }
}

#[test]
fn pattern_matched_by_another_is_a_lint() {
    let lint = |setting, value| (setting, value, LintKind::RedundantOrigin);
    has_lints(
        Rule::for_origins([
            "https://app.example.com",
            "https://*.example.com",
            "https://*.a.example.com",
            "https://*.b.example.com:*",
            "https://example.com",
            "https://app.example.com:8443",
            "http://localhost:*",
            "http://localhost",
            "http://localhost:3000",
            "http://app.localhost",
        ]),
        [
            lint("origins[0]", "https://app.example.com"),
            lint("origins[2]", "https://*.a.example.com"),
            lint("origins[7]", "http://localhost"),
            lint("origins[8]", "http://localhost:3000"),
        ],
    );
}

#[test]
fn pattern_matched_by_an_earlier_rule_is_a_lint() {
    let lints = |first: Rule, second: Rule| {
        let policy = CorsPolicy::new([first, second]).unwrap();
        let lints: Vec<(String, LintKind)> =
            policy.lints().iter().map(|it| (it.setting().to_owned(), it.kind().clone())).collect();
        lints
    };
    let wide = || Rule::for_origins(["https://*.example.com:*"]);
    assert_eq!(
        lints(wide(), Rule::for_origins(["https://a.example.com", "https://*.b.example.com"])),
        [("rules[1]".to_owned(), LintKind::ShadowedRule)],
    );
    assert_eq!(
        lints(wide(), Rule::for_origins(["https://example.com", "https://*.b.example.com"])),
        [("rules[1].origins[1]".to_owned(), LintKind::ShadowedOrigin)],
    );
    assert_eq!(lints(Rule::for_origins(["https://a.example.com"]), wide()), []);
    let regex = || Rule::for_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"]);
    assert_eq!(lints(regex(), regex()), [("rules[1]".to_owned(), LintKind::ShadowedRule)]);
    // Patterns are not compared with regular expressions.
    assert_eq!(lints(wide(), regex()), []);
    assert_eq!(
        lints(regex(), Rule::for_origins(["https://pr-1.preview.example.com"])),
        [("rules[1]".to_owned(), LintKind::ShadowedRule)]
    );
}

// The `idna` crate rejects these labels, and URL parsers of browsers never produce them.
#[test]
fn malformed_a_label_is_a_lint() {
    for (origin, is_valid) in [
        ("https://xn--53h.example", true),
        ("https://*.xn--bcher-kva.example", true),
        ("https://xn--04", false),
        ("https://xn--a.example", false),
        ("https://*.xn--.example", false),
    ] {
        let lints: &[LintKind] = if is_valid { &[] } else { &[LintKind::MalformedALabel] };
        let policy = CorsPolicy::new(Rule::for_origins([origin])).unwrap();
        let kinds: Vec<LintKind> = policy.lints().iter().map(|it| it.kind().clone()).collect();
        assert_eq!(kinds, lints, "{origin}");
    }
}

#[test]
fn invalid_regexes_are_rejected() {
    let fault = |setting, value, fault, help: &str| {
        let help = (!help.is_empty()).then(|| help.to_owned());
        (setting, value, FaultKind::OriginRegex { fault, help }, None)
    };
    has_faults(
        Rule::for_origin_regexes([
            r"https://(a\.example",
            r"https://a\.example",
            "",
            r"a)|(?:b",
            r"https://\p{L}+\.example",
        ]),
        [
            fault(
                "origin_regexes[0]",
                r"https://(a\.example",
                OriginRegexErrorKind::Malformed,
                "unclosed group, at byte 8",
            ),
            fault("origin_regexes[2]", "", OriginRegexErrorKind::Empty, ""),
            fault(
                "origin_regexes[3]",
                "a)|(?:b",
                OriginRegexErrorKind::Malformed,
                "unopened group, at byte 1",
            ),
            fault(
                "origin_regexes[4]",
                r"https://\p{L}+\.example",
                OriginRegexErrorKind::Unicode,
                "Unicode not allowed here, at byte 8",
            ),
        ],
    );
    let many: Vec<String> = (0..=REGEXES).map(|n| format!(r"https://t{n}\.example")).collect();
    let error = error([Rule::for_origin_regexes(&many)]);
    assert_eq!(error.faults().len(), 1);
    assert_eq!(error.faults()[0].setting(), format!("rules[0].origin_regexes[{REGEXES}]"));
    let too_many = FaultKind::OriginRegex { fault: OriginRegexErrorKind::TooMany, help: None };
    assert_eq!(error.faults()[0].kind(), &too_many);
}

// The faults of patterns come first, followed by the faults of regular expressions.
#[test]
fn every_fault_of_a_rules_origins_is_reported_at_once() {
    let error = error([Rule::for_origins(["https://*example.com", "https://*.github.io"])
        .add_origin_regexes(["(", r"http://a\.example"])
        .allow_credentials(true)]);
    let settings: Vec<&str> = error.faults().iter().map(Diagnostic::setting).collect();
    assert_eq!(
        settings,
        [
            "rules[0].origins[0]",
            "rules[0].origins[1]",
            "rules[0].origin_regexes[0]",
            "rules[0].origin_regexes[1]",
        ],
    );
    let first = &error.faults()[0];
    assert_eq!(first.kind(), &FaultKind::Origin(OriginErrorKind::WildcardInLabel));
    assert_eq!(first.suggestion(), Some("https://*.example.com"));
}

#[test]
fn insecure_regex_with_credentials_is_rejected() {
    for text in [
        r"https?://app\.example\.com",
        r"[a-z]+://app\.example\.com",
        r"http://.*\.example\.com",
        r"h[t]{2}(p|ps)://[a-f0-9]{40}\.example\.com",
        r"(https|http)://(localhost|[a-z]+\.example\.com)(:[0-9]+)?",
        r"http://(127\.0\.0\.1|128\.0\.0\.1)",
        r"http://\[::[12]\]",
    ] {
        let rule = || Rule::for_origin_regexes([text]);
        let error = error([rule().allow_credentials(true)]);
        let [fault] = error.faults() else { panic!("{error}") };
        assert_eq!(fault.setting(), "rules[0].origin_regexes[0]");
        let FaultKind::InsecureOriginRegexWithCredentials { matches } = fault.kind() else {
            panic!("{fault}")
        };
        let origin = Origin::parse(matches.as_bytes()).unwrap();
        assert!(origin.is_insecure(), "{matches}");
        assert!(OriginSet::default().with_regexes([text]).unwrap().contains(&origin), "{matches}");
        assert!(CorsPolicy::new(rule()).is_ok());
        let allowed = rule().allow_credentials(true).dangerously_allow_insecure_origins(true);
        let policy = CorsPolicy::new(allowed).unwrap();
        assert!(!policy.lints().iter().any(|it| *it.kind() == LintKind::NoInsecureOrigin));
    }
    let needless = Rule::for_origin_regexes([r"https://app-[0-9]\.example\.com"])
        .allow_credentials(true)
        .dangerously_allow_insecure_origins(true);
    let setting = "dangerously_allow_insecure_origins";
    has_lints(needless, [(setting, "true", LintKind::NoInsecureOrigin)]);
}

#[test]
fn regex_that_matches_too_much_is_a_lint_with_example() {
    let first_lint = |text: &str| {
        let policy = CorsPolicy::new(Rule::for_origin_regexes([text])).unwrap();
        let lint =
            policy.lints().first().cloned().unwrap_or_else(|| panic!("expected a lint: {text}"));
        assert_eq!((lint.setting(), lint.value()), ("rules[0].origin_regexes[0]", text));
        lint
    };
    let assert_matches = |text: &str, example: &str| {
        let origin = Origin::parse(example.as_bytes()).expect(example);
        let set = OriginSet::default().with_regexes([text]).unwrap();
        assert!(set.contains(&origin), "{text} does not match {example}");
    };
    for (text, suggestion) in [
        (r"https://www.example\.com", r"https://www\.example\.com"),
        ("https://a.example.com", r"https://a\.example\.com"),
    ] {
        let lint = first_lint(text);
        let LintKind::UnescapedDot { matches } = lint.kind() else { panic!("{lint}") };
        assert_matches(text, matches);
        assert_eq!(lint.suggestion(), Some(suggestion));
    }
    for text in [
        r"https://[a-z]+example\.com",
        r"https://example\.com.*",
        r"https://pr-[0-9]+\.vercel\.app",
        "https://.*",
    ] {
        let lint = first_lint(text);
        let LintKind::OtherDomain { matches } = lint.kind() else { panic!("{lint}") };
        assert_matches(text, matches);
    }
    for text in [r"app\.example\.com", r"https://app\.example\.com/", "https://APP"] {
        assert_eq!(first_lint(text).kind(), &LintKind::NoOriginMatches);
    }
    for text in [
        r"https://(www\.)?example\.(com|org)",
        r"https://pr-[0-9]+\.preview\.example\.com(:[0-9]+)?",
        r"https?://[^.]+\.example\.com",
    ] {
        has_lints(Rule::for_origin_regexes([text]), []);
    }
}

#[test]
fn regex_diagnostics_are_displayed_as_sentences() {
    let policy = CorsPolicy::new(Rule::for_origin_regexes([r"https://www.example\.com"])).unwrap();
    assert_eq!(
        policy.lints()[0].to_string(),
        r#"rules[0].origin_regexes[0] = "https://www.example\\.com": the expression has a dot without a backslash; such a dot matches any character, so https://wwwxexample.com matches too; escape the dot; write "https://www\\.example\\.com""#,
    );
    let error = error([Rule::for_origin_regexes([r"https://(a\.example"])]);
    assert_eq!(
        error.to_string(),
        r#"a fault in the CORS configuration: rules[0].origin_regexes[0] = "https://(a\\.example": the regular expression is invalid (unclosed group, at byte 8); only the syntax of the crate `regex` is supported; correct the expression"#,
    );
}

#[test]
fn repeated_regex_is_a_lint() {
    let regex = r"https://pr-[0-9]+\.example\.com";
    has_lints(
        Rule::for_origin_regexes([regex, regex, r"https://b\.example"]),
        [("origin_regexes[1]", regex, LintKind::RepeatedOrigin)],
    );
}

#[test]
fn added_origins_extend_presets_lists_and_sets() {
    let is_allowed = |rule: Rule, origin: &str| {
        let request = http::Request::get("/").header("origin", origin).body(()).unwrap();
        let policy = CorsPolicy::new(rule).unwrap();
        policy.decide(&RequestHead::from(&request)).rule().is_some()
    };
    let set = OriginSet::parse(["https://*.example.com"]).unwrap();
    let rules = || {
        [
            Rule::for_loopback_origins(),
            Rule::for_origins(["http://localhost:3000"]),
            Rule::for_origins(set.clone()),
            Rule::for_origin_regexes([r"https://pr-[0-9]+\.example\.org"]),
        ]
    };
    for rule in rules() {
        assert!(!is_allowed(rule, "https://inspector.example"));
    }
    for rule in rules().map(|rule| rule.add_origins(["https://inspector.example"])) {
        assert!(is_allowed(rule, "https://inspector.example"));
    }
    for (origin, rule) in [
        ("http://127.0.0.1:8080", 0),
        ("http://localhost:3000", 1),
        ("https://app.example.com", 2),
        ("https://pr-7.example.org", 3),
    ] {
        let rule = rules().into_iter().nth(rule).unwrap();
        assert!(is_allowed(rule.add_origins(["https://inspector.example"]), origin), "{origin}");
    }
    // The regular expressions of a set are kept, and other users of the set are not affected.
    let mixed = set.clone().with_regexes([r"https://pr-[0-9]+\.example\.org"]).unwrap();
    let rule = Rule::for_origins(mixed).add_origins(["https://inspector.example"]);
    assert!(is_allowed(rule.clone(), "https://pr-7.example.org"));
    assert!(is_allowed(rule, "https://app.example.com"));
    assert!(!is_allowed(Rule::for_origins(set), "https://inspector.example"));
    let faulty = Rule::for_any_origin().add_origins(["https://inspector.example", "inspector"]);
    let error = CorsPolicy::new(faulty).unwrap_err();
    assert_eq!(error.faults().len(), 2, "{error}");
}

/// Checks that the origins of a policy match no `http:` page that it rejects. S11
///
/// The faults are decided on the expression, so that no accepted expression matches other insecure origins.
#[test]
fn exported_origins_of_a_policy_match_only_allowed_origins() {
    let hidden = r"h{1}t*.?s{0,1}[:]//([a-z0-9]+(-[a-z0-9]+)*\.)+example\.com";
    let rule = || Rule::for_origin_regexes([hidden]).allow_credentials(true);
    let error = CorsPolicy::new(rule()).unwrap_err();
    assert!(
        matches!(error.faults()[0].kind(), FaultKind::InsecureOriginRegexWithCredentials { .. }),
        "{error}"
    );
    let insecure = Origin::parse(b"http://a.example.com").unwrap();
    // The attack succeeds with the dangerous setting: a guard that shares the origins trusts the page, too.
    let policy = CorsPolicy::new(rule().dangerously_allow_insecure_origins(true)).unwrap();
    assert!(policy.origins().contains(&insecure));
    let only_https = r"https://([a-z0-9]+(-[a-z0-9]+)*\.)+example\.com";
    let rule = Rule::for_origin_regexes([only_https]).allow_credentials(true);
    assert!(!CorsPolicy::new(rule).unwrap().origins().contains(&insecure));
}

#[test]
fn additional_public_suffix_applies_to_its_rule() {
    let suffixes = ["apps.example.com", "platform.internal"];
    let rule = |pattern: &str| Rule::for_origins([pattern]).public_suffixes(suffixes);
    let suffix = FaultKind::PublicSuffixWithCredentials;
    let below = |matches: &str| FaultKind::ManyDomainsWithCredentials { matches: matches.into() };
    for (pattern, kind) in [
        ("https://*.apps.example.com", Some(suffix.clone())),
        ("https://*.apps.example.com:*", Some(suffix.clone())),
        ("https://*.apps.example.com.", Some(suffix.clone())),
        // Names below `internal` cannot be registered, but teams choose names below this domain.
        ("https://*.platform.internal", Some(suffix.clone())),
        // The domain above has a public suffix below it.
        ("https://*.example.com", Some(below("https://a.apps.example.com"))),
        ("https://*.internal", Some(below("https://a.platform.internal"))),
        // The domains below have one owner, and so have other domains.
        ("https://*.team.apps.example.com", None),
        ("https://*.notapps.example.com", None),
        ("https://apps.example.com", None),
        ("https://team.apps.example.com", None),
    ] {
        let credentials = || rule(pattern).allow_credentials(true);
        let expected = kind.clone().map(|kind| ("origins[0]", pattern, kind, None));
        match expected {
            Some(fault) => has_faults(credentials(), [fault]),
            None => has_lints(credentials(), []),
        }
        // Without the setting, each pattern is allowed.
        has_lints(Rule::for_origins([pattern]).allow_credentials(true), []);
        // An origin that is added later is checked, too.
        let policy =
            CorsPolicy::new(rule("https://first.example").allow_credentials(true)).unwrap();
        let added = policy.with_origin(0, &pattern.parse().unwrap());
        assert_eq!(added.err().map(|error| error.faults()[0].kind().clone()), kind, "{pattern}");
        let lints = (kind == Some(suffix.clone())).then_some((
            "origins[0]",
            pattern,
            LintKind::PublicSuffix,
        ));
        let without_credentials = rule(pattern);
        match lints {
            Some(lint) => has_lints(without_credentials, [lint]),
            None => has_lints(without_credentials, []),
        }
    }
    let allowed = rule("https://*.apps.example.com").allow_credentials(true);
    has_lints(allowed.dangerously_allow_public_suffixes(true), []);
}

#[test]
fn additional_public_suffix_must_be_a_domain() {
    for suffix in [
        "",
        "*",
        "*.example.com",
        ".example.com",
        "example.com.",
        "Example.com",
        "https://example.com",
        "example.com:443",
        "127.0.0.1",
        "[::1]",
        "example.com/",
        "a b",
        "b\u{fc}cher.example",
        "a..b",
    ] {
        let rule = Rule::for_origins(["https://a.example"]).public_suffixes([suffix]);
        has_faults(rule, [("public_suffixes[0]", suffix, FaultKind::MalformedPublicSuffix, None)]);
    }
    for suffix in ["example.com", "com", "xn--bcher-kva.example", "a_b.example"] {
        has_lints(Rule::for_origins(["https://a.example"]).public_suffixes([suffix]), []);
    }
}

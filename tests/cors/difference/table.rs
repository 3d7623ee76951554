//! Pairs of policies with the expected lines of their difference.

use std::time::Duration;

use tower_cross_origin::{
    cors::{CorsConfig, CorsPolicy, OriginPredicate, Rule, UpstreamHeaders},
    origin::OriginSet,
};

use crate::support::{APP, policy, policy_from_config, rule as app};

/// The name of the case, the old policy, the new policy, and the expected lines.
type Row = (&'static str, CorsPolicy, CorsPolicy, Vec<&'static str>);

fn rule<const N: usize>(origins: [&str; N]) -> Rule {
    Rule::for_origins(origins)
}

fn with(change: impl FnOnce(CorsConfig) -> CorsConfig) -> CorsPolicy {
    policy_from_config(change(CorsConfig::from(app())))
}

pub(crate) fn rows() -> Vec<Row> {
    [origins(), patterns(), permissions(), rules(), regexes(), predicates(), settings()].concat()
}

fn origins() -> Vec<Row> {
    vec![
        (
            "an origin gained",
            policy([app()]),
            policy([rule([APP, "https://partner.example"])]),
            vec!["origins gained: https://partner.example (rules[0])"],
        ),
        (
            "an origin gained with credentials, and credentials gained by a known origin",
            policy([app()]),
            policy([rule([APP, "https://partner.example"]).allow_credentials(true)]),
            vec![
                "origins gained, with credentials: https://partner.example (rules[0])",
                "credentials gained: https://app.example.com (rules[0])",
            ],
        ),
        (
            "origins lost",
            policy([rule([
                APP,
                "https://b.example",
                "https://a.example",
                "http://localhost:3000",
            ])]),
            policy([app()]),
            vec!["origins lost: https://a.example and 2 more patterns (rules[0])"],
        ),
        (
            "origins in another order, and one of them repeated",
            policy([rule([APP, "https://a.example"])]),
            policy([rule(["https://a.example", APP, APP])]),
            vec![],
        ),
        (
            "every origin gained",
            policy([app()]),
            policy([app(), Rule::for_any_origin()]),
            vec!["origins gained: *, such as https://elsewhere.example (rules[1])"],
        ),
        (
            "all origins except one lost",
            policy([Rule::for_any_origin()]),
            policy([app()]),
            vec!["origins lost: *, such as https://elsewhere.example (rules[0])"],
        ),
        (
            "every origin gained, where a listed pattern matches the usual example",
            policy([rule(["https://*.example", "https://a"])]),
            policy([rule(["https://*.example", "https://a"]), Rule::for_any_origin()]),
            vec!["origins gained: *, such as https://b (rules[1])"],
        ),
        (
            "null and another origin gained",
            policy([app()]),
            policy([rule([APP, "https://a.example"]).dangerously_allow_null_origin(true)]),
            vec!["origins gained: https://a.example (rules[0])", "origins gained: null (rules[0])"],
        ),
        (
            "credentials for any origin, where null and plain HTTP no longer match",
            policy([Rule::for_any_origin()]),
            policy([Rule::for_any_origin()
                .allow_credentials(true)
                .dangerously_allow_credentials_for_any_origin(true)]),
            vec![
                "credentials gained: *, such as https://elsewhere.example (rules[0])",
                "origins lost: *, such as http://elsewhere.example (rules[0])",
            ],
        ),
        (
            "a separate rule for null before a rule for any origin",
            policy([rule([]).dangerously_allow_null_origin(true), Rule::for_any_origin()]),
            policy([Rule::for_any_origin()]),
            vec![],
        ),
        (
            "a set instead of a list",
            policy([rule([APP, "https://*.example.org"])]),
            policy([Rule::for_origins(OriginSet::parse(["https://*.example.org", APP]).unwrap())]),
            vec![],
        ),
    ]
}

fn patterns() -> Vec<Row> {
    vec![
        (
            "an origin instead of a wildcard pattern",
            policy([rule(["https://*.example.com"])]),
            policy([app()]),
            vec!["origins lost: https://*.example.com, such as https://a.example.com (rules[0])"],
        ),
        (
            "listed labels are not used as examples",
            policy([rule(["https://a.example.com", "https://b.example.com"])]),
            policy([rule(["https://*.example.com"])]),
            vec!["origins gained: https://*.example.com, such as https://c.example.com (rules[0])"],
        ),
        (
            "every port gained",
            policy([rule(["http://localhost", "http://localhost:8080"])]),
            policy([rule(["http://localhost:*"])]),
            vec!["origins gained: http://localhost:*, such as http://localhost:8081 (rules[0])"],
        ),
        (
            "a pattern that a wider pattern matches",
            policy([rule(["https://*.example.com", "https://*.b.example.com", APP])]),
            policy([rule(["https://*.example.com"])]),
            vec![],
        ),
        (
            "a wider pattern instead of a narrow one",
            policy([rule(["https://*.b.example.com"])]),
            policy([rule(["https://*.example.com"])]),
            vec!["origins gained: https://*.example.com, such as https://a.example.com (rules[0])"],
        ),
        (
            "a wildcard with one port, and a host with any port",
            policy([rule(["https://*.example.com:8443", "https://x.example.com:*"])]),
            policy([
                rule(["https://*.example.com:8443"]),
                rule(["https://x.example.com:*"]).allow_methods(["PUT"]),
            ]),
            vec![
                "methods gained: PUT for https://x.example.com:*, such as https://x.example.com \
                 (rules[0] -> rules[1])",
            ],
        ),
        (
            "a wildcard with one port before a host with any port",
            policy([rule(["https://x.example.com:*"])]),
            policy([
                rule(["https://*.example.com:8443"]).allow_credentials(true),
                rule(["https://x.example.com:*"]),
            ]),
            vec![
                "origins gained, with credentials: https://*.example.com:8443, such as \
                 https://a.example.com:8443 (rules[0])",
                "credentials gained: https://x.example.com:*, such as https://x.example.com:8443 \
                 (rules[0])",
            ],
        ),
        (
            "a wildcard with one port, and several hosts with any port",
            policy([
                rule(["https://x.example.com:8443"]),
                rule(["https://*.example.com:8443"]),
                rule(["https://x.example.com:*", "https://y.example.com:*"]).allow_methods(["PUT"]),
            ]),
            policy([
                rule(["https://x.example.com:8443"]),
                rule(["https://x.example.com:*", "https://y.example.com:*"]).allow_methods(["PUT"]),
                rule(["https://*.example.com:8443"]),
            ]),
            vec![
                "methods gained: PUT for https://y.example.com:*, such as \
                 https://y.example.com:8443 (rules[1])",
            ],
        ),
        (
            "another scheme",
            policy([rule(["http://a.example"])]),
            policy([rule(["https://a.example"])]),
            vec![
                "origins gained: https://a.example (rules[0])",
                "origins lost: http://a.example (rules[0])",
            ],
        ),
        (
            "addresses have no subdomains",
            policy([rule(["http://127.0.0.1:*", "http://[::1]:3000"])]),
            policy([rule(["http://127.0.0.1:*", "http://[::1]:*"])]),
            vec!["origins gained: http://[::1]:*, such as http://[::1] (rules[0])"],
        ),
    ]
}

fn permissions() -> Vec<Row> {
    let seconds = Duration::from_secs;
    vec![
        (
            "methods gained and lost; GET and POST are always allowed",
            policy([app().allow_methods(["PUT", "GET"])]),
            policy([app().allow_methods(["PATCH", "DELETE", "POST"])]),
            vec![
                "methods gained: DELETE, PATCH for https://app.example.com (rules[0])",
                "methods lost: PUT for https://app.example.com (rules[0])",
            ],
        ),
        (
            "any method instead of one",
            policy([app().allow_methods(["PUT"])]),
            policy([app().allow_any_method()]),
            vec!["methods gained: any except PUT for https://app.example.com (rules[0])"],
        ),
        (
            "one method in addition to any method",
            policy([app().allow_any_method()]),
            policy([app().allow_any_method().allow_methods(["PUT"])]),
            vec![],
        ),
        (
            "any request header excludes authorization",
            policy([app().allow_headers(["x-a", "authorization"])]),
            policy([app().allow_any_header()]),
            vec![
                "request headers gained: any except x-a for https://app.example.com (rules[0])",
                "request headers lost: authorization for https://app.example.com (rules[0])",
            ],
        ),
        (
            "any request header and authorization",
            policy([app().allow_headers(["x-a"])]),
            policy([app().allow_any_header().allow_headers(["Authorization"])]),
            vec![
                "request headers gained: authorization, any except x-a for https://app.example.com \
                 (rules[0])",
            ],
        ),
        (
            "two request headers instead of any, in upper and lower case",
            policy([app().allow_any_header()]),
            policy([app().allow_headers(["X-B", "x-a"])]),
            vec![
                "request headers lost: any except x-a, x-b for https://app.example.com (rules[0])",
            ],
        ),
        (
            "any response header; content-type is always readable",
            policy([app().expose_headers(["etag", "content-type"])]),
            policy([app().expose_any_header()]),
            vec!["exposed headers gained: any except etag for https://app.example.com (rules[0])"],
        ),
        (
            "exposed headers gained and lost, and the others in another order",
            policy([app().expose_headers(["etag", "x-b", "x-a"])]),
            policy([app().expose_headers(["x-a", "x-b", "x-c", "x-0"])]),
            vec![
                "exposed headers gained: x-0, x-c for https://app.example.com (rules[0])",
                "exposed headers lost: etag for https://app.example.com (rules[0])",
            ],
        ),
        (
            "an unset max_age equals 5 seconds",
            policy([app(), rule(["https://a.example"])]),
            policy([app().max_age(seconds(5)), rule(["https://a.example"]).max_age(seconds(600))]),
            vec!["max_age changed: unset -> 600 s for https://a.example (rules[1])"],
        ),
        (
            "credentials lost, with any method and any header before and after",
            policy([app().allow_credentials(true).allow_any_method().allow_any_header()]),
            policy([app().allow_any_method().allow_any_header()]),
            vec!["credentials lost: https://app.example.com (rules[0])"],
        ),
    ]
}

fn rules() -> Vec<Row> {
    vec![
        (
            "two rules with equal permissions equal one rule",
            policy([
                rule(["https://a.example"]).allow_methods(["PUT"]),
                app().allow_methods(["PUT"]),
            ]),
            policy([rule([APP, "https://a.example"]).allow_methods(["PUT"])]),
            vec![],
        ),
        (
            "the first matching rule decides",
            policy([app().allow_methods(["PUT"]), rule(["https://*.example.com"])]),
            policy([rule(["https://*.example.com"]), app().allow_methods(["PUT"])]),
            vec!["methods lost: PUT for https://app.example.com (rules[0])"],
        ),
        (
            "a rule that never applies",
            policy([Rule::for_any_origin()]),
            policy([Rule::for_any_origin(), app().allow_credentials(true)]),
            vec![],
        ),
        (
            "an origin removed from one rule matches another rule",
            policy([
                rule([APP, "https://a.example"]).allow_credentials(true),
                Rule::for_any_origin(),
            ]),
            policy([app().allow_credentials(true), Rule::for_any_origin()]),
            vec!["credentials lost: https://a.example (rules[0] -> rules[1])"],
        ),
        (
            "a change for every origin and for the origins of an earlier rule",
            policy([app(), Rule::for_any_origin()]),
            policy([Rule::for_any_origin().allow_methods(["PUT"])]),
            vec![
                "methods gained: PUT for https://app.example.com (rules[0])",
                "methods gained: PUT for *, such as https://elsewhere.example (rules[1] -> rules[0])",
            ],
        ),
    ]
}

const PREVIEWS: &str = r"https://pr-[0-9]+\.preview\.example\.com";
const BRANCHES: &str = r"https://branch-[0-9]+\.preview\.example\.com";

fn regexes() -> Vec<Row> {
    let previews = || app().add_origin_regexes([PREVIEWS]);
    vec![
        (
            "the same expression, and an origin gained",
            policy([previews()]),
            policy([previews(), rule(["https://a.example"])]),
            vec!["origins gained: https://a.example (rules[1])"],
        ),
        (
            "the same expression, and a method gained",
            policy([Rule::for_origin_regexes([PREVIEWS])]),
            policy([Rule::for_origin_regexes([PREVIEWS]).allow_methods(["PUT"])]),
            vec![
                r"methods gained: PUT for https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0])",
            ],
        ),
        (
            "an expression gained",
            policy([app()]),
            policy([previews()]),
            vec![
                r"origins gained: https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0])",
            ],
        ),
        (
            "another expression, with further differences undecided",
            policy([previews()]),
            policy([app().add_origin_regexes([BRANCHES])]),
            vec![
                r"origins gained: https://branch-[0-9]+\.preview\.example\.com, such as https://branch-1.preview.example.com (rules[0])",
                r#"undecided: matches of the regular expression "https://branch-[0-9]+\\.preview\\.example\\.com" (rules[0] of the new policy)"#,
                r#"undecided: matches of the regular expression "https://pr-[0-9]+\\.preview\\.example\\.com" (rules[0] of the old policy)"#,
                r"origins lost: https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0])",
            ],
        ),
        (
            "a wildcard instead of an expression, with further differences undecided",
            policy([previews()]),
            policy([rule([APP, "https://*.preview.example.com"])]),
            vec![
                "origins gained: https://*.preview.example.com, such as https://a.preview.example.com (rules[0])",
                r#"undecided: matches of the regular expression "https://pr-[0-9]+\\.preview\\.example\\.com" (rules[0] of the old policy)"#,
            ],
        ),
        (
            "expressions in another order, and an exact origin that matches one of them",
            policy([Rule::for_origin_regexes([PREVIEWS, BRANCHES])]),
            policy([Rule::for_origins(["https://pr-7.preview.example.com"])
                .add_origin_regexes([BRANCHES, PREVIEWS])]),
            vec![],
        ),
        (
            "an expression before a rule for any origin with equal permissions",
            policy([Rule::for_any_origin()]),
            policy([Rule::for_origin_regexes([PREVIEWS]), Rule::for_any_origin()]),
            vec![],
        ),
        (
            "one expression whose origins lose credentials",
            policy([Rule::for_origin_regexes([PREVIEWS]).allow_credentials(true)]),
            policy([app(), Rule::for_origin_regexes([PREVIEWS])]),
            vec![
                "origins gained: https://app.example.com (rules[0])",
                r"credentials lost: https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0] -> rules[1])",
            ],
        ),
        (
            "an expression without a known example, and other origins gained",
            policy([app()]),
            policy([rule([APP, "https://a.example"])
                .add_origin_regexes([r"example\.com"])
                .dangerously_allow_null_origin(true)]),
            vec![
                "origins gained: https://a.example (rules[0])",
                "origins gained: null (rules[0])",
                r#"undecided: matches of the regular expression "example\\.com" (rules[0] of the new policy)"#,
            ],
        ),
        (
            "another expression in a changed rule",
            policy([Rule::for_origin_regexes([PREVIEWS])]),
            policy([Rule::for_origin_regexes([PREVIEWS, BRANCHES]).allow_methods(["PUT"])]),
            vec![
                r"origins gained: https://branch-[0-9]+\.preview\.example\.com, such as https://branch-1.preview.example.com (rules[0])",
                r"methods gained: PUT for https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0])",
            ],
        ),
        (
            "a new expression before one that may match the same origins",
            policy([Rule::for_origin_regexes([PREVIEWS]).allow_methods(["PUT"])]),
            policy([
                Rule::for_origin_regexes([BRANCHES]).allow_methods(["PUT"]),
                Rule::for_origin_regexes([PREVIEWS]),
            ]),
            vec![
                r"origins gained: https://branch-[0-9]+\.preview\.example\.com, such as https://branch-1.preview.example.com (rules[0])",
                r"methods lost: PUT for https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0] -> rules[1])",
            ],
        ),
    ]
}

fn predicates() -> Vec<Row> {
    let any_origin = OriginPredicate::new(|_, _| true);
    let on_port = |port| OriginPredicate::new(move |origin, _| origin.port() == Some(port));
    vec![
        (
            "a predicate gained that rejects all probed origins",
            policy([app()]),
            policy([app().add_origin_predicate(on_port(1))]),
            vec!["undecided: matches of a predicate (rules[0] of the new policy)"],
        ),
        (
            "a predicate gained that matches one probed origin",
            policy([rule(["https://a.example:8443"]), app()]),
            policy([app().add_origin_predicate(on_port(8443))]),
            vec!["undecided: matches of a predicate (rules[0] of the new policy)"],
        ),
        (
            "insecure origins with credentials allowed for a predicate",
            policy([Rule::for_origins_where(any_origin.clone()).allow_credentials(true)]),
            policy([Rule::for_origins_where(any_origin.clone())
                .allow_credentials(true)
                .dangerously_allow_insecure_origins(true)]),
            vec!["origins gained, with credentials: http://elsewhere.example (rules[0])"],
        ),
        (
            "a predicate in both policies, and a method gained",
            policy([Rule::for_origins_where(any_origin.clone()), app()]),
            policy([app(), Rule::for_origins_where(any_origin.clone()).allow_methods(["PUT"])]),
            vec!["methods gained: PUT for https://elsewhere.example (rules[0] -> rules[1])"],
        ),
        (
            "a predicate lost",
            policy([Rule::for_origins_where(any_origin.clone())]),
            policy([app()]),
            vec![
                "undecided: matches of a predicate (rules[0] of the old policy)",
                "origins lost: https://elsewhere.example (rules[0])",
            ],
        ),
    ]
}

fn settings() -> Vec<Row> {
    vec![(
        "settings of the whole policy",
        with(|config| config),
        with(|config| {
            config
                .preflight_status(200)
                .enforce(true)
                .service_origins(["https://api.example.com"])
                .upstream_headers(UpstreamHeaders::Keep)
                .hide_failing_step(true)
        }),
        vec![
            "enforce changed: false -> true",
            "hide_failing_step changed: false -> true",
            "preflight_status changed: 204 -> 200",
            r#"service_origins changed: [] -> ["https://api.example.com"]"#,
            r#"upstream_headers changed: "replace" -> "keep""#,
        ],
    )]
}

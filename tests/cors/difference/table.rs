//! Pairs of policies, and what is told of them.

use std::time::Duration;

use tower_cross_origin::{
    cors::{CorsConfig, CorsPolicy, DebugOrigins, OriginPredicate, Rule, UpstreamHeaders},
    origin::OriginSet,
};

use crate::support::{APP, policy, policy_of, rule as app};

/// Name, old, new, lines.
type Row = (&'static str, CorsPolicy, CorsPolicy, Vec<&'static str>);

fn of<const N: usize>(origins: [&str; N]) -> Rule {
    Rule::for_origins(origins)
}

fn with(change: impl FnOnce(CorsConfig) -> CorsConfig) -> CorsPolicy {
    policy_of(change(CorsConfig::from(app())))
}

pub(crate) fn rows() -> Vec<Row> {
    [origins(), patterns(), grants(), rules(), regexes(), predicates(), settings()].concat()
}

fn origins() -> Vec<Row> {
    vec![
        (
            "an origin gained",
            policy([app()]),
            policy([of([APP, "https://partner.example"])]),
            vec!["origins gained: https://partner.example (rules[0])"],
        ),
        (
            "an origin gained with credentials, and one that has them now",
            policy([app()]),
            policy([of([APP, "https://partner.example"]).allow_credentials(true)]),
            vec![
                "origins gained, with credentials: https://partner.example (rules[0])",
                "credentials gained: https://app.example.com (rules[0])",
            ],
        ),
        (
            "origins lost",
            policy([of([APP, "https://b.example", "https://a.example", "http://localhost:3000"])]),
            policy([app()]),
            vec!["origins lost: https://a.example and 2 more patterns (rules[0])"],
        ),
        (
            "the order of origins, and one of them twice",
            policy([of([APP, "https://a.example"])]),
            policy([of(["https://a.example", APP, APP])]),
            vec![],
        ),
        (
            "every origin gained",
            policy([app()]),
            policy([app(), Rule::for_any_origin()]),
            vec!["origins gained: *, such as https://elsewhere.example (rules[1])"],
        ),
        (
            "every origin but one lost",
            policy([Rule::for_any_origin()]),
            policy([app()]),
            vec!["origins lost: *, such as https://elsewhere.example (rules[0])"],
        ),
        (
            "every origin gained, where the one that stands for them is named",
            policy([of(["https://*.example", "https://a"])]),
            policy([of(["https://*.example", "https://a"]), Rule::for_any_origin()]),
            vec!["origins gained: *, such as https://b (rules[1])"],
        ),
        (
            "null gained, beside another origin",
            policy([app()]),
            policy([of([APP, "https://a.example"]).dangerously_allow_null_origin(true)]),
            vec!["origins gained: https://a.example (rules[0])", "origins gained: null (rules[0])"],
        ),
        (
            "null had a rule of its own before every origin",
            policy([of([]).dangerously_allow_null_origin(true), Rule::for_any_origin()]),
            policy([Rule::for_any_origin()]),
            vec![],
        ),
        (
            "a set in place of a list",
            policy([of([APP, "https://*.example.org"])]),
            policy([Rule::for_origins(OriginSet::parse(["https://*.example.org", APP]).unwrap())]),
            vec![],
        ),
    ]
}

fn patterns() -> Vec<Row> {
    vec![
        (
            "an origin in place of its family",
            policy([of(["https://*.example.com"])]),
            policy([app()]),
            vec!["origins lost: https://*.example.com, such as https://a.example.com (rules[0])"],
        ),
        (
            "a label that is named is no witness",
            policy([of(["https://a.example.com", "https://b.example.com"])]),
            policy([of(["https://*.example.com"])]),
            vec!["origins gained: https://*.example.com, such as https://c.example.com (rules[0])"],
        ),
        (
            "every port gained",
            policy([of(["http://localhost", "http://localhost:8080"])]),
            policy([of(["http://localhost:*"])]),
            vec!["origins gained: http://localhost:*, such as http://localhost:8081 (rules[0])"],
        ),
        (
            "a family that a wider one covers",
            policy([of(["https://*.example.com", "https://*.b.example.com", APP])]),
            policy([of(["https://*.example.com"])]),
            vec![],
        ),
        (
            "a wider family in place of a narrow one",
            policy([of(["https://*.b.example.com"])]),
            policy([of(["https://*.example.com"])]),
            vec!["origins gained: https://*.example.com, such as https://a.example.com (rules[0])"],
        ),
        (
            "a port below one host, where another has any",
            policy([of(["https://*.example.com:8443", "https://x.example.com:*"])]),
            policy([
                of(["https://*.example.com:8443"]),
                of(["https://x.example.com:*"]).allow_methods(["PUT"]),
            ]),
            vec![
                "methods gained: PUT for https://x.example.com:*, such as https://x.example.com \
                 (rules[0] -> rules[1])",
            ],
        ),
        (
            "the one port that a family has before a host with any",
            policy([of(["https://x.example.com:*"])]),
            policy([
                of(["https://*.example.com:8443"]).allow_credentials(true),
                of(["https://x.example.com:*"]),
            ]),
            vec![
                "origins gained, with credentials: https://*.example.com:8443, such as \
                 https://a.example.com:8443 (rules[0])",
                "credentials gained: https://x.example.com:*, such as https://x.example.com:8443 \
                 (rules[0])",
            ],
        ),
        (
            "a port of a family, below a host with any that is not the first of its kind",
            policy([
                of(["https://x.example.com:8443"]),
                of(["https://*.example.com:8443"]),
                of(["https://x.example.com:*", "https://y.example.com:*"]).allow_methods(["PUT"]),
            ]),
            policy([
                of(["https://x.example.com:8443"]),
                of(["https://x.example.com:*", "https://y.example.com:*"]).allow_methods(["PUT"]),
                of(["https://*.example.com:8443"]),
            ]),
            vec![
                "methods gained: PUT for https://y.example.com:*, such as \
                 https://y.example.com:8443 (rules[1])",
            ],
        ),
        (
            "another scheme",
            policy([of(["http://a.example"])]),
            policy([of(["https://a.example"])]),
            vec![
                "origins gained: https://a.example (rules[0])",
                "origins lost: http://a.example (rules[0])",
            ],
        ),
        (
            "addresses have nothing below them",
            policy([of(["http://127.0.0.1:*", "http://[::1]:3000"])]),
            policy([of(["http://127.0.0.1:*", "http://[::1]:*"])]),
            vec!["origins gained: http://[::1]:*, such as http://[::1] (rules[0])"],
        ),
    ]
}

fn grants() -> Vec<Row> {
    let seconds = Duration::from_secs;
    vec![
        (
            "methods gained and lost; every page may use GET and POST",
            policy([app().allow_methods(["PUT", "GET"])]),
            policy([app().allow_methods(["PATCH", "DELETE", "POST"])]),
            vec![
                "methods gained: DELETE, PATCH for https://app.example.com (rules[0])",
                "methods lost: PUT for https://app.example.com (rules[0])",
            ],
        ),
        (
            "any method in place of one",
            policy([app().allow_methods(["PUT"])]),
            policy([app().allow_any_method()]),
            vec!["methods gained: any except PUT for https://app.example.com (rules[0])"],
        ),
        (
            "one method beside any",
            policy([app().allow_any_method()]),
            policy([app().allow_any_method().allow_methods(["PUT"])]),
            vec![],
        ),
        (
            "any request header is every one but authorization",
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
            "two request headers in place of any, by whatever case",
            policy([app().allow_any_header()]),
            policy([app().allow_headers(["X-B", "x-a"])]),
            vec![
                "request headers lost: any except x-a, x-b for https://app.example.com (rules[0])",
            ],
        ),
        (
            "any response header; every page may read content-type",
            policy([app().expose_headers(["etag", "content-type"])]),
            policy([app().expose_any_header()]),
            vec!["exposed headers gained: any except etag for https://app.example.com (rules[0])"],
        ),
        (
            "exposed headers gained and lost, and the order of the rest",
            policy([app().expose_headers(["etag", "x-b", "x-a"])]),
            policy([app().expose_headers(["x-a", "x-b", "x-c", "x-0"])]),
            vec![
                "exposed headers gained: x-0, x-c for https://app.example.com (rules[0])",
                "exposed headers lost: etag for https://app.example.com (rules[0])",
            ],
        ),
        (
            "max_age is 5 seconds where it is not set",
            policy([app(), of(["https://a.example"])]),
            policy([app().max_age(seconds(5)), of(["https://a.example"]).max_age(seconds(600))]),
            vec!["max_age changed: unset -> 600 s for https://a.example (rules[1])"],
        ),
        (
            "credentials lost: any stands for itself then",
            policy([app().allow_credentials(true).allow_any_method().allow_any_header()]),
            policy([app().allow_any_method().allow_any_header()]),
            vec!["credentials lost: https://app.example.com (rules[0])"],
        ),
    ]
}

fn rules() -> Vec<Row> {
    vec![
        (
            "two rules of the same grants are one",
            policy([
                of(["https://a.example"]).allow_methods(["PUT"]),
                app().allow_methods(["PUT"]),
            ]),
            policy([of([APP, "https://a.example"]).allow_methods(["PUT"])]),
            vec![],
        ),
        (
            "the first rule that covers an origin decides",
            policy([app().allow_methods(["PUT"]), of(["https://*.example.com"])]),
            policy([of(["https://*.example.com"]), app().allow_methods(["PUT"])]),
            vec!["methods lost: PUT for https://app.example.com (rules[0])"],
        ),
        (
            "a rule that never applies",
            policy([Rule::for_any_origin()]),
            policy([Rule::for_any_origin(), app().allow_credentials(true)]),
            vec![],
        ),
        (
            "what a rule lost another one has",
            policy([
                of([APP, "https://a.example"]).allow_credentials(true),
                Rule::for_any_origin(),
            ]),
            policy([app().allow_credentials(true), Rule::for_any_origin()]),
            vec!["credentials lost: https://a.example (rules[0] -> rules[1])"],
        ),
        (
            "a change for every origin, and for those of a rule before",
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
            policy([previews(), of(["https://a.example"])]),
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
            "another expression: what else they differ in is not known",
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
            "a family in place of an expression: whether that covers more is not known",
            policy([previews()]),
            policy([of([APP, "https://*.preview.example.com"])]),
            vec![
                "origins gained: https://*.preview.example.com, such as https://a.preview.example.com (rules[0])",
                r#"undecided: matches of the regular expression "https://pr-[0-9]+\\.preview\\.example\\.com" (rules[0] of the old policy)"#,
            ],
        ),
        (
            "expressions in another order, and an exact origin that one of them matches",
            policy([Rule::for_origin_regexes([PREVIEWS, BRANCHES])]),
            policy([Rule::for_origins(["https://pr-7.preview.example.com"])
                .add_origin_regexes([BRANCHES, PREVIEWS])]),
            vec![],
        ),
        (
            "an expression where everything is allowed anyhow",
            policy([Rule::for_any_origin()]),
            policy([Rule::for_origin_regexes([PREVIEWS]), Rule::for_any_origin()]),
            vec![],
        ),
        (
            "one expression, whose origins have no credentials now",
            policy([Rule::for_origin_regexes([PREVIEWS]).allow_credentials(true)]),
            policy([app(), Rule::for_origin_regexes([PREVIEWS])]),
            vec![
                "origins gained: https://app.example.com (rules[0])",
                r"credentials lost: https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0] -> rules[1])",
            ],
        ),
        (
            "an expression of which no origin is found, beside what is",
            policy([app()]),
            policy([of([APP, "https://a.example"])
                .add_origin_regexes([r"example\.com"])
                .dangerously_allow_null_origin(true)]),
            vec![
                "origins gained: https://a.example (rules[0])",
                "origins gained: null (rules[0])",
                r#"undecided: matches of the regular expression "example\\.com" (rules[0] of the new policy)"#,
            ],
        ),
        (
            "one expression more in a rule that changes",
            policy([Rule::for_origin_regexes([PREVIEWS])]),
            policy([Rule::for_origin_regexes([PREVIEWS, BRANCHES]).allow_methods(["PUT"])]),
            vec![
                r"origins gained: https://branch-[0-9]+\.preview\.example\.com, such as https://branch-1.preview.example.com (rules[0])",
                r"methods gained: PUT for https://pr-[0-9]+\.preview\.example\.com, such as https://pr-1.preview.example.com (rules[0])",
            ],
        ),
        (
            "an expression that a new one may take origins from",
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
    let anyone = OriginPredicate::new(|_, _| true);
    let on_port = |port| OriginPredicate::new(move |origin, _| origin.port() == Some(port));
    vec![
        (
            "a predicate gained, that says yes to none that is asked about",
            policy([app()]),
            policy([app().add_origin_predicate(on_port(1))]),
            vec!["undecided: matches of a predicate (rules[0] of the new policy)"],
        ),
        (
            "a predicate gained, that says yes to one that is",
            policy([of(["https://a.example:8443"]), app()]),
            policy([app().add_origin_predicate(on_port(8443))]),
            vec!["undecided: matches of a predicate (rules[0] of the new policy)"],
        ),
        (
            "with credentials a predicate covers insecure origins where that is named",
            policy([Rule::for_origins_where(anyone.clone()).allow_credentials(true)]),
            policy([Rule::for_origins_where(anyone.clone())
                .allow_credentials(true)
                .dangerously_allow_insecure_origins(true)]),
            vec!["origins gained, with credentials: http://elsewhere.example (rules[0])"],
        ),
        (
            "a predicate before and after, and a method for it",
            policy([Rule::for_origins_where(anyone.clone()), app()]),
            policy([app(), Rule::for_origins_where(anyone.clone()).allow_methods(["PUT"])]),
            vec!["methods gained: PUT for https://elsewhere.example (rules[0] -> rules[1])"],
        ),
        (
            "a predicate lost",
            policy([Rule::for_origins_where(anyone.clone())]),
            policy([app()]),
            vec![
                "undecided: matches of a predicate (rules[0] of the old policy)",
                "origins lost: https://elsewhere.example (rules[0])",
            ],
        ),
    ]
}

fn settings() -> Vec<Row> {
    let owned = |origin: &str| vec![origin.to_owned()];
    vec![
        (
            "settings of the whole",
            with(|config| config),
            with(|config| {
                config
                    .preflight_status(200)
                    .enforce(true)
                    .service_origins(["https://api.example.com"])
                    .upstream_headers(UpstreamHeaders::Keep)
                    .debug_origins(DebugOrigins::All)
            }),
            vec![
                r#"debug_origins changed: [] -> "all""#,
                "enforce changed: false -> true",
                "preflight_status changed: 204 -> 200",
                r#"service_origins changed: [] -> ["https://api.example.com"]"#,
                r#"upstream_headers changed: "replace" -> "keep""#,
            ],
        ),
        (
            "the order of what is told who",
            with(|config| {
                config.debug_origins(DebugOrigins::Origins([owned(APP), owned(APP)].concat()))
            }),
            with(|config| config.debug_origins(DebugOrigins::Origins(owned(APP)))),
            vec![],
        ),
    ]
}

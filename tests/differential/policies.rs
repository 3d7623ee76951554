//! Generators of valid policies and of the responses of their services.

use std::fmt;

use proptest::{
    prelude::*,
    sample::{select, subsequence},
};

use crate::{
    cases::{OwnResponse, Rules},
    reference_model::cors_model::{PolicySettings, RuleText},
};

pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let texts = prop::collection::vec(rule(), 1..=4);
    let texts = (texts, prop::bool::weighted(0.15), select(STATIC_ORIGINS));
    let numbers = (select(&[204, 204, 200, 299][..]), prop::bool::weighted(0.2));
    (texts, whole(), numbers, paths()).prop_map(
        |((texts, is_static, origin), whole, (preflight_status, as_sets), paths)| {
            let rules = Rules { texts, whole, preflight_status, as_sets }.with_paths(paths);
            if is_static { rules.with_static_origin(origin) } else { rules }
        },
    )
}

/// The paths of the rules, and the paths at which the service handles CORS.
type Paths = ([Option<Vec<&'static str>>; 4], Vec<&'static str>);

fn paths() -> impl Strategy<Value = Paths> {
    let of_rule = || prop::option::weighted(0.6, subsequence(PATHS, 1..=3));
    let of_rules = prop_oneof![
        1 => Just([const { None }; 4]),
        1 => [of_rule(), of_rule(), of_rule(), of_rule()],
    ];
    let not_handled = prop_oneof![
        2 => Just(Vec::new()),
        1 => subsequence(NOT_HANDLED, 1..=2),
    ];
    (of_rules, not_handled)
}

impl Rules {
    fn with_paths(mut self, (of_rules, not_handled): Paths) -> Self {
        let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
        for (rule, paths) in self.texts.iter_mut().zip(of_rules) {
            rule.paths = paths.map(owned);
        }
        self.whole.not_handled = owned(not_handled);
        self
    }

    /// Returns the first rule with a static origin, as the only rule.
    fn with_static_origin(mut self, origin: &str) -> Self {
        self.texts.truncate(1);
        self.whole.enforces = false;
        for rule in &mut self.texts {
            rule.origins = vec![origin.to_owned()];
            rule.is_static = true;
            rule.null = false;
        }
        self
    }
}

fn whole() -> impl Strategy<Value = PolicySettings> {
    let settings = [0.6, 0.1, 0.2].map(prop::bool::weighted);
    settings.prop_map(|[enforces, keeps, hides_failing_step]| PolicySettings {
        enforces,
        keeps,
        hides_failing_step,
        not_handled: Vec::new(),
    })
}

fn rule() -> impl Strategy<Value = RuleText> {
    let pattern = prop_oneof![
        9 => pattern_parts().prop_map(|pattern| pattern.to_string()),
        1 => select(APPLICATIONS).prop_map(str::to_owned),
    ];
    let origins = prop_oneof![
        2 => Just(vec!["*".to_owned()]),
        7 => prop::collection::vec(pattern, 1..=3),
        1 => Just(Vec::new()),
    ];
    let lists = (
        subsequence(METHODS, 0..=3),
        subsequence(NAMES, 0..=4),
        subsequence(EXPOSED, 0..=3),
        select(MAX_AGES),
    );
    (origins, prop::bool::weighted(0.25), prop::bool::weighted(0.6), lists).prop_map(
        |(origins, null, credentials, (methods, request_headers, expose_headers, max_age))| {
            let owned = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
            let mut rule = RuleText {
                paths: None,
                origins,
                is_static: false,
                null,
                credentials,
                methods: owned(methods),
                request_headers: owned(request_headers),
                expose_headers: owned(expose_headers),
                max_age,
            };
            rule.remove_faults();
            rule
        },
    )
}

impl RuleText {
    /// Removes combinations of settings that are faults.
    pub(crate) fn remove_faults(&mut self) {
        let has_file = self.origins.iter().any(|origin| origin == "file://");
        self.null |= self.origins.is_empty() || has_file;
        self.credentials &= !has_file && !self.origins.is_empty();
        self.null &= !self.credentials;
        if self.credentials {
            self.expose_headers.retain(|name| name != "*");
        }
    }
}

pub(crate) fn own_response() -> impl Strategy<Value = OwnResponse> {
    let status = select(&[200, 200, 200, 204, 204, 304, 401, 404, 500][..]);
    let headers = subsequence(OWN_HEADERS, 0..=OWN_HEADERS.len());
    let handled = prop::option::weighted(0.4, select(OWN_ORIGINS));
    (status, headers, handled).prop_map(|(status, mut headers, handled)| {
        // Several values of `Access-Control-Allow-Origin` allow no page.
        if let Some(origin) = handled {
            headers.retain(|(name, _)| *name != "access-control-allow-origin");
            let any = ["access-control-allow-methods", "access-control-allow-headers"];
            headers.extend(any.map(|name| (name, "*")));
            headers.push(("access-control-allow-origin", origin));
        }
        let status = if handled.is_some() && status >= 400 { 200 } else { status };
        OwnResponse { status, headers }
    })
}

/// The parts of a pattern. A pattern without `*` is an origin.
#[derive(Clone, Debug)]
pub(crate) struct PatternParts {
    scheme: &'static str,
    has_subdomains: bool,
    host: String,
    /// The port with its colon.
    pub(super) port: &'static str,
}

impl fmt::Display for PatternParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.has_subdomains { "*." } else { "" };
        write!(f, "{}://{wildcard}{}{}", self.scheme, self.host, self.port)
    }
}

pub(crate) fn pattern_parts() -> impl Strategy<Value = PatternParts> {
    let parts = (select(SCHEMES), any::<bool>(), select(HOSTS), select(PORTS));
    parts.prop_map(|(scheme, has_subdomains, host, port)| {
        let has_subdomains = has_subdomains && !host.contains("127") && !host.starts_with('[');
        PatternParts { scheme, has_subdomains, host: host.to_owned(), port }
    })
}

/// Origins of pages that are not web pages.
pub(crate) const APPLICATIONS: &[&str] =
    &["safari-web-extension://140BB581-A2C0", "app://.", "capacitor://LOCALHOST", "file://"];
const STATIC_ORIGINS: &[&str] =
    &["https://app.example.com", "https://app.example.com", "http://localhost:8443"];
const SCHEMES: &[&str] = &["https", "https", "https", "http"];
const HOSTS: &[&str] = &[
    "example.com",
    "example.com",
    "app.example.com",
    "app.example.com.",
    "b.example",
    "xn--53h.example",
    "localhost",
    "127.0.0.1",
    "[::1]",
];
const PORTS: &[&str] = &["", "", ":8443", ":*", ":*"];
const PATHS: &[&str] =
    &["/items", "/api/*", "/api/items", "/*", "/.well-known/*", "/files/*", "/local", "/own"];
const NOT_HANDLED: &[&str] = &["/files/*", "/api/items", "/items", "/own"];
const METHODS: &[&str] = &["PUT", "DELETE", "PATCH", "patch", "OPTIONS", "POST", "CHICKEN", "*"];
const NAMES: &[&str] = &[
    "content-type",
    "X-A",
    "x-b",
    "Authorization",
    "*",
    "Range",
    "accept",
    "last-event-id",
    "X-Amz-*",
    "x-amz-meta-*",
    "content-*",
    "x-*",
];
const EXPOSED: &[&str] = &[
    "ETag",
    "x-own",
    "vary",
    "access-control-allow-origin",
    "age",
    "*",
    "x-*",
    "X-Amz-*",
    "x-amz-meta-*",
    "set-*",
    "access-*",
];
const MAX_AGES: &[Option<u64>] =
    &[None, None, Some(0), Some(1), Some(600), Some(601), Some(7201), Some(86_400)];
/// The origins that a service itself allows.
const OWN_ORIGINS: &[&str] = &["*", "*", "*", "https://app.example.com", "https://example.com"];
const OWN_HEADERS: &[(&str, &str)] = &[
    ("content-type", "text/plain"),
    ("last-modified", "Sat, 21 Nov 2026 00:00:00 GMT"),
    ("etag", "\"1\""),
    ("x-own", "1"),
    ("x-own", "2"),
    ("x-secret", "1"),
    ("x-amz-id", "1"),
    ("x-amz-meta-a", "1"),
    ("x-amz-meta-a", "2"),
    ("access-token", "1"),
    ("set-cookie", "a=b; SameSite=None; Secure"),
    ("vary", "accept-encoding"),
    ("vary", "Origin"),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-origin", "https://evilexample.com"),
    ("access-control-allow-credentials", "true"),
    ("access-control-expose-headers", "x-secret"),
    ("access-control-allow-methods", "*"),
    ("access-control-allow-methods", "PUT, patch"),
    ("access-control-allow-headers", "*"),
    ("access-control-allow-headers", "X-A, content-type"),
    ("access-control-max-age", "86400"),
];

//! The policies of the target `preflight`, as plain text for the reference model.

use std::{sync::LazyLock, time::Duration};

use http::HeaderName;
use tower_cross_origin::cors::{CorsConfig, CorsPolicy, Rule};

/// A policy as text, and as compiled by the crate.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) text: PolicyText,
    pub(crate) compiled: CorsPolicy,
    pub(crate) varies_on: Vec<HeaderName>,
}

impl Policy {
    /// Returns a policy for any number.
    pub(crate) fn by_number(number: usize) -> &'static Self {
        &POLICIES[number % POLICIES.len()]
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyText {
    pub(crate) rules: &'static [RuleText],
    pub(crate) preflight_status: u16,
    /// The request headers that the selection of the policy depends on.
    pub(crate) varies_on: &'static [&'static str],
}

impl PolicyText {
    /// Returns whether all actual requests get the same CORS headers.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self.rules, [only] if only.is_for_any_origin() || only.is_static)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RuleText {
    pub(crate) origins: &'static [&'static str],
    /// Whether every response has the headers for the only origin.
    pub(crate) is_static: bool,
    pub(crate) null: bool,
    pub(crate) credentials: bool,
    pub(crate) methods: &'static [&'static str],
    pub(crate) request_headers: &'static [&'static str],
    pub(crate) expose_headers: &'static [&'static str],
    pub(crate) max_age: Option<u64>,
}

impl RuleText {
    pub(crate) fn is_for_any_origin(&self) -> bool {
        self.origins == ["*"]
    }

    const fn for_origins(origins: &'static [&'static str]) -> Self {
        Self {
            origins,
            is_static: false,
            null: false,
            credentials: false,
            methods: &[],
            request_headers: &[],
            expose_headers: &[],
            max_age: None,
        }
    }
}

static POLICIES: LazyLock<Vec<Policy>> =
    LazyLock::new(|| TEXTS.iter().copied().map(compile).collect());

#[allow(clippy::needless_update, reason = "new settings have their defaults here")]
fn compile(text: PolicyText) -> Policy {
    let rule = |text: &RuleText| {
        let rule = match text.origins {
            [only] if text.is_static => Rule::for_static_origin(only),
            origins => Rule::for_origins(origins),
        };
        let mut rule = rule
            .allow_methods(text.methods)
            .allow_headers(text.request_headers)
            .expose_headers(text.expose_headers);
        if text.credentials {
            rule = rule.allow_credentials(true);
        }
        if text.null {
            rule = rule.dangerously_allow_null_origin(true);
        }
        match text.max_age {
            Some(seconds) => rule.max_age(Duration::from_secs(seconds)),
            None => rule,
        }
    };
    // The target `decide` checks the responses that show the failing step.
    let config = text.rules.iter().map(rule).collect::<CorsConfig>().hide_failing_step(true);
    let config = config.preflight_status(text.preflight_status);
    Policy {
        text,
        compiled: config.try_into().expect("all policies of the table are valid"),
        varies_on: text.varies_on.iter().map(|name| HeaderName::from_static(name)).collect(),
    }
}

const fn policy(rules: &'static [RuleText]) -> PolicyText {
    PolicyText { rules, preflight_status: 204, varies_on: &[] }
}

const APP: &[&str] = &["https://app.example.com"];
const MANY: &[&str] = &[
    "https://a.example",
    "https://b.example",
    "https://c.example",
    "https://d.example:8443",
    "http://e.example",
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "http://[::1]:3000",
    "capacitor://localhost",
    "https://xn--53h.example",
    "https://www.example.com.",
    "safari-web-extension://140BB581-A2C0",
    "app://.",
];

const PATTERNS: &[&str] = &[
    "https://*.example.com",
    "https://*.app.example.com:*",
    "https://xn--53h.example:*",
    "https://*.com.example:8443",
    "http://localhost:*",
    "http://127.0.0.1:*",
    "http://[::1]:*",
    "capacitor://*.localhost",
    "https://*.example.com.",
    "app://.:*",
    "app://*.A",
];

const LISTS: RuleText = RuleText {
    credentials: true,
    methods: &["PUT", "DELETE", "patch"],
    request_headers: &["Content-Type", "x-a", "x-b"],
    expose_headers: &["ETag", "x-c"],
    max_age: Some(600),
    ..RuleText::for_origins(APP)
};

const ANYTHING: RuleText =
    RuleText { methods: &["*"], request_headers: &["*"], expose_headers: &["*"], ..PUBLIC };

const ANYTHING_WITH_CREDENTIALS: RuleText = RuleText {
    credentials: true,
    methods: &["*"],
    request_headers: &["*"],
    ..RuleText::for_origins(APP)
};

const PUBLIC: RuleText = RuleText::for_origins(&["*"]);

/// The policies. Seeds refer to them by number: add new policies at the end.
const TEXTS: &[PolicyText] = &[
    policy(&[RuleText::for_origins(APP)]),
    policy(&[LISTS]),
    policy(&[PUBLIC]),
    policy(&[ANYTHING]),
    policy(&[RuleText { request_headers: &["*", "Authorization"], ..PUBLIC }]),
    policy(&[ANYTHING_WITH_CREDENTIALS]),
    policy(&[RuleText {
        request_headers: &["*", "authorization"],
        max_age: Some(0),
        ..ANYTHING_WITH_CREDENTIALS
    }]),
    policy(&[RuleText { null: true, ..RuleText::for_origins(APP) }]),
    policy(&[
        ANYTHING_WITH_CREDENTIALS,
        RuleText { null: true, methods: &["PUT"], ..RuleText::for_origins(&[]) },
        RuleText { expose_headers: &["x-public"], ..PUBLIC },
    ]),
    policy(&[RuleText { request_headers: &["authorization"], ..RuleText::for_origins(MANY) }]),
    PolicyText { preflight_status: 200, varies_on: &["host", "x-tenant"], ..policy(&[LISTS]) },
    PolicyText { preflight_status: 299, varies_on: &["origin"], ..policy(&[PUBLIC]) },
    policy(&[RuleText { methods: &["PUT"], ..RuleText::for_origins(PATTERNS) }]),
    policy(&[
        RuleText { credentials: true, ..RuleText::for_origins(&["https://*.example.com"]) },
        RuleText { null: true, methods: &["PUT"], ..RuleText::for_origins(PATTERNS) },
        RuleText { expose_headers: &["x-public"], ..PUBLIC },
    ]),
    policy(&[RuleText {
        request_headers: &["X-Amz-*", "content-type", "x-b"],
        expose_headers: &["x-c", "X-Amz-*", "set-*", "access-*"],
        ..LISTS
    }]),
    policy(&[RuleText { request_headers: &["a-*"], expose_headers: &["x-*"], ..PUBLIC }]),
    policy(&[RuleText { is_static: true, expose_headers: &["x-*"], ..LISTS }]),
];

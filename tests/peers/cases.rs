//! The files of cases, with the configuration, request and expectation of each peer's test.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The peers, each with the file `SUITE.json` next to this module.
pub(crate) const SUITES: [&str; 9] = [
    "aspnet",
    "django",
    "envoy",
    "express",
    "fastify",
    "rack",
    "spring",
    "starlette",
    "tower-http",
];

/// Returns the cases of all suites, in the order of the files.
pub(crate) fn all() -> Vec<Case> {
    SUITES.into_iter().flat_map(suite).collect()
}

fn suite(name: &str) -> Vec<Case> {
    let text = fs::read_to_string(directory().join(format!("{name}.json"))).unwrap();
    let suite: Suite =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    suite.cases
}

pub(crate) fn directory() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "peers"].iter().collect()
}

#[derive(Deserialize)]
struct Suite {
    cases: Vec<Case>,
}

/// One request of a peer's test, or one configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) id: String,
    /// The name of the peer's test.
    pub(crate) test: String,
    /// A `CorsConfig`. Without it, the configuration file cannot express the case.
    pub(crate) policy: Option<Value>,
    pub(crate) predicate: Option<Predicate>,
    #[serde(default)]
    pub(crate) varies_on: Vec<String>,
    pub(crate) source: Option<Source>,
    pub(crate) request: Option<Request>,
    #[serde(default)]
    pub(crate) upstream: Upstream,
    pub(crate) expected: Expected,
    #[serde(rename = "note")]
    _note: Option<String>,
}

/// The function in a peer's test that allows an origin.
///
/// All present conditions must be met.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Predicate {
    pub(crate) prefix: Option<String>,
    pub(crate) suffix: Option<String>,
    pub(crate) contains: Option<String>,
    /// A name and a value that the request must have.
    pub(crate) header: Option<(String, String)>,
    #[serde(default)]
    pub(crate) never: bool,
}

/// The code for a case that needs more than a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Source {
    /// The policy is `CorsPolicy::reject_all`, because a rule must match at least one origin.
    RejectAll,
    /// A `policy_fn` does not handle `OPTIONS`: the service responds to preflights.
    PreflightsNotHandled,
    /// A `ResolveCorsLayer` finds the policy.
    Lookup,
    /// The lookup of a `ResolveCorsLayer` fails.
    FailingLookup,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Request {
    /// Returns the value of the first field line with this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.headers.iter();
        lines.find(|(line, _)| line.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }
}

/// The response of the inner service.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upstream {
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) headers: Vec<(String, String)>,
}

/// The assertions of the peer's test.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// A header without a value must be absent.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Option<HeaderAssertion>>,
    /// CORS response headers and `Vary` must be absent unless `headers` lists them.
    #[serde(default = "yes")]
    pub(crate) complete: bool,
    /// `Vary` is not compared.
    #[serde(default)]
    pub(crate) ignore_vary: bool,
    pub(crate) status: Option<Statuses>,
    /// `true` if the layer calls the inner service.
    pub(crate) reached: Option<bool>,
    /// The case tests only the validity of the configuration.
    pub(crate) config: Option<Validity>,
}

fn yes() -> bool {
    true
}

impl Expected {
    /// Returns whether the peer's test has no assertions that apply to this crate.
    pub(crate) fn is_empty(&self) -> bool {
        self.headers.is_empty()
            && self.status.is_none()
            && self.reached.is_none()
            && self.config.is_none()
    }
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum HeaderAssertion {
    Value(String),
    Contains {
        contains: String,
    },
    Lacks {
        lacks: String,
    },
    Present {
        #[serde(rename = "present")]
        _is_present: bool,
    },
    OneOf {
        oneof: Vec<String>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Statuses {
    One(u16),
    OneOf(Vec<u16>),
}

impl Statuses {
    pub(crate) fn as_slice(&self) -> &[u16] {
        match self {
            Self::One(status) => std::slice::from_ref(status),
            Self::OneOf(statuses) => statuses,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Validity {
    Valid,
    Invalid,
}

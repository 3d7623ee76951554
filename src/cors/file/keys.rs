//! The keys of a file. Their descriptions are those of the schema.

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
use serde::Deserialize;

#[cfg(feature = "schemars")]
use super::bounds;
use super::rules;
use crate::{
    config::file,
    cors::{CorsConfig, Diagnostics, Rule, UpstreamHeaders},
};

/// Which pages of other origins may read the responses of this service, and what they may send.
#[derive(Deserialize)]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ConfigKeys {
    /// The status of a granted preflight.
    #[serde(deserialize_with = "file::success_status")]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "bounds::status"))]
    pub(super) preflight_status: u16,
    /// Whether a request that no rule allows is answered with 403. Otherwise it is served, and the page
    /// cannot read the response.
    pub(super) enforce: bool,
    /// The origins under which this service itself is reached, for `enforce`: their pages are never
    /// refused. Such as `https://api.example.com`.
    #[serde(deserialize_with = "file::origin_list")]
    pub(super) own_origins: Vec<String>,
    /// What becomes of the CORS headers that the service itself set.
    pub(super) upstream_headers: UpstreamHeaders,
    /// Who is told at which step a preflight failed.
    pub(super) diagnostics: Diagnostics,
    /// The rules. The first one that covers an origin decides, alone. At least one.
    #[serde(deserialize_with = "rules::read")]
    pub(super) rules: Vec<Rule>,
}

impl Default for ConfigKeys {
    fn default() -> Self {
        let CorsConfig {
            rules,
            preflight_status,
            enforce,
            own_origins,
            upstream_headers,
            diagnostics,
        } = CorsConfig::default();
        Self { preflight_status, enforce, own_origins, upstream_headers, diagnostics, rules }
    }
}

/// Which origins may read responses, and what they may send.
#[derive(Default, Deserialize)]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(super) struct RuleKeys {
    /// Origins and patterns of them: `https://app.example.com`, `https://*.example.org` for every
    /// subdomain, `http://localhost:*` for every port; or `*` alone, for every origin.
    #[serde(deserialize_with = "file::origin_list")]
    pub(super) origins: Vec<String>,
    /// Regular expressions of further origins, always matched whole, such as
    /// `https://pr-[0-9]+\.preview\.example\.com`. They need the feature `regex`.
    #[serde(deserialize_with = "file::regex_list")]
    pub(super) origin_regexes: Vec<String>,
    /// Whether pages may read what a request with the user's cookies, certificates or HTTP
    /// authentication was answered.
    pub(super) credentials: bool,
    /// The methods that pages may use beside GET, HEAD and POST; or `*`, for every method.
    #[serde(deserialize_with = "file::method_list")]
    pub(super) methods: Vec<String>,
    /// The request headers that pages may set beside those that need no preflight; or `*`, for every
    /// one but `authorization`, which is always named.
    #[serde(deserialize_with = "file::header_list")]
    pub(super) request_headers: Vec<String>,
    /// The response headers that pages may read beside the seven that every page may read; or `*`,
    /// without credentials, for every one.
    #[serde(deserialize_with = "file::header_list")]
    pub(super) expose_headers: Vec<String>,
    /// For how many seconds a browser may keep a preflight's answer. 0: every request is preflighted.
    /// Absent: for 5 seconds, as browsers do by themselves.
    #[serde(deserialize_with = "file::seconds", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemars", schemars(schema_with = "bounds::seconds"))]
    pub(super) max_age: Option<u64>,
    /// Covers the origin `null` too, which any page can make its own. Never with credentials.
    pub(super) dangerously_allow_null_origin: bool,
    /// Takes `http:` origins of other machines with credentials: whoever sits between such a page and
    /// its user can act as that user.
    pub(super) dangerously_allow_insecure_origins: bool,
    /// Takes the subdomains of a public suffix, such as `https://*.github.io`, with credentials: anyone
    /// can register one.
    pub(super) dangerously_allow_public_suffixes: bool,
}

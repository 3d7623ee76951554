//! A model of CORS, from the text of the rules, the call of a script, and the Fetch standard.
//!
//! Each call is evaluated in the order of the browser and the server.

pub(crate) mod page;
pub(crate) mod preflight_cache;
mod service_preflight;

use std::collections::BTreeSet;

use page::{Call, Credentials, Mode, SentRequest, is_token};
use preflight_cache::{PreflightCache, PreflightResponse};

use super::{
    origin::Reading,
    path::{has_two_readings, matches_path},
    pattern::matches_origin,
};

/// The settings of a rule.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleText {
    /// The paths at which the rule takes part; `None` for every path. DESIGN 17
    pub(crate) paths: Option<Vec<String>>,
    pub(crate) origins: Vec<String>,
    /// Whether every response has the headers for the only origin of the list. DESIGN 8
    pub(crate) is_static: bool,
    pub(crate) null: bool,
    pub(crate) credentials: bool,
    pub(crate) methods: Vec<String>,
    pub(crate) request_headers: Vec<String>,
    pub(crate) expose_headers: Vec<String>,
    /// The maximum age in seconds.
    pub(crate) max_age: Option<u64>,
}

/// The settings of a policy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyText<'a> {
    pub(crate) rules: &'a [RuleText],
    pub(crate) whole: &'a PolicySettings,
}

/// The settings of a policy outside its rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct PolicySettings {
    /// Whether requests that no rule allows are rejected. DESIGN 4
    pub(crate) enforces: bool,
    /// Whether CORS headers of the service are kept. DESIGN 9
    pub(crate) keeps: bool,
    /// Whether responses to rejected preflights hide the failing step. DESIGN 10
    pub(crate) hides_failing_step: bool,
    /// The paths at which the service handles CORS. DESIGN 17
    pub(crate) not_handled: Vec<String>,
}

/// The status and the headers of the service's response, with names in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct ServiceHeaders {
    pub(crate) status: u16,
    pub(crate) lines: Vec<(String, String)>,
}

/// The result of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallResult {
    pub(crate) preflight: Option<Preflight>,
    /// Whether the browser skips the preflight because of its preflight cache.
    pub(crate) is_remembered: bool,
    /// The request to the service; `None` if the service does not receive it.
    pub(crate) run: Option<Run>,
    pub(crate) end: End,
    /// The names of the headers that the page can read, in lower case.
    pub(crate) visible: BTreeSet<String>,
}

/// A request that the service receives.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a separate claim")]
pub(crate) struct Run {
    /// Whether the request does not have `Origin`.
    pub(crate) is_anonymous: bool,
    /// Whether the policy adds CORS headers to the response.
    pub(crate) is_shared: bool,
    /// Whether the response keeps the CORS headers of the service.
    pub(crate) is_kept: bool,
    /// Whether the service handles CORS at the path, so that the response is unchanged.
    pub(crate) is_unchanged: bool,
    /// Whether the response depends on the origin, so that its `Vary` has `Origin`.
    pub(crate) varies: bool,
}

/// A preflight that the browser sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preflight {
    pub(crate) method: String,
    /// The joined names of headers; empty if the header is absent.
    pub(crate) names: String,
    /// Whether the server allows the request. The browser may still reject the response.
    pub(crate) is_allowed: bool,
    /// Whether the service responds, since it handles CORS at the path.
    pub(crate) is_for_service: bool,
    /// The response to an allowed origin whose method or header is not allowed.
    pub(crate) failing_step: Option<FailingStep>,
}

/// The response to a preflight of an allowed origin that fails at a later step. DESIGN 10
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailingStep {
    /// The step that the browser reports.
    pub(crate) step: Step,
    pub(crate) methods: Vec<String>,
    /// The allowed names among the requested ones.
    pub(crate) names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// The script gets an error before the browser sends a request.
    Throws,
    /// The mode does not allow the request.
    NotAllowed,
    /// The page cannot read any part of the response.
    Opaque,
    /// The address has the origin of the page, so the response is always readable.
    SameOrigin,
    /// The address has another origin, and the response is readable.
    Readable,
    Rejected(Step),
}

/// The first step at which the policy rejects the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Origin,
    Credentials,
    /// The service itself responds to the preflight with an error.
    PreflightStatus,
    Method,
    RequestHeader,
}

/// The state and the limits of a browser.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a separate difference of an engine")]
pub(crate) struct Browser {
    /// The current time, in seconds.
    pub(crate) now: u64,
    /// The maximum time in the preflight cache, in seconds. F43
    pub(crate) longest: u64,
    /// Whether `*` in a response to a preflight allows `Authorization`. F40
    pub(crate) star_allows_authorization: bool,
    /// Whether a missing `Access-Control-Allow-Methods` allows the method of an upload. F41
    pub(crate) needs_no_list_of_methods: bool,
    /// Whether a cached `*` allows `Authorization`.
    pub(crate) caches_star_for_authorization: bool,
    /// Whether any cached response allows `GET`, `HEAD` and `POST`.
    pub(crate) caches_safelisted_methods: bool,
    /// Whether responses for the origin `null` are cached.
    pub(crate) caches_null: bool,
    /// Whether a failed call removes the cached response.
    pub(crate) forgets_failed_calls: bool,
    /// Whether an upload listener counts without a body.
    pub(crate) preflights_empty_uploads: bool,
    /// Whether field lines of a header are one value.
    pub(crate) joins_lines: bool,
    /// Whether safelisted values have at most 1,024 bytes together. F24
    pub(crate) limits_total: bool,
}

impl CallResult {
    pub(crate) fn evaluate(
        policy: PolicyText<'_>,
        call: &Call,
        own: &ServiceHeaders,
        memory: &mut PreflightCache,
        browser: Browser,
    ) -> Self {
        let whole = policy.whole;
        let at_path = policy.rules_at(path_of(&call.address));
        let is_handled = at_path.is_some();
        let rules: &[RuleText] = &at_path.unwrap_or_default();
        let policy = PolicyText { rules, whole };
        let mut granted = Self::with_end(End::Throws);
        let Some(sent) = SentRequest::new(call) else { return granted };
        let sent = sent.in_browser(call, browser);
        granted.end = match call.mode {
            _ if call.is_own => End::SameOrigin,
            Mode::SameOrigin => End::NotAllowed,
            Mode::NoCors => End::Opaque,
            Mode::Cors => End::Readable,
        };
        if granted.end == End::NotAllowed {
            return granted;
        }
        if granted.end == End::Readable && sent.needs_preflight() {
            granted.is_remembered = memory.allows(call, &sent, browser);
            if !granted.is_remembered {
                let (method, names) = (sent.method.clone(), sent.unsafe_names.join(","));
                let is_for_service = !is_handled;
                let (response, checked) = if is_for_service {
                    let checked = own.check_preflight(call, &sent, browser);
                    (checked.clone().ok(), checked.map(drop))
                } else {
                    let response = preflight_response(rules, call, &sent);
                    (response, check_preflight(rules, call, &sent))
                };
                let is_allowed = response.is_some();
                let failing_step = policy.failing_step(call, &sent).filter(|_| is_handled);
                granted.preflight =
                    Some(Preflight { method, names, is_allowed, is_for_service, failing_step });
                if let Err(step) = checked {
                    memory.clear(call);
                    granted.end = End::Rejected(step);
                    return granted;
                }
                memory.store(call, &response.unwrap_or_default(), browser);
            }
        }
        let is_run = !is_handled || !policy.rejects(call, &sent);
        let is_kept =
            is_run && (!is_handled || (whole.keeps && own.joined(ALLOW_ORIGIN).is_some()));
        let sharing = policy.sharing_rule(sent.origin.as_deref()).filter(|_| is_run && !is_kept);
        let varies = is_handled && policy.varies();
        granted.run = is_run.then_some(Run {
            is_anonymous: sent.origin.is_none(),
            is_shared: sharing.is_some(),
            is_kept,
            is_unchanged: !is_handled,
            varies,
        });
        if granted.end == End::Readable {
            let checked = if is_kept { own.cors_check(call) } else { cors_check(sharing, call) };
            if let Err(step) = checked {
                if sent.needs_preflight() && browser.forgets_failed_calls {
                    memory.clear(call);
                }
                granted.end = End::Rejected(step);
            }
        }
        let exposed = match sharing {
            Some(rule) => rule.exposed(own),
            None if is_kept => own.exposed(),
            None => Vec::new(),
        };
        let mut names = response_header_names(sharing, own, is_kept);
        if varies {
            names.insert("vary".to_owned());
        }
        granted.visible = match granted.end {
            End::SameOrigin => {
                names.into_iter().filter(|name| !contains(NEVER_VISIBLE, name)).collect()
            }
            End::Readable => {
                names.into_iter().filter(|name| is_visible(name, &exposed, call)).collect()
            }
            _ => BTreeSet::new(),
        };
        granted
    }

    fn with_end(end: End) -> Self {
        Self { preflight: None, is_remembered: false, run: None, end, visible: BTreeSet::new() }
    }
}

impl RuleText {
    pub(crate) fn is_for_any_origin(&self) -> bool {
        self.origins == ["*"]
    }

    /// Returns `true` if the rule is for any origin, and matches this one. DESIGN 5, 13
    ///
    /// Without credentials, the response is `*`, so that the server does not read the value. With credentials,
    /// the response echoes the origin, but never `null` or the origin of a file.
    pub(crate) fn matches_as_any_origin(&self, origin: &str) -> bool {
        let is_shared_by_pages = origin == "null" || origin.starts_with("file:");
        let is_echoed = Reading::parse(origin.as_bytes()).is_some() && !is_shared_by_pages;
        self.is_for_any_origin() && (!self.credentials || is_echoed)
    }

    /// Returns `true` if the response has `*` instead of the origin.
    pub(crate) fn is_without_origin(&self) -> bool {
        self.is_for_any_origin() && !self.credentials
    }

    fn matches_origin(&self, origin: &str) -> bool {
        if self.is_for_any_origin() {
            return self.matches_as_any_origin(origin);
        }
        // DESIGN 5: every local file has this origin, so that it needs the setting for `null`.
        if origin == "file://" && !self.null {
            return false;
        }
        self.origins.iter().any(|pattern| matches_origin(pattern, origin.as_bytes()))
            || (self.null && origin == "null")
    }

    /// Returns the names of the response headers that the rule exposes. DESIGN 16
    ///
    /// A prefix exposes the headers that the service set. A rule with a prefix exposes nothing in a 304.
    pub(crate) fn exposed(&self, own: &ServiceHeaders) -> Vec<String> {
        let listed: Vec<String> =
            self.expose_headers.iter().filter(|one| !is_prefix(one)).cloned().collect();
        if has_any(&listed) {
            return vec!["*".to_owned()];
        }
        let has_prefix = listed.len() < self.expose_headers.len();
        if has_prefix && own.status == 304 {
            return Vec::new();
        }
        let names = own.lines.iter().map(|(name, _)| name.clone());
        let by_prefix = names.filter(|name| {
            matches_prefix(&self.expose_headers, name)
                && !name.starts_with("access-control-")
                && !contains(NEVER_VISIBLE, name)
        });
        let mut exposed: Vec<String> = Vec::new();
        for name in listed.into_iter().chain(by_prefix).map(|name| name.to_lowercase()) {
            if !exposed.contains(&name) {
                exposed.push(name);
            }
        }
        exposed
    }

    /// Returns `true` if the rule allows the method. F19, F20, F37
    ///
    /// `*` does not match methods of more than 64 bytes.
    pub(crate) fn allows_method(&self, method: &str) -> bool {
        contains(&["GET", "HEAD", "POST"], method)
            || self.methods.iter().any(|one| one == method)
            || (has_any(&self.methods) && method.len() <= 64)
    }

    /// Returns `true` if the rule allows the request header. F38, F40, DESIGN 16
    pub(crate) fn allows_header(&self, name: &str) -> bool {
        self.request_headers.iter().any(|one| one.to_lowercase() == name && !is_prefix(one))
            || matches_prefix(&self.request_headers, name)
            || (has_any(&self.request_headers) && name != "authorization")
    }
}

/// Returns `true` for the text of a prefix, such as `x-amz-*`. DESIGN 16
fn is_prefix(text: &str) -> bool {
    text.ends_with("-*")
}

/// Returns `true` if the name begins with one of the prefixes in the list.
///
/// The name is in lower case. A name with `*` matches no prefix.
pub(crate) fn matches_prefix(list: &[String], name: &str) -> bool {
    let is_match = |one: &&String| {
        let prefix = one.to_lowercase();
        is_prefix(&prefix) && name.starts_with(prefix.trim_end_matches('*'))
    };
    !name.contains('*') && list.iter().any(|one| is_match(&one))
}

fn has_any(list: &[String]) -> bool {
    list.iter().any(|one| one == "*")
}

impl PolicyText<'_> {
    /// Returns the rules that take part at a path. DESIGN 17
    ///
    /// Returns `None` if the service handles CORS there.
    pub(crate) fn rules_at(&self, path: &str) -> Option<Vec<RuleText>> {
        rules_at(self.rules, &self.whole.not_handled, path)
    }

    /// Returns `true` if responses depend on the origin. DESIGN 8
    fn varies(&self) -> bool {
        self.whole.enforces || !(self.rules.is_empty() || self.is_constant())
    }

    /// Returns `true` if the response is the same for every page.
    ///
    /// The only rule must allow any origin without credentials, or have a static origin. The policy must not enforce
    /// its rules.
    pub(crate) fn is_constant(&self) -> bool {
        let is_constant = |rule: &RuleText| rule.is_without_origin() || rule.is_static;
        matches!(self.rules, [only] if is_constant(only)) && !self.whole.enforces
    }

    /// Returns the rule that allows the origin to read the response.
    ///
    /// If the response is constant, the rule also applies to requests without an origin. F59
    fn sharing_rule(&self, origin: Option<&str>) -> Option<&RuleText> {
        if self.is_constant() { self.rules.first() } else { rule_for(self.rules, origin?) }
    }

    /// Returns `true` if the policy rejects the request before the service. DESIGN 4
    fn rejects(&self, call: &Call, sent: &SentRequest) -> bool {
        let Some(origin) = &sent.origin else { return false };
        // F14: requests for embedded resources are not CORS requests, but may have an origin.
        let is_embedded = call.mode != Mode::Cors && contains(&["GET", "HEAD"], &sent.method);
        let is_allowed =
            rule_for(self.rules, origin).is_some_and(|rule| rule.allows_method(&sent.method));
        let is_exempt = is_allowed
            || (is_embedded && has_fetch_metadata(&call.address))
            || is_same_origin(call, origin);
        self.whole.enforces && !is_exempt
    }

    /// Returns the response to a preflight that fails at the method or a header. DESIGN 10
    ///
    /// Neither list has `*`, which browsers let cover `authorization`. The list of methods is never empty. F41
    fn failing_step(&self, call: &Call, sent: &SentRequest) -> Option<FailingStep> {
        let without = as_the_server_sees(self.rules, call);
        let failed = check_preflight(self.rules, &without, sent).err()?;
        let rule = rule_for(self.rules, &without.origin)?;
        if self.whole.hides_failing_step || !is_within_limits(sent) {
            return None;
        }
        let is_any = has_any(&rule.methods);
        let mut methods = if is_any { Vec::new() } else { rule.methods.clone() };
        let mut names = Vec::new();
        if failed == Step::Method {
            methods.retain(|one| one.to_lowercase() != sent.method.to_lowercase());
        } else {
            methods.extend((is_any && sent.method != "*").then(|| sent.method.clone()));
            names.clone_from(&sent.unsafe_names);
            names.retain(|name| name != "*" && rule.allows_header(name));
        }
        if methods.is_empty() {
            methods = vec!["GET".to_owned()];
        }
        let is_listed =
            methods.contains(&sent.method) || contains(&["GET", "HEAD", "POST"], &sent.method);
        let step = if is_listed { Step::RequestHeader } else { Step::Method };
        Some(FailingStep { step, methods, names })
    }
}

/// Returns `true` if a page of the service sent the request. F66
///
/// If the browser does not send `Sec-Fetch-Site`, the host and the port are compared.
fn is_same_origin(call: &Call, origin: &str) -> bool {
    if has_fetch_metadata(&call.address) {
        return call.is_own;
    }
    let default = match origin.split_once("://") {
        Some(("https", _)) => ":443",
        Some(("http", _)) => ":80",
        _ => return false,
    };
    let target = authority(&call.address).to_lowercase();
    let target = target.strip_suffix(default).unwrap_or(&target);
    origin.split_once("://").is_some_and(|(_, authority)| authority == target)
}

/// Returns `true` for potentially trustworthy URLs, for which browsers send fetch metadata.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
fn has_fetch_metadata(address: &str) -> bool {
    let authority = authority(address);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    address.starts_with("https:")
        || [authority, host].iter().any(|host| {
            *host == "localhost"
                || host.ends_with(".localhost")
                || host.starts_with("127.")
                || *host == "[::1]"
        })
}

fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

impl ServiceHeaders {
    /// Returns the joined field lines of a header, as browsers join them. F45
    fn joined(&self, name: &str) -> Option<String> {
        let is_of_name = |(one, _): &&(String, String)| one == name;
        let values: Vec<&str> = self
            .lines
            .iter()
            .filter(is_of_name)
            .map(|(_, value)| value.trim_matches([' ', '\t']))
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn cors_check(&self, call: &Call) -> Result<(), Step> {
        let includes = call.credentials == Credentials::Include;
        match self.joined(ALLOW_ORIGIN).as_deref() {
            Some("*") if !includes => Ok(()),
            Some(origin) if origin == call.origin => {
                let allowed = self.joined("access-control-allow-credentials");
                let is_shared = !includes || allowed.as_deref() == Some("true");
                if is_shared { Ok(()) } else { Err(Step::Credentials) }
            }
            _ => Err(Step::Origin),
        }
    }

    /// Returns the exposed header names; empty if one of them is not a token. F53
    fn exposed(&self) -> Vec<String> {
        let names = self.joined("access-control-expose-headers").unwrap_or_default();
        let names = names.split(',').map(|name| name.trim_matches([' ', '\t']));
        let names: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if names.iter().all(|name| is_token(name)) { names } else { Vec::new() }
    }
}

/// Returns the rules that take part at a path. DESIGN 17
///
/// Returns `None` if the service handles CORS there.
///
/// Where settings have paths, no rule takes part after a rule that responds to every request with `*`.
pub(crate) fn rules_at(
    rules: &[RuleText],
    not_handled: &[String],
    path: &str,
) -> Option<Vec<RuleText>> {
    if matches_path(not_handled, path) {
        return None;
    }
    let has_paths = rules.iter().any(|rule| rule.paths.is_some());
    if !has_paths && not_handled.is_empty() {
        return Some(rules.to_vec());
    }
    let takes_part = |rule: &&RuleText| {
        let is_at_path = rule.paths.as_ref().is_none_or(|paths| matches_path(paths, path));
        is_at_path && !(has_paths && has_two_readings(path))
    };
    let mut at_path: Vec<RuleText> = rules.iter().filter(takes_part).cloned().collect();
    if let Some(last) = at_path.iter().position(RuleText::is_without_origin) {
        at_path.truncate(last + 1);
    }
    Some(at_path)
}

/// Returns the path of an address, without the query.
pub(crate) fn path_of(address: &str) -> &str {
    let (_, rest) = address.split_once("://").expect("the address is a URL");
    let target = &rest[rest.find('/').expect("the address has a path")..];
    target.split('?').next().unwrap_or_default()
}

/// Returns the first rule that matches the origin. Later rules are ignored.
pub(crate) fn rule_for<'a>(rules: &'a [RuleText], origin: &str) -> Option<&'a RuleText> {
    rules.iter().find(|rule| rule.matches_origin(origin))
}

/// Checks a preflight as the server and the browser do. F34 to F40
fn check_preflight(rules: &[RuleText], call: &Call, sent: &SentRequest) -> Result<(), Step> {
    let rule = rule_for(rules, &call.origin);
    cors_check(rule, call)?;
    let rule = rule.ok_or(Step::Origin)?;
    if !rule.allows_method(&sent.method) {
        return Err(Step::Method);
    }
    if !is_within_limits(sent) || !sent.unsafe_names.iter().all(|name| rule.allows_header(name)) {
        return Err(Step::RequestHeader);
    }
    Ok(())
}

/// Returns `true` if the names of the headers are within the limits of DESIGN 6.
fn is_within_limits(sent: &SentRequest) -> bool {
    sent.unsafe_names.join(",").len() <= 4096 && sent.unsafe_names.len() <= 256
}

/// Returns the response of the server to an allowed preflight.
///
/// A preflight does not have credentials.
fn preflight_response(
    rules: &[RuleText],
    call: &Call,
    sent: &SentRequest,
) -> Option<PreflightResponse> {
    let without = as_the_server_sees(rules, call);
    check_preflight(rules, &without, sent).ok()?;
    let rule = rule_for(rules, &without.origin)?;
    // F39: with credentials, `*` is an ordinary name, so the server echoes the requested names.
    let listed = |list: &[String], requested: &[String], exceptions: &[&str]| match has_any(list) {
        true if rule.credentials => requested.to_vec(),
        true => {
            let is_sent = |one: &&String| *one == "*" || contains(exceptions, &one.to_lowercase());
            list.iter().filter(is_sent).cloned().collect()
        }
        false => list.iter().filter(|one| !is_prefix(one)).cloned().collect(),
    };
    let method = std::slice::from_ref(&sent.method);
    let mut methods = listed(&rule.methods, method, &[]);
    // F41
    if methods.is_empty() && sent.always_needs_preflight {
        methods = method.to_vec();
    }
    let names = listed(&rule.request_headers, &sent.unsafe_names, &["authorization"]);
    let mut names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    let by_prefix = sent.unsafe_names.iter();
    names.extend(by_prefix.filter(|name| matches_prefix(&rule.request_headers, name)).cloned());
    Some(PreflightResponse { methods, names, max_age: rule.max_age.unwrap_or(5) })
}

/// Returns the call of a preflight for the server: without credentials.
///
/// With a static origin, the responses are the same for every origin. DESIGN 8
fn as_the_server_sees(rules: &[RuleText], call: &Call) -> Call {
    let origin = match rules {
        [only] if only.is_static => only.origins[0].clone(),
        _ => call.origin.clone(),
    };
    Call { credentials: Credentials::Omit, origin, ..call.clone() }
}

/// Performs the CORS check of the browser. F45, F46
///
/// A rule for any origin that allows credentials echoes the origin, since `*` does not allow them.
fn cors_check(rule: Option<&RuleText>, call: &Call) -> Result<(), Step> {
    let rule = rule.ok_or(Step::Origin)?;
    if rule.is_static && rule.origins[0] != call.origin {
        return Err(Step::Origin);
    }
    let is_shared = rule.credentials || call.credentials != Credentials::Include;
    if is_shared { Ok(()) } else { Err(Step::Credentials) }
}

/// Returns the names of the response headers after the layer, except `Vary`.
fn response_header_names(
    sharing: Option<&RuleText>,
    own: &ServiceHeaders,
    is_kept: bool,
) -> BTreeSet<String> {
    let upstream = own.lines.iter().map(|(name, _)| name);
    let mut names: BTreeSet<String> =
        upstream.filter(|name| is_kept || !contains(CORS_HEADERS, name)).cloned().collect();
    if let Some(rule) = sharing {
        names.insert("access-control-allow-origin".to_owned());
        if rule.credentials {
            names.insert("access-control-allow-credentials".to_owned());
        }
        if !rule.exposed(own).is_empty() {
            names.insert("access-control-expose-headers".to_owned());
        }
    }
    names
}

/// Returns `true` if the page can read the header. F51, F52
fn is_visible(name: &str, exposed: &[String], call: &Call) -> bool {
    let is_any = call.credentials != Credentials::Include && has_any(exposed);
    let is_exposed = is_any || exposed.iter().any(|one| one.to_lowercase() == name);
    !contains(NEVER_VISIBLE, name) && (contains(ALWAYS_VISIBLE, name) || is_exposed)
}

fn contains(list: &[&str], one: &str) -> bool {
    list.contains(&one)
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
pub(crate) const CORS_HEADERS: &[&str] = &[
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
];
const NEVER_VISIBLE: &[&str] = &["set-cookie", "set-cookie2"];
const ALWAYS_VISIBLE: &[&str] = &[
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];

//! A reference model of the layer's response. It is simple and slow, and uses strings.

use std::collections::{BTreeMap, BTreeSet};

use http::{Request, Response};

use crate::{
    lists::{elements, is_token, lines},
    policies::{PolicyText, RuleText},
    reference_model::pattern::matches_any,
};

/// The CORS headers of a response; lists are in lower case and sorted.
pub(crate) type CorsHeaders = BTreeMap<&'static str, Vec<String>>;

/// The expected response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The layer responds with this status.
    LayerResponse { status: u16, cors: CorsHeaders },
    /// The service responds, and the layer adds these headers.
    ServiceResponse { cors: CorsHeaders },
}

impl Expected {
    /// Returns the expected response, where `own` is the response of the service.
    pub(crate) fn new<B>(policy: &PolicyText, request: &Request<()>, own: &Response<B>) -> Self {
        let origins = lines(request.headers(), "origin");
        let methods = lines(request.headers(), "access-control-request-method");
        if request.method() == "OPTIONS" && !origins.is_empty() && !methods.is_empty() {
            return preflight(policy, &origins, &methods, request);
        }
        let mut cors = CorsHeaders::new();
        let constant = policy.is_constant().then(|| &policy.rules[0]);
        if let Some(rule) = constant.or(rule_for(policy, &origins)) {
            insert_origin(&mut cors, rule, &origins);
            insert_list(&mut cors, "access-control-expose-headers", &exposed(rule, own));
        }
        Self::ServiceResponse { cors }
    }
}

/// Returns the names that the layer adds to `Vary`, for preflights and for other requests.
pub(crate) fn vary(policy: &PolicyText, is_preflight: bool) -> Vec<&'static str> {
    let mut names = Vec::new();
    if !policy.is_constant() {
        names.push("origin");
    }
    if is_preflight {
        names.extend(["access-control-request-method", "access-control-request-headers"]);
    }
    for &name in policy.varies_on {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn preflight(
    policy: &PolicyText,
    origins: &[&[u8]],
    methods: &[&[u8]],
    request: &Request<()>,
) -> Expected {
    let rejected = Expected::LayerResponse { status: 403, cors: CorsHeaders::new() };
    let (Some(rule), [method]) = (rule_for(policy, origins), methods) else { return rejected };
    let Some(names) = within_budget(&lines(request.headers(), "access-control-request-headers"))
    else {
        return rejected;
    };
    let allows_method = allows_method(rule, method);
    if !allows_method || !names.iter().all(|name| allows_header(rule, name)) {
        if !is_token(method) {
            return rejected;
        }
        let mut cors = if allows_method {
            failing_header(rule, method, &names)
        } else {
            failing_method(rule, method)
        };
        insert_origin(&mut cors, rule, origins);
        return Expected::LayerResponse { status: policy.preflight_status, cors };
    }
    let mut cors = CorsHeaders::new();
    insert_origin(&mut cors, rule, origins);
    let echoes = |list: &[&str]| rule.credentials && list.contains(&"*");
    if echoes(rule.methods) {
        insert_list(&mut cors, "access-control-allow-methods", &[text(method)]);
    } else {
        insert_list(&mut cors, "access-control-allow-methods", &wildcard_or_all(rule.methods, &[]));
    }
    if echoes(rule.request_headers) {
        let names: Vec<String> = names.iter().map(|name| text(name)).collect();
        insert_list(&mut cors, "access-control-allow-headers", &names);
    } else {
        let listed = wildcard_or_all(rule.request_headers, &["authorization"]);
        let listed = listed.into_iter().filter(|one| !is_prefix(one)).map(str::to_lowercase);
        let requested = names.iter().map(|name| text(name).to_lowercase());
        let by_prefix = requested.filter(|name| matches_prefix(rule.request_headers, name));
        let names: BTreeSet<String> = if rule.request_headers.contains(&"*") {
            listed.collect()
        } else {
            listed.chain(by_prefix).collect()
        };
        insert_list(&mut cors, "access-control-allow-headers", &Vec::from_iter(names));
    }
    if let Some(seconds) = rule.max_age {
        cors.insert("access-control-max-age", vec![seconds.to_string()]);
    }
    Expected::LayerResponse { status: policy.preflight_status, cors }
}

/// Returns the lists of a preflight that fails at the method. DESIGN 10
fn failing_method(rule: &RuleText, method: &[u8]) -> CorsHeaders {
    let is_other = |one: &&str| !one.as_bytes().eq_ignore_ascii_case(method);
    let mut methods: Vec<&str> = rule.methods.iter().copied().filter(is_other).collect();
    if methods.is_empty() || rule.methods.contains(&"*") {
        methods = vec!["GET"];
    }
    let mut cors = CorsHeaders::new();
    insert_list(&mut cors, "access-control-allow-methods", &methods);
    cors
}

/// Returns the lists of a preflight that fails at a header. DESIGN 10
///
/// They have the requested names that are allowed.
fn failing_header(rule: &RuleText, method: &[u8], names: &[Vec<u8>]) -> CorsHeaders {
    let methods = match rule.methods {
        [] => vec!["GET".to_owned()],
        methods if !methods.contains(&"*") => methods.iter().map(|one| (*one).to_owned()).collect(),
        _ if method == b"*" => vec!["GET".to_owned()],
        _ => vec![text(method)],
    };
    let is_listed = |name: &&Vec<u8>| *name != b"*" && allows_header(rule, name);
    let names: Vec<String> = names.iter().filter(is_listed).map(|name| text(name)).collect();
    let mut cors = CorsHeaders::new();
    insert_list(&mut cors, "access-control-allow-methods", &methods);
    insert_list(&mut cors, "access-control-allow-headers", &names);
    cors
}

/// Returns the first rule that matches the only origin of the request.
///
/// A rule for any origin matches every value, and several values.
fn rule_for<'a>(policy: &'a PolicyText, origins: &[&[u8]]) -> Option<&'a RuleText> {
    if let [only] = policy.rules
        && only.is_static
    {
        return Some(only);
    }
    let is_listed = |rule: &RuleText| match origins {
        [b"null"] => rule.null,
        [b"file://"] => rule.null && rule.origins.contains(&"file://"),
        [origin] => matches_any(rule.origins, origin),
        _ => false,
    };
    let is_match = |rule: &&RuleText| rule.is_for_any_origin() || is_listed(rule);
    policy.rules.iter().find(is_match).filter(|_| !origins.is_empty())
}

fn insert_origin(cors: &mut CorsHeaders, rule: &RuleText, origins: &[&[u8]]) {
    let origin = match origins {
        _ if rule.is_static => rule.origins[0].to_owned(),
        [origin] if !rule.is_for_any_origin() => text(origin),
        _ => "*".to_owned(),
    };
    cors.insert("access-control-allow-origin", vec![origin]);
    if rule.credentials {
        cors.insert("access-control-allow-credentials", vec!["true".to_owned()]);
    }
}

/// Returns the names that a preflight requests.
///
/// Returns `None` for more than 256 lines, 4,096 bytes, 256 names or 32 empty elements, and for invalid
/// tokens.
fn within_budget(lines: &[&[u8]]) -> Option<Vec<Vec<u8>>> {
    let bytes: usize = lines.iter().map(|line| line.len()).sum();
    if lines.len() > 256 || bytes > 4096 {
        return None;
    }
    let elements = lines.iter().flat_map(|line| elements(line));
    let (empty, names): (Vec<_>, Vec<_>) = elements.partition(Vec::is_empty);
    let is_within = empty.len() <= 32 && names.len() <= 256;
    (is_within && names.iter().all(|name| is_token(name))).then_some(names)
}

/// Returns whether the rule allows the method. `*` allows methods of at most 64 bytes.
fn allows_method(rule: &RuleText, method: &[u8]) -> bool {
    let is_one_of = |methods: &[&str]| methods.iter().any(|one| one.as_bytes() == method);
    is_one_of(&["GET", "HEAD", "POST"])
        || is_one_of(rule.methods)
        || (rule.methods.contains(&"*") && is_token(method) && method.len() <= 64)
}

fn allows_header(rule: &RuleText, name: &[u8]) -> bool {
    let is = |one: &str| one.as_bytes().eq_ignore_ascii_case(name);
    rule.request_headers.iter().any(|one| is(one) && !is_prefix(one))
        || matches_prefix(rule.request_headers, &text(name).to_lowercase())
        || (rule.request_headers.contains(&"*") && !is("authorization"))
}

/// Returns the names of the response headers that the rule exposes.
fn exposed<B>(rule: &RuleText, own: &Response<B>) -> Vec<String> {
    let list = rule.expose_headers;
    let listed: Vec<String> =
        list.iter().filter(|one| !is_prefix(one)).map(|one| one.to_lowercase()).collect();
    let has_prefix = listed.len() < list.len();
    if list.contains(&"*") || !has_prefix {
        return listed;
    }
    if own.status() == 304 {
        return Vec::new();
    }
    let names = own.headers().keys().map(|name| name.as_str().to_owned());
    let by_prefix = names.filter(|name| {
        let is_hidden = ["set-cookie", "set-cookie2"].contains(&name.as_str());
        matches_prefix(list, name) && !is_hidden && !name.starts_with("access-control-")
    });
    Vec::from_iter(listed.into_iter().chain(by_prefix).collect::<BTreeSet<String>>())
}

/// Returns whether the text is a prefix, such as `x-amz-*`.
fn is_prefix(text: &str) -> bool {
    text.ends_with("-*")
}

/// Returns whether a name in lower case begins with one of the prefixes. A name with `*` never does.
fn matches_prefix(list: &[&str], name: &str) -> bool {
    let prefixes = list.iter().filter(|one| is_prefix(one)).map(|one| one.to_lowercase());
    let mut prefixes = prefixes.map(|one| one.trim_end_matches('*').to_owned());
    !name.contains('*') && prefixes.any(|prefix| name.starts_with(&prefix))
}

/// Returns the list. Of a list with `*`, only `*` and the names in `not_covered` are left.
fn wildcard_or_all<'a>(list: &[&'a str], not_covered: &[&str]) -> Vec<&'a str> {
    let any = list.contains(&"*");
    let is_left = |member: &str| {
        !any || member == "*" || not_covered.iter().any(|one| one.eq_ignore_ascii_case(member))
    };
    list.iter().copied().filter(|member| is_left(member)).collect()
}

fn insert_list(cors: &mut CorsHeaders, name: &'static str, members: &[impl AsRef<str>]) {
    if !members.is_empty() {
        cors.insert(name, sorted(name, members.iter().map(|one| one.as_ref().to_owned())));
    }
}

/// Sorts the members. Names are compared case-insensitively, methods case-sensitively.
pub(crate) fn sorted(name: &str, members: impl Iterator<Item = String>) -> Vec<String> {
    let is_case_insensitive = name != "access-control-allow-methods";
    let cased = |member: String| if is_case_insensitive { member.to_lowercase() } else { member };
    let mut members: Vec<String> = members.map(cased).collect();
    members.sort();
    members
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

use std::time::Duration;

use http::{HeaderValue, Method};

use super::change::{ChangeKind, Names};
use crate::{
    cors::{
        header_prefixes::{HeaderPrefixes, prefix_text},
        policy::CompiledRule,
        preflight::{AllowedHeaders, AllowedMethods},
        rule::ANY,
    },
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_method,
        is_cors_safelisted_response_header_name,
    },
    limits::REQUEST_METHOD_BYTES,
};

/// Returns the changes for an origin if `new` replaces `old`. `None` means that no rule matches.
pub(super) fn rule_changes(
    old: Option<&CompiledRule>,
    new: Option<&CompiledRule>,
) -> Vec<ChangeKind> {
    match (old, new) {
        (None, None) => Vec::new(),
        (None, Some(new)) if new.origins.has_credentials() => {
            vec![ChangeKind::OriginsGainedWithCredentials]
        }
        (None, Some(_)) => vec![ChangeKind::OriginsGained],
        (Some(_), None) => vec![ChangeKind::OriginsLost],
        (Some(old), Some(new)) => changes_between(old, new),
    }
}

fn changes_between(old: &CompiledRule, new: &CompiledRule) -> Vec<ChangeKind> {
    let credentials = match (old.origins.has_credentials(), new.origins.has_credentials()) {
        (false, true) => Some(ChangeKind::CredentialsGained),
        (true, false) => Some(ChangeKind::CredentialsLost),
        _ => None,
    };
    let (old_methods, new_methods) = (methods(old), methods(new));
    let (old_headers, new_headers) = (request_headers(old), request_headers(new));
    let (old_exposed, new_exposed) = (exposed(old), exposed(new));
    let (old_age, new_age) = (old.headers.max_age(), new.headers.max_age());
    let cache_time = |age: Option<Duration>| age.unwrap_or(DEFAULT_MAX_AGE);
    let changes = [
        credentials,
        new_methods.difference(&old_methods).map(ChangeKind::MethodsGained),
        new_headers.difference(&old_headers).map(ChangeKind::RequestHeadersGained),
        new_exposed.difference(&old_exposed).map(ChangeKind::ExposedHeadersGained),
        old_methods.difference(&new_methods).map(ChangeKind::MethodsLost),
        old_headers.difference(&new_headers).map(ChangeKind::RequestHeadersLost),
        old_exposed.difference(&new_exposed).map(ChangeKind::ExposedHeadersLost),
        (cache_time(old_age) != cache_time(new_age))
            .then_some(ChangeKind::MaxAge { old: old_age, new: new_age }),
    ];
    changes.into_iter().flatten().collect()
}

fn methods(rule: &CompiledRule) -> AllowedNames {
    let any_matches = |method: &str| method.len() <= REQUEST_METHOD_BYTES;
    match &rule.preflight.methods {
        AllowedMethods::Listed(methods) => {
            let methods = methods.iter().map(Method::as_str);
            let needs_listing = |method: &&str| !is_cors_safelisted_method(method.as_bytes());
            let listed = methods.filter(needs_listing).map(str::to_owned).collect();
            AllowedNames { listed, prefixes: Vec::new(), any: false, any_matches }
        }
        AllowedMethods::Any | AllowedMethods::AnyEchoed => {
            AllowedNames { listed: Vec::new(), prefixes: Vec::new(), any: true, any_matches }
        }
    }
}

fn request_headers(rule: &CompiledRule) -> AllowedNames {
    let any_matches = |name: &str| !is_cors_non_wildcard_request_header_name(name.as_bytes());
    let owned = |names: &[Box<str>]| names.iter().map(|name| name.clone().into_string()).collect();
    let (listed, prefixes, any) = match &rule.preflight.headers {
        AllowedHeaders::Listed(names) => (owned(names), Vec::new(), false),
        AllowedHeaders::WithPrefixes(list) => {
            (owned(&list.names), prefixes(Some(&list.prefixes)), false)
        }
        AllowedHeaders::Any { authorization } | AllowedHeaders::AnyEchoed { authorization } => {
            let listed = authorization.then(|| "authorization".to_owned());
            (listed.into_iter().collect(), Vec::new(), true)
        }
    };
    AllowedNames { listed, prefixes, any, any_matches }
}

/// Returns the exposed headers. `*` requires a rule without credentials, where it matches every name.
fn exposed(rule: &CompiledRule) -> AllowedNames {
    let any_matches = |_: &str| true;
    let names = rule.headers.expose.listed().and_then(header_text).unwrap_or_default();
    if names == ANY {
        return AllowedNames { listed: Vec::new(), prefixes: Vec::new(), any: true, any_matches };
    }
    let needs_exposing = |name: &&str| !is_cors_safelisted_response_header_name(name.as_bytes());
    let names = names.split(',').filter(|name| !name.is_empty()).filter(needs_exposing);
    let listed = names.map(str::to_owned).collect();
    let prefixes = prefixes(rule.headers.expose.prefixes());
    AllowedNames { listed, prefixes, any: false, any_matches }
}

fn prefixes(prefixes: Option<&HeaderPrefixes>) -> Vec<String> {
    prefixes.into_iter().flat_map(HeaderPrefixes::iter).map(str::to_owned).collect()
}

fn header_text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// The time for which browsers cache a response without `Access-Control-Max-Age`.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(5);

/// The methods or headers of a rule, without names that are always allowed.
struct AllowedNames {
    listed: Vec<String>,
    /// The prefixes of header names, without `*`.
    prefixes: Vec<String>,
    any: bool,
    /// Returns whether `*` matches a name.
    any_matches: fn(&str) -> bool,
}

impl AllowedNames {
    /// Returns the names and prefixes that are allowed here and not in `other`.
    fn difference(&self, other: &Self) -> Option<Names> {
        let is_matched_by_any = |name: &&String| self.any && (self.any_matches)(name);
        let names = self
            .listed
            .iter()
            .filter(|name| !other.contains(name) && !is_matched_by_any(name))
            .cloned();
        let prefixes = self.prefixes.iter().filter(|prefix| !other.contains_prefix(prefix));
        let mut listed: Vec<String> =
            names.chain(prefixes.map(|prefix| prefix_text(prefix))).collect();
        listed.sort();
        let all_except = (self.any && !other.any).then(|| {
            let names = other.listed.iter().filter(is_matched_by_any).cloned();
            let prefixes = other.prefixes.iter().map(|prefix| prefix_text(prefix));
            let mut exceptions: Vec<String> = names.chain(prefixes).collect();
            exceptions.sort();
            exceptions
        });
        (!listed.is_empty() || all_except.is_some()).then_some(Names { listed, all_except })
    }

    fn contains(&self, name: &str) -> bool {
        self.listed.iter().any(|one| one == name)
            || self.prefixes.iter().any(|prefix| name.starts_with(&**prefix))
            || (self.any && (self.any_matches)(name))
    }

    /// Returns whether all names with this prefix are allowed.
    fn contains_prefix(&self, prefix: &str) -> bool {
        self.any || self.prefixes.iter().any(|one| prefix.starts_with(&**one))
    }
}

use std::time::Duration;

use http::{HeaderValue, Method};

use super::change::{ChangeKind, Names};
use crate::{
    cors::{
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

/// What changes for an origin where the new rule decides in class of the old one; `None` is no rule.
pub(super) fn changed(old: Option<&CompiledRule>, new: Option<&CompiledRule>) -> Vec<ChangeKind> {
    match (old, new) {
        (None, None) => Vec::new(),
        (None, Some(new)) if new.origins.has_credentials() => {
            vec![ChangeKind::OriginsGainedWithCredentials]
        }
        (None, Some(_)) => vec![ChangeKind::OriginsGained],
        (Some(_), None) => vec![ChangeKind::OriginsLost],
        (Some(old), Some(new)) => changed_rule(old, new),
    }
}

fn changed_rule(old: &CompiledRule, new: &CompiledRule) -> Vec<ChangeKind> {
    let credentials = match (old.origins.has_credentials(), new.origins.has_credentials()) {
        (false, true) => Some(ChangeKind::CredentialsGained),
        (true, false) => Some(ChangeKind::CredentialsLost),
        _ => None,
    };
    let (old_methods, new_methods) = (methods(old), methods(new));
    let (old_headers, new_headers) = (request_headers(old), request_headers(new));
    let (old_exposed, new_exposed) = (exposed(old), exposed(new));
    let (old_age, new_age) = (old.headers.max_age(), new.headers.max_age());
    let kept = |age: Option<Duration>| age.unwrap_or(KEPT_BY_DEFAULT);
    let changes = [
        credentials,
        new_methods.difference(&old_methods).map(ChangeKind::MethodsGained),
        new_headers.difference(&old_headers).map(ChangeKind::RequestHeadersGained),
        new_exposed.difference(&old_exposed).map(ChangeKind::ExposedHeadersGained),
        old_methods.difference(&new_methods).map(ChangeKind::MethodsLost),
        old_headers.difference(&new_headers).map(ChangeKind::RequestHeadersLost),
        old_exposed.difference(&new_exposed).map(ChangeKind::ExposedHeadersLost),
        (kept(old_age) != kept(new_age))
            .then_some(ChangeKind::MaxAge { old: old_age, new: new_age }),
    ];
    changes.into_iter().flatten().collect()
}

fn methods(rule: &CompiledRule) -> AllowedNames {
    let is_of_any = |method: &str| method.len() <= REQUEST_METHOD_BYTES;
    match &rule.preflight.methods {
        AllowedMethods::Listed(methods) => {
            let methods = methods.iter().map(Method::as_str);
            let is_asked_for = |method: &&str| !is_cors_safelisted_method(method.as_bytes());
            let listed = methods.filter(is_asked_for).map(str::to_owned).collect();
            AllowedNames { listed, any: false, is_of_any }
        }
        AllowedMethods::Any | AllowedMethods::AnyEchoed => {
            AllowedNames { listed: Vec::new(), any: true, is_of_any }
        }
    }
}

fn request_headers(rule: &CompiledRule) -> AllowedNames {
    let is_of_any = |name: &str| !is_cors_non_wildcard_request_header_name(name.as_bytes());
    match &rule.preflight.headers {
        AllowedHeaders::Listed(names) => {
            let listed = names.iter().map(|name| name.clone().into_string()).collect();
            AllowedNames { listed, any: false, is_of_any }
        }
        AllowedHeaders::Any { authorization } | AllowedHeaders::AnyEchoed { authorization } => {
            let listed = authorization.then(|| "authorization".to_owned());
            AllowedNames { listed: listed.into_iter().collect(), any: true, is_of_any }
        }
    }
}

/// Without credentials, which `*` needs, it stands for every name.
fn exposed(rule: &CompiledRule) -> AllowedNames {
    let is_of_any = |_: &str| true;
    let names = rule.headers.expose.as_ref().and_then(text).unwrap_or_default();
    if names == ANY {
        return AllowedNames { listed: Vec::new(), any: true, is_of_any };
    }
    let is_hidden = |name: &&str| !is_cors_safelisted_response_header_name(name.as_bytes());
    let names = names.split(',').filter(|name| !name.is_empty()).filter(is_hidden);
    AllowedNames { listed: names.map(str::to_owned).collect(), any: false, is_of_any }
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// What an answer without `Access-Control-Max-Age` comes to.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
const KEPT_BY_DEFAULT: Duration = Duration::from_secs(5);

/// The methods or headers of a rule, without those that every page has anyhow.
struct AllowedNames {
    listed: Vec<String>,
    any: bool,
    /// Whether `*` covers a name.
    is_of_any: fn(&str) -> bool,
}

impl AllowedNames {
    /// What is in reach here and not in `other`.
    fn difference(&self, other: &Self) -> Option<Names> {
        let is_covered = |name: &&String| self.any && (self.is_of_any)(name);
        let mut listed: Vec<String> = self
            .listed
            .iter()
            .filter(|name| !other.has(name) && !is_covered(name))
            .cloned()
            .collect();
        listed.sort();
        let any_but = (self.any && !other.any).then(|| {
            let mut but: Vec<String> = other.listed.iter().filter(is_covered).cloned().collect();
            but.sort();
            but
        });
        (!listed.is_empty() || any_but.is_some()).then_some(Names { listed, any_but })
    }

    fn has(&self, name: &str) -> bool {
        self.listed.iter().any(|one| one == name) || (self.any && (self.is_of_any)(name))
    }
}

use std::time::Duration;

use http::{HeaderValue, Method, header::ACCESS_CONTROL_MAX_AGE};

use super::{ChangeKind, names::Reach};
use crate::{
    cors::{
        compiled_rule::CompiledRule,
        preflight::{HeaderGrant, MethodGrant},
        rule::ANY,
    },
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_method,
        is_cors_safelisted_response_header_name,
    },
    limits::REQUEST_METHOD_BYTES,
};

/// What changes for an origin where the new rule decides in place of the old one; `None` is no rule.
pub(super) fn changed(old: Option<&CompiledRule>, new: Option<&CompiledRule>) -> Vec<ChangeKind> {
    match (old, new) {
        (None, None) => Vec::new(),
        (None, Some(new)) if new.audience.has_credentials() => {
            vec![ChangeKind::OriginsGainedWithCredentials]
        }
        (None, Some(_)) => vec![ChangeKind::OriginsGained],
        (Some(_), None) => vec![ChangeKind::OriginsLost],
        (Some(old), Some(new)) => changed_grants(old, new),
    }
}

fn changed_grants(old: &CompiledRule, new: &CompiledRule) -> Vec<ChangeKind> {
    let credentials = match (old.audience.has_credentials(), new.audience.has_credentials()) {
        (false, true) => Some(ChangeKind::CredentialsGained),
        (true, false) => Some(ChangeKind::CredentialsLost),
        _ => None,
    };
    let (old_methods, new_methods) = (methods(old), methods(new));
    let (old_headers, new_headers) = (request_headers(old), request_headers(new));
    let (old_exposed, new_exposed) = (exposed(old), exposed(new));
    let (old_age, new_age) = (max_age(old), max_age(new));
    let kept = |age: Option<Duration>| age.unwrap_or(KEPT_BY_DEFAULT);
    let changes = [
        credentials,
        new_methods.beyond(&old_methods).map(ChangeKind::MethodsGained),
        new_headers.beyond(&old_headers).map(ChangeKind::RequestHeadersGained),
        new_exposed.beyond(&old_exposed).map(ChangeKind::ExposedHeadersGained),
        old_methods.beyond(&new_methods).map(ChangeKind::MethodsLost),
        old_headers.beyond(&new_headers).map(ChangeKind::RequestHeadersLost),
        old_exposed.beyond(&new_exposed).map(ChangeKind::ExposedHeadersLost),
        (kept(old_age) != kept(new_age))
            .then_some(ChangeKind::MaxAge { old: old_age, new: new_age }),
    ];
    changes.into_iter().flatten().collect()
}

fn methods(rule: &CompiledRule) -> Reach {
    let is_of_any = |method: &str| method.len() <= REQUEST_METHOD_BYTES;
    match &rule.preflight.methods {
        MethodGrant::Listed(methods) => {
            let methods = methods.iter().map(Method::as_str);
            let is_asked_for = |method: &&str| !is_cors_safelisted_method(method.as_bytes());
            let listed = methods.filter(is_asked_for).map(str::to_owned).collect();
            Reach { listed, any: false, is_of_any }
        }
        MethodGrant::Any | MethodGrant::AnyRepeated => {
            Reach { listed: Vec::new(), any: true, is_of_any }
        }
    }
}

fn request_headers(rule: &CompiledRule) -> Reach {
    let is_of_any = |name: &str| !is_cors_non_wildcard_request_header_name(name.as_bytes());
    match &rule.preflight.headers {
        HeaderGrant::Listed(names) => {
            let listed = names.iter().map(|name| name.clone().into_string()).collect();
            Reach { listed, any: false, is_of_any }
        }
        HeaderGrant::Any { authorization } | HeaderGrant::AnyRepeated { authorization } => {
            let listed = authorization.then(|| "authorization".to_owned());
            Reach { listed: listed.into_iter().collect(), any: true, is_of_any }
        }
    }
}

/// Without credentials, which `*` needs, it stands for every name.
fn exposed(rule: &CompiledRule) -> Reach {
    let is_of_any = |_: &str| true;
    let names = rule.answers.expose.as_ref().and_then(text).unwrap_or_default();
    if names == ANY {
        return Reach { listed: Vec::new(), any: true, is_of_any };
    }
    let is_hidden = |name: &&str| !is_cors_safelisted_response_header_name(name.as_bytes());
    let names = names.split(',').filter(|name| !name.is_empty()).filter(is_hidden);
    Reach { listed: names.map(str::to_owned).collect(), any: false, is_of_any }
}

fn max_age(rule: &CompiledRule) -> Option<Duration> {
    let seconds = rule.answers.preflight.get(ACCESS_CONTROL_MAX_AGE).and_then(text)?;
    seconds.parse().ok().map(Duration::from_secs)
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// What an answer without `Access-Control-Max-Age` comes to.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
const KEPT_BY_DEFAULT: Duration = Duration::from_secs(5);

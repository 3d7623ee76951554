use http::Method;

use super::wording::{ASTERISK, MatchedRule, NO_BROWSER, StepFailure, listed, quoted, shown};
use crate::{
    cors::{preflight::AllowedMethods, rule::ANY},
    fetch::{is_cors_safelisted_method, is_forbidden_method, is_token, normalize_method},
    limits::REQUEST_METHOD_BYTES,
};

/// Of a method that the rule allows.
pub(super) fn allowed(matched: MatchedRule<'_>, method: &[u8]) -> String {
    let shown_method = shown(method);
    if is_cors_safelisted_method(method) {
        return format!("{shown_method} passes whatever a rule says");
    }
    let path = matched.path();
    match &matched.rule.preflight.methods {
        AllowedMethods::Listed(methods) => {
            format!("{path} allows {}", all(methods))
        }
        AllowedMethods::Any | AllowedMethods::AnyEchoed => {
            format!("{path} allows any")
        }
    }
}

/// Of a method that the rule does not allow. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>,
/// step 7.5
pub(super) fn failure(matched: MatchedRule<'_>, method: &[u8]) -> StepFailure {
    if !is_token(method) {
        return StepFailure {
            reason: format!("{} is no method", quoted(method)),
            compared: format!("{} is not one token of RFC 9110, as a method is", quoted(method)),
            nearest: None,
            advice: vec![NO_BROWSER.to_owned()],
        };
    }
    let methods: &[Method] = match &matched.rule.preflight.methods {
        AllowedMethods::Listed(methods) => methods,
        AllowedMethods::Any | AllowedMethods::AnyEchoed => return too_long(matched, method),
    };
    let shown_method = shown(method);
    let path = matched.path();
    let compared = if methods.is_empty() {
        format!("{path} allows none but GET, HEAD and POST, and not {shown_method}")
    } else {
        format!("{path} allows {}, and not {shown_method}", all(methods))
    };
    let near = near(methods, method);
    StepFailure {
        reason: format!("{path} does not allow {shown_method}"),
        compared,
        nearest: near.as_ref().map(|near| {
            format!("{near} is allowed, and another method: they are compared with case")
        }),
        advice: vec![advice(matched, method, near.as_deref())],
    }
}

/// Of a header of several lines.
pub(super) fn several_lines() -> StepFailure {
    StepFailure {
        reason: "there are several lines of Access-Control-Request-Method".to_owned(),
        compared: "a preflight asks for one method, in one line".to_owned(),
        nearest: None,
        advice: vec![NO_BROWSER.to_owned()],
    }
}

fn too_long(matched: MatchedRule<'_>, method: &[u8]) -> StepFailure {
    StepFailure {
        reason: format!("the method has {} bytes", method.len()),
        compared: format!(
            "{} allows any method of at most {REQUEST_METHOD_BYTES} bytes",
            matched.path(),
        ),
        nearest: None,
        advice: vec![format!("use a method of at most {REQUEST_METHOD_BYTES} bytes")],
    }
}

/// An allowed one that differs by case alone.
fn near(methods: &[Method], method: &[u8]) -> Option<String> {
    let listed = methods.iter().map(|one| one.as_str().as_bytes());
    let mut allowed = listed.chain([&b"GET"[..], b"HEAD", b"POST"]);
    allowed.find(|one| one.eq_ignore_ascii_case(method)).map(shown)
}

fn advice(matched: MatchedRule<'_>, method: &[u8], near: Option<&str>) -> String {
    let shown_method = shown(method);
    let add = |method: &str| {
        format!("{}: add {}", matched.setting("allow_methods"), quoted(method.as_bytes()))
    };
    let normalized = normalize_method(method);
    match near {
        _ if method == ANY.as_bytes() => ASTERISK.to_owned(),
        _ if is_forbidden_method(method) => {
            format!("nothing: no page can send {shown_method}, so that no browser asks for it")
        }
        Some(near) if normalized != method => format!(
            "nothing, or write {near} in the program that asks: browsers send {near} for {shown_method}"
        ),
        None if normalized != method => {
            let normalized = shown(normalized);
            format!("{}: browsers send {normalized} for {shown_method}", add(&normalized))
        }
        Some(near) if method.iter().any(u8::is_ascii_lowercase) => format!(
            "write method: \"{near}\" in the page's script: browsers send {shown_method} as it is written"
        ),
        _ => add(&shown_method),
    }
}

fn all(methods: &[Method]) -> String {
    listed(methods.iter().map(|method| shown(method.as_str().as_bytes())), methods.len())
}

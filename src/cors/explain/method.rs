use http::Method;

use super::wording::{
    ASTERISK, INNER_ASTERISK, MatchedRule, NO_BROWSER, StepFailure, escape, join_items, quote,
};
use crate::{
    cors::{preflight::AllowedMethods, rule::ANY},
    fetch::{is_cors_safelisted_method, is_forbidden_method, is_token, normalize_method},
    limits::REQUEST_METHOD_BYTES,
};

/// Returns the line about a method that the rule allows.
pub(super) fn allowed(matched: MatchedRule<'_>, method: &[u8]) -> String {
    let name = escape(method);
    if is_cors_safelisted_method(method) {
        return format!("{name} is always allowed");
    }
    let path = matched.path();
    match &matched.rule.preflight.methods {
        AllowedMethods::Listed(methods) => {
            format!("{path} allows {}", join_methods(methods))
        }
        AllowedMethods::Any | AllowedMethods::AnyEchoed => {
            format!("{path} allows any method")
        }
    }
}

/// Returns the explanation of a method that the rule does not allow.
/// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.5
pub(super) fn failure(matched: MatchedRule<'_>, method: &[u8]) -> StepFailure {
    if !is_token(method) {
        return StepFailure {
            reason: format!("{} is not a valid method", quote(method)),
            compared: format!("{} is not a token (RFC 9110)", quote(method)),
            closest: None,
            help: vec![NO_BROWSER.to_owned()],
        };
    }
    let methods: &[Method] = match &matched.rule.preflight.methods {
        AllowedMethods::Listed(methods) => methods,
        AllowedMethods::Any | AllowedMethods::AnyEchoed => return too_long(matched, method),
    };
    let name = escape(method);
    let path = matched.path();
    let compared = if methods.is_empty() {
        format!("{path} allows only GET, HEAD and POST, not {name}")
    } else {
        format!("{path} allows {}, but not {name}", join_methods(methods))
    };
    let variant = case_variant(methods, method);
    StepFailure {
        reason: format!("{path} does not allow {name}"),
        compared,
        closest: variant
            .as_ref()
            .map(|variant| format!("{variant} is allowed; method names are case-sensitive")),
        help: vec![help(matched, method, variant.as_deref())],
    }
}

/// Returns the explanation of a repeated `Access-Control-Request-Method`.
pub(super) fn repeated_header() -> StepFailure {
    StepFailure {
        reason: "Access-Control-Request-Method has several field lines".to_owned(),
        compared: "a preflight requests one method, in one field line".to_owned(),
        closest: None,
        help: vec![NO_BROWSER.to_owned()],
    }
}

fn too_long(matched: MatchedRule<'_>, method: &[u8]) -> StepFailure {
    StepFailure {
        reason: format!("the method is {} bytes long", method.len()),
        compared: format!(
            "{} allows any method of at most {REQUEST_METHOD_BYTES} bytes",
            matched.path(),
        ),
        closest: None,
        help: vec![format!("use a method of at most {REQUEST_METHOD_BYTES} bytes")],
    }
}

/// Returns an allowed method that differs only in case.
fn case_variant(methods: &[Method], method: &[u8]) -> Option<String> {
    let listed = methods.iter().map(|one| one.as_str().as_bytes());
    let mut allowed = listed.chain([&b"GET"[..], b"HEAD", b"POST"]);
    allowed.find(|one| one.eq_ignore_ascii_case(method)).map(escape)
}

fn help(matched: MatchedRule<'_>, method: &[u8], variant: Option<&str>) -> String {
    let name = escape(method);
    let add = |method: &str| {
        format!("{}: add {}", matched.setting("allow_methods"), quote(method.as_bytes()))
    };
    let normalized = normalize_method(method);
    match variant {
        _ if method == ANY.as_bytes() => ASTERISK.to_owned(),
        _ if method.contains(&b'*') => format!("none: {INNER_ASTERISK}"),
        _ if is_forbidden_method(method) => {
            format!("none: browsers never send {name}")
        }
        Some(variant) if normalized != method => format!(
            "none for browsers, which send {variant} for {name}; other clients must send {variant}"
        ),
        None if normalized != method => {
            let normalized = escape(normalized);
            format!("{}; browsers send {normalized} for {name}", add(&normalized))
        }
        Some(variant) if method.iter().any(u8::is_ascii_lowercase) => format!(
            "write method: \"{variant}\" in the page's script; browsers do not change the case of \
             {name}"
        ),
        _ => add(&name),
    }
}

fn join_methods(methods: &[Method]) -> String {
    join_items(methods.iter().map(|method| escape(method.as_str().as_bytes())), methods.len())
}

//! What the page gets, where the request is granted.

use http::{HeaderValue, header::ACCESS_CONTROL_MAX_AGE};

use super::{
    Explanation,
    miss::Deciding,
    shown::{listed, shown},
};

/// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 5. A browser keeps to itself whether it
/// asks with credentials.
pub(super) fn credentials(explanation: &mut Explanation, deciding: Deciding<'_>) {
    let index = deciding.index;
    if deciding.rule.audience.has_credentials() {
        explanation.passed("credentials", format!("rules[{index}] allows them"));
    } else {
        explanation.note(
            "credentials",
            format!(
                "rules[{index}] does not allow them: a page that asks with credentials: \"include\" is \
                 refused"
            ),
        );
    }
}

pub(super) fn advise_on_credentials(explanation: &mut Explanation, deciding: Deciding<'_>) {
    let audience = &deciding.rule.audience;
    if audience.has_credentials() {
        return;
    }
    let setting = if audience.is_any() {
        "its origin needs a rule of its own, before this one, with credentials = true".to_owned()
    } else {
        format!("{} = true", deciding.setting("credentials"))
    };
    explanation.advise(format!(
        "only if the page asks with credentials: \"include\" (cookies): {setting}"
    ));
}

/// <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
pub(super) fn exposed_headers(explanation: &mut Explanation, deciding: Deciding<'_>) {
    let names = deciding.rule.answers.expose.as_ref().map(HeaderValue::as_bytes);
    let text = match names {
        None => format!(
            "{} names none: the page reads {SAFELISTED}",
            deciding.setting("expose_headers")
        ),
        Some(b"*") => "all, but set-cookie, which no page reads".to_owned(),
        Some(names) => {
            let number = names.split(|&byte| byte == b',').count();
            let names = listed(names.split(|&byte| byte == b',').map(shown), number);
            format!("{names}, beside {SAFELISTED}")
        }
    };
    explanation.note("exposed headers", text);
}

/// <https://fetch.spec.whatwg.org/#concept-cache>
pub(super) fn kept(explanation: &mut Explanation, deciding: Deciding<'_>) {
    let max_age = deciding.rule.answers.preflight.get(ACCESS_CONTROL_MAX_AGE);
    let seconds =
        max_age.and_then(|value| value.to_str().ok()).and_then(|text| text.parse::<u64>().ok());
    let setting = deciding.setting("max_age");
    let text = match seconds {
        None => format!("for 5 seconds, since {setting} is not set"),
        Some(0) => format!("not at all, since {setting} is 0: every request is asked about"),
        Some(seconds @ ..=600) => format!("for {seconds} seconds"),
        Some(seconds @ ..=7200) => format!("for {seconds} seconds, by WebKit for 600"),
        Some(seconds) => {
            format!("for {seconds} seconds, by Chromium for 7200 and by WebKit for 600")
        }
    };
    explanation.note("kept", text);
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
const SAFELISTED: &str =
    "cache-control, content-language, content-length, content-type, expires, last-modified, pragma";

use super::wording::{ASTERISK, MatchedRule, NO_BROWSER, StepFailure, listed, quoted, shown};
use crate::{
    cors::{
        preflight::{AllowedHeaders, Budget},
        request::RequestHeaders,
        response::CORS_RESPONSE_HEADERS,
        rule::ANY,
    },
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_request_header_name,
        is_forbidden_request_header_name, is_token,
    },
    limits::{
        REQUEST_HEADERS_BYTES, REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES,
        REQUEST_HEADERS_NAMES,
    },
    request::fields::list_members,
};

/// Of names that the rule allows.
pub(super) fn allowed(matched: MatchedRule<'_>, headers: RequestHeaders<'_>) -> String {
    let names = Names::of(matched, headers);
    if names.number == 0 {
        return "none is asked for".to_owned();
    }
    let path = matched.path();
    match &matched.rule.preflight.headers {
        AllowedHeaders::Listed(_) => {
            format!("{path} allows {}", listing(matched))
        }
        AllowedHeaders::Any { .. } | AllowedHeaders::AnyEchoed { .. } => listing(matched),
    }
}

/// Of names that the rule does not allow. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>,
/// step 7.7
pub(super) fn failure(matched: MatchedRule<'_>, headers: RequestHeaders<'_>) -> StepFailure {
    Names::of(matched, headers).failure(matched)
}

/// Of the headers of an actual request, as far as the page may have set them; `None` if all are
/// allowed.
pub(super) fn failure_of_actual(
    matched: MatchedRule<'_>,
    names: Vec<&[u8]>,
) -> Option<StepFailure> {
    let allowed = &matched.rule.preflight.headers;
    let refused: Vec<&[u8]> = names.into_iter().filter(|name| !allowed.contains(name)).collect();
    if refused.is_empty() {
        return None;
    }
    // A value of a safelisted name that needs a preflight is never the browser's own.
    let is_certain = refused.iter().all(|name| is_cors_safelisted_request_header_name(name));
    let names = Names { number: refused.len(), refused, past: None };
    let mut miss = names.failure(matched);
    if !is_certain {
        let it = if names.number == 1 { "it" } else { "them" };
        miss.advice
            .iter_mut()
            .for_each(|advice| *advice = format!("only if the page set {it}: {advice}"));
    }
    Some(miss)
}

/// What is read of `Access-Control-Request-Headers`: as much as the decision reads of it, or, past a
/// name that is refused, the rest within the budget.
struct Names<'a> {
    /// Of all of them, each as often as it stands there.
    number: usize,
    /// Each once.
    refused: Vec<&'a [u8]>,
    /// The bound that ended the reading.
    past: Option<String>,
}

impl<'a> Names<'a> {
    fn of(matched: MatchedRule<'_>, headers: RequestHeaders<'a>) -> Self {
        let mut names = Self { number: 0, refused: Vec::new(), past: None };
        let mut budget = Budget::default();
        if names.read(&mut budget, matched, headers).is_none() {
            names.past = Some(bound(&budget));
        }
        names.number = budget.names;
        names
    }

    fn read(
        &mut self,
        budget: &mut Budget,
        matched: MatchedRule<'_>,
        headers: RequestHeaders<'a>,
    ) -> Option<()> {
        let allowed = &matched.rule.preflight.headers;
        for line in headers.lines() {
            budget.line(line)?;
            for name in list_members(line) {
                let is_refused = budget.element(name)? && !allowed.contains(name);
                if is_refused && !self.refused.contains(&name) {
                    self.refused.push(name);
                }
            }
        }
        Some(())
    }

    fn failure(&self, matched: MatchedRule<'_>) -> StepFailure {
        let path = matched.path();
        let (tokens, malformed): (Vec<&[u8]>, Vec<&[u8]>) =
            self.refused.iter().copied().partition(|name| is_token(name));
        let mut reasons = Vec::new();
        let mut compared = Vec::new();
        let mut advice = Vec::new();
        if !tokens.is_empty() {
            let names = all(&tokens);
            reasons.push(format!("{path} does not allow {names}"));
            compared.push(compared_with(matched, &names));
            advice.extend(of_tokens(matched, &tokens));
        }
        if let Some(first) = malformed.first() {
            reasons.push(format!("{} is no header name", quoted(first)));
            compared.push(format!("{} is not one token of RFC 9110", quoted(first)));
            advice.push(NO_BROWSER.to_owned());
        }
        if let Some(bound) = &self.past {
            reasons.push(format!("Access-Control-Request-Headers has {bound}"));
            compared.push(format!("{bound} are not read"));
            advice.push("ask for fewer headers, of shorter names, in one line".to_owned());
        }
        StepFailure {
            reason: reasons.into_iter().next().unwrap_or_default(),
            compared: compared.join("; "),
            nearest: None,
            advice,
        }
    }
}

/// The first bound that the reading went past.
fn bound(read: &Budget) -> String {
    let bounds = [
        (read.lines, REQUEST_HEADERS_LINES, "lines"),
        (read.bytes, REQUEST_HEADERS_BYTES, "bytes"),
        (read.names, REQUEST_HEADERS_NAMES, "names"),
        (read.empty_elements, REQUEST_HEADERS_EMPTY_ELEMENTS, "empty elements"),
    ];
    let past = bounds.into_iter().find(|(number, most, _)| number > most);
    past.map(|(_, most, what)| format!("more than {most} {what}")).unwrap_or_default()
}

fn compared_with(matched: MatchedRule<'_>, names: &str) -> String {
    let path = matched.path();
    match &matched.rule.preflight.headers {
        AllowedHeaders::Listed(listed) if listed.is_empty() => {
            format!("{path} allows none, and so not {names}")
        }
        AllowedHeaders::Listed(_) => {
            format!("{path} allows {}, and not {names}", listing(matched))
        }
        AllowedHeaders::Any { .. } | AllowedHeaders::AnyEchoed { .. } => {
            format!("\"*\" of {path} does not cover {names}")
        }
    }
}

fn of_tokens(matched: MatchedRule<'_>, names: &[&[u8]]) -> Vec<String> {
    let is_response_header = |name: &&[u8]| {
        CORS_RESPONSE_HEADERS.iter().any(|one| name.eq_ignore_ascii_case(one.as_ref()))
    };
    let (of_response, others): (Vec<&[u8]>, Vec<&[u8]>) =
        names.iter().copied().partition(is_response_header);
    let (asterisks, others): (Vec<&[u8]>, Vec<&[u8]>) =
        others.into_iter().partition(|name| *name == ANY.as_bytes());
    let (forbidden, open): (Vec<&[u8]>, Vec<&[u8]>) =
        others.into_iter().partition(|name| is_forbidden_request_header_name(name));
    let mut advice = Vec::new();
    if !of_response.is_empty() {
        advice.push(format!(
            "take {} out of the page's script: servers send that, and pages do not",
            all(&of_response)
        ));
    }
    if !open.is_empty() {
        let lower = open.iter().map(|name| quoted(&name.to_ascii_lowercase()));
        let names = listed(lower, open.len());
        let add = format!("{}: add {names}", matched.setting("allow_headers"));
        let is_any = !matches!(matched.rule.preflight.headers, AllowedHeaders::Listed(_));
        let is_special = open.iter().any(|name| is_cors_non_wildcard_request_header_name(name));
        let why = if is_any && is_special { ", which \"*\" never covers" } else { "" };
        advice.push(format!("{add}{why}"));
    }
    if !asterisks.is_empty() {
        advice.push(ASTERISK.to_owned());
    }
    if !forbidden.is_empty() {
        advice.push(format!(
            "nothing about {}: no page can set it, so that no browser asks for it",
            all(&forbidden)
        ));
    }
    advice
}

/// What the rule allows.
fn listing(matched: MatchedRule<'_>) -> String {
    match &matched.rule.preflight.headers {
        AllowedHeaders::Listed(names) => {
            listed(names.iter().map(|name| shown(name.as_bytes())), names.len())
        }
        AllowedHeaders::Any { authorization } | AllowedHeaders::AnyEchoed { authorization } => {
            let but = if *authorization { "" } else { " but authorization" };
            format!("{} allows every name{but}", matched.path())
        }
    }
}

fn all(names: &[&[u8]]) -> String {
    listed(names.iter().map(|name| shown(name)), names.len())
}

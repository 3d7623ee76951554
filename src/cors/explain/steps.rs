use http::{HeaderValue, header::ORIGIN};

use super::{
    Explanation, method, origin,
    preflight_reason::{self, Metadata},
    request_headers,
    wording::{MatchedRule, StepFailure, listed, quoted, shown},
};
use crate::{
    RequestHead,
    cors::{
        outcome::{Outcome, Step},
        policy::{CompiledPolicy, CompiledRule},
        request::{OriginHeader, RequestHeaders, RequestKind, RequestMethod},
    },
    request::fetch_metadata::SEC_FETCH_SITE,
};

impl Explanation {
    /// Goes through the steps as a browser does.
    pub(super) fn explain_steps(&mut self, compiled: &CompiledPolicy, head: &RequestHead<'_>) {
        match RequestKind::of(head) {
            RequestKind::Plain => self.explain_plain(compiled, head),
            RequestKind::Cors { origin } => self.explain_actual(compiled, head, origin),
            RequestKind::Preflight { origin, method, headers } => {
                self.note_all("asked first", preflight_reason::of_preflight(method, headers));
                let Some(matched) = self.explain_origin(compiled, head, origin) else { return };
                credentials(self, matched);
                self.explain_method(compiled, head, matched, method);
                self.explain_headers(compiled, head, matched, headers);
                let contains =
                    |value: &HeaderValue| compiled.debug_origins.contains(value.as_bytes());
                let is_debugged = origin.value().is_some_and(contains);
                if is_debugged && self.outcome == Outcome::PreflightRejected {
                    self.note("debug_origins", DEBUGGED);
                }
                if self.outcome == Outcome::PreflightAllowed {
                    exposed_headers(self, matched);
                    caching(self, matched);
                    advise_on_credentials(self, matched);
                }
            }
        }
    }

    fn explain_plain(&mut self, compiled: &CompiledPolicy, head: &RequestHead<'_>) {
        let metadata = Metadata::of(head);
        self.note("origin", metadata.without_origin(head));
        self.advice.extend(metadata.advice_without_origin().map(str::to_owned));
        if compiled.is_constant {
            self.note("answer", "\"*\" all the same, as to everybody");
        }
    }

    fn explain_actual(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) {
        let metadata = Metadata::of(head);
        let needs = preflight_reason::of_actual(head, metadata);
        self.note_all("asked first", needs.reasons());
        if let Some(text) = metadata.with_origin() {
            self.note("mode", text);
        }
        let matched = self.explain_origin(compiled, head, origin);
        if self.outcome == Outcome::Forbidden {
            self.explain_enforcement(compiled, head);
        }
        let Some(matched) = matched else {
            let is_passed_on = self.outcome == Outcome::Rejected;
            if let Some(advice) = metadata.advice_with_origin().filter(|_| is_passed_on) {
                self.advice = vec![advice.to_owned()];
            }
            return;
        };
        credentials(self, matched);
        let judged = self.failed_step == Some(Step::Method);
        let method = needs.method().or(judged.then(|| head.method().as_str().as_bytes()));
        if let Some(method) = method {
            if matched.rule.preflight.methods.contains(method) {
                self.passed("method", method::allowed(matched, method));
            } else {
                let failure = method::failure(matched, method);
                self.failed(Step::Method, of_preflight(failure));
            }
        }
        if let Some(failure) = request_headers::failure_of_actual(matched, needs.names()) {
            self.failed(Step::RequestHeaders, of_preflight(failure));
        }
        if self.outcome == Outcome::Allowed {
            exposed_headers(self, matched);
            if compiled.headers.keeps_upstream {
                self.note("upstream headers", KEPT);
            }
            if metadata.has_credentials(head) {
                advise_on_credentials(self, matched);
            }
        }
    }

    fn explain_origin<'a>(
        &mut self,
        compiled: &'a CompiledPolicy,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) -> Option<MatchedRule<'a>> {
        // Asked a second time only where the decision does not say it: the rule that covers the origin
        // of a request that fails later.
        if self.rule.is_none() && self.failed_step != Some(Step::Origin) {
            self.rule = compiled.find_rule(origin, head).map(|found| found.index);
        }
        let found = self.rule.and_then(|index| Some((index, compiled.rules.get(index)?)));
        let Some((index, rule)) = found else {
            let failure = origin::failure(&compiled.rules, origin);
            match self.failed_step {
                Some(_) => self.failed(Step::Origin, failure),
                None => self.note("origin", failure.compared),
            }
            return None;
        };
        let matched = MatchedRule { index, rule };
        self.passed("origin", origin::matched(matched, origin));
        Some(matched)
    }

    fn explain_method(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
        matched: MatchedRule<'_>,
        method: RequestMethod<'_>,
    ) {
        if matched.rule.preflight.methods.evaluate(method).is_ok() {
            let method = method.value().map(HeaderValue::as_bytes).unwrap_or_default();
            self.passed("method", method::allowed(matched, method));
            return;
        }
        let mut failure = match method.value() {
            Some(value) => method::failure(matched, value.as_bytes()),
            None => method::several_lines(),
        };
        let allows = |rule: &CompiledRule| rule.preflight.methods.evaluate(method).is_ok();
        failure.nearest = failure.nearest.or(later_rule(compiled, head, matched, allows));
        self.failed(Step::Method, failure);
    }

    fn explain_headers(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
        matched: MatchedRule<'_>,
        headers: RequestHeaders<'_>,
    ) {
        if matched.rule.preflight.headers.evaluate(headers).is_ok() {
            self.passed("request headers", request_headers::allowed(matched, headers));
            return;
        }
        let mut failure = request_headers::failure(matched, headers);
        let allows = |rule: &CompiledRule| rule.preflight.headers.evaluate(headers).is_ok();
        failure.nearest = failure.nearest.or(later_rule(compiled, head, matched, allows));
        self.failed(Step::RequestHeaders, failure);
    }

    fn note_all(&mut self, about: &'static str, texts: Vec<String>) {
        for text in texts {
            self.note(about, text);
        }
    }
}

/// The service's own response decides by itself.
const KEPT: &str = "\"keep\": where the service sets Access-Control-Allow-Origin by itself, its headers \
                    hold in the place of all of these";

const DEBUGGED: &str =
    "the answer lacks only what is refused, so that the browser's console names it";

/// The method and the headers of an actual request are judged before it, where a browser asks.
fn of_preflight(failure: StepFailure) -> StepFailure {
    let compared = format!("{}: a browser that asks first is refused", failure.compared);
    StepFailure { compared, ..failure }
}

/// A rule that covers the origin, too, and comes too late.
fn later_rule(
    compiled: &CompiledPolicy,
    head: &RequestHead<'_>,
    matched: MatchedRule<'_>,
    allows: impl Fn(&CompiledRule) -> bool,
) -> Option<String> {
    let origin = head.headers().get(ORIGIN)?;
    let mut later = compiled.rules.iter().enumerate().skip(matched.index + 1);
    let (_, later) = later.find(|(_, rule)| allows(rule) && rule.origins.matches(origin, head))?;
    let path = &later.path;
    Some(format!(
        "{path} would allow it, but {} covers the origin, too, and the first rule that \
         does decides alone",
        matched.path(),
    ))
}

impl Explanation {
    /// Why a request is not that of the service's own page, which is never refused, and what to do where
    /// it is.
    pub(super) fn explain_enforcement(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
    ) {
        let own = compiled.enforcement.as_ref().map(|enforcement| &enforcement.service_origins);
        let has_own = own.is_some_and(|own| !own.is_empty());
        let site = head.headers().get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let compared = match site {
            Some(site) => format!("Sec-Fetch-Site says {}, and not same-origin", quoted(site)),
            None if has_own => {
                "it is none of service_origins, and there is no Sec-Fetch-Site".to_owned()
            }
            None => {
                "its host and port are not the request's, and there is no Sec-Fetch-Site".to_owned()
            }
        };
        self.note("own page", compared);
        let origin = head.headers().get(ORIGIN).map(HeaderValue::as_bytes).unwrap_or_default();
        // With `Sec-Fetch-Site` nothing that is configured is asked.
        if site.is_none() && self.failed_step == Some(Step::Origin) {
            self.advise(format!(
                "if browsers reach the service itself as {}, behind a proxy: service_origins: add it",
                quoted(origin)
            ));
        }
        if Metadata::of(head) == Metadata::Navigate {
            self.advise(
                "if another site posts this form on purpose, as OpenID Connect does: leave its path out \
                 of the layer",
            );
        }
    }
}

/// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 5. A browser keeps to itself whether it
/// asks with credentials.
fn credentials(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let path = matched.path();
    if matched.rule.origins.has_credentials() {
        explanation.passed("credentials", format!("{path} allows them"));
    } else {
        explanation.note(
            "credentials",
            format!(
                "{path} does not allow them: a page that asks with credentials: \"include\" is \
                 refused"
            ),
        );
    }
}

fn advise_on_credentials(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let origins = &matched.rule.origins;
    if origins.has_credentials() {
        return;
    }
    let setting = if origins.is_any() {
        "its origin needs a rule of its own, before this one, with allow_credentials = true"
            .to_owned()
    } else {
        format!("{} = true", matched.setting("allow_credentials"))
    };
    explanation.advise(format!(
        "only if the page asks with credentials: \"include\" (cookies): {setting}"
    ));
}

/// <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
fn exposed_headers(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let names = matched.rule.headers.expose.as_ref().map(HeaderValue::as_bytes);
    let text = match names {
        None => {
            format!("{} names none: the page reads {SAFELISTED}", matched.setting("expose_headers"))
        }
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
fn caching(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let setting = matched.setting("max_age");
    let max_age = matched.rule.headers.max_age();
    let text = match max_age.map(|age| age.as_secs()) {
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

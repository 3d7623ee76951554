use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header::ORIGIN};

use super::{
    Explanation, method, origin,
    preflight_reason::{self, Metadata},
    request_headers,
    wording::{MatchedRule, StepFailure, escape, join_items, quote},
};
use crate::{
    RequestHead,
    cors::{
        client_presets::Preset,
        header_prefixes::HeaderPrefixes,
        outcome::{Outcome, Step},
        policy::{CompiledPolicy, CompiledRule},
        request::{OriginHeader, RequestHeaders, RequestKind, RequestMethod},
        response::ExposedHeaders,
        unexposed::unexposed,
    },
    request::{
        RequestFacts,
        fetch_metadata::SEC_FETCH_SITE,
        handshake::opens_tunnel,
        same_origin::{as_browser_writes, matches_request_target},
    },
};

impl Explanation {
    /// Explains the steps in the order of the browser.
    pub(super) fn explain_steps(&mut self, compiled: &CompiledPolicy, head: &RequestHead<'_>) {
        if self.outcome == Outcome::NotHandled {
            self.note(
                "path",
                format!("not_handled matches {}", escape(head.uri().path().as_bytes())),
            );
            return;
        }
        self.explain_path(compiled, head);
        match RequestKind::new(head) {
            RequestKind::Plain => self.explain_plain(compiled, head),
            RequestKind::Cors { origin } => self.explain_actual(compiled, head, origin),
            RequestKind::Preflight { origin, method, headers } => {
                let reasons = preflight_reason::preflight_reasons(method, headers);
                self.note_all("preflight reason", reasons);
                let Some(matched) = self.explain_origin(compiled, head, origin) else { return };
                credentials(self, matched);
                self.explain_method(compiled, head, matched, method);
                self.explain_headers(compiled, head, matched, headers);
                if compiled.hides_failing_step && self.outcome == Outcome::PreflightRejected {
                    self.note("hide_failing_step", HIDDEN_STEP);
                }
                if self.outcome == Outcome::PreflightAllowed {
                    exposed_headers(self, matched);
                    caching(self, matched);
                    add_credentials_help(self, matched);
                }
            }
        }
    }

    /// Lists the rules that apply at the path, if the policy has rules with paths.
    fn explain_path(&mut self, compiled: &CompiledPolicy, head: &RequestHead<'_>) {
        let Some(request_path) = compiled.request_path(head) else { return };
        let path = escape(head.uri().path().as_bytes());
        let rules = compiled.rules_at(head).map(|(_, rule)| rule.path.to_string());
        let text = match (request_path.ambiguity, compiled.rules_at(head).count()) {
            (Some(kind), _) => {
                let message = kind.message();
                format!("{path}: no rule applies: {}; {}", message.problem(), message.reason())
            }
            (None, 0) => format!("{path}: no rule applies"),
            (None, count) => format!("{path}: {} apply", join_items(rules, count)),
        };
        self.note("path", text);
    }

    fn explain_plain(&mut self, compiled: &CompiledPolicy, head: &RequestHead<'_>) {
        let metadata = Metadata::from_head(head);
        self.note("origin", metadata.without_origin(head));
        self.help.extend(metadata.help_without_origin().map(str::to_owned));
        if self.rule.is_some() {
            let origin = compiled.static_origin.as_ref().map(|origin| escape(origin.as_bytes()));
            let origin = origin.as_deref().unwrap_or("\"*\"");
            self.note("response", format!("{origin}, as for every request"));
        }
    }

    fn explain_actual(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) {
        let metadata = Metadata::from_head(head);
        let reasons = preflight_reason::actual_request_reasons(head, metadata);
        self.note_all("preflight reason", reasons.texts());
        if let Some(text) = metadata.with_origin() {
            self.note("fetch metadata", text);
        }
        let matched = self.explain_origin(compiled, head, origin);
        if self.outcome == Outcome::Forbidden {
            self.explain_enforcement(compiled, head);
        } else {
            self.explain_exemption(compiled, head, origin);
        }
        let Some(matched) = matched else {
            let is_forwarded = self.outcome == Outcome::Rejected;
            if let Some(help) = metadata.help_with_origin().filter(|_| is_forwarded) {
                self.help = vec![help.to_owned()];
            }
            return;
        };
        credentials(self, matched);
        let is_rejected = self.failed_step == Some(Step::Method);
        let method = reasons.method().or(is_rejected.then(|| head.method().as_str().as_bytes()));
        if let Some(method) = method {
            if matched.rule.preflight.methods.contains(method) {
                self.passed("method", method::allowed(matched, method));
            } else {
                let failure = method::failure(matched, method);
                self.failed(Step::Method, as_preflight_failure(failure));
            }
        }
        if let Some(failure) = request_headers::failure_of_actual(matched, reasons.names()) {
            self.failed(Step::RequestHeaders, as_preflight_failure(failure));
        }
        if self.outcome == Outcome::Allowed {
            exposed_headers(self, matched);
            if compiled.headers.keeps_upstream {
                self.note("upstream headers", KEEPS_UPSTREAM);
            }
            if metadata.has_credentials(head) {
                add_credentials_help(self, matched);
            }
        }
    }

    /// Adds the line about response headers that the page cannot read.
    pub(super) fn explain_unexposed(
        &mut self,
        compiled: &CompiledPolicy,
        request: &HeaderMap,
        headers: &HeaderMap,
    ) {
        let names = || unexposed(headers).map(|name| escape(name.as_str().as_bytes()));
        let count = names().count();
        if count == 0 {
            return self.passed("response headers", "the page can read them");
        }
        let path = self.rule.and_then(|index| compiled.rules.get(index)).map(|rule| &*rule.path);
        let path = path.unwrap_or("rules[0]");
        let list = join_items(names(), count);
        let quoted = join_items(names().map(|name| format!("\"{name}\"")), count);
        self.note("response headers", format!("the page cannot read {list}"));
        let preset = match Preset::of_response(request, &unexposed(headers).collect::<Vec<_>>()) {
            Some(preset) => format!("; or {path}.presets: add \"{}\"", preset.name),
            None => String::new(),
        };
        self.add_help(format!(
            "if the page reads {list}: {path}.expose_headers: add {quoted}{preset}"
        ));
    }

    fn explain_origin<'a>(
        &mut self,
        compiled: &'a CompiledPolicy,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) -> Option<MatchedRule<'a>> {
        // A decision that fails at a later step does not contain the rule, so it is looked up again.
        if self.rule.is_none() && self.failed_step != Some(Step::Origin) {
            self.rule = compiled.find_deciding_rule(origin, head).map(|found| found.index.get());
        }
        let found = self.rule.and_then(|index| Some((index, compiled.rules.get(index)?)));
        let Some((index, rule)) = found else {
            let rules: Vec<CompiledRule> =
                compiled.rules_at(head).map(|(_, rule)| rule.clone()).collect();
            let failure = origin::failure(&rules, origin);
            match self.failed_step {
                Some(_) => self.failed(Step::Origin, failure),
                None => self.note("origin", failure.compared),
            }
            return None;
        };
        let matched = MatchedRule { index, rule };
        match &compiled.static_origin {
            None => self.passed("origin", origin::matched(matched, origin)),
            Some(own) => {
                let is_blocked = self.is_blocked_by_browser;
                let text = origin::static_origin(matched, own, origin, is_blocked);
                if is_blocked {
                    self.note("origin", text);
                    self.add_help(origin::static_origin_help(matched, own, origin));
                } else {
                    self.passed("origin", text);
                }
            }
        }
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
            None => method::repeated_header(),
        };
        let allows = |rule: &CompiledRule| rule.preflight.methods.evaluate(method).is_ok();
        failure.closest = failure.closest.or(later_rule(compiled, head, matched, allows));
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
        failure.closest = failure.closest.or(later_rule(compiled, head, matched, allows));
        self.failed(Step::RequestHeaders, failure);
    }

    fn note_all(&mut self, about: &'static str, texts: Vec<String>) {
        for text in texts {
            self.note(about, text);
        }
    }
}

const KEEPS_UPSTREAM: &str = "\"keep\": if the service sets Access-Control-Allow-Origin, its CORS \
                              headers replace all of these";

const HIDDEN_STEP: &str =
    "the response is an empty 403, so that the browser console does not name the step";

/// Explains that only a preflight checks the method and the headers of an actual request.
fn as_preflight_failure(failure: StepFailure) -> StepFailure {
    let compared = format!("{}; a preflight would be rejected", failure.compared);
    StepFailure { compared, ..failure }
}

/// Returns a note about a later rule for the origin that would allow the request.
fn later_rule(
    compiled: &CompiledPolicy,
    head: &RequestHead<'_>,
    matched: MatchedRule<'_>,
    allows: impl Fn(&CompiledRule) -> bool,
) -> Option<String> {
    let origin = head.headers().get(ORIGIN)?;
    let mut later = compiled.rules_at(head).filter(|(index, _)| *index > matched.index);
    let (_, later) = later.find(|(_, rule)| allows(rule) && rule.origins.matches(origin, head))?;
    let path = &later.path;
    Some(format!("{path} would allow it, but {} matches the origin first", matched.path()))
}

impl Explanation {
    /// Explains why `enforce` does not reject the request.
    fn explain_exemption(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) {
        let Some(enforcement) = &compiled.enforcement else { return };
        let is_rejected = self.outcome == Outcome::Rejected;
        if is_rejected && enforcement.exemptions.exempt_paths.exempts(head) {
            let path = quote(head.uri().path().as_bytes());
            self.note("exempt path", format!("exempt_paths matches {path}"));
        }
        if let Some(Cow::Owned(written)) = origin.value().map(as_browser_writes) {
            if opens_tunnel(head) {
                let written = quote(written.as_bytes());
                self.note("handshake", format!("enforce reads the origin as {written}"));
            }
        }
    }

    /// Explains why a request is not same-origin. `enforce` never rejects same-origin requests.
    pub(super) fn explain_enforcement(
        &mut self,
        compiled: &CompiledPolicy,
        head: &RequestHead<'_>,
    ) {
        let service_origins = compiled
            .enforcement
            .as_ref()
            .map(|enforcement| &enforcement.exemptions.service_origins);
        let has_service_origins = service_origins.is_some_and(|origins| !origins.is_empty());
        let site = head.headers().get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let origin = head.headers().get(ORIGIN).map(HeaderValue::as_bytes).unwrap_or_default();
        // A rebound name of an attacker looks the same.
        let has_own_host =
            site.is_none() && matches_request_target(&RequestFacts::new(head), origin);
        let compared = match site {
            Some(site) => format!("Sec-Fetch-Site is {}, not same-origin", quote(site)),
            None if has_own_host => {
                "Origin has the request's host and port, but service_origins replace this comparison"
                    .to_owned()
            }
            None if has_service_origins => {
                "Origin is not an origin of the service, and Sec-Fetch-Site is missing".to_owned()
            }
            None => {
                "Origin differs from the request's host and port, and Sec-Fetch-Site is missing"
                    .to_owned()
            }
        };
        self.note("same origin", compared);
        if has_own_host {
            let origin = quote(origin);
            self.add_help(format!(
                "if this is an address of your service: service_origins: add {origin}"
            ));
        }
        if Metadata::from_head(head) == Metadata::Navigate {
            self.add_help(
                "if another site submits this form on purpose, as OpenID Connect does: exempt_paths: add \
                 its path",
            );
        }
    }
}

/// Adds the line about credentials. A preflight does not show whether the page uses credentials.
/// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 5
fn credentials(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let path = matched.path();
    if matched.rule.origins.has_credentials() {
        explanation.passed("credentials", format!("{path} allows credentials"));
    } else {
        explanation.note(
            "credentials",
            format!(
                "{path} does not allow credentials; browsers reject fetches with \
                 credentials: \"include\""
            ),
        );
    }
}

fn add_credentials_help(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let origins = &matched.rule.origins;
    if origins.has_credentials() {
        return;
    }
    let setting = if origins.is_any() {
        "add a rule for its origin before this one, with allow_credentials = true".to_owned()
    } else {
        format!("{} = true", matched.setting("allow_credentials"))
    };
    explanation
        .add_help(format!("only if the page uses credentials: \"include\" (cookies): {setting}"));
}

/// Adds the line about response headers that the page can read.
/// <https://fetch.spec.whatwg.org/#http-access-control-expose-headers>
fn exposed_headers(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let expose = &matched.rule.headers.expose;
    let names = expose.listed().map(HeaderValue::as_bytes);
    let text = match names {
        _ if expose.prefixes().is_some() => exposed_prefixes(expose),
        None => {
            format!("{} is empty; the page reads {SAFELISTED}", matched.setting("expose_headers"))
        }
        Some(b"*") => "all except set-cookie, which pages cannot read".to_owned(),
        Some(names) => {
            let count = names.split(|&byte| byte == b',').count();
            let names = join_items(names.split(|&byte| byte == b',').map(escape), count);
            format!("{names}, in addition to {SAFELISTED}")
        }
    };
    explanation.note("exposed headers", text);
}

/// Returns the text about exposed headers if the rule has prefixes.
fn exposed_prefixes(expose: &ExposedHeaders) -> String {
    let names = expose.listed().map(HeaderValue::as_bytes).unwrap_or_default();
    let names: Vec<&[u8]> =
        names.split(|&byte| byte == b',').filter(|name| !name.is_empty()).collect();
    let prefixes: Vec<String> =
        expose.prefixes().into_iter().flat_map(HeaderPrefixes::texts).collect();
    let count = names.len() + prefixes.len();
    let prefixes = prefixes.iter().map(|prefix| escape(prefix.as_bytes()));
    let all = join_items(prefixes.chain(names.into_iter().map(escape)), count);
    format!("{all}, in addition to {SAFELISTED}; the response lists the names that match")
}

/// Adds the line about the time for which browsers cache the preflight.
/// <https://fetch.spec.whatwg.org/#concept-cache>
fn caching(explanation: &mut Explanation, matched: MatchedRule<'_>) {
    let setting = matched.setting("max_age");
    let max_age = matched.rule.headers.max_age();
    let text = match max_age.map(|age| age.as_secs()) {
        None => format!("5 seconds; {setting} is not set"),
        Some(0) => format!("0 seconds; {setting} is 0, so that every request has a preflight"),
        Some(seconds @ ..=600) => format!("{seconds} seconds"),
        Some(seconds @ ..=7200) => format!("{seconds} seconds; 600 in WebKit"),
        Some(seconds) => {
            format!("{seconds} seconds; 7200 in Chromium and 600 in WebKit")
        }
    };
    explanation.note("cached for", text);
}

/// <https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name>
const SAFELISTED: &str =
    "cache-control, content-language, content-length, content-type, expires, last-modified, pragma";

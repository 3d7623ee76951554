use http::{HeaderValue, header::ORIGIN};

use super::{
    Explanation, asked,
    metadata::Metadata,
    method,
    miss::{Deciding, Miss},
    origin, readable, request_headers,
};
use crate::{
    RequestHead,
    cors::{
        OriginHeader, Outcome, RequestHeaders, RequestKind, RequestMethod, Step,
        compiled::Compiled, compiled_rule::CompiledRule,
    },
};

impl Explanation {
    /// Goes through the steps as a browser does.
    pub(super) fn look_at(&mut self, compiled: &Compiled, head: &RequestHead<'_>) {
        match RequestKind::of(head) {
            RequestKind::Plain => self.look_at_plain(compiled, head),
            RequestKind::Cors { origin } => self.look_at_actual(compiled, head, origin),
            RequestKind::Preflight { origin, method, headers } => {
                self.note_all("asked first", asked::of_preflight(method, headers));
                let Some(deciding) = self.look_at_origin(compiled, head, origin) else { return };
                readable::credentials(self, deciding);
                self.look_at_method(compiled, head, deciding, method);
                self.look_at_headers(compiled, head, deciding, headers);
                let tells = |value: &HeaderValue| compiled.told.tells(value.as_bytes());
                let is_told = origin.value().is_some_and(tells);
                if is_told && self.outcome == Outcome::PreflightRefused {
                    self.note("diagnostics", TOLD);
                }
                if self.outcome == Outcome::PreflightGranted {
                    readable::exposed_headers(self, deciding);
                    readable::kept(self, deciding);
                    readable::advise_on_credentials(self, deciding);
                }
            }
        }
    }

    fn look_at_plain(&mut self, compiled: &Compiled, head: &RequestHead<'_>) {
        let metadata = Metadata::of(head);
        self.note("origin", metadata.without_origin(head));
        self.advice.extend(metadata.advice_without_origin().map(str::to_owned));
        if compiled.is_constant {
            self.note("answer", "\"*\" all the same, as to everybody");
        }
    }

    fn look_at_actual(
        &mut self,
        compiled: &Compiled,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) {
        let metadata = Metadata::of(head);
        let needs = asked::of_actual(head, metadata);
        self.note_all("asked first", needs.reasons());
        if let Some(text) = metadata.with_origin() {
            self.note("mode", text);
        }
        let deciding = self.look_at_origin(compiled, head, origin);
        if self.outcome == Outcome::Forbidden {
            self.explain_enforcement(compiled, head);
        }
        let Some(deciding) = deciding else {
            let is_passed_on = self.outcome == Outcome::Refused;
            if let Some(advice) = metadata.advice_with_origin().filter(|_| is_passed_on) {
                self.advice = vec![advice.to_owned()];
            }
            return;
        };
        readable::credentials(self, deciding);
        let judged = self.failed_step == Some(Step::Method);
        let method = needs.method().or(judged.then(|| head.method().as_str().as_bytes()));
        if let Some(method) = method {
            if deciding.rule.preflight.methods.grants(method) {
                self.passed("method", method::granted(deciding, method));
            } else {
                let miss = method::miss(deciding, method);
                self.failed(Step::Method, of_preflight(miss));
            }
        }
        if let Some(miss) = request_headers::miss_of_actual(deciding, needs.names()) {
            self.failed(Step::RequestHeaders, of_preflight(miss));
        }
        if self.outcome == Outcome::Granted {
            readable::exposed_headers(self, deciding);
            if compiled.answers.keeps_upstream {
                self.note("upstream headers", KEPT);
            }
            if metadata.has_credentials(head) {
                readable::advise_on_credentials(self, deciding);
            }
        }
    }

    fn look_at_origin<'a>(
        &mut self,
        compiled: &'a Compiled,
        head: &RequestHead<'_>,
        origin: OriginHeader<'_>,
    ) -> Option<Deciding<'a>> {
        // Asked a second time only where the decision does not say it: the rule that covers the origin
        // of a request that fails later.
        if self.rule.is_none() && self.failed_step != Some(Step::Origin) {
            self.rule = compiled.grant(origin, head).map(|grant| grant.rule);
        }
        let found = self.rule.and_then(|index| Some((index, compiled.rules.get(index)?)));
        let Some((index, rule)) = found else {
            let miss = origin::miss(&compiled.rules, origin);
            match self.failed_step {
                Some(_) => self.failed(Step::Origin, miss),
                None => self.note("origin", miss.compared),
            }
            return None;
        };
        let deciding = Deciding { index, rule };
        self.passed("origin", origin::covered(deciding, origin));
        Some(deciding)
    }

    fn look_at_method(
        &mut self,
        compiled: &Compiled,
        head: &RequestHead<'_>,
        deciding: Deciding<'_>,
        method: RequestMethod<'_>,
    ) {
        if deciding.rule.preflight.methods.judge(method).is_ok() {
            let method = method.value().map(HeaderValue::as_bytes).unwrap_or_default();
            self.passed("method", method::granted(deciding, method));
            return;
        }
        let mut miss = match method.value() {
            Some(value) => method::miss(deciding, value.as_bytes()),
            None => method::several_lines(),
        };
        let allows = |rule: &CompiledRule| rule.preflight.methods.judge(method).is_ok();
        miss.nearest = miss.nearest.or(later_rule(compiled, head, deciding, allows));
        self.failed(Step::Method, miss);
    }

    fn look_at_headers(
        &mut self,
        compiled: &Compiled,
        head: &RequestHead<'_>,
        deciding: Deciding<'_>,
        headers: RequestHeaders<'_>,
    ) {
        if deciding.rule.preflight.headers.judge(headers).is_ok() {
            self.passed("request headers", request_headers::granted(deciding, headers));
            return;
        }
        let mut miss = request_headers::miss(deciding, headers);
        let allows = |rule: &CompiledRule| rule.preflight.headers.judge(headers).is_ok();
        miss.nearest = miss.nearest.or(later_rule(compiled, head, deciding, allows));
        self.failed(Step::RequestHeaders, miss);
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

const TOLD: &str = "the answer lacks only what is refused, so that the browser's console names it";

/// The method and the headers of an actual request are judged before it, where a browser asks.
fn of_preflight(miss: Miss) -> Miss {
    let compared = format!("{}: a browser that asks first is refused", miss.compared);
    Miss { compared, ..miss }
}

/// A rule that covers the origin, too, and comes too late.
fn later_rule(
    compiled: &Compiled,
    head: &RequestHead<'_>,
    deciding: Deciding<'_>,
    allows: impl Fn(&CompiledRule) -> bool,
) -> Option<String> {
    let origin = head.headers().get(ORIGIN)?;
    let mut later = compiled.rules.iter().enumerate().skip(deciding.index + 1);
    let (index, _) = later.find(|(_, rule)| allows(rule) && rule.audience.covers(origin, head))?;
    Some(format!(
        "rules[{index}] would allow it, but rules[{}] covers the origin, too, and the first rule that \
         does decides alone",
        deciding.index,
    ))
}

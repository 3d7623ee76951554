use std::fmt;

use http::{HeaderValue, header::CONTENT_TYPE};

use super::{
    compile::Compiled,
    decision::{CrossOriginDecision, Section},
    policy::CrossOriginPolicy,
};
use crate::{
    RequestHead,
    cors::{self, CorsPolicy, ExplanationLine, Mark, Outcome, Step, escape},
    guard::{Evaluate, Evaluation, Verdict},
    jsonp::{JsonpDecision, WithheldReason},
    request::{
        RequestFacts,
        fetch_metadata::{SEC_FETCH_DEST, SEC_FETCH_MODE, SEC_FETCH_SITE},
        fields::FieldValue,
    },
};

impl CrossOriginPolicy {
    /// Explains the decision about a request, in the order of the sections.
    ///
    /// For a rejected request, the explanation names the section, the setting, and a fix.
    /// Use this to debug a page or a policy. It costs more than [`decide`](Self::decide), so do not call it
    /// for every request.
    ///
    /// ```
    /// use http::Request;
    /// use tower_cross_origin::{
    ///     cors::Rule,
    ///     cross_origin::{CrossOriginConfig, CrossOriginPolicy, CsrfConfig, GuardConfig},
    /// };
    ///
    /// let rule = Rule::for_origins(["https://app.example.com"]).name("app");
    /// let policy = CrossOriginPolicy::new(
    ///     CrossOriginConfig::new().cors(rule).guard(GuardConfig::new().csrf(CsrfConfig::new())),
    /// )?;
    /// let request = Request::post("/items")
    ///     .header("origin", "https://app.example.com")
    ///     .header("sec-fetch-site", "cross-site")
    ///     .body(())
    ///     .unwrap();
    /// let explanation = policy.explain(&request);
    /// assert_eq!(
    ///     explanation.summary(),
    ///     "rejected by guard.csrf (guard.csrf.trust_origins): another origin sent the request according \
    ///      to Sec-Fetch-Site: cross-site",
    /// );
    /// let lines = explanation.to_string();
    /// assert!(lines.contains("\ncors: allowed by cors.rules.app\n"));
    /// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
    /// ```
    pub fn explain<'a>(&self, request: impl Into<RequestHead<'a>>) -> CrossOriginExplanation {
        CrossOriginExplanation::new(self.compiled(), self, &request.into())
    }
}

/// An explanation of a decision about one request, returned by [`CrossOriginPolicy::explain`].
///
/// `Display` writes text for people, one line per item:
/// - the first line states whether the request reaches the service. For a rejected request it names the
///   section, the setting as it is written in a file, and the reason;
/// - the sections follow in the order in which the layer decides; the CORS section has a line for each
///   [step](cors::Explanation::steps);
/// - the last lines begin with `fix:`.
///
/// The text is safe for logs and terminals, like the text of [`cors::Explanation`]. Do not send it to the page,
/// because it reveals the policy. The texts may change in any version of this crate.
#[derive(Clone, Debug)]
pub struct CrossOriginExplanation {
    decision: CrossOriginDecision,
    summary: String,
    lines: Vec<ExplanationLine>,
    help: Vec<String>,
}

impl CrossOriginExplanation {
    /// Returns the explained decision.
    pub fn decision(&self) -> &CrossOriginDecision {
        &self.decision
    }

    /// Returns the first line.
    pub fn summary(&self) -> &str {
        &self.summary
    }

    /// Returns the lines of the sections, in the order in which the layer decides.
    ///
    /// All checks that read the request are included, also those after the one that rejects it, so that you can
    /// fix all problems at once.
    pub fn lines(&self) -> &[ExplanationLine] {
        &self.lines
    }

    /// Returns the fixes, without the label `fix:`. An allowed request usually needs no fix.
    pub fn help(&self) -> impl Iterator<Item = &str> {
        self.help.iter().map(String::as_str)
    }

    fn new(compiled: &Compiled, policy: &CrossOriginPolicy, head: &RequestHead<'_>) -> Self {
        let decision = policy.decide(head);
        let summary = "forwarded to the service".to_owned();
        let mut explanation = Self { decision, summary, lines: Vec::new(), help: Vec::new() };
        explanation.explain_sections(compiled, &RequestFacts::new(head));
        explanation
    }

    fn explain_sections(&mut self, compiled: &Compiled, facts: &RequestFacts<'_>) {
        let head = facts.head();
        if let Some(check) = &compiled.host {
            self.explain_check(Section::Host, check.evaluate(facts), &host(facts));
        }
        if matches!(self.decision.rejected_by(), Some(Section::Host)) {
            return self.explain_embedding();
        }
        if let Some(cors) = &compiled.cors {
            self.explain_cors(cors, &cors.explain(head));
            self.explain_json_ping(cors, head);
        }
        if self.decision.cors().is_some_and(cors::Decision::is_early) {
            return self.explain_embedding();
        }
        let pages = &compiled.pages;
        if let Some(check) = &pages.web_socket {
            self.explain_check(Section::WebSocket, check.evaluate(facts), &origin(facts));
        }
        if let Some(check) = &pages.csrf {
            let evaluation = check.evaluate(facts);
            if !matches!(evaluation.verdict, Verdict::Allow) {
                self.explain_rule_conflict(check.inner().rule_conflict(facts));
            }
            self.explain_check(Section::Csrf, evaluation, &site_or_origin(facts));
        }
        if let Some(check) = &pages.fetch_metadata {
            self.explain_check(Section::FetchMetadata, check.evaluate(facts), &metadata(facts));
        }
        if let Some(check) = &pages.require_preflight {
            let evaluation = check.evaluate(facts);
            self.explain_check(Section::RequirePreflight, evaluation, &preflighted(facts));
        }
        if !self.decision.is_early() {
            self.explain_jsonp();
            if self.decision.is_long_poll() {
                self.note(
                    "long_poll",
                    "the layer responds after the window if the service does not",
                );
            }
        }
        self.explain_embedding();
    }

    /// Explains a denial of the CSRF guard if a CORS rule matches the origin.
    fn explain_rule_conflict(&mut self, conflict: Option<(&'static str, &'static str)>) {
        if let Some((reason, help)) = conflict {
            self.note(
                Section::Csrf.as_str(),
                format!("a CORS rule matches the origin, but {reason}"),
            );
            self.help.push(help.to_owned());
        }
    }

    fn explain_check(&mut self, section: Section, evaluation: Evaluation, value: &str) {
        let Evaluation { verdict, reason, setting } = evaluation;
        let section_name = section.as_str();
        let setting = match setting {
            // Settings of the whole configuration or of the section `cors`.
            "" | "exempt_paths" | "service_origins" | "cors.rules" | "cors.not_handled" => {
                setting.to_owned()
            }
            key => format!("{section_name}.{key}"),
        };
        let about = if value.is_empty() { reason.to_owned() } else { format!("{reason}: {value}") };
        let (mark, text) = match verdict {
            Verdict::Allow if setting.is_empty() => (Mark::Passed, format!("allowed: {reason}")),
            Verdict::Allow => (Mark::Passed, format!("allowed by {setting}: {about}")),
            Verdict::Report(_) => {
                (Mark::Note, format!("reported, not denied (report_only): {about}"))
            }
            Verdict::Deny(_) => (Mark::Failed, format!("denied ({setting}): {about}")),
        };
        self.lines.push(ExplanationLine::new(section_name, mark, text));
        if let Verdict::Deny(rejection) = verdict {
            if self.decision.rejected_by() == Some(section) {
                self.summary = format!("rejected by {section_name} ({setting}): {about}");
            }
            self.help.push(rejection.help().to_owned());
        }
    }

    fn explain_cors(&mut self, policy: &CorsPolicy, cors: &cors::Explanation) {
        let mark = match cors.outcome() {
            Outcome::Allowed | Outcome::PreflightAllowed | Outcome::SameOrigin => Mark::Passed,
            Outcome::Plain | Outcome::NotHandled => Mark::Note,
            Outcome::Rejected if cors.is_without_cors() => Mark::Note,
            _ => Mark::Failed,
        };
        self.lines.push(ExplanationLine::new("cors", mark, cors.summary().to_owned()));
        self.lines.extend(cors.steps().iter().cloned());
        self.help.extend(cors.help().map(str::to_owned));
        let setting = match cors.failed_step() {
            None => None,
            Some(_) if cors.outcome() == Outcome::Forbidden => Some("cors.enforce".to_owned()),
            Some(Step::Origin) => Some("cors.rules".to_owned()),
            Some(step) => {
                let key = if step == Step::Method { "allow_methods" } else { "allow_headers" };
                let rule = cors.rule().and_then(|index| policy.rule_path(index));
                Some(format!("{}.{key}", rule.unwrap_or("cors.rules")))
            }
        };
        let reason = cors.summary();
        self.summary = match (cors.outcome(), setting) {
            (Outcome::Rejected, _) if cors.is_without_cors() => {
                format!("forwarded, because CORS does not apply to this request: {reason}")
            }
            (Outcome::Rejected, Some(setting)) => {
                format!(
                    "forwarded, but the page cannot read the response (cors, {setting}): {reason}"
                )
            }
            (_, Some(setting)) => format!("rejected by cors ({setting}): {reason}"),
            (Outcome::PreflightAllowed, None) => format!("preflight {reason}"),
            (Outcome::Allowed, None) => {
                format!("forwarded, and the page can read the response: {reason}")
            }
            (_, None) => return,
        };
    }

    /// Adds a line about the preflight of a ping with JSON, which the browser rejects.
    fn explain_json_ping(&mut self, policy: &CorsPolicy, head: &RequestHead<'_>) {
        let is_allowed =
            self.decision.cors().is_some_and(|cors| cors.outcome() == Outcome::PreflightAllowed);
        if !is_allowed || !self.decision.is_ping() {
            return;
        }
        if let Some(rule) = policy.rule_for_json_without_credentials(head) {
            let text = format!(
                "sendBeacon sends cookies; {rule} does not allow credentials, so browsers reject its preflight"
            );
            self.lines.push(ExplanationLine::new("beacon", Mark::Failed, text));
        }
    }

    fn explain_jsonp(&mut self) {
        let (mark, text) = match self.decision.jsonp() {
            JsonpDecision::NotHandled => return,
            JsonpDecision::Malformed(error) => (
                Mark::Failed,
                format!("the callback is not allowed, so that JSON becomes a 400: {error}"),
            ),
            JsonpDecision::Withheld(reason) => {
                let reason = match reason {
                    WithheldReason::Destination => "no script sends the request",
                    WithheldReason::ServiceWorker => "the request loads a service worker",
                    WithheldReason::Credentials => "the request has credentials of the user",
                };
                (Mark::Note, format!("JSON stays JSON: {reason}"))
            }
            JsonpDecision::Wrapped(callback) => {
                (Mark::Passed, format!("JSON becomes a script that calls {callback}"))
            }
        };
        self.lines.push(ExplanationLine::new("jsonp", mark, text));
    }

    fn explain_embedding(&mut self) {
        if self.decision.is_ping() {
            self.note("beacon", "caches do not store the response, and every page may embed it");
        }
        if let Some(lines) = self.decision.embedding_lines() {
            self.note("embedding", format!("the response gets {}", lines.join("; ")));
        }
    }

    fn note(&mut self, about: &'static str, text: impl Into<String>) {
        self.lines.push(ExplanationLine::new(about, Mark::Note, text.into()));
    }
}

/// Writes all lines, without a line feed at the end.
impl fmt::Display for CrossOriginExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        for line in &self.lines {
            write!(f, "\n{line}")?;
        }
        for help in self.help() {
            write!(f, "\nfix: {help}")?;
        }
        Ok(())
    }
}

fn host(facts: &RequestFacts<'_>) -> String {
    let target = facts.head().uri().authority().map(|authority| authority.as_str().as_bytes());
    match (target, facts.host().single()) {
        (Some(target), Some(host)) if target != host.as_bytes() => {
            format!("{} and {}", escape(target), escape(host.as_bytes()))
        }
        (Some(target), _) => escape(target),
        (None, host) => host.map(|host| escape(host.as_bytes())).unwrap_or_default(),
    }
}

fn origin(facts: &RequestFacts<'_>) -> String {
    match facts.origin() {
        FieldValue::Absent => String::new(),
        FieldValue::Single(origin) => escape(origin.as_bytes()),
        FieldValue::Repeated => "several Origin field lines".to_owned(),
    }
}

fn site_or_origin(facts: &RequestFacts<'_>) -> String {
    let site = facts.head().headers().get(&SEC_FETCH_SITE);
    site.map_or_else(|| origin(facts), |site| escape(site.as_bytes()))
}

/// Returns the parts of a request that can need a preflight, such as `PUT, application/json, https://a.example`.
fn preflighted(facts: &RequestFacts<'_>) -> String {
    let head = facts.head();
    let types = head.headers().get_all(CONTENT_TYPE).iter().map(|one| escape(one.as_bytes()));
    let parts = [escape(head.method().as_str().as_bytes())].into_iter().chain(types);
    let origin = Some(origin(facts)).filter(|origin| !origin.is_empty());
    parts.chain(origin).collect::<Vec<_>>().join(", ")
}

fn metadata(facts: &RequestFacts<'_>) -> String {
    let headers = facts.head().headers();
    let values = [&SEC_FETCH_SITE, &SEC_FETCH_MODE, &SEC_FETCH_DEST].map(|name| headers.get(name));
    let values = values.into_iter().flatten().map(HeaderValue::as_bytes).map(escape);
    values.collect::<Vec<_>>().join(", ")
}

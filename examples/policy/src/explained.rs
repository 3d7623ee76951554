use http::{
    Response,
    header::{ACCESS_CONTROL_ALLOW_CREDENTIALS, COOKIE},
};
use tower_cross_origin::{
    cors::{CorsPolicy, ExplanationLine, Mark, Outcome},
    cross_origin::{CrossOriginPolicy, Section},
};

use crate::sent_request::SentRequest;

/// An explained decision about one request.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) title: String,
    pub(crate) summary: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) help: Vec<String>,
    /// A section rejects the request, or the page cannot read the response.
    pub(crate) is_rejected: bool,
}

/// One line of an explanation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) about: String,
    pub(crate) mark: Mark,
    pub(crate) text: String,
}

impl Explained {
    /// Explains the decision of all sections.
    pub(crate) fn by_all_sections(policy: &CrossOriginPolicy, sent: &SentRequest) -> Self {
        let explanation = policy.explain(&sent.request);
        let decision = explanation.decision();
        let cors = decision.cors();
        let kind = sent.kind_without_cors();
        let is_unreadable = kind.is_none() && cors.is_some_and(|cors| cors.failed_step().is_some());
        let mut explained = Self {
            title: sent.title.clone(),
            summary: explanation.summary().to_owned(),
            lines: explanation.lines().iter().map(Line::from).collect(),
            help: explanation.help().map(str::to_owned).collect(),
            is_rejected: decision.rejected_by().is_some() || is_unreadable,
        };
        if let Some(kind) = kind.filter(|_| decision.rejected_by() != Some(Section::Cors)) {
            explained.leave_out_cors(policy, sent, kind);
        }
        explained
    }

    /// Explains the decision of a policy without other sections.
    pub(crate) fn by_cors(policy: &CorsPolicy, sent: &SentRequest) -> Self {
        let explanation = policy.explain(&sent.request);
        let kind = sent.kind_without_cors();
        let is_forbidden = explanation.outcome() == Outcome::Forbidden;
        let is_unreadable = kind.is_none() && explanation.failed_step().is_some();
        let mut explained = Self {
            title: sent.title.clone(),
            summary: explanation.summary().to_owned(),
            lines: explanation.steps().iter().map(Line::from).collect(),
            help: explanation.help().map(str::to_owned).collect(),
            is_rejected: is_forbidden || is_unreadable,
        };
        if let Some(kind) = kind.filter(|_| !is_forbidden) {
            FORWARDED.clone_into(&mut explained.summary);
            explained.lines = vec![Line::outside_of_cors(kind)];
            explained.help.clear();
        }
        explained
    }

    /// Adds the reason why the browser hides the response from the page.
    pub(crate) fn add_blocked(&mut self, reason: impl Into<String>) {
        self.is_rejected = true;
        BLOCKED.clone_into(&mut self.summary);
        self.lines.push(Line { about: "page".to_owned(), mark: Mark::Failed, text: reason.into() });
    }

    /// Adds a line if the browser sent cookies and the policy does not allow credentials.
    ///
    /// <https://fetch.spec.whatwg.org/#concept-cors-check>, steps 4 to 6
    pub(crate) fn check_cookies(&mut self, policy: &CrossOriginPolicy, sent: &SentRequest) {
        let head = (&sent.request).into();
        let cors = policy.cors().map(|cors| cors.decide(&head));
        let Some(cors) = cors.filter(|cors| cors.outcome() == Outcome::Allowed) else { return };
        let mut response = Response::new(());
        cors.apply_to(&mut response);
        let is_allowed = response.headers().contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS);
        let has_cookies = sent.request.headers().contains_key(COOKIE);
        if has_cookies && !is_allowed && sent.kind_without_cors().is_none() && !self.is_rejected {
            self.add_blocked(
                "the request has cookies, and the response has no Access-Control-Allow-Credentials",
            );
            self.help.push(
                "set allow_credentials in the rule, or omit credentials in the page's script"
                    .to_owned(),
            );
        }
    }

    /// Replaces the lines about CORS, which does not apply to this kind of requests.
    fn leave_out_cors(&mut self, policy: &CrossOriginPolicy, sent: &SentRequest, kind: &str) {
        let Some(cors) = policy.cors().map(|cors| cors.explain(&sent.request)) else { return };
        let steps: Vec<Line> = cors.steps().iter().map(Line::from).collect();
        let fixes: Vec<&str> = cors.help().collect();
        self.lines.retain(|line| !steps.contains(line));
        self.help.retain(|fix| !fixes.contains(&&**fix));
        if let Some(line) = self.lines.iter_mut().find(|line| line.about == "cors") {
            *line = Line::outside_of_cors(kind);
        }
        if !self.is_rejected {
            FORWARDED.clone_into(&mut self.summary);
        }
    }
}

impl Line {
    fn outside_of_cors(kind: &str) -> Self {
        let text = format!("does not apply to {kind}");
        Self { about: "cors".to_owned(), mark: Mark::Note, text }
    }
}

impl From<&ExplanationLine> for Line {
    fn from(line: &ExplanationLine) -> Self {
        Self { about: line.about().to_owned(), mark: line.mark(), text: line.text().to_owned() }
    }
}

const FORWARDED: &str = "forwarded to the service";
const BLOCKED: &str = "forwarded, but the browser blocks the response";

#[cfg(test)]
mod tests {
    use http::Request;
    use tower_cross_origin::{
        cors::{CorsConfig, CorsPolicy, Rule},
        cross_origin::{CrossOriginConfig, CrossOriginPolicy},
    };

    use super::{Explained, FORWARDED};
    use crate::{call::Mode, sent_request::SentRequest};

    #[test]
    fn enforced_rejection_is_explained_for_every_mode() {
        let config = |enforce| {
            CorsConfig::from(Rule::for_origins(["https://app.example.com"])).enforce(enforce)
        };
        for (enforce, mode, is_rejected) in [
            (true, Mode::Cors, true),
            (true, Mode::NoCors, true),
            (true, Mode::WebSocket, true),
            (false, Mode::Cors, true),
            (false, Mode::NoCors, false),
            (false, Mode::Navigate, false),
        ] {
            let request = Request::post("/").header("origin", "https://evil.example").body(());
            let url = "https://api.example.com/".parse().unwrap();
            let sent = SentRequest::new(request.unwrap(), &url, mode);
            let cors = CorsPolicy::new(config(enforce)).unwrap();
            let whole = CrossOriginConfig::new().cors(config(enforce));
            let whole = CrossOriginPolicy::new(whole).unwrap();
            for explained in
                [Explained::by_cors(&cors, &sent), Explained::by_all_sections(&whole, &sent)]
            {
                let case = format!("{enforce} {mode:?} {explained:?}");
                assert_eq!(explained.is_rejected, is_rejected, "{case}");
                assert_eq!(explained.summary == FORWARDED, !is_rejected, "{case}");
                let has_origin = explained.lines.iter().any(|line| line.about == "origin");
                assert_eq!(has_origin, is_rejected, "{case}");
            }
        }
    }
}

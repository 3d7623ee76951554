//! The policy as the crate compiles it, and a service behind it that counts.

use std::{
    cell::Cell,
    convert::Infallible,
    future::{Ready, ready},
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response};
use tower_cross_origin::{
    cors::{CorsConfig, CorsPolicy, Rule},
    origin::OriginSet,
};
use tower_service::Service;

use crate::{cases::Rules, second_reading::grants::RuleText};

/// `None` for a policy that has faults.
#[allow(clippy::needless_update, reason = "a setting that is added has its default here")]
pub(crate) fn policy(rules: &Rules) -> Option<CorsPolicy> {
    let written = rules.texts.iter().map(|text| rule(text, rules.as_sets)).collect();
    let status = rules.preflight_status;
    let config = CorsConfig { rules: written, preflight_status: status, ..CorsConfig::default() };
    config.try_into().ok()
}

fn rule(text: &RuleText, as_set: bool) -> Rule {
    let mut rule = if as_set && !text.is_for_any_origin() {
        Rule::for_origin_set(OriginSet::parse(&text.origins).expect("what is read are patterns"))
    } else {
        Rule::for_origins(&text.origins)
    };
    rule = rule
        .allow_methods(&text.methods)
        .allow_request_headers(&text.request_headers)
        .expose_response_headers(&text.expose_headers);
    if let Some(seconds) = text.max_age {
        rule = rule.max_age(Duration::from_secs(seconds));
    }
    if text.null {
        rule = rule.dangerously_allow_null_origin();
    }
    if text.credentials {
        // Dangers are no faults where they are named; what is granted stays the same.
        rule = rule
            .allow_credentials()
            .dangerously_allow_insecure_origins()
            .dangerously_allow_public_suffixes();
    }
    rule
}

/// Answers every request alike, and counts them.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    answer: Response<String>,
    calls: Rc<Cell<usize>>,
}

impl Counted {
    pub(crate) fn answering(answer: Response<String>) -> Self {
        Self { answer, calls: Rc::default() }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.get()
    }
}

impl Service<Request<Vec<u8>>> for Counted {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Vec<u8>>) -> Self::Future {
        self.calls.set(self.calls.get() + 1);
        ready(Ok(self.answer.clone()))
    }
}

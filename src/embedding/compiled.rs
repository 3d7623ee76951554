use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header::ORIGIN};

use super::{Lint, upstream::Known};
use crate::{
    origin::OriginSet, request::fields::single_value, response::VaryNames, response::preshare,
};

/// A configuration as it is asked at every request.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    /// Apart, so that a request that is being answered holds no list of origins.
    pub(super) headers: Arc<Headers>,
    /// Whom `Timing-Allow-Origin` names, where that depends on who asks.
    pub(super) timing: Option<OriginSet>,
    pub(super) lints: Box<[Lint]>,
}

/// What is put into responses: each line is written out.
#[derive(Debug, Default)]
pub(super) struct Headers {
    pub(super) lines: Box<[Line]>,
    /// Whether `Timing-Allow-Origin` depends on who asks.
    pub(super) is_timed: bool,
    pub(super) keeps_upstream: bool,
}

#[derive(Debug)]
pub(super) struct Line {
    name: HeaderName,
    value: HeaderValue,
    known: Known,
}

impl Line {
    /// `None` for what is no line: that was written with a fault.
    pub(super) fn new(name: &str, value: &str, known: Known) -> Option<Self> {
        let value = preshare(HeaderValue::from_str(value).ok()?);
        Some(Self { name: name.parse().ok()?, value, known })
    }
}

impl Compiled {
    /// Who asks, where `Timing-Allow-Origin` is to name that origin.
    pub(super) fn origin_to_name(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origins = self.timing.as_ref()?;
        let origin = single_value(request, ORIGIN)?;
        origins.contains_serialized(origin.as_bytes()).then(|| origin.clone())
    }
}

impl Headers {
    pub(super) fn finish(
        &self,
        headers: &mut HeaderMap,
        origin: Option<&HeaderValue>,
        resource_policy_stays: bool,
    ) {
        for Line { name, value, known } in &self.lines {
            if resource_policy_stays && *known == Known::ResourcePolicy {
                continue;
            }
            if self.keeps_upstream && known.is_taken(headers, name) {
                known.add(headers, name, value);
            } else {
                headers.insert(name, value.clone());
            }
        }
        if !self.is_timed {
            return;
        }
        VaryNames::Origin.apply(headers);
        if self.keeps_upstream && Known::Timing.is_taken(headers, &TIMING) {
            return;
        }
        match origin {
            Some(origin) => headers.insert(TIMING, origin.clone()),
            None => headers.remove(TIMING),
        };
    }
}

const TIMING: HeaderName = HeaderName::from_static("timing-allow-origin");

use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue, header::ORIGIN};

use super::error::Lint;
use crate::{
    fetch::trim_ows,
    origin::OriginSet,
    request::fields::single_value,
    response::{VaryNames, preshare},
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

/// Which header it is: what browsers take of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    ResourcePolicy,
    OpenerPolicy,
    EmbedderPolicy,
    IsolationPolicy,
    AgentCluster,
    Nosniff,
    /// A list, which may have several lines.
    Timing,
    /// A dictionary, which may have several lines.
    Endpoints,
}

impl Known {
    /// Whether browsers take what the service said itself. A second line, a list or a value that no
    /// standard knows would switch the policy off.
    pub(super) fn is_taken(self, headers: &HeaderMap, name: &HeaderName) -> bool {
        let values = match self {
            Self::Timing | Self::Endpoints => return headers.contains_key(name),
            Self::ResourcePolicy => RESOURCE_POLICIES,
            Self::OpenerPolicy => OPENER_POLICIES,
            Self::EmbedderPolicy => EMBEDDER_POLICIES,
            Self::IsolationPolicy => ISOLATION_POLICIES,
            Self::AgentCluster => AGENT_CLUSTERS,
            Self::Nosniff => {
                let value = single_value(headers, name).map(HeaderValue::as_bytes);
                return value.is_some_and(|value| trim_ows(value).eq_ignore_ascii_case(b"nosniff"));
            }
        };
        let Some(value) = single_value(headers, name) else { return false };
        let token = trim_ows(value.as_bytes());
        // Parameters are those of policies that are reported.
        let token = match self {
            Self::OpenerPolicy | Self::EmbedderPolicy | Self::IsolationPolicy => {
                token.split(|&byte| byte == b';').next().unwrap_or(token)
            }
            _ => token,
        };
        values.iter().any(|value| value.as_bytes() == token)
    }

    /// Adds the policy's value to what stays of the service's: endpoints, which its policies may name. Of
    /// two with one name the last one counts, which is the service's.
    /// <https://www.rfc-editor.org/rfc/rfc9651#section-4.2.2>
    pub(super) fn add(self, headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
        if self != Self::Endpoints {
            return;
        }
        let own = headers.get_all(name).iter().map(|line| trim_ows(line.as_bytes()));
        let members: Vec<&[u8]> = [value.as_bytes()].into_iter().chain(own).collect();
        let members: Vec<&[u8]> = members.into_iter().filter(|one| !one.is_empty()).collect();
        // Values joined by commas are a value: this cannot fail.
        if let Ok(joined) = HeaderValue::from_bytes(&members.join(&b", "[..])) {
            headers.insert(name, joined);
        }
    }
}

const RESOURCE_POLICIES: &[&str] = &["same-origin", "same-site", "cross-origin"];

const OPENER_POLICIES: &[&str] =
    &["unsafe-none", "same-origin-allow-popups", "same-origin", "noopener-allow-popups"];

const EMBEDDER_POLICIES: &[&str] = &["unsafe-none", "require-corp", "credentialless"];

const ISOLATION_POLICIES: &[&str] =
    &["none", "isolate-and-require-corp", "isolate-and-credentialless"];

const AGENT_CLUSTERS: &[&str] = &["?1", "?0"];

/// In the extensions of a response whose `Cross-Origin-Resource-Policy` stays as it is, whatever an
/// [`EmbeddingPolicy`](super::EmbeddingPolicy) around it says of others: it is a script or an image for pages of
/// other origins, and nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResourcePolicyStays;

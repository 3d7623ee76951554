//! The CORS headers of responses to preflights and to actual requests.

use std::{borrow::Cow, num::NonZero, sync::Arc, time::Duration};

#[cfg(feature = "tower")]
use http::header::VARY;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    },
};

use super::header_prefixes::{HeaderPrefixes, join_after};
use crate::response::{EarlyResponse, VaryNames, forbid_storing, preshare};

/// The response headers of a policy, created when the policy is compiled.
///
/// Contains no origins. A decision holds these headers until the response is sent; a request must not keep
/// the origins of a replaced policy alive until then.
#[derive(Debug)]
pub(super) struct ResponseHeaders {
    /// In the order of the rules.
    pub(super) rules: Box<[Arc<RuleHeaders>]>,
    /// The request headers on which the response to an actual request depends.
    pub(super) vary: VaryNames,
    /// Keeps CORS headers that the inner service set.
    pub(super) keeps_upstream: bool,
    pub(super) preflight_status: StatusCode,
    /// All headers of a rejected preflight: `Vary` and `Cache-Control`.
    pub(super) rejected_preflight: HeaderMap,
}

/// The response headers of one rule.
#[derive(Debug)]
pub(super) struct RuleHeaders {
    /// All headers of an allowed preflight. A copy of this map is faster than a new map.
    ///
    /// `Access-Control-Allow-Origin` is `*`, or is empty until the origin is known.
    preflight: HeaderMap,
    credentials: bool,
    name: Option<Box<str>>,
    pub(super) expose: ExposedHeaders,
}

/// The response headers that a rule exposes.
#[derive(Debug)]
pub(super) enum ExposedHeaders {
    None,
    /// `Access-Control-Expose-Headers`
    Listed(HeaderValue),
    /// The value depends on the headers of the response.
    WithPrefixes(Box<ExposedPrefixes>),
}

/// Prefixes of the response headers that a rule exposes, such as `x-amz-meta-*`.
#[derive(Debug)]
pub(super) struct ExposedPrefixes {
    /// The listed names as a header value, and one by one.
    pub(super) value: Option<HeaderValue>,
    pub(super) names: Box<[Box<str>]>,
    pub(super) prefixes: HeaderPrefixes,
}

/// The permissions of a rule, as header values.
///
/// `None` means that the header is absent, or that its value echoes the request.
#[derive(Debug)]
pub(super) struct RuleValues {
    pub(super) any_origin: bool,
    pub(super) credentials: bool,
    pub(super) methods: Option<HeaderValue>,
    pub(super) headers: Option<HeaderValue>,
    pub(super) expose: ExposedHeaders,
    pub(super) max_age: Option<Duration>,
}

/// The index of a rule. It needs two bytes, also in an `Option`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RuleIndex(NonZero<u16>);

impl RuleIndex {
    pub(super) const FIRST: Self = Self(NonZero::<u16>::MIN);

    /// Returns `None` above [`RULES`](crate::limits::RULES), which no policy exceeds.
    pub(super) fn new(index: usize) -> Option<Self> {
        u16::try_from(index).ok()?.checked_add(1).and_then(NonZero::new).map(Self)
    }

    pub(super) fn get(self) -> usize {
        usize::from(self.0.get()) - 1
    }
}

/// The rule of a response, and the values of the request that the response echoes.
#[derive(Clone, Copy, Debug)]
pub(super) struct AppliedRule<'a> {
    pub(super) index: RuleIndex,
    /// `None` for `*`.
    pub(super) origin: Option<&'a HeaderValue>,
    pub(super) echoed: Option<&'a Echoed>,
}

/// The validated parts of a preflight that its response echoes.
///
/// They are needed if a rule with credentials allows any method or any header.
#[derive(Clone, Debug, Default)]
pub(super) struct Echoed {
    pub(super) method: Option<HeaderValue>,
    pub(super) headers: Option<HeaderValue>,
}

/// The lists in the response to a rejected preflight of an allowed origin.
#[derive(Clone, Debug)]
pub(super) struct FailingStepValues {
    /// Without the requested method, if it is the failing step.
    pub(super) methods: HeaderValue,
    /// The allowed names among the requested ones.
    pub(super) headers: Option<HeaderValue>,
}

impl RuleHeaders {
    /// Creates the headers of a rule. `preflight_vary` contains the `Vary` of every preflight.
    pub(super) fn new(
        values: RuleValues,
        name: Option<String>,
        preflight_vary: &HeaderMap,
    ) -> Self {
        let RuleValues { any_origin, credentials, methods, headers, expose, max_age } = values;
        let mut preflight = preflight_vary.clone();
        // Browsers reject an empty value, so a missing origin would be safe.
        let origin = HeaderValue::from_static(if any_origin { "*" } else { "" });
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_ORIGIN, Some(origin)),
            (ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials.then_some(TRUE)),
            (ACCESS_CONTROL_ALLOW_METHODS, methods),
            (ACCESS_CONTROL_ALLOW_HEADERS, headers),
            (ACCESS_CONTROL_MAX_AGE, max_age.map(|age| preshare(age.as_secs().into()))),
        ] {
            if let Some(value) = value {
                preflight.insert(name, value);
            }
        }
        Self { preflight, credentials, name: name.map(Into::into), expose }
    }

    /// Returns the value of `Access-Control-Max-Age`.
    pub(super) fn max_age(&self) -> Option<Duration> {
        let value = self.preflight.get(ACCESS_CONTROL_MAX_AGE)?;
        value.to_str().ok()?.parse().ok().map(Duration::from_secs)
    }
}

impl ExposedHeaders {
    /// Returns the listed names as a header value.
    pub(super) fn listed(&self) -> Option<&HeaderValue> {
        match self {
            Self::None => None,
            Self::Listed(value) => Some(value),
            Self::WithPrefixes(exposed) => exposed.value.as_ref(),
        }
    }

    pub(super) fn prefixes(&self) -> Option<&HeaderPrefixes> {
        match self {
            Self::None | Self::Listed(_) => None,
            Self::WithPrefixes(exposed) => Some(&exposed.prefixes),
        }
    }
}

impl ExposedPrefixes {
    /// Adds `Access-Control-Expose-Headers` with the listed names and the names in the response that match.
    ///
    /// A cache that revalidates a response replaces the stored headers that the 304 has (RFC 9111, section
    /// 3.2). A 304 lacks most headers of the stored response, so their names must stay stored.
    #[inline(never)]
    fn apply(&self, status: StatusCode, headers: &mut HeaderMap) {
        if status == StatusCode::NOT_MODIFIED {
            return;
        }
        let is_listed = |name: &str| self.names.iter().any(|one| **one == *name);
        let names = headers.keys().map(HeaderName::as_str);
        let by_prefix = names.filter(|name| self.prefixes.exposes(name) && !is_listed(name));
        let listed = self.value.as_ref().map(HeaderValue::as_bytes);
        let joined = join_after(listed, by_prefix.map(|name| Cow::Borrowed(name.as_bytes())));
        let value = match joined {
            Some(joined) => HeaderValue::from_bytes(&joined).ok(),
            None => self.value.clone(),
        };
        if let Some(value) = value {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, value);
        }
    }
}

impl ResponseHeaders {
    /// Returns the response to a preflight that a rule allows.
    #[inline]
    pub(super) fn allowed_preflight(&self, applied: AppliedRule<'_>) -> EarlyResponse {
        match self.rule(applied.index) {
            Some(rule) => EarlyResponse {
                status: self.preflight_status,
                headers: allowed_preflight_headers(rule, applied),
            },
            None => self.rejected_preflight(),
        }
    }

    /// Returns the response to a rejected preflight of an allowed origin.
    ///
    /// It has the headers up to the failing step, so that the browser fails at this step and reports it. It has no
    /// `Access-Control-Max-Age`.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>
    #[inline(never)]
    pub(super) fn failing_step_preflight(
        &self,
        values: &FailingStepValues,
        applied: AppliedRule<'_>,
    ) -> EarlyResponse {
        let Some(rule) = self.rule(applied.index) else { return self.rejected_preflight() };
        let mut headers = self.rejected_preflight.clone();
        let FailingStepValues { methods, headers: names } = values;
        for (name, value) in [
            (ACCESS_CONTROL_ALLOW_ORIGIN, Some(applied.origin.unwrap_or(&ANY))),
            (ACCESS_CONTROL_ALLOW_CREDENTIALS, rule.credentials.then_some(&TRUE)),
            (ACCESS_CONTROL_ALLOW_METHODS, Some(methods)),
            (ACCESS_CONTROL_ALLOW_HEADERS, names.as_ref()),
        ] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        EarlyResponse { status: self.preflight_status, headers }
    }

    /// Returns the response to a rejected preflight.
    ///
    /// It has no CORS headers, so that it reveals nothing about the policy.
    /// <https://fetch.spec.whatwg.org/#http-responses>: "the 403 status can be used"
    pub(super) fn rejected_preflight(&self) -> EarlyResponse {
        EarlyResponse { status: StatusCode::FORBIDDEN, headers: self.rejected_preflight.clone() }
    }

    /// Returns the response to an actual request that `enforce` rejects.
    #[inline(never)]
    pub(super) fn rejected_request(&self) -> EarlyResponse {
        let mut headers = HeaderMap::new();
        self.vary.apply(&mut headers);
        forbid_storing(&mut headers);
        EarlyResponse { status: StatusCode::FORBIDDEN, headers }
    }

    /// Adds `Vary` and `Cache-Control` of a rejection to a response that the application makes.
    #[cfg(feature = "tower")]
    pub(super) fn complete_rejection(&self, is_preflight: bool, headers: &mut HeaderMap) {
        forbid_storing(headers);
        if !is_preflight {
            return self.vary.apply(headers);
        }
        for names in self.rejected_preflight.get_all(VARY) {
            VaryNames::List(names.clone()).apply(headers);
        }
    }

    /// Adds the CORS headers to the inner service's response.
    ///
    /// Removes the CORS headers that the service set, unless the policy keeps them.
    pub(super) fn apply<B>(
        &self,
        response: &mut Response<B>,
        applied: Option<AppliedRule<'_>>,
        vary: &VaryNames,
    ) {
        let headers = response.headers_mut();
        // A single iteration is faster than the lookup of six headers that are rarely present.
        let mut names = headers.keys().map(HeaderName::as_str);
        let has_cors = names.any(|name| name.starts_with("access-control-"));
        let is_kept =
            has_cors && self.keeps_upstream && headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
        if has_cors && !is_kept {
            for name in CORS_RESPONSE_HEADERS {
                headers.remove(name);
            }
        }
        vary.apply(headers);
        let Some(applied) = applied.filter(|_| !is_kept) else { return };
        let Some(rule) = self.rule(applied.index) else { return };
        let origin = applied.origin.cloned().unwrap_or(ANY);
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if rule.credentials {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, TRUE);
        }
        match &rule.expose {
            ExposedHeaders::None => {}
            ExposedHeaders::Listed(names) => {
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
            }
            ExposedHeaders::WithPrefixes(exposed) => {
                exposed.apply(response.status(), response.headers_mut());
            }
        }
    }

    /// Returns the prefixes of the response headers that the rule exposes.
    pub(super) fn exposed_prefixes(&self, rule: RuleIndex) -> Vec<String> {
        let prefixes = self.rule(rule).and_then(|rule| rule.expose.prefixes());
        prefixes.into_iter().flat_map(HeaderPrefixes::texts).collect()
    }

    /// Returns the name of the rule at this index, if it has one.
    pub(super) fn rule_name(&self, index: usize) -> Option<&str> {
        self.rules.get(index)?.name.as_deref()
    }

    fn rule(&self, index: RuleIndex) -> Option<&RuleHeaders> {
        self.rules.get(index.get()).map(|rule| &**rule)
    }
}

#[inline]
fn allowed_preflight_headers(rule: &RuleHeaders, applied: AppliedRule<'_>) -> HeaderMap {
    let mut headers: HeaderMap = rule.preflight.clone();
    // Not `insert`, which reserves capacity first, even for a name that is present.
    let place = headers.get_mut(ACCESS_CONTROL_ALLOW_ORIGIN);
    if let (Some(origin), Some(place)) = (applied.origin, place) {
        *place = origin.clone();
    }
    if let Some(Echoed { method, headers: names }) = applied.echoed {
        if let Some(method) = method {
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
        }
        if let Some(names) = names {
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
        }
    }
    headers
}

/// All CORS response headers. They are removed together, so that headers of two policies never mix.
/// <https://fetch.spec.whatwg.org/#http-responses>
pub(super) const CORS_RESPONSE_HEADERS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_EXPOSE_HEADERS,
];

const ANY: HeaderValue = HeaderValue::from_static("*");

const TRUE: HeaderValue = HeaderValue::from_static("true");

//! The methods and request headers of a rule, and the checks of preflights.

use std::borrow::Cow;

use http::{HeaderValue, Method};

use super::{
    header_prefixes::{HeaderPrefixes, cmp_lower_case, join_after},
    outcome::Step,
    request::{RequestHeaders, RequestMethod},
    response::{Echoed, FailingStepValues},
    rule::ANY,
};
use crate::{
    fetch::{is_cors_non_wildcard_request_header_name, is_cors_safelisted_method, is_token},
    limits::{
        REQUEST_HEADERS_BYTES, REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES,
        REQUEST_HEADERS_NAMES, REQUEST_METHOD_BYTES,
    },
    request::fields::list_members,
};

/// The methods and request headers that a rule allows.
#[derive(Clone, Debug)]
pub(super) struct PreflightRules {
    pub(super) methods: AllowedMethods,
    pub(super) headers: AllowedHeaders,
}

impl PreflightRules {
    /// Returns the values that the response echoes, or the step that fails.
    ///
    /// The steps have the order of <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
    pub(super) fn evaluate(
        &self,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
    ) -> Result<Option<Echoed>, Step> {
        let method = self.methods.evaluate(method)?;
        let headers = self.headers.evaluate(headers)?;
        let is_any_echoed = method.is_some() || headers.is_some();
        Ok(is_any_echoed.then(|| Echoed { method, headers }))
    }

    /// Returns the values of the response that makes the browser fail at this step.
    ///
    /// They contain the names that the request may use, and never the name that failed or `*`. Returns `None` if
    /// no browser sends the request: a name is not a token, or a header exceeds one of the
    /// [`limits`](crate::limits).
    #[inline(never)]
    pub(super) fn failing_step_values(
        &self,
        step: Step,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
    ) -> Option<FailingStepValues> {
        let method = method.value().filter(|method| is_token(method.as_bytes()))?;
        let names = requested_names(headers)?;
        let methods = match step {
            Step::RequestHeaders => self.methods.value_with(method),
            Step::Origin | Step::Method => self.methods.value_without(method),
        };
        let headers = match step {
            Step::RequestHeaders => self.headers.value_among(&names),
            Step::Origin | Step::Method => None,
        };
        // A missing list would allow the method of an upload:
        // https://fetch.spec.whatwg.org/#cors-preflight-fetch, step 7.4.
        let methods = methods.unwrap_or(HeaderValue::from_static("GET"));
        Some(FailingStepValues { methods, headers })
    }
}

#[derive(Clone, Debug)]
pub(super) enum AllowedMethods {
    Listed(Box<[Method]>),
    /// All methods, without credentials: the response contains `*`.
    Any,
    /// All methods, with credentials: the response echoes the method.
    ///
    /// With credentials, browsers treat `*` as the name of a method.
    AnyEchoed,
}

impl AllowedMethods {
    /// Returns the value that the response echoes, if any.
    pub(super) fn evaluate(&self, method: RequestMethod<'_>) -> Result<Option<HeaderValue>, Step> {
        let value = method.value().ok_or(Step::Method)?;
        match self {
            _ if !self.contains(value.as_bytes()) => Err(Step::Method),
            Self::AnyEchoed => Ok(Some(value.clone())),
            Self::Listed(_) | Self::Any => Ok(None),
        }
    }

    pub(super) fn contains(&self, method: &[u8]) -> bool {
        // Methods are case-sensitive: https://github.com/whatwg/fetch/issues/50
        match self {
            Self::Listed(methods) => {
                is_cors_safelisted_method(method)
                    || methods.iter().any(|one| one.as_str().as_bytes() == method)
            }
            Self::Any | Self::AnyEchoed => method.len() <= REQUEST_METHOD_BYTES && is_token(method),
        }
    }

    /// Returns the listed methods, or else the requested method, which is allowed.
    fn value_with(&self, requested: &HeaderValue) -> Option<HeaderValue> {
        match self {
            Self::Listed(methods) => joined(methods.iter().map(|one| one.as_str().as_bytes())),
            Self::Any | Self::AnyEchoed => (requested != ANY).then(|| requested.clone()),
        }
    }

    /// Returns the listed methods without the requested method, which is not allowed.
    ///
    /// Ignores case: Chromium up to version 108 compares methods in upper case.
    fn value_without(&self, requested: &HeaderValue) -> Option<HeaderValue> {
        let methods = match self {
            Self::Listed(methods) => &**methods,
            Self::Any | Self::AnyEchoed => &[],
        };
        let methods = methods.iter().map(|one| one.as_str().as_bytes());
        joined(methods.filter(|one| !one.eq_ignore_ascii_case(requested.as_bytes())))
    }
}

#[derive(Clone, Debug)]
pub(super) enum AllowedHeaders {
    /// Sorted for a binary search.
    Listed(Box<[Box<str>]>),
    /// A list that also has prefixes, such as `x-amz-*`.
    ///
    /// The response contains the listed names and the requested names that match a prefix.
    WithPrefixes(Box<ListWithPrefixes>),
    /// All headers, without credentials: the response contains `*`.
    Any { authorization: bool },
    /// All headers, with credentials: the response echoes the names.
    ///
    /// With credentials, browsers treat `*` as the name of a header.
    AnyEchoed { authorization: bool },
}

impl AllowedHeaders {
    /// Returns the value that the response echoes, if any.
    pub(super) fn evaluate(
        &self,
        headers: RequestHeaders<'_>,
    ) -> Result<Option<HeaderValue>, Step> {
        let names = self.count_allowed(headers).ok_or(Step::RequestHeaders)?;
        match self {
            Self::AnyEchoed { .. } if names > 0 => Ok(joined_names(headers)),
            Self::WithPrefixes(list) if names > 0 => Ok(list.joined_with(headers)),
            _ => Ok(None),
        }
    }

    /// Returns the number of names.
    ///
    /// Returns `None` if a name is not allowed, or if the header exceeds one of the
    /// [`limits`](crate::limits).
    fn count_allowed(&self, headers: RequestHeaders<'_>) -> Option<usize> {
        let mut budget = Budget::default();
        let listed = self.listed();
        let mut place = 0;
        for line in headers.lines() {
            budget.line(line)?;
            let mut list = line.as_bytes();
            loop {
                let next = [place, place + 1].into_iter();
                let mut next =
                    next.filter_map(|at| Some((at, strip_member(list, listed.get(at))?)));
                let after = if let Some((at, after)) = next.next() {
                    budget.element(list)?;
                    place = at;
                    after
                } else {
                    let (name, after) = split_member(list);
                    if budget.element(name)? && !self.contains_at(name, &mut place) {
                        return None;
                    }
                    after
                };
                match after {
                    [_comma, rest @ ..] => list = rest,
                    [] => break,
                }
            }
        }
        Some(budget.names)
    }

    /// Returns the requested names that are allowed, without `*`.
    fn value_among(&self, names: &[&[u8]]) -> Option<HeaderValue> {
        let is_written = |name: &&[u8]| *name != ANY.as_bytes() && self.contains(name);
        joined(names.iter().copied().filter(is_written))
    }

    /// Returns the listed names.
    fn listed(&self) -> &[Box<str>] {
        match self {
            Self::Listed(sorted) => sorted,
            Self::WithPrefixes(list) => &list.names,
            Self::Any { .. } | Self::AnyEchoed { .. } => &[],
        }
    }

    pub(super) fn contains(&self, name: &[u8]) -> bool {
        self.contains_at(name, &mut 0)
    }

    /// Returns whether the name is allowed, and sets `place` to its place in the list.
    fn contains_at(&self, name: &[u8], place: &mut usize) -> bool {
        match self {
            Self::Listed(sorted) => contains_name(sorted, name, place),
            Self::WithPrefixes(list) => {
                contains_name(&list.names, name, place) || list.prefixes.find(name).is_some()
            }
            Self::Any { authorization } | Self::AnyEchoed { authorization } => {
                is_token(name)
                    && (*authorization || !is_cors_non_wildcard_request_header_name(name))
            }
        }
    }
}

/// The listed request headers of a rule with prefixes.
#[derive(Clone, Debug)]
pub(super) struct ListWithPrefixes {
    /// Sorted for a binary search.
    pub(super) names: Box<[Box<str>]>,
    pub(super) prefixes: HeaderPrefixes,
    /// The listed names as a header value.
    pub(super) value: Option<HeaderValue>,
}

impl ListWithPrefixes {
    /// Returns whether the rule lists the name itself.
    pub(super) fn lists(&self, name: &[u8]) -> bool {
        contains_name(&self.names, name, &mut 0)
    }

    /// Returns the listed names and the requested names that match a prefix, each once.
    ///
    /// Returns `None` if all requested names are listed. All names were allowed before, so each is a token.
    #[inline(never)]
    fn joined_with(&self, headers: RequestHeaders<'_>) -> Option<HeaderValue> {
        let names = headers.lines().flat_map(list_members);
        let by_prefix = names.filter(|name| !name.is_empty() && !self.lists(name));
        let lower = by_prefix.map(|name| Cow::Owned(name.to_ascii_lowercase()));
        let joined = join_after(self.value.as_ref().map(HeaderValue::as_bytes), lower)?;
        HeaderValue::from_bytes(&joined).ok()
    }
}

/// Counters for the parts of a header that were read, for comparison with the [`limits`](crate::limits).
#[derive(Default)]
pub(super) struct Budget {
    pub(super) bytes: usize,
    pub(super) lines: usize,
    pub(super) names: usize,
    pub(super) empty_elements: usize,
}

impl Budget {
    /// Counts a field line. Returns `None` if the header exceeds a limit.
    pub(super) fn line(&mut self, line: &HeaderValue) -> Option<()> {
        self.lines += 1;
        self.bytes = self.bytes.saturating_add(line.len());
        (self.lines <= REQUEST_HEADERS_LINES && self.bytes <= REQUEST_HEADERS_BYTES).then_some(())
    }

    /// Counts a list element, and returns whether it is a name.
    ///
    /// Returns `None` if the header exceeds a limit.
    pub(super) fn element(&mut self, element: &[u8]) -> Option<bool> {
        if element.is_empty() {
            self.empty_elements += 1;
            (self.empty_elements <= REQUEST_HEADERS_EMPTY_ELEMENTS).then_some(false)
        } else {
            self.names += 1;
            (self.names <= REQUEST_HEADERS_NAMES).then_some(true)
        }
    }
}

/// Returns the requested names as browsers send them: on one field line, without white space.
///
/// All names were allowed before, so each is a token.
fn joined_names(headers: RequestHeaders<'_>) -> Option<HeaderValue> {
    let mut lines = headers.lines();
    if let (Some(line), None) = (lines.next(), lines.next()) {
        let is_plain =
            |name: &[u8]| !name.is_empty() && !name.contains(&b' ') && !name.contains(&b'\t');
        if line.as_bytes().split(|&byte| byte == b',').all(is_plain) {
            return Some(line.clone());
        }
    }
    joined(headers.lines().flat_map(list_members).filter(|name| !name.is_empty()))
}

/// Returns the requested names.
///
/// Returns `None` if a name is not a token, or if the header exceeds one of the [`limits`](crate::limits).
fn requested_names(headers: RequestHeaders<'_>) -> Option<Vec<&[u8]>> {
    let mut budget = Budget::default();
    for line in headers.lines() {
        budget.line(line)?;
        for name in list_members(line) {
            if budget.element(name)? && !is_token(name) {
                return None;
            }
        }
    }
    // Only a header within the limits causes an allocation.
    Some(headers.lines().flat_map(list_members).filter(|name| !name.is_empty()).collect())
}

/// Joins names with commas. Returns `None` without names.
fn joined<'a>(names: impl Iterator<Item = &'a [u8]>) -> Option<HeaderValue> {
    let names: Vec<&[u8]> = names.collect();
    let value = (!names.is_empty()).then(|| names.join(&b","[..]))?;
    HeaderValue::from_bytes(&value).ok()
}

/// Returns the list from its first comma, if its first member is `name`.
///
/// Browsers send sorted names in this form. A long list then needs neither a split nor a search for each name.
/// <https://fetch.spec.whatwg.org/#cors-unsafe-request-header-names>
#[inline]
fn strip_member(list: &[u8], name: Option<impl AsRef<str>>) -> Option<&[u8]> {
    let rest = list.strip_prefix(name?.as_ref().as_bytes())?;
    matches!(rest, [] | [b',', ..]).then_some(rest)
}

/// Splits a list at its first comma. The member has no white space around it.
fn split_member(list: &[u8]) -> (&[u8], &[u8]) {
    let end = list.iter().position(|&byte| byte == b',').unwrap_or(list.len());
    let (member, rest) = list.split_at(end);
    (member.trim_ascii(), rest)
}

/// Returns whether `sorted` contains the name, ignoring case. Sets `place` to the place of the name.
///
/// Browsers send names in lower case. Other names need a second, slower search.
fn contains_name(sorted: &[Box<str>], name: &[u8], place: &mut usize) -> bool {
    let found = sorted.binary_search_by(|one| one.as_bytes().cmp(name)).or_else(|end| {
        if name.iter().any(u8::is_ascii_uppercase) {
            sorted.binary_search_by(|one| cmp_lower_case(one.as_bytes(), name))
        } else {
            Err(end)
        }
    });
    found.inspect(|found| *place = *found).is_ok()
}

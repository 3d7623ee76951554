use http::{HeaderName, HeaderValue, Method};

use super::{RequestHeaders, RequestMethod, Step};
use crate::{
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_method, is_token, trim_ows,
    },
    limits::{
        REQUEST_HEADERS_BYTES, REQUEST_HEADERS_EMPTY_ELEMENTS, REQUEST_HEADERS_LINES,
        REQUEST_HEADERS_NAMES, REQUEST_METHOD_BYTES,
    },
};

/// What a rule lets pages send, and how it answers.
#[derive(Debug)]
pub(super) struct PreflightGrant {
    pub(super) methods: MethodGrant,
    pub(super) headers: HeaderGrant,
    /// `Access-Control-Max-Age`
    pub(super) max_age: Option<HeaderValue>,
}

impl PreflightGrant {
    /// What of the request has to be repeated in the answer, or the step that fails, in the order of
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
    pub(super) fn answer(
        &self,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
    ) -> Result<Echo, Step> {
        let method = self.methods.answer(method).ok_or(Step::Method)?;
        let headers = self.headers.answer(headers).ok_or(Step::RequestHeaders)?;
        Ok(Echo { method, headers })
    }
}

/// The validated parts of a request that its answer repeats: those of "any" with credentials.
#[derive(Clone, Debug, Default)]
pub(super) struct Echo {
    pub(super) method: Option<HeaderValue>,
    pub(super) headers: Option<HeaderValue>,
}

#[derive(Debug)]
pub(super) enum MethodGrant {
    Listed {
        methods: Box<[Method]>,
        /// `Access-Control-Allow-Methods`
        answer: Option<HeaderValue>,
    },
    /// Without credentials, `*` says it.
    Any { answer: HeaderValue },
    /// With credentials, `*` would be the name of a method.
    AnyRepeated,
}

impl MethodGrant {
    pub(super) fn static_answer(&self) -> Option<&HeaderValue> {
        match self {
            Self::Listed { answer, .. } => answer.as_ref(),
            Self::Any { answer } => Some(answer),
            Self::AnyRepeated => None,
        }
    }

    /// What to repeat, or `None` for a refusal.
    #[allow(clippy::option_option)]
    fn answer(&self, method: RequestMethod<'_>) -> Option<Option<HeaderValue>> {
        let value = method.value()?;
        let method = value.as_bytes();
        // Methods are compared with case: https://github.com/whatwg/fetch/issues/50
        let is_granted = match self {
            Self::Listed { methods, .. } => {
                is_cors_safelisted_method(method)
                    || methods.iter().any(|one| one.as_str().as_bytes() == method)
            }
            Self::Any { .. } | Self::AnyRepeated => {
                method.len() <= REQUEST_METHOD_BYTES && is_token(method)
            }
        };
        is_granted.then(|| matches!(self, Self::AnyRepeated).then(|| value.clone()))
    }
}

#[derive(Debug)]
pub(super) enum HeaderGrant {
    Listed {
        /// Sorted, so that one name costs a binary search however many are asked for.
        sorted: Box<[HeaderName]>,
        /// `Access-Control-Allow-Headers`
        answer: Option<HeaderValue>,
    },
    /// Without credentials, `*` says it.
    Any { authorization: bool, answer: HeaderValue },
    /// With credentials, `*` would be the name of a header.
    AnyRepeated { authorization: bool },
}

impl HeaderGrant {
    pub(super) fn static_answer(&self) -> Option<&HeaderValue> {
        match self {
            Self::Listed { answer, .. } => answer.as_ref(),
            Self::Any { answer, .. } => Some(answer),
            Self::AnyRepeated { .. } => None,
        }
    }

    /// What to repeat, or `None` for a refusal.
    #[allow(clippy::option_option)]
    fn answer(&self, headers: RequestHeaders<'_>) -> Option<Option<HeaderValue>> {
        let mut budget = Budget::default();
        for line in headers.lines() {
            budget.line(line)?;
            for name in elements(line) {
                if budget.element(name)? && !self.grants(name) {
                    return None;
                }
            }
        }
        match self {
            Self::AnyRepeated { .. } if budget.names > 0 => repeated(headers).map(Some),
            _ => Some(None),
        }
    }

    fn grants(&self, name: &[u8]) -> bool {
        match self {
            Self::Listed { sorted, .. } => {
                sorted.binary_search_by(|one| cmp_lower_case(one.as_ref(), name)).is_ok()
            }
            Self::Any { authorization, .. } | Self::AnyRepeated { authorization } => {
                is_token(name)
                    && (*authorization || !is_cors_non_wildcard_request_header_name(name))
            }
        }
    }
}

/// Counts what is read, and ends the reading where [`limits`](crate::limits) says so.
#[derive(Default)]
struct Budget {
    bytes: usize,
    lines: usize,
    names: usize,
    empty_elements: usize,
}

impl Budget {
    fn line(&mut self, line: &HeaderValue) -> Option<()> {
        self.lines += 1;
        self.bytes = self.bytes.saturating_add(line.len());
        (self.lines <= REQUEST_HEADERS_LINES && self.bytes <= REQUEST_HEADERS_BYTES).then_some(())
    }

    /// Whether the element is a name; `None` past the budget.
    fn element(&mut self, element: &[u8]) -> Option<bool> {
        if element.is_empty() {
            self.empty_elements += 1;
            (self.empty_elements <= REQUEST_HEADERS_EMPTY_ELEMENTS).then_some(false)
        } else {
            self.names += 1;
            (self.names <= REQUEST_HEADERS_NAMES).then_some(true)
        }
    }
}

/// `1#field-name`, with the empty elements and the white space that a recipient has to take.
/// RFC 9110, section 5.6.1.2
fn elements(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    line.as_bytes().split(|&byte| byte == b',').map(trim_ows)
}

/// The request's names in the form that browsers send: on one line, without white space. Called with
/// names that are granted, so that each is a token.
fn repeated(headers: RequestHeaders<'_>) -> Option<HeaderValue> {
    let mut lines = headers.lines();
    if let (Some(line), None) = (lines.next(), lines.next()) {
        let is_plain =
            |name: &[u8]| !name.is_empty() && !name.contains(&b' ') && !name.contains(&b'\t');
        if line.as_bytes().split(|&byte| byte == b',').all(is_plain) {
            return Some(line.clone());
        }
    }
    let names: Vec<&[u8]> =
        headers.lines().flat_map(elements).filter(|name| !name.is_empty()).collect();
    HeaderValue::from_bytes(&names.join(&b","[..])).ok()
}

/// Compares a lower-case name with one of any case.
fn cmp_lower_case(lower: &[u8], name: &[u8]) -> std::cmp::Ordering {
    lower.iter().copied().cmp(name.iter().map(u8::to_ascii_lowercase))
}

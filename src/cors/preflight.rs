use std::cmp::Ordering;

use http::{HeaderValue, Method};

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

/// What a rule lets pages send.
#[derive(Clone, Debug)]
pub(super) struct PreflightGrant {
    pub(super) methods: MethodGrant,
    pub(super) headers: HeaderGrant,
}

impl PreflightGrant {
    /// What of the request has to be repeated in the answer, or the step that fails, in the order of
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>.
    pub(super) fn judge(
        &self,
        method: RequestMethod<'_>,
        headers: RequestHeaders<'_>,
    ) -> Result<Option<Box<Repeated>>, Step> {
        let method = self.methods.judge(method)?;
        let headers = self.headers.judge(headers)?;
        let is_any_repeated = method.is_some() || headers.is_some();
        Ok(is_any_repeated.then(|| Box::new(Repeated { method, headers })))
    }
}

/// The validated parts of a request that its answer repeats: those of "any" with credentials.
#[derive(Clone, Debug)]
pub(super) struct Repeated {
    pub(super) method: Option<HeaderValue>,
    pub(super) headers: Option<HeaderValue>,
}

#[derive(Clone, Debug)]
pub(super) enum MethodGrant {
    Listed(Box<[Method]>),
    /// Without credentials, `*` says it.
    Any,
    /// With credentials, `*` would be the name of a method.
    AnyRepeated,
}

impl MethodGrant {
    /// What to repeat.
    pub(super) fn judge(&self, method: RequestMethod<'_>) -> Result<Option<HeaderValue>, Step> {
        let value = method.value().ok_or(Step::Method)?;
        match self {
            _ if !self.grants(value.as_bytes()) => Err(Step::Method),
            Self::AnyRepeated => Ok(Some(value.clone())),
            Self::Listed(_) | Self::Any => Ok(None),
        }
    }

    pub(super) fn grants(&self, method: &[u8]) -> bool {
        // Methods are compared with case: https://github.com/whatwg/fetch/issues/50
        match self {
            Self::Listed(methods) => {
                is_cors_safelisted_method(method)
                    || methods.iter().any(|one| one.as_str().as_bytes() == method)
            }
            Self::Any | Self::AnyRepeated => {
                method.len() <= REQUEST_METHOD_BYTES && is_token(method)
            }
        }
    }
}

#[derive(Clone, Debug)]
pub(super) enum HeaderGrant {
    /// Sorted, so that one name costs a binary search however many are listed.
    Listed(Box<[Box<str>]>),
    /// Without credentials, `*` says it.
    Any { authorization: bool },
    /// With credentials, `*` would be the name of a header.
    AnyRepeated { authorization: bool },
}

impl HeaderGrant {
    /// What to repeat.
    pub(super) fn judge(&self, headers: RequestHeaders<'_>) -> Result<Option<HeaderValue>, Step> {
        let names = self.count_granted(headers).ok_or(Step::RequestHeaders)?;
        match self {
            Self::AnyRepeated { .. } if names > 0 => Ok(repeated(headers)),
            _ => Ok(None),
        }
    }

    /// The number of names; `None` if one of them is not granted, or past the budget.
    fn count_granted(&self, headers: RequestHeaders<'_>) -> Option<usize> {
        let mut budget = Budget::default();
        for line in headers.lines() {
            budget.line(line)?;
            for name in elements(line) {
                if budget.element(name)? && !self.grants(name) {
                    return None;
                }
            }
        }
        Some(budget.names)
    }

    pub(super) fn grants(&self, name: &[u8]) -> bool {
        match self {
            Self::Listed(sorted) => contains(sorted, name),
            Self::Any { authorization } | Self::AnyRepeated { authorization } => {
                is_token(name)
                    && (*authorization || !is_cors_non_wildcard_request_header_name(name))
            }
        }
    }
}

/// Counts what is read, and ends the reading where [`limits`](crate::limits) says so.
#[derive(Default)]
pub(super) struct Budget {
    pub(super) bytes: usize,
    pub(super) lines: usize,
    pub(super) names: usize,
    pub(super) empty_elements: usize,
}

impl Budget {
    pub(super) fn line(&mut self, line: &HeaderValue) -> Option<()> {
        self.lines += 1;
        self.bytes = self.bytes.saturating_add(line.len());
        (self.lines <= REQUEST_HEADERS_LINES && self.bytes <= REQUEST_HEADERS_BYTES).then_some(())
    }

    /// Whether the element is a name; `None` past the budget.
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

/// `1#field-name`, with the empty elements and the white space that a recipient has to take.
/// RFC 9110, section 5.6.1.2
pub(super) fn elements(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
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

/// Browsers send lower case; other names are compared byte for byte only where that fails.
fn contains(sorted: &[Box<str>], name: &[u8]) -> bool {
    sorted.binary_search_by(|one| one.as_bytes().cmp(name)).is_ok()
        || (name.iter().any(u8::is_ascii_uppercase)
            && sorted.binary_search_by(|one| cmp_lower_case(one.as_bytes(), name)).is_ok())
}

fn cmp_lower_case(lower: &[u8], name: &[u8]) -> Ordering {
    lower.iter().copied().cmp(name.iter().map(u8::to_ascii_lowercase))
}

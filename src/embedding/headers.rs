//! The headers that a policy adds to responses.

use http::{HeaderMap, HeaderName, HeaderValue, Response};

use super::{
    frame_ancestors,
    storage_access::ACTIVATE_STORAGE_ACCESS,
    values::{
        CrossOriginEmbedderPolicy, CrossOriginOpenerPolicy, CrossOriginResourcePolicy,
        DocumentIsolationPolicy, OriginAgentCluster,
    },
};
use crate::{
    fetch::trim_ows,
    request::fields::single_value,
    response::{KeepResourcePolicy, VaryNames, preshare},
};

/// Headers to add to responses, in serialized form.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    pub(super) field_lines: Box<[FieldLine]>,
    pub(super) vary: VaryNames,
    /// Whether `Timing-Allow-Origin` depends on the request origin.
    pub(super) names_request_origin: bool,
    /// Whether `Activate-Storage-Access` depends on the request.
    pub(super) activates_storage_access: bool,
    pub(super) keeps_upstream: bool,
}

/// The values of headers that depend on the request.
///
/// `None` if the response has no such header.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestValues<'a> {
    /// `Timing-Allow-Origin`
    pub(crate) timing: Option<&'a HeaderValue>,
    /// `Activate-Storage-Access`
    pub(crate) storage_access: Option<&'a HeaderValue>,
}

#[derive(Debug)]
pub(super) struct FieldLine {
    name: HeaderName,
    value: HeaderValue,
    kind: HeaderKind,
}

impl FieldLine {
    /// Returns `None` if a configuration fault made the name or the value invalid.
    pub(super) fn new(name: &str, value: &str, kind: HeaderKind) -> Option<Self> {
        let name: HeaderName = name.parse().ok()?;
        // Like the value, a new name allocates a reference count at its first clone.
        drop(name.clone());
        let value = preshare(HeaderValue::from_str(value).ok()?);
        Some(Self { name, value, kind })
    }
}

impl Headers {
    /// Returns the request headers on which the response depends.
    pub(super) fn vary(&self) -> &VaryNames {
        &self.vary
    }

    /// Adds the headers to a response, without `Vary`.
    pub(crate) fn apply_to<B>(&self, response: &mut Response<B>, values: RequestValues<'_>) {
        let keeps = response.extensions().get::<KeepResourcePolicy>().is_some();
        self.apply(response.headers_mut(), values, keeps);
    }

    /// Returns the field lines that a response without headers gets, as `name: value`.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn lines(&self, values: RequestValues<'_>) -> Vec<String> {
        let mut headers = HeaderMap::new();
        self.apply(&mut headers, values, false);
        let lines = headers.iter();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        lines.map(|(name, value)| format!("{name}: {}", text(value))).collect()
    }

    pub(super) fn apply(
        &self,
        headers: &mut HeaderMap,
        values: RequestValues<'_>,
        keeps_resource_policy: bool,
    ) {
        for FieldLine { name, value, kind } in &self.field_lines {
            if keeps_resource_policy && *kind == HeaderKind::ResourcePolicy {
                continue;
            }
            if *kind == HeaderKind::FrameAncestors {
                frame_ancestors::append(headers, value);
            } else if self.keeps_upstream && kind.is_valid_upstream_value(headers, name) {
                kind.add(headers, name, value);
            } else {
                headers.insert(name, value.clone());
            }
        }
        if self.names_request_origin {
            self.set(headers, TIMING, values.timing);
        }
        if self.activates_storage_access {
            self.set(headers, ACTIVATE_STORAGE_ACCESS, values.storage_access);
        }
    }

    /// Sets or removes a header, unless the value of the inner service stays.
    fn set(&self, headers: &mut HeaderMap, name: HeaderName, value: Option<&HeaderValue>) {
        if self.keeps_upstream && headers.contains_key(&name) {
            return;
        }
        match value {
            Some(value) => headers.insert(name, value.clone()),
            None => headers.remove(name),
        };
    }
}

const TIMING: HeaderName = HeaderName::from_static("timing-allow-origin");

/// The kind of a header, which determines the values that browsers accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderKind {
    ResourcePolicy,
    OpenerPolicy,
    EmbedderPolicy,
    IsolationPolicy,
    AgentCluster,
    Nosniff,
    /// A policy next to the policies of the inner service.
    FrameAncestors,
    /// A dictionary, possibly in several field lines.
    IntegrityPolicy,
    /// A list, possibly in several field lines.
    Timing,
    /// A dictionary, possibly in several field lines.
    Endpoints,
}

impl HeaderKind {
    /// Returns whether browsers accept the value that the inner service set.
    ///
    /// A second field line, a list, or an unknown value would switch the policy off.
    fn is_valid_upstream_value(self, headers: &HeaderMap, name: &HeaderName) -> bool {
        let is_valid: fn(&[u8]) -> bool = match self {
            Self::Timing | Self::Endpoints | Self::IntegrityPolicy => {
                return headers.contains_key(name);
            }
            // Never replaces a value.
            Self::FrameAncestors => return true,
            Self::ResourcePolicy => |value| CrossOriginResourcePolicy::from_token(value).is_some(),
            Self::OpenerPolicy => {
                |value| CrossOriginOpenerPolicy::from_token(token(value)).is_some()
            }
            Self::EmbedderPolicy => {
                |value| CrossOriginEmbedderPolicy::from_token(token(value)).is_some()
            }
            Self::IsolationPolicy => {
                |value| DocumentIsolationPolicy::from_token(token(value)).is_some()
            }
            Self::AgentCluster => |value| OriginAgentCluster::from_token(value).is_some(),
            Self::Nosniff => |value| value.eq_ignore_ascii_case(b"nosniff"),
        };
        single_value(headers, name).is_some_and(|value| is_valid(trim_ows(value.as_bytes())))
    }

    /// Adds the policy's value to the kept value of the inner service.
    ///
    /// Only endpoints can be combined: the policies of the inner service may refer to its own endpoints. If
    /// two endpoints have the same name, browsers use the last one, so the inner service's endpoint wins.
    /// <https://www.rfc-editor.org/rfc/rfc9651#section-4.2.2>
    fn add(self, headers: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
        if self != Self::Endpoints {
            return;
        }
        let upstream = headers.get_all(name).iter().map(|line| trim_ows(line.as_bytes()));
        let members: Vec<&[u8]> = [value.as_bytes()].into_iter().chain(upstream).collect();
        let members: Vec<&[u8]> = members.into_iter().filter(|member| !member.is_empty()).collect();
        // This cannot fail: valid values joined by commas are a valid value.
        if let Ok(joined) = HeaderValue::from_bytes(&members.join(&b", "[..])) {
            headers.insert(name, joined);
        }
    }
}

/// Returns the item without its parameters, such as `report-to`.
fn token(item: &[u8]) -> &[u8] {
    item.split(|&byte| byte == b';').next().unwrap_or(item)
}

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{fetch::trim_ows, request::fields::single_value};

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

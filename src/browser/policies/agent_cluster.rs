use http::{HeaderMap, HeaderName};

use super::structured::boolean;

/// Whether `Origin-Agent-Cluster` asks that the origin has a cluster of its own: `?1` alone does.
///
/// Whether it gets one, the first document of the origin in a browsing context group decides for the later
/// ones. <https://html.spec.whatwg.org/#origin-keyed-agent-clusters>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::requests_origin_keyed_agent_cluster;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("origin-agent-cluster", HeaderValue::from_static("?1"));
/// assert!(requests_origin_keyed_agent_cluster(&headers));
///
/// headers.insert("origin-agent-cluster", HeaderValue::from_static("true"));
/// assert!(!requests_origin_keyed_agent_cluster(&headers));
/// ```
pub fn requests_origin_keyed_agent_cluster(headers: &HeaderMap) -> bool {
    boolean(headers, &HeaderName::from_static("origin-agent-cluster")) == Some(true)
}

//! Comparison of origins and sites, as browsers implement it.

use std::net::IpAddr;

use url::{Host, Url};

use crate::origin::registrable_domain;

/// The origin of a page. <https://html.spec.whatwg.org/#concept-origin>
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PageOrigin {
    /// A tuple origin in its serialized form, which is used for comparison.
    Tuple(String),
    /// An opaque origin, which differs from every origin, including other opaque origins.
    Opaque,
}

impl PageOrigin {
    /// Returns the origin of a page at this address.
    ///
    /// The URL standard leaves the schemes of applications and extensions to browsers. Browsers serialize the
    /// origins like the origins of web pages. <https://url.spec.whatwg.org/#origin>
    pub(super) fn from_url(url: &Url) -> Self {
        let origin = url.origin();
        if origin.is_tuple() {
            return Self::Tuple(origin.ascii_serialization());
        }
        match (url.scheme(), url.host_str()) {
            ("file", _) | (_, None | Some("")) => Self::Opaque,
            (scheme, Some(host)) => {
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                Self::Tuple(format!("{scheme}://{host}{port}"))
            }
        }
    }

    /// Returns the origin of a local file that has access to other files.
    pub(super) fn file() -> Self {
        Self::Tuple("file://".to_owned())
    }

    pub(super) fn serialized(&self) -> &str {
        match self {
            Self::Tuple(serialized) => serialized,
            Self::Opaque => "null",
        }
    }

    /// Returns whether both origins are the same. <https://html.spec.whatwg.org/#same-origin>
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        matches!((self, other), (Self::Tuple(one), Self::Tuple(other)) if one == other)
    }

    pub(super) fn is_origin_of(&self, url: &Url) -> bool {
        self.is_same_as(&Self::from_url(url))
    }

    /// Returns whether the origin and the URL have the same site and the same scheme.
    /// <https://html.spec.whatwg.org/#same-site>
    pub(super) fn is_same_site_as(&self, url: &Url) -> bool {
        self.to_url().is_some_and(|origin| {
            origin.scheme() == url.scheme() && is_schemelessly_same_site(&origin, url)
        })
    }

    /// Returns the origin as a URL; `None` for an opaque one.
    pub(super) fn to_url(&self) -> Option<Url> {
        match self {
            Self::Tuple(serialized) => Url::parse(serialized).ok(),
            Self::Opaque => None,
        }
    }
}

/// Returns whether both URLs have the same site, regardless of the scheme.
/// <https://html.spec.whatwg.org/#schemelessly-same-site>
pub(super) fn is_schemelessly_same_site(one: &Url, other: &Url) -> bool {
    match (one.host_str(), other.host_str()) {
        (Some(one), Some(other)) => {
            one == other
                || domain(one).is_some_and(|domain_of_one| domain(other) == Some(domain_of_one))
        }
        _ => false,
    }
}

/// Returns the registrable domain of a host. <https://url.spec.whatwg.org/#host-registrable-domain>
pub(super) fn domain(host: &str) -> Option<&str> {
    let is_address = host.starts_with('[') || host.parse::<IpAddr>().is_ok();
    if is_address { None } else { registrable_domain(host) }
}

/// Returns whether no network attacker can modify a response from this URL.
/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
pub(super) fn is_potentially_trustworthy(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https" | "wss", _) => true,
        (_, Some(Host::Ipv4(address))) => address.is_loopback(),
        (_, Some(Host::Ipv6(address))) => address.is_loopback(),
        (_, Some(Host::Domain(name))) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name == "localhost" || name.ends_with(".localhost")
        }
        (_, None) => false,
    }
}

pub(super) fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

pub(super) fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

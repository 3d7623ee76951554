#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

#[cfg(feature = "serde")]
use crate::config::file::{self, is_default};
use crate::{
    config::{OriginList, add_texts},
    fetch::Destination,
    origin::IntoOrigins,
};

/// Configures which requests reach the service at all: the [checks](crate::guard) of `GuardLayer`.
///
/// ```
/// use tower_cross_origin::cross_origin::{
///     CrossOriginConfig, CrossOriginPolicy, CsrfConfig, GuardConfig, HostConfig,
/// };
///
/// let guard = GuardConfig::new()
///     .host(HostConfig::new().names(["api.example.com"]))
///     .csrf(CsrfConfig::new().trust_origins(["https://app.example.com"]));
/// let policy = CrossOriginPolicy::new(CrossOriginConfig::new().guard(guard))?;
/// # Ok::<(), tower_cross_origin::cross_origin::CrossOriginConfigError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct GuardConfig {
    /// By which names the service may be called.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::host", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) host: Option<HostConfig>,
    /// Which pages may open WebSockets.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::web_socket", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) web_socket: Option<WebSocketConfig>,
    /// Which pages may send what changes something.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::csrf", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) csrf: Option<CsrfConfig>,
    /// What pages of other sites may embed or fetch.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::fetch_metadata", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) fetch_metadata: Option<FetchMetadataConfig>,
}

impl GuardConfig {
    /// Creates a configuration without guards.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the guard by the names under which clients call the service.
    pub fn host(mut self, host: HostConfig) -> Self {
        self.host = Some(host);
        self
    }

    /// Replaces the guard of WebSocket handshakes.
    pub fn web_socket(mut self, web_socket: WebSocketConfig) -> Self {
        self.web_socket = Some(web_socket);
        self
    }

    /// Replaces the guard against cross-site request forgery.
    pub fn csrf(mut self, csrf: CsrfConfig) -> Self {
        self.csrf = Some(csrf);
        self
    }

    /// Replaces the guard by fetch metadata.
    pub fn fetch_metadata(mut self, fetch_metadata: FetchMetadataConfig) -> Self {
        self.fetch_metadata = Some(fetch_metadata);
        self
    }
}

/// Configures the names under which clients may call the service: [`HostCheck`](crate::guard::HostCheck).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct HostConfig {
    /// Such as `api.example.com`, `*.example.org` or `localhost:8080`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::host_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) names: Vec<String>,
    /// Passes `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`, at every port, beside the names.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) loopback: bool,
    /// Reads `X-Forwarded-Host` where it is there. Only behind a proxy that always sets it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) trust_x_forwarded_host: bool,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
}

impl HostConfig {
    /// Creates a configuration without names. A policy needs a name, or [`loopback`](Self::loopback).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds names of the service, such as `api.example.com`, `*.example.org` or `localhost:8080`.
    pub fn names<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.names, names);
        self
    }

    /// Replaces whether loopback names are allowed in addition to the [names](Self::names).
    ///
    /// Loopback names are `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`, at every port. The default is
    /// `false`.
    pub fn loopback(mut self, allow: bool) -> Self {
        self.loopback = allow;
        self
    }

    /// Replaces whether the guard reads `X-Forwarded-Host` where a request has it. The default is `false`.
    ///
    /// Only for a service behind a proxy that always sets this header.
    pub fn trust_x_forwarded_host(mut self, trust: bool) -> Self {
        self.trust_x_forwarded_host = trust;
        self
    }

    /// Replaces whether the guard only reports what it would deny. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

/// Configures which pages may open WebSockets: [`WebSocket`](crate::guard::WebSocket).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct WebSocketConfig {
    /// The origins whose pages may, beside the service's own. Absent: those of rules of CORS that allow
    /// credentials.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_origin_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) trust_origins: Option<OriginList>,
    /// Refuses programs that are no browsers, too: those send no `Origin`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) require_origin: bool,
    /// Passes the origin `null` too, which any page can make its own. Allows `file://` among the trusted origins.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_null_origin: bool,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
}

impl WebSocketConfig {
    /// Creates a guard that trusts the origins to which a CORS rule allows credentials.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins whose pages may open WebSockets, in addition to the service origins.
    ///
    /// With this setting, even with an empty list, the origins of CORS rules do not count.
    pub fn trust_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.trust_origins.get_or_insert_default().add(origins);
        self
    }

    /// Replaces whether handshakes without `Origin` are denied. The default is `false`.
    ///
    /// Programs other than browsers usually send no `Origin`.
    pub fn require_origin(mut self, require: bool) -> Self {
        self.require_origin = require;
        self
    }

    /// Replaces whether the origin `null` is allowed, which any page can take. The default is `false`.
    ///
    /// The trusted origins can list `file://`, the origin of every local file, only with this setting.
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.dangerously_allow_null_origin = allow;
        self
    }

    /// Replaces whether the guard only reports what it would deny. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

/// Configures which pages may send requests that change something: [`Csrf`](crate::guard::Csrf).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct CsrfConfig {
    /// The origins whose pages may, beside the service's own. Absent: those of rules of CORS that allow
    /// credentials.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_origin_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) trust_origins: Option<OriginList>,
    /// Paths that every page may send to, such as `/hooks/payment`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) exempt_paths: Vec<String>,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
}

impl CsrfConfig {
    /// Creates a guard that trusts the origins to which a CORS rule allows credentials.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins whose pages may send such requests, in addition to the service origins.
    ///
    /// With this setting, even with an empty list, the origins of CORS rules do not count.
    pub fn trust_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.trust_origins.get_or_insert_default().add(origins);
        self
    }

    /// Adds paths to which every page may send requests, such as `/hooks/payment`.
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.exempt_paths, paths);
        self
    }

    /// Replaces whether the guard only reports what it would deny. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

/// Configures what pages of other sites may embed or fetch: [`FetchMetadata`](crate::guard::FetchMetadata).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as a file has it")]
#[must_use = "a configuration does nothing before it is part of a policy"]
pub struct FetchMetadataConfig {
    /// Treats other origins of the same site like other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) deny_same_site: bool,
    /// Passes what CORS answers for.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) allow_cors: bool,
    /// Passes WebSockets, of which another guard should judge.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) allow_web_sockets: bool,
    /// What pages of other sites may embed, such as `image` and `script`.
    #[cfg_attr(
        feature = "serde",
        serde(with = "crate::config::file::destinations", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub(in crate::cross_origin) allow_destinations: Vec<Destination>,
    /// Denies pages of this service in frames of other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) deny_frames: bool,
    /// Denies links, forms and frames of other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) deny_navigations: bool,
    /// Paths that every page may ask for.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) exempt_paths: Vec<String>,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
}

impl FetchMetadataConfig {
    /// Creates a guard that allows navigations, frames, and requests of pages of the same site.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces whether other origins of the same site count as other sites. The default is `false`.
    pub fn deny_same_site(mut self, deny: bool) -> Self {
        self.deny_same_site = deny;
        self
    }

    /// Replaces whether requests in the mode `cors` are allowed, which CORS judges. The default is `false`.
    pub fn allow_cors(mut self, allow: bool) -> Self {
        self.allow_cors = allow;
        self
    }

    /// Replaces whether WebSocket handshakes are allowed, which another guard judges. The default is `false`.
    pub fn allow_web_sockets(mut self, allow: bool) -> Self {
        self.allow_web_sockets = allow;
        self
    }

    /// Adds destinations as which pages of other sites may embed responses.
    pub fn allow_destinations<I>(mut self, destinations: I) -> Self
    where
        I: IntoIterator<Item = Destination>,
    {
        self.allow_destinations.extend(destinations);
        self
    }

    /// Replaces whether pages of other sites are denied to frame the service. The default is `false`.
    pub fn deny_frames(mut self, deny: bool) -> Self {
        self.deny_frames = deny;
        self
    }

    /// Replaces whether links of other sites are denied. The default is `false`.
    pub fn deny_navigations(mut self, deny: bool) -> Self {
        self.deny_navigations = deny;
        self
    }

    /// Adds paths for which every page may send requests.
    pub fn exempt_paths<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.exempt_paths, paths);
        self
    }

    /// Replaces whether the guard only reports what it would deny. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

#[cfg(feature = "serde")]
mod sections {
    use super::{CsrfConfig, FetchMetadataConfig, HostConfig, WebSocketConfig};
    use crate::cross_origin::config::section;

    section!(host, HostConfig, "the guard of hosts");
    section!(web_socket, WebSocketConfig, "the guard of WebSockets");
    section!(csrf, CsrfConfig, "the guard against forged requests");
    section!(fetch_metadata, FetchMetadataConfig, "the guard by fetch metadata");
}

//! The section `guard`.

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

#[cfg(feature = "serde")]
use crate::config::{
    UnknownKeys,
    file::{self, is_default},
};
use crate::{
    config::{OriginList, add_texts},
    fetch::Destination,
    origin::IntoOrigins,
};

/// Configures the [checks](crate::guard) that keep requests from reaching the service.
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
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(description = "Checks that keep requests from reaching the service.")
)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct GuardConfig {
    /// The host names under which clients may send requests to the service.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::host", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) host: Option<HostConfig>,
    /// The pages that may open WebSockets.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::web_socket", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) web_socket: Option<WebSocketConfig>,
    /// The pages that may send requests that change state, such as `POST`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::csrf", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) csrf: Option<CsrfConfig>,
    /// Requests that pages of other sites may send, by the headers `Sec-Fetch-*`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::fetch_metadata", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) fetch_metadata: Option<FetchMetadataConfig>,
    /// Requests that browsers send only after a preflight that the section `cors` allows.
    #[cfg_attr(
        feature = "serde",
        serde(
            deserialize_with = "sections::require_preflight",
            skip_serializing_if = "is_default"
        )
    )]
    pub(in crate::cross_origin) require_preflight: Option<RequirePreflightConfig>,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl GuardConfig {
    /// Creates a configuration without guards.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces the guard that checks host names.
    pub fn host(mut self, host: HostConfig) -> Self {
        self.host = Some(host);
        self
    }

    /// Replaces the guard that checks WebSocket handshakes.
    pub fn web_socket(mut self, web_socket: WebSocketConfig) -> Self {
        self.web_socket = Some(web_socket);
        self
    }

    /// Replaces the guard against cross-site request forgery.
    pub fn csrf(mut self, csrf: CsrfConfig) -> Self {
        self.csrf = Some(csrf);
        self
    }

    /// Replaces the guard that checks fetch metadata.
    pub fn fetch_metadata(mut self, fetch_metadata: FetchMetadataConfig) -> Self {
        self.fetch_metadata = Some(fetch_metadata);
        self
    }

    /// Replaces the guard that checks whether the CORS section allows the preflight of a request.
    pub fn require_preflight(mut self, require_preflight: RequirePreflightConfig) -> Self {
        self.require_preflight = Some(require_preflight);
        self
    }
}

/// Configures the allowed host names of the service: [`HostCheck`](crate::guard::HostCheck).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(description = "The host names under which clients may send requests to the service.")
)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct HostConfig {
    /// The allowed host names, such as `api.example.com`, `*.example.org` or `localhost:8080`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::host_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) names: Vec<String>,
    /// Also allows `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`, at every port.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) loopback: bool,
    /// Checks `X-Forwarded-Host` instead of `Host` if a request has it. Use this only behind a proxy that always sets
    /// the header.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) trust_x_forwarded_host: bool,
    /// Allows every request, and only reports the requests that the guard would deny.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl HostConfig {
    /// Creates a configuration without names.
    ///
    /// A policy needs at least one name, or [`loopback`](Self::loopback).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds host names, such as `api.example.com`, `*.example.org` or `localhost:8080`.
    pub fn names<I>(mut self, names: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        add_texts(&mut self.names, names);
        self
    }

    /// Sets whether loopback names are also allowed. The default is `false`.
    ///
    /// Loopback names are `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`, at every port.
    pub fn loopback(mut self, allow: bool) -> Self {
        self.loopback = allow;
        self
    }

    /// Sets whether `X-Forwarded-Host` is checked instead of `Host`. The default is `false`.
    ///
    /// If a request has no `X-Forwarded-Host`, `Host` is checked. Set this only behind a proxy that always sets
    /// the header, since otherwise every client can set it.
    pub fn trust_x_forwarded_host(mut self, trust: bool) -> Self {
        self.trust_x_forwarded_host = trust;
        self
    }

    /// Sets whether the guard only reports denied requests. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

/// Configures the pages that may open WebSockets: [`WebSocket`](crate::guard::WebSocket).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(description = "The pages that may open WebSockets.")
)]
#[must_use = "a configuration has no effect until a policy uses it"]
#[expect(clippy::struct_excessive_bools, reason = "each one is a separate setting")]
pub struct WebSocketConfig {
    /// Origins whose pages the guard allows, in addition to the service origins. By default, these are the origins to
    /// which a CORS rule allows credentials.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_origin_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) trust_origins: Option<OriginList>,
    /// Also denies handshakes without `Origin`, which only programs other than browsers send.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) require_origin: bool,
    /// Also allows the origin `null`, which any page can obtain.
    ///
    /// Allows `file://` in the list of origins, too.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_null_origin: bool,
    /// Trusts `http:` origins of other machines. A network attacker can modify such pages and act as their users.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_insecure_origins: bool,
    /// Trusts subdomains of a public suffix, such as `https://*.github.io`. Anyone can register such a subdomain.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_public_suffixes: bool,
    /// Trusts `*`, and patterns that match many domains. Any website can then act as the logged-in user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_credentials_for_any_origin: bool,
    /// Allows every request, and only reports the requests that the guard would deny.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl WebSocketConfig {
    /// Creates a guard that trusts the origins to which a CORS rule allows credentials.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins whose pages may open WebSockets, in addition to the service origins.
    ///
    /// After a call, even with an empty list, the guard no longer trusts the origins of CORS rules.
    pub fn trust_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.trust_origins.get_or_insert_default().add(origins);
        self
    }

    /// Sets whether handshakes without `Origin` are denied. The default is `false`.
    ///
    /// Browsers always send `Origin`. This setting therefore affects only other programs.
    pub fn require_origin(mut self, require: bool) -> Self {
        self.require_origin = require;
        self
    }

    /// Sets whether handshakes with `Origin: null` are allowed. The default is `false`.
    ///
    /// Sandboxed frames send this origin. **Every page of the web** can create such a frame. The trusted origins
    /// can list `file://`, the origin of every local file, only with this setting.
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.dangerously_allow_null_origin = allow;
        self
    }

    /// Replaces whether trusted origins may use `http:`, which a network attacker can modify. The default is
    /// `false`.
    pub fn dangerously_allow_insecure_origins(mut self, allow: bool) -> Self {
        self.dangerously_allow_insecure_origins = allow;
        self
    }

    /// Replaces whether subdomains of a public suffix may be trusted, which anyone can register. The default is
    /// `false`.
    pub fn dangerously_allow_public_suffixes(mut self, allow: bool) -> Self {
        self.dangerously_allow_public_suffixes = allow;
        self
    }

    /// Replaces whether `*`, and patterns and expressions that match many domains, may be trusted. The default is
    /// `false`.
    pub fn dangerously_allow_credentials_for_any_origin(mut self, allow: bool) -> Self {
        self.dangerously_allow_credentials_for_any_origin = allow;
        self
    }

    /// Sets whether the guard only reports denied requests. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }

    /// Returns whether the origins are `*`, and a setting allows it.
    #[cfg(feature = "difference")]
    pub(in crate::cross_origin) fn trusts_any_origin(&self) -> bool {
        self.dangerously_allow_credentials_for_any_origin
            && self.trust_origins.as_ref().is_some_and(OriginList::is_any_origin)
    }
}

/// Configures the pages that may send requests that change state: [`Csrf`](crate::guard::Csrf).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(description = "The pages that may send requests that change state, such as `POST`.")
)]
#[must_use = "a configuration has no effect until a policy uses it"]
#[expect(clippy::struct_excessive_bools, reason = "each one is a separate setting")]
pub struct CsrfConfig {
    /// Origins whose pages the guard allows, in addition to the service origins. By default, these are the origins to
    /// which a CORS rule allows credentials, for the methods of the rule.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::optional_origin_list", skip_serializing_if = "is_default")
    )]
    pub(in crate::cross_origin) trust_origins: Option<OriginList>,
    /// Always allows requests with the method `QUERY`. Like `GET`, it must change nothing.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) query_is_safe: bool,
    /// Also allows the origin `null`, which any page can obtain.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_null_origin: bool,
    /// Trusts `http:` origins of other machines. A network attacker can modify such pages and act as their users.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_insecure_origins: bool,
    /// Trusts subdomains of a public suffix, such as `https://*.github.io`. Anyone can register such a subdomain.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_public_suffixes: bool,
    /// Trusts `*`, and patterns that match many domains. Any website can then act as the logged-in user.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) dangerously_allow_credentials_for_any_origin: bool,
    /// Allows every request, and only reports the requests that the guard would deny.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl CsrfConfig {
    /// Creates a guard that trusts the origins of CORS rules with credentials.
    ///
    /// The origins are trusted for the methods of the rule.
    /// Of the other origins, the guard allows requests that the CORS section allows, that have no credentials of the
    /// user, and that browsers send only after a preflight; see [`Csrf::trust_policy`].
    ///
    /// [`Csrf::trust_policy`]: crate::guard::Csrf::trust_policy
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds origins whose pages may send these requests, in addition to the service origins.
    ///
    /// After a call, even with an empty list, the guard no longer trusts the origins of CORS rules. Requests without
    /// credentials of the user, after a preflight that a rule allows, stay allowed.
    pub fn trust_origins(mut self, origins: impl IntoOrigins) -> Self {
        self.trust_origins.get_or_insert_default().add(origins);
        self
    }

    /// Replaces whether requests with the method `QUERY` are always allowed. The default is `false`.
    ///
    /// Set this only if no handler of the service treats `QUERY` as another method; see [`Csrf::query_is_safe`].
    ///
    /// [`Csrf::query_is_safe`]: crate::guard::Csrf::query_is_safe
    pub fn query_is_safe(mut self, is_safe: bool) -> Self {
        self.query_is_safe = is_safe;
        self
    }

    /// Replaces whether the origin `null` is allowed, which any page can take. The default is `false`.
    pub fn dangerously_allow_null_origin(mut self, allow: bool) -> Self {
        self.dangerously_allow_null_origin = allow;
        self
    }

    /// Replaces whether trusted origins may use `http:`, which a network attacker can modify. The default is
    /// `false`.
    pub fn dangerously_allow_insecure_origins(mut self, allow: bool) -> Self {
        self.dangerously_allow_insecure_origins = allow;
        self
    }

    /// Replaces whether subdomains of a public suffix may be trusted, which anyone can register. The default is
    /// `false`.
    pub fn dangerously_allow_public_suffixes(mut self, allow: bool) -> Self {
        self.dangerously_allow_public_suffixes = allow;
        self
    }

    /// Replaces whether `*`, and patterns and expressions that match many domains, may be trusted. The default is
    /// `false`.
    pub fn dangerously_allow_credentials_for_any_origin(mut self, allow: bool) -> Self {
        self.dangerously_allow_credentials_for_any_origin = allow;
        self
    }

    /// Sets whether the guard only reports denied requests. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }

    /// Returns whether the origins are `*`, and a setting allows it.
    #[cfg(feature = "difference")]
    pub(in crate::cross_origin) fn trusts_any_origin(&self) -> bool {
        self.dangerously_allow_credentials_for_any_origin
            && self.trust_origins.as_ref().is_some_and(OriginList::is_any_origin)
    }
}

/// Configures the requests of other sites that are allowed: [`FetchMetadata`](crate::guard::FetchMetadata).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(
        description = "Requests that pages of other sites may send, by the headers `Sec-Fetch-*`."
    )
)]
#[expect(clippy::struct_excessive_bools, reason = "each field is a separate key of a file")]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct FetchMetadataConfig {
    /// Treats other origins of the same site like other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) deny_same_site: bool,
    /// Allows requests in the mode `cors`. The section `cors` decides which pages may read the responses.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) allow_cors: bool,
    /// Allows WebSocket handshakes and WebTransport sessions. Use the guard `web_socket` to check them.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) allow_web_sockets: bool,
    /// Destinations for which pages of other sites may embed responses, such as `image` and `script`. Add `empty` for
    /// pages whose service worker passes the requests on.
    #[cfg_attr(
        feature = "serde",
        serde(with = "crate::config::file::destinations", skip_serializing_if = "is_default")
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub(in crate::cross_origin) allow_destinations: Vec<Destination>,
    /// Denies requests for pages of this service in frames of other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) deny_frames: bool,
    /// Denies navigations from other sites: links, forms and frames.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) deny_navigations: bool,
    /// Allows every request, and only reports the requests that the guard would deny.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl FetchMetadataConfig {
    /// Creates a guard that allows only navigations and preflights of other sites.
    ///
    /// It allows every request of the same site.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether other origins of the same site are treated like other sites.
    ///
    /// Use this if the subdomains of the site have several owners. The default is `false`.
    pub fn deny_same_site(mut self, deny: bool) -> Self {
        self.deny_same_site = deny;
        self
    }

    /// Sets whether requests in the mode `cors` are allowed. The default is `false`.
    ///
    /// The CORS section then decides which pages may read the responses.
    pub fn allow_cors(mut self, allow: bool) -> Self {
        self.allow_cors = allow;
        self
    }

    /// Sets whether WebSocket handshakes and WebTransport sessions are allowed. The default is `false`.
    ///
    /// Use [`WebSocketConfig`] to check them.
    pub fn allow_web_sockets(mut self, allow: bool) -> Self {
        self.allow_web_sockets = allow;
        self
    }

    /// Adds destinations for which pages of other sites may embed responses.
    ///
    /// Pages with a service worker may need `Destination::Empty`, too; see
    /// [`FetchMetadata`](crate::guard::FetchMetadata#service-workers).
    pub fn allow_destinations<I>(mut self, destinations: I) -> Self
    where
        I: IntoIterator<Item = Destination>,
    {
        self.allow_destinations.extend(destinations);
        self
    }

    /// Sets whether pages of this service are denied in frames of other sites. The default is `false`.
    pub fn deny_frames(mut self, deny: bool) -> Self {
        self.deny_frames = deny;
        self
    }

    /// Sets whether navigations from other sites are denied. The default is `false`.
    ///
    /// Navigations are links, forms, frames and redirects that lead to this service.
    pub fn deny_navigations(mut self, deny: bool) -> Self {
        self.deny_navigations = deny;
        self
    }

    /// Sets whether the guard only reports denied requests. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

/// Configures the check of preflights: [`RequirePreflight`](crate::guard::RequirePreflight).
///
/// The guard uses the rules of the section `cors`, without which it is a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(
    feature = "schemars",
    derive(JsonSchema),
    schemars(
        description = "Requests that browsers send only after a preflight that the section `cors` allows."
    )
)]
#[must_use = "a configuration has no effect until a policy uses it"]
pub struct RequirePreflightConfig {
    /// Allows every request, and only reports the requests that the guard would deny.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub(in crate::cross_origin) report_only: bool,
    // The keys of the file that are not settings.
    #[cfg(feature = "serde")]
    #[serde(skip_deserializing, skip_serializing_if = "UnknownKeys::is_empty")]
    #[cfg_attr(feature = "schemars", schemars(skip))]
    pub(in crate::cross_origin) unknown_keys: UnknownKeys,
}

impl RequirePreflightConfig {
    /// Creates a guard that denies requests.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether the guard only reports denied requests. The default is `false`.
    pub fn report_only(mut self, report_only: bool) -> Self {
        self.report_only = report_only;
        self
    }
}

#[cfg(feature = "serde")]
mod sections {
    use super::{
        CsrfConfig, FetchMetadataConfig, HostConfig, RequirePreflightConfig, WebSocketConfig,
    };
    use crate::cross_origin::config::section;

    section!(host, HostConfig, "the guard that checks host names");
    section!(web_socket, WebSocketConfig, "the guard that checks WebSocket handshakes");
    section!(csrf, CsrfConfig, "the guard against cross-site request forgery");
    section!(fetch_metadata, FetchMetadataConfig, "the guard that checks fetch metadata");
    section!(require_preflight, RequirePreflightConfig, "the guard that checks preflights");
}

#[cfg(feature = "schemars")]
use schemars::JsonSchema;
#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

use crate::fetch::Destination;
#[cfg(feature = "serde")]
use crate::{
    config::file,
    cross_origin::file::{is_default, lists, sections},
};

/// Which requests do not reach the service at all: the [checks](crate::guard) of `GuardLayer`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct Guards {
    /// By which names the service may be called.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::host", skip_serializing_if = "Option::is_none")
    )]
    pub host: Option<HostGuard>,
    /// Which pages may open WebSockets.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::web_socket", skip_serializing_if = "Option::is_none")
    )]
    pub web_socket: Option<WebSocketGuard>,
    /// Which pages may send what changes something.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "sections::csrf", skip_serializing_if = "Option::is_none")
    )]
    pub csrf: Option<CsrfGuard>,
    /// What pages of other sites may embed or fetch.
    #[cfg_attr(
        feature = "serde",
        serde(
            deserialize_with = "sections::fetch_metadata",
            skip_serializing_if = "Option::is_none"
        )
    )]
    pub fetch_metadata: Option<FetchMetadataGuard>,
}

/// By which names the service may be called: [`Host`](crate::guard::Host).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct HostGuard {
    /// Such as `api.example.com`, `*.example.org` or `localhost:8080`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "lists::hosts", skip_serializing_if = "Vec::is_empty")
    )]
    pub names: Vec<String>,
    /// Passes `localhost`, `*.localhost`, `127.0.0.0/8` and `[::1]`, at every port, beside the names.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub loopback: bool,
    /// Reads `X-Forwarded-Host` where it is there. Only behind a proxy that always sets it.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub trust_x_forwarded_host: bool,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// Which pages may open WebSockets: [`WebSocket`](crate::guard::WebSocket).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct WebSocketGuard {
    /// The origins whose pages may, beside the service's own. Absent: those of rules of CORS that allow
    /// credentials.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "lists::origins_if_any", skip_serializing_if = "Option::is_none")
    )]
    pub origins: Option<Vec<String>>,
    /// Refuses programs that are no browsers, too: those send no `Origin`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub require_origin: bool,
    /// Passes the origin `null` too, which any page can make its own.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub dangerously_allow_null_origin: bool,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// Which pages may send what changes something: [`Csrf`](crate::guard::Csrf).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
pub struct CsrfGuard {
    /// The origins whose pages may, beside the service's own. Absent: those of rules of CORS that allow
    /// credentials.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "lists::origins_if_any", skip_serializing_if = "Option::is_none")
    )]
    pub origins: Option<Vec<String>>,
    /// Paths that every page may send to, such as `/hooks/payment`.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub exempt_paths: Vec<String>,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

/// What pages of other sites may embed or fetch: [`FetchMetadata`](crate::guard::FetchMetadata).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Deserialize, Serialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
#[cfg_attr(feature = "schemars", derive(JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own, as a file has it")]
pub struct FetchMetadataGuard {
    /// Judges pages of the same site's other origins like those of other sites.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub refuse_same_site: bool,
    /// Passes what CORS answers for.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub allow_cors: bool,
    /// Passes WebSockets, of which another guard should judge.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub allow_web_sockets: bool,
    /// What pages of other sites may embed, such as `image` and `script`.
    #[cfg_attr(
        feature = "serde",
        serde(
            with = "crate::cross_origin::file::destinations",
            skip_serializing_if = "Vec::is_empty"
        )
    )]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<String>"))]
    pub allow_destinations: Vec<Destination>,
    /// Refuses to be framed.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub refuse_frames: bool,
    /// Refuses to be linked to.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub refuse_navigations: bool,
    /// Paths that every page may ask for.
    #[cfg_attr(
        feature = "serde",
        serde(deserialize_with = "file::path_list", skip_serializing_if = "Vec::is_empty")
    )]
    pub exempt_paths: Vec<String>,
    /// Refuses nothing, and reports what it would refuse.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "is_default"))]
    pub report_only: bool,
}

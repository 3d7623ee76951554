//! The origins of pages and services.

use super::row::Protocol;

/// A page, or the origin of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The service, at the second port.
    Service,
    /// Another host of the service. After a WebSocket, WebKitGTK uses HTTP/1.1 for all requests of the host.
    SocketService,
    /// Another origin, to which the service redirects.
    Files,
    /// The page that the policies allow.
    App,
    /// A page of the same site that most policies reject.
    Evil,
    /// A page of another site.
    OtherSite,
    /// The allowed page, with the headers of a cross-origin isolated page.
    Isolated,
    /// A sandboxed frame of the allowed page, which has an opaque origin.
    Sandbox,
    /// A `data:` frame of the allowed page, which has an opaque origin.
    Data,
    Ipv6,
    Ipv6Service,
    Punycode,
    PunycodeService,
    TrailingDot,
    TrailingDotService,
    Subdomain,
    OtherPort,
}

impl Place {
    /// Returns the origin, or the origin of the embedding page.
    pub fn origin(self, ports: &Ports, protocol: Protocol) -> String {
        let (scheme, [first, second]) = match protocol {
            Protocol::Http1 => ("http", ports.plain),
            Protocol::Http2 => ("https", ports.tls),
        };
        let (host, port) = match self {
            Self::Service => ("api.site.localhost", second),
            Self::SocketService => ("sockets.site.localhost", second),
            Self::Files => ("files.site.localhost", second),
            Self::App | Self::Isolated | Self::Sandbox | Self::Data => {
                ("app.site.localhost", first)
            }
            Self::OtherPort => ("app.site.localhost", second),
            Self::Evil => ("evil.site.localhost", first),
            Self::OtherSite => ("other.localhost", first),
            Self::Ipv6 => ("[::1]", first),
            Self::Ipv6Service => ("[::1]", second),
            // `bücher` as an A-label.
            Self::Punycode => ("xn--bcher-kva.site.localhost", first),
            Self::PunycodeService => ("xn--bcher-kva.site.localhost", second),
            Self::TrailingDot => ("app.site.localhost.", first),
            Self::TrailingDotService => ("api.site.localhost.", second),
            Self::Subdomain => ("customer.tenants.site.localhost", first),
        };
        format!("{scheme}://{host}:{port}")
    }

    /// Returns the URL of the page, or of the embedding page.
    pub fn page(self, ports: &Ports, protocol: Protocol) -> String {
        let path = if self == Self::Isolated { "/isolated/page" } else { "/page" };
        self.origin(ports, protocol) + path
    }

    /// Returns the origin as the browser sends it.
    ///
    /// <https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin>
    pub fn sent_origin(self, ports: &Ports, protocol: Protocol) -> String {
        match self {
            Self::Sandbox | Self::Data => "null".to_owned(),
            _ => self.origin(ports, protocol),
        }
    }
}

/// Two ports of each kind of server. All hosts are served at all ports.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub plain: [u16; 2],
    pub tls: [u16; 2],
}

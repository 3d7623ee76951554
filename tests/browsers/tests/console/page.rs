//! The pages that make calls.

use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// A page of an origin that matches a rule.
    App,
    /// A page of another origin that matches a rule.
    Partner,
    /// A page of an origin that matches no rule.
    Elsewhere,
    /// A page of an opaque origin, as in a sandboxed frame.
    Sandboxed,
    /// A page without TLS whose origin browsers do not treat as trustworthy.
    Insecure,
}

impl Page {
    pub fn origin(self, server: Server) -> String {
        match self {
            Self::App => server.origin("app.localhost"),
            Self::Partner => server.origin("partner.localhost"),
            Self::Elsewhere => server.origin("elsewhere.localhost"),
            Self::Sandboxed => "null".to_owned(),
            Self::Insecure => server.origin(INSECURE_HOST),
        }
    }

    pub fn address(self, server: Server) -> String {
        match self {
            Self::Sandboxed => format!("{}/sandboxed", Self::App.origin(server)),
            _ => format!("{}/page", self.origin(server)),
        }
    }
}

/// A host that resolves to loopback because of a browser argument.
pub const INSECURE_HOST: &str = "app.example";

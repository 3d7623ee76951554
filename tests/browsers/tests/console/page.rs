//! Where pages are.

use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    App,
    /// Of an origin that a rule covers, too.
    Partner,
    /// Of an origin that no rule covers.
    Elsewhere,
    /// Of an opaque origin, as that of a sandboxed frame.
    Sandboxed,
    /// Without TLS, and of no origin that browsers trust all the same.
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

/// Resolved to loopback by an argument of the browser's.
pub const INSECURE_HOST: &str = "app.example";

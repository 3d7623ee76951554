//! The origins of the application and its pages.

/// The ports of the two servers.
#[derive(Clone, Copy, Debug)]
pub struct Ports(pub u16, pub u16);

/// A host and port that serves the application and pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    App,
    AppOnOtherPort,
    Subdomain,
    OtherSite,
    Address,
    AddressOnOtherPort,
}

impl Host {
    /// One host for each name, because cookies ignore ports.
    pub const NAMES: [Self; 4] = [Self::App, Self::Subdomain, Self::OtherSite, Self::Address];

    pub fn origin(self, Ports(one, other): Ports) -> String {
        match self {
            Self::App => format!("http://app.localhost:{one}"),
            Self::AppOnOtherPort => format!("http://app.localhost:{other}"),
            Self::Subdomain => format!("http://api.app.localhost:{other}"),
            Self::OtherSite => format!("http://api.localhost:{other}"),
            Self::Address => format!("http://127.0.0.1:{one}"),
            Self::AddressOnOtherPort => format!("http://127.0.0.1:{other}"),
        }
    }
}

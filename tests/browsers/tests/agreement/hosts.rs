//! Where the application and its pages are served.

/// Those of the two servers.
#[derive(Clone, Copy, Debug)]
pub struct Ports(pub u16, pub u16);

/// Where something is served.
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
    const ALL: [Self; 6] = [
        Self::App,
        Self::AppOnOtherPort,
        Self::Subdomain,
        Self::OtherSite,
        Self::Address,
        Self::AddressOnOtherPort,
    ];

    /// One of each name, since cookies know no ports.
    pub const NAMES: [Self; 4] = [Self::App, Self::Subdomain, Self::OtherSite, Self::Address];

    pub fn served_at(authority: &str, ports: Ports) -> Self {
        let is_it = |host: &&Self| host.origin(ports) == format!("http://{authority}");
        *Self::ALL.iter().find(is_it).expect("no scenario leads elsewhere")
    }

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

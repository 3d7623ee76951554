use std::sync::Arc;

use crate::origin::pattern::PortPattern;

/// The schemes and ports of the patterns for one host, and how each pattern is written.
#[derive(Clone, Default)]
pub(super) struct Schemes {
    /// In order.
    schemes: Vec<(Box<str>, Ports)>,
}

#[derive(Clone, Default)]
struct Ports {
    /// In order; any port is before all others.
    ports: Vec<(PortPattern, Arc<str>)>,
}

impl Schemes {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.schemes.is_empty()
    }

    /// The pattern that covers the scheme and the port.
    pub(super) fn find(&self, scheme: &str, port: Option<u16>) -> Option<&str> {
        self.ports(scheme)?.find(port)
    }

    /// The pattern that is written so.
    pub(super) fn get(&self, scheme: &str, port: PortPattern) -> Option<&str> {
        self.ports(scheme)?.get(port)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.schemes.iter().flat_map(|(_, ports)| ports.ports.iter().map(|(_, text)| &**text))
    }

    pub(super) fn insert(&mut self, scheme: &str, port: PortPattern, text: &str) {
        let place = self.place(scheme).unwrap_or_else(|place| {
            self.schemes.insert(place, (scheme.into(), Ports::default()));
            place
        });
        if let Some((_, ports)) = self.schemes.get_mut(place) {
            let place = ports.place(port).unwrap_or_else(|place| place);
            ports.ports.insert(place, (port, text.into()));
        }
    }

    pub(super) fn remove(&mut self, scheme: &str, port: PortPattern) {
        let Ok(place) = self.place(scheme) else { return };
        if let Some((_, ports)) = self.schemes.get_mut(place) {
            ports.ports.retain(|(one, _)| *one != port);
        }
        self.schemes.retain(|(_, ports)| !ports.ports.is_empty());
    }

    #[inline]
    fn ports(&self, scheme: &str) -> Option<&Ports> {
        // Nearly always there is one scheme.
        if let [(one, ports)] = &*self.schemes {
            return (**one == *scheme).then_some(ports);
        }
        let place = self.place(scheme).ok()?;
        self.schemes.get(place).map(|(_, ports)| ports)
    }

    fn place(&self, scheme: &str) -> Result<usize, usize> {
        self.schemes.binary_search_by(|(one, _)| (**one).cmp(scheme))
    }
}

impl Ports {
    #[inline]
    fn find(&self, port: Option<u16>) -> Option<&str> {
        match self.ports.first()? {
            (PortPattern::Any, text) => Some(text),
            _ => self.get(PortPattern::Only(port)),
        }
    }

    fn get(&self, port: PortPattern) -> Option<&str> {
        let place = self.place(port).ok()?;
        self.ports.get(place).map(|(_, text)| &**text)
    }

    fn place(&self, port: PortPattern) -> Result<usize, usize> {
        self.ports.binary_search_by_key(&port, |(port, _)| *port)
    }
}

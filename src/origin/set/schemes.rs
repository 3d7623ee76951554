use std::sync::Arc;

use crate::origin::parts::PortPattern;

/// The schemes and ports of the patterns for one host, and how each pattern is written.
#[derive(Clone, Default)]
pub(super) struct Schemes {
    /// In order.
    schemes: Vec<(Scheme<Box<str>>, Ports)>,
}

/// A scheme; of the two that nearly all origins have, not even the length is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scheme<T> {
    Https,
    Http,
    Other(T),
}

/// In order; any port is before all others.
#[derive(Clone, Default)]
struct Ports {
    ports: Vec<(PortNumber, Arc<str>)>,
}

/// A pattern for ports as one number, so that two of them are compared at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PortNumber(u32);

impl Schemes {
    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.schemes.is_empty()
    }

    /// The pattern that covers the scheme and the port.
    #[inline]
    pub(super) fn find(&self, scheme: Scheme<&str>, port: Option<u16>) -> Option<&str> {
        // Nearly always there is one scheme, or two.
        if self.schemes.len() <= COMPARED_ONE_BY_ONE {
            return self.schemes.iter().find(|(one, _)| one.is(scheme))?.1.find(port);
        }
        self.ports(scheme)?.find(port)
    }

    /// The pattern that is written so.
    pub(super) fn get(&self, scheme: Scheme<&str>, port: PortPattern) -> Option<&str> {
        self.ports(scheme)?.get(PortNumber::of(port))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.schemes.iter().flat_map(|(_, ports)| ports.ports.iter().map(|(_, text)| &**text))
    }

    pub(super) fn insert(&mut self, scheme: Scheme<&str>, port: PortPattern, text: &str) {
        let place = self.place(scheme).unwrap_or_else(|place| {
            self.schemes.insert(place, (scheme.into_owned(), Ports::default()));
            place
        });
        if let Some((_, ports)) = self.schemes.get_mut(place) {
            let port = PortNumber::of(port);
            let place = ports.place(port).unwrap_or_else(|place| place);
            ports.ports.insert(place, (port, text.into()));
        }
    }

    pub(super) fn remove(&mut self, scheme: Scheme<&str>, port: PortPattern) {
        let Ok(place) = self.place(scheme) else { return };
        if let Some((_, ports)) = self.schemes.get_mut(place) {
            ports.ports.retain(|(one, _)| *one != PortNumber::of(port));
        }
        self.schemes.retain(|(_, ports)| !ports.ports.is_empty());
    }

    fn ports(&self, scheme: Scheme<&str>) -> Option<&Ports> {
        let place = self.place(scheme).ok()?;
        self.schemes.get(place).map(|(_, ports)| ports)
    }

    fn place(&self, scheme: Scheme<&str>) -> Result<usize, usize> {
        self.schemes.binary_search_by(|(one, _)| one.as_borrowed().cmp(&scheme))
    }
}

impl<'a> Scheme<&'a str> {
    pub(super) fn of(scheme: &'a str) -> Self {
        match scheme {
            "https" => Self::Https,
            "http" => Self::Http,
            other => Self::Other(other),
        }
    }

    fn into_owned(self) -> Scheme<Box<str>> {
        match self {
            Self::Https => Scheme::Https,
            Self::Http => Scheme::Http,
            Self::Other(other) => Scheme::Other(other.into()),
        }
    }
}

impl Scheme<Box<str>> {
    #[inline]
    fn is(&self, other: Scheme<&str>) -> bool {
        match (self, other) {
            (Self::Https, Scheme::Https) | (Self::Http, Scheme::Http) => true,
            (Self::Other(one), Scheme::Other(other)) => **one == *other,
            _ => false,
        }
    }

    fn as_borrowed(&self) -> Scheme<&str> {
        match self {
            Self::Https => Scheme::Https,
            Self::Http => Scheme::Http,
            Self::Other(other) => Scheme::Other(other),
        }
    }
}

impl Ports {
    #[inline]
    fn find(&self, port: Option<u16>) -> Option<&str> {
        let (first, text) = self.ports.first()?;
        let wanted = PortNumber::of(PortPattern::Only(port));
        if *first == PortNumber::ANY || *first == wanted {
            return Some(text);
        }
        if self.ports.len() == 1 { None } else { self.get(wanted) }
    }

    fn get(&self, port: PortNumber) -> Option<&str> {
        let place = self.place(port).ok()?;
        self.ports.get(place).map(|(_, text)| &**text)
    }

    fn place(&self, port: PortNumber) -> Result<usize, usize> {
        self.ports.binary_search_by_key(&port, |(port, _)| *port)
    }
}

impl PortNumber {
    const ANY: Self = Self(0);

    #[inline]
    fn of(port: PortPattern) -> Self {
        match port {
            PortPattern::Any => Self::ANY,
            PortPattern::Only(None) => Self(1),
            PortPattern::Only(Some(port)) => Self(2 + u32::from(port)),
        }
    }
}

const COMPARED_ONE_BY_ONE: usize = 4;

use std::{sync::Arc, vec};

use crate::origin::{
    Origin,
    pattern::{ParsedPattern, PortPattern},
};

/// Patterns with a `*`, in a tree over the bytes of their hosts.
///
/// The tree begins with the last byte of the host. A run of bytes without a fork is one edge.
///
/// Clones share every node. An insertion or a removal copies the shared nodes on its path.
#[derive(Clone, Default)]
pub(super) struct Wildcards {
    root: Arc<Node>,
    /// The patterns for hosts that begin with a dot, such as `app://.:*`.
    ///
    /// Their keys look like keys for subdomains, so they have another tree.
    dotted_hosts: Arc<Node>,
    len: usize,
}

impl Wildcards {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the pattern that matches the origin; of several patterns, one with the shortest host.
    pub(super) fn find(&self, origin: &Origin<'_>) -> Option<&str> {
        let (scheme, port) = (Scheme::new(origin.scheme()?), origin.port());
        let host = origin.host_text()?.as_bytes();
        self.root.find(host, scheme, port).or_else(|| {
            host.starts_with(b".").then(|| self.dotted_hosts.find(host, scheme, port)).flatten()
        })
    }

    /// Returns the text of the pattern, if it is in the tree.
    pub(super) fn get(&self, pattern: &ParsedPattern<'_>) -> Option<&str> {
        let key = key(pattern);
        let root = if is_dotted_host(pattern) { &self.dotted_hosts } else { &self.root };
        let (mut node, mut rest) = (&**root, key.as_bytes());
        while !rest.is_empty() {
            (node, rest) = node.step(rest)?;
        }
        node.pattern(pattern)
    }

    /// Adds the pattern. Returns `true` if it is new.
    pub(super) fn insert(&mut self, pattern: &ParsedPattern<'_>, text: &str) -> bool {
        let is_new = self.get(pattern).is_none();
        if is_new {
            self.tree_mut(pattern).insert(key(pattern).as_bytes(), pattern, text);
            self.len += 1;
        }
        is_new
    }

    /// Removes the pattern. Returns `true` if it was in the tree.
    pub(super) fn remove(&mut self, pattern: &ParsedPattern<'_>) -> bool {
        let was_there = self.get(pattern).is_some();
        if was_there {
            self.tree_mut(pattern).remove(key(pattern).as_bytes(), pattern);
            self.len -= 1;
        }
        was_there
    }

    pub(super) fn iter(&self) -> vec::IntoIter<&str> {
        let mut patterns = Vec::new();
        let mut nodes = vec![&*self.dotted_hosts, &*self.root];
        while let Some(node) = nodes.pop() {
            node.patterns.add_to(&mut patterns);
            for child in &node.children.nodes {
                nodes.push(child);
            }
        }
        patterns.into_iter()
    }

    /// Returns `true` if both trees share all memory. Does not compare patterns.
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root) && Arc::ptr_eq(&self.dotted_hosts, &other.dotted_hosts)
    }

    /// Returns the tree of the pattern.
    fn tree_mut(&mut self, pattern: &ParsedPattern<'_>) -> &mut Node {
        let root = if is_dotted_host(pattern) { &mut self.dotted_hosts } else { &mut self.root };
        Arc::make_mut(root)
    }
}

/// Returns `true` for a pattern for one host that begins with a dot. Only applications have such hosts.
fn is_dotted_host(pattern: &ParsedPattern<'_>) -> bool {
    !pattern.subdomains && pattern.host.starts_with('.')
}

/// Returns the key of a pattern in the tree.
///
/// The key for subdomains begins with a dot, so only subdomains end with it.
fn key(pattern: &ParsedPattern<'_>) -> String {
    let dot = if pattern.subdomains { "." } else { "" };
    format!("{dot}{}", pattern.host)
}

/// A node of the tree: a common end of the hosts of some patterns.
#[derive(Clone, Default)]
struct Node {
    /// The bytes before the byte that selects this node, up to the next node.
    edge: Box<[u8]>,
    /// The patterns whose key ends at this node.
    patterns: Schemes,
    /// Whether the key of these patterns begins with a dot.
    is_for_subdomains: bool,
    children: Children<Self>,
}

impl Node {
    /// Returns the pattern below this node that matches the host, the scheme and the port.
    #[inline]
    fn find(&self, mut host: &[u8], scheme: Scheme<&str>, port: Option<u16>) -> Option<&str> {
        let mut node = self;
        loop {
            (node, host) = node.step(host)?;
            // A key that begins with a dot matches the subdomains of a host. Other keys match the host.
            if node.has_patterns() && host.is_empty() != node.is_for_subdomains() {
                if let Some(pattern) = node.pattern_for(scheme, port) {
                    return Some(pattern);
                }
            }
        }
    }

    /// Returns the child for the end of the host, and the rest of the host.
    #[inline]
    fn step<'h>(&self, host: &'h [u8]) -> Option<(&Self, &'h [u8])> {
        let (last, rest) = host.split_last()?;
        let child = self.children.get(*last)?;
        Some((child, strip_end(rest, &child.edge)?))
    }

    #[inline]
    fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    #[inline]
    fn is_for_subdomains(&self) -> bool {
        self.is_for_subdomains
    }

    /// Returns the pattern of this node that matches the scheme and the port.
    ///
    /// This function is not inlined, since most nodes have no patterns.
    #[inline(never)]
    fn pattern_for(&self, scheme: Scheme<&str>, port: Option<u16>) -> Option<&str> {
        self.patterns.find(scheme, port)
    }

    /// Returns the text of the pattern, if this node has it.
    fn pattern(&self, pattern: &ParsedPattern<'_>) -> Option<&str> {
        self.patterns.get(Scheme::new(pattern.scheme), pattern.port)
    }

    /// Adds a new pattern; `key` is the rest of its key.
    fn insert(&mut self, key: &[u8], pattern: &ParsedPattern<'_>, text: &str) {
        let Some((&last, rest)) = key.split_last() else {
            self.is_for_subdomains = pattern.subdomains;
            return self.patterns.insert(Scheme::new(pattern.scheme), pattern.port, text);
        };
        let new = || Self { edge: rest.into(), ..Self::default() };
        let Some(child) = self.children.get_or_insert_with(last, new) else { return };
        let common = common_end(rest, &child.edge);
        child.split(common);
        let left = rest.len() - common;
        child.insert(rest.get(..left).unwrap_or_default(), pattern, text);
    }

    /// Removes a pattern; `key` is the rest of its key.
    fn remove(&mut self, key: &[u8], pattern: &ParsedPattern<'_>) {
        let Some((&last, rest)) = key.split_last() else {
            return self.patterns.remove(Scheme::new(pattern.scheme), pattern.port);
        };
        let Some(child) = self.children.get_mut(last) else { return };
        if let Some(rest) = rest.strip_suffix(&*child.edge) {
            child.remove(rest, pattern);
        }
        if !child.has_patterns() {
            match child.children.only() {
                Some((byte, only)) => *child = only.with_longer_edge(byte, &child.edge),
                None if child.children.is_empty() => self.children.remove(last),
                None => {}
            }
        }
    }

    /// Shortens the edge to its last `len` bytes, and moves the rest to a child.
    fn split(&mut self, len: usize) {
        let Some(front) = self.edge.len().checked_sub(len) else { return };
        let (front, common) = self.edge.split_at(front);
        if let Some((&last, edge)) = front.split_last() {
            let (common, edge): (Box<[u8]>, Box<[u8]>) = (common.into(), edge.into());
            let lower = Self { edge, ..std::mem::take(self) };
            self.edge = common;
            self.children.get_or_insert_with(last, || lower);
        }
    }

    /// Returns a copy of this node that includes the edge of its removed parent.
    fn with_longer_edge(&self, byte: u8, end: &[u8]) -> Self {
        Self { edge: [&*self.edge, &[byte], end].concat().into(), ..self.clone() }
    }
}

/// Returns the part of the host before `end`.
///
/// Large sets have short edges, so comparing single bytes is faster than a call of `memcmp`.
#[inline]
fn strip_end<'h>(mut host: &'h [u8], end: &[u8]) -> Option<&'h [u8]> {
    if end.is_empty() {
        return Some(host);
    }
    if end.len() > COMPARED_BY_BYTE {
        return host.strip_suffix(end);
    }
    for byte in end.iter().rev() {
        let (last, rest) = host.split_last()?;
        if last != byte {
            return None;
        }
        host = rest;
    }
    Some(host)
}

fn common_end(a: &[u8], b: &[u8]) -> usize {
    a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// The children of a node, with the byte that selects each child.
#[derive(Clone)]
struct Children<T> {
    bytes: Vec<u8>,
    /// The children, in the order of `bytes`.
    nodes: Vec<Arc<T>>,
    /// The index of each byte, if there are too many bytes for a scan.
    table: Option<Box<[u8; ASCII]>>,
}

impl<T> Children<T> {
    fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[inline]
    fn get(&self, byte: u8) -> Option<&T> {
        self.nodes.get(self.position(byte)?).map(|node| &**node)
    }

    /// Returns the child, if there is exactly one.
    fn only(&self) -> Option<(u8, Arc<T>)> {
        match (&*self.bytes, &*self.nodes) {
            ([byte], [node]) => Some((*byte, Arc::clone(node))),
            _ => None,
        }
    }

    fn remove(&mut self, byte: u8) {
        if let Some(place) = self.position(byte) {
            self.bytes.remove(place);
            self.nodes.remove(place);
            self.rebuild_table();
        }
    }

    #[inline]
    fn position(&self, byte: u8) -> Option<usize> {
        match &self.table {
            Some(table) => table.get(usize::from(byte)).map(|place| usize::from(*place)),
            None => self.bytes.iter().position(|one| *one == byte),
        }
    }

    fn rebuild_table(&mut self) {
        self.table = (self.bytes.len() > SCANNED_CHILDREN).then(|| {
            // The value for a missing child: hosts consist of fewer than 128 different bytes.
            let mut table = Box::new([u8::MAX; ASCII]);
            for (place, byte) in (0..).zip(&self.bytes) {
                if let Some(entry) = table.get_mut(usize::from(*byte)) {
                    *entry = place;
                }
            }
            table
        });
    }
}

impl<T: Clone> Children<T> {
    fn get_mut(&mut self, byte: u8) -> Option<&mut T> {
        let place = self.position(byte)?;
        self.nodes.get_mut(place).map(Arc::make_mut)
    }

    /// Returns the child for this byte, and creates it if it is missing.
    fn get_or_insert_with(&mut self, byte: u8, new: impl FnOnce() -> T) -> Option<&mut T> {
        if self.get(byte).is_none() {
            self.bytes.push(byte);
            self.nodes.push(Arc::new(new()));
            self.rebuild_table();
        }
        self.get_mut(byte)
    }
}

impl<T> Default for Children<T> {
    fn default() -> Self {
        Self { bytes: Vec::new(), nodes: Vec::new(), table: None }
    }
}

/// The schemes and ports of the patterns for one host, with their texts.
#[derive(Clone, Default)]
struct Schemes {
    /// Sorted by scheme.
    schemes: Vec<(Scheme<Box<str>>, Ports)>,
}

/// A URI scheme. The two usual schemes are compared without a text comparison.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Scheme<T> {
    Https,
    Http,
    Other(T),
}

/// The ports for one scheme, sorted. "Any port" comes first.
#[derive(Clone, Default)]
struct Ports {
    ports: Vec<(PortNumber, Arc<str>)>,
}

/// A port pattern as one number, so that a single comparison suffices.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct PortNumber(u32);

impl Schemes {
    #[inline]
    fn is_empty(&self) -> bool {
        self.schemes.is_empty()
    }

    /// Returns the pattern that matches the scheme and the port.
    #[inline]
    fn find(&self, scheme: Scheme<&str>, port: Option<u16>) -> Option<&str> {
        // Most hosts have patterns for one or two schemes.
        if self.schemes.len() <= SCANNED_SCHEMES {
            return self.schemes.iter().find(|(one, _)| one.is(scheme))?.1.find(port);
        }
        self.ports(scheme)?.find(port)
    }

    /// Returns the text of the pattern for this scheme and port pattern.
    fn get(&self, scheme: Scheme<&str>, port: PortPattern) -> Option<&str> {
        self.ports(scheme)?.get(PortNumber::new(port))
    }

    fn add_to<'a>(&'a self, patterns: &mut Vec<&'a str>) {
        for (_, ports) in &self.schemes {
            for (_, text) in &ports.ports {
                patterns.push(text);
            }
        }
    }

    fn insert(&mut self, scheme: Scheme<&str>, port: PortPattern, text: &str) {
        let place = self.position(scheme).unwrap_or_else(|place| {
            self.schemes.insert(place, (scheme.into_owned(), Ports::default()));
            place
        });
        if let Some((_, ports)) = self.schemes.get_mut(place) {
            let port = PortNumber::new(port);
            let place = ports.position(port).unwrap_or_else(|place| place);
            ports.ports.insert(place, (port, text.into()));
        }
    }

    fn remove(&mut self, scheme: Scheme<&str>, port: PortPattern) {
        let Ok(place) = self.position(scheme) else { return };
        if let Some((_, ports)) = self.schemes.get_mut(place) {
            ports.ports.retain(|(one, _)| *one != PortNumber::new(port));
        }
        self.schemes.retain(|(_, ports)| !ports.ports.is_empty());
    }

    fn ports(&self, scheme: Scheme<&str>) -> Option<&Ports> {
        let place = self.position(scheme).ok()?;
        self.schemes.get(place).map(|(_, ports)| ports)
    }

    fn position(&self, scheme: Scheme<&str>) -> Result<usize, usize> {
        self.schemes.binary_search_by(|(one, _)| one.as_borrowed().cmp(&scheme))
    }
}

impl<'a> Scheme<&'a str> {
    fn new(scheme: &'a str) -> Self {
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
        let wanted = PortNumber::new(PortPattern::Only(port));
        if *first == PortNumber::ANY || *first == wanted {
            return Some(text);
        }
        if self.ports.len() == 1 { None } else { self.get(wanted) }
    }

    fn get(&self, port: PortNumber) -> Option<&str> {
        let place = self.position(port).ok()?;
        self.ports.get(place).map(|(_, text)| &**text)
    }

    fn position(&self, port: PortNumber) -> Result<usize, usize> {
        self.ports.binary_search_by_key(&port, |(port, _)| *port)
    }
}

impl PortNumber {
    const ANY: Self = Self(0);

    #[inline]
    fn new(port: PortPattern) -> Self {
        match port {
            PortPattern::Any => Self::ANY,
            PortPattern::Only(None) => Self(1),
            PortPattern::Only(Some(port)) => Self(2 + u32::from(port)),
        }
    }
}

const COMPARED_BY_BYTE: usize = 8;

const ASCII: usize = 128;

/// The largest number of children that are scanned. More children need a table to be fast.
const SCANNED_CHILDREN: usize = 8;

const SCANNED_SCHEMES: usize = 4;

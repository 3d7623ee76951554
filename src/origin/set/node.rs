use super::{
    children::Children,
    schemes::{Scheme, Schemes},
};
use crate::origin::parts::Parts;

/// A place in the tree of hosts: the end of a host that some patterns have in common.
#[derive(Clone, Default)]
pub(super) struct Node {
    /// What stands before the byte that leads here, up to the next fork or the next pattern.
    edge: Box<[u8]>,
    /// Those whose key ends here.
    patterns: Schemes,
    /// Whether that key begins with a dot.
    is_below: bool,
    children: Children<Self>,
}

impl Node {
    /// The node that the end of a host leads to, and what is left of the host.
    #[inline]
    pub(super) fn step<'h>(&self, host: &'h [u8]) -> Option<(&Self, &'h [u8])> {
        let (last, rest) = host.split_last()?;
        let child = self.children.get(*last)?;
        Some((child, strip_end(rest, &child.edge)?))
    }

    #[inline]
    pub(super) fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    #[inline]
    pub(super) fn is_below(&self) -> bool {
        self.is_below
    }

    /// The pattern here that covers the scheme and the port. Apart from the walk, most of whose nodes
    /// have no pattern.
    #[inline(never)]
    pub(super) fn pattern_for(&self, scheme: Scheme<&str>, port: Option<u16>) -> Option<&str> {
        self.patterns.find(scheme, port)
    }

    /// The pattern here that is written so.
    pub(super) fn pattern(&self, pattern: &Parts<'_>) -> Option<&str> {
        self.patterns.get(Scheme::of(pattern.scheme), pattern.port)
    }

    pub(super) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.patterns.iter()
    }

    pub(super) fn children(&self) -> impl Iterator<Item = &Self> {
        self.children.iter()
    }

    /// Adds a pattern that is not there yet; `key` is what is left of its key.
    pub(super) fn insert(&mut self, key: &[u8], pattern: &Parts<'_>, text: &str) {
        let Some((&last, rest)) = key.split_last() else {
            self.is_below = pattern.below;
            return self.patterns.insert(Scheme::of(pattern.scheme), pattern.port, text);
        };
        let new = || Self { edge: rest.into(), ..Self::default() };
        let Some(child) = self.children.get_or_insert_with(last, new) else { return };
        let common = common_end(rest, &child.edge);
        child.split(common);
        let left = rest.len() - common;
        child.insert(rest.get(..left).unwrap_or_default(), pattern, text);
    }

    /// Takes a pattern out that is there; `key` is what is left of its key.
    pub(super) fn remove(&mut self, key: &[u8], pattern: &Parts<'_>) {
        let Some((&last, rest)) = key.split_last() else {
            return self.patterns.remove(Scheme::of(pattern.scheme), pattern.port);
        };
        let Some(child) = self.children.get_mut(last) else { return };
        if let Some(rest) = rest.strip_suffix(&*child.edge) {
            child.remove(rest, pattern);
        }
        if !child.has_patterns() {
            match child.children.only() {
                Some((byte, below)) => *child = below.lengthened(byte, &child.edge),
                None if child.children.is_empty() => self.children.remove(last),
                None => {}
            }
        }
    }

    /// Ends the edge after its last `len` bytes; what stood before them is a child of its own.
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

    /// The same node as it is reached without the fork above it.
    fn lengthened(&self, byte: u8, end: &[u8]) -> Self {
        Self { edge: [&*self.edge, &[byte], end].concat().into(), ..self.clone() }
    }
}

/// What stands before `end`. Forks are dense where there are many patterns, and what is between them is
/// shorter than what a call of `memcmp` costs.
#[inline]
fn strip_end<'h>(mut host: &'h [u8], end: &[u8]) -> Option<&'h [u8]> {
    if end.is_empty() {
        return Some(host);
    }
    if end.len() > COMPARED_BYTE_BY_BYTE {
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

const COMPARED_BYTE_BY_BYTE: usize = 8;

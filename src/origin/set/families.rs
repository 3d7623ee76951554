use std::sync::Arc;

use super::{node::Node, schemes::Scheme};
use crate::origin::{Origin, parts::Parts};

/// Patterns with a `*`: a tree over the bytes of their hosts, the last byte first, in which a run of
/// bytes without a fork is one step.
///
/// Clones share every node; an insertion or a removal copies those on its way that others share.
#[derive(Clone, Default)]
pub(super) struct Families {
    root: Arc<Node>,
    len: usize,
}

impl Families {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The pattern that covers the origin; of several one with the shortest host.
    pub(super) fn find(&self, origin: &Origin<'_>) -> Option<&str> {
        let (scheme, port) = (Scheme::of(origin.scheme()?), origin.port());
        let mut host = origin.host_text()?.as_bytes();
        let mut node = &*self.root;
        loop {
            (node, host) = node.step(host)?;
            // A key that begins with a dot stands for what is below a host, any other for that host.
            if node.has_patterns() && (host.is_empty() || node.is_below()) {
                if let Some(pattern) = node.pattern_for(scheme, port) {
                    return Some(pattern);
                }
            }
        }
    }

    /// The pattern as it is held.
    pub(super) fn get(&self, pattern: &Parts<'_>) -> Option<&str> {
        let key = key(pattern);
        let (mut node, mut rest) = (&*self.root, key.as_bytes());
        while !rest.is_empty() {
            (node, rest) = node.step(rest)?;
        }
        node.pattern(pattern)
    }

    /// Whether the pattern is new.
    pub(super) fn insert(&mut self, pattern: &Parts<'_>, text: &str) -> bool {
        let is_new = self.get(pattern).is_none();
        if is_new {
            Arc::make_mut(&mut self.root).insert(key(pattern).as_bytes(), pattern, text);
            self.len += 1;
        }
        is_new
    }

    /// Whether the pattern was there.
    pub(super) fn remove(&mut self, pattern: &Parts<'_>) -> bool {
        let was_there = self.get(pattern).is_some();
        if was_there {
            Arc::make_mut(&mut self.root).remove(key(pattern).as_bytes(), pattern);
            self.len -= 1;
        }
        was_there
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut above = vec![&*self.root];
        std::iter::from_fn(move || {
            let node = above.pop()?;
            above.extend(node.children());
            Some(node.patterns())
        })
        .flatten()
    }

    /// Whether these are the very same patterns, without looking at them.
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root)
    }
}

/// With the dot before it, a host is the end of every subdomain and of nothing else.
fn key(pattern: &Parts<'_>) -> String {
    let dot = if pattern.below { "." } else { "" };
    format!("{dot}{}", pattern.host)
}

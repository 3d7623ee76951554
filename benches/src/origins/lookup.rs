use std::{collections::HashSet, hash::BuildHasher};

use tower_cross_origin::origin::{Origin, OriginSet};

/// A set that can look up a serialized origin.
pub trait Lookup {
    /// Returns whether the set contains or matches the origin.
    fn matches(&self, serialized: &[u8]) -> bool;
}

/// Parses the bytes first, like users of the public API.
impl Lookup for OriginSet {
    #[inline]
    fn matches(&self, serialized: &[u8]) -> bool {
        Origin::parse(serialized).is_ok_and(|origin| self.contains(&origin))
    }
}

impl<S: BuildHasher> Lookup for HashSet<String, S> {
    #[inline]
    fn matches(&self, serialized: &[u8]) -> bool {
        str::from_utf8(serialized).is_ok_and(|text| self.contains(text))
    }
}

impl Lookup for Vec<String> {
    #[inline]
    fn matches(&self, serialized: &[u8]) -> bool {
        self.iter().any(|one| one.as_bytes() == serialized)
    }
}

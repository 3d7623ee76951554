use std::{collections::HashSet, hash::BuildHasher};

use tower_cross_origin::origin::{Origin, OriginSet};

/// What can be asked whether it covers an origin, by the bytes of a header.
pub trait Lookup {
    /// Whether it does.
    fn covers(&self, serialized: &[u8]) -> bool;
}

/// By the public API, where the bytes are parsed first.
impl Lookup for OriginSet {
    #[inline]
    fn covers(&self, serialized: &[u8]) -> bool {
        Origin::parse(serialized).is_ok_and(|origin| self.contains(&origin))
    }
}

impl<S: BuildHasher> Lookup for HashSet<String, S> {
    #[inline]
    fn covers(&self, serialized: &[u8]) -> bool {
        str::from_utf8(serialized).is_ok_and(|text| self.contains(text))
    }
}

impl Lookup for Vec<String> {
    #[inline]
    fn covers(&self, serialized: &[u8]) -> bool {
        self.iter().any(|one| one.as_bytes() == serialized)
    }
}

//! The header `Vary`: the request headers that a response depends on.

use std::fmt::Write;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{Entry, ORIGIN, VARY},
};

use super::preshare;
use crate::request::fields::list_members;

/// The names that a layer adds to `Vary`, joined when the policy is compiled.
///
/// <https://fetch.spec.whatwg.org/#cors-protocol-and-http-caches>; RFC 9110, section 12.5.5
#[derive(Clone, Debug, Default)]
pub(crate) enum VaryNames {
    /// The response does not depend on the request's headers.
    #[default]
    None,
    /// The response depends only on `Origin`, as usual. A constant costs less than the clone of a value.
    Origin,
    /// Distinct names in lower case, separated by commas.
    List(HeaderValue),
}

impl VaryNames {
    /// Joins the names without duplicates.
    pub(crate) fn new(names: &[HeaderName]) -> Self {
        let mut list = String::new();
        for (index, name) in names.iter().enumerate() {
            if names.get(..index).is_some_and(|earlier| earlier.contains(name)) {
                continue;
            }
            let separator = if list.is_empty() { "" } else { ", " };
            // Writing to a `String` cannot fail.
            let _ = write!(list, "{separator}{name}");
        }
        match HeaderValue::try_from(list) {
            Ok(value) if value.is_empty() => Self::None,
            Ok(value) if value == ORIGIN.as_str() => Self::Origin,
            // Names joined by commas are always a valid value.
            value => value.map_or(Self::None, |value| Self::List(preshare(value))),
        }
    }

    /// Returns the union of several lists of names.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn union<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut headers = HeaderMap::new();
        for names in all {
            names.apply(&mut headers);
        }
        match headers.remove(VARY) {
            None => Self::None,
            Some(value) if value == ORIGIN.as_str() => Self::Origin,
            Some(value) => Self::List(preshare(value)),
        }
    }

    /// Adds the missing names to the response's `Vary`. Does not change `Vary: *`.
    #[inline]
    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        let Some(names) = self.value() else { return };
        match headers.try_entry(VARY) {
            Ok(Entry::Vacant(entry)) => {
                // A full map does not change.
                let _ = entry.try_insert(names);
            }
            _ => merge(headers, &names),
        }
    }

    #[inline]
    fn value(&self) -> Option<HeaderValue> {
        match self {
            Self::None => None,
            Self::Origin => Some(const { HeaderValue::from_static("origin") }),
            Self::List(names) => Some(names.clone()),
        }
    }
}

#[inline(never)]
fn merge(headers: &mut HeaderMap, names: &HeaderValue) {
    let present = || headers.get_all(VARY).iter().flat_map(names_in);
    let is_present = |name: &[u8]| present().any(|one| one.eq_ignore_ascii_case(name));
    if is_present(b"*") {
        return;
    }
    let missing: Vec<&[u8]> = names_in(names).filter(|name| !is_present(name)).collect();
    if missing.is_empty() {
        return;
    }
    // A single field line, since some caches read only the first one.
    let merged = present().chain(missing).collect::<Vec<_>>().join(&b", "[..]);
    // Members of valid values, joined by commas, are always a valid value.
    if let Ok(merged) = HeaderValue::from_bytes(&merged) {
        headers.insert(VARY, merged);
    }
}

fn names_in(line: &HeaderValue) -> impl Iterator<Item = &[u8]> {
    list_members(line).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duplicate_names_are_joined_once() {
        let accept = HeaderName::from_static("accept");
        for (names, expected) in [
            (vec![], None),
            (vec![ORIGIN, ORIGIN], Some("origin")),
            (vec![ORIGIN, accept.clone(), ORIGIN, accept], Some("origin, accept")),
        ] {
            let mut headers = HeaderMap::new();
            VaryNames::new(&names).apply(&mut headers);
            assert_eq!(headers.get(VARY).map(HeaderValue::as_bytes), expected.map(str::as_bytes));
        }
    }

    #[test]
    fn names_are_merged_into_present_lines() {
        for (lines, expected) in [
            (&["Accept, ORIGIN"][..], &["Accept, ORIGIN"][..]),
            (&["Accept", "x"], &["Accept, x, origin"]),
            (&["x, *"], &["x, *"]),
            (&[" , "], &["origin"]),
        ] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(VARY, HeaderValue::from_static(line));
            }
            VaryNames::Origin.apply(&mut headers);
            let found: Vec<_> = headers.get_all(VARY).iter().collect();
            assert_eq!(found, expected, "{lines:?}");
        }
    }
}

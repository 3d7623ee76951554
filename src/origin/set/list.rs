//! Lists of origins: in one string, such as an environment variable, or in a file.

use std::str::FromStr;

use super::OriginSet;
use crate::{
    config::{ConfigError, Diagnostic, Diagnostics},
    origin::{OriginErrorKind, ParsedPattern},
};

/// A list of origins has faults. Each fault gives the item.
///
/// ```
/// use tower_cross_origin::origin::{OriginErrorKind, OriginSet};
///
/// let error = "https://a.example/, https://b.example, c.example".parse::<OriginSet>().unwrap_err();
/// let [path, scheme] = error.faults() else { panic!("{error}") };
/// assert_eq!((path.setting(), path.value()), ("origins[0]", "https://a.example/"));
/// assert_eq!(path.suggestion(), Some("https://a.example"));
/// assert_eq!((scheme.setting(), scheme.kind()), ("origins[2]", &OriginErrorKind::MissingScheme));
/// ```
pub type OriginSetError = ConfigError<OriginErrorKind>;

/// Parses origins and patterns that are separated by commas or white space.
///
/// Empty items are skipped, so an empty string is an empty set.
///
/// ```
/// use tower_cross_origin::origin::OriginSet;
///
/// // CORS_ORIGINS="https://app.example.com, http://localhost:*"
/// let origins: OriginSet = "https://app.example.com, http://localhost:*".parse()?;
/// assert_eq!(origins, OriginSet::parse(["https://app.example.com", "http://localhost:*"])?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Returns an [`OriginSetError`] with every item that is not a valid pattern.
impl FromStr for OriginSet {
    type Err = OriginSetError;

    fn from_str(list: &str) -> Result<Self, Self::Err> {
        let items = list.split(|char: char| char == ',' || char.is_whitespace());
        let mut builder = Builder::default();
        for item in items.filter(|item| !item.is_empty()) {
            if builder.faults.is_full() {
                break;
            }
            builder.push(item);
        }
        builder.finish()
    }
}

/// Parses items, and collects the faults.
#[derive(Default)]
struct Builder {
    set: OriginSet,
    items: usize,
    faults: Diagnostics<OriginErrorKind, std::convert::Infallible>,
}

impl Builder {
    fn push(&mut self, item: &str) {
        match ParsedPattern::parse(item) {
            Ok(pattern) => {
                self.set.insert_parsed(&pattern, item);
            }
            Err(error) => {
                let setting = format!("origins[{}]", self.items);
                let fault = Diagnostic::new(setting, item, error.kind());
                self.faults.fault(fault.with_suggestion(error.suggestion()));
            }
        }
        self.items += 1;
    }

    fn finish(self) -> Result<OriginSet, OriginSetError> {
        self.faults.finish("origins").map(|_| self.set)
    }
}

/// Serializes a list of strings, for the setting `origins` of a file.
///
/// Fails for a set with regular expressions, which have a separate setting, `origin_regexes`.
#[cfg(feature = "serde")]
impl serde::Serialize for OriginSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.has_regexes() {
            return Err(serde::ser::Error::custom(
                "the set of origins has regular expressions; a list of origins contains only origins and patterns; \
                 serialize the regular expressions as a separate list",
            ));
        }
        serializer.collect_seq(self.patterns().map(|(text, _)| text))
    }
}

/// Deserializes a list of strings. The error lists every invalid pattern.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for OriginSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;

        impl<'de> serde::de::Visitor<'de> for List {
            type Value = OriginSet;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(r#"a list of origins, such as ["https://app.example.com"]"#)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut items: A,
            ) -> Result<OriginSet, A::Error> {
                let mut builder = Builder::default();
                while let Some(item) = items.next_element::<String>()? {
                    builder.push(&item);
                }
                builder.finish().map_err(serde::de::Error::custom)
            }
        }

        deserializer.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_white_space_separate_items() {
        let expected = OriginSet::parse(["https://a.example", "https://b.example"]).unwrap();
        for list in [
            "https://a.example,https://b.example",
            "https://a.example https://b.example",
            " https://a.example ,\thttps://b.example,\n",
            ",,https://b.example,,https://a.example\r\nhttps://a.example",
        ] {
            assert_eq!(list.parse(), Ok(expected.clone()), "{list:?}");
        }
    }

    #[test]
    fn list_without_items_is_empty_set() {
        for list in ["", " ", ",", " , \n"] {
            assert_eq!(list.parse(), Ok(OriginSet::default()), "{list:?}");
        }
    }

    #[test]
    fn error_lists_every_invalid_item() {
        let error = "*, https://a.example,, null".parse::<OriginSet>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "2 faults in the origins configuration\n\
             - origins[0] = \"*\": \"*\" is not an origin pattern; \"*\" would match every origin; \
             list origins, or patterns such as \"https://*.example.com\"\n\
             - origins[2] = \"null\": \"null\" is not a usable origin here; every sandboxed page and every \
             local file has the origin \"null\"; remove \"null\", or set dangerously_allow_null_origin = true \
             in a CORS rule"
        );
    }
}

use crate::origin::{IntoOrigins, MemberFault, NamedOrigins, OriginSet, Origins};

/// The origins of a setting: a set, and texts that the policy parses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct OriginList {
    texts: Vec<String>,
    set: OriginSet,
}

impl OriginList {
    pub(crate) fn add(&mut self, origins: impl IntoOrigins) {
        match origins.into_origins() {
            Origins::Texts(texts) => self.texts.extend(texts),
            Origins::Set(set) => self.set = self.set.union(&set),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.set.is_empty()
    }

    /// Returns whether the list consists of `*`.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn is_any_origin(&self) -> bool {
        self.texts == ["*"] && self.set.is_empty()
    }

    /// Returns a copy of a list that consists of `*`, or else an empty list.
    #[cfg(feature = "difference")]
    pub(crate) fn only_any_origin(&self) -> Self {
        let is_any = self.texts == ["*"] && self.set.is_empty();
        if is_any { self.clone() } else { Self::default() }
    }

    pub(crate) fn texts(&self) -> &[String] {
        &self.texts
    }

    pub(crate) fn set(&self) -> &OriginSet {
        &self.set
    }

    /// Returns all origins, and calls `fault` for each invalid text with its index.
    ///
    /// A text is a pattern, or `@name` for one of the lists.
    pub(crate) fn to_set<'a>(
        &'a self,
        lists: &NamedOrigins,
        fault: impl FnMut(usize, &'a str, MemberFault),
    ) -> OriginSet {
        self.set.union(&lists.parse_set(&self.texts, fault))
    }
}

impl From<Vec<String>> for OriginList {
    fn from(texts: Vec<String>) -> Self {
        Self { texts, set: OriginSet::default() }
    }
}

#[cfg(feature = "serde")]
mod file_format {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::OriginList;
    use crate::config::file;

    impl<'de> Deserialize<'de> for OriginList {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            file::origin_list(deserializer).map(Self::from)
        }
    }

    /// Omits the regular expressions of the set, for which a file has another key.
    impl Serialize for OriginList {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            // Sorted, since a set has no order.
            let mut patterns: Vec<&str> = self.set.patterns().map(|(text, _)| text).collect();
            patterns.sort_unstable();
            let texts: Vec<&str> = self.texts.iter().map(String::as_str).chain(patterns).collect();
            texts.serialize(serializer)
        }
    }

    #[cfg(feature = "schemars")]
    impl schemars::JsonSchema for OriginList {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            Vec::<String>::schema_name()
        }

        fn inline_schema() -> bool {
            true
        }

        fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
            Vec::<String>::json_schema(generator)
        }
    }
}

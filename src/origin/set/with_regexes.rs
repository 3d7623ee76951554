use super::OriginSet;
use crate::origin::{OriginRegexError, OriginRegexes};

impl OriginSet {
    /// The same set with regular expressions, which are always matched whole and are asked about
    /// well-formed origins alone. They are compiled into one automaton.
    ///
    /// ```
    /// use tower_cross_origin::origin::{Origin, OriginSet};
    ///
    /// let set = OriginSet::parse(["https://app.example.com"])?
    ///     .with_regexes([r"https://pr-[0-9]+\.preview\.example\.com"])?;
    /// assert!(set.contains(&Origin::parse(b"https://pr-17.preview.example.com")?));
    /// assert!(!set.contains(&Origin::parse(b"https://pr-17.preview.example.com.evil.example")?));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The first fault. A policy's configuration reports all of them at once.
    pub fn with_regexes<I>(mut self, regexes: I) -> Result<Self, OriginRegexError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let more: Vec<I::Item> = regexes.into_iter().collect();
        let all = self.regexes.iter().chain(more.iter().map(AsRef::as_ref));
        self.regexes = OriginRegexes::new(all)?;
        Ok(self)
    }

    pub(crate) fn with_compiled(mut self, regexes: &OriginRegexes) -> Self {
        self.regexes = self.regexes.union(regexes);
        self
    }
}

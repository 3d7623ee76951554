use super::{Origins, Rule, texts};

/// Origins by regular expressions.
impl Rule {
    /// A rule for pages of the origins that one of `regexes` matches.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// // r"https://pr-[0-9]+\.preview\.example\.com"   permitted
    /// // r"https://(app|admin)\.example\.com"          permitted, and better as two origins
    /// // r"https://[a-z]+.example.com"                 permitted, with lints: its dots are any character
    /// // r"example\.com"                               permitted, with a lint: it matches no origin, since
    /// //                                               an expression is always matched whole
    /// // r"https://(a\.example"                        prohibited: not a regular expression
    /// // r"https://\p{L}+\.example"                    prohibited: origins are ASCII
    /// let rule = Rule::for_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"]);
    /// ```
    ///
    /// The syntax is that of the crate [`regex`](https://docs.rs/regex/latest/regex/#syntax), without
    /// Unicode. An expression is asked about well-formed origins alone, never about `null`.
    pub fn for_origin_regexes<I>(regexes: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        Self::new(Origins::Written(Vec::new())).or_origin_regexes(regexes)
    }

    /// Covers, beside the others, the origins that one of `regexes` matches.
    ///
    /// ```
    /// # use tower_cross_origin::cors::Rule;
    /// let rule = Rule::for_origins(["https://app.example.com"])
    ///     .or_origin_regexes([r"https://pr-[0-9]+\.preview\.example\.com"]);
    /// ```
    pub fn or_origin_regexes<I>(mut self, regexes: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        self.origin_regexes.extend(texts(regexes));
        self
    }
}

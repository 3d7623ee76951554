use super::{
    OriginErrorKind, OriginPattern, OriginPatternError, SUBDOMAIN_WILDCARD, suggest::correct,
};

/// An origin that a person typed, in the form that browsers send.
///
/// It also lists the corrections. [`OriginPattern::normalize`] returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NormalizedOrigin {
    pattern: OriginPattern,
    changes: Vec<OriginErrorKind>,
}

impl NormalizedOrigin {
    /// Returns the pattern.
    pub fn pattern(&self) -> &OriginPattern {
        &self.pattern
    }

    /// Returns the pattern without the list of changes.
    pub fn into_pattern(self) -> OriginPattern {
        self.pattern
    }

    /// Returns the mistakes in the input that were corrected; empty if the input was valid.
    ///
    /// The `Display` output of each change can be shown to the person.
    pub fn changes(&self) -> &[OriginErrorKind] {
        &self.changes
    }
}

impl OriginPattern {
    /// Parses an origin that a person typed, and corrects unambiguous mistakes.
    ///
    /// This function trims white space, lower-cases the scheme and the host, and removes a path, a query, a
    /// fragment and the default port. It writes the port, an IPv4 address and an IPv6 address in the form
    /// that browsers send. With the feature `idna`, it converts a Unicode host to its A-label. A browser
    /// that parses the same text as a URL performs the same steps.
    ///
    /// The host of an application or an extension keeps its case, and a dot after a domain name stays: other
    /// spellings are other origins.
    ///
    /// Mistakes with several possible corrections are errors: a missing scheme, a user name, a backslash, or
    /// several origins in one string. The error may still have a
    /// [suggestion](OriginPatternError::suggestion).
    ///
    /// The input may be a pattern. Use [`is_exact`](Self::is_exact) where only single origins are
    /// allowed.
    ///
    /// ```
    /// use tower_cross_origin::origin::{OriginErrorKind, OriginPattern};
    ///
    /// let typed = OriginPattern::normalize(" HTTPS://Shop.Example.com/ ")?;
    /// assert_eq!(typed.pattern().as_str(), "https://shop.example.com");
    /// assert_eq!(
    ///     typed.changes(),
    ///     [OriginErrorKind::Whitespace, OriginErrorKind::UpperCase, OriginErrorKind::TrailingSlash]
    /// );
    ///
    /// let error = OriginPattern::normalize("shop.example.com").unwrap_err();
    /// assert_eq!(error.kind(), OriginErrorKind::MissingScheme);
    /// assert_eq!(error.suggestion(), Some("https://shop.example.com"));
    /// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OriginPatternError`] if the input is not an origin and has more than one possible correction.
    pub fn normalize(input: &str) -> Result<NormalizedOrigin, OriginPatternError> {
        let error = match input.parse() {
            Ok(pattern) => return Ok(NormalizedOrigin { pattern, changes: Vec::new() }),
            Err(error) => error,
        };
        let (changes, corrected) = correct(input);
        match corrected.and_then(|text| text.parse().ok()) {
            Some(pattern) if changes.iter().all(|&change| has_one_correction(change, input)) => {
                Ok(NormalizedOrigin { pattern, changes })
            }
            _ => Err(error),
        }
    }
}

/// Returns `true` if a browser that parses `input` as a URL makes the same correction.
fn has_one_correction(change: OriginErrorKind, input: &str) -> bool {
    match change {
        OriginErrorKind::Whitespace
        | OriginErrorKind::UpperCase
        | OriginErrorKind::TrailingSlash
        | OriginErrorKind::Query
        | OriginErrorKind::Fragment
        | OriginErrorKind::DefaultPort
        | OriginErrorKind::MalformedPort
        | OriginErrorKind::UnicodeHost
        | OriginErrorKind::TrailingDot
        | OriginErrorKind::Ipv4 => true,
        // Browsers treat a backslash as the end of the host only after some schemes.
        OriginErrorKind::Path => !input.contains('\\'),
        // Browsers do not accept an address without brackets or with a zone.
        OriginErrorKind::Ipv6 => has_brackets(input) && !input.contains('%'),
        _ => false,
    }
}

/// Returns `true` if the host of the text is in brackets.
fn has_brackets(text: &str) -> bool {
    let after_scheme = text.split_once("://").map_or(text, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '\\', '?', '#']).next().unwrap_or_default();
    let authority = authority.strip_prefix(SUBDOMAIN_WILDCARD).unwrap_or(authority);
    authority.starts_with('[') && authority.contains(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unambiguous_input_is_normalized() {
        use OriginErrorKind::{
            DefaultPort, Fragment, Ipv4, Ipv6, MalformedPort, Path, Query, TrailingDot,
            TrailingSlash, UpperCase, Whitespace,
        };
        let cases: &[(&str, &str, &[OriginErrorKind])] = &[
            ("https://x.example", "https://x.example", &[]),
            ("https://*.x.example:*", "https://*.x.example:*", &[]),
            ("HTTPS://Shop.Example.com/", "https://shop.example.com", &[UpperCase, TrailingSlash]),
            (" https://x.example ", "https://x.example", &[Whitespace]),
            ("https://x.example\r\n", "https://x.example", &[Whitespace]),
            ("https://x.example:443", "https://x.example", &[DefaultPort]),
            (
                "http://x.example:080/",
                "http://x.example",
                &[TrailingSlash, MalformedPort, DefaultPort],
            ),
            ("http://x.example:08080", "http://x.example:8080", &[MalformedPort]),
            ("https://x.example/a/b?c#d", "https://x.example", &[Path]),
            ("https://x.example?c", "https://x.example", &[Query]),
            ("https://x.example#d", "https://x.example", &[Fragment]),
            ("https://*.X.example", "https://*.x.example", &[UpperCase]),
            ("http://127.1:3000", "http://127.0.0.1:3000", &[Ipv4]),
            ("http://[0:0:0:0:0:0:0:1]", "http://[::1]", &[Ipv6]),
            ("https://x.example.", "https://x.example.", &[]),
            ("https://X.example./", "https://x.example.", &[TrailingSlash, UpperCase]),
            ("http://127.0.0.1.", "http://127.0.0.1", &[TrailingDot]),
            ("http://127.1./", "http://127.0.0.1", &[TrailingSlash, TrailingDot, Ipv4]),
            ("app://.", "app://.", &[]),
            (
                "Safari-Web-Extension://140BB581-A2C0/",
                "safari-web-extension://140BB581-A2C0",
                &[UpperCase, TrailingSlash],
            ),
            ("file://", "file://", &[]),
            ("FILE:///", "file://", &[UpperCase, TrailingSlash]),
        ];
        for &(input, pattern, changes) in cases {
            let normalized = OriginPattern::normalize(input).unwrap();
            assert_eq!(normalized.pattern().as_str(), pattern, "{input:?}");
            assert_eq!(normalized.changes(), changes, "{input:?}");
        }
    }

    #[test]
    fn ambiguous_input_is_an_error() {
        for (input, kind) in [
            ("", OriginErrorKind::Empty),
            ("x.example", OriginErrorKind::MissingScheme),
            ("localhost:3000", OriginErrorKind::MissingScheme),
            ("null", OriginErrorKind::Null),
            ("*", OriginErrorKind::AnyOrigin),
            ("https://a.example https://b.example", OriginErrorKind::SeveralOrigins),
            ("https://user@x.example", OriginErrorKind::Userinfo),
            (r"https://x.example\@y.example", OriginErrorKind::Path),
            ("https://x.example..", OriginErrorKind::EmptyLabel),
            ("https://x .example", OriginErrorKind::Whitespace),
            ("https://x.example:65536", OriginErrorKind::MalformedPort),
            ("https://*x.example", OriginErrorKind::WildcardInLabel),
            ("https://*.*.x.example", OriginErrorKind::RepeatedWildcard),
            ("https://*", OriginErrorKind::AnyHost),
            ("*://x.example", OriginErrorKind::AnyScheme),
            ("http://::1", OriginErrorKind::Ipv6),
            ("http://[fe80::1%eth0]", OriginErrorKind::Ipv6),
            ("http://[::1", OriginErrorKind::Ipv6),
            ("file:///index.html", OriginErrorKind::FileScheme),
        ] {
            assert_eq!(OriginPattern::normalize(input).map_err(|error| error.kind()), Err(kind));
        }
    }

    #[test]
    #[cfg(feature = "idna")]
    fn unicode_host_is_normalized_to_its_a_label() {
        let normalized = OriginPattern::normalize("https://Bücher.example").unwrap();
        assert_eq!(normalized.pattern().as_str(), "https://xn--bcher-kva.example");
        assert_eq!(normalized.changes(), [OriginErrorKind::UnicodeHost]);
    }

    #[test]
    #[cfg(not(feature = "idna"))]
    fn unicode_host_without_idna_is_an_error() {
        let error = OriginPattern::normalize("https://bücher.example").unwrap_err();
        assert_eq!(error.kind(), OriginErrorKind::UnicodeHost);
    }
}

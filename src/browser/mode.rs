/// Whether cookies and HTTP authentication go along, and whether the page may read what comes back.
/// <https://fetch.spec.whatwg.org/#concept-request-credentials-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Credentials {
    /// Never.
    Omit,
    /// Only within the page's own origin; what `fetch()` does by itself.
    #[default]
    SameOrigin,
    /// Always; what `withCredentials` asks for.
    Include,
}

/// What a request is for. <https://fetch.spec.whatwg.org/#concept-request-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// Other origins are asked by the CORS protocol; what `fetch()` does by itself.
    #[default]
    Cors,
    /// Other origins may be asked for what elements may embed, and the response cannot be read.
    NoCors,
    /// Other origins are not asked.
    SameOrigin,
    /// A document is loaded.
    Navigate,
}

/// What becomes of a redirect. <https://fetch.spec.whatwg.org/#concept-request-redirect-mode>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Redirect {
    /// It is followed.
    #[default]
    Follow,
    /// It is an error.
    Error,
    /// It is handed to the page, which can read nothing of it.
    Manual,
}

/// How much of the page's address is told. <https://w3c.github.io/webappsec-referrer-policy/>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferrerPolicy {
    /// `no-referrer`
    NoReferrer,
    /// `no-referrer-when-downgrade`
    NoReferrerWhenDowngrade,
    /// `same-origin`
    SameOrigin,
    /// `origin`
    Origin,
    /// `strict-origin`
    StrictOrigin,
    /// `origin-when-cross-origin`
    OriginWhenCrossOrigin,
    /// `strict-origin-when-cross-origin`, which browsers take where none is set.
    #[default]
    StrictOriginWhenCrossOrigin,
    /// `unsafe-url`
    UnsafeUrl,
}

impl ReferrerPolicy {
    /// The policy of this name. <https://w3c.github.io/webappsec-referrer-policy/#referrer-policies>
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"no-referrer" => Some(Self::NoReferrer),
            b"no-referrer-when-downgrade" => Some(Self::NoReferrerWhenDowngrade),
            b"same-origin" => Some(Self::SameOrigin),
            b"origin" => Some(Self::Origin),
            b"strict-origin" => Some(Self::StrictOrigin),
            b"origin-when-cross-origin" => Some(Self::OriginWhenCrossOrigin),
            b"strict-origin-when-cross-origin" => Some(Self::StrictOriginWhenCrossOrigin),
            b"unsafe-url" => Some(Self::UnsafeUrl),
            _ => None,
        }
    }
}

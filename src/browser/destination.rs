/// What a response is wanted for. <https://fetch.spec.whatwg.org/#concept-request-destination>
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Destination {
    /// Script reads it, or nobody does: `fetch()`, `XMLHttpRequest`, `<a download>`.
    #[default]
    Empty,
    /// A page.
    Document,
    /// A page within the page.
    Iframe,
    /// `<script>`
    Script,
    /// `<link rel=stylesheet>`
    Style,
    /// `<img>`
    Image,
    /// `@font-face`
    Font,
    /// `<audio>`
    Audio,
    /// `<video>`
    Video,
    /// `new Worker(..)`
    Worker,
}

impl Destination {
    /// As `Sec-Fetch-Dest` tells it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Document => "document",
            Self::Iframe => "iframe",
            Self::Script => "script",
            Self::Style => "style",
            Self::Image => "image",
            Self::Font => "font",
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Worker => "worker",
        }
    }

    /// <https://fetch.spec.whatwg.org/#document-accept-header-value>
    pub(super) fn accept(self) -> &'static str {
        match self {
            Self::Document | Self::Iframe => {
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
            }
            Self::Image => "image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5",
            Self::Style => "text/css,*/*;q=0.1",
            _ => "*/*",
        }
    }
}

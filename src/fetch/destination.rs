/// The use that a page makes of a response. <https://fetch.spec.whatwg.org/#concept-request-destination>
///
/// ```
/// use tower_cross_origin::fetch::Destination;
///
/// assert_eq!(Destination::from_name(b"image"), Some(Destination::Image));
/// assert_eq!(Destination::Empty.as_str(), "empty");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Destination {
    /// Read by script, or by nobody: `fetch()`, `XMLHttpRequest`, `<a download>`.
    #[default]
    Empty,
    /// `<audio>`
    Audio,
    /// `audioWorklet.addModule(..)`
    AudioWorklet,
    /// A page.
    Document,
    /// `<embed>`
    Embed,
    /// `<fencedframe>`
    FencedFrame,
    /// `@font-face`
    Font,
    /// `<frame>`
    Frame,
    /// A page within the page.
    Iframe,
    /// `<img>`
    Image,
    /// `import .. with { type: "json" }`
    Json,
    /// `<link rel=manifest>`
    Manifest,
    /// `<object>`
    Object,
    /// `CSS.paintWorklet.addModule(..)`
    PaintWorklet,
    /// What a browser reports to a collector.
    Report,
    /// `<script>`
    Script,
    /// `navigator.serviceWorker.register(..)`
    ServiceWorker,
    /// `new SharedWorker(..)`
    SharedWorker,
    /// `<link rel=stylesheet>`
    Style,
    /// `import .. with { type: "text" }`
    Text,
    /// `<track>`
    Track,
    /// `<video>`
    Video,
    /// Requests to an identity provider, of Federated Credential Management.
    WebIdentity,
    /// `new Worker(..)`
    Worker,
    /// A style sheet for XML.
    Xslt,
}

impl Destination {
    /// Returns the value of `Sec-Fetch-Dest`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Audio => "audio",
            Self::AudioWorklet => "audioworklet",
            Self::Document => "document",
            Self::Embed => "embed",
            Self::FencedFrame => "fencedframe",
            Self::Font => "font",
            Self::Frame => "frame",
            Self::Iframe => "iframe",
            Self::Image => "image",
            Self::Json => "json",
            Self::Manifest => "manifest",
            Self::Object => "object",
            Self::PaintWorklet => "paintworklet",
            Self::Report => "report",
            Self::Script => "script",
            Self::ServiceWorker => "serviceworker",
            Self::SharedWorker => "sharedworker",
            Self::Style => "style",
            Self::Text => "text",
            Self::Track => "track",
            Self::Video => "video",
            Self::WebIdentity => "webidentity",
            Self::Worker => "worker",
            Self::Xslt => "xslt",
        }
    }

    /// Returns the destination that `Sec-Fetch-Dest` names; `None` for an unknown name.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        ALL.into_iter().find(|destination| destination.as_str().as_bytes() == name)
    }
}

const ALL: [Destination; 25] = [
    Destination::Empty,
    Destination::Audio,
    Destination::AudioWorklet,
    Destination::Document,
    Destination::Embed,
    Destination::FencedFrame,
    Destination::Font,
    Destination::Frame,
    Destination::Iframe,
    Destination::Image,
    Destination::Json,
    Destination::Manifest,
    Destination::Object,
    Destination::PaintWorklet,
    Destination::Report,
    Destination::Script,
    Destination::ServiceWorker,
    Destination::SharedWorker,
    Destination::Style,
    Destination::Text,
    Destination::Track,
    Destination::Video,
    Destination::WebIdentity,
    Destination::Worker,
    Destination::Xslt,
];

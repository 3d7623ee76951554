/// The use of a response by a page. <https://fetch.spec.whatwg.org/#concept-request-destination>
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
    /// `fetch()`, `XMLHttpRequest`, `<a download>`, and `respondWith(fetch(event.request))` of a service worker.
    #[default]
    Empty,
    /// `<audio>`
    Audio,
    /// `audioWorklet.addModule(..)`
    AudioWorklet,
    /// A top-level page.
    Document,
    /// `<embed>`
    Embed,
    /// `<fencedframe>`
    FencedFrame,
    /// `@font-face`
    Font,
    /// `<frame>`
    Frame,
    /// `<iframe>`
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
    /// A report that the browser sends to a collector.
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
    /// A request to an identity provider, by Federated Credential Management.
    WebIdentity,
    /// `new Worker(..)`
    Worker,
    /// An XSLT style sheet.
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

    /// Returns the destination for a value of `Sec-Fetch-Dest`; `None` for an unknown value.
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

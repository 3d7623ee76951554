use benches::{Asked, Way};

/// A line of the first table.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) asked: Asked,
    pub(crate) way: Way,
    /// How many instructions ours may add; it may add no allocation.
    pub(crate) goal: Option<i64>,
}

pub(crate) const ROWS: [Row; 7] = [
    row("no Origin", Asked::NoOrigin, Way::Directly, Some(410)),
    row("refused", Asked::Refused, Way::Directly, Some(430)),
    row("allowed", Asked::Allowed, Way::Directly, Some(1_310)),
    row("allowed preflight", Asked::AllowedPreflight, Way::Directly, Some(1_150)),
    row("refused preflight", Asked::RefusedPreflight, Way::Directly, Some(300)),
    row("allowed, with axum's clone", Asked::Allowed, Way::ByClone, Some(1_400)),
    row("allowed, response dropped too", Asked::Allowed, Way::Dropped, None),
];

/// A line of the second table.
pub(crate) struct Flood {
    pub(crate) title: &'static str,
    pub(crate) asked: Asked,
    /// The same of twice the size, to which what is bounded adds no more.
    pub(crate) twice: Asked,
}

pub(crate) const FLOODS: [Flood; 4] = [
    Flood {
        title: "256 allowed names in one line",
        asked: Asked::Names(256),
        twice: Asked::Names(512),
    },
    Flood {
        title: "64 KiB of names in one line",
        asked: Asked::RequestHeadersBytes(64 * 1024),
        twice: Asked::RequestHeadersBytes(128 * 1024),
    },
    Flood {
        title: "1,024 lines of names",
        asked: Asked::RequestHeadersLines(1024),
        twice: Asked::RequestHeadersLines(2048),
    },
    Flood {
        title: "64 KiB of Origin",
        asked: Asked::OriginBytes(64 * 1024),
        twice: Asked::OriginBytes(128 * 1024),
    },
];

const fn row(title: &'static str, asked: Asked, way: Way, goal: Option<i64>) -> Row {
    Row { title, asked, way, goal }
}

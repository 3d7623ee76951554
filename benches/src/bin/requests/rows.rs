use benches::{CallMode, RequestKind};

/// A row of the first table.
pub(crate) struct Row {
    pub(crate) title: &'static str,
    pub(crate) kind: RequestKind,
    pub(crate) mode: CallMode,
    /// The largest number of instructions that ours may add; it may not add any allocation.
    pub(crate) goal: Option<i64>,
}

pub(crate) const ROWS: [Row; 7] = [
    row("no Origin", RequestKind::NoOrigin, CallMode::Direct, Some(410)),
    row("rejected", RequestKind::Rejected, CallMode::Direct, Some(430)),
    row("allowed", RequestKind::Allowed, CallMode::Direct, Some(1_310)),
    row("allowed preflight", RequestKind::AllowedPreflight, CallMode::Direct, Some(1_150)),
    row("rejected preflight", RequestKind::RejectedPreflight, CallMode::Direct, Some(300)),
    row("allowed, with axum's clone", RequestKind::Allowed, CallMode::ByClone, Some(1_400)),
    row("allowed, response dropped too", RequestKind::Allowed, CallMode::WithDrop, None),
];

/// A row of the second table.
pub(crate) struct LargeRow {
    pub(crate) title: &'static str,
    pub(crate) kind: RequestKind,
    /// The same request at twice the size.
    ///
    /// Where a limit applies, it must not cost more.
    pub(crate) twice: RequestKind,
}

pub(crate) const LARGE_ROWS: [LargeRow; 4] = [
    LargeRow {
        title: "256 allowed names in one field line",
        kind: RequestKind::Names(256),
        twice: RequestKind::Names(512),
    },
    LargeRow {
        title: "64 KiB of names in one field line",
        kind: RequestKind::RequestHeadersBytes(64 * 1024),
        twice: RequestKind::RequestHeadersBytes(128 * 1024),
    },
    LargeRow {
        title: "1,024 field lines of names",
        kind: RequestKind::RequestHeadersLines(1024),
        twice: RequestKind::RequestHeadersLines(2048),
    },
    LargeRow {
        title: "64 KiB of Origin",
        kind: RequestKind::OriginBytes(64 * 1024),
        twice: RequestKind::OriginBytes(128 * 1024),
    },
];

const fn row(title: &'static str, kind: RequestKind, mode: CallMode, goal: Option<i64>) -> Row {
    Row { title, kind, mode, goal }
}

use std::fmt;

use crate::config::Diagnostic;

/// A setting that is legal, but without effect or probably not what was meant.
///
/// ```
/// use tower_cross_origin::embedding::{
///     CrossOriginEmbedderPolicy, Embedding, EmbeddingPolicy, LintKind,
/// };
///
/// let embedding = Embedding::new().embedder_policy(CrossOriginEmbedderPolicy::RequireCorp);
/// let policy = EmbeddingPolicy::new(embedding)?;
/// assert_eq!(policy.lints()[0].kind(), &LintKind::NotIsolated);
/// # Ok::<(), tower_cross_origin::embedding::EmbeddingConfigError>(())
/// ```
pub type Lint = Diagnostic<LintKind>;

/// What is legal, but without effect or probably not meant; its `Display` says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LintKind {
    /// An embedder policy without the opener policy `same-origin`.
    NotIsolated,
    /// A report-only policy that names no endpoint.
    ReportedToNobody,
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            // https://html.spec.whatwg.org/#obtain-coop
            Self::NotIsolated => {
                "a page is not crossOriginIsolated without the opener policy same-origin beside it; \
                 for frames and workers alone it is right"
            }
            // https://w3c.github.io/reporting/#queue-report
            Self::ReportedToNobody => "a report-only policy without report_to tells nobody",
        })
    }
}

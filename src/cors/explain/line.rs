use std::fmt;

/// One line of an [`Explanation`](super::Explanation): what a browser looks at, and what it finds.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, cors::{CorsPolicy, Mark, Rule}};
///
/// let policy = CorsPolicy::new(Rule::for_origins(["https://app.example.com"]))?;
/// let request = Request::get("/").header("origin", "https://app.example.com").body(()).unwrap();
/// let explanation = policy.explain(&RequestHead::from(&request));
/// let line = explanation.steps().iter().find(|line| line.about() == "origin").unwrap();
/// assert_eq!(line.mark(), Mark::Passed);
/// assert_eq!(line.text(), "https://app.example.com is named by rules[0]");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplanationLine {
    about: &'static str,
    mark: Mark,
    text: String,
}

impl ExplanationLine {
    /// What the line is about, such as `request headers`.
    pub fn about(&self) -> &'static str {
        self.about
    }

    /// How it ends.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// What was compared with what.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn new(about: &'static str, mark: Mark, text: String) -> Self {
        Self { about, mark, text }
    }
}

impl fmt::Display for ExplanationLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.about, self.text)
    }
}

/// How a line of an [`Explanation`](super::Explanation) ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mark {
    /// The step passes.
    Passed,
    /// The step does not pass; the first such one is the decision's failed step.
    Failed,
    /// Nothing is decided here.
    Note,
}

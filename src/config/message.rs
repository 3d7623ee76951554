use std::{borrow::Cow, fmt};

use crate::limits::NAMED_ORIGINS;

/// The text of a diagnostic or an error: the problem, the reason and the fix.
///
/// - The problem names the defect of the value.
/// - The reason describes the consequence: the behavior of a browser or of the server.
/// - The fix is an imperative. It names keys of a file, which are also the names of the setters.
///
/// The reader may see the message only, without the program's code. A part must not begin with "it" or "this".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    problem: Cow<'static, str>,
    reason: Cow<'static, str>,
    fix: Cow<'static, str>,
}

impl Message {
    pub(crate) fn new(
        problem: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { problem: problem.into(), reason: reason.into(), fix: fix.into() }
    }

    /// Creates the message for `@name` where no list has the name.
    pub(crate) fn unknown_list() -> Self {
        Self::new(
            "no list of origins has the name after \"@\"",
            "the name refers to a key of the section origins",
            "add the list to origins, or correct the name",
        )
    }

    /// Creates the message for named lists that are used too often.
    pub(crate) fn too_many_named_origins() -> Self {
        Self::new(
            format!("the settings copy more than {NAMED_ORIGINS} origins from named lists"),
            "each setting that combines lists needs a copy of them",
            "combine the lists once in the section origins, or use fewer rules",
        )
    }

    /// Creates the message for a pattern, `*` or `null` where each origin must be exact.
    pub(crate) fn not_single_origin() -> Self {
        Self::new(
            "the value is not a single origin",
            "a pattern, \"*\", \"null\" or \"file://\" matches many pages",
            "use concrete origins",
        )
    }

    /// Creates the message for lints that are missing.
    #[cfg(feature = "cors")]
    pub(crate) fn incomplete_lints() -> Self {
        Self::new(
            "the lints are not complete",
            "the configuration has more lints or needs more comparisons than the limits allow",
            "correct the other lints, shorten the lists, or ignore the lint",
        )
    }

    /// Creates the message for a list that is too long.
    pub(crate) fn too_many(limit: usize, items: &str, fix: &'static str) -> Self {
        Self::new(
            format!("the list has more than {limit} {items}"),
            "every request or response would need the whole list",
            fix,
        )
    }

    /// Returns the part that names the defect.
    #[cfg(any(feature = "cors", test))]
    pub(crate) fn problem(&self) -> &str {
        &self.problem
    }

    /// Returns the part that describes the consequence.
    #[cfg(any(feature = "cors", test))]
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns the part that describes the correction.
    #[cfg(any(all(feature = "jsonp", feature = "tower"), test))]
    pub(crate) fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}; {}", self.problem, self.reason, self.fix)
    }
}

/// Implements `Display` for types with a method `message`.
///
/// No text of such a type can lack a part.
macro_rules! display_message {
    ($($kind:ty),+ $(,)?) => {
        $(
            /// Writes the problem, the reason and the fix.
            impl std::fmt::Display for $kind {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    std::fmt::Display::fmt(&self.message(), f)
                }
            }
        )+
    };
}

pub(crate) use display_message;

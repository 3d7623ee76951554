use std::{fmt, str::FromStr, sync::Arc};

use super::{error::CallbackError, grammar};

/// The name of a function of a page: ASCII identifiers, joined by dots.
///
/// Each identifier can have any number of indexes, and must not be a reserved word. A name has at most 128
/// bytes.
///
/// ```
/// use tower_cross_origin::jsonp::Callback;
///
/// let callback = Callback::parse("app.pending[12]")?;
/// assert_eq!(callback.as_str(), "app.pending[12]");
/// // "app.show"          permitted
/// // "app.pending[12]"   permitted: a number below a billion without a leading zero
/// // "app[\"show\"]"     prohibited: write "app.show"
/// // "app.show()"        prohibited: the response adds the parentheses
/// // "app.class"         prohibited: a reserved word
/// // "зов"               prohibited: not ASCII
/// # Ok::<(), tower_cross_origin::jsonp::CallbackError>(())
/// ```
///
/// If a `JsonpLayer` is going to wrap the response, it inserts the callback into the extensions of the
/// request.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Callback(Arc<str>);

impl Callback {
    /// Parses the name of a callback, after percent-decoding.
    ///
    /// # Errors
    ///
    /// Returns a [`CallbackError`] if the name is invalid. A [dangerous](Self::danger) name is valid.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, CallbackError> {
        grammar::parse(text.as_ref()).map(|name| Self(name.into()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first dangerous identifier, if there is one.
    ///
    /// Anyone who writes the URL of the script chooses the callback, and the page that loads the script calls
    /// it. A path through the page's own objects, such as `opener.document.forms[0].submit`, then acts in the
    /// name of the user ("same origin method execution"). Functions such as `alert` demonstrate this.
    ///
    /// ```
    /// use tower_cross_origin::jsonp::Callback;
    ///
    /// assert_eq!(Callback::parse("opener.document.body.click")?.danger(), Some("opener"));
    /// assert_eq!(Callback::parse("show.constructor")?.danger(), Some("constructor"));
    /// assert_eq!(Callback::parse("app.alert")?.danger(), None);
    /// # Ok::<(), tower_cross_origin::jsonp::CallbackError>(())
    /// ```
    pub fn danger(&self) -> Option<&str> {
        first_dangerous_identifier(&self.0)
    }

    /// Creates a callback from a valid list and a valid index.
    pub(super) fn from_index(list: &str, index: &str) -> Self {
        Self(format!("{list}[{index}]").into())
    }
}

impl FromStr for Callback {
    type Err = CallbackError;

    fn from_str(text: &str) -> Result<Self, CallbackError> {
        Self::parse(text)
    }
}

impl AsRef<str> for Callback {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Callback").field(&self.as_str()).finish()
    }
}

/// Returns the first dangerous identifier of a name.
///
/// Sources: same origin method execution, <https://www.someattack.com>; and names in lists of gadgets against
/// Content Security Policy, <https://github.com/renniepak/CSPBypass/issues/50>.
fn first_dangerous_identifier(name: &str) -> Option<&str> {
    // `window.show` is the global function `show`, and `window[0]` is another window.
    for global in ["window.", "self.", "globalThis."] {
        if let Some(rest) = name.strip_prefix(global) {
            return first_dangerous_identifier(rest);
        }
    }
    let mut identifiers = grammar::identifiers(name).enumerate();
    let is_dangerous =
        |index: usize, one: &str| index == 0 && ROOTS.contains(&one) || ANYWHERE.contains(&one);
    identifiers.find(|(index, one)| is_dangerous(*index, one)).map(|(_, one)| one)
}

/// Global names that lead to windows, documents and evaluation.
const ROOTS: [&str; 19] = [
    "window",
    "self",
    "top",
    "parent",
    "opener",
    "frames",
    "globalThis",
    "document",
    "location",
    "navigator",
    "eval",
    "Function",
    "setTimeout",
    "setInterval",
    "alert",
    "confirm",
    "prompt",
    "print",
    "open",
];

/// Members that lead from any function or object to other objects.
const ANYWHERE: [&str; 6] = ["constructor", "prototype", "__proto__", "call", "apply", "bind"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_identifiers_are_found() {
        for root in ROOTS {
            let is_global = matches!(root, "window" | "self" | "globalThis");
            let member = if is_global { format!("{root}.{root}") } else { format!("{root}.a") };
            for name in [root.to_owned(), member, format!("{root}[0].a"), format!("window.{root}")]
            {
                assert_eq!(first_dangerous_identifier(&name), Some(root), "{name}");
            }
            for name in [format!("a.{root}"), format!("{root}_"), root.to_uppercase()] {
                assert_eq!(first_dangerous_identifier(&name), None, "{name}");
            }
        }
        for segment in ANYWHERE {
            for name in [
                segment.to_owned(),
                format!("self.{segment}"),
                format!("a.{segment}[0]"),
                format!("a.{segment}.b"),
            ] {
                assert_eq!(first_dangerous_identifier(&name), Some(segment), "{name}");
            }
        }
    }
}

use std::{fmt, str::FromStr, sync::Arc};

use super::{error::CallbackError, grammar};

/// The name of a function that a page has defined: identifiers of ASCII, joined by dots, each with any
/// number of indexes; at most 128 bytes, and no reserved word among the identifiers.
///
/// ```
/// use tower_cross_origin::jsonp::Callback;
///
/// let callback = Callback::parse("app.pending[12]")?;
/// assert_eq!(callback.as_str(), "app.pending[12]");
/// // "app.show"          permitted
/// // "app.pending[12]"   permitted: a number without a leading zero, below a billion
/// // "app[\"show\"]"     prohibited: write "app.show"
/// // "app.show()"        prohibited: the response calls it
/// // "app.class"         prohibited: a reserved word
/// // "зов"               prohibited: ASCII alone
/// # Ok::<(), tower_cross_origin::jsonp::CallbackError>(())
/// ```
///
/// A `JsonpLayer` puts the one of a request that it is going to wrap into the request's extensions.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Callback(Arc<str>);

impl Callback {
    /// The callback of this name, as it is after percent-decoding.
    ///
    /// # Errors
    ///
    /// Where it is none. One that is merely [dangerous](Self::danger) is one.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, CallbackError> {
        grammar::read(text.as_ref()).map(|name| Self(name.into()))
    }

    /// The name as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first identifier that gives whoever calls it power over the page, if there is one.
    ///
    /// A callback is chosen by who writes the address, and called within the page that loads it. A path
    /// through the page's own objects, such as `opener.document.forms[0].submit`, then acts for its user
    /// ("same origin method execution"); `alert` and its like show that one can.
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

    /// Makes a callback of a list and an index, both of which are known to be valid.
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

/// The first dangerous identifier of a callback's name.
///
/// Same origin method execution: <https://www.someattack.com>; the names that lists of gadgets against a
/// Content Security Policy try: <https://github.com/renniepak/CSPBypass/issues/50>.
fn first_dangerous_identifier(name: &str) -> Option<&str> {
    let mut all = grammar::identifiers(name).enumerate();
    let is_dangerous =
        |index: usize, one: &str| index == 0 && ROOTS.contains(&one) || ANYWHERE.contains(&one);
    all.find(|(index, one)| is_dangerous(*index, one)).map(|(_, one)| one)
}

/// Ways to windows, documents and evaluation, from the global object on.
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

/// Ways from any function or object to others.
const ANYWHERE: [&str; 6] = ["constructor", "prototype", "__proto__", "call", "apply", "bind"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_dangerous_at_the_beginning_and_a_segment_anywhere() {
        for root in ROOTS {
            for name in [root.to_owned(), format!("{root}.a"), format!("{root}[0].a")] {
                assert_eq!(first_dangerous_identifier(&name), Some(root), "{name}");
            }
            for name in [format!("a.{root}"), format!("{root}_"), root.to_uppercase()] {
                assert_eq!(first_dangerous_identifier(&name), None, "{name}");
            }
        }
        for segment in ANYWHERE {
            for name in [segment.to_owned(), format!("a.{segment}[0]"), format!("a.{segment}.b")] {
                assert_eq!(first_dangerous_identifier(&name), Some(segment), "{name}");
            }
        }
    }
}

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

    /// Returns the browser's function or object that the callback names, if any.
    ///
    /// The sender of the script's URL chooses the callback, and the page that loads the script calls it. A call
    /// of `close`, `postMessage` or `setTimeout` then acts in the name of the page.
    ///
    /// Only names of globals are recognized. A path such as `app.ownerDocument.forms[0].submit` can act in the
    /// name of the page, too: "same origin method execution", <https://www.someattack.com>.
    ///
    /// No list of forbidden names covers these paths. A [`CallbackPolicy`](super::CallbackPolicy) therefore lists
    /// the allowed ones.
    ///
    /// ```
    /// use tower_cross_origin::jsonp::Callback;
    ///
    /// assert_eq!(Callback::parse("close")?.danger(), Some("close"));
    /// assert_eq!(Callback::parse("window.opener.close")?.danger(), Some("close"));
    /// assert_eq!(Callback::parse("app.close")?.danger(), None);
    /// # Ok::<(), tower_cross_origin::jsonp::CallbackError>(())
    /// ```
    pub fn danger(&self) -> Option<&str> {
        dangerous_global(&self.0)
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

/// Returns the dangerous global that a name consists of.
///
/// The global can be a member of a window.
fn dangerous_global(name: &str) -> Option<&str> {
    let mut global = name;
    while let Some((window, rest)) = global.split_once('.') {
        if !WINDOWS.contains(&window) {
            return None;
        }
        global = rest;
    }
    GLOBALS.binary_search(&global).is_ok().then_some(global)
}

/// Global names of a window.
const WINDOWS: [&str; 7] = ["frames", "globalThis", "opener", "parent", "self", "top", "window"];

/// Global functions that act on the page if a script calls them with JSON. Sorted.
///
/// They run a text as code or as markup, load scripts, navigate, open or close windows, send requests or
/// messages, open dialogs, or stop timers. The other functions of browsers return a value, throw an error or move
/// the view; `tests/browsers` checks this for every function of Chromium. The list also has the global objects
/// that lead to such functions.
///
/// Some names belong to old browsers (`execScript`), to workers (`importScripts`), and to libraries that
/// are on many pages: `$` and `jQuery` run markup, and `require` loads scripts.
const GLOBALS: [&str; 50] = [
    "$",
    "Function",
    "alert",
    "cancelAnimationFrame",
    "cancelIdleCallback",
    "clearImmediate",
    "clearInterval",
    "clearTimeout",
    "close",
    "confirm",
    "document",
    "eval",
    "execScript",
    "fetch",
    "fetchLater",
    "frames",
    "getScreenDetails",
    "globalThis",
    "importScripts",
    "jQuery",
    "location",
    "navigate",
    "navigator",
    "open",
    "openDatabase",
    "openDialog",
    "opener",
    "parent",
    "postMessage",
    "print",
    "prompt",
    "queryLocalFonts",
    "reportError",
    "require",
    "requirejs",
    "self",
    "setImmediate",
    "setInterval",
    "setTimeout",
    "showDirectoryPicker",
    "showModalDialog",
    "showOpenFilePicker",
    "showSaveFilePicker",
    "stop",
    "top",
    "webkitCancelAnimationFrame",
    "webkitCancelRequestAnimationFrame",
    "webkitRequestFileSystem",
    "webkitResolveLocalFileSystemURL",
    "window",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_globals_are_found_in_every_window() {
        assert!(GLOBALS.is_sorted());
        for global in GLOBALS {
            for name in
                [global.to_owned(), format!("window.{global}"), format!("opener.top.{global}")]
            {
                assert_eq!(dangerous_global(&name), Some(global), "{name}");
            }
            for name in [
                format!("a.{global}"),
                format!("{global}.a"),
                format!("{global}[0]"),
                format!("{global}_"),
                format!("a{global}"),
            ] {
                assert_eq!(dangerous_global(&name), None, "{name}");
            }
        }
    }
}

//! A call by a script, in the format of `page.js`.

use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Call {
    pub url: String,
    pub how: Value,
}

impl Call {
    pub fn fetch(url: impl Into<String>, init: Value) -> Self {
        Self { url: url.into(), how: json!({ "by": "fetch", "init": init }) }
    }

    /// Creates a call by `XMLHttpRequest`.
    ///
    /// The optional settings are `method`, `headers`, `withCredentials`, `listensToUpload` and `readsHeader`.
    pub fn xhr(url: impl Into<String>, settings: Value) -> Self {
        Self { url: url.into(), how: json!({ "by": "xhr", "settings": settings }) }
    }

    /// Creates an upload of a stream. Browsers always send a preflight for it.
    pub fn stream(url: impl Into<String>, method: &str) -> Self {
        Self { url: url.into(), how: json!({ "by": "stream", "method": method }) }
    }

    pub fn is_stream(&self) -> bool {
        self.how["by"] == "stream"
    }

    pub fn image(url: impl Into<String>) -> Self {
        Self { url: url.into(), how: json!({ "by": "image" }) }
    }
}

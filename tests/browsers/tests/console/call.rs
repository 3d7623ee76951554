//! A call by script, in the terms of `page.js`.

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

    /// With `method`, `headers`, `withCredentials`, `listensToUpload` and `readsHeader`, as far as they
    /// are there.
    pub fn xhr(url: impl Into<String>, settings: Value) -> Self {
        Self { url: url.into(), how: json!({ "by": "xhr", "settings": settings }) }
    }

    /// An upload by stream, which no browser sends without asking first.
    pub fn stream(url: impl Into<String>, method: &str) -> Self {
        Self { url: url.into(), how: json!({ "by": "stream", "method": method }) }
    }

    pub fn image(url: impl Into<String>) -> Self {
        Self { url: url.into(), how: json!({ "by": "image" }) }
    }
}

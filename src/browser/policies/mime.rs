//! MIME types of responses. <https://mimesniff.spec.whatwg.org/>

use http::{HeaderMap, header::CONTENT_TYPE};

use crate::{
    browser::values::{decode_and_split, get, isomorphic_decode},
    fetch::mime_essence,
};

/// The essence of a MIME type, in lower case: `text/javascript`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::browser) struct Essence(String);

impl Essence {
    /// The last one of the header that is one; `None` where the standard says failure.
    /// <https://fetch.spec.whatwg.org/#concept-header-extract-mime-type>
    pub(in crate::browser) fn of(headers: &HeaderMap) -> Option<Self> {
        let value = get(headers, &CONTENT_TYPE)?;
        let types = decode_and_split(&value);
        let mut essences =
            types.iter().filter_map(|one| mime_essence(one)).map(|(kind, subtype)| {
                let essence = [kind, subtype].join(&b'/').to_ascii_lowercase();
                Self(isomorphic_decode(&essence))
            });
        essences.rfind(|one| one.0 != "*/*")
    }

    pub(in crate::browser) fn as_str(&self) -> &str {
        &self.0
    }

    /// <https://mimesniff.spec.whatwg.org/#javascript-mime-type>
    pub(in crate::browser) fn is_javascript(&self) -> bool {
        JAVASCRIPT.contains(&self.as_str())
    }

    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?>
    pub(in crate::browser) fn is_never_script(&self) -> bool {
        let is_media = ["audio/", "image/", "video/"].iter().any(|kind| self.0.starts_with(kind));
        is_media || self.0 == "text/csv"
    }

    /// <https://mimesniff.spec.whatwg.org/#html-mime-type>, and those of JSON and XML after it
    pub(super) fn is_html_json_or_xml(&self) -> bool {
        let named = ["text/html", "application/json", "text/json", "application/xml", "text/xml"];
        named.contains(&self.as_str()) || self.0.ends_with("+json") || self.0.ends_with("+xml")
    }
}

/// <https://mimesniff.spec.whatwg.org/#javascript-mime-type-essence-match>
const JAVASCRIPT: [&str; 16] = [
    "application/ecmascript",
    "application/javascript",
    "application/x-ecmascript",
    "application/x-javascript",
    "text/ecmascript",
    "text/javascript",
    "text/javascript1.0",
    "text/javascript1.1",
    "text/javascript1.2",
    "text/javascript1.3",
    "text/javascript1.4",
    "text/javascript1.5",
    "text/jscript",
    "text/livescript",
    "text/x-ecmascript",
    "text/x-javascript",
];

use http::{HeaderMap, StatusCode};

use super::resource_headers::is_nosniff;
use crate::browser::header_values::Essence;

/// The result of opaque response blocking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpaqueResponse {
    /// The page may embed the response.
    Allowed,
    /// The page receives a network error.
    Blocked,
    /// The page may embed the response if the body is JavaScript and not JSON.
    ///
    /// The model does not parse JavaScript. The caller must check the body.
    AllowedIfScript,
}

/// Returns whether a page may embed this response of another origin.
///
/// The check applies to requests without the CORS protocol. It follows <https://github.com/annevk/orb>,
/// which is not part of the Fetch standard yet (<https://github.com/whatwg/fetch/pull/1755>). Engines
/// differ: instead of the last step, Chromium searches the body for HTML, JSON and XML.
///
/// ```
/// use http::{HeaderMap, HeaderValue, StatusCode};
/// use tower_cross_origin::browser::policies::{OpaqueResponse, opaque_response};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("content-type", HeaderValue::from_static("application/json"));
/// headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
/// let result = opaque_response(StatusCode::OK, &headers, br#"{"secret":1}"#);
/// assert_eq!(result, OpaqueResponse::Blocked);
/// ```
pub fn opaque_response(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> OpaqueResponse {
    let essence = Essence::from_headers(headers);
    let is = |predicate: fn(&Essence) -> bool| essence.as_ref().is_some_and(predicate);
    let is_nosniff = is_nosniff(headers);
    if is(is_safelisted) {
        return OpaqueResponse::Allowed;
    }
    if is(is_never_sniffed) {
        return OpaqueResponse::Blocked;
    }
    if status == StatusCode::PARTIAL_CONTENT && is(Essence::is_html_json_or_xml) {
        return OpaqueResponse::Blocked;
    }
    if is_nosniff && is(|one| one.is_html_json_or_xml() || one.as_str() == "text/plain") {
        return OpaqueResponse::Blocked;
    }
    if is_media(body) {
        return OpaqueResponse::Allowed;
    }
    if is_nosniff || !status.is_success() {
        return OpaqueResponse::Blocked;
    }
    match essence {
        None => OpaqueResponse::Allowed,
        Some(_) => OpaqueResponse::AllowedIfScript,
    }
}

fn is_safelisted(essence: &Essence) -> bool {
    essence.is_javascript() || ["text/css", "image/svg+xml"].contains(&essence.as_str())
}

fn is_never_sniffed(essence: &Essence) -> bool {
    NEVER_SNIFFED.contains(&essence.as_str())
}

/// Returns whether the body begins with the signature of an image, audio or video format.
/// <https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern> and the next section
fn is_media(body: &[u8]) -> bool {
    let is_at = |offset: usize, bytes: &[u8]| {
        body.get(offset..).is_some_and(|rest| rest.starts_with(bytes))
    };
    let is_within = |outer: &[u8], inner: &[u8]| is_at(0, outer) && is_at(8, inner);
    SIGNATURES.iter().any(|bytes| is_at(0, bytes))
        || is_within(b"RIFF", b"WEBPVP")
        || is_within(b"RIFF", b"WAVE")
        || is_within(b"RIFF", b"AVI ")
        || is_within(b"FORM", b"AIFF")
        || is_at(4, b"ftyp")
}

const SIGNATURES: [&[u8]; 11] = [
    b"\x00\x00\x01\x00",
    b"\x00\x00\x02\x00",
    b"BM",
    b"GIF87a",
    b"GIF89a",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"ID3",
    b"OggS\x00",
    b"MThd\x00\x00\x00\x06",
    b"\x1a\x45\xdf\xa3",
];

const NEVER_SNIFFED: [&str; 39] = [
    "application/dash+xml",
    "application/gzip",
    "application/msexcel",
    "application/mspowerpoint",
    "application/msword",
    "application/msword-template",
    "application/pdf",
    "application/vnd.apple.mpegurl",
    "application/vnd.ces-quickpoint",
    "application/vnd.ces-quicksheet",
    "application/vnd.ces-quickword",
    "application/vnd.ms-excel",
    "application/vnd.ms-excel.sheet.macroenabled.12",
    "application/vnd.ms-powerpoint",
    "application/vnd.ms-powerpoint.presentation.macroenabled.12",
    "application/vnd.ms-word",
    "application/vnd.ms-word.document.12",
    "application/vnd.ms-word.document.macroenabled.12",
    "application/vnd.msword",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.template",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.presentation-openxml",
    "application/vnd.presentation-openxmlm",
    "application/vnd.spreadsheet-openxml",
    "application/vnd.wordprocessing-openxml",
    "application/x-gzip",
    "application/x-protobuf",
    "application/x-protobuffer",
    "application/zip",
    "audio/mpegurl",
    "multipart/byteranges",
    "multipart/signed",
    "text/event-stream",
    "text/csv",
    "text/vtt",
];

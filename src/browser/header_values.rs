//! Parsers for header values, as browsers implement them.

use http::{HeaderMap, HeaderName, header::CONTENT_TYPE};

use crate::fetch::{is_token, mime_essence, trim_ows};

/// Returns all field lines of a header, joined by commas.
/// <https://fetch.spec.whatwg.org/#concept-header-list-get>
pub(super) fn get(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    // An HTTP parser strips the whitespace around a value. A service in the same process has no HTTP
    // parser.
    let lines: Vec<&[u8]> =
        headers.get_all(name).iter().map(|line| trim_ows(line.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join(&b", "[..]))
}

/// Splits a list at its commas, except at commas within quotation marks.
/// <https://fetch.spec.whatwg.org/#header-value-get-decode-and-split>
pub(super) fn decode_and_split(value: &[u8]) -> Vec<Vec<u8>> {
    let (mut members, mut member) = (Vec::new(), Vec::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for &byte in value {
        match byte {
            b',' if !is_quoted => {
                members.push(trim_ows(&member).to_vec());
                member.clear();
                continue;
            }
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            _ => {}
        }
        member.push(byte);
    }
    members.push(trim_ows(&member).to_vec());
    members
}

/// Converts each byte to a character, as scripts read header values.
/// <https://infra.spec.whatwg.org/#isomorphic-decode>
pub(super) fn isomorphic_decode(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// The members of a header whose value is a list of tokens.
///
/// <https://fetch.spec.whatwg.org/#extract-header-list-values>
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tokens {
    Absent,
    /// One member is not a token, so the whole list is invalid.
    Malformed,
    List(Vec<Vec<u8>>),
}

impl Tokens {
    pub(super) fn from_headers(headers: &HeaderMap, name: &HeaderName) -> Self {
        get(headers, name).map_or(Self::Absent, |value| Self::parse(&value))
    }

    fn parse(value: &[u8]) -> Self {
        let members = value.split(|byte| *byte == b',').map(trim_ows);
        let members: Vec<Vec<u8>> =
            members.filter(|member| !member.is_empty()).map(<[u8]>::to_vec).collect();
        if members.iter().all(|member| is_token(member)) {
            Self::List(members)
        } else {
            Self::Malformed
        }
    }
}

/// The essence of a MIME type, in lower case: `text/javascript`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Essence(String);

impl Essence {
    /// Returns the last valid MIME type in `Content-Type`; `None` if the standard returns failure.
    /// <https://fetch.spec.whatwg.org/#concept-header-extract-mime-type>
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let value = get(headers, &CONTENT_TYPE)?;
        let types = decode_and_split(&value);
        let mut essences =
            types.iter().filter_map(|one| mime_essence(one)).map(|(kind, subtype)| {
                let essence = [kind, subtype].join(&b'/').to_ascii_lowercase();
                Self(isomorphic_decode(&essence))
            });
        essences.rfind(|one| one.0 != "*/*")
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is a JavaScript type.
    /// <https://mimesniff.spec.whatwg.org/#javascript-mime-type>
    pub(super) fn is_javascript(&self) -> bool {
        JAVASCRIPT.contains(&self.as_str())
    }

    /// Returns whether browsers never run this type as a script.
    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-mime-type?>
    pub(super) fn is_never_script(&self) -> bool {
        let is_media = ["audio/", "image/", "video/"].iter().any(|kind| self.0.starts_with(kind));
        is_media || self.0 == "text/csv"
    }

    /// Returns whether this is an HTML, JSON or XML type.
    /// <https://mimesniff.spec.whatwg.org/#html-mime-type> and the definitions of JSON and XML types
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Tests the rows of `cors/access-control-expose-headers-parsing.window.js` with bytes that the crate
    /// `http` rejects. `tests/browser/wpt_cors.rs` lists them too.
    #[test]
    fn list_with_control_characters_is_malformed() {
        for (row, value) in [
            ("cors/expose-headers-parsing#10", &b"bb-8\x0c"[..]),
            ("cors/expose-headers-parsing#11", b"bb-8\x0b"),
            ("cors/expose-headers-parsing#12", b"bb-8\x0b,bb-8"),
        ] {
            assert_eq!(Tokens::parse(value), Tokens::Malformed, "{row}");
        }
        assert_eq!(Tokens::parse(b"bb-8\t"), Tokens::List(vec![b"bb-8".to_vec()]));
    }
}

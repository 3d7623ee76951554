//! Reference models of tokens and comma-separated lists (RFC 9110, sections 5.6.1 and 5.6.2).

use http::{HeaderMap, HeaderValue};

/// Returns the field lines of a header.
pub(crate) fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a [u8]> {
    headers.get_all(name).iter().map(HeaderValue::as_bytes).collect()
}

/// Returns the elements of a field line, including empty ones, without surrounding spaces and tabs.
pub(crate) fn elements(line: &[u8]) -> Vec<Vec<u8>> {
    let mut elements = vec![Vec::new()];
    for &byte in line {
        match byte {
            b',' => elements.push(Vec::new()),
            _ => elements.last_mut().expect("the list starts with one element").push(byte),
        }
    }
    for element in &mut elements {
        while matches!(element.last(), Some(b' ' | b'\t')) {
            element.pop();
        }
        while matches!(element.first(), Some(b' ' | b'\t')) {
            element.remove(0);
        }
    }
    elements
}

/// Returns the members of all field lines of a header.
pub(crate) fn members(headers: &HeaderMap, name: &str) -> Vec<Vec<u8>> {
    let elements = lines(headers, name).into_iter().flat_map(elements);
    elements.filter(|element| !element.is_empty()).collect()
}

pub(crate) fn is_token(bytes: &[u8]) -> bool {
    const MARKS: &str = "!#$%&'*+-.^_`|~";
    let in_token = |&byte: &u8| {
        let char = char::from(byte);
        char.is_ascii_alphanumeric() || MARKS.contains(char)
    };
    !bytes.is_empty() && bytes.iter().all(in_token)
}

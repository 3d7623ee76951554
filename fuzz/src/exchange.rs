//! A request head, the policy that decides about it, and the response of the service.
//!
//! A seed is plain text with one item per line: a letter, a space, a text.
//!
//! | line | meaning |
//! |---|---|
//! | `p 5` | the number of the policy |
//! | `m OPTIONS` | the method |
//! | `o TEXT`, `a TEXT`, `h TEXT` | a field line of `Origin`, `Access-Control-Request-Method`, `-Headers` |
//! | `O COUNT TEXT`, `A COUNT TEXT`, `H COUNT TEXT` | the same with the text repeated |
//! | `L COUNT TEXT` | the line `h TEXT`, repeated |
//! | `> NAME: TEXT` | another header of the request |
//! | `s 404`, `< NAME: TEXT` | status and a header of the service's response |
//!
//! A count is a number, or a letter for a bound of [`limits`]. The letters are `b` for bytes, `l` for lines,
//! `n` for names, `e` for empty elements, `m` for the method's bytes, and `o` for the origin's bytes. `+` adds
//! one and `-` subtracts one, so that both sides of each bound are one byte apart. Invalid lines and invalid
//! header values are ignored.

use arbitrary::{Arbitrary, Unstructured};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use tower_cross_origin::limits;

/// A parsed seed, see the module.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub(crate) policy: usize,
    pub(crate) request: Request<()>,
    pub(crate) response: Response<()>,
}

impl Exchange {
    /// Parses a seed.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut exchange = Self::default();
        for line in text.split(|&byte| byte == b'\n') {
            if let [key, b' ', text @ ..] = line {
                exchange.parse_line(*key, text);
            }
        }
        exchange
    }

    fn parse_line(&mut self, key: u8, text: &[u8]) {
        let request = self.request.headers_mut();
        let remaining = MAX_BYTES.saturating_sub(request.values().map(HeaderValue::len).sum());
        match key {
            b'p' => self.policy = number(text).unwrap_or(text.len()),
            b'm' => *self.request.method_mut() = Method::from_bytes(text).unwrap_or_default(),
            b'o' => add(request, Some(ORIGIN), text, 1),
            b'a' => add(request, Some(ACCESS_CONTROL_REQUEST_METHOD), text, 1),
            b'h' => add(request, Some(ACCESS_CONTROL_REQUEST_HEADERS), text, 1),
            b'O' => add(request, Some(ORIGIN), &repeated(text, remaining), 1),
            b'A' => {
                add(request, Some(ACCESS_CONTROL_REQUEST_METHOD), &repeated(text, remaining), 1);
            }
            b'H' => {
                add(request, Some(ACCESS_CONTROL_REQUEST_HEADERS), &repeated(text, remaining), 1);
            }
            b'L' => {
                let (count, text) = split_count(text);
                let count = count.min(remaining / text.len().max(1));
                add(request, Some(ACCESS_CONTROL_REQUEST_HEADERS), text, count);
            }
            b'>' => {
                let (name, text) = split_header(text);
                add(request, name, text, 1);
            }
            b's' => {
                let status = StatusCode::from_bytes(text).unwrap_or_default();
                *self.response.status_mut() = status;
            }
            b'<' => {
                let (name, text) = split_header(text);
                add(self.response.headers_mut(), name, text, 1);
            }
            _ => {}
        }
    }
}

/// Uses all bytes, so that a seed file is the input itself.
impl<'a> Arbitrary<'a> for Exchange {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        u.bytes(u.len()).map(Self::parse)
    }
}

/// Appends field lines up to the maximum of a request.
fn add(headers: &mut HeaderMap, name: Option<HeaderName>, text: &[u8], lines: usize) {
    let (Some(name), Ok(value)) = (name, HeaderValue::from_bytes(text)) else { return };
    for _ in 0..lines.min(MAX_LINES.saturating_sub(headers.len())) {
        headers.append(name.clone(), value.clone());
    }
}

fn split_header(text: &[u8]) -> (Option<HeaderName>, &[u8]) {
    let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let text = rest.strip_prefix(b":").unwrap_or(rest);
    (HeaderName::from_bytes(name).ok(), text.strip_prefix(b" ").unwrap_or(text))
}

fn repeated(text: &[u8], remaining: usize) -> Vec<u8> {
    let (count, text) = split_count(text);
    text.repeat(count.min(remaining / text.len().max(1)))
}

fn split_count(text: &[u8]) -> (usize, &[u8]) {
    let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    let (count, rest) = text.split_at(end);
    (self::count(count), rest.strip_prefix(b" ").unwrap_or(rest))
}

fn count(text: &[u8]) -> usize {
    let bound = |letter: u8| match letter {
        b'b' => limits::REQUEST_HEADERS_BYTES,
        b'l' => limits::REQUEST_HEADERS_LINES,
        b'n' => limits::REQUEST_HEADERS_NAMES,
        b'e' => limits::REQUEST_HEADERS_EMPTY_ELEMENTS,
        b'm' => limits::REQUEST_METHOD_BYTES,
        b'o' => limits::ORIGIN_BYTES,
        _ => 1,
    };
    match text {
        [letter, b'+'] => bound(*letter) + 1,
        [letter, b'-'] => bound(*letter) - 1,
        [letter] if letter.is_ascii_alphabetic() => bound(*letter),
        digits => number(digits).unwrap_or(1),
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// More than servers accept in a request head.
const MAX_BYTES: usize = 64 * 1024;
const MAX_LINES: usize = 1024;

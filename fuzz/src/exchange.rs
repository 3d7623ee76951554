//! A request head, the policy that decides it and the answer of the service behind the layer.
//!
//! Written one thing a line, so that a seed can be read and written by hand: a letter, a space, a text.
//!
//! | line | meaning |
//! |---|---|
//! | `p 5` | the policy's number |
//! | `m OPTIONS` | the method |
//! | `o TEXT`, `a TEXT`, `h TEXT` | a line of `Origin`, `Access-Control-Request-Method`, `-Headers` |
//! | `O COUNT TEXT`, `A COUNT TEXT`, `H COUNT TEXT` | the same with the text repeated |
//! | `L COUNT TEXT` | the line `h TEXT` repeated |
//! | `> NAME: TEXT` | another header of the request |
//! | `s 404`, `< NAME: TEXT` | status and a header of the service's own response |
//!
//! A count is a number or a bound of [`limits`], by a letter: `b` for bytes, `l` lines, `n` names,
//! `e` empty elements, `m` the method's bytes, `o` the origin's; with `+` or `-` for one more or one
//! less, so that both sides of each bound are a byte apart. Whatever cannot be read, and whatever
//! cannot arrive in a header, is passed over.

use arbitrary::{Arbitrary, Unstructured};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode,
    header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN},
};
use tower_cross_origin::limits;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    pub(crate) policy: usize,
    pub(crate) request: Request<()>,
    pub(crate) response: Response<()>,
}

impl Exchange {
    /// The exchange that is written so.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let mut exchange = Self::default();
        for line in text.split(|&byte| byte == b'\n') {
            if let [key, b' ', text @ ..] = line {
                exchange.read_line(*key, text);
            }
        }
        exchange
    }

    fn read_line(&mut self, key: u8, text: &[u8]) {
        let request = self.request.headers_mut();
        let room = MOST_BYTES.saturating_sub(request.values().map(HeaderValue::len).sum());
        match key {
            b'p' => self.policy = number(text).unwrap_or(text.len()),
            b'm' => *self.request.method_mut() = Method::from_bytes(text).unwrap_or_default(),
            b'o' => add(request, Some(ORIGIN), text, 1),
            b'a' => add(request, Some(ACCESS_CONTROL_REQUEST_METHOD), text, 1),
            b'h' => add(request, Some(ACCESS_CONTROL_REQUEST_HEADERS), text, 1),
            b'O' => add(request, Some(ORIGIN), &repeated(text, room), 1),
            b'A' => add(request, Some(ACCESS_CONTROL_REQUEST_METHOD), &repeated(text, room), 1),
            b'H' => add(request, Some(ACCESS_CONTROL_REQUEST_HEADERS), &repeated(text, room), 1),
            b'L' => {
                let (count, text) = counted(text);
                let count = count.min(room / text.len().max(1));
                add(request, Some(ACCESS_CONTROL_REQUEST_HEADERS), text, count);
            }
            b'>' => {
                let (name, text) = named(text);
                add(request, name, text, 1);
            }
            b's' => {
                let status = StatusCode::from_bytes(text).unwrap_or_default();
                *self.response.status_mut() = status;
            }
            b'<' => {
                let (name, text) = named(text);
                add(self.response.headers_mut(), name, text, 1);
            }
            _ => {}
        }
    }
}

/// All the bytes that there are, so that a seed's file is what stands in it.
impl<'a> Arbitrary<'a> for Exchange {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        u.bytes(u.len()).map(Self::read)
    }
}

/// Appends lines as far as a request may have them.
fn add(headers: &mut HeaderMap, name: Option<HeaderName>, text: &[u8], lines: usize) {
    let (Some(name), Ok(value)) = (name, HeaderValue::from_bytes(text)) else { return };
    for _ in 0..lines.min(MOST_LINES.saturating_sub(headers.len())) {
        headers.append(name.clone(), value.clone());
    }
}

fn named(text: &[u8]) -> (Option<HeaderName>, &[u8]) {
    let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let text = rest.strip_prefix(b":").unwrap_or(rest);
    (HeaderName::from_bytes(name).ok(), text.strip_prefix(b" ").unwrap_or(text))
}

fn repeated(text: &[u8], room: usize) -> Vec<u8> {
    let (count, text) = counted(text);
    text.repeat(count.min(room / text.len().max(1)))
}

fn counted(text: &[u8]) -> (usize, &[u8]) {
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

/// More than servers take of a request's head.
const MOST_BYTES: usize = 64 * 1024;
const MOST_LINES: usize = 1024;

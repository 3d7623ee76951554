//! A policy, the response of the service, and pages with their calls.
//!
//! A seed is plain text with one item per line: a letter, a space, a text.
//!
//! | line | meaning |
//! |---|---|
//! | `r TEXT` | a rule for a pattern or for `*`; without a text, a rule without origins |
//! | `p TEXT` | another pattern of the last rule |
//! | `f cns` | the last rule allows credentials, allows `null`, has a static origin |
//! | `m TEXT`, `h TEXT`, `x TEXT` | an allowed method, an allowed request header, an exposed header |
//! | `a 600` | the max-age of the last rule |
//! | `q 204` | the status of allowed preflights; `Q 204` also passes the patterns as sets |
//! | `W ekh` | enforces, keeps upstream headers, hides the failing step |
//! | `s 404`, `< NAME: TEXT` | status and a header of the service's response |
//! | `o TEXT` | opens a page at this URL, or with the origin `null` |
//! | `e c` | the last page is in Chromium; `f` is Firefox, `w` is WebKit |
//! | `c TEXT` | a call with this method; `C COUNT TEXT` repeats the text |
//! | `u TEXT` | the URL of the last call |
//! | `> NAME: TEXT` | a header of the last call |
//! | `N COUNT NAME: TEXT` | several headers, each with its number instead of `#` in its name |
//! | `B COUNT NAME: TEXT` | one header with a repeated name |
//! | `k i`, `k o`, `k s` | credentials: include, omit, same-origin |
//! | `d c`, `d n`, `d s` | mode: cors, no-cors, same-origin |
//! | `b t`, `b f`, `b b`, `b s` | a body: text, a form, bytes, a stream |
//! | `l .` | an upload listener |
//! | `w 5`, `w e`, `w -` | a pause before the call: seconds, until a preflight result expires, one second less |
//!
//! Invalid lines, and lines beyond the limits, are ignored.

use std::str::FromStr;

use arbitrary::{Arbitrary, Unstructured};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use tower_cross_origin::browser::Engine;
use url::Url;

use crate::{
    cases::Rules,
    lists::is_token,
    reference_model::{
        cors_model::{
            PolicySettings, RuleText,
            page::{Body, Call, Credentials, Mode},
        },
        pattern::is_pattern,
    },
};

/// A parsed seed, see the module.
#[derive(Clone, Debug)]
pub struct Visits {
    pub(crate) rules: Rules,
    pub(crate) response: Response<String>,
    pub(crate) pages: Vec<Visit>,
}

/// A page and its calls.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) origin: String,
    pub(crate) engine: Engine,
    pub(crate) calls: Vec<(Pause, Call)>,
}

/// A pause before a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pause {
    Seconds(u64),
    /// Until one second before the cached preflight result expires.
    JustBefore,
    /// Until the cached preflight result expires.
    Until,
}

impl Visits {
    pub(crate) const BODY: &str = "the service's own body";

    /// Parses a seed.
    #[must_use]
    pub fn parse(text: &[u8]) -> Self {
        let mut visits = Self {
            rules: Rules {
                texts: Vec::new(),
                whole: PolicySettings::default(),
                preflight_status: 204,
                as_sets: false,
            },
            response: Response::new(Self::BODY.to_owned()),
            pages: Vec::new(),
        };
        for line in text.split(|&byte| byte == b'\n') {
            if let [key, b' ', text @ ..] = line {
                visits.parse_line(*key, text);
            }
        }
        visits.rules.texts.iter_mut().for_each(RuleText::resolve_conflicts);
        if visits.rules.texts.iter().any(|rule| rule.is_static) {
            visits.rules.texts.retain(|rule| rule.is_static);
            visits.rules.texts.truncate(1);
            visits.rules.whole.enforces = false;
        }
        for visit in &mut visits.pages {
            for (_, call) in &mut visit.calls {
                *call = call.clone().by(&visit.origin);
            }
        }
        visits
    }

    fn parse_line(&mut self, key: u8, text: &[u8]) {
        match key {
            b'r' | b'p' | b'f' | b'm' | b'h' | b'x' | b'a' => self.parse_rule(key, &decoded(text)),
            b'q' | b'Q' => {
                self.rules.preflight_status = number(text).unwrap_or(204);
                self.rules.as_sets = key == b'Q';
            }
            b'W' => {
                self.rules.whole = PolicySettings {
                    enforces: text.contains(&b'e'),
                    keeps: text.contains(&b'k'),
                    hides_failing_step: text.contains(&b'h'),
                    ..PolicySettings::default()
                };
            }
            b's' => {
                let status = StatusCode::from_bytes(text).unwrap_or_default();
                // An informational status is not a final response.
                if status.as_u16() >= 200 {
                    *self.response.status_mut() = status;
                }
            }
            b'<' => self.parse_own_header(text),
            b'o' if self.pages.len() < MAX_PAGES => self.pages.extend(Visit::open(text)),
            _ => {
                if let Some(visit) = self.pages.last_mut() {
                    visit.parse_line(key, text);
                }
            }
        }
    }

    fn parse_rule(&mut self, key: u8, text: &str) {
        let rules = &mut self.rules.texts;
        if key == b'r' && rules.len() < MAX_RULES {
            rules.push(RuleText::default());
        }
        let Some(rule) = rules.last_mut() else { return };
        match key {
            b'f' => {
                rule.credentials = text.contains('c');
                rule.null = text.contains('n');
                rule.is_static = text.contains('s');
            }
            b'm' => add(&mut rule.methods, text, is_name(text)),
            b'h' => add(&mut rule.request_headers, text, is_name(text) || is_prefix(text)),
            b'x' => add(&mut rule.expose_headers, text, is_name(text) || is_prefix(text)),
            b'a' => rule.max_age = number::<u32>(text.as_bytes()).map(u64::from),
            _ if text == "*" => rule.origins = vec!["*".to_owned()],
            _ => {
                let is_member = is_pattern(text) && !rule.is_for_any_origin();
                add(&mut rule.origins, text, is_member);
            }
        }
    }

    fn parse_own_header(&mut self, text: &[u8]) {
        let (name, text) = split_header(text);
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(text))
        else {
            return;
        };
        // The reference model does not follow redirects.
        if name != "location" && self.response.headers().len() < MAX_MEMBERS {
            self.response.headers_mut().append(name, value);
        }
    }
}

/// Uses all bytes, so that a seed file is the input itself.
impl<'a> Arbitrary<'a> for Visits {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        u.bytes(u.len()).map(Self::parse)
    }
}

/// Returns whether the text is a method or a name, or `*`.
fn is_name(text: &str) -> bool {
    is_token(text.as_bytes()) && (text == "*" || !text.contains('*'))
}

/// Returns whether the text is a prefix of header names, such as `x-amz-*`.
fn is_prefix(text: &str) -> bool {
    text.strip_suffix("-*").is_some_and(|prefix| is_name(prefix) && prefix != "*")
}

impl RuleText {
    /// Removes settings that conflict with others.
    fn resolve_conflicts(&mut self) {
        self.is_static &= matches!(&*self.origins, [only] if !only.contains('*'));
        self.null &= !self.is_static;
        self.null |= self.origins.is_empty();
        self.credentials &= !self.is_for_any_origin() && !self.origins.is_empty();
        self.null &= !self.credentials;
        if self.credentials {
            self.expose_headers.retain(|name| name != "*");
        }
    }
}

impl Visit {
    /// Returns `None` if the text is not the URL of a web page.
    fn open(text: &[u8]) -> Option<Self> {
        let text = decoded(text);
        let origin =
            if text == "null" { text } else { address(&text)?.origin().ascii_serialization() };
        Some(Self { origin, engine: Engine::Standard, calls: Vec::new() })
    }

    fn parse_line(&mut self, key: u8, text: &[u8]) {
        match key {
            b'e' => {
                self.engine = match text {
                    [b'c', ..] => Engine::Chromium,
                    [b'f', ..] => Engine::Firefox,
                    [b'w', ..] => Engine::WebKit,
                    _ => Engine::Standard,
                }
            }
            b'c' | b'C' if self.calls.len() < MAX_CALLS => {
                let (count, text) = if key == b'C' { split_count(text) } else { (1, text) };
                self.calls.push((Pause::Seconds(0), call(&decoded(&repeated(text, count)))));
            }
            _ => {
                if let Some((pause, call)) = self.calls.last_mut() {
                    parse_call(pause, call, key, text);
                }
            }
        }
    }
}

fn call(method: &str) -> Call {
    Call {
        origin: String::new(),
        address: "https://api.example.com/items".to_owned(),
        is_own: false,
        mode: Mode::Cors,
        method: method.to_owned(),
        headers: Vec::new(),
        body: Body::Nothing,
        credentials: Credentials::SameOrigin,
        has_upload_listener: false,
    }
}

fn parse_call(pause: &mut Pause, call: &mut Call, key: u8, text: &[u8]) {
    match (key, text) {
        (b'u', _) => {
            if let Some(url) = address(&decoded(text)) {
                call.address = url.into();
            }
        }
        (b'>', _) => set_header(call, text, 1, |name, _| name.to_owned()),
        (b'N', _) => {
            let (count, text) = split_count(text);
            set_header(call, text, count, |name, one| name.replace('#', &one.to_string()));
        }
        (b'B', _) => {
            let (count, text) = split_count(text);
            set_header(call, text, 1, |name, _| decoded(&repeated(name.as_bytes(), count)));
        }
        (b'k', b"i") => call.credentials = Credentials::Include,
        (b'k', b"o") => call.credentials = Credentials::Omit,
        (b'k', _) => call.credentials = Credentials::SameOrigin,
        (b'd', b"n") => call.mode = Mode::NoCors,
        (b'd', b"s") => call.mode = Mode::SameOrigin,
        (b'd', _) => call.mode = Mode::Cors,
        (b'b', b"t") => call.body = Body::Text,
        (b'b', b"f") => call.body = Body::Form,
        (b'b', b"b") => call.body = Body::Bytes,
        (b'b', b"s") => call.body = Body::Stream,
        (b'l', _) => call.has_upload_listener = true,
        (b'w', b"e") => *pause = Pause::Until,
        (b'w', b"-") => *pause = Pause::JustBefore,
        (b'w', _) => *pause = Pause::Seconds(number::<u32>(text).map_or(0, u64::from)),
        _ => {}
    }
}

fn set_header(call: &mut Call, text: &[u8], count: usize, name: impl Fn(&str, usize) -> String) {
    let (written, value) = split_header(text);
    let (written, value) = (decoded(written), decoded(value));
    // The reference model splits these values at each comma, and trims more characters than a browser.
    let is_narrow = |char: char| char == '"' || (char.is_whitespace() && !" \t".contains(char));
    let is_override = written.to_lowercase().contains("method");
    if is_override && value.contains(is_narrow) {
        return;
    }
    let left = MAX_HEADERS.saturating_sub(call.headers.len());
    call.headers.extend((0..count.min(left)).map(|one| (name(&written, one), value.clone())));
}

/// Parses a URL that a script may fetch.
fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let is_allowed = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    url.set_fragment(None);
    is_allowed.then_some(url)
}

fn add(list: &mut Vec<String>, text: &str, is_member: bool) {
    let is_there = list.iter().any(|one| one == text);
    if is_member && !is_there && list.len() < MAX_MEMBERS {
        list.push(text.to_owned());
    }
}

fn split_header(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let text = rest.strip_prefix(b":").unwrap_or(rest);
    (name, text.strip_prefix(b" ").unwrap_or(text))
}

fn split_count(text: &[u8]) -> (usize, &[u8]) {
    let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    let (count, rest) = text.split_at(end);
    let count = number(count).unwrap_or(1);
    (count, rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Repeats the text within the size limit of the `http` crate for names. Browsers have no such limit.
fn repeated(text: &[u8], count: usize) -> Vec<u8> {
    text.repeat(count.min(MAX_BYTES / text.len().max(1)))
}

/// Decodes UTF-8. Otherwise maps each byte to a character, so that scripts can send all bytes.
fn decoded(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().copied().map(char::from).collect(),
    }
}

fn number<N: FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

const MAX_RULES: usize = 4;
const MAX_MEMBERS: usize = 12;
const MAX_PAGES: usize = 4;
const MAX_CALLS: usize = 6;
const MAX_HEADERS: usize = 300;
const MAX_BYTES: usize = 8192;

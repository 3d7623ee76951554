//! A policy, the answer of the service behind it, and the pages that visit it, each with its calls.
//!
//! Written one thing a line, so that a seed can be read and written by hand: a letter, a space, a text.
//!
//! | line | meaning |
//! |---|---|
//! | `r TEXT` | a rule for a pattern, for `*`, or for none where there is no text |
//! | `p TEXT` | one more pattern of the last rule |
//! | `f cn` | the last rule has credentials, is for `null` |
//! | `m TEXT`, `h TEXT`, `x TEXT` | a method, a request header that it allows, a header that it exposes |
//! | `a 600` | its maximal age |
//! | `q 204` | the status of a granted preflight; `Q 204` with the patterns given as sets |
//! | `W ekta` | it is enforced, keeps the service's own headers, tells every page, tells the app alone |
//! | `s 404`, `< NAME: TEXT` | status and a header of the service's own response |
//! | `o TEXT` | a page at this address is opened, or one of the origin `null` |
//! | `e c` | the last page is in Chromium; `f` is Firefox, `w` is WebKit |
//! | `c TEXT` | it makes a call by this method; `C COUNT TEXT` with the text repeated |
//! | `u TEXT` | the address of the last call |
//! | `> NAME: TEXT` | a header of it |
//! | `N COUNT NAME: TEXT` | so many headers, each with its number in the place of `#` in its name |
//! | `B COUNT NAME: TEXT` | one header, its name repeated |
//! | `k i`, `k o`, `k s` | credentials: include, omit, same-origin |
//! | `d c`, `d n`, `d s` | mode: cors, no-cors, same-origin |
//! | `b t`, `b f`, `b b`, `b s` | a body: text, a form, bytes, a stream |
//! | `l .` | an upload listener |
//! | `w 5`, `w e`, `w -` | before it passes time: seconds, until the browser forgets, until just before |
//!
//! Whatever cannot be read, and what is too much, is passed over.

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
            DebugSetting, PolicySettings, RuleText,
            page::{Body, Call, Credentials, Mode},
        },
        pattern::is_pattern,
    },
};

/// See the module.
#[derive(Clone, Debug)]
pub struct Visits {
    pub(crate) rules: Rules,
    pub(crate) own: Response<String>,
    pub(crate) pages: Vec<Visit>,
}

/// A page and its calls.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(crate) origin: String,
    pub(crate) engine: Engine,
    pub(crate) calls: Vec<(Pause, Call)>,
}

/// Before a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pause {
    Seconds(u64),
    /// Until a second before what the browser was told ends.
    JustBefore,
    /// Until it ends.
    Until,
}

impl Visits {
    pub(crate) const BODY: &str = "the service's own body";

    /// The visits that are written so.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let mut visits = Self {
            rules: Rules {
                texts: Vec::new(),
                whole: PolicySettings::default(),
                preflight_status: 204,
                as_sets: false,
            },
            own: Response::new(Self::BODY.to_owned()),
            pages: Vec::new(),
        };
        for line in text.split(|&byte| byte == b'\n') {
            if let [key, b' ', text @ ..] = line {
                visits.read_line(*key, text);
            }
        }
        visits.rules.texts.iter_mut().for_each(RuleText::mend);
        for visit in &mut visits.pages {
            for (_, call) in &mut visit.calls {
                *call = call.clone().by(&visit.origin);
            }
        }
        visits
    }

    fn read_line(&mut self, key: u8, text: &[u8]) {
        match key {
            b'r' | b'p' | b'f' | b'm' | b'h' | b'x' | b'a' => self.read_rule(key, &decoded(text)),
            b'q' | b'Q' => {
                self.rules.preflight_status = number(text).unwrap_or(204);
                self.rules.as_sets = key == b'Q';
            }
            b'W' => {
                self.rules.whole = PolicySettings {
                    enforces: text.contains(&b'e'),
                    keeps: text.contains(&b'k'),
                    debug: match () {
                        () if text.contains(&b't') => DebugSetting::All,
                        () if text.contains(&b'a') => {
                            DebugSetting::Only("https://app.example.com".to_owned())
                        }
                        () => DebugSetting::None,
                    },
                };
            }
            b's' => {
                let status = StatusCode::from_bytes(text).unwrap_or_default();
                // What is informational is no answer.
                if status.as_u16() >= 200 {
                    *self.own.status_mut() = status;
                }
            }
            b'<' => self.read_own_header(text),
            b'o' if self.pages.len() < MOST_PAGES => self.pages.extend(Visit::of(text)),
            _ => {
                if let Some(visit) = self.pages.last_mut() {
                    visit.read_line(key, text);
                }
            }
        }
    }

    fn read_rule(&mut self, key: u8, text: &str) {
        let rules = &mut self.rules.texts;
        if key == b'r' && rules.len() < MOST_RULES {
            rules.push(RuleText::default());
        }
        let Some(rule) = rules.last_mut() else { return };
        match key {
            b'f' => {
                rule.credentials = text.contains('c');
                rule.null = text.contains('n');
            }
            b'm' => add(&mut rule.methods, text, is_token(text.as_bytes())),
            b'h' => add(&mut rule.request_headers, text, is_token(text.as_bytes())),
            b'x' => add(&mut rule.expose_headers, text, is_token(text.as_bytes())),
            b'a' => rule.max_age = number::<u32>(text.as_bytes()).map(u64::from),
            _ if text == "*" => rule.origins = vec!["*".to_owned()],
            _ => {
                let is_mine = is_pattern(text) && !rule.is_for_any_origin();
                add(&mut rule.origins, text, is_mine);
            }
        }
    }

    fn read_own_header(&mut self, text: &[u8]) {
        let (name, text) = named(text);
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(text))
        else {
            return;
        };
        // The reference model follows no redirect.
        if name != "location" && self.own.headers().len() < MOST_MEMBERS {
            self.own.headers_mut().append(name, value);
        }
    }
}

/// All the bytes that there are, so that a seed's file is what stands in it.
impl<'a> Arbitrary<'a> for Visits {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        u.bytes(u.len()).map(Self::read)
    }
}

impl RuleText {
    /// What is a fault beside something else gives way to it.
    fn mend(&mut self) {
        self.null |= self.origins.is_empty();
        self.credentials &= !self.is_for_any_origin() && !self.origins.is_empty();
        self.null &= !self.credentials;
        if self.credentials {
            self.expose_headers.retain(|name| name != "*");
        }
    }
}

impl Visit {
    /// `None` for what is no page of the web.
    fn of(text: &[u8]) -> Option<Self> {
        let text = decoded(text);
        let origin =
            if text == "null" { text } else { address(&text)?.origin().ascii_serialization() };
        Some(Self { origin, engine: Engine::Standard, calls: Vec::new() })
    }

    fn read_line(&mut self, key: u8, text: &[u8]) {
        match key {
            b'e' => {
                self.engine = match text {
                    [b'c', ..] => Engine::Chromium,
                    [b'f', ..] => Engine::Firefox,
                    [b'w', ..] => Engine::WebKit,
                    _ => Engine::Standard,
                }
            }
            b'c' | b'C' if self.calls.len() < MOST_CALLS => {
                let (count, text) = if key == b'C' { counted(text) } else { (1, text) };
                self.calls.push((Pause::Seconds(0), call(&decoded(&repeated(text, count)))));
            }
            _ => {
                if let Some((pause, call)) = self.calls.last_mut() {
                    read_call(pause, call, key, text);
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

fn read_call(pause: &mut Pause, call: &mut Call, key: u8, text: &[u8]) {
    match (key, text) {
        (b'u', _) => {
            if let Some(url) = address(&decoded(text)) {
                call.address = url.into();
            }
        }
        (b'>', _) => set_header(call, text, 1, |name, _| name.to_owned()),
        (b'N', _) => {
            let (count, text) = counted(text);
            set_header(call, text, count, |name, one| name.replace('#', &one.to_string()));
        }
        (b'B', _) => {
            let (count, text) = counted(text);
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
    let (written, value) = named(text);
    let (written, value) = (decoded(written), decoded(value));
    // The reference model splits these at each comma, and trims more than a browser does.
    let is_narrow = |char: char| char == '"' || (char.is_whitespace() && !" \t".contains(char));
    let is_override = written.to_lowercase().contains("method");
    if is_override && value.contains(is_narrow) {
        return;
    }
    let left = MOST_HEADERS.saturating_sub(call.headers.len());
    call.headers.extend((0..count.min(left)).map(|one| (name(&written, one), value.clone())));
}

/// An address of the web that script may ask.
fn address(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok()?;
    let is_asked = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    url.set_fragment(None);
    is_asked.then_some(url)
}

fn add(list: &mut Vec<String>, text: &str, is_member: bool) {
    let is_there = list.iter().any(|one| one == text);
    if is_member && !is_there && list.len() < MOST_MEMBERS {
        list.push(text.to_owned());
    }
}

fn named(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| byte == b':').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let text = rest.strip_prefix(b":").unwrap_or(rest);
    (name, text.strip_prefix(b" ").unwrap_or(text))
}

fn counted(text: &[u8]) -> (usize, &[u8]) {
    let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    let (count, rest) = text.split_at(end);
    let count = number(count).unwrap_or(1);
    (count, rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Within the bytes that the crate `http` has for a name, which browsers do not bound.
fn repeated(text: &[u8], count: usize) -> Vec<u8> {
    text.repeat(count.min(MOST_BYTES / text.len().max(1)))
}

/// UTF-8, or a character for each byte, so that script can send every byte.
fn decoded(text: &[u8]) -> String {
    match std::str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().copied().map(char::from).collect(),
    }
}

fn number<N: FromStr>(digits: &[u8]) -> Option<N> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

const MOST_RULES: usize = 4;
const MOST_MEMBERS: usize = 12;
const MOST_PAGES: usize = 4;
const MOST_CALLS: usize = 6;
const MOST_HEADERS: usize = 300;
const MOST_BYTES: usize = 8192;

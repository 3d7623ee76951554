//! Calls at the edges of what the deciding rule lets a page send, and of what needs a preflight.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::reference_model::cors_model::{
    RuleText,
    page::{Body, Call, Credentials, Mode},
    rule_for,
};

#[derive(Clone, Debug)]
pub(crate) struct CallWish {
    method: Wanted,
    headers: Vec<(Wanted, &'static str)>,
    many: Many,
    pair: Vec<(&'static str, &'static str)>,
    body: Body,
    credentials: Credentials,
    mode: Mode,
    target: Target,
    has_upload_listener: bool,
}

/// One of those that the deciding rule names, or another one.
#[derive(Clone, Debug)]
struct Wanted {
    near: Option<Index>,
    case: Letters,
    other: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Letters {
    AsWritten,
    Lower,
    Upper,
}

/// At the edges of what is counted.
#[derive(Clone, Copy, Debug)]
enum Many {
    Nothing,
    /// So many lines of `Accept` of 128 bytes.
    Accepts(usize),
    /// So many names.
    Names(usize),
    /// One name of so many bytes.
    Bytes(usize),
    /// A method of so many bytes.
    Method(usize),
}

#[derive(Clone, Copy, Debug)]
enum Target {
    Own,
    Other(&'static str),
}

pub(crate) fn call_wish() -> impl Strategy<Value = CallWish> {
    let wanted = |near: f64, others: &'static [&'static str]| {
        let near = prop::option::weighted(near, any::<Index>());
        (near, select(CASES), select(others)).prop_map(|(near, case, other)| Wanted {
            near,
            case,
            other,
        })
    };
    let header = (wanted(0.9, PAGE_NAMES), select(VALUES));
    let headers = prop_oneof![
        3 => Just(Vec::new()),
        2 => prop::collection::vec(header, 1..=2),
    ];
    let pair = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec(select(PAIRS), 1..=2),
    ];
    let request = (wanted(0.5, PAGE_METHODS), headers, select(MANIES), pair, select(BODIES));
    let rest = (
        select(CREDENTIALS),
        select(MODES),
        prop_oneof![1 => Just(Target::Own), 11 => select(TARGETS).prop_map(Target::Other)],
        prop::bool::weighted(0.1),
    );
    (request, rest).prop_map(
        |((method, headers, many, pair, body), (credentials, mode, target, listener))| CallWish {
            method,
            headers,
            many,
            pair,
            body,
            credentials,
            mode,
            target,
            has_upload_listener: listener,
        },
    )
}

impl CallWish {
    pub(crate) fn under(&self, rules: &[RuleText], origin: &str) -> Call {
        let deciding = rule_for(rules, origin).or(rules.first()).expect("one rule or more");
        let mut method = self.method.among(&deciding.methods);
        let near = self.headers.iter();
        let mut headers: Vec<(String, String)> = near
            .map(|(wanted, value)| (wanted.among(&deciding.request_headers), (*value).to_owned()))
            .chain(self.pair.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            .collect();
        let header = |name: &str, value: String| (name.to_owned(), value);
        match self.many {
            Many::Nothing => {}
            Many::Accepts(number) => {
                headers.extend((0..number).map(|_| header("accept", "a".repeat(128))));
            }
            Many::Names(number) => {
                headers.extend((0..number).map(|n| header(&format!("x-{n}"), "1".to_owned())));
            }
            Many::Bytes(number) => headers.push(header(&"x".repeat(number), "1".to_owned())),
            Many::Method(number) => method = "M".repeat(number),
        }
        // Bodies that make a method impossible are rare.
        let has_none = matches!(&*method.to_ascii_uppercase(), "GET" | "HEAD");
        let is_spared = has_none && !self.has_upload_listener;
        let address = match self.target {
            Target::Own if origin != "null" => format!("{origin}/own"),
            Target::Own => TARGETS[0].to_owned(),
            Target::Other(address) => address.to_owned(),
        };
        let call = Call {
            origin: String::new(),
            address,
            is_own: false,
            mode: self.mode,
            method,
            headers,
            body: if is_spared { Body::Nothing } else { self.body },
            credentials: self.credentials,
            has_upload_listener: self.has_upload_listener,
        };
        call.by(origin)
    }
}

impl Wanted {
    fn among(&self, named: &[String]) -> String {
        let near = self.near.filter(|_| !named.is_empty());
        let written = near.map_or(self.other, |index| index.get(named).as_str());
        // The name `*` is asked for seldom, and what it stands for often.
        let written = if written == "*" && !matches!(self.case, Letters::Upper) {
            self.other
        } else {
            written
        };
        match self.case {
            Letters::AsWritten => written.to_owned(),
            Letters::Lower => written.to_lowercase(),
            Letters::Upper => written.to_uppercase(),
        }
    }
}

const CASES: &[Letters] = &[Letters::AsWritten, Letters::AsWritten, Letters::Lower, Letters::Upper];
const PAGE_METHODS: &[&str] = &{
    let mut methods = ["GET"; 40];
    let others = [
        "get",
        "POST",
        "POST",
        "POST",
        "POST",
        "POST",
        "POST",
        "POST",
        "POST",
        "pOsT",
        "HEAD",
        "HEAD",
        "HEAD",
        "PUT",
        "PUT",
        "put",
        "patch",
        "PATCH",
        "Patch",
        "delete",
        "OPTIONS",
        "options",
        "chicken",
        "M",
        "track",
        "no method",
    ];
    let mut index = 0;
    while index < others.len() {
        methods[index + 14] = others[index];
        index += 1;
    }
    methods
};
const PAGE_NAMES: &[&str] = &["x-a", "x-b", "X-C", "authorization", "content-type", "accept"];
const VALUES: &[&str] = &["1", "application/json", "text/plain", "", "bytes=0-", "a(b)"];
/// Names with values that decide.
const PAIRS: &[(&str, &str)] = &[
    ("Content-Type", "application/json"),
    ("content-type", "text/plain"),
    ("content-type", "TEXT/plain;charset=utf-8"),
    ("content-type", " \ttext/plain \t"),
    ("content-type", "text/plain;q=\"a\""),
    ("content-type", "text/plain, application/json"),
    ("content-type", "text /plain"),
    ("content-type", "text/plain ;a"),
    ("content-type", "multipart/form-data; boundary=x"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-type", "text/plain;"),
    ("content-type", ""),
    ("accept", "a/b, */*;q=0.8"),
    ("Accept", "a:b"),
    ("accept", "\u{e9}"),
    ("accept", B128),
    ("accept", B129),
    ("accept-language", "en-GB;q=0.5, *"),
    ("accept-language", "en_GB"),
    ("accept-language", "\u{e9}"),
    ("Accept-Language", B128),
    ("accept-language", B129),
    ("content-language", "de"),
    ("content-language", "a/b"),
    ("range", "bytes=0-"),
    ("Range", "bytes=0-499"),
    ("range", "bytes=5-5"),
    ("range", "bytes=5-4"),
    ("range", "bytes=-500"),
    ("range", "bytes=0-1,3-4"),
    ("range", "bytes= 0-1"),
    ("range", "Bytes=0-1"),
    ("Authorization", "Bearer t"),
    ("aUTHORIZATION", "Basic dQ=="),
    ("x-a", "1"),
    ("X-A", "2"),
    ("*", "1"),
    ("Cookie", "a=b"),
    ("Origin", "https://example.com"),
    ("access-control-request-method", "GET"),
    ("Sec-Fetch-Site", "same-origin"),
    ("proxy-a", "1"),
    ("x-http-method-override", "PUT"),
    ("X-HTTP-Method", "put, trace"),
    ("x a", "1"),
    ("x-a", "a\0b"),
    ("x-a", "\u{2615}"),
];
const B128: &str = concat!(
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
);
const B129: &str = concat!(
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
);
/// Hundreds of them are none, and so is the first, which is what failures shrink to.
const MANIES: &[Many] = &{
    let mut manies = [Many::Nothing; 400];
    manies[1] = Many::Accepts(8);
    manies[2] = Many::Accepts(9);
    manies[3] = Many::Names(256);
    manies[4] = Many::Names(257);
    manies[5] = Many::Bytes(4096);
    manies[6] = Many::Bytes(4097);
    manies[7] = Many::Method(64);
    manies[8] = Many::Method(65);
    manies
};
const BODIES: &[Body] = &[
    Body::Nothing,
    Body::Nothing,
    Body::Nothing,
    Body::Text,
    Body::Form,
    Body::Bytes,
    Body::Stream,
];
const CREDENTIALS: &[Credentials] =
    &[Credentials::Omit, Credentials::SameOrigin, Credentials::SameOrigin, Credentials::Include];
const MODES: &[Mode] = &{
    let mut modes = [Mode::Cors; 30];
    modes[1] = Mode::NoCors;
    modes[2] = Mode::SameOrigin;
    modes
};
const TARGETS: &[&str] = &[
    "https://api.example.com/items",
    "https://api.example.com/items",
    "https://api.example.com/items?page=2",
    "http://localhost:3000/local",
];

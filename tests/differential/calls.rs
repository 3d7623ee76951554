//! Generators of calls near the limits of the matching rule and of safelisted requests.

use proptest::{
    prelude::*,
    sample::{Index, select},
};

use crate::reference_model::cors_model::{
    PolicyText,
    page::{Body, Call, Credentials, Mode},
    path_of, rule_for,
};

#[derive(Clone, Debug)]
pub(crate) struct CallTemplate {
    method: NameTemplate,
    headers: Vec<(NameTemplate, &'static str)>,
    limit: Limit,
    pair: Vec<(&'static str, &'static str)>,
    body: Body,
    credentials: Credentials,
    mode: Mode,
    target: Target,
    has_upload_listener: bool,
}

/// A name that the matching rule lists, or another name.
#[derive(Clone, Debug)]
struct NameTemplate {
    near: Option<Index>,
    case: Letters,
    other: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Letters {
    Unchanged,
    Lower,
    Upper,
}

/// Values near the limits of lengths and counts.
#[derive(Clone, Copy, Debug)]
enum Limit {
    Nothing,
    /// This number of `Accept` field lines with 128 bytes each.
    Accepts(usize),
    /// This number of header names.
    Names(usize),
    /// One header name with this number of bytes.
    Bytes(usize),
    /// A method with this number of bytes.
    Method(usize),
}

#[derive(Clone, Copy, Debug)]
enum Target {
    Own,
    Other(&'static str),
}

pub(crate) fn call_template() -> impl Strategy<Value = CallTemplate> {
    let name_template = |near: f64, others: &'static [&'static str]| {
        let near = prop::option::weighted(near, any::<Index>());
        (near, select(CASES), select(others)).prop_map(|(near, case, other)| NameTemplate {
            near,
            case,
            other,
        })
    };
    let header = (name_template(0.9, PAGE_NAMES), select(VALUES));
    let headers = prop_oneof![
        3 => Just(Vec::new()),
        2 => prop::collection::vec(header, 1..=2),
    ];
    let pair = prop_oneof![
        3 => Just(Vec::new()),
        1 => prop::collection::vec(select(PAIRS), 1..=2),
    ];
    let request = (name_template(0.5, PAGE_METHODS), headers, select(LIMITS), pair, select(BODIES));
    let rest = (
        select(CREDENTIALS),
        select(MODES),
        prop_oneof![
            1 => Just(Target::Own),
            6 => select(TARGETS).prop_map(Target::Other),
            5 => select(PATH_TARGETS).prop_map(Target::Other),
        ],
        prop::bool::weighted(0.1),
    );
    (request, rest).prop_map(
        |((method, headers, limit, pair, body), (credentials, mode, target, listener))| {
            CallTemplate {
                method,
                headers,
                limit,
                pair,
                body,
                credentials,
                mode,
                target,
                has_upload_listener: listener,
            }
        },
    )
}

impl CallTemplate {
    pub(crate) fn instantiate(&self, policy: PolicyText<'_>, origin: &str) -> Call {
        let address = match self.target {
            Target::Own if origin.starts_with("http") => format!("{origin}/own"),
            Target::Own => TARGETS[0].to_owned(),
            Target::Other(address) => address.to_owned(),
        };
        let at_path = policy.rules_at(path_of(&address)).unwrap_or_default();
        let rule = rule_for(&at_path, origin).or(at_path.first()).or(policy.rules.first());
        let rule = rule.expect("the policy has a rule");
        let mut method = self.method.instantiate(&rule.methods);
        let near = self.headers.iter();
        let mut headers: Vec<(String, String)> = near
            .map(|(name_template, value)| {
                (name_template.instantiate(&rule.request_headers), (*value).to_owned())
            })
            .chain(self.pair.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
            .collect();
        let header = |name: &str, value: String| (name.to_owned(), value);
        match self.limit {
            Limit::Nothing => {}
            Limit::Accepts(number) => {
                headers.extend((0..number).map(|_| header("accept", "a".repeat(128))));
            }
            Limit::Names(number) => {
                headers.extend((0..number).map(|n| header(&format!("x-{n}"), "1".to_owned())));
            }
            Limit::Bytes(number) => headers.push(header(&"x".repeat(number), "1".to_owned())),
            Limit::Method(number) => method = "M".repeat(number),
        }
        // Calls with GET or HEAD and a body throw, so they are rare.
        let is_bodiless = matches!(&*method.to_ascii_uppercase(), "GET" | "HEAD");
        let omits_body = is_bodiless && !self.has_upload_listener;
        let call = Call {
            origin: String::new(),
            address,
            is_own: false,
            mode: self.mode,
            method,
            headers,
            body: if omits_body { Body::Nothing } else { self.body },
            credentials: self.credentials,
            has_upload_listener: self.has_upload_listener,
        };
        call.by(origin)
    }
}

impl NameTemplate {
    fn instantiate(&self, listed: &[String]) -> String {
        let near = self.near.filter(|_| !listed.is_empty());
        let name = near.map_or(self.other, |index| index.get(listed).as_str());
        // Calls rarely request the name `*` or the text of a prefix, and often a name that matches.
        let is_literal = matches!(self.case, Letters::Upper);
        let name = match name.strip_suffix('*') {
            Some("") if !is_literal => self.other.to_owned(),
            Some(prefix) if !is_literal => {
                format!("{prefix}{}", if self.other.len() > 3 { "b" } else { "meta-a" })
            }
            _ => name.to_owned(),
        };
        match self.case {
            Letters::Unchanged => name,
            Letters::Lower => name.to_lowercase(),
            Letters::Upper => name.to_uppercase(),
        }
    }
}

const CASES: &[Letters] = &[Letters::Unchanged, Letters::Unchanged, Letters::Lower, Letters::Upper];
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
const PAGE_NAMES: &[&str] = &[
    "x-a",
    "x-b",
    "X-C",
    "authorization",
    "content-type",
    "accept",
    "x-amz-date",
    "X-Amz-Meta-A",
    "x-amz-meta-b",
    "x-amz",
    "content-language",
];
const VALUES: &[&str] = &["1", "application/json", "text/plain", "", "bytes=0-", "a(b)"];
/// Header names with values that decide about a preflight.
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
/// Most elements are `Nothing`, including the first one, to which failures shrink.
const LIMITS: &[Limit] = &{
    let mut limits = [Limit::Nothing; 400];
    limits[1] = Limit::Accepts(8);
    limits[2] = Limit::Accepts(9);
    limits[3] = Limit::Names(256);
    limits[4] = Limit::Names(257);
    limits[5] = Limit::Bytes(4096);
    limits[6] = Limit::Bytes(4097);
    limits[7] = Limit::Method(64);
    limits[8] = Limit::Method(65);
    limits
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
/// Addresses at paths of policies, and at paths that are similar or have two readings.
const PATH_TARGETS: &[&str] = &[
    "https://api.example.com/api/items",
    "https://api.example.com/api/items",
    "https://api.example.com/api/items/1?to=/files/a",
    "https://api.example.com/api/",
    "https://api.example.com/api",
    "https://api.example.com/.well-known/a",
    "https://api.example.com/.well-known/a/b",
    "https://api.example.com/files/a",
    "https://api.example.com/files/a",
    "https://api.example.com/files/a?b=1",
    "https://api.example.com/files",
    "https://api.example.com/Files/a",
    "https://api.example.com/items/",
    "https://api.example.com/api/a%C3%A9%2A",
    "https://api.example.com/api//items",
    "https://api.example.com//files/a",
    "https://api.example.com/files/a;b",
    "https://api.example.com/files/a%2Fb",
    "https://api.example.com/api/a%5cb",
    "https://api.example.com/api/a%252e",
    "https://api.example.com/api/%41",
    "https://api.example.com/files/a%7Eb",
    "https://api.example.com/api/a%20b",
    "https://api.example.com/api/a%00b",
    "https://api.example.com/api/a%7fb",
    "https://api.example.com/api/a%3Bb",
];

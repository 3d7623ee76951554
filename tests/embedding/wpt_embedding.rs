//! Runs the 78 cases of the Web Platform Tests about embedding against the model of a browser and its
//! parsers.
//!
//! `tests/wpt/README.md` describes the fields of a case.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde_json::Value;
use tower_cross_origin::browser::{
    BlockedStep, Credentials, Destination, Fetch, FetchOutcome, Mode, Page,
    policies::{
        OpaqueResponse, OpenerPolicyValue, embedder_policy, opaque_response, opener_policy,
    },
};

use crate::{
    support::block_on,
    wpt::{Hop, ScriptedResponse, Server, cases, latin1, pairs, service},
};

/// Cases with values that no `http::HeaderValue` can hold.
///
/// Unit tests of these files use the bytes instead.
const ON_RAW_BYTES: [(&str, &str); 8] = [
    ("nosniff/parsing#10", "src/browser/policies/resource_headers.rs"),
    ("nosniff/parsing#11", "src/browser/policies/resource_headers.rs"),
    ("nosniff/parsing#12", "src/browser/policies/resource_headers.rs"),
    ("coep/parsing#06", "src/browser/policies/tokens.rs"),
    ("coep/parsing#08", "src/browser/policies/tokens.rs"),
    ("coop/parsing#02", "src/browser/policies/tokens.rs"),
    ("coop/parsing#03", "src/browser/policies/tokens.rs"),
    ("coop/parsing#04", "src/browser/policies/tokens.rs"),
];

/// The compared keys, with the number of comparisons.
const COMPARED: [(&str, usize); 6] = [
    ("cases", 70),
    ("child_without_coep", 18),
    ("opener", 14),
    ("outcome", 38),
    ("policy", 32),
    ("step", 14),
];

/// The content of named bodies. The first body is not JavaScript, which opaque response blocking detects.
const BODIES: [(&str, &[u8]); 2] =
    [("(text.txt)", b"hello, world!"), ("(script.js)", b"let a = 1;")];

const NO_SCRIPTS: [&[u8]; 1] = [BODIES[0].1];

#[test]
fn web_platform_tests_about_embedding_pass() {
    let cases = cases("embedding.json");
    assert_eq!(cases.len(), 78);
    let mut compared = BTreeMap::new();
    let (mut faults, mut on_raw_bytes) = (Vec::new(), Vec::new());
    for case in &cases {
        if is_on_raw_bytes(case) {
            on_raw_bytes.push(id(case));
            continue;
        }
        let mut run =
            Run { case, compared: &mut compared, keys: BTreeSet::new(), faults: Vec::new() };
        run.run();
        run.check_asserted_keys();
        faults.extend(run.faults.iter().map(|fault| format!("{}: {fault}", id(case))));
    }
    assert_eq!(on_raw_bytes, ON_RAW_BYTES.map(|(row, _)| row));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let counts: Vec<(&str, usize)> = compared.into_iter().collect();
    assert_eq!(counts, COMPARED, "the compared keys, with the number of comparisons");
}

struct Run<'a> {
    case: &'a Value,
    compared: &'a mut BTreeMap<&'static str, usize>,
    keys: BTreeSet<&'static str>,
    faults: Vec<String>,
}

impl Run<'_> {
    fn run(&mut self) {
        *self.compared.entry("cases").or_default() += 1;
        match self.case["group"].as_str().unwrap() {
            "corp/fetch" | "corp/syntax" | "corp/script" => self.load(BlockedStep::ResourcePolicy),
            "nosniff/script" | "nosniff/parsing" => self.load(BlockedStep::MimeType),
            "orb" => self.block_opaque(),
            "coep/parsing" => self.read_embedder_policy(),
            "coop/parsing" => self.read_opener_policy(),
            other => panic!("{other}"),
        }
    }

    /// Fetches a resource, or loads a script.
    fn load(&mut self, step: BlockedStep) {
        let request = &self.case["request"];
        let mut page = Page::open(&format!("{}/", request["page_origin"].as_str().unwrap()));
        let mut server = Server::new(hops(self.case));
        let url = server.url(0);
        let is_script = request["api"] == "script element";
        let call = match (is_script, request["mode"].as_str().unwrap()) {
            (false, "cors") => Fetch::get(&url),
            (false, "no-cors") => Fetch::get(&url).mode(Mode::NoCors),
            (true, "no-cors") => Fetch::element(Destination::Script, &url),
            (true, "cors") => {
                Fetch::element(Destination::Script, &url).crossorigin(Credentials::SameOrigin)
            }
            other => panic!("{other:?}"),
        };
        let outcome = block_on(page.fetch(&mut server, call));
        self.faults.append(&mut server.faults);
        let is_allowed =
            if is_script { outcome.script().is_some() } else { outcome.blocked().is_none() };
        self.compare("outcome", word(is_allowed), &self.case["expect"]["outcome"]);
        if let Some(blocked) = outcome.blocked() {
            let blocked_step = format!("{:?}", blocked.step());
            self.compare("step", &blocked_step, &format!("{step:?}").into());
        }
    }

    fn block_opaque(&mut self) {
        let actual = &self.case["hops"][0]["actual"];
        let status = StatusCode::from_u16(actual["status"].as_u64().unwrap().try_into().unwrap());
        let body = actual["body"].as_str().unwrap();
        let named = BODIES.iter().find(|(name, _)| *name == body);
        let body = named.map_or(body.as_bytes(), |(_, body)| body);
        let is_allowed = match opaque_response(status.unwrap(), &headers(&actual["headers"]), body)
        {
            OpaqueResponse::Allowed => true,
            OpaqueResponse::AllowedIfScript => !NO_SCRIPTS.contains(&body),
            _ => false,
        };
        self.compare("outcome", word(is_allowed), &self.case["expect"]["outcome"]);
    }

    fn read_embedder_policy(&mut self) {
        let expect = &self.case["expect"];
        let lines = lines("cross-origin-embedder-policy", &expect["header_lines"]);
        self.compare("policy", embedder_policy(&lines).value().as_str(), &expect["policy"]);

        let mut server = service(|request| {
            let mut response = Response::new(String::new());
            if request.uri().path() == "/" {
                *response.headers_mut() = lines.clone();
            }
            response
        });
        let mut page = Page::open("https://web-platform.test:8443");
        block_on(page.navigate(&mut server, Fetch::get("https://web-platform.test:8443/")));
        let frame = Fetch::element(Destination::Iframe, "/frame");
        let outcome: FetchOutcome = block_on(page.fetch(&mut server, frame));
        let result = if outcome.blocked().is_some() { "blocked" } else { "loads" };
        self.compare("child_without_coep", result, &expect["child_without_coep"]);
    }

    fn read_opener_policy(&mut self) {
        use OpenerPolicyValue as Value;

        let expect = &self.case["expect"];
        let lines = lines("cross-origin-opener-policy", &expect["header_lines"]);
        let policy = opener_policy(&lines).value();
        let token = match policy {
            Value::UnsafeNone => "unsafe-none",
            Value::SameOrigin => "same-origin",
            other => panic!("{other:?}"),
        };
        self.compare("policy", token, &expect["policy"]);
        let keeps = match self.case["request"]["api"].as_str().unwrap() {
            "window.open, opener unsafe-none, popup same origin" => {
                policy.keeps_opener(Value::UnsafeNone, true)
            }
            "window.open, opener COOP same-origin" => policy.keeps_opener(Value::SameOrigin, true),
            "window.open from the page with this header" => {
                Value::UnsafeNone.keeps_opener(policy, true)
            }
            other => panic!("{other}"),
        };
        let result = if keeps { "preserved" } else { "severed" };
        self.compare("opener", result, &expect["opener"]);
    }

    /// Checks that each key that the Web Platform Test asserts was compared.
    fn check_asserted_keys(&mut self) {
        for asserted in self.case["asserted_by_wpt"].as_array().unwrap() {
            if !self.keys.contains(asserted.as_str().unwrap()) {
                self.faults.push(format!("{asserted} is asserted, but was not compared"));
            }
        }
    }

    fn compare(&mut self, key: &'static str, actual: &str, expected: &Value) {
        self.keys.insert(key);
        *self.compared.entry(key).or_default() += 1;
        if actual != expected {
            self.faults.push(format!("{key} is {actual}, expected {expected}"));
        }
    }
}

/// Returns whether `http` rejects a value, or the case requires a raw socket server.
fn is_on_raw_bytes(case: &Value) -> bool {
    let actual =
        case["hops"].as_array().unwrap().iter().flat_map(|hop| pairs(&hop["actual"]["headers"]));
    let has_invalid_value =
        actual.into_iter().any(|(_, value)| HeaderValue::from_bytes(&latin1(&value)).is_err());
    has_invalid_value || case["needs_raw_socket_server"] == true
}

fn hops(case: &Value) -> Vec<Hop> {
    let hop = |hop: &Value| Hop {
        origin: hop["origin"].as_str().unwrap().to_owned(),
        preflight: None,
        actual: Some(ScriptedResponse {
            status: hop["actual"]["status"].as_u64().unwrap().try_into().unwrap(),
            headers: pairs(&hop["actual"]["headers"]),
            has_endless_body: false,
        }),
    };
    case["hops"].as_array().unwrap().iter().map(hop).collect()
}

fn headers(value: &Value) -> HeaderMap {
    let lines = pairs(value).into_iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(&latin1(&value)).unwrap())
    });
    lines.fold(HeaderMap::new(), |mut headers, (name, value)| {
        headers.append(name, value);
        headers
    })
}

fn lines(name: &'static str, lines: &Value) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.as_array().unwrap() {
        let value = HeaderValue::from_bytes(&latin1(line.as_str().unwrap())).unwrap();
        headers.append(name, value);
    }
    headers
}

fn word(is_allowed: bool) -> &'static str {
    if is_allowed { "allowed" } else { "blocked" }
}

fn id(case: &Value) -> &str {
    case["id"].as_str().unwrap()
}

//! Runs the 484 cases of the Web Platform Tests about CORS in the browser model.
//!
//! `tests/wpt/README.md` documents the format of the cases.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::Value;
use tower_cross_origin::browser::{
    BlockedStep, Credentials, Engine, Exchange, Fetch, FetchOutcome, Mode, Page, ReferrerPolicy,
    ResponseType,
};

use crate::{
    support::block_on,
    wpt::{BODY, Hop, ScriptedResponse, Server, cases, pairs},
};

const PAGE: &str = "http://web-platform.test:8000";
const OTHER: &str = "http://www1.web-platform.test:8000";

/// Rows that `http::HeaderValue` cannot represent, and the file that tests their bytes.
const ON_RAW_BYTES: [(&str, &str); 9] = [
    ("cors/origin#30", "src/browser/response_checks.rs"),
    ("cors/origin#32", "src/browser/response_checks.rs"),
    ("cors/origin#33", "src/browser/response_checks.rs"),
    ("cors/origin#34", "src/browser/response_checks.rs"),
    ("cors/origin#35", "src/browser/response_checks.rs"),
    ("cors/origin#44", "src/browser/response_checks.rs"),
    ("cors/expose-headers-parsing#10", "src/browser/header_values.rs"),
    ("cors/expose-headers-parsing#11", "src/browser/header_values.rs"),
    ("cors/expose-headers-parsing#12", "src/browser/header_values.rs"),
];

/// The number of comparisons of each kind.
const COMPARISONS: &[(&str, usize)] = &[
    ("access_control_request_headers", 265),
    ("actual never sent", 92),
    ("blocked_at", 147),
    ("cases", 475),
    ("cookie in actual", 1),
    ("cookie_sent", 5),
    ("final_origin_header", 30),
    ("first hidden", 4),
    ("hidden_headers", 19),
    ("hops[].method", 7),
    ("hops[].request_has", 2),
    ("method_on_wire", 366),
    ("origin_header", 70),
    ("origin_header_per_hop", 2),
    ("outcome", 448),
    ("preflight", 444),
    ("preflight without credentials", 195),
    ("preflight.request headers requested", 151),
    ("preflight.request method", 195),
    ("preflight.request method requested", 151),
    ("preflight.request origin", 151),
    ("preflights", 15),
    ("referer", 18),
    ("response_type", 21),
    ("second visible", 1),
    ("second_hidden", 1),
    ("second_same_body", 2),
    ("sequence of cookies", 5),
    ("sequence of origins", 2),
    ("sequence of outcomes", 14),
    ("sequence of preflights", 14),
    ("status", 101),
    ("visible_header_names", 1),
    ("visible_headers", 57),
];

#[test]
fn wpt_cors_cases_pass_in_the_model() {
    let files = ["cors.json", "fetch_cors.json", "fetch.json", "xhr.json"];
    let cases: Vec<_> = files.into_iter().flat_map(cases).collect();
    assert_eq!(cases.len(), 484);
    let mut comparisons = Comparisons::default();
    let mut faults = Vec::new();
    let mut on_raw_bytes = Vec::new();
    for case in &cases {
        if case["needs_raw_socket_server"] == true {
            on_raw_bytes.push(id(case));
            continue;
        }
        for engine in [Engine::Standard, Engine::Chromium, Engine::Firefox, Engine::WebKit] {
            let mut run = Run {
                case,
                engine,
                comparisons: &mut comparisons,
                keys: BTreeSet::new(),
                faults: Vec::new(),
            };
            run.run();
            run.check_assertions();
            faults
                .extend(run.faults.iter().map(|fault| format!("{} {engine:?}: {fault}", id(case))));
        }
    }
    for (row, place) in ON_RAW_BYTES {
        println!("{row}: bytes that the crate http rejects; tested in {place}");
    }
    assert_eq!(on_raw_bytes, ON_RAW_BYTES.map(|(row, _)| row));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    let counts: Vec<(&str, usize)> = comparisons.0.into_iter().collect();
    assert_eq!(counts, COMPARISONS, "number of comparisons of each kind");
}

/// The number of comparisons of each key of `expect`, for [`Engine::Standard`].
#[derive(Default)]
struct Comparisons(BTreeMap<&'static str, usize>);

struct Run<'a> {
    case: &'a Value,
    engine: Engine,
    comparisons: &'a mut Comparisons,
    keys: BTreeSet<&'static str>,
    faults: Vec<String>,
}

impl Run<'_> {
    fn run(&mut self) {
        if self.engine == Engine::Standard {
            *self.comparisons.0.entry("cases").or_default() += 1;
        }
        match (self.case["group"].as_str().unwrap(), &self.case["expect"]["sequence"]) {
            ("cors/credentials-flag", Value::Array(steps)) => self.run_cookies(steps),
            (_, Value::Array(steps)) => self.run_preflights(steps),
            ("cors/304", _) => self.run_cache(),
            _ => self.run_once(),
        }
    }

    /// Runs a case with one call.
    fn run_once(&mut self) {
        let case = self.case;
        let mut page = page(case, self.engine);
        set_cookies(&mut page, id(case));
        let mut server = Server::new(hops(case));
        let outcome = self.call(&mut page, &mut server);
        self.faults.append(&mut server.faults);
        self.compare_outcome(&outcome);
        self.compare_preflights(&outcome);
        self.compare_requests(&outcome);
        self.compare_response(&outcome);
    }

    fn call(&self, page: &mut Page, server: &mut Server) -> FetchOutcome {
        let request = &self.case["request"];
        let method = request["method_as_written"].as_str().unwrap_or("GET");
        let mut call = Fetch::new(method, &server.url(0));
        if let Some(policy) = policy(request["referrer_policy"].as_str()) {
            call = call.referrer_policy(policy);
        }
        match request["api"].as_str() {
            Some("form") => return block_on(page.navigate(server, call.form("a=b"))),
            Some("navigation") => return block_on(page.navigate(server, call)),
            _ => {}
        }
        for (name, value) in pairs(&request["script_headers"]) {
            call = call.header(&name, &value);
        }
        if let Some(body) = request["body"].as_str() {
            call = call.text(body);
        }
        if let Some((_, policy, referrer)) = REFERRERS.iter().find(|row| row.0 == id(self.case)) {
            call = call.referrer_policy(*policy);
            call = referrer.iter().fold(call, |call, referrer| call.referrer(referrer));
        }
        let call = call.credentials(credentials(request)).mode(mode(request));
        block_on(page.fetch(server, call))
    }

    fn compare_outcome(&mut self, outcome: &FetchOutcome) {
        let expect = &self.case["expect"];
        let actual = match outcome.response_type() {
            None => "blocked",
            Some(ResponseType::Opaque | ResponseType::OpaqueRedirect) => "opaque",
            Some(_) => "allowed",
        };
        // In all real engines, `*` matches `Authorization`.
        let is_divergent = self.diverges();
        let expected = if is_divergent { Some("allowed") } else { expect["outcome"].as_str() };
        if let Some(expected) = expected {
            let actual_text = format!("{actual} ({})", describe(outcome));
            self.compare("outcome", actual == expected, &actual_text, expected);
        }
        if let Some(step) = expect["blocked_at"].as_str().filter(|_| !is_divergent) {
            let actual = match outcome.blocked() {
                None => "nowhere",
                Some(blocked) if blocked.is_preflight() && outcome.requests().count() == 1 => {
                    "preflight of hop 2"
                }
                Some(blocked) if blocked.is_preflight() => "preflight",
                Some(blocked)
                    if matches!(
                        blocked.step(),
                        BlockedStep::AllowOrigin | BlockedStep::AllowCredentials
                    ) =>
                {
                    "cors-check"
                }
                Some(_) => "elsewhere",
            };
            self.compare("blocked_at", actual == step, actual, step);
            // The request itself never reaches the server.
            if step == "preflight" {
                let reached = outcome.requests().count();
                self.compare("actual never sent", reached == 0, &reached.to_string(), "0");
            }
        }
    }

    fn compare_preflights(&mut self, outcome: &FetchOutcome) {
        let expect = &self.case["expect"];
        let first = outcome.preflights().next();
        if let Some(expected) = expect["preflight"].as_bool() {
            let actual = first.is_some();
            self.compare(
                "preflight",
                actual == expected,
                &actual.to_string(),
                &expected.to_string(),
            );
        }
        let by_hop = preflights_by_hop(outcome);
        if expect["preflights"].is_array() {
            let actual = Value::from(by_hop.clone());
            self.compare_values("preflights", &actual, &expect["preflights"]);
        }
        if let Some(expected) = expect.get("access_control_request_headers") {
            let actual = first.map(|first| first.request_header("access-control-request-headers"));
            self.compare_values(
                "access_control_request_headers",
                &actual.flatten().into(),
                expected,
            );
        }
        let requests: Vec<&Value> =
            hops_of(self.case).iter().map(|hop| &hop["preflight"]["request"]).collect();
        for (sent, expected) in outcome.preflights().zip(requests) {
            for name in
                ["access-control-request-method", "access-control-request-headers", "origin"]
            {
                let Some(expected) = expected.get(name) else { continue };
                let key = match name {
                    "origin" => "preflight.request origin",
                    "access-control-request-method" => "preflight.request method requested",
                    _ => "preflight.request headers requested",
                };
                self.compare_values(key, &sent.request_header(name).into(), expected);
            }
            self.compare_values(
                "preflight.request method",
                &sent.method().as_str().into(),
                &"OPTIONS".into(),
            );
            let secret = ["cookie", "authorization"]
                .iter()
                .any(|name| sent.request_headers().contains_key(*name));
            self.compare("preflight without credentials", !secret, "some", "none");
        }
    }

    fn compare_requests(&mut self, outcome: &FetchOutcome) {
        let expect = &self.case["expect"];
        let sent: Vec<&Exchange> = outcome.requests().collect();
        let origins: Vec<Value> =
            sent.iter().map(|sent| sent.request_header("origin").into()).collect();
        if let Some(expected) = expect.get("origin_header") {
            let first =
                outcome.exchanges().first().and_then(|first| first.request_header("origin"));
            self.compare_values("origin_header", &first.into(), expected);
        }
        if let Some(expected) = expect.get("final_origin_header") {
            let last = origins.last().cloned().unwrap_or_default();
            self.compare_values("final_origin_header", &last, expected);
        }
        if let Some(expected) = expect.get("origin_header_per_hop") {
            self.compare_values("origin_header_per_hop", &origins.into(), expected);
        }
        if let Some(expected) = expect.get("cookie_sent") {
            let cookie = sent.last().and_then(|last| last.request_header("cookie"));
            self.compare_values("cookie_sent", &cookie.into(), expected);
        }
        if id(self.case) == WITH_COOKIE {
            let cookie = sent.last().and_then(|last| last.request_header("cookie"));
            self.compare_values("cookie in actual", &cookie.into(), &"foo=bar".into());
        }
        if let Some(expected) = expect["referer_on_preflight_and_actual"].as_str() {
            for sent in outcome.exchanges() {
                let actual = sent.request_header("referer").unwrap_or_default();
                self.compare("referer", actual == expected, actual, expected);
            }
        }
        let method = self.case["request"]["method_on_wire"].as_str();
        if let (Some(first), Some(method)) = (sent.first(), method) {
            self.compare_values("method_on_wire", &first.method().as_str().into(), &method.into());
        }
        for (sent, hop) in sent.iter().zip(hops_of(self.case)) {
            if let Some(expected) = hop.get("method").filter(|method| method.is_string()) {
                self.compare_values("hops[].method", &sent.method().as_str().into(), expected);
            }
        }
    }

    fn compare_response(&mut self, outcome: &FetchOutcome) {
        let expect = &self.case["expect"];
        if self.diverges() {
            return;
        }
        if let Some(expected) = expect["status"].as_u64() {
            let actual = outcome.status().map_or(0, |status| u64::from(status.as_u16()));
            self.compare("status", actual == expected, &actual.to_string(), &expected.to_string());
        }
        if let Some(expected) = expect["response_type"].as_str() {
            let actual = format!("{:?}", outcome.response_type()).to_lowercase();
            self.compare("response_type", actual == format!("some({expected})"), &actual, expected);
        }
        for (name, expected) in expect["visible_headers"].as_object().into_iter().flatten() {
            self.compare_values("visible_headers", &outcome.header(name).into(), expected);
        }
        for name in expect["hidden_headers"].as_array().into_iter().flatten() {
            let actual = outcome.header(name.as_str().unwrap());
            self.compare_values("hidden_headers", &actual.into(), &Value::Null);
        }
        if let Some(expected) = expect["visible_header_names"].as_array() {
            let names = outcome.headers().into_iter().flat_map(|headers| headers.keys());
            let mut actual: Vec<&str> = names.map(http::HeaderName::as_str).collect();
            let mut expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
            actual.sort_unstable();
            expected.sort_unstable();
            self.compare(
                "visible_header_names",
                actual == expected,
                &format!("{actual:?}"),
                &format!("{expected:?}"),
            );
        }
    }

    /// Runs several calls to a server that uses a cookie.
    ///
    /// The server sets a missing cookie and deletes an existing one. Each step is
    /// `[credentials included, the server received a cookie]`.
    fn run_cookies(&mut self, steps: &[Value]) {
        let mut page = page(self.case, self.engine);
        for step in steps {
            let mut hops = hops(self.case);
            let headers = &mut hops[0].actual.as_mut().unwrap().headers;
            headers.retain(|(name, _)| name != "Set-Cookie");
            let credentials =
                if step[0] == true { Credentials::Include } else { Credentials::SameOrigin };
            let mut server = Server::new(hops.clone());
            let url = server.url(0);
            let mut probe = page.clone();
            let seen =
                block_on(probe.fetch(&mut server, Fetch::get(&url).credentials(credentials)));
            let seen = seen.requests().any(|sent| sent.request_header("cookie").is_some());
            let age = if seen { "0" } else { "60" };
            let cookie = format!("ident=COOKIE; Path=/; Max-Age={age}");
            let actual = hops[0].actual.as_mut().unwrap();
            actual.headers.push(("Set-Cookie".to_owned(), cookie));
            let mut server = Server::new(hops);
            let outcome =
                block_on(page.fetch(&mut server, Fetch::get(&url).credentials(credentials)));
            self.compare_outcome(&outcome);
            let cookies = outcome.requests().filter(|sent| sent.request_header("cookie").is_some());
            let seen = cookies.count() == 1;
            self.compare_values("sequence of cookies", &seen.into(), &step[1]);
        }
    }

    /// Runs several calls; some of them need a preflight.
    fn run_preflights(&mut self, steps: &[Value]) {
        let mut page = page(self.case, self.engine);
        let mut preflight_response = Value::Null;
        let mut header = ("x-print".to_owned(), "unicorn".to_owned());
        for step in steps {
            if let Some(seconds) = step["wait_seconds"].as_f64() {
                page.wait(Duration::from_secs_f64(seconds));
            }
            if step["preflight_response"].is_object() {
                preflight_response = step["preflight_response"].clone();
            }
            if let Some(first) = pairs(&step["headers"]).into_iter().next() {
                header = first;
            }
            let is_redirected =
                step["path"].as_str().is_some_and(|path| path.starts_with("redirected"));
            let response = ScriptedResponse {
                status: u16::try_from(preflight_response["status"].as_u64().unwrap()).unwrap(),
                headers: pairs(&preflight_response["headers"]),
                has_endless_body: false,
            };
            let target = if step["path"].is_string() { SEQUENCE_TARGET } else { OTHER };
            let mut hops = vec![Hop {
                origin: target.to_owned(),
                preflight: Some(response.clone()),
                actual: Some(ScriptedResponse { status: 200, ..response.clone() }),
            }];
            let mut url = format!("{target}/hop");
            if is_redirected {
                let mut redirect = response.clone();
                redirect.status = 307;
                redirect.headers.push(("Location".to_owned(), url));
                url = format!("{OTHER}/redirect");
                let actual = Some(redirect);
                hops.insert(0, Hop { origin: OTHER.to_owned(), preflight: Some(response), actual });
            }
            let mut server = Server::new(hops);
            let call = Fetch::new(step["method"].as_str().unwrap_or("GET"), &url);
            let outcome = block_on(page.fetch(&mut server, call.header(&header.0, &header.1)));
            self.faults.append(&mut server.faults);

            let at_target =
                outcome.preflights().filter(|sent| sent.url().starts_with(target)).count();
            let is_divergent = self.diverges() && step["outcome"] == "blocked";
            // WebKit allows `authorization` by the cached `*`.
            let is_cached = is_divergent && self.engine.caches_wildcard_for_authorization();
            let expected = step["preflight"].as_bool().unwrap() && !is_cached;
            self.compare(
                "sequence of preflights",
                at_target == usize::from(expected),
                &describe(&outcome),
                &step.to_string(),
            );
            let is_blocked = step["outcome"] == "blocked" && !is_divergent;
            self.compare(
                "sequence of outcomes",
                outcome.is_readable() != is_blocked,
                &describe(&outcome),
                &step.to_string(),
            );
            if is_redirected {
                let last = outcome.requests().last().and_then(|last| last.request_header("origin"));
                self.compare_values("sequence of origins", &last.into(), &"null".into());
            }
        }
    }

    /// Runs a call twice; the cached response is stale at the second call.
    fn run_cache(&mut self) {
        let expect = &self.case["expect"];
        let mut page = page(self.case, self.engine).with_http_cache();
        let mut server = Server::new(hops(self.case));
        let first = self.call(&mut page, &mut server);
        page.wait(Duration::from_secs(5));
        let second = self.call(&mut page, &mut server);
        self.faults.append(&mut server.faults);
        for outcome in [&first, &second] {
            self.compare_outcome(outcome);
            self.compare_preflights(outcome);
        }
        let condition = hops_of(self.case)[1]["request_has"].as_str().unwrap();
        let sent = second.requests().next().and_then(|sent| sent.request_header("if-none-match"));
        let sent = format!("If-None-Match: {}", sent.unwrap_or_default());
        self.compare("hops[].request_has", sent == condition, &sent, condition);
        let is_same = second.body() == first.body() && second.body() == Some(BODY.as_bytes());
        self.compare_values("second_same_body", &is_same.into(), &expect["second_same_body"]);
        // The first response exposes neither header.
        for name in ["a", "b"] {
            self.compare_values("first hidden", &first.header(name).into(), &Value::Null);
        }
        for name in expect["second_hidden"].as_array().into_iter().flatten() {
            let actual = second.header(name.as_str().unwrap());
            self.compare_values("second_hidden", &actual.into(), &Value::Null);
            self.compare_values("second visible", &second.header("a").into(), &"6".into());
        }
    }

    /// Checks that all assertions of the Web Platform Test were compared.
    fn check_assertions(&mut self) {
        for asserted in self.case["asserted_by_wpt"].as_array().unwrap() {
            let key = match asserted.as_str().unwrap() {
                "access_control_request_headers is lower case" => "access_control_request_headers",
                "no cookie in preflight" => "preflight without credentials",
                "preflight of final hop" => "preflights",
                "sequence" if self.keys.contains("sequence of cookies") => "sequence of cookies",
                "sequence" => "sequence of preflights",
                key => key,
            };
            let value = &self.case["expect"][key];
            let is_empty = value.as_array().is_some_and(Vec::is_empty)
                || value.as_object().is_some_and(serde_json::Map::is_empty);
            // For a known divergence, only the outcome is compared.
            if !self.keys.contains(key) && !is_empty && !self.diverges() {
                self.faults.push(format!("the test asserts {key}, but no comparison used it"));
            }
        }
    }

    fn diverges(&self) -> bool {
        self.engine != Engine::Standard && self.case["known_divergence"].is_string()
    }

    fn compare_values(&mut self, key: &'static str, actual: &Value, expected: &Value) {
        self.compare(key, actual == expected, &actual.to_string(), &expected.to_string());
    }

    fn compare(&mut self, key: &'static str, holds: bool, actual: &str, expected: &str) {
        self.keys.insert(key);
        if self.engine == Engine::Standard {
            *self.comparisons.0.entry(key).or_default() += 1;
        }
        if !holds {
            self.faults.push(format!("{key} is {actual}, expected {expected}"));
        }
    }
}

/// The target of the two rows of `fetch/api/cors/cors-preflight-cache.any.js`.
const SEQUENCE_TARGET: &str = "http://web-platform.test:8001";

/// The input of `fetch/api/cors/cors-preflight-referrer.any.js`, which the cases do not contain.
const REFERRERS: [(&str, ReferrerPolicy, Option<&str>); 9] = {
    use ReferrerPolicy as Policy;
    const MINE: Option<&str> = Some("myreferrer");
    [
        ("fetch-cors/cors-preflight-referrer#01", Policy::NoReferrer, None),
        ("fetch-cors/cors-preflight-referrer#02", Policy::NoReferrer, MINE),
        ("fetch-cors/cors-preflight-referrer#03", Policy::StrictOriginWhenCrossOrigin, None),
        ("fetch-cors/cors-preflight-referrer#04", Policy::StrictOriginWhenCrossOrigin, MINE),
        ("fetch-cors/cors-preflight-referrer#05", Policy::NoReferrerWhenDowngrade, None),
        ("fetch-cors/cors-preflight-referrer#06", Policy::NoReferrerWhenDowngrade, MINE),
        ("fetch-cors/cors-preflight-referrer#07", Policy::Origin, None),
        ("fetch-cors/cors-preflight-referrer#11", Policy::UnsafeUrl, None),
        ("fetch-cors/cors-preflight-referrer#12", Policy::UnsafeUrl, MINE),
    ]
};

/// Cookies of earlier requests: the case, the server's origin, and the cookie.
///
/// The cases do not contain these cookies. They are from the source of the tests.
const COOKIES: [(&str, &str, &str); 6] = [
    ("fetch-cors/cors-cookies#01", PAGE, "g=7"),
    ("fetch-cors/cors-cookies#02", OTHER, "a=1"),
    ("fetch-cors/cors-cookies#03", PAGE, "c=3"),
    ("fetch-cors/cors-cookies#05", OTHER, "f=6"),
    ("fetch-cors/cors-cookies#06", OTHER, "e=5"),
    (WITH_COOKIE, OTHER, "foo=bar"),
];

/// The case in which the preflight has no cookie, but the request has one.
const WITH_COOKIE: &str = "xhr/access-control#07";

fn set_cookies(page: &mut Page, id: &str) {
    for (_, origin, cookie) in COOKIES.iter().filter(|row| row.0 == id) {
        let headers = [
            ("access-control-allow-origin", PAGE),
            ("access-control-allow-credentials", "true"),
            ("set-cookie", cookie),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let actual = Some(ScriptedResponse { status: 200, headers, has_endless_body: false });
        let hop = Hop { origin: (*origin).to_owned(), actual, preflight: None };
        let mut server = Server::new(vec![hop]);
        let call = Fetch::get(&server.url(0)).credentials(Credentials::Include);
        assert!(block_on(page.fetch(&mut server, call)).is_readable(), "{id}");
    }
}

fn page(case: &Value, engine: Engine) -> Page {
    let page = match case["request"]["page_origin"].as_str().unwrap() {
        "null (opaque)" => Page::opaque(),
        origin => Page::open(&format!("{origin}/{}", case["source"].as_str().unwrap())),
    };
    page.in_engine(engine)
}

fn credentials(request: &Value) -> Credentials {
    match request["credentials"].as_str() {
        Some("include") => Credentials::Include,
        Some("omit") => Credentials::Omit,
        Some("same-origin") => Credentials::SameOrigin,
        other => panic!("{other:?}"),
    }
}

fn mode(request: &Value) -> Mode {
    match request["mode"].as_str() {
        Some("cors") => Mode::Cors,
        Some("no-cors") => Mode::NoCors,
        Some("same-origin") => Mode::SameOrigin,
        other => panic!("{other:?}"),
    }
}

fn policy(name: Option<&str>) -> Option<ReferrerPolicy> {
    Some(match name? {
        "no-referrer" => ReferrerPolicy::NoReferrer,
        "no-referrer-when-downgrade" => ReferrerPolicy::NoReferrerWhenDowngrade,
        "same-origin" => ReferrerPolicy::SameOrigin,
        "origin-when-cross-origin" => ReferrerPolicy::OriginWhenCrossOrigin,
        "unsafe-url" => ReferrerPolicy::UnsafeUrl,
        other => panic!("{other:?}"),
    })
}

fn hops_of(case: &Value) -> &[Value] {
    case["hops"].as_array().unwrap()
}

fn hops(case: &Value) -> Vec<Hop> {
    let response = |value: &Value| {
        Some(ScriptedResponse {
            status: u16::try_from(value["status"].as_u64()?).unwrap(),
            headers: pairs(&value["headers"]),
            has_endless_body: value["body"].as_str().is_some_and(|body| body.contains("endless")),
        })
    };
    let hop = |hop: &Value| Hop {
        origin: hop["origin"].as_str().unwrap().to_owned(),
        preflight: response(&hop["preflight"]),
        actual: response(&hop["actual"]),
    };
    let hops: Vec<Hop> = hops_of(case).iter().map(hop).collect();
    if !hops.is_empty() {
        return hops;
    }
    // Rows without hops test only the sent requests. They have one hop, or two hops for
    // `origin_header_per_hop`.
    let target = case["request"]["target_origin"].as_str().unwrap();
    let plain = |status, headers: &[(&str, &str)]| {
        let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Some(ScriptedResponse { status, headers: headers.collect(), has_endless_body: false })
    };
    if case["expect"]["origin_header_per_hop"].is_array() {
        let redirect = plain(302, &[("Location", "<page origin>")]);
        let first = Hop { origin: target.to_owned(), preflight: None, actual: redirect };
        let second = Hop { origin: PAGE.to_owned(), preflight: None, actual: plain(200, &[]) };
        return vec![first, second];
    }
    vec![Hop { origin: target.to_owned(), preflight: None, actual: plain(200, &[]) }]
}

fn preflights_by_hop(outcome: &FetchOutcome) -> Vec<bool> {
    let mut by_hop = vec![false];
    for sent in outcome.exchanges() {
        if sent.is_preflight() {
            *by_hop.last_mut().unwrap() = true;
        } else {
            by_hop.push(false);
        }
    }
    if !outcome.exchanges().last().is_some_and(Exchange::is_preflight) {
        by_hop.pop();
    }
    by_hop
}

fn id(case: &Value) -> &str {
    case["id"].as_str().unwrap()
}

fn describe(outcome: &FetchOutcome) -> String {
    outcome.blocked().map_or_else(|| "a response".to_owned(), ToString::to_string)
}

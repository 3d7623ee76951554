//! Runs the 110 cases of the Web Platform Tests about `Sec-Fetch-*` in the browser model.
//!
//! `tests/wpt/README.md` documents the format of the cases. The cases do not contain the method of a form
//! and
//! the attribute `crossorigin` of a script. Such rows run once for each possible value.

use std::collections::BTreeSet;

use http::Request;
use serde_json::Value;
use tower_cross_origin::{
    RequestHead,
    browser::{Credentials, Destination, Fetch, FetchOutcome, Mode, Page},
    guard::{Check, Csrf, FetchMetadata, Verdict},
};

use crate::{
    support::block_on,
    wpt::{Hop, ScriptedResponse, Server, cases, pairs},
};

const PAGE: &str = "https://web-platform.test:8443";

#[test]
fn wpt_fetch_metadata_cases_pass_in_the_model() {
    let cases = cases("fetch_metadata.json");
    let (mut rows, mut compared) = (0, 0);
    let mut faults = Vec::new();
    for case in &cases {
        rows += 1;
        for call in calls(case) {
            let mut page = Page::open(&page_origin(case));
            let mut server = Server::new(hops(case));
            let outcome = call.run(&mut page, &mut server);
            let fault = |text: String| format!("{} {call:?}: {text}", case["id"]);
            faults.extend(server.faults.drain(..).map(fault));
            for (name, expected) in expected(case) {
                compared += 1;
                let sent = outcome.requests().last().expect("the browser reaches the last hop");
                let actual = Value::from(sent.request_header(&name));
                if actual != expected {
                    faults.push(fault(format!("{name} is {actual}, expected {expected}")));
                }
            }
            if let Some(expected) = case["expect"]["preflight"].as_bool() {
                compared += 1;
                assert_eq!(outcome.preflights().next().is_some(), expected, "{}", case["id"]);
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert_eq!((rows, compared), (110, 210));
}

// Includes redirected requests and preflights.
#[test]
fn guard_decisions_on_wpt_requests_match_the_table() {
    let mut seen = BTreeSet::new();
    for case in &cases("fetch_metadata.json") {
        for call in calls(case) {
            let mut server = Server::new(hops(case));
            let outcome = call.run(&mut Page::open(&page_origin(case)), &mut server);
            for exchange in outcome.exchanges() {
                let header = |name| exchange.request_header(name).unwrap_or_default().to_owned();
                let [site, mode, destination] =
                    ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"].map(header);
                let label = format!("{site} {mode} {destination} {}", exchange.method());
                let row = DECISIONS.iter().find(|row| row.0 == label);
                let (row, expected) =
                    row.unwrap_or_else(|| panic!("the table has no row for {label}"));
                seen.insert(*row);
                let mut request = Request::builder()
                    .method(exchange.method())
                    .uri(exchange.url())
                    .body(())
                    .unwrap();
                *request.headers_mut() = exchange.request_headers().clone();
                let head = RequestHead::from(&request);
                let is_allowed = |verdict| verdict == Verdict::Allow;
                let decided = [
                    is_allowed(FetchMetadata::new().check(&head)),
                    is_allowed(FetchMetadata::new().deny_same_site(true).check(&head)),
                    is_allowed(Csrf::new().check(&head)),
                ];
                assert_eq!(decided, *expected, "{}: {label}", case["id"]);
            }
        }
    }
    assert_eq!(seen.len(), DECISIONS.len(), "the table has a row without a request");
}

/// A request's `Sec-Fetch-*` headers and method, and the decisions of three guards.
///
/// The guards are `FetchMetadata`, `FetchMetadata` with `deny_same_site`, and `Csrf`; `true` means
/// allowed.
#[rustfmt::skip]
const DECISIONS: [(&str, [bool; 3]); 26] = [
    // Browsers do not send these headers to http addresses.
    ("   GET", [true, true, true]),
    ("cross-site cors empty GET", [false, false, true]),
    ("cross-site cors empty OPTIONS", [true, true, true]),
    ("cross-site cors script GET", [false, false, true]),
    ("cross-site navigate document GET", [true, true, true]),
    ("cross-site navigate document POST", [false, false, false]),
    ("cross-site navigate iframe GET", [true, true, true]),
    ("cross-site no-cors empty GET", [false, false, true]),
    ("cross-site no-cors script GET", [false, false, true]),
    ("same-origin cors empty GET", [true, true, true]),
    ("same-origin cors script GET", [true, true, true]),
    ("same-origin navigate document GET", [true, true, true]),
    ("same-origin navigate document POST", [true, true, true]),
    ("same-origin navigate iframe GET", [true, true, true]),
    ("same-origin no-cors empty GET", [true, true, true]),
    ("same-origin no-cors script GET", [true, true, true]),
    ("same-origin same-origin empty GET", [true, true, true]),
    ("same-origin same-origin worker GET", [true, true, true]),
    ("same-site cors empty GET", [true, false, true]),
    ("same-site cors empty OPTIONS", [true, true, true]),
    ("same-site cors script GET", [true, false, true]),
    ("same-site navigate document GET", [true, true, true]),
    ("same-site navigate document POST", [true, false, false]),
    ("same-site navigate iframe GET", [true, true, true]),
    ("same-site no-cors empty GET", [true, false, true]),
    ("same-site no-cors script GET", [true, false, true]),
];

/// A call that sends a row's request.
#[derive(Clone, Debug)]
enum Call {
    Script(Fetch),
    Navigation(Fetch),
}

impl Call {
    fn run(&self, page: &mut Page, server: &mut Server) -> FetchOutcome {
        match self.clone() {
            Self::Script(call) => block_on(page.fetch(server, call)),
            Self::Navigation(call) => block_on(page.navigate(server, call)),
        }
    }
}

fn calls(case: &Value) -> Vec<Call> {
    let (request, id) = (&case["request"], case["id"].as_str().unwrap());
    let url = Server::new(hops(case)).url(0);
    let has_activation = case["expect"]["value"] == "?1";
    let (get, form) = (Fetch::get(&url), Fetch::post(&url).form("a=b"));
    match request["api"].as_str().unwrap() {
        "fetch" => {
            let mode = match request["mode"].as_str() {
                None | Some("cors") => Mode::Cors,
                Some("no-cors") => Mode::NoCors,
                Some("same-origin") => Mode::SameOrigin,
                other => panic!("{other:?}"),
            };
            let headers = pairs(&request["script_headers"]);
            let call =
                headers.iter().fold(get.mode(mode), |call, (name, value)| call.header(name, value));
            vec![Call::Script(call)]
        }
        "script element" => {
            let plain = Fetch::element(Destination::Script, &url);
            let anonymous = Call::Script(plain.clone().crossorigin(Credentials::SameOrigin));
            let with_cookies = Call::Script(plain.clone().crossorigin(Credentials::Include));
            match id {
                "fetch-metadata#64" => vec![Call::Script(plain)],
                "fetch-metadata#65" | "fetch-metadata#66" | "fetch-metadata#68" => {
                    vec![anonymous, with_cookies]
                }
                _ => vec![Call::Script(plain), anonymous, with_cookies],
            }
        }
        "iframe element" => vec![Call::Script(Fetch::element(Destination::Iframe, &url))],
        "Worker" => vec![Call::Script(Fetch::element(Destination::Worker, &url))],
        "form" if has_activation => {
            vec![Call::Navigation(get.user_activation()), Call::Navigation(form.user_activation())]
        }
        "form" => vec![Call::Navigation(get), Call::Navigation(form)],
        // The two rows of `<a download>`.
        "a element" if matches!(id, "fetch-metadata#143" | "fetch-metadata#145") => {
            vec![Call::Script(Fetch::element(Destination::Empty, &url))]
        }
        "a element" if has_activation => vec![Call::Navigation(get.user_activation())],
        "a element" => vec![Call::Navigation(get)],
        other => panic!("{other}"),
    }
}

fn expected(case: &Value) -> Vec<(String, Value)> {
    let expect = &case["expect"];
    if let Some(headers) = expect["headers"].as_object() {
        return headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    }
    assert_eq!(expect["absent"].as_bool(), Some(expect["value"].is_null()));
    vec![(expect["header"].as_str().unwrap().to_owned(), expect["value"].clone())]
}

/// Returns hops that allow the page's origin.
///
/// Each hop except the last redirects to the next hop.
fn hops(case: &Value) -> Vec<Hop> {
    let request = &case["request"];
    let chain = request["url_chain"].as_array().into_iter().flatten();
    let mut origins: Vec<String> =
        chain.map(|name| origin(name.as_str().unwrap()).to_owned()).collect();
    if let Some(target) = request["target_origin"].as_str() {
        origins.push(resolve_placeholders(target));
    } else if origins.is_empty() {
        origins.push(page_origin(case));
    }
    let page = page_origin(case);
    let last = origins.len() - 1;
    let hop = |(index, origin): (usize, &String)| {
        // A redirect across origins taints the request origin.
        let request_origin = if index > 1 { "null".to_owned() } else { page.clone() };
        let mut headers = vec![
            ("access-control-allow-origin".to_owned(), request_origin),
            ("access-control-allow-credentials".to_owned(), "true".to_owned()),
            ("access-control-allow-headers".to_owned(), "x-test".to_owned()),
        ];
        if index < last {
            headers.push(("location".to_owned(), "<next hop>".to_owned()));
        }
        let status = if index < last { 302 } else { 200 };
        let actual = ScriptedResponse { status, headers, has_endless_body: false };
        let preflight = Some(ScriptedResponse { status: 200, ..actual.clone() });
        Hop { origin: origin.clone(), preflight, actual: Some(actual) }
    };
    origins.iter().enumerate().map(hop).collect()
}

fn origin(name: &str) -> &'static str {
    match name {
        "httpsOrigin" => PAGE,
        "httpsSameSite" => "https://www1.web-platform.test:8443",
        "httpsCrossSite" => "https://not-web-platform.test:8443",
        "httpOrigin" => "http://web-platform.test:8000",
        "httpSameSite" => "http://www1.web-platform.test:8000",
        "httpCrossSite" => "http://not-web-platform.test:8000",
        other => panic!("{other}"),
    }
}

fn page_origin(case: &Value) -> String {
    match case["request"]["page_origin"].as_str().unwrap() {
        "<https origin of host>" => PAGE.to_owned(),
        "<http origin of host>" => origin("httpOrigin").to_owned(),
        other => resolve_placeholders(other),
    }
}

fn resolve_placeholders(template: &str) -> String {
    template
        .replace("{{host}}", "web-platform.test")
        .replace("{{hosts[][www]}}", "www.web-platform.test")
        .replace("{{hosts[alt][www]}}", "www.not-web-platform.test")
}

//! The 110 facts of the Web Platform Tests about `Sec-Fetch-*` hold in the model of a browser.
//!
//! `facts/README.md` says what a case holds. Rows that differ in a thing which the cases do not hold (a
//! form's method, whether a script has `crossorigin`) are run in each way.

mod facts;

use facts::{Answer, Hop, Server, block_on, cases, pairs};
use serde_json::Value;
use tower_cross_origin::browser::{Credentials, Destination, Fetch, Mode, Outcome, Page};

const PAGE: &str = "https://web-platform.test:8443";

#[test]
fn the_facts_of_the_web_platform_tests_about_fetch_metadata_hold() {
    let cases = cases("fetch_metadata.json");
    let (mut rows, mut compared) = (0, 0);
    let mut faults = Vec::new();
    for case in &cases {
        rows += 1;
        for way in ways(case) {
            let mut page = Page::open(&page_origin(case));
            let mut server = Server::of(hops(case));
            let outcome = way.go(&mut page, &mut server);
            let fault = |told: String| format!("{} {way:?}: {told}", case["id"]);
            faults.extend(server.faults.drain(..).map(fault));
            for (name, expected) in expected(case) {
                compared += 1;
                let sent = outcome.requests().last().expect("the last hop is reached");
                let actual = Value::from(sent.request_header(&name));
                if actual != expected {
                    faults.push(fault(format!("{name} is {actual}, and should be {expected}")));
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

/// A way to make a row's request.
#[derive(Clone, Debug)]
enum Way {
    Script(Fetch),
    Navigation(Fetch),
}

impl Way {
    fn go(&self, page: &mut Page, server: &mut Server) -> Outcome {
        match self.clone() {
            Self::Script(call) => block_on(page.fetch(server, call)),
            Self::Navigation(call) => block_on(page.navigate(server, call)),
        }
    }
}

fn ways(case: &Value) -> Vec<Way> {
    let (request, id) = (&case["request"], case["id"].as_str().unwrap());
    let url = Server::of(hops(case)).url(0);
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
            vec![Way::Script(call)]
        }
        "script element" => {
            let plain = Fetch::element(Destination::Script, &url);
            let anonymous = Way::Script(plain.clone().crossorigin(Credentials::SameOrigin));
            let with_cookies = Way::Script(plain.clone().crossorigin(Credentials::Include));
            match id {
                "fetch-metadata#64" => vec![Way::Script(plain)],
                "fetch-metadata#65" | "fetch-metadata#66" | "fetch-metadata#68" => {
                    vec![anonymous, with_cookies]
                }
                _ => vec![Way::Script(plain), anonymous, with_cookies],
            }
        }
        "iframe element" => vec![Way::Script(Fetch::element(Destination::Iframe, &url))],
        "Worker" => vec![Way::Script(Fetch::element(Destination::Worker, &url))],
        "form" if has_activation => {
            vec![Way::Navigation(get.user_activation()), Way::Navigation(form.user_activation())]
        }
        "form" => vec![Way::Navigation(get), Way::Navigation(form)],
        // The two rows of `<a download>`.
        "a element" if matches!(id, "fetch-metadata#143" | "fetch-metadata#145") => {
            vec![Way::Script(Fetch::element(Destination::Empty, &url))]
        }
        "a element" if has_activation => vec![Way::Navigation(get.user_activation())],
        "a element" => vec![Way::Navigation(get)],
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

/// Each answer but the last one is a redirect to the next, and all grant whatever asks.
fn hops(case: &Value) -> Vec<Hop> {
    let request = &case["request"];
    let chain = request["url_chain"].as_array().into_iter().flatten();
    let mut origins: Vec<String> =
        chain.map(|name| origin(name.as_str().unwrap()).to_owned()).collect();
    if let Some(target) = request["target_origin"].as_str() {
        origins.push(filled_in(target));
    } else if origins.is_empty() {
        origins.push(page_origin(case));
    }
    let page = page_origin(case);
    let last = origins.len() - 1;
    let of = |(index, origin): (usize, &String)| {
        // A redirect taints who asks.
        let asks = if index > 1 { "null".to_owned() } else { page.clone() };
        let mut headers = vec![
            ("access-control-allow-origin".to_owned(), asks),
            ("access-control-allow-credentials".to_owned(), "true".to_owned()),
            ("access-control-allow-headers".to_owned(), "x-test".to_owned()),
        ];
        if index < last {
            headers.push(("location".to_owned(), "<next hop>".to_owned()));
        }
        let status = if index < last { 302 } else { 200 };
        let answer = Some(Answer { status, headers, has_endless_body: false });
        let preflight = answer.clone().map(|answer| Answer { status: 200, ..answer });
        Hop { origin: origin.clone(), preflight, actual: answer }
    };
    origins.iter().enumerate().map(of).collect()
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
        other => filled_in(other),
    }
}

fn filled_in(template: &str) -> String {
    template
        .replace("{{host}}", "web-platform.test")
        .replace("{{hosts[][www]}}", "www.web-platform.test")
        .replace("{{hosts[alt][www]}}", "www.not-web-platform.test")
}

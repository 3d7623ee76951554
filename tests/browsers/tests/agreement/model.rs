//! Runs scenarios with the browser model.

use serde_json::{Value, json};
use tower_cross_origin::browser::{
    Credentials, Engine, Fetch, FetchOutcome, Mode, Page, Redirect, ResponseType,
};

use super::{
    application::{Application, Service},
    hosts::{Host, Ports},
    pages::BODY,
    recorder::Arrived,
    scenario::Scenario,
    values::{self, Api, Body, OnRedirect, Relation},
};

/// The predicted results of the script, and the predicted requests.
pub type Prediction = (Value, Vec<Arrived>);

/// Returns the prediction for all calls of the scenario.
pub async fn run(
    engine: browsers::Engine,
    scenario: &Scenario,
    application: &Application,
    ports: Ports,
) -> Prediction {
    let mut service = application.service();
    let mut page = open(engine, scenario.relation, &mut service, ports).await;
    let mut user = User { service, application, scenario };
    let mut seen = Vec::new();
    let mut arrived = Vec::new();
    for _ in 0..scenario.calls.count() {
        let (outcome, mut sent) = user.fetch(&mut page, call(scenario)).await;
        seen.push(script_result(scenario, &outcome));
        arrived.append(&mut sent);
    }
    (json!(seen), arrived)
}

struct User<'a> {
    service: Service,
    application: &'a Application,
    scenario: &'a Scenario,
}

impl User<'_> {
    /// Makes one call, and returns its outcome and the received requests.
    async fn fetch(&mut self, page: &mut Page, call: Fetch) -> (FetchOutcome, Vec<Arrived>) {
        let outcome = page.fetch(&mut self.service, call).await;
        let sent = self.application.recorder.take().remove(&self.scenario.number);
        (outcome, sent.unwrap_or_default())
    }
}

/// Opens a page in a browser that has visited each site.
async fn open(
    engine: browsers::Engine,
    relation: Relation,
    service: &mut Service,
    ports: Ports,
) -> Page {
    let mut page = match relation {
        Relation::Sandboxed => Page::opaque(),
        Relation::Data => Page::open("data:text/html,"),
        _ => Page::open(&format!("{}/page", relation.page().origin(ports))),
    };
    page = page.in_engine(match engine {
        browsers::Engine::Chromium => Engine::Chromium,
        browsers::Engine::Firefox => Engine::Firefox,
        browsers::Engine::WebKit => Engine::WebKit,
    });
    let is_opaque = matches!(relation, Relation::Sandboxed | Relation::Data);
    for host in Host::NAMES {
        let call = Fetch::get(&format!("{}/cookies", host.origin(ports)));
        if is_opaque {
            // This call stores only `SameSite=None` cookies. The browser never sends others for an opaque page.
            let call = call.mode(Mode::NoCors).credentials(Credentials::Include);
            page.fetch(service, call).await;
        } else {
            page.navigate(service, call.address_bar()).await;
        }
    }
    if !is_opaque {
        let url = format!("{}/page", relation.page().origin(ports));
        page.navigate(service, Fetch::get(&url).address_bar()).await;
    }
    page
}

fn call(scenario: &Scenario) -> Fetch {
    let mut call = Fetch::new(scenario.method.as_str(), &scenario.url())
        .mode(match scenario.mode {
            values::Mode::Cors => Mode::Cors,
            values::Mode::NoCors => Mode::NoCors,
            values::Mode::SameOrigin => Mode::SameOrigin,
        })
        .credentials(match scenario.credentials {
            values::Credentials::Omit => Credentials::Omit,
            values::Credentials::SameOrigin => Credentials::SameOrigin,
            values::Credentials::Include => Credentials::Include,
        })
        .redirect(match scenario.on_redirect {
            OnRedirect::Follow => Redirect::Follow,
            OnRedirect::Error => Redirect::Error,
            OnRedirect::Manual => Redirect::Manual,
        });
    for (name, value) in lines(scenario) {
        call = call.header(name, &value);
    }
    call = match scenario.body {
        Body::None => call,
        Body::Text => call.text(BODY),
        Body::Bytes => call.bytes(BODY.as_bytes()),
    };
    if scenario.api == Api::XhrWithUploadListener { call.upload_listener() } else { call }
}

/// Returns the headers that the script sets.
fn lines(scenario: &Scenario) -> Vec<(&'static str, String)> {
    let lines = scenario.headers.lines();
    // https://xhr.spec.whatwg.org/#dom-xmlhttprequest-setrequestheader
    if scenario.api == Api::Fetch {
        return lines;
    }
    let mut combined: Vec<(&'static str, String)> = Vec::new();
    for (name, value) in lines {
        match combined.iter_mut().find(|(one, _)| *one == name) {
            Some((_, values)) => *values = format!("{values}, {value}"),
            None => combined.push((name, value)),
        }
    }
    combined
}

/// Returns the outcome in the format of `page.js`.
fn script_result(scenario: &Scenario, outcome: &FetchOutcome) -> Value {
    let kind = match outcome.response_type() {
        None => return json!({ "outcome": "TypeError" }),
        Some(ResponseType::Opaque) => return json!({ "outcome": "opaque", "type": "opaque" }),
        Some(ResponseType::OpaqueRedirect) => {
            return json!({ "outcome": "opaque", "type": "opaqueredirect" });
        }
        Some(ResponseType::Basic) => "basic",
        Some(ResponseType::Cors) => "cors",
        Some(other) => unreachable!("{other:?}"),
    };
    let headers = outcome.headers().expect("the response is readable");
    let mut names: Vec<_> = headers.keys().map(|name| name.as_str()).collect();
    names.sort_unstable();
    let headers: Vec<_> = names.iter().map(|name| (name, outcome.header(name))).collect();
    let mut result = json!({
        "outcome": "readable",
        "type": kind,
        "status": outcome.status().map(|status| status.as_u16()),
        "headers": headers,
        "body": outcome.text(),
    });
    // `XMLHttpRequest` does not expose the response type.
    if let (Some(result), true) = (result.as_object_mut(), scenario.api != Api::Fetch) {
        result.remove("type");
    }
    result
}

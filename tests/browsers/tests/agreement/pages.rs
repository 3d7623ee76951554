//! Runs scenarios with pages in a browser.

use anyhow::{Context, Result};
use browsers::Browser;
use serde_json::{Value, json};

use super::{
    hosts::{Host, Ports},
    scenario::Scenario,
    values::{Api, Body, Credentials, Mode, OnRedirect, Relation},
};

/// Returns the script's results of each call of each scenario.
pub async fn run(browser: &Browser, scenarios: &[Scenario], ports: Ports) -> Result<Vec<Value>> {
    for host in Host::NAMES {
        browser.open(&format!("{}/cookies", host.origin(ports))).await?;
    }
    let mut seen = vec![Value::Null; scenarios.len()];
    for page in [Host::App, Host::Address] {
        browser.open(&format!("{}/page", page.origin(ports))).await?;
        for frame in [Frame::None, Frame::Sandboxed, Frame::Data] {
            let matching = scenarios.iter().filter(|scenario| {
                scenario.relation.page() == page && Frame::from_relation(scenario.relation) == frame
            });
            let (numbers, calls): (Vec<_>, Vec<_>) =
                matching.map(|scenario| (scenario.number, script_argument(scenario))).unzip();
            if numbers.is_empty() {
                continue;
            }
            let arguments = vec![json!(calls), frame.attributes(&page.origin(ports))];
            let script = match frame {
                Frame::None => "return await run(arguments[0]);",
                Frame::Sandboxed | Frame::Data => {
                    "return await runInFrame(arguments[1], arguments[0]);"
                }
            };
            let all = browser.evaluate_async(script, arguments).await?;
            let all = all.as_array().context("the page returns a list")?;
            for (number, one) in numbers.into_iter().zip(all) {
                seen[number] = one.clone();
            }
        }
    }
    Ok(seen)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Frame {
    None,
    Sandboxed,
    Data,
}

impl Frame {
    fn from_relation(relation: Relation) -> Self {
        match relation {
            Relation::Sandboxed => Self::Sandboxed,
            Relation::Data => Self::Data,
            _ => Self::None,
        }
    }

    fn attributes(self, page: &str) -> Value {
        match self {
            Self::None => Value::Null,
            Self::Sandboxed => json!({ "sandbox": "allow-scripts", "src": format!("{page}/page") }),
            Self::Data => {
                let script = url::form_urlencoded::byte_serialize(SCRIPT.as_bytes());
                let script = script.collect::<String>().replace('+', "%20");
                json!({ "src": format!("data:text/html,<script>{script}</script>") })
            }
        }
    }
}

/// Returns the scenario in the format of `page.js`.
fn script_argument(scenario: &Scenario) -> Value {
    let listens = match scenario.api {
        Api::Fetch | Api::Xhr => Value::Null,
        Api::XhrWithUploadListener => json!("early"),
        Api::XhrWithLateUploadListener => json!("late"),
    };
    let mode = match scenario.mode {
        Mode::Cors => "cors",
        Mode::NoCors => "no-cors",
        Mode::SameOrigin => "same-origin",
    };
    let credentials = match scenario.credentials {
        Credentials::Omit => "omit",
        Credentials::SameOrigin => "same-origin",
        Credentials::Include => "include",
    };
    let redirect = match scenario.on_redirect {
        OnRedirect::Follow => "follow",
        OnRedirect::Error => "error",
        OnRedirect::Manual => "manual",
    };
    json!({
        "url": scenario.url(),
        "calls": scenario.calls.count(),
        "isXhr": scenario.api != Api::Fetch,
        "listens": listens,
        "isBytes": scenario.body == Body::Bytes,
        "init": {
            "method": scenario.method.as_str(),
            "mode": mode,
            "credentials": credentials,
            "redirect": redirect,
            "headers": scenario.headers.lines(),
            "body": (scenario.body != Body::None).then_some(BODY),
        },
    })
}

pub const BODY: &str = "a=1";

const SCRIPT: &str = include_str!("page.js");

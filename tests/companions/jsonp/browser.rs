//! `JsonpLayer` with the model of a browser. A wrapped response runs as a script in any page, even in an
//! isolated one. A withheld response never runs. STANDARDS C16 to C20.

use std::convert::Infallible;

use http::{Request, Response};
use tower::{Layer, service_fn};
use tower_cross_origin::{
    browser::{Blocked, BlockedStep, Destination, Fetch, Page},
    embedding::CrossOriginEmbedderPolicy,
    jsonp::{JsonpConfig, JsonpLayer, JsonpPolicy, Payload, StatusMode},
};

use crate::support::block_on;

const PAGE: &str = "https://app.example";
const URL: &str = "https://api.example/data?callback=show";

/// The script that runs in the page, and the step that blocked the response.
type Loaded = (Option<String>, Option<BlockedStep>);

fn load(page: &mut Page, config: Option<JsonpConfig>, url: &str, status: u16) -> Loaded {
    let inner = service_fn(move |_: Request<Vec<u8>>| async move {
        let response =
            Response::builder().status(status).header("content-type", "application/json");
        Ok::<_, Infallible>(response.body(r#"{"sky":"blue"}"#.to_owned()).unwrap())
    });
    let script = Fetch::element(Destination::Script, url);
    let outcome = match config {
        Some(config) => {
            let layer = JsonpLayer::new(JsonpPolicy::new(config).unwrap());
            block_on(page.fetch(&mut layer.layer(inner), script))
        }
        None => block_on(page.fetch(&mut { inner }, script)),
    };
    let step = outcome.blocked().map(Blocked::step);
    (outcome.script().map(str::to_owned), step)
}

const CALL: &str = r#"/**/ typeof show === 'function' && show({"sky":"blue"});"#;

#[test]
fn wrapped_response_runs_in_every_page() {
    let isolated = CrossOriginEmbedderPolicy::RequireCorp;
    let parsed = r#"/**/ typeof show === 'function' && show(JSON.parse("{\"sky\":\"blue\"}"));"#;
    let envelope =
        r#"/**/ typeof show === 'function' && show({"status":404,"data":{"sky":"blue"}});"#;
    let default = JsonpConfig::new;
    for (about, config, status, runs) in [
        ("default", default(), 200, Some(CALL)),
        ("JSON.parse", default().payload(Payload::JsonParse), 200, Some(parsed)),
        ("error with status 200", default(), 404, Some(CALL)),
        ("envelope", default().status(StatusMode::Envelope), 404, Some(envelope)),
        // C18b: a script whose status is an error does not run.
        ("error with its default status", default().status(StatusMode::Preserve), 404, None),
    ] {
        for mut page in [Page::open(PAGE), Page::open(PAGE).with_embedder_policy(isolated)] {
            let (script, _) = load(&mut page, Some(config.clone()), URL, status);
            assert_eq!(script.as_deref(), runs, "{about}");
        }
    }
}

// Without the layer, JSON may run as a script, because `nosniff` is missing.
#[test]
fn withheld_response_never_runs() {
    let credentialed = || {
        let mut page = Page::open(PAGE);
        let mut sets = service_fn(async |_: Request<Vec<u8>>| {
            let response =
                Response::builder().header("set-cookie", "user=alice; SameSite=None; Secure");
            Ok::<_, Infallible>(response.body(String::new()).unwrap())
        });
        let visit = Fetch::get("https://api.example/")
            .credentials(tower_cross_origin::browser::Credentials::Include);
        block_on(page.fetch(&mut sets, visit));
        page
    };
    let default = || Some(JsonpConfig::new());
    let blocked = (None, Some(BlockedStep::MimeType));
    assert_eq!(load(&mut credentialed(), default(), URL, 200), blocked, "data of the user");
    let public = Some(JsonpConfig::new().strip_credentials(true));
    assert_eq!(load(&mut credentialed(), public, URL, 200).0.as_deref(), Some(CALL), "public data");
    let hostile = "https://api.example/data?callback=alert(1)//";
    assert_eq!(load(&mut Page::open(PAGE), default(), hostile, 200), blocked, "malformed callback");
    // Without the layer, the response has no `nosniff`, so the browser checks whether the JSON is JavaScript.
    let bare = (Some(r#"{"sky":"blue"}"#.to_owned()), None);
    assert_eq!(load(&mut credentialed(), None, URL, 200), bare);
}

//! What `JsonpLayer` sends, as a browser takes it: what is wrapped runs as a script of any page, also of one that
//! is isolated, and what is withheld runs nowhere. STANDARDS C16 to C20.

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
const URL: &str = "https://api.example/data?callback=app.show";

/// What runs in the page, and, where nothing does, at which step that ends.
type Came = (Option<String>, Option<BlockedStep>);

fn loaded(page: &mut Page, config: Option<JsonpConfig>, url: &str, status: u16) -> Came {
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

const CALL: &str = r#"/**/ typeof app.show === 'function' && app.show({"sky":"blue"});"#;

#[test]
fn what_is_wrapped_runs_in_every_page() {
    let isolated = CrossOriginEmbedderPolicy::RequireCorp;
    let parsed =
        r#"/**/ typeof app.show === 'function' && app.show(JSON.parse("{\"sky\":\"blue\"}"));"#;
    let envelope =
        r#"/**/ typeof app.show === 'function' && app.show({"status":404,"data":{"sky":"blue"}});"#;
    let own = JsonpConfig::new;
    for (about, config, status, runs) in [
        ("as it is", own(), 200, Some(CALL)),
        ("JSON.parse", own().payload(Payload::JsonParse), 200, Some(parsed)),
        ("an error becomes a 200", own(), 404, Some(CALL)),
        ("in an envelope", own().status(StatusMode::Envelope), 404, Some(envelope)),
        // C18b: a script that comes with an error is not run.
        ("an error that stays one", own().status(StatusMode::Preserve), 404, None),
    ] {
        for mut page in [Page::open(PAGE), Page::open(PAGE).with_embedder_policy(isolated)] {
            let (script, _) = loaded(&mut page, Some(config.clone()), URL, status);
            assert_eq!(script.as_deref(), runs, "{about}");
        }
    }
}

/// Without the layer JSON runs as a script where nothing says that it is none; or is kept from an isolated page.
#[test]
fn what_is_withheld_runs_nowhere() {
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
    let own = || Some(JsonpConfig::new());
    let blocked = (None, Some(BlockedStep::MimeType));
    assert_eq!(loaded(&mut credentialed(), own(), URL, 200), blocked, "of the user's own");
    let public = Some(JsonpConfig::new().strip_credentials(true));
    assert_eq!(
        loaded(&mut credentialed(), public, URL, 200).0.as_deref(),
        Some(CALL),
        "of nobody's"
    );
    let hostile = "https://api.example/data?callback=alert(1)//";
    assert_eq!(loaded(&mut Page::open(PAGE), own(), hostile, 200), blocked, "no callback");
    // The same response by itself is JSON that nothing marks: a browser looks whether it is JavaScript.
    let bare = (Some(r#"{"sky":"blue"}"#.to_owned()), None);
    assert_eq!(loaded(&mut credentialed(), None, URL, 200), bare);
}

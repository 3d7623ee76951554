use axum::{Router, body::Body};
use tower_cross_origin::browser::{Fetch, FetchOutcome, Mode, Page};

use super::{NOTES, app, csrf, policy};

const APP: &str = "https://app.example.com";
const EVIL: &str = "https://evil.example";

/// Returns the service without and with the guard.
fn services() -> [Router; 2] {
    let origins = [APP.to_owned()];
    let policy = || policy(&origins).unwrap();
    [app(policy(), None), app(policy(), Some(csrf(&origins).unwrap()))]
}

async fn send(service: &Router, page: &str, call: Fetch) -> FetchOutcome {
    // A router supports several body types; axum's server uses this one.
    let mut service = service.clone().into_service::<Body>();
    Page::open(page).fetch(&mut service, call).await
}

fn post(function: &str) -> Fetch {
    Fetch::post(&format!("https://api.example.com/api/{function}"))
}

async fn has_note(text: &str) -> bool {
    NOTES.lock().await.iter().any(|note| note == text)
}

// The client of Leptos sends these headers.
#[tokio::test]
async fn client_of_another_origin_calls_functions() {
    for service in services() {
        let accept = |call: Fetch| call.header("accept", "application/json");
        let form = accept(post("add_note").form("text=form"));
        send(&service, APP, form.clone()).await.assert_readable().assert_preflights(0);
        let json = accept(post("add_json_note").json(r#"{"text": "json"}"#));
        send(&service, APP, json.clone()).await.assert_readable().assert_preflights(1);
        assert!(has_note("form").await && has_note("json").await);
        for call in [form, json] {
            assert!(!send(&service, EVIL, call).await.is_readable());
        }
    }
}

#[tokio::test]
async fn hostile_page_calls_functions_only_without_guard() {
    let [open, guarded] = services();
    for (service, name) in [(&open, "open"), (&guarded, "guarded")] {
        let body = |kind: &str| format!("{name}-{kind}");
        let json = format!(r#"{{"text": "{}"}}"#, body("text-plain"));
        // None of these requests has a preflight. The page cannot read the responses, but the calls have effects.
        for (kind, call) in [
            ("form", post("add_note").form(&format!("text={}", body("form")))),
            ("text-plain", post("add_json_note").text(&json)),
        ] {
            let outcome = send(service, EVIL, call.mode(Mode::NoCors)).await;
            outcome.assert_preflights(0);
            assert!(!outcome.is_readable());
            assert_eq!(has_note(&body(kind)).await, name == "open", "{name}, {kind}");
        }
    }
}

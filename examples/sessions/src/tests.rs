use axum::{Router, body::Body};
use tower_cross_origin::browser::{BlockedStep, Credentials, Fetch, FetchOutcome, Page};

use super::{app, csrf, policy};

const APP: &str = "https://app.example.com";
const SERVICE: &str = "https://api.example.com";

/// Returns the service without and with the guard.
fn services() -> [Router; 2] {
    let policy = || policy(&[APP.to_owned()]).unwrap();
    [app(policy(), None), app(policy(), Some(csrf(&policy()).unwrap()))]
}

/// Sends a request with cookies.
async fn send(page: &mut Page, service: &Router, call: Fetch) -> FetchOutcome {
    // A router supports several body types; axum's server uses this one.
    let mut service = service.clone().into_service::<Body>();
    page.fetch(&mut service, call.credentials(Credentials::Include)).await
}

fn call(method: &str, path: &str) -> Fetch {
    Fetch::new(method, &format!("{SERVICE}{path}"))
}

async fn balance(page: &mut Page, service: &Router) -> Option<String> {
    send(page, service, call("GET", "/balance")).await.text()
}

/// Opens the application, logs in, and returns the browser.
async fn logged_in(service: &Router) -> Page {
    let mut page = Page::open(APP);
    assert_eq!(send(&mut page, service, call("GET", "/balance")).await.status().unwrap(), 401);
    send(&mut page, service, call("POST", "/login")).await.assert_readable();
    assert_eq!(balance(&mut page, service).await.unwrap(), "100");
    page
}

#[tokio::test]
async fn page_of_the_policy_uses_its_session() {
    for service in services() {
        let mut page = logged_in(&service).await;
        let transfer = call("POST", "/transfer").form("amount=10");
        assert_eq!(send(&mut page, &service, transfer).await.text().unwrap(), "90");
        assert_eq!(balance(&mut page, &service).await.unwrap(), "90");
    }
}

// The form is a navigation, so that CORS does not apply. The balance shows whether it had an effect.
#[tokio::test]
async fn form_of_a_hostile_page_transfers_only_without_guard() {
    for (hostile, about) in
        [("https://evil.example", "another site"), ("https://blog.example.com", "the same site")]
    {
        for (service, expected) in services().into_iter().zip(["90", "100"]) {
            let mut page = logged_in(&service).await;
            let mut elsewhere = service.clone().into_service::<Body>();
            // The user opens the hostile page in the same browser, and the page submits a form.
            page.navigate(&mut elsewhere, Fetch::get(hostile)).await;
            assert_eq!(page.origin(), hostile);
            page.navigate(&mut elsewhere, call("POST", "/transfer").form("amount=10")).await;
            page.navigate(&mut elsewhere, Fetch::get(APP)).await;
            assert_eq!(balance(&mut page, &service).await.unwrap(), expected, "{about}");
        }
    }
}

#[tokio::test]
async fn hostile_page_cannot_read_the_session() {
    for service in services() {
        let mut page = logged_in(&service).await;
        let mut elsewhere = service.clone().into_service::<Body>();
        page.navigate(&mut elsewhere, Fetch::get("https://evil.example")).await;
        let read = send(&mut page, &service, call("GET", "/balance")).await;
        read.assert_blocked_at(BlockedStep::AllowOrigin);
    }
}

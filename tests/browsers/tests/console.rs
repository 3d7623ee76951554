//! Tests the console messages of Chromium about CORS.
//!
//! The guide `src/guides/my_browser_says.md` must quote the actual messages. The console must name the failing step.

#[path = "console/mod.rs"]
mod console;

use std::collections::BTreeSet;

use anyhow::Result;
use console::{
    call::Call,
    guide,
    messages::{NOT_PROVOKED, Provoked, provoked},
    page::Page,
    server::Server,
    visit::Visit,
};
use serde_json::json;

#[tokio::test]
async fn console_messages_match_the_guide() -> Result<()> {
    let server = Server::start().await?;
    let guide = guide::messages_of_chromium();
    let mut visit = Visit::start(server).await?;
    let mut seen_messages = BTreeSet::new();
    for Provoked { message, page, call } in provoked(server) {
        assert!(guide.contains(message), "not in the guide: {message}");
        let console = visit.make(page, &call).await?.console;
        let expected = guide::fill_in(message, &call.url, &page.origin(server));
        assert!(
            console.iter().any(|line| guide::is_message(line, &expected)),
            "{call:?}\nexpected: {expected}\nconsole: {console:#?}"
        );
        seen_messages.insert(message);
    }
    visit.end().await?;
    let unseen: Vec<_> =
        guide.iter().copied().filter(|message| !seen_messages.contains(message)).collect();
    let excluded: BTreeSet<_> = NOT_PROVOKED.iter().map(|(message, _)| *message).collect();
    assert_eq!(unseen, Vec::from_iter(excluded), "each other message must be provoked");
    println!("{} of the guide's {} messages provoked", seen_messages.len(), guide.len());
    Ok(())
}

// R25: the console names the method or the header that is missing, and no allowed one. It does so only for pages that a
// rule allows, and not with `hide_failing_step`.
#[tokio::test]
async fn console_names_the_failing_step() -> Result<()> {
    const METHOD: &str =
        "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.";
    const HEADER: &str = "Request header field x-b is not allowed by \
                          Access-Control-Allow-Headers in preflight response.";
    const NO_STEP: &str = "Response to preflight request doesn't pass access control check: \
                           No 'Access-Control-Allow-Origin' header is present on the requested resource.";
    let server = Server::start().await?;
    let mut visit = Visit::start(server).await?;
    for (page, path, method, header) in [
        (Page::App, "/shown", METHOD, HEADER),
        (Page::App, "/shown/without-methods", METHOD, HEADER),
        (Page::App, "/shown/with-header", METHOD, HEADER),
        (Page::App, "/hidden", NO_STEP, NO_STEP),
        (Page::Partner, "/shown", METHOD, HEADER),
        (Page::Partner, "/hidden", NO_STEP, NO_STEP),
        (Page::Elsewhere, "/shown", NO_STEP, NO_STEP),
        (Page::Elsewhere, "/hidden", NO_STEP, NO_STEP),
    ] {
        let url = format!("{}{path}", server.api());
        let b = json!({ "headers": { "x-b": "1" } });
        let a_and_b = json!({ "headers": { "x-a": "1", "x-b": "1" } });
        let headers = if path == "/shown/with-header" { a_and_b } else { b };
        for (call, message) in [
            (Call::fetch(&url, json!({ "method": "PUT" })), method),
            (Call::fetch(&url, headers), header),
            // For these calls, the standard treats a missing list of methods as a list of the request's method.
            // The layer must therefore send a list that omits the method.
            (Call::xhr(&url, json!({ "method": "PUT", "listensToUpload": true })), method),
            (Call::stream(&url, "PUT"), method),
        ] {
            let seen = visit.make(page, &call).await?;
            let console = &seen.console;
            assert_eq!(seen.script, "nothing", "{page:?} {call:?}");
            assert!(
                console.iter().any(|line| guide::is_message(line, message)),
                "{page:?} {call:?}\nexpected: {message}\nconsole: {console:#?}"
            );
        }
    }
    // No rejected request reached the service, and allowed requests are still allowed.
    assert_eq!(server.forwarded_requests(), 0);
    for page in [Page::App, Page::Partner] {
        for path in ["/shown", "/shown/with-header", "/hidden"] {
            let call =
                Call::fetch(format!("{}{path}", server.api()), json!({ "method": "DELETE" }));
            assert_eq!(visit.make(page, &call).await?.script, 200, "{page:?} {path}");
        }
    }
    assert_eq!(server.forwarded_requests(), 6);
    visit.end().await
}

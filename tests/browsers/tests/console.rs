//! What Chromium's console says of CORS: that it is what src/guides/my_browser_says.md says, and what
//! `debug_origins` changes of it.

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
async fn chromium_says_what_the_guide_says() -> Result<()> {
    let server = Server::start().await?;
    let guide = guide::messages_of_chromium();
    let mut visit = Visit::start(server).await?;
    let mut said = BTreeSet::new();
    for Provoked { message, page, call } in provoked(server) {
        assert!(guide.contains(message), "not in the guide: {message}");
        let console = visit.make(page, &call).await?.console;
        let expected = guide::filled(message, &call.url, &page.origin(server));
        assert!(
            console.iter().any(|line| guide::says(line, &expected)),
            "{call:?}\nexpected: {expected}\nthe console: {console:#?}"
        );
        said.insert(message);
    }
    visit.end().await?;
    let unsaid: Vec<_> = guide.iter().copied().filter(|message| !said.contains(message)).collect();
    let excused: BTreeSet<_> = NOT_PROVOKED.iter().map(|(message, _)| *message).collect();
    assert_eq!(unsaid, Vec::from_iter(excused), "each message is provoked, or it is said why not");
    println!("{} of the guide's {} messages provoked", said.len(), guide.len());
    Ok(())
}

/// Without `debug_origins` a refused preflight says nothing; with them the browser names the step. A page
/// that no rule covers, or that `debug_origins` do not name, is told nothing.
#[tokio::test]
async fn a_page_is_told_the_failing_step_by_diagnostics_alone() -> Result<()> {
    const METHOD: &str =
        "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.";
    const HEADER: &str = "Request header field x-tenant is not allowed by \
                          Access-Control-Allow-Headers in preflight response.";
    const NOTHING: &str = "Response to preflight request doesn't pass access control check: \
                           No 'Access-Control-Allow-Origin' header is present on the requested resource.";
    let server = Server::start().await?;
    let mut visit = Visit::start(server).await?;
    for (page, path, method, header) in [
        (Page::App, "/untold", NOTHING, NOTHING),
        (Page::App, "/told", METHOD, HEADER),
        (Page::App, "/told/without-methods", METHOD, HEADER),
        (Page::App, "/all-told", METHOD, HEADER),
        (Page::Partner, "/untold", NOTHING, NOTHING),
        (Page::Partner, "/told", NOTHING, NOTHING),
        (Page::Partner, "/all-told", METHOD, HEADER),
        (Page::Elsewhere, "/untold", NOTHING, NOTHING),
        (Page::Elsewhere, "/told", NOTHING, NOTHING),
        (Page::Elsewhere, "/all-told", NOTHING, NOTHING),
    ] {
        let url = format!("{}{path}", server.api());
        let tenant = json!({ "headers": { "x-tenant": "1" } });
        for (call, message) in [
            (Call::fetch(&url, json!({ "method": "PUT" })), method),
            (Call::fetch(&url, tenant), header),
            // What a browser takes a missing list of methods for, by the standard, is no refusal of these.
            (Call::xhr(&url, json!({ "method": "PUT", "listensToUpload": true })), method),
            (Call::stream(&url, "PUT"), method),
        ] {
            let seen = visit.make(page, &call).await?;
            let console = &seen.console;
            assert_eq!(seen.script, "nothing", "{page:?} {call:?}");
            assert!(
                console.iter().any(|line| guide::says(line, message)),
                "{page:?} {call:?}\nexpected: {message}\nthe console: {console:#?}"
            );
        }
    }
    // What is refused stays refused, and what is granted is granted.
    assert_eq!(server.reached(), 0);
    for page in [Page::App, Page::Partner] {
        for path in ["/untold", "/told", "/all-told"] {
            let call =
                Call::fetch(format!("{}{path}", server.api()), json!({ "method": "DELETE" }));
            assert_eq!(visit.make(page, &call).await?.script, 200, "{page:?} {path}");
        }
    }
    assert_eq!(server.reached(), 6);
    visit.end().await
}

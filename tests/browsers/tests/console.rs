//! Tests the console messages of browsers about CORS.
//!
//! The guide `src/guides/my_browser_says.md` must quote the actual messages. The console must name the failing step.

#[path = "console/mod.rs"]
mod console;

use std::collections::BTreeSet;

use anyhow::Result;
use browsers::Engine;
use console::{
    call::Call,
    guide,
    messages::{Provoked, not_provoked, provoked, provoked_only_in},
    page::Page,
    server::Server,
    visit::Visit,
};
use serde_json::json;

browsers::test_in_engines!(console_messages_match_the_guide, console_names_the_failing_step);

// The calls provoke each message of Chromium. The other browsers must log a message of the same section.
async fn console_messages_match_the_guide(engine: Engine) -> Result<()> {
    let server = Server::start().await?;
    let guide = guide::messages_of(engine);
    let mut visit = Visit::start(engine, server).await?;
    let (mut seen_messages, mut missing) = (BTreeSet::new(), Vec::new());
    for Provoked { message, page, call } in
        provoked(server).into_iter().chain(provoked_only_in(engine, server))
    {
        let possible = if guide.contains(message) {
            BTreeSet::from([message])
        } else {
            assert_ne!(engine, Engine::Chromium, "not in the guide: {message}");
            guide::messages_next_to(message, engine)
        };
        let excluded = not_provoked(engine);
        let is_excluded = |message: &&str| excluded.iter().any(|(excluded, _)| excluded == message);
        // The engine logs no known message, or none that the test can provoke.
        if possible.iter().all(is_excluded) {
            continue;
        }
        let is_logged = |line: &str, possible: &str| {
            let text = guide::with_example_of(message, possible);
            // A message of a page with the origin `null` can quote the value of a header.
            [page, Page::App].iter().any(|page| {
                let text = guide::fill_in(&text, &call.url, &page.origin(server));
                guide::is_message(engine, line, &text)
            })
        };
        let is_expected = |line: &str| possible.iter().any(|message| is_logged(line, message));
        let console = visit.make(page, &call, is_expected).await?.console;
        if !console.iter().any(|line| is_expected(line)) {
            missing.push(format!("{call:?}\nexpected: {possible:#?}\nconsole: {console:#?}"));
        }
        let logged =
            possible.iter().filter(|message| console.iter().any(|line| is_logged(line, message)));
        seen_messages.extend(logged.copied());
    }
    visit.end().await?;
    println!("{}", missing.join("\n\n"));
    let unseen: Vec<_> =
        guide.iter().copied().filter(|message| !seen_messages.contains(message)).collect();
    let excluded: BTreeSet<_> = not_provoked(engine).iter().map(|(message, _)| *message).collect();
    assert_eq!(unseen, Vec::from_iter(excluded), "each other message must be provoked");
    println!("{} of the guide's {} messages provoked", seen_messages.len(), guide.len());
    Ok(())
}

// R25: the console names the method or the header that is missing, and no allowed one. It does so only for pages that a
// rule allows, and not with `hide_failing_step`.
async fn console_names_the_failing_step(engine: Engine) -> Result<()> {
    let [method_message, header_message, no_step] = match engine {
        Engine::Chromium => [
            "Method PUT is not allowed by Access-Control-Allow-Methods in preflight response.",
            "Request header field x-b is not allowed by \
             Access-Control-Allow-Headers in preflight response.",
            "Response to preflight request doesn't pass access control check: \
             No 'Access-Control-Allow-Origin' header is present on the requested resource.",
        ],
        Engine::Firefox => [
            "(Reason: Did not find method in CORS header ‘Access-Control-Allow-Methods’).",
            "(Reason: header ‘x-b’ is not allowed according to header \
             ‘Access-Control-Allow-Headers’ from CORS preflight response).",
            "(Reason: CORS header ‘Access-Control-Allow-Origin’ missing). Status code: 403.",
        ],
        Engine::WebKit => [
            "Method PUT is not allowed by Access-Control-Allow-Methods.",
            "Request header field x-b is not allowed by Access-Control-Allow-Headers.",
            "Preflight response is not successful. Status code: 403",
        ],
    };
    let server = Server::start().await?;
    let mut visit = Visit::start(engine, server).await?;
    for (page, path, method, header) in [
        (Page::App, "/shown", method_message, header_message),
        (Page::App, "/shown/without-methods", method_message, header_message),
        (Page::App, "/shown/with-header", method_message, header_message),
        (Page::App, "/hidden", no_step, no_step),
        (Page::Partner, "/shown", method_message, header_message),
        (Page::Partner, "/hidden", no_step, no_step),
        (Page::Elsewhere, "/shown", no_step, no_step),
        (Page::Elsewhere, "/hidden", no_step, no_step),
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
            // The other browsers cannot upload streams: https://developer.mozilla.org/en-US/docs/Web/API/Request/duplex#browser_compatibility
            if call.is_stream() && engine != Engine::Chromium {
                continue;
            }
            let is_expected = |line: &str| guide::is_message(engine, line, message);
            let seen = visit.make(page, &call, is_expected).await?;
            let console = &seen.console;
            assert_eq!(seen.script, "nothing", "{page:?} {call:?}");
            assert!(
                console.iter().any(|line| is_expected(line)),
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
            assert_eq!(visit.call(page, &call).await?.script, 200, "{page:?} {path}");
        }
    }
    assert_eq!(server.forwarded_requests(), 6);
    visit.end().await
}

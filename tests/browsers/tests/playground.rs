//! Runs the playground in each engine.

#[path = "playground/mod.rs"]
mod playground;

use anyhow::Result;
use browsers::Engine;
use playground::{accessibility::pages_are_accessible, keyboard, visit::Visit};

browsers::test_in_engines!(
    rows_are_green_and_explained,
    rows_without_the_layer_are_red,
    playground_is_usable_by_keyboard,
);

async fn rows_are_green_and_explained(engine: Engine) -> Result<()> {
    let visit = Visit::to(engine, "/").await?;
    visit.screenshot("green.png").await?;
    assert_eq!(visit.ids(), ROWS, "`ROWS` must list every row of the playground");
    visit.report("with the layer");
    visit.compare_with_recorded_results()?;
    let red: Vec<_> = visit.rows.iter().filter(|row| !row.green).collect();
    if !red.is_empty() {
        let mut report = Vec::new();
        for row in &red {
            report.push(format!("{}\n{}", row.report(), visit.explanation(row).await?));
        }
        // The messages of WebKit have no WebDriver command.
        let console = visit.browser.console().await?.join("\n  ");
        let report = report.join("\n");
        panic!("{} rows are red in {engine:?}:\n{report}\nconsole:\n  {console}", red.len());
    }
    all_requests_are_explained(&visit).await?;
    live_decisions_are_shown(&visit).await?;
    // The rules read the document, which is the same in the other engines.
    if engine == Engine::Chromium {
        pages_are_accessible(&visit).await?;
    }
    visit.end().await
}

async fn rows_without_the_layer_are_red(engine: Engine) -> Result<()> {
    let visit = Visit::to(engine, "/?layer=out").await?;
    visit.screenshot("red.png").await?;
    assert_eq!(visit.ids(), ROWS);
    visit.report("without the layer");
    let green: Vec<_> =
        visit.rows.iter().filter(|row| row.green).map(|row| row.id.as_str()).collect();
    assert_eq!(green, GREEN_WITHOUT_THE_LAYER);
    results_are_derived_from_recorded_requests(&visit);
    // The other browsers have a minimum width.
    if engine == Engine::Chromium {
        narrow_page_has_no_overflow(&visit).await?;
    }
    visit.end().await
}

async fn playground_is_usable_by_keyboard(engine: Engine) -> Result<()> {
    let visit = Visit::to(engine, "/").await?;
    keyboard::controls_are_reached_in_order(&visit).await?;
    keyboard::row_is_run_and_read(&visit).await?;
    keyboard::layer_is_removed(&visit).await?;
    visit.end().await
}

fn results_are_derived_from_recorded_requests(visit: &Visit) {
    let put = visit.rows.iter().find(|row| row.id == "put-json").expect("listed in ROWS");
    for (field, expected, got) in [
        ("page.status", "200", "(absent)"),
        ("page.error", "(absent)", "TypeError"),
        ("servers: requests", "api OPTIONS, api PUT", "api OPTIONS"),
        ("1 OPTIONS: application", "not called", "called"),
        ("1 OPTIONS: ← access-control-max-age", "0", "(absent)"),
        ("2 PUT", "sent", "never sent"),
    ] {
        let difference = put.differences.iter().find(|difference| difference["field"] == field);
        let difference = difference.unwrap_or_else(|| panic!("{field}: {}", put.report()));
        assert_eq!(difference["expected"], expected, "{field}");
        assert_eq!(difference["got"], got, "{field}");
    }
}

async fn all_requests_are_explained(visit: &Visit) -> Result<()> {
    visit.open_all().await?;
    let evaluate = |script: &'static str| visit.browser.evaluate(script, vec![]);
    let requests = evaluate("return document.querySelectorAll('.exchange').length").await?;
    let explained = "return [...document.querySelectorAll('.exchange > .explanation .first')]\
         .filter(first => first.checkVisibility() && first.textContent.length > 0).length";
    assert_eq!(evaluate(explained).await?, requests);
    assert!(requests.as_u64() > Some(30), "{requests} requests");
    let help =
        "return document.querySelector('#rejected-method [data-mark=help] + dd').textContent";
    assert_eq!(evaluate(help).await?, "rules[0].allow_methods: add \"PATCH\"");
    visit
        .browser
        .evaluate("document.getElementById('rejected-method').scrollIntoView()", vec![])
        .await?;
    visit.screenshot("explained.png").await
}

// The playground receives the decisions as server-sent events.
async fn live_decisions_are_shown(visit: &Visit) -> Result<()> {
    let shown = "return document.querySelectorAll('#live li').length > 30";
    visit.browser.wait_until(shown).await?;
    let words = "return [...document.querySelectorAll('#live [data-rejected] .words')]\
                 .map(words => words.textContent)";
    let words = visit.browser.evaluate(words, vec![]).await?;
    let rejection = "rejected at the method: rules[0] does not allow PATCH";
    assert!(words.as_array().into_iter().flatten().any(|word| word == rejection), "{words}");
    visit
        .browser
        .evaluate("document.getElementById('live-title').scrollIntoView()", vec![])
        .await?;
    visit.screenshot("live.png").await
}

async fn narrow_page_has_no_overflow(visit: &Visit) -> Result<()> {
    visit.browser.resize(400, 900).await?;
    visit.browser.wait_until("return innerWidth <= 400").await?;
    visit.open_all().await?;
    visit.screenshot("narrow.png").await?;
    let widths = "return [document.scrollingElement.scrollWidth, innerWidth]";
    let widths = visit.browser.evaluate(widths, vec![]).await?;
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "the page is {widths} wide");
    Ok(())
}

const ROWS: [&str; 41] = [
    "simple-get",
    "simple-post",
    "custom-header",
    "put-json",
    "delete",
    "max-age",
    "plain-options",
    "cookie-included",
    "cookie-omitted",
    "exposed-headers",
    "not-found",
    "server-error",
    "vary",
    "rejected-origin-get",
    "rejected-origin-put",
    "rejected-header",
    "rejected-method",
    "enforced-cross-site",
    "enforced-same-origin",
    "web-socket",
    "blind-post",
    "changing-image",
    "guarded-own-page",
    "event-source",
    "events-by-fetch",
    "xhr-streaming",
    "long-poll",
    "jsonp-read",
    "jsonp-error",
    "jsonp-hostile",
    "jsonp-credentialed",
    "image-ping",
    "image-ping-gif",
    "beacon-text",
    "beacon-json",
    "embedded-private",
    "embedded-timing",
    "isolated-document",
    "upload-progress",
    "timeout",
    "override-mime-type",
];

/// Rows that expect a blocked read. Without the layer, the read is blocked, too.
const GREEN_WITHOUT_THE_LAYER: [&str; 1] = ["rejected-origin-get"];

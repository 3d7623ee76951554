//! The playground, as a browser sees it.

use std::{fs, path::Path};

use anyhow::Result;
use browsers::{Browser, Engine, Example};
use serde_json::Value;

#[tokio::test]
async fn every_row_of_the_playground_is_green() -> Result<()> {
    let visit = Visit::to("/").await?;
    visit.screenshot("green.png").await?;
    assert_eq!(visit.ids(), ROWS, "no row may vanish, and a new one is to be listed here");
    let red: Vec<_> = visit.rows.iter().filter(|row| !row.green).map(Row::report).collect();
    assert!(red.is_empty(), "{} rows are red:\n{}", red.len(), red.join("\n"));
    visit.end().await
}

#[tokio::test]
async fn rows_turn_red_when_the_layer_is_taken_out() -> Result<()> {
    let visit = Visit::to("/?layer=out").await?;
    visit.screenshot("red.png").await?;
    assert_eq!(visit.ids(), ROWS);
    let green: Vec<_> =
        visit.rows.iter().filter(|row| row.green).map(|row| row.id.as_str()).collect();
    assert_eq!(green, GREEN_WITHOUT_THE_LAYER);
    visit.end().await
}

#[tokio::test]
async fn the_verdict_comes_from_what_was_recorded() -> Result<()> {
    let visit = Visit::to("/?layer=out").await?;
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
    visit.end().await
}

#[tokio::test]
async fn every_request_of_every_row_is_explained() -> Result<()> {
    let visit = Visit::to("/").await?;
    visit.open_all().await?;
    let count = |of: &'static str| visit.browser.evaluate(of, vec![]);
    let requests = count("return document.querySelectorAll('.exchange').length").await?;
    let explained = "return [...document.querySelectorAll('.exchange > .explanation .first')]\
         .filter(first => first.checkVisibility() && first.textContent.length > 0).length";
    assert_eq!(count(explained).await?, requests);
    assert!(requests.as_u64() > Some(30), "{requests} requests");
    let advice =
        "return document.querySelector('#refused-method [data-mark=advice] + dd').textContent";
    assert_eq!(count(advice).await?, "rules[0].allow_methods: add \"PATCH\"");
    let heading = "document.getElementById('refused-method').scrollIntoView()";
    visit.browser.evaluate(heading, vec![]).await?;
    visit.screenshot("explained.png").await?;
    visit.end().await
}

/// The playground's own use of server-sent events.
#[tokio::test]
async fn decisions_are_shown_as_they_are_made() -> Result<()> {
    let visit = Visit::to("/").await?;
    let shown = "return document.querySelectorAll('#live li').length > 30";
    visit.browser.wait_until(shown).await?;
    let words = "return [...document.querySelectorAll('#live [data-rejected] .words')]\
                 .map(words => words.textContent)";
    let words = visit.browser.evaluate(words, vec![]).await?;
    let refused = "refused at the method: rules[0] does not allow PATCH";
    assert!(words.as_array().into_iter().flatten().any(|word| word == refused), "{words}");
    let heading = "document.getElementById('live-title').scrollIntoView()";
    visit.browser.evaluate(heading, vec![]).await?;
    visit.screenshot("live.png").await?;
    visit.end().await
}

#[tokio::test]
async fn nothing_overflows_a_narrow_page() -> Result<()> {
    let visit = Visit::to("/?layer=out").await?;
    visit.browser.resize(400, 900).await?;
    visit.browser.wait_until("return innerWidth <= 400").await?;
    visit.open_all().await?;
    visit.screenshot("narrow.png").await?;
    let widths = "return [document.scrollingElement.scrollWidth, innerWidth]";
    let widths = visit.browser.evaluate(widths, vec![]).await?;
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "the page is {widths} wide");
    visit.end().await
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

/// A page that is refused may not read, and one that nobody answers may not read either.
const GREEN_WITHOUT_THE_LAYER: [&str; 1] = ["rejected-origin-get"];

/// A page whose rows have all been run.
struct Visit {
    browser: Browser,
    rows: Vec<Row>,
    _playground: Example,
}

impl Visit {
    async fn to(path: &str) -> Result<Self> {
        let playground = Example::start("playground", &[]).await?;
        let browser = Browser::start(Engine::from_env()?).await?;
        browser.open(&format!("{}{path}", playground.address())).await?;
        let is_over = "return ['done', 'failed'].includes(document.documentElement.dataset.state)";
        browser.wait_until(is_over).await?;
        let state = browser.evaluate("return document.documentElement.dataset.state", vec![]);
        let notice = "return document.getElementById('notice').textContent";
        let notice = browser.evaluate(notice, vec![]).await?;
        assert_eq!(state.await?, "done", "{notice}");
        let results = browser.evaluate("return window.playground.results", vec![]).await?;
        let rows = results.as_array().into_iter().flatten().map(Row::from).collect();
        Ok(Self { browser, rows, _playground: playground })
    }

    async fn open_all(&self) -> Result<()> {
        let open_all = "document.querySelectorAll('.row h3 button').forEach(button => button.click());\
             document.querySelectorAll('details').forEach(details => details.open = true);";
        self.browser.evaluate(open_all, vec![]).await?;
        Ok(())
    }

    fn ids(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.id.as_str()).collect()
    }

    async fn screenshot(&self, name: &str) -> Result<()> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("playground");
        fs::create_dir_all(&folder)?;
        self.browser.screenshot(&folder.join(name)).await
    }

    async fn end(self) -> Result<()> {
        self.browser.close().await
    }
}

/// What the page says of a row.
struct Row {
    id: String,
    green: bool,
    differences: Vec<Value>,
}

impl Row {
    fn report(&self) -> String {
        let differences = self.differences.iter().map(|difference| {
            let Value::Object(of) = difference else { return difference.to_string() };
            format!("\n    {}: expected {}, got {}", of["field"], of["expected"], of["got"])
        });
        format!("  {}{}", self.id, differences.collect::<String>())
    }
}

impl From<&Value> for Row {
    fn from(result: &Value) -> Self {
        Self {
            id: result["id"].as_str().unwrap_or_default().to_owned(),
            green: result["green"] == true,
            differences: result["differences"].as_array().cloned().unwrap_or_default(),
        }
    }
}

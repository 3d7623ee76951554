//! Runs the playground in each engine.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context, Result};
use browsers::{Browser, Engine, Example, Results};
use serde_json::{Value, json};

browsers::test_in_engines!(rows_are_green_and_explained, rows_without_the_layer_are_red);

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

/// Checks the rules of axe, in wide and narrow windows with light and dark colors.
///
/// <https://github.com/dequelabs/axe-core>
async fn pages_are_accessible(visit: &Visit) -> Result<()> {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("axe/node_modules/axe-core/axe.min.js");
    let rules = fs::read_to_string(&rules).context("run tests/run browsers, which installs axe")?;
    let browser = &visit.browser;
    for path in ["/", "/results"] {
        browser.evaluate("location.assign(arguments[0])", vec![path.into()]).await?;
        let is_done = "return location.pathname === 'PATH' && document.documentElement.dataset.state === 'done'";
        browser.wait_until(&is_done.replace("PATH", path)).await?;
        browser.evaluate(&rules, vec![]).await?;
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (400, "light"), (400, "dark")] {
            browser.resize(width, 900).await?;
            let scheme = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
            let parameters = json!({ "features": scheme });
            browser.developer_tools("Emulation.setEmulatedMedia", parameters).await?;
            let run =
                "return (await axe.run()).violations.map(one => one.id + ': ' + one.nodes[0].html)";
            let violations = browser.evaluate_async(run, vec![]).await?;
            assert_eq!(violations, json!([]), "{path}, {width} {scheme}");
        }
    }
    Ok(())
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

/// The playground in a browser, after all rows have run.
struct Visit {
    engine: Engine,
    browser: Browser,
    rows: Vec<Row>,
    _playground: Example,
}

impl Visit {
    async fn to(engine: Engine, path: &str) -> Result<Self> {
        let playground = Example::start("playground", &[]).await?;
        let browser = Browser::start(engine).await?;
        browser.open(&format!("{}{path}", playground.address())).await?;
        let mut visit = Self { engine, browser, rows: Vec::new(), _playground: playground };
        visit.wait_for_results().await?;
        Ok(visit)
    }

    async fn wait_for_results(&mut self) -> Result<()> {
        let browser = &self.browser;
        let is_over = "return ['done', 'failed'].includes(document.documentElement.dataset.state)";
        browser.wait_until(is_over).await?;
        let state = browser.evaluate("return document.documentElement.dataset.state", vec![]);
        let notice = "return document.getElementById('notice').textContent";
        let notice = browser.evaluate(notice, vec![]).await?;
        assert_eq!(state.await?, "done", "{notice}");
        let results = browser.evaluate("return window.playground.results", vec![]).await?;
        self.rows = results.as_array().into_iter().flatten().map(Row::from).collect();
        Ok(())
    }

    /// Prints the engine, the name and the outcome of each row.
    fn report(&self, about: &str) {
        for Row { id, green, .. } in &self.rows {
            let outcome = if *green { "green" } else { "red" };
            println!("{:?} {id}: {outcome} {about}", self.engine);
        }
    }

    /// Compares the outcomes with the recorded outcomes.
    fn compare_with_recorded_results(&self) -> Result<()> {
        let outcomes: BTreeMap<&str, &str> = self
            .rows
            .iter()
            .map(|row| (row.id.as_str(), if row.green { "green" } else { "red" }))
            .collect();
        let mut results = Results::read(self.engine)?;
        results.compare("rows", &json!(outcomes), self.browser.version())
    }

    /// Returns the explanations of the row's requests by the server.
    async fn explanation(&self, row: &Row) -> Result<String> {
        self.open_all().await?;
        let texts = "return [...document.getElementById(arguments[0]).querySelectorAll('.explanation')]\
                     .map(explanation => explanation.innerText).join('\\n')";
        let texts = self.browser.evaluate(texts, vec![row.id.as_str().into()]).await?;
        Ok(texts.as_str().unwrap_or_default().to_owned())
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
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("playground-{:?}", self.engine));
        fs::create_dir_all(&folder)?;
        self.browser.screenshot(&folder.join(name)).await
    }

    async fn end(self) -> Result<()> {
        self.browser.close().await
    }
}

/// The result of one row of the playground.
struct Row {
    id: String,
    green: bool,
    differences: Vec<Value>,
}

impl Row {
    fn report(&self) -> String {
        let differences = self.differences.iter().map(|difference| {
            let Value::Object(fields) = difference else { return difference.to_string() };
            let (field, expected, got) = (&fields["field"], &fields["expected"], &fields["got"]);
            format!("\n    {field}: expected {expected}, got {got}")
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

//! The playground in a browser.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Result;
use browsers::{Browser, Engine, Example, Results};
use serde_json::{Value, json};

/// The playground in a browser, after all rows have run.
pub struct Visit {
    pub engine: Engine,
    pub browser: Browser,
    pub rows: Vec<Row>,
    _playground: Example,
}

impl Visit {
    pub async fn to(engine: Engine, path: &str) -> Result<Self> {
        let playground = Example::start("playground", &[]).await?;
        let browser = Browser::start(engine).await?;
        browser.open(&format!("{}{path}", playground.address())).await?;
        let mut visit = Self { engine, browser, rows: Vec::new(), _playground: playground };
        visit.wait_for_results().await?;
        Ok(visit)
    }

    pub async fn wait_for_results(&mut self) -> Result<()> {
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
    pub fn report(&self, about: &str) {
        for Row { id, green, .. } in &self.rows {
            let outcome = if *green { "green" } else { "red" };
            println!("{:?} {id}: {outcome} {about}", self.engine);
        }
    }

    /// Compares the outcomes with the recorded outcomes.
    pub fn compare_with_recorded_results(&self) -> Result<()> {
        let outcomes: BTreeMap<&str, &str> = self
            .rows
            .iter()
            .map(|row| (row.id.as_str(), if row.green { "green" } else { "red" }))
            .collect();
        let mut results = Results::read(self.engine)?;
        results.compare("rows", &json!(outcomes), self.browser.version())
    }

    /// Returns the explanations of the row's requests by the server.
    pub async fn explanation(&self, row: &Row) -> Result<String> {
        self.open_all().await?;
        let texts = "return [...document.getElementById(arguments[0]).querySelectorAll('.explanation')]\
                     .map(explanation => explanation.innerText).join('\\n')";
        let texts = self.browser.evaluate(texts, vec![row.id.as_str().into()]).await?;
        Ok(texts.as_str().unwrap_or_default().to_owned())
    }

    pub async fn open_all(&self) -> Result<()> {
        let open_all = "document.querySelectorAll('.row h3 button').forEach(button => button.click());\
             document.querySelectorAll('details').forEach(details => details.open = true);";
        self.browser.evaluate(open_all, vec![]).await?;
        Ok(())
    }

    pub fn ids(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.id.as_str()).collect()
    }

    pub async fn screenshot(&self, name: &str) -> Result<()> {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("playground-{:?}", self.engine));
        fs::create_dir_all(&folder)?;
        self.browser.screenshot(&folder.join(name)).await
    }

    pub async fn end(self) -> Result<()> {
        self.browser.close().await
    }
}

/// The result of one row of the playground.
pub struct Row {
    pub id: String,
    pub green: bool,
    pub differences: Vec<Value>,
}

impl Row {
    pub fn report(&self) -> String {
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

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, bail};
use fantoccini::{Client, ClientBuilder, wd::TimeoutConfiguration};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::{Daemon, Engine, free_ports};

/// A headless browser.
///
/// Dropping this value ends the driver, and the driver ends the browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    _driver: Daemon,
}

impl Browser {
    /// Starts a browser.
    pub async fn start(engine: Engine) -> Result<Self> {
        Self::start_with(engine, &[]).await
    }

    /// Starts a browser with additional command-line arguments.
    pub async fn start_with(engine: Engine, arguments: &[&str]) -> Result<Self> {
        let [port] = free_ports().await?;
        let driver = Daemon::start(engine.driver(), &engine.driver_arguments(port), port).await?;
        let client = timeout(
            LIMIT,
            ClientBuilder::new(HttpConnector::new())
                .capabilities(engine.capabilities(arguments))
                .connect(&format!("http://127.0.0.1:{port}")),
        )
        .await
        .context("the browser did not start in time")??;
        let timeouts = TimeoutConfiguration::new(Some(LIMIT), Some(LIMIT), None);
        client.update_timeouts(timeouts).await?;
        Ok(Self { client, _driver: driver })
    }

    /// Navigates to the URL.
    pub async fn open(&self, url: &str) -> Result<()> {
        Ok(self.client.goto(url).await?)
    }

    /// Runs `script` as the body of a function with `arguments`, and returns its result.
    pub async fn evaluate(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Runs `body` as the body of an `async` function with `arguments`, and returns its result.
    pub async fn evaluate_async(&self, body: &str, arguments: Vec<Value>) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             const values = [...arguments].slice(0, -1);\
             (async (...values) => {{ const arguments = values; {body} }})(...values)\
                 .then(value => done({{ value }}), error => done({{ error: String(error) }}));"
        );
        let outcome = self.client.execute_async(&script, arguments).await?;
        if let Some(error) = outcome.get("error") {
            bail!("the page threw {error}");
        }
        Ok(outcome["value"].clone())
    }

    /// Waits until `script`, run as the body of a function, returns `true`.
    pub async fn wait_until(&self, script: &str) -> Result<()> {
        let is_true = async {
            while !self.evaluate(script, vec![]).await?.as_bool().unwrap_or(false) {
                sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        timeout(LIMIT, is_true).await.with_context(|| format!("not true in time: {script}"))?
    }

    /// Returns the console messages since the last call.
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = self.client.issue_cmd(ConsoleLog).await?;
        let messages = entries.as_array().into_iter().flatten();
        Ok(messages.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect())
    }

    /// Calls a method of the Chrome DevTools Protocol.
    ///
    /// <https://chromedevtools.github.io/devtools-protocol/>
    pub async fn developer_tools(&self, method: &'static str, parameters: Value) -> Result<Value> {
        Ok(self.client.issue_cmd(DeveloperTools { method, parameters }).await?)
    }

    /// Resizes the window to approximately this size in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// Writes a screenshot of the page to `path`, as PNG.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        Ok(std::fs::write(path, self.client.screenshot().await?)?)
    }

    /// Closes the session.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// Chromium's WebDriver command that returns console messages.
#[derive(Debug)]
struct ConsoleLog;

impl fantoccini::wd::WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(r#"{"type":"browser"}"#.to_owned()))
    }
}

/// Chromium's WebDriver command that calls a DevTools method.
#[derive(Debug)]
struct DeveloperTools {
    method: &'static str,
    parameters: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for DeveloperTools {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        let body = serde_json::json!({ "cmd": self.method, "params": self.parameters });
        (http::Method::POST, Some(body.to_string()))
    }
}

/// A long limit, because test machines can be slow. The tests do not measure time.
const LIMIT: Duration = Duration::from_secs(60);

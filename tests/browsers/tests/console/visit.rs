//! A browser that visits several pages.

use std::time::Duration;

use anyhow::{Context, Result};
use browsers::{Browser, Engine, Options};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{
    call::Call,
    driven::DrivenPages,
    page::{INSECURE_HOST, Page},
    server::Server,
};

pub struct Visit {
    client: Client,
    server: Server,
    page: Option<Page>,
}

enum Client {
    WebDriver(Browser),
    Driven(DrivenPages),
}

/// The result of a call.
pub struct Seen {
    /// The status that the script received, or `"nothing"` for an error.
    pub script: Value,
    pub console: Vec<String>,
}

impl Visit {
    /// Starts a browser. Chromium treats the pages as public, so that they can call the local network and the user's
    /// machine.
    pub async fn start(engine: Engine, server: Server) -> Result<Self> {
        let networks = server.networks();
        let chromium =
            Options { hosts: &[INSECURE_HOST], arguments: &[&networks], ..Options::default() };
        let client = match engine {
            Engine::Chromium => Client::WebDriver(Browser::start_with(engine, chromium).await?),
            Engine::Firefox => Client::WebDriver(Browser::start(engine).await?),
            Engine::WebKit => Client::Driven(DrivenPages::start().await?),
        };
        Ok(Self { client, server, page: None })
    }

    /// Makes a call, and waits for its console message.
    pub async fn make(
        &mut self,
        page: Page,
        call: &Call,
        is_expected: impl Fn(&str) -> bool,
    ) -> Result<Seen> {
        let mut seen = self.call(page, call).await?;
        let Client::WebDriver(browser) = &self.client else { return Ok(seen) };
        // In Firefox, the message may follow the result.
        let end = Instant::now() + Duration::from_secs(5);
        while !seen.console.iter().any(|line| is_expected(line)) && Instant::now() < end {
            sleep(Duration::from_millis(20)).await;
            seen.console.extend(browser.console().await?);
        }
        Ok(seen)
    }

    /// Makes a call that causes no console message.
    pub async fn call(&mut self, page: Page, call: &Call) -> Result<Seen> {
        let address = page.address(self.server);
        let is_open = self.page.replace(page) == Some(page);
        let browser = match &mut self.client {
            Client::WebDriver(browser) => browser,
            Client::Driven(pages) => {
                if !is_open {
                    pages.open(&address).await?;
                }
                return pages.make(call).await.with_context(|| format!("{page:?} {call:?}"));
            }
        };
        if !is_open {
            browser.open(&address).await?;
        }
        browser.console().await?;
        let script = browser.evaluate_async(SCRIPT, vec![call.argument()]).await;
        let script = script.with_context(|| format!("{page:?} {call:?}"))?;
        Ok(Seen { script, console: browser.console().await? })
    }

    pub async fn end(self) -> Result<()> {
        match self.client {
            Client::WebDriver(browser) => browser.close().await,
            Client::Driven(_) => Ok(()),
        }
    }
}

impl Call {
    pub fn argument(&self) -> Value {
        json!({ "url": self.url, "how": self.how })
    }
}

pub const SCRIPT: &str = include_str!("page.js");

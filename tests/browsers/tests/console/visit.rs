//! A browser that visits several pages.

use anyhow::{Context, Result};
use browsers::{Browser, Engine, Options};
use serde_json::{Value, json};

use super::{
    call::Call,
    page::{INSECURE_HOST, Page},
    server::Server,
};

pub struct Visit {
    browser: Browser,
    server: Server,
    page: Option<Page>,
}

/// The result of a call.
pub struct Seen {
    /// The status that the script received, or `"nothing"` for an error.
    pub script: Value,
    pub console: Vec<String>,
}

impl Visit {
    /// Starts a browser that treats the pages as public.
    ///
    /// The pages can then call the local network and the user's machine.
    pub async fn start(server: Server) -> Result<Self> {
        let networks = server.networks();
        let options = Options { hosts: &[INSECURE_HOST], arguments: &[&networks] };
        let browser = Browser::start_with(Engine::Chromium, options).await?;
        Ok(Self { browser, server, page: None })
    }

    pub async fn make(&mut self, page: Page, call: &Call) -> Result<Seen> {
        if self.page != Some(page) {
            self.browser.open(&page.address(self.server)).await?;
            self.page = Some(page);
        }
        self.browser.console().await?;
        let script = self.browser.evaluate_async(SCRIPT, vec![call.argument()]).await;
        let script = script.with_context(|| format!("{page:?} {call:?}"))?;
        Ok(Seen { script, console: self.browser.console().await? })
    }

    pub async fn end(self) -> Result<()> {
        self.browser.close().await
    }
}

impl Call {
    fn argument(&self) -> Value {
        json!({ "url": self.url, "how": self.how })
    }
}

const SCRIPT: &str = include_str!("page.js");

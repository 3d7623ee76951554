use std::{env, str::FromStr};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

/// A browser engine with its WebDriver program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Chromium,
}

impl Engine {
    /// Returns the engine in the environment variable `ENGINE`. The default is Chromium.
    pub fn from_env() -> Result<Self> {
        env::var("ENGINE").map_or(Ok(Self::Chromium), |name| name.parse())
    }

    pub(crate) fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
        }
    }

    pub(crate) fn driver_arguments(self, port: u16) -> Vec<String> {
        match self {
            Self::Chromium => vec![format!("--port={port}")],
        }
    }

    /// Returns the WebDriver capabilities, with additional command-line arguments of the browser.
    ///
    /// <https://www.w3.org/TR/webdriver2/#capabilities>
    pub(crate) fn capabilities(self, arguments: &[&str]) -> Map<String, Value> {
        let capabilities = match self {
            Self::Chromium => json!({
                "browserName": "chrome",
                "acceptInsecureCerts": true,
                "goog:loggingPrefs": { "browser": "ALL" },
                "goog:chromeOptions": {
                    "binary": "/usr/bin/chromium",
                    "args": ([&CHROMIUM_ARGUMENTS, arguments].concat()),
                },
            }),
        };
        match capabilities {
            Value::Object(capabilities) => capabilities,
            _ => Map::new(),
        }
    }
}

const CHROMIUM_ARGUMENTS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-proxy-server",
    "--window-size=1280,1600",
];

impl FromStr for Engine {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "chromium" => Ok(Self::Chromium),
            other => bail!("unknown engine {other:?}; set ENGINE to \"chromium\""),
        }
    }
}

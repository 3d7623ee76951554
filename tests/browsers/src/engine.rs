use std::path::Path;

use serde_json::{Map, Value, json};

/// A browser engine with its WebDriver program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    Chromium,
    Firefox,
    /// WebKitGTK with its browser for tests.
    WebKit,
}

/// Settings of a browser in addition to the defaults.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Host names that resolve to loopback. Names below `localhost` always do.
    pub hosts: &'a [&'a str],
    /// Command-line arguments, which differ between engines.
    pub arguments: &'a [&'a str],
    /// Stores and sends cookies of other sites, too. By default, engines block or partition them.
    pub third_party_cookies: bool,
}

impl Engine {
    pub const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::WebKit];

    /// Returns the text of the error of a `fetch` whose response a page cannot read.
    pub fn fetch_error(self) -> &'static str {
        match self {
            Self::Chromium => "TypeError: Failed to fetch",
            Self::Firefox => "TypeError: NetworkError when attempting to fetch resource.",
            Self::WebKit => "TypeError: Load failed",
        }
    }

    pub(crate) fn driver(self) -> &'static str {
        match self {
            Self::Chromium => "chromedriver",
            Self::Firefox => "geckodriver",
            Self::WebKit => "WebKitWebDriver",
        }
    }

    /// Returns the arguments of the driver. The second port is for programs that need two.
    pub(crate) fn driver_arguments(
        self,
        port: u16,
        second_port: u16,
        profiles: &Path,
    ) -> Vec<String> {
        match self {
            Self::Chromium => vec![format!("--port={port}")],
            Self::Firefox => vec![
                "--host=127.0.0.1".to_owned(),
                format!("--port={port}"),
                format!("--websocket-port={second_port}"),
                format!("--profile-root={}", profiles.display()),
                // For the messages of the console.
                "--allow-system-access".to_owned(),
            ],
            Self::WebKit => vec!["--host=127.0.0.1".to_owned(), format!("--port={port}")],
        }
    }

    /// Returns the WebDriver capabilities.
    ///
    /// WebKit resolves the names of `options` through a SOCKS proxy at the given port.
    ///
    /// <https://www.w3.org/TR/webdriver2/#capabilities>
    pub(crate) fn capabilities(
        self,
        options: &Options<'_>,
        name_proxy: Option<u16>,
    ) -> Map<String, Value> {
        let mut arguments: Vec<String> = match self {
            Self::Chromium => CHROMIUM_ARGUMENTS.map(str::to_owned).into(),
            Self::Firefox => vec!["-headless".to_owned()],
            Self::WebKit => WEBKIT_ARGUMENTS.map(str::to_owned).into(),
        };
        if self == Self::Chromium && !options.hosts.is_empty() {
            let rules = options.hosts.iter().map(|host| format!("MAP {host} 127.0.0.1"));
            let rules = rules.collect::<Vec<_>>().join(",");
            arguments.push(format!("--host-resolver-rules={rules}"));
        }
        if self == Self::WebKit && options.third_party_cookies {
            arguments.push("--cookies-policy=always".to_owned());
        }
        arguments.extend(name_proxy.map(|port| format!("--proxy=socks5://127.0.0.1:{port}")));
        arguments.extend(options.arguments.iter().map(|&argument| argument.to_owned()));
        let capabilities = match self {
            Self::Chromium => json!({
                "browserName": "chrome",
                "acceptInsecureCerts": true,
                "goog:loggingPrefs": { "browser": "ALL" },
                "goog:chromeOptions": { "binary": "/usr/bin/chromium", "args": arguments },
            }),
            Self::Firefox => json!({
                "browserName": "firefox",
                "acceptInsecureCerts": true,
                "moz:firefoxOptions": {
                    "binary": "/usr/bin/firefox-esr",
                    "args": arguments,
                    "prefs": firefox_preferences(options),
                },
            }),
            Self::WebKit => json!({
                "acceptInsecureCerts": true,
                "webkitgtk:browserOptions": { "binary": mini_browser(), "args": arguments },
            }),
        };
        match capabilities {
            Value::Object(capabilities) => capabilities,
            _ => Map::new(),
        }
    }
}

/// Defines a test in each engine for each of these functions, such as `firefox::page_is_read`.
#[macro_export]
macro_rules! test_in_engines {
    ($($test:ident),+ $(,)?) => {
        $crate::test_in_engines! { @module chromium Chromium $($test)+ }
        $crate::test_in_engines! { @module firefox Firefox $($test)+ }
        $crate::test_in_engines! { @module webkit WebKit $($test)+ }
    };
    (@module $module:ident $engine:ident $($test:ident)+) => {
        mod $module {
            $(
                #[tokio::test]
                async fn $test() -> ::anyhow::Result<()> {
                    super::$test($crate::Engine::$engine).await
                }
            )+
        }
    };
}

/// Returns the path of WebKitGTK's browser for tests.
pub(crate) fn mini_browser() -> String {
    format!("/usr/lib/{}-linux-gnu/webkit2gtk-4.1/MiniBrowser", std::env::consts::ARCH)
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

// Scripts of tests open windows without a click of a user. WebKit would block them.
const WEBKIT_ARGUMENTS: [&str; 2] =
    ["--automation", "--javascript-can-open-windows-automatically=true"];

fn firefox_preferences(options: &Options<'_>) -> Value {
    const ACCEPT_ALL: u8 = 0;
    const PARTITION: u8 = 5;
    json!({
        "network.proxy.type": 0,
        "network.dns.localDomains": options.hosts.join(","),
        "network.cookie.cookieBehavior":
            (if options.third_party_cookies { ACCEPT_ALL } else { PARTITION }),
        // No dialog when a page of a loopback name sends a form to another name.
        "security.warn_submit_secure_to_insecure": false,
        // No connections of the browser's own.
        "app.update.enabled": false,
        "datareporting.policy.dataSubmissionEnabled": false,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
    })
}

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use fantoccini::{
    Client, ClientBuilder,
    actions::{InputSource, KeyAction, KeyActions},
    key::Key,
    wd::TimeoutConfiguration,
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::{
    Daemon, Display, Engine, Options, daemon::LIMIT, free_ports, name_proxy::start_name_proxy,
};

/// A headless browser.
///
/// Dropping this value ends the browser.
#[derive(Debug)]
pub struct Browser {
    client: Client,
    engine: Engine,
    /// Chromium ends with its driver, and WebKit with its display.
    _process: Option<Process>,
    _driver: Daemon,
    _display: Option<Display>,
    _profiles: Profiles,
}

impl Browser {
    /// Starts a browser.
    pub async fn start(engine: Engine) -> Result<Self> {
        Self::start_with(engine, Options::default()).await
    }

    /// Starts a browser with additional settings.
    pub async fn start_with(engine: Engine, options: Options<'_>) -> Result<Self> {
        let [port, second_port] = free_ports().await?;
        // Without a display, WebKit would wait for one.
        let display = if engine == Engine::WebKit { Some(Display::start().await?) } else { None };
        let needs_proxy = engine == Engine::WebKit && !options.hosts.is_empty();
        let name_proxy = if needs_proxy { Some(start_name_proxy().await?) } else { None };
        let profiles = Profiles::new(port)?;
        let variables = display.as_ref().map(|display| {
            // WebKitGTK 2.50 has `SharedArrayBuffer` only with this option: https://github.com/WebKit/WebKit/pull/67868
            [("DISPLAY", display.name()), ("JSC_useSharedArrayBuffer", "true")]
        });
        let driver = Daemon::start_with(
            engine.driver(),
            &engine.driver_arguments(port, second_port, &profiles.0),
            port,
            variables.as_ref().map_or(&[], |variables| &variables[..]),
        )
        .await?;
        let client = timeout(
            LIMIT,
            ClientBuilder::new(HttpConnector::new())
                .capabilities(engine.capabilities(&options, name_proxy))
                .connect(&format!("http://127.0.0.1:{port}")),
        )
        .await
        .context("the browser did not start in time")??;
        let process =
            client.capabilities().and_then(|capabilities| capabilities.get("moz:processID"));
        let process = process.and_then(Value::as_u64).map(Process);
        let timeouts = TimeoutConfiguration::new(Some(LIMIT), Some(LIMIT), None);
        client.update_timeouts(timeouts).await?;
        if let Some(display) = &display {
            display.focus_window()?;
        }
        let browser = Self {
            client,
            engine,
            _process: process,
            _driver: driver,
            _display: display,
            _profiles: profiles,
        };
        if engine == Engine::Chromium && options.third_party_cookies {
            browser.open("chrome://settings").await?;
            browser.evaluate_async(ALLOW_THIRD_PARTY_COOKIES, vec![]).await?;
        }
        Ok(browser)
    }

    /// Returns the version of the browser, such as `156.0`.
    pub fn version(&self) -> &str {
        let version = self.client.capabilities().and_then(|all| all.get("browserVersion"));
        version.and_then(Value::as_str).unwrap_or_default()
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
                sleep(std::time::Duration::from_millis(50)).await;
            }
            Ok(())
        };
        timeout(LIMIT, is_true).await.with_context(|| format!("not true in time: {script}"))?
    }

    /// Returns the console messages since the last call.
    ///
    /// WebKit has no command for them. See [`MiniBrowser`](crate::MiniBrowser).
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = match self.engine {
            Engine::Chromium => self.command("se/log", json!({ "type": "browser" })).await?,
            Engine::Firefox => self.evaluate_in_chrome(TAKE_CONSOLE, vec![]).await?,
            Engine::WebKit => Value::Null,
        };
        let messages = entries.as_array().into_iter().flatten();
        Ok(messages.filter_map(|entry| entry["message"].as_str().map(str::to_owned)).collect())
    }

    /// Runs `script` as the body of a function in Firefox itself, and returns its result.
    pub async fn evaluate_in_chrome(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        self.command("moz/context", json!({ "context": "chrome" })).await?;
        let result = self.client.execute(script, arguments).await;
        self.command("moz/context", json!({ "context": "content" })).await?;
        Ok(result?)
    }

    /// Calls a method of the Chrome DevTools Protocol.
    ///
    /// <https://chromedevtools.github.io/devtools-protocol/>
    pub async fn developer_tools(&self, method: &'static str, parameters: Value) -> Result<Value> {
        self.command("goog/cdp/execute", json!({ "cmd": method, "params": parameters })).await
    }

    /// Presses and releases the key, while another key such as Shift is held.
    pub async fn press(&self, held: Option<Key>, key: Key) -> Result<()> {
        let down = |key: Key| KeyAction::Down { value: key.into() };
        let up = |key: Key| KeyAction::Up { value: key.into() };
        let mut actions = KeyActions::new("keyboard".to_owned());
        for action in held.map(down).into_iter().chain([down(key), up(key)]) {
            actions = actions.then(action);
        }
        actions = held.map(up).into_iter().fold(actions, KeyActions::then);
        Ok(self.client.perform_actions(actions).await?)
    }

    /// Resizes the window to approximately this size in CSS pixels.
    pub async fn resize(&self, width: u32, height: u32) -> Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// Writes a screenshot of the page to `path`, as PNG.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        Ok(fs::write(path, self.client.screenshot().await?)?)
    }

    /// Sends a command of this engine's driver.
    async fn command(&self, path: &'static str, body: Value) -> Result<Value> {
        Ok(self.client.issue_cmd(EngineCommand { path, body }).await?)
    }

    /// Closes the session.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

/// A process that its driver does not end.
#[derive(Debug)]
struct Process(u64);

impl Drop for Process {
    fn drop(&mut self) {
        // Fails if the process has ended with its session.
        let process = self.0.to_string();
        let _ = Command::new("kill").args(["-KILL", &process]).stderr(Stdio::null()).status();
    }
}

/// The folder of Firefox's profiles. A driver that is killed does not remove them.
#[derive(Debug)]
struct Profiles(PathBuf);

impl Profiles {
    fn new(port: u16) -> Result<Self> {
        let folder = env::temp_dir().join(format!("browsers-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        // A failure leaves only files in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A WebDriver command of one engine, with its path below the session.
#[derive(Debug)]
struct EngineCommand {
    path: &'static str,
    body: Value,
}

impl fantoccini::wd::WebDriverCompatibleCommand for EngineCommand {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

const ALLOW_THIRD_PARTY_COOKIES: &str = r#"
    const off = ["profile.cookie_controls_mode", 0, ""];
    const done = await new Promise(resolve => chrome.settingsPrivate.setPref(...off, resolve));
    if (!done) {
        throw new Error("could not change the cookie setting");
    }
"#;

const TAKE_CONSOLE: &str = "
    const messages = Services.console.getMessageArray()
        .filter(entry => entry instanceof Ci.nsIScriptError)
        .map(entry => ({ message: entry.errorMessage }));
    Services.console.reset();
    return messages;";

//! Pages that receive calls from the test over HTTP, in a browser without WebDriver.

use std::{net::Ipv4Addr, path::Path, sync::Arc};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::State,
    http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE},
    response::IntoResponse,
    routing::{get, post},
};
use browsers::MiniBrowser;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
};

use super::{call::Call, visit::Seen};

pub struct DrivenPages {
    port: u16,
    commands: mpsc::UnboundedSender<Value>,
    results: mpsc::UnboundedReceiver<Value>,
    browser: Option<MiniBrowser>,
}

struct Channels {
    commands: Mutex<mpsc::UnboundedReceiver<Value>>,
    results: mpsc::UnboundedSender<Value>,
}

impl DrivenPages {
    pub async fn start() -> Result<Self> {
        let (commands, receiver) = mpsc::unbounded_channel();
        let (sender, results) = mpsc::unbounded_channel();
        let channels = Channels { commands: Mutex::new(receiver), results: sender };
        let script = get(([(CONTENT_TYPE, "text/javascript")], script()));
        let router = Router::new()
            .route("/driver.js", script)
            .route("/command", get(next_command))
            .route("/result", post(add_result))
            .with_state(Arc::new(channels));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { port, commands, results, browser: None })
    }

    /// Navigates to the page.
    pub async fn open(&mut self, page: &str) -> Result<()> {
        let url = format!("{page}?driver={}", self.port);
        if self.browser.is_some() {
            return Ok(self.commands.send(json!({ "open": url }))?);
        }
        let folder = format!("webkit-{}-{}", std::process::id(), self.port);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        self.browser = Some(MiniBrowser::start(&folder, &url).await?);
        Ok(())
    }

    /// Makes the call in the open page.
    pub async fn make(&mut self, call: &Call) -> Result<Seen> {
        self.commands.send(json!({ "call": call.argument() }))?;
        let browser = self.browser.as_mut().context("no page is open")?;
        let console = browser.console_until(END).await?;
        let script = self.results.recv().await.context("the server has ended")?;
        Ok(Seen { script, console })
    }
}

async fn next_command(State(channels): State<Arc<Channels>>) -> impl IntoResponse {
    let command = channels.commands.lock().await.recv().await;
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], command.unwrap_or_default().to_string())
}

async fn add_result(State(channels): State<Arc<Channels>>, result: String) -> impl IntoResponse {
    let result = serde_json::from_str(&result).unwrap_or_default();
    // The receiver is dropped at the end of a test.
    let _ = channels.results.send(result);
    ([(ACCESS_CONTROL_ALLOW_ORIGIN, "*")], ())
}

fn script() -> String {
    let make = format!("const make = async function () {{ {} }};", super::visit::SCRIPT);
    format!("{make}\n{DRIVER}")
}

const DRIVER: &str = r#"
    const server = new URL(document.currentScript.src).origin;
    (async () => {
        for (;;) {
            const { open, call } = await (await fetch(`${server}/command`)).json();
            if (open) {
                location.href = open;
                return;
            }
            const result = await make(call);
            console.log("end of the call");
            await fetch(`${server}/result`, { method: "POST", body: JSON.stringify(result) });
        }
    })();
"#;

const END: &str = "end of the call";

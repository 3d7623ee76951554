//! Actions of a page against a service.

use anyhow::{Context, Result};
use browsers::Browser;
use serde_json::json;

/// An action that a page can perform without a preflight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Opens a WebSocket and reads a message.
    WebSocket,
    /// Opens a WebSocket after another request. Over HTTP/2, the WebSocket uses the existing connection.
    WebSocketOverConnection,
    /// Submits a form, which navigates away from the page.
    Form,
    /// Sends a `POST` whose response the page cannot read.
    BlindPost,
    /// Embeds an image.
    Image,
    /// Reads a response.
    Read,
}

impl Attack {
    /// Performs the action from a page at `from`, and returns the result.
    ///
    /// For a form, the result is the title of the next page.
    pub async fn run(self, browser: &Browser, from: &str, service: &str) -> Result<String> {
        browser.open(&format!("{from}/page")).await?;
        let script = match self {
            Self::WebSocket => WEB_SOCKET,
            Self::WebSocketOverConnection => {
                browser.evaluate_async(CONNECT, vec![json!(service)]).await?;
                WEB_SOCKET
            }
            Self::Form => {
                browser.evaluate(FORM, vec![json!(service)]).await?;
                browser.wait_until("return document.title !== 'a page'").await?;
                TITLE
            }
            Self::BlindPost => BLIND_POST,
            Self::Image => IMAGE,
            Self::Read => READ,
        };
        let result = browser.evaluate_async(script, vec![json!(service)]).await?;
        result.as_str().map(str::to_owned).context("the result is not a string")
    }
}

const WEB_SOCKET: &str = r#"
    const [service] = arguments;
    const socket = new WebSocket(`${service.replace("http", "ws")}/chat`);
    return new Promise(resolve => {
        socket.onopen = () => socket.send("hello");
        socket.onmessage = ({ data }) => { socket.close(); resolve(`heard: ${data}`); };
        socket.onerror = () => resolve("error");
    });
"#;

const CONNECT: &str = r#"
    const [service] = arguments;
    await fetch(`${service}/page`, { mode: "no-cors", credentials: "include" });
"#;

const FORM: &str = r#"
    const [service] = arguments;
    const form = document.createElement("form");
    form.method = "POST";
    form.action = `${service}/transfer`;
    document.body.append(form);
    form.submit();
"#;

const TITLE: &str = "return document.title;";

const BLIND_POST: &str = r#"
    const [service] = arguments;
    const init = { method: "POST", mode: "no-cors", credentials: "include", body: "a note" };
    const response = await fetch(`${service}/transfer`, init);
    return `${response.type} ${response.status}`;
"#;

const IMAGE: &str = r#"
    const [service] = arguments;
    const image = new Image();
    const outcome = new Promise(resolve => {
        image.onload = () => resolve("load");
        image.onerror = () => resolve("error");
    });
    image.src = `${service}/delete`;
    return outcome;
"#;

const READ: &str = r#"
    const [service] = arguments;
    const response = await fetch(`${service}/notes`);
    return `${response.status} ${await response.text()}`;
"#;

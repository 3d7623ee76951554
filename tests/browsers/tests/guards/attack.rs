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
    /// Loads a script, and reads its variable.
    Script,
    /// Loads a script with CORS, and reads its variable.
    ScriptWithCors,
    /// Loads an image, and reads its size.
    ImageSize,
    /// Loads a style sheet, and reads its custom property.
    Style,
    /// Embeds a page, and reads the message that the page sends to its parent.
    Frame,
    /// Embeds a page with `<object>`.
    Object,
    /// Reads a response that the service allows every page to read.
    ReadOpen,
    /// Sends JSON, with a preflight.
    PostJson,
    /// Loads a response that the page cannot read.
    BlindGet,
    /// Reads an event stream.
    EventSource,
    /// Sends a beacon.
    Beacon,
}

impl Attack {
    /// Performs the action from a page at `from`, and returns the result.
    ///
    /// For a form, the result states whether the service carried out the request.
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
                browser.wait_until(HAS_LEFT).await?;
                TITLE
            }
            Self::BlindPost => BLIND_POST,
            Self::Image => IMAGE,
            Self::Read => READ,
            Self::Script => SCRIPT,
            Self::ScriptWithCors => SCRIPT_WITH_CORS,
            Self::ImageSize => IMAGE_SIZE,
            Self::Style => STYLE,
            Self::Frame => FRAME,
            Self::Object => OBJECT,
            Self::ReadOpen => READ_OPEN,
            Self::PostJson => POST_JSON,
            Self::BlindGet => BLIND_GET,
            Self::EventSource => EVENT_SOURCE,
            Self::Beacon => BEACON,
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

// Between two pages, Firefox shows `about:blank`.
const HAS_LEFT: &str = "return document.readyState === 'complete' \
    && location.pathname !== '/page' && location.href !== 'about:blank';";

// A rejection has no content, for which Chromium shows a page of its own.
const TITLE: &str = "return document.title === 'transferred' ? 'transferred' : 'rejected';";

const BLIND_POST: &str = r#"
    const [service] = arguments;
    const init = { method: "POST", mode: "no-cors", credentials: "include", body: "a note" };
    try {
        const response = await fetch(`${service}/transfer`, init);
        return `${response.type} ${response.status}`;
    } catch {
        return "error";
    }
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

const SCRIPT: &str = r#"
    const [service] = arguments;
    const script = document.createElement("script");
    const outcome = new Promise(resolve => {
        script.onload = () => resolve(window.secret);
        script.onerror = () => resolve("error");
    });
    script.src = `${service}/secret.js`;
    document.body.append(script);
    return outcome;
"#;

const SCRIPT_WITH_CORS: &str = r#"
    const [service] = arguments;
    const script = document.createElement("script");
    const outcome = new Promise(resolve => {
        script.onload = () => resolve(window.secret);
        script.onerror = () => resolve("error");
    });
    script.crossOrigin = "anonymous";
    script.src = `${service}/secret.js`;
    document.body.append(script);
    return outcome;
"#;

const IMAGE_SIZE: &str = r#"
    const [service] = arguments;
    const image = new Image();
    const outcome = new Promise(resolve => {
        image.onload = () => resolve(`width ${image.naturalWidth}`);
        image.onerror = () => resolve("error");
    });
    image.src = `${service}/secret.svg`;
    return outcome;
"#;

const STYLE: &str = r#"
    const [service] = arguments;
    const link = document.createElement("link");
    const outcome = new Promise(resolve => {
        link.onload = () => resolve(getComputedStyle(document.body).getPropertyValue("--secret"));
        link.onerror = () => resolve("error");
    });
    link.rel = "stylesheet";
    link.href = `${service}/secret.css`;
    document.head.append(link);
    return outcome;
"#;

// After the frame has loaded, two requests give a message the time to arrive.
const FRAME: &str = r#"
    const [service] = arguments;
    const frame = document.createElement("iframe");
    const outcome = new Promise(resolve => {
        window.onmessage = ({ data }) => resolve(data);
        frame.onload = async () => {
            await fetch("/page");
            await fetch("/page");
            resolve("nothing");
        };
    });
    frame.src = `${service}/secret`;
    document.body.append(frame);
    return outcome;
"#;

const OBJECT: &str = r#"
    const [service] = arguments;
    const object = document.createElement("object");
    const fallback = document.createElement("p");
    fallback.textContent = "fallback";
    object.append(fallback);
    const outcome = new Promise(resolve => {
        window.onmessage = ({ data }) => resolve(data);
        object.onerror = () => resolve("error");
        // WebKit shows the fallback without an event.
        setInterval(() => fallback.getClientRects().length > 0 && resolve("error"), 20);
    });
    object.data = `${service}/secret`;
    document.body.append(object);
    return outcome;
"#;

const READ_OPEN: &str = r#"
    const [service] = arguments;
    try {
        const response = await fetch(`${service}/open-notes`);
        return await response.text();
    } catch {
        return "error";
    }
"#;

const POST_JSON: &str = r#"
    const [service] = arguments;
    const headers = { "content-type": "application/json" };
    try {
        const response = await fetch(`${service}/open-notes`, { method: "POST", headers, body: "{}" });
        return await response.text();
    } catch {
        return "error";
    }
"#;

const BLIND_GET: &str = r#"
    const [service] = arguments;
    try {
        const response = await fetch(`${service}/notes`, { mode: "no-cors" });
        return response.type;
    } catch {
        return "error";
    }
"#;

const EVENT_SOURCE: &str = r#"
    const [service] = arguments;
    const source = new EventSource(`${service}/events`);
    return new Promise(resolve => {
        source.onmessage = ({ data }) => { source.close(); resolve(data); };
        source.onerror = () => { source.close(); resolve("error"); };
    });
"#;

const BEACON: &str = r#"
    const [service] = arguments;
    return String(navigator.sendBeacon(`${service}/transfer`, "a note"));
"#;

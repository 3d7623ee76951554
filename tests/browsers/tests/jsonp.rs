//! Attacks on the pages that load JSONP. S6 and S21
//!
//! Each attack succeeds with handwritten JSONP and fails with the layer.

use std::{collections::BTreeSet, net::Ipv4Addr};

use anyhow::{Context, Result};
use axum::{
    Router,
    http::{StatusCode, Uri, header::CONTENT_TYPE},
    response::Html,
    routing::get,
};
use browsers::{Browser, Engine};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_cross_origin::jsonp::{Callback, JsonpLayer};

browsers::test_in_engines!(
    callback_calls_only_functions_for_data,
    body_that_is_not_json_runs_no_code,
    function_of_the_browser_is_dangerous_or_has_no_effect,
);

// S6. Each element with an `id` is a global object, so that paths lead to every function of the page.
async fn callback_calls_only_functions_for_data(engine: Engine) -> Result<()> {
    let site = start().await?;
    let browser = Browser::start(engine).await?;
    for (callback, data, has_effect) in [
        (
            "app.ownerDocument.defaultView.document.forms[0].submit",
            "{}",
            "return frames.out.location.pathname === '/transfer'",
        ),
        ("document.forms[0].submit", "{}", "return frames.out.location.pathname === '/transfer'"),
        ("button.click", "{}", "return clicks > 0"),
        ("navigation.navigate", "\"/moved\"", "return location.pathname === '/moved'"),
        ("localStorage.clear", "{}", "return localStorage.length === 0"),
        ("postMessage", "{\"order\":1}", "return messages.length > 0"),
        ("window.postMessage", "{\"order\":1}", "return messages.length > 0"),
        ("setTimeout", "\"ran = true\"", "return ran"),
        ("eval", "\"ran = true\"", "return ran"),
    ] {
        // WebKitGTK 2.50 has no Navigation API.
        if callback.starts_with("navigation.") && engine == Engine::WebKit {
            continue;
        }
        // The script may leave the page before its event.
        let _ = load(&browser, &site, "/bare", callback, data).await;
        browser.wait_until(has_effect).await.with_context(|| callback.to_owned())?;
        let event = load(&browser, &site, "/jsonp", callback, data).await?;
        assert_eq!(event, "error", "{callback}");
        assert_eq!(browser.evaluate(has_effect, vec![]).await?, false, "{callback}");
    }
    let event = load(&browser, &site, "/jsonp", "show", "{\"a\":1}").await?;
    let shown = browser.evaluate("return shown", vec![]).await?;
    assert_eq!((event, shown), (json!("load"), json!([{ "a": 1 }])));
    browser.close().await
}

// S21. The body is labelled as JSON, but is not JSON.
async fn body_that_is_not_json_runs_no_code(engine: Engine) -> Result<()> {
    let site = start().await?;
    let browser = Browser::start(engine).await?;
    for data in [
        "0);ran = true;(0",
        "{\"a\":[1]});ran = true;({}",
        "ran = true",
        "[ran = true]",
        "{\"a\":1,[ran = true]:1}",
        "`${ran = true}`",
    ] {
        load(&browser, &site, "/bare", "show", data).await?;
        assert_eq!(browser.evaluate("return ran", vec![]).await?, true, "{data}");
        load(&browser, &site, "/jsonp", "show", data).await?;
        let outcome = browser.evaluate("return [ran, shown]", vec![]).await?;
        assert_eq!(outcome, json!([false, []]), "{data}");
    }
    browser.close().await
}

// A single identifier can name a function of the browser. `Callback::danger` knows the functions that act on the page.
// The other functions have no effect except on the view.
async fn function_of_the_browser_is_dangerous_or_has_no_effect(engine: Engine) -> Result<()> {
    let site = start().await?;
    let browser = Browser::start(engine).await?;
    browser.open(&format!("{site}/page")).await?;
    let names = browser.evaluate(FUNCTIONS, vec![]).await?;
    let names: Vec<String> = serde_json::from_value(names)?;
    assert!(names.len() > 500, "{names:?}");
    let is_dangerous =
        |name: &&String| Callback::parse(name).is_ok_and(|callback| callback.danger().is_some());
    let (dangerous, harmless): (Vec<_>, Vec<_>) = names.iter().partition(is_dangerous);
    // The effects of other functions are seen.
    for name in ["postMessage", "setTimeout", "clearTimeout", "reportError", "fetch"] {
        let outcome = browser.evaluate_async(CALL_ALL, vec![json!([name])]).await?;
        assert_ne!(outcome, json!([]), "{name}");
    }
    browser.open(&format!("{site}/page")).await?;
    let outcome = browser.evaluate_async(CALL_ALL, vec![json!(harmless)]).await?;
    assert_eq!(outcome, json!([]), "functions with an effect");
    let dangerous: BTreeSet<&str> = dangerous.into_iter().map(String::as_str).collect();
    for name in ["alert", "close", "eval", "fetch", "open", "postMessage", "setTimeout", "stop"] {
        assert!(dangerous.contains(name), "{name}");
    }
    browser.close().await
}

/// Loads a script into the page, and returns the script's event.
async fn load(
    browser: &Browser,
    site: &str,
    path: &str,
    callback: &str,
    data: &str,
) -> Result<Value> {
    browser.open(&format!("{site}/page")).await?;
    let script = "
        const [path, callback, data] = arguments;
        const script = document.createElement('script');
        script.src = `${path}?${new URLSearchParams({ callback, data })}`;
        return new Promise(resolve => {
            script.onload = script.onerror = event => resolve(event.type);
            addEventListener('pagehide', () => resolve('left'));
            document.head.append(script);
        });";
    browser.evaluate_async(script, vec![json!(path), json!(callback), json!(data)]).await
}

/// Starts a site with pages that load JSONP, and returns its origin.
async fn start() -> Result<String> {
    let data = async |uri: Uri| ([(CONTENT_TYPE, "application/json")], parameter(&uri, "data"));
    let bare = async |uri: Uri| {
        let script = format!("{}({});", parameter(&uri, "callback"), parameter(&uri, "data"));
        ([(CONTENT_TYPE, "text/javascript")], script)
    };
    let router = Router::new()
        .route("/page", get(Html(PAGE)))
        .route("/transfer", get(Html("transferred")))
        .route("/moved", get(Html(PAGE)))
        .route("/favicon.ico", get(StatusCode::NO_CONTENT))
        .route("/bare", get(bare))
        .route("/jsonp", get(data).layer(JsonpLayer::default()));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let origin = format!("http://localhost:{}", listener.local_addr()?.port());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(origin)
}

fn parameter(uri: &Uri, name: &str) -> String {
    let query = uri.query().unwrap_or_default();
    let mut parameters = url::form_urlencoded::parse(query.as_bytes());
    parameters.find(|(one, _)| one == name).map(|(_, value)| value.into_owned()).unwrap_or_default()
}

const PAGE: &str = r#"<!doctype html>
<div id="app"></div>
<button id="button" onclick="clicks += 1"></button>
<iframe name="out"></iframe>
<form action="/transfer" target="out"></form>
<script>
    var ran = false, clicks = 0;
    var shown = [], messages = [];
    function show(data) { shown.push(data); }
    addEventListener("message", event => messages.push(event.data));
    localStorage.setItem("key", "value");
</script>
"#;

/// Returns the names of all global functions.
const FUNCTIONS: &str = "
    const names = new Set();
    for (let from = window; from; from = Object.getPrototypeOf(from)) {
        for (const name of Object.getOwnPropertyNames(from)) names.add(name);
    }
    return [...names].filter(name => {
        try { return typeof window[name] === 'function' && name !== 'show'; }
        catch { return false; }
    });";

/// Calls each function as a script does, and returns the effects.
const CALL_ALL: &str = "
    const [names] = arguments;
    const effects = [];
    let errors = 0;
    addEventListener('error', () => { errors += 1; });
    addEventListener('beforeunload', () => effects.push('navigation'));
    for (const name of names) {
        let fired = 0;
        const timers = [setTimeout(() => { fired += 1; }), setTimeout(() => { fired += 1; })];
        const [messagesBefore, errorsBefore] = [messages.length, errors];
        const html = document.documentElement.outerHTML;
        for (const data of [{}, [], null, 'ran = true', '/moved', '<img src=/moved>', 1, true, ...timers]) {
            try { (0, eval)(`${name}(${JSON.stringify(data)})`); } catch {}
        }
        await new Promise(resolve => setTimeout(resolve, 5));
        if (fired !== 2) effects.push(`${name} stops timers`);
        if (messages.length !== messagesBefore) effects.push(`${name} sends a message`);
        if (errors !== errorsBefore) effects.push(`${name} reports an error`);
        if (ran) { effects.push(`${name} runs code`); ran = false; }
        if (document.documentElement.outerHTML !== html) effects.push(`${name} changes the document`);
    }
    // An earlier request of a function ends before the last of these.
    for (let count = 0; count < 3; count += 1) await (await fetch('/transfer')).text();
    for (const { name } of performance.getEntriesByType('resource')) {
        if (name.includes('moved')) effects.push(`request for ${name}`);
    }
    return effects;";

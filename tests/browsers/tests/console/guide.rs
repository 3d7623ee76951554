//! Reads the console messages in the guide.

use std::collections::BTreeSet;

use browsers::Engine;

/// Returns the messages in backticks after `- Chromium:` and similar list items.
pub fn messages_of(engine: Engine) -> BTreeSet<&'static str> {
    let messages: BTreeSet<_> = GUIDE.lines().filter_map(|line| message_of(engine, line)).collect();
    assert!(messages.len() >= 15, "the format of the guide has changed: {messages:#?}");
    messages
}

/// Returns the messages of this engine in the sections that contain this message of Chromium.
pub fn messages_next_to(message: &str, engine: Engine) -> BTreeSet<&'static str> {
    let of = |engine, section: &'static str| {
        section.lines().filter_map(move |line| message_of(engine, line))
    };
    GUIDE
        .split("\n#")
        .filter(|section| of(Engine::Chromium, section).any(|one| one == message))
        .flat_map(|section| of(engine, section))
        .collect()
}

fn message_of(engine: Engine, line: &'static str) -> Option<&'static str> {
    let (name, code) = line.strip_prefix("- ")?.split_once(": `")?;
    // A message that contains backticks is enclosed in double backticks.
    let message = code.trim_start_matches('`').strip_suffix('`')?;
    let message = if code.starts_with('`') { message.strip_suffix('`')?.trim() } else { message };
    name.starts_with(&format!("{engine:?}")).then_some(message)
}

/// Replaces the example method and header with the names in a message of Chromium.
pub fn with_example_of(chromium: &str, message: &str) -> String {
    let word_after = |text| chromium.split_once(text)?.1.split(' ').next();
    let mut message = message.to_owned();
    if let Some(method) = word_after("Method ") {
        message = message.replace("PUT", method);
    }
    if let Some(name) = word_after("Request header field ") {
        message = message.replace("x-tenant", name);
    }
    message
}

/// Replaces the example URL and origin of the guide with the actual ones.
pub fn fill_in(message: &str, url: &str, origin: &str) -> String {
    message.replace(EXAMPLE_URL, url).replace(EXAMPLE_ORIGIN, origin)
}

/// Returns whether a line of the console is this message.
pub fn is_message(engine: Engine, line: &str, message: &str) -> bool {
    match engine {
        Engine::Chromium => is_message_of_chromium(line, message),
        Engine::Firefox => line.contains(message),
        // WebKit writes names of headers as the script does, or with capitals. The status is an example.
        Engine::WebKit => {
            let message = message.split_once("Status code: ").map_or(message, |(text, _)| text);
            line.to_ascii_lowercase().contains(&message.to_ascii_lowercase())
        }
    }
}

/// Returns whether a line of Chromium is this message.
///
/// A message that ends with a colon is the beginning of other messages. The text after an ellipsis differs between
/// browsers.
fn is_message_of_chromium(line: &str, message: &str) -> bool {
    // "http://app.localhost:1/page - TEXT" or "javascript 3 TEXT"
    let text = line.splitn(3, ' ').nth(2).unwrap_or_default();
    let reason =
        text.split_once("has been blocked by CORS policy: ").map_or(text, |(_, reason)| reason);
    if message.ends_with(':') {
        return text.starts_with(message);
    }
    match message.strip_suffix('…') {
        Some(beginning) => reason.starts_with(beginning),
        None => reason == message,
    }
}

/// The example URL of requests in the guide.
pub const EXAMPLE_URL: &str = "https://api.example.com/items";
/// The example origin of pages in the guide.
pub const EXAMPLE_ORIGIN: &str = "https://app.example.com";

const GUIDE: &str = include_str!("../../../../src/guides/my_browser_says.md");

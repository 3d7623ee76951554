//! Reads the console messages in the guide.

use std::collections::BTreeSet;

/// Returns the messages in backticks after `- Chromium:` and similar list items.
pub fn messages_of_chromium() -> BTreeSet<&'static str> {
    let messages: BTreeSet<_> = GUIDE.lines().filter_map(message_of_chromium).collect();
    assert!(messages.len() > 40, "the format of the guide has changed: {messages:#?}");
    messages
}

fn message_of_chromium(line: &str) -> Option<&str> {
    let (engine, code) = line.strip_prefix("- ")?.split_once(": `")?;
    // A message that contains backticks is enclosed in double backticks.
    let message = code.trim_start_matches('`').strip_suffix('`')?;
    let message = if code.starts_with('`') { message.strip_suffix('`')? } else { message };
    engine.starts_with("Chromium").then_some(message)
}

/// Replaces the example URL and origin of the guide with the actual ones.
pub fn fill_in(message: &str, url: &str, origin: &str) -> String {
    message.replace(EXAMPLE_URL, url).replace(EXAMPLE_ORIGIN, origin)
}

/// Returns whether a line of the console is this message.
///
/// A message that ends with a colon is the beginning of other messages. The text after an ellipsis differs between
/// browsers.
pub fn is_message(line: &str, message: &str) -> bool {
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

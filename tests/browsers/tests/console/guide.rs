//! The guide, as those read it who look for a message.

use std::collections::BTreeSet;

/// What stands in backticks after `- Chromium:` and its like.
pub fn messages_of_chromium() -> BTreeSet<&'static str> {
    let messages: BTreeSet<_> = GUIDE.lines().filter_map(message_of_chromium).collect();
    assert!(messages.len() > 40, "the guide has another form: {messages:#?}");
    messages
}

fn message_of_chromium(line: &str) -> Option<&str> {
    let (engine, code) = line.strip_prefix("- ")?.split_once(": `")?;
    // A message with backticks of its own stands between two of them.
    let message = code.trim_start_matches('`').strip_suffix('`')?;
    let message = if code.starts_with('`') { message.strip_suffix('`')? } else { message };
    engine.starts_with("Chromium").then_some(message)
}

/// The message, with what was called and who called it in place of the guide's examples.
pub fn filled(message: &str, url: &str, origin: &str) -> String {
    message.replace(CALLED, url).replace(PAGE, origin)
}

/// Whether a line of the console is that message. One that ends with a colon begins other ones, and of
/// one that ends with an ellipsis the rest is another in each browser.
pub fn says(line: &str, message: &str) -> bool {
    // "http://app.localhost:1/page - TEXT" or "javascript 3 TEXT"
    let text = line.splitn(3, ' ').nth(2).unwrap_or_default();
    let why = text.split_once("has been blocked by CORS policy: ").map_or(text, |(_, why)| why);
    if message.ends_with(':') {
        return text.starts_with(message);
    }
    match message.strip_suffix('…') {
        Some(beginning) => why.starts_with(beginning),
        None => why == message,
    }
}

/// What the guide writes for the address that is called.
pub const CALLED: &str = "https://api.example.com/items";
/// What the guide writes for the page's origin.
pub const PAGE: &str = "https://app.example.com";

const GUIDE: &str = include_str!("../../../../src/guides/my_browser_says.md");

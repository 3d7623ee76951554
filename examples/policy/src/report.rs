use std::{fmt::Write, path::Path};

use anstyle::{AnsiColor, Style};
use tower_cross_origin::cors::{ChangeKind, Effect, Explanation, Mark, PolicyDifference};

/// A text with colours, which whoever prints it leaves out where nobody sees them.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) text: String,
    /// Whether there is nothing that anyone has to look at.
    pub(crate) is_clean: bool,
}

impl Report {
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), is_clean: true }
    }
}

/// What keeps a report from being made.
impl From<String> for Report {
    fn from(error: String) -> Self {
        Self { text: format!("{BAD}error{BAD:#}: {error}"), is_clean: false }
    }
}

pub(crate) fn faults(path: &Path, faults: &[String]) -> Report {
    let number = match faults.len() {
        1 => "a fault".to_owned(),
        many => format!("{many} faults"),
    };
    let mut text = format!("{BAD}{number}{BAD:#} in {}\n", path.display());
    for fault in faults {
        finding(&mut text, BAD, "x", fault);
    }
    Report { text, is_clean: false }
}

pub(crate) fn lints(lints: &[String]) -> Report {
    if lints.is_empty() {
        return Report::plain(&format!("{GOOD}no faults{GOOD:#}, and nothing to say"));
    }
    let mut text = format!("{GOOD}no faults{GOOD:#}; legal, but probably not meant:\n");
    for lint in lints {
        finding(&mut text, DOUBT, "?", lint);
    }
    Report { text, is_clean: true }
}

pub(crate) fn explained(explanations: &[(String, Explanation)]) -> Report {
    let mut text = String::new();
    let mut is_clean = true;
    for (title, explanation) in explanations {
        let is_refused = explanation.failed_step().is_some();
        is_clean &= !is_refused;
        let style = if is_refused { BAD } else { GOOD };
        let summary = explanation.summary();
        let _ = writeln!(text, "{BOLD}{title}{BOLD:#}: {style}{summary}{style:#}");
        for step in explanation.steps() {
            let (style, mark) = match step.mark() {
                Mark::Passed => (GOOD, "+"),
                Mark::Failed => (BAD, "x"),
                _ => (SOFT, " "),
            };
            let _ = writeln!(
                text,
                "  {style}{mark}{style:#} {SOFT}{:<16}{SOFT:#} {}",
                step.about(),
                step.text()
            );
        }
        for advice in explanation.help() {
            let _ =
                writeln!(text, "  {DOUBT}>{DOUBT:#} {SOFT}{:<16}{SOFT:#} {advice}", "to change");
        }
        text.push('\n');
    }
    Report { text, is_clean }
}

pub(crate) fn difference(difference: &PolicyDifference) -> Report {
    if difference.is_empty() {
        return Report::plain("no difference: every page may do the same as before");
    }
    let mut text = String::new();
    for change in difference.changes() {
        let (style, mark) = match (change.kind(), change.effect()) {
            (ChangeKind::OriginsGainedWithCredentials | ChangeKind::CredentialsGained, _) => {
                (BAD, "!")
            }
            (_, Effect::Gained) => (GOOD, "+"),
            (_, Effect::Lost) => (LOST, "-"),
            (_, Effect::Undecided) => (DOUBT, "?"),
            _ => (SOFT, "~"),
        };
        finding(&mut text, style, mark, &change.to_string());
    }
    Report { text, is_clean: false }
}

fn finding(text: &mut String, style: Style, mark: &str, line: &str) {
    // What stands before the colon is what it is about.
    let (about, rest) = line.split_once(": ").unwrap_or((line, ""));
    let colon = if rest.is_empty() { "" } else { ": " };
    let _ = writeln!(text, "  {style}{mark} {about}{style:#}{colon}{rest}");
}

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const LOST: Style = AnsiColor::Red.on_default();
const DOUBT: Style = AnsiColor::Yellow.on_default();
const SOFT: Style = AnsiColor::BrightBlack.on_default();
const BOLD: Style = Style::new().bold();

use std::{fmt::Write, path::Path};

use anstyle::{AnsiColor, Style};
use tower_cross_origin::{
    cors::{Change, ChangeKind, Effect, Mark},
    cross_origin::CrossOriginDifference,
};

use crate::explained::{Explained, Line};

/// A text with color codes. The caller removes them if the output is not a terminal.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) text: String,
    /// The report contains no fault, rejection or difference.
    pub(crate) is_clean: bool,
}

impl Report {
    pub(crate) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), is_clean: true }
    }
}

/// Creates a report of an error.
impl From<String> for Report {
    fn from(error: String) -> Self {
        Self { text: format!("{BAD}error{BAD:#}: {error}"), is_clean: false }
    }
}

pub(crate) fn faults(path: &Path, faults: &[String]) -> Report {
    let number = match faults.len() {
        1 => "1 fault".to_owned(),
        many => format!("{many} faults"),
    };
    let mut text = format!("{BAD}{number}{BAD:#} in {}\n", path.display());
    for fault in faults {
        diagnostic(&mut text, BAD, "x", fault);
    }
    Report { text, is_clean: false }
}

pub(crate) fn lints(lints: &[String]) -> Report {
    if lints.is_empty() {
        return Report::plain(&format!("{GOOD}no faults{GOOD:#}, no lints"));
    }
    let mut text = format!(
        "{GOOD}no faults{GOOD:#}, but lints (valid settings that are probably mistakes):\n"
    );
    for lint in lints {
        diagnostic(&mut text, UNSURE, "?", lint);
    }
    Report { text, is_clean: true }
}

pub(crate) fn explained(explanations: &[Explained]) -> Report {
    let mut text = String::new();
    for Explained { title, summary, lines, help, is_rejected } in explanations {
        let style = if *is_rejected { BAD } else { GOOD };
        let _ = writeln!(text, "{BOLD}{title}{BOLD:#}: {style}{summary}{style:#}");
        for Line { about, mark, text: line } in lines {
            let (style, mark) = match mark {
                Mark::Passed => (GOOD, "+"),
                Mark::Failed => (BAD, "x"),
                _ => (SOFT, " "),
            };
            let _ = writeln!(text, "  {style}{mark}{style:#} {SOFT}{about:<20}{SOFT:#} {line}");
        }
        for fix in help {
            let _ = writeln!(text, "  {UNSURE}>{UNSURE:#} {SOFT}{:<20}{SOFT:#} {fix}", "fix");
        }
        text.push('\n');
    }
    Report { text, is_clean: !explanations.iter().any(|one| one.is_rejected) }
}

pub(crate) fn difference(difference: &CrossOriginDifference) -> Report {
    if difference.is_empty() {
        return Report::plain("no difference: both policies allow the same");
    }
    let mut text = String::new();
    for change in difference.changes() {
        let (style, mark) = match (change.cors().map(Change::kind), change.effect()) {
            (Some(ChangeKind::OriginsGainedWithCredentials | ChangeKind::CredentialsGained), _) => {
                (BAD, "!")
            }
            (_, Effect::Gained) => (GOOD, "+"),
            (_, Effect::Lost) => (LOST, "-"),
            (_, Effect::Undecided) => (UNSURE, "?"),
            _ => (SOFT, "~"),
        };
        diagnostic(&mut text, style, mark, &change.to_string());
    }
    Report { text, is_clean: false }
}

fn diagnostic(text: &mut String, style: Style, mark: &str, line: &str) {
    // The text before the first colon is highlighted.
    let (subject, rest) = line.split_once(": ").unwrap_or((line, ""));
    let colon = if rest.is_empty() { "" } else { ": " };
    let _ = writeln!(text, "  {style}{mark} {subject}{style:#}{colon}{rest}");
}

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const LOST: Style = AnsiColor::Red.on_default();
const UNSURE: Style = AnsiColor::Yellow.on_default();
const SOFT: Style = AnsiColor::BrightBlack.on_default();
const BOLD: Style = Style::new().bold();

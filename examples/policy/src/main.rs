//! Checks policy files: reports faults and lints, explains decisions, and compares two versions of a policy.
//!
//! `cargo run -p policy` prints the usage.

mod arguments;
mod file;
mod report;
mod requests;
mod settings;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use anstream::{eprintln, println};
use lexopt::Parser;
use tower_cross_origin::cors::CorsPolicy;

use crate::{
    arguments::{Command, USAGE},
    report::Report,
    requests::BrowserRequest,
    settings::Loaded,
};

fn main() -> ExitCode {
    let outcome = match Command::parse(Parser::from_env()) {
        Ok(command) => run(command),
        Err(error) => {
            eprintln!("policy: {error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(report) => {
            println!("{}", report.text.trim_end());
            if report.is_clean { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        Err(report) => {
            eprintln!("{}", report.text.trim_end());
            ExitCode::from(1)
        }
    }
}

/// Runs the command.
///
/// # Errors
///
/// A report of the problem that prevents the command from running.
fn run(command: Command) -> Result<Report, Report> {
    match command {
        Command::Help => Ok(Report::plain(USAGE)),
        Command::Lint { file } => {
            let Loaded { lints, .. } = file::load(&file)?;
            Ok(report::lints(&lints))
        }
        Command::Explain { file, call } => {
            let policy = file::load_cors(&file)?;
            let requests = requests::browser_requests(&call).map_err(Report::from)?;
            Ok(report::explained(&explanations(&policy, &requests)))
        }
        Command::Diff { old, new } => {
            let (old, new) = (file::load_cors(&old)?, file::load_cors(&new)?);
            Ok(report::difference(&old.difference(&new)))
        }
    }
}

/// Explains the requests up to the first rejected one. Browsers send no request after a failed preflight.
fn explanations(
    policy: &CorsPolicy,
    requests: &[BrowserRequest],
) -> Vec<(String, tower_cross_origin::cors::Explanation)> {
    let mut all = Vec::new();
    for request in requests {
        let explanation = policy.explain(&request.request);
        let is_rejected = explanation.failed_step().is_some();
        all.push((request.title.clone(), explanation));
        if is_rejected {
            break;
        }
    }
    all
}

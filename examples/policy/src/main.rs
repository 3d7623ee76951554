//! What a policy in a file says: whether it has faults, why a request is granted or refused, and what
//! changes from one version of it to the next.
//!
//! `cargo run -p policy` says how.

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
    settings::Loaded,
};

fn main() -> ExitCode {
    let outcome = match Command::parse(Parser::from_env()) {
        Ok(command) => run(command),
        Err(fault) => {
            eprintln!("policy: {fault}\n\n{USAGE}");
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

/// What is printed, or what keeps it from being made.
fn run(command: Command) -> Result<Report, Report> {
    match command {
        Command::Help => Ok(Report::plain(USAGE)),
        Command::Lint { file } => {
            let Loaded { lints, .. } = file::load(&file)?;
            Ok(report::lints(&lints))
        }
        Command::Explain { file, call } => {
            let policy = file::load_cors(&file)?;
            let requests = requests::of(&call).map_err(Report::from)?;
            Ok(report::explained(&explanations(&policy, &requests)))
        }
        Command::Diff { old, new } => {
            let (old, new) = (file::load_cors(&old)?, file::load_cors(&new)?);
            Ok(report::difference(&old.difference(&new)))
        }
    }
}

/// Up to the first one that is refused: a browser sends no request whose preflight failed.
fn explanations(
    policy: &CorsPolicy,
    requests: &[requests::Sent],
) -> Vec<(String, tower_cross_origin::cors::Explanation)> {
    let mut all = Vec::new();
    for sent in requests {
        let explanation = policy.explain(&sent.request);
        let is_refused = explanation.failed_step().is_some();
        all.push((sent.title.clone(), explanation));
        if is_refused {
            break;
        }
    }
    all
}

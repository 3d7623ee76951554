//! Checks policy files: reports faults and lints, explains decisions, and compares two versions of a policy.
//!
//! `cargo run -p policy` prints the usage.

mod arguments;
mod call;
mod curl;
mod explained;
mod file;
mod report;
mod sent_request;
mod settings;
mod shell;
#[cfg(test)]
mod tests;
mod visit;

use std::{io, process::ExitCode};

use anstream::{eprintln, println};
use lexopt::Parser;

use crate::{
    arguments::{Command, RequestSource, USAGE},
    call::{Call, CallError},
    curl::{CurlError, CurlRequest},
    explained::Explained,
    file::PolicyFile,
    report::Report,
    visit::Visit,
};

fn main() -> ExitCode {
    let outcome = run(Parser::from_env());
    match &outcome {
        Ok(report) => println!("{}", report.text.trim_end()),
        Err(Failure::Report(report)) => eprintln!("{}", report.text.trim_end()),
        Err(Failure::Arguments(error)) => eprintln!("policy: {error}"),
    }
    ExitCode::from(exit_code(&outcome))
}

/// Runs the command of the arguments.
///
/// # Errors
///
/// A report of the problem that prevents the command from running, or invalid arguments.
fn run(arguments: Parser) -> Result<Report, Failure> {
    let command = Command::parse(arguments)
        .map_err(|error| Failure::Arguments(format!("{error}\n\n{USAGE}")))?;
    match command {
        Command::Help => Ok(Report::plain(USAGE)),
        Command::Lint { file } => Ok(report::lints(&PolicyFile::load(&file)?.lints)),
        Command::Explain { file, request } => {
            let file = PolicyFile::load(&file)?;
            let explanations = match request {
                RequestSource::Call(call) => explain_call(&file, &call)?,
                RequestSource::Curl(command) => explain_curl(&file, &command)?,
                RequestSource::CurlInput => {
                    let command = io::read_to_string(io::stdin());
                    let command = command.map_err(|error| {
                        Report::from(format!("the standard input is not a text: {error}"))
                    })?;
                    explain_curl(&file, &command)?
                }
            };
            Ok(report::explained(&explanations))
        }
        Command::Diff { old, new } => {
            let (old, new) = (PolicyFile::load(&old)?.policy, PolicyFile::load(&new)?.policy);
            Ok(report::difference(&old.difference(&new)))
        }
    }
}

/// The reason why a command returns no report about a policy.
#[derive(Debug)]
enum Failure {
    /// A report of the problem with a file.
    Report(Report),
    Arguments(String),
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Arguments(error.to_string())
    }
}

impl From<CurlError> for Failure {
    fn from(error: CurlError) -> Self {
        Self::Arguments(error.to_string())
    }
}

fn exit_code(outcome: &Result<Report, Failure>) -> u8 {
    match outcome {
        Ok(Report { is_clean: true, .. }) => 0,
        Ok(_) | Err(Failure::Report(_)) => 1,
        Err(Failure::Arguments(_)) => 2,
    }
}

/// Explains the requests that a browser sends for a call.
fn explain_call(file: &PolicyFile, call: &Call) -> Result<Vec<Explained>, CallError> {
    let url = call.options.url.clone().or_else(|| file.service_url());
    let url = match url {
        Some(url) => url,
        None => call::parse_url(DEFAULT_URL)?,
    };
    let Visit { requests, blocked } = Visit::new(&file.policy, call, &url)?;
    let mut all: Vec<Explained> = requests.iter().map(|sent| file.explain(sent)).collect();
    if let (Some(last), Some(blocked)) = (all.last_mut(), blocked) {
        if !last.is_rejected {
            last.add_blocked(blocked);
        }
    }
    Ok(all)
}

/// Explains a copied request and its preflight. Browsers send no request after a failed preflight.
fn explain_curl(file: &PolicyFile, command: &str) -> Result<Vec<Explained>, CurlError> {
    let mut all = Vec::new();
    for sent in CurlRequest::parse(command)?.into_requests() {
        let mut explained = file.explain(&sent);
        explained.check_cookies(&file.policy, &sent);
        let is_rejected = explained.is_rejected;
        all.push(explained);
        if is_rejected {
            break;
        }
    }
    Ok(all)
}

/// The target if neither the arguments nor the file contain one.
const DEFAULT_URL: &str = "https://service.example/";

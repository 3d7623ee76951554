//! Reads gungraun's counts from standard input, and prints the table.

use std::io;

use benches::{InstructionCounts, RequestKind, group_digits};

fn main() -> Result<(), String> {
    let counts = InstructionCounts::read(io::stdin().lock())?;
    println!("Instructions added to the bare service, by where the policy comes from.\n");
    println!(
        "| {:<20} | {:>10} | {:>12} | {:>16} |",
        "request", "fixed", "handle", "CrossOriginLayer"
    );
    println!("|{}", " --- |".repeat(4));
    for (index, kind) in RequestKind::ALL.into_iter().enumerate() {
        let Some(title) = title(kind) else { continue };
        let instructions_of = |function| counts.get(function, &format!("request_{index}"));
        let added = |function| {
            Ok::<_, String>(group_digits(instructions_of(function)? - instructions_of("bare")?))
        };
        let (fixed, by_handle, cross_origin) =
            (added("fixed")?, added("by_handle")?, added("cross_origin")?);
        println!("| {title:<20} | {fixed:>10} | {by_handle:>12} | {cross_origin:>16} |");
    }
    Ok(())
}

fn title(kind: RequestKind) -> Option<&'static str> {
    match kind {
        RequestKind::NoOrigin => Some("no Origin"),
        RequestKind::Rejected => Some("rejected"),
        RequestKind::Allowed => Some("allowed"),
        RequestKind::AllowedPreflight => Some("allowed preflight"),
        RequestKind::RejectedPreflight => Some("rejected preflight"),
        _ => None,
    }
}

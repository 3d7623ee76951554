//! Reads gungraun's counts from standard input, and prints the table.

use std::io;

use benches::{InstructionCounts, group_digits, guards::AllowedRequest};

/// The largest number of instructions that a guard may add.
const GOAL: i64 = 400;

fn main() -> Result<(), String> {
    let counts = InstructionCounts::read(io::stdin().lock())?;
    println!(
        "Instructions that a guard adds to an allowed request; goal: at most {GOAL} for each guard.\n"
    );
    print!("| {:<42} |", "request");
    for (title, _) in GUARDS {
        print!(" {title:>16} |");
    }
    println!("\n| --- |{}", " --- |".repeat(GUARDS.len()));
    for (index, request) in AllowedRequest::ALL.into_iter().enumerate() {
        print!("| {:<42} |", request.title());
        for (_, function) in GUARDS {
            let instructions_of = |function| counts.get(function, &format!("request_{index}"));
            let added = instructions_of(function)? - instructions_of("bare")?;
            // The goal of the first four together is four times as large.
            let goal = if function == "all_four" { 4 * GOAL } else { GOAL };
            let mark = if added > goal { " !" } else { "" };
            print!(" {:>16} |", format!("{}{mark}", group_digits(added)));
        }
        println!();
    }
    Ok(())
}

const GUARDS: [(&str, &str); 6] = [
    ("Host", "host"),
    ("WebSocket", "web_socket"),
    ("Csrf", "csrf"),
    ("FetchMetadata", "fetch_metadata"),
    ("RequirePreflight", "require_preflight"),
    ("first four", "all_four"),
];

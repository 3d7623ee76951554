//! Reads from its standard input what gungraun counted, and prints the table.

use std::io;

use benches::{Counted, grouped, guards::Passed};

/// How many instructions a guard may take.
const GOAL: i64 = 400;

fn main() -> Result<(), String> {
    let counted = Counted::read(io::stdin().lock())?;
    println!("Instructions that a guard adds to a request that it lets pass; at most {GOAL}.\n");
    print!("| {:<42} |", "request");
    for (title, _) in GUARDS {
        print!(" {title:>15} |");
    }
    println!("\n| --- |{}", " --- |".repeat(GUARDS.len()));
    for (place, passed) in Passed::ALL.into_iter().enumerate() {
        print!("| {:<42} |", title(passed));
        for (_, function) in GUARDS {
            let taken = |function| counted.taken(function, &format!("passed_{place}"));
            let added = taken(function)? - taken("bare")?;
            // All four together are four.
            let goal = if function == "all_four" { 4 * GOAL } else { GOAL };
            let mark = if added > goal { " !" } else { "" };
            print!(" {:>15} |", format!("{}{mark}", grouped(added)));
        }
        println!();
    }
    Ok(())
}

const GUARDS: [(&str, &str); 5] = [
    ("Host", "host"),
    ("WebSocket", "web_socket"),
    ("Csrf", "csrf"),
    ("FetchMetadata", "fetch_metadata"),
    ("all four", "all_four"),
];

fn title(passed: Passed) -> &'static str {
    match passed {
        Passed::Plain => "GET of a program",
        Passed::Get => "GET of an own page",
        Passed::Post => "POST of an own page",
        Passed::OldPost => "the same without Sec-Fetch-Site",
        Passed::Image => "an image of a page of another site",
        Passed::WebSocket => "WebSocket of an own page",
        Passed::TrustedWebSocket => "WebSocket of a trusted page",
    }
}

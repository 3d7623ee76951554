//! Reads from its standard input what gungraun counted, and prints the table.

use std::io;

use benches::{Asked, Counted, grouped};

fn main() -> Result<(), String> {
    let counted = Counted::read(io::stdin().lock())?;
    println!("Instructions added to the bare service, by where the policy comes from.\n");
    println!(
        "| {:<20} | {:>10} | {:>12} | {:>16} |",
        "request", "fixed", "by a handle", "CrossOriginLayer"
    );
    println!("|{}", " --- |".repeat(4));
    for (place, asked) in Asked::ALL.into_iter().enumerate() {
        let Some(title) = title(asked) else { continue };
        let taken = |function| counted.taken(function, &format!("asked_{place}"));
        let added = |function| Ok::<_, String>(grouped(taken(function)? - taken("bare")?));
        let (fixed, by_handle, whole) = (added("fixed")?, added("by_handle")?, added("whole")?);
        println!("| {title:<20} | {fixed:>10} | {by_handle:>12} | {whole:>16} |");
    }
    Ok(())
}

fn title(asked: Asked) -> Option<&'static str> {
    match asked {
        Asked::NoOrigin => Some("no Origin"),
        Asked::Refused => Some("refused"),
        Asked::Allowed => Some("allowed"),
        Asked::AllowedPreflight => Some("allowed preflight"),
        Asked::RefusedPreflight => Some("refused preflight"),
        _ => None,
    }
}

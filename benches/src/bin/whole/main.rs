//! Reads gungraun's counts from standard input, and prints the table.

use std::io;

use benches::{InstructionCounts, RequestKind, group_digits, whole::WholeRequest};

/// The instructions that `CrossOriginLayer` may add to the sum of the layers.
const GOAL: i64 = 300;

fn main() -> Result<(), String> {
    let counts = InstructionCounts::read(io::stdin().lock())?;
    println!(
        "Instructions added to the bare service by each layer alone, their sum, and CrossOriginLayer with \
         all sections; goal: at most {GOAL} more than the sum.\n"
    );
    print!("| {:<38} |", "request");
    for (title, _) in LAYERS {
        print!(" {title:>13} |");
    }
    println!(" {:>7} | {:>16} |", "sum", "CrossOriginLayer");
    println!("|{}", " --- |".repeat(LAYERS.len() + 3));
    for (index, request) in WholeRequest::ALL.into_iter().enumerate() {
        let instructions_of = |function| counts.get(function, &format!("request_{index}"));
        let added =
            |function| Ok::<_, String>(instructions_of(function)? - instructions_of("bare")?);
        print!("| {:<38} |", title(request));
        let mut sum = 0;
        for (_, function) in LAYERS {
            let alone = added(function)?;
            print!(" {:>13} |", group_digits(alone));
            sum += alone;
        }
        let together = added("together")?;
        let mark = if together > sum + GOAL { " !" } else { "" };
        let together = format!("{}{mark}", group_digits(together));
        println!(" {:>7} | {together:>16} |", group_digits(sum));
    }
    Ok(())
}

const LAYERS: [(&str, &str); 6] = [
    ("Host", "only_host"),
    ("WebSocket", "only_web_socket"),
    ("Csrf", "only_csrf"),
    ("FetchMetadata", "only_fetch_metadata"),
    ("CORS", "only_cors"),
    ("embedding", "only_embedding"),
];

fn title(request: WholeRequest) -> String {
    match request {
        WholeRequest::Guarded(kind) => kind.title().to_owned(),
        WholeRequest::Cors(RequestKind::Rejected) => {
            "GET by a page of a rejected origin".to_owned()
        }
        WholeRequest::Cors(RequestKind::Allowed) => "GET by a page of an allowed origin".to_owned(),
        WholeRequest::Cors(RequestKind::AllowedPreflight) => {
            "preflight of an allowed origin".to_owned()
        }
        WholeRequest::Cors(kind) => format!("{kind:?}"),
    }
}

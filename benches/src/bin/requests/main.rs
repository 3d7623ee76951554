//! Reads gungraun's counts from standard input, counts allocations, and prints the tables.
//!
//! `benches/run` passes the counts.

mod instructions;
mod overhead;
mod rows;

use std::io;

use benches::{CallMode, Contender, RequestKind, allocations, ours};
use tower::Layer;

use self::{
    instructions::Instructions,
    overhead::Overhead,
    rows::{LARGE_ROWS, LargeRow, ROWS, Row},
};

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

fn main() -> Result<(), String> {
    let instructions = Instructions::read(io::stdin().lock())?;
    let added = |contender, kind, mode| {
        instructions.overhead(contender, kind, mode).map(|instructions| Overhead {
            instructions,
            allocations: allocations_added(contender, kind, mode),
        })
    };

    println!("Added to the bare service: instructions, allocations. \"!\" exceeds the goal.\n");
    print(["request", "by hand", "tower-http 0.7.1", "ours", "goal"].map(str::to_owned));
    print(["---"; 5].map(str::to_owned));
    for Row { title, kind, mode, goal } in ROWS {
        let [by_hand, tower_http] = [Contender::ByHand, Contender::TowerHttp]
            .map(|contender| added(contender, kind, mode).map(|added| added.to_string()));
        let ours = added(Contender::Ours, kind, mode)?;
        let goal = goal.map(|instructions| Overhead { instructions, allocations: 0 });
        let mark = if goal.is_some_and(|goal| ours.exceeds(goal)) { " !" } else { "" };
        let goal = goal.map_or("none".to_owned(), |goal| goal.to_string());
        print([title.to_owned(), by_hand?, tower_http?, format!("{ours}{mark}"), goal]);
    }

    println!("\nThe same for requests that are larger than any browser's.\n");
    print(
        ["request", "tower-http, list", "tower-http, mirror", "ours", "ours, twice the size"]
            .map(str::to_owned),
    );
    print(["---"; 5].map(str::to_owned));
    for LargeRow { title, kind, twice } in LARGE_ROWS {
        let added = |contender, kind| {
            added(contender, kind, CallMode::Direct).map(|added| added.to_string())
        };
        print([
            title.to_owned(),
            added(Contender::TowerHttp, kind)?,
            added(Contender::TowerHttpMirror, kind)?,
            added(Contender::Ours, kind)?,
            added(Contender::Ours, twice)?,
        ]);
    }

    let service = ours().layer(());
    println!(
        "\nsize_of::<Cors<()>>(): {} bytes, at most 16. A clone of it allocates {} times.",
        size_of_val(&service),
        allocations::count_during(|| drop(service.clone())),
    );
    Ok(())
}

fn allocations_added(contender: Contender, kind: RequestKind, mode: CallMode) -> i64 {
    let [contender, bare] =
        [contender, Contender::Bare].map(|one| one.allocations(kind, mode).cast_signed());
    contender - bare
}

fn print([title, rest @ ..]: [String; 5]) {
    print!("| {title:<30} |");
    for cell in rest {
        print!(" {cell:>20} |");
    }
    println!();
}

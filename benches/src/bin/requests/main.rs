//! Reads from its standard input what gungraun counted, counts allocations itself, and prints the
//! tables. `run` puts the two together.

mod added;
mod measured;
mod rows;

use std::io;

use benches::{Asked, Contender, Way, allocations, ours};
use tower::Layer;

use self::{
    added::Added,
    measured::Instructions,
    rows::{FLOODS, Flood, ROWS, Row},
};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> Result<(), String> {
    let instructions = Instructions::read(io::stdin().lock())?;
    let added = |by, asked, way| {
        instructions.added(by, asked, way).map(|instructions| Added {
            instructions,
            allocations: allocations_added(by, asked, way),
        })
    };

    println!("Added to the bare service: instructions, allocations. \"!\" is past the goal.\n");
    print(["request", "by hand", "tower-http 0.7.1", "ours", "goal"].map(str::to_owned));
    print(["---"; 5].map(str::to_owned));
    for Row { title, asked, way, goal } in ROWS {
        let [by_hand, tower_http] = [Contender::ByHand, Contender::TowerHttp]
            .map(|by| added(by, asked, way).map(|added| added.to_string()));
        let ours = added(Contender::Ours, asked, way)?;
        let goal = goal.map(|instructions| Added { instructions, allocations: 0 });
        let mark = if goal.is_some_and(|goal| ours.is_past(goal)) { " !" } else { "" };
        let goal = goal.map_or("none".to_owned(), |goal| goal.to_string());
        print([title.to_owned(), by_hand?, tower_http?, format!("{ours}{mark}"), goal]);
    }

    println!("\nThe same for requests that no browser sends.\n");
    print(
        ["request", "tower-http, list", "tower-http, mirror", "ours", "ours, twice the size"]
            .map(str::to_owned),
    );
    print(["---"; 5].map(str::to_owned));
    for Flood { title, asked, twice } in FLOODS {
        let added = |by, asked| added(by, asked, Way::Directly).map(|added| added.to_string());
        print([
            title.to_owned(),
            added(Contender::TowerHttp, asked)?,
            added(Contender::TowerHttpMirror, asked)?,
            added(Contender::Ours, asked)?,
            added(Contender::Ours, twice)?,
        ]);
    }

    let service = ours().layer(());
    println!(
        "\nsize_of::<Cors<()>>(): {} bytes, at most 16. A clone of it allocates {} times.",
        size_of_val(&service),
        allocations::during(|| drop(service.clone())),
    );
    Ok(())
}

fn allocations_added(by: Contender, asked: Asked, way: Way) -> i64 {
    let [by, bare] = [by, Contender::Bare].map(|one| one.allocations(asked, way).cast_signed());
    by - bare
}

fn print([title, rest @ ..]: [String; 5]) {
    print!("| {title:<30} |");
    for cell in rest {
        print!(" {cell:>20} |");
    }
    println!();
}

//! Reads from its standard input what gungraun counted, measures times and memory itself, and prints
//! the tables. `run` puts the two together.

mod building;
mod changes;
mod instructions;
mod stopwatch;
mod table;
mod times;

use std::io;

use benches::{Counted, allocations};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> Result<(), String> {
    let counted = Counted::read(io::stdin().lock())?;
    instructions::print(&counted)?;
    times::print();
    building::print();
    changes::print();
    Ok(())
}

//! Reads gungraun's counts from standard input, measures times and memory, and prints the tables.
//!
//! `benches/run` passes the counts.

mod building;
mod changes;
mod instructions;
mod stopwatch;
mod table;
mod times;

use std::io;

use benches::{InstructionCounts, allocations};

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

fn main() -> Result<(), String> {
    let counts = InstructionCounts::read(io::stdin().lock())?;
    instructions::print(&counts)?;
    times::print();
    building::print();
    changes::print();
    Ok(())
}

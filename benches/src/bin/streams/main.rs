//! Reads gungraun's counts from standard input, measures 10,000 streams, and prints the tables.
//!
//! The server of the streams runs in a separate process. `benches/run` passes the counts.

mod clients;
mod instructions;
mod server;
mod table;

use std::{error::Error, io};

use benches::{InstructionCounts, allocations, streams::StreamLayer};

use self::{clients::Clients, server::Server};

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

/// The number of streams that are open at once.
const STREAMS: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(layer) = server::requested_layer() {
        return server::serve(layer?).await;
    }
    instructions::print(&InstructionCounts::read(io::stdin().lock())?)?;
    println!("\n{STREAMS} silent streams on one server, each on a separate connection.\n");
    table::print(["layer", "bytes per stream", "added", "ended after, ms"].map(str::to_owned));
    table::print(["---"; 4].map(str::to_owned));
    let mut no_layer = None;
    for layer in StreamLayer::ALL {
        let Measurement { held, ended } = measure(layer).await?;
        let added = held - *no_layer.get_or_insert(held);
        let mark = if added > 512 && layer != StreamLayer::Axum { " !" } else { "" };
        let title = instructions::title(layer).to_owned();
        table::print([title, held.to_string(), format!("{added}{mark}"), ended]);
    }
    println!("\nThe shutdown window of \"everything\" is {} ms.", StreamLayer::WINDOW.as_millis());
    Ok(())
}

struct Measurement {
    /// The bytes that the server holds for each stream.
    held: i64,
    /// The time from the beginning of the shutdown to its end.
    ended: String,
}

async fn measure(layer: StreamLayer) -> Result<Measurement, Box<dyn Error>> {
    let mut server = Server::start(layer).await?;
    // The first stream causes allocations that all streams share.
    drop(Clients::open(server.address(), 1).await?);
    let before = server.held().await?;
    let mut clients = Clients::open(server.address(), STREAMS).await?;
    if layer.keeps_alive() {
        clients.read_comments().await?;
    }
    let held = (server.held().await? - before) / i64::try_from(STREAMS)?;
    server.begin_shutdown().await?;
    let ended = match clients.ended(StreamLayer::WINDOW + server::PATIENCE).await? {
        Some(time) if server.ended().await? => time.as_millis().to_string(),
        Some(_) => "streams, but not the server".to_owned(),
        None => "never".to_owned(),
    };
    Ok(Measurement { held, ended })
}

//! Reads from its standard input what gungraun counted, opens 10,000 streams on a server in a process of
//! its own, and prints the tables. `run` puts the two together.

mod clients;
mod instructions;
mod server;
mod table;

use std::{error::Error, io};

use benches::{Counted, allocations, streams::Keeper};

use self::{clients::Clients, server::Server};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// How many streams are open at once.
const STREAMS: usize = 10_000;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    if let Some(keeper) = server::asked_for() {
        return server::serve(keeper?).await;
    }
    instructions::print(&Counted::read(io::stdin().lock())?)?;
    println!("\n{STREAMS} silent streams on one server, each opened by a connection of its own.\n");
    table::print(
        ["kept by", "bytes held, a stream", "beyond nobody", "ended after, ms"].map(str::to_owned),
    );
    table::print(["---"; 4].map(str::to_owned));
    let mut nobody = None;
    for keeper in Keeper::ALL {
        let Measured { held, ended } = measured(keeper).await?;
        let beyond = held - *nobody.get_or_insert(held);
        let mark = if beyond > 512 && keeper != Keeper::Axum { " !" } else { "" };
        let title = instructions::title(keeper).to_owned();
        table::print([title, held.to_string(), format!("{beyond}{mark}"), ended]);
    }
    println!("\nThe window of \"everything\" has {} ms.", Keeper::WINDOW.as_millis());
    Ok(())
}

struct Measured {
    /// Bytes a stream.
    held: i64,
    /// After a shutdown began.
    ended: String,
}

async fn measured(keeper: Keeper) -> Result<Measured, Box<dyn Error>> {
    let mut server = Server::start(keeper).await?;
    // What the first one makes for all of them.
    drop(Clients::open(server.address(), 1).await?);
    let before = server.held().await?;
    let mut clients = Clients::open(server.address(), STREAMS).await?;
    if keeper.keeps_alive() {
        clients.hear_comments().await?;
    }
    let held = (server.held().await? - before) / i64::try_from(STREAMS)?;
    server.begin_shutdown().await?;
    let ended = match clients.ended(Keeper::WINDOW + server::PATIENCE).await? {
        Some(time) if server.ended().await? => time.as_millis().to_string(),
        Some(_) => "streams, but not the server".to_owned(),
        None => "never".to_owned(),
    };
    Ok(Measured { held, ended })
}

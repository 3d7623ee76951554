//! Whole servers on loopback under the load of wrk (HTTP/1.1) and h2load (HTTP/2).
//!
//! Compares each layer with the same server without a layer, as ratios of one run. The servers of Go run rs/cors of
//! Debian. The load generator and the server share two cores, so the ratios hold for this machine only.

mod load;
mod server;

use std::env;

use self::{
    load::{Load, Protocol},
    server::{Server, serve},
};

fn main() -> Result<(), String> {
    let mut arguments = env::args().skip(1);
    match arguments.next().as_deref() {
        None => measure(),
        Some("serve") => serve(&arguments.next().unwrap_or_default()),
        Some(other) => Err(format!("{other:?} is not a command")),
    }
}

fn measure() -> Result<(), String> {
    let rust = [
        "bare",
        "ours-1",
        "ours-100",
        "ours-10000",
        "tower-http-1",
        "tower-http-100",
        "tower-http-10000",
    ];
    let go = ["go-bare", "go-1", "go-100", "go-10000"];
    println!(
        "Requests of an allowed origin, in relation to the server without a layer: throughput, p50, p99.\n"
    );
    println!(
        "| server | HTTP/1.1 requests/s | / bare | p50 | p99 | HTTP/2 requests/s | / bare | p50 | p99 |"
    );
    println!("|{}", " --- |".repeat(9));
    for servers in [&rust[..], &go] {
        let servers =
            servers.iter().map(|name| Server::start(name)).collect::<Result<Vec<_>, _>>()?;
        let protocols = if servers[0].is_go() { &[Protocol::Http1][..] } else { &Protocol::ALL };
        let mut loads: Vec<Vec<Vec<Load>>> = vec![vec![Vec::new(); servers.len()]; protocols.len()];
        // Interleaved, so that a change of the machine affects all servers.
        for _ in 0..PASSES {
            for (protocol, loads) in protocols.iter().zip(&mut loads) {
                for (server, loads) in servers.iter().zip(loads) {
                    loads.push(protocol.run(server)?);
                }
            }
        }
        for (index, server) in servers.iter().enumerate() {
            print!("| {} |", server.name());
            for loads in &loads {
                let (load, ratio) = (Load::median(&loads[index]), ratio(&loads[index], &loads[0]));
                print!(
                    " {:.0} | {:.1} % | {:.2} ms | {:.2} ms |",
                    load.requests,
                    100.0 * ratio,
                    load.p50,
                    load.p99
                );
            }
            println!();
        }
    }
    Ok(())
}

/// Returns the median of the ratios of the passes.
fn ratio(loads: &[Load], bare: &[Load]) -> f64 {
    let ratios = loads.iter().zip(bare).map(|(load, bare)| load.requests / bare.requests);
    load::median(ratios.collect())
}

const PASSES: usize = 5;

//! What it takes to change a policy of many origins while a server answers by it: how long the file is read,
//! and by how much requests wait longer meanwhile.
//!
//! An argument is the number of origins, 1,000,000 without one.

mod clients;
mod loading;
mod server;

use std::{env, sync::Arc, thread, time::Duration};

use benches::grouped;
use tower_cross_origin::cors::{CorsPolicy, PolicyHandle, Rule};

use crate::{
    clients::{Latencies, clients},
    loading::{File, Loaded},
};

fn main() -> Result<(), String> {
    let origins = match env::args().nth(1) {
        None => 1_000_000,
        Some(text) => text.parse().map_err(|_| format!("{text:?} is no number of origins"))?,
    };
    let file = File::of(origins).map_err(|error| error.to_string())?;
    loading_table(&file)?;
    latency_table(&file)
}

/// Goal: 5 seconds.
fn loading_table(file: &File) -> Result<(), String> {
    println!(
        "\nA policy of {} origins from a file of {} bytes; goal: 5,000 ms\n",
        grouped(file.origins),
        grouped(file.bytes)
    );
    row(&["ms", "read", "TOML", "policy", "all", "dropped"]);
    row(&["---"; 6]);
    for pass in 1..=PASSES {
        let Loaded { policy, times } = file.load()?;
        let dropped = loading::timed(|| drop(policy)).1;
        let all: Duration = times.iter().sum();
        let mark = if all > Duration::from_secs(5) { " !" } else { "" };
        let [read, toml, made] = times.map(milliseconds);
        let all = format!("{}{mark}", milliseconds(all));
        row(&[&format!("pass {pass}"), &read, &toml, &made, &all, &milliseconds(dropped)]);
    }
    Ok(())
}

/// Goal: 5 milliseconds at the 99th percentile.
fn latency_table(file: &File) -> Result<(), String> {
    let small = CorsPolicy::new(Rule::for_origins([clients::ORIGIN]).allow_credentials(true));
    let handle = PolicyHandle::new(small.map_err(|error| error.to_string())?);
    let address = server::start(handle.clone());
    println!(
        "\nRequests over {} connections, one after the other on each, in µs\n",
        clients::CONNECTIONS
    );
    row(&["meanwhile", "requests", "p50", "p99", "p99.9", "longest"]);
    row(&["---"; 6]);
    let shown = |about: &str, latencies: &Latencies| {
        let [p50, p99, p999, longest] =
            [500, 990, 999, 1000].map(|part| latencies.of(part).to_string());
        row(&[about, &grouped(latencies.len()), &p50, &p99, &p999, &longest]);
    };
    let quiet = clients(address, || thread::sleep(WHILE));
    shown("nothing", &quiet);
    // Made before, so that the swap alone is measured: who is asked goes from one to the other.
    let policies: Vec<Arc<CorsPolicy>> = (0..2)
        .map(|_| file.load().map(|loaded| Arc::new(loaded.policy)))
        .collect::<Result<_, _>>()?;
    let mut swaps = 0;
    let swapped = clients(address, || {
        let end = std::time::Instant::now() + WHILE;
        while std::time::Instant::now() < end {
            drop(handle.swap(CorsPolicy::clone(&policies[swaps % 2])));
            swaps += 1;
            thread::sleep(Duration::from_millis(50));
        }
    });
    shown(&format!("{swaps} swaps"), &swapped);
    drop(policies);
    let mut loads = 0;
    let loaded = clients(address, || {
        for _ in 0..PASSES {
            match file.load() {
                Ok(loaded) => drop(handle.swap(loaded.policy)),
                Err(error) => eprintln!("{error}"),
            }
            loads += 1;
        }
    });
    shown(&format!("{loads} loads, swaps and drops"), &loaded);
    let more = |latencies: &Latencies| latencies.of(990).saturating_sub(quiet.of(990));
    let mark = |more: u64| if more > 5_000 { " !" } else { "" };
    let (by_swaps, by_loads) = (more(&swapped), more(&loaded));
    println!(
        "\nThe 99th percentile is longer by {by_swaps} µs{} while policies are swapped, and by {by_loads} µs{} while they \
         are loaded, too; goal: 5,000 µs",
        mark(by_swaps),
        mark(by_loads)
    );
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    grouped(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

fn row<T: AsRef<str>>(cells: &[T; 6]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    println!("| {} |", cells.join(" | "));
}

const PASSES: usize = 5;

const WHILE: Duration = Duration::from_secs(5);

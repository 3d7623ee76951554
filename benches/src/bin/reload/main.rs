//! The cost of changing a policy of many origins while a server uses it.
//!
//! Measures how long loading the file takes, and how much longer requests take meanwhile. The first
//! argument is the number of origins, 1,000,000 by default.

mod clients;
mod loading;
mod server;

use std::{env, sync::Arc, thread, time::Duration};

use benches::group_digits;
use tower_cross_origin::cors::{CorsPolicy, PolicyHandle, Rule};

use crate::{
    clients::{Latencies, clients},
    loading::{File, Loaded},
};

fn main() -> Result<(), String> {
    let origins = match env::args().nth(1) {
        None => 1_000_000,
        Some(text) => text
            .parse()
            .map_err(|_| format!("{text:?} is not a number; expected the number of origins"))?,
    };
    let file = File::create(origins).map_err(|error| error.to_string())?;
    loading_table(&file)?;
    latency_table(&file)
}

/// Prints the times for loading the policy. Goal: 5 seconds.
fn loading_table(file: &File) -> Result<(), String> {
    println!(
        "\nA policy of {} origins from a file of {} bytes; goal: 5,000 ms\n",
        group_digits(file.origins),
        group_digits(file.bytes)
    );
    row(&["ms", "read", "TOML", "policy", "total", "drop"]);
    row(&["---"; 6]);
    for pass in 1..=PASSES {
        let Loaded { policy, times } = file.load()?;
        let dropped = loading::measure_time(|| drop(policy)).1;
        let all: Duration = times.iter().sum();
        let mark = if all > Duration::from_secs(5) { " !" } else { "" };
        let [read, toml, made] = times.map(milliseconds);
        let all = format!("{}{mark}", milliseconds(all));
        row(&[&format!("pass {pass}"), &read, &toml, &made, &all, &milliseconds(dropped)]);
    }
    Ok(())
}

/// Prints the latencies of requests. Goal: 5 milliseconds more at the 99th percentile.
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
    let print_latencies = |about: &str, latencies: &Latencies| {
        let [p50, p99, p999, longest] =
            [500, 990, 999, 1000].map(|part| latencies.per_mille(part).to_string());
        row(&[about, &group_digits(latencies.len()), &p50, &p99, &p999, &longest]);
    };
    let quiet = clients(address, || thread::sleep(PHASE));
    print_latencies("nothing", &quiet);
    // The policies are made first, so that only the swaps are measured.
    let policies: Vec<Arc<CorsPolicy>> = (0..2)
        .map(|_| file.load().map(|loaded| Arc::new(loaded.policy)))
        .collect::<Result<_, _>>()?;
    let mut swaps = 0;
    let swapped = clients(address, || {
        let end = std::time::Instant::now() + PHASE;
        while std::time::Instant::now() < end {
            drop(handle.swap(CorsPolicy::clone(&policies[swaps % 2])));
            swaps += 1;
            thread::sleep(Duration::from_millis(50));
        }
    });
    print_latencies(&format!("{swaps} swaps"), &swapped);
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
    print_latencies(&format!("{loads} loads, swaps and drops"), &loaded);
    let more =
        |latencies: &Latencies| latencies.per_mille(990).saturating_sub(quiet.per_mille(990));
    let mark = |more: u64| if more > 5_000 { " !" } else { "" };
    let (by_swaps, by_loads) = (more(&swapped), more(&loaded));
    println!(
        "\nThe 99th percentile rises by {by_swaps} µs{} during swaps, and by {by_loads} µs{} during loads; \
         goal: at most 5,000 µs",
        mark(by_swaps),
        mark(by_loads)
    );
    Ok(())
}

fn milliseconds(time: Duration) -> String {
    group_digits(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

fn row<T: AsRef<str>>(cells: &[T; 6]) {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    println!("| {} |", cells.join(" | "));
}

const PASSES: usize = 5;

const PHASE: Duration = Duration::from_secs(5);

//! The cost of JSONP for a long body that hyper serves over loopback.
//!
//! Compares bytes per second on the wire and heap with the bare body in the same run. The first argument is
//! the size of the body in MiB, 1,024 by default.

mod client;
mod server;
mod texts;

use std::env;

use benches::{allocations, group_digits};

use crate::{client::Download, server::Server};

#[global_allocator]
static ALLOCATOR: allocations::CountingAllocator = allocations::CountingAllocator;

fn main() -> Result<(), String> {
    let mebibytes = match env::args().nth(1) {
        None => 1024,
        Some(text) => text.parse().map_err(|_| {
            format!("{text:?} is not a number; expected the size of the body in MiB")
        })?,
    };
    println!("\n{mebibytes} MiB of JSON in frames of 64 KiB; goals: 80 %, 1,024 KiB\n");
    row([
        "JSON",
        "bare MiB/s",
        "JSONP MiB/s",
        "/ bare",
        "bare peak KiB",
        "JSONP peak KiB",
        "added KiB",
    ]);
    row(["---"; 7]);
    for (name, text) in [
        ("ASCII", texts::ascii()),
        ("U+2028", texts::line_separators()),
        ("records", texts::records()),
    ] {
        let server = Server::start(text, mebibytes * MEBIBYTE / FRAME_BYTES);
        let mut passes = [Vec::new(), Vec::new()];
        for _ in 0..PASSES {
            for (passes, path) in passes.iter_mut().zip(["/", "/?callback=show"]) {
                passes.push(server.serve(path));
            }
        }
        let [bare, jsonp] = passes.map(median);
        let ratio = jsonp.rate() / bare.rate();
        let beyond = jsonp.peak - bare.peak;
        row([
            name,
            &format!("{:.0}", bare.rate()),
            &format!("{:.0}", jsonp.rate()),
            &format!("{:.0} %{}", ratio * 100.0, if ratio < 0.8 { " !" } else { "" }),
            &group_digits(bare.peak / 1024),
            &group_digits(jsonp.peak / 1024),
            &format!("{}{}", group_digits(beyond / 1024), if beyond > 1 << 20 { " !" } else { "" }),
        ]);
    }
    Ok(())
}

/// One response.
#[derive(Clone, Copy)]
pub(crate) struct Pass {
    pub(crate) download: Download,
    /// The largest number of bytes that the server's thread held, less the bytes held before.
    pub(crate) peak: i64,
}

impl Pass {
    /// Returns the MiB per second on the wire.
    #[allow(clippy::cast_precision_loss)] // all counts are far below 2^52
    fn rate(&self) -> f64 {
        self.download.bytes as f64 / MEBIBYTE as f64 / self.download.time.as_secs_f64()
    }
}

/// Returns the pass with the median rate, with the largest peak of all passes.
fn median(mut passes: Vec<Pass>) -> Pass {
    passes.sort_by(|one, other| one.rate().total_cmp(&other.rate()));
    let peak = passes.iter().map(|pass| pass.peak).max().unwrap_or_default();
    Pass { peak, ..passes[passes.len() / 2] }
}

fn row(cells: [&str; 7]) {
    println!("| {} |", cells.join(" | "));
}

const MEBIBYTE: usize = 1 << 20;

const FRAME_BYTES: usize = 64 * 1024;

/// The passes of each body. The bodies take turns, so that a slow phase of the machine affects both.
const PASSES: usize = 5;

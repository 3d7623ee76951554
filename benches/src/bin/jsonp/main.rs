//! What JSONP takes of a long body that hyper serves over loopback: bytes a second on the wire beside those
//! of the bare body in the same run, and the heap that it needs beyond it.
//!
//! An argument is the body's size in MiB, 1,024 without one.

mod client;
mod server;
mod texts;

use std::env;

use benches::{allocations, grouped};

use crate::{client::Fetched, server::Server};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> Result<(), String> {
    let mebibytes = match env::args().nth(1) {
        None => 1024,
        Some(text) => text.parse().map_err(|_| format!("{text:?} is no number of MiB"))?,
    };
    println!("\n{mebibytes} MiB of JSON in frames of 64 KiB; goals: 80 %, 1,024 KiB\n");
    row([
        "JSON",
        "bare MiB/s",
        "JSONP MiB/s",
        "/ bare",
        "bare peak KiB",
        "JSONP peak KiB",
        "beyond",
    ]);
    row(["---"; 7]);
    for (name, frames) in [("ASCII", texts::ascii()), ("U+2028", texts::line_separators())] {
        let server = Server::start(frames, mebibytes * MEBIBYTE / FRAME_BYTES);
        let mut passes = [Vec::new(), Vec::new()];
        for _ in 0..PASSES {
            for (passes, path) in passes.iter_mut().zip(["/", "/?callback=app.show"]) {
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
            &grouped(bare.peak / 1024),
            &grouped(jsonp.peak / 1024),
            &format!("{}{}", grouped(beyond / 1024), if beyond > 1 << 20 { " !" } else { "" }),
        ]);
    }
    Ok(())
}

/// One response.
#[derive(Clone, Copy)]
pub(crate) struct Pass {
    pub(crate) fetched: Fetched,
    /// Bytes that the server's thread held at the worst moment, beyond those before.
    pub(crate) peak: i64,
}

impl Pass {
    /// MiB a second on the wire.
    #[allow(clippy::cast_precision_loss)] // no count comes near
    fn rate(&self) -> f64 {
        self.fetched.bytes as f64 / MEBIBYTE as f64 / self.fetched.time.as_secs_f64()
    }
}

/// The pass of the median rate, with the largest of all peaks.
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

/// Of each, in turns: what slows the machine down for a while slows both.
const PASSES: usize = 5;

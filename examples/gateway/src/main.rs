//! A reverse proxy that adds the layers of this crate to any HTTP server.
//!
//! The policy is in a file, or in a Redis key that several gateways share. The gateway applies changes
//! while it serves.
//!
//! ```sh
//! cargo run -p gateway -- --listen 127.0.0.1:8080 --upstream http://127.0.0.1:3000 policy.toml
//! cargo run -p gateway -- --upstream http://127.0.0.1:3000 --policy-from redis://127.0.0.1:6379/KEY
//! ```
//!
//! - `server` accepts HTTP/1.1 and HTTP/2 connections until the gateway stops. `connections` limits them, and
//!   `client_io` limits the time of writes. The layers of `policy` wrap `proxy`.
//! - `proxy` forwards requests to the upstream. `target`, `path` and `headers` check and adjust the
//!   request, `upstream`, `connector` and `http2` send it, `upgrade` handles WebSockets, and `body` streams.
//! - The log is written to the standard error stream. `RUST_LOG=info,tower_cross_origin=debug` also logs
//!   every rejected request.
//! - The policy has a section for each layer, in the format of `CrossOriginConfig`; `[cors]` alone is
//!   valid, too. Check it with `cargo run -p policy -- lint policy.toml`.
//! - `reload` reads policies from a `file` or from `redis`, and activates them. At startup, an invalid
//!   policy ends the gateway. Later, an invalid policy is rejected, all its faults are logged, and the
//!   active policy stays.

mod arguments;
mod body;
mod client_io;
mod connections;
mod connector;
mod file;
mod headers;
mod http2;
mod keys;
mod path;
mod policy;
#[path = "../../support/program.rs"]
mod program;
mod proxy;
mod redis;
mod reload;
mod server;
#[path = "../../policy/src/settings.rs"]
mod settings;
mod target;
mod upgrade;
mod upstream;

use std::{env, io};

use tower::{ServiceBuilder, service_fn};
use tracing::{level_filters::LevelFilter, warn};
use tracing_subscriber::{
    filter::{ParseError, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    arguments::Arguments,
    program::{Report, print_line},
    proxy::Proxy,
    reload::Source,
};

#[tokio::main]
async fn main() -> Result<(), Report> {
    let mut arguments = Arguments::read();
    start_log()?;
    if let Some(connections) = arguments.limits.adapt_to_open_files() {
        warn!(
            "the limit of open files permits only {connections} connections; raise it (ulimit -n)"
        );
    }
    let stop = server::stop_signal()?;
    let source = Source::open(&arguments.policy).map_err(io::Error::other)?;
    let policy = reload::begin(source).await.map_err(io::Error::other)?;
    let proxy = Proxy::new(&arguments, policy.clone());
    // The layers are outermost, so that pages can read the gateway's errors, too.
    let service = ServiceBuilder::new()
        .layer(policy.layer())
        .service(service_fn(move |request| proxy.clone().respond(request)));
    let (listener, url) = program::listen(arguments.listen).await?;
    print_line(&usage_examples(&url));
    let end = async {
        stop.await;
        policy.end_streams();
    };
    server::serve(listener, service, arguments.limits, end).await;
    Ok(())
}

/// Logs to the standard error stream the levels that `RUST_LOG` selects, or `info`.
///
/// # Errors
///
/// If `RUST_LOG` is invalid.
fn start_log() -> io::Result<()> {
    let selected = env::var("RUST_LOG").ok().filter(|text| !text.is_empty());
    let levels = match selected {
        Some(text) => text
            .parse()
            .map_err(|error: ParseError| io::Error::other(format!("RUST_LOG {text:?}: {error}")))?,
        None => Targets::new().with_default(LevelFilter::INFO),
    };
    // Otherwise `tracing_subscriber` reports failed writes with `eprintln!`, which panics. The gateway must
    // continue to serve without standard error.
    let lines = fmt::layer().with_writer(io::stderr).log_internal_errors(false);
    tracing_subscriber::registry().with(lines).with(levels).init();
    Ok(())
}

fn usage_examples(url: &str) -> String {
    format!(
        r"
The upstream's response to a page of an allowed origin, over HTTP/1.1 and over HTTP/2:
  curl -i {url}/ -H 'Origin: https://app.example.com'
  curl -i {url}/ -H 'Origin: https://app.example.com' --http2-prior-knowledge
The preflight that its browser sends before a PUT, which does not reach the upstream:
  curl -i {url}/ -X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT'
An ambiguous path, which is rejected if the policy matches on paths:
  curl -i --path-as-is {url}/public/../private
Change the policy, and repeat the requests."
    )
}

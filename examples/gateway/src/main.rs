//! The crate before any HTTP server: a reverse proxy that answers what is asked across origins by a policy in
//! a file, or in a Redis that a fleet of gateways shares, and follows its changes while it serves.
//!
//! ```sh
//! cargo run -p gateway -- --listen 127.0.0.1:8080 --upstream http://127.0.0.1:3000 policy.toml
//! cargo run -p gateway -- --upstream http://127.0.0.1:3000 --policy-from redis://127.0.0.1:6379/KEY
//! ```
//!
//! - `server` takes connections of HTTP/1.1 and HTTP/2, until the gateway is to stop. Before `proxy` stand the
//!   layers of `policy`.
//! - `proxy` asks the upstream: `target`, `path` and `headers` say what may be sent on and how, `upstream` and
//!   `http2` send it, `upgrade` does so with WebSockets, and `body` streams.
//! - The log is written to the standard error stream. `RUST_LOG=info,tower_cross_origin=debug` also logs every
//!   rejected request.
//! - The policy has a part for each layer, as `CrossOriginConfig` reads it; `[cors]` alone will do. `cargo run -p
//!   policy -- lint policy.toml` says beforehand what is wrong with it, and what does not go together.
//! - `reload` reads the policy's texts, out of a `file` or out of `redis`, and makes them policies in force. A
//!   text with faults ends the gateway when it begins; later it changes nothing, and all its faults are told.

mod arguments;
mod body;
mod file;
mod headers;
mod http2;
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
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    filter::{ParseError, Targets},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    arguments::Arguments,
    program::{Report, say},
    proxy::Proxy,
    reload::Source,
};

#[tokio::main]
async fn main() -> Result<(), Report> {
    let arguments = Arguments::read();
    start_log()?;
    let stop = server::stop()?;
    let source = Source::open(&arguments.policy).map_err(io::Error::other)?;
    let policy = reload::begin(source).await.map_err(io::Error::other)?;
    let proxy = Proxy::new(&arguments, policy.clone());
    // The layers outside, so that pages can read the gateway's own errors, too.
    let service = ServiceBuilder::new()
        .layer(policy.layer())
        .service(service_fn(move |request| proxy.clone().answer(request)));
    let (listener, url) = program::listen(arguments.listen).await?;
    say(&what_to_try(&url));
    let end = async {
        stop.await;
        policy.end_streams();
    };
    server::serve(listener, service, end).await;
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
    // Otherwise a line that cannot be written is reported by `eprintln!`, which then panics. A server
    // serves on without an audience.
    let lines = fmt::layer().with_writer(io::stderr).log_internal_errors(false);
    tracing_subscriber::registry().with(lines).with(levels).init();
    Ok(())
}

fn what_to_try(url: &str) -> String {
    format!(
        r"
The upstream's answer, over HTTP/1.1 and over HTTP/2, to a page of an origin that the policy names:
  curl -i {url}/ -H 'Origin: https://app.example.com'
  curl -i {url}/ -H 'Origin: https://app.example.com' --http2-prior-knowledge
The preflight that its browser sends before a PUT; it does not reach the upstream:
  curl -i {url}/ -X OPTIONS -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT'
A path that could be read in two ways:
  curl -i --path-as-is {url}/public/../private
Change the policy, and ask again."
    )
}

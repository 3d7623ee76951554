//! An API whose pages are of a million tenants' origins, each of which can come and go while it serves.
//!
//! `cargo run --release --example million` prints how long the set took and its memory, where the API
//! listens, and what to try.

#[path = "support/program.rs"]
mod program;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use axum::{
    Router,
    extract::{Path, State},
    http::{
        Method, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    routing::{get, put},
};
use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};
use tower_cross_origin::{
    cors::{CorsConfigError, CorsLayer, CorsPolicy, PolicyHandle, Rule},
    origin::{OriginPattern, OriginPatternError, OriginSet},
};

use self::program::{Report, say};

/// What the server is told on its command line.
#[derive(Debug)]
struct Arguments {
    listen: SocketAddr,
    origins: usize,
}

/// Returns `None` for `--help`.
fn parse(mut parser: Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7104));
    let mut origins = 1_000_000;
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = program::listen_address(&mut parser)?,
            Long("origins") => {
                let text = parser.value()?.string()?;
                origins = text.parse().map_err(|_| format!("--origins {text:?}: not a number"))?;
            }
            Long("help") | Short('h') => return Ok(None),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(Arguments { listen, origins }))
}

const USAGE: &str = "\
Arguments:
  --listen ADDR:PORT   where to listen; port 0 picks one [default: 127.0.0.1:7104]
  --origins N          how many tenants' origins there are [default: 1000000]";

/// What a page of a tenant's may send. Cookies are not sent along: a page has a token of its user's.
fn rule(origins: OriginSet) -> Rule {
    Rule::for_origins(origins)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .max_age(Duration::from_secs(600))
}

fn app(tenants: PolicyHandle<CorsPolicy>) -> Router {
    let api = Router::new()
        .route("/", get("hello\n").put("taken\n"))
        // The policy is asked for at each request, so that a change holds from the next one on.
        .layer(CorsLayer::new(tenants.clone()));
    // Not below the layer: no page has any business here. In earnest, this is not for everyone either.
    let administration =
        Router::new().route("/tenants/{*origin}", put(add).delete(remove)).with_state(tenants);
    api.merge(administration)
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let Arguments { listen, origins } = program::read_arguments(USAGE, parse);
    let tenants = PolicyHandle::new(CorsPolicy::new(rule(build(origins)?))?);
    let (listener, url) = program::listen(listen).await?;
    say(&what_to_try(&url, &tenant(origins / 2)));
    Ok(axum::serve(listener, app(tenants)).await?)
}

/// Builds the set, and says what that takes.
fn build(count: usize) -> Result<OriginSet, OriginPatternError> {
    let text_bytes: usize = (0..count).map(|number| tenant(number).len()).sum();
    let before = resident_bytes();
    let start = Instant::now();
    // Each text is made, read and dropped, so that only the set is left.
    let set = OriginSet::parse((0..count).map(tenant))?;
    let spent = start.elapsed();
    let [texts, an_origin] = [text_bytes / MIB, text_bytes / count.max(1)];
    say(&format!(
        "{count} origins, {texts} MiB of text, {an_origin} bytes each: read in {spent:.2?}"
    ));
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let held = after.saturating_sub(before);
        let beside = held.saturating_sub(text_bytes) / count.max(1);
        say(&format!("memory: {} MiB, {beside} bytes an origin beside its text", held / MIB));
    }
    Ok(set)
}

/// The bytes of this process that are in memory; `None` where the system does not say it as Linux does.
fn resident_bytes() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn tenant(number: usize) -> String {
    match number % 4 {
        0 => format!("https://tenant-{number}.app.example.com"),
        1 => format!("https://www.shop-{number}.example"),
        2 => format!("https://{number}.customers.example.net:8443"),
        _ => format!("http://tenant-{number}.localhost:3000"),
    }
}

async fn add(
    State(tenants): State<PolicyHandle<CorsPolicy>>,
    Path(origin): Path<String>,
) -> Answer {
    change(&tenants, &origin, PolicyHandle::insert_origin)
}

async fn remove(
    State(tenants): State<PolicyHandle<CorsPolicy>>,
    Path(origin): Path<String>,
) -> Answer {
    change(&tenants, &origin, PolicyHandle::remove_origin)
}

fn change(
    tenants: &PolicyHandle<CorsPolicy>,
    written: &str,
    how: impl FnOnce(&PolicyHandle<CorsPolicy>, usize, &OriginPattern) -> Result<bool, CorsConfigError>,
) -> Answer {
    let origin: OriginPattern = written.parse().map_err(refuse)?;
    let start = Instant::now();
    // The only rule is the first one. A million origins are not copied, nor looked at.
    let is_new = how(tenants, 0, &origin).map_err(refuse)?;
    let spent = start.elapsed();
    let done = if is_new { "done" } else { "nothing to do" };
    let count = tenants.load().origins().len();
    Ok(format!("{done}: it took {spent:.1?}; {count} origins\n"))
}

/// What is wrong with an origin is said by its error, and what to write instead.
fn refuse(error: impl std::error::Error) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, format!("{error}\n"))
}

const MIB: usize = 1024 * 1024;

type Answer = Result<String, (StatusCode, String)>;

fn what_to_try(url: &str, origin: &str) -> String {
    format!(
        r"
A page of a tenant's reads, and asks whether it may write:
  curl -i {url}/ -H 'Origin: {origin}'
  curl -i {url}/ -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT'
A page of another origin is not told that it may:
  curl -i {url}/ -H 'Origin: https://new.example'
That origin becomes a tenant's, asks again, and is one no more:
  curl -X PUT {url}/tenants/https://new.example
  curl -i {url}/ -H 'Origin: https://new.example'
  curl -X DELETE {url}/tenants/https://new.example"
    )
}

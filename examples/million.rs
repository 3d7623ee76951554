//! An API for the origins of a million tenants, which can be added and removed while it serves.
//!
//! `cargo run --release --example million` prints the build time and the memory of the set, the address,
//! and commands to try.

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

use self::program::{Report, print_line};

/// The command-line arguments.
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
  --listen ADDR:PORT   the address to listen on; port 0 picks a free one [default: 127.0.0.1:7104]
  --origins N          the number of tenants' origins [default: 1000000]";

/// Returns the rule for tenants' pages. They send tokens, so cookies are not allowed.
fn rule(origins: OriginSet) -> Rule {
    Rule::for_origins(origins)
        .allow_methods([Method::PUT, Method::DELETE])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE])
        .max_age(Duration::from_secs(600))
}

fn app(tenants: PolicyHandle<CorsPolicy>) -> Router {
    let api = Router::new()
        .route("/", get("hello\n").put("saved\n"))
        // The layer reads the policy for each request, so changes apply to the next request.
        .layer(CorsLayer::new(tenants.clone()));
    // Outside of the CORS layer, since pages must not use it. In production, it needs authentication.
    let administration =
        Router::new().route("/tenants/{*origin}", put(add).delete(remove)).with_state(tenants);
    api.merge(administration)
}

#[tokio::main]
async fn main() -> Result<(), Report> {
    let Arguments { listen, origins } = program::read_arguments(USAGE, parse);
    let tenants = PolicyHandle::new(CorsPolicy::new(rule(build(origins)?))?);
    let (listener, url) = program::listen(listen).await?;
    print_line(&usage_examples(&url, &tenant(origins / 2)));
    Ok(axum::serve(listener, app(tenants)).await?)
}

/// Builds the set, and prints the time and the memory.
fn build(count: usize) -> Result<OriginSet, OriginPatternError> {
    let text_bytes: usize = (0..count).map(|number| tenant(number).len()).sum();
    let before = resident_bytes();
    let start = Instant::now();
    // Each string is dropped after parsing, so that only the set remains.
    let set = OriginSet::parse((0..count).map(tenant))?;
    let spent = start.elapsed();
    let [texts, average] = [text_bytes / MIB, text_bytes / count.max(1)];
    print_line(&format!(
        "{count} origins, {texts} MiB of text, {average} bytes each: parsed in {spent:.2?}"
    ));
    if let (Some(before), Some(after)) = (before, resident_bytes()) {
        let held = after.saturating_sub(before);
        let overhead = held.saturating_sub(text_bytes) / count.max(1);
        print_line(&format!(
            "memory: {} MiB, {overhead} bytes per origin in addition to its text",
            held / MIB
        ));
    }
    Ok(set)
}

/// Returns the resident memory of this process in bytes.
///
/// Returns `None` on systems other than Linux.
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
) -> ChangeResult {
    change(&tenants, &origin, PolicyHandle::insert_origin)
}

async fn remove(
    State(tenants): State<PolicyHandle<CorsPolicy>>,
    Path(origin): Path<String>,
) -> ChangeResult {
    change(&tenants, &origin, PolicyHandle::remove_origin)
}

fn change(
    tenants: &PolicyHandle<CorsPolicy>,
    text: &str,
    operation: impl FnOnce(
        &PolicyHandle<CorsPolicy>,
        usize,
        &OriginPattern,
    ) -> Result<bool, CorsConfigError>,
) -> ChangeResult {
    let origin: OriginPattern = text.parse().map_err(bad_request)?;
    let start = Instant::now();
    // The policy has only one rule. The million origins are neither copied nor scanned.
    let is_changed = operation(tenants, 0, &origin).map_err(bad_request)?;
    let spent = start.elapsed();
    let done = if is_changed { "changed" } else { "unchanged" };
    let count = tenants.load().origins().len();
    Ok(format!("{done} in {spent:.1?}; {count} origins\n"))
}

/// Responds with the error, which names the problem and a suggestion.
fn bad_request(error: impl std::error::Error) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, format!("{error}\n"))
}

const MIB: usize = 1024 * 1024;

type ChangeResult = Result<String, (StatusCode, String)>;

fn usage_examples(url: &str, origin: &str) -> String {
    format!(
        r"
A tenant's page reads, and its browser sends a preflight before a PUT:
  curl -i {url}/ -H 'Origin: {origin}'
  curl -i {url}/ -X OPTIONS -H 'Origin: {origin}' -H 'Access-Control-Request-Method: PUT'
A page of another origin gets no CORS headers:
  curl -i {url}/ -H 'Origin: https://new.example'
The origin is added, sends the request again, and is removed:
  curl -X PUT {url}/tenants/https://new.example
  curl -i {url}/ -H 'Origin: https://new.example'
  curl -X DELETE {url}/tenants/https://new.example"
    )
}

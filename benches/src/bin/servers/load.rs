use std::{env, fs, process::Command};

use crate::server::Server;

/// The result of one pass of a load generator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Requests in a second.
    pub(crate) requests: f64,
    /// Half of the requests took at most this time, in milliseconds.
    pub(crate) p50: f64,
    /// 99 % of the requests took at most this time, in milliseconds.
    pub(crate) p99: f64,
}

impl Load {
    pub(crate) fn median(loads: &[Self]) -> Self {
        let median_of = |value: fn(&Self) -> f64| median(loads.iter().map(value).collect());
        Self {
            requests: median_of(|one| one.requests),
            p50: median_of(|one| one.p50),
            p99: median_of(|one| one.p99),
        }
    }
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

impl Protocol {
    pub(crate) const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    /// Sends requests for some seconds.
    pub(crate) fn run(self, server: &Server) -> Result<Load, String> {
        match self {
            Self::Http1 => wrk(server),
            Self::Http2 => h2load(server),
        }
    }
}

fn wrk(server: &Server) -> Result<Load, String> {
    let header = format!("Origin: {}", server.origin()?);
    let (duration, url) = (format!("-d{SECONDS}s"), server.url());
    let output = run("wrk", &["-t1", "-c32", &duration, "--latency", "-H", &header, &url])?;
    let value = |name: &str| {
        let line = output.lines().find_map(|line| line.trim().strip_prefix(name));
        line.map(str::trim).ok_or_else(|| format!("wrk printed no {name}: {output}"))
    };
    if output.contains("Non-2xx") {
        return Err(format!("the server rejects requests: {output}"));
    }
    Ok(Load {
        requests: value("Requests/sec:")?.parse().map_err(|_| "not a number")?,
        p50: milliseconds(value("50%")?)?,
        p99: milliseconds(value("99%")?)?,
    })
}

fn h2load(server: &Server) -> Result<Load, String> {
    let header = format!("origin: {}", server.origin()?);
    let log = env::temp_dir().join(format!("h2load-{}", std::process::id()));
    let file = format!("--log-file={}", log.display());
    // h2load appends to the file.
    let _ = fs::remove_file(&log);
    let (duration, url) = (format!("-D{SECONDS}"), server.url());
    let arguments = ["-c8", "-m8", "-t1", &duration, &file, "-H", &header, &url];
    let output = run("h2load", &arguments)?;
    let finished = output.lines().find(|line| line.starts_with("finished in"));
    let requests =
        finished.and_then(|line| line.split(", ").nth(1)?.split(' ').next()?.parse().ok());
    // Each line has the start, the status, and the microseconds.
    let lines = fs::read_to_string(&log).map_err(|error| error.to_string())?;
    let mut times: Vec<f64> = Vec::new();
    for line in lines.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, "200", time] = fields[..] else {
            return Err(format!("not a response with status 200: {line}"));
        };
        times.push(time.parse::<f64>().map_err(|error| error.to_string())? / 1_000.0);
    }
    times.sort_by(f64::total_cmp);
    let at = |percent: usize| times.get(times.len() * percent / 100).copied();
    let load = requests.zip(at(50).zip(at(99)));
    let (requests, (p50, p99)) = load.ok_or_else(|| format!("h2load printed: {output}"))?;
    fs::remove_file(&log).map_err(|error| error.to_string())?;
    Ok(Load { requests, p50, p99 })
}

/// Parses a time such as `1.21ms` or `850.00us`.
fn milliseconds(text: &str) -> Result<f64, String> {
    let at = text.find(|char: char| char.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let factor = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1_000.0,
        _ => return Err(format!("{text:?} is not a time")),
    };
    number.parse::<f64>().map(|number| number * factor).map_err(|error| error.to_string())
}

fn run(program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}

const SECONDS: u32 = 2;

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

use http::{Uri, uri::Authority};
use lexopt::{
    Arg::{Long, Short, Value},
    Parser, ValueExt,
};

use crate::{connections::Limits, program, redis::Key};

/// The command-line arguments.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) upstream: Authority,
    pub(crate) upstream_http2: bool,
    pub(crate) timeout: Duration,
    pub(crate) limits: Limits,
    pub(crate) policy: PolicyFrom,
}

/// The source of the policy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PolicyFrom {
    File(PathBuf),
    Redis(Key),
}

impl Arguments {
    /// Reads the command line. For invalid arguments, prints the error and exits with code 2.
    pub(crate) fn read() -> Self {
        program::read_arguments(USAGE, parse)
    }
}

/// Returns `None` for `--help`.
fn parse(mut parser: Parser) -> Result<Option<Arguments>, lexopt::Error> {
    let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7112));
    let mut timeout = Duration::from_secs(60);
    let mut limits = Limits {
        head: Some(Duration::from_secs(30)),
        idle: Some(Duration::from_secs(300)),
        connections: Some(1000),
    };
    let (mut upstream, mut upstream_http2, mut policy) = (None, false, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = program::listen_address(&mut parser)?,
            Long("upstream") => upstream = Some(authority(&parser.value()?.string()?)?),
            Long("upstream-http2") => upstream_http2 = true,
            Long("timeout") => timeout = seconds(&parser.value()?.string()?)?,
            Long("head-timeout") => {
                limits.head = limit("--head-timeout", &mut parser)?.map(Duration::from_secs);
            }
            Long("idle-timeout") => {
                limits.idle = limit("--idle-timeout", &mut parser)?.map(Duration::from_secs);
            }
            Long("max-connections") => {
                limits.connections = limit("--max-connections", &mut parser)?;
            }
            Long("policy-from") => {
                let key = parser.value()?.string()?.parse()?;
                set_once(&mut policy, PolicyFrom::Redis(key))?;
            }
            Long("help") | Short('h') => return Ok(None),
            // File names need not be Unicode.
            Value(path) => set_once(&mut policy, PolicyFrom::File(path.into()))?,
            _ => return Err(argument.unexpected()),
        }
    }
    let upstream =
        upstream.ok_or("--upstream is missing; add the URL of the server behind the gateway")?;
    let policy = policy.ok_or("a policy is missing; add a FILE or --policy-from redis://...")?;
    Ok(Some(Arguments { listen, upstream, upstream_http2, timeout, limits, policy }))
}

fn set_once(policy: &mut Option<PolicyFrom>, from: PolicyFrom) -> Result<(), String> {
    match policy.replace(from) {
        None => Ok(()),
        Some(_) => Err("several policies; use either one FILE or one --policy-from".to_owned()),
    }
}

/// Parses the upstream's URL. It has no path, which policies that match on paths would not know.
fn authority(text: &str) -> Result<Authority, String> {
    let fault = || {
        format!("--upstream {text:?} is not a URL without a path, such as http://127.0.0.1:3000")
    };
    let parts = text.parse::<Uri>().map_err(|_| fault())?.into_parts();
    let is_bare = parts.path_and_query.is_none_or(|path| path == "/");
    let is_http = parts.scheme.is_some_and(|scheme| scheme == http::uri::Scheme::HTTP);
    let has_only_host =
        |authority: &Authority| !authority.host().is_empty() && !authority.as_str().contains('@');
    parts.authority.filter(has_only_host).filter(|_| is_bare && is_http).ok_or_else(fault)
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse().ok().filter(|seconds| *seconds > 0).map(Duration::from_secs).ok_or_else(|| {
        format!("--timeout {text:?} is not a positive number of seconds, such as 60")
    })
}

/// Reads a limit. For 0, returns `None`.
fn limit<T: FromStr + Default + PartialEq>(
    option: &str,
    parser: &mut Parser,
) -> Result<Option<T>, lexopt::Error> {
    let text = parser.value()?.string()?;
    let limit = text
        .parse()
        .map_err(|_| format!("{option} {text:?} is not a whole number; for no limit, write 0"))?;
    Ok(Some(limit).filter(|limit| *limit != T::default()))
}

const USAGE: &str = "\
usage: gateway --upstream URL [OPTIONS] FILE
       gateway --upstream URL [OPTIONS] --policy-from redis://HOST:PORT/KEY

  FILE                  the policy as TOML, JSON or YAML, by file extension: the key `cors`,
                        or the whole file; the gateway reloads the file when it changes
  --policy-from URL     the policy is TOML under a key of this Redis (6 or newer); the
                        gateway reloads it when it changes
  --upstream URL        the server behind the gateway, such as
                        http://127.0.0.1:3000
  --upstream-http2      use HTTP/2 without TLS (prior knowledge) for the upstream, as gRPC
                        does; WebSockets always use HTTP/1.1
  --timeout SECONDS     the time limit for the head of the upstream's response; its body
                        has no limit [default: 60]
  --head-timeout SECONDS
                        the time limit for the head of a request, also of the first one
                        on a connection; 0 for no limit [default: 30]
  --idle-timeout SECONDS
                        the time limit for a connection without requests, for a WebSocket
                        without data, and for a client that stops reading; 0 for no limit
                        [default: 300]
  --max-connections N   the number of clients' connections, and of requests that are open
                        at the same time, within the limit of open files; a new connection
                        replaces an unused one; 0 for no limit [default: 1000]
  --listen ADDR:PORT    the address to listen on; port 0 picks a free one
                        [default: 127.0.0.1:7112]

The log is written to the standard error stream. RUST_LOG sets its levels [default: info]:
RUST_LOG=info,tower_cross_origin=debug also logs every rejected request.

  gateway --upstream http://127.0.0.1:3000 examples/policy/samples/cors.toml";

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &'static str) -> Result<Option<Arguments>, lexopt::Error> {
        parse(Parser::from_args(text.split_whitespace()))
    }

    #[test]
    fn valid_command_line_is_parsed() {
        let all = "--listen 127.0.0.1:8080 --upstream http://localhost:3000/ --upstream-http2 \
                   --timeout 5 --head-timeout 0 --idle-timeout 7 --max-connections 9 --policy-from redis://127.0.0.1:6379/cors";
        let expected = Arguments {
            listen: ([127, 0, 0, 1], 8080).into(),
            upstream: Authority::from_static("localhost:3000"),
            upstream_http2: true,
            timeout: Duration::from_secs(5),
            limits: Limits { head: None, idle: Some(Duration::from_secs(7)), connections: Some(9) },
            policy: PolicyFrom::Redis("redis://127.0.0.1:6379/cors".parse().unwrap()),
        };
        assert_eq!(read(all).unwrap(), Some(expected));
        let few = read("policy.toml --upstream http://[::1]:3000").unwrap().unwrap();
        assert_eq!(few.policy, PolicyFrom::File("policy.toml".into()));
        assert_eq!(few.timeout, Duration::from_secs(60));
        assert_eq!(few.limits.connections, Some(1000));
        assert_eq!(read("--help").unwrap(), None);
    }

    #[test]
    fn invalid_command_line_is_rejected() {
        #[rustfmt::skip]
        let cases = [
            ("", "--upstream is missing"),
            ("policy.toml", "--upstream is missing"),
            ("--upstream http://a:1", "a policy is missing"),
            ("--upstream http://a:1 a.toml b.toml", "several policies"),
            ("--upstream http://a:1 a.toml --policy-from redis://a/b", "several policies"),
            ("--upstream https://a:1 a.toml", "--upstream \"https://a:1\""),
            ("--upstream http://a:1/path a.toml", "--upstream \"http://a:1/path\""),
            ("--upstream http://me@a:1 a.toml", "--upstream \"http://me@a:1\""),
            ("--upstream a:1 a.toml", "--upstream \"a:1\""),
            ("--upstream", "missing argument for option '--upstream'"),
            ("--upstream http://a:1 --timeout 0 a.toml", "--timeout \"0\""),
            ("--upstream http://a:1 --timeout 1.5 a.toml", "--timeout \"1.5\""),
            ("--upstream http://a:1 --head-timeout 1s a.toml", "--head-timeout \"1s\""),
            ("--upstream http://a:1 --max-connections -1 a.toml", "--max-connections \"-1\""),
            ("--upstream http://a:1 --policy-from redis://a:6379", "--policy-from \"redis://a:6379\""),
            ("--upstream http://a:1 --policy-from http://a/b", "--policy-from \"http://a/b\""),
            ("--lisen 127.0.0.1:0", "invalid option '--lisen'"),
        ];
        for (text, expected) in cases {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}

use std::{
    env,
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
    process,
};

use crate::support::say;

/// What the server is told on its command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) origins: Vec<String>,
    /// The address of a Redis; without it, events are kept in memory.
    pub(crate) redis: Option<String>,
}

impl Arguments {
    /// Reads the command line. Where that is not possible, says why and ends the program with code 2.
    pub(crate) fn read() -> Self {
        match parse(env::args_os().skip(1)) {
            Ok(Some(arguments)) => arguments,
            Ok(None) => {
                say(USAGE);
                process::exit(0)
            }
            Err(error) => {
                eprintln!("{error}\n\n{USAGE}");
                process::exit(2)
            }
        }
    }

    /// An origin to try the server with.
    pub(crate) fn origin(&self) -> &str {
        self.origins.first().map_or(ORIGIN, String::as_str)
    }
}

/// `None` where only help is asked for.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Arguments>, String> {
    let mut arguments = arguments.map(|argument| {
        argument.into_string().map_err(|argument| format!("not Unicode: {argument:?}"))
    });
    let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7107));
    let (mut origins, mut redis) = (Vec::new(), None);
    while let Some(name) = arguments.next().transpose()? {
        let mut value = || arguments.next().unwrap_or_else(|| Err(format!("{name} needs a value")));
        match &*name {
            "--listen" => {
                let text = value()?;
                listen = text.parse().map_err(|_| {
                    format!("--listen {text:?}: not an address and port, such as 127.0.0.1:0")
                })?;
            }
            "--allow-origin" => origins.push(value()?),
            "--redis" => redis = Some(value()?),
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown argument {name:?}")),
        }
    }
    if origins.is_empty() {
        origins.push(ORIGIN.to_owned());
    }
    Ok(Some(Arguments { listen, origins, redis }))
}

const ORIGIN: &str = "https://app.example.com";

const USAGE: &str = "\
Arguments:
  --listen ADDR:PORT      where to listen; port 0 picks one [default: 127.0.0.1:7107]
  --allow-origin ORIGIN   an origin whose pages may use the service; repeatable
                          [default: https://app.example.com]
  --redis URL             keeps the events in a stream of this Redis, such as
                          redis://127.0.0.1:6379, which several servers share";

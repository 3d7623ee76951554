use std::{
    env,
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
    process,
};

use crate::listener::say;

/// What the server is told on its command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) origins: usize,
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
}

/// `None` where only help is asked for.
fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Option<Arguments>, String> {
    let mut arguments = arguments.map(|argument| {
        argument.into_string().map_err(|argument| format!("not Unicode: {argument:?}"))
    });
    let mut listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7104));
    let mut origins = 1_000_000;
    while let Some(name) = arguments.next().transpose()? {
        let mut value = || arguments.next().unwrap_or_else(|| Err(format!("{name} needs a value")));
        match &*name {
            "--listen" => {
                let text = value()?;
                listen = text.parse().map_err(|_| {
                    format!("--listen {text:?}: not an address and port, such as 127.0.0.1:0")
                })?;
            }
            "--origins" => {
                let text = value()?;
                origins = text.parse().map_err(|_| format!("--origins {text:?}: not a number"))?;
            }
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("unknown argument {name:?}")),
        }
    }
    Ok(Some(Arguments { listen, origins }))
}

const USAGE: &str = "\
Arguments:
  --listen ADDR:PORT   where to listen; port 0 picks one [default: 127.0.0.1:7104]
  --origins N          how many tenants' origins there are [default: 1000000]";

//! What the servers beside this folder need and what is no part of what they show: arguments, a
//! listener, and errors that people can read.

mod program;

use std::net::SocketAddr;

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

pub(crate) use self::program::{Report, listen, say};

/// What a server is told on its command line.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) origins: Vec<String>,
    /// What follows the option of its own that an example has.
    #[allow(dead_code, reason = "most examples have none")]
    pub(crate) further: Option<String>,
}

/// What holds where the command line is silent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) listen: SocketAddr,
    pub(crate) origin: &'static str,
    /// An option of its own, without `--`, and the lines about it.
    pub(crate) further: Option<(&'static str, &'static str)>,
}

impl Arguments {
    /// Reads the command line. Where that is not possible, says why and ends the program with code 2.
    pub(crate) fn read(defaults: Defaults) -> Self {
        program::read_arguments(&usage(defaults), |parser| parse(parser, defaults))
    }

    /// An origin to try the server with.
    pub(crate) fn origin(&self) -> &str {
        self.origins.first().map_or("https://app.example.com", String::as_str)
    }
}

/// Returns `None` for `--help`.
fn parse(mut parser: Parser, defaults: Defaults) -> Result<Option<Arguments>, lexopt::Error> {
    let mut listen = defaults.listen;
    let (mut origins, mut further) = (Vec::new(), None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = program::listen_address(&mut parser)?,
            Long("allow-origin") => origins.push(parser.value()?.string()?),
            Long("help") | Short('h') => return Ok(None),
            Long(name) if defaults.further.is_some_and(|(own, _)| name == own) => {
                further = Some(parser.value()?.string()?);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if origins.is_empty() {
        origins.push(defaults.origin.to_owned());
    }
    Ok(Some(Arguments { listen, origins, further }))
}

fn usage(Defaults { listen, origin, further }: Defaults) -> String {
    let further = further.map(|(_, lines)| format!("\n{lines}")).unwrap_or_default();
    format!(
        "Arguments:
  --listen ADDR:PORT      where to listen; port 0 picks one [default: {listen}]
  --allow-origin ORIGIN   an origin whose pages may use the service; repeatable
                          [default: {origin}]{further}"
    )
}

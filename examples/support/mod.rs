//! Code that all example servers share: arguments, a listener, and readable errors.

mod program;

use std::net::SocketAddr;

use lexopt::{
    Arg::{Long, Short},
    Parser, ValueExt,
};

pub(crate) use self::program::{Report, listen, print_line};

/// The command-line arguments.
#[derive(Debug)]
pub(crate) struct Arguments {
    pub(crate) listen: SocketAddr,
    pub(crate) origins: Vec<String>,
    /// The value of an additional option.
    #[allow(dead_code, reason = "most examples have no additional option")]
    pub(crate) extra: Option<String>,
}

/// The default values of arguments.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) listen: SocketAddr,
    pub(crate) origin: &'static str,
    /// An additional option: its name without `--`, and its lines in the usage text.
    pub(crate) extra: Option<(&'static str, &'static str)>,
}

impl Arguments {
    /// Reads the command line. For invalid arguments, prints the error and exits with code 2.
    pub(crate) fn read(defaults: Defaults) -> Self {
        program::read_arguments(&usage(defaults), |parser| parse(parser, defaults))
    }

    /// Returns an allowed origin for the usage examples.
    pub(crate) fn origin(&self) -> &str {
        self.origins.first().map_or("https://app.example.com", String::as_str)
    }
}

/// Returns `None` for `--help`.
fn parse(mut parser: Parser, defaults: Defaults) -> Result<Option<Arguments>, lexopt::Error> {
    let mut listen = defaults.listen;
    let (mut origins, mut extra) = (Vec::new(), None);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("listen") => listen = program::listen_address(&mut parser)?,
            Long("allow-origin") => origins.push(parser.value()?.string()?),
            Long("help") | Short('h') => return Ok(None),
            Long(name) if defaults.extra.is_some_and(|(own, _)| name == own) => {
                extra = Some(parser.value()?.string()?);
            }
            _ => return Err(argument.unexpected()),
        }
    }
    if origins.is_empty() {
        origins.push(defaults.origin.to_owned());
    }
    Ok(Some(Arguments { listen, origins, extra }))
}

fn usage(Defaults { listen, origin, extra }: Defaults) -> String {
    let extra = extra.map(|(_, lines)| format!("\n{lines}")).unwrap_or_default();
    format!(
        "Arguments:
  --listen ADDR:PORT      the address to listen on; port 0 picks a free one [default: {listen}]
  --allow-origin ORIGIN   an origin to allow; repeatable
                          [default: {origin}]{extra}"
    )
}

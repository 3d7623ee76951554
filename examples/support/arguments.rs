use std::{env, ffi::OsString, net::SocketAddr, process};

use super::say;

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
    /// An option of its own, and the lines about it.
    pub(crate) further: Option<(&'static str, &'static str)>,
}

impl Arguments {
    /// Reads the command line. Where that is not possible, says why and ends the program with code 2.
    pub(crate) fn read(defaults: Defaults) -> Self {
        match parse(env::args_os().skip(1), defaults) {
            Ok(Some(arguments)) => arguments,
            Ok(None) => {
                say(&usage(defaults));
                process::exit(0)
            }
            Err(error) => {
                eprintln!("{error}\n\n{}", usage(defaults));
                process::exit(2)
            }
        }
    }

    /// An origin to try the server with.
    pub(crate) fn origin(&self) -> &str {
        self.origins.first().map_or("https://app.example.com", String::as_str)
    }
}

/// `None` where only help is asked for.
fn parse(
    arguments: impl Iterator<Item = OsString>,
    defaults: Defaults,
) -> Result<Option<Arguments>, String> {
    // Not `env::args`, which panics where an argument is not Unicode.
    let mut arguments = arguments.map(|argument| {
        argument.into_string().map_err(|argument| format!("not Unicode: {argument:?}"))
    });
    let mut listen = defaults.listen;
    let (mut origins, mut further) = (Vec::new(), None);
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
            "--help" | "-h" => return Ok(None),
            own if defaults.further.is_some_and(|(name, _)| name == own) => {
                further = Some(value()?);
            }
            _ => return Err(format!("unknown argument {name:?}")),
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

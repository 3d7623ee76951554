use std::{
    ffi::OsString,
    net::{Ipv4Addr, SocketAddr},
};

/// What the command line asks for.
#[derive(Debug)]
pub(crate) enum Arguments {
    Listen(SocketAddr),
    Help,
}

impl Arguments {
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let mut arguments = arguments.into_iter();
        let mut address = SocketAddr::from((Ipv4Addr::LOCALHOST, 7100));
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some("--listen") => {
                    let value = arguments.next().ok_or("`--listen` needs ADDR:PORT")?;
                    address = loopback(&value.to_string_lossy())?;
                }
                Some("--help" | "-h") => return Ok(Self::Help),
                _ => return Err(format!("unknown argument `{}`", argument.to_string_lossy())),
            }
        }
        Ok(Self::Listen(address))
    }
}

pub(crate) const USAGE: &str = "\
usage: playground [--listen ADDR:PORT]

  --listen ADDR:PORT   where the page is, 127.0.0.1:7100 if not given; port 0 lets the system pick";

/// Elsewhere the page would be an insecure origin, which the policy would be right to refuse
/// credentials to.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(address) if address.ip().is_loopback() => Ok(address),
        Ok(address) => Err(format!("`{address}` is no loopback address; write `127.0.0.1:7100`")),
        Err(_) => Err(format!("`{text}` is no ADDR:PORT such as `127.0.0.1:7100`")),
    }
}

//! The servers of all hosts.

use std::net::{Ipv4Addr, Ipv6Addr};

use anyhow::{Context, Result};
use axum::Router;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{places::Ports, tls::TlsListener};

/// Listeners whose ports are known before the service exists.
pub struct Servers {
    pub ports: Ports,
    plain: Vec<TcpListener>,
    tls: Vec<TcpListener>,
    acceptor: TlsAcceptor,
}

impl Servers {
    pub async fn bind(acceptor: TlsAcceptor) -> Result<Self> {
        let (mut plain, mut tls) = (Vec::new(), Vec::new());
        let ports = Ports {
            plain: [bind(&mut plain).await?, bind(&mut plain).await?],
            tls: [bind(&mut tls).await?, bind(&mut tls).await?],
        };
        Ok(Self { ports, plain, tls, acceptor })
    }

    pub fn serve(self, service: &Router) -> Result<()> {
        for listener in self.plain {
            let service = service.clone();
            tokio::spawn(async move { axum::serve(listener, service).await });
        }
        for listener in self.tls {
            let listener = TlsListener::new(listener, self.acceptor.clone())?;
            let service = service.clone();
            tokio::spawn(async move { axum::serve(listener, service).await });
        }
        Ok(())
    }
}

/// Binds an unused port of both loopback addresses.
async fn bind(listeners: &mut Vec<TcpListener>) -> Result<u16> {
    for _ in 0..20 {
        let ipv4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = ipv4.local_addr()?.port();
        // Another program can use the port of the other address.
        if let Ok(ipv6) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            listeners.extend([ipv4, ipv6]);
            return Ok(port);
        }
    }
    None.context("could not bind a port of 127.0.0.1 and [::1]; the tests need IPv6")
}

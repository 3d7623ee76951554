use std::net::Ipv4Addr;

use anyhow::{Result, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

/// Starts a SOCKS proxy that resolves each name to loopback, and returns its port.
///
/// <https://www.rfc-editor.org/rfc/rfc1928>
pub async fn start_name_proxy() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(forward(client));
        }
    });
    Ok(port)
}

async fn forward(mut client: TcpStream) -> Result<()> {
    // The methods of authentication, of which "none" is chosen.
    ensure!(client.read_u8().await? == VERSION);
    let mut methods = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut methods).await?;
    client.write_all(&[VERSION, 0]).await?;
    // A CONNECT request: the version, the command, a reserved octet, the type of the address.
    let mut request = [0; 4];
    client.read_exact(&mut request).await?;
    let length = match request[3] {
        IPV4 => 4,
        DOMAIN => client.read_u8().await?.into(),
        _ => 16,
    };
    client.read_exact(&mut vec![0; length]).await?;
    let port = client.read_u16().await?;
    let Ok(mut server) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
        return Ok(client.write_all(&[VERSION, REFUSED, 0, IPV4, 0, 0, 0, 0, 0, 0]).await?);
    };
    client.write_all(&[VERSION, SUCCEEDED, 0, IPV4, 0, 0, 0, 0, 0, 0]).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

const VERSION: u8 = 5;
const IPV4: u8 = 1;
const DOMAIN: u8 = 3;
const SUCCEEDED: u8 = 0;
const REFUSED: u8 = 5;

//! Follows a Redis key. Any number of gateways can follow the same key.
//!
//! With `CLIENT TRACKING`, the Redis server remembers clients that have read the key, and notifies them of
//! changes on the same connection (RESP3, Redis 6). This needs no configuration of the server, and no
//! polling. <https://redis.io/docs/latest/develop/reference/client-side-caching/>

use std::{fmt, io, str::FromStr, time::Duration};

use http::uri::Authority;
use redis::{
    AsyncConnectionConfig, Client, PushInfo, PushKind, RedisError, RedisResult,
    aio::MultiplexedConnection, cmd,
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::reload::Update;

/// A Redis server and a key: `redis://127.0.0.1:6379/KEY`. The key is everything after the slash.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// The address of the server, with the password if it has one.
    server: String,
    key: String,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            // The text before the last `@` can contain a password.
            let shown = match text.rsplit_once('@') {
                Some((_, rest)) => format!("...@{rest}"),
                None => text.to_owned(),
            };
            format!(
                "--policy-from {shown:?} is not a key's URL, such as redis://127.0.0.1:6379/KEY; \
                 percent-encode / in a password"
            )
        };
        let rest = text.strip_prefix("redis://").ok_or_else(fault)?;
        let (server, key) = rest.split_once('/').ok_or_else(fault)?;
        // A `/` in a password would make the rest of the password a part of the key.
        let authority: Authority = server.parse().map_err(|_| fault())?;
        let has_invalid_port = authority.port().is_none() && has_port(server);
        if authority.host().is_empty() || has_invalid_port || key.is_empty() {
            return Err(fault());
        }
        Ok(Self { server: server.to_owned(), key: key.to_owned() })
    }
}

/// Returns whether something follows the host, after a colon.
fn has_port(server: &str) -> bool {
    let host = server.rsplit('@').next().unwrap_or_default();
    let name = host.rsplit(']').next().unwrap_or_default();
    name.contains(':')
}

/// Formats the URL without the password, like `Display`.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Formats the URL without the password.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.server.rsplit('@').next().unwrap_or_default();
        write!(f, "redis://{host}/{}", self.key)
    }
}

/// Sends the key's text now, after each change, and after each reconnect.
///
/// Stops when the receiver is dropped.
pub(crate) fn follow(key: Key, sender: mpsc::Sender<Update>) {
    tokio::spawn(async move {
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(error) = follow_connection(&key, &sender, &mut pause).await else { return };
            if sender.send(Update::Unavailable(error.to_string())).await.is_err() {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
}

/// Follows the key until the connection fails. Returns `Ok` if the receiver is dropped.
async fn follow_connection(
    key: &Key,
    sender: &mpsc::Sender<Update>,
    pause: &mut Duration,
) -> RedisResult<()> {
    let client = Client::open(format!("redis://{}/?protocol=resp3", key.server))?;
    let (push_sender, mut pushes) = mpsc::unbounded_channel();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(TIMEOUT))
        .set_response_timeout(Some(TIMEOUT))
        .set_push_sender(push_sender);
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    cmd("CLIENT").arg("TRACKING").arg("ON").exec_async(&mut connection).await?;
    *pause = FIRST_PAUSE;
    loop {
        // The server tracks the key after this read, even if the key does not exist.
        if sender.send(read(&mut connection, key).await?).await.is_err() {
            return Ok(());
        }
        while !is_changed(&mut pushes).await? {
            // The connection may have ended silently.
            cmd("PING").exec_async(&mut connection).await?;
        }
    }
}

async fn read(connection: &mut MultiplexedConnection, key: &Key) -> RedisResult<Update> {
    let text: Option<Vec<u8>> = cmd("GET").arg(&key.key).query_async(connection).await?;
    Ok(match text.map(String::from_utf8) {
        Some(Ok(text)) => Update::Text(text),
        Some(Err(_)) => Update::Unavailable("the key's value is not valid UTF-8".to_owned()),
        None => Update::Unavailable("the key does not exist".to_owned()),
    })
}

/// Waits for a change of the key. Returns `false` after [`SILENCE`] without messages.
async fn is_changed(pushes: &mut mpsc::UnboundedReceiver<PushInfo>) -> RedisResult<bool> {
    let broken = || RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe));
    let Ok(push) = timeout(SILENCE, pushes.recv()).await else { return Ok(false) };
    match push.ok_or_else(broken)?.kind {
        PushKind::Invalidate => {
            // One read covers several changes.
            while pushes.try_recv().is_ok() {}
            Ok(true)
        }
        PushKind::Disconnection => Err(broken()),
        _ => Ok(false),
    }
}

/// The first and the longest pause between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// The timeout for a connection and for a response.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The time without messages before the gateway checks the connection.
const SILENCE: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    // S23: the message of a misspelt URL contained the password.
    #[test]
    fn password_is_never_displayed() {
        for (text, is_valid) in [
            ("redis://:secret@127.0.0.1:6379/key", true),
            ("redis://user:secret@[::1]:6379/key@1", true),
            ("redis://:secret@127.0.0.1/key", true),
            ("redis://:secret@127.0.0.1:6379", false),
            ("redis://:secret@127.0.0.1:6379/", false),
            ("redis://:secret@/key", false),
            ("redis://:top/secret@127.0.0.1:6379/key", false),
            ("redis://user:top/secret@127.0.0.1:6379/key", false),
            ("rediss://:secret@127.0.0.1:6379/key", false),
            (":secret@127.0.0.1:6379/key", false),
        ] {
            // The attack without the protection: the text of the argument.
            assert!(text.contains("secret"));
            let shown = match text.parse::<Key>() {
                Ok(key) => {
                    assert!(is_valid, "{text}");
                    format!("{key} {key:?}")
                }
                Err(error) => {
                    assert!(!is_valid, "{text}: {error}");
                    error
                }
            };
            assert!(!shown.contains("secret"), "{text}: {shown}");
            assert!(
                shown.contains("127.0.0.1") || shown.contains("::1") || text.ends_with("@/key")
            );
        }
    }
}

//! A key of a Redis, which tells of its changes: any number of gateways follow one.
//!
//! By `CLIENT TRACKING` the server remembers who has read the key, and says so when it changes, on the same
//! connection (RESP3, Redis 6): nothing is configured there, and nobody asks over and over.
//! <https://redis.io/docs/latest/develop/reference/client-side-caching/>

use std::{fmt, io, str::FromStr, time::Duration};

use redis::{
    AsyncConnectionConfig, Client, PushInfo, PushKind, RedisError, RedisResult,
    aio::MultiplexedConnection, cmd,
};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::reload::News;

/// Which key, of which server: `redis://127.0.0.1:6379/KEY`, where the key is all that follows the slash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// With the password, if there is one.
    server: String,
    key: String,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!("--policy-from {text:?}: not the address of a key, redis://127.0.0.1:6379/KEY")
        };
        let rest = text.strip_prefix("redis://").ok_or_else(fault)?;
        let (server, key) = rest.split_once('/').ok_or_else(fault)?;
        if server.is_empty() || key.is_empty() {
            return Err(fault());
        }
        Ok(Self { server: server.to_owned(), key: key.to_owned() })
    }
}

/// Without the password.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.server.rsplit('@').next().unwrap_or_default();
        write!(f, "redis://{host}/{}", self.key)
    }
}

/// Tells of the key's text, now, after each change and after each connection, until nobody listens.
pub(crate) fn follow(key: Key, sender: mpsc::Sender<News>) {
    tokio::spawn(async move {
        let mut pause = FIRST_PAUSE;
        loop {
            let Err(error) = follow_connection(&key, &sender, &mut pause).await else { return };
            if sender.send(News::Away(error.to_string())).await.is_err() {
                return;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
}

/// Until the connection breaks, or, `Ok`, until nobody listens.
async fn follow_connection(
    key: &Key,
    sender: &mpsc::Sender<News>,
    pause: &mut Duration,
) -> RedisResult<()> {
    let client = Client::open(format!("redis://{}/?protocol=resp3", key.server))?;
    let (teller, mut pushes) = mpsc::unbounded_channel();
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE))
        .set_push_sender(teller);
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    cmd("CLIENT").arg("TRACKING").arg("ON").exec_async(&mut connection).await?;
    *pause = FIRST_PAUSE;
    loop {
        // Reading it is what the server remembers, also where it is not there.
        if sender.send(read(&mut connection, key).await?).await.is_err() {
            return Ok(());
        }
        while !is_told(&mut pushes).await? {
            // The connection may have ended without a word.
            cmd("PING").exec_async(&mut connection).await?;
        }
    }
}

async fn read(connection: &mut MultiplexedConnection, key: &Key) -> RedisResult<News> {
    let text: Option<Vec<u8>> = cmd("GET").arg(&key.key).query_async(connection).await?;
    Ok(match text.map(String::from_utf8) {
        Some(Ok(text)) => News::Text(text),
        Some(Err(_)) => News::Away("the key's value is no text".to_owned()),
        None => News::Away("there is no such key".to_owned()),
    })
}

/// Whether the key has changed; false after some time in which nothing happened.
async fn is_told(pushes: &mut mpsc::UnboundedReceiver<PushInfo>) -> RedisResult<bool> {
    let broken = || RedisError::from(io::Error::from(io::ErrorKind::BrokenPipe));
    let Ok(push) = timeout(SILENCE, pushes.recv()).await else { return Ok(false) };
    match push.ok_or_else(broken)?.kind {
        PushKind::Invalidate => {
            // Several changes are one, once the key is read again.
            while pushes.try_recv().is_ok() {}
            Ok(true)
        }
        PushKind::Disconnection => Err(broken()),
        _ => Ok(false),
    }
}

/// Between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// For a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before the server is asked whether it is still there.
const SILENCE: Duration = Duration::from_secs(5);

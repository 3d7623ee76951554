use std::time::Duration;

use redis::{
    AsyncCommands, Client,
    aio::MultiplexedConnection,
    streams::{StreamId, StreamMaxlen, StreamRangeReply, StreamReadOptions, StreamReadReply},
};
use tokio::{sync::watch, time::sleep};

use crate::store::{EventBatch, StoreError};

/// Recent events in a Redis stream, so that a client can reconnect to any server.
#[derive(Clone, Debug)]
pub(crate) struct RedisStream {
    connection: MultiplexedConnection,
    capacity: usize,
    changes: watch::Receiver<()>,
}

impl RedisStream {
    pub(crate) async fn open(address: &str, capacity: usize) -> Result<Self, StoreError> {
        let client = Client::open(address)?;
        let connection = client.get_multiplexed_async_connection().await?;
        let (sender, changes) = watch::channel(());
        let this = Self { connection, capacity, changes };
        // `$` would mean the newest event at the time of each read, and events between two reads would be
        // missed.
        let mut newest = this.latest().await?;
        // One waiting connection serves all clients of this server.
        tokio::spawn(async move {
            while !sender.is_closed() {
                if wait(&client, &mut newest, &sender).await.is_err() {
                    // After Redis is back, all clients read the events after their last one.
                    sleep(Duration::from_millis(200)).await;
                    sender.send_replace(());
                }
            }
        });
        Ok(this)
    }

    pub(crate) async fn push(&self, text: &str) -> Result<String, StoreError> {
        let longest = StreamMaxlen::Approx(self.capacity);
        Ok(self.connection.clone().xadd_maxlen(KEY, longest, "*", &[(TEXT, text)]).await?)
    }

    /// Returns events after the given ID. Redis IDs are not consecutive, so gaps cannot be detected.
    pub(crate) async fn after(&self, id: &str) -> Result<EventBatch, StoreError> {
        let from = format!("({id}");
        let mut connection = self.connection.clone();
        let reply: StreamRangeReply = connection.xrange_count(KEY, from, "+", BATCH_SIZE).await?;
        let text = |event: &StreamId| event.get::<String>(TEXT).unwrap_or_default();
        let events = reply.ids.iter().map(|event| (event.id.clone(), text(event))).collect();
        Ok(EventBatch { events, is_gap: false })
    }

    pub(crate) async fn latest(&self) -> Result<String, StoreError> {
        let mut connection = self.connection.clone();
        let reply: StreamRangeReply = connection.xrevrange_count(KEY, "+", "-", 1).await?;
        Ok(reply.ids.into_iter().next().map_or_else(|| "0-0".to_owned(), |event| event.id))
    }

    pub(crate) fn is_id(text: &str) -> bool {
        let is_number = |part: &str| part.parse::<u64>().is_ok();
        text.split_once('-').is_some_and(|(time, number)| is_number(time) && is_number(number))
    }

    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        let mut changes = self.changes.clone();
        changes.mark_unchanged();
        changes
    }
}

/// Notifies the receivers about new events, until the connection fails.
async fn wait(
    client: &Client,
    newest: &mut String,
    sender: &watch::Sender<()>,
) -> redis::RedisResult<()> {
    let mut connection =
        client.get_multiplexed_async_connection_with_config(&config_for_blocking()).await?;
    let options = StreamReadOptions::default().block(5_000).count(BATCH_SIZE);
    while !sender.is_closed() {
        let reply: Option<StreamReadReply> =
            connection.xread_options(&[KEY], &[&*newest], &options).await?;
        let keys = reply.into_iter().flat_map(|reply| reply.keys);
        if let Some(event) = keys.flat_map(|key| key.ids).last() {
            *newest = event.id;
            sender.send_replace(());
        }
    }
    Ok(())
}

/// Returns a configuration with a response timeout longer than the blocking read.
fn config_for_blocking() -> redis::AsyncConnectionConfig {
    redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(10)))
}

const KEY: &str = "sse-replay";
const TEXT: &str = "text";
const BATCH_SIZE: usize = 100;

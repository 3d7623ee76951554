//! Tests that a client receives each event exactly once over a hundred disconnects.
//!
//! The client reconnects to the servers in turn.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use browsers::{Daemon, Example};
use proxies::EventStream;
use tokio::{process::Command, time::timeout};

#[tokio::test]
async fn servers_with_redis_replay_all_events_after_disconnects() -> Result<()> {
    let redis = Daemon::redis().await?;
    let address = format!("redis://127.0.0.1:{}", redis.port());
    let one = Example::start("sse_replay", &["--redis", &address]).await?;
    let other = Example::start("sse_replay", &["--redis", &address]).await?;
    assert_replay(&[one.address(), other.address()]).await
}

#[tokio::test]
async fn ring_in_memory_replays_all_events_after_disconnects() -> Result<()> {
    let server = Example::start("sse_replay", &[]).await?;
    assert_replay(&[server.address()]).await
}

/// Reads all published events, and reconnects to the next server after each disconnect.
async fn assert_replay(servers: &[&str]) -> Result<()> {
    let urls: Vec<String> = servers.iter().map(|server| format!("{server}/events")).collect();
    let mut stream = EventStream::open(&urls[0], "").await?;
    let publishing = tokio::spawn(publish(urls.clone()));
    let mut seen = Vec::new();
    let mut disconnects = 0;
    while seen.len() < EVENTS {
        let event = timeout(LIMIT, stream.next()).await.context("an event is missing")??;
        seen.push(event.data);
        // Disconnects occur at varying positions, often before the client has read all received events.
        if disconnects < DISCONNECTS && seen.len() % (EVENTS / DISCONNECTS) == disconnects % 5 {
            disconnects += 1;
            let last = stream.last_event_id().to_owned();
            drop(stream);
            stream = EventStream::open(&urls[disconnects % urls.len()], &last).await?;
        }
    }
    publishing.await??;
    ensure!(disconnects == DISCONNECTS, "{disconnects} disconnects");
    let expected: Vec<String> = (0..EVENTS).map(|number| format!("event {number}")).collect();
    ensure!(seen == expected, "lost, repeated, or out of order: {seen:?}");
    Ok(())
}

/// Publishes the events one after the other, to the servers in turn.
async fn publish(urls: Vec<String>) -> Result<()> {
    for number in 0..EVENTS {
        let url = &urls[number % urls.len()];
        let text = format!("event {number}");
        let output = Command::new("curl").args(["-sf", "-d", &text, url]).output().await?;
        ensure!(output.status.success(), "{output:?}");
    }
    Ok(())
}

const EVENTS: usize = 1000;
const DISCONNECTS: usize = 100;
const LIMIT: Duration = Duration::from_secs(30);

//! A client that loses its connection a hundred times, and comes back to one server or to another,
//! misses nothing and sees nothing twice.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use browsers::{Daemon, Example};
use proxies::EventStream;
use tokio::{process::Command, time::timeout};

#[tokio::test]
async fn two_servers_and_a_redis_lose_nothing_over_a_hundred_disconnects() -> Result<()> {
    let redis = Daemon::redis().await?;
    let address = format!("redis://127.0.0.1:{}", redis.port());
    let one = Example::start("sse_replay", &["--redis", &address]).await?;
    let other = Example::start("sse_replay", &["--redis", &address]).await?;
    follows(&[one.address(), other.address()]).await
}

#[tokio::test]
async fn a_ring_in_memory_loses_nothing_over_a_hundred_disconnects() -> Result<()> {
    let server = Example::start("sse_replay", &[]).await?;
    follows(&[server.address()]).await
}

/// Reads what is published, and comes back after each loss, to the next server.
async fn follows(servers: &[&str]) -> Result<()> {
    let urls: Vec<String> = servers.iter().map(|server| format!("{server}/events")).collect();
    let mut stream = EventStream::open(&urls[0], "").await?;
    let publishing = tokio::spawn(publish(urls.clone()));
    let mut seen = Vec::new();
    let mut disconnects = 0;
    while seen.len() < EVENTS {
        let event = timeout(LIMIT, stream.next()).await.context("an event is missing")??;
        seen.push(event.data);
        // At other places each time, and often before what has come is read.
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

/// One after the other, to the servers in turn.
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

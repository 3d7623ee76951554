//! Event streams through the gateway.

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::timeout;

use super::{
    client::{Connection, LIMIT, curl},
    policy::PolicyFile,
    upstream::Upstream,
};

// R27: openai reads the events of a POST with `fetch`. The end of the stream looked like the end of the response.
#[tokio::test]
async fn maximum_age_ends_only_streams_of_event_sources() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]\nmax_age = 1\njitter_percent = 0")?;
    for options in [&[][..], &["--upstream-http2"]] {
        let gateway = file.gateway(upstream.address(), options).await?;
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let mut connection = Connection::open(gateway.address(), version).await?;
            let post = Request::post("/echo").header("content-type", "text/event-stream");
            let post = post.header("accept", "text/event-stream").body(())?;
            let (mut frames, response) = connection.begin(post).await?;
            frames.send_data("data: 0\n\n".into()).await?;
            let mut posted = response.await?.into_body();
            assert_eq!(data(&mut posted).await?, "data: 0\n\n", "{options:?}, {version:?}");
            let mut other = Connection::open(gateway.address(), version).await?;
            let get = Request::get("/events").header("accept", "*/*").body(())?;
            let mut read_by_fetch = other.send(get).await?.into_body();
            assert_eq!(data(&mut read_by_fetch).await?, "data: 1\n\n", "{options:?}, {version:?}");

            // This stream begins later, so the other two are older at its end.
            let mut source = Connection::open(gateway.address(), version).await?;
            let get = Request::get("/events").header("accept", "text/event-stream").body(())?;
            let events = source.send(get).await?.into_body().collect();
            let events = timeout(LIMIT, events).await.context("the stream did not end")??;
            assert_eq!(events.to_bytes(), "data: 1\n\n", "{options:?}, {version:?}");

            assert!(read_by_fetch.frame().now_or_never().is_none(), "{options:?}, {version:?}");
            for number in 1..8 {
                let event = format!("data: {number}\n\n");
                frames.send_data(event.clone().into()).await?;
                assert_eq!(data(&mut posted).await?, event, "{options:?}, {version:?}");
            }
            drop(frames);
            let rest = timeout(LIMIT, posted.collect()).await.context("no end")??.to_bytes();
            assert!(rest.is_empty(), "{options:?}, {version:?}: {rest:?}");
        }
    }
    Ok(())
}

// R28: event-source-polyfill sends the id in the query. The upstream replayed all events.
#[tokio::test]
async fn last_event_id_parameter_reaches_the_upstream() -> Result<()> {
    let upstream = Upstream::start().await?;
    let with = PolicyFile::new("[sse]\nlast_event_id_parameter = \"lastEventId\"")?;
    let without = PolicyFile::new("[sse]")?;
    for options in [&[][..], &["--upstream-http2"]] {
        for (file, arguments, expected) in [
            (&with, &["/seen?lastEventId=3"][..], Some("last-event-id: 3")),
            (&with, &["/seen?a=b&lastEventId=a%2Fb+c"], Some("last-event-id: a/b c")),
            (&with, &["/seen?lastEventId=3", "-H", "Last-Event-ID: 9"], Some("last-event-id: 9")),
            (&with, &["/seen?lastEventId=3&lastEventId=4"], None),
            (&with, &["/seen?lastEventId=3%0D%0AX-Injected:1"], None),
            (&with, &["/seen"], None),
            (&without, &["/seen?lastEventId=3"], None),
        ] {
            let gateway = file.gateway(upstream.address(), options).await?;
            let seen = curl(gateway.address(), arguments).await?.body;
            let lines: Vec<&str> =
                seen.lines().filter(|line| line.starts_with("last-event-id")).collect();
            assert_eq!(lines, Vec::from_iter(expected), "{options:?}, {arguments:?}");
            assert!(seen.contains(arguments[0]), "the URL is unchanged: {seen}");
        }
    }
    Ok(())
}

// R15: the layers insert no comments into encoded streams.
#[tokio::test]
async fn event_streams_are_requested_without_encoding() -> Result<()> {
    let upstream = Upstream::start().await?;
    let file = PolicyFile::new("[sse]\nkeep_alive = 15")?;
    let gateway = file.gateway(upstream.address(), &[]).await?;
    for (accept, expected) in [
        ("Accept: text/event-stream", "accept-encoding: identity"),
        ("Accept: application/json, text/event-stream", "accept-encoding: identity"),
        ("Accept: application/json", "accept-encoding: gzip, br"),
    ] {
        let arguments = ["/seen", "-H", accept, "-H", "Accept-Encoding: gzip, br"];
        let seen = curl(gateway.address(), &arguments).await?.body;
        assert!(seen.lines().any(|line| line == expected), "{accept}: {seen}");
    }
    Ok(())
}

async fn data(body: &mut Incoming) -> Result<Bytes> {
    let frame = timeout(LIMIT, body.frame()).await.context("no frame arrived in time")?;
    frame.context("the body ended")??.into_data().ok().context("expected data")
}

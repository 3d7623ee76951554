//! Tests of two gateways that share a policy in Debian's Redis.
//!
//! A change reaches both gateways. Both keep the active policy while Redis is down, and follow changes
//! after Redis restarts.

use std::{net::Ipv4Addr, process::Stdio, time::Instant};

use anyhow::{Context, Result, ensure};
use axum::{Router, routing::get};
use browsers::{Daemon, Example, free_ports};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command};

#[tokio::test]
async fn policy_change_reaches_all_gateways_and_survives_redis() -> Result<()> {
    let redis = Daemon::redis().await?;
    let port = redis.port();
    set(port, &policy("https://one.example")).await?;
    let upstream = serve().await?;
    let fleet = [gateway(&upstream, port).await?, gateway(&upstream, port).await?];
    assert_allow(&fleet, "https://one.example").await?;

    let start = Instant::now();
    set(port, &policy("https://two.example")).await?;
    assert_log(&fleet, &["policy: reloaded"]).await?;
    println!("both gateways applied the change after {:?}", start.elapsed());
    assert_allow(&fleet, "https://two.example").await?;

    // The gateways log an invalid policy and keep the active one.
    let key = format!("redis://127.0.0.1:{port}/policies/cors");
    let fault = "- cors.rules[0].origins[0] = ";
    let keeps_policy = "policy: not reloaded; the active policy stays";
    set(port, &policy("https://two.example/")).await?;
    assert_log(&fleet, &[&format!("{key}: 1 fault"), fault, keeps_policy]).await?;
    cli(port, &["DEL", KEY], "").await?;
    assert_log(&fleet, &[&format!("{key}: the key does not exist"), keeps_policy]).await?;
    assert_allow(&fleet, "https://two.example").await?;
    // FLUSHALL removes the key and the server's record of the clients that read it.
    set(port, &policy("https://three.example")).await?;
    assert_log(&fleet, &["policy: reloaded"]).await?;
    cli(port, &["FLUSHALL"], "").await?;
    assert_log(&fleet, &[&format!("{key}: the key does not exist"), keeps_policy]).await?;
    set(port, &policy("https://three.example")).await?;
    assert_log(&fleet, &[&format!("{key}: available again and unchanged")]).await?;

    redis.kill().await?;
    assert_log(&fleet, &[&key, keeps_policy]).await?;
    assert_allow(&fleet, "https://three.example").await?;
    let redis = Daemon::redis_at(port).await?;
    // The new server is empty. The gateways log nothing about this; their next message reports the
    // change.
    let start = Instant::now();
    set(port, &policy("https://four.example")).await?;
    assert_log(&fleet, &["policy: reloaded"]).await?;
    println!("both gateways applied the change after the restart after {:?}", start.elapsed());
    assert_allow(&fleet, "https://four.example").await?;
    // The gateways also follow changes on the new connection.
    set(port, &policy("https://five.example")).await?;
    assert_log(&fleet, &["policy: reloaded"]).await?;
    assert_allow(&fleet, "https://five.example").await?;
    redis.kill().await
}

// A gateway without a policy must not serve requests.
#[tokio::test]
async fn gateway_without_an_initial_policy_exits() -> Result<()> {
    let redis = Daemon::redis().await?;
    let [unused_port] = free_ports().await?;
    set(redis.port(), &policy("https://one.example/")).await?;
    for (port, key, expected) in [
        (unused_port, KEY, "Connection refused"),
        (redis.port(), "other", "the key does not exist"),
        (redis.port(), KEY, "cors.rules[0].origins[0] = \"https://one.example/\""),
    ] {
        let key = format!("redis://127.0.0.1:{port}/{key}");
        let arguments = ["--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1"];
        let arguments = [&arguments[..], &["--policy-from", &key]].concat();
        let output = Example::run("gateway", &arguments).await?;
        let errors = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains(expected), "{errors} does not contain {expected}");
        assert!(output.stdout.is_empty(), "the gateway listens although it has no policy");
    }
    Ok(())
}

async fn gateway(upstream: &str, port: u16) -> Result<Example> {
    let key = format!("redis://127.0.0.1:{port}/{KEY}");
    Example::start("gateway", &["--upstream", upstream, "--policy-from", &key]).await
}

/// Asserts that the next log lines of each gateway begin with these lines.
///
/// Lines about rejections are skipped.
async fn assert_log(fleet: &[Example], lines: &[&str]) -> Result<()> {
    for gateway in fleet {
        for line in lines {
            let mut logged = gateway.error().await?;
            while logged.starts_with("cross-origin request rejected") {
                logged = gateway.error().await?;
            }
            ensure!(logged.starts_with(line), "the log line is {logged:?}, expected {line:?}");
        }
    }
    Ok(())
}

/// Asserts that each gateway allows this origin and rejects other origins.
async fn assert_allow(fleet: &[Example], origin: &str) -> Result<()> {
    for gateway in fleet {
        for (from, expected) in [(origin, origin), ("https://other.example", "")] {
            let output = Command::new("curl")
                .args(["--disable", "--noproxy", "*", "-sS", "-o", "/dev/null", "--max-time", "60"])
                .args(["-w", "%{http_code} %header{access-control-allow-origin}"])
                .args(["-H", &format!("Origin: {from}"), gateway.address()])
                .output()
                .await?;
            assert_eq!(String::from_utf8(output.stdout)?, format!("200 {expected}"), "{from}");
        }
    }
    Ok(())
}

async fn serve() -> Result<String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let application = Router::new().route("/", get("hello"));
    tokio::spawn(async move { axum::serve(listener, application).await });
    Ok(address)
}

fn policy(origin: &str) -> String {
    format!("[[cors.rules]]\norigins = [\"{origin}\"]\n")
}

async fn set(port: u16, policy: &str) -> Result<()> {
    cli(port, &["-x", "SET", KEY], policy).await
}

/// Runs `redis-cli`, which reads its last argument from `input`.
async fn cli(port: u16, arguments: &[&str], input: &str) -> Result<()> {
    let mut process = Command::new("redis-cli")
        .args(["-e", "-p", &port.to_string()])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("redis-cli does not start; install redis-server")?;
    process
        .stdin
        .take()
        .context("redis-cli has no standard input")?
        .write_all(input.as_bytes())
        .await?;
    ensure!(process.wait().await?.success(), "{arguments:?}");
    Ok(())
}

/// A key with a slash, as is usual in Redis.
const KEY: &str = "policies/cors";

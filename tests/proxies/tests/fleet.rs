//! Two gateways that share a policy in Debian's Redis: a change reaches both, both serve on without Redis, and
//! follow it again when it is back.

use std::{net::Ipv4Addr, process::Stdio, time::Instant};

use anyhow::{Context, Result, ensure};
use axum::{Router, routing::get};
use browsers::{Daemon, Example, free_ports};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command};

#[tokio::test]
async fn a_change_reaches_both_and_they_serve_on_without_redis() -> Result<()> {
    let redis = Daemon::redis().await?;
    let port = redis.port();
    set(port, &policy("https://one.example")).await?;
    let upstream = serve().await?;
    let fleet = [gateway(&upstream, port).await?, gateway(&upstream, port).await?];
    assert_allow(&fleet, "https://one.example").await?;

    let begun = Instant::now();
    set(port, &policy("https://two.example")).await?;
    assert_say(&fleet, &["policy: reloaded"]).await?;
    println!("a change has reached both in {:?}", begun.elapsed());
    assert_allow(&fleet, "https://two.example").await?;

    // What cannot be in force is told, and is not.
    let key = format!("redis://127.0.0.1:{port}/policies/cors");
    let fault = "- cors.rules[0].origins[0] = ";
    let stays = "policy: not reloaded; the active policy stays";
    set(port, &policy("https://two.example/")).await?;
    assert_say(&fleet, &[&format!("{key}: a fault"), fault, stays]).await?;
    cli(port, &["DEL", KEY], "").await?;
    assert_say(&fleet, &[&format!("{key}: the key does not exist"), stays]).await?;
    assert_allow(&fleet, "https://two.example").await?;
    // The server forgets who has read what.
    set(port, &policy("https://three.example")).await?;
    assert_say(&fleet, &["policy: reloaded"]).await?;
    cli(port, &["FLUSHALL"], "").await?;
    assert_say(&fleet, &[&format!("{key}: the key does not exist"), stays]).await?;
    set(port, &policy("https://three.example")).await?;
    assert_say(&fleet, &[&format!("{key}: available again and unchanged")]).await?;

    redis.kill().await?;
    assert_say(&fleet, &[&key, stays]).await?;
    assert_allow(&fleet, "https://three.example").await?;
    let redis = Daemon::redis_at(port).await?;
    // It has come back empty, of which nothing new is said: the next line is that of the change.
    let begun = Instant::now();
    set(port, &policy("https://four.example")).await?;
    assert_say(&fleet, &["policy: reloaded"]).await?;
    println!("a change after the server's return has reached both in {:?}", begun.elapsed());
    assert_allow(&fleet, "https://four.example").await?;
    // The connection is a new one, and its changes are followed, too.
    set(port, &policy("https://five.example")).await?;
    assert_say(&fleet, &["policy: reloaded"]).await?;
    assert_allow(&fleet, "https://five.example").await?;
    redis.kill().await
}

/// Where nothing is known of a policy, nothing is served.
#[tokio::test]
async fn a_gateway_without_its_first_policy_ends() -> Result<()> {
    let redis = Daemon::redis().await?;
    let [nobody] = free_ports().await?;
    set(redis.port(), &policy("https://one.example/")).await?;
    for (port, key, says) in [
        (nobody, KEY, "Connection refused"),
        (redis.port(), "other", "the key does not exist"),
        (redis.port(), KEY, "cors.rules[0].origins[0] = \"https://one.example/\""),
    ] {
        let key = format!("redis://127.0.0.1:{port}/{key}");
        let arguments = ["--listen", "127.0.0.1:0", "--upstream", "http://127.0.0.1:1"];
        let arguments = [&arguments[..], &["--policy-from", &key]].concat();
        let output = Example::run("gateway", &arguments).await?;
        let errors = String::from_utf8(output.stderr)?;
        assert_eq!(output.status.code(), Some(1), "{errors}");
        assert!(errors.contains(says), "no {says} in {errors}");
        assert!(output.stdout.is_empty(), "it does not listen");
    }
    Ok(())
}

async fn gateway(upstream: &str, port: u16) -> Result<Example> {
    let key = format!("redis://127.0.0.1:{port}/{KEY}");
    Example::start("gateway", &["--upstream", upstream, "--policy-from", &key]).await
}

/// Each says these lines, or longer ones that begin so, and no others between.
async fn assert_say(fleet: &[Example], lines: &[&str]) -> Result<()> {
    for gateway in fleet {
        for line in lines {
            let said = gateway.error().await?;
            ensure!(said.starts_with(line), "{said:?} is not {line:?}");
        }
    }
    Ok(())
}

/// Each lets this origin read, and no other.
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

/// Redis' own client, with a last argument from its input.
async fn cli(port: u16, arguments: &[&str], input: &str) -> Result<()> {
    let mut process = Command::new("redis-cli")
        .args(["-e", "-p", &port.to_string()])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .context("redis-cli does not start; it comes with redis-server")?;
    process.stdin.take().context("no input")?.write_all(input.as_bytes()).await?;
    ensure!(process.wait().await?.success(), "{arguments:?}");
    Ok(())
}

/// With a slash, as keys have.
const KEY: &str = "policies/cors";

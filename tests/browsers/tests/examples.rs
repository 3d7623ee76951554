//! Runs the examples as the README describes, and sends requests with `curl`.

use std::process::{Output, Stdio};

use anyhow::{Context, Result, ensure};
use browsers::Example;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

#[tokio::test]
async fn axum_example_follows_its_policy() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: etag",
        "vary: origin",
    ];
    let allowed: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT,DELETE",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let failing: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-methods: PUT,DELETE",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    let failing_at_header: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT,DELETE",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    let json = "Content-Type: application/json";
    let item = "/items/1";
    #[rustfmt::skip]
    let cases = [
        case("an allowed page writes", &["-X", "PUT", "-d", "[7]", item, "-H", FROM_APP, "-H", json], 204, shared, ""),
        case("an allowed page reads", &[item, "-H", FROM_APP], 200, shared, "[7]"),
        case("a client without Origin reads", &[item], 200, &["vary: origin"], "[7]"),
        case("an unlisted origin is served without CORS headers", &[item, "-H", FROM_EVIL], 200, &["vary: origin"], "[7]"),
        case("an unlisted origin also writes", &["-X", "PUT", "-d", "[8]", item, "-H", FROM_EVIL, "-H", json], 204, &["vary: origin"], ""),
        case("a malformed origin is not allowed", &[item, "-H", "Origin: https://app.example.com/"], 200, &["vary: origin"], "[8]"),
        case("a preflight is allowed", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", REQUESTS_PUT, "-H", REQUESTS_JSON], 204, allowed, ""),
        case("a safelisted method is allowed", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", REQUESTS_POST], 204, allowed, ""),
        case("a preflight of an unknown path is allowed", &["-X", "OPTIONS", "/nowhere", "-H", FROM_APP, "-H", REQUESTS_PUT], 204, allowed, ""),
        case("a preflight of an unlisted origin is rejected", &["-X", "OPTIONS", item, "-H", FROM_EVIL, "-H", REQUESTS_PUT], 403, &[PREFLIGHT_VARY], ""),
        case("a preflight of an unlisted method names the step", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", REQUESTS_PATCH], 204, failing, ""),
        case("a preflight of an unlisted header names the step", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", REQUESTS_PUT, "-H", REQUESTS_OTHER], 204, failing_at_header, ""),
        case("a plain OPTIONS reaches the application", &["-X", "OPTIONS", item], 204, &["vary: origin"], ""),
        case("a plain OPTIONS of a page reaches the application", &["-X", "OPTIONS", item, "-H", FROM_APP], 204, shared, ""),
        case("the fallback is readable", &["/nowhere", "-H", FROM_APP], 404, shared, "not found\n"),
        case("a failure is readable", &["/broken", "-H", FROM_APP], 500, shared, "the items are unavailable\n"),
        case("an unsupported method is readable", &["-X", "PATCH", item, "-H", FROM_APP], 405, shared, ""),
        case("an allowed page deletes", &["-X", "DELETE", item, "-H", FROM_APP], 204, shared, ""),
        case("a deleted item is readable as an error", &[item, "-H", FROM_APP], 404, shared, r#"{"error":"no such item"}"#),
    ];
    let example = Example::start("axum", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, &cases).await?;
    }
    Ok(())
}

// `prometheus` counts requests by outcome and step, with labels of few values.
#[tokio::test]
async fn prometheus_example_counts_by_outcome_and_step() -> Result<()> {
    let example = Example::start("prometheus", &["--allow-origin", APP]).await?;
    // Leaked, because the arguments of cases are static strings.
    let from_service: &'static str = format!("Origin: {}", example.address()).leak();
    let vary: Headers = &["vary: origin, sec-fetch-site, sec-fetch-mode"];
    let shared: Headers = &[
        "access-control-allow-origin: https://app.example.com",
        "vary: origin, sec-fetch-site, sec-fetch-mode",
    ];
    let failing: Headers = &[
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin, sec-fetch-site, sec-fetch-mode, access-control-request-method, \
         access-control-request-headers",
    ];
    let item = "/items/1";
    let form = "content-type: application/x-www-form-urlencoded";
    #[rustfmt::skip]
    let cases = [
        case("an allowed page writes", &["-X", "PUT", item, "-H", FROM_APP], 200, shared, "saved"),
        case("an unlisted page is rejected", &["-X", "PUT", item, "-H", FROM_EVIL], 403, vary, ""),
        // Without a body: curl 7.88 may fail on HTTP/2 if the response arrives before the body is sent (curl#22984).
        case("a form of an unlisted page is rejected", &["-X", "POST", item, "-H", FROM_EVIL, "-H", form], 403, vary, ""),
        case("a same-origin page writes", &["-X", "PUT", item, "-H", from_service], 200, vary, "saved"),
        case("a client without Origin writes", &["-X", "PUT", item], 200, vary, "saved"),
        case("a preflight of an unlisted method names the step", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", REQUESTS_PATCH], 204, failing, ""),
    ];
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, &cases).await?;
    }
    let url = format!("{}/metrics", example.address());
    let output = Command::new("curl").args(["-s", &url]).output().await?;
    let text = String::from_utf8(output.stdout)?;
    let mut lines: Vec<&str> = text.lines().filter(|line| line.starts_with("cors_")).collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            r#"cors_requests_total{outcome="allowed",step="none"} 2"#,
            r#"cors_requests_total{outcome="forbidden",step="origin"} 4"#,
            r#"cors_requests_total{outcome="plain",step="none"} 2"#,
            r#"cors_requests_total{outcome="preflight-rejected",step="method"} 2"#,
            r#"cors_requests_total{outcome="same-origin",step="none"} 2"#,
        ]
    );
    Ok(())
}

// `jsonp` wraps public data for all sites, and personal data only for its own site.
#[tokio::test]
async fn jsonp_example_behaves_as_documented() -> Result<()> {
    let (plain, wrapped): (Headers, Headers) = (
        &["vary: origin"],
        &["vary: sec-fetch-dest, sec-fetch-site, service-worker, cookie, origin"],
    );
    let (alice, cross, same) =
        ("Cookie: user=alice", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin");
    let json = r#"{"sky":"blue","user":null}"#;
    let script = r#"/**/ typeof app.show === 'function' && app.show({"sky":"blue","user":null});"#;
    let alice_json = r#"{"sky":"blue","user":"alice"}"#;
    let alice_script =
        r#"/**/ typeof app.show === 'function' && app.show({"sky":"blue","user":"alice"});"#;
    let problem = r#"/**/ typeof app.show === 'function' && app.show({"status":404,"title":"the sky is unavailable"});"#;
    let invalid = "400 Bad Request: the callback is not the name of a function; other characters could inject code into the response; use ASCII identifiers with numeric indexes, joined by dots, such as app.show[0]\n";
    let unlisted = "400 Bad Request: the callback is not allowed; a URL must not choose among all functions of a page; use one identifier, or list the name in the settings: callbacks = { one_of = [\"app.show\"] }\n";
    let stream = "/**/ typeof app.show === 'function' && app.show([1,2,3,4,5]);";
    #[rustfmt::skip]
    let cases = [
        case("no callback", &["/data"], 200, plain, json),
        case("a callback", &["/data?callback=app.show"], 200, wrapped, script),
        case("an invalid callback", &["/data?callback=alert(1)"], 400, plain, invalid),
        case("an unlisted callback", &["/data?callback=opener.location.reload"], 400, plain, unlisted),
        case("personal data on another site", &["/data?callback=app.show", "-H", alice, "-H", cross], 200, wrapped, alice_json),
        case("personal data on the same site", &["/data?callback=app.show", "-H", alice, "-H", same], 200, wrapped, alice_script),
        case("a service worker", &["/data?callback=app.show", "-H", "Service-Worker: script"], 200, wrapped, json),
        case("an error", &["/error?callback=app.show"], 200, wrapped, problem),
        case("a slow array", &["/stream?callback=app.show"], 200, wrapped, stream),
        case("text", &["/text?callback=app.show"], 200, plain, "the sky is blue\n"),
    ];
    let example = Example::start("jsonp", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, &cases).await?;
    }
    Ok(())
}

// `beacon` counts the pings of allowed origins, and responds equally to all pings.
#[tokio::test]
async fn beacon_example_counts_pings_by_origin() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ];
    let allowed: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let (text, json) = ("Content-Type: text/plain;charset=UTF-8", "Content-Type: application/json");
    let (requests_post, too_long) =
        ("Access-Control-Request-Method: POST", "Content-Length: 65537");
    let referer = "Referer: https://app.example.com/page";
    #[rustfmt::skip]
    let cases = [
        case("an image", &["/ping", "-H", referer], 204, &["vary: origin"], ""),
        case("an image of another page", &["/ping", "-H", "Referer: https://evil.example/"], 204, &["vary: origin"], ""),
        case("a preflight for JSON is allowed", &["-X", "OPTIONS", "/ping", "-H", FROM_APP, "-H", requests_post, "-H", REQUESTS_JSON], 204, allowed, ""),
        case("a preflight of an unlisted origin is rejected", &["-X", "OPTIONS", "/ping", "-H", FROM_EVIL, "-H", requests_post, "-H", REQUESTS_JSON], 403, &[PREFLIGHT_VARY], ""),
        case("another method", &["-X", "PUT", "/ping", "-H", FROM_APP], 405, shared, ""),
    ];
    // Only over HTTP/1.1, because the response arrives before curl has sent the body: curl#22984.
    #[rustfmt::skip]
    let with_bodies = [
        case("text of a closing page", &["/ping", "-d", "left", "-H", FROM_APP, "-H", text], 204, shared, ""),
        case("text of an unlisted origin", &["/ping", "-d", "left", "-H", FROM_EVIL, "-H", text], 204, &["vary: origin"], ""),
        case("JSON", &["/ping", "-d", "{}", "-H", FROM_APP, "-H", json], 204, shared, ""),
        case("a body over the limit", &["/ping", "-X", "POST", "-H", too_long, "-H", FROM_APP], 413, shared, ""),
    ];
    let example = Example::start("beacon", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, &cases).await?;
    }
    run_cases(&example, HTTP_1, &with_bodies).await?;
    let url = format!("{}/counts", example.address());
    // The counting task may lag behind, so the request is repeated.
    let expected = "https://app.example.com: 4 pings, 6 bytes\ndropped: 0\n";
    for _ in 0..1_000 {
        let output = Command::new("curl").args(["-s", &url]).output().await?;
        if output.stdout == expected.as_bytes() {
            return Ok(());
        }
    }
    anyhow::bail!("the counts never became {expected}")
}

// `sse` resumes after the last event of a client, and its streams end cleanly with the server.
#[tokio::test]
async fn sse_example_resumes_and_ends_with_the_server() -> Result<()> {
    let example = Example::start("sse", &["--allow-origin", APP]).await?;
    let mut counts = Vec::new();
    for protocol in [HTTP_1, HTTP_2] {
        let mut count = Command::new("curl")
            .args(["--disable", "--noproxy", "*", "-sSN", "--max-time", "60", "-D", "-", protocol])
            .args(["-H", FROM_APP, "-H", "Last-Event-ID: 41"])
            .args(["-H", "Accept: text/event-stream"])
            .arg(format!("{}/ticks", example.address()))
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = count.stdout.take().context("curl has no standard output")?;
        let mut lines = BufReader::new(stdout).lines();
        let mut head = Vec::new();
        while let Some(line) = lines.next_line().await?.filter(|line| !line.is_empty()) {
            head.push(line);
        }
        assert!(head.remove(0).contains(" 200"), "{protocol}");
        head.retain(|line| !line.starts_with("date:"));
        head.sort();
        let mut expected = vec![
            "access-control-allow-origin: https://app.example.com",
            "cache-control: no-cache, no-transform",
            "content-type: text/event-stream",
            "vary: origin",
            "x-accel-buffering: no",
        ];
        if protocol == HTTP_1 {
            expected.insert(3, "transfer-encoding: chunked");
        }
        assert_eq!(head, expected, "{protocol}");
        for expected in ["retry: 2000", "id: 42", "data: 42", "", "id: 43", "data: 43", ""] {
            assert_eq!(lines.next_line().await?.as_deref(), Some(expected), "{protocol}");
        }
        counts.push((count, lines));
    }
    assert!(example.interrupt().await?.success());
    for (mut count, mut lines) in counts {
        while lines.next_line().await?.is_some() {}
        // curl reports an error if a stream is cut off.
        assert!(count.wait().await?.success());
    }
    Ok(())
}

// Only programs, local pages and allowed pages can use `local_server`.
#[tokio::test]
async fn local_server_example_rejects_other_pages() -> Result<()> {
    let example = Example::start("local_server", &["--allow-origin", APP]).await?;
    let session = begin_session(&example).await?;
    let shared: Headers = &[
        "access-control-allow-origin: http://localhost:6274",
        "access-control-expose-headers: mcp-session-id,www-authenticate",
        "vary: origin",
    ];
    let shared_with_app: Headers = &[
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: mcp-session-id,www-authenticate",
        "vary: origin",
    ];
    let allowed: Headers = &[
        "access-control-allow-headers: *,authorization",
        "access-control-allow-methods: *",
        "access-control-allow-origin: http://localhost:6274",
        "access-control-max-age: 0",
        PREFLIGHT_VARY,
    ];
    let from_local = "Origin: http://localhost:6274";
    let json = "Content-Type: application/json";
    let text = "Content-Type: text/plain";
    let events = "Accept: application/json, text/event-stream";
    let cross_site = "Sec-Fetch-Site: cross-site";
    let same_origin = "Sec-Fetch-Site: same-origin";
    // The specification 2026-07-28 has no sessions.
    let version = "MCP-Protocol-Version: 2026-07-28";
    let call = "Mcp-Method: tools/call";
    let meta = r#""io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}"#;
    let message = |params: &str| -> &'static str {
        let message = format!(
            r#"{{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {{{params}}}}}"#
        );
        message.leak()
    };
    let notes = message(&format!(r#""name": "notes", "_meta": {{{meta}}}"#));
    let search = message(&format!(
        r#""name": "search", "arguments": {{"text": "Ana"}}, "_meta": {{{meta}, "progressToken": 7}}"#
    ));
    let old_notes = message(r#""name": "notes""#);
    let result = |kind: &str, text: &str| {
        format!(
            r#"data: {{"jsonrpc":"2.0","id":2,"result":{{{kind}"content":[{{"type":"text","text":"{text}"}}],"isError":false}}}}"#
        )
    };
    let complete = r#""resultType":"complete","#;
    let text_of_all = r"milk, bread, and a cake for Ana\nthe door opens with 4711\ncall Ana";
    let all: &'static str = format!("{}\n\n", result(complete, text_of_all)).leak();
    let progress = |number| {
        format!(
            r#"data: {{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progress":{number}.0,"progressToken":7,"total":3.0}}}}"#
        )
    };
    let found = result(complete, r"milk, bread, and a cake for Ana\ncall Ana");
    let stream = [progress(1), progress(2), progress(3), found, String::new()];
    let stream: &'static str = stream.join("\n\n").leak();
    // The MCP specifications permit a JSON-RPC error without an `id`.
    let error = |message: &str| -> &'static str {
        format!(r#"{{"error":{{"code":-32600,"message":"{message}"}},"jsonrpc":"2.0"}}"#).leak()
    };
    let other_page = error("a page of an origin that may not use this server sent the request");
    let embedded = error("a page of another site tried to load or embed a response of this server");
    let other_host = error("the host of the request is not one of this service's names");
    #[rustfmt::skip]
    let cases = [
        case("a program reads", &["/mcp", "-H", version, "-H", call, "-H", "Mcp-Name: notes", "-H", events, "-H", json, "-d", notes], 200, &["vary: origin"], all),
        case("a local page reads", &["/mcp", "-H", version, "-H", call, "-H", "Mcp-Name: notes", "-H", events, "-H", from_local, "-H", json, "-d", notes], 200, shared, all),
        case("an allowed page reads", &["/mcp", "-H", version, "-H", call, "-H", "Mcp-Name: notes", "-H", events, "-H", FROM_APP, "-H", cross_site, "-H", json, "-d", notes], 200, shared_with_app, all),
        case("a long call reports its progress", &["/mcp", "-H", version, "-H", call, "-H", "Mcp-Name: search", "-H", events, "-H", json, "-d", search], 200, &["vary: origin"], stream),
        case("a preflight of a local page is allowed", &["-X", "OPTIONS", "/mcp", "-H", from_local, "-H", REQUESTS_POST, "-H", REQUESTS_JSON], 204, allowed, ""),
        case("a preflight of a hostile page is rejected", &["-X", "OPTIONS", "/mcp", "-H", FROM_EVIL, "-H", REQUESTS_POST, "-H", REQUESTS_JSON], 403, &[], other_page),
        // Without a body, as in the test of `prometheus`.
        case("a simple request of a hostile page is rejected", &["-X", "POST", "/mcp", "-H", session, "-H", FROM_EVIL, "-H", cross_site, "-H", text], 403, &[], other_page),
        case("a simple request of a hostile page in an old browser is rejected", &["-X", "POST", "/mcp", "-H", session, "-H", FROM_EVIL, "-H", text], 403, &[], other_page),
        case("an event stream of a hostile page is rejected", &["/mcp", "-H", session, "-H", FROM_EVIL, "-H", "Accept: text/event-stream"], 403, &[READ_VARY], other_page),
        case("a script of a hostile page is rejected", &["/mcp", "-H", session, "-H", cross_site, "-H", "Sec-Fetch-Mode: no-cors", "-H", "Sec-Fetch-Dest: script"], 403, &[READ_VARY], embedded),
        case("a write after DNS rebinding is rejected", &["-X", "POST", "/mcp", "-H", session, "-H", "Host: evil.example", "-H", "Origin: http://evil.example", "-H", same_origin, "-H", json], 403, &[], other_host),
        case("a read after DNS rebinding is rejected", &["/mcp", "-H", session, "-H", "Host: evil.example"], 403, &[READ_VARY], other_host),
    ];
    for (stream, protocol) in [HTTP_1, HTTP_2].into_iter().enumerate() {
        run_cases(&example, protocol, &cases).await?;
        // The response begins with an event that a client needs to reconnect.
        let arguments = ["/mcp", "-H", session, "-H", events, "-H", json, "-d", old_notes];
        let response = curl(example.address(), protocol, &arguments).await?;
        let first = format!("data: \nid: 0/{stream}\nretry: 3000\n\n");
        let all = format!("{first}{}\nid: 1/{stream}\n\n", result("", text_of_all));
        assert_eq!(response.body, all, "an older program reads in its session, {protocol}");
    }
    // The server ends open streams when it ends.
    let mut notifications =
        open(&example, &["/mcp", "-H", session, "-H", "Accept: text/event-stream"]).await?;
    assert_eq!(notifications.status, "200");
    assert!(example.interrupt().await?.success());
    while notifications.lines.next_line().await?.is_some() {}
    // curl reports an error if a stream is cut off.
    assert!(notifications.curl.wait().await?.success());
    assert_ends(
        &Example::run("local_server", &["--guards", "other"]).await?,
        1,
        r#"use "on" or "off""#,
    );
    Ok(())
}

/// Begins a session of the MCP specification 2025-11-25, and returns its header.
async fn begin_session(example: &Example) -> Result<&'static str> {
    let begin = r#"{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}"#;
    let accept = "Accept: application/json, text/event-stream";
    let arguments = ["/mcp", "-H", "Content-Type: application/json", "-H", accept, "-d", begin];
    let output = curl_command(example.address(), HTTP_1, &arguments).output().await?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find(|line| line.starts_with("mcp-session-id: "));
    // Leaked, because the arguments of cases are static strings.
    Ok(line.with_context(|| text.clone())?.to_owned().leak())
}

// `websocket` opens WebSockets for allowed origins, both on axum and on hyper.
#[tokio::test]
async fn websocket_example_follows_its_guard() -> Result<()> {
    for server in ["axum", "hyper"] {
        let arguments = ["--allow-origin", APP, "--server", server];
        let example = Example::start("websocket", &arguments).await?;
        let from_service = format!("Origin: {}", example.address());
        for (rule, header, status) in [
            ("a same-origin page", &*from_service, "101"),
            ("an allowed page", FROM_APP, "101"),
            // curl omits a header without a value.
            ("a client without Origin", "Origin:", "101"),
            ("an unlisted page", FROM_EVIL, "403"),
            ("a sandboxed frame", "Origin: null", "403"),
        ] {
            let arguments = [
                &["/chat", "-H", header, "-H", "Connection: Upgrade", "-H", "Upgrade: websocket"][..],
                // The key is the one of RFC 6455, section 1.3.
                &["-H", "Sec-WebSocket-Version: 13"],
                &["-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
            ];
            let opened = open(&example, &arguments.concat()).await?;
            assert_eq!(opened.status, status, "{rule}, {server}");
        }
    }
    assert_ends(
        &Example::run("websocket", &["--server", "other"]).await?,
        1,
        r#"use "axum" or "hyper""#,
    );
    Ok(())
}

#[tokio::test]
async fn hyper_example_follows_its_policy() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ];
    let allowed: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let failing: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    let failing_at_header: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    #[rustfmt::skip]
    let cases = [
        case("an allowed page reads", &["/", "-H", FROM_APP], 200, shared, "hello\n"),
        case("an allowed page writes", &["-X", "PUT", "/", "-H", FROM_APP], 200, shared, "saved\n"),
        case("a client without Origin reads", &["/"], 200, &["vary: origin"], "hello\n"),
        case("an unlisted origin is served without CORS headers", &["/", "-H", FROM_EVIL], 200, &["vary: origin"], "hello\n"),
        case("a preflight is allowed", &["-X", "OPTIONS", "/", "-H", FROM_APP, "-H", REQUESTS_PUT, "-H", REQUESTS_JSON], 204, allowed, ""),
        case("a preflight of an unlisted origin is rejected", &["-X", "OPTIONS", "/", "-H", FROM_EVIL, "-H", REQUESTS_PUT], 403, &[PREFLIGHT_VARY], ""),
        case("a preflight of an unlisted method names the step", &["-X", "OPTIONS", "/", "-H", FROM_APP, "-H", REQUESTS_PATCH], 204, failing, ""),
        case("a preflight of an unlisted header names the step", &["-X", "OPTIONS", "/", "-H", FROM_APP, "-H", REQUESTS_PUT, "-H", REQUESTS_OTHER], 204, failing_at_header, ""),
        case("a plain OPTIONS reaches the application", &["-X", "OPTIONS", "/"], 204, &["vary: origin"], ""),
        case("an error is readable", &["/nowhere", "-H", FROM_APP], 404, shared, "not found\n"),
    ];
    let example = Example::start("hyper", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, &cases).await?;
    }
    Ok(())
}

#[tokio::test]
async fn grpc_example_follows_its_policy() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: x-tenant,grpc-status,grpc-message,grpc-status-details-bin",
        "vary: origin",
    ];
    let allowed: Headers = &[
        "access-control-allow-headers: x-tenant,content-type,x-grpc-web,x-user-agent,grpc-timeout,\
         connect-protocol-version,connect-timeout-ms",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let failing: Headers = &[
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: GET",
        "access-control-allow-origin: https://app.example.com",
        PREFLIGHT_VARY,
    ];
    let grpc_web_headers = "Access-Control-Request-Headers: content-type,grpc-timeout,x-grpc-web,x-tenant,x-user-agent";
    let connect_headers =
        "Access-Control-Request-Headers: connect-protocol-version,connect-timeout-ms,content-type";
    let text = "Content-Type: application/grpc-web-text";
    let as_text = "Accept: application/grpc-web-text";
    let path = "/echo.v1.Echo/Say";
    #[rustfmt::skip]
    let cases = [
        case("a preflight of gRPC-Web is allowed", &["-X", "OPTIONS", path, "-H", FROM_APP, "-H", REQUESTS_POST, "-H", grpc_web_headers], 204, allowed, ""),
        case("a preflight of Connect is allowed", &["-X", "OPTIONS", path, "-H", FROM_APP, "-H", REQUESTS_POST, "-H", connect_headers], 204, allowed, ""),
        case("a preflight of an unlisted origin is rejected", &["-X", "OPTIONS", path, "-H", FROM_EVIL, "-H", REQUESTS_POST, "-H", grpc_web_headers], 403, &[PREFLIGHT_VARY], ""),
        case("a preflight of unlisted metadata names the step", &["-X", "OPTIONS", path, "-H", FROM_APP, "-H", REQUESTS_POST, "-H", REQUESTS_OTHER], 204, failing, ""),
        case("a call is answered", &[path, "-H", FROM_APP, "-H", text, "-H", as_text, "-d", "AAAAAAQKAmhp"], 200, shared, "AAAAAAQKAmhpgAAAAA9ncnBjLXN0YXR1czowDQo="),
        case("a failed call is readable", &[path, "-H", FROM_APP, "-H", text, "-H", as_text, "-d", "AAAAAAYKBGZhaWw="], 200, shared, ""),
    ];
    let example = Example::start("grpc", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, &cases).await?;
    }
    Ok(())
}

#[tokio::test]
async fn all_origin_arguments_are_allowed() -> Result<()> {
    let arguments = ["--allow-origin", APP, "--allow-origin", "http://localhost:3000"];
    let example = Example::start("hyper", &arguments).await?;
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: http://localhost:3000",
        "vary: origin",
    ];
    let origin = "Origin: http://localhost:3000";
    let cases = [case("the second origin", &["/", "-H", origin], 200, shared, "hello\n")];
    run_cases(&example, HTTP_1, &cases).await
}

#[tokio::test]
async fn million_example_adds_and_removes_a_tenant() -> Result<()> {
    let example = Example::start("million", &["--origins", "20000"]).await?;
    let shared: Headers = &["access-control-allow-origin: https://new.example", "vary: origin"];
    let from_new = "Origin: https://new.example";
    let is_allowed = case("a tenant", &["/", "-H", from_new], 200, shared, "hello\n");
    let is_unknown =
        case("an unknown tenant", &["/", "-H", from_new], 200, &["vary: origin"], "hello\n");
    let tenant = "/tenants/https://new.example";
    for protocol in [HTTP_1, HTTP_2] {
        run_cases(&example, protocol, std::slice::from_ref(&is_unknown)).await?;
        for (method, then) in [("PUT", &is_allowed), ("DELETE", &is_unknown)] {
            let changed = curl(example.address(), protocol, &["-X", method, tenant]).await?;
            assert_eq!(changed.status, 200, "{method}");
            assert!(changed.body.starts_with("changed in "), "{}", changed.body);
            run_cases(&example, protocol, std::slice::from_ref(then)).await?;
        }
    }
    let invalid =
        curl(example.address(), HTTP_1, &["-X", "PUT", "/tenants/https://New.example"]).await?;
    assert_eq!(invalid.status, 400);
    assert!(invalid.body.ends_with("write \"https://new.example\"\n"), "{}", invalid.body);
    Ok(())
}

#[tokio::test]
async fn invalid_argument_ends_an_example_with_code_2() -> Result<()> {
    for example in ["axum", "hyper", "grpc"] {
        for (arguments, message) in [
            (&["--lisen", "127.0.0.1:0"][..], "invalid option '--lisen'"),
            (&["--listen", "localhost"], r#"--listen "localhost""#),
            (&["--listen"], "missing argument for option '--listen'"),
            (&["--allow-origin"], "missing argument for option '--allow-origin'"),
        ] {
            assert_ends(&Example::run(example, arguments).await?, 2, message);
        }
    }
    assert_ends(&Example::run("million", &["--origins", "many"]).await?, 2, r#""many""#);
    Ok(())
}

#[tokio::test]
async fn invalid_policy_ends_an_example_with_code_1() -> Result<()> {
    let arguments =
        ["--listen", "127.0.0.1:0", "--allow-origin", "https://a.example/", "--allow-origin", "b"];
    for example in ["axum", "hyper", "grpc"] {
        let output = Example::run(example, &arguments).await?;
        assert_ends(&output, 1, r#"rules[0].origins[0] = "https://a.example/""#);
        assert_ends(&output, 1, r#"rules[0].origins[1] = "b""#);
    }
    Ok(())
}

/// The arguments of `curl`, and the expected response.
struct Case {
    rule: &'static str,
    arguments: Vec<&'static str>,
    status: u16,
    headers: Headers,
    body: &'static str,
}

/// The sorted field lines of `Vary` and of all `Access-Control-*` headers.
type Headers = &'static [&'static str];

fn case(
    rule: &'static str,
    arguments: &[&'static str],
    status: u16,
    headers: Headers,
    body: &'static str,
) -> Case {
    Case { rule, arguments: arguments.to_vec(), status, headers, body }
}

async fn run_cases(example: &Example, protocol: &'static str, cases: &[Case]) -> Result<()> {
    for case in cases {
        let response = curl(example.address(), protocol, &case.arguments).await?;
        assert_response(case, protocol, &response);
    }
    Ok(())
}

#[track_caller]
fn assert_response(case: &Case, protocol: &str, response: &CurlResponse) {
    let Case { rule, status, headers, body, .. } = case;
    assert_eq!(response.status, *status, "{rule}, {protocol}");
    assert_eq!(response.headers, *headers, "{rule}, {protocol}");
    assert_eq!(response.body, *body, "{rule}, {protocol}");
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, message: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(errors.contains(message), "{message} is missing in {errors}");
    assert!(output.stdout.is_empty(), "errors must be written to standard error");
}

struct CurlResponse {
    status: u16,
    headers: Vec<String>,
    body: String,
}

async fn curl(server: &str, protocol: &str, arguments: &[&str]) -> Result<CurlResponse> {
    let mut command = curl_command(server, protocol, arguments);
    let output = command.output().await.context("could not start curl")?;
    ensure!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
    parse_response(&String::from_utf8(output.stdout)?)
}

/// A streaming response whose head has been read. Dropping this value ends the stream.
struct StreamingResponse {
    status: String,
    lines: Lines<BufReader<ChildStdout>>,
    curl: Child,
}

async fn open(example: &Example, arguments: &[&str]) -> Result<StreamingResponse> {
    let mut command = curl_command(example.address(), HTTP_1, arguments);
    let mut curl = command.stdout(Stdio::piped()).spawn().context("could not start curl")?;
    let stdout = curl.stdout.take().context("curl has no standard output")?;
    let mut lines = BufReader::new(stdout).lines();
    let first = lines.next_line().await?.context("curl received no response")?;
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let status = first.split(' ').nth(1).context("the response has no status")?.to_owned();
    Ok(StreamingResponse { status, lines, curl })
}

/// Returns a `curl` command. Arguments that are paths are converted to URLs of `server`.
fn curl_command(server: &str, protocol: &str, arguments: &[&str]) -> Command {
    let arguments = arguments.iter().map(|argument| match argument.strip_prefix('/') {
        Some(path) => format!("{server}/{path}"),
        None => (*argument).to_owned(),
    });
    let mut command = Command::new("curl");
    command
        // The user's configuration is ignored.
        .args(["--disable", "--noproxy", "*", "--silent", "--show-error", "--no-buffer"])
        .args(["--dump-header", "-", "--max-time", "30", protocol])
        .args(arguments)
        .kill_on_drop(true);
    command
}

fn parse_response(text: &str) -> Result<CurlResponse> {
    let (head, body) =
        text.split_once("\r\n\r\n").context("the head of the response has no end")?;
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("the response has no status")?;
    let is_cors_header =
        |line: &&str| line.starts_with("access-control-") || line.starts_with("vary:");
    let mut headers: Vec<String> = lines.filter(is_cors_header).map(str::to_owned).collect();
    headers.sort();
    Ok(CurlResponse { status: status.parse()?, headers, body: body.to_owned() })
}

const HTTP_1: &str = "--http1.1";
const HTTP_2: &str = "--http2-prior-knowledge";

const APP: &str = "https://app.example.com";
const FROM_APP: &str = "Origin: https://app.example.com";
const FROM_EVIL: &str = "Origin: https://evil.example";
const REQUESTS_POST: &str = "Access-Control-Request-Method: POST";
const REQUESTS_PUT: &str = "Access-Control-Request-Method: PUT";
const REQUESTS_PATCH: &str = "Access-Control-Request-Method: PATCH";
const REQUESTS_JSON: &str = "Access-Control-Request-Headers: content-type";
const REQUESTS_OTHER: &str = "Access-Control-Request-Headers: content-type,x-other";
const READ_VARY: &str = "vary: origin, sec-fetch-dest, sec-fetch-mode, sec-fetch-site";
const PREFLIGHT_VARY: &str =
    "vary: origin, access-control-request-method, access-control-request-headers";

//! The examples, run as the README says, and asked by `curl`.

use std::process::{Output, Stdio};

use anyhow::{Context, Result, ensure};
use browsers::Example;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

#[tokio::test]
async fn axum_answers_as_its_policy_says() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: etag",
        "vary: origin",
    ];
    let granted: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT,DELETE",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let json = "Content-Type: application/json";
    let item = "/items/1";
    #[rustfmt::skip]
    let cases = [
        case("an allowed page writes", &["-X", "PUT", "-d", "[7]", item, "-H", FROM_APP, "-H", json], 204, shared, ""),
        case("an allowed page reads", &[item, "-H", FROM_APP], 200, shared, "[7]"),
        case("who is no page reads", &[item], 200, &["vary: origin"], "[7]"),
        case("a refused origin is served", &[item, "-H", FROM_ELSEWHERE], 200, &["vary: origin"], "[7]"),
        case("a refused origin writes, too", &["-X", "PUT", "-d", "[8]", item, "-H", FROM_ELSEWHERE, "-H", json], 204, &["vary: origin"], ""),
        case("a malformed origin is refused", &[item, "-H", "Origin: https://app.example.com/"], 200, &["vary: origin"], "[8]"),
        case("a preflight is granted", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", ASKS_PUT, "-H", ASKS_JSON], 204, granted, ""),
        case("a safelisted method is granted", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", ASKS_POST], 204, granted, ""),
        case("a preflight of a path that is not there is granted", &["-X", "OPTIONS", "/nowhere", "-H", FROM_APP, "-H", ASKS_PUT], 204, granted, ""),
        case("another origin's preflight is refused", &["-X", "OPTIONS", item, "-H", FROM_ELSEWHERE, "-H", ASKS_PUT], 403, &[PREFLIGHT_VARY], ""),
        case("another method's preflight is refused", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", ASKS_PATCH], 403, &[PREFLIGHT_VARY], ""),
        case("another header's preflight is refused", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", ASKS_PUT, "-H", ASKS_OTHER], 403, &[PREFLIGHT_VARY], ""),
        case("a plain OPTIONS reaches the application", &["-X", "OPTIONS", item], 204, &["vary: origin"], ""),
        case("a page's plain OPTIONS, too", &["-X", "OPTIONS", item, "-H", FROM_APP], 204, shared, ""),
        case("a fallback can be read", &["/nowhere", "-H", FROM_APP], 404, shared, "not found\n"),
        case("a failure can be read", &["/broken", "-H", FROM_APP], 500, shared, "the items are unavailable\n"),
        case("a method that is not there can be read", &["-X", "PATCH", item, "-H", FROM_APP], 405, shared, ""),
        case("an allowed page removes", &["-X", "DELETE", item, "-H", FROM_APP], 204, shared, ""),
        case("an item that is gone can be read", &[item, "-H", FROM_APP], 404, shared, r#"{"error":"no such item"}"#),
    ];
    let example = Example::start("axum", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
    }
    Ok(())
}

/// `prometheus` counts what became of requests, by labels of few values.
#[tokio::test]
async fn metrics_are_counted_by_outcome_and_step() -> Result<()> {
    let example = Example::start("prometheus", &["--allow-origin", APP]).await?;
    // Written once for the whole test, as the other lines are.
    let own: &'static str = format!("Origin: {}", example.address()).leak();
    let vary: Headers = &["vary: origin, sec-fetch-site, sec-fetch-mode"];
    let shared: Headers = &[
        "access-control-allow-origin: https://app.example.com",
        "vary: origin, sec-fetch-site, sec-fetch-mode",
    ];
    let preflight: Headers =
        &["vary: origin, sec-fetch-site, sec-fetch-mode, access-control-request-method, \
         access-control-request-headers"];
    let item = "/items/1";
    let form = "content-type: application/x-www-form-urlencoded";
    #[rustfmt::skip]
    let cases = [
        case("an allowed page writes", &["-X", "PUT", item, "-H", FROM_APP], 200, shared, "saved"),
        case("another page does not get as far", &["-X", "PUT", item, "-H", FROM_ELSEWHERE], 403, vary, ""),
        // Empty: where a body is answered before curl has sent it, curl 7.88 may fail on HTTP/2 (curl#22984).
        case("a form of another page neither", &["-X", "POST", item, "-H", FROM_ELSEWHERE, "-H", form], 403, vary, ""),
        case("the service's own page does", &["-X", "PUT", item, "-H", own], 200, vary, "saved"),
        case("who is no page does", &["-X", "PUT", item], 200, vary, "saved"),
        case("a method that no rule allows is refused", &["-X", "OPTIONS", item, "-H", FROM_APP, "-H", ASKS_PATCH], 403, preflight, ""),
    ];
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
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

/// `jsonp` wraps for everyone what is nobody's, and for nobody what is a user's.
#[tokio::test]
async fn jsonp_answers_as_its_documentation_says() -> Result<()> {
    let (plain, wrapped): (Headers, Headers) = (
        &["vary: origin"],
        &["vary: sec-fetch-dest, sec-fetch-site, service-worker, cookie, origin"],
    );
    let (alice, cross, same) =
        ("Cookie: user=alice", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin");
    let json = r#"{"sky":"blue","user":null}"#;
    let script = r#"/**/ typeof app.show === 'function' && app.show({"sky":"blue","user":null});"#;
    let own = r#"{"sky":"blue","user":"alice"}"#;
    let own_script =
        r#"/**/ typeof app.show === 'function' && app.show({"sky":"blue","user":"alice"});"#;
    let problem = r#"/**/ typeof app.show === 'function' && app.show({"status":404,"title":"the sky is unavailable"});"#;
    let refused = "400 Bad Request: a callback is an identifier of ASCII, or a path of them with numbers in brackets, such as app.show[0]\n";
    let dangerous = "400 Bad Request: a callback is a function of the page's own, and leads through nothing that has power over the page\n";
    let stream = "/**/ typeof app.show === 'function' && app.show([1,2,3,4,5]);";
    #[rustfmt::skip]
    let cases = [
        case("who names no callback", &["/data"], 200, plain, json),
        case("a callback", &["/data?callback=app.show"], 200, wrapped, script),
        case("what is no callback", &["/data?callback=alert(1)"], 400, plain, refused),
        case("what has power over a page", &["/data?callback=opener.location.reload"], 400, plain, dangerous),
        case("a user, to another site", &["/data?callback=app.show", "-H", alice, "-H", cross], 200, wrapped, own),
        case("a user, to this one", &["/data?callback=app.show", "-H", alice, "-H", same], 200, wrapped, own_script),
        case("a service worker", &["/data?callback=app.show", "-H", "Service-Worker: script"], 200, wrapped, json),
        case("an error", &["/error?callback=app.show"], 200, wrapped, problem),
        case("an array that comes slowly", &["/stream?callback=app.show"], 200, wrapped, stream),
        case("text", &["/text?callback=app.show"], 200, plain, "the sky is blue\n"),
    ];
    let example = Example::start("jsonp", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
    }
    Ok(())
}

/// `beacon` takes the pings of its origins, and answers all alike.
#[tokio::test]
async fn beacons_are_answered_alike_and_counted_by_origin() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ];
    let granted: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let (text, json) = ("Content-Type: text/plain;charset=UTF-8", "Content-Type: application/json");
    let (asks_post, too_long) = ("Access-Control-Request-Method: POST", "Content-Length: 65537");
    let referer = "Referer: https://app.example.com/page";
    #[rustfmt::skip]
    let cases = [
        case("an image", &["/ping", "-H", referer], 204, &["vary: origin"], ""),
        case("an image of another page", &["/ping", "-H", "Referer: https://evil.example/"], 204, &["vary: origin"], ""),
        case("JSON is asked for", &["-X", "OPTIONS", "/ping", "-H", FROM_APP, "-H", asks_post, "-H", ASKS_JSON], 204, granted, ""),
        case("another origin may not even ask", &["-X", "OPTIONS", "/ping", "-H", FROM_ELSEWHERE, "-H", asks_post, "-H", ASKS_JSON], 403, &[PREFLIGHT_VARY], ""),
        case("another method", &["-X", "PUT", "/ping", "-H", FROM_APP], 405, shared, ""),
    ];
    // By HTTP/1.1 alone, since they are answered before curl has sent them: curl#22984.
    #[rustfmt::skip]
    let with_bodies = [
        case("text of a page that is leaving", &["/ping", "-d", "left", "-H", FROM_APP, "-H", text], 204, shared, ""),
        case("of another origin", &["/ping", "-d", "left", "-H", FROM_ELSEWHERE, "-H", text], 204, &["vary: origin"], ""),
        case("JSON", &["/ping", "-d", "{}", "-H", FROM_APP, "-H", json], 204, shared, ""),
        case("more than a page may say", &["/ping", "-X", "POST", "-H", too_long, "-H", FROM_APP], 413, shared, ""),
    ];
    let example = Example::start("beacon", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
    }
    ask(&example, HTTP_1, &with_bodies).await?;
    let url = format!("{}/counts", example.address());
    // The task that counts may be behind by a moment: it is asked again.
    let expected = "https://app.example.com: 4 pings, 6 bytes\ndropped: 0\n";
    for _ in 0..1_000 {
        let output = Command::new("curl").args(["-s", &url]).output().await?;
        if output.stdout == expected.as_bytes() {
            return Ok(());
        }
    }
    anyhow::bail!("not counted: {expected}")
}

/// `sse` counts on from where a client was, and its streams end as streams do when the server ends.
#[tokio::test]
async fn sse_goes_on_where_the_client_was_and_ends_with_the_server() -> Result<()> {
    let example = Example::start("sse", &["--allow-origin", APP]).await?;
    let mut counts = Vec::new();
    for protocol in [HTTP_1, HTTP_2] {
        let mut count = Command::new("curl")
            .args(["--disable", "--noproxy", "*", "-sSN", "--max-time", "60", "-D", "-", protocol])
            .args(["-H", FROM_APP, "-H", "Last-Event-ID: 41"])
            .arg(format!("{}/ticks", example.address()))
            .stdout(Stdio::piped())
            .spawn()?;
        let mut lines = BufReader::new(count.stdout.take().context("no output")?).lines();
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
        // Of a stream that was cut, curl says so.
        assert!(count.wait().await?.success());
    }
    Ok(())
}

/// `local_server` is reached by programs, pages of this machine and pages that are named, and by no other.
#[tokio::test]
async fn local_server_is_reached_by_none_but_those_who_may() -> Result<()> {
    let example = Example::start("local_server", &["--allow-origin", APP]).await?;
    let session = begin_session(&example).await?;
    let shared: Headers = &[
        "access-control-allow-origin: http://localhost:6274",
        "access-control-expose-headers: mcp-session-id",
        "vary: origin",
    ];
    let shared_with_app: Headers = &[
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: mcp-session-id",
        "vary: origin",
    ];
    let granted: Headers = &[
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
    let notes =
        r#"{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {"name": "notes"}}"#;
    let search = r#"{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "search", "arguments": {"text": "Ana"}, "_meta": {"progressToken": 7}}}"#;
    let all = r#"{"id":2,"jsonrpc":"2.0","result":{"content":[{"text":"milk, bread, and a cake for Ana\nthe door opens with 4711\ncall Ana","type":"text"}]}}"#;
    let found = r#"{"id":3,"jsonrpc":"2.0","result":{"content":[{"text":"milk, bread, and a cake for Ana\ncall Ana","type":"text"}]}}"#;
    let progress = |number| {
        format!(
            r#"data: {{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progress":{number},"progressToken":7,"total":3}}}}"#
        )
    };
    let stream = [progress(1), progress(2), progress(3), format!("data: {found}"), String::new()];
    let stream: &'static str = stream.join("\n\n").leak();
    #[rustfmt::skip]
    let cases = [
        case("a program reads", &["/mcp", "-H", session, "-H", json, "-d", notes], 200, &["vary: origin"], all),
        case("a local page reads", &["/mcp", "-H", session, "-H", from_local, "-H", json, "-d", notes], 200, shared, all),
        case("a named page reads", &["/mcp", "-H", session, "-H", FROM_APP, "-H", cross_site, "-H", json, "-d", notes], 200, shared_with_app, all),
        case("a long call says how far it is", &["/mcp", "-H", session, "-H", json, "-H", events, "-d", search], 200, &["vary: origin"], stream),
        case("or not, where that is not taken", &["/mcp", "-H", session, "-H", json, "-d", search], 200, &["vary: origin"], found),
        case("who has begun no session", &["/mcp", "-H", json, "-d", notes], 400, &["vary: origin"], ""),
        case("or another one", &["/mcp", "-H", "Mcp-Session-Id: 1", "-H", json, "-d", notes], 404, &["vary: origin"], ""),
        case("a local page asks", &["-X", "OPTIONS", "/mcp", "-H", from_local, "-H", ASKS_POST, "-H", ASKS_JSON], 204, granted, ""),
        case("a hostile page asks", &["-X", "OPTIONS", "/mcp", "-H", FROM_ELSEWHERE, "-H", ASKS_POST, "-H", ASKS_JSON], 403, &[PREFLIGHT_VARY], ""),
        // Empty, as in the test of `prometheus`.
        case("a hostile page does not ask", &["-X", "POST", "/mcp", "-H", session, "-H", FROM_ELSEWHERE, "-H", cross_site, "-H", text], 403, &["vary: origin"], ""),
        case("nor its older browser", &["-X", "POST", "/mcp", "-H", session, "-H", FROM_ELSEWHERE, "-H", text], 403, &["vary: origin"], ""),
        case("a page whose name leads here", &["-X", "POST", "/mcp", "-H", session, "-H", "Host: evil.example", "-H", "Origin: http://evil.example", "-H", same_origin, "-H", json], 403, &[], ""),
        case("also where it only reads", &["/mcp", "-H", session, "-H", "Host: evil.example"], 403, &[], ""),
    ];
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
    }
    // What the server says by itself ends with the session.
    let mut said = open(&example, &["/mcp", "-H", session]).await?;
    assert_eq!(said.status, "200");
    let add = r#"{"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {"name": "add_note", "arguments": {"text": "one more"}}}"#;
    let added = r#"{"id":4,"jsonrpc":"2.0","result":{"content":[{"text":"added","type":"text"}]}}"#;
    let cases = [
        case(
            "adds",
            &["/mcp", "-H", session, "-H", json, "-d", add],
            200,
            &["vary: origin"],
            added,
        ),
        case("ends", &["-X", "DELETE", "/mcp", "-H", session], 204, &["vary: origin"], ""),
        case("ended", &["-X", "DELETE", "/mcp", "-H", session], 404, &["vary: origin"], ""),
    ];
    ask(&example, HTTP_1, &cases).await?;
    let told = r#"data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"a note was added","level":"info"}}"#;
    for expected in [Some(told), Some(""), None] {
        assert_eq!(said.lines.next_line().await?.as_deref(), expected);
    }
    // Of a stream that was cut, curl says so.
    assert!(said.curl.wait().await?.success());
    Ok(())
}

/// The header that names a session which has begun.
async fn begin_session(example: &Example) -> Result<&'static str> {
    let begin = r#"{"jsonrpc": "2.0", "id": 1, "method": "initialize"}"#;
    let arguments = ["/mcp", "-H", "Content-Type: application/json", "-d", begin];
    let output = curl_command(example.address(), HTTP_1, &arguments).output().await?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find(|line| line.starts_with("mcp-session-id: "));
    // Written once for the whole test, as the other lines are.
    Ok(line.with_context(|| text.clone())?.to_owned().leak())
}

/// `websocket` opens them for those who may, on axum and on hyper alike.
#[tokio::test]
async fn websocket_lets_in_whom_its_guard_does() -> Result<()> {
    for server in ["axum", "hyper"] {
        let arguments = ["--allow-origin", APP, "--server", server];
        let example = Example::start("websocket", &arguments).await?;
        let own = format!("Origin: {}", example.address());
        for (rule, header, status) in [
            ("a page of the server's own", &*own, "101"),
            ("a named page", FROM_APP, "101"),
            // Without a value, curl leaves the header out.
            ("who is no page", "Origin:", "101"),
            ("another page", FROM_ELSEWHERE, "403"),
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
        r#"write "axum" or "hyper""#,
    );
    Ok(())
}

#[tokio::test]
async fn hyper_answers_as_its_policy_says() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://app.example.com",
        "vary: origin",
    ];
    let granted: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-headers: content-type",
        "access-control-allow-methods: PUT",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    #[rustfmt::skip]
    let cases = [
        case("an allowed page reads", &["/", "-H", FROM_APP], 200, shared, "hello\n"),
        case("an allowed page writes", &["-X", "PUT", "/", "-H", FROM_APP], 200, shared, "saved\n"),
        case("who is no page reads", &["/"], 200, &["vary: origin"], "hello\n"),
        case("a refused origin is served", &["/", "-H", FROM_ELSEWHERE], 200, &["vary: origin"], "hello\n"),
        case("a preflight is granted", &["-X", "OPTIONS", "/", "-H", FROM_APP, "-H", ASKS_PUT, "-H", ASKS_JSON], 204, granted, ""),
        case("another origin's preflight is refused", &["-X", "OPTIONS", "/", "-H", FROM_ELSEWHERE, "-H", ASKS_PUT], 403, &[PREFLIGHT_VARY], ""),
        case("another method's preflight is refused", &["-X", "OPTIONS", "/", "-H", FROM_APP, "-H", ASKS_PATCH], 403, &[PREFLIGHT_VARY], ""),
        case("another header's preflight is refused", &["-X", "OPTIONS", "/", "-H", FROM_APP, "-H", ASKS_PUT, "-H", ASKS_OTHER], 403, &[PREFLIGHT_VARY], ""),
        case("a plain OPTIONS reaches the application", &["-X", "OPTIONS", "/"], 204, &["vary: origin"], ""),
        case("an error can be read", &["/nowhere", "-H", FROM_APP], 404, shared, "not found\n"),
    ];
    let example = Example::start("hyper", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
    }
    Ok(())
}

#[tokio::test]
async fn tonic_answers_as_its_policy_says() -> Result<()> {
    let shared: Headers = &[
        "access-control-allow-origin: https://app.example.com",
        "access-control-expose-headers: grpc-status,grpc-message,grpc-status-details-bin,x-tenant",
        "vary: origin",
    ];
    let granted: Headers = &[
        "access-control-allow-headers: content-type,x-grpc-web,x-user-agent,grpc-timeout,\
         connect-protocol-version,connect-timeout-ms,x-tenant",
        "access-control-allow-origin: https://app.example.com",
        "access-control-max-age: 600",
        PREFLIGHT_VARY,
    ];
    let asks_call = "Access-Control-Request-Headers: content-type,grpc-timeout,x-grpc-web,x-tenant,x-user-agent";
    let asks_connect =
        "Access-Control-Request-Headers: connect-protocol-version,connect-timeout-ms,content-type";
    let text = "Content-Type: application/grpc-web-text";
    let as_text = "Accept: application/grpc-web-text";
    let path = "/echo.v1.Echo/Say";
    #[rustfmt::skip]
    let cases = [
        case("the preflight of gRPC-Web is granted", &["-X", "OPTIONS", path, "-H", FROM_APP, "-H", ASKS_POST, "-H", asks_call], 204, granted, ""),
        case("the preflight of Connect is granted", &["-X", "OPTIONS", path, "-H", FROM_APP, "-H", ASKS_POST, "-H", asks_connect], 204, granted, ""),
        case("another origin's preflight is refused", &["-X", "OPTIONS", path, "-H", FROM_ELSEWHERE, "-H", ASKS_POST, "-H", asks_call], 403, &[PREFLIGHT_VARY], ""),
        case("other metadata's preflight is refused", &["-X", "OPTIONS", path, "-H", FROM_APP, "-H", ASKS_POST, "-H", ASKS_OTHER], 403, &[PREFLIGHT_VARY], ""),
        case("a call is answered", &[path, "-H", FROM_APP, "-H", text, "-H", as_text, "-d", "AAAAAAQKAmhp"], 200, shared, "AAAAAAQKAmhpgAAAAA9ncnBjLXN0YXR1czowDQo="),
        case("a failing call can be read", &[path, "-H", FROM_APP, "-H", text, "-H", as_text, "-d", "AAAAAAYKBGZhaWw="], 200, shared, ""),
    ];
    let example = Example::start("grpc", &["--allow-origin", APP]).await?;
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, &cases).await?;
    }
    Ok(())
}

#[tokio::test]
async fn every_origin_that_is_named_is_allowed() -> Result<()> {
    let arguments = ["--allow-origin", APP, "--allow-origin", "http://localhost:3000"];
    let example = Example::start("hyper", &arguments).await?;
    let shared: Headers = &[
        "access-control-allow-credentials: true",
        "access-control-allow-origin: http://localhost:3000",
        "vary: origin",
    ];
    let origin = "Origin: http://localhost:3000";
    let cases = [case("the second origin", &["/", "-H", origin], 200, shared, "hello\n")];
    ask(&example, HTTP_1, &cases).await
}

#[tokio::test]
async fn a_tenant_comes_and_goes_while_million_serves() -> Result<()> {
    let example = Example::start("million", &["--origins", "20000"]).await?;
    let shared: Headers = &["access-control-allow-origin: https://new.example", "vary: origin"];
    let from_new = "Origin: https://new.example";
    let is_allowed = case("a tenant", &["/", "-H", from_new], 200, shared, "hello\n");
    let is_unknown = case("no tenant", &["/", "-H", from_new], 200, &["vary: origin"], "hello\n");
    let tenant = "/tenants/https://new.example";
    for protocol in [HTTP_1, HTTP_2] {
        ask(&example, protocol, std::slice::from_ref(&is_unknown)).await?;
        for (method, then) in [("PUT", &is_allowed), ("DELETE", &is_unknown)] {
            let changed = curl(example.address(), protocol, &["-X", method, tenant]).await?;
            assert_eq!(changed.status, 200, "{method}");
            assert!(changed.body.starts_with("done: "), "{}", changed.body);
            ask(&example, protocol, std::slice::from_ref(then)).await?;
        }
    }
    let wrong =
        curl(example.address(), HTTP_1, &["-X", "PUT", "/tenants/https://New.example"]).await?;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.ends_with("write \"https://new.example\"\n"), "{}", wrong.body);
    Ok(())
}

#[tokio::test]
async fn an_argument_that_is_not_understood_ends_an_example_with_code_2() -> Result<()> {
    for example in ["axum", "hyper", "grpc"] {
        for (arguments, says) in [
            (&["--lisen", "127.0.0.1:0"][..], "invalid option '--lisen'"),
            (&["--listen", "localhost"], r#"--listen "localhost""#),
            (&["--listen"], "missing argument for option '--listen'"),
            (&["--allow-origin"], "missing argument for option '--allow-origin'"),
        ] {
            assert_ends(&Example::run(example, arguments).await?, 2, says);
        }
    }
    assert_ends(&Example::run("million", &["--origins", "many"]).await?, 2, r#""many""#);
    Ok(())
}

#[tokio::test]
async fn every_fault_of_a_policy_ends_an_example_with_code_1() -> Result<()> {
    let arguments =
        ["--listen", "127.0.0.1:0", "--allow-origin", "https://a.example/", "--allow-origin", "b"];
    for example in ["axum", "hyper", "grpc"] {
        let output = Example::run(example, &arguments).await?;
        assert_ends(&output, 1, r#"rules[0].origins[0] = "https://a.example/""#);
        assert_ends(&output, 1, r#"rules[0].origins[1] = "b""#);
    }
    Ok(())
}

/// What `curl` is told, and what of the answer concerns CORS.
struct Case {
    rule: &'static str,
    arguments: Vec<&'static str>,
    status: u16,
    headers: Headers,
    body: &'static str,
}

/// `Vary` and every `Access-Control-*` header, in the alphabet's order.
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

async fn ask(example: &Example, protocol: &'static str, cases: &[Case]) -> Result<()> {
    for case in cases {
        let answer = curl(example.address(), protocol, &case.arguments).await?;
        assert_answers(case, protocol, &answer);
    }
    Ok(())
}

#[track_caller]
fn assert_answers(case: &Case, protocol: &str, answer: &Answer) {
    let Case { rule, status, headers, body, .. } = case;
    assert_eq!(answer.status, *status, "{rule}, {protocol}");
    assert_eq!(answer.headers, *headers, "{rule}, {protocol}");
    assert_eq!(answer.body, *body, "{rule}, {protocol}");
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, says: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{errors}");
    assert!(errors.contains(says), "no {says} in {errors}");
    assert!(output.stdout.is_empty(), "errors are for the other stream");
}

struct Answer {
    status: u16,
    headers: Vec<String>,
    body: String,
}

async fn curl(server: &str, protocol: &str, arguments: &[&str]) -> Result<Answer> {
    let mut command = curl_command(server, protocol, arguments);
    let output = command.output().await.context("curl does not start")?;
    ensure!(output.status.success(), "curl: {}", String::from_utf8_lossy(&output.stderr));
    answer(&String::from_utf8(output.stdout)?)
}

/// An answer that goes on, whose head has been read. It ends with this value.
struct Open {
    status: String,
    lines: Lines<BufReader<ChildStdout>>,
    curl: Child,
}

async fn open(example: &Example, arguments: &[&str]) -> Result<Open> {
    let mut command = curl_command(example.address(), HTTP_1, arguments);
    let mut curl = command.stdout(Stdio::piped()).spawn().context("curl does not start")?;
    let mut lines = BufReader::new(curl.stdout.take().context("no output")?).lines();
    let first = lines.next_line().await?.context("no answer")?;
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let status = first.split(' ').nth(1).context("no status")?.to_owned();
    Ok(Open { status, lines, curl })
}

/// Paths among the arguments become addresses at `server`.
fn curl_command(server: &str, protocol: &str, arguments: &[&str]) -> Command {
    let arguments = arguments.iter().map(|argument| match argument.strip_prefix('/') {
        Some(path) => format!("{server}/{path}"),
        None => (*argument).to_owned(),
    });
    let mut command = Command::new("curl");
    command
        // Nothing of the user's own configuration.
        .args(["--disable", "--noproxy", "*", "--silent", "--show-error", "--no-buffer"])
        .args(["--dump-header", "-", "--max-time", "30", protocol])
        .args(arguments)
        .kill_on_drop(true);
    command
}

fn answer(text: &str) -> Result<Answer> {
    let (head, body) =
        text.split_once("\r\n\r\n").context("an answer without an end of its head")?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status")?;
    let concerns_cors =
        |line: &&str| line.starts_with("access-control-") || line.starts_with("vary:");
    let mut headers: Vec<String> = lines.filter(concerns_cors).map(str::to_owned).collect();
    headers.sort();
    Ok(Answer { status: status.parse()?, headers, body: body.to_owned() })
}

const HTTP_1: &str = "--http1.1";
const HTTP_2: &str = "--http2-prior-knowledge";

const APP: &str = "https://app.example.com";
const FROM_APP: &str = "Origin: https://app.example.com";
const FROM_ELSEWHERE: &str = "Origin: https://evil.example";
const ASKS_POST: &str = "Access-Control-Request-Method: POST";
const ASKS_PUT: &str = "Access-Control-Request-Method: PUT";
const ASKS_PATCH: &str = "Access-Control-Request-Method: PATCH";
const ASKS_JSON: &str = "Access-Control-Request-Headers: content-type";
const ASKS_OTHER: &str = "Access-Control-Request-Headers: content-type,x-other";
const PREFLIGHT_VARY: &str =
    "vary: origin, access-control-request-method, access-control-request-headers";

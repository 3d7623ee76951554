use std::path::Path;

use anstream::adapter::strip_str;
use lexopt::Parser;

use crate::{
    Failure, exit_code, run,
    settings::{Format, Loaded, Scope},
};

/// Returns the exit status and the lines. Names of samples become paths.
fn policy(arguments: &[&str]) -> (u8, Vec<String>) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let is_file = |argument: &str| {
        let extension = Path::new(argument).extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("toml" | "json" | "yaml" | "md"))
            && !argument.contains(['/', '\n'])
    };
    let arguments = arguments.iter().map(|argument| {
        if is_file(argument) { samples.join(argument).into_os_string() } else { argument.into() }
    });
    let outcome = run(Parser::from_args(arguments));
    let text = match &outcome {
        Ok(report) | Err(Failure::Report(report)) => &report.text,
        Err(Failure::Arguments(error)) => error,
    };
    let text = strip_str(text).to_string();
    (exit_code(&outcome), text.lines().map(str::trim_end).map(str::to_owned).collect())
}

/// Asserts the titles and summaries of the requests. `..` matches the reason, which is a text of the crate.
#[track_caller]
fn assert_explained(arguments: &[&str], code: u8, expected: &[&str]) -> Vec<String> {
    let (actual, lines) = policy(&[&["explain"], arguments].concat());
    let summaries = lines.iter().filter(|line| !line.is_empty() && !line.starts_with(' '));
    let summaries: Vec<&str> = summaries.map(String::as_str).collect();
    let matches = |(line, expected): (&&str, &&str)| match expected.split_once("..") {
        Some((start, end)) => line.starts_with(start) && line.ends_with(end),
        None => line == expected,
    };
    let is_expected =
        summaries.len() == expected.len() && summaries.iter().zip(expected).all(matches);
    assert!(is_expected, "{arguments:?}\nexpected {expected:#?}\n{lines:#?}");
    assert_eq!(actual, code, "{arguments:?}\n{lines:#?}");
    lines
}

#[track_caller]
fn assert_contains(lines: &[String], expected: &str) {
    assert!(lines.iter().any(|line| line.contains(expected)), "{expected}\n{lines:#?}");
}

#[test]
fn call_is_explained_with_its_preflight() {
    assert_explained(
        &["cors.toml", "https://app.example.com", "put", "content-type: application/json"],
        0,
        &[
            "preflight OPTIONS https://api.example.com/: preflight allowed by cors.rules[0]",
            "request PUT https://api.example.com/: forwarded, and the page can read the response: allowed by \
             cors.rules[0]",
        ],
    );
}

#[test]
fn request_after_rejected_preflight_is_not_explained() {
    let lines = assert_explained(
        &["cors.toml", "https://app.example.com", "PATCH"],
        1,
        &[
            "preflight OPTIONS https://api.example.com/: rejected by cors (cors.rules[0].allow_methods): rejected \
             at the method: cors.rules[0] does not allow PATCH",
        ],
    );
    assert_contains(&lines, "  > fix                  cors.rules[0].allow_methods: add \"PATCH\"");
}

#[test]
fn file_with_keys_of_cors_is_explained_by_its_keys() {
    let lines = assert_explained(
        &["next.yaml", "https://app.example.com", "PATCH"],
        0,
        &[
            "preflight OPTIONS https://service.example/: allowed by rules[0]",
            "request PATCH https://service.example/: allowed by rules[0]",
        ],
    );
    assert_contains(
        &lines,
        "  + origin               https://app.example.com is listed in rules[0]",
    );
    assert_explained(
        &["next.yaml", "https://evil.example"],
        1,
        &[
            "request GET https://service.example/: rejected at the origin: no rule allows https://evil.example",
        ],
    );
}

#[test]
fn option_changes_the_explained_request() {
    let whole = "https://api.example.com/: ";
    let intranet = "https://intranet.example.com/: ";
    let readable = "forwarded, and the page can read the response: allowed by cors.rules[1]";
    let forwarded = "forwarded to the service";
    let blocked = "forwarded, but the browser blocks the response";
    let csrf = "rejected by guard.csrf (guard.csrf.trust_origins): ..: cross-site";
    let old_csrf = "rejected by guard.csrf (guard.csrf.trust_origins): ..: https://evil.example";
    let web_socket =
        "rejected by guard.web_socket (guard.web_socket.trust_origins): ..: https://evil.example";
    let metadata = |setting: &str, values: &str| {
        let section = "guard.fetch_metadata";
        format!("rejected by {section} ({section}.{setting}): ..: cross-site, {values}")
    };
    let cors = metadata("allow_cors", "cors, empty");
    let script = metadata("allow_destinations", "no-cors, script");
    let frame = metadata("deny_frames", "navigate, iframe");
    let socket = metadata("allow_web_sockets", "websocket, empty");
    let host = "rejected by guard.host (guard.host.names): ..: rebind.example:8443";
    let partner = "https://partner.example";
    let evil = "https://evil.example";
    for (file, call, code, title, summary) in [
        ("whole.toml", &[partner][..], 0, whole, readable),
        ("whole.toml", &[partner, "--credentials", "omit"], 0, whole, readable),
        ("whole.toml", &[partner, "--credentials", "same-origin"], 0, whole, readable),
        ("whole.toml", &[partner, "--credentials", "include"], 1, whole, blocked),
        ("whole.toml", &[evil, "POST", "--mode", "no-cors"], 1, whole, csrf),
        ("whole.toml", &[evil, "POST", "--mode", "navigate"], 1, whole, csrf),
        (
            "whole.toml",
            &[evil, "POST", "--mode", "navigate", "--no-fetch-metadata"],
            1,
            whole,
            old_csrf,
        ),
        ("whole.toml", &["https://api.example.com", "POST"], 0, whole, forwarded),
        ("whole.toml", &[evil, "--mode", "navigate"], 0, whole, forwarded),
        ("whole.toml", &[evil, "--mode", "websocket"], 1, whole, web_socket),
        ("whole.toml", &["https://app.example.com", "--mode", "websocket"], 0, whole, forwarded),
        ("whole.toml", &["chrome-extension://abc", "POST"], 1, whole, csrf),
        ("whole.toml", &["null", "POST", "--mode", "navigate"], 1, whole, csrf),
        ("guards.toml", &[evil], 1, intranet, &cors),
        ("guards.toml", &[evil, "--no-fetch-metadata"], 1, intranet, blocked),
        ("guards.toml", &[evil, "--destination", "image"], 0, intranet, forwarded),
        ("guards.toml", &[evil, "--destination", "script"], 1, intranet, &script),
        ("guards.toml", &[evil, "--destination", "iframe"], 1, intranet, &frame),
        ("guards.toml", &[evil, "--destination", "document"], 0, intranet, forwarded),
        ("guards.toml", &[evil, "--mode", "websocket"], 1, intranet, &socket),
        (
            "guards.toml",
            &["https://app.example.com", "--destination", "script"],
            0,
            intranet,
            forwarded,
        ),
        ("guards.toml", &["https://intranet.example.com"], 0, intranet, forwarded),
        (
            "guards.toml",
            &["https://rebind.example", "--url", "https://rebind.example:8443/a?b"],
            1,
            "https://rebind.example:8443/a?b: ",
            host,
        ),
    ] {
        let method = if call.contains(&"POST") { "POST" } else { "GET" };
        let expected = format!("request {method} {title}{summary}");
        assert_explained(&[&[file], call].concat(), code, &[&expected]);
    }
}

#[test]
fn jsonp_request_is_explained_by_its_path_and_its_cookies() {
    let feed = "https://api.example.com/feed?callback=app.show";
    let url = ["--destination", "script", "--url", feed];
    for (call, code, expected) in [
        (&["https://api.example.com"][..], 0, "JSON becomes a script that calls app.show"),
        (
            &["https://partner.example"],
            1,
            "JSON stays JSON: the request has credentials of the user",
        ),
        (
            &["https://partner.example", "--credentials", "omit"],
            0,
            "JSON becomes a script that calls app.show",
        ),
    ] {
        let (actual, lines) = policy(&[&["explain", "whole.toml"], call, &url].concat());
        assert_contains(&lines, expected);
        assert_eq!(actual, code, "{call:?}\n{lines:#?}");
    }
}

#[test]
fn request_copied_from_chromium_is_explained() {
    let chromium = include_str!("../samples/chromium.txt");
    let url = "https://api.example.com/items/7?draft=1";
    let preflight = format!("preflight OPTIONS {url}: preflight allowed by cors.rules[0]");
    let request = format!(
        "request PUT {url}: forwarded, and the page can read the response: allowed by cors.rules[0]"
    );
    assert_explained(&["cors.toml", "--curl", chromium], 0, &[&preflight, &request]);
    let rejected = format!(
        "preflight OPTIONS {url}: rejected by cors (cors.rules[0].allow_headers): rejected at the request \
         headers: cors.rules[0] does not allow content-type"
    );
    assert_explained(&["whole.toml", "--curl", chromium], 1, &[&rejected]);
    // The rule for all origins allows no credentials, and the request has cookies.
    let get = "curl 'https://api.example.com/' -H 'origin: https://other.example' -b 'session=1'";
    let blocked =
        "request GET https://api.example.com/: forwarded, but the browser blocks the response";
    assert_explained(&["cors.toml", "--curl", get], 1, &[blocked]);
}

#[test]
fn request_copied_from_firefox_is_explained() {
    let firefox = include_str!("../samples/firefox.txt");
    let rejected = "request POST https://api.example.com/transfer: rejected by guard.csrf \
                    (guard.csrf.trust_origins): ..: cross-site";
    let lines = assert_explained(&["whole.toml", "--curl", firefox], 1, &[rejected]);
    assert_contains(&lines, "cors                 does not apply to the mode navigate");
    // `enforce` rejects forms, too, but the second rule allows all origins.
    let forwarded = "request POST https://api.example.com/transfer: forwarded to the service";
    assert_explained(&["cors.toml", "--curl", firefox], 0, &[forwarded]);
}

#[test]
fn valid_file_is_linted() {
    let (code, lines) = policy(&["lint", "cors.toml"]);
    let [_, lint] = &*lines else { panic!("{lines:#?}") };
    assert!(lint.starts_with("  ? server: ignored"), "{lint}");
    assert_eq!(code, 0);
}

// In the file of an application, a misspelled section would silently have no effect.
#[test]
fn misspelled_section_of_an_application_is_linted() {
    let file = "[guards.csrf]\n[embeddings]\n[database]\n[[cors.rules]]\norigins = [\"https://a.example\"]\n";
    let loaded = Loaded::parse(file, Format::Toml, Scope::Application).unwrap();
    assert_contains(&loaded.lints, "guards: ignored; the key is similar to \"guard\"");
    assert_contains(&loaded.lints, "embeddings: ignored; the key is similar to \"embedding\"");
    assert_contains(&loaded.lints, "database: ignored; an error if");
    let error = Loaded::parse(file, Format::Toml, Scope::PolicyOnly).unwrap_err().to_string();
    assert!(error.contains("write \"guard\""), "{error}");
}

#[test]
fn file_for_all_layers_reports_lints_of_all_sections() {
    let (code, lints) = policy(&["lint", "whole.toml"]);
    assert!(lints[0].starts_with("no faults, but lints"), "{lints:#?}");
    let keys: Vec<&str> =
        lints[1..].iter().map(|line| line.split(['=', ':']).next().unwrap().trim()).collect();
    assert_eq!(
        keys,
        [
            "? embedding.timing_allow_origin",
            "? guard.web_socket.trust_origins",
            "? jsonp.strip_credentials"
        ]
    );
    assert_eq!(code, 0);
}

#[test]
fn every_fault_is_reported_with_its_key() {
    for command in [&["lint", "broken.json"][..], &["explain", "broken.json", "https://a.example"]]
    {
        let (code, lines) = policy(command);
        assert_eq!(code, 1, "{command:?}");
        assert!(lines[0].starts_with("6 faults in "), "{lines:#?}");
        let keys: Vec<&str> =
            lines[1..].iter().map(|line| line.split(['=', ':']).next().unwrap().trim()).collect();
        assert_eq!(
            keys,
            [
                "x cors.rules[0].origins[0]",
                "x cors.rules[0].origins[1]",
                "x cors.rules[0].origins[2]",
                "x cors.rules[0].allow_methods[0]",
                "x cors.rules[0].expose_headers[0]",
                "x cors.preflight_status",
            ]
        );
    }
}

#[test]
fn difference_lists_gained_credentials_first() {
    let (code, lines) = policy(&["diff", "cors.toml", "next.yaml"]);
    assert!(lines[0].starts_with("  ! "), "{lines:#?}");
    assert_eq!(code, 1);
    assert_eq!(policy(&["diff", "cors.toml", "cors.toml"]).0, 0);
}

#[test]
fn difference_covers_all_sections() {
    let (code, lines) = policy(&["diff", "whole.toml", "guards.toml"]);
    assert_eq!(code, 1);
    for expected in [
        "guard.host.names gained: ",
        "guard.fetch_metadata",
        "embedding changed: ",
        "cors changed: ",
    ] {
        assert!(lines.iter().any(|line| line.contains(expected)), "{expected}: {lines:#?}");
    }
    assert_eq!(policy(&["diff", "whole.toml", "whole.toml"]).0, 0);
}

#[test]
fn invalid_arguments_are_reported_with_a_fix() {
    let app = "https://app.example.com";
    let call = |arguments: &[&'static str]| [&["explain", "cors.toml", app], arguments].concat();
    for (arguments, expected) in [
        (vec!["lint"], "lint needs one FILE"),
        (
            vec!["lint", "cors.toml", "--mode", "cors"],
            "lint has no options; write them after explain",
        ),
        (vec!["explain"], "explain needs a FILE, and an ORIGIN or --curl"),
        (vec!["explain", "cors.toml"], "the ORIGIN of the page is missing; write it after FILE"),
        (vec!["explain", "cors.toml", "app.example.com"], "write it with a scheme"),
        (vec!["explain", "cors.toml", "localhost:3000"], "write it with a scheme"),
        (
            vec!["explain", "cors.toml", "https://App.example.com:443/a"],
            "is not an origin; browsers send https://app.example.com, so write this",
        ),
        (
            vec!["explain", "cors.toml", "chrome-extension://abc/popup.html"],
            "browsers send chrome-extension://abc, so write this",
        ),
        (call(&["PUT", "x-a"]), "\"x-a\" is not a header; write it as 'x-demo: 1'"),
        (call(&["cookie: a=1"]), "pages cannot set cookie; the browser controls this header"),
        (call(&["CONNECT"]), "\"CONNECT\" is a forbidden method"),
        (call(&["--mode", "corz"]), "\"corz\" is not a value of --mode; write cors, no-cors"),
        (call(&["--credentials", "yes"]), "write omit, same-origin or include"),
        (call(&["--destination", "img"]), "write a value of Sec-Fetch-Dest, such as empty"),
        (call(&["--url", "/items"]), "write it with its scheme"),
        (call(&["--url", "ftp://a.example"]), "write it with its scheme"),
        (call(&["--mode", "no-cors", "x-a: 1"]), "remove the header, or write --mode cors"),
        (call(&["PUT", "--mode", "no-cors"]), "the mode no-cors does not allow PUT"),
        (call(&["--mode", "same-origin"]), "the request's mode is same-origin"),
        (call(&["PUT", "--mode", "navigate"]), "links and forms cannot send PUT"),
        (call(&["PUT", "--destination", "image"]), "elements and WebSockets cannot send PUT"),
        (call(&["x-a: 1", "--mode", "navigate"]), "only scripts can set x-a"),
        (
            call(&["--mode", "navigate", "--destination", "image"]),
            "browsers send no requests with the mode navigate and the destination image",
        ),
        (call(&["--mode", "navigate", "--credentials", "omit"]), "remove --credentials"),
        (call(&["--curl", "curl https://a.example"]), "remove the other options, ORIGIN"),
        (call(&["--frobnicate"]), "--frobnicate"),
        (vec!["explain", "cors.toml", "--curl", "curl 'https://a.example"], "write `--curl -`"),
        (vec!["explain", "cors.toml", "--curl", "fetch('https://a.example')"], "\"Copy as cURL\""),
        (vec!["diff", "cors.toml"], "diff needs two files, OLD and NEW"),
        (vec!["frobnicate"], "is not a command; write lint, explain or diff"),
    ] {
        let (code, lines) = policy(&arguments);
        assert_contains(&lines[..1], expected);
        assert_eq!(code, 2, "{arguments:?}");
    }
    assert_eq!(policy(&[]).0, 0);
}

#[test]
fn unreadable_file_is_reported() {
    for (file, expected) in [("missing.toml", "missing.toml: "), ("cors.md", "cors.md: ")] {
        let (code, lines) = policy(&["lint", file]);
        assert_contains(&lines[..1], expected);
        assert_eq!(code, 1, "{file}");
    }
}

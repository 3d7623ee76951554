//! One configuration for every layer: it is read from files, holds origins once, says everything that is
//! wrong with it, and answers as the layers do that it stacks.

#[path = "../support/mod.rs"]
mod support;

use std::{convert::Infallible, env, fs, path::Path, time::Duration};

use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE, request};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use tokio::runtime::Builder;
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_cross_origin::{
    cors::{CorsConfig, CorsLayer, CorsPolicy, Decision, Rule},
    cross_origin::{CrossOrigin, CrossOriginLayer, CrossOriginPolicy, Fault, LintKind},
    embedding::{CrossOriginOpenerPolicy, Embedding, EmbeddingLayer, EmbeddingPolicy},
    fetch::Destination,
    guard::{Check, Csrf, FetchMetadata, GuardLayer, Host, Refusal, WebSocket},
    jsonp::{CallbackPolicy, JsonpConfig, JsonpLayer, JsonpPolicy},
    origin::OriginSet,
    push::SseLayer,
};

use crate::support::{APP, EVIL};

/// Every part, each with what is not its default.
const WHOLE: &str = r#"
own_origins = ["https://api.example.com"]

[origins]
ours = ["https://app.example.com", "https://*.example.org"]
partners = ["https://partner.example"]

[cors]
enforce = false
[[cors.rules]]
origins = ["@ours"]
credentials = true
methods = ["PUT"]
[[cors.rules]]
origins = ["@partners", "https://other.example"]

[guard.host]
names = ["api.example.com"]
loopback = true

[guard.web_socket]
require_origin = true

[guard.csrf]
exempt_paths = ["/hooks/payment", "/ping"]

[guard.fetch_metadata]
allow_cors = true
allow_web_sockets = true
allow_destinations = ["image", "script"]
exempt_paths = ["/hooks/payment", "/ping"]
report_only = true

[embedding]
preset = "private-api"
opener_policy = { policy = "same-origin", report_to = "main" }
timing_allow_origin = { who_asks = ["@ours"] }
reporting_endpoints = { main = "/reports" }

[jsonp]
paths = ["/feed", "/public/*"]
callbacks = { one_of = ["app.show"] }

[sse]
retry = 3000
keep_alive = 15
max_age = 3600
jitter_percent = 10
other_media_types = ["application/x-ndjson"]

[long_poll]
paths = ["/poll"]
window = 20

[beacon]
paths = ["/ping"]
"#;

fn read(text: &str) -> CrossOrigin {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn policy(text: &str) -> CrossOriginPolicy {
    CrossOriginPolicy::try_from(read(text)).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn the_whole_is_read_and_has_nothing_to_mend() {
    assert_eq!(policy(WHOLE).lints(), []);
}

#[test]
fn what_is_written_is_read_again_in_every_format() {
    let config = read(WHOLE);
    let written = toml::to_string(&config).unwrap();
    assert_eq!(toml::from_str::<CrossOrigin>(&written).unwrap(), config, "{written}");
    let written = serde_json::to_string(&config).unwrap();
    assert_eq!(serde_json::from_str::<CrossOrigin>(&written).unwrap(), config, "{written}");
    let written = serde_saphyr::to_string(&config).unwrap();
    assert_eq!(serde_saphyr::from_str::<CrossOrigin>(&written).unwrap(), config, "{written}");
    assert_eq!(serde_json::to_string(&CrossOrigin::default()).unwrap(), "{}");
}

/// `RENEW_SCHEMA=1 cargo test --test cross_origin` writes the file anew.
#[test]
fn the_schema_in_the_repository_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/cross-origin.json");
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(CrossOrigin)).unwrap() + "\n";
    if env::var_os("RENEW_SCHEMA").is_some() {
        fs::write(&path, &schema).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, schema, "RENEW_SCHEMA=1 cargo test --test cross_origin");
}

#[test]
fn a_file_of_cors_alone_loads_and_means_the_same() {
    #[derive(Deserialize)]
    struct OfCors {
        cors: CorsConfig,
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // What an application has beside it stands in a table of its own.
    let sample = fs::read_to_string(root.join("examples/policy/samples/cors.toml")).unwrap();
    let (_, sample) = sample.split_once("\n\n").unwrap();
    let mut texts = vec![
        ("any".to_owned(), "[[cors.rules]]\norigins = ['*']".to_owned()),
        ("sample".to_owned(), sample.to_owned()),
    ];
    for entry in fs::read_dir(root.join("tests/config_errors")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            texts.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    let (mut policies, mut refused) = (0, 0);
    for (name, text) in texts {
        let alone = toml::from_str::<OfCors>(&text).map(|file| CorsPolicy::try_from(file.cors));
        let whole = toml::from_str::<CrossOrigin>(&text).map(CrossOriginPolicy::try_from);
        match (alone, whole) {
            (Ok(Ok(alone)), Ok(Ok(whole))) => {
                policies += 1;
                assert!(alone.difference(whole.cors().unwrap()).is_empty(), "{name}");
            }
            (Ok(Err(alone)), Ok(Err(whole))) => {
                refused += 1;
                let alone: Vec<String> =
                    alone.faults().iter().map(|fault| format!("cors.{fault}")).collect();
                let whole: Vec<String> = whole.faults().iter().map(ToString::to_string).collect();
                assert_eq!(alone, whole, "{name}");
            }
            (Err(_), Err(_)) => refused += 1,
            (alone, whole) => panic!("{name}: {alone:?}, {whole:?}"),
        }
    }
    assert!(policies == 2 && refused > 20, "{policies} policies, {refused} with faults");
}

#[test]
fn all_faults_are_found_at_once_each_at_its_place() {
    for (text, expected) in [
        ("", &["cross_origin: nothing is configured"][..]),
        (
            r#"
            own_origins = ["https://*.example.com", "https://example.com/"]
            [origins]
            ours = ["https://app.example.com", "https://app.example.com/"]
            "my list" = []
            nested = ["@ours"]
            [[cors.rules]]
            origins = ["@ours", "@theirs"]
            methods = ["put"]
            [guard.host]
            names = ["https://api.example.com"]
            [guard.web_socket]
            origins = ["@theirs"]
            [guard.csrf]
            origins = ["http://a.example:80"]
            exempt_paths = ["hooks"]
            [guard.fetch_metadata]
            exempt_paths = ["/../hooks"]
            [embedding]
            opener_policy = { policy = "same-origin", report_to = "main" }
            timing_allow_origin = ["@theirs", "https://*.example.com"]
            [jsonp]
            paths = ["feed"]
            callbacks = { one_of = ["alert"] }
            [sse]
            cache_control = "a\nb"
            jitter_percent = 101
            other_media_types = ["ndjson"]
            [long_poll]
            [beacon]
            paths = ["/ping?"]
            "#,
            &[
                r#"origins.my list = "my list": the name of a list"#,
                r#"origins.nested[0] = "@ours": after "@" stands"#,
                r#"origins.ours[1] = "https://app.example.com/": an origin has no path"#,
                r#"own_origins[0] = "https://*.example.com": this stands for several"#,
                r#"own_origins[1] = "https://example.com/": an origin has no path"#,
                r#"cors.rules[0].origins[1] = "@theirs": after "@" stands"#,
                r#"cors.rules[0].methods[0] = "put": browsers send"#,
                r#"guard.host.names[0] = "https://api.example.com": leave the scheme out"#,
                r#"guard.web_socket.origins[0] = "@theirs": after "@" stands"#,
                r#"guard.csrf.origins[0] = "http://a.example:80": "#,
                r#"guard.csrf.exempt_paths[0] = "hooks": write it from its first slash"#,
                r#"guard.fetch_metadata.exempt_paths[0] = "/../hooks": "#,
                r#"embedding.opener_policy.report_to = "main": there is no endpoint"#,
                r#"embedding.timing_allow_origin[0] = "@theirs": after "@" stands"#,
                r#"embedding.timing_allow_origin[1] = "https://*.example.com": this stands"#,
                r#"jsonp.paths[0] = "feed": write it from its first slash"#,
                r#"jsonp.callbacks.one_of[0] = "alert": "#,
                r#"sse.cache_control = "a\nb": a header's value"#,
                r"sse.jitter_percent = 101: write 0 to 100",
                r#"sse.other_media_types[0] = "ndjson": write a type"#,
                r"long_poll.paths: without a path",
                r#"beacon.paths[0] = "/ping?": write the path alone"#,
            ],
        ),
        ("[guard.host]", &["guard.host.names: without a name"]),
    ] {
        let error = CrossOriginPolicy::try_from(read(text)).expect_err(text);
        let faults: Vec<String> = error.faults().iter().map(Fault::to_string).collect();
        let begins = |(fault, expected): (&String, &&str)| fault.starts_with(expected);
        let is_expected = faults.len() == expected.len() && faults.iter().zip(expected).all(begins);
        assert!(is_expected, "{faults:#?}\n{expected:#?}");
    }
}

#[test]
fn a_policy_goes_by_path_where_a_part_of_it_names_one() {
    for (text, goes_by_path) in [
        ("[[cors.rules]]\norigins = ['*']", false),
        ("[guard.csrf]\n[guard.fetch_metadata]\n[jsonp]\n[sse]", false),
        ("[guard.csrf]\nexempt_paths = ['/hooks']", true),
        ("[guard.fetch_metadata]\nexempt_paths = ['/hooks']", true),
        ("[jsonp]\npaths = ['/feed']", true),
        ("[long_poll]\npaths = ['/poll']", true),
        ("[beacon]\npaths = ['/ping']", true),
    ] {
        assert_eq!(policy(text).goes_by_path(), goes_by_path, "{text}");
    }
}

#[test]
fn what_has_no_such_value_is_an_error_of_the_format() {
    for (text, expected) in [
        ("guards = {}", "unknown field `guards`"),
        ("[guard]\ncrsf = {}", "unknown field `crsf`"),
        ("[guard.csrf]\npaths = []", "unknown field `paths`"),
        ("[origins]\nours = 'https://a.example'", "a list of origins, such as"),
        ("origins = ['https://a.example']", "lists of origins, by name"),
        ("guard = ['csrf']", "the guards host, web_socket, csrf and fetch_metadata, by key"),
        ("[guard]\ncsrf = true", "the settings of the guard against forged requests, by key"),
        ("[guard.fetch_metadata]\nallow_destinations = ['picture']", "is no destination"),
        ("[embedding]\nresource_policy = 'same'", "unknown variant `same`"),
        ("[embedding]\nopener_policy = 1", "a policy, or one with its endpoint"),
        ("[embedding]\ntiming_allow_origin = 'all'", r#""*", a list of origins, or"#),
        ("[embedding]\nreporting_endpoints = ['/reports']", "names with addresses"),
        ("[jsonp]\ncallbacks = 'any'", "unknown variant `any`"),
        ("[jsonp]\ncallbacks = { first = 'a' }", "unknown field `first`"),
        ("[jsonp]\ncallbacks = { prefix = 'a', indexed = 'b' }", "invalid length 2"),
        ("[jsonp]\ncallbacks = {}", r#""path", "identifier", { one_of"#),
        ("[jsonp]\ncredentials = 'allow'", "unknown variant `allow`"),
        ("[sse]\nretry = '3s'", "whole milliseconds"),
        ("[long_poll]\nwindow = 2.5", "whole seconds"),
    ] {
        let error = toml::from_str::<CrossOrigin>(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
    let twice = r#"{ "origins": { "a": [], "a": [] } }"#;
    let error = serde_json::from_str::<CrossOrigin>(twice).unwrap_err().to_string();
    assert!(error.contains(r#"the list "a" is there twice"#), "{error}");
}

#[test]
fn embedding_that_does_not_go_with_the_rest_is_found() {
    let admits = |origin: &str| origin.to_owned();
    for (text, expected) in [
        (format!("{CORS}[origins]\nours = []"), &[("origins.ours", "", LintKind::UnusedList)][..]),
        (
            "[embedding]\npreset = 'cross-origin-isolated'".into(),
            &[("embedding.embedder_policy", "require-corp", LintKind::NoResourcePolicy)],
        ),
        (
            "[embedding]\ndocument_isolation_policy = 'isolate-and-require-corp'".into(),
            &[(
                "embedding.document_isolation_policy",
                "isolate-and-require-corp",
                LintKind::NoResourcePolicy,
            )],
        ),
        (format!("{CORS}[embedding]\npreset = 'cross-origin-isolated'"), &[]),
        (
            "[embedding]\npreset = 'cross-origin-isolated'\nresource_policy = 'same-site'".into(),
            &[],
        ),
        ("[embedding]\npreset = 'cross-origin-isolated-credentialless'".into(), &[]),
        (
            format!("{CORS}[embedding]\ntiming_allow_origin = '*'"),
            &[(
                "embedding.timing_allow_origin",
                "*",
                LintKind::TimingBeyondCors { admits: admits("https://any.example") },
            )],
        ),
        (
            format!("{CORS}[embedding]\ntiming_allow_origin = ['{APP}', '{EVIL}']"),
            &[(
                "embedding.timing_allow_origin",
                EVIL,
                LintKind::TimingBeyondCors { admits: admits(EVIL) },
            )],
        ),
        ("[embedding]\npreset = 'public-asset'".into(), &[]),
    ] {
        has_lints(&text, expected);
    }
}

#[test]
fn guards_that_do_not_go_with_the_rest_are_found() {
    let admits = |origin: &str| origin.to_owned();
    for (text, expected) in [
        (
            "[beacon]\npaths = ['/ping', '/pong']\n[guard.csrf]\nexempt_paths = ['/ping']\n\
             [guard.fetch_metadata]\nexempt_paths = ['/ping', '/pong']"
                .into(),
            &[("guard.csrf.exempt_paths", "/pong", LintKind::PingsRefused)][..],
        ),
        (
            format!("{TRUSTED}[guard.web_socket]\norigins = ['@ours', 'https://*.example.com:*']"),
            &[(
                "guard.web_socket.origins",
                "https://*.example.com:*",
                LintKind::WebSocketBeyondCors { admits: admits("https://a.example.com:1") },
            )][..],
        ),
        (
            // It is covered, but not with credentials.
            format!("{CORS}[guard.web_socket]\norigins = ['{APP}']"),
            &[(
                "guard.web_socket.origins",
                APP,
                LintKind::WebSocketBeyondCors { admits: admits(APP) },
            )],
        ),
        (format!("{TRUSTED}[guard.web_socket]"), &[]),
        (
            format!("{CORS}[guard.fetch_metadata]"),
            &[("guard.fetch_metadata.allow_cors", "", LintKind::CorsRefusedByMetadata)],
        ),
        (format!("{CORS}[guard.fetch_metadata]\nreport_only = true"), &[]),
        (
            format!("{TRUSTED}[guard.web_socket]\n[guard.fetch_metadata]\nallow_cors = true"),
            &[(
                "guard.fetch_metadata.allow_web_sockets",
                "",
                LintKind::WebSocketsRefusedByMetadata,
            )],
        ),
        (
            "[jsonp]\n[guard.fetch_metadata]\nallow_destinations = ['image']".into(),
            &[("guard.fetch_metadata.allow_destinations", "", LintKind::JsonpRefusedByMetadata)],
        ),
        (
            "own_origins = ['https://api.example.com', 'https://www.example.com:8443']\n\
             [guard.host]\nnames = ['api.example.com']"
                .into(),
            &[("own_origins", "https://www.example.com:8443", LintKind::OwnOriginRefused)],
        ),
        (
            "[guard.host]\nnames = ['*.example.com']\n\
             [cors]\nenforce = true\nown_origins = ['https://example.org']\n\
             [[cors.rules]]\norigins = ['https://app.example.com']"
                .into(),
            &[("own_origins", "https://example.org", LintKind::OwnOriginRefused)],
        ),
    ] {
        has_lints(&text, expected);
    }
}

/// Those that no part can see by itself: setting, value, kind.
#[track_caller]
fn has_lints(text: &str, expected: &[(&str, &str, LintKind)]) {
    let policy = policy(text);
    let of_whole = |kind: &LintKind| !matches!(kind, LintKind::Cors(_) | LintKind::Embedding(_));
    let lints: Vec<_> = policy
        .lints()
        .iter()
        .filter(|lint| of_whole(lint.kind()))
        .map(|lint| (lint.setting(), lint.value(), lint.kind().clone()))
        .collect();
    assert_eq!(lints, expected, "{text}");
}

const CORS: &str = "[[cors.rules]]\norigins = ['https://app.example.com']\n";

const TRUSTED: &str = "[[cors.rules]]\norigins = ['@ours']\ncredentials = true\n\
                       [origins]\nours = ['https://*.example.com']\n";

#[test]
fn the_lints_of_a_part_are_those_of_the_whole() {
    let text = "[[cors.rules]]\norigins = ['*']\nmethods = ['GET']\n\
                [embedding]\nembedder_policy = 'require-corp'";
    let lints: Vec<String> = policy(text).lints().iter().map(ToString::to_string).collect();
    let [of_cors, of_embedding] = &*lints else { panic!("{lints:#?}") };
    assert!(of_cors.starts_with(r#"cors.rules[0].methods[0] = "GET": "#), "{of_cors}");
    assert!(of_embedding.starts_with("embedding.embedder_policy = "), "{of_embedding}");
}

type Row<'a> = (&'a str, request::Builder, u16, &'a [(&'a str, &'a str)]);

/// Each request is named after the part that decides about it.
#[track_caller]
fn each_is_answered<'a>(rows: impl IntoIterator<Item = Row<'a>>) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for (name, request, status, headers) in rows {
        let service = CrossOriginLayer::new(policy(WHOLE)).layer(service_fn(serve));
        let response = runtime.block_on(service.oneshot(request.body(()).unwrap())).unwrap();
        assert_eq!(response.status(), status, "{name}");
        for (header, value) in headers {
            assert_eq!(response.headers().get(*header).unwrap(), value, "{name}: {header}");
        }
    }
}

fn own(path: &str) -> request::Builder {
    Request::get(path).header("host", "api.example.com")
}

#[test]
fn pages_read_and_embed_what_their_part_says() {
    each_is_answered([
        (
            "embedding",
            own("/"),
            200,
            &[
                ("cross-origin-resource-policy", "same-origin"),
                ("x-content-type-options", "nosniff"),
            ][..],
        ),
        (
            "a host of nobody's",
            Request::get("/").header("host", EVIL),
            403,
            &[("cross-origin-resource-policy", "same-origin")],
        ),
        (
            "CORS with credentials",
            own("/").header("origin", "https://a.example.org"),
            200,
            &[
                ("access-control-allow-origin", "https://a.example.org"),
                ("access-control-allow-credentials", "true"),
                ("timing-allow-origin", "https://a.example.org"),
            ],
        ),
        (
            "CORS without",
            own("/").header("origin", "https://partner.example"),
            200,
            &[("access-control-allow-origin", "https://partner.example")],
        ),
        (
            "a preflight",
            own("/")
                .method("OPTIONS")
                .header("origin", APP)
                .header("access-control-request-method", "PUT"),
            204,
            &[("access-control-allow-methods", "PUT")],
        ),
        (
            "JSONP",
            own("/feed?callback=app.show"),
            200,
            &[
                ("content-type", "text/javascript; charset=utf-8"),
                ("cross-origin-resource-policy", "cross-origin"),
            ],
        ),
        ("another callback", own("/feed?callback=other"), 400, &[]),
        (
            "JSONP elsewhere",
            own("/private?callback=app.show"),
            200,
            &[("content-type", "application/json")],
        ),
        ("events", own("/events"), 200, &[("x-accel-buffering", "no")]),
        ("other streams", own("/lines"), 200, &[("x-accel-buffering", "no")]),
        ("long polling", own("/poll"), 204, &[]),
        (
            "a ping",
            own("/ping"),
            200,
            &[("cross-origin-resource-policy", "cross-origin"), ("cache-control", "no-store")],
        ),
    ]);
}

#[test]
fn guards_refuse_what_no_part_trusts() {
    each_is_answered([
        ("a form of another site's", own("/").method("POST").header("origin", EVIL), 403, &[][..]),
        (
            "one at an exempt path",
            own("/hooks/payment").method("POST").header("origin", EVIL),
            200,
            &[],
        ),
        ("one of whom CORS trusts", own("/").method("POST").header("origin", APP), 200, &[]),
        (
            "one of whom CORS lets read alone",
            own("/").method("POST").header("origin", "https://partner.example"),
            403,
            // A page that may read sees why.
            &[("access-control-allow-origin", "https://partner.example")],
        ),
        (
            "a WebSocket of another site's",
            own("/").header("origin", EVIL).header("upgrade", "websocket"),
            403,
            &[],
        ),
        (
            "one of whom CORS trusts",
            own("/").header("origin", APP).header("upgrade", "websocket"),
            200,
            &[],
        ),
        (
            "one of the service's own",
            own("/").header("origin", "https://api.example.com").header("upgrade", "websocket"),
            200,
            &[],
        ),
        ("one of no browser's", own("/").header("upgrade", "websocket"), 403, &[]),
    ]);
}

#[tokio::test(start_paused = true)]
async fn what_has_no_part_is_not_there() {
    let policy = policy("[beacon]\npaths = ['/ping']");
    for request in [
        Request::get("/").header("host", EVIL),
        Request::post("/").header("origin", EVIL).header("sec-fetch-site", "cross-site"),
        Request::options("/").header("origin", EVIL).header("access-control-request-method", "PUT"),
        Request::get("/").header("origin", EVIL).header("upgrade", "websocket"),
        Request::get("/feed?callback=app.show"),
        Request::get("/events"),
        Request::get("/missing"),
    ] {
        let request = request.body(()).unwrap();
        let alone = serve(clone(&request)).await.unwrap();
        let service = CrossOriginLayer::new(policy.clone()).layer(service_fn(serve));
        let response = service.oneshot(request).await.unwrap();
        assert_eq!(response.status(), alone.status());
        assert_eq!(response.headers(), alone.headers());
        let (one, other) = (response.into_body().collect(), alone.into_body().collect());
        assert_eq!(one.await.unwrap().to_bytes(), other.await.unwrap().to_bytes());
    }
}

/// The same as the layers one by one, in the documented order.
#[tokio::test]
async fn it_answers_as_the_layers_that_it_stacks() {
    let cors = CorsPolicy::first_match([
        Rule::for_origins([APP, "https://*.example.org"])
            .allow_credentials()
            .allow_methods(["PUT"]),
        Rule::for_origins(["https://partner.example", "https://other.example"]),
    ])
    .unwrap();
    let own = OriginSet::parse(["https://api.example.com"]).unwrap();
    let embedding = Embedding::private_api()
        .opener_policy(CrossOriginOpenerPolicy::SameOrigin.report_to("main"))
        .timing_for_origin_patterns([APP, "https://*.example.org"])
        .reporting_endpoint("main", "/reports");
    let exempt = ["/hooks/payment", "/ping"];
    let pages = WebSocket::new()
        .require_origin()
        .own_origins(own)
        .trust_policy(cors.clone())
        .and(Csrf::new().trust_policy(cors.clone()).exempt_paths(exempt).unwrap())
        .and(
            FetchMetadata::new()
                .allow_cors()
                .allow_web_sockets()
                .allow_destinations([Destination::Image, Destination::Script])
                .exempt_paths(exempt)
                .unwrap()
                .report_only(),
        );
    let callbacks = CallbackPolicy::OneOf(vec!["app.show".into()]);
    let jsonp = JsonpConfig::new().only_at(["/feed", "/public/*"]).callbacks(callbacks);
    let by_hand = ServiceBuilder::new()
        .layer(EmbeddingLayer::new(EmbeddingPolicy::new(embedding).unwrap()))
        .layer(GuardLayer::new(Host::new(["api.example.com"]).unwrap().or_loopback()))
        .layer(CorsLayer::new(cors))
        .layer(GuardLayer::new(pages))
        .layer(JsonpLayer::new(JsonpPolicy::new(jsonp).unwrap()))
        .layer(SseLayer::new().retry(Duration::from_secs(3)))
        .layer(SseLayer::for_other_streams(["application/x-ndjson"]).unwrap());
    let whole = CrossOriginLayer::new(policy(WHOLE));
    for request in requests() {
        let expected = by_hand.clone().service(service_fn(serve)).oneshot(clone(&request));
        let expected = expected.await.unwrap();
        let response = whole.layer(service_fn(serve)).oneshot(clone(&request)).await.unwrap();
        assert_eq!(response.status(), expected.status(), "{request:?}");
        assert_eq!(response.headers(), expected.headers(), "{request:?}");
        let refusal = expected.extensions().get::<Refusal>();
        assert_eq!(response.extensions().get::<Refusal>(), refusal, "{request:?}");
        let (one, other) = (response.into_body().collect(), expected.into_body().collect());
        let (one, other) = (one.await.unwrap().to_bytes(), other.await.unwrap().to_bytes());
        assert_eq!(one, other, "{request:?}");
    }
}

/// Every combination of what the parts look at.
fn requests() -> Vec<Request<()>> {
    const PATHS: [&str; 8] = [
        "/missing",
        "/",
        "/feed?callback=app.show",
        "/feed?callback=1",
        "/public/../feed?callback=app.show",
        "/events",
        "/lines",
        "/hooks/payment",
    ];
    const ORIGINS: [Option<&str>; 5] =
        [None, Some(APP), Some(EVIL), Some("https://partner.example"), Some("null")];
    const MORE: [&[(&str, &str)]; 4] = [
        &[],
        &[("access-control-request-method", "PUT")],
        &[("upgrade", "websocket")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "no-cors"),
            ("sec-fetch-dest", "script"),
        ],
    ];
    let mut requests = Vec::new();
    for (method, path) in ["GET", "HEAD", "POST", "PUT", "OPTIONS"]
        .iter()
        .flat_map(|one| PATHS.map(|path| (*one, path)))
    {
        for (host, origin) in ["api.example.com", "localhost:3000", "evil.example"]
            .iter()
            .flat_map(|one| ORIGINS.map(|origin| (*one, origin)))
        {
            for more in MORE {
                let mut request = Request::builder().method(method).uri(path).header("host", host);
                let origin = origin.map(|origin| ("origin", origin));
                for (name, value) in origin.iter().chain(more) {
                    request = request.header(*name, *value);
                }
                requests.push(request.body(()).unwrap());
            }
        }
    }
    requests
}

#[tokio::test]
async fn a_decision_is_carried_where_it_is_asked_for() {
    let request = || Request::get("/").header("host", "localhost").body(()).unwrap();
    let layer = CrossOriginLayer::new(policy(WHOLE));
    let silent = layer.clone().layer(service_fn(serve)).oneshot(request()).await.unwrap();
    assert!(silent.extensions().get::<Decision>().is_none());
    let layer = layer.decision_in_extensions();
    let told = layer.layer(service_fn(serve)).oneshot(request()).await.unwrap();
    assert!(told.extensions().get::<Decision>().is_some());
}

/// Around all routes and the fallback, as axum has its layers.
#[tokio::test]
async fn it_is_a_layer_of_axum() {
    let app = axum::Router::new()
        .route("/feed", axum::routing::get(async || axum::Json([1])))
        .layer(CrossOriginLayer::new(policy(WHOLE)));
    for (request, status, body) in [
        (
            own("/feed?callback=app.show"),
            200,
            "/**/ typeof app.show === 'function' && app.show([1]);",
        ),
        (own("/elsewhere").header("origin", APP), 404, ""),
        (own("/feed").method("POST").header("origin", EVIL), 403, ""),
    ] {
        let request = request.body(axum::body::Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), body);
    }
}

async fn serve(request: Request<()>) -> Result<Response<Full<Bytes>>, Infallible> {
    let status = if request.uri().path() == "/missing" { 404 } else { 200 };
    let (media_type, body) = match request.uri().path() {
        "/events" => ("text/event-stream", "data: 1\n\n"),
        "/lines" => ("application/x-ndjson", "{}\n"),
        "/poll" => std::future::pending().await,
        _ => ("application/json", "[1]"),
    };
    let response = Response::builder().status(status).header(CONTENT_TYPE, media_type);
    Ok(response.body(Full::from(body)).unwrap())
}

fn clone(request: &Request<()>) -> Request<()> {
    let mut clone = Request::new(());
    *clone.method_mut() = request.method().clone();
    *clone.uri_mut() = request.uri().clone();
    *clone.headers_mut() = request.headers().clone();
    clone
}

//! The events that the layers emit. PEERS row 45.

#[path = "../support/mod.rs"]
mod support;

mod guide;

use std::{
    convert::Infallible,
    fmt,
    future::{pending, ready},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderValue, Request, Response, request};
use http_body_util::BodyExt;
use tower::{Layer, Service, service_fn};
use tower_cross_origin::{
    cors::{
        CorsConfig, CorsLayer, CorsPolicy, DryRun, OriginPredicate, RequestView, ResolveCorsLayer,
        Rule,
    },
    guard::{Check, Csrf, HostCheck, Rejection},
    jsonp::JsonpLayer,
    push::SseLayer,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::{set_default, with_default},
};

use crate::support::{
    APP, App, EVIL, block_on, from, get, guarded::send, preflight, preflight_with_headers,
};

fn app(enforce: bool) -> App {
    let rules = vec![Rule::for_origins([APP]).allow_methods(["PUT"])];
    App::new(CorsPolicy::new(CorsConfig::from(rules).enforce(enforce)).unwrap())
}

#[test]
fn rejection_emits_an_event_with_outcome_and_step() {
    for (enforce, request, event) in [
        (false, get(EVIL), "cors rejected origin GET /items/1 https://evil.example"),
        (true, get(EVIL), "cors forbidden origin GET /items/1 https://evil.example"),
        (
            true,
            from(APP, "DELETE"),
            "cors forbidden method DELETE /items/1 https://app.example.com",
        ),
        (
            false,
            preflight(EVIL, "PUT"),
            "cors preflight-rejected origin OPTIONS /items/1 https://evil.example",
        ),
        (
            false,
            preflight(APP, "DELETE"),
            "cors preflight-rejected method OPTIONS /items/1 https://app.example.com",
        ),
        (
            false,
            preflight_with_headers(["x-foo"]),
            "cors preflight-rejected request-headers OPTIONS /items/1 https://app.example.com",
        ),
        (false, get("null"), "cors rejected origin GET /items/1 null"),
    ] {
        assert_eq!(events(&app(enforce), request), [event]);
    }
}

#[test]
fn allowed_request_emits_no_event() {
    for request in [get(APP), preflight(APP, "PUT"), Request::get("/")] {
        assert!(events(&app(false), request).is_empty());
    }
    let own = get(EVIL).header("sec-fetch-site", "same-origin");
    assert!(events(&app(true), own).is_empty());
}

/// Checks that each header has one event, for allowed pages only. R26
#[test]
fn unexposed_response_header_has_one_event() {
    let layer = CorsLayer::new(CorsPolicy::new(Rule::for_origins([APP])).unwrap());
    let mut service = layer.layer(service_fn(|_: Request<()>| {
        let response = Response::builder().header("upload-offset", "3").header("date", "now");
        ready(Ok::<_, Infallible>(response.body(()).unwrap()))
    }));
    let mut send = |request: request::Builder| {
        let request = request.body(()).unwrap();
        events_and_texts(|| drop(block_on(service.call(request)).unwrap()))
    };
    assert_eq!(send(Request::get("/")), (vec![], vec![]));
    let (events, _) = send(get(EVIL));
    assert_eq!(events, ["cors rejected origin GET /items/1 https://evil.example"]);
    let (events, texts) = send(get(APP));
    assert_eq!(events, ["upload-offset"]);
    assert_eq!(texts, ["fix: if a page reads the header, add the name to expose_headers"]);
    assert_eq!(send(get(APP)), (vec![], vec![]));
}

// S21
#[test]
fn body_that_is_not_json_has_one_event() {
    let mut service = JsonpLayer::default().layer(service_fn(|_: Request<()>| {
        let response = Response::builder().header("content-type", "application/json");
        ready(Ok::<_, Infallible>(response.body("0);alert(1);(0".to_owned()).unwrap()))
    }));
    let mut send = || {
        let request = Request::get("/?callback=show").body(()).unwrap();
        events_and_texts(|| {
            let response = block_on(service.call(request)).unwrap();
            drop(block_on(response.into_body().collect()));
        })
    };
    let (events, texts) = send();
    assert_eq!(events, ["invalid-json"]);
    assert!(texts[0].contains("send valid JSON"), "{texts:?}");
    assert_eq!(send(), (vec![], vec![]));
}

/// Checks that JSON for a request with a cookie has an event. R29
#[test]
fn callback_with_credentials_has_one_event() {
    let mut service = JsonpLayer::default().layer(service_fn(|_: Request<()>| {
        let response = Response::builder().header("content-type", "application/json");
        ready(Ok::<_, Infallible>(response.body(String::new()).unwrap()))
    }));
    let mut send = || {
        let request = Request::get("/?callback=show").header("cookie", "_ga=1").body(()).unwrap();
        events_and_texts(|| drop(block_on(service.call(request)).unwrap()))
    };
    let (events, texts) = send();
    assert_eq!(events, ["credentials"]);
    assert!(texts[0].contains("strip_credentials"), "{texts:?}");
    assert_eq!(send(), (vec![], vec![]));
}

/// Checks the level `info`, which each origin and step has once. DESIGN 20; R13, R20
#[test]
fn first_rejection_of_an_origin_and_step_has_the_explanation() {
    let texts = |act: &dyn Fn()| {
        let (events, texts) = events_and_texts(act);
        (events.len(), texts)
    };
    let origin = "https://first.example";
    let app = app(false);
    let page = |request: fn() -> request::Builder| texts(&|| drop(app.send(request())));
    let rejected = "rejected at the origin: no rule allows https://first.example; fix: \
                    if the page is yours: rules[0].origins: add \"https://first.example\"";
    assert_eq!(page(|| get("https://first.example")), (1, vec![rejected.to_owned()]));
    assert_eq!(page(|| get("https://first.example")), (1, vec![]));
    assert_eq!(page(|| preflight("https://first.example", "PUT")), (1, vec![]));

    let form = || Request::post("/").header("host", "own.example").header("origin", origin);
    let guarded = || texts(&|| drop(send(Csrf::new(), form())));
    let denied = format!("{}; fix: {}", Rejection::CsrfOrigin, Rejection::CsrfOrigin.help());
    assert_eq!(guarded(), (1, vec![denied]));
    assert_eq!(guarded(), (1, vec![]));
}

// The pages of the service need no CORS headers.
#[test]
fn rejection_of_the_services_own_page_is_a_debug_event() {
    let own = || get("https://own-page.example").header("host", "own-page.example");
    let marked = || get("https://marked.example").header("sec-fetch-site", "same-origin");
    for request in [own(), marked()] {
        let seen = Seen::default();
        with_default(seen.clone(), || drop(app(false).send(request)));
        assert_eq!(seen.events.lock().unwrap().len(), 1);
        assert!(seen.texts.lock().unwrap().is_empty());
    }
}

// A client could otherwise forge log lines or fill the log.
#[test]
fn malformed_origin_is_not_logged() {
    let long = "x".repeat(60_000);
    for value in
        [b"https://a.example\" outcome=\"allowed", long.as_bytes(), b"\xff", b"https://a.b/"]
    {
        let value = HeaderValue::from_bytes(value).unwrap();
        let events = events(&app(false), Request::get("/items/1").header("origin", value));
        assert_eq!(events, ["cors rejected origin GET /items/1 malformed"]);
    }
    let twice = get(EVIL).header("origin", APP);
    assert_eq!(events(&app(false), twice), ["cors rejected origin GET /items/1 malformed"]);
}

#[test]
fn guard_rejection_and_report_emit_events() {
    let emitted = |only_reports: bool, request: request::Builder| {
        let check = || HostCheck::new(["own.example"]).and(Csrf::new());
        events_of(|| {
            if only_reports {
                send(check().report_only(true), request);
            } else {
                send(check(), request);
            }
        })
    };
    let forged = || Request::post("/items/1").header("host", "own.example").header("origin", EVIL);
    assert_eq!(
        emitted(false, forged()),
        ["guard.csrf denied csrf-origin POST /items/1 https://evil.example"]
    );
    // A form of an own page with `Referrer-Policy: no-referrer`, over plain HTTP (qbittorrent/qBittorrent#21106).
    let own = || Request::post("/items/1").header("host", "own.example").header("origin", "null");
    assert_eq!(emitted(false, own()), ["guard.csrf denied csrf-origin POST /items/1 null"]);
    assert!(Rejection::CsrfOrigin.help().contains("another Referrer-Policy than no-referrer"));
    assert_eq!(
        emitted(true, forged()),
        ["guard.csrf reported csrf-origin POST /items/1 https://evil.example"]
    );
    // A client can send any text as the host, so the event does not contain the host.
    let rebound = || Request::get("/items/1").header("host", "x\" outcome=\"passed");
    assert_eq!(emitted(false, rebound()), ["guard.host denied malformed-host GET /items/1 none"]);
    let fine = || Request::get("/items/1").header("host", "own.example");
    assert!(emitted(false, fine()).is_empty() && emitted(true, fine()).is_empty());
}

// If the response is not JSON, it is forwarded, and the layer emits no event.
#[test]
fn rejected_callback_emits_an_event_without_its_text() {
    for (query, content_type, expected) in [
        ("callback=alert(1)", "application/json", &["malformed"][..]),
        ("callback=opener.close", "application/json", &["dangerous"]),
        ("callback=a.class", "application/json", &["reserved-word"]),
        ("callback=alert(1)", "text/html", &[]),
        ("callback=show", "application/json", &[]),
    ] {
        let mut service = JsonpLayer::default().layer(service_fn(|_: Request<()>| {
            let response = Response::builder().header("content-type", content_type);
            ready(Ok::<_, Infallible>(response.body(String::new()).unwrap()))
        }));
        let request = Request::get(format!("/?{query}")).body(()).unwrap();
        let seen = events_of(|| drop(block_on(service.call(request)).unwrap()));
        assert_eq!(seen, expected, "{query}");
    }
}

// R15: somebody must learn that the setting has no effect, but not at each stream.
#[test]
fn first_encoded_event_stream_emits_one_event() {
    let second = Duration::from_secs(1);
    for (layer, codings, expected) in [
        (SseLayer::new().keep_alive(second), &["", "gzip", "br", "gzip"][..], &["gzip"][..]),
        (SseLayer::new().retry(second), &["identity", "GZIP"], &["GZIP"]),
        (SseLayer::new().retry(second), &["identity", ""], &[]),
        // These layers insert nothing into any stream.
        (SseLayer::new(), &["gzip"], &[]),
        (SseLayer::new().max_age(second), &["gzip"], &[]),
    ] {
        let mut coding = codings.iter();
        let mut service = layer.layer(service_fn(|_: Request<()>| {
            let response = Response::builder().header("content-type", "text/event-stream");
            let response = match coding.next() {
                None | Some(&"") => response,
                Some(coding) => response.header("content-encoding", *coding),
            };
            ready(Ok::<_, Infallible>(response.body(String::new()).unwrap()))
        }));
        let seen = events_of(|| {
            for _ in codings {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
                let response = service.call(Request::new(()));
                drop(runtime.unwrap().block_on(response).unwrap());
            }
        });
        assert_eq!(seen, expected, "{codings:?}");
    }
    // A response to `HEAD` has no body.
    let mut service = SseLayer::new().retry(second).layer(service_fn(|_: Request<()>| {
        let response = Response::builder().header("content-type", "text/event-stream");
        let response = response.header("content-encoding", "gzip").body(String::new()).unwrap();
        ready(Ok::<_, Infallible>(response))
    }));
    let head = Request::head("/").body(()).unwrap();
    assert!(events_of(|| drop(block_on(service.call(head)).unwrap())).is_empty());
}

// The event contains the outcome and step of the active policy, then of the candidate.
#[test]
fn different_candidate_decision_emits_an_event() {
    let only = |origin| CorsPolicy::new(Rule::for_origins([origin])).unwrap();
    let broken = OriginPredicate::new(|_, _| panic!("panic in a predicate of the candidate"));
    let broken = CorsPolicy::new(Rule::for_origins_where(broken)).unwrap();
    for (candidate, request, expected) in [
        (only(APP), get(APP), &[][..]),
        (
            only(EVIL),
            get(APP),
            &["allowed none rejected origin GET /items/1 https://app.example.com"],
        ),
        (
            only(EVIL),
            preflight(EVIL, "PUT"),
            &[
                "preflight-rejected origin preflight-rejected method OPTIONS /items/1 https://evil.example",
                "cors preflight-rejected origin OPTIONS /items/1 https://evil.example",
            ],
        ),
        (
            only(EVIL),
            preflight("https://b.example", "PUT"),
            &["cors preflight-rejected origin OPTIONS /items/1 https://b.example"],
        ),
        (broken, get(APP), &["allowed none panicked none GET /items/1 https://app.example.com"]),
        (
            only(EVIL),
            get("https://evil.example/"),
            &["cors rejected origin GET /items/1 malformed"],
        ),
    ] {
        let mut service = CorsLayer::new(DryRun::new(only(APP), candidate))
            .layer(service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(())))));
        let request = request.body(()).unwrap();
        let seen = events_of(|| drop(block_on(service.call(request)).unwrap()));
        assert_eq!(seen, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn request_without_a_policy_emits_an_event_with_the_reason() {
    for (layer, reasons) in [
        (resolve("known"), &[][..]),
        (resolve("unknown"), &[]),
        (resolve("broken"), &["failed"]),
        (resolve("slow"), &["timed-out"]),
        (resolve("known").max_concurrent_lookups(0), &["too-many-lookups"]),
    ] {
        let mut service =
            layer.layer(service_fn(|_: Request<()>| ready(Ok::<_, Infallible>(Response::new(())))));
        let seen = Seen::default();
        let _default = set_default(seen.clone());
        service.call(Request::get("/items/1").body(()).unwrap()).await.unwrap();
        let events = seen.events.lock().unwrap().clone();
        let expected: Vec<String> =
            reasons.iter().map(|reason| format!("{reason} GET /items/1 none")).collect();
        assert_eq!(events, expected);
    }
}

fn resolve(
    store: &'static str,
) -> ResolveCorsLayer<impl Fn(&RequestView<'_>) -> BoxFuture<Result<Option<CorsPolicy>, ()>> + Clone>
{
    ResolveCorsLayer::new(move |_: &RequestView<'_>| {
        Box::pin(async move {
            match store {
                "known" => Ok(Some(CorsPolicy::reject_all())),
                "unknown" => Ok(None),
                "broken" => Err(()),
                _ => pending().await,
            }
        }) as BoxFuture<_>
    })
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

fn events(app: &App, request: request::Builder) -> Vec<String> {
    events_of(|| drop(app.send(request)))
}

/// Returns the fields of each event in order, without its message.
fn events_of(act: impl FnOnce()) -> Vec<String> {
    let seen = Seen::default();
    with_default(seen.clone(), act);
    let events = seen.events.lock().unwrap();
    events.clone()
}

/// Returns the fields of each event, and the texts of the events with a fix.
fn events_and_texts(act: impl FnOnce()) -> (Vec<String>, Vec<String>) {
    let seen = Seen::default();
    with_default(seen.clone(), act);
    let (events, texts) = (seen.events.lock().unwrap(), seen.texts.lock().unwrap());
    (events.clone(), texts.clone())
}

#[derive(Clone, Default)]
struct Seen {
    events: Arc<Mutex<Vec<String>>>,
    /// The summary and the fix of each event at the level `info`.
    texts: Arc<Mutex<Vec<String>>>,
}

impl Subscriber for Seen {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let is_first = fields.texts.is_some();
        let rejection = if is_first { Level::INFO } else { Level::DEBUG };
        let (level, expected) = match event.metadata().target() {
            "tower_cross_origin::cors" => (rejection, "cross-origin request rejected"),
            "tower_cross_origin::cors::dry_run" => {
                (Level::INFO, "candidate policy decides differently")
            }
            "tower_cross_origin::cors::resolve" => (Level::WARN, "no policy found for a request"),
            "tower_cross_origin::guard" => (rejection, "request denied by a guard"),
            "tower_cross_origin::cors::response" => {
                (Level::INFO, "response header is not exposed to pages of other origins")
            }
            "tower_cross_origin::jsonp" if fields.values == ["credentials"] => {
                (Level::INFO, "JSON not wrapped for a callback")
            }
            "tower_cross_origin::jsonp" if fields.values == ["invalid-json"] => {
                (Level::INFO, "JSON script ends early")
            }
            "tower_cross_origin::jsonp" => (rejection, "JSONP callback rejected"),
            "tower_cross_origin::push" => {
                (Level::WARN, "keep-alives and retry have no effect on an encoded event stream")
            }
            other => panic!("{other}"),
        };
        assert_eq!(event.metadata().level(), &level);
        assert_eq!(fields.message, expected);
        self.events.lock().unwrap().push(fields.values.join(" "));
        self.texts.lock().unwrap().extend(fields.texts);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields {
    message: String,
    values: Vec<String>,
    texts: Option<String>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "summary" => self.texts = Some(format!("{value}; ")),
            "fix" => {
                let summary = self.texts.take().unwrap_or_default();
                self.texts = Some(format!("{summary}fix: {value}"));
            }
            _ => self.values.push(value.to_owned()),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        match field.name() {
            "message" => self.message = text,
            "path" => self.values.push(text),
            other => panic!("{other}"),
        }
    }
}

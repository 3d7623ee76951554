//! The target `decide`: what the layer and a browser together give a page, as in `tests/differential/`.

use std::{
    collections::BTreeSet,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use http::{HeaderMap, HeaderName};
use tower_cross_origin::{
    browser::{self, Exchange, FetchOutcome},
    cors::{CorsLayer, CorsPolicy},
};
use tower_layer::Layer;

use crate::{
    counted::Counted,
    preflight::{merged, others_are_kept, safe},
    reference_model::cors_model::{
        CORS_HEADERS, CallResult, DebugSetting, End, page::Call, preflight_cache::PreflightCache,
    },
    visits::{Pause, Visit, Visits},
    written::{browser_at, fetch, open_page, own, policy, stops_at},
};

/// Whatever is asked, each page gets what the reference model grants it.
pub fn check(visits: &Visits) {
    let _ = granted(visits);
}

/// What became of each call; of none where the policy has faults.
pub(crate) fn granted(visits: &Visits) -> Vec<CallResult> {
    let Ok(policy) = policy(&visits.rules) else { return Vec::new() };
    visits.pages.iter().flat_map(|visit| visited(visits, &policy, visit)).collect()
}

fn visited(visits: &Visits, policy: &CorsPolicy, visit: &Visit) -> Vec<CallResult> {
    let inner = Counted::answering(visits.own.clone());
    let mut service = CorsLayer::new(policy.clone()).layer(inner.clone());
    let mut page = open_page(&visit.origin, visit.engine);
    assert_eq!(page.origin(), visit.origin);
    let own = own(visits.own.headers());
    let mut memory = PreflightCache::default();
    let mut now = 0;
    let mut all = Vec::new();
    for (pause, call) in &visit.calls {
        let until = memory.until().unwrap_or(now);
        let waited = match pause {
            Pause::Seconds(seconds) => *seconds,
            Pause::JustBefore => until.saturating_sub(now + 1),
            Pause::Until => until.saturating_sub(now),
        };
        page.wait(Duration::from_secs(waited));
        now += waited;
        let browser = browser_at(now, visit.engine);
        let granted = CallResult::evaluate(visits.rules.policy(), call, &own, &mut memory, browser);
        let before = inner.calls();
        let outcome = block_on(page.fetch(&mut service, fetch(call)));
        let told = Told { call, outcome: &outcome, granted: &granted };
        asked(&told, visits);
        if is_unsendable(&told) {
            assert_eq!(inner.calls(), before, "{told:?}");
            // It is a failure like any other.
            if matches!(granted.end, End::Readable | End::Rejected(_)) {
                memory.clear(call);
            }
            continue;
        }
        let runs = usize::from(granted.run.is_some());
        assert_eq!(inner.calls() - before, runs, "times that the service ran; {told:?}");
        shared(&told, visits);
        read(&told, visits);
        all.push(granted);
    }
    all
}

/// A call, what came of it, and what should have.
#[derive(Debug)]
struct Told<'a> {
    call: &'a Call,
    granted: &'a CallResult,
    outcome: &'a FetchOutcome,
}

/// Whether the request stays with the browser, which has no type for a value that is sent by others: one
/// with a control character.
fn is_unsendable(told: &Told<'_>) -> bool {
    let is_network = |blocked: &browser::Blocked| blocked.step() == browser::BlockedStep::Network;
    let is_blocked = told.outcome.blocked().is_some_and(is_network);
    if is_blocked {
        let has_control = |(_, value): &(String, String)| {
            value.chars().any(|char| char != '\t' && char.is_ascii_control())
        };
        assert!(told.call.headers.iter().any(has_control), "{told:?}");
        assert!(told.granted.run.is_some(), "{told:?}");
    }
    is_blocked
}

/// The preflight is sent if it is due, carries what it should, and is answered as the policy says.
fn asked(told: &Told<'_>, visits: &Visits) {
    let preflights: Vec<&Exchange> = told.outcome.preflights().collect();
    let due = told.granted.preflight.iter();
    assert_eq!(preflights.len(), due.len(), "preflights; {told:?}");
    for (sent, due) in preflights.into_iter().zip(due) {
        let header = |name: &str| sent.request_header(name).unwrap_or_default();
        assert_eq!(header("access-control-request-method"), due.method, "{told:?}");
        assert_eq!(header("access-control-request-headers"), due.names, "{told:?}");
        let status = sent.status().map(|status| status.as_u16());
        let is_shared = due.is_allowed || due.is_debugged;
        let expected = if is_shared { visits.rules.preflight_status } else { 403 };
        assert_eq!(status, Some(expected), "the preflight's status; {told:?}");
        let headers = sent.response_headers().expect("it was answered");
        let names = access_control(headers);
        let has_origin = names.contains("access-control-allow-origin");
        assert_eq!(has_origin, is_shared, "a granted preflight is shared; {told:?}");
        assert!(is_shared || names.is_empty(), "a refused one has no CORS header; {told:?}");
        assert!(!names.contains("access-control-expose-headers"), "it exposes nothing; {told:?}");
        safe(headers);
        // F60
        let mut varies_on = varies_on(visits);
        if varies_on.is_empty() && matches!(visits.rules.whole.debug, DebugSetting::Only(_)) {
            varies_on.push("origin");
        }
        varies_on.extend(["access-control-request-method", "access-control-request-headers"]);
        merged(&HeaderMap::new(), headers, &varies_on);
    }
}

/// The response has its own CORS headers and no others, whoever can read it.
fn shared(told: &Told<'_>, visits: &Visits) {
    let is_shared = told.granted.run.as_ref().is_some_and(|run| run.is_shared);
    let is_kept = told.granted.run.as_ref().is_some_and(|run| run.is_kept);
    let is_forbidden = told.granted.run.is_none();
    for sent in told.outcome.requests() {
        let headers = sent.response_headers().expect("it was answered");
        if is_forbidden {
            assert_eq!(sent.status().map(|status| status.as_u16()), Some(403), "{told:?}");
            merged(&HeaderMap::new(), headers, &varies_on(visits));
            continue;
        }
        if is_kept {
            merged(visits.own.headers(), headers, &varies_on(visits));
            for name in visits.own.headers().keys().filter(|name| *name != "vary") {
                let own = visits.own.headers().get_all(name);
                assert_eq!(headers.get_all(name), own, "{name} is kept; {told:?}");
            }
            continue;
        }
        let names: BTreeSet<&str> = access_control(headers);
        let is_cors = |name: &&&str| names.contains(*name);
        let cors: Vec<&&str> = CORS_HEADERS.iter().filter(is_cors).collect();
        let has_origin = names.contains("access-control-allow-origin");
        assert_eq!(has_origin, is_shared, "a shared response; {told:?}");
        assert!(is_shared || cors.is_empty(), "a refused response has no CORS header; {told:?}");
        for name in CORS_OF_PREFLIGHTS {
            assert!(!names.contains(name), "{name} on a response; {told:?}");
        }
        safe(headers);
        merged(visits.own.headers(), headers, &varies_on(visits));
        others_are_kept(visits.own.headers(), headers);
    }
}

/// The page reads what it is granted: all of that, and no more.
fn read(told: &Told<'_>, visits: &Visits) {
    let Told { outcome, granted, .. } = told;
    let is_allowed = matches!(granted.end, End::SameOrigin | End::Readable);
    assert_eq!(outcome.is_readable(), is_allowed, "readable; {told:?}");
    assert_eq!(outcome.is_opaque(), granted.end == End::Opaque, "opaque; {told:?}");
    let step = outcome.blocked().map(browser::Blocked::step);
    let is_own_refused = granted.run.is_none() && granted.end == End::SameOrigin;
    assert!(!is_own_refused, "the service's own page is refused; {told:?}");
    assert!(stops_at(granted, step), "the step, {step:?}; {told:?}");
    let Some(headers) = outcome.headers() else { return };
    let visible: BTreeSet<String> = headers.keys().map(ToString::to_string).collect();
    assert_eq!(visible, granted.visible, "visible headers; {told:?}");
    let is_own = |name: &&String| *name != "vary" && !CORS_HEADERS.contains(&name.as_str());
    for name in visible.iter().filter(is_own) {
        let lines = visits.own.headers().get_all(name);
        assert!(headers.get_all(name).iter().eq(lines.iter()), "{name}; {told:?}");
    }
    let status = visits.own.status();
    assert_eq!(outcome.status(), Some(status), "the status; {told:?}");
    // https://fetch.spec.whatwg.org/#null-body-status
    let is_null =
        matches!(status.as_u16(), 204 | 205 | 304) || told.call.method.eq_ignore_ascii_case("HEAD");
    let expected = if is_null { "" } else { Visits::BODY };
    assert_eq!(outcome.text().as_deref(), Some(expected), "the body; {told:?}");
}

/// F58, F59
fn varies_on(visits: &Visits) -> Vec<&'static str> {
    match visits.rules.policy() {
        policy if policy.is_constant() => Vec::new(),
        policy if policy.whole.enforces => vec!["origin", "sec-fetch-site", "sec-fetch-mode"],
        _ => vec!["origin"],
    }
}

fn access_control(headers: &HeaderMap) -> BTreeSet<&str> {
    let names = headers.keys().map(HeaderName::as_str);
    names.filter(|name| name.starts_with("access-control-")).collect()
}

fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits"),
    }
}

/// <https://fetch.spec.whatwg.org/#http-responses>: these belong on preflights. F42
const CORS_OF_PREFLIGHTS: &[&str] =
    &["access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"];

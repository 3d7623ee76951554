//! The target `decide`: the layer together with a browser, as in `tests/differential/`.

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
    counting_service::CountingService,
    preflight::{check_other_headers, check_safe_headers, check_vary},
    reference_model::cors_model::{
        CORS_HEADERS, CallResult, End, page::Call, preflight_cache::PreflightCache,
    },
    visits::{Pause, Visit, Visits},
    written::{browser_at, fetch, open_page, own, policy, stops_at},
};

/// Checks that each page gets exactly the access that the reference model allows.
pub fn check(visits: &Visits) {
    let _ = check_all(visits);
}

/// Returns the expected outcome of each call; empty if the policy is invalid.
pub(crate) fn check_all(visits: &Visits) -> Vec<CallResult> {
    let Ok(policy) = policy(&visits.rules) else { return Vec::new() };
    visits.pages.iter().flat_map(|visit| check_visit(visits, &policy, visit)).collect()
}

fn check_visit(visits: &Visits, policy: &CorsPolicy, visit: &Visit) -> Vec<CallResult> {
    let inner = CountingService::new(visits.response.clone());
    let mut service = CorsLayer::new(policy.clone()).layer(inner.clone());
    let mut page = open_page(&visit.origin, visit.engine);
    assert_eq!(page.origin(), visit.origin);
    let own = own(visits.response.status(), visits.response.headers());
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
        let result = Observation { call, outcome: &outcome, granted: &granted };
        check_preflights(&result, visits);
        if is_unsendable(&result) {
            assert_eq!(inner.calls(), before, "{result:?}");
            // For the browser's cache, this is a failure like any other.
            let is_forgotten = browser.forgets_failed_calls;
            if is_forgotten && matches!(granted.end, End::Readable | End::Rejected(_)) {
                memory.clear(call);
            }
            continue;
        }
        let runs = usize::from(granted.run.is_some());
        assert_eq!(inner.calls() - before, runs, "calls of the service; {result:?}");
        check_responses(&result, visits);
        check_outcome(&result, visits);
        all.push(granted);
    }
    all
}

/// A call, its outcome, and the expected outcome.
#[derive(Debug)]
struct Observation<'a> {
    call: &'a Call,
    granted: &'a CallResult,
    outcome: &'a FetchOutcome,
}

/// Returns whether the browser blocks the request because of a control character.
///
/// The `http` crate cannot represent such values, so the browser model does not send them.
fn is_unsendable(result: &Observation<'_>) -> bool {
    let is_network = |blocked: &browser::Blocked| blocked.step() == browser::BlockedStep::Network;
    let is_blocked = result.outcome.blocked().is_some_and(is_network);
    if is_blocked {
        let has_control = |(_, value): &(String, String)| {
            value.chars().any(|char| char != '\t' && char.is_ascii_control())
        };
        assert!(result.call.headers.iter().any(has_control), "{result:?}");
        assert!(result.granted.run.is_some(), "{result:?}");
    }
    is_blocked
}

/// Checks the preflight: its existence, its headers, and the response.
fn check_preflights(result: &Observation<'_>, visits: &Visits) {
    let preflights: Vec<&Exchange> = result.outcome.preflights().collect();
    let due = result.granted.preflight.iter();
    assert_eq!(preflights.len(), due.len(), "preflights; {result:?}");
    for (sent, due) in preflights.into_iter().zip(due) {
        let header = |name: &str| sent.request_header(name).unwrap_or_default();
        assert_eq!(header("access-control-request-method"), due.method, "{result:?}");
        assert_eq!(header("access-control-request-headers"), due.names, "{result:?}");
        let status = sent.status().map(|status| status.as_u16());
        let is_shared = due.is_allowed || due.failing_step.is_some();
        let expected = if is_shared { visits.rules.preflight_status } else { 403 };
        assert_eq!(status, Some(expected), "status of the preflight; {result:?}");
        let headers = sent.response_headers().expect("the preflight got a response");
        let names = access_control(headers);
        let has_origin = names.contains("access-control-allow-origin");
        assert_eq!(has_origin, is_shared, "an allowed preflight has the origin; {result:?}");
        assert!(
            is_shared || names.is_empty(),
            "a rejected preflight has no CORS headers; {result:?}"
        );
        assert!(
            !names.contains("access-control-expose-headers"),
            "a preflight exposes no headers; {result:?}"
        );
        check_safe_headers(headers);
        if let Some(failing) = &due.failing_step {
            let list = |name: &str| headers.get(name).map(|value| value.to_str().expect("text"));
            let methods = failing.methods.join(",");
            assert_eq!(list("access-control-allow-methods"), Some(&*methods), "{result:?}");
            let names = failing.names.join(",");
            assert_eq!(
                list("access-control-allow-headers").unwrap_or_default(),
                names,
                "{result:?}"
            );
            assert_eq!(list("access-control-max-age"), None, "{result:?}");
        }
        // F60
        let mut varies_on = varies_on(visits);
        varies_on.extend(["access-control-request-method", "access-control-request-headers"]);
        check_vary(&HeaderMap::new(), headers, &varies_on);
    }
}

/// Checks the CORS headers of all responses, even if the page cannot read them.
fn check_responses(result: &Observation<'_>, visits: &Visits) {
    let is_shared = result.granted.run.as_ref().is_some_and(|run| run.is_shared);
    let is_kept = result.granted.run.as_ref().is_some_and(|run| run.is_kept);
    let is_forbidden = result.granted.run.is_none();
    for sent in result.outcome.requests() {
        let headers = sent.response_headers().expect("the request got a response");
        if is_forbidden {
            assert_eq!(sent.status().map(|status| status.as_u16()), Some(403), "{result:?}");
            check_vary(&HeaderMap::new(), headers, &varies_on(visits));
            continue;
        }
        if is_kept {
            check_vary(visits.response.headers(), headers, &varies_on(visits));
            for name in visits.response.headers().keys().filter(|name| *name != "vary") {
                let own = visits.response.headers().get_all(name);
                assert_eq!(headers.get_all(name), own, "{name} is unchanged; {result:?}");
            }
            continue;
        }
        let names: BTreeSet<&str> = access_control(headers);
        let is_cors = |name: &&&str| names.contains(*name);
        let cors: Vec<&&str> = CORS_HEADERS.iter().filter(is_cors).collect();
        let has_origin = names.contains("access-control-allow-origin");
        assert_eq!(has_origin, is_shared, "the response has the origin; {result:?}");
        assert!(
            is_shared || cors.is_empty(),
            "a rejected response has no CORS headers; {result:?}"
        );
        for name in CORS_OF_PREFLIGHTS {
            assert!(!names.contains(name), "unexpected {name}; {result:?}");
        }
        check_safe_headers(headers);
        check_vary(visits.response.headers(), headers, &varies_on(visits));
        check_other_headers(visits.response.headers(), headers);
    }
}

/// Checks that the page can read exactly the data that the policy allows.
fn check_outcome(result: &Observation<'_>, visits: &Visits) {
    let Observation { outcome, granted, .. } = result;
    let is_allowed = matches!(granted.end, End::SameOrigin | End::Readable);
    assert_eq!(outcome.is_readable(), is_allowed, "readable; {result:?}");
    assert_eq!(outcome.is_opaque(), granted.end == End::Opaque, "opaque; {result:?}");
    let step = outcome.blocked().map(browser::Blocked::step);
    let is_own_refused = granted.run.is_none() && granted.end == End::SameOrigin;
    assert!(!is_own_refused, "a same-origin page is rejected; {result:?}");
    assert!(stops_at(granted, step), "failed step {step:?}; {result:?}");
    let Some(headers) = outcome.headers() else { return };
    let visible: BTreeSet<String> = headers.keys().map(ToString::to_string).collect();
    assert_eq!(visible, granted.visible, "visible headers; {result:?}");
    let is_own = |name: &&String| *name != "vary" && !CORS_HEADERS.contains(&name.as_str());
    for name in visible.iter().filter(is_own) {
        let lines = visits.response.headers().get_all(name);
        assert!(headers.get_all(name).iter().eq(lines.iter()), "{name}; {result:?}");
    }
    let status = visits.response.status();
    assert_eq!(outcome.status(), Some(status), "status; {result:?}");
    // https://fetch.spec.whatwg.org/#null-body-status
    let is_null = matches!(status.as_u16(), 204 | 205 | 304)
        || result.call.method.eq_ignore_ascii_case("HEAD");
    let expected = if is_null { "" } else { Visits::BODY };
    assert_eq!(outcome.text().as_deref(), Some(expected), "body; {result:?}");
}

/// Returns the names in `Vary` of an actual response. F58, F59
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
        Poll::Pending => panic!("the future must be ready at the first poll"),
    }
}

/// <https://fetch.spec.whatwg.org/#http-responses>: these headers belong only to preflights. F42
const CORS_OF_PREFLIGHTS: &[&str] =
    &["access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"];

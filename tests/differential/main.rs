//! Compares the layer and a simulated browser with the reference model, for random policies, pages and calls.
//!
//! The page must read exactly the responses that the policy allows. DESIGN, "Behaviour that is settled", 1 to 9.
//!
//! `DIFFERENTIAL_PAIRS=10000000 cargo test --release --test differential` sets the number of pairs of policy
//! and call.

mod calls;
mod cases;
mod features;
mod pages;
mod path_users;
mod paths;
mod policies;
mod rows;
mod rule;
mod service;
mod templates;
mod whole;
mod written;

#[path = "../reference_model/mod.rs"]
mod reference_model;
#[path = "../support/mod.rs"]
mod support;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};

use http::{HeaderName, HeaderValue, header::ACCESS_CONTROL_ALLOW_HEADERS};
use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use tower::Layer;
use tower_cross_origin::{
    browser::{self, Engine, Exchange, FetchOutcome},
    cors::CorsLayer,
};

use crate::{
    cases::{Case, Rules, Visit, Wait},
    features::Feature,
    reference_model::{
        cors_model::{
            CORS_HEADERS, CallResult, End, FailingStep, PolicyText, Run, Step, page::Call, path_of,
            preflight_cache::PreflightCache,
        },
        origin::Reading,
    },
    rows::Row,
    service::{App, Inner, SharedCache, members_of_vary},
    support::block_on,
    written::{browser_at, fetch, open_page, stops_at},
};

#[test]
fn page_reads_exactly_the_allowed_responses() {
    let pairs =
        env::var("DIFFERENTIAL_PAIRS").map_or(DEFAULT_PAIRS, |pairs| pairs.parse().unwrap());
    let tally = RefCell::new(Tally::default());
    let cases = u32::try_from(pairs.div_ceil(PAIRS_OF_A_CASE)).unwrap();
    // A failure becomes a row of the table below, not a file.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    // Cases that proptest runs to shrink a failure are not counted.
    let has_failed = Cell::new(false);
    let result = TestRunner::new(config).run(&templates::cases(), |case| {
        let observed = check_case(&case).inspect_err(|_| has_failed.set(true))?;
        if !has_failed.get() {
            tally.borrow_mut().count(&observed);
        }
        Ok(())
    });
    let tally = tally.into_inner();
    println!("{tally:?}");
    if let Err(error) = result {
        panic!("after {} pairs: {error}", tally.pairs);
    }
    tally.assert_is_spread();
}

#[test]
fn recorded_failures_do_not_return() {
    for Row { source, case, ends } in rows::rows() {
        let observed = check_case(&case).unwrap_or_else(|error| panic!("{source}: {error}"));
        let observed_ends: Vec<End> = observed.granted.iter().map(|granted| granted.end).collect();
        assert_eq!(observed_ends, ends, "{source}");
    }
}

/// Checks all visits of a case.
///
/// # Errors
///
/// A difference from the reference model.
fn check_case(case: &Case) -> Result<ObservedCase, TestCaseError> {
    let app = App::new(case)?;
    let mut observed = ObservedCase::default();
    for visit in &case.visits {
        let granted = check_visit(&app, &case.rules, visit)?;
        for ((_, call), granted) in visit.calls.iter().zip(&granted) {
            observed.features.extend(Feature::of_call(&case.rules, call, granted));
        }
        observed.granted.extend(granted);
        observed.served_by_caches += check_cached_visit(&app, &case.rules, visit)?;
    }
    Ok(observed)
}

/// The compared results of a case.
#[derive(Default)]
struct ObservedCase {
    granted: Vec<CallResult>,
    /// The settings that affect the calls.
    features: Vec<Feature>,
    /// The number of responses from caches.
    served_by_caches: usize,
}

/// Checks the calls of a page in order. The preflight cache may serve later calls.
fn check_visit(app: &App, rules: &Rules, visit: &Visit) -> Result<Vec<CallResult>, TestCaseError> {
    let mut service = CorsLayer::new(app.policy.clone()).layer(app.inner.clone());
    let mut page = open_page(&visit.origin, visit.engine);
    let mut memory = PreflightCache::default();
    let mut now = 0;
    let mut all = Vec::new();
    for (wait, call) in &visit.calls {
        let until = memory.until().unwrap_or(now);
        let waited = match wait {
            Wait::Nothing => 0,
            Wait::JustBefore => until.saturating_sub(now + 1),
            Wait::Until => until.saturating_sub(now),
        };
        page.wait(Duration::from_secs(waited));
        now += waited;
        let browser = browser_at(now, visit.engine);
        let granted = CallResult::evaluate(rules.policy(), call, &app.own(), &mut memory, browser);
        let before = app.inner.calls();
        let outcome = block_on(page.fetch(&mut service, fetch(call)));
        let observation = Observation { call, outcome: &outcome, granted: &granted };
        let runs = app.inner.calls() - before;
        let preflight = granted.preflight.as_ref();
        let is_preflight_forwarded = preflight.is_some_and(|preflight| preflight.is_for_service);
        prop_assert_eq!(
            runs,
            usize::from(granted.run.is_some()) + usize::from(is_preflight_forwarded),
            "number of calls of the service; {:?}",
            observation
        );
        check_preflight(&observation, rules.preflight_status, app)?;
        check_cors_headers(&observation, app)?;
        check_readable(&observation, app)?;
        all.push(granted);
    }
    Ok(all)
}

/// Checks calls of several pages through a shared cache that respects `Vary`. F58 to F60
///
/// No page may receive a response that is only valid for another page.
fn check_cached_visit(app: &App, rules: &Rules, visit: &Visit) -> Result<usize, TestCaseError> {
    let (Some((_, first)), Some((_, last))) = (visit.calls.first(), visit.calls.last()) else {
        return Ok(0);
    };
    let owner = first.owner();
    let calls =
        [first.clone().by(&owner), first.clone(), first.clone().by(&visit.neighbour), last.clone()];
    // A constant response may differ for preflights with an invalid origin, which browsers never send.
    let is_origin = |call: &Call| Reading::parse(call.origin.as_bytes()).is_some();
    let is_constant = |call: &Call| {
        let at_path = rules.policy().rules_at(path_of(&call.address));
        at_path.is_some_and(|at_path| {
            PolicyText { rules: &at_path, whole: &rules.whole }.is_constant()
        })
    };
    if calls.iter().any(is_constant) && !calls.iter().all(is_origin) {
        return Ok(0);
    }
    let service = CorsLayer::new(app.policy.clone()).layer(app.inner.clone());
    let mut service = SharedCache::new(service);
    for call in calls {
        let mut memory = PreflightCache::default();
        let standard = browser_at(0, Engine::Standard);
        let granted =
            CallResult::evaluate(rules.policy(), &call, &app.own(), &mut memory, standard);
        let mut page = open_page(&call.origin, Engine::Standard);
        let outcome = block_on(page.fetch(&mut service, fetch(&call)));
        let observation = Observation { call: &call, outcome: &outcome, granted: &granted };
        check_readable(&observation, app)
            .map_err(|error| TestCaseError::fail(format!("with a cache: {error}")))?;
    }
    Ok(service.served())
}

/// A call, its expected result and its observed result.
#[derive(Debug)]
struct Observation<'a> {
    call: &'a Call,
    granted: &'a CallResult,
    outcome: &'a FetchOutcome,
}

/// Checks that the expected preflight is sent, and that the response to it is correct.
fn check_preflight(
    observation: &Observation<'_>,
    preflight_status: u16,
    app: &App,
) -> Result<(), TestCaseError> {
    let preflights: Vec<&Exchange> = observation.outcome.preflights().collect();
    let due = observation.granted.preflight.iter();
    prop_assert_eq!(preflights.len(), due.len(), "preflights; {:?}", observation);
    for (sent, due) in preflights.into_iter().zip(due) {
        let header = |name: &str| sent.request_header(name).unwrap_or_default();
        prop_assert_eq!(header("access-control-request-method"), &due.method, "{:?}", observation);
        prop_assert_eq!(header("access-control-request-headers"), &due.names, "{:?}", observation);
        if due.is_for_service {
            check_unchanged(observation, sent, app)?;
            continue;
        }
        let status = sent.status().map(|status| status.as_u16());
        let is_shared = due.is_allowed || due.failing_step.is_some();
        let expected = if is_shared { preflight_status } else { 403 };
        prop_assert_eq!(status, Some(expected), "the preflight's status; {:?}", observation);
        let names = cors_headers(sent);
        let has_origin = names.contains("access-control-allow-origin");
        prop_assert_eq!(
            has_origin,
            is_shared,
            "Access-Control-Allow-Origin of a preflight; {:?}",
            observation
        );
        prop_assert!(
            is_shared || names.is_empty(),
            "a rejected preflight has CORS headers; {:?}",
            observation
        );
        if let Some(failing) = &due.failing_step {
            check_failing_step(sent, failing)
                .map_err(|error| TestCaseError::fail(format!("{error}; {observation:?}")))?;
        }
        // DESIGN 16: a prefix is never sent. A rule for any header echoes every name.
        let headers = sent.response_headers();
        let allowed = headers.and_then(|headers| headers.get(ACCESS_CONTROL_ALLOW_HEADERS));
        let has_prefix = |value: &HeaderValue| value.as_bytes().windows(2).any(|two| two == b"-*");
        let is_echoed = due.names.contains("-*");
        let is_prefix_sent = !is_echoed && allowed.is_some_and(has_prefix);
        prop_assert!(!is_prefix_sent, "a prefix; {:?}", observation);
        prop_assert!(
            !names.contains("access-control-expose-headers"),
            "a preflight has Access-Control-Expose-Headers; {:?}",
            observation
        );
    }
    Ok(())
}

/// Checks the lists that make the browser fail at the method or at a header. DESIGN 10
fn check_failing_step(sent: &Exchange, failing: &FailingStep) -> Result<(), TestCaseError> {
    let header = |name: &str| {
        let lines = sent.response_headers().into_iter().flat_map(|all| all.get_all(name));
        lines.map(|line| line.to_str().expect("the list is text")).collect::<Vec<_>>()
    };
    let joined = |list: &[String]| {
        let lines = (!list.is_empty()).then(|| list.join(","));
        lines.into_iter().collect::<Vec<_>>()
    };
    prop_assert_eq!(header("access-control-allow-methods"), joined(&failing.methods));
    prop_assert_eq!(header("access-control-allow-headers"), joined(&failing.names));
    prop_assert_eq!(header("access-control-max-age"), Vec::<&str>::new());
    Ok(())
}

/// Checks the CORS headers and `Vary` of the response, readable or not.
fn check_cors_headers(observation: &Observation<'_>, app: &App) -> Result<(), TestCaseError> {
    let is_shared = observation.granted.run.as_ref().is_some_and(|run| run.is_shared);
    let is_run = observation.granted.run.is_some();
    for sent in observation.outcome.requests() {
        let names = cors_headers(sent);
        if observation.granted.run.as_ref().is_some_and(|run| run.is_unchanged) {
            check_unchanged(observation, sent, app)?;
            continue;
        }
        if let Some(run) = &observation.granted.run {
            let varies_on = sent.response_headers().map(members_of_vary).unwrap_or_default();
            let has = |name: &str| varies_on.iter().any(|one| one == name);
            let expected = run.varies || app.varies_on().iter().any(|one| one == "origin");
            prop_assert_eq!(has("origin"), expected, "Vary; {:?}", observation);
        }
        if observation.granted.run.as_ref().is_some_and(|run| run.is_kept) {
            for name in CORS_HEADERS {
                let kept = sent.response_headers().map(|all| all.get_all(*name).iter().collect());
                prop_assert_eq!(kept, Some(app.lines(name)), "{} is kept; {:?}", name, observation);
            }
            continue;
        }
        let has_origin = names.contains("access-control-allow-origin");
        prop_assert_eq!(
            has_origin,
            is_shared,
            "Access-Control-Allow-Origin of a response; {:?}",
            observation
        );
        prop_assert!(
            is_shared || names.is_empty(),
            "a rejected response has CORS headers; {:?}",
            observation
        );
        // F60: the layer adds to `Vary` and never replaces it.
        let varies_on = sent.response_headers().map(members_of_vary).unwrap_or_default();
        for name in app.varies_on().iter().filter(|_| is_run) {
            prop_assert!(varies_on.contains(name), "Vary lacks {}; {:?}", name, observation);
        }
        for name in CORS_OF_PREFLIGHTS {
            prop_assert!(!names.contains(*name), "{} on a response; {:?}", name, observation);
        }
        for name in CORS_HEADERS {
            let lines = sent.response_headers().map_or(0, |all| all.get_all(*name).iter().count());
            prop_assert!(lines <= 1, "{} lines of {}; {:?}", lines, name, observation);
        }
    }
    Ok(())
}

/// Checks that the layer does not change a response of the service. DESIGN 17
fn check_unchanged(
    observation: &Observation<'_>,
    sent: &Exchange,
    app: &App,
) -> Result<(), TestCaseError> {
    prop_assert_eq!(sent.status(), Some(app.status()), "the service's status; {:?}", observation);
    let headers = sent.response_headers();
    prop_assert_eq!(headers, Some(app.headers()), "the service's headers; {:?}", observation);
    Ok(())
}

/// Checks that the page reads exactly the allowed parts of the response.
fn check_readable(observation: &Observation<'_>, app: &App) -> Result<(), TestCaseError> {
    let Observation { outcome, granted, .. } = observation;
    let is_allowed = matches!(granted.end, End::SameOrigin | End::Readable);
    prop_assert_eq!(outcome.is_readable(), is_allowed, "readable; {:?}", observation);
    prop_assert_eq!(outcome.is_opaque(), granted.end == End::Opaque, "opaque; {:?}", observation);
    let step = outcome.blocked().map(browser::Blocked::step);
    prop_assert!(stops_at(granted, step), "the step, {:?}; {:?}", step, observation);
    let Some(headers) = outcome.headers() else { return Ok(()) };
    let visible: BTreeSet<String> = headers.keys().map(ToString::to_string).collect();
    prop_assert_eq!(&visible, &granted.visible, "visible headers; {:?}", observation);
    let is_upstream = |name: &&String| *name != "vary" && !CORS_HEADERS.contains(&name.as_str());
    for name in visible.iter().filter(is_upstream) {
        let read: Vec<_> = headers.get_all(name).iter().collect();
        prop_assert_eq!(read, app.lines(name), "{}; {:?}", name, observation);
    }
    prop_assert_eq!(outcome.status(), Some(app.status()), "the status; {:?}", observation);
    // https://fetch.spec.whatwg.org/#null-body-status
    let is_null = matches!(app.status().as_u16(), 204 | 304)
        || observation.call.method.eq_ignore_ascii_case("HEAD");
    let (body, expected) = (outcome.text(), if is_null { "" } else { Inner::BODY });
    prop_assert_eq!(body.as_deref(), Some(expected), "the body; {:?}", observation);
    Ok(())
}

fn cors_headers(sent: &Exchange) -> BTreeSet<&str> {
    let names = sent.response_headers().into_iter().flat_map(|headers| headers.keys());
    names.map(HeaderName::as_str).filter(|name| name.starts_with("access-control-")).collect()
}

/// The distribution of the compared pairs.
#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    ends: BTreeMap<End, usize>,
    features: BTreeMap<Feature, usize>,
    preflights: usize,
    /// Calls for which an earlier preflight was cached.
    remembered: usize,
    without_origin: usize,
    /// Calls that `enforce` rejected.
    forbidden: usize,
    /// Responses with kept upstream CORS headers.
    kept: usize,
    /// Preflights with a response that shows the failing step.
    failing_steps: usize,
    /// Responses from a cache.
    served_by_caches: usize,
}

impl Tally {
    fn count(&mut self, observed: &ObservedCase) {
        for granted in &observed.granted {
            self.pairs += 1;
            *self.ends.entry(granted.end).or_default() += 1;
            self.preflights += usize::from(granted.preflight.is_some());
            self.remembered += usize::from(granted.is_remembered);
            let is_run = |is: fn(&Run) -> bool| granted.run.as_ref().is_some_and(is);
            self.without_origin += usize::from(is_run(|run| run.is_anonymous));
            self.kept += usize::from(is_run(|run| run.is_kept));
            let preflight = granted.preflight.as_ref();
            let is_shown = preflight.is_some_and(|preflight| preflight.failing_step.is_some());
            self.failing_steps += usize::from(is_shown);
            let is_rejected_request = granted.run.is_none()
                && (preflight.is_none() || granted.end == End::Opaque)
                && !matches!(granted.end, End::Throws | End::NotAllowed);
            self.forbidden += usize::from(is_rejected_request);
        }
        for feature in &observed.features {
            *self.features.entry(*feature).or_default() += 1;
        }
        self.served_by_caches += observed.served_by_caches;
    }

    fn assert_is_spread(&self) {
        let is_at_least = |percent: usize, number: usize| number * 100 >= self.pairs * percent;
        let count = |end: End| self.ends.get(&end).copied().unwrap_or_default();
        assert!(is_at_least(20, count(End::Readable)), "{self:#?}");
        assert!(is_at_least(20, self.preflights), "{self:#?}");
        for step in [Step::Origin, Step::Credentials, Step::Method, Step::RequestHeader] {
            assert!(is_at_least(1, count(End::Rejected(step))), "{step:?}: {self:#?}");
        }
        for feature in Feature::ALL {
            let number = self.features.get(feature).copied().unwrap_or_default();
            assert!(number * 2500 >= self.pairs, "{feature:?}: {self:#?}");
        }
        assert!(is_at_least(1, self.without_origin), "{self:#?}");
        assert!(is_at_least(1, self.remembered), "{self:#?}");
        assert!(is_at_least(1, self.forbidden), "{self:#?}");
        assert!(is_at_least(1, self.kept), "{self:#?}");
        assert!(is_at_least(2, self.failing_steps), "{self:#?}");
        assert!(is_at_least(1, self.served_by_caches), "{self:#?}");
    }
}

const DEFAULT_PAIRS: usize = 5000;
const PAIRS_OF_A_CASE: usize = 2 * templates::VISITS;

/// <https://fetch.spec.whatwg.org/#http-responses>: these belong on preflights. F42
const CORS_OF_PREFLIGHTS: &[&str] =
    &["access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"];

//! What a policy grants is what a browser lets the page read, and no more: for any policy, any page and
//! any call of script's, the layer and the browser together come to what the reference model of the
//! policy's text says. DESIGN, "Behaviour that is settled", 1 to 9.
//!
//! `DIFFERENTIAL_PAIRS=10000000 cargo test --release --test differential` compares so many pairs of policy
//! and call.

mod calls;
mod cases;
mod pages;
mod policies;
mod rows;
mod rule;
mod service;
mod wishes;
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

use http::HeaderName;
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
    reference_model::{
        cors_model::{
            CORS_HEADERS, CallResult, End, Run, Step, page::Call, preflight_cache::PreflightCache,
        },
        origin::Reading,
    },
    rows::Row,
    service::{App, Inner, SharedCache, members_of_vary},
    support::block_on,
    written::{browser_at, fetch, opened, stops_at},
};

#[test]
fn page_reads_exactly_what_the_policy_allows() {
    let pairs =
        env::var("DIFFERENTIAL_PAIRS").map_or(DEFAULT_PAIRS, |pairs| pairs.parse().unwrap());
    let tally = RefCell::new(Tally::default());
    let cases = u32::try_from(pairs.div_ceil(PAIRS_OF_A_CASE)).unwrap();
    // What fails becomes a row of the table below, and not a file.
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    // What a failure is shrunk to is not counted.
    let has_failed = Cell::new(false);
    let result = TestRunner::new(config).run(&wishes::cases(), |case| {
        let held = holds(&case).inspect_err(|_| has_failed.set(true))?;
        if !has_failed.get() {
            tally.borrow_mut().count(&held);
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
fn a_failure_that_was_found_stays_found() {
    for Row { source, case, ends } in rows::rows() {
        let held = holds(&case).unwrap_or_else(|error| panic!("{source}: {error}"));
        let met: Vec<End> = held.granted.iter().map(|granted| granted.end).collect();
        assert_eq!(met, ends, "{source}");
    }
}

/// All that is asked under one policy.
fn holds(case: &Case) -> Result<Held, TestCaseError> {
    let app = App::of(case)?;
    let mut held = Held::default();
    for visit in &case.visits {
        held.granted.extend(visited(&app, &case.rules, visit)?);
        held.served_by_caches += cached(&app, &case.rules, visit)?;
    }
    Ok(held)
}

/// What was compared.
#[derive(Default)]
struct Held {
    granted: Vec<CallResult>,
    /// How much of it a cache answered.
    served_by_caches: usize,
}

/// A page makes its calls one after another, so that what it was told of the first may serve the next.
fn visited(app: &App, rules: &Rules, visit: &Visit) -> Result<Vec<CallResult>, TestCaseError> {
    let mut service = CorsLayer::new(app.policy.clone()).layer(app.inner.clone());
    let mut page = opened(&visit.origin, visit.engine);
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
        let told = Told { call, outcome: &outcome, granted: &granted };
        let runs = app.inner.calls() - before;
        prop_assert_eq!(
            runs,
            usize::from(granted.run.is_some()),
            "times that the service ran; {:?}",
            told
        );
        asked(&told, rules.preflight_status)?;
        shared(&told, app)?;
        read(&told, app)?;
        all.push(granted);
    }
    Ok(all)
}

/// Between the pages and the layer stands a cache that all of them share, and that tells requests apart
/// as `Vary` says. None of them gets what another one was answered. F58 to F60
fn cached(app: &App, rules: &Rules, visit: &Visit) -> Result<usize, TestCaseError> {
    let (Some((_, first)), Some((_, last))) = (visit.calls.first(), visit.calls.last()) else {
        return Ok(0);
    };
    let owner = first.owner();
    let calls =
        [first.clone().by(&owner), first.clone(), first.clone().by(&visit.neighbour), last.clone()];
    // A constant answer is the same for all but a preflight of no origin, which is no browser's.
    let is_origin = |call: &Call| Reading::parse(call.origin.as_bytes()).is_some();
    if rules.policy().is_constant() && !calls.iter().all(is_origin) {
        return Ok(0);
    }
    let service = CorsLayer::new(app.policy.clone()).layer(app.inner.clone());
    let mut service = SharedCache::before(service);
    for call in calls {
        let mut memory = PreflightCache::default();
        let standard = browser_at(0, Engine::Standard);
        let granted =
            CallResult::evaluate(rules.policy(), &call, &app.own(), &mut memory, standard);
        let mut page = opened(&call.origin, Engine::Standard);
        let outcome = block_on(page.fetch(&mut service, fetch(&call)));
        let told = Told { call: &call, outcome: &outcome, granted: &granted };
        read(&told, app).map_err(|error| TestCaseError::fail(format!("by a cache: {error}")))?;
    }
    Ok(service.served())
}

/// A call, what came of it, and what should have.
#[derive(Debug)]
struct Told<'a> {
    call: &'a Call,
    granted: &'a CallResult,
    outcome: &'a FetchOutcome,
}

/// The preflight is sent if it is due, carries what it should, and is answered as the policy says.
fn asked(told: &Told<'_>, preflight_status: u16) -> Result<(), TestCaseError> {
    let preflights: Vec<&Exchange> = told.outcome.preflights().collect();
    let due = told.granted.preflight.iter();
    prop_assert_eq!(preflights.len(), due.len(), "preflights; {:?}", told);
    for (sent, due) in preflights.into_iter().zip(due) {
        let header = |name: &str| sent.request_header(name).unwrap_or_default();
        prop_assert_eq!(header("access-control-request-method"), &due.method, "{:?}", told);
        prop_assert_eq!(header("access-control-request-headers"), &due.names, "{:?}", told);
        let status = sent.status().map(|status| status.as_u16());
        let is_shared = due.is_allowed || due.is_debugged;
        let expected = if is_shared { preflight_status } else { 403 };
        prop_assert_eq!(status, Some(expected), "the preflight's status; {:?}", told);
        let names = cors_headers(sent);
        let has_origin = names.contains("access-control-allow-origin");
        prop_assert_eq!(has_origin, is_shared, "a granted preflight is shared; {:?}", told);
        prop_assert!(
            is_shared || names.is_empty(),
            "a refused preflight has no CORS header; {:?}",
            told
        );
        prop_assert!(
            !names.contains("access-control-expose-headers"),
            "a preflight exposes nothing; {:?}",
            told
        );
    }
    Ok(())
}

/// The response has its own CORS headers and no others, whoever can read it.
fn shared(told: &Told<'_>, app: &App) -> Result<(), TestCaseError> {
    let is_shared = told.granted.run.as_ref().is_some_and(|run| run.is_shared);
    let is_run = told.granted.run.is_some();
    for sent in told.outcome.requests() {
        let names = cors_headers(sent);
        if told.granted.run.as_ref().is_some_and(|run| run.is_kept) {
            for name in CORS_HEADERS {
                let kept = sent.response_headers().map(|all| all.get_all(*name).iter().collect());
                prop_assert_eq!(kept, Some(app.lines(name)), "{} is kept; {:?}", name, told);
            }
            continue;
        }
        let has_origin = names.contains("access-control-allow-origin");
        prop_assert_eq!(has_origin, is_shared, "a shared response; {:?}", told);
        prop_assert!(
            is_shared || names.is_empty(),
            "a refused response has no CORS header; {:?}",
            told
        );
        // F60: appended to, and never replaced.
        let varies_on = sent.response_headers().map(members_of_vary).unwrap_or_default();
        for name in app.varies_on().iter().filter(|_| is_run) {
            prop_assert!(varies_on.contains(name), "Vary lacks {}; {:?}", name, told);
        }
        for name in CORS_OF_PREFLIGHTS {
            prop_assert!(!names.contains(*name), "{} on a response; {:?}", name, told);
        }
        for name in CORS_HEADERS {
            let lines = sent.response_headers().map_or(0, |all| all.get_all(*name).iter().count());
            prop_assert!(lines <= 1, "{} lines of {}; {:?}", lines, name, told);
        }
    }
    Ok(())
}

/// The page reads what it is granted: all of that, and no more.
fn read(told: &Told<'_>, app: &App) -> Result<(), TestCaseError> {
    let Told { outcome, granted, .. } = told;
    let is_allowed = matches!(granted.end, End::SameOrigin | End::Readable);
    prop_assert_eq!(outcome.is_readable(), is_allowed, "readable; {:?}", told);
    prop_assert_eq!(outcome.is_opaque(), granted.end == End::Opaque, "opaque; {:?}", told);
    let step = outcome.blocked().map(browser::Blocked::step);
    prop_assert!(stops_at(granted, step), "the step, {:?}; {:?}", step, told);
    let Some(headers) = outcome.headers() else { return Ok(()) };
    let visible: BTreeSet<String> = headers.keys().map(ToString::to_string).collect();
    prop_assert_eq!(&visible, &granted.visible, "visible headers; {:?}", told);
    let is_own = |name: &&String| *name != "vary" && !CORS_HEADERS.contains(&name.as_str());
    for name in visible.iter().filter(is_own) {
        let read: Vec<_> = headers.get_all(name).iter().collect();
        prop_assert_eq!(read, app.lines(name), "{}; {:?}", name, told);
    }
    prop_assert_eq!(outcome.status(), Some(app.status()), "the status; {:?}", told);
    // https://fetch.spec.whatwg.org/#null-body-status
    let is_null =
        matches!(app.status().as_u16(), 204 | 304) || told.call.method.eq_ignore_ascii_case("HEAD");
    let (body, expected) = (outcome.text(), if is_null { "" } else { Inner::BODY });
    prop_assert_eq!(body.as_deref(), Some(expected), "the body; {:?}", told);
    Ok(())
}

fn cors_headers(sent: &Exchange) -> BTreeSet<&str> {
    let names = sent.response_headers().into_iter().flat_map(|headers| headers.keys());
    names.map(HeaderName::as_str).filter(|name| name.starts_with("access-control-")).collect()
}

/// How the pairs are spread.
#[derive(Debug, Default)]
struct Tally {
    pairs: usize,
    ends: BTreeMap<End, usize>,
    preflights: usize,
    /// What a preflight would have been due for, had there not been an earlier one.
    remembered: usize,
    without_origin: usize,
    /// What `enforce` refused.
    forbidden: usize,
    /// What the service shared by itself.
    kept: usize,
    /// Preflights whose failing step was told.
    told: usize,
    /// What a cache answered.
    served_by_caches: usize,
}

impl Tally {
    fn count(&mut self, held: &Held) {
        for granted in &held.granted {
            self.pairs += 1;
            *self.ends.entry(granted.end).or_default() += 1;
            self.preflights += usize::from(granted.preflight.is_some());
            self.remembered += usize::from(granted.is_remembered);
            let is_run = |is: fn(&Run) -> bool| granted.run.as_ref().is_some_and(is);
            self.without_origin += usize::from(is_run(|run| run.is_anonymous));
            self.kept += usize::from(is_run(|run| run.is_kept));
            let preflight = granted.preflight.as_ref();
            let is_debugged = preflight.is_some_and(|preflight| preflight.is_debugged);
            self.told += usize::from(is_debugged);
            let is_refused_actual = granted.run.is_none()
                && (preflight.is_none() || granted.end == End::Opaque)
                && !matches!(granted.end, End::Throws | End::NotAllowed);
            self.forbidden += usize::from(is_refused_actual);
        }
        self.served_by_caches += held.served_by_caches;
    }

    fn assert_is_spread(&self) {
        let is_at_least = |percent: usize, number: usize| number * 100 >= self.pairs * percent;
        let of = |end: End| self.ends.get(&end).copied().unwrap_or_default();
        assert!(is_at_least(30, of(End::Readable)), "{self:#?}");
        assert!(is_at_least(20, self.preflights), "{self:#?}");
        for step in [Step::Origin, Step::Credentials, Step::Method, Step::RequestHeader] {
            assert!(is_at_least(1, of(End::Rejected(step))), "{step:?}: {self:#?}");
        }
        assert!(is_at_least(1, self.without_origin), "{self:#?}");
        assert!(is_at_least(1, self.remembered), "{self:#?}");
        assert!(is_at_least(1, self.forbidden), "{self:#?}");
        assert!(is_at_least(1, self.kept), "{self:#?}");
        assert!(is_at_least(1, self.told), "{self:#?}");
        assert!(is_at_least(1, self.served_by_caches), "{self:#?}");
    }
}

const DEFAULT_PAIRS: usize = 5000;
const PAIRS_OF_A_CASE: usize = 2 * wishes::VISITS;

/// <https://fetch.spec.whatwg.org/#http-responses>: these belong on preflights. F42
const CORS_OF_PREFLIGHTS: &[&str] =
    &["access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"];

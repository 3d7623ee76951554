//! Compares the whole layer and a simulated browser with the reference model, for random configurations and
//! random visits.
//!
//! A pair is a configuration and a visit. A visit is an action of a page: `fetch()`, an element, a form, a link.
//! It can also be a WebSocket handshake, or a request of a program that is not a browser. For each pair the model
//! predicts:
//!
//! - the requests that the browser sends
//! - the section that rejects or reports a request, and the request that reaches the service
//! - the complete response, except the lists in the response to a preflight of an allowed origin
//! - the effect on the page: the bytes that it reads, the script that runs, or the step that blocks
//!
//! A shared cache that respects `Vary` must not change any response of a case.
//!
//! `upstream_headers` and these lists are a part of the comparison of CORS alone.
//!
//! `WHOLE_PAIRS=1000000 cargo test --release --test differential whole` sets the number of pairs. All choices
//! depend on the number of the case only; `WHOLE_FIRST_CASE=7 WHOLE_PAIRS=20` runs one case again. `README.md`
//! lists planted defects that this test finds.

mod caches;
mod configurations;
mod places;
mod random;
mod service;
mod visits;

use std::{collections::BTreeMap, convert::Infallible, env, fmt::Write};

use http_body_util::Full;
use tower::{Layer, Service, service_fn};
use tower_cross_origin::{
    browser::{self, BlockedStep, FetchOutcome},
    cross_origin::{CrossOriginLayer, CrossOriginPolicy},
    fetch::Destination,
    guard::Rejection,
};

use self::{
    configurations::configuration,
    places::Place,
    random::Random,
    service::{Exchange, Inner, Recorder, http_request, serve},
    visits::{Visit, frequent_targets, visit},
};
use crate::{
    reference_model::whole::{
        self, Answer, Configuration, End, Section,
        http::{Request, Response},
        page::{Action, Blocked, COOKIE, Effect, Page, is_same_list},
    },
    support::block_on,
};

#[test]
fn whole_configuration_decides_like_the_model() {
    let number = |name, default| {
        env::var(name).map_or(default, |text| text.parse().expect("the variable is a number"))
    };
    let first = number("WHOLE_FIRST_CASE", 0);
    let cases = number("WHOLE_PAIRS", DEFAULT_PAIRS).div_ceil(VISITS_OF_A_CASE);
    let mut tally = Tally::default();
    for case in first..first + cases {
        if let Err(difference) = check_case(case, &mut tally) {
            panic!(
                "a difference after {} pairs; to run the case again: WHOLE_FIRST_CASE={case} \
                 WHOLE_PAIRS={VISITS_OF_A_CASE}\n\n{difference}",
                tally.pairs
            );
        }
    }
    println!("{tally:#?}");
    if cases * VISITS_OF_A_CASE >= DEFAULT_PAIRS {
        tally.assert_is_spread();
    }
}

/// Checks all visits of a case.
///
/// # Errors
///
/// The configuration as a file, the visit, and the first difference from the model.
fn check_case(case: u64, tally: &mut Tally) -> Result<(), String> {
    let mut random = Random::new(case);
    let configuration = configuration(&mut random);
    let policy = CrossOriginPolicy::new(configuration.config())
        .unwrap_or_else(|error| panic!("{error}\n{configuration:#?}"));
    let frequent = frequent_targets(&mut random);
    let (mut exchanges, mut last) = (Vec::new(), None);
    for _ in 0..VISITS_OF_A_CASE {
        let repeated = last.filter(|_| random.is(25));
        let repeated = repeated.and_then(|last: Visit| last.by_another_page(&mut random));
        let visit = repeated.unwrap_or_else(|| visit(&mut random, &frequent));
        tally.pairs += 1;
        let found = check(&configuration, &policy, &visit, tally).map_err(|difference| {
            let (smaller, difference) = shrink(configuration.clone(), difference, &visit);
            format!("{}\n{visit:#?}\n\n{difference}", file(&smaller))
        });
        exchanges.extend(found?);
        last = Some(visit);
    }
    let served = caches::check(&exchanges);
    tally.served_by_caches +=
        served.map_err(|difference| format!("{}\n{difference}", file(&configuration)))?;
    Ok(())
}

fn file(configuration: &Configuration) -> String {
    toml::to_string(&configuration.config()).expect("the configuration is data")
}

/// Removes sections of the configuration while the visit differs.
fn shrink(
    mut configuration: Configuration,
    mut difference: String,
    visit: &Visit,
) -> (Configuration, String) {
    while let Some((smaller, other)) = configuration.smaller().into_iter().find_map(|smaller| {
        let policy = CrossOriginPolicy::new(smaller.config()).ok()?;
        let error = check(&smaller, &policy, visit, &mut Tally::default()).err()?;
        Some((smaller, error))
    }) {
        (configuration, difference) = (smaller, other);
    }
    (configuration, difference)
}

/// Checks one pair, and returns the exchanges with the layer.
///
/// # Errors
///
/// The first difference from the model.
fn check(
    configuration: &Configuration,
    policy: &CrossOriginPolicy,
    visit: &Visit,
    tally: &mut Tally,
) -> Result<Vec<Exchange>, String> {
    let inner = Inner::default();
    let layer = CrossOriginLayer::new(policy.clone()).decision_in_extensions();
    let service = layer.layer(inner.clone());
    match visit {
        Visit::Client(request) => {
            let mut recorder = Recorder::new(service, inner, true);
            let _ = block_on(recorder.call(http_request(request)));
            let answer = configuration.answer(request, serve);
            check_exchange(request, &answer, &recorder.exchanges[0])?;
            tally.count_answer(&answer);
            tally.count_place(configuration, request, &answer);
            Ok(recorder.exchanges)
        }
        Visit::Page { page, engine, action } => {
            let mut recorder = Recorder::new(service, inner, page.has_metadata);
            let mut browser = page.open(*engine);
            if page.has_cookie {
                log_in(&mut browser, action.address());
            }
            let mut browser = browser.with_embedder_policy(page.embedder());
            let expected = whole::page::Visit::evaluate(configuration, page, action, serve);
            let outcome = visit_in_browser(&mut browser, action, &mut recorder);
            if !page.is_own(action.address()) {
                let rejected_by = recorder.exchanges.iter().filter_map(|one| one.rejected_by);
                let preflight = Some(Section::RequirePreflight.key());
                let rejected = rejected_by.filter(|section| Some(*section) == preflight);
                differ("the requests of the browser without a preflight", &0, &rejected.count())?;
            }
            let numbers = (expected.exchanges.len(), recorder.exchanges.len());
            differ("the number of exchanges", &numbers.0, &numbers.1)?;
            for ((request, answer), found) in expected.exchanges.iter().zip(&recorder.exchanges) {
                check_exchange(request, answer, found)?;
                tally.count_answer(answer);
                tally.count_place(configuration, request, answer);
            }
            check_effect(&expected, &outcome)?;
            tally.count_visit(page, &expected);
            Ok(recorder.exchanges)
        }
    }
}

fn visit_in_browser<S>(
    browser: &mut browser::Page,
    action: &Action,
    recorder: &mut Recorder<S>,
) -> FetchOutcome
where
    Recorder<S>: Service<
            http::Request<Vec<u8>>,
            Response = http::Response<Full<bytes::Bytes>>,
            Error = Infallible,
        >,
{
    let (fetch, is_navigation) = action.fetch();
    if is_navigation {
        block_on(browser.navigate(recorder, fetch))
    } else {
        block_on(browser.fetch(recorder, fetch))
    }
}

/// Stores the cookie of the service in the browser.
fn log_in(browser: &mut browser::Page, address: &str) {
    let mut service = service_fn(async |_: http::Request<Vec<u8>>| {
        let cookie = format!("{COOKIE}; SameSite=None; Secure; Path=/");
        let response = http::Response::builder().header("set-cookie", cookie);
        Ok::<_, Infallible>(response.body(String::new()).expect("a response"))
    });
    let login = browser::Fetch::element(Destination::Image, address);
    let _ = block_on(browser.fetch(&mut service, login));
}

/// Compares the request, the decision, the received request and the response.
fn check_exchange(request: &Request, answer: &Answer, found: &Exchange) -> Result<(), String> {
    check_request("the request of the browser", request, &found.request)?;
    let rejected_by = match answer.end {
        End::Rejected(section) => Some(section),
        End::FailedPreflight => Some(Section::Cors),
        End::Preflight | End::Service => None,
    };
    differ("the section that rejects", &rejected_by.map(Section::key), &found.rejected_by)?;
    let guard = rejected_by.filter(|section| *section != Section::Cors);
    differ("the section of `Rejection`", &guard, &found.rejection.and_then(section))?;
    if answer.end == End::Service {
        let reported = found.reported.and_then(section);
        differ("the section that reports", &answer.reported, &reported)?;
        differ("the number of received requests", &1, &found.received.len())?;
        check_request("the received request", &answer.received, &found.received[0])?;
    } else {
        differ("the number of received requests", &0, &found.received.len())?;
    }
    check_response(answer, &found.response).map_err(|difference| {
        let Answer { end, response, .. } = answer;
        let (expected, found) = (lines(response), lines(&found.response));
        format!("{difference}\n\n{end:?}, expected {expected}\nfound {found}")
    })
}

fn check_request(about: &str, expected: &Request, found: &Request) -> Result<(), String> {
    let seen = |request: &Request| {
        let mut lines = String::new();
        let Request { method, path, query, .. } = request;
        let _ = writeln!(lines, "{method} {path} {query:?}");
        for name in REQUEST_HEADERS {
            let values: Vec<&str> = request.values(name).collect();
            if !values.is_empty() {
                let _ = writeln!(lines, "{name}: {values:?}");
            }
        }
        lines
    };
    let (expected, found) = (seen(expected), seen(found));
    if expected == found {
        return Ok(());
    }
    Err(format!("{about} differs:\nexpected {expected}\nfound {found}"))
}

fn check_response(answer: &Answer, found: &Response) -> Result<(), String> {
    let Answer { end, response, .. } = answer;
    let is_preflight = matches!(end, End::Preflight | End::FailedPreflight);
    differ("the status", &response.status, &found.status)?;
    let names = response.headers.iter().chain(&found.headers).map(|(name, _)| name.as_str());
    for name in names {
        // The proof of `cors` alone compares the lists of preflights.
        if is_preflight && LISTS_OF_PREFLIGHTS.contains(&name) {
            continue;
        }
        let (expected, found) = (response.joined(name), found.joined(name));
        let is_same = match (&expected, &found) {
            (Some(expected), Some(found)) if LISTS.contains(&name) => is_same_list(expected, found),
            _ => expected == found,
        };
        if !is_same {
            return Err(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
    // A rejection ends with a sentence for people.
    let is_rejection = matches!(end, End::Rejected(_)) || response.status == 400;
    let expected = String::from_utf8_lossy(&response.body);
    let found = String::from_utf8_lossy(&found.body);
    let is_same = if is_rejection && !expected.is_empty() {
        found.starts_with(&*expected) && found.ends_with('\n')
    } else {
        found == expected
    };
    if is_same { Ok(()) } else { differ("the body", &expected, &found) }
}

/// Returns the response as text.
fn lines(response: &Response) -> String {
    let Response { status, headers, body, .. } = response;
    let mut lines = format!("{status}\n");
    for (name, value) in headers {
        let _ = writeln!(lines, "{name}: {value}");
    }
    lines + &format!("\n{}\n", String::from_utf8_lossy(body))
}

/// Compares the effect on the page.
fn check_effect(expected: &whole::page::Visit, outcome: &FetchOutcome) -> Result<(), String> {
    let bytes = |text: &str| text.as_bytes().to_vec();
    let found = match (outcome.blocked(), outcome.body()) {
        (Some(blocked), _) => Effect::Blocked(match blocked.step() {
            BlockedStep::Call => Blocked::Call,
            BlockedStep::Mode => Blocked::Mode,
            BlockedStep::ResourcePolicy => Blocked::ResourcePolicy,
            BlockedStep::EmbedderPolicy => Blocked::EmbedderPolicy,
            BlockedStep::MimeType => Blocked::MimeType,
            BlockedStep::OpaqueResponse => Blocked::OpaqueResponse,
            BlockedStep::AllowOrigin
            | BlockedStep::AllowCredentials
            | BlockedStep::AllowMethods
            | BlockedStep::AllowHeaders
            | BlockedStep::PreflightStatus => Blocked::Cors,
            other => return Err(format!("the browser stops at {other:?}: {blocked}")),
        }),
        (None, Some(body)) => {
            Effect::Readable { body: body.to_vec(), is_script: outcome.script().is_some() }
        }
        (None, None) => match outcome.script() {
            Some(script) => Effect::Script(bytes(script)),
            None => Effect::Opaque,
        },
    };
    // The comparison of the responses includes the sentence of a rejection.
    let begins = |expected: &[u8], found: &[u8]| {
        expected == found || (!expected.is_empty() && found.starts_with(expected))
    };
    let is_same = match (&expected.effect, &found) {
        (
            Effect::Readable { body: expected, is_script },
            Effect::Readable { body: found, is_script: is_found_script },
        ) => begins(expected, found) && is_script == is_found_script,
        (expected, found) => expected == found,
    };
    if !is_same {
        differ("the effect on the page", &expected.effect, &found)?;
    }
    differ("the visible timings", &expected.shows_timing, &outcome.shows_timing())
}

fn section(rejection: Rejection) -> Option<Section> {
    Some(match rejection {
        Rejection::UnknownHost | Rejection::MalformedHost => Section::Host,
        Rejection::WebSocketOrigin
        | Rejection::WebSocketServiceOrigin
        | Rejection::WebSocketWithoutOrigin => Section::WebSocket,
        Rejection::CsrfSite | Rejection::CsrfOrigin | Rejection::CsrfServiceOrigin => Section::Csrf,
        Rejection::CrossSite | Rejection::SameSite => Section::FetchMetadata,
        Rejection::PreflightNotAllowed => Section::RequirePreflight,
        _ => return None,
    })
}

/// # Errors
///
/// A message, if the values differ.
fn differ<T: std::fmt::Debug + PartialEq>(
    about: &str,
    expected: &T,
    found: &T,
) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("{about}: expected {expected:?}, found {found:?}"))
}

/// The distribution of the compared pairs.
#[derive(Debug, Default)]
struct Tally {
    pairs: u64,
    ends: BTreeMap<End, u64>,
    reports: BTreeMap<Section, u64>,
    effects: BTreeMap<&'static str, u64>,
    blocked: BTreeMap<Blocked, u64>,
    /// Responses that JSONP wraps.
    wrapped: u64,
    /// Requests from which JSONP removes a cookie.
    stripped: u64,
    /// Requests at paths that matter for `cors`.
    places: BTreeMap<Place, u64>,
    /// Responses of other origins that pages read.
    shared: u64,
    /// Responses of rejections that pages of other origins read.
    shared_rejections: u64,
    /// Responses that a shared cache could send to a later request.
    served_by_caches: u64,
}

impl Tally {
    fn count_answer(&mut self, answer: &Answer) {
        *self.ends.entry(answer.end).or_default() += 1;
        if let Some(section) = answer.reported {
            *self.reports.entry(section).or_default() += 1;
        }
        self.wrapped += u64::from(answer.response.is_script_for_callback);
    }

    fn count_place(&mut self, configuration: &Configuration, request: &Request, answer: &Answer) {
        for place in Place::of_request(configuration, request, answer) {
            *self.places.entry(place).or_default() += 1;
        }
    }

    fn count_visit(&mut self, page: &Page, visit: &whole::page::Visit) {
        let name = match &visit.effect {
            Effect::Blocked(step) => {
                *self.blocked.entry(*step).or_default() += 1;
                "blocked"
            }
            Effect::Opaque => "opaque",
            Effect::Script(_) => "script of another origin",
            Effect::Readable { is_script: true, .. } => "readable script",
            Effect::Readable { .. } => "readable",
        };
        *self.effects.entry(name).or_default() += 1;
        let Some((request, answer)) = visit.exchanges.last() else { return };
        let is_stripped = request.has("cookie") && !answer.received.has("cookie");
        self.stripped += u64::from(is_stripped);
        let is_cors = request.single("origin") == Some(&page.origin)
            && answer.response.joined("access-control-allow-origin").is_some();
        if is_cors && matches!(visit.effect, Effect::Readable { .. }) {
            self.shared += 1;
            self.shared_rejections += u64::from(matches!(answer.end, End::Rejected(_)));
        }
    }

    fn assert_is_spread(&self) {
        let is_at_least = |thousandths: u64, number: u64| number * 1000 >= self.pairs * thousandths;
        let sections = [
            Section::Host,
            Section::Cors,
            Section::WebSocket,
            Section::Csrf,
            Section::FetchMetadata,
            Section::RequirePreflight,
        ];
        for section in sections {
            let number = self.ends.get(&End::Rejected(section)).copied().unwrap_or_default();
            // Few configurations have only this guard, and the others deny most of its requests first.
            let is_last = section == Section::RequirePreflight;
            assert!(is_at_least(if is_last { 4 } else { 10 }, number), "{section:?}: {self:#?}");
            let number = self.reports.get(&section).copied().unwrap_or_default();
            let is_often = is_at_least(if is_last { 1 } else { 4 }, number);
            assert!(section == Section::Cors || is_often, "{section:?}: {self:#?}");
        }
        for step in [
            Blocked::Mode,
            Blocked::Cors,
            Blocked::ResourcePolicy,
            Blocked::EmbedderPolicy,
            Blocked::MimeType,
            Blocked::OpaqueResponse,
        ] {
            let number = self.blocked.get(&step).copied().unwrap_or_default();
            assert!(number * 2500 >= self.pairs, "{step:?}: {self:#?}");
        }
        assert_eq!(self.effects.len(), 5, "{self:#?}");
        assert!(self.effects.values().all(|number| is_at_least(5, *number)), "{self:#?}");
        for place in Place::ALL {
            let number = self.places.get(place).copied().unwrap_or_default();
            assert!(number * 2500 >= self.pairs, "{place:?}: {self:#?}");
        }
        assert!(is_at_least(10, self.wrapped), "{self:#?}");
        assert!(is_at_least(1, self.stripped), "{self:#?}");
        assert!(is_at_least(10, self.shared), "{self:#?}");
        assert!(is_at_least(1, self.shared_rejections), "{self:#?}");
        assert!(is_at_least(5, self.served_by_caches), "{self:#?}");
    }
}

const DEFAULT_PAIRS: u64 = 20_000;
const VISITS_OF_A_CASE: u64 = 20;

/// The request headers that the model predicts.
const REQUEST_HEADERS: &[&str] = &[
    "host",
    "origin",
    "cookie",
    "authorization",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
    "access-control-request-method",
    "access-control-request-headers",
];

/// Response headers that are lists of names.
const LISTS: &[&str] = &["vary", "access-control-expose-headers"];

const LISTS_OF_PREFLIGHTS: &[&str] =
    &["access-control-allow-methods", "access-control-allow-headers", "access-control-max-age"];

//! Replacing policies at runtime.

use std::{
    collections::BTreeSet,
    convert::Infallible,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    task::{Context, Poll, Waker},
    thread::{self, ThreadId},
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode, request};
use tokio::sync::mpsc::unbounded_channel;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_cross_origin::{
    RequestHead,
    cors::{
        Cors, CorsConfig, CorsLayer, CorsPolicy, Decision, FaultKind, OriginPredicate, Outcome,
        PolicyHandle, PolicySource, Rule,
    },
    cross_origin::{
        CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy, CsrfConfig, GuardConfig,
    },
    embedding::{CrossOriginResourcePolicy as Resource, EmbeddingConfig},
    origin::{Origin, OriginPattern, OriginSet},
};

use crate::support::{APP, EVIL, block_on, cors_lines, get, policy, preflight, respond};

#[test]
fn next_request_uses_the_new_policy() {
    let handle = PolicyHandle::new(policy([Rule::for_origins([APP])]));
    // A router also creates the service before the policy changes.
    let mut service = service(handle.clone());
    let allowed = |origin: &str| {
        [format!("access-control-allow-origin: {origin}"), "vary: origin".to_owned()].to_vec()
    };
    assert_eq!(response_lines(&mut service, get(APP)), allowed(APP));
    assert_eq!(response_lines(&mut service, get(EVIL)), ["vary: origin"]);
    let old = handle.swap(policy([Rule::for_origins([EVIL])]));
    assert_eq!(response_lines(&mut service, get(APP)), ["vary: origin"]);
    assert_eq!(response_lines(&mut service, get(EVIL)), allowed(EVIL));
    assert_eq!(*old.origins().iter().next().unwrap().as_str(), *APP, "`swap` returns the old one");
    assert_eq!(handle.load().origins().iter().next().unwrap().as_str(), EVIL);
}

#[test]
fn invalid_policy_keeps_the_active_one() {
    let handle = PolicyHandle::new(policy([Rule::for_origins([APP])]));
    let config = |rules: Vec<Rule>| CorsConfig::from(rules);
    for (rules, kind) in [
        (Vec::new(), FaultKind::NoRules),
        (vec![Rule::for_any_origin().allow_credentials(true)], FaultKind::AnyOriginWithCredentials),
    ] {
        let error = handle.try_swap(config(rules)).unwrap_err();
        assert_eq!(error.faults()[0].kind(), &kind);
        assert_eq!(outcome(&handle, get(APP)), Outcome::Allowed);
    }
    assert_eq!(handle.update(|_| Err("no")).unwrap_err(), "no");
    assert_eq!(outcome(&handle, get(APP)), Outcome::Allowed);
    handle.try_swap(config(vec![Rule::for_origins([EVIL])])).unwrap();
    assert_eq!(outcome(&handle, get(APP)), Outcome::Rejected);
    assert_eq!(outcome(&handle, get(EVIL)), Outcome::Allowed);
}

// Each policy puts its number into several headers.
#[test]
fn concurrent_requests_see_exactly_one_policy() {
    let numbered = |number: u64| {
        let rule = Rule::for_origins([APP])
            .allow_methods([format!("M{number}")])
            .allow_headers([format!("x-{number}")])
            .max_age(Duration::from_secs(number));
        policy([rule])
    };
    let lines = |number: u64| response_lines(&mut service(numbered(number)), preflight(APP, "GET"));
    let expected: BTreeSet<Vec<String>> = (0..4).map(lines).collect();
    assert_eq!(expected.len(), 4);
    let handle = PolicyHandle::new(numbered(0));
    let seen = with_concurrent_requests(
        || {
            let mut service = service(handle.clone());
            move || response_lines(&mut service, preflight(APP, "GET"))
        },
        || {
            for number in 0..400 {
                handle.swap(numbered(number % 4));
            }
        },
    );
    assert!(seen.is_subset(&expected), "{seen:#?}");
}

#[test]
fn old_policies_are_dropped_by_the_swapping_thread() {
    let drops = Drops::default();
    let recorded = || {
        let probe = drops.probe();
        let is_match = OriginPredicate::new(move |_, _| {
            // Yielding here lets the swapping thread overtake readers.
            thread::yield_now();
            probe.is_alive()
        });
        policy([Rule::for_origins_where(is_match)])
    };
    let handle = PolicyHandle::new(recorded());
    let outcomes = with_concurrent_requests(
        || {
            let layer = CorsLayer::new(handle.clone()).decision_in_extensions();
            let mut service = layer.layer(service_fn(respond));
            let mut held = Vec::new();
            move || {
                let response = send(&mut service, get(APP));
                let decision = response.extensions().get::<Decision>().unwrap().clone();
                let outcome = decision.outcome().as_str();
                // A long-running request holds a decision, and a decision holds no policy.
                held.push(decision);
                held.truncate(8);
                outcome
            }
        },
        || (0..CHANGES).for_each(|_| drop(handle.swap(recorded()))),
    );
    assert_eq!(outcomes, BTreeSet::from(["allowed"]));
    drop(handle);
    let threads = drops.threads();
    assert_eq!(threads.len(), CHANGES + 1, "each policy is dropped once");
    let elsewhere = threads.iter().filter(|thread| **thread != thread::current().id()).count();
    assert_eq!(elsewhere, 0, "no other thread drops a policy");
}

#[test]
fn concurrent_requests_see_exactly_one_cross_origin_policy() {
    // The policies differ in the exposed header, the resource policy and the guard.
    let numbered = |number: usize| {
        let resource = [Resource::SameOrigin, Resource::SameSite][number % 2];
        let rule = Rule::for_origins([APP]).expose_headers([format!("x-{number}")]);
        let guard = match number % 2 {
            0 => GuardConfig::new().csrf(CsrfConfig::new()),
            _ => GuardConfig::new(),
        };
        let embedding = EmbeddingConfig::new().resource_policy(resource);
        cross_origin_policy(with_rule(rule).guard(guard).embedding(embedding))
    };
    let send_request = |layer: CrossOriginLayer<PolicyHandle<CrossOriginPolicy>>| {
        let mut service = layer.layer(service_fn(respond));
        move || {
            let response = block_on(service.call(post(APP).body(()).unwrap())).unwrap();
            let headers = response.headers();
            let name = headers.get("access-control-expose-headers").cloned();
            (response.status(), name, headers["cross-origin-resource-policy"].clone())
        }
    };
    let is_one = |(status, name, resource): &(StatusCode, Option<HeaderValue>, HeaderValue)| {
        let name = name.as_ref().map(|name| name.to_str().unwrap());
        // The page can also read the response of a guard.
        matches!(
            (status.as_u16(), name, resource.to_str().unwrap()),
            (403, Some("x-0" | "x-2"), "same-origin") | (200, Some("x-1" | "x-3"), "same-site")
        )
    };
    let handle = PolicyHandle::new(numbered(0));
    let seen = with_concurrent_requests(
        || {
            let mut send_request = send_request(CrossOriginLayer::new(handle.clone()));
            move || {
                let (status, name, resource) = send_request();
                (
                    is_one(&(status, name.clone(), resource.clone())),
                    format!("{status} {name:?} {resource:?}"),
                )
            }
        },
        || (0..CHANGES).for_each(|number| drop(handle.swap(numbered(number % 4)))),
    );
    assert!(seen.iter().all(|(is_one, _)| *is_one), "{seen:#?}");
}

#[test]
fn cross_origin_policies_are_dropped_by_the_swapping_thread() {
    let drops = Drops::default();
    let recorded = || {
        let probe = drops.probe();
        let is_match = OriginPredicate::new(move |_, _| {
            thread::yield_now();
            probe.is_alive()
        });
        let config = with_rule(Rule::for_origins_where(is_match).allow_credentials(true));
        cross_origin_policy(config.guard(GuardConfig::new().csrf(CsrfConfig::new())))
    };
    let handle = PolicyHandle::new(recorded());
    let statuses = with_concurrent_requests(
        || {
            let layer = CrossOriginLayer::new(handle.clone()).decision_in_extensions();
            let mut service = layer.layer(service_fn(respond));
            let mut held = Vec::new();
            move || {
                let response = block_on(service.call(post(APP).body(()).unwrap())).unwrap();
                let status = response.status().as_u16();
                held.push(response);
                held.truncate(8);
                status
            }
        },
        || (0..CHANGES).for_each(|_| drop(handle.swap(recorded()))),
    );
    assert_eq!(statuses, BTreeSet::from([200]));
    drop(handle);
    let threads = drops.threads();
    assert_eq!(threads.len(), CHANGES + 1, "each policy is dropped once");
    let elsewhere = threads.iter().filter(|thread| **thread != thread::current().id()).count();
    assert_eq!(elsewhere, 0, "no other thread drops a policy");
}

// The last reader does not drop the value, no matter how long the read takes.
#[test]
fn value_in_use_is_dropped_by_the_next_swap() {
    let drops = Drops::default();
    let handle = PolicyHandle::new(drops.probe());
    let (started_sender, started) = mpsc::channel();
    let (finish_sender, finish) = mpsc::channel::<()>();
    let reader = {
        let handle = handle.clone();
        thread::spawn(move || {
            handle.read(|probe| {
                started_sender.send(()).unwrap();
                finish.recv().unwrap();
                probe.is_alive()
            })
        })
    };
    started.recv().unwrap();
    drop(handle.swap(drops.probe()));
    assert_eq!(drops.threads(), [], "the value is in use");
    finish_sender.send(()).unwrap();
    assert!(reader.join().unwrap());
    assert_eq!(drops.threads(), [], "the reader does not drop the value");
    let here = thread::current().id();
    drop(handle.swap(drops.probe()));
    assert_eq!(drops.threads(), [here, here], "`swap` drops the first and the second value");
    drop(handle);
    assert_eq!(drops.threads(), [here, here, here]);
}

#[test]
fn decision_does_not_keep_the_policy_alive() {
    let alive = Arc::new(());
    let held = alive.clone();
    let is_match = OriginPredicate::new(move |_, _| Arc::strong_count(&held) > 0);
    let policy = policy([Rule::for_origins_where(is_match)]);
    let decide =
        |request: request::Builder| policy.decide(&RequestHead::from(&request.body(()).unwrap()));
    let decisions =
        [decide(get(APP)), decide(preflight(APP, "PUT")), decide(preflight(APP, "GET"))];
    assert_eq!(Arc::strong_count(&alive), 2, "only the policy holds a clone");
    drop(policy);
    assert_eq!(Arc::strong_count(&alive), 1);
    let mut response = Response::new(());
    decisions[0].apply_to(&mut response);
    let message = "the decision is usable without the policy";
    assert_eq!(response.headers()["access-control-allow-origin"], APP, "{message}");
    assert_eq!(decisions[2].early_response::<()>().unwrap().status(), StatusCode::NO_CONTENT);
}

#[test]
fn concurrent_changes_are_all_applied() {
    let handle = PolicyHandle::new(policy([Rule::for_origins([APP])]));
    thread::scope(|scope| {
        for writer in 0..4 {
            let handle = &handle;
            scope.spawn(move || {
                for number in 0..50 {
                    let first = pattern(&format!("https://{number}.first-{writer}.example"));
                    let second = pattern(&format!("https://{number}.second-{writer}.example"));
                    let changed = handle.update(|policy| {
                        let changed = policy.with_origin(0, &first);
                        // Yielding here lets other writers attempt a change.
                        thread::yield_now();
                        changed
                    });
                    changed.unwrap();
                    assert!(handle.insert_origin(0, &second).unwrap());
                }
            });
        }
    });
    assert_eq!(handle.load().origins().len(), 401);
}

// This test would take minutes if each change copied the whole set.
#[test]
fn origin_is_inserted_into_and_removed_from_a_large_set() {
    let many = OriginSet::parse((0..50_000).map(|number| format!("https://{number}.example")));
    let trusted = Rule::for_origins(["https://first.example"]).allow_credentials(true);
    let tenants = Rule::for_origins(many.unwrap()).allow_methods(["PUT"]);
    let handle = PolicyHandle::new(policy([trusted, tenants]));
    let before = handle.load();
    for number in 0..1000 {
        let origin = format!("https://new-{number}.example");
        assert!(handle.insert_origin(1, &pattern(&origin)).unwrap());
        assert!(!handle.insert_origin(1, &pattern(&origin)).unwrap(), "already present");
        assert_eq!(outcome(&handle, preflight(&origin, "PUT")), Outcome::PreflightAllowed);
        assert_eq!(before.outcome_for(&origin), Outcome::Rejected, "the old policy is unchanged");
        if number % 2 == 0 {
            assert!(handle.remove_origin(1, &pattern(&origin)).unwrap());
            assert!(!handle.remove_origin(1, &pattern(&origin)).unwrap(), "already removed");
            assert_eq!(outcome(&handle, get(&origin)), Outcome::Rejected);
        }
    }
    assert_eq!(handle.load().origins().len(), 50_501);
}

#[test]
fn inserted_origin_is_validated_like_a_configured_one() {
    let rules = [
        Rule::for_origins([APP]).allow_credentials(true),
        Rule::for_origins(["https://a.example"]),
        Rule::for_origins(["https://b.example"])
            .allow_credentials(true)
            .dangerously_allow_insecure_origins(true)
            .dangerously_allow_public_suffixes(true),
        Rule::for_any_origin(),
    ];
    let handle = PolicyHandle::new(policy(rules));
    for (rule, origin, expected) in [
        (0, "https://new.example", None),
        (0, "https://*.new.example", None),
        (0, "http://localhost:3000", None),
        (
            0,
            "http://new.example",
            Some((FaultKind::InsecureOriginWithCredentials, Some("https://new.example"))),
        ),
        (0, "https://*.github.io", Some((FaultKind::PublicSuffixWithCredentials, None))),
        (1, "http://new.example", None),
        (1, "https://*.github.io", None),
        (2, "http://new.example", None),
        (2, "https://*.github.io", None),
        (3, "https://new.example", Some((FaultKind::RuleForAnyOrigin, None))),
        (4, "https://new.example", Some((FaultKind::RuleIndexOutOfRange { rules: 4 }, None))),
    ] {
        let inserted = handle.insert_origin(rule, &pattern(origin));
        let changed = handle.load().with_origin(rule, &pattern(origin));
        match expected {
            None => {
                assert_eq!(inserted, Ok(true), "{rule} {origin}");
                assert!(changed.is_ok());
                assert_eq!(handle.remove_origin(rule, &pattern(origin)), Ok(true));
            }
            Some((kind, suggestion)) => {
                let error = inserted.unwrap_err();
                let [fault] = error.faults() else { panic!("{error}") };
                assert_eq!(fault.kind(), &kind, "{rule} {origin}");
                assert_eq!(fault.suggestion(), suggestion);
                assert_eq!(fault.setting(), format!("rules[{rule}].origins"));
                assert_eq!(fault.value(), origin);
                assert_eq!(changed.unwrap_err(), error);
            }
        }
    }
    for (rule, message) in [
        (
            3,
            "the rule allows every origin; adding or removing a single origin would have no effect; \
             replace the policy by one whose rule lists origins",
        ),
        (4, "no rule has the index; the policy has 4 rules; use an index from 0 to 3"),
    ] {
        let error = handle.remove_origin(rule, &pattern(APP)).unwrap_err();
        assert_eq!(error.faults()[0].help(), message);
    }
}

// The last origin of a rule can be removed, too, although a configuration needs at least one origin.
// Otherwise, the origin to be revoked would stay allowed.
#[test]
fn removed_origin_is_rejected() {
    for text in [APP, "https://*.example.com"] {
        let handle = PolicyHandle::new(policy([Rule::for_origins([text])]));
        assert_eq!(outcome(&handle, get(APP)), Outcome::Allowed);
        assert_eq!(handle.remove_origin(0, &pattern(text)), Ok(true));
        assert_eq!(outcome(&handle, get(APP)), Outcome::Rejected);
        assert_eq!(outcome(&handle, preflight(APP, "GET")), Outcome::PreflightRejected);
        assert_eq!(response_lines(&mut service(handle.clone()), get(APP)), ["vary: origin"]);
        let request = get(APP).body(()).unwrap();
        let explanation = handle.load().explain(&request).to_string();
        assert!(explanation.contains("no match in rules[0] (no origins)"), "{explanation}");
        assert_eq!(handle.insert_origin(0, &pattern(text)), Ok(true));
        assert_eq!(outcome(&handle, get(APP)), Outcome::Allowed);
    }
}

#[test]
fn inserted_origin_gets_the_settings_of_its_rule() {
    let rule = Rule::for_origins([APP])
        .add_origin_predicate(OriginPredicate::new(|origin, _| origin.port() == Some(8443)))
        .allow_credentials(true)
        .allow_methods(["PUT"])
        .expose_headers(["etag"]);
    let before = policy([rule]);
    let new = "https://new.example";
    let after = before.with_origin(0, &pattern(new)).unwrap();
    for request in [get, |origin: &str| preflight(origin, "PUT")] {
        let as_app: Vec<String> = response_lines(&mut service(before.clone()), request(APP));
        let as_new: Vec<String> = response_lines(&mut service(after.clone()), request(new));
        assert_eq!(as_new.join("\n").replace(new, APP), as_app.join("\n"));
    }
    assert_eq!(after.outcome_for("https://any.example:8443"), Outcome::Allowed, "predicate");
    assert_eq!(after.outcome_for("http://any.example:8443"), Outcome::Rejected, "insecure");
    assert_eq!(after.lints(), before.lints());
    let differences: Vec<String> =
        before.difference(&after).changes().iter().map(ToString::to_string).collect();
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(before.difference(&after.without_origin(0, &pattern(new)).unwrap()).is_empty());
}

#[test]
fn followed_stream_skips_invalid_policies_until_its_end() {
    let handle = PolicyHandle::new(CorsPolicy::reject_all());
    let config = |origin: &str| CorsConfig::from(vec![Rule::for_origins([origin])]);
    let (changes, followed) = unbounded_channel::<CorsConfig>();
    let rejected = Arc::new(Mutex::new(Vec::new()));
    let mut following = {
        let rejected = rejected.clone();
        Box::pin(handle.follow(UnboundedReceiverStream::new(followed), move |error| {
            rejected.lock().unwrap().push(error.to_string());
        }))
    };
    let mut poll = || following.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    for (origin, active, rejections) in [
        (APP, APP, 0),
        ("app.example.com", APP, 1),
        ("https://other.example", "https://other.example", 1),
    ] {
        changes.send(config(origin)).unwrap();
        assert_eq!(poll(), Poll::Pending);
        assert_eq!(outcome(&handle, get(active)), Outcome::Allowed, "{origin}");
        assert_eq!(rejected.lock().unwrap().len(), rejections, "{origin}");
    }
    assert!(rejected.lock().unwrap()[0].contains("app.example.com"));
    drop(changes);
    assert_eq!(poll(), Poll::Ready(()));
}

#[test]
fn dropped_follow_future_closes_the_stream() {
    let handle = PolicyHandle::new(CorsPolicy::reject_all());
    let (changes, followed) = unbounded_channel::<CorsPolicy>();
    let following =
        handle.follow(UnboundedReceiverStream::new(followed), |never: Infallible| match never {});
    {
        let mut following = pin!(following);
        assert!(following.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(!changes.is_closed());
    }
    assert!(changes.is_closed());
}

#[test]
fn policy_handle_is_small_send_and_sync() {
    fn assert_send_sync_unpin<T: Send + Sync + Unpin + Clone + 'static>(_: &T) {}
    fn assert_send<T: Send + 'static>(_: T) {}
    assert_eq!(size_of::<PolicyHandle<CorsPolicy>>(), size_of::<usize>());
    assert_eq!(size_of::<Cors<(), PolicyHandle<CorsPolicy>>>(), 2 * size_of::<usize>());
    let handle = PolicyHandle::new(CorsPolicy::reject_all());
    assert_send_sync_unpin(&handle);
    assert_send_sync_unpin(&CorsLayer::new(handle.clone()));
    assert_send(handle.follow(tokio_stream::iter([CorsPolicy::reject_all()]), |_| ()));
    // A handle can hold any value.
    let number = PolicyHandle::new(1);
    number.update(|one| Ok::<_, Infallible>(one + 1)).unwrap();
    assert_eq!(number.read(|two| *two), 2);
    assert!(number.try_swap(u64::MAX).is_err() && number.try_swap(3_u8).is_ok());
    assert_eq!(format!("{number:?}"), "PolicyHandle(3)");
}

fn cross_origin_policy(config: CrossOriginConfig) -> CrossOriginPolicy {
    CrossOriginPolicy::new(config).unwrap()
}

fn with_rule(rule: Rule) -> CrossOriginConfig {
    CrossOriginConfig::new().cors(rule)
}

fn post(origin: &str) -> request::Builder {
    Request::post("/").header("origin", origin).header("sec-fetch-site", "cross-site")
}

fn pattern(text: &str) -> OriginPattern {
    text.parse().unwrap()
}

fn outcome(source: &impl PolicySource, request: request::Builder) -> Outcome {
    let request = request.body(()).unwrap();
    let head = RequestHead::from(&request);
    source.decide(&head).outcome()
}

trait OutcomeFor {
    fn outcome_for(&self, origin: &str) -> Outcome;
}

impl OutcomeFor for CorsPolicy {
    fn outcome_for(&self, origin: &str) -> Outcome {
        assert!(Origin::parse(origin.as_bytes()).is_ok());
        outcome(self, get(origin))
    }
}

fn service<P: PolicySource + Clone>(
    source: P,
) -> impl Service<Request<()>, Response = Response<()>, Error = Infallible> {
    CorsLayer::new(source).layer(service_fn(respond))
}

fn send<S>(service: &mut S, request: request::Builder) -> Response<()>
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    block_on(service.ready()).unwrap();
    block_on(service.call(request.body(()).unwrap())).unwrap()
}

fn response_lines<S>(service: &mut S, request: request::Builder) -> Vec<String>
where
    S: Service<Request<()>, Response = Response<()>, Error = Infallible>,
{
    cors_lines(send(service, request).headers())
}

/// Returns the results of threads that send requests while `change` runs.
///
/// Each thread sends at least one request.
fn with_concurrent_requests<A, S: Ord + Send>(
    make_sender: impl Fn() -> A + Sync,
    change: impl FnOnce(),
) -> BTreeSet<S>
where
    A: FnMut() -> S,
{
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let send_request = || {
            let mut send_request = make_sender();
            let mut seen = BTreeSet::from([send_request()]);
            while !is_over.load(Ordering::SeqCst) {
                seen.insert(send_request());
            }
            seen
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(send_request)).collect();
        change();
        is_over.store(true, Ordering::SeqCst);
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// The threads that dropped a [`DropProbe`].
#[derive(Clone, Default)]
struct Drops(Arc<Mutex<Vec<ThreadId>>>);

impl Drops {
    fn probe(&self) -> DropProbe {
        DropProbe { drops: self.clone(), is_alive: true }
    }

    fn threads(&self) -> Vec<ThreadId> {
        self.0.lock().unwrap().clone()
    }
}

struct DropProbe {
    drops: Drops,
    is_alive: bool,
}

impl DropProbe {
    fn is_alive(&self) -> bool {
        self.is_alive
    }
}

impl Drop for DropProbe {
    fn drop(&mut self) {
        self.drops.0.lock().unwrap().push(thread::current().id());
    }
}

const CHANGES: usize = 400;

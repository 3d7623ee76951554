//! A candidate beside the policy in force: what it would answer otherwise is told, and answers nothing.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{HeaderName, Request, Response, StatusCode};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::cors::{
    CorsConfig, CorsLayer, Decision, DryRun, OriginPredicate, PolicyHandle, PolicySource, Rule,
    Step, UpstreamHeaders, policy_fn,
};

use crate::support::{APP, EVIL, block_on, from, get, policy_of, preflight};

#[test]
fn what_goes_on_the_wire_otherwise_is_a_difference() {
    let app = || Rule::for_origins([APP]).allow_methods(["PUT"]).expose_headers(["etag"]);
    let both = || Rule::for_origins([APP, EVIL]).allow_methods(["PUT"]);
    for (in_force, candidate, request, difference) in [
        // Alike.
        (config([app()]), config([app()]), get(APP), None),
        (config([app()]), config([app()]), preflight(APP, "DELETE"), None),
        (config([app()]), config([app()]), Request::get("/"), None),
        // Who may read.
        (config([app()]), config([Rule::for_origins([EVIL])]), get(APP), Some("allowed rejected")),
        (config([app()]), config([both()]), get(EVIL), Some("rejected allowed")),
        (
            config([app()]),
            config([both()]),
            preflight(EVIL, "PUT"),
            Some("preflight-rejected preflight-allowed"),
        ),
        (config([app()]), config([both()]), preflight(APP, "PUT"), None),
        // The same outcome with other headers.
        (config([app()]), config([both()]), get(APP), Some("allowed allowed")),
        (
            config([app()]),
            config([app().allow_credentials(true)]),
            get(APP),
            Some("allowed allowed"),
        ),
        (config([app()]), config([app().allow_credentials(true)]), get(EVIL), None),
        (
            config([app()]),
            config([app().allow_methods(["DELETE"])]),
            preflight(APP, "PUT"),
            Some("preflight-allowed preflight-allowed"),
        ),
        (config([app()]), config([app().allow_methods(["DELETE"])]), get(APP), None),
        // Another status.
        (
            config([app()]),
            config([app()]).preflight_status(200),
            preflight(APP, "PUT"),
            Some("preflight-allowed preflight-allowed"),
        ),
        // Refused at another step, and answered the same.
        (config([app()]), config([Rule::for_origins([EVIL])]), preflight(APP, "DELETE"), None),
        // Another rule that says the same.
        (
            config([app()]),
            config([Rule::for_origins(["https://a.example"]), app()]),
            get(APP),
            None,
        ),
        // What a cache is told.
        (config([app()]), config([Rule::for_any_origin()]), Request::get("/"), Some("plain plain")),
        // Whether the service is called.
        (
            config([app()]),
            config([app()]).enforce(true),
            from(EVIL, "POST"),
            Some("rejected forbidden"),
        ),
        // A setting that shows where the service has headers of its own, and not in a request.
        (config([app()]), config([app()]).upstream_headers(UpstreamHeaders::Keep), get(APP), None),
    ] {
        let what = format!("{candidate:?} {request:?}");
        let (in_force, candidate) = (policy_of(in_force), policy_of(candidate));
        let request = request.body(()).unwrap();
        let (seen, shadow) = watched(in_force.clone(), candidate);
        let answer = ask(&CorsLayer::new(shadow), request.clone());
        assert_eq!(seen.lock().unwrap().first().map(String::as_str), difference, "{what}");
        assert_eq!(answer, ask(&CorsLayer::new(in_force), request), "{what}");
    }
}

/// The names that the choice of the candidate depends on are no answer's.
#[test]
fn vary_is_that_of_the_source_in_force() {
    const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    let app = policy_of(config([Rule::for_origins([APP])]));
    let by_tenant = {
        let app = app.clone();
        policy_fn(move |_| Some(app.clone())).varies_on([TENANT])
    };
    let (seen, shadow) = watched(app.clone(), by_tenant.clone());
    let vary = |answer: &Answered| answer.1[1].clone();
    assert_eq!(vary(&ask(&CorsLayer::new(shadow), request())), "vary: origin");
    assert_eq!(*seen.lock().unwrap(), ["allowed allowed"], "it would be another one's");
    let (seen, shadow) = watched(by_tenant.clone(), by_tenant);
    assert_eq!(vary(&ask(&CorsLayer::new(shadow), request())), "vary: origin, x-tenant");
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn a_candidate_that_panics_is_a_difference_and_breaks_no_answer() {
    let in_force = policy_of(config([Rule::for_origins([APP])]));
    let broken = OriginPredicate::new(|_, _| panic!("a predicate of the candidate"));
    let candidate = policy_of(config([Rule::for_origins_where(broken)]));
    let (seen, shadow) = watched(in_force.clone(), candidate.clone());
    let expected = ask(&CorsLayer::new(in_force.clone()), request());
    assert_eq!(ask(&CorsLayer::new(shadow), request()), expected);
    assert_eq!(*seen.lock().unwrap(), ["allowed none"]);
    // Nor does a callback.
    let shadow = DryRun::new(in_force, candidate).on_difference(|_| panic!("the callback"));
    assert_eq!(ask(&CorsLayer::new(shadow), request()), expected);
}

#[test]
fn both_can_be_replaced_while_they_are_asked() {
    let only = |origin| policy_of(config([Rule::for_origins([origin])]));
    let (in_force, candidate) = (PolicyHandle::new(only(APP)), PolicyHandle::new(only(APP)));
    let (seen, shadow) = watched(in_force.clone(), candidate.clone());
    let layer = CorsLayer::new(shadow);
    ask(&layer, request());
    candidate.swap(only(EVIL));
    ask(&layer, request());
    in_force.swap(only(EVIL));
    ask(&layer, request());
    assert_eq!(*seen.lock().unwrap(), ["allowed rejected"]);
}

#[test]
fn a_callback_is_given_the_request_and_both_decisions() {
    let (in_force, candidate) = (
        policy_of(config([Rule::for_origins([APP])])),
        policy_of(config([Rule::for_origins([EVIL])])),
    );
    let seen = Arc::new(Mutex::new(None));
    let shadow = {
        let seen = seen.clone();
        DryRun::new(in_force, candidate).on_difference(move |difference| {
            let path = difference.head().uri().path().to_owned();
            let steps = [Some(difference.active()), difference.candidate()]
                .map(|decision| decision.and_then(Decision::failed_step));
            *seen.lock().unwrap() = Some((path, steps.map(|step| step.map(Step::as_str))));
        })
    };
    ask(&CorsLayer::new(shadow), request());
    assert_eq!(*seen.lock().unwrap(), Some(("/items/1".to_owned(), [None, Some("origin")])));
}

fn config<const N: usize>(rules: [Rule; N]) -> CorsConfig {
    CorsConfig::from(rules)
}

fn request() -> Request<()> {
    get(APP).body(()).unwrap()
}

type Seen = Arc<Mutex<Vec<String>>>;

/// The outcomes of each difference, that in force first.
fn watched<P: PolicySource, C: PolicySource>(source: P, candidate: C) -> (Seen, DryRun<P, C>) {
    let seen = Seen::default();
    let told = seen.clone();
    let shadow = DryRun::new(source, candidate).on_difference(move |difference| {
        let [in_force, candidate] = [Some(difference.active()), difference.candidate()]
            .map(|decision| decision.map_or("none", |decision| decision.outcome().as_str()));
        told.lock().unwrap().push(format!("{in_force} {candidate}"));
    });
    (seen, shadow)
}

type Answered = (StatusCode, Vec<String>);

/// The status and all headers.
fn ask<P: PolicySource + Clone>(layer: &CorsLayer<P>, request: Request<()>) -> Answered {
    let mut service =
        layer.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
    let response = block_on(service.call(request)).unwrap();
    let line =
        |name: &HeaderName| format!("{name}: {}", response.headers()[name].to_str().unwrap());
    let mut lines: Vec<String> = response.headers().keys().map(line).collect();
    lines.sort();
    (response.status(), lines)
}

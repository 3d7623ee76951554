//! Dry runs: the layer evaluates a candidate next to the active policy and reports differences.

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

use crate::support::{APP, EVIL, block_on, from, get, policy_from_config, preflight};

#[test]
fn changed_response_is_reported_as_a_difference() {
    let app = || Rule::for_origins([APP]).allow_methods(["PUT"]).expose_headers(["etag"]);
    let both = || Rule::for_origins([APP, EVIL]).allow_methods(["PUT"]);
    for (active, candidate, request, difference) in [
        // Equal responses.
        (config([app()]), config([app()]), get(APP), None),
        (config([app()]), config([app()]), preflight(APP, "DELETE"), None),
        (config([app()]), config([app()]), Request::get("/"), None),
        // Different allowed origins.
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
        // The rejection at another step has another response, unless both policies hide the failing step.
        (
            config([app()]),
            config([Rule::for_origins([EVIL])]),
            preflight(APP, "DELETE"),
            Some("preflight-rejected preflight-rejected"),
        ),
        (
            config([app()]).hide_failing_step(true),
            config([Rule::for_origins([EVIL])]).hide_failing_step(true),
            preflight(APP, "DELETE"),
            None,
        ),
        // Another rule with the same response.
        (
            config([app()]),
            config([Rule::for_origins(["https://a.example"]), app()]),
            get(APP),
            None,
        ),
        // Another `Vary`.
        (config([app()]), config([Rule::for_any_origin()]), Request::get("/"), Some("plain plain")),
        // Only one policy forwards the request.
        (
            config([app()]),
            config([app()]).enforce(true),
            from(EVIL, "POST"),
            Some("rejected forbidden"),
        ),
        // This setting has an effect only if the service sets CORS headers.
        (config([app()]), config([app()]).upstream_headers(UpstreamHeaders::Keep), get(APP), None),
    ] {
        let case = format!("{candidate:?} {request:?}");
        let (active, candidate) = (policy_from_config(active), policy_from_config(candidate));
        let request = request.body(()).unwrap();
        let (seen, dry_run) = recording(active.clone(), candidate);
        let response = send(&CorsLayer::new(dry_run), request.clone());
        assert_eq!(seen.lock().unwrap().first().map(String::as_str), difference, "{case}");
        assert_eq!(response, send(&CorsLayer::new(active), request), "{case}");
    }
}

// The headers that select the candidate do not affect the response.
#[test]
fn vary_comes_from_the_active_policy() {
    const TENANT: HeaderName = HeaderName::from_static("x-tenant");
    let app = policy_from_config(config([Rule::for_origins([APP])]));
    let by_tenant = {
        let app = app.clone();
        policy_fn(move |_| Some(app.clone())).varies_on([TENANT])
    };
    let (seen, dry_run) = recording(app.clone(), by_tenant.clone());
    let vary = |response: &StatusAndHeaders| response.1[1].clone();
    assert_eq!(vary(&send(&CorsLayer::new(dry_run), request())), "vary: origin");
    assert_eq!(*seen.lock().unwrap(), ["allowed allowed"], "`Vary` of the candidate differs");
    let (seen, dry_run) = recording(by_tenant.clone(), by_tenant);
    assert_eq!(vary(&send(&CorsLayer::new(dry_run), request())), "vary: origin, x-tenant");
    assert!(seen.lock().unwrap().is_empty());
}

#[test]
fn panicking_candidate_is_reported_as_a_difference() {
    let active = policy_from_config(config([Rule::for_origins([APP])]));
    let panicking = OriginPredicate::new(|_, _| panic!("a predicate of the candidate"));
    let candidate = policy_from_config(config([Rule::for_origins_where(panicking)]));
    let (seen, dry_run) = recording(active.clone(), candidate.clone());
    let expected = send(&CorsLayer::new(active.clone()), request());
    assert_eq!(send(&CorsLayer::new(dry_run), request()), expected);
    assert_eq!(*seen.lock().unwrap(), ["allowed none"]);
    // A panic of the callback does not affect the response either.
    let dry_run = DryRun::new(active, candidate).on_difference(|_| panic!("the callback"));
    assert_eq!(send(&CorsLayer::new(dry_run), request()), expected);
}

#[test]
fn active_and_candidate_policies_can_be_replaced() {
    let policy_for = |origin| policy_from_config(config([Rule::for_origins([origin])]));
    let (active, candidate) =
        (PolicyHandle::new(policy_for(APP)), PolicyHandle::new(policy_for(APP)));
    let (seen, dry_run) = recording(active.clone(), candidate.clone());
    let layer = CorsLayer::new(dry_run);
    send(&layer, request());
    candidate.swap(policy_for(EVIL));
    send(&layer, request());
    active.swap(policy_for(EVIL));
    send(&layer, request());
    assert_eq!(*seen.lock().unwrap(), ["allowed rejected"]);
}

#[test]
fn callback_receives_the_request_and_both_decisions() {
    let (active, candidate) = (
        policy_from_config(config([Rule::for_origins([APP])])),
        policy_from_config(config([Rule::for_origins([EVIL])])),
    );
    let seen = Arc::new(Mutex::new(None));
    let dry_run = {
        let seen = seen.clone();
        DryRun::new(active, candidate).on_difference(move |difference| {
            let path = difference.head().uri().path().to_owned();
            let steps = [Some(difference.active()), difference.candidate()]
                .map(|decision| decision.and_then(Decision::failed_step));
            *seen.lock().unwrap() = Some((path, steps.map(|step| step.map(Step::as_str))));
        })
    };
    send(&CorsLayer::new(dry_run), request());
    assert_eq!(*seen.lock().unwrap(), Some(("/items/1".to_owned(), [None, Some("origin")])));
}

fn config<const N: usize>(rules: [Rule; N]) -> CorsConfig {
    CorsConfig::from(rules)
}

fn request() -> Request<()> {
    get(APP).body(()).unwrap()
}

type Recorded = Arc<Mutex<Vec<String>>>;

/// Returns a dry run that records the outcomes of each difference, the active policy first.
fn recording<P: PolicySource, C: PolicySource>(
    source: P,
    candidate: C,
) -> (Recorded, DryRun<P, C>) {
    let seen = Recorded::default();
    let recorded = seen.clone();
    let dry_run = DryRun::new(source, candidate).on_difference(move |difference| {
        let [active, candidate] = [Some(difference.active()), difference.candidate()]
            .map(|decision| decision.map_or("none", |decision| decision.outcome().as_str()));
        recorded.lock().unwrap().push(format!("{active} {candidate}"));
    });
    (seen, dry_run)
}

type StatusAndHeaders = (StatusCode, Vec<String>);

/// Sends the request and returns the status and all response headers.
fn send<P: PolicySource + Clone>(layer: &CorsLayer<P>, request: Request<()>) -> StatusAndHeaders {
    let mut service =
        layer.layer(service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(()))));
    let response = block_on(service.call(request)).unwrap();
    let line =
        |name: &HeaderName| format!("{name}: {}", response.headers()[name].to_str().unwrap());
    let mut lines: Vec<String> = response.headers().keys().map(line).collect();
    lines.sort();
    (response.status(), lines)
}

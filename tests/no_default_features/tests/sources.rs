//! Tests of policy sources without Tower and without a clock.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::Request;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsPolicy, DryRun, Outcome, PolicySource, Rule, policy_fn},
};

#[test]
fn dry_run_compares_policies_selected_by_request() {
    let policy = |origin: &str| CorsPolicy::new(Rule::for_origins([origin])).unwrap();
    let (a, b) = (policy("https://a.example"), policy("https://b.example"));
    let active = policy_fn(move |request| match &*request.host()? {
        "a.api.example" => Some(a.clone()),
        _ => None,
    });
    let differences = Arc::new(AtomicUsize::new(0));
    let count = differences.clone();
    let source = DryRun::new(active, b).on_difference(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    for (host, origin, outcome, expected_differences) in [
        ("a.api.example", "https://a.example", Outcome::Allowed, 1),
        ("a.api.example", "https://c.example", Outcome::Rejected, 0),
        ("b.api.example", "https://a.example", Outcome::Rejected, 0),
        ("b.api.example", "https://b.example", Outcome::Rejected, 1),
    ] {
        let request = Request::get("/").header("host", host).header("origin", origin);
        let request = request.body(()).unwrap();
        let head = RequestHead::from(&request);
        let decision = source.decide(&head);
        assert_eq!(decision.outcome(), outcome, "{host} {origin}");
        assert_eq!(differences.swap(0, Ordering::Relaxed), expected_differences, "{host} {origin}");
    }
}

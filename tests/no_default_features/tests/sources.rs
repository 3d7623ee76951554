//! Sources of policies: what decides needs neither Tower nor a clock.

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
fn a_policy_is_chosen_by_request_and_shadowed() {
    let only = |origin: &str| CorsPolicy::new(Rule::for_origins([origin])).unwrap();
    let (a, b) = (only("https://a.example"), only("https://b.example"));
    let in_force = policy_fn(move |request| match &*request.host()? {
        "a.api.example" => Some(a.clone()),
        _ => None,
    });
    let differences = Arc::new(AtomicUsize::new(0));
    let count = differences.clone();
    let source = DryRun::new(in_force, b).on_difference(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    for (host, origin, outcome, told) in [
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
        assert_eq!(differences.swap(0, Ordering::Relaxed), told, "{host} {origin}");
    }
}

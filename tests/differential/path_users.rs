//! All settings with paths, compared with the ways in which servers read a path. DESIGN 17, S15

use http::Request;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Outcome, PolicySource, Rule, policy_fn},
    cross_origin::{BeaconConfig, CrossOriginConfig, CrossOriginPolicy, LongPollConfig},
    guard::{Check, Csrf, FetchMetadata, Verdict},
    jsonp::{JsonpConfig, JsonpDecision, JsonpPolicy},
};

use crate::reference_model::path::{Server, has_two_readings};

/// Checks that all settings treat the path of a target in the same way, and that no server reads it differently.
///
/// A text that is not a target with a path is ignored.
pub(crate) fn check(target: &str) {
    let Ok(request) = Request::get(target).body(()) else { return };
    let path = request.uri().path().to_owned();
    if !path.starts_with('/') {
        return;
    }
    let is_clear = !has_two_readings(&path);
    for (setting, is_covered) in covered_below_folder(&path) {
        assert_eq!(is_covered, is_clear && path.starts_with(FOLDER), "{setting}: {path}");
        for server in Server::ALL {
            let is_below = server.read(&path).starts_with(FOLDER.as_bytes());
            assert!(is_below || !is_covered, "{setting}: {path}, {server:?}");
        }
    }
    for (setting, is_covered) in covered_by_exemption(&path) {
        assert_eq!(is_covered, path == HOOK, "{setting}: {path}");
        for server in Server::ALL {
            let is_hook = server.read(&path) == HOOK.as_bytes();
            assert!(is_hook || !is_covered, "{setting}: {path}, {server:?}");
        }
    }
    let is_open = is_allowed_by_general_rule(&path);
    assert_eq!(is_open, is_clear && !path.starts_with(FOLDER), "{path}");
    for server in Server::ALL {
        let is_below = server.read(&path).starts_with(FOLDER.as_bytes());
        assert!(!(is_open && is_below), "the stricter rule does not apply: {path}, {server:?}");
    }
}

/// Returns the settings with [`FOLDER`], and whether each covers the path.
pub(crate) fn covered_below_folder(path: &str) -> [(&'static str, bool); 8] {
    let below = [format!("{FOLDER}*")];
    let public = policy(Rule::for_any_origin());
    let source = policy_fn(move |request| request.path_is_below(FOLDER).then(|| public.clone()));
    let not_handled = CorsConfig::from(Rule::for_any_origin()).not_handled(&below);
    let is_below = |head: &RequestHead<'_>| head.uri().path().starts_with(FOLDER);
    let companions = CrossOriginConfig::new()
        .beacon(BeaconConfig::new().paths(&below))
        .long_poll(LongPollConfig::new().paths(&below));
    let companions = CrossOriginPolicy::new(companions).expect("the paths are valid");
    let jsonp = JsonpPolicy::new(JsonpConfig::new().paths(&below)).expect("the paths are valid");
    let request = get(path);
    let head = RequestHead::from(&request);
    let with_callback = get(&format!("{path}?callback=show"));
    let wrapped = jsonp.decide(&RequestHead::from(&with_callback));
    let companions = companions.decide(&head);
    [
        ("Rule::paths", is_shared(&policy(Rule::for_any_origin().paths(&below)), path)),
        ("path_is_below", source.decide(&head).outcome() == Outcome::Allowed),
        ("not_handled", policy(not_handled).decide(&head).outcome() == Outcome::NotHandled),
        ("Csrf::skip_if", is_exempt(&Csrf::new().skip_if(is_below), path)),
        ("FetchMetadata::skip_if", is_exempt(&FetchMetadata::new().skip_if(is_below), path)),
        ("jsonp", matches!(wrapped, JsonpDecision::Wrapped(_))),
        ("beacon", companions.is_ping()),
        ("long_poll", companions.is_long_poll()),
    ]
}

/// Returns the settings with [`HOOK`], and whether each covers the path.
fn covered_by_exemption(path: &str) -> [(&'static str, bool); 3] {
    let exact = policy(Rule::for_any_origin().paths([HOOK]));
    [
        ("Csrf::exempt_paths", is_exempt(&Csrf::new().exempt_paths([HOOK]), path)),
        ("FetchMetadata::exempt_paths", {
            is_exempt(&FetchMetadata::new().exempt_paths([HOOK]), path)
        }),
        ("Rule::paths", is_shared(&exact, path)),
    ]
}

/// Returns whether a general rule allows a method that the rule for [`FOLDER`] does not allow.
pub(crate) fn is_allowed_by_general_rule(path: &str) -> bool {
    let strict = Rule::for_any_origin().paths([format!("{FOLDER}*")]);
    let policy = policy([strict, Rule::for_any_origin().allow_methods(["PUT"])]);
    let preflight = Request::options(path)
        .header("origin", "https://evil.example")
        .header("access-control-request-method", "PUT")
        .body(())
        .expect("the path is valid");
    policy.decide(&RequestHead::from(&preflight)).outcome() == Outcome::PreflightAllowed
}

fn policy(config: impl Into<CorsConfig>) -> CorsPolicy {
    CorsPolicy::new(config).expect("the configuration is valid")
}

fn is_shared(policy: &CorsPolicy, path: &str) -> bool {
    policy.decide(&RequestHead::from(&get(path))).outcome() == Outcome::Allowed
}

fn is_exempt(check: &impl Check, path: &str) -> bool {
    let request = Request::post(path).header("sec-fetch-site", "cross-site").body(());
    check.check(&RequestHead::from(&request.expect("the path is valid"))) == Verdict::Allow
}

fn get(target: &str) -> Request<()> {
    let request = Request::get(target).header("origin", "https://evil.example");
    request.body(()).expect("the target is valid")
}

/// The folder in settings that match all paths below.
pub(crate) const FOLDER: &str = "/public/";
/// The path in settings that match one path.
const HOOK: &str = "/public/hook";

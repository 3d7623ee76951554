//! All settings with paths, compared with the ways in which servers read a path. DESIGN 17, S15

use http::Request;
use tower_cross_origin::{
    RequestHead,
    cors::{CorsConfig, CorsPolicy, Outcome, PolicyFn, PolicySource, Rule, policy_fn},
    cross_origin::{BeaconConfig, CrossOriginConfig, CrossOriginPolicy, LongPollConfig},
    guard::{Check, Csrf, FetchMetadata, RequirePreflight, Verdict},
    jsonp::{JsonpConfig, JsonpDecision, JsonpPolicy},
};

use crate::reference_model::path::{Server, has_two_readings};

/// Checks that all settings treat the path of a target in the same way.
///
/// Every server must read a covered path as a covered one. A text that is not a target with a path is ignored.
pub(crate) fn check(target: &str) {
    let Ok(request) = Request::get(target).body(()) else { return };
    let path = request.uri().path().to_owned();
    if path.starts_with('/') {
        SETTINGS.with(|settings| settings.check(&path));
    }
}

/// Returns the settings with [`FOLDER`], and whether each covers the path.
pub(crate) fn covered_below_folder(path: &str) -> [(&'static str, bool); 13] {
    SETTINGS.with(|settings| settings.covered_below_folder(path))
}

/// Returns whether a general rule allows a method that a rule for [`FOLDER`] rejects.
pub(crate) fn is_allowed_by_general_rule(path: &str) -> bool {
    SETTINGS.with(|settings| settings.is_allowed_by_general_rule(path))
}

thread_local! {
    static SETTINGS: Settings = Settings::new();
}

/// Policies and checks with each of the settings.
struct Settings {
    rule: CorsPolicy,
    source: PolicyFn,
    not_handled: CorsPolicy,
    skip_csrf: Csrf,
    skip_metadata: FetchMetadata,
    skip_preflight: RequirePreflight,
    jsonp: JsonpPolicy,
    companions: CrossOriginPolicy,
    enforced: CorsPolicy,
    exempt_csrf: Csrf,
    exempt_metadata: FetchMetadata,
    exempt_preflight: RequirePreflight,
    exact_csrf: Csrf,
    exact_metadata: FetchMetadata,
    exact_rule: CorsPolicy,
    strict_and_general_rule: CorsPolicy,
}

impl Settings {
    fn new() -> Self {
        let below = [format!("{FOLDER}*")];
        let is_below = |head: &RequestHead<'_>| head.uri().path().starts_with(FOLDER);
        let public = policy(Rule::for_any_origin());
        let not_handled = CorsConfig::from(Rule::for_any_origin()).not_handled(&below);
        let enforced = CorsConfig::from(Rule::for_origins(["https://app.example.com"]));
        let jsonp = JsonpPolicy::new(JsonpConfig::new().paths(&below));
        let companions = CrossOriginConfig::new()
            .beacon(BeaconConfig::new().paths(&below))
            .long_poll(LongPollConfig::new().paths(&below));
        let companions = CrossOriginPolicy::new(companions);
        let strict = Rule::for_any_origin().paths(&below);
        let general = Rule::for_any_origin().allow_methods(["PUT"]);
        Self {
            rule: policy(strict.clone()),
            source: policy_fn(move |request| request.path_is_below(FOLDER).then(|| public.clone())),
            not_handled: policy(not_handled),
            skip_csrf: Csrf::new().skip_if(is_below),
            skip_metadata: FetchMetadata::new().skip_if(is_below),
            skip_preflight: preflights().skip_if(is_below),
            jsonp: jsonp.expect("the paths are valid"),
            companions: companions.expect("the paths are valid"),
            enforced: policy(enforced.enforce(true).exempt_paths(&below)),
            exempt_csrf: Csrf::new().exempt_paths(&below),
            exempt_metadata: FetchMetadata::new().exempt_paths(&below),
            exempt_preflight: preflights().exempt_paths(&below),
            exact_csrf: Csrf::new().exempt_paths([HOOK]),
            exact_metadata: FetchMetadata::new().exempt_paths([HOOK]),
            exact_rule: policy(Rule::for_any_origin().paths([HOOK])),
            strict_and_general_rule: policy([strict, general]),
        }
    }

    fn check(&self, path: &str) {
        let is_clear = !has_two_readings(path);
        for (setting, is_covered) in self.covered_below_folder(path) {
            assert_eq!(is_covered, is_clear && path.starts_with(FOLDER), "{setting}: {path}");
            for server in Server::ALL.into_iter().filter(|_| is_covered) {
                let is_below = server.read(path).starts_with(FOLDER.as_bytes());
                assert!(is_below, "{setting}: {path}, {server:?}");
            }
        }
        for (setting, is_covered) in self.covered_by_exemption(path) {
            assert_eq!(is_covered, path == HOOK, "{setting}: {path}");
            for server in Server::ALL.into_iter().filter(|_| is_covered) {
                assert_eq!(server.read(path), HOOK.as_bytes(), "{setting}: {path}, {server:?}");
            }
        }
        let is_open = self.is_allowed_by_general_rule(path);
        assert_eq!(is_open, is_clear && !path.starts_with(FOLDER), "{path}");
        for server in Server::ALL.into_iter().filter(|_| is_open) {
            let is_below = server.read(path).starts_with(FOLDER.as_bytes());
            assert!(!is_below, "the stricter rule does not apply: {path}, {server:?}");
        }
    }

    fn covered_below_folder(&self, path: &str) -> [(&'static str, bool); 13] {
        let request = get(path);
        let head = RequestHead::from(&request);
        let with_callback = get(&format!("{path}?callback=show"));
        let wrapped = self.jsonp.decide(&RequestHead::from(&with_callback));
        let companions = self.companions.decide(&head);
        let is_passed = self.enforced.decide(&head).outcome() != Outcome::Forbidden;
        let is_not_handled = self.not_handled.decide(&head).outcome() == Outcome::NotHandled;
        [
            ("Rule::paths", is_allowed(&self.rule, path)),
            ("path_is_below", is_allowed(&self.source, path)),
            ("not_handled", is_not_handled),
            ("CorsConfig::exempt_paths", is_passed),
            ("Csrf::exempt_paths", is_exempt(&self.exempt_csrf, path)),
            ("FetchMetadata::exempt_paths", is_exempt(&self.exempt_metadata, path)),
            ("Csrf::skip_if", is_exempt(&self.skip_csrf, path)),
            ("FetchMetadata::skip_if", is_exempt(&self.skip_metadata, path)),
            ("RequirePreflight::exempt_paths", is_exempt(&self.exempt_preflight, path)),
            ("RequirePreflight::skip_if", is_exempt(&self.skip_preflight, path)),
            ("jsonp", matches!(wrapped, JsonpDecision::Wrapped(_))),
            ("beacon", companions.is_ping()),
            ("long_poll", companions.is_long_poll()),
        ]
    }

    /// Returns the settings with [`HOOK`], and whether each covers the path.
    fn covered_by_exemption(&self, path: &str) -> [(&'static str, bool); 3] {
        [
            ("Csrf::exempt_paths", is_exempt(&self.exact_csrf, path)),
            ("FetchMetadata::exempt_paths", is_exempt(&self.exact_metadata, path)),
            ("Rule::paths", is_allowed(&self.exact_rule, path)),
        ]
    }

    fn is_allowed_by_general_rule(&self, path: &str) -> bool {
        let preflight = Request::options(path)
            .header("origin", "https://evil.example")
            .header("access-control-request-method", "PUT")
            .body(())
            .expect("the path is valid");
        let decision = self.strict_and_general_rule.decide(&RequestHead::from(&preflight));
        decision.outcome() == Outcome::PreflightAllowed
    }
}

fn policy(config: impl Into<CorsConfig>) -> CorsPolicy {
    CorsPolicy::new(config).expect("the configuration is valid")
}

/// Returns a check that denies every request of another origin that needs a preflight.
fn preflights() -> RequirePreflight {
    RequirePreflight::new(policy(Rule::for_origins(["https://app.example.com"])))
}

fn is_allowed(source: &impl PolicySource, path: &str) -> bool {
    source.decide(&RequestHead::from(&get(path))).outcome() == Outcome::Allowed
}

fn is_exempt(check: &impl Check, path: &str) -> bool {
    let request = Request::post(path).header("content-type", "application/json");
    let request = request.header("sec-fetch-site", "cross-site").body(());
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

//! Differences between two whole configurations.

use tower_cross_origin::cross_origin::CrossOriginPolicy;

use crate::policy;

const BASE: &str = "[guard.host]\nnames = ['api.example.com']\n";

/// Checks the difference, and that the opposite difference has the opposite effects.
#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    let [old, new] = [old, new].map(|text| policy(&format!("{text}\n{BASE}")));
    let lines = |old: &CrossOriginPolicy, new: &CrossOriginPolicy| {
        let difference = old.difference(new);
        difference.changes().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(lines(&old, &new), expected);
    assert_eq!(lines(&new, &old).len(), expected.len());
    assert!(lines(&old, &old).is_empty() && lines(&new, &new).is_empty());
}

#[test]
fn changed_setting_is_reported_with_its_effect() {
    for (section, old, new, expected) in [
        (
            "guard.host",
            "names = ['a.example']",
            "names = ['a.example', 'b.example']",
            "names gained: b.example",
        ),
        (
            "guard.host",
            "names = ['a.example']\nloopback = true",
            "names = ['a.example']",
            "loopback lost: true -> false",
        ),
        (
            "guard.host",
            "names = ['a.example']\nreport_only = true",
            "names = ['a.example']",
            "report_only lost: true -> false",
        ),
        ("guard.web_socket", "", "require_origin = true", "require_origin lost: false -> true"),
        ("guard.web_socket", "require_origin = true", "", "require_origin gained: true -> false"),
        (
            "guard.web_socket",
            "",
            "trust_origins = ['https://a.example']",
            "trust_origins gained: https://a.example",
        ),
        (
            "guard.csrf",
            "trust_origins = ['https://*.a.example']",
            "trust_origins = ['https://b.a.example']",
            "trust_origins lost: https://*.a.example, such as https://a.a.example",
        ),
        ("guard.csrf", "", "query_is_safe = true", "query_is_safe gained: false -> true"),
        (
            "guard.csrf",
            "",
            "dangerously_allow_null_origin = true",
            "dangerously_allow_null_origin gained: false -> true",
        ),
        (
            "guard.csrf",
            "trust_origins = []",
            "trust_origins = ['*']\ndangerously_allow_credentials_for_any_origin = true",
            "dangerously_allow_credentials_for_any_origin gained: false -> true",
        ),
        (
            "guard.web_socket",
            "trust_origins = ['*']\ndangerously_allow_credentials_for_any_origin = true",
            "trust_origins = []\ndangerously_allow_credentials_for_any_origin = true",
            "dangerously_allow_credentials_for_any_origin lost: true -> false",
        ),
        ("guard.fetch_metadata", "", "allow_cors = true", "allow_cors gained: false -> true"),
        ("guard.fetch_metadata", "deny_frames = true", "", "deny_frames gained: true -> false"),
        (
            "guard.fetch_metadata",
            "deny_navigations = true",
            "",
            "deny_navigations gained: true -> false",
        ),
        ("guard.fetch_metadata", "", "deny_same_site = true", "deny_same_site lost: false -> true"),
        (
            "guard.fetch_metadata",
            "",
            "allow_web_sockets = true",
            "allow_web_sockets gained: false -> true",
        ),
        (
            "guard.fetch_metadata",
            "",
            "allow_destinations = ['image']",
            "allow_destinations gained: image",
        ),
    ] {
        let [old, new] = [old, new].map(|settings| format!("[{section}]\n{settings}"));
        let (old, new) = if section == "guard.host" {
            (old, new)
        } else {
            (old + "\n" + BASE, new + "\n" + BASE)
        };
        let difference = policy(&old).difference(&policy(&new));
        assert_eq!(difference.to_string(), format!("{section}.{expected}"));
    }
}

#[test]
fn added_and_removed_sections_are_reported() {
    check("", "[guard.csrf]", &["guard.csrf lost: the guard is new"]);
    check("[guard.csrf]", "", &["guard.csrf gained: the guard is removed"]);
    let cors = "[[cors.rules]]\norigins = ['https://a.example']";
    check("", cors, &["cors changed: the section is new"]);
    let preflights = format!("{cors}\n[guard.require_preflight]");
    check(cors, &preflights, &["guard.require_preflight lost: the guard is new"]);
    let reports = format!("{preflights}\nreport_only = true");
    let flag = "guard.require_preflight.report_only";
    check(&preflights, &reports, &[&format!("{flag} gained: false -> true")]);
    check(&reports, &preflights, &[&format!("{flag} lost: true -> false")]);
    check(&preflights, cors, &["guard.require_preflight gained: the guard is removed"]);
    check("", "[jsonp]", &["jsonp changed: the settings of this section differ"]);
    check("", "[sse]", &["sse changed: the settings of this section differ"]);
    check(
        "[beacon]\npaths = ['/a']",
        "[beacon]\npaths = ['/b']",
        &["beacon changed: the settings of this section differ"],
    );
}

#[test]
fn cors_is_compared_by_its_decisions() {
    let rule = |more: &str| format!("[[cors.rules]]\norigins = ['https://a.example']\n{more}");
    check(
        &rule(""),
        &rule("allow_methods = ['PUT']"),
        &["cors: methods gained: PUT for https://a.example (rules[0])"],
    );
    // A guard without `trust_origins` trusts the origins that CORS allows with credentials.
    let guarded = |more: &str| format!("{}\n[guard.csrf]", rule(more));
    check(
        &guarded(""),
        &guarded("allow_credentials = true"),
        &[
            "cors: credentials gained: https://a.example (rules[0])",
            "guard.csrf.trust_origins gained: https://a.example",
        ],
    );
}

#[test]
fn headers_and_timing_origins_of_embedding_are_compared() {
    check(
        "[embedding]\nresource_policy = 'same-origin'",
        "[embedding]\nresource_policy = 'same-site'",
        &["embedding changed: cross-origin-resource-policy: same-origin -> same-site"],
    );
    let timing =
        |origins: &str| format!("[embedding]\ntiming_allow_origin = {{ matching = [{origins}] }}");
    check(
        &timing("'https://a.example'"),
        &timing("'https://a.example', 'https://b.example'"),
        &["embedding.timing_allow_origin gained: https://b.example"],
    );
    let storage = |origins: &str| format!("[embedding]\nactivate_storage_access = [{origins}]");
    check(
        &storage("'https://a.example', 'https://b.example'"),
        &storage("'https://a.example'"),
        &["embedding.activate_storage_access lost: https://b.example"],
    );
    let frames = |ancestors: &str| format!("[embedding]\nframe_ancestors = {ancestors}");
    check(
        &frames("'none'"),
        &frames("['https://a.example']"),
        &["embedding changed: content-security-policy: frame-ancestors 'none' -> \
           frame-ancestors 'self' https://a.example"],
    );
    check(
        "",
        "[embedding]\nopener_policy = 'same-origin'",
        &["embedding changed: cross-origin-opener-policy: absent -> same-origin"],
    );
}

#[test]
fn service_origins_are_compared() {
    check(
        "",
        "service_origins = ['https://api.example.com']",
        &["service_origins gained: https://api.example.com"],
    );
}

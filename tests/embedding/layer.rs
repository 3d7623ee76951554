//! Tests of the embedding layer: its headers, and their effect in the model of a browser.

use std::convert::Infallible;

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use tower::{Layer, Service, service_fn};
use tower_cross_origin::{
    beacon::{Beacon, BeaconLayer, Delivery, Ping},
    browser::{
        Blocked, BlockedStep, Credentials, Destination, Engine, Fetch, Page, ResponseType,
        policies::{
            OpenerPolicyValue, document_isolation_policy, embedder_policy, is_nosniff,
            opener_policy, reporting_endpoints, requests_origin_keyed_agent_cluster,
            resource_policy, timing_allow_origins,
        },
    },
    embedding::{
        CrossOriginEmbedderPolicy as Embedder, CrossOriginOpenerPolicy as Opener,
        CrossOriginResourcePolicy as Resource, DocumentIsolationPolicy as Isolation,
        EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy, FaultKind, LintKind,
        OriginAgentCluster as Cluster, UpstreamPolicies, WithReporting,
    },
    jsonp::JsonpLayer,
    origin::{OriginErrorKind, OriginSet},
};

use crate::support::{APP, EVIL, block_on};

const API: &str = "https://api.example.com";

const RESOURCES: [Resource; 3] = [Resource::SameOrigin, Resource::SameSite, Resource::CrossOrigin];

const OPENERS: [Opener; 4] = [
    Opener::UnsafeNone,
    Opener::SameOriginAllowPopups,
    Opener::SameOrigin,
    Opener::NoopenerAllowPopups,
];

const EMBEDDERS: [Embedder; 3] =
    [Embedder::UnsafeNone, Embedder::RequireCorp, Embedder::Credentialless];

const ISOLATIONS: [Isolation; 3] =
    [Isolation::None, Isolation::IsolateAndRequireCorp, Isolation::IsolateAndCredentialless];

// --- parsing of the sent headers ----------------------------------------------------------------------

#[test]
fn resource_policy_round_trips() {
    for policy in RESOURCES {
        let headers = sent(EmbeddingConfig::new().resource_policy(policy));
        assert_eq!(resource_policy(&headers), Some(policy), "{headers:?}");
        assert_eq!(headers.len(), 1);
    }
    assert_eq!(resource_policy(&sent(EmbeddingConfig::new().nosniff(true))), None);
}

#[test]
fn opener_policy_round_trips() {
    for (written, endpoint) in with_endpoints(&OPENERS, Opener::report_to) {
        let expected = match written.policy() {
            Opener::UnsafeNone => OpenerPolicyValue::UnsafeNone,
            Opener::SameOriginAllowPopups => OpenerPolicyValue::SameOriginAllowPopups,
            Opener::SameOrigin => OpenerPolicyValue::SameOrigin,
            Opener::NoopenerAllowPopups => OpenerPolicyValue::NoopenerAllowPopups,
            other => panic!("{other:?}"),
        };
        let read = opener_policy(&sent(
            with_endpoint(EmbeddingConfig::new(), endpoint).opener_policy(written.clone()),
        ));
        assert_eq!((read.value(), read.reporting_endpoint()), (expected, endpoint));
        assert_eq!(read.report_only_value(), OpenerPolicyValue::UnsafeNone);
        if written.policy() == Opener::NoopenerAllowPopups {
            continue;
        }
        let read = opener_policy(&sent(
            with_endpoint(EmbeddingConfig::new(), endpoint).opener_policy_report_only(written),
        ));
        assert_eq!(
            (read.report_only_value(), read.report_only_reporting_endpoint()),
            (expected, endpoint)
        );
        assert_eq!(read.value(), OpenerPolicyValue::UnsafeNone);
    }
}

#[test]
fn embedder_policy_round_trips() {
    for (written, endpoint) in with_endpoints(&EMBEDDERS, Embedder::report_to) {
        // By the standard, the default policy has no endpoint.
        let expected_endpoint = endpoint.filter(|_| written.policy() != Embedder::UnsafeNone);
        let embedding = with_endpoint(EmbeddingConfig::new(), endpoint);
        let read = embedder_policy(&sent(embedding.clone().embedder_policy(written.clone())));
        assert_eq!(
            (read.value(), read.reporting_endpoint()),
            (written.policy(), expected_endpoint)
        );
        assert_eq!(read.report_only_value(), Embedder::UnsafeNone);

        let policy = written.policy();
        let read = embedder_policy(&sent(embedding.embedder_policy_report_only(written)));
        assert_eq!(
            (read.report_only_value(), read.report_only_reporting_endpoint()),
            (policy, expected_endpoint)
        );
        assert_eq!(read.value(), Embedder::UnsafeNone);
    }
}

#[test]
fn isolation_policy_round_trips() {
    for (written, endpoint) in with_endpoints(&ISOLATIONS, Isolation::report_to) {
        let expected_endpoint = endpoint.filter(|_| written.policy() != Isolation::None);
        let embedding = with_endpoint(EmbeddingConfig::new(), endpoint);
        let lines = sent(embedding.clone().document_isolation_policy(written.clone()));
        let read = document_isolation_policy(&lines);
        assert_eq!(
            (read.value(), read.reporting_endpoint()),
            (written.policy(), expected_endpoint)
        );
        assert_eq!(read.report_only_value(), Isolation::None);

        let policy = written.policy();
        let lines = sent(embedding.document_isolation_policy_report_only(written));
        let read = document_isolation_policy(&lines);
        assert_eq!(
            (read.report_only_value(), read.report_only_reporting_endpoint()),
            (policy, expected_endpoint)
        );
        assert_eq!(read.value(), Isolation::None);
    }
}

#[test]
fn opener_policy_with_embedder_policy_isolates() {
    for opener in OPENERS {
        for embedder in EMBEDDERS {
            let embedding = EmbeddingConfig::new().opener_policy(opener).embedder_policy(embedder);
            let isolates = opener == Opener::SameOrigin && embedder != Embedder::UnsafeNone;
            let read = opener_policy(&sent(embedding)).value();
            assert_eq!(
                read == OpenerPolicyValue::SameOriginPlusCoep,
                isolates,
                "{opener:?} {embedder:?}"
            );
        }
    }
}

#[test]
fn agent_cluster_and_nosniff_round_trip() {
    for (cluster, expected) in [(Cluster::OriginKeyed, true), (Cluster::SiteKeyed, false)] {
        let headers = sent(EmbeddingConfig::new().origin_agent_cluster(cluster));
        assert_eq!(requests_origin_keyed_agent_cluster(&headers), expected);
        assert!(!is_nosniff(&headers));
    }
    assert!(is_nosniff(&sent(EmbeddingConfig::new().nosniff(true))));
}

#[test]
fn reporting_endpoints_round_trip() {
    let written = [
        ("main", "https://reports.example.com/main?a=b"),
        ("a*_-.1", "https://reports.example.com"),
        ("*", "http://localhost:8080/r"),
        ("own", "/reports"),
        ("root", "https://[::1]:8443/%20"),
        ("query", "https://reports.example.com?a=b"),
        ("within", "/r?to=https://a.example/b"),
    ];
    let embedding = written.iter().fold(EmbeddingConfig::new(), |embedding, (name, url)| {
        embedding.reporting_endpoint(name, url)
    });
    let expected = [
        ("main", "https://reports.example.com/main?a=b"),
        ("a*_-.1", "https://reports.example.com/"),
        ("*", "http://localhost:8080/r"),
        ("own", "https://api.example.com/reports"),
        ("root", "https://[::1]:8443/%20"),
        ("query", "https://reports.example.com/?a=b"),
        ("within", "https://api.example.com/r?to=https://a.example/b"),
    ];
    let read = reporting_endpoints(&format!("{API}/items"), &sent(embedding));
    let read: Vec<(&str, &str)> = read.iter().map(|(name, url)| (&**name, &**url)).collect();
    assert_eq!(read, expected);
}

// --- Timing-Allow-Origin ------------------------------------------------------------------------------

#[test]
fn timing_allows_request_origin_any_origin_or_a_list() {
    let request_origin = || {
        let set = OriginSet::parse([APP, "https://*.example.org"]).unwrap();
        EmbeddingConfig::new().timing_allow_request_origin(set)
    };
    let listed = || EmbeddingConfig::new().timing_allow_origins([APP, "https://b.example"]);
    let list: &[&str] = &[APP, "https://b.example"];
    for (embedding, origin, expected, vary) in [
        (request_origin(), Some(APP), &[APP][..], Some("origin")),
        (
            request_origin(),
            Some("https://a.example.org"),
            &["https://a.example.org"],
            Some("origin"),
        ),
        (request_origin(), Some(EVIL), &[], Some("origin")),
        (request_origin(), Some("null"), &[], Some("origin")),
        (request_origin(), None, &[], Some("origin")),
        (EmbeddingConfig::new().timing_allow_any_origin(), Some(EVIL), &["*"], None),
        (EmbeddingConfig::new().timing_allow_any_origin(), None, &["*"], None),
        (listed(), Some(EVIL), list, None),
        (listed(), None, list, None),
    ] {
        let mut request = Request::builder();
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        let headers = response_headers(embedding, request, Response::new(()));
        assert_eq!(timing_allow_origins(&headers), expected, "{origin:?} {headers:?}");
        assert_eq!(text(&headers, "vary"), vary, "{origin:?}");
    }
    let twice = Request::builder().header("origin", APP).header("origin", APP);
    assert_eq!(
        timing_allow_origins(&response_headers(request_origin(), twice, Response::new(()))),
        [""; 0]
    );
}

#[test]
fn timing_origins_are_added_until_another_form_replaces_them() {
    let set = OriginSet::parse(["https://c.example", "https://b.example"]).unwrap();
    let listed = EmbeddingConfig::new().timing_allow_origins(["https://d.example"]);
    let listed = listed.timing_allow_origins(&set).timing_allow_origins([APP]);
    let headers = sent(listed.clone());
    let list = ["https://d.example", APP, "https://b.example", "https://c.example"];
    assert_eq!(timing_allow_origins(&headers), list);

    let by_request = listed.timing_allow_request_origin(set).timing_allow_request_origin([APP]);
    for (origin, expected) in [
        (APP, &[APP][..]),
        ("https://b.example", &["https://b.example"]),
        ("https://d.example", &[]),
    ] {
        let request = Request::builder().header("origin", origin);
        let headers = response_headers(by_request.clone(), request, Response::new(()));
        assert_eq!(timing_allow_origins(&headers), expected, "{origin}");
    }
    let any = by_request.timing_allow_any_origin();
    assert_eq!(any, EmbeddingConfig::new().timing_allow_any_origin());
}

#[test]
fn listed_timing_set_with_patterns_is_a_fault() {
    let set = OriginSet::parse([APP, "https://*.example.org"]).unwrap();
    let set = set.with_regexes([r"https://(a|b)\.example"]).unwrap();
    let error = EmbeddingPolicy::new(EmbeddingConfig::new().timing_allow_origins(set)).unwrap_err();
    let faults: Vec<(&str, FaultKind)> =
        error.faults().iter().map(|fault| (fault.value(), *fault.kind())).collect();
    let expected = [
        ("https://*.example.org", FaultKind::NotSingleOrigin),
        (r"https://(a|b)\.example", FaultKind::NotSingleOrigin),
    ];
    assert_eq!(faults, expected);
}

#[test]
fn vary_is_merged_with_the_inner_vary() {
    let set = OriginSet::parse([APP]).unwrap();
    for (own, expected) in [
        (&["accept-encoding"][..], &["accept-encoding, origin"][..]),
        (&["Origin"], &["Origin"]),
        (&["accept", "origin"], &["accept", "origin"]),
        (&["accept", "cookie"], &["accept, cookie, origin"]),
        (&["*"], &["*"]),
    ] {
        let response = response_with(own.iter().map(|own| ("vary", *own)));
        let embedding = EmbeddingConfig::new().timing_allow_request_origin(set.clone());
        let headers = response_headers(embedding, Request::builder(), response);
        assert_eq!(lines(&headers, "vary"), expected);
    }
}

#[test]
fn only_allowed_pages_can_read_timings() {
    let partners = || OriginSet::parse([APP]).unwrap();
    let image = || Fetch::element(Destination::Image, API);
    let by_cors = || image().crossorigin(Credentials::SameOrigin);
    let frame = || Fetch::element(Destination::Iframe, API);
    for (embedding, page, call, expected) in [
        (EmbeddingConfig::private_api(), API, image(), true),
        (EmbeddingConfig::new().nosniff(true), APP, image(), false),
        (EmbeddingConfig::public_asset(), EVIL, image(), true),
        (EmbeddingConfig::new().timing_allow_request_origin(partners()), APP, by_cors(), true),
        (EmbeddingConfig::new().timing_allow_request_origin(partners()), EVIL, by_cors(), false),
        // Without `Origin`, the response cannot echo the origin.
        (EmbeddingConfig::new().timing_allow_request_origin(partners()), APP, image(), false),
        (EmbeddingConfig::new().timing_allow_origins([APP]), APP, image(), true),
        (EmbeddingConfig::new().timing_allow_origins([APP]), EVIL, image(), false),
        (EmbeddingConfig::new().nosniff(true), API, frame(), true),
        (EmbeddingConfig::new().nosniff(true), APP, frame(), false),
        (EmbeddingConfig::public_asset(), APP, frame(), true),
    ] {
        let about = format!("{page} {call:?} {embedding:?}");
        let mut service = service(embedding, [("access-control-allow-origin", "*")]);
        let outcome = block_on(Page::open(page).fetch(&mut service, call));
        assert!(outcome.blocked().is_none(), "{about}");
        assert_eq!(outcome.shows_timing(), expected, "{about}");
    }
}

#[test]
fn redirect_without_timing_hides_later_timings() {
    let inner = service_fn(|request: Request<Vec<u8>>| async move {
        let response = match request.uri().path() {
            "/hidden" => Response::builder().status(302).header("location", "/shown"),
            "/open" => Response::builder()
                .status(302)
                .header("location", "/shown")
                .header("timing-allow-origin", "*"),
            _ => Response::builder().header("timing-allow-origin", "*"),
        };
        Ok::<_, Infallible>(response.body(String::new()).unwrap())
    });
    for (path, expected) in [("/shown", true), ("/open", true), ("/hidden", false)] {
        let mut service =
            EmbeddingLayer::new(policy(EmbeddingConfig::new().nosniff(true))).layer(inner);
        let image = Fetch::element(Destination::Image, &format!("{API}{path}"));
        let outcome = block_on(Page::open(APP).fetch(&mut service, image));
        assert_eq!(outcome.shows_timing(), expected, "{path}");
    }
}

// --- headers of the inner service ---------------------------------------------------------------------

#[test]
fn upstream_embedding_headers_are_replaced() {
    for own in [
        &[][..],
        &["cross-origin"],
        &["cross-origin", "cross-origin"],
        &["same-origin, same-origin"],
        &["same-origin", "same-origin"],
    ] {
        let response = response_with(own.iter().map(|own| ("cross-origin-resource-policy", *own)));
        let embedding = EmbeddingConfig::new().resource_policy(Resource::SameOrigin);
        let headers = response_headers(embedding, Request::builder(), response);
        assert_eq!(lines(&headers, "cross-origin-resource-policy"), ["same-origin"], "{own:?}");
    }
    let timing = response_with([("timing-allow-origin", "*")]);
    let set = OriginSet::parse([APP]).unwrap();
    let headers = response_headers(
        EmbeddingConfig::new().timing_allow_request_origin(set),
        Request::builder(),
        timing,
    );
    assert_eq!(lines(&headers, "timing-allow-origin"), [""; 0]);
}

#[test]
fn upstream_timings_are_replaced_or_kept_with_vary() {
    let own = || response_with([("timing-allow-origin", "https://a.example")]);
    for (upstream_headers, origin, expected) in [
        (UpstreamPolicies::Replace, APP, &[APP][..]),
        (UpstreamPolicies::Replace, EVIL, &[]),
        (UpstreamPolicies::Keep, APP, &["https://a.example"]),
        (UpstreamPolicies::Keep, EVIL, &["https://a.example"]),
    ] {
        let embedding = EmbeddingConfig::new()
            .timing_allow_request_origin(OriginSet::parse([APP]).unwrap())
            .upstream_headers(upstream_headers);
        let headers =
            response_headers(embedding, Request::builder().header("origin", origin), own());
        assert_eq!(lines(&headers, "timing-allow-origin"), expected, "{origin}");
        assert_eq!(text(&headers, "vary"), Some("origin"));
    }
}

#[test]
fn upstream_headers_outside_the_policy_stay() {
    let own = [
        ("cross-origin-opener-policy", "same-origin-allow-popups"),
        ("cross-origin-opener-policy", "same-origin-allow-popups"),
        ("cross-origin-embedder-policy-report-only", "require-corp"),
        ("timing-allow-origin", "https://a.example"),
    ];
    for upstream_headers in [UpstreamPolicies::Replace, UpstreamPolicies::Keep] {
        let embedding = EmbeddingConfig::new()
            .embedder_policy(Embedder::RequireCorp)
            .upstream_headers(upstream_headers);
        let headers = response_headers(embedding, Request::builder(), response_with(own));
        assert_eq!(lines(&headers, "cross-origin-opener-policy").len(), 2);
        assert_eq!(lines(&headers, "cross-origin-embedder-policy"), ["require-corp"]);
        assert_eq!(lines(&headers, "cross-origin-embedder-policy-report-only"), ["require-corp"]);
        assert_eq!(lines(&headers, "timing-allow-origin"), ["https://a.example"]);
    }
}

#[test]
fn only_valid_upstream_values_are_kept() {
    let own = |name, kept: &'static [&'static str]| (name, kept, true);
    let replaced = |name, own: &'static [&'static str]| (name, own, false);
    for (name, values, is_kept) in [
        own("cross-origin-resource-policy", &["cross-origin"]),
        own("cross-origin-resource-policy", &[" same-site "]),
        replaced("cross-origin-resource-policy", &["cross-origin", "cross-origin"]),
        replaced("cross-origin-resource-policy", &["cross-origin, cross-origin"]),
        replaced("cross-origin-resource-policy", &["cross-origin; report-to=\"a\""]),
        replaced("cross-origin-resource-policy", &["Cross-Origin"]),
        replaced("cross-origin-resource-policy", &[""]),
        own("cross-origin-opener-policy", &["unsafe-none"]),
        own("cross-origin-opener-policy", &["same-origin-allow-popups; report-to=\"a,b\""]),
        replaced("cross-origin-opener-policy", &["same-origin-allow-popups", "unsafe-none"]),
        replaced("cross-origin-opener-policy", &["\"unsafe-none\""]),
        replaced("cross-origin-opener-policy", &["restrict-properties"]),
        own("cross-origin-embedder-policy", &["credentialless"]),
        replaced("cross-origin-embedder-policy", &["credentialless,"]),
        own("document-isolation-policy", &["none"]),
        replaced("document-isolation-policy", &["isolate"]),
        own("origin-agent-cluster", &["?0"]),
        replaced("origin-agent-cluster", &["true"]),
        own("x-content-type-options", &["NoSniff"]),
        replaced("x-content-type-options", &["sniff"]),
        own("timing-allow-origin", &["https://a.example", "https://b.example"]),
    ] {
        let response = response_with(values.iter().map(|value| (name, *value)));
        let headers = response_headers(
            all_headers().upstream_headers(UpstreamPolicies::Keep),
            Request::builder(),
            response,
        );
        let own = response_headers(all_headers(), Request::builder(), Response::new(()));
        let expected = if is_kept { values.to_vec() } else { lines(&own, name) };
        assert_eq!(lines(&headers, name), expected, "{name}: {values:?}");
        assert_ne!(lines(&own, name), values, "the case must differ from the policy");
    }
}

#[test]
fn route_with_own_layer_can_have_different_headers() {
    let route = policy(EmbeddingConfig::public_asset());
    let inner = service_fn(async |_: Request<()>| Ok::<_, Infallible>(Response::new(())));
    for (outer, expected) in [
        (EmbeddingConfig::private_api(), "same-origin"),
        (EmbeddingConfig::private_api().upstream_headers(UpstreamPolicies::Keep), "cross-origin"),
    ] {
        let inner = EmbeddingLayer::new(route.clone()).layer(inner);
        let mut service = EmbeddingLayer::new(policy(outer)).layer(inner);
        let headers = block_on(service.call(Request::new(()))).unwrap().headers().clone();
        assert_eq!(lines(&headers, "cross-origin-resource-policy"), [expected]);
        assert_eq!(lines(&headers, "timing-allow-origin"), ["*"]);
        assert_eq!(lines(&headers, "x-content-type-options"), ["nosniff"]);
    }
}

#[test]
fn upstream_endpoints_are_merged_with_keep() {
    let embedding =
        || EmbeddingConfig::new().reporting_endpoint("main", "/ours").reporting_endpoint("a", "/a");
    let own = || {
        response_with([
            ("reporting-endpoints", "main=\"/own\""),
            ("reporting-endpoints", "b=\"/b\""),
        ])
    };
    let read = |headers: &HeaderMap| {
        let mut read = reporting_endpoints(API, headers);
        read.sort();
        read.into_iter()
            .map(|(name, url)| format!("{name} {}", url.replace(API, "")))
            .collect::<Vec<_>>()
    };
    let replaced = response_headers(embedding(), Request::builder(), own());
    assert_eq!(read(&replaced), ["a /a", "main /ours"]);
    let embedding = || embedding().upstream_headers(UpstreamPolicies::Keep);
    let kept = response_headers(embedding(), Request::builder(), own());
    assert_eq!(read(&kept), ["a /a", "b /b", "main /own"]);
    let empty = response_with([("reporting-endpoints", "")]);
    let kept = response_headers(embedding(), Request::builder(), empty);
    assert_eq!(read(&kept), ["a /a", "main /ours"]);
}

#[test]
fn upgrade_response_is_unchanged() {
    for (method, status, is_touched) in [
        ("GET", 101, false),
        ("CONNECT", 200, false),
        ("CONNECT", 204, false),
        ("CONNECT", 403, true),
        ("GET", 200, true),
        ("HEAD", 304, true),
        ("OPTIONS", 204, true),
        ("GET", 500, true),
    ] {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        let request = Request::builder().method(method).uri("/").header("origin", APP);
        let headers = response_headers(all_headers(), request, response);
        assert_eq!(!headers.is_empty(), is_touched, "{method} {status}: {headers:?}");
    }
}

// --- effects on pages ---------------------------------------------------------------------------------

#[test]
fn isolation_needs_both_document_policies() {
    let (opener, embedder) = (Opener::SameOrigin, Embedder::RequireCorp);
    for (embedding, url, expected) in [
        (EmbeddingConfig::cross_origin_isolated(), API, true),
        (EmbeddingConfig::cross_origin_isolated_credentialless(), API, true),
        (EmbeddingConfig::cross_origin_isolated(), "http://localhost:8080", true),
        (EmbeddingConfig::cross_origin_isolated(), "http://api.example.com", false),
        (EmbeddingConfig::new().opener_policy(opener), API, false),
        (EmbeddingConfig::new().embedder_policy(embedder), API, false),
        (
            EmbeddingConfig::new().opener_policy(opener).embedder_policy_report_only(embedder),
            API,
            false,
        ),
        (EmbeddingConfig::public_asset(), API, false),
        (EmbeddingConfig::private_api(), API, false),
    ] {
        let about = format!("{url} {embedding:?}");
        let mut page = Page::open(APP);
        assert!(!page.is_cross_origin_isolated());
        let mut isolated = service(embedding, []);
        block_on(page.navigate(&mut isolated, Fetch::get(url)));
        assert_eq!(page.is_cross_origin_isolated(), expected, "{about}");
        block_on(page.navigate(&mut service(EmbeddingConfig::private_api(), []), Fetch::get(API)));
        assert!(!page.is_cross_origin_isolated(), "the next page has no policy");
    }
    for (engine, expected) in
        [(Engine::Chromium, true), (Engine::Firefox, true), (Engine::WebKit, false)]
    {
        let mut page = Page::open(APP).in_engine(engine);
        let mut service = service(EmbeddingConfig::cross_origin_isolated_credentialless(), []);
        block_on(page.navigate(&mut service, Fetch::get(API)));
        assert_eq!(page.is_cross_origin_isolated(), expected, "{engine:?}");
    }
    // A second field line would switch the policy off: the layer replaces the inner service's header.
    let own = [("cross-origin-opener-policy", "same-origin")];
    let mut page = Page::open(APP);
    let mut service = service(EmbeddingConfig::cross_origin_isolated(), own);
    block_on(page.navigate(&mut service, Fetch::get(API)));
    assert!(page.is_cross_origin_isolated());
}

// `None` means a layer without a resource policy.
#[test]
fn resource_policy_limits_embedding() {
    const SAME_SITE: &str = "https://www.example.com";
    const SAME_SITE_BY_HTTP: &str = "http://www.example.com";
    let is = |policy| Some(EmbeddingConfig::new().resource_policy(policy));
    for (embedding, page, may_embed) in [
        (None, EVIL, true),
        (is(Resource::SameOrigin), EVIL, false),
        (is(Resource::SameSite), EVIL, false),
        (is(Resource::CrossOrigin), EVIL, true),
        (Some(EmbeddingConfig::private_api()), EVIL, false),
        (Some(EmbeddingConfig::public_asset()), EVIL, true),
        (is(Resource::SameOrigin), API, true),
        (is(Resource::SameOrigin), SAME_SITE, false),
        (is(Resource::SameSite), SAME_SITE, true),
        (is(Resource::SameSite), SAME_SITE_BY_HTTP, false),
    ] {
        let about = format!("{page} {embedding:?}");
        let embedding = embedding.unwrap_or(EmbeddingConfig::new().timing_allow_any_origin());
        let image = Fetch::element(Destination::Image, API);
        let outcome = block_on(Page::open(page).fetch(&mut service(embedding, []), image));
        let expected = (!may_embed).then_some(BlockedStep::ResourcePolicy);
        assert_eq!(outcome.blocked().map(Blocked::step), expected, "{about}");
    }
    let opaque = Fetch::element(Destination::Image, API);
    let outcome =
        block_on(Page::opaque().fetch(&mut service(EmbeddingConfig::private_api(), []), opaque));
    outcome.assert_blocked_at(BlockedStep::ResourcePolicy);
}

#[test]
fn resource_policy_allows_cors_navigations_and_frames() {
    let mut service =
        service(EmbeddingConfig::private_api(), [("access-control-allow-origin", "*")]);
    let mut page = Page::open(EVIL);
    block_on(page.fetch(&mut service, Fetch::get(API))).assert_readable();
    let frame = Fetch::element(Destination::Iframe, API);
    assert!(block_on(page.fetch(&mut service, frame)).blocked().is_none());
    block_on(page.navigate(&mut service, Fetch::get(API))).assert_readable();
}

#[test]
fn isolated_page_embeds_only_allowed_responses() {
    let silent = || EmbeddingConfig::new().nosniff(true);
    let framed = || EmbeddingConfig::public_asset().embedder_policy(Embedder::RequireCorp);
    let image = || Fetch::element(Destination::Image, API);
    let frame = || Fetch::element(Destination::Iframe, API);
    for (policy, embedding, call, expected) in [
        (Embedder::RequireCorp, silent(), image(), Some(BlockedStep::ResourcePolicy)),
        (Embedder::RequireCorp, EmbeddingConfig::public_asset(), image(), None),
        (Embedder::RequireCorp, silent(), image().crossorigin(Credentials::SameOrigin), None),
        (Embedder::Credentialless, silent(), image(), None),
        (
            Embedder::Credentialless,
            EmbeddingConfig::private_api(),
            image(),
            Some(BlockedStep::ResourcePolicy),
        ),
        (Embedder::RequireCorp, silent(), frame(), Some(BlockedStep::ResourcePolicy)),
        (Embedder::Credentialless, silent(), frame(), Some(BlockedStep::ResourcePolicy)),
        (
            Embedder::RequireCorp,
            EmbeddingConfig::public_asset(),
            frame(),
            Some(BlockedStep::EmbedderPolicy),
        ),
        (Embedder::RequireCorp, framed(), frame(), None),
        (Embedder::Credentialless, framed(), frame(), None),
        (Embedder::UnsafeNone, silent(), frame(), None),
        // The embedder policy of an insecure frame has no effect.
        (
            Embedder::RequireCorp,
            framed(),
            Fetch::element(Destination::Iframe, "http://api.example.com"),
            Some(BlockedStep::EmbedderPolicy),
        ),
    ] {
        let about = format!("{policy:?} {embedding:?} {call:?}");
        let mut service = service(embedding, [("access-control-allow-origin", "*")]);
        let mut page = Page::open(APP).with_embedder_policy(policy);
        let outcome = block_on(page.fetch(&mut service, call));
        assert_eq!(outcome.blocked().map(Blocked::step), expected, "{about}");
    }
}

#[test]
fn credentialless_page_embeds_without_cookies() {
    let image = |url: &str| Fetch::element(Destination::Image, url);
    let by_cors = || Fetch::get(API).credentials(Credentials::Include);
    for (policy, call, cookies) in [
        (Embedder::UnsafeNone, image(API), &[true][..]),
        (Embedder::RequireCorp, image(API), &[true]),
        (Embedder::Credentialless, image(API), &[false]),
        (Embedder::Credentialless, image(APP), &[true]),
        (Embedder::Credentialless, by_cors(), &[true]),
        (Embedder::UnsafeNone, image("https://api.example.com/back"), &[true, true]),
        (Embedder::Credentialless, image("https://api.example.com/back"), &[false, false]),
    ] {
        let inner = service_fn(|request: Request<Vec<u8>>| async move {
            let response = Response::builder()
                .header("set-cookie", "s=1; SameSite=None; Secure")
                .header("access-control-allow-origin", APP)
                .header("access-control-allow-credentials", "true");
            let response = match request.uri().path() {
                "/back" => response.status(302).header("location", APP),
                _ => response,
            };
            Ok::<_, Infallible>(response.body(String::new()).unwrap())
        });
        let mut service =
            EmbeddingLayer::new(self::policy(EmbeddingConfig::public_asset())).layer(inner);
        let about = format!("{policy:?} {call:?}");
        let mut page = Page::open(APP);
        for url in [APP, API] {
            block_on(page.fetch(&mut service, image(url)));
        }
        let mut page = page.with_embedder_policy(policy);
        let outcome = block_on(page.fetch(&mut service, call));
        let sent: Vec<bool> =
            outcome.requests().map(|sent| sent.request_header("cookie").is_some()).collect();
        assert_eq!(sent, cookies, "{about}");
    }
}

#[test]
fn cross_site_script_runs_by_type_status_and_policy() {
    const JS: &str = "text/javascript; charset=utf-8";
    let public = || Some(EmbeddingConfig::public_asset());
    for (embedding, content_type, status, body, expected) in [
        (public(), JS, 200, "f(1)", Ok(Some("f(1)"))),
        (public(), JS, 200, "\u{feff}f(1)", Ok(Some("f(1)"))),
        (public(), "application/x-javascript", 206, "f(1)", Ok(Some("f(1)"))),
        (public(), JS, 404, "f(1)", Ok(None)),
        (public(), "application/json", 200, "f(1)", Err(BlockedStep::MimeType)),
        (public(), "text/plain", 200, "f(1)", Err(BlockedStep::MimeType)),
        (public(), "", 200, "f(1)", Err(BlockedStep::MimeType)),
        (public(), "text/javascript, text/plain", 200, "f(1)", Err(BlockedStep::MimeType)),
        (public(), "text/plain, text/javascript", 200, "f(1)", Ok(Some("f(1)"))),
        (Some(EmbeddingConfig::private_api()), JS, 200, "f(1)", Err(BlockedStep::ResourcePolicy)),
        (None, "text/plain", 200, "f(1)", Ok(Some("f(1)"))),
        (None, "", 200, "f(1)", Ok(Some("f(1)"))),
        (None, "text/csv", 200, "f(1)", Err(BlockedStep::MimeType)),
        (None, "image/png", 200, "f(1)", Err(BlockedStep::MimeType)),
        (None, "application/pdf", 200, "f(1)", Err(BlockedStep::OpaqueResponse)),
        (None, "text/event-stream", 200, "f(1)", Err(BlockedStep::OpaqueResponse)),
        (None, "application/json", 206, "f(1)", Err(BlockedStep::OpaqueResponse)),
        (None, "text/html", 500, "f(1)", Err(BlockedStep::OpaqueResponse)),
    ] {
        let about = format!("{embedding:?} {content_type} {status}");
        let embedding = embedding.unwrap_or(EmbeddingConfig::new().timing_allow_any_origin());
        let inner = service_fn(move |_: Request<Vec<u8>>| async move {
            let response = Response::builder().status(status).header("content-type", content_type);
            Ok::<_, Infallible>(response.body(body.to_owned()).unwrap())
        });
        let mut service = EmbeddingLayer::new(policy(embedding)).layer(inner);
        let script = Fetch::element(Destination::Script, API);
        let outcome = block_on(Page::open(EVIL).fetch(&mut service, script));
        match expected {
            Ok(script) => {
                assert_eq!(outcome.response_type(), Some(ResponseType::Opaque), "{about}");
                assert_eq!(outcome.script(), script, "{about}");
                assert_eq!(outcome.text(), None, "the page cannot read the text: {about}");
            }
            Err(step) => {
                assert_eq!(outcome.script(), None, "{about}");
                outcome.assert_blocked_at(step);
            }
        }
    }
}

#[test]
fn same_origin_script_is_exempt_from_opaque_blocking() {
    for (page, expected) in [(API, Some("")), (APP, None)] {
        let embedding = EmbeddingConfig::new().timing_allow_any_origin();
        let mut service = service(embedding, [("content-type", "application/pdf")]);
        let script = Fetch::element(Destination::Script, API);
        assert_eq!(block_on(Page::open(page).fetch(&mut service, script)).script(), expected);
    }
}

#[test]
fn nosniff_blocks_mistyped_style_sheets_but_not_images() {
    for (destination, content_type, expected) in [
        (Destination::Style, "text/css", None),
        (Destination::Style, "text/plain", Some(BlockedStep::MimeType)),
        (Destination::Image, "text/plain", None),
        (Destination::Empty, "text/plain", None),
    ] {
        let mut service =
            service(EmbeddingConfig::public_asset(), [("content-type", content_type)]);
        let call = Fetch::element(destination, API);
        let outcome = block_on(Page::open(APP).fetch(&mut service, call));
        assert_eq!(outcome.blocked().map(Blocked::step), expected, "{destination:?}");
    }
}

#[test]
fn blocked_response_reports_the_fix() {
    for (embedding, page, destination, expected) in [
        (
            EmbeddingConfig::private_api(),
            Page::open(EVIL),
            Destination::Image,
            "the request to https://api.example.com/ from the origin https://evil.example was blocked: \
             Cross-Origin-Resource-Policy is \"same-origin\", which does not allow this page; \
             if pages of other sites may embed the response, send \
             Cross-Origin-Resource-Policy: cross-origin in one field line",
        ),
        (
            EmbeddingConfig::new().nosniff(true),
            Page::open(APP).with_embedder_policy(Embedder::RequireCorp),
            Destination::Image,
            "the request to https://api.example.com/ from the origin https://app.example.com was blocked: \
             the response has no Cross-Origin-Resource-Policy, but the page's \
             Cross-Origin-Embedder-Policy requires it; \
             if pages of other sites may embed the response, send \
             Cross-Origin-Resource-Policy: cross-origin in one field line",
        ),
        (
            EmbeddingConfig::public_asset(),
            Page::open(APP),
            Destination::Script,
            "the request to https://api.example.com/ from the origin https://app.example.com was blocked: \
             Content-Type is absent; X-Content-Type-Options: nosniff requires a JavaScript type for \
             scripts; send scripts as text/javascript and style sheets as text/css",
        ),
    ] {
        let mut page = page;
        let call = Fetch::element(destination, API);
        let outcome = block_on(page.fetch(&mut service(embedding, []), call));
        assert_eq!(outcome.blocked().unwrap().to_string(), expected);
    }
}

// --- faults and lints ---------------------------------------------------------------------------------

#[test]
fn config_with_faults_reports_all_of_them() {
    let embedding = EmbeddingConfig::new()
        .opener_policy_report_only(Opener::NoopenerAllowPopups.report_to("Main"))
        .embedder_policy(Embedder::RequireCorp.report_to("other"))
        .timing_allow_origins([APP, "https://*.example.com", "https://b.example/"])
        .reporting_endpoint("Main", "http://reports.example.com/main")
        .reporting_endpoint("a b", "reports.example.com/main")
        .reporting_endpoint("twice", "https://Reports.example.com:443/main?a")
        .reporting_endpoint("twice", "//reports.example.com/main")
        .reporting_endpoint("three", "https://reports.example.com/a b#c")
        .reporting_endpoint("four", "https://*.example.com/")
        .reporting_endpoint("five", "ftp://reports.example.com/")
        .reporting_endpoint("", "");
    let error = EmbeddingPolicy::new(embedding).unwrap_err();
    let faults: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
    let expected = [
        r#"opener_policy_report_only = "noopener-allow-popups": the policy cannot be report-only; browsers do not report the effects of noopener-allow-popups; set the policy as opener_policy, or use another policy"#,
        r#"embedder_policy.report_to = "other": no endpoint has the name; browsers would send no reports; add the endpoint to reporting_endpoints, or correct the name"#,
        r#"timing_allow_origin[1] = "https://*.example.com": the value is not a single origin; a pattern, "*", "null" or "file://" matches many pages; use concrete origins"#,
        r#"timing_allow_origin[2] = "https://b.example/": the origin ends with a slash; browsers send an origin without a path; remove the slash; write "https://b.example""#,
        r#"reporting_endpoints[0] = "Main": the endpoint name is invalid; browsers ignore Reporting-Endpoints if one name is invalid; use lower-case letters, digits, "_", "-", "." and "*", with a letter or "*" first; write "main""#,
        r#"reporting_endpoints[0] = "http://reports.example.com/main": the address is not secure; browsers send reports only over https or to the user's own machine; use https; write "https://reports.example.com/main""#,
        r#"reporting_endpoints[1] = "a b": the endpoint name is invalid; browsers ignore Reporting-Endpoints if one name is invalid; use lower-case letters, digits, "_", "-", "." and "*", with a letter or "*" first"#,
        r#"reporting_endpoints[1] = "reports.example.com/main": the origin has no scheme; browsers send an origin with its scheme; add the scheme; write "https://reports.example.com/main""#,
        r#"reporting_endpoints[2] = "https://Reports.example.com:443/main?a": the origin has upper-case letters; browsers send the scheme, and the host of a web page, in lower case; use lower case; write "https://reports.example.com/main?a""#,
        r#"reporting_endpoints[3] = "twice": another endpoint has the same name; browsers use only the last endpoint with the name; rename one of the endpoints"#,
        r#"reporting_endpoints[3] = "//reports.example.com/main": the path of the address is invalid; browsers send no reports to such an address; use one leading slash, no fragment, and percent-encoded characters"#,
        r#"reporting_endpoints[4] = "https://reports.example.com/a b#c": the path of the address is invalid; browsers send no reports to such an address; use one leading slash, no fragment, and percent-encoded characters"#,
        r#"reporting_endpoints[5] = "https://*.example.com/": the value is not a single origin; a pattern, "*", "null" or "file://" matches many pages; use concrete origins"#,
        r#"reporting_endpoints[6] = "ftp://reports.example.com/": the address is not secure; browsers send reports only over https or to the user's own machine; use https"#,
        r#"reporting_endpoints[7]: the endpoint name is invalid; browsers ignore Reporting-Endpoints if one name is invalid; use lower-case letters, digits, "_", "-", "." and "*", with a letter or "*" first"#,
        r#"reporting_endpoints[7]: the origin is empty; no browser sends an empty origin; use an origin such as "https://app.example.com", or remove the entry"#,
    ];
    assert_eq!(faults, expected, "{error}");
    assert!(error.to_string().starts_with("16 faults in the embedding configuration\n- opener_"));
}

#[test]
fn each_fault_has_a_kind() {
    for (embedding, expected) in [
        (EmbeddingConfig::new(), FaultKind::NoHeaders),
        (EmbeddingConfig::new().upstream_headers(UpstreamPolicies::Keep), FaultKind::NoHeaders),
        (
            EmbeddingConfig::new().timing_allow_request_origin(OriginSet::default()),
            FaultKind::NoOrigins,
        ),
        (EmbeddingConfig::new().timing_allow_origins([""; 0]), FaultKind::NoOrigins),
        (
            EmbeddingConfig::new().timing_allow_origins(["null"]),
            FaultKind::Origin(OriginErrorKind::Null),
        ),
        (
            EmbeddingConfig::new().reporting_endpoint("a", "https://user@a.example/"),
            FaultKind::EndpointOrigin(OriginErrorKind::Userinfo),
        ),
        (
            EmbeddingConfig::new().reporting_endpoint("a", "https://a.example\\b"),
            FaultKind::MalformedEndpointPath,
        ),
        (EmbeddingConfig::new().reporting_endpoint("a", "/\"b"), FaultKind::MalformedEndpointPath),
        (EmbeddingConfig::new().reporting_endpoint("a", "/\\b"), FaultKind::MalformedEndpointPath),
        (
            EmbeddingConfig::new().reporting_endpoint("a", "https://a.example#b"),
            FaultKind::MalformedEndpointPath,
        ),
        (
            EmbeddingConfig::new().reporting_endpoint("a", "ftp://localhost/"),
            FaultKind::InsecureEndpoint,
        ),
        (EmbeddingConfig::new().reporting_endpoint("a", "/ü"), FaultKind::MalformedEndpointPath),
    ] {
        let error = EmbeddingPolicy::new(embedding).unwrap_err();
        let kinds: Vec<FaultKind> = error.faults().iter().map(|fault| *fault.kind()).collect();
        assert_eq!(kinds, [expected], "{error}");
        assert!(error.to_string().starts_with("a fault in the embedding configuration: "));
    }
}

#[test]
fn probable_mistakes_are_lints() {
    let reported = |embedding: EmbeddingConfig| embedding.reporting_endpoint("main", "/reports");
    for (embedding, expected) in [
        (EmbeddingConfig::cross_origin_isolated(), None),
        (EmbeddingConfig::cross_origin_isolated_credentialless(), None),
        (EmbeddingConfig::public_asset(), None),
        (EmbeddingConfig::private_api(), None),
        (EmbeddingConfig::new().embedder_policy(Embedder::UnsafeNone), None),
        (
            EmbeddingConfig::new().embedder_policy(Embedder::RequireCorp),
            Some(LintKind::NotIsolated),
        ),
        (
            EmbeddingConfig::cross_origin_isolated().opener_policy(Opener::SameOriginAllowPopups),
            Some(LintKind::NotIsolated),
        ),
        (
            EmbeddingConfig::new().opener_policy_report_only(Opener::SameOrigin),
            Some(LintKind::ReportOnlyWithoutEndpoint),
        ),
        (
            reported(EmbeddingConfig::new())
                .opener_policy_report_only(Opener::SameOrigin.report_to("main")),
            None,
        ),
    ] {
        let policy = policy(embedding);
        let kinds: Vec<LintKind> = policy.lints().iter().map(|lint| *lint.kind()).collect();
        assert_eq!(kinds, expected.into_iter().collect::<Vec<_>>(), "{policy:?}");
    }
    let policy = policy(EmbeddingConfig::new().embedder_policy(Embedder::RequireCorp));
    assert_eq!(
        policy.lints()[0].to_string(),
        "embedder_policy = \"require-corp\": the embedder policy does not isolate pages; a page is \
         crossOriginIsolated only with the opener policy same-origin; set opener_policy = \"same-origin\", \
         unless the policy is only for frames or workers"
    );
}

// --- helpers ------------------------------------------------------------------------------------------

/// Returns a configuration with every single-valued header.
fn all_headers() -> EmbeddingConfig {
    EmbeddingConfig::cross_origin_isolated()
        .resource_policy(Resource::SameOrigin)
        .document_isolation_policy(Isolation::IsolateAndRequireCorp)
        .origin_agent_cluster(Cluster::OriginKeyed)
        .timing_allow_any_origin()
        .nosniff(true)
}

/// Returns each policy without and with an endpoint.
fn with_endpoints<P: Copy>(
    policies: &[P],
    report_to: fn(P, &str) -> WithReporting<P>,
) -> Vec<(WithReporting<P>, Option<&'static str>)> {
    let each = policies.iter().flat_map(|&policy| {
        let with_endpoint = ["main", "*a.b-c_1"].map(|name| (report_to(policy, name), Some(name)));
        [(WithReporting::from(policy), None)].into_iter().chain(with_endpoint)
    });
    each.collect()
}

fn with_endpoint(embedding: EmbeddingConfig, endpoint: Option<&str>) -> EmbeddingConfig {
    endpoint.into_iter().fold(embedding, |embedding, name| embedding.reporting_endpoint(name, "/r"))
}

#[track_caller]
fn policy(embedding: EmbeddingConfig) -> EmbeddingPolicy {
    EmbeddingPolicy::new(embedding).expect("the configuration is valid")
}

/// Returns the headers that the layer adds to an empty response.
#[track_caller]
fn sent(embedding: EmbeddingConfig) -> HeaderMap {
    response_headers(embedding, Request::builder(), Response::new(()))
}

#[track_caller]
fn response_headers(
    embedding: EmbeddingConfig,
    request: http::request::Builder,
    response: Response<()>,
) -> HeaderMap {
    let inner = service_fn(move |_: Request<()>| {
        let response = response.clone();
        async { Ok::<_, Infallible>(response) }
    });
    let mut service = EmbeddingLayer::new(policy(embedding)).layer(inner);
    block_on(service.call(request.body(()).unwrap())).unwrap().headers().clone()
}

/// Returns an application behind the layer, whose responses have these headers.
#[track_caller]
fn service<const N: usize>(
    embedding: EmbeddingConfig,
    own: [(&'static str, &'static str); N],
) -> impl Service<Request<Vec<u8>>, Response = Response<String>, Error = Infallible> {
    let inner = service_fn(move |_: Request<Vec<u8>>| async move {
        Ok::<_, Infallible>(response_with(own).map(|()| String::new()))
    });
    EmbeddingLayer::new(policy(embedding)).layer(inner)
}

fn response_with(lines: impl IntoIterator<Item = (&'static str, &'static str)>) -> Response<()> {
    let mut response = Response::new(());
    for (name, value) in lines {
        let name = HeaderName::from_static(name);
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    response
}

fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

#[track_caller]
fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = lines(headers, name);
    assert!(lines.len() < 2, "{lines:?}");
    lines.first().copied()
}

// --- responses of other layers ------------------------------------------------------------------------

#[test]
fn jsonp_and_ping_responses_keep_their_resource_policy() {
    let embedding =
        || EmbeddingLayer::new(EmbeddingPolicy::new(EmbeddingConfig::private_api()).unwrap());
    let json = service_fn(async |_: Request<()>| {
        let response = Response::builder().header("content-type", "application/json");
        Ok::<_, Infallible>(response.body(String::from("[1]")).unwrap())
    });
    let resource_policy_header =
        |headers: &HeaderMap| headers["cross-origin-resource-policy"].clone();
    for (target, expected) in [("/?callback=show", "cross-origin"), ("/", "same-origin")] {
        let mut service = embedding().layer(JsonpLayer::default().layer(json));
        let request = Request::get(target).body(()).unwrap();
        let response = block_on(service.call(request)).unwrap();
        assert_eq!(resource_policy_header(response.headers()), expected, "{target}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let mut ping_layer = embedding().layer(BeaconLayer::new().layer(json));
    let response = block_on(ping_layer.call(Request::new(()))).unwrap();
    assert_eq!(resource_policy_header(response.headers()), "cross-origin");
    let mut beacon = embedding().layer(Beacon::new(|_: Ping<String>| Delivery::Accepted));
    let response = block_on(beacon.call(Request::new(String::new()))).unwrap();
    assert_eq!(resource_policy_header(response.headers()), "cross-origin");
}

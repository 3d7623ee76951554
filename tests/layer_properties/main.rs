//! Checks that every layer forwards streams without delay, and follows the contract of Tower services.
//! DESIGN 11, 13, 14; COMPANIONS, section 3, L1 to L6.
//!
//! A test fails if a layer is missing from the list, or if a property is not tested for a layer.

mod bodies;
mod calls;
mod faulty;
mod gate;
mod requests;
mod subject;

#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeSet, convert::Infallible, fs, future::ready, panic, path::Path,
    time::Duration,
};

use tower_cross_origin::{
    beacon::BeaconLayer,
    cors::{CorsConfig, CorsLayer, CorsPolicy, ResolveCorsLayer, Rule, UpstreamHeaders},
    cross_origin::{
        BeaconConfig, CrossOriginConfig, CrossOriginLayer, CrossOriginPolicy, GuardConfig,
        HostConfig, LongPollConfig, SseConfig, WebSocketConfig,
    },
    embedding::{EmbeddingConfig, EmbeddingLayer, EmbeddingPolicy, UpstreamPolicies as Upstream},
    guard::{Check, Csrf, FetchMetadata, GuardLayer, HostCheck, LocalServerLayer, WebSocket},
    jsonp::{JsonpConfig, JsonpLayer},
    origin::OriginSet,
    push::{LongPollLayer, SseLayer},
};

use crate::{
    faulty::{Fault, Faulty},
    subject::{check, early_request_names, layer_name},
    support::APP,
};

/// All properties. Each of them becomes a test for each layer.
macro_rules! with_properties {
    ($then:ident! $given:tt) => {
        $then! { $given
            bodies::frames_are_forwarded_immediately;
            bodies::waiting_reader_is_woken_by_frame;
            bodies::body_is_polled_at_most_once_after_last_frame;
            bodies::body_is_polled_only_on_read;
            bodies::dropped_body_drops_inner_body;
            bodies::body_does_not_spawn_tasks;
            bodies::trailers_are_sent_once_and_last;
            bodies::body_error_is_forwarded_and_ends_body;
            bodies::size_hint_and_end_match_inner_body;
            bodies::empty_body_is_at_end_of_stream;
            calls::readiness_matches_inner_service;
            calls::ready_instance_is_called;
            calls::early_response_releases_permit;
            calls::forwarded_request_holds_permit_until_dropped;
            calls::dropped_future_drops_inner_future;
            calls::waiting_caller_is_woken_by_response;
            calls::service_error_is_forwarded_unchanged;
            calls::request_is_forwarded_unchanged;
            calls::status_and_headers_are_preserved;
            calls::head_response_keeps_content_length;
            calls::upgrade_response_is_unchanged;
        }
    };
}

macro_rules! property_tests {
    ({ $layer:expr } $($group:ident::$property:ident;)+) => {
        $(
            #[test]
            fn $property() {
                check($group::$property, &$layer);
            }
        )+
    };
}

macro_rules! property_list {
    ({ $layer:ty } $($group:ident::$property:ident;)+) => {
        [$((stringify!($property), $group::$property as fn(&$layer))),+]
    };
}

/// Defines the layers, and the names of the requests that get early responses.
macro_rules! layers {
    ($($name:ident: $layer:expr, early $requests:expr;)+) => {
        fn listed() -> BTreeSet<&'static str> {
            BTreeSet::from([$(layer_name(&$layer)),+])
        }

        $(
            mod $name {
                use super::*;

                with_properties! { property_tests! { $layer } }

                #[test]
                fn expected_requests_get_early_responses() {
                    let expected: &[&str] = &$requests;
                    check(|layer| assert_eq!(early_request_names(layer), expected), &$layer);
                }
            }
        )+
    };
}

layers! {
    cors: CorsLayer::new(policy(CorsConfig::default())),
        early ["a preflight", "a preflight of another page"];
    cors_with_enforcement: CorsLayer::new(policy(CorsConfig::default().enforce(true))),
        early [
            "from another page",
            "a save of another page",
            "a preflight",
            "a preflight of another page",
            "a WebSocket of another page",
            "CONNECT of another page",
        ];
    cors_that_keeps_upstream_headers: CorsLayer::new(policy(CorsConfig::default().upstream_headers(UpstreamHeaders::Keep))).decision_in_extensions(),
        early ["a preflight", "a preflight of another page"];
    resolve_cors: ResolveCorsLayer::new(|_| ready(Ok::<_, Infallible>(Some(policy(CorsConfig::default()))))),
        early ["a preflight", "a preflight of another page"];
    // tests/cors/resolve.rs tests policies that are not available immediately.
    resolve_cors_with_fallback: ResolveCorsLayer::new(|_| ready(Err(())))
        .fallback(CorsPolicy::reject_all_enforced([APP]).unwrap()),
        early [
            "from another page",
            "a save of another page",
            "a preflight",
            "a preflight of another page",
            "a WebSocket of another page",
            "CONNECT of another page",
        ];
    embedding: EmbeddingLayer::new(embedding_policy(Upstream::Replace)),
        early [];
    embedding_that_keeps_upstream_headers: EmbeddingLayer::new(embedding_policy(Upstream::Keep)),
        early [];
    sse: SseLayer::new().keep_alive(Duration::from_secs(15)).max_age(Duration::from_secs(60)),
        early [];
    other_streams: SseLayer::for_other_streams(["application/x-ndjson"]).unwrap(), early [];
    long_poll: LongPollLayer::new(),
        early [];
    beacon: BeaconLayer::new(), early [];
    guard: GuardLayer::new(
        WebSocket::new().trust_origins(app()).and(Csrf::new().trust_origins(app())),
    ).unwrap(),
        early ["a save of another page", "a WebSocket of another page", "CONNECT of another page"];
    local_server: LocalServerLayer::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap()
        .add_hosts(["*.example.com"]).unwrap(),
        early [
            "from another page",
            "a save of another page",
            "a preflight",
            "a preflight of another page",
            "a WebSocket of another page",
            "CONNECT of another page",
        ];
    cross_origin: CrossOriginLayer::new(full_policy()), early [
        "from another page",
        "a save of another page",
        "a preflight",
        "a preflight of another page",
        "a WebSocket of another page",
        "CONNECT of another page",
    ];
    cross_origin_with_one_section: CrossOriginLayer::new(minimal_policy()), early [];
    report_only_guard: GuardLayer::new(HostCheck::loopback().and(FetchMetadata::new()).report_only(true)).unwrap(), early [];
    // The requests do not have a callback. tests/companions/jsonp/body.rs tests wrapped bodies.
    jsonp: JsonpLayer::default(), early [];
}

fn app() -> OriginSet {
    OriginSet::parse([APP]).unwrap()
}

/// Returns a policy with every section.
fn full_policy() -> CrossOriginPolicy {
    let rule = Rule::for_origins([APP]).allow_methods(["PUT"]);
    let cors = CorsConfig::from(rule).enforce(true);
    let guard = GuardConfig::new()
        .host(HostConfig::new().names(["*.example.com"]))
        .web_socket(WebSocketConfig::new().trust_origins([APP]));
    let sse = SseConfig::new()
        .keep_alive(Duration::from_secs(15))
        .other_media_types(["application/x-ndjson"]);
    let config = CrossOriginConfig::new()
        .cors(cors)
        .guard(guard)
        .embedding(EmbeddingConfig::private_api())
        .jsonp(JsonpConfig::new())
        .sse(sse)
        // The requests do not have these paths. The tests above check the layers.
        .long_poll(LongPollConfig::new().paths(["/poll"]))
        .beacon(BeaconConfig::new().paths(["/ping"]));
    CrossOriginPolicy::new(config).unwrap()
}

fn minimal_policy() -> CrossOriginPolicy {
    let beacon = BeaconConfig::new().paths(["/ping"]);
    CrossOriginPolicy::new(CrossOriginConfig::new().beacon(beacon)).unwrap()
}

fn policy(config: CorsConfig) -> CorsPolicy {
    CorsPolicy::new(config.add_rule(Rule::for_origins([APP]).allow_methods(["PUT"]))).unwrap()
}

fn embedding_policy(upstream_headers: Upstream) -> EmbeddingPolicy {
    let embedding = EmbeddingConfig::cross_origin_isolated()
        .timing_allow_request_origin(app())
        .upstream_headers(upstream_headers);
    EmbeddingPolicy::new(embedding).unwrap()
}

#[test]
fn every_public_layer_is_listed() {
    let mut found = BTreeSet::new();
    find_layers(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let listed = listed().into_iter().map(str::to_owned).collect();
    assert_eq!(found, listed);
}

/// Finds the public types whose names end with `Layer`, in all files below `folder`.
fn find_layers(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_layers(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            found.extend(
                source.lines().filter_map(declared_type).filter(|name| name.ends_with("Layer")),
            );
        }
    }
}

/// Returns the name of the public type that is declared on the line.
fn declared_type(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let (_, rest) =
        rest.split_once(' ').filter(|(word, _)| ["struct", "enum", "type"].contains(word))?;
    rest.split(|char: char| !char.is_alphanumeric() && char != '_').next().map(str::to_owned)
}

/// Checks that each property fails for a layer with the matching fault.
#[test]
fn each_property_detects_its_faulty_layer() {
    let properties = with_properties! { property_list! { Faulty } };
    for (name, property) in properties {
        check(property, &Faulty(Fault::None));
        assert!(
            FAULTS.iter().any(|(_, detected_by)| *detected_by == name),
            "{name} detects no fault"
        );
    }
    for &(fault, detected_by) in FAULTS {
        let (_, property) = properties.into_iter().find(|(name, _)| *name == detected_by).unwrap();
        let result = panic::catch_unwind(|| check(property, &Faulty(fault)));
        assert!(result.is_err(), "{detected_by} does not detect {fault:?}");
    }
}

const FAULTS: &[(Fault, &str)] = &[
    (Fault::BuffersFrames, "frames_are_forwarded_immediately"),
    (Fault::LosesWaker, "waiting_reader_is_woken_by_frame"),
    (Fault::PollsAfterTheEnd, "body_is_polled_at_most_once_after_last_frame"),
    (Fault::ReadsAhead, "body_is_polled_only_on_read"),
    (Fault::LeaksBody, "dropped_body_drops_inner_body"),
    (Fault::SpawnsTask, "body_does_not_spawn_tasks"),
    (Fault::RepeatsTrailers, "trailers_are_sent_once_and_last"),
    (Fault::LosesTrailers, "trailers_are_sent_once_and_last"),
    (Fault::HidesBodyError, "body_error_is_forwarded_and_ends_body"),
    (Fault::OmitsSizeHint, "size_hint_and_end_match_inner_body"),
    (Fault::OmitsEnd, "size_hint_and_end_match_inner_body"),
    (Fault::OmitsEnd, "empty_body_is_at_end_of_stream"),
    (Fault::IsAlwaysReady, "readiness_matches_inner_service"),
    (Fault::CallsClone, "ready_instance_is_called"),
    (Fault::LeaksPermit, "early_response_releases_permit"),
    (Fault::LeaksFuture, "forwarded_request_holds_permit_until_dropped"),
    (Fault::LeaksFuture, "dropped_future_drops_inner_future"),
    (Fault::LosesWaker, "waiting_caller_is_woken_by_response"),
    (Fault::HidesError, "service_error_is_forwarded_unchanged"),
    (Fault::ChangesRequest, "request_is_forwarded_unchanged"),
    (Fault::ChangesStatus, "status_and_headers_are_preserved"),
    (Fault::JoinsCookies, "status_and_headers_are_preserved"),
    (Fault::MeasuresBody, "head_response_keeps_content_length"),
    (Fault::TouchesUpgrade, "upgrade_response_is_unchanged"),
    (Fault::LosesExtensions, "upgrade_response_is_unchanged"),
];

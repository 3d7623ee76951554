//! Every layer of the crate keeps a stream a stream, and is a citizen of Tower: layers × properties.
//! DESIGN 11, 13, 14; COMPANIONS, section 3, L1 to L6.
//!
//! A layer that is not in the list fails a test, and so does one whose properties are not all tried.

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
    subject::{answered_by_itself, hold, name_of},
    support::APP,
};

/// A further property is a line here.
macro_rules! with_properties {
    ($then:ident! $given:tt) => {
        $then! { $given
            bodies::each_frame_is_out_before_the_next_is_produced;
            bodies::who_waits_for_a_frame_is_woken_by_it;
            bodies::a_body_is_polled_at_most_once_more_than_it_has_frames;
            bodies::a_body_is_polled_only_when_it_is_read;
            bodies::a_dropped_body_drops_that_of_the_service_at_once;
            bodies::no_task_carries_a_body;
            bodies::trailers_come_once_and_last;
            bodies::an_error_of_the_body_passes_and_ends_it;
            bodies::the_size_and_the_end_are_those_of_the_inner_body;
            bodies::an_empty_body_has_ended_before_it_is_read;
            calls::readiness_is_that_of_the_service;
            calls::the_handle_that_was_made_ready_is_called;
            calls::an_answer_of_the_layer_holds_no_permit;
            calls::a_request_that_is_passed_on_holds_its_permit_until_it_is_dropped;
            calls::a_dropped_future_drops_that_of_the_service_at_once;
            calls::who_waits_for_a_response_is_woken_by_it;
            calls::an_error_of_the_service_passes_unchanged;
            calls::the_request_reaches_the_service_as_it_came;
            calls::the_status_and_the_headers_of_the_service_reach_the_client;
            calls::the_answer_to_head_keeps_its_length;
            calls::a_response_after_which_there_is_no_http_is_untouched;
        }
    };
}

macro_rules! tests_of {
    ({ $layer:expr } $($group:ident::$property:ident;)+) => {
        $(
            #[test]
            fn $property() {
                hold($group::$property, &$layer);
            }
        )+
    };
}

macro_rules! list_of {
    ({ $layer:ty } $($group:ident::$property:ident;)+) => {
        [$((stringify!($property), $group::$property as fn(&$layer))),+]
    };
}

/// Each layer, and the names of the requests that it answers by itself.
macro_rules! layers {
    ($($name:ident: $layer:expr, answers $answered:expr;)+) => {
        fn listed() -> BTreeSet<&'static str> {
            BTreeSet::from([$(name_of(&$layer)),+])
        }

        $(
            mod $name {
                use super::*;

                with_properties! { tests_of! { $layer } }

                #[test]
                fn the_requests_that_the_layer_answers_are_these() {
                    let expected: &[&str] = &$answered;
                    hold(|layer| assert_eq!(answered_by_itself(layer), expected), &$layer);
                }
            }
        )+
    };
}

layers! {
    cors: CorsLayer::new(policy(CorsConfig::default())),
        answers ["a preflight", "a preflight of another page"];
    cors_that_enforces: CorsLayer::new(policy(CorsConfig::default().enforce(true))),
        answers [
            "from another page",
            "a save of another page",
            "a preflight",
            "a preflight of another page",
            "a WebSocket of another page",
            "CONNECT of another page",
        ];
    cors_that_keeps: CorsLayer::new(policy(CorsConfig::default().upstream_headers(UpstreamHeaders::Keep))).decision_in_extensions(),
        answers ["a preflight", "a preflight of another page"];
    resolve_cors: ResolveCorsLayer::new(|_| ready(Ok::<_, Infallible>(Some(policy(CorsConfig::default()))))),
        answers ["a preflight", "a preflight of another page"];
    // A policy that is there once the future is polled is waited for in tests/cors/resolve.rs.
    resolve_cors_without_a_policy: ResolveCorsLayer::new(|_| ready(Err(())))
        .otherwise(CorsPolicy::reject_all_enforced([APP]).unwrap()),
        answers [
            "from another page",
            "a save of another page",
            "a preflight",
            "a preflight of another page",
            "a WebSocket of another page",
            "CONNECT of another page",
        ];
    embedding: EmbeddingLayer::new(embedding_policy(Upstream::Replace)),
        answers [];
    embedding_that_keeps: EmbeddingLayer::new(embedding_policy(Upstream::Keep)),
        answers [];
    sse: SseLayer::new().keep_alive(Duration::from_secs(15)).max_age(Duration::from_secs(60)),
        answers [];
    other_streams: SseLayer::for_other_streams(["application/x-ndjson"]).unwrap(), answers [];
    long_poll: LongPollLayer::new(),
        answers [];
    beacon: BeaconLayer::new(), answers [];
    guard: GuardLayer::new(
        WebSocket::new().trust_origins(app()).and(Csrf::new().trust_origins(app())),
    ).unwrap(),
        answers ["a save of another page", "a WebSocket of another page", "CONNECT of another page"];
    local_server: LocalServerLayer::new(Rule::for_origins([APP]).allow_methods(["PUT"])).unwrap()
        .add_hosts(["*.example.com"]).unwrap(),
        answers [
            "a save of another page",
            "a preflight",
            "a preflight of another page",
            "a WebSocket of another page",
            "CONNECT of another page",
        ];
    cross_origin: CrossOriginLayer::new(whole()), answers [
        "from another page",
        "a save of another page",
        "a preflight",
        "a preflight of another page",
        "a WebSocket of another page",
        "CONNECT of another page",
    ];
    cross_origin_of_little: CrossOriginLayer::new(little()), answers [];
    guard_that_reports: GuardLayer::new(HostCheck::loopback().and(FetchMetadata::new()).report_only(true)).unwrap(), answers [];
    // No request here names a callback; what is wrapped is in tests/companions/jsonp/body.rs.
    jsonp: JsonpLayer::default(), answers [];
}

fn app() -> OriginSet {
    OriginSet::parse([APP]).unwrap()
}

/// Every part of it.
fn whole() -> CrossOriginPolicy {
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
        // No request here is for these: what the layers do is tried above.
        .long_poll(LongPollConfig::new().paths(["/poll"]))
        .beacon(BeaconConfig::new().paths(["/ping"]));
    CrossOriginPolicy::new(config).unwrap()
}

fn little() -> CrossOriginPolicy {
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
fn every_layer_of_the_crate_is_in_the_list() {
    let mut found = BTreeSet::new();
    find_layers(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    let listed = listed().into_iter().map(str::to_owned).collect();
    assert_eq!(found, listed);
}

/// The public types whose names end with `Layer`, in all files below `folder`.
fn find_layers(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            find_layers(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            found
                .extend(source.lines().filter_map(declared).filter(|name| name.ends_with("Layer")));
        }
    }
}

/// The name of the public type that the line begins to declare.
fn declared(line: &str) -> Option<String> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let (_, rest) =
        rest.split_once(' ').filter(|(word, _)| ["struct", "enum", "type"].contains(word))?;
    rest.split(|char: char| !char.is_alphanumeric() && char != '_').next().map(str::to_owned)
}

/// A property that holds for whatever it is shown would be none.
#[test]
fn each_property_sees_a_layer_that_is_wrong() {
    let properties = with_properties! { list_of! { Faulty } };
    for (name, property) in properties {
        hold(property, &Faulty(Fault::None));
        assert!(FAULTS.iter().any(|(_, seen_by)| *seen_by == name), "{name} sees nothing");
    }
    for &(fault, seen_by) in FAULTS {
        let (_, property) = properties.into_iter().find(|(name, _)| *name == seen_by).unwrap();
        let run = panic::catch_unwind(|| hold(property, &Faulty(fault)));
        assert!(run.is_err(), "{seen_by} does not see {fault:?}");
    }
}

const FAULTS: &[(Fault, &str)] = &[
    (Fault::GathersFrames, "each_frame_is_out_before_the_next_is_produced"),
    (Fault::LosesWaker, "who_waits_for_a_frame_is_woken_by_it"),
    (Fault::PollsAfterTheEnd, "a_body_is_polled_at_most_once_more_than_it_has_frames"),
    (Fault::ReadsAhead, "a_body_is_polled_only_when_it_is_read"),
    (Fault::KeepsBody, "a_dropped_body_drops_that_of_the_service_at_once"),
    (Fault::HasTask, "no_task_carries_a_body"),
    (Fault::RepeatsTrailers, "trailers_come_once_and_last"),
    (Fault::LosesTrailers, "trailers_come_once_and_last"),
    (Fault::HidesErrorOfBody, "an_error_of_the_body_passes_and_ends_it"),
    (Fault::ForgetsSize, "the_size_and_the_end_are_those_of_the_inner_body"),
    (Fault::ForgetsEnd, "the_size_and_the_end_are_those_of_the_inner_body"),
    (Fault::ForgetsEnd, "an_empty_body_has_ended_before_it_is_read"),
    (Fault::IsAlwaysReady, "readiness_is_that_of_the_service"),
    (Fault::CallsClone, "the_handle_that_was_made_ready_is_called"),
    (Fault::KeepsPermit, "an_answer_of_the_layer_holds_no_permit"),
    (Fault::KeepsFuture, "a_request_that_is_passed_on_holds_its_permit_until_it_is_dropped"),
    (Fault::KeepsFuture, "a_dropped_future_drops_that_of_the_service_at_once"),
    (Fault::LosesWaker, "who_waits_for_a_response_is_woken_by_it"),
    (Fault::HidesError, "an_error_of_the_service_passes_unchanged"),
    (Fault::ChangesRequest, "the_request_reaches_the_service_as_it_came"),
    (Fault::ChangesStatus, "the_status_and_the_headers_of_the_service_reach_the_client"),
    (Fault::JoinsCookies, "the_status_and_the_headers_of_the_service_reach_the_client"),
    (Fault::MeasuresBody, "the_answer_to_head_keeps_its_length"),
    (Fault::TouchesUpgrade, "a_response_after_which_there_is_no_http_is_untouched"),
    (Fault::LosesExtensions, "a_response_after_which_there_is_no_http_is_untouched"),
];

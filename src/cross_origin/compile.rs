//! From a configuration to the parts of a layer, with every fault and lint on the way.

use std::{borrow::Cow, sync::Arc};

use http::HeaderValue;

use super::{
    CrossOrigin, CrossOriginError, EventStreams, Fault, FaultKind, Guards,
    findings::Faults,
    guards::{self, HostCheck, PageChecks, Trusted},
    lint::{self, Lint, Whole},
    lists::lists,
    timed::{self, LongPolls},
};
use crate::{
    cors::{CorsConfig, CorsPolicy},
    embedding::EmbeddingPolicy,
    guard::GuardLayer,
    jsonp::{JsonpConfig, JsonpPolicy},
    origin::{NamedOrigins, OriginSet, ParsedPattern},
    push::SseLayer,
    request::path::PathSet,
};

/// A configuration as it stands around each request. What it has no part of lets everything through.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) beacons: PathSet,
    pub(super) embedding: EmbeddingPolicy,
    pub(super) host: GuardLayer<HostCheck>,
    /// `None` where the service answers preflights itself.
    pub(super) cors: Option<CorsPolicy>,
    pub(super) pages: GuardLayer<PageChecks>,
    pub(super) jsonp: JsonpPolicy,
    pub(super) events: SseLayer,
    pub(super) other_streams: SseLayer,
    pub(super) long_polls: LongPolls,
    pub(super) goes_by_path: bool,
    pub(super) lints: Arc<[Lint]>,
}

pub(super) fn policy(config: &CrossOrigin) -> Result<Compiled, CrossOriginError> {
    let mut faults = Faults::default();
    if configures_nothing(config) {
        faults.add(Fault::new("cross_origin", "", FaultKind::NoLayers));
    }
    let named = lists(config, &mut faults);
    let own_origins = own_origins(config, &mut faults);
    let cors = cors(config, &named, &mut faults);
    let host = guards::host(&config.guard, &mut faults);
    let trusted = Trusted { lists: &named, cors: cors.as_ref(), own_origins: &own_origins };
    let pages = guards::pages(config, &trusted, &mut faults);
    let embedding = embedding(config, &named, &mut faults);
    let jsonp = jsonp(config, &mut faults);
    let events = config.sse.as_ref().map(|written| events(written, &mut faults));
    let other_streams = config.sse.as_ref().map(|written| other_streams(written, &mut faults));
    let long_polls = timed::long_polls(config.long_poll.as_ref(), &mut faults);
    let beacons = config.beacon.as_ref().map(|written| faults.paths("beacon", &written.paths));
    let faults = faults.into_vec();
    if !faults.is_empty() {
        return Err(CrossOriginError::new(faults));
    }
    let lints = lint::all(&Whole {
        config,
        lists: &named,
        own_origins: &own_origins,
        cors: cors.as_ref(),
        embedding: embedding.as_ref(),
        host: &host,
    });
    Ok(Compiled {
        beacons: beacons.unwrap_or_default(),
        embedding: embedding.unwrap_or_else(EmbeddingPolicy::nothing),
        host: GuardLayer::new(host),
        cors,
        pages: GuardLayer::new(pages),
        jsonp: jsonp.unwrap_or_else(JsonpPolicy::nowhere),
        events: events.unwrap_or_else(SseLayer::of_nothing),
        other_streams: other_streams.unwrap_or_else(SseLayer::of_nothing),
        long_polls,
        goes_by_path: goes_by_path(config),
        lints: lints.into(),
    })
}

fn configures_nothing(config: &CrossOrigin) -> bool {
    let CrossOrigin { cors, guard, embedding, jsonp, sse, long_poll, beacon, .. } = config;
    cors.is_none()
        && *guard == Guards::default()
        && embedding.is_none()
        && jsonp.is_none()
        && sse.is_none()
        && long_poll.is_none()
        && beacon.is_none()
}

fn goes_by_path(config: &CrossOrigin) -> bool {
    let CrossOrigin {
        guard: Guards { csrf, fetch_metadata, .. }, jsonp, long_poll, beacon, ..
    } = config;
    csrf.as_ref().is_some_and(|guard| !guard.exempt_paths.is_empty())
        || fetch_metadata.as_ref().is_some_and(|guard| !guard.exempt_paths.is_empty())
        || jsonp.as_ref().is_some_and(JsonpConfig::goes_by_path)
        || long_poll.is_some()
        || beacon.is_some()
}

fn own_origins(config: &CrossOrigin, faults: &mut Faults) -> OriginSet {
    let mut set = OriginSet::default();
    for (index, text) in config.own_origins.iter().enumerate() {
        let setting = || format!("own_origins[{index}]");
        match ParsedPattern::parse(text) {
            Ok(parts) if parts.is_exact() => {
                set.insert_parsed(&parts, text);
            }
            Ok(_) => faults.add(Fault::new(setting(), &**text, FaultKind::NotOneOrigin)),
            Err(error) => {
                let fault = Fault::new(setting(), &**text, FaultKind::Origin(error.kind()));
                faults.add(fault.with_suggestion(error.instead()));
            }
        }
    }
    match &config.cors {
        // Their faults are those of CORS.
        Some(cors) if set.is_empty() => {
            NamedOrigins::default().set_of(&cors.own_origins, |_, _, _| {})
        }
        _ => set,
    }
}

fn cors(config: &CrossOrigin, lists: &NamedOrigins, faults: &mut Faults) -> Option<CorsPolicy> {
    let written = config.cors.as_ref()?;
    // A copy, which may be large, only where it differs.
    let takes_own = written.enforce && written.own_origins.is_empty();
    let cors = if takes_own && !config.own_origins.is_empty() {
        let own_origins = config.own_origins.clone();
        Cow::Owned(CorsConfig { own_origins, ..written.clone() })
    } else {
        Cow::Borrowed(written)
    };
    match CorsPolicy::with_lists(&cors, lists) {
        Ok(policy) => Some(policy),
        Err(error) => {
            faults.of_part("cors", error.faults(), FaultKind::Cors);
            None
        }
    }
}

fn embedding(
    config: &CrossOrigin,
    lists: &NamedOrigins,
    faults: &mut Faults,
) -> Option<EmbeddingPolicy> {
    match EmbeddingPolicy::with_lists(config.embedding.as_ref()?, lists) {
        Ok(policy) => Some(policy),
        Err(error) => {
            faults.of_part("embedding", error.faults(), FaultKind::Embedding);
            None
        }
    }
}

fn jsonp(config: &CrossOrigin, faults: &mut Faults) -> Option<JsonpPolicy> {
    match JsonpPolicy::new(config.jsonp.clone()?) {
        Ok(policy) => Some(policy),
        Err(error) => {
            faults.of_part("jsonp", error.faults(), FaultKind::Jsonp);
            None
        }
    }
}

fn events(written: &EventStreams, faults: &mut Faults) -> SseLayer {
    let mut layer = common(SseLayer::new(), written, faults);
    if let Some(time) = written.retry {
        layer = layer.retry(time);
    }
    if let Some(name) = &written.last_event_id_parameter {
        layer = layer.last_event_id_parameter(&**name);
    }
    timed::events(layer, written, faults)
}

fn other_streams(written: &EventStreams, faults: &mut Faults) -> SseLayer {
    for (index, media_type) in written.other_media_types.iter().enumerate() {
        if SseLayer::for_other_streams([media_type]).is_err() {
            let setting = format!("sse.other_media_types[{index}]");
            faults.add(Fault::new(setting, &**media_type, FaultKind::MediaType));
        }
    }
    // Where there are faults, there is no policy; and those of what is common were found with the events.
    let layer = SseLayer::for_other_streams(&written.other_media_types);
    let layer = layer.unwrap_or_else(|_| SseLayer::of_nothing());
    common(layer, written, &mut Faults::default())
}

fn common(mut layer: SseLayer, written: &EventStreams, faults: &mut Faults) -> SseLayer {
    if let Some(text) = &written.cache_control {
        if let Ok(value) = HeaderValue::from_str(text) {
            layer = layer.cache_control(value);
        } else {
            let kind = FaultKind::MalformedHeaderValue;
            faults.add(Fault::new("sse.cache_control", &**text, kind));
        }
    }
    if written.keep_cache_control {
        layer = layer.keep_cache_control();
    }
    if written.without_accel_buffering {
        layer = layer.without_accel_buffering();
    }
    layer
}

//! From a configuration to the parts of a layer, with every fault and lint on the way.

use std::{borrow::Cow, sync::Arc};

use http::HeaderValue;

#[cfg(feature = "difference")]
use super::difference::ComparedSettings;
use super::{
    config::{CrossOriginSettings, GuardConfig, SseConfig},
    cross_checks::AllSections,
    decision::{ResponseParts, VaryByMethod},
    error::{CrossOriginConfigError, CrossOriginDiagnostics, Fault, FaultKind, Lint, SUBJECT},
    guards::{self, OptionalHostCheck, PageChecks, Trusted},
    timed,
};
use crate::{
    config::is_name,
    cors::CorsPolicy,
    embedding::EmbeddingPolicy,
    guard::Check,
    jsonp::{JsonpConfig, JsonpPolicy},
    origin::{ExactOriginFault, NamedOrigins, OriginSet, ParsedPattern},
    push::SseLayer,
    request::path::PathSet,
    response::VaryNames,
};

/// The sections of a configuration, compiled; a missing section is `None`, or matches no request.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) beacons: PathSet,
    pub(super) embedding: Option<EmbeddingPolicy>,
    pub(super) host: OptionalHostCheck,
    /// `None` if the service itself responds to preflights.
    pub(super) cors: Option<CorsPolicy>,
    pub(super) pages: PageChecks,
    pub(super) has_page_checks: bool,
    /// Shared with the responses of requests in progress.
    pub(super) parts: Arc<ResponseParts>,
    pub(super) goes_by_path: bool,
    #[cfg(feature = "difference")]
    pub(super) service_origins: OriginSet,
    #[cfg(feature = "difference")]
    pub(super) compared: Arc<ComparedSettings>,
    pub(super) lints: Arc<[Lint]>,
}

pub(super) fn policy(config: &CrossOriginSettings) -> Result<Compiled, CrossOriginConfigError> {
    let mut diagnostics = CrossOriginDiagnostics::default();
    if configures_nothing(config) {
        diagnostics.fault(Fault::new("cross_origin", "", FaultKind::NoLayers));
    }
    let named = lists(config, &mut diagnostics);
    let service_origins = service_origins(config, &mut diagnostics);
    let cors = cors(config, &named, &mut diagnostics);
    let host = guards::host(&config.guard, &mut diagnostics);
    let trusted = Trusted { lists: &named, cors: cors.as_ref(), service_origins: &service_origins };
    let pages = guards::pages(config, &trusted, &mut diagnostics);
    let embedding = embedding(config, &named, &mut diagnostics);
    let jsonp = jsonp(config, &mut diagnostics);
    let events = config.sse.as_ref().map(|written| events(written, &mut diagnostics));
    let other_streams = config.sse.as_ref().map(|written| other_streams(written, &mut diagnostics));
    let long_polls = timed::long_polls(config.long_poll.as_ref(), &mut diagnostics);
    let beacons = config.beacon.as_ref().map(|written| diagnostics.paths("beacon", &written.paths));
    diagnostics.check(SUBJECT)?;
    let sections = AllSections {
        config,
        lists: &named,
        service_origins: &service_origins,
        cors: cors.as_ref(),
        embedding: embedding.as_ref(),
        host: &host,
    };
    sections.lint(&mut diagnostics);
    let lints = diagnostics.finish(SUBJECT)?;
    let parts = ResponseParts {
        vary: vary(cors.as_ref(), &pages, &host, embedding.as_ref()),
        outer_vary: outer_vary(&host, embedding.as_ref()),
        embedding: embedding.as_ref().map(EmbeddingPolicy::headers),
        has_companions: config.jsonp.is_some()
            || config.sse.is_some()
            || config.long_poll.is_some()
            || config.beacon.is_some(),
        jsonp,
        events,
        other_streams,
        long_polls,
    };
    Ok(Compiled {
        beacons: beacons.unwrap_or_default(),
        embedding,
        host,
        cors,
        has_page_checks: pages.is_any(),
        pages,
        parts: Arc::new(parts),
        goes_by_path: goes_by_path(config),
        #[cfg(feature = "difference")]
        service_origins,
        #[cfg(feature = "difference")]
        compared: Arc::new(ComparedSettings::new(config)),
        lints: lints.into(),
    })
}

/// Returns the `Vary` of all sections, from the innermost to the outermost.
fn vary(
    cors: Option<&CorsPolicy>,
    pages: &PageChecks,
    host: &OptionalHostCheck,
    embedding: Option<&EmbeddingPolicy>,
) -> VaryByMethod {
    let outer = outer_vary(host, embedding);
    let cors = cors.map(CorsPolicy::vary);
    let pages = VaryNames::new(&pages.varies_on());
    VaryByMethod {
        reads: VaryNames::union([&pages].into_iter().chain(cors).chain([&outer.reads])),
        others: VaryNames::union(cors.into_iter().chain([&outer.others])),
    }
}

fn outer_vary(host: &OptionalHostCheck, embedding: Option<&EmbeddingPolicy>) -> VaryByMethod {
    let host = VaryNames::new(&host.varies_on());
    let others = embedding.map(EmbeddingPolicy::vary).unwrap_or_default();
    VaryByMethod { reads: VaryNames::union([&host, &others]), others }
}

fn configures_nothing(config: &CrossOriginSettings) -> bool {
    let CrossOriginSettings { cors, guard, embedding, jsonp, sse, long_poll, beacon, .. } = config;
    cors.is_none()
        && *guard == GuardConfig::default()
        && embedding.is_none()
        && jsonp.is_none()
        && sse.is_none()
        && long_poll.is_none()
        && beacon.is_none()
}

fn goes_by_path(config: &CrossOriginSettings) -> bool {
    let CrossOriginSettings {
        guard: GuardConfig { csrf, fetch_metadata, .. },
        jsonp,
        long_poll,
        beacon,
        ..
    } = config;
    csrf.as_ref().is_some_and(|guard| !guard.exempt_paths.is_empty())
        || fetch_metadata.as_ref().is_some_and(|guard| !guard.exempt_paths.is_empty())
        || jsonp.as_ref().is_some_and(JsonpConfig::goes_by_path)
        || long_poll.is_some()
        || beacon.is_some()
}

fn service_origins(
    config: &CrossOriginSettings,
    diagnostics: &mut CrossOriginDiagnostics,
) -> OriginSet {
    let mut set = OriginSet::default();
    for (index, text) in config.service_origins.iter().enumerate() {
        let setting = || format!("service_origins[{index}]");
        match ParsedPattern::parse_exact(text) {
            Ok(parsed) => {
                set.insert_parsed(&parsed, text);
            }
            Err(ExactOriginFault::SeveralOrigins) => {
                diagnostics.fault(Fault::new(setting(), &**text, FaultKind::NotSingleOrigin));
            }
            Err(ExactOriginFault::Origin(error)) => {
                let fault = Fault::new(setting(), &**text, FaultKind::Origin(error.kind()));
                diagnostics.fault(fault.with_suggestion(error.suggestion()));
            }
        }
    }
    match &config.cors {
        // Their faults are those of CORS.
        Some(cors) if set.is_empty() => {
            NamedOrigins::default().parse_set(&cors.settings.service_origins, |_, _, _| {})
        }
        _ => set,
    }
}

fn cors(
    config: &CrossOriginSettings,
    lists: &NamedOrigins,
    diagnostics: &mut CrossOriginDiagnostics,
) -> Option<CorsPolicy> {
    let written = config.cors.as_ref()?;
    // A copy, which may be large, only where it differs.
    let takes_own = written.settings.enforce && written.settings.service_origins.is_empty();
    let cors = if takes_own && !config.service_origins.is_empty() {
        let service_origins = config.service_origins.clone();
        Cow::Owned(written.clone().service_origins(service_origins))
    } else {
        Cow::Borrowed(written)
    };
    let policy = CorsPolicy::with_lists(&cors, lists);
    diagnostics.section("cors", policy, FaultKind::Cors).map(|policy| policy.in_section("cors"))
}

fn embedding(
    config: &CrossOriginSettings,
    lists: &NamedOrigins,
    diagnostics: &mut CrossOriginDiagnostics,
) -> Option<EmbeddingPolicy> {
    let policy = EmbeddingPolicy::with_lists(config.embedding.as_ref()?, lists);
    diagnostics.section("embedding", policy, FaultKind::Embedding)
}

fn jsonp(
    config: &CrossOriginSettings,
    diagnostics: &mut CrossOriginDiagnostics,
) -> Option<JsonpPolicy> {
    let policy = JsonpPolicy::new(config.jsonp.clone()?);
    diagnostics.section("jsonp", policy, FaultKind::Jsonp)
}

fn events(written: &SseConfig, diagnostics: &mut CrossOriginDiagnostics) -> SseLayer {
    let mut layer = common(SseLayer::new(), written, diagnostics);
    if let Some(time) = written.retry {
        layer = layer.retry(time);
    }
    if let Some(name) = &written.last_event_id_parameter {
        layer = layer.last_event_id_parameter(&**name);
    }
    timed::events(layer, written, diagnostics)
}

fn other_streams(written: &SseConfig, diagnostics: &mut CrossOriginDiagnostics) -> SseLayer {
    for (index, media_type) in written.other_media_types.iter().enumerate() {
        if SseLayer::for_other_streams([media_type]).is_err() {
            let setting = format!("sse.other_media_types[{index}]");
            diagnostics.fault(Fault::new(setting, &**media_type, FaultKind::InvalidMediaType));
        }
    }
    // Where there are faults, there is no policy; and those of what is common were found with the events.
    let layer = SseLayer::for_other_streams(&written.other_media_types).unwrap_or_default();
    common(layer, written, &mut CrossOriginDiagnostics::default())
}

fn common(
    mut layer: SseLayer,
    written: &SseConfig,
    diagnostics: &mut CrossOriginDiagnostics,
) -> SseLayer {
    if let Some(text) = &written.cache_control {
        if let Ok(value) = HeaderValue::from_str(text) {
            layer = layer.cache_control(value);
        } else {
            let kind = FaultKind::MalformedHeaderValue;
            diagnostics.fault(Fault::new("sse.cache_control", &**text, kind));
        }
    }
    let layer = layer.keep_cache_control(written.keep_cache_control);
    layer.send_x_accel_buffering(written.send_x_accel_buffering)
}

pub(super) fn lists(
    config: &CrossOriginSettings,
    diagnostics: &mut CrossOriginDiagnostics,
) -> NamedOrigins {
    let mut lists = NamedOrigins::default();
    for (name, written) in &config.origins {
        let setting = format!("origins.{name}");
        if !is_name(name) {
            diagnostics.fault(Fault::new(&setting, &**name, FaultKind::MalformedListName));
        }
        // A list is of origins, and of no other lists.
        let set = diagnostics.origins(&setting, written, &NamedOrigins::default());
        lists.sets.insert(name.clone(), set);
    }
    lists
}

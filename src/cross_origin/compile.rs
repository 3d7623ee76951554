//! Compiles a configuration, and collects its faults and lints.

use std::sync::Arc;

use http::HeaderValue;

#[cfg(feature = "difference")]
use super::difference::ComparedSettings;
#[cfg(feature = "serde")]
use super::unknown_keys;
use super::{
    config::{CrossOriginSettings, GuardConfig, SseConfig},
    cross_checks::AllSections,
    decision::{ResponseParts, VaryByMethod},
    error::{CrossOriginConfigError, CrossOriginDiagnostics, Fault, FaultKind, Lint, SUBJECT},
    guards::{self, GuardInputs, OptionalHostCheck, PageChecks},
    timed,
};
use crate::{
    config::is_name,
    cors::{CorsConfig, CorsPolicy, EnforceExemptions},
    embedding::EmbeddingPolicy,
    guard::{Check, suggested_path},
    jsonp::{JsonpConfig, JsonpPolicy},
    limits::LISTED_NAMES,
    origin::{ExactOriginFault, LintSteps, NamedOrigins, OriginSet, ParsedPattern},
    push::SseLayer,
    request::path::PathSet,
    response::VaryNames,
};

/// The compiled sections of a configuration. A missing section is `None`, or matches no request.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) beacons: PathSet,
    pub(super) embedding: Option<EmbeddingPolicy>,
    pub(super) host: OptionalHostCheck,
    /// `None` if the service itself responds to preflights.
    pub(super) cors: Option<CorsPolicy>,
    pub(super) pages: PageChecks,
    pub(super) has_page_checks: bool,
    /// Whether no other section decides about requests.
    pub(super) has_only_cors: bool,
    /// Shared with the responses of requests in progress.
    pub(super) parts: Arc<ResponseParts>,
    pub(super) is_path_dependent: bool,
    #[cfg(feature = "difference")]
    pub(super) service_origins: OriginSet,
    #[cfg(feature = "difference")]
    pub(super) compared: Arc<ComparedSettings>,
    pub(super) lints: Arc<[Lint]>,
}

pub(super) fn policy(config: &CrossOriginSettings) -> Result<Compiled, CrossOriginConfigError> {
    let mut diagnostics = CrossOriginDiagnostics::default();
    #[cfg(feature = "serde")]
    unknown_keys::report(config, &mut diagnostics);
    if configures_nothing(config) {
        diagnostics.fault(Fault::new("cross_origin", "", FaultKind::NoLayers));
    }
    let named = named_lists(config, &mut diagnostics);
    let exemptions = exemptions(config, &mut diagnostics);
    let cors = cors(config, &named, &exemptions, &mut diagnostics);
    let host = guards::host(&config.guard, &mut diagnostics);
    let inputs = GuardInputs { lists: &named, cors: cors.as_ref(), exemptions: &exemptions };
    let pages = guards::pages(config, &inputs, &mut diagnostics);
    let embedding = embedding(config, &named, &mut diagnostics);
    let jsonp = jsonp(config, &mut diagnostics);
    let events = config.sse.as_ref().map(|section| events(section, &mut diagnostics));
    let other_streams = config.sse.as_ref().map(|section| other_streams(section, &mut diagnostics));
    let long_polls = timed::long_polls(config.long_poll.as_ref(), &mut diagnostics);
    let beacons = config.beacon.as_ref().map(|section| diagnostics.paths("beacon", &section.paths));
    diagnostics.check(SUBJECT)?;
    let parts = ResponseParts {
        vary: vary(cors.as_ref(), &pages, &host, embedding.as_ref()),
        vary_without_cors: vary(None, &pages, &host, embedding.as_ref()),
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
    let compiled = Compiled {
        has_only_cors: host.is_none()
            && embedding.is_none()
            && !pages.is_any()
            && !parts.has_companions,
        beacons: beacons.unwrap_or_default(),
        embedding,
        host,
        cors,
        has_page_checks: pages.is_any(),
        pages,
        parts: Arc::new(parts),
        is_path_dependent: is_path_dependent(config),
        #[cfg(feature = "difference")]
        service_origins: exemptions.service_origins.clone(),
        #[cfg(feature = "difference")]
        compared: Arc::new(ComparedSettings::new(config)),
        lints: Arc::default(),
    };
    let sections = AllSections {
        config,
        lists: &named,
        service_origins: &exemptions.service_origins,
        cors: compiled.cors.as_ref(),
        embedding: compiled.embedding.as_ref(),
        compiled: &compiled,
        steps: LintSteps::default(),
    };
    sections.lint(&mut diagnostics);
    let lints = diagnostics.finish(SUBJECT)?.into();
    Ok(Compiled { lints, ..compiled })
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
    #[cfg(feature = "serde")]
    if !config.unknown_keys.is_empty() {
        // A misspelled section has its own fault.
        return false;
    }
    let CrossOriginSettings { cors, guard, embedding, jsonp, sse, long_poll, beacon, .. } = config;
    cors.is_none()
        && *guard == GuardConfig::default()
        && embedding.is_none()
        && jsonp.is_none()
        && sse.is_none()
        && long_poll.is_none()
        && beacon.is_none()
}

fn is_path_dependent(config: &CrossOriginSettings) -> bool {
    let CrossOriginSettings { cors, exempt_paths, jsonp, long_poll, beacon, .. } = config;
    !exempt_paths.is_empty()
        || cors.as_ref().is_some_and(CorsConfig::is_path_dependent)
        || jsonp.as_ref().is_some_and(JsonpConfig::is_path_dependent)
        || long_poll.is_some()
        || beacon.is_some()
}

/// Compiles the settings that `enforce` and the guards share.
fn exemptions(
    config: &CrossOriginSettings,
    diagnostics: &mut CrossOriginDiagnostics,
) -> EnforceExemptions {
    let service_origins = service_origins(config, diagnostics);
    let exempt_paths = PathSet::parse(&config.exempt_paths, |index, path, kind| {
        let fault = Fault::new(format!("exempt_paths[{index}]"), path, FaultKind::Path(kind));
        diagnostics.fault(fault.with_suggestion(suggested_path(path)));
    });
    EnforceExemptions { service_origins, exempt_paths }
}

fn service_origins(
    config: &CrossOriginSettings,
    diagnostics: &mut CrossOriginDiagnostics,
) -> OriginSet {
    let mut set = OriginSet::default();
    for (index, text) in config.service_origins.iter().enumerate() {
        if diagnostics.is_full() {
            break;
        }
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
    set
}

fn cors(
    config: &CrossOriginSettings,
    lists: &NamedOrigins,
    exemptions: &EnforceExemptions,
    diagnostics: &mut CrossOriginDiagnostics,
) -> Option<CorsPolicy> {
    let section = config.cors.as_ref()?;
    for (setting, values) in [
        ("cors.service_origins", &section.settings.service_origins),
        ("cors.exempt_paths", &section.settings.exempt_paths),
    ] {
        if let Some(first) = values.first() {
            diagnostics.fault(Fault::new(setting, &**first, FaultKind::SharedSetting));
        }
    }
    let policy = CorsPolicy::with_lists(section, lists);
    let policy = diagnostics.section("cors", policy, FaultKind::Cors)?;
    Some(policy.with_exemptions(exemptions).in_section("cors"))
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

fn events(section: &SseConfig, diagnostics: &mut CrossOriginDiagnostics) -> SseLayer {
    let mut layer = common_settings(SseLayer::new(), section, diagnostics);
    if let Some(time) = section.retry {
        layer = layer.retry(time);
    }
    if let Some(name) = &section.last_event_id_parameter {
        layer = layer.last_event_id_parameter(&**name);
    }
    timed::events(layer, section, diagnostics)
}

fn other_streams(section: &SseConfig, diagnostics: &mut CrossOriginDiagnostics) -> SseLayer {
    let media_types = &section.other_media_types;
    if media_types.len() > LISTED_NAMES {
        let kind = FaultKind::TooManyMediaTypes;
        diagnostics.fault(Fault::new("sse.other_media_types", "", kind));
    }
    let media_types = media_types.get(..LISTED_NAMES).unwrap_or(media_types);
    for (index, media_type) in media_types.iter().enumerate() {
        if SseLayer::for_other_streams([media_type]).is_err() {
            let setting = format!("sse.other_media_types[{index}]");
            diagnostics.fault(Fault::new(setting, &**media_type, FaultKind::InvalidMediaType));
        }
    }
    // After a fault, the layer is never used. The first call of `common_settings` has reported the faults of
    // the common settings.
    let layer = SseLayer::for_other_streams(media_types).unwrap_or_default();
    common_settings(layer, section, &mut CrossOriginDiagnostics::default())
}

/// Applies the settings of events and other streams.
fn common_settings(
    mut layer: SseLayer,
    section: &SseConfig,
    diagnostics: &mut CrossOriginDiagnostics,
) -> SseLayer {
    if let Some(text) = &section.cache_control {
        if let Ok(value) = HeaderValue::from_str(text) {
            layer = layer.cache_control(value);
        } else {
            let kind = FaultKind::MalformedHeaderValue;
            diagnostics.fault(Fault::new("sse.cache_control", &**text, kind));
        }
    }
    let layer = layer.keep_cache_control(section.keep_cache_control);
    layer.send_x_accel_buffering(section.send_x_accel_buffering)
}

/// Compiles the lists of origins that other settings refer to.
fn named_lists(
    config: &CrossOriginSettings,
    diagnostics: &mut CrossOriginDiagnostics,
) -> NamedOrigins {
    let mut lists = NamedOrigins::default();
    for (name, origins) in &config.origins {
        let setting = format!("origins.{name}");
        if !is_name(name) {
            diagnostics.fault(Fault::new(&setting, &**name, FaultKind::MalformedListName));
        }
        // A list cannot refer to other lists.
        let set = diagnostics.origins(&setting, origins, &NamedOrigins::default());
        lists.sets.insert(name.clone(), set);
    }
    lists
}

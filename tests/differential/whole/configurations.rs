//! Random whole configurations, and their conversion into the types of the crate.

use tower_cross_origin::{
    cors::{CorsConfig, Rule},
    cross_origin::{
        BeaconConfig, CrossOriginConfig, CsrfConfig, FetchMetadataConfig, GuardConfig, HostConfig,
        RequirePreflightConfig, WebSocketConfig,
    },
    embedding::{
        CrossOriginEmbedderPolicy, CrossOriginResourcePolicy, EmbeddingConfig, UpstreamPolicies,
    },
    fetch::Destination,
    jsonp::{CallbackPolicy, JsonpConfig, StatusMode},
};

use super::random::Random;
use crate::{
    reference_model::{
        cors_model::RuleText,
        whole::{
            Configuration, Cors, Csrf, Embedding, FetchMetadata, FrameAncestors, Host,
            RequirePreflight, Timing, WebSocket,
            jsonp::{Callbacks, Jsonp, JsonpCredentials, JsonpStatus},
        },
    },
    rule::with_settings,
};

/// Returns a configuration with at least one section.
pub(super) fn configuration(random: &mut Random) -> Configuration {
    let some = |random: &mut Random, percent| random.is(percent).then_some(());
    let service_origins =
        if random.is(40) { texts(&random.some(2, SERVICE_ORIGINS)) } else { Vec::new() };
    let mut configuration = Configuration {
        service_origins,
        exempt_paths: exempt_paths(random),
        lists: [("partners".to_owned(), texts(PARTNERS))].into(),
        cors: some(random, 75).map(|()| cors(random)),
        host: some(random, 35).map(|()| host(random)),
        web_socket: some(random, 45).map(|()| web_socket(random)),
        csrf: some(random, 45).map(|()| csrf(random)),
        fetch_metadata: some(random, 40).map(|()| fetch_metadata(random)),
        require_preflight: None,
        embedding: some(random, 50).map(|()| embedding(random)),
        jsonp: some(random, 60).map(|()| jsonp(random)),
        beacon_paths: Vec::new(),
    };
    if random.is(40) {
        configuration.beacon_paths =
            texts(&[random.of(&["/ping", "/ping/*", "/image", "/public/*"])]);
    }
    if configuration.cors.is_some() && random.is(40) {
        configuration.require_preflight = Some(RequirePreflight { reports_only: random.is(25) });
    }
    if !configuration.has_section() {
        configuration.csrf = Some(csrf(random));
    }
    configuration
}

impl Configuration {
    pub(super) fn has_section(&self) -> bool {
        self.cors.is_some()
            || self.host.is_some()
            || self.web_socket.is_some()
            || self.csrf.is_some()
            || self.fetch_metadata.is_some()
            || self.embedding.is_some()
            || self.jsonp.is_some()
            || !self.beacon_paths.is_empty()
    }

    /// Returns configurations with one section or one value less.
    pub(super) fn smaller(&self) -> Vec<Self> {
        let removals: [fn(&mut Self); 16] = [
            |one| (one.cors, one.require_preflight) = (None, None),
            |one| one.require_preflight = None,
            |one| one.host = None,
            |one| one.web_socket = None,
            |one| one.csrf = None,
            |one| one.fetch_metadata = None,
            |one| one.embedding = None,
            |one| one.jsonp = None,
            |one| one.beacon_paths.clear(),
            |one| one.service_origins.clear(),
            |one| one.cors.iter_mut().for_each(|cors| cors.enforces = false),
            |one| one.cors.iter_mut().for_each(|cors| cors.hides_failing_step = false),
            |one| one.exempt_paths.clear(),
            |one| one.cors.iter_mut().for_each(|cors| cors.rules.truncate(1)),
            |one| one.cors.iter_mut().for_each(|cors| cors.not_handled.clear()),
            |one| {
                let rules = one.cors.iter_mut().flat_map(|cors| &mut cors.rules);
                rules.for_each(|rule| rule.paths = None);
            },
        ];
        let smaller = removals.iter().map(|remove| {
            let mut one = self.clone();
            remove(&mut one);
            one
        });
        smaller
            .filter(|one| one.has_section() && format!("{one:?}") != format!("{self:?}"))
            .collect()
    }

    /// Returns the configuration of the crate.
    pub(super) fn config(&self) -> CrossOriginConfig {
        let mut config = CrossOriginConfig::new()
            .service_origins(&self.service_origins)
            .exempt_paths(&self.exempt_paths);
        for (name, origins) in &self.lists {
            config = config.origins(name, origins);
        }
        if let Some(cors) = &self.cors {
            let rule = |text: &RuleText| match &*text.origins {
                [only] if text.is_static => with_settings(Rule::for_static_origin(only), text),
                origins => with_settings(Rule::for_origins(origins), text),
            };
            let rules: Vec<Rule> = cors.rules.iter().map(rule).collect();
            let cors_config = CorsConfig::from(rules)
                .enforce(cors.enforces)
                .hide_failing_step(cors.hides_failing_step)
                .not_handled(&cors.not_handled);
            config = config.cors(cors_config);
        }
        config = config.guard(self.guard_config());
        if let Some(embedding) = &self.embedding {
            config = config.embedding(embedding.config());
        }
        if let Some(jsonp) = &self.jsonp {
            config = config.jsonp(jsonp.config());
        }
        if !self.beacon_paths.is_empty() {
            config = config.beacon(BeaconConfig::new().paths(&self.beacon_paths));
        }
        config
    }

    fn guard_config(&self) -> GuardConfig {
        let mut guards = GuardConfig::new();
        if let Some(host) = &self.host {
            let config = HostConfig::new()
                .names(&host.names)
                .loopback(host.has_loopback)
                .trust_x_forwarded_host(host.trusts_forwarded);
            guards = guards.host(config.report_only(host.reports_only));
        }
        if let Some(guard) = &self.web_socket {
            let config = WebSocketConfig::new()
                .require_origin(guard.requires_origin)
                .dangerously_allow_null_origin(guard.allows_null)
                // The three settings suppress faults. The first also lets `*` match insecure origins.
                .dangerously_allow_insecure_origins(true)
                .dangerously_allow_public_suffixes(true)
                .dangerously_allow_credentials_for_any_origin(true)
                .report_only(guard.reports_only);
            guards = guards.web_socket(match &guard.trust_origins {
                Some(origins) => config.trust_origins(origins),
                None => config,
            });
        }
        if let Some(guard) = &self.csrf {
            let config = CsrfConfig::new()
                .query_is_safe(guard.query_is_safe)
                .dangerously_allow_null_origin(guard.allows_null)
                .dangerously_allow_insecure_origins(true)
                .dangerously_allow_public_suffixes(true)
                .dangerously_allow_credentials_for_any_origin(true)
                .report_only(guard.reports_only);
            guards = guards.csrf(match &guard.trust_origins {
                Some(origins) => config.trust_origins(origins),
                None => config,
            });
        }
        if let Some(guard) = &self.fetch_metadata {
            let destinations = guard.destinations.iter().map(|name| destination(name));
            let config = FetchMetadataConfig::new()
                .deny_same_site(guard.denies_same_site)
                .allow_cors(guard.allows_cors)
                .allow_web_sockets(guard.allows_web_sockets)
                .allow_destinations(destinations)
                .deny_frames(guard.denies_frames)
                .deny_navigations(guard.denies_navigations);
            guards = guards.fetch_metadata(config.report_only(guard.reports_only));
        }
        if let Some(guard) = &self.require_preflight {
            let config = RequirePreflightConfig::new();
            guards = guards.require_preflight(config.report_only(guard.reports_only));
        }
        guards
    }
}

impl Embedding {
    fn config(&self) -> EmbeddingConfig {
        let mut config = EmbeddingConfig::new().nosniff(self.nosniff);
        if let Some(policy) = self.resource_policy {
            config = config.resource_policy(match policy {
                "same-origin" => CrossOriginResourcePolicy::SameOrigin,
                "same-site" => CrossOriginResourcePolicy::SameSite,
                _ => CrossOriginResourcePolicy::CrossOrigin,
            });
        }
        if let Some(policy) = self.embedder_policy {
            config = config.embedder_policy(match policy {
                "require-corp" => CrossOriginEmbedderPolicy::RequireCorp,
                _ => CrossOriginEmbedderPolicy::Credentialless,
            });
        }
        config = match &self.frame_ancestors {
            FrameAncestors::Unset => config,
            FrameAncestors::None => config.frame_ancestors_none(),
            FrameAncestors::OwnAnd(origins) => config.frame_ancestors(origins),
        };
        if let Some(origins) = &self.storage_access {
            config = config.activate_storage_access(origins);
        }
        config = match &self.timing {
            Timing::None => config,
            Timing::Any => config.timing_allow_any_origin(),
            Timing::Listed(origins) => config.timing_allow_origins(origins),
            Timing::Matching(origins) => config.timing_allow_request_origin(origins),
        };
        config.upstream_headers(if self.keeps {
            UpstreamPolicies::Keep
        } else {
            UpstreamPolicies::Replace
        })
    }
}

impl Jsonp {
    fn config(&self) -> JsonpConfig {
        let config = JsonpConfig::new()
            .callbacks(match &self.callbacks {
                Callbacks::ClientLibraries => CallbackPolicy::ClientLibraries,
                Callbacks::Identifier => CallbackPolicy::Identifier,
                Callbacks::Prefix(prefix) => CallbackPolicy::Prefix((*prefix).to_owned()),
                Callbacks::OneOf(names) => CallbackPolicy::OneOf(texts(names)),
                Callbacks::Indexed(list) => CallbackPolicy::Indexed((*list).to_owned()),
            })
            .status(match self.status {
                JsonpStatus::ForceOk => StatusMode::ForceOk,
                JsonpStatus::Preserve => StatusMode::Preserve,
                JsonpStatus::Envelope => StatusMode::Envelope,
            })
            .strip_credentials(self.credentials == JsonpCredentials::Strip)
            .dangerously_allow_credentials(self.credentials == JsonpCredentials::Allow)
            .dangerously_allow_any_destination(self.allows_any_destination)
            .reject_malformed_callbacks(self.rejects_malformed);
        match &self.paths {
            Some(paths) => config.paths(paths),
            None => config,
        }
    }
}

pub(super) fn destination(name: &str) -> Destination {
    match name {
        "empty" => Destination::Empty,
        "image" => Destination::Image,
        "script" => Destination::Script,
        "style" => Destination::Style,
        "font" => Destination::Font,
        "iframe" => Destination::Iframe,
        "object" => Destination::Object,
        "worker" => Destination::Worker,
        "serviceworker" => Destination::ServiceWorker,
        other => panic!("{other}"),
    }
}

fn cors(random: &mut Random) -> Cors {
    let mut rules: Vec<RuleText> = (0..random.of(&[1, 1, 2, 3])).map(|_| rule(random)).collect();
    let is_static = random.is(10);
    if is_static {
        let origin = random.of(&["https://app.example.com", "http://localhost:3000"]);
        let first = rules.swap_remove(0);
        rules = vec![RuleText { origins: texts(&[origin]), is_static, null: false, ..first }];
    }
    let enforces = random.is(40) && !is_static;
    if random.is(45) {
        for rule in &mut rules {
            rule.paths = some_paths(random, 60, RULE_PATHS);
        }
    }
    let not_handled = some_paths(random, 30, NOT_HANDLED).unwrap_or_default();
    Cors { rules, enforces, hides_failing_step: random.is(20), not_handled }
}

fn some_paths(random: &mut Random, percent: usize, paths: &[&str]) -> Option<Vec<String>> {
    let chosen = if random.is(percent) { random.some(3, paths) } else { Vec::new() };
    (!chosen.is_empty()).then(|| texts(&chosen))
}

fn rule(random: &mut Random) -> RuleText {
    let origins =
        if random.is(15) { texts(&["*"]) } else { texts(&random.some(3, TRUSTED_ORIGINS)) };
    let mut rule = RuleText {
        paths: None,
        origins,
        is_static: false,
        null: random.is(15),
        credentials: random.is(50),
        methods: texts(&random.some(3, &["PUT", "DELETE", "QUERY", "*"])),
        request_headers: texts(
            &random.some(3, &["content-type", "X-A", "Authorization", "*", "x-*"]),
        ),
        expose_headers: texts(&random.some(2, &["ETag", "x-own", "*", "x-*", "cache-*"])),
        max_age: random.of(&[None, Some(600)]),
    };
    rule.remove_faults();
    rule
}

fn host(random: &mut Random) -> Host {
    let mut names = texts(&random.some(3, HOST_NAMES));
    if random.is(80) || names.is_empty() {
        names.push("api.example.com".to_owned());
    }
    let (has_loopback, trusts_forwarded) = (random.is(50), random.is(30));
    Host { names, has_loopback, trusts_forwarded, reports_only: random.is(15) }
}

fn web_socket(random: &mut Random) -> WebSocket {
    let trust_origins = trust_origins(random);
    let (requires_origin, allows_null) = (random.is(30), random.is(20));
    WebSocket { trust_origins, requires_origin, allows_null, reports_only: random.is(15) }
}

fn csrf(random: &mut Random) -> Csrf {
    let (trust_origins, allows_null) = (trust_origins(random), random.is(20));
    let query_is_safe = random.is(30);
    Csrf { trust_origins, query_is_safe, allows_null, reports_only: random.is(20) }
}

fn fetch_metadata(random: &mut Random) -> FetchMetadata {
    FetchMetadata {
        denies_same_site: random.is(30),
        allows_cors: random.is(60),
        allows_web_sockets: random.is(50),
        destinations: random.some(2, &["image", "script", "style", "empty"]),
        denies_frames: random.is(40),
        denies_navigations: random.is(25),
        reports_only: random.is(20),
    }
}

fn trust_origins(random: &mut Random) -> Option<Vec<String>> {
    if random.is(3) {
        return Some(texts(&["*"]));
    }
    random.is(40).then(|| texts(&random.some(2, TRUSTED_ORIGINS)))
}

fn exempt_paths(random: &mut Random) -> Vec<String> {
    if random.is(50) { texts(&random.some(3, EXEMPT_PATHS)) } else { Vec::new() }
}

fn embedding(random: &mut Random) -> Embedding {
    let policies = [None, Some("same-origin"), Some("same-site"), Some("cross-origin")];
    let timing = match random.of(&[0, 1, 2, 2, 3, 3]) {
        0 => Timing::None,
        1 => Timing::Any,
        2 => Timing::Listed(texts(&["https://app.example.com", "@partners"])),
        _ => Timing::Matching(texts(&["https://*.example.com", "@partners"])),
    };
    Embedding {
        resource_policy: random.of(&policies),
        embedder_policy: random.of(&[None, None, Some("require-corp"), Some("credentialless")]),
        nosniff: random.is(50) || matches!(timing, Timing::None),
        frame_ancestors: match random.of(&[0, 0, 1, 2, 3]) {
            0 => FrameAncestors::Unset,
            1 => FrameAncestors::None,
            2 => FrameAncestors::OwnAnd(Vec::new()),
            _ => FrameAncestors::OwnAnd(texts(&random.some(2, FRAME_ANCESTORS))),
        },
        storage_access: random
            .is(40)
            .then(|| texts(&["https://app.example.com", "https://*.partner.example"])),
        timing,
        keeps: random.is(30),
    }
}

fn jsonp(random: &mut Random) -> Jsonp {
    let credentials =
        [JsonpCredentials::Withhold, JsonpCredentials::Strip, JsonpCredentials::Allow];
    Jsonp {
        paths: random.is(60).then(|| {
            let mut paths = texts(&random.some(2, &["/public/*", "/missing", "/ping", "/items"]));
            paths.push("/feed".to_owned());
            paths
        }),
        callbacks: match random.of(&[0, 0, 0, 1, 2, 3, 4]) {
            0 => Callbacks::ClientLibraries,
            1 => Callbacks::Identifier,
            2 => Callbacks::Prefix("jQuery"),
            3 => Callbacks::OneOf(vec!["app.show", "show"]),
            _ => Callbacks::Indexed("pending"),
        },
        credentials: random.of(&credentials),
        status: random.of(&[JsonpStatus::ForceOk, JsonpStatus::Preserve, JsonpStatus::Envelope]),
        allows_any_destination: random.is(20),
        rejects_malformed: random.is(70),
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

const SERVICE_ORIGINS: &[&str] =
    &["https://api.example.com", "http://localhost:3000", "https://public.example.com"];
const PARTNERS: &[&str] = &["https://partner.example", "https://x.partner.example"];
const FRAME_ANCESTORS: &[&str] =
    &["https://app.example.com", "https://*.example.org", "http://localhost:*", "@partners"];

const TRUSTED_ORIGINS: &[&str] = &[
    "https://app.example.com",
    "https://app.example.com",
    "https://*.example.com",
    "@partners",
    "https://*.partner.example",
    "http://localhost:*",
    "https://api.example.com",
];
const HOST_NAMES: &[&str] =
    &["*.example.com", "localhost:3000", "public.example.com:8443", "[::1]", "127.0.0.1"];
const EXEMPT_PATHS: &[&str] = &["/hooks/payment", "/hooks/*", "/ping", "/socket", "/feed", "/"];
const RULE_PATHS: &[&str] =
    &["/feed", "/public/*", "/items", "/hooks/*", "/*", "/socket", "/missing", "/ping/*", "/"];
const NOT_HANDLED: &[&str] = &["/missing", "/public/*", "/hooks/*", "/socket", "/feed", "/text"];

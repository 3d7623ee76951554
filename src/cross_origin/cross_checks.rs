//! Lints about combinations of sections.

use http::{
    Method, Request,
    header::{CONTENT_TYPE, HOST, ORIGIN},
};

use super::{
    compile::Compiled,
    config::{CrossOriginSettings, GuardConfig},
    decision::{Section, evaluate},
    error::{CrossOriginDiagnostics, Lint, LintKind},
};
use crate::{
    RequestHead,
    cors::{CorsPolicy, RequestRule},
    embedding::{EmbeddingPolicy, Timing},
    guard::Verdict,
    origin::{LintSteps, NamedOrigins, OriginSet, Uncovered},
    request::{
        RequestFacts,
        fetch_metadata::{SEC_FETCH_DEST, SEC_FETCH_MODE, SEC_FETCH_SITE},
    },
};

/// All sections of a configuration without faults.
pub(super) struct AllSections<'a> {
    pub(super) config: &'a CrossOriginSettings,
    pub(super) lists: &'a NamedOrigins,
    pub(super) service_origins: &'a OriginSet,
    pub(super) cors: Option<&'a CorsPolicy>,
    pub(super) embedding: Option<&'a EmbeddingPolicy>,
    pub(super) compiled: &'a Compiled,
    /// The comparisons that lints may still make.
    pub(super) steps: LintSteps,
}

impl AllSections<'_> {
    /// Adds the lints of each section, and then the lints about combinations of sections.
    pub(super) fn lint(&self, diagnostics: &mut CrossOriginDiagnostics) {
        if let Some(cors) = self.cors {
            diagnostics.section_lints("cors", cors.lints(), LintKind::Cors);
        }
        if let Some(embedding) = self.embedding {
            diagnostics.section_lints("embedding", embedding.lints(), LintKind::Embedding);
        }
        let lints = self.unused_lists().chain(self.resource_policy()).chain(self.timing());
        let lints = lints.chain(self.web_sockets()).chain(self.fetch_metadata());
        let lints = lints.chain(self.json_pings()).chain(self.jsonp()).chain(self.streams());
        let lints = lints.chain(self.pings()).chain(self.service_origins());
        for lint in lints.chain(self.unused_exemptions()).chain(self.writes()) {
            diagnostics.lint(lint);
        }
        if diagnostics.has_more_lints() || self.has_more_examples() || self.steps.is_exceeded() {
            diagnostics.last_lint(Lint::new("cross_origin", "", LintKind::Incomplete));
        }
    }

    /// Returns whether lists have more items than the checks send requests for.
    fn has_more_examples(&self) -> bool {
        let pings = self.config.beacon.as_ref().is_some_and(|one| one.paths.len() > MAX_REQUESTS);
        pings || (self.compiled.host.is_some() && self.service_origins.len() > MAX_REQUESTS)
    }

    fn unused_lists(&self) -> impl Iterator<Item = Lint> {
        let names = unused(self.config, self.lists);
        names.map(|name| Lint::new(format!("origins.{name}"), "", LintKind::UnusedList))
    }

    fn resource_policy(&self) -> Option<Lint> {
        let embedding = self.config.embedding.as_ref()?;
        let (key, policy) = embedding.requires_resource_policy()?;
        let has_policy = embedding.has_resource_policy() || self.cors.is_some();
        let setting = format!("embedding.{key}");
        (!has_policy).then(|| Lint::new(setting, policy, LintKind::NoResourcePolicy))
    }

    /// Compares the origins that may read timings with the origins that CORS allows.
    ///
    /// Without a CORS section, the inner service may have its own CORS rules, so nothing is compared.
    fn timing(&self) -> Vec<Lint> {
        let timing = self.config.embedding.as_ref().and_then(|one| one.timing(self.lists));
        let (Some(timing), Some(cors)) = (timing, self.cors) else { return Vec::new() };
        let lint = |text: &str, example: &str| {
            let kind = LintKind::TimingBeyondCors { matches: example.to_owned() };
            Lint::new("embedding.timing_allow_origin", text, kind)
        };
        match timing {
            _ if cors.is_for_any_origin() => Vec::new(),
            Timing::AnyOrigin => vec![lint("*", UNLISTED_ORIGIN)],
            Timing::Origins(origins) => {
                let difference =
                    origins.difference_within(&cors.origins(), &self.steps, MAX_EXAMPLES);
                let uncovered = difference.uncovered().iter().take(MAX_EXAMPLES);
                uncovered.map(|one| lint(one.pattern(), one.example_origin())).collect()
            }
        }
    }

    /// Compares the origins of the WebSocket guard with the origins to which CORS allows credentials.
    ///
    /// Without `trust_origins`, the guard uses the origins of CORS, so nothing is compared.
    fn web_sockets(&self) -> Vec<Lint> {
        let guard = self.config.guard.web_socket.as_ref();
        let trusted = guard.and_then(|guard| guard.trust_origins.as_ref());
        let (Some(trusted), Some(cors)) = (trusted, self.cors) else { return Vec::new() };
        let origins = trusted.to_set(self.lists, |_, _, _| {});
        let difference =
            origins.difference_within(&cors.origins_with_credentials(), &self.steps, MAX_EXAMPLES);
        let lint = |one: &Uncovered| {
            let kind = LintKind::WebSocketBeyondCors { matches: one.example_origin().to_owned() };
            Lint::new("guard.web_socket.trust_origins", one.pattern(), kind)
        };
        difference.uncovered().iter().take(MAX_EXAMPLES).map(lint).collect()
    }

    /// Sends example requests that another section allows, and reports the ones that fetch metadata deny.
    fn fetch_metadata(&self) -> Vec<Lint> {
        let trusts_origins = self.compiled.pages.web_socket.as_ref().is_some_and(|_| {
            let guard = self.config.guard.web_socket.as_ref();
            match guard.and_then(|guard| guard.trust_origins.as_ref()) {
                Some(trusted) => !trusted.is_empty(),
                None => self.cors.is_some_and(|cors| !cors.origins_with_credentials().is_empty()),
            }
        });
        let jsonp = self.config.jsonp.as_ref().map(|jsonp| {
            let path = jsonp.example_path().unwrap_or_else(|| "/".to_owned());
            Visit { path, mode: "no-cors", destination: "script", ..Visit::new() }
        });
        let examples = [
            ("allow_cors", self.cors.map(|_| Visit::new()), LintKind::CorsDeniedByFetchMetadata),
            (
                "allow_web_sockets",
                trusts_origins.then(|| Visit { mode: "websocket", ..Visit::new() }),
                LintKind::WebSocketsDeniedByFetchMetadata,
            ),
            ("allow_destinations", jsonp, LintKind::JsonpDeniedByFetchMetadata),
        ];
        let mut lints = Vec::new();
        for (key, visit, kind) in examples {
            if visit.is_some_and(|visit| self.denies(Section::FetchMetadata, &visit)) {
                lints.push(Lint::new(format!("guard.fetch_metadata.{key}"), "", kind));
            }
        }
        lints
    }

    fn pings(&self) -> Vec<Lint> {
        let mut lints = Vec::new();
        let paths = self.config.beacon.iter().flat_map(|beacon| &beacon.paths);
        for path in paths.take(MAX_REQUESTS) {
            let ping = Visit {
                path: example_path(path),
                method: Method::POST,
                mode: "no-cors",
                ..Visit::new()
            };
            let sections = [Section::Csrf, Section::FetchMetadata];
            if sections.into_iter().any(|section| self.denies(section, &ping)) {
                lints.push(Lint::new("exempt_paths", &**path, LintKind::PingsDenied));
            }
        }
        lints
    }

    /// Reports a path of pings to which `sendBeacon` cannot send JSON.
    ///
    /// It sends cookies, so that the preflight needs credentials.
    fn json_pings(&self) -> Option<Lint> {
        let cors = self.cors?;
        let paths = self.config.beacon.iter().flat_map(|beacon| &beacon.paths);
        paths.take(MAX_EXAMPLES).find_map(|path| {
            let visit = Visit { path: example_path(path), ..Visit::new() };
            let request = visit.request().ok()?;
            let rule = cors.rule_for_json_without_credentials(&RequestHead::from(&request))?;
            let kind = LintKind::JsonPingsWithoutCredentials { path: path.clone() };
            Some(Lint::new(format!("{rule}.allow_credentials"), false, kind))
        })
    }

    /// Reports a missing decision about requests with cookies.
    fn jsonp(&self) -> Option<Lint> {
        let jsonp = self.config.jsonp.as_ref().filter(|jsonp| jsonp.withholds_credentials());
        let lint = |_| Lint::new("jsonp.strip_credentials", false, LintKind::JsonpWithCookies);
        jsonp.map(lint)
    }

    /// Reports settings of event streams that have no effect.
    fn streams(&self) -> Vec<Lint> {
        let Some(sse) = &self.config.sse else { return Vec::new() };
        let mut lints = Vec::new();
        if let (Some(silence), Some(age)) = (sse.keep_alive, sse.max_age) {
            if silence >= age {
                lints.push(Lint::new("sse.keep_alive", silence, LintKind::KeepAliveAfterMaxAge));
            }
        }
        if let (Some(percent), None) = (sse.jitter_percent, sse.max_age) {
            let percent = u16::from(percent);
            lints.push(Lint::new("sse.jitter_percent", percent, LintKind::JitterWithoutMaxAge));
        }
        lints
    }

    fn service_origins(&self) -> Vec<Lint> {
        let is_denied = |origin: &&str| {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            self.denies(Section::Host, &Visit { host: host.to_owned(), ..Visit::new() })
        };
        let origins = self.service_origins.patterns().map(|(text, _)| text).take(MAX_REQUESTS);
        let lint = |origin| Lint::new("service_origins", origin, LintKind::ServiceOriginDenied);
        origins.filter(is_denied).map(lint).collect()
    }

    /// Reports the service origins and exempt paths that no section uses.
    fn unused_exemptions(&self) -> Vec<Lint> {
        let GuardConfig { web_socket, csrf, fetch_metadata, require_preflight, .. } =
            &self.config.guard;
        let enforces = self.config.cors.as_ref().is_some_and(|cors| cors.settings.enforce);
        let is_unused = !enforces && csrf.is_none() && require_preflight.is_none();
        let mut lints = Vec::new();
        if is_unused && web_socket.is_none() && !self.config.service_origins.is_empty() {
            lints.push(Lint::new("service_origins", "", LintKind::UnusedServiceOrigins));
        }
        if is_unused && fetch_metadata.is_none() && !self.config.exempt_paths.is_empty() {
            lints.push(Lint::new("exempt_paths", "", LintKind::UnusedExemptPaths));
        }
        lints
    }

    /// Reports example requests that change data, and that CORS allows and the CSRF guard denies.
    fn writes(&self) -> Vec<Lint> {
        let mut lints = Vec::new();
        let (Some(_), Some(cors)) = (&self.compiled.pages.csrf, self.cors) else { return lints };
        let guard = self.config.guard.csrf.as_ref();
        let trusted = guard.and_then(|guard| guard.trust_origins.as_ref());
        let trusted = trusted.map(|list| list.to_set(self.lists, |_, _, _| {}));
        // An example request is compared with all rules and their paths, which is faster than a step.
        let steps_of_request = 1 + cors.path_comparisons() / 64;
        for rule in cors.request_rules() {
            if !self.steps.take(steps_of_request) {
                break;
            }
            let Some(method) = rule.listed_unsafe_methods().into_iter().next() else { continue };
            if rule.has_credentials() {
                if let Some(trusted) = &trusted {
                    lints.extend(self.untrusted_origins(rule, trusted));
                }
                continue;
            }
            if rule.is_for_any_origin() {
                let kind = LintKind::WritesByAnyOrigin { method: method.to_string() };
                lints.push(Lint::new(format!("{}.origins", rule.setting()), "*", kind));
            }
            lints.extend(self.denied_posts(cors, rule));
        }
        lints
    }

    /// Reports origins of a rule with credentials that the CSRF guard does not list.
    fn untrusted_origins(&self, rule: RequestRule<'_>, trusted: &OriginSet) -> Vec<Lint> {
        let lint = |origin: &str| {
            let kind = LintKind::CorsDeniedByCsrf { matches: origin.to_owned() };
            Lint::new("guard.csrf.trust_origins", "", kind)
        };
        let visit = |origin: &str| Visit {
            method: Method::PUT,
            path: rule.example_path(),
            ..Visit::by(origin)
        };
        let is_denied = |origin: &str| self.denies(Section::Csrf, &visit(origin));
        match rule.listed_origins() {
            None if is_denied(UNLISTED_ORIGIN) => vec![lint(UNLISTED_ORIGIN)],
            None => Vec::new(),
            Some(origins) => {
                let difference = origins.difference_within(trusted, &self.steps, MAX_REQUESTS);
                let origins = difference.uncovered().iter().map(Uncovered::example_origin);
                origins.filter(|origin| is_denied(origin)).take(MAX_EXAMPLES).map(lint).collect()
            }
        }
    }

    /// Reports a rule without credentials whose pages send a `POST` that the CSRF guard denies.
    fn denied_posts(&self, cors: &CorsPolicy, rule: RequestRule<'_>) -> Option<Lint> {
        let allows_content_type = rule.allows_header(CONTENT_TYPE.as_str());
        let preset = rule.form_preset();
        if allows_content_type && preset.is_none() {
            return None;
        }
        let any = || rule.is_for_any_origin().then(|| UNLISTED_ORIGIN.to_owned());
        let origin = rule.example_origin().or_else(any)?;
        let post = Visit { method: Method::POST, path: rule.example_path(), ..Visit::by(&origin) };
        let request = post.request().ok()?;
        let value = request.headers().get(ORIGIN)?;
        let decided = cors.request_rule(&RequestHead::from(&request), value)?;
        if decided.setting() != rule.setting() || !self.denies(Section::Csrf, &post) {
            return None;
        }
        let Some(preset) = preset else {
            let setting = format!("{}.allow_headers", rule.setting());
            return Some(Lint::new(setting, "", LintKind::PostsDeniedByCsrf { matches: origin }));
        };
        let setting = format!("{}.presets", rule.setting());
        Some(Lint::new(setting, preset, LintKind::PresetDeniedByCsrf { matches: origin }))
    }

    /// Returns whether a section denies an example request, without regard to other sections.
    fn denies(&self, section: Section, visit: &Visit) -> bool {
        let Ok(request) = visit.request() else { return false };
        let head = RequestHead::from(&request);
        let facts = &RequestFacts::new(&head);
        let Compiled { host, pages, .. } = self.compiled;
        let verdict = match section {
            Section::Host => evaluate(host.as_ref(), facts),
            Section::WebSocket => evaluate(pages.web_socket.as_ref(), facts),
            Section::Csrf => evaluate(pages.csrf.as_ref(), facts),
            Section::FetchMetadata => evaluate(pages.fetch_metadata.as_ref(), facts),
            Section::RequirePreflight => evaluate(pages.require_preflight.as_deref(), facts),
            Section::Cors => return self.cors.is_some_and(|cors| cors.decide(&head).is_early()),
        };
        matches!(verdict, Verdict::Deny(_))
    }
}

/// An example request of a page of another site.
struct Visit {
    origin: String,
    method: Method,
    host: String,
    path: String,
    mode: &'static str,
    destination: &'static str,
}

impl Visit {
    /// Creates a visit by `fetch`, with `GET`.
    fn new() -> Self {
        Self::by(UNLISTED_ORIGIN)
    }

    fn by(origin: &str) -> Self {
        let (host, path) = ("service.example".to_owned(), "/".to_owned());
        let origin = origin.to_owned();
        Self { origin, method: Method::GET, host, path, mode: "cors", destination: "empty" }
    }

    fn request(&self) -> http::Result<Request<()>> {
        Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header(HOST, &self.host)
            .header(ORIGIN, &self.origin)
            .header(&SEC_FETCH_SITE, "cross-site")
            .header(&SEC_FETCH_MODE, self.mode)
            .header(&SEC_FETCH_DEST, self.destination)
            .body(())
    }
}

/// Returns a path that a pattern such as `/feed/*` matches.
fn example_path(pattern: &str) -> String {
    match pattern.strip_suffix("/*") {
        Some(parent) => format!("{parent}/example"),
        None => pattern.to_owned(),
    }
}

/// The example in a lint about every origin. A rule for listed origins does not match it.
const UNLISTED_ORIGIN: &str = "https://any.example";

/// The maximum number of lints for one list, which can have a million origins.
const MAX_EXAMPLES: usize = 8;

/// The maximum number of example requests for one lint. Each can be compared with thousands of paths and names.
const MAX_REQUESTS: usize = 64;

/// Returns the names of the lists to which no setting refers.
fn unused<'a>(
    config: &'a CrossOriginSettings,
    lists: &NamedOrigins,
) -> impl Iterator<Item = &'a String> {
    let named = lists.used.take();
    config.origins.keys().filter(move |name| !named.contains(*name))
}

//! Lints about combinations of sections.

use http::{Request, header::HOST};

use super::{
    config::CrossOriginSettings,
    error::{CrossOriginDiagnostics, Lint, LintKind},
    guards::OptionalHostCheck,
};
use crate::{
    RequestHead,
    cors::CorsPolicy,
    embedding::{EmbeddingPolicy, Timing},
    fetch::Destination,
    guard::{Check, Verdict},
    origin::{NamedOrigins, OriginSet, Uncovered},
};

/// All sections of a configuration without faults.
pub(super) struct AllSections<'a> {
    pub(super) config: &'a CrossOriginSettings,
    pub(super) lists: &'a NamedOrigins,
    pub(super) service_origins: &'a OriginSet,
    pub(super) cors: Option<&'a CorsPolicy>,
    pub(super) embedding: Option<&'a EmbeddingPolicy>,
    pub(super) host: &'a OptionalHostCheck,
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
        for lint in lints.chain(self.pings()).chain(self.service_origins()) {
            diagnostics.lint(lint);
        }
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
                let difference = origins.difference(&cors.origins());
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
        let difference = origins.difference(&cors.origins_with_credentials());
        let lint = |one: &Uncovered| {
            let kind = LintKind::WebSocketBeyondCors { matches: one.example_origin().to_owned() };
            Lint::new("guard.web_socket.trust_origins", one.pattern(), kind)
        };
        difference.uncovered().iter().take(MAX_EXAMPLES).map(lint).collect()
    }

    fn fetch_metadata(&self) -> Vec<Lint> {
        let guards = &self.config.guard;
        let Some(guard) = guards.fetch_metadata.as_ref().filter(|guard| !guard.report_only) else {
            return Vec::new();
        };
        let allows_web_sockets = guards.web_socket.as_ref().is_some_and(|guard| {
            match (&guard.trust_origins, self.cors) {
                (Some(trusted), _) => !trusted.is_empty(),
                (None, cors) => {
                    cors.is_some_and(|cors| !cors.origins_with_credentials().is_empty())
                }
            }
        });
        let allows_scripts = guard.allow_destinations.contains(&Destination::Script);
        [
            (
                "allow_cors",
                self.cors.is_some() && !guard.allow_cors,
                LintKind::CorsDeniedByFetchMetadata,
            ),
            (
                "allow_web_sockets",
                allows_web_sockets && !guard.allow_web_sockets,
                LintKind::WebSocketsDeniedByFetchMetadata,
            ),
            (
                "allow_destinations",
                self.config.jsonp.is_some() && !allows_scripts,
                LintKind::JsonpDeniedByFetchMetadata,
            ),
        ]
        .into_iter()
        .filter(|(_, applies, _)| *applies)
        .map(|(key, _, kind)| Lint::new(format!("guard.fetch_metadata.{key}"), "", kind))
        .collect()
    }

    fn pings(&self) -> Vec<Lint> {
        let guards = &self.config.guard;
        let csrf = guards.csrf.as_ref().filter(|guard| !guard.report_only);
        let metadata = guards.fetch_metadata.as_ref().filter(|guard| !guard.report_only);
        let csrf = csrf.map(|guard| ("guard.csrf", &guard.exempt_paths));
        let fetch_metadata = metadata.map(|guard| ("guard.fetch_metadata", &guard.exempt_paths));
        let mut lints = Vec::new();
        for path in self.config.beacon.iter().flat_map(|beacon| &beacon.paths) {
            let guards = csrf.into_iter().chain(fetch_metadata);
            for (guard, _) in guards.filter(|(_, exempt)| !exempt.contains(path)) {
                let setting = format!("{guard}.exempt_paths");
                lints.push(Lint::new(setting, &**path, LintKind::PingsDenied));
            }
        }
        lints
    }

    fn service_origins(&self) -> Vec<Lint> {
        let is_denied = |origin: &&str| {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            let request = Request::get("/").header(HOST, host).body(());
            request.is_ok_and(|request| {
                matches!(self.host.check(&RequestHead::from(&request)), Verdict::Deny(_))
            })
        };
        let origins = self.service_origins.patterns().map(|(text, _)| text);
        let lint = |origin| Lint::new("service_origins", origin, LintKind::ServiceOriginDenied);
        origins.filter(is_denied).map(lint).collect()
    }
}

/// The example in a lint about every origin. A rule for listed origins does not match it.
const UNLISTED_ORIGIN: &str = "https://any.example";

/// The maximum number of lints for one list, which can have a million origins.
const MAX_EXAMPLES: usize = 8;

/// Returns the names of the lists to which no setting refers.
fn unused<'a>(
    config: &'a CrossOriginSettings,
    lists: &NamedOrigins,
) -> impl Iterator<Item = &'a String> {
    let named = lists.used.take();
    config.origins.keys().filter(move |name| !named.contains(*name))
}

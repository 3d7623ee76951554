//! A model of a whole configuration: the decision about a request, and the response.
//!
//! The model reads the plain values of a configuration. The sections decide in this order: `guard.host`, `cors`,
//! `guard.web_socket`, `guard.csrf`, `guard.fetch_metadata`, `jsonp`. The headers of `embedding` and `beacon` are
//! on every response, rejections included.

pub(crate) mod http;
pub(crate) mod jsonp;
pub(crate) mod page;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    http::{Request, Response},
    jsonp::Jsonp,
};
use super::{
    cors_model::{CORS_HEADERS, RuleText},
    origin::{Reading, is_ipv4},
    pattern::matches_origin,
};

/// The values of a configuration. Lists of origins may name a list: `@partners`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) service_origins: Vec<String>,
    pub(crate) lists: BTreeMap<String, Vec<String>>,
    pub(crate) cors: Option<Cors>,
    pub(crate) host: Option<Host>,
    pub(crate) web_socket: Option<WebSocket>,
    pub(crate) csrf: Option<Csrf>,
    pub(crate) fetch_metadata: Option<FetchMetadata>,
    pub(crate) embedding: Option<Embedding>,
    pub(crate) jsonp: Option<Jsonp>,
    pub(crate) beacon_paths: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Cors {
    pub(crate) rules: Vec<RuleText>,
    pub(crate) enforces: bool,
    pub(crate) hides_failing_step: bool,
    pub(crate) service_origins: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Host {
    pub(crate) names: Vec<String>,
    pub(crate) has_loopback: bool,
    pub(crate) trusts_forwarded: bool,
    pub(crate) reports_only: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct WebSocket {
    /// `None`: the origins of CORS rules with credentials.
    pub(crate) trust_origins: Option<Vec<String>>,
    pub(crate) requires_origin: bool,
    pub(crate) allows_null: bool,
    pub(crate) reports_only: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Csrf {
    /// `None`: the origins of CORS rules with credentials.
    pub(crate) trust_origins: Option<Vec<String>>,
    pub(crate) exempt_paths: Vec<String>,
    pub(crate) allows_null: bool,
    pub(crate) reports_only: bool,
}

#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a separate setting")]
pub(crate) struct FetchMetadata {
    pub(crate) denies_same_site: bool,
    pub(crate) allows_cors: bool,
    pub(crate) allows_web_sockets: bool,
    pub(crate) destinations: Vec<&'static str>,
    pub(crate) denies_frames: bool,
    pub(crate) denies_navigations: bool,
    pub(crate) exempt_paths: Vec<String>,
    pub(crate) reports_only: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Embedding {
    pub(crate) resource_policy: Option<&'static str>,
    pub(crate) embedder_policy: Option<&'static str>,
    pub(crate) timing: Timing,
    pub(crate) nosniff: bool,
    /// Whether valid headers of the service are kept.
    pub(crate) keeps: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Timing {
    None,
    Any,
    /// These origins are in every response.
    Listed(Vec<String>),
    /// The request origin is in the response, if it matches.
    Matching(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Section {
    Host,
    Cors,
    WebSocket,
    Csrf,
    FetchMetadata,
}

/// The program that responds to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Rejected(Section),
    /// The layer responds to an allowed preflight.
    Preflight,
    /// The layer responds to a preflight of an allowed origin that fails at the method or a header. DESIGN 10
    FailedPreflight,
    Service,
}

/// The decision about a request, and the response to it.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) end: End,
    /// The first section that would deny the request without `report_only`.
    pub(crate) reported: Option<Section>,
    /// The request without the credentials that JSONP removes.
    pub(crate) received: Request,
    pub(crate) response: Response,
}

impl Configuration {
    /// Returns the answer to a request. `serve` is the service.
    pub(crate) fn answer(&self, request: &Request, serve: fn(&Request) -> Response) -> Answer {
        let (end, reported) = self.decide(request);
        let mut received = request.clone();
        let mut response = match end {
            End::Rejected(section) => Response::rejection(section.key()),
            End::Preflight | End::FailedPreflight => Response::new(204),
            End::Service => self.served(request, &mut received, serve),
        };
        if !response.ends_http(request) {
            self.add_headers(request, end, &mut response);
        }
        if request.method == "HEAD" && end != End::Service {
            response.body.clear();
        }
        Answer { end, reported, received, response }
    }

    fn decide(&self, request: &Request) -> (End, Option<Section>) {
        let mut reported = None;
        let mut is_denied = |section, is_allowed: bool, reports_only: bool| {
            if !is_allowed && reports_only && reported.is_none() {
                reported = Some(section);
            }
            !is_allowed && !reports_only
        };
        if let Some(host) = &self.host {
            if is_denied(Section::Host, host.allows(request), host.reports_only) {
                return (End::Rejected(Section::Host), None);
            }
        }
        if let Some(cors) = &self.cors {
            let rule = self.preflight_rule(cors, request).filter(|_| request.is_preflight());
            if rule.is_some_and(|rule| request.is_allowed_preflight(rule)) {
                return (End::Preflight, None);
            }
            if rule.is_some() && !cors.hides_failing_step && request.has_tokens() {
                return (End::FailedPreflight, None);
            }
            if request.is_preflight() || self.is_rejected_by_enforce(cors, request) {
                return (End::Rejected(Section::Cors), None);
            }
        }
        if let Some(guard) = &self.web_socket {
            let is_allowed = !request.is_handshake() || self.allows_handshake(guard, request);
            if is_denied(Section::WebSocket, is_allowed, guard.reports_only) {
                return (End::Rejected(Section::WebSocket), None);
            }
        }
        if let Some(guard) = &self.csrf {
            if is_denied(Section::Csrf, self.passes_csrf(guard, request), guard.reports_only) {
                return (End::Rejected(Section::Csrf), None);
            }
        }
        if let Some(guard) = &self.fetch_metadata {
            if is_denied(Section::FetchMetadata, guard.allows(request), guard.reports_only) {
                return (End::Rejected(Section::FetchMetadata), None);
            }
        }
        (End::Service, reported)
    }

    fn served(
        &self,
        request: &Request,
        received: &mut Request,
        serve: fn(&Request) -> Response,
    ) -> Response {
        match &self.jsonp {
            Some(jsonp) => jsonp.respond(request, received, serve),
            None => serve(received),
        }
    }

    /// Adds the headers of CORS, `embedding` and `beacon`, and `Vary`.
    fn add_headers(&self, request: &Request, end: End, response: &mut Response) {
        let is_preflight = self.cors.as_ref().is_some_and(|_| request.is_preflight());
        let passes_host = end != End::Rejected(Section::Host);
        if let Some(cors) = self.cors.as_ref().filter(|_| passes_host) {
            let is_rejected = end == End::Rejected(Section::Cors);
            response.headers.retain(|(name, _)| !CORS_HEADERS.contains(&name.as_str()));
            let rule = if is_preflight {
                self.preflight_rule(cors, request).filter(|_| !is_rejected)
            } else {
                self.sharing_rule(cors, request).filter(|_| !is_rejected)
            };
            if let Some(rule) = rule {
                let origin = match () {
                    () if rule.is_without_origin() => "*",
                    () if rule.is_static => &rule.origins[0],
                    () => request.origin(),
                };
                response.set("access-control-allow-origin", origin);
                if rule.credentials {
                    response.set("access-control-allow-credentials", "true");
                }
                let exposed = rule.exposed(&response.service_headers()).join(",");
                if !exposed.is_empty() && !is_preflight {
                    response.set("access-control-expose-headers", &exposed);
                }
            }
        }
        let mut vary = BTreeSet::new();
        self.add_vary(request, end, &mut vary);
        response.vary_on(&vary);
        if let Some(embedding) = &self.embedding {
            self.embed(embedding, request, response);
        }
        if self.beacon_paths.iter().any(|path| request.is_at(path)) {
            response.set("cache-control", "no-store");
            response.set("cross-origin-resource-policy", "cross-origin");
            response.set("x-content-type-options", "nosniff");
            response.remove("etag");
            response.remove("last-modified");
        }
    }

    /// Adds the request headers on which the response depends. Only `GET` and `HEAD` depend on guards.
    fn add_vary(&self, request: &Request, end: End, vary: &mut BTreeSet<String>) {
        let mut add = |names: &[&str]| vary.extend(names.iter().map(|name| (*name).to_owned()));
        let is_read = request.is_read();
        if self.embedding.as_ref().is_some_and(|one| matches!(one.timing, Timing::Matching(_))) {
            add(&["origin"]);
        }
        if let Some(host) = &self.host {
            if is_read && host.trusts_forwarded && !host.reports_only {
                add(&["x-forwarded-host"]);
            }
        }
        if end == End::Rejected(Section::Host) {
            return;
        }
        if let Some(cors) = &self.cors {
            if !cors.is_constant() {
                add(&["origin"]);
            }
            if cors.enforces {
                add(&["sec-fetch-site", "sec-fetch-mode"]);
            }
            if request.is_preflight() {
                add(&["access-control-request-method", "access-control-request-headers"]);
            }
        }
        // A request that `cors` rejects does not reach the guards.
        if matches!(end, End::Rejected(Section::Cors) | End::Preflight | End::FailedPreflight) {
            return;
        }
        if let Some(guard) = &self.fetch_metadata {
            if is_read && !guard.reports_only {
                add(&["sec-fetch-dest", "sec-fetch-mode", "sec-fetch-site"]);
            }
        }
    }

    fn embed(&self, embedding: &Embedding, request: &Request, response: &mut Response) {
        const RESOURCE_POLICY: &str = "cross-origin-resource-policy";
        let is_valid = |value: Option<String>, values: &[&str]| {
            value.is_some_and(|value| values.contains(&value.as_str()))
        };
        let policies = ["same-origin", "same-site", "cross-origin"];
        let embedders = ["unsafe-none", "require-corp", "credentialless"];
        let keeps = |is_kept| embedding.keeps && is_kept;
        if let Some(policy) = embedding.resource_policy {
            let is_kept = keeps(is_valid(response.joined(RESOURCE_POLICY), &policies));
            // The scripts of JSONP are for pages of other origins.
            if !is_kept && !response.is_script_for_callback {
                response.set(RESOURCE_POLICY, policy);
            }
        }
        if let Some(policy) = embedding.embedder_policy {
            let name = "cross-origin-embedder-policy";
            if !keeps(is_valid(response.joined(name), &embedders)) {
                response.set(name, policy);
            }
        }
        if embedding.nosniff {
            response.set("x-content-type-options", "nosniff");
        }
        let timing = "timing-allow-origin";
        if keeps(response.joined(timing).is_some()) {
            return;
        }
        match &embedding.timing {
            Timing::None => {}
            Timing::Any => response.set(timing, "*"),
            Timing::Listed(origins) => response.set(timing, &self.expand(origins).join(", ")),
            Timing::Matching(origins) => match request.single("origin") {
                Some(origin) if self.matches(origins, origin) => response.set(timing, origin),
                _ => response.remove(timing),
            },
        }
    }
}

/// CORS.
impl Configuration {
    /// Returns the rule that decides about a preflight.
    fn preflight_rule<'a>(&self, cors: &'a Cors, request: &Request) -> Option<&'a RuleText> {
        let of_static_origin = cors.rules.first().filter(|rule| rule.is_static);
        of_static_origin.or_else(|| self.rule_for_request(cors, request))
    }

    /// Returns the first rule that matches the origin. Later rules are ignored.
    fn rule_for<'a>(&self, cors: &'a Cors, origin: &str) -> Option<&'a RuleText> {
        cors.rules.iter().find(|rule| {
            rule.matches_as_any_origin(origin)
                || (self.matches(&rule.origins, origin) && (origin != "file://" || rule.null))
                || (rule.null && origin == "null")
        })
    }

    /// Returns the rule that allows pages to read the response to an actual request.
    fn sharing_rule<'a>(&self, cors: &'a Cors, request: &Request) -> Option<&'a RuleText> {
        if cors.is_constant() {
            return cors.rules.first();
        }
        self.rule_for_request(cors, request)
    }

    /// Returns the first rule that matches the origin of the request.
    ///
    /// A rule that responds with `*` does not read the value, and so matches several field lines, too. DESIGN 5
    fn rule_for_request<'a>(&self, cors: &'a Cors, request: &Request) -> Option<&'a RuleText> {
        if let Some(origin) = request.single("origin") {
            return self.rule_for(cors, origin);
        }
        request.values("origin").next()?;
        cors.rules.iter().find(|rule| rule.is_without_origin())
    }

    /// Returns whether `enforce` rejects an actual request: by its origin or its method.
    fn is_rejected_by_enforce(&self, cors: &Cors, request: &Request) -> bool {
        if !cors.enforces || request.values("origin").next().is_none() {
            return false;
        }
        let is_allowed = self
            .rule_for_request(cors, request)
            .is_some_and(|rule| request.method == "CONNECT" || rule.allows_method(&request.method));
        let services = [&cors.service_origins, &self.service_origins];
        let services = services.into_iter().find(|origins| !origins.is_empty());
        let is_own =
            |origin: &str| is_same_origin(request, origin, services.map_or(&[], Vec::as_slice));
        // Embedded resources and navigations are not requests of the CORS protocol.
        let is_embedded = request.is_read()
            && request
                .single("sec-fetch-mode")
                .is_some_and(|mode| mode != "cors" && mode != "websocket");
        !(is_embedded || is_allowed || request.single("origin").is_some_and(is_own))
    }
}

impl Cors {
    /// Returns `true` if all responses are the same.
    ///
    /// The only rule is for any origin, or has a static origin.
    fn is_constant(&self) -> bool {
        let is_constant = |rule: &RuleText| rule.is_without_origin() || rule.is_static;
        matches!(&*self.rules, [only] if is_constant(only)) && !self.enforces
    }
}

/// Guards.
impl Configuration {
    fn allows_handshake(&self, guard: &WebSocket, request: &Request) -> bool {
        let lines: Vec<&str> = request.values("origin").collect();
        let [origin] = lines[..] else { return lines.is_empty() && !guard.requires_origin };
        let of_cors = self.cors.as_ref().map(|cors| &cors.service_origins);
        let services = [Some(&self.service_origins), of_cors];
        let services = services.into_iter().flatten().find(|origins| !origins.is_empty());
        is_same_origin(request, origin, services.map_or(&[], Vec::as_slice))
            || self.trusts(guard.trust_origins.as_ref(), origin)
            || (guard.allows_null && origin == "null")
    }

    fn passes_csrf(&self, guard: &Csrf, request: &Request) -> bool {
        if ["GET", "HEAD", "OPTIONS"].contains(&&*request.method) {
            return true;
        }
        let sites: Vec<&str> = request.values("sec-fetch-site").collect();
        let origins: Vec<&str> = request.values("origin").collect();
        let is_own = match sites[..] {
            [] => match origins[..] {
                [] => true,
                [origin] => is_target(request, origin),
                _ => false,
            },
            [site] => site == "same-origin" || site == "none",
            _ => false,
        };
        is_own
            || matches!(origins[..], [one] if self.trusts(guard.trust_origins.as_ref(), one))
            || (guard.allows_null && origins[..] == ["null"])
            || request.is_exempt(&guard.exempt_paths)
    }

    /// Returns whether a guard trusts the origin.
    fn trusts(&self, trusted: Option<&Vec<String>>, origin: &str) -> bool {
        match (trusted, &self.cors) {
            (Some(trusted), _) if *trusted == ["*"] => {
                let is_shared_by_pages = origin == "null" || origin.starts_with("file:");
                !is_shared_by_pages && Reading::parse(origin.as_bytes()).is_some()
            }
            (Some(trusted), _) => self.matches(trusted, origin),
            (None, Some(cors)) => self.rule_for(cors, origin).is_some_and(|rule| rule.credentials),
            (None, None) => false,
        }
    }

    fn matches(&self, texts: &[String], origin: &str) -> bool {
        self.expand(texts).iter().any(|text| matches_origin(text, origin.as_bytes()))
    }

    /// Replaces names of lists by their origins.
    fn expand(&self, texts: &[String]) -> Vec<String> {
        let mut origins = Vec::new();
        for text in texts {
            match text.strip_prefix('@') {
                Some(name) => origins.extend(self.lists[name].iter().cloned()),
                None => origins.push(text.clone()),
            }
        }
        origins
    }
}

impl FetchMetadata {
    fn allows(&self, request: &Request) -> bool {
        let sites: Vec<&str> = request.values("sec-fetch-site").collect();
        let is_foreign = match sites[..] {
            ["cross-site"] => true,
            ["same-site"] => self.denies_same_site,
            [] | [_] => false,
            _ => true,
        };
        let destination = request.single("sec-fetch-dest").unwrap_or_default();
        let is_allowed = match request.single("sec-fetch-mode").unwrap_or_default() {
            "navigate" | "nested-navigate" => {
                let is_frame = destination != "document";
                request.is_read() && !self.denies_navigations && !(self.denies_frames && is_frame)
            }
            "cors" => self.allows_cors || request.is_preflight(),
            "no-cors" => request.is_read() && self.destinations.contains(&destination),
            "websocket" => self.allows_web_sockets,
            _ => false,
        };
        !is_foreign || is_allowed || request.is_exempt(&self.exempt_paths)
    }
}

impl Host {
    fn allows(&self, request: &Request) -> bool {
        let forwarded: Vec<&str> = request.values("x-forwarded-host").collect();
        if self.trusts_forwarded && !forwarded.is_empty() {
            return matches!(forwarded[..], [host] if self.allows_name(host));
        }
        let hosts: Vec<&str> = request.values("host").chain(request.authority.as_deref()).collect();
        let is_repeated = request.values("host").count() > 1;
        !hosts.is_empty() && !is_repeated && hosts.iter().all(|host| self.allows_name(host))
    }

    fn allows_name(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let Some((host, port)) = http::host_and_port(&text) else { return false };
        let is_name = |name: &String| {
            let (name, own_port) = http::host_and_port(name).expect("the name is valid");
            let is_host = match name.strip_prefix("*.") {
                Some(parent) => host
                    .strip_suffix(parent)
                    .is_some_and(|front| front.len() > 1 && front.ends_with('.')),
                None => name == host,
            };
            is_host && (own_port.is_none() || own_port == port)
        };
        let is_loopback = host == "localhost"
            || host.ends_with(".localhost")
            || host == "[::1]"
            || (is_ipv4(host) && host.starts_with("127."));
        self.names.iter().any(is_name) || (self.has_loopback && is_loopback)
    }
}

impl Section {
    /// Returns the key of the section in a file.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Host => "guard.host",
            Self::Cors => "cors",
            Self::WebSocket => "guard.web_socket",
            Self::Csrf => "guard.csrf",
            Self::FetchMetadata => "guard.fetch_metadata",
        }
    }
}

/// Returns whether a page of the service sent the request.
fn is_same_origin(request: &Request, origin: &str, services: &[String]) -> bool {
    let sites: Vec<&str> = request.values("sec-fetch-site").collect();
    match sites[..] {
        [] if services.is_empty() => is_target(request, origin),
        [] => services.iter().any(|service| service == origin),
        [site] => site == "same-origin",
        _ => false,
    }
}

/// Returns whether the origin has the host and port of the request.
fn is_target(request: &Request, origin: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return false,
    };
    let target = request.authority.as_deref().or_else(|| request.single("host"));
    let is_same = |target: &str| {
        let target = target.strip_suffix(default).unwrap_or(target);
        !authority.is_empty() && target.eq_ignore_ascii_case(authority)
    };
    target.is_some_and(is_same)
}

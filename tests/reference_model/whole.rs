//! A model of a whole configuration: the decision about a request, and the response.
//!
//! The model reads the plain values of a configuration. The sections decide in this order: `guard.host`, `cors`,
//! `guard.web_socket`, `guard.csrf`, `guard.fetch_metadata`, `guard.require_preflight`, `jsonp`. The headers of
//! `embedding` and `beacon` are on every response, rejections included.

pub(crate) mod http;
pub(crate) mod jsonp;
pub(crate) mod page;

use std::collections::{BTreeMap, BTreeSet};

use self::{
    http::{Request, Response},
    jsonp::Jsonp,
};
use super::{
    cors_model::{
        CORS_HEADERS, RuleText,
        page::{is_safelisted, is_token},
        rules_at,
    },
    origin::{Reading, is_ipv4},
    pattern::matches_origin,
};

/// The values of a configuration. Lists of origins may name a list: `@partners`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Configuration {
    /// For `enforce` and all guards. DESIGN 18
    pub(crate) service_origins: Vec<String>,
    /// For `enforce`, `csrf`, `fetch_metadata` and `require_preflight`. DESIGN 4
    pub(crate) exempt_paths: Vec<String>,
    pub(crate) lists: BTreeMap<String, Vec<String>>,
    pub(crate) cors: Option<Cors>,
    pub(crate) host: Option<Host>,
    pub(crate) web_socket: Option<WebSocket>,
    pub(crate) csrf: Option<Csrf>,
    pub(crate) fetch_metadata: Option<FetchMetadata>,
    pub(crate) require_preflight: Option<RequirePreflight>,
    pub(crate) embedding: Option<Embedding>,
    pub(crate) jsonp: Option<Jsonp>,
    pub(crate) beacon_paths: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Cors {
    pub(crate) rules: Vec<RuleText>,
    pub(crate) enforces: bool,
    pub(crate) hides_failing_step: bool,
    /// The paths at which the service handles CORS. DESIGN 17
    pub(crate) not_handled: Vec<String>,
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
    /// DESIGN 22
    pub(crate) query_is_safe: bool,
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
    pub(crate) reports_only: bool,
}

/// The check of preflights, which needs the section `cors`.
#[derive(Clone, Debug)]
pub(crate) struct RequirePreflight {
    pub(crate) reports_only: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Embedding {
    pub(crate) resource_policy: Option<&'static str>,
    pub(crate) embedder_policy: Option<&'static str>,
    pub(crate) frame_ancestors: FrameAncestors,
    pub(crate) storage_access: Option<Vec<String>>,
    pub(crate) timing: Timing,
    pub(crate) nosniff: bool,
    /// Whether valid headers of the service are kept.
    pub(crate) keeps: bool,
}

/// The pages that may embed a response in a frame.
#[derive(Clone, Debug)]
pub(crate) enum FrameAncestors {
    Unset,
    None,
    /// Pages of the same origin, and pages of these origins.
    OwnAnd(Vec<String>),
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
    RequirePreflight,
}

/// The program that responds to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Rejected(Section),
    /// The layer responds to an allowed preflight.
    Preflight,
    /// The layer responds to a preflight that fails at the method or a header. DESIGN 10
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
        if let Some(cors) = &self.cors_at(request) {
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
            let is_allowed = guard.allows(request) || request.is_exempt(&self.exempt_paths);
            if is_denied(Section::FetchMetadata, is_allowed, guard.reports_only) {
                return (End::Rejected(Section::FetchMetadata), None);
            }
        }
        if let Some(guard) = &self.require_preflight {
            let is_allowed = self.passes_require_preflight(request);
            if is_denied(Section::RequirePreflight, is_allowed, guard.reports_only) {
                return (End::Rejected(Section::RequirePreflight), None);
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
        let is_preflight = request.is_preflight();
        let passes_host = end != End::Rejected(Section::Host);
        if let Some(cors) = &self.cors_at(request).filter(|_| passes_host) {
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
        if matches!(end, End::Rejected(_) | End::FailedPreflight) {
            response.set("cache-control", "no-store");
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
        if self.embedding.as_ref().is_some_and(|one| one.storage_access.is_some()) {
            add(&["origin", "sec-fetch-storage-access"]);
        }
        if let Some(host) = &self.host {
            if is_read && host.trusts_forwarded && !host.reports_only {
                add(&["x-forwarded-host"]);
            }
        }
        if end == End::Rejected(Section::Host) {
            return;
        }
        if let (Some(cors), Some(at_path)) = (&self.cors, self.cors_at(request)) {
            // DESIGN 8: the `Vary` of preflights is a constant of the policy.
            let is_constant = if request.is_preflight() {
                cors.is_constant()
            } else {
                at_path.rules.is_empty() && !cors.enforces || at_path.is_constant()
            };
            if !is_constant {
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
        self.restrict_frames(&embedding.frame_ancestors, response);
        if let Some(origins) = &embedding.storage_access {
            let name = "activate-storage-access";
            if !keeps(response.joined(name).is_some()) {
                let origin = request.single("origin").filter(|one| self.matches(origins, one));
                match (origin, request.single("sec-fetch-storage-access")) {
                    (Some(origin), Some("inactive")) => {
                        response.set(name, &format!("retry; allowed-origin=\"{origin}\""));
                    }
                    (Some(_), Some("active")) => response.set(name, "load"),
                    _ => response.remove(name),
                }
            }
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

impl Configuration {
    /// Adds `frame-ancestors`, and a policy with the effect of `X-Frame-Options`, which browsers then ignore.
    fn restrict_frames(&self, ancestors: &FrameAncestors, response: &mut Response) {
        let mut policies = vec![match ancestors {
            FrameAncestors::Unset => return,
            FrameAncestors::None => "frame-ancestors 'none'".to_owned(),
            FrameAncestors::OwnAnd(origins) => {
                let own = vec!["frame-ancestors 'self'".to_owned()];
                [own, self.expand(origins)].concat().join(" ")
            }
        }];
        let options = response.joined("x-frame-options").unwrap_or_default().to_ascii_lowercase();
        let options: BTreeSet<&str> = options.split(',').map(str::trim).collect();
        let known = BTreeSet::from(["deny", "sameorigin", "allowall"]);
        let is_conflict = options.len() > 1 && !options.is_disjoint(&known);
        if is_conflict || options == BTreeSet::from(["deny"]) {
            policies.push("frame-ancestors 'none'".to_owned());
        } else if options == BTreeSet::from(["sameorigin"]) {
            policies.push("frame-ancestors 'self'".to_owned());
        }
        for policy in policies {
            response.headers.push(("content-security-policy".to_owned(), policy));
        }
    }
}

/// CORS.
impl Configuration {
    /// Returns the section with the rules that take part at the path of a request.
    ///
    /// Returns `None` if the service handles CORS there. DESIGN 17
    fn cors_at(&self, request: &Request) -> Option<Cors> {
        let cors = self.cors.as_ref()?;
        let rules = rules_at(&cors.rules, &cors.not_handled, &request.path)?;
        Some(Cors { rules, ..cors.clone() })
    }

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
        // Only for handshakes, the origin is read as guards do. DESIGN 19
        let mut read = request.clone();
        if let Some(origin) = request.single("origin").filter(|_| request.opens_tunnel()) {
            read.remove("origin");
            read = read.with("origin", &without_slash_and_port(origin));
        }
        let is_allowed = self
            .rule_for_request(cors, &read)
            .is_some_and(|rule| request.method == "CONNECT" || rule.allows_method(&request.method));
        let is_own = |origin: &str| self.is_same_origin(&read, origin);
        // Embedded resources and navigations are not requests of the CORS protocol.
        let is_embedded = request.is_read()
            && request
                .single("sec-fetch-mode")
                .is_some_and(|mode| !["cors", "websocket", "webtransport"].contains(&mode));
        let is_exempt = request.is_exempt(&self.exempt_paths);
        !(is_embedded || is_allowed || is_exempt || read.single("origin").is_some_and(is_own))
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
        let origin = &*without_slash_and_port(origin);
        self.is_same_origin(request, origin)
            || self.trusts(guard.trust_origins.as_ref(), origin, request)
            || (guard.allows_null && origin == "null")
    }

    fn passes_csrf(&self, guard: &Csrf, request: &Request) -> bool {
        let is_safe_query = guard.query_is_safe && request.method == "QUERY";
        if is_safe_query || ["GET", "HEAD", "OPTIONS"].contains(&&*request.method) {
            return true;
        }
        let sites: Vec<&str> = request.values("sec-fetch-site").collect();
        let origins: Vec<&str> = request.values("origin").collect();
        if sites.is_empty() && origins.is_empty() {
            return true;
        }
        let origin = match origins[..] {
            [one] => Some(without_slash_and_port(one)),
            _ => None,
        };
        let is_own = match sites[..] {
            [] => origin.as_ref().is_some_and(|origin| self.is_same_origin(request, origin)),
            [site] => site == "same-origin" || site == "none",
            _ => false,
        };
        let is_allowed = |origin: &String| {
            self.trusts_for_csrf(guard, request, origin)
                || (guard.allows_null && origin == "null")
                || self.is_preflighted(request, origin)
        };
        is_own || origin.as_ref().is_some_and(is_allowed) || request.is_exempt(&self.exempt_paths)
    }

    /// Returns whether the guard trusts the origin for the method. DESIGN 24 (a)
    fn trusts_for_csrf(&self, guard: &Csrf, request: &Request, origin: &str) -> bool {
        match (&guard.trust_origins, &self.cors) {
            (None, Some(_)) => self.cors_at(request).is_some_and(|cors| {
                self.rule_for(&cors, origin).is_some_and(|rule| {
                    let is_allowed = rule.allows_method(&request.method);
                    rule.credentials && (is_allowed || request.method == "CONNECT")
                })
            }),
            (trusted, _) => self.trusts(trusted.as_ref(), origin, request),
        }
    }

    /// Returns whether browsers send the request only after an allowed preflight, without credentials.
    ///
    /// DESIGN 24 (b)
    fn is_preflighted(&self, request: &Request, origin: &str) -> bool {
        let Some(cors) = self.cors_at(request) else { return false };
        let rule = self.rule_for(&cors, origin);
        let Some(rule) = rule.filter(|rule| !rule.credentials) else { return false };
        let modes: Vec<&str> = request.values("sec-fetch-mode").collect();
        let is_cors = modes == ["cors"] || (modes.is_empty() && !request.has("sec-fetch-site"));
        let has_authorization =
            request.has("authorization") && !rule.allows_header("authorization");
        if !is_cors || request.opens_tunnel() || request.has("cookie") || has_authorization {
            return false;
        }
        match &*request.method {
            "GET" | "HEAD" | "CONNECT" | "TRACE" | "TRACK" => false,
            "POST" => {
                let types: Vec<&str> = request.values("content-type").collect();
                let is_unusual = matches!(types[..], [one] if needs_preflight(one));
                is_unusual && rule.allows_header("content-type")
            }
            method => rule.allows_method(method),
        }
    }

    /// Returns whether the request needs no preflight, or one that `cors` allows.
    ///
    /// GHSA-hff2-gcpx-8f4p
    fn passes_require_preflight(&self, request: &Request) -> bool {
        const SENT_BY_BROWSERS: [&str; 5] = [
            "text/ping",
            "application/csp-report",
            "application/expect-ct-report+json",
            "application/xss-auditor-report",
            "application/ocsp-request",
        ];
        let types: Vec<&str> = request.values("content-type").collect();
        let is_unusual = match types[..] {
            [] => false,
            [one] => {
                let essence = one.split(';').next().unwrap_or_default().trim().to_lowercase();
                let is_of_browser =
                    request.method == "POST" && SENT_BY_BROWSERS.contains(&&*essence);
                !is_safelisted("content-type", one) && !is_of_browser
            }
            _ => true,
        };
        let is_simple = ["GET", "HEAD", "POST"].contains(&&*request.method) && !is_unusual;
        if is_simple || request.method == "OPTIONS" || request.opens_tunnel() {
            return true;
        }
        let sites: Vec<&str> = request.values("sec-fetch-site").collect();
        let origins: Vec<&str> = request.values("origin").collect();
        let origin = match origins[..] {
            [one] => Some(without_slash_and_port(one)),
            _ => None,
        };
        let is_own = match sites[..] {
            [] if origins.is_empty() => true,
            [] => origin.as_ref().is_some_and(|origin| self.is_same_origin(request, origin)),
            [site] => site == "same-origin" || site == "none",
            _ => false,
        };
        let Some(cors) = self.cors_at(request) else { return true };
        let rule = origin.and_then(|origin| self.rule_for(&cors, &origin));
        let is_allowed = rule.is_some_and(|rule| {
            rule.allows_method(&request.method)
                && (!is_unusual || rule.allows_header("content-type"))
                && (rule.credentials || !request.has("cookie"))
        });
        is_own || is_allowed || request.is_exempt(&self.exempt_paths)
    }

    /// Returns whether a guard trusts the origin.
    ///
    /// Where the service handles CORS, the section `cors` trusts no origin. DESIGN 17
    fn trusts(&self, trusted: Option<&Vec<String>>, origin: &str, request: &Request) -> bool {
        match (trusted, &self.cors_at(request)) {
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
            "websocket" | "webtransport" => self.allows_web_sockets,
            _ => false,
        };
        !is_foreign || is_allowed
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
            Self::RequirePreflight => "guard.require_preflight",
        }
    }
}

impl Configuration {
    /// Returns whether a page of the service sent the request.
    ///
    /// Service origins replace the comparison with the host and port of the request. DESIGN 18
    fn is_same_origin(&self, request: &Request, origin: &str) -> bool {
        let sites: Vec<&str> = request.values("sec-fetch-site").collect();
        match sites[..] {
            [] if self.service_origins.is_empty() => is_target(request, origin),
            [] => self.service_origins.iter().any(|service| service == origin),
            [site] => site == "same-origin",
            _ => false,
        }
    }
}

/// Returns the origin without one slash at the end, and then without the default port. DESIGN 19
fn without_slash_and_port(origin: &str) -> String {
    let origin = match origin.strip_suffix('/') {
        Some(rest) if origin != "file://" => rest,
        _ => origin,
    };
    let ports = [("https:", ":443"), ("http:", ":80")];
    let port = ports.into_iter().find(|(scheme, _)| origin.starts_with(scheme));
    let rest = port.and_then(|(_, port)| origin.strip_suffix(port));
    rest.unwrap_or(origin).to_owned()
}

/// Returns whether a browser sends a `POST` with the `Content-Type` only after a preflight.
fn needs_preflight(content_type: &str) -> bool {
    const WITHOUT_PREFLIGHT: [&str; 8] = [
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "text/plain",
        "text/ping",
        "application/csp-report",
        "application/expect-ct-report+json",
        "application/xss-auditor-report",
        "application/ocsp-request",
    ];
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
    let is_valid =
        essence.split_once('/').is_some_and(|(one, other)| is_token(one) && is_token(other));
    is_valid && !WITHOUT_PREFLIGHT.contains(&&*essence)
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

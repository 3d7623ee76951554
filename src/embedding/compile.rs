//! Compiles a configuration to field lines, and collects all faults and lints.

use std::sync::Arc;

use http::header::{CONTENT_SECURITY_POLICY, ORIGIN};

use super::{
    config::{EmbeddingConfig, EmbeddingSettings, UpstreamPolicies},
    error::{
        EmbeddingConfigError, EmbeddingDiagnostics, Fault, FaultKind, Lint, LintKind, SUBJECT,
    },
    frame_ancestors::{self, FrameAncestors},
    headers::{FieldLine, HeaderKind, Headers},
    policy::{CompiledPolicy, EmbeddingPolicy},
    storage_access::SEC_FETCH_STORAGE_ACCESS,
    timing::TimingAllowOrigin,
    values::{
        CrossOriginEmbedderPolicy as Embedder, CrossOriginOpenerPolicy as Opener,
        DocumentIsolationPolicy as Isolation, IntegrityPolicy, WithReporting,
    },
};
use crate::{
    config::OriginList,
    limits::{DIAGNOSTICS, LISTED_NAMES},
    origin::{
        AllowedRisks, FILE_ORIGIN, MemberFault, NamedOrigins, Origin, OriginErrorKind, OriginRisk,
        OriginSet, ParsedPattern, list_name, regex_risks,
    },
    response::{CROSS_ORIGIN_RESOURCE_POLICY, VaryNames},
};

impl EmbeddingPolicy {
    /// Creates the policy of a configuration.
    ///
    /// # Errors
    ///
    /// Returns an [`EmbeddingConfigError`] with every fault of the configuration.
    pub fn new(config: impl Into<EmbeddingConfig>) -> Result<Self, EmbeddingConfigError> {
        Self::with_lists(&config.into(), &NamedOrigins::default())
    }

    /// Compiles a configuration whose origins may refer to these lists.
    pub(crate) fn with_lists(
        embedding: &EmbeddingConfig,
        lists: &NamedOrigins,
    ) -> Result<Self, EmbeddingConfigError> {
        compile(embedding, lists).map(|compiled| Self { compiled: Arc::new(compiled) })
    }
}

/// # Errors
///
/// Returns an [`EmbeddingConfigError`] with every fault of the configuration.
impl TryFrom<EmbeddingConfig> for EmbeddingPolicy {
    type Error = EmbeddingConfigError;

    fn try_from(config: EmbeddingConfig) -> Result<Self, Self::Error> {
        Self::new(config)
    }
}

fn compile(
    embedding: &EmbeddingConfig,
    lists: &NamedOrigins,
) -> Result<CompiledPolicy, EmbeddingConfigError> {
    let settings = &embedding.settings;
    let diagnostics = EmbeddingDiagnostics::default();
    let mut compiler = Compiler { settings, lists, field_lines: Vec::new(), diagnostics };
    #[cfg(feature = "serde")]
    compiler.diagnostics.unknown_keys("", &settings.unknown_keys, &[], FaultKind::UnknownKey);
    if *embedding == EmbeddingConfig::new().upstream_headers(settings.upstream_headers) {
        compiler.diagnostics.fault(Fault::new("embedding", "", FaultKind::NoHeaders));
    }
    if let Some(policy) = settings.resource_policy {
        let name = CROSS_ORIGIN_RESOURCE_POLICY;
        compiler.add_line(name.as_str(), policy.as_str(), HeaderKind::ResourcePolicy);
    }
    compiler.document_policies();
    if let Some(cluster) = settings.origin_agent_cluster {
        compiler.add_line("origin-agent-cluster", cluster.as_str(), HeaderKind::AgentCluster);
    }
    compiler.frame_ancestors();
    let timing = compiler.timing();
    let storage_access = compiler.storage_access();
    check_endpoints(&settings.reporting_endpoints, &mut compiler.diagnostics);
    if !settings.reporting_endpoints.is_empty() {
        let value = endpoints_value(&settings.reporting_endpoints);
        compiler.add_line("reporting-endpoints", &value, HeaderKind::Endpoints);
    }
    if settings.nosniff == Some(true) {
        compiler.add_line("x-content-type-options", "nosniff", HeaderKind::Nosniff);
    }
    let vary = match (&storage_access, &timing) {
        (Some(_), _) => VaryNames::new(&[ORIGIN, SEC_FETCH_STORAGE_ACCESS.clone()]),
        (None, Some(_)) => VaryNames::Origin,
        (None, None) => VaryNames::None,
    };
    let headers = Headers {
        field_lines: compiler.field_lines.into(),
        vary,
        names_request_origin: timing.is_some(),
        activates_storage_access: storage_access.is_some(),
        keeps_upstream: settings.upstream_headers == UpstreamPolicies::Keep,
    };
    Ok(CompiledPolicy {
        headers: Arc::new(headers),
        timing,
        storage_access,
        lints: compiler.diagnostics.finish(SUBJECT)?.into(),
    })
}

struct Compiler<'a> {
    settings: &'a EmbeddingSettings,
    lists: &'a NamedOrigins,
    field_lines: Vec<FieldLine>,
    diagnostics: EmbeddingDiagnostics,
}

impl<'a> Compiler<'a> {
    /// Adds a field line, unless a fault made its value invalid.
    fn add_line(&mut self, name: &str, value: &str, kind: HeaderKind) {
        self.field_lines.extend(FieldLine::new(name, value, kind));
    }

    fn document_policies(&mut self) {
        let settings = self.settings;
        let (opener, embedder) =
            (settings.opener_policy.as_ref(), settings.embedder_policy.as_ref());
        let isolation = settings.document_isolation_policy.as_ref();

        self.enforced(OPENER, opener, Opener::as_str);
        let report_only = settings.opener_policy_report_only.as_ref();
        if let Some(Opener::NoopenerAllowPopups) = report_only.map(WithReporting::policy) {
            let value = Opener::NoopenerAllowPopups.as_str();
            self.diagnostics.fault(Fault::new(
                "opener_policy_report_only",
                value,
                FaultKind::NoopenerReportOnly,
            ));
        }
        self.report_only(OPENER, report_only, Opener::as_str);

        self.enforced(EMBEDDER, embedder, Embedder::as_str);
        let is_opener_isolated = opener.map(WithReporting::policy) == Some(Opener::SameOrigin);
        if let Some(policy) = embedder.map(WithReporting::policy).filter(|policy| policy.isolates())
        {
            if !is_opener_isolated {
                let lint = Lint::new("embedder_policy", policy.as_str(), LintKind::NotIsolated);
                self.diagnostics.lint(lint);
            }
        }
        let report_only = settings.embedder_policy_report_only.as_ref();
        self.report_only(EMBEDDER, report_only, Embedder::as_str);

        self.enforced(ISOLATION, isolation, Isolation::as_str);
        let report_only = settings.document_isolation_policy_report_only.as_ref();
        self.report_only(ISOLATION, report_only, Isolation::as_str);

        self.enforced(INTEGRITY, settings.integrity_policy.as_ref(), IntegrityPolicy::as_str);
        let report_only = settings.integrity_policy_report_only.as_ref();
        self.report_only(INTEGRITY, report_only, IntegrityPolicy::as_str);
    }

    fn enforced<P: Copy>(
        &mut self,
        DocumentPolicy { setting, name, kind }: DocumentPolicy,
        policy: Option<&WithReporting<P>>,
        as_str: fn(P) -> &'static str,
    ) {
        if let Some(policy) = policy {
            let value = self.value(setting, policy, kind, as_str);
            self.add_line(name, &value, kind);
        }
    }

    fn report_only<P: Copy>(
        &mut self,
        DocumentPolicy { setting, name, kind }: DocumentPolicy,
        policy: Option<&WithReporting<P>>,
        as_str: fn(P) -> &'static str,
    ) {
        let Some(policy) = policy else { return };
        let setting = format!("{setting}_report_only");
        if policy.endpoint().is_none() {
            let token = as_str(policy.policy());
            self.diagnostics.lint(Lint::new(&setting, token, LintKind::ReportOnlyWithoutEndpoint));
        }
        let value = self.value(&setting, policy, kind, as_str);
        self.add_line(&format!("{name}-report-only"), &value, kind);
    }

    /// Returns the policy with its endpoint, as an item or as a dictionary.
    ///
    /// A valid endpoint name needs no escapes, and is a token.
    /// <https://www.rfc-editor.org/rfc/rfc9651#section-4.1.3>
    fn value<P: Copy>(
        &mut self,
        setting: &str,
        policy: &WithReporting<P>,
        kind: HeaderKind,
        as_str: fn(P) -> &'static str,
    ) -> String {
        let token = as_str(policy.policy());
        let Some(endpoint) = policy.endpoint() else { return token.to_owned() };
        if !self.settings.reporting_endpoints.iter().any(|(name, _)| name == endpoint) {
            let setting = format!("{setting}.report_to");
            self.diagnostics.fault(Fault::new(setting, endpoint, FaultKind::UnknownEndpoint));
        }
        if kind == HeaderKind::IntegrityPolicy {
            format!("{token}, endpoints=({endpoint})")
        } else {
            format!("{token}; report-to=\"{endpoint}\"")
        }
    }

    /// Adds `Timing-Allow-Origin` if the value is fixed.
    ///
    /// Returns the origins if the value depends on the request origin.
    fn timing(&mut self) -> Option<OriginSet> {
        match self.settings.timing_allow_origin.as_ref()? {
            TimingAllowOrigin::Any => {
                self.add_line(TIMING, "*", HeaderKind::Timing);
                None
            }
            TimingAllowOrigin::RequestOrigin(list) => {
                let mut has_faults = false;
                let origins = list.to_set(self.lists, |index, text, fault| {
                    let setting = format!("{TIMING_SETTING}.matching[{index}]");
                    self.diagnostics.fault(Fault::from_member(setting, text, &fault));
                    has_faults = true;
                });
                // Faulty items are already reported, so an empty set adds no fault.
                if origins.has_file() {
                    let setting = format!("{TIMING_SETTING}.matching");
                    let kind = FaultKind::Origin(OriginErrorKind::FileScheme);
                    self.diagnostics.fault(Fault::new(setting, FILE_ORIGIN, kind));
                }
                Some(if has_faults { origins } else { self.check_not_empty(origins) })
            }
            TimingAllowOrigin::Listed(list) => {
                self.add_timing_list(list);
                None
            }
        }
    }

    fn check_not_empty(&mut self, origins: OriginSet) -> OriginSet {
        if origins.is_empty() {
            self.diagnostics.fault(Fault::new(TIMING_SETTING, "", FaultKind::NoOrigins));
        }
        origins
    }

    /// Adds `frame-ancestors`.
    fn frame_ancestors(&mut self) {
        let policy = match self.settings.frame_ancestors.as_ref() {
            None => return,
            Some(FrameAncestors::None) => frame_ancestors::NONE.to_owned(),
            Some(FrameAncestors::OwnAnd(origins)) => {
                frame_ancestors::policy(&self.listed(origins, FRAME_ANCESTORS))
            }
        };
        self.add_line(CONTENT_SECURITY_POLICY.as_str(), &policy, HeaderKind::FrameAncestors);
    }

    fn add_timing_list(&mut self, origins: &'a OriginList) {
        let texts = self.listed(origins, TIMING_LIST);
        if origins.is_empty() {
            self.diagnostics.fault(Fault::new(TIMING_SETTING, "", FaultKind::NoOrigins));
        }
        self.add_line(TIMING, &texts.join(", "), HeaderKind::Timing);
    }

    /// Returns the items of a list, and reports items that the header cannot contain.
    fn listed(&mut self, origins: &'a OriginList, header: ListedHeader) -> Vec<&'a str> {
        let ListedHeader { setting, can_contain, unsuitable, too_many } = header;
        let lists = self.lists;
        let mut texts = Vec::new();
        for (index, text) in origins.texts().iter().enumerate() {
            if texts.len() > LISTED_NAMES || self.diagnostics.is_full() {
                break;
            }
            let setting = || format!("{setting}[{index}]");
            match list_name(text).map(|name| lists.get(name)) {
                Some(None) => {
                    let fault = Fault::from_member(setting(), text, &MemberFault::UnknownList);
                    self.diagnostics.fault(fault);
                }
                Some(Some(list)) => {
                    for (text, parts) in list.patterns().take(LISTED_NAMES + 1) {
                        texts.push(text);
                        if !can_contain(&parts) {
                            self.diagnostics.fault(Fault::new(setting(), text, unsuitable));
                        }
                    }
                }
                None => {
                    texts.push(&**text);
                    match ParsedPattern::parse(text) {
                        Ok(parts) if can_contain(&parts) => {}
                        Ok(_) => self.diagnostics.fault(Fault::new(setting(), &**text, unsuitable)),
                        Err(error) => {
                            let fault = MemberFault::Origin(error);
                            self.diagnostics.fault(Fault::from_member(setting(), text, &fault));
                        }
                    }
                }
            }
        }
        // A set has no order, so sort its members.
        let mut members: Vec<_> = origins.set().patterns().collect();
        members.sort_unstable_by_key(|(text, _)| *text);
        let others = members.iter().filter(|(_, parts)| !can_contain(parts)).map(|(text, _)| *text);
        for text in others.chain(origins.set().regexes()) {
            self.diagnostics.fault(Fault::new(setting, text, unsuitable));
        }
        texts.extend(members.iter().map(|(text, _)| *text));
        if texts.len() > LISTED_NAMES {
            self.diagnostics.fault(Fault::new(setting, "", too_many));
        }
        texts
    }

    /// Returns the origins of `activate_storage_access`.
    fn storage_access(&mut self) -> Option<OriginSet> {
        let list = self.settings.activate_storage_access.as_ref()?;
        let mut has_faults = false;
        let origins = list.to_set(self.lists, |index, text, fault| {
            let setting = format!("{STORAGE_ACCESS_SETTING}[{index}]");
            self.diagnostics.fault(Fault::from_member(setting, text, &fault));
            has_faults = true;
        });
        if origins.is_empty() && !has_faults {
            self.diagnostics.fault(Fault::new(STORAGE_ACCESS_SETTING, "", FaultKind::NoOrigins));
        }
        if origins.has_file() {
            let kind = FaultKind::Origin(OriginErrorKind::FileScheme);
            self.diagnostics.fault(Fault::new(STORAGE_ACCESS_SETTING, FILE_ORIGIN, kind));
        }
        let expressions = origins.regexes().count();
        let patterns =
            origins.patterns_to_check(true).map(|(text, parts)| (text, parts.risks(&[])));
        let regexes = origins
            .regexes()
            .map(|text| (text, regex_risks(text, AllowedRisks::default(), expressions)));
        let mut risky: Vec<&str> = patterns
            .chain(regexes)
            .filter(|(_, risks)| risks.iter().any(OriginRisk::is_fault))
            .map(|(text, _)| text)
            .take(DIAGNOSTICS + 1)
            .collect();
        risky.sort_unstable();
        for text in risky {
            let kind = FaultKind::UntrustedStorageAccess;
            self.diagnostics.fault(Fault::new(STORAGE_ACCESS_SETTING, text, kind));
        }
        Some(origins)
    }
}

/// A header with a list of origins.
#[derive(Clone, Copy)]
struct ListedHeader {
    setting: &'static str,
    can_contain: fn(&ParsedPattern<'_>) -> bool,
    /// The fault of an item that the header cannot contain.
    unsuitable: FaultKind,
    too_many: FaultKind,
}

const TIMING_LIST: ListedHeader = ListedHeader {
    setting: TIMING_SETTING,
    can_contain: |pattern| pattern.identifies_page(),
    unsuitable: FaultKind::NotSingleOrigin,
    too_many: FaultKind::TooManyTimingOrigins,
};

const FRAME_ANCESTORS: ListedHeader = ListedHeader {
    setting: "frame_ancestors",
    can_contain: frame_ancestors::is_host_source,
    unsuitable: FaultKind::NotFrameAncestor,
    too_many: FaultKind::TooManyFrameAncestors,
};

const STORAGE_ACCESS_SETTING: &str = "activate_storage_access";

/// The setting and the header of a document policy.
#[derive(Clone, Copy)]
struct DocumentPolicy {
    setting: &'static str,
    name: &'static str,
    kind: HeaderKind,
}

const OPENER: DocumentPolicy = DocumentPolicy {
    setting: "opener_policy",
    name: "cross-origin-opener-policy",
    kind: HeaderKind::OpenerPolicy,
};

const EMBEDDER: DocumentPolicy = DocumentPolicy {
    setting: "embedder_policy",
    name: "cross-origin-embedder-policy",
    kind: HeaderKind::EmbedderPolicy,
};

const ISOLATION: DocumentPolicy = DocumentPolicy {
    setting: "document_isolation_policy",
    name: "document-isolation-policy",
    kind: HeaderKind::IsolationPolicy,
};

const INTEGRITY: DocumentPolicy = DocumentPolicy {
    setting: "integrity_policy",
    name: "integrity-policy",
    kind: HeaderKind::IntegrityPolicy,
};

const TIMING: &str = "timing-allow-origin";

const TIMING_SETTING: &str = "timing_allow_origin";

/// Returns the value of `Reporting-Endpoints`.
///
/// Valid names are keys, and valid addresses contain no quotation mark or backslash, so nothing needs
/// escapes. <https://www.rfc-editor.org/rfc/rfc9651#section-4.1.2>
fn endpoints_value(endpoints: &[(String, String)]) -> String {
    let members = endpoints.iter().map(|(name, url)| format!("{name}=\"{url}\""));
    members.collect::<Vec<_>>().join(", ")
}

fn check_endpoints(endpoints: &[(String, String)], diagnostics: &mut EmbeddingDiagnostics) {
    if endpoints.len() > LISTED_NAMES {
        let kind = FaultKind::TooManyEndpoints;
        diagnostics.fault(Fault::new("reporting_endpoints", "", kind));
    }
    for (index, (name, url)) in endpoints.iter().enumerate().take(LISTED_NAMES) {
        let setting = format!("reporting_endpoints[{index}]");
        if let Err(suggestion) = check_key(name) {
            let fault = Fault::new(&setting, &**name, FaultKind::MalformedEndpointName);
            diagnostics.fault(fault.with_suggestion(suggestion));
        }
        if endpoints.iter().take(index).any(|(earlier, _)| earlier == name) {
            diagnostics.fault(Fault::new(&setting, &**name, FaultKind::RepeatedEndpoint));
        }
        if let Err((kind, suggestion)) = check_address(url) {
            diagnostics.fault(Fault::new(&setting, &**url, kind).with_suggestion(suggestion));
        }
    }
}

/// Checks that the name is a key of a structured field.
///
/// Returns a suggestion for other names, if there is one.
/// <https://www.rfc-editor.org/rfc/rfc9651#section-3.1.2>
fn check_key(name: &str) -> Result<(), Option<String>> {
    if is_key(name) {
        return Ok(());
    }
    let lower = name.to_ascii_lowercase();
    Err(is_key(&lower).then_some(lower))
}

fn is_key(name: &str) -> bool {
    let has_valid_start =
        name.starts_with(|first: char| first.is_ascii_lowercase() || first == '*');
    let is_key_byte =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.*".contains(&byte);
    has_valid_start && name.bytes().all(is_key_byte)
}

/// Checks that browsers can send reports to this address.
///
/// An address is a path that begins with a slash, or an origin with an optional path. Returns a fault and a
/// suggestion for other addresses.
fn check_address(url: &str) -> Result<(), (FaultKind, Option<String>)> {
    let (origin, path) = split_origin(url);
    if !is_path(path) {
        return Err((FaultKind::MalformedEndpointPath, None));
    }
    if origin.is_empty() && path.starts_with('/') {
        return Ok(());
    }
    let error = match ParsedPattern::parse(origin) {
        Ok(parts) if !parts.identifies_page() => return Err((FaultKind::NotSingleOrigin, None)),
        Ok(_) if is_trustworthy(origin) => return Ok(()),
        Ok(_) => {
            let suggestion =
                origin.strip_prefix("http://").map(|rest| format!("https://{rest}{path}"));
            return Err((FaultKind::InsecureEndpoint, suggestion));
        }
        Err(error) => error,
    };
    let suggestion = error.suggestion().map(|origin| format!("{origin}{path}"));
    Err((FaultKind::EndpointOrigin(error.kind()), suggestion))
}

/// Splits an address after its origin.
///
/// The origin ends at the first slash, question mark or number sign after `://`. Browsers treat a backslash
/// as a slash.
fn split_origin(url: &str) -> (&str, &str) {
    if url.starts_with('/') {
        return ("", url);
    }
    let start = match url.find("://") {
        Some(at) => at + 3,
        None => 0,
    };
    let is_end = |char: char| matches!(char, '/' | '\\' | '?' | '#');
    let end =
        url.get(start..).and_then(|rest| rest.find(is_end)).map_or(url.len(), |at| start + at);
    url.split_at_checked(end).unwrap_or((url, ""))
}

/// Returns whether the text is a path; two slashes would begin another origin.
fn is_path(path: &str) -> bool {
    let is_url_byte = |byte: u8| byte.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&byte);
    !path.starts_with("//") && path.bytes().all(is_url_byte)
}

/// Returns whether browsers send reports to this origin.
///
/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
fn is_trustworthy(origin: &str) -> bool {
    Origin::parse(origin.as_bytes()).is_ok_and(|origin| match origin.scheme() {
        Some("https") => true,
        scheme => scheme == Some("http") && origin.is_loopback(),
    })
}

//! Compiles the methods and the header names of a rule.

use std::collections::HashSet;

use http::HeaderValue;

use crate::{
    cors::{
        client_presets::{Preset, contains},
        error::{CorsDiagnostics, Fault, FaultKind, Lint, LintKind},
        header_prefixes::{HeaderPrefixes, prefix_text},
        preflight::{AllowedHeaders, AllowedMethods, ListWithPrefixes},
        response::{ExposedHeaders, ExposedPrefixes},
        rule::{ANY, RuleSettings},
    },
    fetch::{
        is_cors_non_wildcard_request_header_name, is_cors_safelisted_method,
        is_cors_safelisted_response_header_name, is_forbidden_method,
        is_forbidden_request_header_name, is_forbidden_response_header_name, is_token,
        normalize_method,
    },
    limits::LISTED_NAMES,
    response::preshare,
};

/// The names that a rule allows, and the value of the header that lists them.
pub(super) struct AllowedNames<A> {
    pub(super) allowed: A,
    pub(super) value: Option<HeaderValue>,
}

/// Returns a rule's presets without duplicates.
pub(super) fn presets(
    settings: &RuleSettings,
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> Vec<&'static Preset> {
    let mut presets: Vec<&'static Preset> = Vec::new();
    let names = limited(&settings.presets, || format!("{path}.presets"), diagnostics);
    for (index, name) in names.iter().enumerate() {
        let setting = format!("{path}.presets[{index}]");
        match Preset::find(name) {
            None => {
                let fault = Fault::new(setting, &**name, FaultKind::UnknownPreset);
                diagnostics.fault(fault.with_suggestions(Preset::names_like(name)));
            }
            Some(preset) if presets.iter().any(|other| other.name == preset.name) => {
                diagnostics.lint(Lint::new(setting, &**name, LintKind::RepeatedPreset));
            }
            Some(preset) => presets.push(preset),
        }
    }
    presets
}

/// Compiles a rule's methods.
pub(super) fn allowed_methods(
    settings: &RuleSettings,
    presets: &[&'static Preset],
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> AllowedNames<AllowedMethods> {
    let any = settings.allow_methods.iter().any(|method| method == ANY);
    let mut distinct = DistinctNames::default();
    let methods = limited(&settings.allow_methods, || format!("{path}.allow_methods"), diagnostics);
    for (index, method) in methods.iter().enumerate() {
        let setting = format!("{path}.allow_methods[{index}]");
        if let Some((kind, suggestion)) = method_fault(method) {
            diagnostics.fault(Fault::new(setting, &**method, kind).with_suggestion(suggestion));
        } else if !distinct.add(method) {
            diagnostics.lint(Lint::new(setting, &**method, LintKind::RepeatedMethod));
        } else if let Some(kind) = method_lint(method, any) {
            let upper = Some(method.to_ascii_uppercase());
            let suggestion = upper.filter(|_| kind == LintKind::LowerCaseMethod);
            diagnostics.lint(Lint::new(setting, &**method, kind).with_suggestion(suggestion));
        } else if !any && presets.iter().any(|preset| preset.methods.contains(&&**method)) {
            diagnostics.lint(Lint::new(setting, &**method, LintKind::ContainedInPreset));
        }
    }
    for method in presets.iter().flat_map(|preset| preset.methods) {
        distinct.add(method);
    }
    match (any, settings.allow_credentials) {
        (true, false) => AllowedNames {
            allowed: AllowedMethods::Any,
            value: Some(HeaderValue::from_static(ANY)),
        },
        (true, true) => AllowedNames { allowed: AllowedMethods::AnyEchoed, value: None },
        (false, _) => {
            let methods = distinct.in_order.iter().filter_map(|method| method.parse().ok());
            AllowedNames {
                allowed: AllowedMethods::Listed(methods.collect()),
                value: distinct.joined(),
            }
        }
    }
}

/// Returns the names up to the limit, and reports a longer list.
fn limited<'a>(
    names: &'a [String],
    setting: impl FnOnce() -> String,
    diagnostics: &mut CorsDiagnostics,
) -> &'a [String] {
    if names.len() > LISTED_NAMES {
        diagnostics.fault(Fault::new(setting(), "", FaultKind::TooManyNames));
    }
    names.get(..LISTED_NAMES).unwrap_or(names)
}

fn method_fault(method: &str) -> Option<(FaultKind, Option<String>)> {
    let bytes = method.as_bytes();
    let normalized = String::from_utf8_lossy(normalize_method(bytes)).into_owned();
    match () {
        () if !is_token(bytes) => Some((FaultKind::MalformedMethod, None)),
        () if method != ANY && method.contains('*') => {
            Some((FaultKind::WildcardInMethod, method_like(method)))
        }
        () if is_forbidden_method(bytes) => Some((FaultKind::ForbiddenMethod, None)),
        () if normalized != method => Some((FaultKind::UnnormalizedMethod, Some(normalized))),
        () => None,
    }
}

/// Returns a method that a text such as `P*` was probably written for.
fn method_like(text: &str) -> Option<String> {
    let text = text.to_ascii_uppercase();
    let (start, end) = (text.split('*').next()?, text.rsplit('*').next()?);
    let is_match = |method: &&&str| method.starts_with(start) && method.ends_with(end);
    let found = COMMON_METHODS.iter().find(is_match).filter(|_| start != end);
    found.map(|method| (*method).to_owned())
}

/// The methods for suggestions, the most common first.
const COMMON_METHODS: [&str; 9] =
    ["PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND", "MKCOL", "MOVE", "COPY"];

fn method_lint(method: &str, any: bool) -> Option<LintKind> {
    match () {
        () if method == ANY => None,
        () if is_cors_safelisted_method(method.as_bytes()) => Some(LintKind::SafelistedMethod),
        () if any => Some(LintKind::RedundantNextToAny),
        () if method.bytes().any(|byte| byte.is_ascii_lowercase()) => {
            Some(LintKind::LowerCaseMethod)
        }
        () => None,
    }
}

/// Compiles a rule's request headers.
pub(super) fn allowed_headers(
    settings: &RuleSettings,
    presets: &[&'static Preset],
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> AllowedNames<AllowedHeaders> {
    let setting = format!("{path}.allow_headers");
    let presets = presets.iter().flat_map(|preset| preset.request_headers.iter().copied());
    let list = HeaderList {
        setting,
        texts: &settings.allow_headers,
        of_presets: presets.collect(),
        usage: HeaderUsage::Request,
    };
    let NamesAndPrefixes { names, prefixes } = list.read(diagnostics);
    let authorization = names.contains("authorization");
    match (names.contains(ANY), settings.allow_credentials) {
        (true, false) => {
            let value = if authorization { "*,authorization" } else { ANY };
            AllowedNames {
                allowed: AllowedHeaders::Any { authorization },
                value: Some(HeaderValue::from_static(value)),
            }
        }
        (true, true) => {
            AllowedNames { allowed: AllowedHeaders::AnyEchoed { authorization }, value: None }
        }
        (false, _) => {
            let value = names.joined();
            let sorted = names.sorted();
            let allowed = match HeaderPrefixes::new(prefixes) {
                None => AllowedHeaders::Listed(sorted),
                Some(prefixes) => {
                    let value = value.clone();
                    let list = ListWithPrefixes { names: sorted, prefixes, value };
                    AllowedHeaders::WithPrefixes(Box::new(list))
                }
            };
            AllowedNames { allowed, value }
        }
    }
}

/// Compiles a rule's exposed response headers.
pub(super) fn exposed_headers(
    settings: &RuleSettings,
    presets: &[&'static Preset],
    path: &str,
    diagnostics: &mut CorsDiagnostics,
) -> ExposedHeaders {
    let setting = format!("{path}.expose_headers");
    let usage = HeaderUsage::Response { credentials: settings.allow_credentials };
    let presets = presets.iter().flat_map(|preset| preset.exposed_headers.iter().copied());
    let of_presets = presets.collect();
    let list = HeaderList { setting, texts: &settings.expose_headers, of_presets, usage };
    let NamesAndPrefixes { names, prefixes } = list.read(diagnostics);
    if names.contains(ANY) {
        return ExposedHeaders::Listed(HeaderValue::from_static(ANY));
    }
    let value = names.joined();
    match HeaderPrefixes::new(prefixes) {
        None => value.map_or(ExposedHeaders::None, ExposedHeaders::Listed),
        Some(prefixes) => {
            let exposed = ExposedPrefixes { value, names: names.sorted(), prefixes };
            ExposedHeaders::WithPrefixes(Box::new(exposed))
        }
    }
}

struct HeaderList<'a> {
    setting: String,
    texts: &'a [String],
    /// The names and prefixes that the presets of the rule add.
    of_presets: Vec<&'static str>,
    usage: HeaderUsage,
}

/// The distinct entries of a list, in lower case.
#[derive(Default)]
struct NamesAndPrefixes {
    names: DistinctNames,
    /// The prefixes without `*`.
    prefixes: Vec<String>,
}

impl HeaderList<'_> {
    /// Returns the entries, and reports all faults and lints.
    fn read(&self, diagnostics: &mut CorsDiagnostics) -> NamesAndPrefixes {
        let texts = limited(self.texts, || self.setting.clone(), diagnostics);
        let any = texts.iter().any(|name| name == ANY);
        let prefixes = texts.iter().filter_map(|text| HeaderPrefixes::parse(text)).collect();
        let shortest = HeaderPrefixes::new(prefixes);
        let mut read = NamesAndPrefixes::default();
        for (index, text) in texts.iter().enumerate() {
            let setting = format!("{}[{index}]", self.setting);
            let entry = Entry::parse(text);
            if let Some((kind, suggestion)) = self.usage.fault(&entry) {
                diagnostics.fault(Fault::new(setting, &**text, kind).with_suggestion(suggestion));
                continue;
            }
            let is_new = match &entry {
                Entry::Name(name) => read.names.add(name),
                Entry::Prefix(prefix) => {
                    let is_new = !read.prefixes.contains(prefix);
                    read.prefixes.extend(is_new.then(|| prefix.clone()));
                    is_new
                }
            };
            let lint = match &entry {
                _ if !is_new => Some(LintKind::RepeatedHeader),
                Entry::Name(name) => {
                    self.usage.name_lint(name).or_else(|| redundant_next_to_any(name, any))
                }
                Entry::Prefix(_) if any => Some(LintKind::RedundantNextToAny),
                Entry::Prefix(prefix) => prefix_lint(prefix, shortest.as_ref()),
            };
            let is_in_preset = || !any && contains(&self.of_presets, text.as_bytes());
            let lint = lint.or_else(|| is_in_preset().then_some(LintKind::ContainedInPreset));
            if let Some(kind) = lint {
                diagnostics.lint(Lint::new(setting, &**text, kind));
            }
        }
        for text in &self.of_presets {
            match Entry::parse(text) {
                Entry::Name(name) => drop(read.names.add(&name)),
                Entry::Prefix(prefix) => read.prefixes.push(prefix),
            }
        }
        read
    }
}

/// An entry of a list of headers, in lower case.
enum Entry {
    Name(String),
    /// A prefix without `*`.
    Prefix(String),
}

impl Entry {
    fn parse(text: &str) -> Self {
        let prefix = HeaderPrefixes::parse(text).map(Self::Prefix);
        prefix.unwrap_or_else(|| Self::Name(text.to_ascii_lowercase()))
    }
}

/// The direction of the headers of a list.
#[derive(Clone, Copy)]
enum HeaderUsage {
    Request,
    Response { credentials: bool },
}

impl HeaderUsage {
    /// Returns the fault of an entry, and a suggestion.
    fn fault(self, entry: &Entry) -> Option<(FaultKind, Option<String>)> {
        let kind = match entry {
            Entry::Name(name) if !is_token(name.as_bytes()) => Some(FaultKind::MalformedHeaderName),
            Entry::Name(name) if name != ANY && name.contains('*') => {
                return Some((FaultKind::WildcardInHeaderName, self.entry_like(name)));
            }
            Entry::Name(name) => self.name_fault(name),
            Entry::Prefix(prefix) => self.prefix_fault(prefix),
        };
        kind.map(|kind| (kind, None))
    }

    fn name_fault(self, name: &str) -> Option<FaultKind> {
        match self {
            Self::Request => request_fault(name),
            Self::Response { credentials } => response_fault(name, credentials),
        }
    }

    /// Returns the fault of a prefix for which all names are faults.
    ///
    /// Prefixes of forbidden names, such as `sec-*`, are lints.
    fn prefix_fault(self, prefix: &str) -> Option<FaultKind> {
        match self {
            Self::Request => prefix
                .starts_with("access-control-")
                .then_some(FaultKind::ResponseHeaderAsRequestHeader),
            Self::Response { .. } => prefix
                .starts_with("access-control-request-")
                .then_some(FaultKind::RequestHeaderAsResponseHeader),
        }
    }

    fn name_lint(self, name: &str) -> Option<LintKind> {
        match self {
            Self::Request => request_lint(name),
            Self::Response { .. } => response_lint(name),
        }
    }

    /// Returns the entry that a text such as `auth*` or `x-amz*` was probably written for.
    fn entry_like(self, text: &str) -> Option<String> {
        let (start, _) = text.split_once('*')?;
        let is_authorization = matches!(self, Self::Request) && start.len() >= "auth".len();
        if is_authorization && "authorization".starts_with(start) {
            return Some("authorization".to_owned());
        }
        let prefix = prefix_text(&format!("{}-", start.trim_end_matches('-')));
        let entry = Entry::parse(&prefix);
        let is_valid = matches!(entry, Entry::Prefix(_)) && self.fault(&entry).is_none();
        is_valid.then_some(prefix)
    }
}

/// Returns the lint of a prefix. `shortest` has no prefix that begins with another one.
fn prefix_lint(prefix: &str, shortest: Option<&HeaderPrefixes>) -> Option<LintKind> {
    let is_redundant =
        || shortest.and_then(|all| all.find(prefix.as_bytes())).is_some_and(|one| one != prefix);
    match () {
        () if RESERVED_PREFIXES.iter().any(|reserved| prefix.starts_with(reserved)) => {
            Some(LintKind::ReservedHeaderPrefix)
        }
        () if prefix == "x-" => Some(LintKind::BroadHeaderPrefix),
        () if is_redundant() => Some(LintKind::RedundantHeaderPrefix),
        () => None,
    }
}

/// The prefixes of headers that browsers, proxies and CORS use.
const RESERVED_PREFIXES: [&str; 3] = ["sec-", "proxy-", "access-control-"];

fn request_fault(name: &str) -> Option<FaultKind> {
    if is_forbidden_request_header_name(name.as_bytes()) {
        Some(FaultKind::ForbiddenRequestHeader)
    } else if is_cors_response_header(name) {
        Some(FaultKind::ResponseHeaderAsRequestHeader)
    } else {
        None
    }
}

/// Returns the lint for a request header that is always allowed.
///
/// `content-type` and `range` have no lint, since pages often use values that need a preflight.
fn request_lint(name: &str) -> Option<LintKind> {
    matches!(name, "accept" | "accept-language" | "content-language")
        .then_some(LintKind::SafelistedRequestHeader)
}

fn response_fault(name: &str, credentials: bool) -> Option<FaultKind> {
    match () {
        () if name == ANY && credentials => Some(FaultKind::AnyResponseHeaderWithCredentials),
        () if is_forbidden_response_header_name(name.as_bytes()) => {
            Some(FaultKind::ForbiddenResponseHeader)
        }
        () if name == "origin" || name.starts_with("access-control-request-") => {
            Some(FaultKind::RequestHeaderAsResponseHeader)
        }
        () => None,
    }
}

fn response_lint(name: &str) -> Option<LintKind> {
    match () {
        () if is_cors_safelisted_response_header_name(name.as_bytes()) => {
            Some(LintKind::SafelistedResponseHeader)
        }
        () if is_preflight_response_header(name) => Some(LintKind::PreflightResponseHeader),
        () => None,
    }
}

/// Returns whether browsers read the header only in responses to preflights, which no page sees.
fn is_preflight_response_header(name: &str) -> bool {
    matches!(
        name,
        "access-control-allow-methods" | "access-control-allow-headers" | "access-control-max-age"
    )
}

/// Returns the lint for a name that `*` includes.
///
/// `*` includes neither itself nor `authorization`.
fn redundant_next_to_any(name: &str, any: bool) -> Option<LintKind> {
    let is_included = name != ANY && !is_cors_non_wildcard_request_header_name(name.as_bytes());
    (any && is_included).then_some(LintKind::RedundantNextToAny)
}

fn is_cors_response_header(name: &str) -> bool {
    name.starts_with("access-control-allow-")
        || matches!(name, "access-control-expose-headers" | "access-control-max-age")
}

/// The distinct members of a list, in their order.
#[derive(Default)]
struct DistinctNames {
    seen: HashSet<String>,
    in_order: Vec<String>,
}

impl DistinctNames {
    /// Adds a member, and returns whether it is new.
    fn add(&mut self, member: &str) -> bool {
        let is_new = self.seen.insert(member.to_owned());
        if is_new {
            self.in_order.push(member.to_owned());
        }
        is_new
    }

    fn contains(&self, member: &str) -> bool {
        self.seen.contains(member)
    }

    fn sorted(&self) -> Box<[Box<str>]> {
        let mut sorted: Vec<Box<str>> =
            self.in_order.iter().map(|name| name.as_str().into()).collect();
        sorted.sort_unstable();
        sorted.into()
    }

    /// Returns the members as a header value, or `None` for an empty list.
    fn joined(&self) -> Option<HeaderValue> {
        // All members are tokens; tokens that are joined by commas are a valid value.
        let joined = self.in_order.join(",");
        HeaderValue::from_str(&joined).ok().filter(|value| !value.is_empty()).map(preshare)
    }
}

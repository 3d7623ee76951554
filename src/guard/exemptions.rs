//! Requests that a check always allows: by path, by a function, or by a trusted origin.

use std::{fmt, sync::Arc};

use http::HeaderValue;

use super::error::{Fault, FaultKind};
#[cfg(feature = "cors")]
use crate::cors::{CorsPolicy, RequestRule};
use crate::{
    RequestHead,
    limits::{DIAGNOSTICS, PATHS},
    origin::{
        AllowedRisks, FILE_ORIGIN, IntoOrigins, Origin, OriginErrorKind, OriginRisk, OriginSet,
        Origins, ParsedPattern, regex_risks,
    },
    request::path::{PathErrorKind, PathSet, path_ambiguity},
};

/// Requests that a check allows by their path or by a function.
#[derive(Clone, Default)]
pub(super) struct Exemptions {
    paths: PathSet,
    path_count: usize,
    skipped: Vec<Arc<RequestPredicate>>,
    faults: Vec<Fault>,
}

type RequestPredicate = dyn Fn(&RequestHead<'_>) -> bool + Send + Sync;

impl Exemptions {
    /// Adds paths. The setting of a fault begins with the name in `check`.
    pub(super) fn add_paths<I>(&mut self, check: &str, paths: I)
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        for path in paths {
            let path = path.as_ref();
            let added = match self.path_count {
                // The first path above the limit is a fault, and further ones are not read.
                PATHS => Err(PathErrorKind::TooMany),
                count if count > PATHS => return,
                _ => self.paths.add(path),
            };
            if let Err(kind) = added {
                let setting = format!("{check}.exempt_paths[{}]", self.path_count);
                let fault = Fault::new(setting, path, FaultKind::Path(kind));
                self.faults.push(fault.with_suggestion(suggested_path(path)));
            }
            self.path_count += 1;
        }
    }

    /// Replaces the paths by paths without faults.
    #[cfg(feature = "cross-origin")]
    pub(super) fn set_paths(&mut self, paths: PathSet) {
        self.paths = paths;
    }

    pub(super) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    pub(super) fn skip_if<F>(&mut self, is_skipped: F)
    where
        F: Fn(&RequestHead<'_>) -> bool + Send + Sync + 'static,
    {
        self.skipped.push(Arc::new(is_skipped));
    }

    /// Returns whether the request is exempt.
    ///
    /// A path that a router may read as a different path never matches, since the exemption would then apply
    /// to that path (CVE-2025-47910).
    pub(super) fn matches(&self, head: &RequestHead<'_>) -> bool {
        self.paths.exempts(head) || (!self.skipped.is_empty() && self.skips(head))
    }

    fn skips(&self, head: &RequestHead<'_>) -> bool {
        path_ambiguity(head.uri().path()).is_none()
            && self.skipped.iter().any(|is_skipped| is_skipped(head))
    }
}

impl fmt::Debug for Exemptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exemptions")
            .field("paths", &self.paths)
            .field("skipped", &self.skipped.len())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// Returns the path that was probably meant.
pub(crate) fn suggested_path(path: &str) -> Option<String> {
    let path = path.split_once("://").map_or(path, |(_, rest)| {
        rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default()
    });
    let path = path.split(['?', '#']).next().filter(|path| !path.is_empty())?;
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    path_ambiguity(&path).is_none().then_some(path)
}

/// Origins whose pages have the same rights as the service's own pages.
#[derive(Clone, Debug, Default)]
pub(super) struct TrustedOrigins {
    origins: CheckedOrigins,
    /// The settings that contain risky origins, and these origins.
    risky: Vec<(String, RiskyOrigins)>,
    allowed: AllowedRisks,
    /// The origins contain `*`.
    has_any: bool,
    allows_null: bool,
    /// Public suffixes in addition to the list.
    suffixes: Arc<[String]>,
    #[cfg(feature = "cors")]
    policy: Option<CorsPolicy>,
}

#[derive(Clone, Debug)]
enum RiskyOrigins {
    Any,
    Pattern(String),
    Set(OriginSet),
}

impl TrustedOrigins {
    /// Adds origins. The setting of a fault begins with the name in `check`.
    pub(super) fn add(&mut self, check: &str, origins: impl IntoOrigins) {
        let setting = format!("{check}.trust_origins");
        match origins.into_origins() {
            Origins::Set(set) => {
                self.risky.push((setting.clone(), RiskyOrigins::Set(set.clone())));
                self.origins.add(&setting, set);
            }
            Origins::Texts(texts) => {
                for text in texts {
                    self.add_text(&setting, text);
                }
            }
        }
    }

    fn add_text(&mut self, setting: &str, text: String) {
        let setting_of_text = || format!("{setting}[{}]", self.origins.text_count);
        if text == ANY {
            self.risky.push((setting_of_text(), RiskyOrigins::Any));
            self.has_any = true;
            self.origins.text_count += 1;
            return;
        }
        self.origins.add_text(setting, &text);
        let parsed = ParsedPattern::parse(&text);
        if parsed
            .is_ok_and(|pattern| pattern.risks(&self.suffixes).iter().any(OriginRisk::is_fault))
        {
            let setting = format!("{setting}[{}]", self.origins.text_count - 1);
            self.risky.push((setting, RiskyOrigins::Pattern(text)));
        }
    }

    /// Returns the faults of the origins that the settings so far do not allow.
    pub(super) fn faults(&self) -> Vec<Fault> {
        // `file://` needs the setting for `null`.
        let mut faults = self.origins.faults(self.allows_null);
        for (setting, origins) in &self.risky {
            match origins {
                RiskyOrigins::Any if self.allowed.any_origin => {}
                RiskyOrigins::Any => {
                    faults.push(Fault::new(setting, ANY, FaultKind::AnyOriginTrusted));
                }
                RiskyOrigins::Pattern(text) => self.add_pattern_faults(setting, text, &mut faults),
                RiskyOrigins::Set(set) => {
                    for (text, _) in set.patterns_to_check(true) {
                        self.add_pattern_faults(setting, text, &mut faults);
                    }
                    let expressions = set.regexes().count();
                    for text in set.regexes() {
                        let risks = regex_risks(text, self.allowed, expressions);
                        self.add_faults(setting, text, risks, None, &mut faults);
                    }
                }
            }
        }
        faults
    }

    fn add_pattern_faults(&self, setting: &str, text: &str, faults: &mut Vec<Fault>) {
        if let Ok(pattern) = ParsedPattern::parse(text) {
            let with_https = pattern.with_https(text);
            self.add_faults(
                setting,
                text,
                pattern.risks(&self.suffixes),
                with_https.as_deref(),
                faults,
            );
        }
    }

    fn add_faults(
        &self,
        setting: &str,
        text: &str,
        risks: Vec<OriginRisk>,
        with_https: Option<&str>,
        faults: &mut Vec<Fault>,
    ) {
        for risk in risks.into_iter().filter(|risk| !self.allowed.allow(risk)) {
            let suggestion = with_https.filter(|_| risk == OriginRisk::Insecure);
            // One more than the limit is enough to detect that there are too many.
            let kind = FaultKind::from_risk(risk).filter(|_| faults.len() <= DIAGNOSTICS);
            if let Some(kind) = kind {
                faults.push(Fault::new(setting, text, kind).with_suggestion(suggestion));
            }
        }
    }

    pub(super) fn allow_insecure_origins(&mut self, allow: bool) {
        self.allowed.insecure_origins = allow;
    }

    pub(super) fn allow_public_suffixes(&mut self, allow: bool) {
        self.allowed.public_suffixes = allow;
    }

    pub(super) fn allow_any_origin(&mut self, allow: bool) {
        self.allowed.any_origin = allow;
    }

    pub(super) fn allow_null_origin(&mut self, allow: bool) {
        self.allows_null = allow;
    }

    pub(super) fn is_allowed_null(&self, origin: &HeaderValue) -> bool {
        self.allows_null && origin == "null"
    }

    #[cfg(feature = "cors")]
    pub(super) fn set_policy(&mut self, policy: CorsPolicy) {
        self.policy = Some(policy);
    }

    /// Returns the origins that are listed, here or in rules with credentials.
    #[cfg(all(feature = "cross-origin", feature = "difference"))]
    pub(super) fn listed(&self) -> OriginSet {
        match &self.policy {
            None => self.origins.set().clone(),
            Some(policy) => self.origins.set().union(&policy.origins_with_credentials()),
        }
    }

    /// Returns whether the origin is trusted.
    ///
    /// `file://` is the origin of every local file. A regular expression that matches it does not suffice.
    pub(super) fn contains(&self, head: &RequestHead<'_>, origin: &HeaderValue) -> bool {
        (self.origins.set().contains_serialized(origin.as_bytes())
            && (self.allows_null || origin != FILE_ORIGIN))
            || (self.has_any && self.is_allowed_as_any(origin))
            || self.is_allowed_by_policy(head, origin)
    }

    fn is_allowed_as_any(&self, origin: &HeaderValue) -> bool {
        let AllowedRisks { insecure_origins, any_origin, .. } = self.allowed;
        any_origin
            && Origin::try_from(origin)
                .is_ok_and(|origin| origin.may_have_credentials(!insecure_origins))
    }

    #[cfg(feature = "cors")]
    fn is_allowed_by_policy(&self, head: &RequestHead<'_>, origin: &HeaderValue) -> bool {
        let rule = self.policy.as_ref().and_then(|policy| policy.request_rule(head, origin));
        rule.is_some_and(RequestRule::has_credentials)
    }

    #[cfg(not(feature = "cors"))]
    #[expect(clippy::unused_self, reason = "the other half of the `cfg` reads the policy")]
    fn is_allowed_by_policy(&self, _: &RequestHead<'_>, _: &HeaderValue) -> bool {
        false
    }
}

/// Returns the faults of origins that a CORS rule lists and whose pages are trusted.
///
/// The rule was validated: it lists `file://` only with the setting for `null`. `suffixes` are the rule's public
/// suffixes in addition to the list.
#[cfg(all(feature = "cors", feature = "tower"))]
pub(super) fn trust_faults(
    setting: String,
    origins: OriginSet,
    allowed: AllowedRisks,
    suffixes: Arc<[String]>,
) -> Vec<Fault> {
    let risky = vec![(setting, RiskyOrigins::Set(origins))];
    TrustedOrigins { risky, allowed, suffixes, ..TrustedOrigins::default() }.faults()
}

impl FaultKind {
    /// Returns the fault of a trusted origin; `None` if the risk is not a fault.
    fn from_risk(risk: OriginRisk) -> Option<Self> {
        Some(match risk {
            OriginRisk::Insecure => Self::InsecureOriginTrusted,
            OriginRisk::InsecureRegex(matches) => Self::InsecureOriginRegexTrusted { matches },
            OriginRisk::PublicSuffix => Self::PublicSuffixTrusted,
            OriginRisk::UnknownSuffix => Self::UnknownSuffixTrusted,
            OriginRisk::ManyDomains(matches) => Self::ManyDomainsTrusted { matches },
            OriginRisk::TooComplex => Self::RegexTooComplexTrusted,
            OriginRisk::Loopback { .. }
            | OriginRisk::LocalNames
            | OriginRisk::OpenHost(_)
            | OriginRisk::Framework => return None,
        })
    }
}

/// The text that matches every origin.
pub(crate) const ANY: &str = "*";

/// The origins of a setting, and the faults of its strings.
#[derive(Clone, Debug, Default)]
pub(super) struct CheckedOrigins {
    set: OriginSet,
    text_count: usize,
    faults: Vec<Fault>,
    /// The setting that lists `file://`.
    file_setting: Option<String>,
}

impl CheckedOrigins {
    pub(super) fn add(&mut self, setting: &str, origins: impl IntoOrigins) {
        match origins.into_origins() {
            Origins::Set(set) => {
                if set.has_file() {
                    self.file_setting = Some(setting.to_owned());
                }
                self.set = self.set.union(&set);
            }
            Origins::Texts(texts) => {
                for text in texts {
                    self.add_text(setting, &text);
                }
            }
        }
    }

    pub(super) fn set(&self) -> &OriginSet {
        &self.set
    }

    /// Returns the faults. `file://` is one of them unless the check allows the origin `null`.
    pub(super) fn faults(&self, allows_null: bool) -> Vec<Fault> {
        let setting = self.file_setting.as_ref().filter(|_| !allows_null);
        let kind = FaultKind::Origin(OriginErrorKind::FileScheme);
        let file = setting.map(|setting| Fault::new(setting, FILE_ORIGIN, kind));
        self.faults.iter().cloned().chain(file).collect()
    }

    fn add_text(&mut self, setting: &str, text: &str) {
        match ParsedPattern::parse(text) {
            Ok(pattern) => {
                if pattern.is_file() {
                    self.file_setting = Some(format!("{setting}[{}]", self.text_count));
                }
                self.set.insert_parsed(&pattern, text);
            }
            // One more than the limit is enough to detect that there are too many.
            Err(_) if self.faults.len() > DIAGNOSTICS => {}
            Err(error) => {
                let setting = format!("{setting}[{}]", self.text_count);
                let fault = Fault::new(setting, text, FaultKind::Origin(error.kind()));
                self.faults.push(fault.with_suggestion(error.suggestion()));
            }
        }
        self.text_count += 1;
    }
}

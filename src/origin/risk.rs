//! Origins that are risky where a page gets the rights of the user: with credentials, or in a guard.

#[cfg(feature = "regex")]
use super::regex::RegexRisks;
use super::{
    Origin,
    pattern::{ParsedPattern, PortPattern},
    public_suffix::{LOCAL, is_public_suffix, public_suffix_below, special_use_domain},
};

/// The settings that allow risky origins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AllowedRisks {
    /// `dangerously_allow_insecure_origins`
    pub(crate) insecure_origins: bool,
    /// `dangerously_allow_public_suffixes`
    pub(crate) public_suffixes: bool,
    /// `dangerously_allow_credentials_for_any_origin`
    pub(crate) any_origin: bool,
}

/// A risk of an origin, a pattern or a regular expression.
///
/// An origin in a variant is one that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OriginRisk {
    /// A plain HTTP origin of another machine.
    Insecure,
    /// A regular expression that matches a plain HTTP origin of another machine.
    InsecureRegex(String),
    /// Subdomains of a public suffix.
    PublicSuffix,
    /// Subdomains of a domain, where public suffixes are unknown.
    UnknownSuffix,
    /// More registrable domains and addresses than [`REGEX_DOMAINS`](crate::limits::REGEX_DOMAINS).
    ManyDomains(String),
    /// A regular expression whose analysis exceeded its limits.
    TooComplex,
    /// An origin on the user's own machine.
    Loopback { has_port: bool },
    /// Subdomains of `.local`.
    LocalNames,
    /// Any host of a scheme without domains.
    OpenHost(String),
    /// The origin of every application of a framework, such as `tauri://localhost`.
    Framework,
}

impl OriginRisk {
    /// Returns whether the risk is a fault unless a setting allows it.
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(
            self,
            Self::Loopback { .. } | Self::LocalNames | Self::OpenHost(_) | Self::Framework
        )
    }
}

impl ParsedPattern<'_> {
    /// Returns the risks of the pattern. `suffixes` are public suffixes in addition to the list.
    pub(crate) fn risks(&self, suffixes: &[String]) -> Vec<OriginRisk> {
        let mut risks = Vec::new();
        let has_domains = has_domains(self.scheme);
        if self.is_loopback() {
            let has_port = self.port != PortPattern::Only(None);
            risks.push(if has_domains {
                OriginRisk::Loopback { has_port }
            } else {
                OriginRisk::Framework
            });
            return risks;
        }
        if self.is_insecure() {
            risks.push(OriginRisk::Insecure);
        }
        if self.subdomains {
            risks.extend(if has_domains { self.domain_risk(suffixes) } else { self.open_host() });
        }
        risks
    }

    /// Returns whether anyone can register a matching name; `None` if this is unknown.
    pub(crate) fn has_public_suffix(&self, suffixes: &[String]) -> Option<bool> {
        let host = self.host.strip_suffix('.').unwrap_or(self.host);
        if !self.subdomains || !has_domains(self.scheme) {
            return Some(false);
        }
        if suffixes.iter().any(|suffix| suffix == host) {
            return Some(true);
        }
        if special_use_domain(host).is_some() {
            return Some(false);
        }
        is_public_suffix(host)
    }

    /// Returns the text of the pattern with the scheme `https` instead of `http`.
    ///
    /// Returns `None` for an explicit port, since the port of the `https` server is unknown.
    pub(crate) fn with_https(&self, text: &str) -> Option<String> {
        let rest = text.strip_prefix("http")?;
        matches!(self.port, PortPattern::Any | PortPattern::Only(None))
            .then(|| format!("https{rest}"))
    }

    fn domain_risk(&self, suffixes: &[String]) -> Option<OriginRisk> {
        let host = self.host.strip_suffix('.').unwrap_or(self.host);
        let dot = if host.len() < self.host.len() { "." } else { "" };
        let is_below =
            |suffix: &&String| suffix.strip_suffix(host).is_some_and(|front| front.ends_with('.'));
        let has_public_suffix = self.has_public_suffix(suffixes);
        if let Some(suffix) =
            suffixes.iter().find(is_below).filter(|_| has_public_suffix == Some(false))
        {
            return self.with_host(&format!("a.{suffix}{dot}")).map(OriginRisk::ManyDomains);
        }
        match (has_public_suffix, special_use_domain(host)) {
            (Some(true), _) => Some(OriginRisk::PublicSuffix),
            (None, _) => Some(OriginRisk::UnknownSuffix),
            (Some(false), Some(LOCAL)) => Some(OriginRisk::LocalNames),
            (Some(false), Some(_)) => None,
            (Some(false), None) => {
                let suffix = public_suffix_below(host)?;
                self.with_host(&format!("a.{suffix}{dot}")).map(OriginRisk::ManyDomains)
            }
        }
    }

    fn open_host(&self) -> Option<OriginRisk> {
        self.with_host(&format!("a.{}", self.host)).map(OriginRisk::OpenHost)
    }

    /// Returns the origin with this host, unless it is too long.
    fn with_host(&self, host: &str) -> Option<String> {
        let port = match self.port {
            PortPattern::Only(Some(port)) => format!(":{port}"),
            PortPattern::Only(None) | PortPattern::Any => String::new(),
        };
        let text = format!("{}://{host}{port}", self.scheme);
        Origin::parse(text.as_bytes()).is_ok().then_some(text)
    }
}

/// Returns the risks of a valid regular expression.
///
/// `allowed` decides whether an incomplete analysis is a risk. `expressions` is the number of expressions of the
/// policy.
#[cfg(feature = "regex")]
pub(crate) fn regex_risks(
    text: &str,
    allowed: AllowedRisks,
    expressions: usize,
) -> Vec<OriginRisk> {
    let risks = RegexRisks::new(text, expressions);
    let is_too_complex = (risks.may_be_insecure && !allowed.insecure_origins)
        || (risks.may_have_many_domains && !allowed.any_origin);
    [
        risks.insecure.map(OriginRisk::InsecureRegex),
        risks.many_domains.map(OriginRisk::ManyDomains),
        risks.has_unknown_suffix.then_some(OriginRisk::UnknownSuffix),
        is_too_complex.then_some(OriginRisk::TooComplex),
        risks.has_local_names.then_some(OriginRisk::LocalNames),
        risks.open_host.map(OriginRisk::OpenHost),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Returns an empty list: without the feature `regex`, a set has no regular expressions.
#[cfg(not(feature = "regex"))]
pub(crate) fn regex_risks(
    _text: &str,
    _allowed: AllowedRisks,
    _expressions: usize,
) -> Vec<OriginRisk> {
    Vec::new()
}

impl AllowedRisks {
    /// Returns whether a setting allows the risk.
    pub(crate) fn allow(self, risk: &OriginRisk) -> bool {
        match risk {
            OriginRisk::Insecure | OriginRisk::InsecureRegex(_) => self.insecure_origins,
            OriginRisk::PublicSuffix | OriginRisk::UnknownSuffix => {
                self.public_suffixes || self.any_origin
            }
            OriginRisk::ManyDomains(_) => self.any_origin,
            OriginRisk::TooComplex => false,
            OriginRisk::Loopback { .. }
            | OriginRisk::LocalNames
            | OriginRisk::OpenHost(_)
            | OriginRisk::Framework => true,
        }
    }
}

/// Returns whether the hosts of a scheme are domains or addresses.
///
/// <https://url.spec.whatwg.org/#special-scheme>
fn has_domains(scheme: &str) -> bool {
    matches!(scheme, "https" | "http" | "wss" | "ws" | "ftp")
}

use std::fmt;

use crate::{
    cors::{origin_matcher::OriginMatcher, policy::CompiledRule},
    origin::{Host, Member, Origin, ParsedPattern, PortPattern},
};

/// An origin that a rule covers, and that is nearly the one that asks.
///
/// Found by looking a few variations up, so that it costs little beside a million origins; only another
/// port is looked for one by one, among the first [`SCANNED`].
pub(super) struct Suggestion<'a> {
    rule: &'a CompiledRule,
    /// As the rule covers it.
    covered: String,
    differs_in: Differs,
}

enum Differs {
    /// Insecure, so that beside credentials only patterns are asked.
    Insecure,
    Scheme,
    Port,
    Www,
    /// The origin is what a pattern stands for subdomains of.
    Apex,
    /// The origin is a subdomain of a covered one.
    Subdomain,
}

impl<'a> Suggestion<'a> {
    pub(super) fn find(rules: &'a [CompiledRule], origin: &Origin<'_>) -> Option<Self> {
        let at = Variations { rules, origin, scheme: origin.scheme()?, host: origin.host_text()? };
        at.other_scheme()
            .or_else(|| at.insecure())
            .or_else(|| at.default_port())
            .or_else(|| at.other_port())
            .or_else(|| at.apex())
            .or_else(|| at.www())
            .or_else(|| at.parent())
    }

    pub(super) fn advice(&self, origin: &Origin<'_>) -> Vec<String> {
        let Self { rule, covered, differs_in } = self;
        let path = &rule.path;
        let add = adding(rule, origin);
        match differs_in {
            Differs::Insecure => vec![
                "serve the page over https".to_owned(),
                format!(
                    "or, though whoever is on the way can write such a page, \
                     {path}.dangerously_allow_insecure_origins = true"
                ),
            ],
            Differs::Scheme if covered.starts_with("https:") => {
                vec![format!("open the page as {covered}"), format!("or {add}")]
            }
            Differs::Port if origin.is_loopback() => {
                let any = ParsedPattern { port: PortPattern::Any, ..parts(origin) };
                vec![format!("{add}, or \"{any}\" for every port")]
            }
            Differs::Subdomain => {
                let all = covered.replacen("://", "://*.", 1);
                vec![format!("if the page is yours, {add}, or \"{all}\" for all subdomains")]
            }
            Differs::Scheme | Differs::Port | Differs::Www | Differs::Apex => {
                vec![format!("if the page is yours, {add}")]
            }
        }
    }
}

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, covered, differs_in } = self;
        let path = &rule.path;
        match differs_in {
            Differs::Insecure => write!(
                f,
                "{path} has credentials, and so asks neither predicates nor regular expressions \
                 about {covered}, which is insecure"
            ),
            Differs::Apex => {
                write!(f, "{path} covers {covered}: its subdomains, and not the host itself")
            }
            Differs::Scheme => write!(f, "{path} covers {covered}: the scheme differs"),
            Differs::Port => write!(f, "{path} covers {covered}: the port differs"),
            Differs::Www => write!(f, "{path} covers {covered}: www. differs"),
            Differs::Subdomain => {
                write!(f, "{path} covers {covered}, and no subdomain of it")
            }
        }
    }
}

/// What to write so that the rule covers the origin.
pub(super) fn adding(rule: &CompiledRule, origin: &Origin<'_>) -> String {
    let path = &rule.path;
    let add = format!("{path}.origins: add \"{origin}\"");
    if rule.origins.has_credentials() && origin.is_insecure() {
        return format!(
            "{add}, and {path}.dangerously_allow_insecure_origins = true: whoever is on the way \
             can write such a page"
        );
    }
    add
}

struct Variations<'a, 'o> {
    rules: &'a [CompiledRule],
    origin: &'o Origin<'o>,
    scheme: &'o str,
    host: &'o str,
}

impl<'a> Variations<'a, '_> {
    fn insecure(&self) -> Option<Suggestion<'a>> {
        let is_kept_out = |rule: &CompiledRule| match &rule.origins {
            OriginMatcher::AnyOrigin => false,
            OriginMatcher::Listed { only_secure, .. } => *only_secure && self.origin.is_insecure(),
        };
        let rule = self.rules.iter().find(|rule| is_kept_out(rule))?;
        let covered = self.origin.to_string();
        Some(Suggestion { rule, covered, differs_in: Differs::Insecure })
    }

    fn other_scheme(&self) -> Option<Suggestion<'a>> {
        let scheme = match self.scheme {
            "http" => "https",
            "https" => "http",
            _ => return None,
        };
        self.look_up(scheme, self.host, self.origin.port(), Differs::Scheme)
    }

    fn default_port(&self) -> Option<Suggestion<'a>> {
        self.origin.port()?;
        self.look_up(self.scheme, self.host, None, Differs::Port)
    }

    fn other_port(&self) -> Option<Suggestion<'a>> {
        for rule in self.rules {
            let OriginMatcher::Listed { origins, .. } = &rule.origins else { continue };
            let covers = |parts: ParsedPattern<'_>| {
                ParsedPattern { port: PortPattern::Any, ..parts }.matches(self.origin)
            };
            let mut patterns = origins.patterns().take(SCANNED);
            if let Some((text, _)) = patterns.find(|(_, parts)| covers(*parts)) {
                return Some(Suggestion {
                    rule,
                    covered: text.to_owned(),
                    differs_in: Differs::Port,
                });
            }
        }
        None
    }

    fn www(&self) -> Option<Suggestion<'a>> {
        let host = match self.host.strip_prefix("www.") {
            Some(host) => host.to_owned(),
            None => format!("www.{}", self.host),
        };
        self.look_up(self.scheme, &host, self.origin.port(), Differs::Www)
    }

    fn apex(&self) -> Option<Suggestion<'a>> {
        // Any label makes a subdomain, which the pattern would cover.
        let below = written(self.scheme, &format!("x.{}", self.host), self.origin.port());
        let below = Origin::parse(below.as_bytes()).ok()?;
        for rule in self.rules {
            let OriginMatcher::Listed { origins, .. } = &rule.origins else { continue };
            if let Some(Member::Pattern(pattern)) = origins.find(&below) {
                let covered = pattern.to_owned();
                return Some(Suggestion { rule, covered, differs_in: Differs::Apex });
            }
        }
        None
    }

    fn parent(&self) -> Option<Suggestion<'a>> {
        if !matches!(self.origin.host(), Some(Host::Domain(_))) {
            return None;
        }
        let mut host = self.host;
        while let Some((_, parent)) = host.split_once('.') {
            let port = self.origin.port();
            if let Some(near) = self.look_up(self.scheme, parent, port, Differs::Subdomain) {
                return Some(near);
            }
            host = parent;
        }
        None
    }

    fn look_up(
        &self,
        scheme: &str,
        host: &str,
        port: Option<u16>,
        differs_in: Differs,
    ) -> Option<Suggestion<'a>> {
        let covered = written(scheme, host, port);
        let origin = Origin::parse(covered.as_bytes()).ok()?;
        let rule = self.rules.iter().find(|rule| rule.origins.names(&origin))?;
        Some(Suggestion { rule, covered, differs_in })
    }
}

fn parts<'a>(origin: &Origin<'a>) -> ParsedPattern<'a> {
    ParsedPattern {
        scheme: origin.scheme().unwrap_or_default(),
        subdomains: false,
        host: origin.host_text().unwrap_or_default(),
        port: PortPattern::Only(origin.port()),
    }
}

fn written(scheme: &str, host: &str, port: Option<u16>) -> String {
    ParsedPattern { scheme, subdomains: false, host, port: PortPattern::Only(port) }.to_string()
}

const SCANNED: usize = 1024;

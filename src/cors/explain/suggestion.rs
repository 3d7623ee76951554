use std::fmt;

use crate::{
    cors::{origin_matcher::OriginMatcher, policy::CompiledRule},
    origin::{Host, Member, Origin, ParsedPattern, PortPattern},
};

/// An allowed origin that is similar to the request origin.
///
/// The search looks up a few variations of the request origin, so it is cheap even with a million
/// origins. Only origins with another port are searched one by one, among the first
/// [`SCANNED_PATTERNS`].
pub(super) struct Suggestion<'a> {
    rule: &'a CompiledRule,
    /// The similar origin or pattern that the rule allows.
    allowed: String,
    difference: Difference,
}

enum Difference {
    /// The origin is insecure, and the rule allows credentials. Only patterns match such origins.
    Insecure,
    Scheme,
    Port,
    /// Both hosts are names of the user's own machine, such as `localhost` and `127.0.0.1`.
    Loopback,
    Www,
    /// The host of the origin, or of the allowed origin, ends with a dot.
    TrailingDot,
    /// The origin is the host of a pattern that only matches subdomains.
    Apex,
    /// The origin is a subdomain of an allowed origin.
    Subdomain,
}

impl<'a> Suggestion<'a> {
    pub(super) fn find(rules: &'a [CompiledRule], origin: &Origin<'_>) -> Option<Self> {
        let variations =
            Variations { rules, origin, scheme: origin.scheme()?, host: origin.host_text()? };
        variations
            .other_scheme()
            .or_else(|| variations.insecure())
            .or_else(|| variations.trailing_dot())
            .or_else(|| variations.default_port())
            .or_else(|| variations.other_port())
            .or_else(|| variations.loopback())
            .or_else(|| variations.apex())
            .or_else(|| variations.www())
            .or_else(|| variations.parent())
    }

    pub(super) fn help(&self, origin: &Origin<'_>) -> Vec<String> {
        let Self { rule, allowed, difference } = self;
        let path = &rule.path;
        let add = add_origin(rule, origin);
        match difference {
            Difference::Insecure => vec![
                "serve the page over https".to_owned(),
                format!(
                    "or {path}.dangerously_allow_insecure_origins = true; a network attacker can \
                     modify such pages"
                ),
            ],
            Difference::Scheme if allowed.starts_with("https:") => {
                vec![format!("open the page as {allowed}"), format!("or {add}")]
            }
            Difference::TrailingDot | Difference::Loopback => {
                vec![format!("open the page as {allowed}"), format!("or {add}")]
            }
            Difference::Port if origin.is_loopback() => {
                let any = ParsedPattern { port: PortPattern::Any, ..exact_pattern(origin) };
                vec![format!("{add}, or \"{any}\" for every port")]
            }
            Difference::Subdomain => {
                let all = allowed.replacen("://", "://*.", 1);
                vec![format!("if the page is yours: {add}, or \"{all}\" for all subdomains")]
            }
            Difference::Scheme | Difference::Port | Difference::Www | Difference::Apex => {
                vec![format!("if the page is yours: {add}")]
            }
        }
    }
}

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, allowed, difference } = self;
        let path = &rule.path;
        match difference {
            Difference::Insecure => write!(
                f,
                "{path} allows credentials, so its predicates and regular expressions do not match \
                 insecure origins such as {allowed}"
            ),
            Difference::Apex => {
                write!(f, "{path} allows {allowed}: only subdomains, not the host")
            }
            Difference::Scheme => write!(f, "{path} allows {allowed}: the scheme differs"),
            Difference::Port => write!(f, "{path} allows {allowed}: the port differs"),
            Difference::Loopback => write!(
                f,
                "{path} allows {allowed}: the same machine, but browsers compare the names"
            ),
            Difference::TrailingDot => {
                write!(f, "{path} allows {allowed}: the dot at the end of the host differs")
            }
            Difference::Www => write!(f, "{path} allows {allowed}: the www. prefix differs"),
            Difference::Subdomain => {
                write!(f, "{path} allows {allowed}, but not its subdomains")
            }
        }
    }
}

/// Returns the change of the rule that allows the origin.
pub(super) fn add_origin(rule: &CompiledRule, origin: &Origin<'_>) -> String {
    let path = &rule.path;
    if rule.origins.is_for_any_origin() {
        // `*` cannot be listed with other origins.
        return format!(
            "{path}.dangerously_allow_insecure_origins = true; a network attacker can modify such \
             pages"
        );
    }
    let add = format!("{path}.origins: add \"{origin}\"");
    if rule.origins.has_credentials() && origin.is_insecure() {
        return format!(
            "{add}, and {path}.dangerously_allow_insecure_origins = true; a network attacker can \
             modify such pages"
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
        let is_excluded = |rule: &CompiledRule| match &rule.origins {
            OriginMatcher::AnyOrigin => false,
            OriginMatcher::AnyOriginWithCredentials { only_secure }
            | OriginMatcher::Listed { only_secure, .. } => {
                *only_secure && self.origin.is_insecure()
            }
        };
        let rule = self.rules.iter().find(|rule| is_excluded(rule))?;
        let allowed = self.origin.to_string();
        Some(Suggestion { rule, allowed, difference: Difference::Insecure })
    }

    fn other_scheme(&self) -> Option<Suggestion<'a>> {
        let scheme = other_scheme(self.scheme)?;
        self.look_up(scheme, self.host, self.origin.port(), Difference::Scheme)
    }

    fn trailing_dot(&self) -> Option<Suggestion<'a>> {
        let Host::Domain(host) = self.origin.host()? else { return None };
        let other = host.strip_suffix('.').map_or_else(|| format!("{host}."), str::to_owned);
        self.look_up(self.scheme, &other, self.origin.port(), Difference::TrailingDot)
    }

    fn default_port(&self) -> Option<Suggestion<'a>> {
        self.origin.port()?;
        self.look_up(self.scheme, self.host, None, Difference::Port)
    }

    fn other_port(&self) -> Option<Suggestion<'a>> {
        for rule in self.rules {
            let OriginMatcher::Listed { origins, .. } = &rule.origins else { continue };
            let matches = |parts: ParsedPattern<'_>| {
                ParsedPattern { port: PortPattern::Any, ..parts }.matches(self.origin)
            };
            let mut patterns = origins.patterns().take(SCANNED_PATTERNS);
            if let Some((text, _)) = patterns.find(|(_, parts)| matches(*parts)) {
                return Some(Suggestion {
                    rule,
                    allowed: text.to_owned(),
                    difference: Difference::Port,
                });
            }
        }
        None
    }

    /// Looks up the other names of the user's own machine.
    fn loopback(&self) -> Option<Suggestion<'a>> {
        // `app.localhost` is probably another application than `localhost`.
        let is_address = !matches!(self.origin.host(), Some(Host::Domain(_)));
        if !self.origin.is_loopback() || !(is_address || self.host == "localhost") {
            return None;
        }
        let port = self.origin.port();
        let look_up = |scheme: &str, host: &str| {
            self.look_up(scheme, host, port, Difference::Loopback).filter(|_| host != self.host)
        };
        let same_scheme = LOOPBACK_HOSTS.iter().find_map(|host| look_up(self.scheme, host));
        same_scheme.or_else(|| {
            let scheme = other_scheme(self.scheme)?;
            LOOPBACK_HOSTS.iter().find_map(|host| look_up(scheme, host))
        })
    }

    fn www(&self) -> Option<Suggestion<'a>> {
        let host = match self.host.strip_prefix("www.") {
            Some(host) => host.to_owned(),
            None => format!("www.{}", self.host),
        };
        self.look_up(self.scheme, &host, self.origin.port(), Difference::Www)
    }

    fn apex(&self) -> Option<Suggestion<'a>> {
        // Patterns for subdomains match any label.
        let subdomain = origin_text(self.scheme, &format!("x.{}", self.host), self.origin.port());
        let subdomain = Origin::parse(subdomain.as_bytes()).ok()?;
        for rule in self.rules {
            let OriginMatcher::Listed { origins, .. } = &rule.origins else { continue };
            if let Some(Member::Pattern(pattern)) = origins.find(&subdomain) {
                let allowed = pattern.to_owned();
                return Some(Suggestion { rule, allowed, difference: Difference::Apex });
            }
        }
        None
    }

    fn parent(&self) -> Option<Suggestion<'a>> {
        if !matches!(self.origin.host(), Some(Host::Domain(_))) {
            return None;
        }
        let mut host = self.host;
        while let Some((_, parent)) = host.split_once('.').filter(|(_, parent)| !parent.is_empty())
        {
            let port = self.origin.port();
            let difference = Difference::Subdomain;
            if let Some(found) = self.look_up(self.scheme, parent, port, difference) {
                return Some(found);
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
        difference: Difference,
    ) -> Option<Suggestion<'a>> {
        let allowed = origin_text(scheme, host, port);
        let origin = Origin::parse(allowed.as_bytes()).ok()?;
        let rule = self.rules.iter().find(|rule| rule.origins.lists(&origin))?;
        Some(Suggestion { rule, allowed, difference })
    }
}

fn other_scheme(scheme: &str) -> Option<&'static str> {
    match scheme {
        "http" => Some("https"),
        "https" => Some("http"),
        _ => None,
    }
}

fn exact_pattern<'a>(origin: &Origin<'a>) -> ParsedPattern<'a> {
    ParsedPattern {
        scheme: origin.scheme().unwrap_or_default(),
        subdomains: false,
        host: origin.host_text().unwrap_or_default(),
        port: PortPattern::Only(origin.port()),
    }
}

fn origin_text(scheme: &str, host: &str, port: Option<u16>) -> String {
    ParsedPattern { scheme, subdomains: false, host, port: PortPattern::Only(port) }.to_string()
}

/// The names under which people open pages of their own machine.
const LOOPBACK_HOSTS: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

/// The most patterns per rule that are compared one by one.
const SCANNED_PATTERNS: usize = 1024;

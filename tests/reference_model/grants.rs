//! What a policy grants a page: from the text of its rules, from what script asks for, and from the
//! Fetch standard's words. Each call is looked at as a browser and a server would go through it.

pub(crate) mod memory;
pub(crate) mod page;

use std::collections::BTreeSet;

use memory::{Answer, Memory};
use page::{Call, Credentials, Mode, Sent, is_token};

use super::{origin::Reading, pattern::covers};

/// A rule as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuleText {
    pub(crate) origins: Vec<String>,
    pub(crate) null: bool,
    pub(crate) credentials: bool,
    pub(crate) methods: Vec<String>,
    pub(crate) request_headers: Vec<String>,
    pub(crate) expose_headers: Vec<String>,
    /// In seconds.
    pub(crate) max_age: Option<u64>,
}

/// A policy as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PolicyText<'a> {
    pub(crate) rules: &'a [RuleText],
    pub(crate) whole: &'a Whole,
}

/// What concerns the whole of a policy.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whole {
    /// Whether what no rule allows is refused. DESIGN 4
    pub(crate) enforces: bool,
    /// Whether a response stays as it is where the service shares it by itself. DESIGN 9
    pub(crate) keeps: bool,
    pub(crate) tells: Tells,
}

/// Who is told at which step a preflight fails. DESIGN 10
#[derive(Clone, Debug, Default)]
pub(crate) enum Tells {
    #[default]
    Nobody,
    All,
    Only(String),
}

/// The headers of the service's own response, their names in lower case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Own {
    pub(crate) lines: Vec<(String, String)>,
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    pub(crate) preflight: Option<Preflight>,
    /// Whether there would be one if nothing had been told before.
    pub(crate) is_remembered: bool,
    /// `None` where the service does not get the request itself.
    pub(crate) run: Option<Run>,
    pub(crate) end: End,
    /// The names of the headers that the page can read, in lower case.
    pub(crate) visible: BTreeSet<String>,
}

/// A request that the service gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// Whether it has no `Origin`.
    pub(crate) is_anonymous: bool,
    /// Whether the response to it has CORS headers of the policy's.
    pub(crate) is_shared: bool,
    /// Whether it has the service's own ones.
    pub(crate) is_kept: bool,
}

/// A preflight that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preflight {
    pub(crate) method: String,
    /// Joined; empty where the header is absent.
    pub(crate) names: String,
    /// By the server; the browser may refuse what it answers even so.
    pub(crate) is_granted: bool,
    /// Whether the answer lets the browser find the step that fails.
    pub(crate) is_told: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// Script is given an error before anything is sent.
    Throws,
    /// The mode forbids it.
    NotAllowed,
    /// There is a response of which the page can read nothing.
    Opaque,
    /// The address is of the page's own origin: always readable.
    Own,
    /// Another origin's, and readable.
    Granted,
    Refused(Step),
}

/// The first thing that the policy does not grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Origin,
    Credentials,
    Method,
    RequestHeader,
}

/// What is the browser's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Browser {
    /// The time, in seconds.
    pub(crate) now: u64,
    /// For how long it keeps an answer to a preflight at most, in seconds. F43
    pub(crate) longest: u64,
}

impl Granted {
    pub(crate) fn to(
        policy: PolicyText<'_>,
        call: &Call,
        own: &Own,
        memory: &mut Memory,
        browser: Browser,
    ) -> Self {
        let PolicyText { rules, whole } = policy;
        let mut granted = Self::ending(End::Throws);
        let Some(sent) = Sent::of(call) else { return granted };
        granted.end = match call.mode {
            _ if call.is_own => End::Own,
            Mode::SameOrigin => End::NotAllowed,
            Mode::NoCors => End::Opaque,
            Mode::Cors => End::Granted,
        };
        if granted.end == End::NotAllowed {
            return granted;
        }
        if granted.end == End::Granted && sent.is_to_be_asked_for() {
            granted.is_remembered = memory.has(call, &sent, browser);
            if !granted.is_remembered {
                let answer = answer(rules, call, &sent);
                let (method, names) = (sent.method.clone(), sent.unsafe_names.join(","));
                let (is_granted, is_told) = (answer.is_some(), whole.tells(rules, call, &sent));
                granted.preflight = Some(Preflight { method, names, is_granted, is_told });
                if let Err(step) = ask(rules, call, &sent) {
                    memory.forget(call);
                    granted.end = End::Refused(step);
                    return granted;
                }
                memory.keep(call, &answer.unwrap_or_default(), browser);
            }
        }
        let is_run = !policy.forbids(call, &sent);
        let is_kept = is_run && whole.keeps && own.joined(ALLOW_ORIGIN).is_some();
        let sharing = policy.sharing(sent.origin.as_deref()).filter(|_| is_run && !is_kept);
        granted.run = is_run.then_some(Run {
            is_anonymous: sent.origin.is_none(),
            is_shared: sharing.is_some(),
            is_kept,
        });
        if granted.end == End::Granted {
            let checked = if is_kept { own.cors_check(call) } else { cors_check(sharing, call) };
            if let Err(step) = checked {
                if sent.is_to_be_asked_for() {
                    memory.forget(call);
                }
                granted.end = End::Refused(step);
            }
        }
        let exposed = match sharing {
            Some(rule) => rule.expose_headers.clone(),
            None if is_kept => own.exposed(),
            None => Vec::new(),
        };
        let mut names = response(sharing, own, is_kept);
        if !policy.is_constant() {
            names.insert("vary".to_owned());
        }
        granted.visible = match granted.end {
            End::Own => names.into_iter().filter(|name| !is_of(NEVER_VISIBLE, name)).collect(),
            End::Granted => {
                names.into_iter().filter(|name| is_visible(name, &exposed, call)).collect()
            }
            _ => BTreeSet::new(),
        };
        granted
    }

    fn ending(end: End) -> Self {
        Self { preflight: None, is_remembered: false, run: None, end, visible: BTreeSet::new() }
    }
}

impl RuleText {
    pub(crate) fn is_for_any_origin(&self) -> bool {
        self.origins == ["*"]
    }

    fn covers(&self, origin: &str) -> bool {
        if self.is_for_any_origin() {
            return Reading::of(origin.as_bytes()).is_some();
        }
        self.origins.iter().any(|pattern| covers(pattern, origin.as_bytes()))
            || (self.null && origin == "null")
    }

    /// F19, F20, F37. No method of more than 64 bytes is any method.
    fn lets_use(&self, method: &str) -> bool {
        is_of(&["GET", "HEAD", "POST"], method)
            || self.methods.iter().any(|one| one == method)
            || (has_any(&self.methods) && method.len() <= 64)
    }

    /// F38, F40
    fn lets_set(&self, name: &str) -> bool {
        self.request_headers.iter().any(|one| one.to_lowercase() == name)
            || (has_any(&self.request_headers) && name != "authorization")
    }
}

fn has_any(list: &[String]) -> bool {
    list.iter().any(|one| one == "*")
}

impl PolicyText<'_> {
    /// Whether every page is given the same answer: the only rule is for any origin, and nothing is
    /// refused.
    pub(crate) fn is_constant(&self) -> bool {
        matches!(self.rules, [only] if only.is_for_any_origin()) && !self.whole.enforces
    }

    /// The rule that shares the response with whoever asks. One for any origin that is the only rule
    /// does so whoever asks, and whether a page asks or not: F59.
    fn sharing(&self, origin: Option<&str>) -> Option<&RuleText> {
        if self.is_constant() { self.rules.first() } else { rule_for(self.rules, origin?) }
    }

    /// Whether the service does not get the request itself. DESIGN 4
    fn forbids(&self, call: &Call, sent: &Sent) -> bool {
        let Some(origin) = &sent.origin else { return false };
        // F14: what a page embeds is no CORS request, though it may have an origin.
        let is_embedded = call.mode != Mode::Cors && is_of(&["GET", "HEAD"], &sent.method);
        let is_let = rule_for(self.rules, origin).is_some_and(|rule| rule.lets_use(&sent.method));
        let is_left_alone = is_let
            || (is_embedded && has_fetch_metadata(&call.address))
            || is_of_own_page(call, origin);
        self.whole.enforces && !is_left_alone
    }
}

/// Where the browser does not tell sites apart, the host and port do. F66
fn is_of_own_page(call: &Call, origin: &str) -> bool {
    if has_fetch_metadata(&call.address) {
        return call.is_own;
    }
    let default = match origin.split_once("://") {
        Some(("https", _)) => ":443",
        Some(("http", _)) => ":80",
        _ => return false,
    };
    let target = authority(&call.address).to_lowercase();
    let target = target.strip_suffix(default).unwrap_or(&target);
    origin.split_once("://").is_some_and(|(_, own)| own == target)
}

/// <https://w3c.github.io/webappsec-secure-contexts/#is-url-trustworthy>
fn has_fetch_metadata(address: &str) -> bool {
    let authority = authority(address);
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    address.starts_with("https:")
        || [authority, host].iter().any(|host| {
            *host == "localhost"
                || host.ends_with(".localhost")
                || host.starts_with("127.")
                || *host == "[::1]"
        })
}

fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

impl Whole {
    /// Whether the answer to a refused preflight is one that a browser finds the step in.
    fn tells(&self, rules: &[RuleText], call: &Call, sent: &Sent) -> bool {
        let is_told = match &self.tells {
            Tells::Nobody => false,
            Tells::All => true,
            Tells::Only(origin) => *origin == call.origin,
        };
        let without = Call { credentials: Credentials::Omit, ..call.clone() };
        let failed = ask(rules, &without, sent).err();
        is_told && matches!(failed, Some(Step::Method | Step::RequestHeader))
    }
}

impl Own {
    /// F45: a browser joins the lines of a header.
    fn joined(&self, name: &str) -> Option<String> {
        let is_of_name = |(one, _): &&(String, String)| one == name;
        let values: Vec<&str> = self
            .lines
            .iter()
            .filter(is_of_name)
            .map(|(_, value)| value.trim_matches([' ', '\t']))
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    fn cors_check(&self, call: &Call) -> Result<(), Step> {
        let includes = call.credentials == Credentials::Include;
        match self.joined(ALLOW_ORIGIN).as_deref() {
            Some("*") if !includes => Ok(()),
            Some(origin) if origin == call.origin => {
                let allowed = self.joined("access-control-allow-credentials");
                let is_shared = !includes || allowed.as_deref() == Some("true");
                if is_shared { Ok(()) } else { Err(Step::Credentials) }
            }
            _ => Err(Step::Origin),
        }
    }

    /// F53: one member that is no token exposes nothing.
    fn exposed(&self) -> Vec<String> {
        let names = self.joined("access-control-expose-headers").unwrap_or_default();
        let names = names.split(',').map(|name| name.trim_matches([' ', '\t']));
        let names: Vec<String> = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
        if names.iter().all(|name| is_token(name)) { names } else { Vec::new() }
    }
}

/// The first rule that covers an origin decides, alone.
pub(crate) fn rule_for<'a>(rules: &'a [RuleText], origin: &str) -> Option<&'a RuleText> {
    rules.iter().find(|rule| rule.covers(origin))
}

/// What server and browser together say to a preflight, in the order of F34 to F40.
fn ask(rules: &[RuleText], call: &Call, sent: &Sent) -> Result<(), Step> {
    let rule = rule_for(rules, &call.origin);
    cors_check(rule, call)?;
    let rule = rule.ok_or(Step::Origin)?;
    if !rule.lets_use(&sent.method) {
        return Err(Step::Method);
    }
    let is_within_bounds =
        sent.unsafe_names.join(",").len() <= 4096 && sent.unsafe_names.len() <= 256;
    if !is_within_bounds || !sent.unsafe_names.iter().all(|name| rule.lets_set(name)) {
        return Err(Step::RequestHeader);
    }
    Ok(())
}

/// What the server answers to a preflight, which knows nothing of credentials.
fn answer(rules: &[RuleText], call: &Call, sent: &Sent) -> Option<Answer> {
    let without = Call { credentials: Credentials::Omit, ..call.clone() };
    ask(rules, &without, sent).ok()?;
    let rule = rule_for(rules, &call.origin)?;
    // F39: with credentials `*` is a name, so that what is asked for is repeated.
    let said = |list: &[String], asked: &[String], by_name: &[&str]| match has_any(list) {
        true if rule.credentials => asked.to_vec(),
        true => {
            let is_left = |one: &&String| *one == "*" || is_of(by_name, &one.to_lowercase());
            list.iter().filter(is_left).cloned().collect()
        }
        false => list.to_vec(),
    };
    let method = std::slice::from_ref(&sent.method);
    let mut methods = said(&rule.methods, method, &[]);
    // F41
    if methods.is_empty() && sent.is_asked_for_anyway {
        methods = method.to_vec();
    }
    let names = said(&rule.request_headers, &sent.unsafe_names, &["authorization"]);
    let names = names.iter().map(|name| name.to_lowercase()).collect();
    Some(Answer { methods, names, max_age: rule.max_age.unwrap_or(5) })
}

/// F45, F46: `*` counts for nothing where credentials are included, and no rule for any origin has
/// them.
fn cors_check(rule: Option<&RuleText>, call: &Call) -> Result<(), Step> {
    let rule = rule.ok_or(Step::Origin)?;
    let is_shared = rule.credentials || call.credentials != Credentials::Include;
    if is_shared { Ok(()) } else { Err(Step::Credentials) }
}

/// The names of the headers of the service's response when the layer is done with it, but for `Vary`.
fn response(sharing: Option<&RuleText>, own: &Own, is_kept: bool) -> BTreeSet<String> {
    let own = own.lines.iter().map(|(name, _)| name);
    let mut names: BTreeSet<String> =
        own.filter(|name| is_kept || !is_of(CORS_HEADERS, name)).cloned().collect();
    if let Some(rule) = sharing {
        names.insert("access-control-allow-origin".to_owned());
        if rule.credentials {
            names.insert("access-control-allow-credentials".to_owned());
        }
        if !rule.expose_headers.is_empty() {
            names.insert("access-control-expose-headers".to_owned());
        }
    }
    names
}

/// F51, F52
fn is_visible(name: &str, exposed: &[String], call: &Call) -> bool {
    let is_any = call.credentials != Credentials::Include && has_any(exposed);
    let is_exposed = is_any || exposed.iter().any(|one| one.to_lowercase() == name);
    !is_of(NEVER_VISIBLE, name) && (is_of(ALWAYS_VISIBLE, name) || is_exposed)
}

fn is_of(list: &[&str], one: &str) -> bool {
    list.contains(&one)
}

const ALLOW_ORIGIN: &str = "access-control-allow-origin";
pub(crate) const CORS_HEADERS: &[&str] = &[
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "access-control-expose-headers",
];
const NEVER_VISIBLE: &[&str] = &["set-cookie", "set-cookie2"];
const ALWAYS_VISIBLE: &[&str] = &[
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "expires",
    "last-modified",
    "pragma",
];

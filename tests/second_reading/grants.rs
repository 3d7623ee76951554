//! What a policy grants a page: from the text of its rules, from what script asks for, and from the
//! Fetch standard's words. Each call is looked at as a browser and a server would go through it.

pub(crate) mod memory;
pub(crate) mod page;

use std::collections::BTreeSet;

use super::{origin::Reading, pattern::covers};
use memory::{Answer, Memory};
use page::{Call, Credentials, Mode, Sent};

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
    /// Whether the response to it has CORS headers.
    pub(crate) is_shared: bool,
}

/// A preflight that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preflight {
    pub(crate) method: String,
    /// Joined; empty where the header is absent.
    pub(crate) names: String,
    /// By the server; the browser may refuse what it answers even so.
    pub(crate) is_granted: bool,
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
    /// `own` are the names of the headers of the service's own response.
    pub(crate) fn to(
        rules: &[RuleText],
        call: &Call,
        own: &BTreeSet<String>,
        memory: &mut Memory,
        browser: Browser,
    ) -> Self {
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
                granted.preflight = Some(Preflight { method, names, is_granted: answer.is_some() });
                if let Err(step) = ask(rules, call, &sent) {
                    memory.forget(call);
                    granted.end = End::Refused(step);
                    return granted;
                }
                memory.keep(call, &answer.unwrap_or_default(), browser);
            }
        }
        let sharing = sharing(rules, sent.origin.as_deref());
        granted.run =
            Some(Run { is_anonymous: sent.origin.is_none(), is_shared: sharing.is_some() });
        if granted.end == End::Granted {
            if let Err(step) = cors_check(sharing, call) {
                if sent.is_to_be_asked_for() {
                    memory.forget(call);
                }
                granted.end = End::Refused(step);
            }
        }
        let response = response(rules, sharing, own);
        granted.visible = match granted.end {
            End::Own => response.into_iter().filter(|name| !is_of(NEVER_VISIBLE, name)).collect(),
            End::Granted => {
                response.into_iter().filter(|name| is_visible(name, sharing, call)).collect()
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

/// Whether every page is given the same answer: the only rule is for any origin.
pub(crate) fn is_constant(rules: &[RuleText]) -> bool {
    matches!(rules, [only] if only.is_for_any_origin())
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

/// The rule that shares the response with whoever asks. One for any origin that is the only rule does
/// so whoever asks, and whether a page asks or not: F59.
fn sharing<'a>(rules: &'a [RuleText], origin: Option<&str>) -> Option<&'a RuleText> {
    if is_constant(rules) { rules.first() } else { rule_for(rules, origin?) }
}

/// F45, F46: `*` counts for nothing where credentials are included, and no rule for any origin has
/// them.
fn cors_check(rule: Option<&RuleText>, call: &Call) -> Result<(), Step> {
    let rule = rule.ok_or(Step::Origin)?;
    let is_shared = rule.credentials || call.credentials != Credentials::Include;
    if is_shared { Ok(()) } else { Err(Step::Credentials) }
}

/// The names of the headers of the service's response when the layer is done with it.
fn response(
    rules: &[RuleText],
    sharing: Option<&RuleText>,
    own: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut names: BTreeSet<String> =
        own.iter().filter(|name| !is_of(CORS_HEADERS, name)).cloned().collect();
    if !is_constant(rules) {
        names.insert("vary".to_owned());
    }
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
fn is_visible(name: &str, rule: Option<&RuleText>, call: &Call) -> bool {
    let exposed = rule.map(|rule| &*rule.expose_headers).unwrap_or_default();
    let is_any = call.credentials != Credentials::Include && has_any(exposed);
    let is_exposed = is_any || exposed.iter().any(|one| one.to_lowercase() == name);
    !is_of(NEVER_VISIBLE, name) && (is_of(ALWAYS_VISIBLE, name) || is_exposed)
}

fn is_of(list: &[&str], one: &str) -> bool {
    list.contains(&one)
}

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

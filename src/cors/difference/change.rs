use std::{fmt, time::Duration};

/// One difference between two policies.
///
/// ```
/// use tower_cross_origin::cors::{CorsPolicy, Effect, Rule};
///
/// let old = CorsPolicy::new(Rule::for_origins(["https://a.example", "https://b.example"]))?;
/// let new = CorsPolicy::new(Rule::for_origins(["https://a.example"]))?;
/// let difference = old.difference(&new);
/// let change = &difference.changes()[0];
/// assert_eq!(change.effect(), Effect::Lost);
/// assert_eq!(change.example_origin(), Some("https://b.example"));
/// assert_eq!((change.old_rule(), change.new_rule()), (Some(0), None));
/// assert_eq!(change.to_string(), "origins lost: https://b.example (rules[0])");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub(super) kind: ChangeKind,
    pub(super) old_rule: Option<usize>,
    pub(super) new_rule: Option<usize>,
    pub(super) subject: Option<Subject>,
    pub(super) paths: Vec<String>,
}

impl Change {
    /// Returns the kind of the change.
    pub fn kind(&self) -> &ChangeKind {
        &self.kind
    }

    /// Returns the paths for which this changes, as rules list them, or `other paths`.
    ///
    /// Returns an empty list for a change at every path.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Returns whether the changes differ only in their paths.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let Self { kind, old_rule, new_rule, subject, paths: _ } = self;
        (kind, old_rule, new_rule, subject)
            == (&other.kind, &other.old_rule, &other.new_rule, &other.subject)
    }

    /// Returns whether the new policy allows pages more or less.
    pub fn effect(&self) -> Effect {
        self.kind.effect()
    }

    /// Returns the index of the old policy's rule for these origins, counted from 0.
    ///
    /// For an undecided change, this is the rule with the regular expression or the predicate. Returns `None`
    /// if the old policy has no such rule.
    pub fn old_rule(&self) -> Option<usize> {
        self.old_rule
    }

    /// Returns the index of the new policy's rule for these origins, counted from 0.
    ///
    /// For an undecided change, this is the rule with the regular expression or the predicate. Returns `None`
    /// if the new policy has no such rule.
    pub fn new_rule(&self) -> Option<usize> {
        self.new_rule
    }

    /// Returns an example of an origin for which this changes.
    ///
    /// Returns `None` for undecided changes and for changes of settings of the whole policy.
    pub fn example_origin(&self) -> Option<&str> {
        self.subject.as_ref().map(|subject| &*subject.example)
    }

    /// Returns the pattern, the regular expression or `*` that matches the
    /// [`example_origin`](Self::example_origin).
    ///
    /// Returns `None` for `null`, for an origin that only a predicate matches, and for a change
    /// without an example.
    pub fn pattern(&self) -> Option<&str> {
        self.subject.as_ref().and_then(|subject| subject.pattern.as_deref())
    }

    /// Returns the number of different patterns of the two policies for which this changes.
    ///
    /// An origin counts for the matching pattern with the longest host. The number can be too low in two
    /// cases. A regular expression counts only if a sampled origin of it shows the change. Similar patterns
    /// for any port are sampled at the ports of parent domains only once.
    pub fn patterns(&self) -> usize {
        self.subject.as_ref().map_or(0, |subject| subject.patterns)
    }

    fn rules(&self) -> String {
        match (self.old_rule, self.new_rule) {
            (Some(old), Some(new)) if old != new => format!("rules[{old}] -> rules[{new}]"),
            (_, Some(rule)) | (Some(rule), None) => format!("rules[{rule}]"),
            (None, None) => String::new(),
        }
    }

    /// Returns the policy of the rule, if only one policy has the undecided matcher.
    fn owner(&self) -> &'static str {
        match (self.old_rule, self.new_rule) {
            (Some(_), None) => " of the old policy",
            (None, Some(_)) => " of the new policy",
            _ => "",
        }
    }
}

/// Writes one line.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_without_paths(f)?;
        match &*self.paths {
            [] => Ok(()),
            paths => write!(f, " at {}", paths.join(", ")),
        }
    }
}

impl Change {
    fn fmt_without_paths(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.rules();
        match &self.kind {
            ChangeKind::Setting { setting, old, new } => {
                return write!(f, "{setting} changed: {old} -> {new}");
            }
            ChangeKind::UndecidedRegex { regex } => {
                let owner = self.owner();
                return write!(
                    f,
                    "undecided: matches of the regular expression {regex:?} ({rules}{owner})"
                );
            }
            ChangeKind::UndecidedPredicate => {
                return write!(f, "undecided: matches of a predicate ({rules}{})", self.owner());
            }
            ChangeKind::OriginsGainedWithCredentials => {
                f.write_str("origins gained, with credentials: ")?;
            }
            ChangeKind::CredentialsGained => f.write_str("credentials gained: ")?,
            ChangeKind::OriginsGained => f.write_str("origins gained: ")?,
            ChangeKind::MethodsGained(names) => write!(f, "methods gained: {names} for ")?,
            ChangeKind::RequestHeadersGained(names) => {
                write!(f, "request headers gained: {names} for ")?;
            }
            ChangeKind::ExposedHeadersGained(names) => {
                write!(f, "exposed headers gained: {names} for ")?;
            }
            ChangeKind::MaxAge { old, new } => {
                write!(f, "max_age changed: {} -> {} for ", seconds(*old), seconds(*new))?;
            }
            ChangeKind::OriginsLost => f.write_str("origins lost: ")?,
            ChangeKind::CredentialsLost => f.write_str("credentials lost: ")?,
            ChangeKind::MethodsLost(names) => write!(f, "methods lost: {names} for ")?,
            ChangeKind::RequestHeadersLost(names) => {
                write!(f, "request headers lost: {names} for ")?;
            }
            ChangeKind::ExposedHeadersLost(names) => {
                write!(f, "exposed headers lost: {names} for ")?;
            }
        }
        if let Some(subject) = &self.subject {
            write!(f, "{subject} ")?;
        }
        write!(f, "({rules})")
    }
}

fn seconds(age: Option<Duration>) -> String {
    age.map_or_else(|| "unset".to_owned(), |age| format!("{} s", age.as_secs()))
}

/// The origins that a change affects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) example: String,
    pub(super) pattern: Option<String>,
    pub(super) patterns: usize,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { example, pattern, patterns } = self;
        let shown = pattern.as_ref().unwrap_or(example);
        f.write_str(shown)?;
        match patterns.saturating_sub(1) {
            0 => {}
            1 => f.write_str(" and 1 more pattern")?,
            more => write!(f, " and {more} more patterns")?,
        }
        if shown == example { Ok(()) } else { write!(f, ", such as {example}") }
    }
}

/// The kind of a [`Change`].
///
/// Kinds are ordered for reviews: gains of pages, undecided changes, changed settings, losses of pages.
///
/// ```
/// use tower_cross_origin::cors::{ChangeKind, Effect};
///
/// assert_eq!(ChangeKind::CredentialsGained.effect(), Effect::Gained);
/// assert!(ChangeKind::CredentialsGained < ChangeKind::OriginsLost);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ChangeKind {
    /// More origins are allowed, with credentials.
    OriginsGainedWithCredentials,
    /// Allowed origins may now use credentials.
    CredentialsGained,
    /// More origins are allowed, without credentials.
    OriginsGained,
    /// Pages may use these methods. `GET`, `HEAD` and `POST` are always allowed and never listed.
    MethodsGained(Names),
    /// Pages may set these request headers.
    RequestHeadersGained(Names),
    /// Pages may read these response headers. Safelisted response headers are never listed.
    ExposedHeadersGained(Names),
    /// The effect depends on the origins that this regular expression matches.
    UndecidedRegex {
        /// The source text of the expression.
        regex: String,
    },
    /// The effect depends on the origins that a predicate matches.
    UndecidedPredicate,
    /// A setting of the whole policy.
    Setting {
        /// The name of the setting, such as `enforce`.
        setting: &'static str,
        /// The old value, in the syntax of a file. The order of list members is ignored.
        old: String,
        /// The new value, in the syntax of a file.
        new: String,
    },
    /// The time for which browsers cache preflight responses. Unset equals 5 seconds.
    MaxAge {
        /// The old value.
        old: Option<Duration>,
        /// The new value.
        new: Option<Duration>,
    },
    /// Fewer origins are allowed.
    OriginsLost,
    /// Allowed origins may no longer use credentials.
    CredentialsLost,
    /// Pages may no longer use these methods.
    MethodsLost(Names),
    /// Pages may no longer set these request headers.
    RequestHeadersLost(Names),
    /// Pages may no longer read these response headers.
    ExposedHeadersLost(Names),
}

impl ChangeKind {
    /// Returns whether the new policy allows pages more or less.
    pub fn effect(&self) -> Effect {
        match self {
            Self::OriginsGainedWithCredentials
            | Self::CredentialsGained
            | Self::OriginsGained
            | Self::MethodsGained(_)
            | Self::RequestHeadersGained(_)
            | Self::ExposedHeadersGained(_) => Effect::Gained,
            Self::UndecidedRegex { .. } | Self::UndecidedPredicate => Effect::Undecided,
            Self::Setting { .. } | Self::MaxAge { .. } => Effect::Changed,
            Self::OriginsLost
            | Self::CredentialsLost
            | Self::MethodsLost(_)
            | Self::RequestHeadersLost(_)
            | Self::ExposedHeadersLost(_) => Effect::Lost,
        }
    }
}

/// The direction of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// The new policy allows pages more.
    Gained,
    /// The new policy may allow pages more, less, or the same.
    Undecided,
    /// The new policy changes responses, but allows pages neither more nor less.
    Changed,
    /// The new policy allows pages less.
    Lost,
}

/// The methods or headers of a change. A prefix such as `x-amz-*` represents all header names that match.
///
/// ```
/// use tower_cross_origin::cors::{ChangeKind, CorsPolicy, Rule};
///
/// let old = CorsPolicy::new(Rule::for_any_origin().allow_methods(["PUT"]))?;
/// let new = CorsPolicy::new(Rule::for_any_origin().allow_any_method())?;
/// let difference = old.difference(&new);
/// let ChangeKind::MethodsGained(names) = difference.changes()[0].kind() else { panic!() };
/// assert_eq!(names.all_except(), Some(&["PUT".to_owned()][..]));
/// assert_eq!(names.to_string(), "any except PUT");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names {
    pub(super) listed: Vec<String>,
    pub(super) all_except: Option<Vec<String>>,
}

impl Names {
    /// Returns the names and prefixes that are listed individually.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }

    /// Returns the exceptions if the change is about all names that `*` matches.
    ///
    /// `*` never matches the request header `authorization`, which is one of the [listed](Self::listed) names.
    pub fn all_except(&self) -> Option<&[String]> {
        self.all_except.as_deref()
    }
}

/// Writes the names, such as `etag, x-a`, `any` or `any except x-a`.
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.listed.join(", "))?;
        let Some(exceptions) = &self.all_except else { return Ok(()) };
        f.write_str(if self.listed.is_empty() { "any" } else { ", any" })?;
        if exceptions.is_empty() { Ok(()) } else { write!(f, " except {}", exceptions.join(", ")) }
    }
}

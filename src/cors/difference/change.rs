use std::{fmt, time::Duration};

/// One thing that pages may do by one of two policies, and not by the other.
///
/// ```
/// use tower_cross_origin::cors::{CorsPolicy, Effect, Rule};
///
/// let old = CorsPolicy::new(Rule::for_origins(["https://a.example", "https://b.example"]))?;
/// let new = CorsPolicy::new(Rule::for_origins(["https://a.example"]))?;
/// let difference = old.difference(&new);
/// let change = &difference.changes()[0];
/// assert_eq!(change.effect(), Effect::Lost);
/// assert_eq!(change.witness(), Some("https://b.example"));
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
}

impl Change {
    /// What changes.
    pub fn kind(&self) -> &ChangeKind {
        &self.kind
    }

    /// Whether pages gain by it or lose.
    pub fn effect(&self) -> Effect {
        self.kind.effect()
    }

    /// The place, counted from 0, of the old policy's rule that decides, or has what is undecided; `None`
    /// where none does.
    pub fn old_rule(&self) -> Option<usize> {
        self.old_rule
    }

    /// The place, counted from 0, of the new policy's rule that decides, or has what is undecided; `None`
    /// where none does.
    pub fn new_rule(&self) -> Option<usize> {
        self.new_rule
    }

    /// An origin for which this changes; `None` for a change that is not of origins, and for one that is
    /// undecided.
    pub fn witness(&self) -> Option<&str> {
        self.subject.as_ref().map(|subject| &*subject.witness)
    }

    /// What covers the witness, as it is written: a pattern, a regular expression, or `*`; `None` for
    /// `null`, for what a predicate covers, and where there is no witness.
    pub fn pattern(&self) -> Option<&str> {
        self.subject.as_ref().and_then(|subject| subject.pattern.as_deref())
    }

    /// For how many different patterns of the two policies this was found to change; an origin counts for
    /// the one with the longest host of those that cover it.
    ///
    /// All are found, but for two cases. A regular expression counts if such an origin of it was tried.
    /// Of patterns for any port that are alike, one is asked about at the ports that patterns for
    /// subdomains above it name, and stands for the others.
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

    /// Whose rule it is, where only one policy has what is undecided.
    fn owner(&self) -> &'static str {
        match (self.old_rule, self.new_rule) {
            (Some(_), None) => " of the old policy",
            (None, Some(_)) => " of the new policy",
            _ => "",
        }
    }
}

/// One line.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rules = self.rules();
        match &self.kind {
            ChangeKind::Setting { setting, old, new } => {
                return write!(f, "{setting} changed: {old} -> {new}");
            }
            ChangeKind::UndecidedRegex { regex } => {
                let owner = self.owner();
                return write!(
                    f,
                    "undecided: what the regular expression {regex:?} covers ({rules}{owner})"
                );
            }
            ChangeKind::UndecidedPredicate => {
                return write!(f, "undecided: what a predicate covers ({rules}{})", self.owner());
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

/// Whom a change is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) witness: String,
    pub(super) pattern: Option<String>,
    pub(super) patterns: usize,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { witness, pattern, patterns } = self;
        let shown = pattern.as_ref().unwrap_or(witness);
        f.write_str(shown)?;
        match patterns.saturating_sub(1) {
            0 => {}
            1 => f.write_str(" and 1 more pattern")?,
            more => write!(f, " and {more} more patterns")?,
        }
        if shown == witness { Ok(()) } else { write!(f, ", such as {witness}") }
    }
}

/// What changes. The order is that of a review: what pages gain, what is not known, how the service
/// answers, what pages lose.
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
    /// Pages that could not read may, with credentials.
    OriginsGainedWithCredentials,
    /// Pages that could read may do so with credentials.
    CredentialsGained,
    /// Pages that could not read may, without credentials.
    OriginsGained,
    /// Pages may use these methods. `GET`, `HEAD` and `POST`, which all may use, are left out.
    MethodsGained(Names),
    /// Pages may set these request headers.
    RequestHeadersGained(Names),
    /// Pages may read these response headers. Those that all may read are left out.
    ExposedHeadersGained(Names),
    /// On what this regular expression covers it depends whether pages gain or lose.
    UndecidedRegex {
        /// The expression as it is written.
        regex: String,
    },
    /// On what a predicate covers it depends whether pages gain or lose.
    UndecidedPredicate,
    /// A setting of the whole policy.
    Setting {
        /// Its name, such as `enforce`.
        setting: &'static str,
        /// Its value before, as a file has it; the order of a list's members counts for nothing.
        old: String,
        /// Its value after.
        new: String,
    },
    /// For how long a browser may keep a preflight's answer. Unset is the same as 5 seconds.
    MaxAge {
        /// Before.
        old: Option<Duration>,
        /// After.
        new: Option<Duration>,
    },
    /// Pages that could read no longer may.
    OriginsLost,
    /// Pages may read without credentials alone.
    CredentialsLost,
    /// Pages may no longer use these methods.
    MethodsLost(Names),
    /// Pages may no longer set these request headers.
    RequestHeadersLost(Names),
    /// Pages may no longer read these response headers.
    ExposedHeadersLost(Names),
}

impl ChangeKind {
    /// Whether pages gain by it or lose.
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

/// Whether pages may do more or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// More.
    Gained,
    /// More or less, or the same: that was not told.
    Undecided,
    /// Neither: the service answers in another way.
    Changed,
    /// Less.
    Lost,
}

/// Methods or headers that a change is about.
///
/// ```
/// use tower_cross_origin::cors::{ChangeKind, CorsPolicy, Rule};
///
/// let old = CorsPolicy::new(Rule::for_any_origin().allow_methods(["PUT"]))?;
/// let new = CorsPolicy::new(Rule::for_any_origin().allow_any_method())?;
/// let difference = old.difference(&new);
/// let ChangeKind::MethodsGained(names) = difference.changes()[0].kind() else { panic!() };
/// assert_eq!(names.any_but(), Some(&["PUT".to_owned()][..]));
/// assert_eq!(names.to_string(), "any but PUT");
/// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Names {
    pub(super) listed: Vec<String>,
    pub(super) any_but: Option<Vec<String>>,
}

impl Names {
    /// Those that are named one by one.
    pub fn listed(&self) -> &[String] {
        &self.listed
    }

    /// Where all that `*` covers are meant, those that are not among them. `*` never covers the request
    /// header `authorization`, which stands among the [listed](Self::listed) ones.
    pub fn any_but(&self) -> Option<&[String]> {
        self.any_but.as_deref()
    }
}

/// `etag, x-a`, `any`, `any but x-a`.
impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.listed.join(", "))?;
        let Some(but) = &self.any_but else { return Ok(()) };
        f.write_str(if self.listed.is_empty() { "any" } else { ", any" })?;
        if but.is_empty() { Ok(()) } else { write!(f, " but {}", but.join(", ")) }
    }
}

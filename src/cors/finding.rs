use std::{fmt, time::Duration};

/// Something about one setting of a configuration: a [`Fault`](super::Fault) or a
/// [`Lint`](super::Lint).
///
/// ```
/// use tower_cross_origin::cors::{CorsPolicy, FaultKind, Rule};
///
/// let error = CorsPolicy::new(Rule::for_any_origin().allow_methods(["put"])).unwrap_err();
/// let fault = &error.faults()[0];
/// assert_eq!(fault.setting(), "rules[0].methods[0]");
/// assert_eq!(fault.value(), "put");
/// assert_eq!(fault.kind(), &FaultKind::UnnormalizedMethod);
/// assert_eq!(fault.instead(), Some("PUT"));
/// assert_eq!(fault.help(), "browsers send this method in upper case, and compare it with case");
/// assert_eq!(
///     fault.to_string(),
///     r#"rules[0].methods[0] = "put": browsers send this method in upper case, and compare it with case; write "PUT""#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<K> {
    pub(super) setting: String,
    pub(super) value: Written,
    pub(super) kind: K,
    pub(super) instead: Option<String>,
}

impl<K> Finding<K> {
    /// The setting's place in the configuration, such as `rules[1].origins[0]`.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// What the setting says; empty for a list that lacks something.
    pub fn value(&self) -> &str {
        match &self.value {
            Written::Text(value) | Written::Plain(value) => value,
        }
    }

    /// What was found.
    pub fn kind(&self) -> &K {
        &self.kind
    }

    /// What to write instead, where that can be told.
    pub fn instead(&self) -> Option<&str> {
        self.instead.as_deref()
    }

    pub(crate) fn new(setting: impl Into<String>, value: impl Into<Written>, kind: K) -> Self {
        Self { setting: setting.into(), value: value.into(), kind, instead: None }
    }

    pub(crate) fn or_write(self, instead: Option<impl Into<String>>) -> Self {
        Self { instead: instead.map(Into::into), ..self }
    }
}

impl<K: fmt::Display> Finding<K> {
    /// Why that matters, and what to do about it.
    pub fn help(&self) -> String {
        self.kind.to_string()
    }
}

impl<K: fmt::Display> fmt::Display for Finding<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        match &self.value {
            Written::Text(value) if value.is_empty() => {}
            Written::Text(value) => match value.char_indices().nth(SHOWN) {
                Some((end, _)) => write!(f, " = {:?}...", value.get(..end).unwrap_or_default())?,
                None => write!(f, " = {value:?}")?,
            },
            Written::Plain(value) => write!(f, " = {value}")?,
        }
        write!(f, ": {}", self.kind)?;
        match (&self.instead, &self.value) {
            (Some(instead), Written::Text(_)) => write!(f, "; write {instead:?}"),
            (Some(instead), Written::Plain(_)) => write!(f, "; write {instead}"),
            (None, _) => Ok(()),
        }
    }
}

/// A setting's value, as it stands in a configuration: with quotation marks or without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Text(String),
    Plain(String),
}

impl From<&str> for Written {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for Written {
    fn from(flag: bool) -> Self {
        Self::Plain(flag.to_string())
    }
}

impl From<u16> for Written {
    fn from(number: u16) -> Self {
        Self::Plain(number.to_string())
    }
}

/// Seconds, which a file counts. Only code can say a part of one.
impl From<Duration> for Written {
    fn from(duration: Duration) -> Self {
        Self::Plain(match duration.subsec_nanos() {
            0 => duration.as_secs().to_string(),
            _ => format!("{duration:?}"),
        })
    }
}

/// At most so many characters of a text are shown. What is wrong with a longer one is mostly its length.
const SHOWN: usize = 120;

//! Diagnostics, errors and files of the crate's configurations.

#[cfg(feature = "serde")]
pub(crate) mod file;
mod message;
#[cfg(feature = "embedding")]
mod origin_list;
#[cfg(test)]
mod tests;
mod unknown_key;
#[cfg(feature = "serde")]
mod unknown_keys;

use std::{error::Error, fmt, time::Duration};

use crate::limits::DIAGNOSTICS;

pub(crate) use self::message::{Message, display_message};
#[cfg(feature = "embedding")]
pub(crate) use self::origin_list::OriginList;
pub use self::unknown_key::UnknownKey;
#[cfg(feature = "serde")]
pub(crate) use self::unknown_keys::{OtherSection, UnknownKeys, nearest_word};

/// A fault or a lint of one setting of a configuration.
///
/// Examples are [`cors::Fault`](crate::cors::Fault) and [`cors::Lint`](crate::cors::Lint).
///
/// ```
/// use tower_cross_origin::cors::{CorsPolicy, FaultKind, Rule};
///
/// let error = CorsPolicy::new(Rule::for_any_origin().allow_methods(["put"])).unwrap_err();
/// let fault = &error.faults()[0];
/// assert_eq!(fault.setting(), "rules[0].allow_methods[0]");
/// assert_eq!(fault.value(), "put");
/// assert_eq!(fault.kind(), &FaultKind::UnnormalizedMethod);
/// assert_eq!(fault.suggestion(), Some("PUT"));
/// assert_eq!(
///     fault.help(),
///     "the method is not in upper case; methods are case-sensitive, and browsers send upper case; use upper case",
/// );
/// assert_eq!(
///     fault.to_string(),
///     format!("rules[0].allow_methods[0] = \"put\": {}; write \"PUT\"", fault.help()),
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic<K> {
    setting: String,
    value: DisplayedValue,
    kind: K,
    suggestions: Box<[String]>,
    /// The key of the setting to which the suggestions belong, if it is another one.
    suggested_setting: Option<&'static str>,
}

impl<K> Diagnostic<K> {
    /// Returns the setting's place in the configuration, such as `rules[1].origins[0]`.
    pub fn setting(&self) -> &str {
        &self.setting
    }

    /// Returns the value of the setting; empty for an empty list.
    pub fn value(&self) -> &str {
        match &self.value {
            DisplayedValue::Text(value) | DisplayedValue::Plain(value) => value,
        }
    }

    /// Returns the kind of fault or lint.
    pub fn kind(&self) -> &K {
        &self.kind
    }

    /// Returns the likely correct value, or `None`.
    ///
    /// If the value means several values, this is the first one. If
    /// [`suggested_setting`](Self::suggested_setting) names another setting, the value belongs there.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestions().next()
    }

    /// Returns the likely correct values, which are all necessary to replace the value.
    ///
    /// ```
    /// use tower_cross_origin::guard::{Check, HostCheck};
    ///
    /// let check = HostCheck::new([".example.com"]);
    /// let faults = check.faults();
    /// assert!(faults[0].suggestions().eq(["example.com", "*.example.com"]));
    /// ```
    pub fn suggestions(&self) -> impl Iterator<Item = &str> {
        self.suggestions.iter().map(String::as_str)
    }

    /// Returns the key of another setting to which the suggestion belongs.
    ///
    /// The key is a neighbor of the setting: for an item of `rules[0].origins`, the key `origin_regexes` is the
    /// setting `rules[0].origin_regexes`.
    pub fn suggested_setting(&self) -> Option<&'static str> {
        self.suggested_setting
    }

    pub(crate) fn new(
        setting: impl Into<String>,
        value: impl Into<DisplayedValue>,
        kind: K,
    ) -> Self {
        Self {
            setting: setting.into(),
            value: value.into(),
            kind,
            suggestions: Box::default(),
            suggested_setting: None,
        }
    }

    /// Sets the likely correct value.
    pub(crate) fn with_suggestion(self, suggestion: Option<impl Into<String>>) -> Self {
        Self { suggestions: suggestion.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the likely correct values.
    #[cfg(any(feature = "cors", feature = "guard"))]
    pub(crate) fn with_suggestions(self, suggestions: Vec<String>) -> Self {
        Self { suggestions: suggestions.into(), ..self }
    }

    /// Sets the likely correct value of another setting.
    #[cfg(feature = "cors")]
    pub(crate) fn with_suggestion_for(self, setting: &'static str, value: String) -> Self {
        Self { suggestions: Box::new([value]), suggested_setting: Some(setting), ..self }
    }
}

#[cfg(feature = "cross-origin")]
impl<K: Clone> Diagnostic<K> {
    /// Returns the diagnostic for a larger configuration that contains this configuration as a section.
    fn in_section<T>(&self, section: &str, kind: impl FnOnce(K) -> T) -> Diagnostic<T> {
        Diagnostic {
            setting: format!("{section}.{}", self.setting),
            value: self.value.clone(),
            kind: kind(self.kind.clone()),
            suggestions: self.suggestions.clone(),
            suggested_setting: self.suggested_setting,
        }
    }
}

impl<K: fmt::Display> Diagnostic<K> {
    /// Returns the problem, the reason and the fix in words.
    pub fn help(&self) -> String {
        self.kind.to_string()
    }
}

impl<K: fmt::Display> fmt::Display for Diagnostic<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        match &self.value {
            DisplayedValue::Text(value) if value.is_empty() => {}
            DisplayedValue::Text(value) => write!(f, " = {}", Quoted(value))?,
            DisplayedValue::Plain(value) => write!(f, " = {value}")?,
        }
        write!(f, ": {}", self.kind)?;
        for (index, suggestion) in self.suggestions.iter().enumerate() {
            f.write_str(if index == 0 { "; write " } else { ", " })?;
            match (&self.value, self.suggested_setting) {
                // A literal string, in which backslashes need no escape.
                (DisplayedValue::Text(_), Some(setting)) if !suggestion.contains('\'') => {
                    write!(f, "{setting} = ['{suggestion}']")?;
                }
                (DisplayedValue::Text(_), Some(setting)) => {
                    write!(f, "{setting} = [{suggestion:?}]")?;
                }
                (DisplayedValue::Text(_), None) => write!(f, "{suggestion:?}")?,
                (DisplayedValue::Plain(_), _) => f.write_str(suggestion)?,
            }
        }
        Ok(())
    }
}

/// All faults of a configuration.
///
/// ```
/// use std::time::Duration;
/// use tower_cross_origin::cors::{CorsPolicy, Rule};
///
/// let error = CorsPolicy::new(
///     Rule::for_origins(["https://example.com/", "http://intranet.example"])
///         .allow_credentials(true)
///         .max_age(Duration::from_millis(1500)),
/// )
/// .unwrap_err();
/// assert_eq!(error.faults().len(), 3);
/// println!("{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError<K> {
    /// The configuration's name in messages, such as `CORS`.
    subject: &'static str,
    faults: Vec<Diagnostic<K>>,
    has_more_faults: bool,
}

impl<K> ConfigError<K> {
    /// Returns every fault, in the order of the settings; at least one.
    ///
    /// At most [`DIAGNOSTICS`] faults are returned.
    pub fn faults(&self) -> &[Diagnostic<K>] {
        &self.faults
    }

    /// Returns `true` if the configuration has more than [`DIAGNOSTICS`] faults.
    pub fn has_more_faults(&self) -> bool {
        self.has_more_faults
    }

    pub(crate) fn from_fault(subject: &'static str, fault: Diagnostic<K>) -> Self {
        Self { subject, faults: vec![fault], has_more_faults: false }
    }
}

/// Writes the number of faults, then each fault on its own line.
impl<K: fmt::Display> fmt::Display for ConfigError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, faults, has_more_faults } = self;
        match &**faults {
            [fault] => write!(f, "a fault in the {subject} configuration: {fault}"),
            faults => {
                let more = if *has_more_faults { "more than " } else { "" };
                write!(f, "{more}{} faults in the {subject} configuration", faults.len())?;
                faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
            }
        }
    }
}

impl<K: fmt::Debug + fmt::Display> Error for ConfigError<K> {}

/// The collected faults and lints of a configuration, which are reported together.
#[derive(Debug)]
pub(crate) struct Diagnostics<F, L> {
    faults: Vec<Diagnostic<F>>,
    lints: Vec<Diagnostic<L>>,
    has_more_faults: bool,
    has_more_lints: bool,
}

impl<F, L> Default for Diagnostics<F, L> {
    fn default() -> Self {
        let (faults, lints) = (Vec::new(), Vec::new());
        Self { faults, lints, has_more_faults: false, has_more_lints: false }
    }
}

impl<F, L> Diagnostics<F, L> {
    /// Adds a fault, unless there are [`DIAGNOSTICS`] already.
    pub(crate) fn fault(&mut self, fault: Diagnostic<F>) {
        if self.faults.len() < DIAGNOSTICS {
            self.faults.push(fault);
        } else {
            self.has_more_faults = true;
        }
    }

    /// Adds a lint, unless there are [`DIAGNOSTICS`] already.
    pub(crate) fn lint(&mut self, lint: Diagnostic<L>) {
        if self.lints.len() < DIAGNOSTICS {
            self.lints.push(lint);
        } else {
            self.has_more_lints = true;
        }
    }

    /// Adds a lint, without a limit.
    #[cfg(feature = "cors")]
    pub(crate) fn last_lint(&mut self, lint: Diagnostic<L>) {
        self.lints.push(lint);
    }

    /// Returns `true` if the configuration has a fault, so that its lints are not reported.
    #[cfg(feature = "regex")]
    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// Returns `true` if no further fault would be reported. The rest of a list is then not read.
    pub(crate) fn is_full(&self) -> bool {
        self.has_more_faults
    }

    /// Returns `true` if lints are missing.
    #[cfg(feature = "cors")]
    pub(crate) fn has_more_lints(&self) -> bool {
        self.has_more_lints
    }

    /// Adds a fault for each unknown key of a section in a file.
    #[cfg(feature = "serde")]
    pub(crate) fn unknown_keys(
        &mut self,
        section: &str,
        keys: &UnknownKeys,
        others: &[OtherSection],
        kind: fn(UnknownKey) -> F,
    ) {
        for fault in keys.faults(section, others, kind) {
            if self.is_full() {
                break;
            }
            self.fault(fault);
        }
    }

    /// Adds the faults of a section to the faults of the whole configuration.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn section_faults<K: Clone>(
        &mut self,
        section: &str,
        error: &ConfigError<K>,
        kind: fn(K) -> F,
    ) {
        for fault in &error.faults {
            self.fault(fault.in_section(section, kind));
        }
        self.has_more_faults |= error.has_more_faults;
    }

    /// Adds the lints of a section to the lints of the whole configuration.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn section_lints<K: Clone>(
        &mut self,
        section: &str,
        lints: &[Diagnostic<K>],
        kind: fn(K) -> L,
    ) {
        // The section has a limit, and its last lint can be the one about the limit.
        self.lints.extend(lints.iter().map(|lint| lint.in_section(section, kind)));
    }

    /// Returns the error if there is a fault.
    ///
    /// Called before lints that need a configuration without faults.
    pub(crate) fn check(&mut self, subject: &'static str) -> Result<(), ConfigError<F>> {
        match std::mem::take(&mut self.faults) {
            faults if faults.is_empty() => Ok(()),
            faults => {
                let has_more_faults = self.has_more_faults;
                Err(ConfigError { subject, faults, has_more_faults })
            }
        }
    }

    /// Returns the lints, or the error if there is a fault.
    ///
    /// `subject` is the configuration's name in messages, such as `CORS`.
    pub(crate) fn finish(
        mut self,
        subject: &'static str,
    ) -> Result<Vec<Diagnostic<L>>, ConfigError<F>> {
        self.check(subject).map(|()| self.lints)
    }
}

/// The value of a setting as written in a configuration, with or without quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DisplayedValue {
    Text(String),
    Plain(String),
}

impl From<&str> for DisplayedValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<bool> for DisplayedValue {
    fn from(flag: bool) -> Self {
        Self::Plain(flag.to_string())
    }
}

impl From<u16> for DisplayedValue {
    fn from(number: u16) -> Self {
        Self::Plain(number.to_string())
    }
}

/// Converts to seconds, as in a file. Only code can set a fraction of a second.
impl From<Duration> for DisplayedValue {
    fn from(duration: Duration) -> Self {
        Self::Plain(match duration.subsec_nanos() {
            0 => duration.as_secs().to_string(),
            _ => format!("{duration:?}"),
        })
    }
}

/// Adds texts to a list of settings.
pub(crate) fn add_texts<I>(list: &mut Vec<String>, texts: I)
where
    I: IntoIterator<Item: AsRef<str>>,
{
    // A loop instead of `extend`: the code is compiled for each type of texts.
    for text in texts {
        list.push(text.as_ref().to_owned());
    }
}

/// Returns whether the text can name a rule or a list of origins.
///
/// Such a name has only letters, digits, `-` and `_`.
pub(crate) fn is_name(text: &str) -> bool {
    let is_name_byte = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    !text.is_empty() && text.bytes().all(is_name_byte)
}

/// Displays a text between quotation marks, shortened and followed by three dots if too long.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = self.0.char_indices().nth(DISPLAYED_CHARS).map(|(end, _)| end);
        match end.and_then(|end| self.0.get(..end)) {
            Some(beginning) => write!(f, "{beginning:?}..."),
            None => write!(f, "{:?}", self.0),
        }
    }
}

/// The most characters of a text to display. The fault of a longer text is usually its length.
const DISPLAYED_CHARS: usize = 120;

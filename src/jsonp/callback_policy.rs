use std::{fmt, sync::Arc};

use super::{
    callback::Callback,
    error::{CallbackError, Fault, FaultKind, JsonpDiagnostics},
    grammar,
};

/// Which callbacks a service takes. All of them are [`Callback`]s, whatever is chosen here.
///
/// The fewer, the better: a name that is fixed can be kept by caches, where one that each page makes up
/// for each request makes every response another one.
///
/// ```
/// use tower_cross_origin::jsonp::CallbackPolicy;
///
/// CallbackPolicy::Path;                               // "show", "app.show", "app.pending[12]"
/// CallbackPolicy::Identifier;                         // "show"
/// CallbackPolicy::Prefix("jQuery".into());            // "jQuery17208_1422301960073"
/// CallbackPolicy::OneOf(vec!["app.show".into()]);     // "app.show"
/// CallbackPolicy::Indexed("___cb".into());            // "12" calls `___cb[12]`
/// ```
///
/// But for `Custom`, none of them takes a callback that is [dangerous](Callback::danger).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackPolicy {
    /// Every callback.
    #[default]
    Path,
    /// One identifier, without dots and indexes.
    Identifier,
    /// This prefix, and after it nothing but ASCII letters, digits, `_` and `$`.
    ///
    /// ```
    /// # use tower_cross_origin::jsonp::CallbackPolicy;
    /// CallbackPolicy::Prefix("jQuery".into());          // permitted
    /// CallbackPolicy::Prefix("angular.callbacks._".into()); // permitted
    /// CallbackPolicy::Prefix("window.cb_".into());      // prohibited: dangerous; write "cb_"
    /// CallbackPolicy::Prefix(String::new());            // prohibited: write `CallbackPolicy::Identifier`
    /// ```
    Prefix(String),
    /// These, and no others.
    OneOf(Vec<String>),
    /// An index into this list: the page sends digits alone, and chooses nothing else.
    Indexed(String),
    /// Those for which a function says so, dangerous ones too.
    Custom(CallbackPredicate),
}

impl CallbackPolicy {
    /// The callbacks for which `predicate` is true. It replaces the list of what is
    /// [dangerous](Callback::danger), and not the grammar.
    ///
    /// ```
    /// use tower_cross_origin::jsonp::{Callback, CallbackPolicy};
    ///
    /// let own = |callback: &Callback| {
    ///     callback.danger().is_none() && callback.as_str().starts_with("app.")
    /// };
    /// let policy = CallbackPolicy::custom(own);
    /// ```
    pub fn custom<F>(predicate: F) -> Self
    where
        F: Fn(&Callback) -> bool + Send + Sync + 'static,
    {
        Self::Custom(CallbackPredicate(Arc::new(predicate)))
    }
}

/// A function that says of a callback whether a service takes it; made by [`CallbackPolicy::custom`].
#[derive(Clone)]
pub struct CallbackPredicate(Arc<dyn Fn(&Callback) -> bool + Send + Sync>);

impl CallbackPredicate {
    pub(super) fn takes(&self, callback: &Callback) -> bool {
        (self.0)(callback)
    }
}

impl fmt::Debug for CallbackPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackPredicate").finish_non_exhaustive()
    }
}

/// The same function, shared.
impl PartialEq for CallbackPredicate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CallbackPredicate {}

/// A [`CallbackPolicy`] without faults.
#[derive(Clone, Debug)]
pub(super) enum AllowedCallbacks {
    Path,
    Identifier,
    Prefix(Box<str>),
    OneOf(Vec<Callback>),
    Indexed(Box<str>),
    Custom(CallbackPredicate),
}

impl AllowedCallbacks {
    pub(super) fn new(policy: &CallbackPolicy, diagnostics: &mut JsonpDiagnostics) -> Self {
        match policy {
            CallbackPolicy::Path => Self::Path,
            CallbackPolicy::Identifier => Self::Identifier,
            CallbackPolicy::Prefix(prefix) => {
                check("callbacks.prefix", prefix, prefix_fault(prefix), diagnostics);
                Self::Prefix(prefix.as_str().into())
            }
            CallbackPolicy::OneOf(names) => one_of(names, diagnostics),
            CallbackPolicy::Indexed(list) => {
                let kind = callback_fault(&format!("{list}[0]"));
                check("callbacks.indexed", list, kind, diagnostics);
                Self::Indexed(list.as_str().into())
            }
            CallbackPolicy::Custom(predicate) => Self::Custom(predicate.clone()),
        }
    }

    /// The callback that a request names by these bytes.
    pub(super) fn read(&self, text: &[u8]) -> Result<Callback, CallbackError> {
        if let Self::Indexed(list) = self {
            return indexed(list, text);
        }
        let callback = Callback::parse(text)?;
        let name = callback.as_str();
        let is_part = |text: &str| grammar::is_identifier_part(text.as_bytes());
        let is_taken = match self {
            Self::Path | Self::Indexed(_) => true,
            Self::Identifier => is_part(name),
            Self::Prefix(prefix) => name.strip_prefix(&**prefix).is_some_and(is_part),
            Self::OneOf(callbacks) => callbacks.contains(&callback),
            Self::Custom(predicate) => predicate.takes(&callback),
        };
        // A predicate decides on what is dangerous too.
        let is_safe = matches!(self, Self::Custom(_)) || callback.danger().is_none();
        match (is_safe, is_taken) {
            (false, _) => Err(CallbackError::Dangerous),
            (true, false) => Err(CallbackError::NotAllowed),
            (true, true) => Ok(callback),
        }
    }
}

fn indexed(list: &str, text: &[u8]) -> Result<Callback, CallbackError> {
    let index = std::str::from_utf8(text).ok().filter(|_| grammar::is_index(text));
    let callback = index.map(|index| Callback::from_index(list, index));
    callback.ok_or(CallbackError::NotAllowed)
}

fn one_of(names: &[String], diagnostics: &mut JsonpDiagnostics) -> AllowedCallbacks {
    if names.is_empty() {
        let kind = FaultKind::NoCallbacks;
        diagnostics.fault(Fault::new("callbacks.one_of", "", kind));
    }
    for (index, name) in names.iter().enumerate() {
        let setting = format!("callbacks.one_of[{index}]");
        check(&setting, name, callback_fault(name), diagnostics);
    }
    AllowedCallbacks::OneOf(names.iter().filter_map(|name| Callback::parse(name).ok()).collect())
}

fn check(setting: &str, text: &str, fault: Option<FaultKind>, diagnostics: &mut JsonpDiagnostics) {
    if let Some(kind) = fault {
        diagnostics.fault(Fault::new(setting, text, kind));
    }
}

/// What is wrong with a prefix is wrong with the shortest callback that is longer.
fn prefix_fault(prefix: &str) -> Option<FaultKind> {
    if prefix.is_empty() {
        return Some(FaultKind::EmptyPrefix);
    }
    callback_fault(&format!("{prefix}_"))
}

fn callback_fault(name: &str) -> Option<FaultKind> {
    match Callback::parse(name) {
        Err(error) => Some(FaultKind::Callback(error)),
        Ok(callback) if callback.danger().is_some() => {
            Some(FaultKind::Callback(CallbackError::Dangerous))
        }
        Ok(_) => None,
    }
}

#[cfg(feature = "serde")]
mod file_format {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer, de,
        de::{MapAccess, Visitor},
        ser::{self, SerializeMap},
    };

    use super::CallbackPolicy;

    /// A word, or a table with one key.
    ///
    /// # Errors
    ///
    /// The format's own, for another word or another table.
    impl<'de> Deserialize<'de> for CallbackPolicy {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(PolicyVisitor)
        }
    }

    /// # Errors
    ///
    /// The format's own, and for a function, which cannot be written down.
    impl Serialize for CallbackPolicy {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::Path => serializer.serialize_str(PATH),
                Self::Identifier => serializer.serialize_str(IDENTIFIER),
                Self::Prefix(prefix) => one_key(serializer, PREFIX, prefix),
                Self::OneOf(callbacks) => one_key(serializer, ONE_OF, callbacks),
                Self::Indexed(list) => one_key(serializer, INDEXED, list),
                Self::Custom(_) => Err(ser::Error::custom(
                    "callbacks that a function decides on cannot be written down",
                )),
            }
        }
    }

    struct PolicyVisitor;

    impl<'de> Visitor<'de> for PolicyVisitor {
        type Value = CallbackPolicy;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                r#""path", "identifier", { one_of = ["app.show"] }, { prefix = "cb_" } or { indexed = "pending" }"#,
            )
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<CallbackPolicy, E> {
            match word {
                PATH => Ok(CallbackPolicy::Path),
                IDENTIFIER => Ok(CallbackPolicy::Identifier),
                _ => Err(E::unknown_variant(word, &[PATH, IDENTIFIER])),
            }
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CallbackPolicy, A::Error> {
            let key: Option<String> = map.next_key()?;
            let policy = match key.as_deref() {
                Some(PREFIX) => CallbackPolicy::Prefix(map.next_value()?),
                Some(ONE_OF) => CallbackPolicy::OneOf(map.next_value()?),
                Some(INDEXED) => CallbackPolicy::Indexed(map.next_value()?),
                Some(other) => return Err(de::Error::unknown_field(other, KEYS)),
                None => return Err(de::Error::invalid_length(0, &self)),
            };
            match map.next_key::<String>()? {
                None => Ok(policy),
                Some(_) => Err(de::Error::invalid_length(2, &self)),
            }
        }
    }

    fn one_key<S, T>(serializer: S, key: &str, value: &T) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        T: Serialize,
    {
        let mut table = serializer.serialize_map(Some(1))?;
        table.serialize_entry(key, value)?;
        table.end()
    }

    const PATH: &str = "path";
    const IDENTIFIER: &str = "identifier";
    const PREFIX: &str = "prefix";
    const ONE_OF: &str = "one_of";
    const INDEXED: &str = "indexed";
    const KEYS: &[&str] = &[PREFIX, ONE_OF, INDEXED];

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::{CallbackPolicy, IDENTIFIER, INDEXED, ONE_OF, PATH, PREFIX};

        impl JsonSchema for CallbackPolicy {
            fn schema_name() -> Cow<'static, str> {
                "CallbackPolicy".into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let one = |key: &str, value: Schema| {
                    json_schema!({
                        "type": "object",
                        "properties": { key: value },
                        "required": [key],
                        "additionalProperties": false,
                    })
                };
                let text = || json_schema!({ "type": "string" });
                let texts = json_schema!({ "type": "array", "items": { "type": "string" } });
                json_schema!({
                    "anyOf": [
                        { "type": "string", "enum": [PATH, IDENTIFIER] },
                        one(PREFIX, text()),
                        one(ONE_OF, texts),
                        one(INDEXED, text()),
                    ]
                })
            }
        }
    }
}

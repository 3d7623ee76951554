use std::{fmt, sync::Arc};

use super::{
    callback::Callback,
    client_libraries::is_generated_name,
    error::{CallbackError, Fault, FaultKind, JsonpDiagnostics},
    grammar,
};
use crate::limits::LISTED_NAMES;

/// The callbacks that a service accepts.
///
/// Every accepted callback is a valid [`Callback`]. Prefer a fixed name, which caches can store: a different
/// name for each request makes every response a new one.
///
/// ```
/// use tower_cross_origin::jsonp::CallbackPolicy;
///
/// CallbackPolicy::ClientLibraries;                    // "show", "jQuery3510_123", "angular.callbacks._0"
/// CallbackPolicy::Identifier;                         // "show", "jQuery3510_123"
/// CallbackPolicy::Prefix("app.cb_".into());           // "app.cb_1"
/// CallbackPolicy::OneOf(vec!["app.show".into()]);     // "app.show"
/// CallbackPolicy::Indexed("___cb".into());            // "12" calls `___cb[12]`
/// ```
///
/// Only `Custom` can accept [dangerous](Callback::danger) callbacks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallbackPolicy {
    /// One identifier, or a name that a client library generates.
    ///
    /// A path to any other function needs one of the other policies. Each element of a page with an `id` is a
    /// global object, which leads to every function of the page and of its windows.
    ///
    /// | library | names |
    /// |---|---|
    /// | jQuery, Zepto, Angular, RxJS, Prototype, Backbone, axios, Leaflet, OpenLayers and most others | one identifier |
    /// | AngularJS; Angular before version 6 | `angular.callbacks._0`; `__ng_jsonp__.__req0.finished` |
    /// | ASP.NET AJAX | `Sys._jsonp0` |
    /// | Bing Maps | `Microsoft.Maps.NetworkCallbacks.f86f67` |
    /// | CKEditor | `CKEDITOR._.jsonpCallbacks[1]` |
    /// | Closure Library | `_callbacks_._0k2j3` |
    /// | Dojo | `dojo_request_script_callbacks.dojo_request_script0`, `dojo.io.script.jsonp_dojoIoScript1._jsonpCallback` |
    /// | Esri Leaflet, Leaflet.ajax | `window._EsriLeafletCallbacks.c0`, `_leafletJSONPcallbacks._1` |
    /// | Ext JS, Sencha Touch | `Ext.data.JsonP.callback1`, `Ext.util.JSONP.callback` |
    /// | Google Charts, loader, Maps | `google.visualization.Query.setResponse`, `google.loader.callbacks.maps`, `_xdc_._v2mub5` |
    /// | Google Web Toolkit | `__gwt_jsonp__.P0.onSuccess` |
    /// | Jindo | `window.__jindo_callback._1652` |
    /// | MooTools | `Request.JSONP.request_map.request_0` |
    /// | OpenLayers 2 | `OpenLayers.Protocol.Script.registry.c1` |
    /// | YUI | `YUI.Env.JSONP.yui_3_18_1_1_1527049824639_2987`, `YAHOO.util.ScriptNodeDataSource.callbacks[1]` |
    #[default]
    ClientLibraries,
    /// One identifier, without dots or indexes.
    Identifier,
    /// This prefix, followed by ASCII letters, digits, `_` and `$`.
    ///
    /// ```
    /// # use tower_cross_origin::jsonp::CallbackPolicy;
    /// CallbackPolicy::Prefix("jQuery".into());          // permitted
    /// CallbackPolicy::Prefix("angular.callbacks._".into()); // permitted
    /// CallbackPolicy::Prefix("cb[0]".into());           // prohibited: an index cannot continue
    /// CallbackPolicy::Prefix(String::new());            // prohibited: write `CallbackPolicy::Identifier`
    /// ```
    ///
    /// A prefix that ends in a dot, such as `app.`, accepts every method of the object.
    Prefix(String),
    /// Only these callbacks.
    OneOf(Vec<String>),
    /// An index into this list: the page sends only digits.
    Indexed(String),
    /// The callbacks that a function accepts, possibly dangerous ones.
    Custom(CallbackPredicate),
}

impl CallbackPolicy {
    /// Accepts the callbacks for which `predicate` returns `true`.
    ///
    /// The predicate replaces the check for [dangerous](Callback::danger) names, but not the grammar. Accept
    /// chosen names: with any path, the sender of a URL can call every function of the page.
    ///
    /// ```
    /// use tower_cross_origin::jsonp::{Callback, CallbackPolicy};
    ///
    /// let is_app_function = |callback: &Callback| {
    ///     let name = callback.as_str().strip_prefix("app.");
    ///     name.is_some_and(|name| ["show", "hide"].contains(&name))
    /// };
    /// let policy = CallbackPolicy::custom(is_app_function);
    /// ```
    pub fn custom<F>(predicate: F) -> Self
    where
        F: Fn(&Callback) -> bool + Send + Sync + 'static,
    {
        Self::Custom(CallbackPredicate(Arc::new(predicate)))
    }
}

/// A function that accepts or rejects callbacks; created by [`CallbackPolicy::custom`].
#[derive(Clone)]
pub struct CallbackPredicate(Arc<dyn Fn(&Callback) -> bool + Send + Sync>);

impl CallbackPredicate {
    pub(super) fn allows(&self, callback: &Callback) -> bool {
        (self.0)(callback)
    }
}

impl fmt::Debug for CallbackPredicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallbackPredicate").finish_non_exhaustive()
    }
}

/// Compares by identity: clones of the same function are equal.
impl PartialEq for CallbackPredicate {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CallbackPredicate {}

/// The compiled form of a [`CallbackPolicy`].
#[derive(Clone, Debug)]
pub(super) enum AllowedCallbacks {
    ClientLibraries,
    Identifier,
    Prefix(Box<str>),
    OneOf(Vec<Callback>),
    Indexed(Box<str>),
    Custom(CallbackPredicate),
}

impl AllowedCallbacks {
    pub(super) fn new(policy: &CallbackPolicy, diagnostics: &mut JsonpDiagnostics) -> Self {
        match policy {
            CallbackPolicy::ClientLibraries => Self::ClientLibraries,
            CallbackPolicy::Identifier => Self::Identifier,
            CallbackPolicy::Prefix(prefix) => {
                check("callbacks.prefix", prefix, prefix_fault(prefix), diagnostics);
                Self::Prefix(prefix.as_str().into())
            }
            CallbackPolicy::OneOf(names) => compile_names(names, diagnostics),
            CallbackPolicy::Indexed(list) => {
                let kind = callback_fault(&format!("{list}[0]"));
                check("callbacks.indexed", list, kind, diagnostics);
                Self::Indexed(list.as_str().into())
            }
            CallbackPolicy::Custom(predicate) => Self::Custom(predicate.clone()),
        }
    }

    /// Parses the parameter value of a request, and checks that the callback is allowed.
    pub(super) fn parse(&self, text: &[u8]) -> Result<Callback, CallbackError> {
        if let Self::Indexed(list) = self {
            return parse_index(list, text);
        }
        let callback = Callback::parse(text)?;
        let name = callback.as_str();
        let is_part = |text: &str| grammar::is_identifier_part(text.as_bytes());
        let is_allowed = match self {
            Self::Indexed(_) => true,
            Self::ClientLibraries => is_part(name) || is_generated_name(name),
            Self::Identifier => is_part(name),
            Self::Prefix(prefix) => name.strip_prefix(&**prefix).is_some_and(is_part),
            Self::OneOf(callbacks) => callbacks.contains(&callback),
            Self::Custom(predicate) => predicate.allows(&callback),
        };
        // A predicate may accept dangerous callbacks.
        let is_safe = matches!(self, Self::Custom(_)) || callback.danger().is_none();
        match (is_safe, is_allowed) {
            (false, _) => Err(CallbackError::Dangerous),
            (true, false) => Err(CallbackError::NotAllowed),
            (true, true) => Ok(callback),
        }
    }
}

fn parse_index(list: &str, text: &[u8]) -> Result<Callback, CallbackError> {
    let index = std::str::from_utf8(text).ok().filter(|_| grammar::is_index(text));
    let callback = index.map(|index| Callback::from_index(list, index));
    callback.ok_or(CallbackError::NotAllowed)
}

fn compile_names(names: &[String], diagnostics: &mut JsonpDiagnostics) -> AllowedCallbacks {
    if names.is_empty() {
        let kind = FaultKind::NoCallbacks;
        diagnostics.fault(Fault::new("callbacks.one_of", "", kind));
    }
    if names.len() > LISTED_NAMES {
        diagnostics.fault(Fault::new("callbacks.one_of", "", FaultKind::TooManyNames));
    }
    let names = names.get(..LISTED_NAMES).unwrap_or(names);
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

/// Returns the fault of a prefix.
///
/// A prefix has the same faults as the shortest callback that begins with it.
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

    /// Reads a word, or a table with one key.
    ///
    /// # Errors
    ///
    /// Fails for other words and other tables.
    impl<'de> Deserialize<'de> for CallbackPolicy {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(PolicyVisitor)
        }
    }

    /// # Errors
    ///
    /// Fails for [`CallbackPolicy::Custom`]: a function cannot be serialized.
    impl Serialize for CallbackPolicy {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::ClientLibraries => serializer.serialize_str(CLIENT_LIBRARIES),
                Self::Identifier => serializer.serialize_str(IDENTIFIER),
                Self::Prefix(prefix) => one_key(serializer, PREFIX, prefix),
                Self::OneOf(callbacks) => one_key(serializer, ONE_OF, callbacks),
                Self::Indexed(list) => one_key(serializer, INDEXED, list),
                Self::Custom(_) => Err(ser::Error::custom(
                    "the callback policy is a function; a file cannot contain a function; use another callback policy",
                )),
            }
        }
    }

    struct PolicyVisitor;

    impl<'de> Visitor<'de> for PolicyVisitor {
        type Value = CallbackPolicy;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                r#""client-libraries", "identifier", { one_of = ["app.show"] }, { prefix = "cb_" } or { indexed = "pending" }"#,
            )
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<CallbackPolicy, E> {
            match word {
                CLIENT_LIBRARIES => Ok(CallbackPolicy::ClientLibraries),
                IDENTIFIER => Ok(CallbackPolicy::Identifier),
                _ => Err(E::unknown_variant(word, &[CLIENT_LIBRARIES, IDENTIFIER])),
            }
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<CallbackPolicy, A::Error> {
            let key: Option<String> = map.next_key()?;
            let policy = match key.as_deref() {
                Some(PREFIX) => CallbackPolicy::Prefix(map.next_value()?),
                Some(ONE_OF) => CallbackPolicy::OneOf(map.next_value()?),
                Some(INDEXED) => CallbackPolicy::Indexed(map.next_value()?),
                Some(other) => return Err(de::Error::unknown_field(other, KEYS)),
                None => return Err(one_key_expected()),
            };
            match map.next_key::<String>()? {
                None => Ok(policy),
                Some(_) => Err(one_key_expected()),
            }
        }
    }

    fn one_key_expected<E: de::Error>() -> E {
        E::custom(
            "the callback policy does not have exactly one key; the key is the kind of the policy; \
             use one of prefix, one_of and indexed",
        )
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

    const CLIENT_LIBRARIES: &str = "client-libraries";
    const IDENTIFIER: &str = "identifier";
    const PREFIX: &str = "prefix";
    const ONE_OF: &str = "one_of";
    const INDEXED: &str = "indexed";
    const KEYS: &[&str] = &[PREFIX, ONE_OF, INDEXED];

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::{CLIENT_LIBRARIES, CallbackPolicy, IDENTIFIER, INDEXED, ONE_OF, PREFIX};

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
                        { "type": "string", "enum": [CLIENT_LIBRARIES, IDENTIFIER] },
                        one(PREFIX, text()),
                        one(ONE_OF, texts),
                        one(INDEXED, text()),
                    ]
                })
            }
        }
    }
}

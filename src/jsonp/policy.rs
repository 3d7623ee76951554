use std::sync::Arc;

use http::Method;

use super::{
    JsonpConfig, JsonpConfigError, JsonpDecision, JsonpFault, JsonpFaultKind, Withheld,
    allowed::Allowed, config::Credentials, query, request,
};
use crate::{RequestHead, request::path::PathSet};

/// When a response is wrapped, and how: a [`JsonpConfig`] without faults. Cheap to clone.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, jsonp::{JsonpDecision, JsonpPolicy}};
///
/// let policy = JsonpPolicy::default();
/// let request = Request::get("/data?callback=app.show").body(())?;
/// let JsonpDecision::Wrapped(callback) = policy.decide(&RequestHead::from(&request)) else {
///     panic!("it asks for a callback, without credentials");
/// };
/// assert_eq!(callback.as_str(), "app.show");
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct JsonpPolicy {
    compiled: Arc<Compiled>,
}

#[derive(Debug)]
struct Compiled {
    config: JsonpConfig,
    /// `None` where every path is one.
    paths: Option<PathSet>,
    allowed: Allowed,
}

impl JsonpPolicy {
    /// The policy of that configuration.
    ///
    /// # Errors
    ///
    /// Lists every fault of it.
    pub fn new(config: JsonpConfig) -> Result<Self, JsonpConfigError> {
        let mut faults = Vec::new();
        let paths = config.paths.as_deref().map(|written| paths(written, &mut faults));
        for (index, _) in config.parameters.iter().enumerate().filter(|(_, name)| name.is_empty()) {
            let setting = format!("parameters[{index}]");
            faults.push(JsonpFault::new(setting, "", JsonpFaultKind::EmptyParameter));
        }
        let allowed = Allowed::of(&config.callbacks, &mut faults);
        if let Some(name) = config.file_name.as_deref().filter(|name| !is_plain(name)) {
            faults.push(JsonpFault::new("file_name", name, JsonpFaultKind::MalformedFileName));
        }
        match allowed {
            Some(allowed) if faults.is_empty() => Ok(Self::compiled(config, paths, allowed)),
            _ => Err(JsonpConfigError::new(faults)),
        }
    }

    /// What becomes of a request, as far as its head tells: a response that is no JSON is never wrapped.
    pub fn decide(&self, head: &RequestHead<'_>) -> JsonpDecision {
        // Scripts are loaded by GET. Whatever else asks is answered as without the layer.
        if *head.method() != Method::GET && *head.method() != Method::HEAD {
            return JsonpDecision::NotAsked;
        }
        let query = head.uri().query().unwrap_or_default();
        let Some(text) = query::first(query, &self.config().parameters) else {
            return JsonpDecision::NotAsked;
        };
        if self.compiled.paths.as_ref().is_some_and(|paths| !paths.matches(head.uri().path())) {
            return JsonpDecision::NotAsked;
        }
        match self.compiled.allowed.read(&text) {
            Err(error) => JsonpDecision::Malformed(error),
            Ok(callback) => match self.withheld(head) {
                Some(reason) => JsonpDecision::Withheld(reason),
                None => JsonpDecision::Wrapped(callback),
            },
        }
    }

    pub(super) fn config(&self) -> &JsonpConfig {
        &self.compiled.config
    }

    fn withheld(&self, head: &RequestHead<'_>) -> Option<Withheld> {
        let headers = head.headers();
        let reason = if request::is_of_service_worker(headers) {
            Some(Withheld::ServiceWorker)
        } else if !self.config().any_destination && !request::may_be_of_script(headers) {
            Some(Withheld::Destination)
        } else {
            None
        };
        // First, since the answer is then for the user alone. What is stripped is so to be wrapped.
        let is_withheld = match self.config().credentials {
            Credentials::Withhold => true,
            Credentials::Strip => reason.is_some(),
            Credentials::Allow => false,
        };
        let is_lent = is_withheld && request::lends_credentials(headers);
        if is_lent { Some(Withheld::Credentials) } else { reason }
    }

    pub(super) fn compiled(config: JsonpConfig, paths: Option<PathSet>, allowed: Allowed) -> Self {
        Self { compiled: Arc::new(Compiled { config, paths, allowed }) }
    }
}

/// That of [`JsonpConfig::new`], which has no fault.
impl Default for JsonpPolicy {
    fn default() -> Self {
        Self::compiled(JsonpConfig::new(), None, Allowed::Path)
    }
}

impl TryFrom<JsonpConfig> for JsonpPolicy {
    type Error = JsonpConfigError;

    fn try_from(config: JsonpConfig) -> Result<Self, JsonpConfigError> {
        Self::new(config)
    }
}

/// Whether the name of a file means the same with quotation marks and without.
fn paths(written: &[String], faults: &mut Vec<JsonpFault>) -> PathSet {
    PathSet::parse(written, |index, path, fault| {
        let kind = JsonpFaultKind::Path(fault);
        faults.push(JsonpFault::new(format!("paths[{index}]"), path, kind));
    })
}

fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| matches!(byte, b'.' | b'-' | b'_') || byte.is_ascii_alphanumeric();
    !name.is_empty() && name.bytes().all(is_plain)
}

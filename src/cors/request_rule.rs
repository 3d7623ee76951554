use http::{HeaderValue, Method, header::CONTENT_TYPE};

use super::{
    enforce::is_method_allowed,
    policy::{CompiledRule, CorsPolicy},
    preflight::AllowedMethods,
};
use crate::{
    RequestHead,
    origin::{OriginSet, matching_origins},
    request::path::PathSet,
};

/// The rule for the origin and the path of a request, for guards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestRule<'a>(&'a CompiledRule);

impl CorsPolicy {
    /// Returns the rule for an origin at the path of the request. No rule decides where CORS is not handled.
    pub(crate) fn request_rule<'a>(
        &'a self,
        head: &RequestHead<'a>,
        origin: &HeaderValue,
    ) -> Option<RequestRule<'a>> {
        if self.compiled.is_not_handled(head) {
            return None;
        }
        let mut rules = self.compiled.rules_at(head);
        rules
            .find(|(_, rule)| rule.origins.matches(origin, head))
            .map(|(_, rule)| RequestRule(rule))
    }

    /// Returns whether the policy handles CORS at the path of the request.
    pub(crate) fn handles_path_of(&self, head: &RequestHead<'_>) -> bool {
        !self.compiled.is_not_handled(head)
    }

    /// Returns the number of comparisons that find the rule of a request.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn path_comparisons(&self) -> usize {
        let rules = self.compiled.rules.iter();
        rules.map(|rule| 1 + rule.paths.as_ref().map_or(0, PathSet::len)).sum()
    }

    /// Returns all rules.
    #[cfg(feature = "cross-origin")]
    pub(crate) fn request_rules(&self) -> impl Iterator<Item = RequestRule<'_>> {
        self.compiled.rules.iter().map(RequestRule)
    }
}

impl RequestRule<'_> {
    pub(crate) fn has_credentials(self) -> bool {
        self.0.origins.has_credentials()
    }

    /// Returns whether the rule allows an actual request with the method. `CONNECT` is always allowed.
    pub(crate) fn allows_method(self, method: &Method) -> bool {
        is_method_allowed(method, &self.0.preflight.methods)
    }

    /// Returns whether the rule allows a preflight with the header, which is in lower case.
    pub(crate) fn allows_header(self, name: &str) -> bool {
        self.0.preflight.headers.contains(name.as_bytes())
    }
}

/// Examples for lints.
#[cfg(feature = "cross-origin")]
impl<'a> RequestRule<'a> {
    /// Returns the path of the rule in the configuration, such as `cors.rules[0]`.
    pub(crate) fn setting(self) -> &'a str {
        &self.0.path
    }

    /// Returns a preset whose client also sends a `POST` like a form.
    pub(crate) fn form_preset(self) -> Option<&'static str> {
        self.0.form_preset
    }

    pub(crate) fn is_for_any_origin(self) -> bool {
        self.0.origins.is_for_any_origin()
    }

    /// Returns the listed origins; `None` for a rule for any origin.
    pub(crate) fn listed_origins(self) -> Option<&'a OriginSet> {
        self.0.origins.listed()
    }

    /// Returns an origin that the rule lists. Returns `None` if only a predicate matches.
    pub(crate) fn example_origin(self) -> Option<String> {
        let listed = self.0.origins.listed()?;
        let pattern = listed.patterns().next().map(|(_, pattern)| pattern.simplest_origin());
        pattern.or_else(|| matching_origins(listed.regexes().next()?).into_iter().next())
    }

    /// Returns a path at which the rule applies.
    pub(crate) fn example_path(self) -> String {
        let example = self.0.paths.as_ref().and_then(|paths| paths.examples().next());
        example.map_or_else(|| "/".to_owned(), |(_, path)| path)
    }

    /// Returns the methods that change data and that the rule probably allows on purpose.
    ///
    /// These are the listed methods, and `POST` if the rule allows `content-type` or has a preset for it.
    pub(crate) fn listed_unsafe_methods(self) -> Vec<Method> {
        let mut methods = match &self.0.preflight.methods {
            AllowedMethods::Listed(methods) => methods.to_vec(),
            AllowedMethods::Any | AllowedMethods::AnyEchoed => vec![Method::PUT, Method::POST],
        };
        methods.retain(|method| !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS));
        let allows_post = self.allows_header(CONTENT_TYPE.as_str()) || self.0.form_preset.is_some();
        if allows_post && !methods.contains(&Method::POST) {
            methods.push(Method::POST);
        }
        methods
    }
}

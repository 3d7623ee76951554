//! The response of the service to a preflight, at a path at which it handles CORS. F34 to F43

use super::{
    Browser, ServiceHeaders, Step,
    page::{Call, Credentials, SentRequest, is_safelisted_method},
    preflight_cache::PreflightResponse,
};

impl ServiceHeaders {
    /// Checks the response to a preflight as the browser does.
    ///
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7. The values of the tests are well-formed.
    pub(super) fn check_preflight(
        &self,
        call: &Call,
        sent: &SentRequest,
        browser: Browser,
    ) -> Result<PreflightResponse, Step> {
        self.cors_check(call)?;
        if !(200..300).contains(&self.status) {
            return Err(Step::PreflightStatus);
        }
        let is_safelisted = is_safelisted_method(&sent.method);
        let methods = match self.list("access-control-allow-methods") {
            Some(methods) => methods,
            None if sent.always_needs_preflight
                && (is_safelisted || browser.needs_no_list_of_methods) =>
            {
                vec![sent.method.clone()]
            }
            None => Vec::new(),
        };
        let names = self.list("access-control-allow-headers").unwrap_or_default();
        let names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        let has_star = |list: &[String]| {
            call.credentials != Credentials::Include && list.iter().any(|one| one == "*")
        };
        if !is_safelisted && !methods.contains(&sent.method) && !has_star(&methods) {
            return Err(Step::Method);
        }
        let is_allowed = |name: &String| {
            let is_starred = name != "authorization" || browser.star_allows_authorization;
            names.contains(name) || (has_star(&names) && is_starred)
        };
        if !sent.unsafe_names.iter().all(is_allowed) {
            return Err(Step::RequestHeader);
        }
        let max_age = self.joined("access-control-max-age").and_then(|age| age.parse().ok());
        Ok(PreflightResponse { methods, names, max_age: max_age.unwrap_or(5) })
    }

    fn list(&self, name: &str) -> Option<Vec<String>> {
        let joined = self.joined(name)?;
        Some(joined.split(',').map(|one| one.trim().to_owned()).collect())
    }
}

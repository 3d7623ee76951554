use http::{HeaderValue, header::ORIGIN};

use super::{Explanation, metadata::Metadata, shown::quoted};
use crate::{
    RequestHead,
    cors::{Step, compiled::Compiled},
    request::fetch_metadata::SEC_FETCH_SITE,
};

impl Explanation {
    /// Why a request is not that of the service's own page, which is never refused, and what to do where
    /// it is.
    pub(super) fn explain_enforcement(&mut self, compiled: &Compiled, head: &RequestHead<'_>) {
        let own = compiled.enforcement.as_ref().map(|enforcement| &enforcement.own_origins);
        let has_own = own.is_some_and(|own| !own.is_empty());
        let site = head.headers().get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes);
        let compared = match site {
            Some(site) => format!("Sec-Fetch-Site says {}, and not same-origin", quoted(site)),
            None if has_own => {
                "it is none of own_origins, and there is no Sec-Fetch-Site".to_owned()
            }
            None => {
                "its host and port are not the request's, and there is no Sec-Fetch-Site".to_owned()
            }
        };
        self.note("own page", compared);
        let origin = head.headers().get(ORIGIN).map(HeaderValue::as_bytes).unwrap_or_default();
        // With `Sec-Fetch-Site` nothing that is configured is asked.
        if site.is_none() && self.failed_step == Some(Step::Origin) {
            self.advise(format!(
                "if browsers reach the service itself as {}, behind a proxy: own_origins: add it",
                quoted(origin)
            ));
        }
        if Metadata::of(head) == Metadata::Navigate {
            self.advise(
                "if another site posts this form on purpose, as OpenID Connect does: leave its path out \
                 of the layer",
            );
        }
    }
}

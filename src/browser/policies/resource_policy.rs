use http::{HeaderMap, HeaderName};
use url::Url;

use crate::{
    browser::{
        origins::{PageOrigin, is_same_site_but_for_the_scheme},
        values::get,
    },
    embedding::{CrossOriginEmbedderPolicy, CrossOriginResourcePolicy},
};

/// `Cross-Origin-Resource-Policy`; `None` where it is absent, or is ignored: any other value, another
/// case, a list, two lines.
///
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::resource_policy;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("cross-origin-resource-policy", HeaderValue::from_static("Same-Origin"));
/// assert_eq!(resource_policy(&headers), None, "it is compared with case");
/// ```
pub fn resource_policy(headers: &HeaderMap) -> Option<CrossOriginResourcePolicy> {
    match &*get(headers, &NAME)? {
        b"same-origin" => Some(CrossOriginResourcePolicy::SameOrigin),
        b"same-site" => Some(CrossOriginResourcePolicy::SameSite),
        b"cross-origin" => Some(CrossOriginResourcePolicy::CrossOrigin),
        _ => None,
    }
}

/// Who embeds, and how.
#[derive(Clone, Copy, Debug)]
pub(in crate::browser) struct Embedder<'a> {
    pub(in crate::browser) origin: &'a PageOrigin,
    pub(in crate::browser) policy: CrossOriginEmbedderPolicy,
    pub(in crate::browser) is_navigation: bool,
    /// Whether the request went with credentials.
    pub(in crate::browser) has_credentials: bool,
}

/// Why a response may not be embedded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::browser) enum Refused {
    /// By what the response says itself.
    ByPolicy(CrossOriginResourcePolicy),
    /// The response says nothing, and the page asks that it does.
    BySilence,
}

/// The standard asks a second time without the page's policy, to report what that one alone blocks.
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-internal-check>
pub(in crate::browser) fn resource_policy_check(
    embedder: Embedder<'_>,
    url: &Url,
    headers: &HeaderMap,
) -> Result<(), Refused> {
    let Embedder { origin, policy: embedder_policy, is_navigation, has_credentials } = embedder;
    if is_navigation && embedder_policy == CrossOriginEmbedderPolicy::UnsafeNone {
        return Ok(());
    }
    let of_response = resource_policy(headers);
    let implied = match embedder_policy {
        CrossOriginEmbedderPolicy::UnsafeNone => None,
        CrossOriginEmbedderPolicy::Credentialless => {
            (has_credentials || is_navigation).then_some(CrossOriginResourcePolicy::SameOrigin)
        }
        CrossOriginEmbedderPolicy::RequireCorp => Some(CrossOriginResourcePolicy::SameOrigin),
    };
    let is_allowed = match of_response.or(implied) {
        None | Some(CrossOriginResourcePolicy::CrossOrigin) => true,
        Some(CrossOriginResourcePolicy::SameOrigin) => origin.is_that_of(url),
        Some(CrossOriginResourcePolicy::SameSite) => is_same_site(origin, url),
    };
    match of_response {
        _ if is_allowed => Ok(()),
        Some(policy) => Err(Refused::ByPolicy(policy)),
        None => Err(Refused::BySilence),
    }
}

/// What came over `https` is not for a page that anyone on the way could have written.
fn is_same_site(origin: &PageOrigin, url: &Url) -> bool {
    let PageOrigin::Tuple(origin) = origin else { return false };
    Url::parse(origin).is_ok_and(|origin| {
        is_same_site_but_for_the_scheme(&origin, url)
            && (origin.scheme() == "https" || url.scheme() != "https")
    })
}

const NAME: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

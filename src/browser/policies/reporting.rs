use http::{HeaderMap, HeaderName};
use url::Url;

use super::structured::strings;
use crate::browser::origins::is_potentially_trustworthy;

/// `Reporting-Endpoints`: each name with the address that reports are posted to. `url` is the address of
/// the response, against which relative ones are read; what leads to no potentially trustworthy address is
/// left out.
///
/// <https://w3c.github.io/reporting/#header>
///
/// ```
/// use http::{HeaderMap, HeaderValue};
/// use tower_cross_origin::browser::policies::reporting_endpoints;
///
/// let mut headers = HeaderMap::new();
/// let value = HeaderValue::from_static(r#"main="/reports", plain="http://reports.example/""#);
/// headers.insert("reporting-endpoints", value);
/// assert_eq!(
///     reporting_endpoints("https://app.example/start", &headers),
///     [("main".to_owned(), "https://app.example/reports".to_owned())],
/// );
/// ```
pub fn reporting_endpoints(url: &str, headers: &HeaderMap) -> Vec<(String, String)> {
    let base = Url::parse(url).ok();
    let endpoint = |(name, text): (String, String)| {
        let url = Url::options().base_url(base.as_ref()).parse(&text).ok()?;
        is_potentially_trustworthy(&url).then(|| (name, url.to_string()))
    };
    let name = HeaderName::from_static("reporting-endpoints");
    strings(headers, &name).into_iter().filter_map(endpoint).collect()
}

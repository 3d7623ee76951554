use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
        ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        ACCESS_CONTROL_MAX_AGE,
    },
};

use super::{answers::Answers, verdict::Grant};

/// The service's own response: what it says of CORS is replaced by what the policy says, unless all of
/// it is kept.
pub(super) fn finish(headers: &mut HeaderMap, answers: &Answers, grant: Option<&Grant>) {
    let mut has_cors = false;
    // One pass over the names costs less than looking for each of seven that are rarely there.
    for name in headers.keys().map(HeaderName::as_str) {
        has_cors |= name.starts_with("access-control-");
    }
    let is_kept =
        has_cors && answers.keeps_upstream && headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN);
    if has_cors && !is_kept {
        for name in CORS_RESPONSE_HEADERS {
            headers.remove(name);
        }
    }
    answers.vary.apply(headers);
    let Some((grant, rule)) = grant.and_then(|grant| Some((grant, answers.of(grant)?))) else {
        return;
    };
    if is_kept {
        return;
    }
    let origin = grant.origin.clone().unwrap_or(HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    if rule.credentials {
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    if let Some(names) = &rule.expose {
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, names.clone());
    }
}

/// <https://fetch.spec.whatwg.org/#http-responses>
pub(super) const CORS_RESPONSE_HEADERS: [HeaderName; 6] = [
    ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_ALLOW_CREDENTIALS,
    ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_HEADERS,
    ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_EXPOSE_HEADERS,
];

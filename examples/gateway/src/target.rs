//! The host and the path of a request, which are parsed once before the request is forwarded.

use http::{
    HeaderMap, Method, Uri, Version,
    header::HOST,
    request,
    uri::{Authority, PathAndQuery, Scheme},
};

use crate::path;

/// The host and the path of a request, unchanged.
///
/// `enforce` and the guards compare `Origin` with the host name that the page used. So the upstream receives this
/// name, not its own address.
#[derive(Debug, PartialEq)]
pub(crate) struct Target {
    /// `None` for an HTTP/1.0 request without `Host`.
    pub(crate) host: Option<Authority>,
    pub(crate) path: PathAndQuery,
}

impl Target {
    /// Parses the target of a request.
    ///
    /// # Errors
    ///
    /// The reason why the request is invalid.
    pub(crate) fn parse(
        head: &request::Parts,
        is_path_dependent: bool,
    ) -> Result<Self, &'static str> {
        let path = path_of(&head.method, &head.uri)?;
        if is_path_dependent {
            if let Some(ambiguity) = path::ambiguity(path.as_str()) {
                return Err(ambiguity);
            }
        }
        let host = host_of(&head.uri, &head.headers)?;
        // https://www.rfc-editor.org/rfc/rfc9112#section-3.2-6
        if host.is_none() && head.version == Version::HTTP_11 {
            return Err("Host is missing");
        }
        Ok(Self { host, path })
    }
}

/// Returns the path of a request target (<https://www.rfc-editor.org/rfc/rfc9112#section-3.2>).
fn path_of(method: &Method, uri: &Uri) -> Result<PathAndQuery, &'static str> {
    // Tunnels are for forward proxies. WebSockets over HTTP/2 have a path.
    let path = uri.path_and_query().ok_or("the request target must not be an authority")?;
    match path.as_str() {
        "*" if method == Method::OPTIONS => Ok(path.clone()),
        "*" => Err("the request target * is only valid for OPTIONS"),
        text if text.starts_with('/') => Ok(path.clone()),
        _ => Err("the request target has no path"),
    }
}

/// Returns the host. Different hosts in one request would let the policy and the upstream disagree.
fn host_of(uri: &Uri, headers: &HeaderMap) -> Result<Option<Authority>, &'static str> {
    let is_known = |scheme: &Scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS;
    if uri.scheme().is_some_and(|scheme| !is_known(scheme)) {
        return Err("the scheme of the request target must be http or https");
    }
    let mut lines = headers.get_all(HOST).iter();
    let host: Option<Authority> = match (lines.next(), lines.next()) {
        (None, _) => None,
        (Some(line), None) => {
            Some(line.as_bytes().try_into().map_err(|_| "Host is not a valid host and port")?)
        }
        (Some(_), Some(_)) => return Err("there are several Host field lines"),
    };
    // https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1-2.3.3
    if let (Some(authority), Some(host)) = (uri.authority(), &host) {
        if authority != host {
            return Err("Host differs from the host of the request target");
        }
    }
    let host = uri.authority().cloned().or(host);
    match &host {
        Some(host) if host.as_str().contains('@') => Err("Host must not contain a user name"),
        Some(host) if host.host().is_empty() => Err("Host is not a valid host and port"),
        _ => Ok(host),
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn request_target_is_parsed_or_rejected() {
        let (v10, v11, v2) = (Version::HTTP_10, Version::HTTP_11, Version::HTTP_2);
        let (api, none) = (&["api.example"][..], &[][..]);
        #[rustfmt::skip]
        let cases = [
            (v11, "GET", "/a?b=c", api, Ok((Some("api.example"), "/a?b=c"))),
            (v11, "GET", "/a", &["api.example:8080"], Ok((Some("api.example:8080"), "/a"))),
            (v11, "GET", "/a", &["[::1]:8080"], Ok((Some("[::1]:8080"), "/a"))),
            (v11, "OPTIONS", "*", api, Ok((Some("api.example"), "*"))),
            (v11, "GET", "http://api.example/a", api, Ok((Some("api.example"), "/a"))),
            (v11, "GET", "http://API.example/a", api, Ok((Some("API.example"), "/a"))),
            (v10, "GET", "/a", none, Ok((None, "/a"))),
            (v2, "GET", "https://api.example/a", none, Ok((Some("api.example"), "/a"))),
            (v2, "GET", "http://api.example/a", api, Ok((Some("api.example"), "/a"))),
            (v2, "CONNECT", "https://api.example/chat", none, Ok((Some("api.example"), "/chat"))),
            (v11, "GET", "/a", none, Err("Host is missing")),
            (v11, "GET", "/a", &["a.example", "a.example"], Err("there are several Host field lines")),
            (v11, "GET", "/a", &["a.example/x"], Err("Host is not a valid host and port")),
            (v11, "GET", "/a", &[""], Err("Host is not a valid host and port")),
            (v11, "GET", "/a", &["me@a.example"], Err("Host must not contain a user name")),
            (v11, "GET", "http://a.example/a", api, Err("Host differs from the host of the request target")),
            (v2, "GET", "https://a.example/a", api, Err("Host differs from the host of the request target")),
            (v11, "GET", "ftp://api.example/a", api, Err("the scheme of the request target must be http or https")),
            (v11, "CONNECT", "db.internal:5432", api, Err("the request target must not be an authority")),
            (v11, "GET", "db.internal:5432", api, Err("the request target must not be an authority")),
            (v11, "GET", "*", api, Err("the request target * is only valid for OPTIONS")),
            (v11, "GET", "/public/../private", api, Err("the path has a dot segment")),
            (v2, "GET", "https://api.example/a%2fb", none, Err("the path has an encoded slash")),
        ];
        for (version, method, uri, hosts, expected) in cases {
            let mut request = Request::builder().version(version).method(method).uri(uri);
            for host in hosts {
                request = request.header(HOST, *host);
            }
            let head = request.body(()).unwrap().into_parts().0;
            let actual = Target::parse(&head, true);
            let actual = actual.as_ref().map_err(|error| *error);
            let parts = actual
                .map(|target| (target.host.as_ref().map(Authority::as_str), target.path.as_str()));
            assert_eq!(parts, expected, "{version:?} {method} {uri} {hosts:?}");
        }
    }
}

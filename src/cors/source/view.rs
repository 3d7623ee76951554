use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Method, Uri};

use crate::{
    RequestHead,
    limits::HOST_HEADER_BYTES,
    request::{
        fields::single_value,
        host::{RequestHost, parse_host, target_authority},
        path::path_ambiguity,
    },
};

/// What the choice of a policy may look at: what tells one entry of a cache from another, and the request
/// headers that were declared. Everything else cannot be read, so that no cache gives one request what
/// another one's policy answered.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'a> {
    head: RequestHead<'a>,
    declared: &'a [HeaderName],
}

impl<'a> RequestView<'a> {
    /// The request's method; that of a preflight is `OPTIONS`.
    pub fn method(&self) -> &'a Method {
        self.head.method()
    }

    /// The request's target, as it was sent. Over HTTP/1.1 it rarely has a [host](Self::host).
    pub fn uri(&self) -> &'a Uri {
        self.head.uri()
    }

    /// The target's path, as it was sent and as it reaches the layer: a router that nests takes the front
    /// of it off.
    ///
    /// A page can send `/public/..%2Fprivate`, and whoever decodes and resolves that reaches `/private`:
    /// where policies go by path, such paths are refused before the layer, or mean nothing behind it; or
    /// [`is_below`](Self::is_below) is asked.
    pub fn path(&self) -> &'a str {
        self.head.uri().path()
    }

    /// Whether the path begins with `folder`, and no router behind can read it as another one: not where
    /// it has dot segments, also percent-encoded, an encoded slash, a backslash or two slashes that follow
    /// each other (CVE-2025-47910).
    ///
    /// ```
    /// # use tower_cross_origin::cors::{ByRequest, CorsPolicy, Rule};
    /// let public = CorsPolicy::new(Rule::for_any_origin())?;
    /// // "/public/feed"                               it is
    /// // "/publicity"                                 it is not
    /// // "/public/../private", "/public/..%2Fprivate" it is not
    /// let source = ByRequest::new(move |request| request.is_below("/public/").then(|| public.clone()));
    /// # Ok::<(), tower_cross_origin::cors::CorsConfigError>(())
    /// ```
    pub fn is_below(&self, folder: &str) -> bool {
        self.path().starts_with(folder) && path_ambiguity(self.path()).is_none()
    }

    /// The host that the request was sent to, in lower case and without a port: that of the target, which
    /// HTTP/2 has, or of the one `Host`. `None` where it is absent or repeated, or is no host: a
    /// name's labels are letters, digits, `-` and `_`, and none is empty.
    ///
    /// It is what the client says. Behind a proxy it is mostly the proxy's word for the service, and the
    /// client's is in a header that [is declared](super::ByRequest::varies_on).
    pub fn host(&self) -> Option<Cow<'a, str>> {
        let authority = target_authority(&self.head)?;
        let authority = Some(authority).filter(|text| text.len() <= HOST_HEADER_BYTES)?;
        let name = match parse_host(authority)?.0 {
            RequestHost::Name(name) => std::str::from_utf8(name).ok()?,
            RequestHost::Address(address) if address.is_ipv6() => {
                return Some(format!("[{address}]").into());
            }
            RequestHost::Address(address) => return Some(address.to_string().into()),
        };
        if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(name.to_ascii_lowercase().into());
        }
        Some(name.into())
    }

    /// The one line of a request header that was declared; `None` of every other header, and where there
    /// are several lines.
    pub fn header(&self, name: &HeaderName) -> Option<&'a HeaderValue> {
        if !self.declared.contains(name) {
            return None;
        }
        single_value(self.head.headers(), name)
    }

    pub(in crate::cors) fn new(head: RequestHead<'a>, declared: &'a [HeaderName]) -> Self {
        Self { head, declared }
    }
}

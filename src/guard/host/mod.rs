//! By which names a service may be called.

mod error;
mod pattern;

use http::{HeaderName, HeaderValue, header::HOST};

pub use self::error::{HostPatternError, HostPatternFault};
use self::pattern::HostPattern;
use super::{Check, Refusal, Verdict};
use crate::{
    RequestHead,
    limits::HOST_HEADER_BYTES,
    request::{fields, host::parse_host},
};

/// Lets requests pass that call the service by a name of its own.
///
/// A page may have the browser resolve the page's own name to the service's address (DNS rebinding). Its
/// requests are same-origin then, to the browser, to CORS and to every other check: only the name
/// that they call gives them away. It stands outside of everything else.
///
/// ```
/// use http::Request;
/// use tower_cross_origin::{RequestHead, guard::{Check, Host, Refusal, Verdict}};
///
/// let check = Host::new(["api.example.com", "*.preview.example.com", "localhost:3000"])?;
/// let called = |host: &str| {
///     let request = Request::get("/").header("host", host).body(()).unwrap();
///     check.check(&RequestHead::from(&request))
/// };
/// assert_eq!(called("api.example.com"), Verdict::Passed);
/// assert_eq!(called("evil.example"), Verdict::Refused(Refusal::UnknownHost));
/// # Ok::<(), tower_cross_origin::guard::HostPatternError>(())
/// ```
///
/// The name is that of the target (`:authority` in HTTP/2) and that of `Host`; where a request has both,
/// both must be right. Names are compared without case. Several `Host`, none, one of more than
/// [255 bytes](HOST_HEADER_BYTES) or one that is no host and port is refused.
#[derive(Clone, Debug)]
#[must_use = "a check does nothing before a layer asks it"]
pub struct Host {
    patterns: Vec<HostPattern>,
    passes_loopback: bool,
    trusts_forwarded: bool,
}

impl Host {
    /// For services that are called by these names.
    ///
    /// ```
    /// # use tower_cross_origin::guard::Host;
    /// Host::new([
    ///     "api.example.com",      // on any port
    ///     "localhost:3000",       // on this one
    ///     "*.example.com",        // its subdomains of any depth, and not itself
    ///     "192.0.2.7", "[2001:db8::1]",
    /// ])?;
    /// // "https://api.example.com"  prohibited: write "api.example.com"
    /// // "API.example.com"          prohibited: write it in lower case
    /// // "*"                        prohibited: that is no check
    /// # Ok::<(), tower_cross_origin::guard::HostPatternError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// For the first that is no such name.
    pub fn new<I>(names: I) -> Result<Self, HostPatternError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let patterns = names.into_iter().map(|name| HostPattern::parse(name.as_ref()));
        Ok(Self {
            patterns: patterns.collect::<Result<_, _>>()?,
            passes_loopback: false,
            trusts_forwarded: false,
        })
    }

    /// For services of the user's own machine: `localhost` and its subdomains, 127.0.0.0/8 and `[::1]`, on
    /// any port.
    pub fn loopback() -> Self {
        Self { patterns: Vec::new(), passes_loopback: true, trusts_forwarded: false }
    }

    /// Names of the user's own machine too, as [`loopback`](Self::loopback).
    pub fn or_loopback(mut self) -> Self {
        self.passes_loopback = true;
        self
    }

    /// Where `X-Forwarded-Host` is there, looks at that instead. Only behind a proxy that always sets it:
    /// otherwise anybody does.
    pub fn trust_x_forwarded_host(mut self) -> Self {
        self.trusts_forwarded = true;
        self
    }
}

impl Check for Host {
    #[inline]
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        let headers = head.headers();
        if self.trusts_forwarded && headers.contains_key(X_FORWARDED_HOST) {
            return self
                .judge(fields::single_value(headers, X_FORWARDED_HOST).map(HeaderValue::as_bytes));
        }
        let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
        let target = head.uri().authority().map(|authority| authority.as_str().as_bytes());
        // What stands behind may read the one or the other.
        match (target, hosts.next(), hosts.next()) {
            (_, Some(_), Some(_)) | (None, None, _) => self.judge(None),
            (Some(one), None, _) | (None, Some(one), None) => self.judge(Some(one)),
            (Some(target), Some(host), None) => match self.judge(Some(target)) {
                Verdict::Passed => self.judge(Some(host)),
                other => other,
            },
        }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        if self.trusts_forwarded { vec![X_FORWARDED_HOST] } else { Vec::new() }
    }
}

impl Host {
    /// Mostly it is one of the names as it was written, and then nothing is parsed.
    #[inline]
    fn judge(&self, called: Option<&[u8]>) -> Verdict {
        match called {
            Some(called) if self.patterns.iter().any(|pattern| pattern.is_written(called)) => {
                Verdict::Passed
            }
            _ => self.judge_parsed(called),
        }
    }

    fn judge_parsed(&self, called: Option<&[u8]>) -> Verdict {
        let Some(called) = called.filter(|called| called.len() <= HOST_HEADER_BYTES) else {
            return Verdict::Refused(Refusal::MalformedHost);
        };
        let Some((host, port)) = parse_host(called) else {
            return Verdict::Refused(Refusal::MalformedHost);
        };
        let is_own = (self.passes_loopback && host.is_loopback())
            || self.patterns.iter().any(|pattern| pattern.covers(&host, port));
        if is_own { Verdict::Passed } else { Verdict::Refused(Refusal::UnknownHost) }
    }
}

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

use std::fmt;

use super::request::{Mode, RedirectError};

/// The step at which the browser blocks a request or its response.
///
/// The browser performs the steps of a preflight before it sends the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BlockedStep {
    /// The script's call is invalid and throws an error before the browser sends a request.
    Call,
    /// The request's mode does not allow the target.
    Mode,
    /// `Access-Control-Allow-Origin` does not match the request origin.
    /// <https://fetch.spec.whatwg.org/#concept-cors-check>, steps 1 to 3
    AllowOrigin,
    /// `Access-Control-Allow-Credentials` is not `true`.
    /// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 5
    AllowCredentials,
    /// The status of the preflight response is not 200 to 299.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7
    PreflightStatus,
    /// `Access-Control-Allow-Methods` does not allow the method.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.5
    AllowMethods,
    /// `Access-Control-Allow-Headers` does not allow a request header.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.7
    AllowHeaders,
    /// The browser does not follow the redirect. <https://fetch.spec.whatwg.org/#http-redirect-fetch>
    Redirect,
    /// `Cross-Origin-Resource-Policy` does not allow the page to embed the response.
    /// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check>
    ResourcePolicy,
    /// The frame lacks the `Cross-Origin-Embedder-Policy` that the page requires.
    /// <https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy>
    EmbedderPolicy,
    /// `Content-Type` is not valid for a script or a style sheet.
    ///
    /// Browsers usually check this only if the response has `X-Content-Type-Options: nosniff`.
    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?>
    MimeType,
    /// Opaque response blocking rejects a script of another origin, because the response contains data.
    /// <https://github.com/annevk/orb>
    OpaqueResponse,
    /// The service returned an error instead of a response.
    Network,
}

/// The reason why the browser blocked a request or its response.
///
/// The `Display` implementation writes a message like the browser's console, with a fix for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    pub(super) step: BlockedStep,
    pub(super) is_preflight: bool,
    pub(super) url: String,
    pub(super) origin: String,
    pub(super) status: Option<u16>,
    pub(super) reason: Reason,
}

impl Blocked {
    /// Returns the step that failed.
    pub fn step(&self) -> BlockedStep {
        self.step
    }

    /// Returns whether the preflight failed.
    ///
    /// In this case the browser did not send the request itself.
    pub fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// Returns the address of the last request.
    pub fn url(&self) -> &str {
        &self.url
    }
}

pub(super) type Stop = (BlockedStep, Reason);

/// The reason why a step failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Absent,
    WildcardWithCredentials,
    Unexpected {
        value: String,
        expected: String,
    },
    Malformed {
        value: String,
    },
    /// A list of methods or headers does not contain the requested name.
    NotListed {
        name: String,
        value: Option<String>,
    },
    Status(u16),
    Mode(Mode),
    Redirect(RedirectError),
    Text(String),
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, origin, .. } = self;
        write!(f, "the request to {url} from the origin {origin} was blocked")?;
        if self.is_preflight {
            f.write_str(": the preflight failed")?;
        }
        f.write_str(": ")?;
        self.fmt_reason(f)?;
        match self.help() {
            Some(help) => write!(f, "; {help}"),
            None => Ok(()),
        }
    }
}

impl Blocked {
    fn fmt_reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let header = match self.step {
            BlockedStep::AllowCredentials => "Access-Control-Allow-Credentials",
            BlockedStep::AllowMethods => "Access-Control-Allow-Methods",
            BlockedStep::AllowHeaders => "Access-Control-Allow-Headers",
            _ => "Access-Control-Allow-Origin",
        };
        let status = self.status.map(|status| format!(" (status {status})")).unwrap_or_default();
        match &self.reason {
            Reason::Absent => write!(f, "the response{status} has no {header}"),
            Reason::WildcardWithCredentials => {
                write!(f, "{header} is \"*\", which does not allow requests with credentials")
            }
            Reason::Unexpected { value, expected } => {
                write!(f, "{header} is {value:?}, expected {expected:?}")
            }
            Reason::Malformed { value } => write!(f, "{header} is not a list of tokens: {value:?}"),
            Reason::NotListed { name, value: None } => {
                write!(f, "the response{status} has no {header}, which must list {name}")
            }
            Reason::NotListed { name, value: Some(value) } => {
                write!(f, "{header} is {value:?}, which does not allow {name}")
            }
            Reason::Status(status) => {
                write!(f, "the status is {status}, expected 200 to 299")
            }
            Reason::Mode(Mode::SameOrigin) => {
                f.write_str("the target has another origin, but the request's mode is same-origin")
            }
            Reason::Mode(_) => f.write_str("the request's mode does not allow this target"),
            Reason::Redirect(error) => write!(f, "{}{status}", error.message()),
            Reason::Text(text) => f.write_str(text),
        }
    }

    /// Returns the fix for the server.
    fn help(&self) -> Option<String> {
        Some(match (self.step, &self.reason) {
            (BlockedStep::AllowOrigin, Reason::Absent) => match self.status {
                Some(403) => "the policy rejects the request; allow the origin, the method and the request \
                              headers in a rule"
                    .to_owned(),
                Some(status @ (401 | 404 | 405 | 407 | 408 | 413 | 429 | 500..=599)) => format!(
                    "a {status} response from outside the CORS layer has no CORS headers; move the CORS \
                     layer outside of the layer or router that sends this response"
                ),
                _ => "allow the origin in a rule, or move the CORS layer outside of the layer or router that \
                      sends this response"
                    .to_owned(),
            },
            (BlockedStep::AllowOrigin, Reason::WildcardWithCredentials) => {
                "list the origin in a rule with allow_credentials".to_owned()
            }
            (BlockedStep::AllowOrigin, Reason::Unexpected { value, .. }) if value.contains(',') => {
                "several CORS layers set this header; remove all but one".to_owned()
            }
            (BlockedStep::AllowOrigin, Reason::Unexpected { expected, .. }) if expected == "null" => {
                "a redirect across origins or a sandboxed page makes the request origin null; respond \
                 without a redirect"
                    .to_owned()
            }
            (BlockedStep::AllowOrigin, Reason::Unexpected { .. }) => {
                "the header must echo the request origin; allow the origin in a rule, and send Vary: Origin \
                 for shared caches"
                    .to_owned()
            }
            (BlockedStep::AllowCredentials, Reason::Absent) => "set allow_credentials in the rule".to_owned(),
            (BlockedStep::AllowCredentials, _) => {
                "the only valid value is a single \"true\"; set this header in the CORS layer only".to_owned()
            }
            (BlockedStep::AllowMethods, Reason::NotListed { name, value: Some(value) })
                if value.to_ascii_lowercase().contains(&name.to_ascii_lowercase()) =>
            {
                format!("methods are case-sensitive; add {name} to allow_methods in the rule")
            }
            (BlockedStep::AllowHeaders, Reason::NotListed { name, .. }) if name == "authorization" => {
                "\"*\" does not match authorization; add authorization to allow_headers in the rule".to_owned()
            }
            (BlockedStep::AllowMethods, Reason::NotListed { name, value }) => {
                format!("{}add {name} to allow_methods in the rule", wildcard_note(value.as_deref()))
            }
            (BlockedStep::AllowHeaders, Reason::NotListed { name, value }) => {
                format!("{}add {name} to allow_headers in the rule", wildcard_note(value.as_deref()))
            }
            (BlockedStep::AllowMethods | BlockedStep::AllowHeaders, _) => {
                "one invalid name makes the whole list invalid; separate the names with commas".to_owned()
            }
            (BlockedStep::PreflightStatus, Reason::Status(300..=399)) => {
                "browsers do not follow redirects of preflights; respond at the address that the page requests"
                    .to_owned()
            }
            (BlockedStep::PreflightStatus, Reason::Status(status)) => format!(
                "a router or an authentication layer responded with {status} before the CORS layer; move the \
                 CORS layer outside of that layer"
            ),
            (BlockedStep::ResourcePolicy, _) => {
                "if pages of other sites may embed the response, send Cross-Origin-Resource-Policy: \
                 cross-origin in one field line"
                    .to_owned()
            }
            (BlockedStep::EmbedderPolicy, _) => {
                "send the page's Cross-Origin-Embedder-Policy for the frame too, in one field line".to_owned()
            }
            (BlockedStep::MimeType, _) => {
                "send scripts as text/javascript and style sheets as text/css".to_owned()
            }
            (BlockedStep::OpaqueResponse, _) => "send scripts as text/javascript".to_owned(),
            _ => return None,
        })
    }
}

/// Returns a note about the list `*`, which fails only for requests with credentials.
fn wildcard_note(list: Option<&str>) -> &'static str {
    match list {
        Some("*") => "\"*\" is not a wildcard for requests with credentials; ",
        _ => "",
    }
}

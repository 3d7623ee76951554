use std::fmt;

use super::request::{Mode, RedirectError};

/// Where a browser stops. The steps of a preflight come before those of the request itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BlockedStep {
    /// The page's own call, which throws before anything is sent.
    Call,
    /// The mode of the request does not let it go to another origin.
    Mode,
    /// `Access-Control-Allow-Origin`. <https://fetch.spec.whatwg.org/#concept-cors-check>, steps 1 to 3
    AllowOrigin,
    /// `Access-Control-Allow-Credentials`. <https://fetch.spec.whatwg.org/#concept-cors-check>, step 5
    AllowCredentials,
    /// The status of the answer to a preflight.
    /// <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7
    PreflightStatus,
    /// `Access-Control-Allow-Methods`. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.5
    AllowMethods,
    /// `Access-Control-Allow-Headers`. <https://fetch.spec.whatwg.org/#cors-preflight-fetch>, step 7.7
    AllowHeaders,
    /// A redirect that is not followed. <https://fetch.spec.whatwg.org/#http-redirect-fetch>
    Redirect,
    /// `Cross-Origin-Resource-Policy`.
    /// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-check>
    ResourcePolicy,
    /// `Cross-Origin-Embedder-Policy` of a frame.
    /// <https://html.spec.whatwg.org/#check-a-navigation-response's-adherence-to-its-embedder-policy>
    EmbedderPolicy,
    /// `Content-Type` of a script or a style sheet, mostly with `X-Content-Type-Options: nosniff`.
    /// <https://fetch.spec.whatwg.org/#should-response-to-request-be-blocked-due-to-nosniff?>
    MimeType,
    /// A script that is data by what its response says, of another origin.
    /// <https://github.com/annevk/orb>
    OpaqueResponse,
    /// The service ended with an error in the place of a response.
    Network,
}

/// Why a page got nothing.
///
/// Its `Display` reads as a browser's console, and says what to change on the server.
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
    /// Where the browser stopped.
    pub fn step(&self) -> BlockedStep {
        self.step
    }

    /// Whether it was the preflight that failed, so that the request itself was never sent.
    pub fn is_preflight(&self) -> bool {
        self.is_preflight
    }

    /// The address that was asked last.
    pub fn url(&self) -> &str {
        &self.url
    }
}

pub(super) type Stop = (BlockedStep, Reason);

/// What was wrong at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Absent,
    AnyWithCredentials,
    Other {
        value: String,
        expected: String,
    },
    Malformed {
        value: String,
    },
    /// What a preflight asked for, and the list without it.
    Lacks {
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
        write!(f, "{url}, asked by a page of {origin}")?;
        if self.is_preflight {
            f.write_str(": the preflight failed")?;
        }
        f.write_str(": ")?;
        self.fmt_reason(f)?;
        match self.advice() {
            Some(advice) => write!(f, "; {advice}"),
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
            Reason::AnyWithCredentials => {
                write!(
                    f,
                    "{header} is \"*\", which counts for nothing where credentials are included"
                )
            }
            Reason::Other { value, expected } => {
                write!(f, "{header} is {value:?}, and would have to be {expected:?}")
            }
            Reason::Malformed { value } => write!(f, "{header} is no list of tokens: {value:?}"),
            Reason::Lacks { name, value: None } => {
                write!(f, "the response{status} has no {header}, which would have to name {name}")
            }
            Reason::Lacks { name, value: Some(value) } => {
                write!(f, "{header} is {value:?}, and would have to name {name}")
            }
            Reason::Status(status) => {
                write!(f, "its status is {status}, and would have to be one of 200 to 299")
            }
            Reason::Mode(Mode::SameOrigin) => {
                f.write_str("it is of another origin, and the mode is same-origin")
            }
            Reason::Mode(_) => f.write_str("the request's mode does not allow it"),
            Reason::Redirect(error) => write!(f, "{}{status}", error.message()),
            Reason::Text(text) => f.write_str(text),
        }
    }

    /// What to change on the server.
    fn advice(&self) -> Option<String> {
        Some(match (self.step, &self.reason) {
            (BlockedStep::AllowOrigin, Reason::Absent) => match self.status {
                Some(403) => "the policy refuses it: let a rule cover the origin, the method and the \
                              request headers"
                    .to_owned(),
                Some(status @ (401 | 404 | 405 | 407 | 408 | 413 | 429 | 500..=599)) => format!(
                    "a {status} that was made outside of the CORS layer has none of its headers: put the \
                     layer outside of what answers so"
                ),
                _ => "let a rule cover the origin, or put the CORS layer outside of what answers".to_owned(),
            },
            (BlockedStep::AllowOrigin, Reason::AnyWithCredentials) => {
                "name the origin in a rule with allow_credentials".to_owned()
            }
            (BlockedStep::AllowOrigin, Reason::Other { value, .. }) if value.contains(',') => {
                "only one CORS layer may answer: take the other one out".to_owned()
            }
            (BlockedStep::AllowOrigin, Reason::Other { expected, .. }) if expected == "null" => {
                "the request came by a redirect over another origin, or from a sandboxed page: answer \
                 without a redirect"
                    .to_owned()
            }
            (BlockedStep::AllowOrigin, Reason::Other { .. }) => {
                "answer the origin that asks: let a rule cover it, and let caches vary by Origin".to_owned()
            }
            (BlockedStep::AllowCredentials, Reason::Absent) => "let the rule allow_credentials".to_owned(),
            (BlockedStep::AllowCredentials, _) => {
                "only one line of exactly \"true\" counts: let the CORS layer alone set it".to_owned()
            }
            (BlockedStep::AllowMethods, Reason::Lacks { name, value: Some(value) })
                if value.to_ascii_lowercase().contains(&name.to_ascii_lowercase()) =>
            {
                format!("upper and lower case differ: let the rule allow_methods {name}")
            }
            (BlockedStep::AllowHeaders, Reason::Lacks { name, .. }) if name == "authorization" => {
                "\"*\" does not cover it: let the rule allow_headers authorization by name".to_owned()
            }
            (BlockedStep::AllowMethods, Reason::Lacks { name, value }) => {
                format!("{}let the rule allow_methods {name}", about_any(value.as_deref()))
            }
            (BlockedStep::AllowHeaders, Reason::Lacks { name, value }) => {
                format!("{}let the rule allow_headers {name}", about_any(value.as_deref()))
            }
            (BlockedStep::AllowMethods | BlockedStep::AllowHeaders, _) => {
                "names stand between commas, and one that is none spoils the list".to_owned()
            }
            (BlockedStep::PreflightStatus, Reason::Status(300..=399)) => {
                "a preflight is never redirected: answer it at the address that the page asks".to_owned()
            }
            (BlockedStep::PreflightStatus, Reason::Status(status)) => format!(
                "what answers {status} stands before the CORS layer, a router or an authentication layer: \
                 put the CORS layer outside of it"
            ),
            (BlockedStep::ResourcePolicy, _) => {
                "if pages of other sites may embed it, let the response say \
                 Cross-Origin-Resource-Policy: cross-origin, in one line"
                    .to_owned()
            }
            (BlockedStep::EmbedderPolicy, _) => {
                "let the frame say Cross-Origin-Embedder-Policy as its page does, in one line".to_owned()
            }
            (BlockedStep::MimeType, _) => {
                "answer a script as text/javascript, a style sheet as text/css".to_owned()
            }
            (BlockedStep::OpaqueResponse, _) => "answer a script as text/javascript".to_owned(),
            _ => return None,
        })
    }
}

/// Only credentials make `*` lack something.
fn about_any(list: Option<&str>) -> &'static str {
    match list {
        Some("*") => "\"*\" is but a name where credentials are included: ",
        _ => "",
    }
}

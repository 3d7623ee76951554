use std::{error::Error, fmt};

/// What is no name that a service can be called by.
///
/// ```
/// use tower_cross_origin::guard::{Host, HostPatternFault};
///
/// let error = Host::new(["https://api.example.com"]).unwrap_err();
/// assert_eq!(error.kind(), HostPatternFault::Scheme);
/// assert_eq!(
///     error.to_string(),
///     r#""https://api.example.com" is no host: leave the scheme out, since a request does not name it"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPatternError {
    text: String,
    fault: HostPatternFault,
}

impl HostPatternError {
    pub(super) fn new(text: &str, fault: HostPatternFault) -> Self {
        Self { text: text.to_owned(), fault }
    }

    /// What was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is wrong with it.
    pub fn kind(&self) -> HostPatternFault {
        self.fault
    }
}

impl fmt::Display for HostPatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no host: {}", self.text, self.fault)
    }
}

impl Error for HostPatternError {}

/// What is wrong with the name of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HostPatternFault {
    /// Nothing.
    Empty,
    /// `https://`
    Scheme,
    /// A path, a query or a user.
    MoreThanHost,
    /// `API.example.com`
    UpperCase,
    /// `api.example.com.`
    FinalDot,
    /// A name that is not in its A-label form.
    Unicode,
    /// A port that is none.
    Port,
    /// `*`
    Everything,
    /// `*` elsewhere than as the first label, or before an address.
    Wildcard,
    /// Something else.
    Malformed,
}

impl fmt::Display for HostPatternFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "write the name that the service is called by, \"api.example.com\"",
            Self::Scheme => "leave the scheme out, since a request does not name it",
            Self::MoreThanHost => {
                "write the host alone, \"api.example.com\" or \"api.example.com:8080\""
            }
            Self::UpperCase => "write it in lower case; requests may write it in any",
            Self::FinalDot => "leave the final dot out; a name with it is another one to browsers",
            Self::Unicode => "write its A-label, \"xn--...\", which is what requests have",
            Self::Port => "a port is a number from 1 to 65535; without one, every port is meant",
            Self::Everything => {
                "every name would be the service's own; leave the check out instead"
            }
            Self::Wildcard => {
                "* stands for subdomains, as the first label of a name: \"*.example.com\""
            }
            Self::Malformed => {
                "a host is labels of letters, digits, - and _, \"192.0.2.7\", or \"[2001:db8::1]\""
            }
        })
    }
}

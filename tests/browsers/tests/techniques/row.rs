//! A row: one case of a technique with one protocol and one kind of credentials.

use std::fmt;

use browsers::Engine;
use serde_json::{Value, json};

use super::{
    groups::Group,
    places::{Place, Ports},
    recorder::Arrived,
    technique::{Case, Credentials, Outcome, Technique},
};

/// The protocol between the browser and the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// HTTP/1.1 without TLS.
    Http1,
    /// HTTP/2 with TLS.
    Http2,
}

impl Protocol {
    pub const ALL: [Self; 2] = [Self::Http1, Self::Http2];

    pub fn version(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2.0",
        }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row<'a> {
    pub number: usize,
    pub group: &'a Group,
    pub technique: &'a Technique,
    pub case: &'a Case,
    pub credentials: Credentials,
    pub protocol: Protocol,
}

impl<'a> Row<'a> {
    /// Returns the rows of all groups.
    pub fn all(groups: &'a [Group]) -> Vec<Self> {
        let mut rows = Vec::new();
        for group in groups {
            for technique in &group.techniques {
                for case in &technique.cases {
                    for &credentials in technique.credentials {
                        for protocol in Protocol::ALL {
                            let number = rows.len();
                            rows.push(Self {
                                number,
                                group,
                                technique,
                                case,
                                credentials,
                                protocol,
                            });
                        }
                    }
                }
            }
        }
        rows
    }

    /// Returns the page that runs the row.
    pub fn page(&self) -> (Protocol, Place) {
        (self.protocol, self.case.page)
    }

    /// Returns the row in the format of `page.js`.
    pub fn to_json(&self, ports: &Ports) -> Value {
        json!({
            "number": self.number,
            "script": self.technique.script,
            "page": self.case.page.origin(ports, self.protocol),
            "service": self.case.service.origin(ports, self.protocol),
            "files": Place::Files.origin(ports, self.protocol),
            "layers": self.case.layers,
            "credentials": match self.credentials {
                Credentials::SameOrigin => "same-origin",
                Credentials::Include => "include",
            },
        })
    }

    /// Returns the expected result of the page and the expected requests.
    pub fn expected(&self, engine: Engine) -> (String, Vec<String>) {
        let Outcome { result, requests } = self.technique.outcome(self.case, engine);
        let with_credentials = |line: String| match self.credentials {
            Credentials::Include => line.replace("cookie?", "cookie"),
            Credentials::SameOrigin => line.replace(", cookie?", "").replace("cookie?", ""),
        };
        let with_version = |line: String| match line.starts_with("WebSocket ") {
            // Over TLS, engines choose between HTTP/1.1 and an extended CONNECT of HTTP/2:
            // https://www.rfc-editor.org/rfc/rfc8441
            true => line,
            false => format!("{} {line}", self.protocol.version()),
        };
        let requests = requests.into_iter().map(with_credentials).map(with_version);
        (result, requests.collect())
    }

    /// Returns whether a message of the console contains a URL of the row.
    pub fn is_in(&self, message: &str) -> bool {
        let number = format!("row={}", self.number);
        let mut found = message.match_indices(&number);
        found.any(|(at, _)| {
            !message[at + number.len()..].starts_with(|next: char| next.is_ascii_digit())
        })
    }

    /// Returns the requests in the notation of [`Outcome`].
    pub fn received(&self, arrived: &[Arrived], ports: &Ports) -> Vec<String> {
        let origin = self.case.page.sent_origin(ports, self.protocol);
        arrived.iter().map(|arrived| arrived.to_line(&origin)).collect()
    }
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { technique, case, credentials, protocol, .. } = self;
        let Case { relation, page, layers, .. } = case;
        let (name, version) = (&technique.name, protocol.version());
        write!(f, "{name}, {relation:?} ({page:?} to {layers}), {credentials:?}, {version}")
    }
}

//! The values of the headers, under the names of the standards.

/// Defines the tokens of a header's values.
///
/// The same tokens are used to send headers, to parse headers of the inner service, and in the browser model.
/// With a description of the value, they are also the values in configuration files.
macro_rules! tokens {
    ($value:ident, { $($variant:ident => $token:literal),+ $(,)? }) => {
        impl $value {
            /// Returns the token in the header.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $token,)+
                }
            }

            /// Returns the value for this token, as browsers parse it.
            ///
            /// Tokens are case-sensitive.
            pub(crate) fn from_token(token: &[u8]) -> Option<Self> {
                $(if token == $token.as_bytes() {
                    return Some(Self::$variant);
                })+
                None
            }
        }
    };
    ($value:ident, $expected:literal, { $($variant:ident => $token:literal),+ $(,)? }) => {
        tokens!($value, { $($variant => $token),+ });

        #[cfg(feature = "serde")]
        crate::config::file::words!($value, $expected, { $($variant => $token),+ });

        #[cfg(feature = "schemars")]
        crate::config::file::schema_of_words!($value);
    };
}

/// `Cross-Origin-Resource-Policy`: the pages that may embed a response without CORS.
///
/// The header does not apply to requests in the CORS protocol or to navigations. It applies to frames only if
/// their parent page has a [`CrossOriginEmbedderPolicy`].
/// <https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginResourcePolicy;
/// assert_eq!(CrossOriginResourcePolicy::SameSite.as_str(), "same-site");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginResourcePolicy {
    /// Pages of the same origin.
    SameOrigin,
    /// Pages of the same site: for example, pages of `app.example.com` may embed `cdn.example.com`.
    ///
    /// Pages that were loaded over `http` cannot embed responses that were loaded over `https`.
    SameSite,
    /// Every page.
    CrossOrigin,
}

tokens!(CrossOriginResourcePolicy, "a resource policy, such as \"same-origin\"", {
    SameOrigin => "same-origin",
    SameSite => "same-site",
    CrossOrigin => "cross-origin",
});

/// `Cross-Origin-Opener-Policy`: the pages that share a browsing context group with a document.
///
/// Pages in the same group can have a reference to the window of the document. The header applies to
/// top-level documents in secure contexts. The value `restrict-properties` is missing here, since no standard
/// defines it. <https://html.spec.whatwg.org/#cross-origin-opener-policy-value>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginOpenerPolicy;
/// assert_eq!(CrossOriginOpenerPolicy::SameOriginAllowPopups.as_str(), "same-origin-allow-popups");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginOpenerPolicy {
    /// Every page that opens the document, unless that page's own policy forbids this. The default of
    /// browsers.
    #[default]
    UnsafeNone,
    /// Pages of the same origin and policy, and popups of the document without a policy.
    SameOriginAllowPopups,
    /// Pages of the same origin with the same policy.
    SameOrigin,
    /// Only the popups that the document opens.
    ///
    /// Pages that open the document are excluded, even pages of the same origin. Firefox ignores this value.
    /// It cannot be report-only.
    NoopenerAllowPopups,
}

tokens!(CrossOriginOpenerPolicy, "an opener policy, such as \"same-origin\"", {
    UnsafeNone => "unsafe-none",
    SameOriginAllowPopups => "same-origin-allow-popups",
    SameOrigin => "same-origin",
    NoopenerAllowPopups => "noopener-allow-popups",
});

/// `Cross-Origin-Embedder-Policy`: the responses of other origins that a document may embed.
///
/// The header applies to documents and workers in secure contexts. <https://html.spec.whatwg.org/#coep>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginEmbedderPolicy;
/// assert_eq!(CrossOriginEmbedderPolicy::RequireCorp.as_str(), "require-corp");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginEmbedderPolicy {
    /// All responses. The default of browsers.
    #[default]
    UnsafeNone,
    /// Responses that allow embedding by [`CrossOriginResourcePolicy`] or CORS, and frames with an embedder
    /// policy.
    RequireCorp,
    /// Responses as with `RequireCorp`, and other responses without cookies.
    ///
    /// The browser requests embedded resources without cookies. Safari ignores this value.
    Credentialless,
}

tokens!(CrossOriginEmbedderPolicy, "an embedder policy, such as \"require-corp\"", {
    UnsafeNone => "unsafe-none",
    RequireCorp => "require-corp",
    Credentialless => "credentialless",
});

impl CrossOriginEmbedderPolicy {
    /// Returns whether the value is compatible with cross-origin isolation.
    ///
    /// <https://html.spec.whatwg.org/#compatible-with-cross-origin-isolation>
    pub(crate) fn isolates(self) -> bool {
        self != Self::UnsafeNone
    }
}

/// `Document-Isolation-Policy`: isolates a document, independent of its opener and its frames.
///
/// This header is a draft, and applies in secure contexts. Only Chromium supports it (137, on Android 146).
/// <https://wicg.github.io/document-isolation-policy/>
///
/// ```
/// # use tower_cross_origin::embedding::DocumentIsolationPolicy;
/// let policy = DocumentIsolationPolicy::IsolateAndRequireCorp;
/// assert_eq!(policy.as_str(), "isolate-and-require-corp");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentIsolationPolicy {
    /// Not isolated. The default of browsers.
    #[default]
    None,
    /// Isolated; embeds the same responses as [`CrossOriginEmbedderPolicy::RequireCorp`].
    IsolateAndRequireCorp,
    /// Isolated; embeds the same responses as [`CrossOriginEmbedderPolicy::Credentialless`].
    IsolateAndCredentialless,
}

tokens!(DocumentIsolationPolicy, "an isolation policy, such as \"isolate-and-require-corp\"", {
    None => "none",
    IsolateAndRequireCorp => "isolate-and-require-corp",
    IsolateAndCredentialless => "isolate-and-credentialless",
});

/// `Integrity-Policy`: the embedded files that must have integrity metadata.
///
/// A document then loads a script or a style sheet only with an `integrity` attribute, and only in the mode `cors`.
/// Chrome 138, Firefox 145, Safari 26; style sheets not in Chrome.
/// <https://w3c.github.io/webappsec-subresource-integrity/#integrity-policy-section>
///
/// ```
/// # use tower_cross_origin::embedding::IntegrityPolicy;
/// assert_eq!(IntegrityPolicy::Script.as_str(), "blocked-destinations=(script)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IntegrityPolicy {
    /// Scripts.
    Script,
    /// Style sheets.
    Style,
    /// Scripts and style sheets.
    ScriptAndStyle,
}

impl IntegrityPolicy {
    /// Returns the value of the header, without endpoints.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Script => "blocked-destinations=(script)",
            Self::Style => "blocked-destinations=(style)",
            Self::ScriptAndStyle => "blocked-destinations=(script style)",
        }
    }

    /// Sets the endpoint to which browsers report violations.
    ///
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines the
    /// endpoint.
    pub fn report_to(self, endpoint: &str) -> WithReporting<Self> {
        WithReporting { policy: self, endpoint: Some(endpoint.to_owned()) }
    }
}

/// `Origin-Agent-Cluster`: requests separate agent clusters for the origins of a site.
///
/// The browser can then run each origin in a separate process. Pages can no longer set `document.domain`. The
/// header is a hint: the first document of an origin in a browsing context group decides for the later ones.
/// Chrome 90, Firefox 138. <https://html.spec.whatwg.org/#origin-keyed-agent-clusters>
///
/// ```
/// # use tower_cross_origin::embedding::OriginAgentCluster;
/// assert_eq!(OriginAgentCluster::OriginKeyed.as_str(), "?1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginAgentCluster {
    /// One cluster per origin.
    OriginKeyed,
    /// One cluster per site.
    SiteKeyed,
}

tokens!(OriginAgentCluster, {
    OriginKeyed => "?1",
    SiteKeyed => "?0",
});

/// A policy, and the endpoint to which browsers report violations.
///
/// ```
/// use tower_cross_origin::embedding::{CrossOriginOpenerPolicy, WithReporting};
///
/// let policy: WithReporting<_> = CrossOriginOpenerPolicy::SameOrigin.into();
/// assert_eq!(policy.endpoint(), None);
///
/// let with_reports = CrossOriginOpenerPolicy::SameOrigin.report_to("main");
/// assert_eq!(with_reports.policy(), CrossOriginOpenerPolicy::SameOrigin);
/// assert_eq!(with_reports.endpoint(), Some("main"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithReporting<P> {
    policy: P,
    endpoint: Option<String>,
}

impl<P: Copy> WithReporting<P> {
    /// Returns the policy.
    pub fn policy(&self) -> P {
        self.policy
    }

    /// Returns the name of the endpoint, if there is one.
    pub fn endpoint(&self) -> Option<&str> {
        self.endpoint.as_deref()
    }
}

impl<P> From<P> for WithReporting<P> {
    fn from(policy: P) -> Self {
        Self { policy, endpoint: None }
    }
}

impl CrossOriginOpenerPolicy {
    /// Sets the endpoint to which browsers report violations.
    ///
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines the
    /// endpoint.
    pub fn report_to(self, endpoint: &str) -> WithReporting<Self> {
        WithReporting { policy: self, endpoint: Some(endpoint.to_owned()) }
    }
}

impl CrossOriginEmbedderPolicy {
    /// Sets the endpoint to which browsers report violations.
    ///
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines the
    /// endpoint.
    pub fn report_to(self, endpoint: &str) -> WithReporting<Self> {
        WithReporting { policy: self, endpoint: Some(endpoint.to_owned()) }
    }
}

impl DocumentIsolationPolicy {
    /// Sets the endpoint to which browsers report violations.
    ///
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines the
    /// endpoint.
    pub fn report_to(self, endpoint: &str) -> WithReporting<Self> {
        WithReporting { policy: self, endpoint: Some(endpoint.to_owned()) }
    }
}

#[cfg(feature = "serde")]
mod file_format {
    use std::{fmt, marker::PhantomData};

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{
            Error, MapAccess, Visitor,
            value::{MapAccessDeserializer, StrDeserializer},
        },
        ser::SerializeMap,
    };

    use super::{IntegrityPolicy, OriginAgentCluster, WithReporting};
    use crate::config::file;

    // The words of a file; the header has `?1` and `?0`.
    file::words!(OriginAgentCluster, "\"origin-keyed\" or \"site-keyed\"", {
        OriginKeyed => "origin-keyed",
        SiteKeyed => "site-keyed",
    });

    file::words!(IntegrityPolicy, "\"script\", \"style\" or \"script-and-style\"", {
        Script => "script",
        Style => "style",
        ScriptAndStyle => "script-and-style",
    });

    /// # Errors
    ///
    /// Fails if the value is neither a policy nor a table of a policy and an endpoint.
    impl<'de, P: Copy + Deserialize<'de>> Deserialize<'de> for WithReporting<P> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(ReportingVisitor(PhantomData))
        }
    }

    /// # Errors
    ///
    /// Fails if the format fails.
    impl<P: Copy + Serialize> Serialize for WithReporting<P> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let Some(endpoint) = self.endpoint() else {
                return self.policy().serialize(serializer);
            };
            let mut table = serializer.serialize_map(Some(2))?;
            table.serialize_entry("policy", &self.policy())?;
            table.serialize_entry("report_to", endpoint)?;
            table.end()
        }
    }

    struct ReportingVisitor<P>(PhantomData<P>);

    impl<'de, P: Copy + Deserialize<'de>> Visitor<'de> for ReportingVisitor<P> {
        type Value = WithReporting<P>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(
                r#"a policy, or a policy with an endpoint, { policy = "...", report_to = "..." }"#,
            )
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<WithReporting<P>, E> {
            P::deserialize(StrDeserializer::new(word)).map(WithReporting::from)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<WithReporting<P>, A::Error> {
            let table = ReportingTable::deserialize(MapAccessDeserializer::new(map))?;
            Ok(WithReporting { policy: table.policy, endpoint: table.report_to })
        }
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct ReportingTable<P> {
        policy: P,
        report_to: Option<String>,
    }

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::{IntegrityPolicy, OriginAgentCluster, WithReporting};
        use crate::config::file::schema_of_words;

        schema_of_words!(IntegrityPolicy);
        schema_of_words!(OriginAgentCluster);

        impl<P: JsonSchema> JsonSchema for WithReporting<P> {
            fn schema_name() -> Cow<'static, str> {
                format!("WithReporting{}", P::schema_name()).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let policy = generator.subschema_for::<P>();
                json_schema!({
                    "anyOf": [
                        policy,
                        {
                            "description": "The policy, and the endpoint to which browsers report violations.",
                            "type": "object",
                            "properties": { "policy": policy, "report_to": { "type": "string" } },
                            "required": ["policy"],
                            "additionalProperties": false,
                        },
                    ]
                })
            }
        }
    }
}

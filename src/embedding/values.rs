//! What the headers say, in the standards' words.

/// The tokens of a header's values: the one table of them, for what is sent, what an inner service set,
/// what a browser reads, and, with the description of the value, what a file has.
macro_rules! tokens {
    ($value:ident, { $($variant:ident => $token:literal),+ $(,)? }) => {
        impl $value {
            /// As the header says it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $token,)+
                }
            }

            /// Returns the value that browsers read from this token. They compare it with case.
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

/// `Cross-Origin-Resource-Policy`: which pages may embed a response without asking.
///
/// It does not concern what pages ask for by the CORS protocol, nor navigations; frames only where their
/// page has a [`CrossOriginEmbedderPolicy`].
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
    /// Pages of the same site, such as those of `app.example.com` for `cdn.example.com`. What comes over
    /// `https` is not for pages that came over `http`.
    SameSite,
    /// Every page.
    CrossOrigin,
}

tokens!(CrossOriginResourcePolicy, "a resource policy, such as \"same-origin\"", {
    SameOrigin => "same-origin",
    SameSite => "same-site",
    CrossOrigin => "cross-origin",
});

/// `Cross-Origin-Opener-Policy`: which pages share a browsing context group with a document, so that they
/// hold a reference to its window.
///
/// It counts for documents of the top level in secure contexts, and is without effect elsewhere.
/// `restrict-properties`, which is in no standard, is not here.
/// <https://html.spec.whatwg.org/#cross-origin-opener-policy-value>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginOpenerPolicy;
/// assert_eq!(CrossOriginOpenerPolicy::SameOriginAllowPopups.as_str(), "same-origin-allow-popups");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginOpenerPolicy {
    /// Every page that opens it, unless that one's policy says otherwise. What browsers do without the
    /// header.
    #[default]
    UnsafeNone,
    /// Pages of the same origin with the same policy, and the popups that it opens, if they say nothing.
    SameOriginAllowPopups,
    /// Pages of the same origin with the same policy.
    SameOrigin,
    /// The popups that it opens, and no page that opens it, not even one of the same origin. Firefox takes
    /// it for nothing, and it cannot be report-only.
    NoopenerAllowPopups,
}

tokens!(CrossOriginOpenerPolicy, "an opener policy, such as \"same-origin\"", {
    UnsafeNone => "unsafe-none",
    SameOriginAllowPopups => "same-origin-allow-popups",
    SameOrigin => "same-origin",
    NoopenerAllowPopups => "noopener-allow-popups",
});

/// `Cross-Origin-Embedder-Policy`: what a document may embed without asking.
///
/// It counts for documents and workers in secure contexts, and is without effect elsewhere.
/// <https://html.spec.whatwg.org/#coep>
///
/// ```
/// # use tower_cross_origin::embedding::CrossOriginEmbedderPolicy;
/// assert_eq!(CrossOriginEmbedderPolicy::RequireCorp.as_str(), "require-corp");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CrossOriginEmbedderPolicy {
    /// Everything. What browsers do without the header.
    #[default]
    UnsafeNone,
    /// Responses of other origins that say so by [`CrossOriginResourcePolicy`] or by CORS, and frames with
    /// an embedder policy of their own.
    RequireCorp,
    /// As `RequireCorp`, but responses that say nothing are asked for without cookies. Safari takes it for
    /// nothing.
    Credentialless,
}

tokens!(CrossOriginEmbedderPolicy, "an embedder policy, such as \"require-corp\"", {
    UnsafeNone => "unsafe-none",
    RequireCorp => "require-corp",
    Credentialless => "credentialless",
});

impl CrossOriginEmbedderPolicy {
    /// <https://html.spec.whatwg.org/#compatible-with-cross-origin-isolation>
    pub(crate) fn isolates(self) -> bool {
        self != Self::UnsafeNone
    }
}

/// `Document-Isolation-Policy`: a document that is isolated by itself, whoever opened or framed it.
///
/// A draft, in secure contexts, of which Chromium alone knows (137, on Android 146).
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
    /// Not isolated. What browsers do without the header.
    #[default]
    None,
    /// Isolated; it embeds what [`CrossOriginEmbedderPolicy::RequireCorp`] lets it.
    IsolateAndRequireCorp,
    /// Isolated; it embeds what [`CrossOriginEmbedderPolicy::Credentialless`] lets it.
    IsolateAndCredentialless,
}

tokens!(DocumentIsolationPolicy, "an isolation policy, such as \"isolate-and-require-corp\"", {
    None => "none",
    IsolateAndRequireCorp => "isolate-and-require-corp",
    IsolateAndCredentialless => "isolate-and-credentialless",
});

/// `Origin-Agent-Cluster`: whether pages of the same site, and of another origin, are kept apart, as by a
/// process of their own. They can then no longer set `document.domain`.
///
/// A hint: the first document of an origin in a browsing context group decides for the later ones.
/// Chrome 90, Firefox 138. <https://html.spec.whatwg.org/#origin-keyed-agent-clusters>
///
/// ```
/// # use tower_cross_origin::embedding::OriginAgentCluster;
/// assert_eq!(OriginAgentCluster::OriginKeyed.as_str(), "?1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OriginAgentCluster {
    /// A cluster for the origin.
    OriginKeyed,
    /// A cluster for the site.
    SiteKeyed,
}

tokens!(OriginAgentCluster, {
    OriginKeyed => "?1",
    SiteKeyed => "?0",
});

/// A policy, and the endpoint to which browsers report violations of it.
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
    /// Adds reports to this endpoint, which
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines.
    pub fn report_to(self, endpoint: &str) -> WithReporting<Self> {
        WithReporting { policy: self, endpoint: Some(endpoint.to_owned()) }
    }
}

impl CrossOriginEmbedderPolicy {
    /// Adds reports to this endpoint, which
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines.
    pub fn report_to(self, endpoint: &str) -> WithReporting<Self> {
        WithReporting { policy: self, endpoint: Some(endpoint.to_owned()) }
    }
}

impl DocumentIsolationPolicy {
    /// Adds reports to this endpoint, which
    /// [`EmbeddingConfig::reporting_endpoint`](super::EmbeddingConfig::reporting_endpoint) defines.
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

    use super::{OriginAgentCluster, WithReporting};
    use crate::config::file;

    // Unlike the header, which has `?1` and `?0`.
    file::words!(OriginAgentCluster, "\"origin-keyed\" or \"site-keyed\"", {
        OriginKeyed => "origin-keyed",
        SiteKeyed => "site-keyed",
    });

    /// # Errors
    ///
    /// The format's own, for what is neither a policy nor one with its endpoint.
    impl<'de, P: Copy + Deserialize<'de>> Deserialize<'de> for WithReporting<P> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(ReportingVisitor(PhantomData))
        }
    }

    /// # Errors
    ///
    /// The format's own.
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
                r#"a policy, or one with its endpoint, { policy = "...", report_to = "..." }"#,
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

        use super::{OriginAgentCluster, WithReporting};
        use crate::config::file::schema_of_words;

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
                            "description": "The policy, and the endpoint that browsers tell where it steps in.",
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

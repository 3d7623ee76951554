//! The setting for `frame-ancestors` of Content Security Policy, and its effect on a response.

use http::{
    HeaderMap, HeaderValue,
    header::{CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS},
};

use crate::{config::OriginList, origin::ParsedPattern, request::fields::list_members};

/// The pages that may embed a response in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FrameAncestors {
    /// No page.
    None,
    /// Pages of the same origin, and pages of these origins.
    OwnAnd(OriginList),
}

/// Adds the policy next to the policies of the inner service. A browser applies all of them.
///
/// Browsers ignore `X-Frame-Options` next to `frame-ancestors`, so a policy of the same effect is added.
pub(super) fn append(headers: &mut HeaderMap, policy: &HeaderValue) {
    let options = frame_options(headers);
    for policy in [Some(policy.clone()), options].into_iter().flatten() {
        // A full map does not change.
        let _ = headers.try_append(CONTENT_SECURITY_POLICY, policy);
    }
}

/// Returns the policy with the effect of `X-Frame-Options`.
///
/// <https://html.spec.whatwg.org/#the-x-frame-options-header>
fn frame_options(headers: &HeaderMap) -> Option<HeaderValue> {
    let values = || headers.get_all(X_FRAME_OPTIONS).iter().flat_map(list_members);
    let first = values().next()?;
    let is_known = |value: &[u8]| {
        [&b"deny"[..], b"allowall", b"sameorigin"]
            .iter()
            .any(|known| value.eq_ignore_ascii_case(known))
    };
    let has_several = values().any(|value| !value.eq_ignore_ascii_case(first));
    if first.eq_ignore_ascii_case(b"deny") || (has_several && values().any(is_known)) {
        Some(HeaderValue::from_static(NONE))
    } else if first.eq_ignore_ascii_case(b"sameorigin") && !has_several {
        Some(HeaderValue::from_static(OWN))
    } else {
        None
    }
}

/// Returns the policy for pages of the same origin and of these origins.
pub(super) fn policy(origins: &[&str]) -> String {
    [OWN].iter().chain(origins).copied().collect::<Vec<_>>().join(" ")
}

/// The policy for no page.
pub(super) const NONE: &str = "frame-ancestors 'none'";

/// The policy for pages of the same origin.
const OWN: &str = "frame-ancestors 'self'";

/// Returns whether a policy can contain the pattern.
///
/// A `host-source` has no IPv6 address and no dot at the end.
/// <https://w3c.github.io/webappsec-csp/#grammardef-host-source>
pub(super) fn is_host_source(pattern: &ParsedPattern<'_>) -> bool {
    let is_host_char = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    pattern.host.split('.').all(|label| !label.is_empty() && label.bytes().all(is_host_char))
}

#[cfg(feature = "serde")]
mod file_format {
    use std::fmt;

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{Error, SeqAccess, Unexpected, Visitor},
    };

    use super::{FrameAncestors, OriginList};
    use crate::config::file;

    impl<'de> Deserialize<'de> for FrameAncestors {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(FrameAncestorsVisitor)
        }
    }

    impl Serialize for FrameAncestors {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            match self {
                Self::None => serializer.serialize_str(NONE),
                Self::OwnAnd(origins) if origins.is_empty() => serializer.serialize_str(OWN),
                Self::OwnAnd(origins) => origins.serialize(serializer),
            }
        }
    }

    struct FrameAncestorsVisitor;

    impl<'de> Visitor<'de> for FrameAncestorsVisitor {
        type Value = FrameAncestors;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(r#""none", "self", or a list of origins"#)
        }

        fn visit_str<E: Error>(self, word: &str) -> Result<FrameAncestors, E> {
            match word {
                NONE => Ok(FrameAncestors::None),
                OWN => Ok(FrameAncestors::OwnAnd(OriginList::default())),
                _ => Err(E::invalid_value(Unexpected::Str(word), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, origins: A) -> Result<FrameAncestors, A::Error> {
            let texts: Vec<String> = file::list_items(origins)?;
            Ok(FrameAncestors::OwnAnd(texts.into()))
        }
    }

    const NONE: &str = "none";

    const OWN: &str = "self";

    #[cfg(feature = "schemars")]
    mod schema {
        use std::borrow::Cow;

        use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

        use super::FrameAncestors;

        impl JsonSchema for FrameAncestors {
            fn schema_name() -> Cow<'static, str> {
                "FrameAncestors".into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "anyOf": [
                        { "description": "No page.", "type": "string", "const": "none" },
                        {
                            "description": "Pages of the same origin.",
                            "type": "string",
                            "const": "self",
                        },
                        {
                            "description": "Pages of the same origin, and pages of these origins.",
                            "type": "array",
                            "items": { "type": "string" },
                        },
                    ]
                })
            }
        }
    }
}

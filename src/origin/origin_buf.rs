use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use super::{InvalidOriginError, Origin, Tuple};

/// An owned [`Origin`] that can outlive the request.
///
/// It suits audit logs, keys of maps and rate limits. Clones share the text.
///
/// ```
/// use std::collections::HashMap;
/// use tower_cross_origin::origin::{Origin, OriginBuf};
///
/// let mut requests: HashMap<OriginBuf, u32> = HashMap::new();
/// let header = String::from("https://app.example.com");
/// let origin = Origin::try_from(&*header)?;
/// *requests.entry(origin.to_buf()).or_default() += 1;
/// drop(header);
///
/// assert_eq!(requests.get("https://app.example.com"), Some(&1));
/// # Ok::<(), tower_cross_origin::origin::InvalidOriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginBuf {
    text: Arc<str>,
}

impl OriginBuf {
    /// Returns the origin as a borrowed value, with its scheme, host and port.
    ///
    /// ```
    /// # use tower_cross_origin::origin::OriginBuf;
    /// let origin: OriginBuf = "https://app.example.com:8443".parse()?;
    /// assert_eq!(origin.as_origin().port(), Some(8443));
    /// # Ok::<(), tower_cross_origin::origin::InvalidOriginError>(())
    /// ```
    pub fn as_origin(&self) -> Origin<'_> {
        // The text was parsed before; only `null` has no tuple.
        Origin { serialized: &self.text, tuple: Tuple::parse(&self.text) }
    }

    /// Returns the origin as a browser sends it.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<Origin<'_>> for OriginBuf {
    fn from(origin: Origin<'_>) -> Self {
        Self { text: origin.as_str().into() }
    }
}

/// # Errors
///
/// [`InvalidOriginError`] if no browser can send the text as an origin.
impl FromStr for OriginBuf {
    type Err = InvalidOriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Origin::try_from(text).map(Self::from)
    }
}

impl TryFrom<&str> for OriginBuf {
    type Error = InvalidOriginError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for OriginBuf {
    type Error = InvalidOriginError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Writes the origin as a browser sends it.
impl fmt::Display for OriginBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl AsRef<str> for OriginBuf {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl Borrow<str> for OriginBuf {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for OriginBuf {
    fn eq(&self, text: &str) -> bool {
        *self.text == *text
    }
}

impl PartialEq<&str> for OriginBuf {
    fn eq(&self, text: &&str) -> bool {
        *self.text == **text
    }
}

impl PartialEq<Origin<'_>> for OriginBuf {
    fn eq(&self, origin: &Origin<'_>) -> bool {
        *self.text == *origin.as_str()
    }
}

impl PartialEq<OriginBuf> for Origin<'_> {
    fn eq(&self, origin: &OriginBuf) -> bool {
        origin == self
    }
}

/// Serializes the origin as a browser sends it.
#[cfg(feature = "serde")]
impl serde::Serialize for OriginBuf {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// Deserializes a string. Fails if no browser can send the string as an origin.
#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for OriginBuf {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::from_text(deserializer)
    }
}

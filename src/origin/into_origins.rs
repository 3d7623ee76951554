use super::OriginSet;

/// A value that a setting accepts as origins: strings, or a set.
///
/// The trait is implemented for every type that iterates over strings, such as
/// `["https://app.example.com"]`, `Vec<String>`, `&[&str]`, or several
/// [`OriginPattern`](super::OriginPattern)s. It is also implemented for [`OriginSet`] and `&OriginSet`.
/// Strings are parsed when the policy is created, which reports all faults at once.
///
/// The trait is sealed: other crates cannot implement it.
///
/// ```
/// use tower_cross_origin::origin::{IntoOrigins, OriginSet};
///
/// fn accepts_origins(_: impl IntoOrigins) {}
///
/// let set = OriginSet::parse(["https://app.example.com"])?;
/// accepts_origins(["https://app.example.com"]);
/// accepts_origins(vec![String::from("https://app.example.com")]);
/// accepts_origins(&set);
/// accepts_origins(set);
/// # Ok::<(), tower_cross_origin::origin::OriginPatternError>(())
/// ```
pub trait IntoOrigins: sealed::Sealed {}

impl<T: sealed::Sealed> IntoOrigins for T {}

/// Origins of a setting, before the policy is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Strings that are not parsed yet.
    Texts(Vec<String>),
    Set(OriginSet),
}

/// Items that are `pub` but not reachable from other crates.
mod sealed {
    use super::{OriginSet, Origins};

    pub trait Sealed {
        fn into_origins(self) -> Origins;
    }

    impl<I> Sealed for I
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        fn into_origins(self) -> Origins {
            Origins::Texts(self.into_iter().map(|text| text.as_ref().to_owned()).collect())
        }
    }

    impl Sealed for OriginSet {
        fn into_origins(self) -> Origins {
            Origins::Set(self)
        }
    }

    /// Clones the set.
    ///
    /// Some members are regular expressions, so they must not be parsed as strings. Therefore
    /// [`Member`](crate::origin::Member) must not implement `AsRef<str>`.
    impl Sealed for &OriginSet {
        fn into_origins(self) -> Origins {
            Origins::Set(self.clone())
        }
    }
}

use super::OriginSet;

/// A value that a setting takes as origins: texts, or a set.
///
/// It is implemented for everything that iterates over texts, such as `["https://app.example.com"]`,
/// `Vec<String>`, `&[&str]`, or several [`OriginPattern`](super::OriginPattern)s, and for [`OriginSet`]
/// and `&OriginSet`. Texts are parsed when the policy is created, which reports all faults at once.
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

/// Origins as a setting holds them until its policy is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// Texts that are not parsed yet.
    Texts(Vec<String>),
    Set(OriginSet),
}

/// Items that are public as far as the compiler is concerned, and that no path leads to.
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

    /// The members of a set are not texts to parse, since some of them are regular expressions:
    /// [`Member`](crate::origin::Member) must not implement `AsRef<str>`.
    impl Sealed for &OriginSet {
        fn into_origins(self) -> Origins {
            Origins::Set(self.clone())
        }
    }
}

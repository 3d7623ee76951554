//! The values of the dimensions of scenarios.

use super::hosts::Host;

macro_rules! dimension {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $weight:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$value_doc])* $value,)* }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$value),*];
            /// The relative frequency of each value in random scenarios.
            pub const WEIGHTS: &[u64] = &[$($weight),*];
        }
    };
}

dimension!(
    /// The relation of the page to the target.
    Relation {
        SameOrigin = 1,
        OtherPort = 2,
        Subdomain = 2,
        OtherSite = 4,
        FromAddress = 2,
        AddressToOtherPort = 2,
        Sandboxed = 2,
        Data = 2,
    }
);
dimension!(
    Api {
        Fetch = 6,
        Xhr = 2,
        XhrWithUploadListener = 2,
        /// The script adds the listener after `send`.
        XhrWithLateUploadListener = 1,
    }
);
dimension!(Mode { Cors = 12, NoCors = 1, SameOrigin = 1, });
dimension!(
    Method {
        Get = 2,
        Head = 1,
        Post = 2,
        Put = 2,
        Patch = 1,
        LowerCasePatch = 1,
        Delete = 1,
        Options = 1,
        Chicken = 1,
    }
);
dimension!(
    Headers {
        None = 2,
        Safelisted = 1,
        With128Bytes = 1,
        With129Bytes = 1,
        UnsafeByte = 1,
        Over1024InTotal = 1,
        TextContentType = 1,
        JsonContentType = 1,
        RepeatedContentType = 1,
        Range = 1,
        SuffixRange = 1,
        Authorization = 1,
        Custom = 2,
        TwoInMixedCase = 2,
        Forbidden = 1,
    }
);
dimension!(Body { None = 2, Text = 1, Bytes = 1, });
dimension!(Credentials { Omit = 1, SameOrigin = 1, Include = 2, });
dimension!(
    /// The policy of the application, defined in `policies.rs`.
    Policy {
        Exact = 3,
        ExactWithAnything = 6,
        ExactWithoutMethods = 1,
        ExactWithoutHeaders = 1,
        Pattern = 1,
        PatternWithCredentials = 1,
        Any = 1,
        AnyWithLists = 1,
        AnyWithAnything = 4,
        AnyWithAuthorization = 1,
        ExactBeforeAny = 6,
        Null = 1,
        OtherOrigin = 1,
        NoLayer = 1,
        ManualWildcards = 1,
    }
);
dimension!(Status { Ok = 3, NoContent = 1, NotModified = 1, NotFound = 1, ServerError = 1, });
dimension!(
    /// The redirects before the final response.
    Hops {
        None = 10,
        Within302 = 1,
        Within307 = 1,
        Other302 = 1,
        Other307 = 1,
        OtherAndBack302 = 1,
        OtherAndBack307 = 1,
        /// A redirect to the page's own server.
        Home307 = 1,
    }
);
dimension!(OnRedirect { Follow = 12, Error = 1, Manual = 1, });
dimension!(MaxAge { Absent = 1, Zero = 1, Long = 1, });
dimension!(
    /// The number of calls. The second call can use cache entries of the first call.
    Calls { One = 1, Two = 2, }
);

impl Relation {
    /// Returns the host of the page, or of the page that embeds its frame.
    pub fn page(self) -> Host {
        match self {
            Self::FromAddress | Self::AddressToOtherPort => Host::Address,
            _ => Host::App,
        }
    }
}

impl Method {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::LowerCasePatch => "patch",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
            Self::Chicken => "CHICKEN",
        }
    }
}

impl Calls {
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

impl Headers {
    /// Returns the headers that the script sets, in order.
    pub fn lines(self) -> Vec<(&'static str, String)> {
        let one = |name, value: &str| vec![(name, value.to_owned())];
        match self {
            Self::None => Vec::new(),
            Self::Safelisted => {
                vec![("accept", "text/html".to_owned()), ("content-language", "en".to_owned())]
            }
            Self::With128Bytes => one("accept", &"a".repeat(128)),
            Self::With129Bytes => one("accept", &"a".repeat(129)),
            Self::UnsafeByte => one("accept", "\"text/html\""),
            Self::Over1024InTotal => vec![("accept", "a".repeat(128)); 9],
            Self::TextContentType => one("content-type", "text/plain"),
            Self::JsonContentType => one("content-type", "text/json"),
            Self::RepeatedContentType => vec![("content-type", "text/plain".to_owned()); 2],
            Self::Range => one("range", "bytes=0-9"),
            Self::SuffixRange => one("range", "bytes=-9"),
            Self::Authorization => one("authorization", "Bearer 1"),
            Self::Custom => one("x-one", "1"),
            Self::TwoInMixedCase => {
                vec![("X-Two", "2".to_owned()), ("x-One", "1".to_owned())]
            }
            Self::Forbidden => vec![
                ("cookie", "a=b".to_owned()),
                ("origin", "http://other.example".to_owned()),
                ("sec-one", "1".to_owned()),
                ("x-http-method-override", "TRACE".to_owned()),
            ],
        }
    }
}

use super::{LookupKind, pattern};

/// A lookup among exact origins whose instructions are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The number of origins in the set.
    pub tenants: usize,
    /// The kind of lookup.
    pub kind: LookupKind,
}

impl Case {
    /// Cases with sets that are quickly built under callgrind.
    pub const SMALL: [Self; 12] = {
        let [hit, miss, near] = LookupKind::ALL;
        [
            Self { tenants: 1, kind: hit },
            Self { tenants: 1, kind: miss },
            Self { tenants: 1, kind: near },
            Self { tenants: 4, kind: hit },
            Self { tenants: 4, kind: miss },
            Self { tenants: 4, kind: near },
            Self { tenants: 100, kind: hit },
            Self { tenants: 100, kind: miss },
            Self { tenants: 100, kind: near },
            Self { tenants: 10_000, kind: hit },
            Self { tenants: 10_000, kind: miss },
            Self { tenants: 10_000, kind: near },
        ]
    };

    /// Cases with a set that callgrind needs a while to build.
    pub const LARGE: [Self; 3] = {
        let [hit, miss, near] = LookupKind::ALL;
        [
            Self { tenants: 1_000_000, kind: hit },
            Self { tenants: 1_000_000, kind: miss },
            Self { tenants: 1_000_000, kind: near },
        ]
    };

    /// Returns the origin to look up: the one in the middle of a list.
    ///
    /// A near miss differs in the last byte, so that a comparison has to read all bytes.
    pub fn origin(self) -> String {
        self.kind.about(self.tenants / 2, 0)
    }
}

/// A set of 10,000 patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patterns {
    /// Subdomains and ports of 10,000 domains.
    Tenants,
    /// Hosts of up to 126 labels of one letter, with 27 different first labels.
    ///
    /// For each suffix of a host of 127 labels there is a pattern with another scheme or port.
    Labels,
    /// Hosts whose first label repeats a letter up to 242 times.
    ///
    /// Before the repeated letter there may be one of 37 other letters.
    ///
    /// A tree of bytes branches at each of these bytes.
    Bytes,
}

impl Patterns {
    /// Returns the patterns.
    pub fn texts(self) -> Vec<String> {
        match self {
            Self::Tenants => (0..COUNT).map(pattern).collect(),
            Self::Labels => labels().take(COUNT).collect(),
            Self::Bytes => bytes().take(COUNT).collect(),
        }
    }
}

/// A lookup among patterns whose instructions are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatternCase {
    /// The title in the table.
    pub title: &'static str,
    /// The set.
    pub patterns: Patterns,
    /// Whether a pattern matches the origin.
    pub is_hit: bool,
    origin: &'static str,
}

impl PatternCase {
    /// All cases, in the order of the table.
    pub const ALL: [Self; 12] = [
        tenants("subdomain", true, "https://app.tenant-6000.example.com"),
        tenants("subdomain, four labels below", true, "https://a.b.c.d.tenant-6000.example.com"),
        tenants("below many labels", true, "https://app.6001.deep.labels.of.some.length.example"),
        tenants("any port", true, "http://service-6002.internal.example:8080"),
        tenants("miss", false, "https://www.visitor.elsewhere.example.org"),
        tenants("near miss: the apex", false, "https://tenant-6000.example.com"),
        tenants("near miss: the port", false, "https://app.tenant-6000.example.com:8443"),
        tenants("near miss: the scheme", false, "https://service-6002.internal.example"),
        // Patterns of this form have other numbers.
        tenants(
            "near miss: a byte at depth",
            false,
            "https://app.6000.deep.labels.of.some.length.example",
        ),
        tenants(
            "near miss: a label at depth",
            false,
            "https://app.6001.deep.labels.or.some.length.example",
        ),
        Self {
            title: "127 labels, each a near miss",
            patterns: Patterns::Labels,
            is_hit: false,
            origin: "",
        },
        Self {
            title: "a branch at each of 243 bytes",
            patterns: Patterns::Bytes,
            is_hit: false,
            origin: "",
        },
    ];

    /// Returns the origin to look up.
    pub fn origin(self) -> String {
        match self.patterns {
            Patterns::Tenants => self.origin.to_owned(),
            Patterns::Labels => format!("https://{}", ["a"; 127].join(".")),
            Patterns::Bytes => format!("https://x.{}.example", "a".repeat(243)),
        }
    }

    /// Returns the number of bytes of the origin's host.
    pub fn host_bytes(self) -> usize {
        let origin = self.origin();
        let authority = origin.split("://").nth(1).unwrap_or_default();
        authority.split(':').next().unwrap_or_default().len()
    }
}

const fn tenants(title: &'static str, is_hit: bool, origin: &'static str) -> PatternCase {
    PatternCase { title, patterns: Patterns::Tenants, is_hit, origin }
}

fn labels() -> impl Iterator<Item = String> {
    ('a'..='z').chain(['0']).flat_map(|first| {
        (1..=125).flat_map(move |labels| {
            let host = format!("{first}.{}", vec!["a"; labels].join("."));
            [
                format!("https://*.{host}:8443"),
                format!("http://*.{host}"),
                format!("https://{host}:*"),
            ]
        })
    })
}

fn bytes() -> impl Iterator<Item = String> {
    let firsts = ('a'..='z').chain('0'..='9').chain(['-', '_']);
    let below = firsts.flat_map(|first| {
        (0..=241).map(move |length| format!("https://*.{first}{}.example", "a".repeat(length)))
    });
    let ports = (1..=242).flat_map(|length| {
        ["http", "https", "capacitor", "ionic"]
            .map(|scheme| format!("{scheme}://{}.example:*", "a".repeat(length)))
    });
    below.chain(ports)
}

const COUNT: usize = 10_000;

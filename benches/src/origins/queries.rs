use super::{pattern_hit, tenant};

/// The kind of a lookup in a set of tenants' origins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupKind {
    /// The origin is in the set.
    Hit,
    /// The origin is not similar to any origin in the set.
    Miss,
    /// The origin is similar to one in the set.
    ///
    /// It differs in the last or first byte, the scheme, the port, or a label.
    NearMiss,
}

impl LookupKind {
    /// All kinds, in the order of the tables.
    pub const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::NearMiss];

    /// Returns the title in the tables.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::NearMiss => "near miss",
        }
    }

    /// Returns the origin to look up, based on the tenant with this number.
    ///
    /// A near miss has one of five variants.
    pub fn about(self, number: usize, variant: usize) -> String {
        let hit = tenant(number);
        match (self, variant % 5) {
            (Self::Hit, _) => hit,
            (Self::Miss, _) => format!("https://visitor-{number}.elsewhere.example.org"),
            (Self::NearMiss, 0) => other_last_byte(hit),
            (Self::NearMiss, 1) => hit.replacen("://", "://q", 1),
            (Self::NearMiss, 2) => match hit.strip_prefix("https") {
                Some(rest) => format!("http{rest}"),
                None => hit.replacen("http", "https", 1),
            },
            (Self::NearMiss, 3) => match hit.rsplit_once(':') {
                Some((portless, port)) if !port.starts_with('/') => portless.to_owned(),
                _ => format!("{hit}:9443"),
            },
            (Self::NearMiss, _) => hit.replacen("://", "://sub.", 1),
        }
    }
}

/// Origins to look up, in a random order that is the same in every run.
///
/// They are adjacent in memory, like headers that were just read. So the queries are in the CPU cache, and
/// only the set may be missing there.
#[derive(Debug)]
pub struct Queries {
    text: String,
    ends: Vec<usize>,
}

impl Queries {
    /// Creates `count` queries for a set of the first `tenants` tenants.
    pub fn new(kind: LookupKind, tenants: usize, count: usize) -> Self {
        Self::at_random(tenants, count, |number, variant| kind.about(number, variant))
    }

    /// Creates `count` queries that a set of the first `patterns` patterns matches.
    pub fn for_patterns(patterns: usize, count: usize) -> Self {
        Self::at_random(patterns, count, |number, _| pattern_hit(number))
    }

    fn at_random(
        bound: usize,
        count: usize,
        mut about: impl FnMut(usize, usize) -> String,
    ) -> Self {
        let mut random = Random(0x7365_6564);
        (0..count).map(|variant| about(random.below(bound), variant)).collect()
    }

    /// Returns an iterator over the queries.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    /// Returns the number of queries.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns `true` if the list of queries is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl FromIterator<String> for Queries {
    fn from_iter<I: IntoIterator<Item = String>>(each: I) -> Self {
        let mut queries = Self { text: String::new(), ends: Vec::new() };
        for one in each {
            queries.text.push_str(&one);
            queries.ends.push(queries.text.len());
        }
        queries
    }
}

/// Replaces the last byte by one that no tenant's origin has there.
///
/// The result has another top-level domain, or a port that the corpus does not use.
fn other_last_byte(mut origin: String) -> String {
    let last = origin.pop();
    origin.push(match last {
        Some('0'..='9') => '7',
        _ => 'x',
    });
    origin
}

/// `SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>: random enough to defeat a CPU cache.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The high half of the product is smaller than the bound, and needs no division.
        let product = u128::from(mixed) * bound as u128;
        usize::try_from(product >> 64).unwrap_or_default()
    }
}

use super::{pattern_hit, tenant};

/// What a set of tenants' origins is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// An origin of the set.
    Hit,
    /// An origin that is like none of the set.
    Miss,
    /// An origin of the set but for its last byte, its first, its scheme, its port, or a label.
    NearMiss,
}

impl Question {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 3] = [Self::Hit, Self::Miss, Self::NearMiss];

    /// As the tables call it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::NearMiss => "near miss",
        }
    }

    /// The question about the tenant of this number; a near miss in one of five ways.
    pub fn about(self, number: usize, way: usize) -> String {
        let hit = tenant(number);
        match (self, way % 5) {
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

/// Questions about a set, in the order in which they are asked: at random, but always the same.
///
/// They lie one after the other, as headers do that have just been read: that a question is not in the
/// cache is no part of what is measured, that the set is not, is.
#[derive(Debug)]
pub struct Questions {
    text: String,
    ends: Vec<usize>,
}

impl Questions {
    /// So many questions about a set of the first `tenants` tenants.
    pub fn new(question: Question, tenants: usize, count: usize) -> Self {
        Self::at_random(tenants, count, |number, way| question.about(number, way))
    }

    /// So many origins that a set of the first `patterns` patterns covers.
    pub fn of_patterns(patterns: usize, count: usize) -> Self {
        Self::at_random(patterns, count, |number, _| pattern_hit(number))
    }

    fn at_random(
        bound: usize,
        count: usize,
        mut about: impl FnMut(usize, usize) -> String,
    ) -> Self {
        let mut random = Random(0x7365_6564);
        (0..count).map(|way| about(random.below(bound), way)).collect()
    }

    /// The questions.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start..end])
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl FromIterator<String> for Questions {
    fn from_iter<I: IntoIterator<Item = String>>(each: I) -> Self {
        let mut questions = Self { text: String::new(), ends: Vec::new() };
        for one in each {
            questions.text.push_str(&one);
            questions.ends.push(questions.text.len());
        }
        questions
    }
}

/// A byte that no tenant's origin has there: a top-level domain of the corpus in another spelling, or
/// a port beyond those of the corpus.
fn other_last_byte(mut origin: String) -> String {
    let last = origin.pop();
    origin.push(match last {
        Some('0'..='9') => '7',
        _ => 'x',
    });
    origin
}

/// `SplitMix64`, <https://prng.di.unimi.it/splitmix64.c>: good enough to defeat a cache.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // The high half of the product is below the bound, and takes no division.
        let product = u128::from(mixed) * bound as u128;
        usize::try_from(product >> 64).unwrap_or_default()
    }
}

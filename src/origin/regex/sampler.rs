use std::collections::HashSet;

use super::node::{Node, ORIGIN_ALPHABET};
use crate::{limits::ORIGIN_BYTES, origin::Origin};

/// Returns origins that `node` describes and that begin with `start`.
///
/// The simplest origins come first.
///
/// The sampler writes origins from left to right, and keeps prefixes that can still become origins. It
/// prefers prefixes with few deviations from the first choice. It ignores assertions, so the caller must
/// match each sample against the expression.
pub(super) fn samples(node: &Node, start: &'static str) -> Samples {
    let wide = sample(node, start, MAX_SAMPLES);
    if !wide.is_cut_off {
        return wide;
    }
    // Fewer samples are kept for a complex expression, so that at least some origins are found.
    Samples { is_cut_off: true, ..sample(node, start, MAX_SAMPLES_WHEN_CUT_OFF) }
}

fn sample(node: &Node, start: &'static str, max_samples: usize) -> Samples {
    let mut sampler = Sampler { start: start.as_bytes(), max_samples, work: MAX_WORK };
    let mut origins = sampler.extend(vec![Sample::default()], node, false);
    origins.retain(|sample| sample.origin().is_some_and(|origin| !origin.is_opaque()));
    Samples { origins, is_cut_off: sampler.work == 0 }
}

pub(super) struct Samples {
    pub(super) origins: Vec<Sample>,
    /// Whether the limit on work stopped the search.
    pub(super) is_cut_off: bool,
}

/// A text, and the source of each byte.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub(super) bytes: Vec<u8>,
    pub(super) sources: Vec<Source>,
    /// The number of deviations from the first choice.
    pub(super) cost: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Literal,
    Choice,
    /// The dot at this byte of the expression.
    Dot(u16),
}

impl Sample {
    pub(super) fn origin(&self) -> Option<Origin<'_>> {
        Origin::parse(&self.bytes).ok()
    }

    fn push(&mut self, bytes: &[u8], source: Source) {
        self.bytes.extend_from_slice(bytes);
        self.sources.resize(self.bytes.len(), source);
    }

    /// Returns `true` if some ending turns the text into an origin.
    fn may_become_an_origin(&self, start: &[u8]) -> bool {
        // `z` never makes the last label a number. The other endings complete a scheme, a port or an
        // address.
        // `file://` has no host.
        const IN_SCHEME: [&[u8]; 6] = [b"://z", b"//z", b"/z", b"://", b"//", b"/"];
        const AFTER_SCHEME: [&[u8]; 6] = [b"", b"z", b"1", b"]", b"::1]", b":1]"];
        if self.bytes.is_empty() {
            return true;
        }
        let is_after_scheme = self.bytes.windows(3).any(|three| three == b"://");
        let endings: &[&[u8]] = if is_after_scheme { &AFTER_SCHEME } else { &IN_SCHEME };
        let mut text = self.bytes.clone();
        let mut is_origin_with = |ending: &&[u8]| {
            text.truncate(self.bytes.len());
            text.extend_from_slice(ending);
            Origin::parse(&text).is_ok()
        };
        (self.bytes.starts_with(start) || start.starts_with(&self.bytes))
            && endings.iter().any(&mut is_origin_with)
    }
}

/// The maximum number of samples at any position.
///
/// This is enough for each choice of a long expression.
const MAX_SAMPLES: usize = 512;

/// The maximum number of samples at any position, after the first search exceeded its limit.
const MAX_SAMPLES_WHEN_CUT_OFF: usize = 4;

/// The factor by which alternations may exceed the maximum number of samples.
const BRANCH_FACTOR: usize = 8;

/// The limit on work for one start, in bytes written and examined.
///
/// The limit is about 10 milliseconds, and 20 times the work for usual expressions.
const MAX_WORK: usize = 1 << 19;

/// The work for one sample, in addition to its bytes.
const CHECK_COST: usize = 32;

/// Texts for a repeated class or dot, in addition to a single byte.
///
/// `net` is a public suffix below which anyone can register a name.
const REPETITION_TEXTS: [&[u8]; 12] =
    [b"", b"net", b".net", b"a.net", b"a.", b".a", b"-", b"a-", b"-a", b":1", b"a:1", b"::1"];

/// Texts for a dot that may mean a dot of a host name.
const DOT_TEXTS: [&[u8]; 6] = [b".", b"x", b"-", b"1", b"/", b":"];

struct Sampler {
    start: &'static [u8],
    max_samples: usize,
    work: usize,
}

impl Sampler {
    /// Extends each sample of `before` with the texts that `node` describes.
    ///
    /// If `is_choice` is `true`, literals count as choices, since they belong to an optional repetition.
    fn extend(&mut self, mut before: Vec<Sample>, node: &Node, is_choice: bool) -> Vec<Sample> {
        self.work = self.work.saturating_sub(before.len());
        if before.is_empty() || self.work == 0 {
            return Vec::new();
        }
        let literal = if is_choice { Source::Choice } else { Source::Literal };
        match node {
            Node::Literal(byte) => {
                let start = self.start;
                before.retain_mut(|sample| {
                    let place = sample.bytes.len();
                    sample.push(&[*byte], literal);
                    place < ORIGIN_BYTES
                        && ORIGIN_ALPHABET.contains(byte)
                        && start.get(place).is_none_or(|expected| expected == byte)
                });
                before
            }
            Node::Dot(at) => {
                let source = if is_choice { Source::Choice } else { Source::Dot(*at) };
                self.choose(&before, source, |rest| {
                    rest.iter().take(1).map(|&byte| vec![byte]).chain(texts(&DOT_TEXTS)).collect()
                })
            }
            Node::Class(members) => {
                self.choose(&before, Source::Choice, |rest| one_of(members, rest))
            }
            Node::Repeat { node, min, max } => match &**node {
                Node::Class(members) => self.choose(&before, Source::Choice, |rest| {
                    some_of(members, *min, max.unwrap_or(u32::MAX), rest)
                }),
                node => self.repeat(before, node, (*min, *max), is_choice),
            },
            Node::Either(branches) => {
                before.truncate((self.max_samples * BRANCH_FACTOR / branches.len().max(1)).max(1));
                let mut after = Vec::new();
                for (index, branch) in branches.iter().enumerate() {
                    let copies = self.copy(&before, u32::from(index > 0));
                    after.append(&mut self.extend(copies, branch, is_choice));
                }
                self.best(after)
            }
            Node::Sequence(nodes) => {
                nodes.iter().fold(before, |before, node| self.extend(before, node, is_choice))
            }
        }
    }

    fn choose(
        &mut self,
        before: &[Sample],
        source: Source,
        options: impl Fn(&[u8]) -> Vec<Vec<u8>>,
    ) -> Vec<Sample> {
        let mut after = Vec::new();
        for sample in before {
            let rest = self.start.get(sample.bytes.len()..).unwrap_or_default();
            for (index, option) in options(rest).iter().enumerate() {
                for mut longer in self.copy(std::slice::from_ref(sample), u32::from(index > 0)) {
                    longer.push(option, source);
                    after.push(longer);
                }
            }
        }
        self.best(after)
    }

    /// Extends the samples with `min`, `min + 1` and `min + 2` repetitions.
    fn repeat(
        &mut self,
        before: Vec<Sample>,
        node: &Node,
        (min, max): (u32, Option<u32>),
        is_choice: bool,
    ) -> Vec<Sample> {
        let mut last = before;
        for _ in 0..min {
            if last.is_empty() {
                break;
            }
            last = self.extend(last, node, is_choice);
        }
        let mut after = self.copy(&last, 0);
        for count in min..max.unwrap_or(u32::MAX).min(min.saturating_add(2)) {
            // The first repetition of `(www\.)?` and `(a-)*` counts as intended. Further repetitions count
            // as choices.
            let is_further = count >= min.max(1);
            let copies = self.copy(&last, 1);
            last = self.extend(copies, node, is_choice || is_further);
            after.append(&mut self.copy(&last, 0));
        }
        self.best(after)
    }

    fn copy(&mut self, samples: &[Sample], more_cost: u32) -> Vec<Sample> {
        let mut copies = Vec::new();
        for sample in samples {
            self.work = self.work.saturating_sub(sample.bytes.len() + CHECK_COST);
            if self.work == 0 {
                break;
            }
            copies.push(Sample { cost: sample.cost + more_cost, ..sample.clone() });
        }
        copies
    }

    fn best(&self, mut samples: Vec<Sample>) -> Vec<Sample> {
        samples.retain(|sample| sample.may_become_an_origin(self.start));
        samples.sort_by_key(|sample| sample.cost);
        let mut seen = HashSet::new();
        samples.retain(|sample| seen.insert((sample.bytes.clone(), sample.sources.clone())));
        samples.truncate(self.max_samples);
        samples
    }
}

/// Returns the bytes of a class that have different effects on an origin.
///
/// `rest` is the part of `start` that is still missing.
fn one_of(members: &[u8], rest: &[u8]) -> Vec<Vec<u8>> {
    let first = |is: fn(&u8) -> bool| members.iter().copied().find(is);
    let others = b"-.:/".iter().copied().filter(|byte| members.contains(byte));
    let required = rest.first().copied().filter(|byte| members.contains(byte));
    // Only the hosts of applications have letters in upper case.
    let letter = first(u8::is_ascii_lowercase).or_else(|| first(u8::is_ascii_uppercase));
    let letter_and_digit = [letter, first(u8::is_ascii_digit)];
    let all = required.into_iter().chain(letter_and_digit.into_iter().flatten()).chain(others);
    all.map(|byte| vec![byte]).collect()
}

/// Returns texts of `min` to `max` bytes of a class, the simplest texts first.
fn some_of(members: &[u8], min: u32, max: u32, rest: &[u8]) -> Vec<Vec<u8>> {
    // Longer texts cannot be origins. This also bounds the lengths below.
    let longest = u32::try_from(ORIGIN_BYTES + 1).unwrap_or(u32::MAX);
    let (min, max) = (min.min(longest) as usize, max.min(longest) as usize);
    let mut all: Vec<Vec<u8>> = Vec::new();
    // Either the text completes `start` and more may follow, or it is a part of `start`.
    let missing = min.saturating_sub(rest.len());
    for byte in one_of(members, &[]).into_iter().flatten() {
        all.push([rest, &vec![byte; missing.max(1)]].concat());
    }
    all.extend(REPETITION_TEXTS.iter().map(|text| [rest, text].concat()));
    all.extend((0..rest.len()).filter_map(|len| rest.get(..len)).map(<[u8]>::to_vec));
    all.retain(|text| {
        (min..=max).contains(&text.len()) && text.iter().all(|byte| members.contains(byte))
    });
    all
}

fn texts<'a>(all: &'a [&'a [u8]]) -> impl Iterator<Item = Vec<u8>> + 'a {
    all.iter().map(|text| text.to_vec())
}

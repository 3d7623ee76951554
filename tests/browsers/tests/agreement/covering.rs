//! A greedy covering array: rows that contain each pair of values of two dimensions.
//!
//! Each run produces the same rows.

use std::collections::HashSet;

/// For each dimension, the relative frequency of each value.
pub type Weights<'a> = &'a [&'a [u64]];

/// Returns at least `minimum` rows that contain all possible pairs.
pub fn rows(
    weights: Weights<'_>,
    is_possible: impl Fn(&[usize]) -> bool,
    minimum: usize,
) -> Vec<Vec<usize>> {
    let mut numbers = Numbers(0x5eed);
    let mut uncovered: Vec<Pair> = all_pairs(weights);
    let mut rows = Vec::new();
    while let Some(seed) = uncovered.first().copied() {
        let wanted: HashSet<Pair> = uncovered.iter().copied().collect();
        let candidates = (0..ATTEMPTS).map(|_| numbers.row(weights, Some(seed)));
        let possible = candidates.filter(|row| is_possible(row)).take(CANDIDATES);
        let best =
            possible.max_by_key(|row| pairs(row).filter(|pair| wanted.contains(pair)).count());
        let Some(best) = best else {
            // No possible row contains this pair.
            uncovered.remove(0);
            continue;
        };
        let covered: HashSet<Pair> = pairs(&best).collect();
        uncovered.retain(|pair| !covered.contains(pair));
        rows.push(best);
    }
    while rows.len() < minimum {
        let row = numbers.row(weights, None);
        if is_possible(&row) {
            rows.push(row);
        }
    }
    rows
}

/// Two dimensions with a value of each.
type Pair = ((usize, usize), (usize, usize));

fn all_pairs(weights: Weights<'_>) -> Vec<Pair> {
    let values: Vec<(usize, usize)> = weights
        .iter()
        .enumerate()
        .flat_map(|(dimension, values)| (0..values.len()).map(move |value| (dimension, value)))
        .collect();
    let pairs = values.iter().flat_map(|one| values.iter().map(move |other| (*one, *other)));
    pairs.filter(|(one, other)| one.0 < other.0).collect()
}

fn pairs(row: &[usize]) -> impl Iterator<Item = Pair> {
    let values = || row.iter().copied().enumerate();
    values().flat_map(move |one| values().skip(one.0 + 1).map(move |other| (one, other)))
}

/// SplitMix64, by Sebastiano Vigna: <https://prng.di.unimi.it/splitmix64.c>
struct Numbers(u64);

impl Numbers {
    fn row(&mut self, weights: Weights<'_>, seed: Option<Pair>) -> Vec<usize> {
        let mut row: Vec<usize> = weights.iter().map(|weights| self.value(weights)).collect();
        if let Some((one, other)) = seed {
            row[one.0] = one.1;
            row[other.0] = other.1;
        }
        row
    }

    fn value(&mut self, weights: &[u64]) -> usize {
        let mut rest = self.next() % weights.iter().sum::<u64>();
        for (value, weight) in weights.iter().enumerate() {
            if rest < *weight {
                return value;
            }
            rest -= weight;
        }
        unreachable!("the rest is below the sum")
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }
}

const CANDIDATES: usize = 40;

/// After this number of impossible rows, the pair is treated as impossible.
const ATTEMPTS: usize = 2000;

use std::hash::{BuildHasher, Hasher, RandomState};

/// What hashes of texts are keyed with, so that nobody who can only choose origins can make them fall
/// together. A tenant's origins are such a choice, and so is every `Origin` header.
#[derive(Clone, Copy)]
pub(super) struct Seed {
    start: u64,
    fold: u64,
}

impl Seed {
    /// Sixteen bytes a multiplication: within a lookup the hash of the standard library, which resists
    /// more, would take more instructions than all the rest.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
    pub(super) fn hash(self, text: &[u8]) -> u64 {
        // Not a length added to what is known of the text: then its first bytes could make up for it.
        let mut state = self.start.wrapping_mul(2 * text.len() as u64 + 1);
        let mut rest = text;
        while let Some((&chunk, tail)) = rest.split_first_chunk::<16>() {
            let chunk = u128::from_le_bytes(chunk);
            state = self.mix(state, chunk as u64, (chunk >> 64) as u64);
            rest = tail;
        }
        let (low, high) = last(rest);
        let state = self.mix(state, low, high);
        // The bits that are used first have to depend on all the others.
        multiply(state, FINAL)
    }

    #[inline]
    fn mix(self, state: u64, low: u64, high: u64) -> u64 {
        multiply(low ^ state, high ^ self.fold)
    }
}

/// Of the operating system's randomness.
impl Default for Seed {
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self { start: random(), fold: random() }
    }
}

/// Up to fifteen bytes as two numbers, which overlap where there are fewer than sixteen.
#[inline]
fn last(rest: &[u8]) -> (u64, u64) {
    if let (Some(&low), Some(&high)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        (u64::from_le_bytes(low), u64::from_le_bytes(high))
    } else if let (Some(&low), Some(&high)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (u32::from_le_bytes(low).into(), u32::from_le_bytes(high).into())
    } else {
        let byte = |at: usize| u64::from(rest.get(at).copied().unwrap_or_default());
        (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
    }
}

/// Both halves of the product, folded.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The fraction of the golden ratio: odd, and with as many ones as zeros.
const FINAL: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_that_differ_by_little_have_different_hashes() {
        let seed = Seed::default();
        let mut texts: Vec<String> = (0..=40).map(|length| "a".repeat(length)).collect();
        for length in 1..=40 {
            for place in 0..length {
                let mut text = "a".repeat(length);
                text.replace_range(place..=place, "b");
                texts.push(text);
            }
        }
        let hashes: HashSet<u64> = texts.iter().map(|text| seed.hash(text.as_bytes())).collect();
        assert_eq!(hashes.len(), texts.len());
        for shift in [0, 6, 12, 18, 32, 52] {
            let kinds: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & 63).collect();
            assert_eq!(kinds.len(), 64, "every value of six bits at {shift}");
        }
    }

    #[test]
    fn another_seed_gives_other_hashes() {
        let hash = || Seed::default().hash(b"https://app.example.com");
        assert_ne!(hash(), hash());
    }
}

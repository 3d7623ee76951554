//! A deterministic source of random choices.

/// The `SplitMix64` generator. <https://doi.org/10.1145/2714064.2660195>
pub(super) struct Random(u64);

impl Random {
    /// Creates the generator of one case.
    pub(super) fn new(case: u64) -> Self {
        let mut random = Self(case);
        // Adjacent seeds then have unrelated sequences.
        let seed = random.next();
        Self(seed)
    }

    /// Returns one of the elements.
    pub(super) fn of<T: Clone>(&mut self, elements: &[T]) -> T {
        elements[self.below(elements.len())].clone()
    }

    /// Returns `true` with this probability.
    pub(super) fn is(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Returns up to `most` distinct elements.
    pub(super) fn some<T: Clone + PartialEq>(&mut self, most: usize, elements: &[T]) -> Vec<T> {
        let mut chosen = Vec::new();
        for _ in 0..self.below(most + 1) {
            let element = self.of(elements);
            if !chosen.contains(&element) {
                chosen.push(element);
            }
        }
        chosen
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).expect("a small number");
        usize::try_from(self.next() % bound).expect("a small number")
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    time::Duration,
};

/// A number that spreads moments: its only use, for which it need not be hard to guess.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The share of `time` that `number` is of all numbers.
pub(super) fn share(time: Duration, number: u64) -> Duration {
    let nanoseconds = time.as_nanos().saturating_mul(u128::from(number)) >> 64;
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

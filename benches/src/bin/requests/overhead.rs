use std::fmt;

use benches::group_digits;

/// The instructions and allocations that a contender adds to the bare service; can be negative.
#[derive(Clone, Copy)]
pub(crate) struct Overhead {
    pub(crate) instructions: i64,
    pub(crate) allocations: i64,
}

impl Overhead {
    pub(crate) fn exceeds(self, goal: Self) -> bool {
        self.instructions > goal.instructions || self.allocations > goal.allocations
    }
}

/// Formats the overhead as `-1,234, 0`.
impl fmt::Display for Overhead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}, {}", group_digits(self.instructions), self.allocations))
    }
}

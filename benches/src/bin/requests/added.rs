use std::fmt;

use benches::grouped;

/// What a contender needs beyond the bare service, which may be less.
#[derive(Clone, Copy)]
pub(crate) struct Added {
    pub(crate) instructions: i64,
    pub(crate) allocations: i64,
}

impl Added {
    pub(crate) fn is_past(self, goal: Self) -> bool {
        self.instructions > goal.instructions || self.allocations > goal.allocations
    }
}

/// `-1,234, 0`
impl fmt::Display for Added {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}, {}", grouped(self.instructions), self.allocations))
    }
}

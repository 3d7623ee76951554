use std::fmt;

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
        let mut grouped = self.instructions.unsigned_abs().to_string();
        let mut place = grouped.len();
        while place > 3 {
            place -= 3;
            grouped.insert(place, ',');
        }
        let sign = if self.instructions < 0 { "-" } else { "" };
        f.pad(&format!("{sign}{grouped}, {}", self.allocations))
    }
}

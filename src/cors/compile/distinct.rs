use std::collections::HashSet;

use http::HeaderValue;

use crate::response::preshare;

/// The members of a list that are there for the first time, in their order.
#[derive(Default)]
pub(super) struct Distinct {
    seen: HashSet<String>,
    pub(super) in_order: Vec<String>,
}

impl Distinct {
    /// Whether the member is new.
    pub(super) fn add(&mut self, member: &str) -> bool {
        let is_new = self.seen.insert(member.to_owned());
        if is_new {
            self.in_order.push(member.to_owned());
        }
        is_new
    }

    pub(super) fn contains(&self, member: &str) -> bool {
        self.seen.contains(member)
    }

    /// The members as the value of a header; `None` where there are none.
    pub(super) fn joined(&self) -> Option<HeaderValue> {
        // Members are tokens, and tokens joined by commas are a value.
        let joined = self.in_order.join(",");
        HeaderValue::from_str(&joined).ok().filter(|value| !value.is_empty()).map(preshare)
    }
}

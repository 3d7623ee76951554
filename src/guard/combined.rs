use http::HeaderName;

use super::{Check, Verdict};
use crate::RequestHead;

/// Two checks, one after the other. Made by [`Check::and`].
#[derive(Clone, Debug)]
pub struct And<A, B> {
    first: A,
    second: B,
}

impl<A, B> And<A, B> {
    pub(super) fn new(first: A, second: B) -> Self {
        Self { first, second }
    }
}

impl<A: Check, B: Check> Check for And<A, B> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        match self.first.check(head) {
            Verdict::Passed => self.second.check(head),
            Verdict::Refused(refusal) => Verdict::Refused(refusal),
            // The first that is reported is the one that is told.
            Verdict::Reported(refusal) => match self.second.check(head) {
                Verdict::Refused(other) => Verdict::Refused(other),
                _ => Verdict::Reported(refusal),
            },
        }
    }

    fn varies_on(&self) -> Vec<HeaderName> {
        let mut names = self.first.varies_on();
        for name in self.second.varies_on() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

/// A check that refuses nothing. Made by [`Check::report_only`].
#[derive(Clone, Debug)]
pub struct ReportOnly<C>(C);

impl<C> ReportOnly<C> {
    pub(super) fn new(check: C) -> Self {
        Self(check)
    }
}

/// Its answers are the same whatever it says, and so it varies on nothing.
impl<C: Check> Check for ReportOnly<C> {
    fn check(&self, head: &RequestHead<'_>) -> Verdict {
        match self.0.check(head) {
            Verdict::Refused(refusal) => Verdict::Reported(refusal),
            other => other,
        }
    }
}

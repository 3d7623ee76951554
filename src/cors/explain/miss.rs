use crate::cors::compiled_rule::CompiledRule;

/// Why a step does not pass.
pub(super) struct Miss {
    /// What failed, for the first line.
    pub(super) reason: String,
    pub(super) compared: String,
    /// What would have passed and is nearly the same.
    pub(super) nearest: Option<String>,
    pub(super) advice: Vec<String>,
}

/// The rule that decides.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    pub(super) index: usize,
    pub(super) rule: &'a CompiledRule,
}

impl Deciding<'_> {
    /// As a configuration writes it.
    pub(super) fn setting(&self, name: &str) -> String {
        format!("rules[{}].{name}", self.index)
    }
}

/// Who adds it to a rule allows everything.
pub(super) const ASTERISK: &str =
    "nothing: what the page asks for is named *, and \"*\" in a rule stands for all names";

pub(super) const NO_BROWSER: &str =
    "nothing: no browser sends this; find out which program did, or what changed it on the way";

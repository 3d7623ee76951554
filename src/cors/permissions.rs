use super::Rule;

/// What a rule says of the origins that could be dangerous to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Permissions {
    pub(super) credentials: bool,
    /// `dangerously_allow_insecure_origins`
    pub(super) insecure_origins: bool,
    /// `dangerously_allow_public_suffixes`
    pub(super) public_suffixes: bool,
}

impl Permissions {
    pub(super) fn of(rule: &Rule) -> Self {
        Self {
            credentials: rule.credentials,
            insecure_origins: rule.dangerously_allow_insecure_origins,
            public_suffixes: rule.dangerously_allow_public_suffixes,
        }
    }
}

//! The gateway's policy: how its text is read, and the handle of the active one.
//!
//! No other file depends on the kind of policy.

use tower_cross_origin::{
    cors::PolicyHandle,
    cross_origin::{CrossOriginLayer, CrossOriginPolicy},
    push::Shutdown,
};

use crate::{
    keys::Keys,
    settings::{Format, LoadError, Loaded, Scope},
};

/// The active policy. Each request uses one policy from beginning to end.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    handle: PolicyHandle<CrossOriginPolicy>,
    /// Ends streams, even streams that began with an earlier policy.
    shutdown: Shutdown,
}

/// A valid policy that is not active yet.
#[derive(Debug)]
pub(crate) struct Candidate {
    policy: CrossOriginPolicy,
    /// Settings that are valid, but probably not intended.
    pub(crate) lints: Vec<String>,
    pub(crate) keys: Keys,
}

impl Candidate {
    /// Parses a policy. A large one takes some time.
    ///
    /// # Errors
    ///
    /// All faults of the policy.
    pub(crate) fn read(text: &str, format: Format) -> Result<Self, LoadError> {
        let Loaded { policy, lints } = Loaded::parse(text, format, Scope::PolicyOnly)?;
        Ok(Self { policy, lints, keys: Keys::read(text, format) })
    }
}

impl Policy {
    pub(crate) fn new(first: Candidate) -> Self {
        let shutdown = Shutdown::new();
        Self { handle: PolicyHandle::new(first.policy.with_shutdown(&shutdown)), shutdown }
    }

    /// Activates the candidate, and drops the old policy.
    pub(crate) fn swap(&self, candidate: Candidate) {
        drop(self.handle.swap(candidate.policy.with_shutdown(&self.shutdown)));
    }

    /// Returns whether the policy matches on paths.
    pub(crate) fn is_path_dependent(&self) -> bool {
        self.handle.read(CrossOriginPolicy::is_path_dependent)
    }

    /// Ends event streams, which would not end otherwise.
    pub(crate) fn end_streams(&self) {
        self.shutdown.begin();
    }

    /// Returns the layers, which use the active policy.
    pub(crate) fn layer(&self) -> CrossOriginLayer<PolicyHandle<CrossOriginPolicy>> {
        CrossOriginLayer::new(self.handle.clone())
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use tower_cross_origin::RequestHead;

    use super::*;

    // S8: the guards were off.
    #[test]
    fn unknown_section_is_a_fault() {
        for (format, text) in [
            (
                Format::Toml,
                "[cors]\nrules = [{ origins = [\"https://a.example\"] }]\n[guards.csrf]",
            ),
            (
                Format::Json,
                r#"{"cors": {"rules": [{"origins": ["https://a.example"]}]}, "guards": {"csrf": {}}}"#,
            ),
            (
                Format::Yaml,
                "cors:\n  rules:\n  - origins: [https://a.example]\nguards:\n  csrf: {}\n",
            ),
            (Format::Toml, "guards = 1\n[[rules]]\norigins = [\"https://a.example\"]"),
            (Format::Toml, "[sse]\n[sses]"),
        ] {
            let error = Candidate::read(text, format).unwrap_err().to_string();
            assert!(["guards", "sses"].iter().any(|key| error.contains(key)), "{error}");
            let correct =
                text.replace("guards = 1", "").replace("guards", "guard").replace("[sses]", "");
            Candidate::read(&correct, format).unwrap();
        }
        // The attack without the protection: in an application's file, other keys are not the policy's.
        let text = "[cors]\nrules = [{ origins = [\"https://a.example\"] }]\n[guards.csrf]";
        let unguarded = Loaded::parse(text, Format::Toml, Scope::Application).unwrap().policy;
        let guarded =
            Candidate::read(&text.replace("guards", "guard"), Format::Toml).unwrap().policy;
        let forged = Request::post("/").header("sec-fetch-site", "cross-site").body(()).unwrap();
        let rejected = |policy: &CrossOriginPolicy| {
            policy.decide(&RequestHead::from(&forged)).rejected_by().is_some()
        };
        assert_eq!([rejected(&unguarded), rejected(&guarded)], [false, true]);
    }

    // S22: the log displayed the text of the file as escape sequences of the terminal.
    #[test]
    fn control_characters_of_the_file_are_escaped() {
        let hostile = "\u{1b}]0;title\u{7}\u{1b}[2J\r\u{9b}31m\u{202e}";
        let quoted = hostile.replace('\r', "");
        #[rustfmt::skip]
        let cases = [
            (true, Format::Toml, format!("[cors]\nx = {hostile}")),
            (true, Format::Toml, format!("[\"{quoted}\"]")),
            (false, Format::Json, r#"{"cors": {"\u001b[2J\u009b\u202e": 1}}"#.into()),
            (false, Format::Json, format!("{{\"cors\": {{\"{hostile}\": 1}}}}")),
            (false, Format::Json, r#"{"cors": {"rules": [{"origins": ["\u001b[2J\u009b"]}]}}"#.into()),
            (false, Format::Json, r#"{"cors": {"rules": [{"origins": ["*"], "allow_headers": ["\u001b\u202e"]}]}}"#.into()),
            (false, Format::Json, r#"{"guard": {"host": {"names": ["\u001b\u202e"]}}}"#.into()),
            (false, Format::Yaml, format!("cors:\n  {hostile}: 1")),
        ];
        let is_hostile =
            |text: &str| text.contains(['\u{1b}', '\u{7}', '\r', '\u{9b}', '\u{202e}']);
        for (succeeds_without_escapes, format, text) in cases {
            let error = Candidate::read(&text, format).unwrap_err();
            let raw = match &error {
                LoadError::Syntax(text) => text.clone(),
                LoadError::Faults(faults) => faults.concat(),
            };
            assert!(is_hostile(&raw) || !succeeds_without_escapes, "{raw:?}");
            assert!(!is_hostile(&error.to_string()), "{raw:?}");
        }
    }
}

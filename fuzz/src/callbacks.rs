//! The target `callbacks`.

use std::{
    collections::BTreeSet,
    env,
    fs::{File, OpenOptions},
    io::Write,
    sync::{Mutex, OnceLock},
};

use http::Request;
use tower_cross_origin::{
    RequestHead,
    jsonp::{Callback, CallbackPolicy, JsonpConfig, JsonpDecision, JsonpPolicy},
};

use crate::reference_model::callback::{is_dangerous, is_default_callback, members};

/// Checks that the crate and the reference model allow the same callbacks.
///
/// Writes the allowed callbacks to the file of `CALLBACKS`, which `acorn/check.mjs` parses.
pub fn check(bytes: &[u8]) {
    assert_eq!(Callback::parse(bytes).is_ok(), members(bytes).is_some());
    let encoded: Vec<String> = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
    let request = Request::get(format!("/?callback={}", encoded.concat())).body(());
    // Every callback that fits into a request target is short enough for this check.
    let Ok(request) = request else { return };
    let head = RequestHead::from(&request);
    let decide = |callbacks| {
        let policy = JsonpPolicy::new(JsonpConfig::new().callbacks(callbacks));
        policy.expect("the configuration is valid").decide(&head)
    };
    let is_valid = members(bytes).is_some();
    let name = String::from_utf8_lossy(bytes);
    for (callbacks, is_allowed_callback) in [
        (CallbackPolicy::ClientLibraries, is_default_callback(bytes)),
        (CallbackPolicy::custom(|_| true), is_valid),
        (
            CallbackPolicy::Identifier,
            is_default_callback(bytes) && !bytes.iter().any(|byte| b".[".contains(byte)),
        ),
        (
            CallbackPolicy::Prefix("window.".into()),
            is_valid
                && !is_dangerous(&name)
                && name.strip_prefix("window.").is_some_and(|name| !name.contains(['.', '['])),
        ),
    ] {
        match decide(callbacks) {
            JsonpDecision::Wrapped(callback) => {
                assert!(is_allowed_callback, "{callback}");
                assert_eq!(callback.as_str().as_bytes(), bytes);
                write(callback.as_str());
            }
            JsonpDecision::Malformed(_) => {
                assert!(!is_allowed_callback, "{}", bytes.escape_ascii());
            }
            JsonpDecision::NotHandled => assert!(bytes.is_empty()),
            other => panic!("unexpected decision: {other:?}"),
        }
    }
}

/// Writes each callback once. The limit keeps the check in acorn to a few seconds.
fn write(callback: &str) {
    static FILE: OnceLock<Option<Mutex<CallbackFile>>> = OnceLock::new();
    let Some(output) = FILE.get_or_init(CallbackFile::open) else { return };
    let mut output = output.lock().expect("no other thread has panicked");
    if output.written.len() < 200_000 && output.written.insert(callback.to_owned()) {
        writeln!(output.file, "{callback}").expect("the file is writable");
    }
}

struct CallbackFile {
    file: File,
    written: BTreeSet<String>,
}

impl CallbackFile {
    /// Returns `None` if `CALLBACKS` is not set.
    fn open() -> Option<Mutex<Self>> {
        let path = env::var_os("CALLBACKS")?;
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.expect("the file of CALLBACKS can be opened");
        Some(Mutex::new(Self { file, written: BTreeSet::new() }))
    }
}

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

use crate::reference_model::callback::{is_allowed_callback, members};

/// Any bytes are a callback if and only if the reference model says so. What is taken is written into the
/// file that `CALLBACKS` names, for `acorn/check.mjs` to parse.
pub fn check(bytes: &[u8]) {
    assert_eq!(Callback::parse(bytes).is_ok(), members(bytes).is_some());
    let encoded: Vec<String> = bytes.iter().map(|byte| format!("%{byte:02x}")).collect();
    let request = Request::get(format!("/?callback={}", encoded.concat())).body(());
    // What is too long for a target is too long for a callback.
    let Ok(request) = request else { return };
    let head = RequestHead::from(&request);
    let by = |callbacks| {
        let policy = JsonpPolicy::new(JsonpConfig::new().callbacks(callbacks));
        policy.expect("a configuration without faults").decide(&head)
    };
    for (callbacks, is_allowed_callback) in [
        (CallbackPolicy::Path, is_allowed_callback(bytes)),
        (CallbackPolicy::custom(|_| true), members(bytes).is_some()),
        (
            CallbackPolicy::Identifier,
            is_allowed_callback(bytes) && !bytes.iter().any(|byte| b".[".contains(byte)),
        ),
    ] {
        match by(callbacks) {
            JsonpDecision::Wrapped(callback) => {
                assert!(is_allowed_callback, "{callback}");
                assert_eq!(callback.as_str().as_bytes(), bytes);
                write(callback.as_str());
            }
            JsonpDecision::Malformed(_) => {
                assert!(!is_allowed_callback, "{}", bytes.escape_ascii())
            }
            JsonpDecision::NotHandled => assert!(bytes.is_empty()),
            other => panic!("{other:?}, without a reason"),
        }
    }
}

/// Each once, and so many of them that they are parsed in some seconds.
fn write(callback: &str) {
    static TAKEN: OnceLock<Option<Mutex<Taken>>> = OnceLock::new();
    let Some(taken) = TAKEN.get_or_init(Taken::open) else { return };
    let mut taken = taken.lock().expect("nobody panics here");
    if taken.written.len() < 200_000 && taken.written.insert(callback.to_owned()) {
        writeln!(taken.file, "{callback}").expect("the file takes a line");
    }
}

struct Taken {
    file: File,
    written: BTreeSet<String>,
}

impl Taken {
    /// `None` where nobody reads it.
    fn open() -> Option<Mutex<Self>> {
        let path = env::var_os("CALLBACKS")?;
        let file = OpenOptions::new().create(true).append(true).open(path);
        let file = file.expect("the file of CALLBACKS");
        Some(Mutex::new(Self { file, written: BTreeSet::new() }))
    }
}

use std::io::{self, Write};

/// Tells whoever runs the gateway. Unlike `eprintln!`, does not panic where nobody reads it.
pub(crate) fn log(line: &str) {
    // A server serves on without an audience.
    let _ = writeln!(io::stderr(), "{line}");
}

//! The target `paths`.

use crate::path_users;

/// Checks each line as the target of a request, and also below a configured folder.
pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for line in text.lines().take(MAX_LINES) {
        path_users::check(line);
        path_users::check(&format!("{}{line}", path_users::FOLDER));
    }
}

const MAX_LINES: usize = 8;

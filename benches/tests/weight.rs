//! The number of crates that this crate adds to an axum application.

use std::{collections::BTreeSet, path::Path, process::Command};

#[test]
fn default_features_add_one_crate_to_axum_application() {
    let bare = crates("");
    for (features, added) in
        [("ours", 1), ("ours-default", 1), ("tower-http", 2), ("ours-full", 39)]
    {
        let added_now: Vec<String> = crates(features).difference(&bare).cloned().collect();
        assert_eq!(added_now.len(), added, "{features}: {added_now:?}");
    }
}

/// Returns the name and version of each crate that the application needs with these features.
fn crates(features: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,build", "--prefix", "none"])
        .args(["--format", "{p}", "--features", features])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("weight"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let listed = String::from_utf8(tree.stdout).unwrap();
    listed.lines().map(|line| line.split(" (").next().unwrap_or(line).to_owned()).collect()
}

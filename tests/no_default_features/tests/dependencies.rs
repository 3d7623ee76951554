//! Without Tower the crate depends on `http` alone, so that the compiler keeps the core pure.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn without_tower_the_only_direct_dependency_is_http() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--edges", "normal,build", "--no-default-features"])
        .args(["--features", "cors,embedding,guard,jsonp,public-suffix,push"])
        .args(["--depth", "1", "--prefix", "none", "--format", "{lib}", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .unwrap();
    let (listed, errors) = (text(&tree.stdout), text(&tree.stderr));
    assert!(tree.status.success(), "{errors}");
    assert_eq!(listed.lines().collect::<Vec<_>>(), ["tower_cross_origin", "http"], "{errors}");
}

/// What is not among the dependencies cannot be compiled. Here is that it is not even named, such as
/// in a macro or behind a condition that no feature has. An item that needs a feature may name one.
#[test]
fn no_file_that_is_compiled_without_features_names_another_crate() {
    const OTHER_CRATES: [&str; 20] = [
        "arc_swap",
        "axum",
        "bytes",
        "futures_core",
        "http_body",
        "hyper",
        "idna",
        "memchr",
        "pin_project_lite",
        "regex",
        "regex_syntax",
        "schemars",
        "serde",
        "sfv",
        "tokio",
        "tower",
        "tower_layer",
        "tower_service",
        "tracing",
        "url",
    ];
    for path in compiled_files() {
        let source = fs::read_to_string(&path).unwrap();
        for (number, line) in without_features(&source) {
            let code = line.split("//").next().unwrap_or_default();
            let named = OTHER_CRATES.iter().find(|name| is_path_into(code, name));
            assert_eq!(named, None, "{}:{number}: {line}", path.display());
        }
    }
}

#[test]
fn the_layers_are_not_compiled_without_features() {
    let files = compiled_files();
    let is_there = |end: &str| files.iter().any(|path| path.ends_with(end));
    assert!(is_there("src/lib.rs") && is_there("src/cors/policy.rs"), "{files:?}");
    assert!(is_there("src/origin/regex/mod.rs"), "{files:?}");
    assert!(!is_there("src/origin/regex/origin_regex.rs"), "{files:?}");
    let of_layers = |path: &&PathBuf| {
        path.iter()
            .any(|part| ["body", "long_poll", "service", "sse"].map(OsStr::new).contains(&part))
    };
    assert_eq!(files.iter().find(of_layers), None);
}

/// The crate's files as the compiler listed them when it built the crate for these tests.
fn compiled_files() -> Vec<PathBuf> {
    let test = env::current_exe().unwrap();
    let is_list = |path: &Path| {
        let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let is_of_crate = stem.starts_with("tower_cross_origin-");
        is_of_crate && path.extension().is_some_and(|extension| extension == "d")
    };
    let lists = fs::read_dir(test.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    // One is left of each time that the manifest changed; the last one is that of this build.
    let latest = lists
        .filter(|path| is_list(path))
        .max_by_key(|path| fs::metadata(path).and_then(|file| file.modified()).unwrap())
        .unwrap();
    let list = fs::read_to_string(latest).unwrap();
    // A line for each file, of which nothing is said.
    let files = list.lines().filter_map(|line| line.strip_suffix(".rs:"));
    files.map(|file| root().join(format!("{file}.rs"))).collect()
}

/// The numbered lines of a formatted file, without the items and the attributes that need a feature.
fn without_features(source: &str) -> impl Iterator<Item = (usize, &str)> {
    const ENDS_OF_ITEMS: &[char] = &[';', '}', ','];
    // The indentation of what is left out, and what its last line ends with.
    let mut left_out: Option<(usize, &[char])> = None;
    (1..).zip(source.lines()).filter(move |(_, line)| {
        let (code, indentation) = (line.trim(), line.len() - line.trim_start().len());
        let needs_feature = code.starts_with("#[cfg(") && code.contains("feature = ");
        if code.starts_with("#[cfg_attr(") {
            left_out = left_out.or(Some((indentation, &[']'])));
        } else if needs_feature && !code.contains("not(") {
            left_out = left_out.or(Some((indentation, ENDS_OF_ITEMS)));
        }
        let Some((start, ends)) = left_out else { return true };
        if start == indentation && !code.starts_with("//") && code.ends_with(ends) {
            left_out = None;
        }
        false
    })
}

/// Whether `code` has a path that begins with the crate's name.
fn is_path_into(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let (before, rest) = code.split_at(start);
        let after = &rest[name.len()..];
        let begins = !before.ends_with(|char: char| char.is_alphanumeric() || "_:".contains(char));
        begins && (after.starts_with("::") || (before.trim() == "use" && after.starts_with(';')))
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

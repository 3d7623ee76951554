//! Checks that the core without Tower depends only on `http`.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn http_is_the_only_direct_dependency() {
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

/// Checks that the source code does not refer to other crates.
///
/// The compiler rejects missing dependencies, but not in unused macros or disabled code. Only items that
/// need a feature may refer to another crate.
#[test]
fn compiled_files_do_not_refer_to_other_crates() {
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
            let found = OTHER_CRATES.iter().find(|name| has_path_of_crate(code, name));
            assert_eq!(found, None, "{}:{number}: {line}", path.display());
        }
    }
}

#[test]
fn layers_are_not_compiled() {
    let files = compiled_files();
    let is_compiled = |end: &str| files.iter().any(|path| path.ends_with(end));
    assert!(is_compiled("src/lib.rs") && is_compiled("src/cors/policy.rs"), "{files:?}");
    assert!(is_compiled("src/origin/regex/mod.rs"), "{files:?}");
    assert!(!is_compiled("src/origin/regex/origin_regex.rs"), "{files:?}");
    let is_layer = |path: &&PathBuf| {
        path.iter()
            .any(|part| ["body", "long_poll", "service", "sse"].map(OsStr::new).contains(&part))
    };
    assert_eq!(files.iter().find(is_layer), None);
}

/// Returns the files of the crate, from the compiler's dependency file.
fn compiled_files() -> Vec<PathBuf> {
    let test = env::current_exe().unwrap();
    let is_list = |path: &Path| {
        let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        let is_this_crate = stem.starts_with("tower_cross_origin-");
        is_this_crate && path.extension().is_some_and(|extension| extension == "d")
    };
    let lists = fs::read_dir(test.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    // Each change of the manifest leaves one file. The latest file belongs to this build.
    let latest = lists
        .filter(|path| is_list(path))
        .max_by_key(|path| fs::metadata(path).and_then(|file| file.modified()).unwrap())
        .unwrap();
    let list = fs::read_to_string(latest).unwrap();
    // The file has a line without dependencies for each source file.
    let files = list.lines().filter_map(|line| line.strip_suffix(".rs:"));
    files.map(|file| root().join(format!("{file}.rs"))).collect()
}

/// Returns the numbered lines of a file, without items and attributes that need a feature.
///
/// The file must be formatted.
fn without_features(source: &str) -> impl Iterator<Item = (usize, &str)> {
    const ENDS_OF_ITEMS: &[char] = &[';', '}', ','];
    // The indentation of the skipped item, and the characters that may end its last line.
    let mut skipped: Option<(usize, &[char])> = None;
    (1..).zip(source.lines()).filter(move |(_, line)| {
        let (code, indentation) = (line.trim(), line.len() - line.trim_start().len());
        let needs_feature = code.starts_with("#[cfg(") && code.contains("feature = ");
        if code.starts_with("#[cfg_attr(") {
            skipped = skipped.or(Some((indentation, &[']'])));
        } else if needs_feature && !code.contains("not(") {
            skipped = skipped.or(Some((indentation, ENDS_OF_ITEMS)));
        }
        let Some((start, ends)) = skipped else { return true };
        if start == indentation && !code.starts_with("//") && code.ends_with(ends) {
            skipped = None;
        }
        false
    })
}

/// Returns `true` if `code` has a path that begins with the crate's name.
fn has_path_of_crate(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let (before, rest) = code.split_at(start);
        let after = &rest[name.len()..];
        let is_start =
            !before.ends_with(|char: char| char.is_alphanumeric() || "_:".contains(char));
        is_start && (after.starts_with("::") || (before.trim() == "use" && after.starts_with(';')))
    })
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

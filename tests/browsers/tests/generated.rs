//! Checks that committed files match their sources: the gRPC code of the example `grpc`, and the picture and the
//! differences in the guide `browser_engines`.
//!
//! `UPDATE=1 cargo test --test generated`, run in the folder of this package, updates the files.

#[path = "generated/mod.rs"]
mod generated;

use std::{env, fs, path::Path};

use anyhow::{Context, Result, ensure};
use browsers::Difference;
use generated::picture;

#[test]
fn committed_grpc_code_matches_its_proto_file() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grpc/proto");
    compare(&folder.join(CODE), &generate(&folder)?)
}

#[test]
fn committed_picture_matches_the_recorded_results() -> Result<()> {
    let file = "../../src/guides/browser_engines.svg";
    compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file), &picture::draw()?)
}

#[test]
fn guide_lists_all_differences_between_engines() -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/guides/browser_engines.md");
    let guide = fs::read_to_string(file)?;
    let lines: Vec<_> = guide.lines().filter(|line| line.contains("](https://")).collect();
    for (difference, engines, source) in Difference::ALL {
        let names: Vec<_> = engines.iter().map(|engine| format!("{engine:?}")).collect();
        let names = format!("| {} |", names.join(", "));
        let is_listed = lines.iter().any(|line| line.contains(source) && line.contains(&names));
        ensure!(is_listed, "the guide does not list {difference:?} in {names} with {source}");
    }
    let listed = lines.iter().filter(|line| line.starts_with("| ")).count();
    ensure!(listed == Difference::ALL.len(), "the guide lists {listed} differences");
    Ok(())
}

/// Compares a committed file with its generated text, or updates the file.
fn compare(file: &Path, generated: &str) -> Result<()> {
    if env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(file, generated)?;
    }
    let committed =
        fs::read_to_string(file).with_context(|| format!("{} is missing", file.display()))?;
    ensure!(
        committed == generated,
        "{} differs from the generated file; run `UPDATE=1 cargo test --test generated` in tests/browsers and commit \
         the result",
        file.display()
    );
    Ok(())
}

/// Generates the server code. The clients of the example are written in other languages.
fn generate(folder: &Path) -> Result<String> {
    let out = env!("CARGO_TARGET_TMPDIR");
    let files = protox::compile([folder.join(PROTO)], [folder])?;
    tonic_prost_build::configure().build_client(false).out_dir(out).compile_fds(files)?;
    Ok(fs::read_to_string(Path::new(out).join(CODE))?)
}

const PROTO: &str = "echo.proto";
/// The name of the generated file, derived from the protobuf package.
const CODE: &str = "echo.v1.rs";

//! Checks that the committed gRPC code of the example `grpc` matches its `.proto` file.
//!
//! `UPDATE=1 cargo test --test generated`, run in the folder of this package, updates the code.

use std::{env, fs, path::Path};

use anyhow::{Context, Result, ensure};

#[test]
fn committed_grpc_code_matches_its_proto_file() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grpc/proto");
    let generated = generate(&folder)?;
    let committed = folder.join(CODE);
    if env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(&committed, generated)?;
        return Ok(());
    }
    let code = fs::read_to_string(&committed)
        .with_context(|| format!("examples/grpc/proto/{CODE} is missing"))?;
    ensure!(
        code == generated,
        "examples/grpc/proto/{CODE} differs from the code generated from {PROTO}; run \
         `UPDATE=1 cargo test --test generated` in tests/browsers and commit the result"
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

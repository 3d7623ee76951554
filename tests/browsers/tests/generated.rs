//! The committed gRPC code of the example `grpc` is what their `.proto` file says.
//!
//! `UPDATE=1 cargo test --test generated`, run beside this package's `Cargo.toml`, writes it.

use std::{env, fs, path::Path};

use anyhow::{Context, Result, ensure};

#[test]
fn the_code_of_the_echo_service_is_generated_from_its_proto_file() -> Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/grpc/proto");
    let generated = generate(&folder)?;
    let committed = folder.join(CODE);
    if env::var_os("UPDATE").is_some_and(|update| update == "1") {
        fs::write(&committed, generated)?;
        return Ok(());
    }
    let code =
        fs::read_to_string(&committed).with_context(|| format!("no examples/grpc/proto/{CODE}"))?;
    ensure!(
        code == generated,
        "examples/grpc/proto/{CODE} is not what {PROTO} generates; write it anew with \
         `UPDATE=1 cargo test --test generated` in tests/browsers, and commit it"
    );
    Ok(())
}

/// Server code alone: the clients of the example are written in other languages.
fn generate(folder: &Path) -> Result<String> {
    let out = env!("CARGO_TARGET_TMPDIR");
    let files = protox::compile([folder.join(PROTO)], [folder])?;
    tonic_prost_build::configure().build_client(false).out_dir(out).compile_fds(files)?;
    Ok(fs::read_to_string(Path::new(out).join(CODE))?)
}

const PROTO: &str = "echo.proto";
/// The generator names it after the package.
const CODE: &str = "echo.v1.rs";

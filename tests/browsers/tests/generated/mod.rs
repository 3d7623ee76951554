//! Modules of the generated files in `../generated.rs`.

pub mod picture;

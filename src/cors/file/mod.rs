//! Configurations as they stand in a file.

#[cfg(feature = "schemars")]
mod bounds;
mod keys;
mod read;
mod rules;
#[cfg(feature = "schemars")]
mod schema;
mod values;
mod write;

//! Configurations as they stand in a file. Whatever is wrong with a value is left to the policy, which
//! reports all of it at once; here is refused what has no such value at all.

#[cfg(feature = "schemars")]
mod bounds;
mod keys;
mod list;
mod number;
mod read;
#[cfg(feature = "schemars")]
mod schema;
mod table;
mod values;
mod write;

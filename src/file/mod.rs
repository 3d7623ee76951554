//! What configurations in files have in common. Whatever is wrong with a value is left to the policy that
//! is made of it, which reports all of it at once; here is refused what has no such value at all.

pub(crate) mod list;
pub(crate) mod number;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
pub(crate) mod table;
pub(crate) mod words;

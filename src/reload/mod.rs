//! What is replaced while requests are answered by it.

mod handle;
mod retired;

pub use self::handle::PolicyHandle;

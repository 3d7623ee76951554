//! What holds of the crate without features is in `tests/`.

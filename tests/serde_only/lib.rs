//! What holds of files is in `tests/`.

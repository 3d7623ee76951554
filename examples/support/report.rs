use std::{error::Error, fmt};

/// An error that ends a program with code 1. `main` prints the `Debug` form of an error, which for
/// most is not made for people; the one of a report is what the error displays.
pub(crate) struct Report(Box<dyn Error>);

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<E: Error + 'static> From<E> for Report {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

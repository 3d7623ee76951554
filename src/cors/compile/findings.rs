use crate::cors::{CorsConfigError, Fault, Lint};

/// What is found of a configuration.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) faults: Vec<Fault>,
    pub(super) lints: Vec<Lint>,
}

impl Findings {
    pub(super) fn fault(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    pub(super) fn lint(&mut self, lint: Lint) {
        self.lints.push(lint);
    }

    /// An error where there is a fault.
    pub(super) fn result(&mut self) -> Result<(), CorsConfigError> {
        match std::mem::take(&mut self.faults) {
            faults if faults.is_empty() => Ok(()),
            faults => Err(CorsConfigError::new(faults)),
        }
    }
}

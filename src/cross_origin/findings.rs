use super::{Fault, FaultKind};
use crate::{
    config::Diagnostic,
    origin::{MemberFault, NamedOrigins, OriginSet},
    request::path::PathSet,
};

/// What is found wrong on the way.
#[derive(Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Those of a part, whose settings stand below its key.
    pub(super) fn of_part<K: Clone>(
        &mut self,
        part: &str,
        faults: &[Diagnostic<K>],
        kind: fn(K) -> FaultKind,
    ) {
        self.0.extend(faults.iter().map(|fault| fault.in_section(part, kind)));
    }

    pub(super) fn into_vec(self) -> Vec<Fault> {
        self.0
    }

    /// The set of what is written as origins and lists of them.
    pub(super) fn origins(
        &mut self,
        setting: &str,
        written: &[String],
        lists: &NamedOrigins,
    ) -> OriginSet {
        lists.set_of(written, |index, text, fault| {
            let instead = match &fault {
                MemberFault::UnknownList => None,
                MemberFault::Origin(error) => error.instead(),
            };
            let kind = FaultKind::from(&fault);
            self.add(
                Fault::new(format!("{setting}[{index}]"), text, kind).with_suggestion(instead),
            );
        })
    }

    pub(super) fn paths(&mut self, part: &str, written: &[String]) -> PathSet {
        let setting = format!("{part}.paths");
        if written.is_empty() {
            self.add(Fault::new(&setting, "", FaultKind::NoPaths));
        }
        PathSet::parse(written, |index, path, fault| {
            self.add(Fault::new(format!("{setting}[{index}]"), path, FaultKind::Path(fault)));
        })
    }
}

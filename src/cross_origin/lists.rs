//! The lists of origins, each of which is read once.

use super::{CrossOrigin, Fault, FaultKind, findings::Faults};
use crate::origin::NamedOrigins;

pub(super) fn lists(config: &CrossOrigin, faults: &mut Faults) -> NamedOrigins {
    let mut lists = NamedOrigins::default();
    for (name, written) in &config.origins {
        let setting = format!("origins.{name}");
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(is_of_name) {
            faults.add(Fault::new(&setting, &**name, FaultKind::MalformedListName));
        }
        // A list is of origins, and of no other lists.
        let set = faults.origins(&setting, written, &NamedOrigins::default());
        lists.sets.insert(name.clone(), set);
    }
    lists
}

/// Those that nothing names.
pub(super) fn unused<'a>(
    config: &'a CrossOrigin,
    lists: &NamedOrigins,
) -> impl Iterator<Item = &'a String> {
    let named = lists.named.take();
    config.origins.keys().filter(move |name| !named.contains(*name))
}

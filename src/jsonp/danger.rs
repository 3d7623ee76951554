//! Names by which a callback would act on the page that calls it.

use super::grammar::identifiers;

/// The first dangerous identifier of a callback's name.
///
/// Same origin method execution: <https://www.someattack.com>; the names that lists of gadgets against a
/// Content Security Policy try: <https://github.com/renniepak/CSPBypass/issues/50>.
pub(super) fn of(name: &str) -> Option<&str> {
    let mut all = identifiers(name).enumerate();
    let is_dangerous =
        |index: usize, one: &str| index == 0 && ROOTS.contains(&one) || ANYWHERE.contains(&one);
    all.find(|(index, one)| is_dangerous(*index, one)).map(|(_, one)| one)
}

/// Ways to windows, documents and evaluation, from the global object on.
const ROOTS: [&str; 19] = [
    "window",
    "self",
    "top",
    "parent",
    "opener",
    "frames",
    "globalThis",
    "document",
    "location",
    "navigator",
    "eval",
    "Function",
    "setTimeout",
    "setInterval",
    "alert",
    "confirm",
    "prompt",
    "print",
    "open",
];

/// Ways from any function or object to others.
const ANYWHERE: [&str; 6] = ["constructor", "prototype", "__proto__", "call", "apply", "bind"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_dangerous_at_the_beginning_and_a_segment_anywhere() {
        for root in ROOTS {
            for name in [root.to_owned(), format!("{root}.a"), format!("{root}[0].a")] {
                assert_eq!(of(&name), Some(root), "{name}");
            }
            for name in [format!("a.{root}"), format!("{root}_"), root.to_uppercase()] {
                assert_eq!(of(&name), None, "{name}");
            }
        }
        for segment in ANYWHERE {
            for name in [segment.to_owned(), format!("a.{segment}[0]"), format!("a.{segment}.b")] {
                assert_eq!(of(&name), Some(segment), "{name}");
            }
        }
    }
}

//! Paths in the settings of CORS. DESIGN 17

/// Returns whether one of the paths of a setting matches. `/*` at the end matches all paths below.
///
/// A path with two readings never matches.
pub(crate) fn matches_path(listed: &[String], path: &str) -> bool {
    let is_match = |one: &String| match one.strip_suffix('*') {
        Some(front) if front.ends_with('/') => path.starts_with(front),
        _ => one == path,
    };
    !has_two_readings(path) && listed.iter().any(is_match)
}

/// Returns whether a router may read the path in two ways, so that no rule allows it.
///
/// This includes targets without a path, such as the target of `OPTIONS *`.
pub(crate) fn has_two_readings(path: &str) -> bool {
    let is_dots = |segment: &str| segment == "." || segment == "..";
    !path.starts_with('/')
        || path.contains("//")
        || path.contains([';', '\\'])
        || path.split('/').any(is_dots)
        || path.split('%').skip(1).any(|rest| is_code_of_two_readings(rest))
}

/// Returns whether the text begins with the code of a character for which routers differ.
///
/// Some decode it before they compare paths, and others do not.
fn is_code_of_two_readings(text: &str) -> bool {
    let code = text.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
    code.map(char::from).is_some_and(|char| {
        let is_unreserved = char.is_ascii_alphanumeric() || "-._~".contains(char);
        is_unreserved || char.is_ascii_control() || " /\\%;".contains(char)
    })
}

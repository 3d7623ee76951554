//! Generated origins that are similar to a pattern.

/// Returns the text with replacements for each `*`, and variations of it.
///
/// If the text is a pattern, some of the results are origins.
pub(crate) fn neighbours(text: &str) -> Vec<String> {
    let matching = text.replace("*.", "a.").replace(":*", "");
    let mut neighbours = vec![
        text.to_owned(),
        matching.clone(),
        text.replace("*.", "").replace(":*", ""),
        text.replace("*.", "b.a.").replace(":*", ":8080"),
        text.replace("*.", ".").replace(":*", ":80"),
        text.replace("*.", "_").replace(":*", ":443"),
        text.replace("*.", "").replace(":*", ":65535"),
        format!("{matching}a"),
        format!("{matching}."),
        format!("{matching}.example"),
        format!("{matching}:8080"),
        format!("{matching}:1"),
        format!("{matching}0"),
        format!("s{matching}"),
        matching.replacen("://", "s://", 1),
        matching.replacen("s://", "://", 1),
        matching.replacen("://", "://a", 1),
        matching.replacen("://", "://a.", 1),
        matching.replacen("://", "://.", 1),
        matching.to_ascii_uppercase(),
        "null".to_owned(),
        "file://".to_owned(),
    ];
    neighbours
        .extend(matching.char_indices().next_back().map(|(last, _)| matching[..last].to_owned()));
    if let Some((scheme, rest)) = matching.split_once("://") {
        let mut chars = rest.chars();
        chars.next();
        neighbours.push(format!("{scheme}://{}", chars.as_str()));
        neighbours.extend(rest.split_once('.').map(|(_, parent)| format!("{scheme}://{parent}")));
        neighbours.extend(rest.rsplit_once(':').map(|(host, _)| format!("{scheme}://{host}")));
        neighbours.push(format!("capacitor://{rest}"));
        neighbours.push(format!("capacitor://{}", rest.to_ascii_uppercase()));
    }
    neighbours
}

/// Returns the first label of one pattern, directly before the host of the other.
///
/// For example, `https://bar.com` and `https://foo.com` give `https://barfoo.com`. GO-2024-2813
pub(crate) fn glued(one: &str, other: &str) -> Option<String> {
    let (_, one) = one.split_once("://")?;
    let label = one.trim_start_matches("*.").split(['.', ':']).next()?;
    let (scheme, rest) = other.split_once("://")?;
    let rest = rest.replace("*.", "").replace(":*", "");
    Some(format!("{scheme}://{label}{rest}"))
}

//! Origins near what a pattern covers, made mechanically.

/// The text with something in the place of each `*`, and others that differ from it by little: some of
/// them are origins if it is a pattern.
pub(crate) fn neighbours(text: &str) -> Vec<String> {
    let covered = text.replace("*.", "a.").replace(":*", "");
    let mut neighbours = vec![
        text.to_owned(),
        covered.clone(),
        text.replace("*.", "").replace(":*", ""),
        text.replace("*.", "b.a.").replace(":*", ":8080"),
        text.replace("*.", ".").replace(":*", ":80"),
        text.replace("*.", "_").replace(":*", ":443"),
        text.replace("*.", "").replace(":*", ":65535"),
        format!("{covered}a"),
        format!("{covered}."),
        format!("{covered}.example"),
        format!("{covered}:8080"),
        format!("{covered}:1"),
        format!("{covered}0"),
        format!("s{covered}"),
        covered.replacen("://", "s://", 1),
        covered.replacen("s://", "://", 1),
        covered.replacen("://", "://a", 1),
        covered.replacen("://", "://a.", 1),
        covered.replacen("://", "://.", 1),
        covered.to_ascii_uppercase(),
        "null".to_owned(),
    ];
    neighbours
        .extend(covered.char_indices().next_back().map(|(last, _)| covered[..last].to_owned()));
    if let Some((scheme, rest)) = covered.split_once("://") {
        let mut chars = rest.chars();
        chars.next();
        neighbours.push(format!("{scheme}://{}", chars.as_str()));
        neighbours.extend(rest.split_once('.').map(|(_, parent)| format!("{scheme}://{parent}")));
        neighbours.extend(rest.rsplit_once(':').map(|(host, _)| format!("{scheme}://{host}")));
        neighbours.push(format!("capacitor://{rest}"));
    }
    neighbours
}

/// The first label of one pattern before the host of the other: `https://barfoo.com` of
/// `https://bar.com` and `https://foo.com`. GO-2024-2813
pub(crate) fn glued(one: &str, other: &str) -> Option<String> {
    let (_, one) = one.split_once("://")?;
    let label = one.trim_start_matches("*.").split(['.', ':']).next()?;
    let (scheme, rest) = other.split_once("://")?;
    let rest = rest.replace("*.", "").replace(":*", "");
    Some(format!("{scheme}://{label}{rest}"))
}

use http::Uri;

use crate::jsonp::query::{is_one_of, split};

/// Takes the parameters of these names out of the target's query, and leaves every other byte of it.
pub(super) fn hide(uri: &mut Uri, names: &[String]) {
    let Some(query) = uri.query() else { return };
    let is_kept = |parameter: &&str| !is_one_of(split(parameter).0, names);
    let kept: Vec<&str> = query.split('&').filter(is_kept).collect();
    let kept = kept.join("&");
    let mark = if kept.is_empty() { "" } else { "?" };
    let path_and_query = format!("{}{mark}{kept}", uri.path());
    let mut parts = uri.clone().into_parts();
    // Parts of a target are one: this cannot fail.
    parts.path_and_query = path_and_query.parse().ok().or(parts.path_and_query);
    if let Ok(hidden) = Uri::from_parts(parts) {
        *uri = hidden;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_hidden_wherever_it_stands() {
        for (uri, hidden) in [
            ("/", "/"),
            ("/?a=1", "/?a=1"),
            ("/?callback[a]=1", "/?callback[a]=1"),
            ("/?callback=a", "/"),
            ("/?callback", "/"),
            ("/p?x=1&callback=a&y=%20&callback=b", "/p?x=1&y=%20"),
            ("/?c%61llback=a&x", "/?x"),
            ("http://a.example/p?callback=a", "http://a.example/p"),
            ("http://a.example?callback=a", "http://a.example/"),
        ] {
            let mut left: Uri = uri.parse().unwrap();
            hide(&mut left, &["callback".to_owned()]);
            assert_eq!(left, hidden, "{uri}");
        }
    }
}

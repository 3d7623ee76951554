#[cfg(feature = "public-suffix")]
use psl::Psl;

/// Whether anyone can register a name below `host`, a name in lower case and of A-labels; `None`
/// where that is not known.
#[cfg(feature = "public-suffix")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it is not always known")]
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    // Under a rule such as `*.kawasaki.jp` the names below are suffixes, and not this one.
    let below = format!("0-0.0-0.{host}");
    Some(registrable_domain(&below).is_none_or(|domain| domain.len() > host.len()))
}

/// Without the feature `public-suffix` only the list's default rule is known: every single label is
/// a public suffix.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    (!host.contains('.')).then_some(true)
}

/// The part of `host` that somebody registered; `None` where `host` is a public suffix itself.
#[cfg(feature = "public-suffix")]
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let domain = psl::List.domain(host.as_bytes())?;
    host.get(host.len().checked_sub(domain.as_bytes().len())?..)
}

/// The last two labels, which is right for most names; nothing here knows the others.
#[cfg(not(feature = "public-suffix"))]
#[cfg_attr(not(feature = "regex"), allow(dead_code))] // The lints of regular expressions ask it.
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let last_dot = host.rfind('.')?;
    let start = host.get(..last_dot)?.rfind('.').map_or(0, |dot| dot + 1);
    host.get(start..)
}

/// Whether the list has a rule for `host`, beside the one that every single label is a suffix.
#[cfg(feature = "public-suffix")]
#[cfg_attr(not(feature = "regex"), allow(dead_code))] // The lints of regular expressions ask it.
pub(crate) fn is_listed(host: &str) -> bool {
    psl::List.suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// Nothing is known to be missing from a list that is not here.
#[cfg(not(feature = "public-suffix"))]
#[cfg_attr(not(feature = "regex"), allow(dead_code))] // The lints of regular expressions ask it.
pub(crate) fn is_listed(_host: &str) -> bool {
    true
}

#[cfg(all(test, feature = "public-suffix"))]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_registered_ends_before_the_public_suffix() {
        for (host, domain) in [
            ("example.com", Some("example.com")),
            ("a.b.example.com", Some("example.com")),
            ("com", None),
            ("example.co.uk", Some("example.co.uk")),
            ("co.uk", None),
            // The default rule: what the list does not have ends in one label.
            ("localhost", None),
            ("app.localhost", Some("app.localhost")),
            ("a.b.nowhere-at-all", Some("b.nowhere-at-all")),
            ("nowhere-at-all", None),
            // A-labels: 中国, and 食狮.com.cn, 食狮.公司.cn of the list's own tests.
            ("xn--fiqs8s", None),
            ("www.xn--85x722f.xn--fiqs8s", Some("xn--85x722f.xn--fiqs8s")),
            ("xn--85x722f.com.cn", Some("xn--85x722f.com.cn")),
            ("www.xn--85x722f.xn--55qx5d.cn", Some("xn--85x722f.xn--55qx5d.cn")),
            ("xn--55qx5d.cn", None),
            // Wildcards and their exceptions.
            ("ck", None),
            ("example.ck", None),
            ("www.example.ck", Some("www.example.ck")),
            ("www.ck", Some("www.ck")),
            ("a.www.ck", Some("www.ck")),
            ("kawasaki.jp", Some("kawasaki.jp")),
            ("example.kawasaki.jp", None),
            ("a.example.kawasaki.jp", Some("a.example.kawasaki.jp")),
            ("city.kawasaki.jp", Some("city.kawasaki.jp")),
            // Private suffixes.
            ("github.io", None),
            ("me.github.io", Some("me.github.io")),
            ("vercel.app", None),
            ("pr-1.vercel.app", Some("pr-1.vercel.app")),
            ("s3.amazonaws.com", None),
            ("bucket.s3.amazonaws.com", Some("bucket.s3.amazonaws.com")),
            ("amazonaws.com", Some("amazonaws.com")),
        ] {
            assert_eq!(registrable_domain(host), domain, "{host}");
            let is_suffix = domain.is_none() || host == "kawasaki.jp";
            assert_eq!(is_public_suffix(host), Some(is_suffix), "{host}");
        }
    }

    #[test]
    fn a_host_is_listed_by_more_than_the_default_rule() {
        for (host, listed) in [
            ("com", true),
            ("example.com", true),
            ("example.xn--fiqs8s", true),
            ("nowhere-at-all", false),
            ("example.nowhere-at-all", false),
            ("localhost", false),
        ] {
            assert_eq!(is_listed(host), listed, "{host}");
        }
    }
}

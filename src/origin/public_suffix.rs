//! Public suffixes: the domains below which anyone can register a name.

/// Returns whether anyone can register a name below `host`, which is in lower case and has A-labels;
/// `None` where that is not known.
#[cfg(feature = "public-suffix")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature it is not always known")]
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    // Under a rule such as `*.kawasaki.jp` the names below `kawasaki.jp` are suffixes, and it is not.
    let below = format!("0-0.0-0.{host}");
    Some(registrable_domain(&below).is_none_or(|domain| domain.len() > host.len()))
}

/// Without the feature `public-suffix` only the list's default rule is known: every single label is
/// a public suffix.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    (!host.contains('.')).then_some(true)
}

/// Returns the registrable domain of `host`: its public suffix and one more label; `None` if `host` is a
/// public suffix itself. <https://url.spec.whatwg.org/#host-registrable-domain>
#[cfg(feature = "public-suffix")]
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let suffix = table::public_suffix(host);
    let above = host.get(..suffix.start)?.strip_suffix('.')?;
    host.get(above.rfind('.').map_or(0, |dot| dot + 1)..)
}

/// Returns the last two labels, which is right for most names; without the list the others are not known.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let last_dot = host.rfind('.')?;
    let start = host.get(..last_dot)?.rfind('.').map_or(0, |dot| dot + 1);
    host.get(start..)
}

/// Returns whether the list has a rule for `host`, in addition to the rule that every single label is a
/// public suffix.
#[cfg(feature = "public-suffix")]
pub(crate) fn is_listed(host: &str) -> bool {
    table::public_suffix(host).is_listed
}

/// Without the list no name is known to be missing from it.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn is_listed(_host: &str) -> bool {
    true
}

/// The list's algorithm, over a table of text: <https://github.com/publicsuffix/list/wiki/Format>
#[cfg(feature = "public-suffix")]
mod table {
    use std::cmp::Ordering;

    /// One line for each top-level domain: its name, then the other labels of each of its rules, from
    /// right to left and joined by dots. `*` is a wildcard, `!` marks an exception, and `-` a top-level
    /// domain that is not a rule itself. Lines and rules are in the order of their bytes.
    ///
    /// The file's first lines name its source, date and licence; an empty line follows them.
    const TABLE: &str = include_str!("public_suffixes.txt");

    /// Domains below which a host of applications gives each application a name, and which are missing
    /// from the list.
    const NOT_ON_THE_LIST: [&str; 1] = [
        // Widgets of MCP servers, in Claude.
        "claudemcpcontent.com",
    ];

    pub(super) struct PublicSuffix {
        /// Where the suffix begins in the host.
        pub(super) start: usize,
        /// Whether a rule says so, other than the default rule.
        pub(super) is_listed: bool,
    }

    pub(super) fn public_suffix(host: &str) -> PublicSuffix {
        for domain in NOT_ON_THE_LIST {
            if let Some(above) = host.strip_suffix(domain) {
                if above.is_empty() || above.ends_with('.') {
                    return PublicSuffix { start: above.len(), is_listed: true };
                }
            }
        }
        let mut labels = host.rsplit('.');
        let top_level = labels.next().unwrap_or_default();
        let mut suffix = PublicSuffix { start: host.len() - top_level.len(), is_listed: false };
        let Some(rules) = rules_of(top_level) else { return suffix };
        suffix.is_listed = !has_rule(rules, "-");
        // The labels to the right of the current one, as a rule has them.
        let mut path = String::new();
        let mut start = suffix.start;
        for label in labels {
            let is_rule = |label: &str| has_rule(rules, &format!("{path}{label}"));
            if is_rule(&format!("!{label}")) {
                // "If the prevailing rule is a exception rule, modify it by removing the leftmost label."
                return PublicSuffix { start, is_listed: true };
            }
            start = start.saturating_sub(label.len() + 1);
            if is_rule(label) || is_rule("*") {
                suffix = PublicSuffix { start, is_listed: true };
            }
            path += label;
            path += ".";
        }
        suffix
    }

    /// Returns the rules of a top-level domain, separated by spaces; `None` if the list lacks it.
    fn rules_of(top_level: &str) -> Option<&'static str> {
        let (_header, lines) = TABLE.split_once("\n\n")?;
        let name = |line: &'static str| line.split(' ').next().unwrap_or(line);
        let line = find(lines, '\n', |line| name(line).cmp(top_level))?;
        Some(line.get(top_level.len()..)?.trim_start())
    }

    fn has_rule(rules: &'static str, wanted: &str) -> bool {
        find(rules, ' ', |rule| rule.cmp(wanted)).is_some()
    }

    /// Finds a record by binary search in a text of sorted records.
    fn find(
        records: &'static str,
        separator: char,
        compare: impl Fn(&'static str) -> Ordering,
    ) -> Option<&'static str> {
        let (mut low, mut high) = (0, records.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let start = records.get(low..middle)?.rfind(separator).map_or(low, |at| low + at + 1);
            let end = records.get(middle..high)?.find(separator).map_or(high, |at| middle + at);
            let record = records.get(start..end)?;
            match compare(record) {
                Ordering::Less => low = end + 1,
                Ordering::Greater => high = start.saturating_sub(1),
                Ordering::Equal => return Some(record),
            }
        }
        None
    }
}

#[cfg(all(test, feature = "public-suffix"))]
mod tests {
    use super::*;

    #[test]
    fn registrable_domain_is_one_label_more_than_public_suffix() {
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
            // Hosts of MCP widgets, one of them not on the list.
            ("claudemcpcontent.com", None),
            ("a1b2.claudemcpcontent.com", Some("a1b2.claudemcpcontent.com")),
            ("notclaudemcpcontent.com", Some("notclaudemcpcontent.com")),
            ("web-sandbox.oaiusercontent.com", None),
            ("a.web-sandbox.oaiusercontent.com", Some("a.web-sandbox.oaiusercontent.com")),
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

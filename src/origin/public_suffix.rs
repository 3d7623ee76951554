//! Public suffixes: the domains below which anyone can register a name.

/// Returns `true` if anyone can register a name below `host`; `None` if this is unknown.
///
/// `host` must be in lower case, with A-labels. A dot after the last label is ignored.
#[cfg(feature = "public-suffix")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature, the result can be unknown")]
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    let host = without_trailing_dot(host);
    // A rule such as `*.kawasaki.jp` makes the names below `kawasaki.jp` public suffixes, but not
    // `kawasaki.jp`.
    let subdomain = format!("0-0.0-0.{host}");
    Some(registrable_domain(&subdomain).is_none_or(|domain| domain.len() > host.len()))
}

/// Returns `true` for a single label; `None` for other hosts.
///
/// Without the feature `public-suffix`, only the default rule of the list is known.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn is_public_suffix(host: &str) -> Option<bool> {
    (!without_trailing_dot(host).contains('.')).then_some(true)
}

/// Returns the domain of the host that has one owner, or else the host.
///
/// This is the registrable domain or a [special-use domain](is_special_use_domain).
pub(crate) fn owned_domain(host: &str) -> &str {
    special_use_domain(host).or_else(|| registrable_domain(host)).unwrap_or(host)
}

/// Returns `true` if the domain is reserved, so that names below it cannot be registered.
///
/// The names below it belong to the local network, to tests or to documentation. The list is from the
/// registry of special-use names (RFC 6761), without `onion`, and from the names that networks use anyway:
/// <https://www.icann.org/resources/board-material/resolutions-2018-02-04-en#2.c>
pub(crate) fn is_special_use_domain(domain: &str) -> bool {
    SPECIAL_USE_DOMAINS.contains(&domain)
}

/// Returns the special-use domain that the host is, or that it is a name of.
pub(crate) fn special_use_domain(host: &str) -> Option<&'static str> {
    let is_end = |domain: &&str| {
        host.strip_suffix(*domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    SPECIAL_USE_DOMAINS.into_iter().find(is_end)
}

const SPECIAL_USE_DOMAINS: [&str; 10] = [
    LOCAL,
    "internal",
    "test",
    "home.arpa",
    "localhost",
    "example",
    "invalid",
    "lan",
    "home",
    "corp",
];

/// The domain of names that the devices of a network choose for themselves (RFC 6762).
pub(crate) const LOCAL: &str = "local";

/// Returns the shortest public suffix below `host`, such as `s3.amazonaws.com` below `amazonaws.com`.
pub(crate) fn public_suffix_below(host: &str) -> Option<String> {
    let rules = table::rules_below(host);
    // An exception is not a public suffix.
    let suffixes = rules.into_iter().filter(|rule| !rule.contains('!'));
    let rule = suffixes.min_by_key(|rule| rule.len())?;
    let labels: Vec<&str> = rule.split('.').rev().collect();
    Some(format!("{}.{host}", labels.join(".").replace('*', "a")))
}

/// Returns the registrable domain of `host`: the public suffix and the label before it.
///
/// Returns `None` if `host` is a public suffix. The result keeps a dot after the last label, so that
/// `example.com` and `example.com.` are different. <https://url.spec.whatwg.org/#host-registrable-domain>
#[cfg(feature = "public-suffix")]
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let suffix = table::public_suffix(without_trailing_dot(host));
    let front = host.get(..suffix.start)?.strip_suffix('.')?;
    host.get(front.rfind('.').map_or(0, |dot| dot + 1)..)
}

/// Returns the last two labels.
///
/// This is correct for most names. Without the list, longer public suffixes are unknown.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn registrable_domain(host: &str) -> Option<&str> {
    let last_dot = without_trailing_dot(host).rfind('.')?;
    let start = host.get(..last_dot)?.rfind('.').map_or(0, |dot| dot + 1);
    host.get(start..)
}

/// Returns `true` if the host itself is a public suffix.
#[cfg(feature = "regex")]
pub(crate) fn is_suffix(host: &str) -> bool {
    registrable_domain(host).is_none()
}

/// Returns the label of each rule of the list directly before `host`.
///
/// The label is `*` or begins with `!` in wildcards and their exceptions.
#[cfg(feature = "regex")]
pub(crate) fn rules_below(host: &str) -> std::collections::BTreeSet<&'static str> {
    let rules = table::rules_below(host).into_iter();
    rules.map(|rule| rule.split('.').next().unwrap_or(rule)).collect()
}

/// Returns `true` if the list has a rule for `host` other than the default rule.
///
/// The default rule treats every single label as a public suffix.
#[cfg(feature = "public-suffix")]
pub(crate) fn is_listed(host: &str) -> bool {
    table::public_suffix(without_trailing_dot(host)).is_listed
}

/// Returns `true`: without the list, missing names cannot be detected.
#[cfg(not(feature = "public-suffix"))]
pub(crate) fn is_listed(_host: &str) -> bool {
    true
}

fn without_trailing_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// The algorithm of the list, on a text table: <https://github.com/publicsuffix/list/wiki/Format>
#[cfg(feature = "public-suffix")]
mod table {
    use std::sync::LazyLock;

    /// The rules, with one line for each top-level domain.
    ///
    /// A line has the top-level domain, and then the other labels of each of its rules. These labels are in
    /// order from right to left, joined by dots. `*` is a wildcard, `!` marks an exception, and `-` marks a
    /// top-level domain that is not a rule. Lines and rules are sorted by their bytes.
    ///
    /// The first lines of the file give its source, date and licence. An empty line follows them.
    const TABLE: &str = include_str!("public_suffixes.txt");

    /// Public suffixes of application hosts that are missing from the list.
    const UNLISTED_SUFFIXES: [&str; 1] = [
        // Widgets of MCP servers in Claude: the name has the hash of the server's URL.
        // https://claude.com/docs/connectors/building/mcp-apps/getting-started
        "claudemcpcontent.com",
    ];

    /// No rule has more labels before its top-level domain.
    pub(super) const MAX_LABELS: usize = 6;

    pub(super) struct PublicSuffix {
        /// The position of the suffix in the host, in bytes.
        pub(super) start: usize,
        /// Whether a rule other than the default rule matches.
        pub(super) is_listed: bool,
    }

    pub(super) fn public_suffix(host: &str) -> PublicSuffix {
        for domain in UNLISTED_SUFFIXES {
            if let Some(front) = host.strip_suffix(domain) {
                if front.is_empty() || front.ends_with('.') {
                    return PublicSuffix { start: front.len(), is_listed: true };
                }
            }
        }
        let mut labels = host.rsplit('.');
        let top_level = labels.next().unwrap_or_default();
        let mut suffix = PublicSuffix { start: host.len() - top_level.len(), is_listed: false };
        let Some(rules) = find_rules(top_level) else { return suffix };
        suffix.is_listed = !has_rule(rules, "-");
        // The labels to the right of the current label, in the notation of the rules.
        let mut path = String::new();
        let mut start = suffix.start;
        for label in labels.take(MAX_LABELS) {
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

    #[cfg(test)]
    pub(super) fn all_rules() -> impl Iterator<Item = &'static str> {
        let lines = TABLE.split_once("\n\n").map(|(_, lines)| lines).unwrap_or_default().lines();
        lines.flat_map(|line| line.split(' ').skip(1))
    }

    /// Returns the rules for names below `host`, each without the labels of `host`.
    ///
    /// The labels are in the order of the table: from right to left.
    pub(super) fn rules_below(host: &str) -> Vec<&'static str> {
        let mut labels = host.rsplit('.');
        let top_level = labels.next().unwrap_or_default();
        let path: String = labels.flat_map(|label| [label, "."]).collect();
        let rules = find_rules(top_level).unwrap_or_default();
        let rules = from_first(rules, |rule| rule < &*path).split(' ');
        let mut below: Vec<&'static str> =
            rules.map_while(|rule| rule.strip_prefix(&*path)).collect();
        below.retain(|rule| !matches!(*rule, "" | "-"));
        let unlisted = UNLISTED_SUFFIXES.into_iter().filter_map(|suffix| suffix.split_once('.'));
        below.extend(unlisted.filter(|(_, parent)| *parent == host).map(|(label, _)| label));
        below
    }

    /// Returns the rules of a top-level domain, separated by spaces.
    ///
    /// Returns `None` if the list does not have the domain.
    fn find_rules(top_level: &str) -> Option<&'static str> {
        let lines = &*LINES;
        let index = lines.binary_search_by_key(&top_level, |(name, _)| name).ok()?;
        lines.get(index).map(|(_, rules)| *rules)
    }

    /// The top-level domain and the rules of each line.
    static LINES: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
        let (_header, lines) = TABLE.split_once("\n\n").unwrap_or_default();
        lines.lines().map(|line| line.split_once(' ').unwrap_or((line, ""))).collect()
    });

    fn has_rule(rules: &'static str, wanted: &str) -> bool {
        from_first(rules, |rule| rule < wanted).split(' ').next() == Some(wanted)
    }

    /// Returns the rules from the first one that is not less, by binary search.
    fn from_first(rules: &'static str, is_less: impl Fn(&'static str) -> bool) -> &'static str {
        let (mut low, mut high) = (0, rules.len());
        while low < high {
            let middle = low + (high - low) / 2;
            let before = rules.get(low..middle).and_then(|text| text.rfind(' '));
            let start = before.map_or(low, |at| low + at + 1);
            let after = rules.get(middle..).and_then(|text| text.find(' '));
            let end = after.map_or(rules.len(), |at| middle + at);
            if rules.get(start..end).is_some_and(&is_less) {
                low = end + 1;
            } else {
                high = start;
            }
        }
        rules.get(low..).unwrap_or_default()
    }
}

/// Without the list, no public suffix below a host is known.
#[cfg(not(feature = "public-suffix"))]
mod table {
    pub(super) fn rules_below(_host: &str) -> Vec<&'static str> {
        Vec::new()
    }
}

#[cfg(all(test, feature = "public-suffix"))]
mod tests {
    use super::*;

    #[test]
    fn rule_has_a_bounded_number_of_labels() {
        let longest = table::all_rules().map(|rule| rule.split('.').count()).max();
        assert!(longest.is_some_and(|labels| labels <= table::MAX_LABELS), "{longest:?}");
    }

    #[test]
    fn registrable_domain_has_one_label_before_suffix() {
        for (host, domain) in [
            ("example.com", Some("example.com")),
            ("a.b.example.com", Some("example.com")),
            ("com", None),
            ("example.co.uk", Some("example.co.uk")),
            ("co.uk", None),
            // The default rule: the public suffix of an unlisted host is its last label.
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
            // Hosts of MCP widgets. One of them is not on the list.
            ("claudemcpcontent.com", None),
            ("a1b2.claudemcpcontent.com", Some("a1b2.claudemcpcontent.com")),
            ("notclaudemcpcontent.com", Some("notclaudemcpcontent.com")),
            // A trailing dot is ignored, and kept in the result.
            ("a.example.co.uk.", Some("example.co.uk.")),
            ("co.uk.", None),
            ("com.", None),
            ("www.ck.", Some("www.ck.")),
            ("me.github.io.", Some("me.github.io.")),
            ("github.io.", None),
            ("web-sandbox.oaiusercontent.com", None),
            ("a.web-sandbox.oaiusercontent.com", Some("a.web-sandbox.oaiusercontent.com")),
        ] {
            assert_eq!(registrable_domain(host), domain, "{host}");
            let is_suffix = domain.is_none() || host == "kawasaki.jp";
            assert_eq!(is_public_suffix(host), Some(is_suffix), "{host}");
        }
    }

    #[test]
    fn host_without_specific_rule_is_not_listed() {
        for (host, listed) in [
            ("com", true),
            ("example.com", true),
            ("example.xn--fiqs8s", true),
            ("nowhere-at-all", false),
            ("example.nowhere-at-all", false),
            ("localhost", false),
            ("example.com.", true),
            ("localhost.", false),
        ] {
            assert_eq!(is_listed(host), listed, "{host}");
        }
    }
}

use std::{cmp::Reverse, collections::BTreeSet, ops::Range};

use regex_syntax::hir::literal::{Extractor, Literal};

use super::{
    node::Node,
    origin_regex::{self, OriginRegex},
    sampler::{Sample, Source, samples},
};
use crate::origin::{
    FILE_ORIGIN, Origin,
    host::Host,
    public_suffix::{is_listed, registrable_domain},
};

/// A probable mistake in a valid regular expression.
///
/// Every example is an origin that the expression matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RegexLint {
    /// An unescaped dot is probably meant as a dot of a host name.
    UnescapedDot {
        /// An origin that the dot matches unintentionally: `https://wwwxexample.com`.
        example: String,
        /// The expression with each such dot escaped.
        suggestion: String,
    },
    /// The expression matches hosts of a registrable domain that its literals do not contain.
    OtherDomain {
        /// An origin of the other domain: `https://aexample.com`.
        example: String,
    },
    /// No matching origin was found.
    NoOrigin,
    /// The expression is too complex to search for matching origins.
    TooComplex,
}

/// Returns the probable mistakes in a valid regular expression. Returns nothing for an invalid one.
pub(crate) fn lints(text: &str) -> Vec<RegexLint> {
    let Some(examples) = Examples::collect(text) else { return Vec::new() };
    let mut lints = Vec::new();
    if examples.samples.is_empty() {
        let is_cut_off = examples.is_cut_off;
        lints.push(if is_cut_off { RegexLint::TooComplex } else { RegexLint::NoOrigin });
    }
    let dots = examples.host_name_dots();
    if let Some(example) = examples.unescaped_dot_example(&dots) {
        lints.push(RegexLint::UnescapedDot { example, suggestion: escape_dots(text, &dots) });
    }
    if let Some(example) = examples.other_domain_example(&dots) {
        lints.push(RegexLint::OtherDomain { example });
    }
    lints
}

/// Returns the simplest insecure origin that was found to match a valid regular expression.
pub(super) fn insecure_origin(text: &str) -> Option<String> {
    let examples = Examples::starting_with(text, &["http://"])?;
    let insecure =
        examples.samples.iter().filter(|it| it.origin().is_some_and(|it| it.is_insecure()));
    insecure.min_by_key(|it| (it.cost, it.bytes.len())).and_then(origin_text)
}

/// Returns a matching origin of a domain that a valid regular expression does not contain.
pub(super) fn other_domain(text: &str) -> Option<String> {
    let examples = Examples::collect(text)?;
    let is_web = |example: &String| example.starts_with("http");
    let dots = examples.host_name_dots();
    let other_domain = examples.other_domain_example(&dots).filter(is_web);
    other_domain.or_else(|| examples.unescaped_dot_example(&dots).filter(is_web))
}

/// Returns some origins that match a valid regular expression. The simplest origins come first.
pub(crate) fn matching_origins(text: &str) -> Vec<String> {
    let mut samples = Examples::collect(text).map(|examples| examples.samples).unwrap_or_default();
    samples.sort_by_key(|sample| {
        (!sample.bytes.starts_with(b"https:"), sample.cost, sample.bytes.len())
    });
    samples.iter().filter_map(origin_text).collect()
}

/// Returns `false` if a valid regular expression cannot match a text that begins with `http://`.
pub(crate) fn may_match_http(text: &str) -> bool {
    let hir =
        origin_regex::parse_ast(text).and_then(|ast| origin_regex::parse_hir(text, &ast, false));
    let Ok(hir) = hir else { return true };
    let beginnings = Extractor::new().extract(&hir);
    beginnings.literals().is_none_or(|beginnings| {
        let mut beginnings = beginnings.iter().map(Literal::as_bytes);
        beginnings.any(|one| one.starts_with(HTTP) || HTTP.starts_with(one))
    })
}

/// Returns whether all origins that a valid regular expression matches are files.
pub(crate) fn matches_only_files(text: &str) -> bool {
    let hir =
        origin_regex::parse_ast(text).and_then(|ast| origin_regex::parse_hir(text, &ast, false));
    let beginnings = hir.map(|hir| Extractor::new().extract(&hir));
    // An expression with other beginnings needs no example.
    let may_match_files = beginnings.is_ok_and(|beginnings| {
        let is_file = |one: &[u8]| one.first().is_none_or(|byte| byte.eq_ignore_ascii_case(&b'f'));
        let literals = beginnings.literals().unwrap_or_default();
        literals.iter().map(Literal::as_bytes).any(is_file)
    });
    let examples = if may_match_files { matching_origins(text) } else { Vec::new() };
    !examples.is_empty() && examples.iter().all(|origin| origin == FILE_ORIGIN)
}

/// Some origins that match a regular expression.
struct Examples {
    samples: Vec<Sample>,
    is_cut_off: bool,
}

impl Examples {
    fn collect(text: &str) -> Option<Self> {
        let examples = Self::starting_with(text, &["https://", "http://"])?;
        // The expression requires another scheme.
        if examples.samples.is_empty() { Self::starting_with(text, &[""]) } else { Some(examples) }
    }

    fn starting_with(text: &str, starts: &[&'static str]) -> Option<Self> {
        let ast = origin_regex::parse_ast(text).ok()?;
        let set = origin_regex::compile(&[OriginRegex::parse(text).ok()?])?;
        let node = Node::from_ast(text, &ast);
        let mut examples = Self { samples: Vec::new(), is_cut_off: false };
        for start in starts {
            let mut found = samples(&node, start);
            found.origins.retain(|sample| set.is_match(&sample.bytes));
            examples.samples.append(&mut found.origins);
            examples.is_cut_off |= found.is_cut_off;
        }
        Some(examples)
    }

    /// Returns the dots that can match a dot of a host name. A dot next to `\.` cannot.
    fn host_name_dots(&self) -> BTreeSet<u16> {
        let bytes = self.samples.iter().flat_map(Sample::iter);
        bytes.filter_map(|(byte, source)| source.dot().filter(|_| byte == b'.')).collect()
    }

    fn unescaped_dot_example(&self, dots: &BTreeSet<u16>) -> Option<String> {
        best(self.samples.iter().filter_map(|sample| {
            let replaced_dots = sample.iter().filter(|&it| is_dot_replaced(it, dots)).count();
            let domain = Domain::from_origin(sample.origin()?)?;
            let is_in_domain = sample.part(&domain.range).any(|it| is_dot_replaced(it, dots));
            let is_convincing = is_in_domain && domain.is_listed;
            (replaced_dots > 0)
                .then(|| ((replaced_dots, Reverse(is_convincing), domain.rank()), sample))
        }))
    }

    fn other_domain_example(&self, dots: &BTreeSet<u16>) -> Option<String> {
        best(self.samples.iter().filter_map(|sample| {
            // Each cause is reported once. Here, each dot of a host name matches only a dot.
            if sample.iter().any(|it| is_dot_replaced(it, dots)) {
                return None;
            }
            let domain = Domain::from_origin(sample.origin()?)?;
            let is_open = |(_, source): (u8, Source)| match source {
                Source::Literal => false,
                Source::Choice => true,
                Source::Dot(dot) => !dots.contains(&dot),
            };
            let is_other = sample.part(&domain.range).any(is_open);
            is_other.then(|| ((Reverse(domain.is_listed), domain.rank()), sample))
        }))
    }
}

/// Returns `true` if another byte replaces a dot of a host name.
fn is_dot_replaced((byte, source): (u8, Source), dots: &BTreeSet<u16>) -> bool {
    byte != b'.' && source.dot().is_some_and(|dot| dots.contains(&dot))
}

impl Source {
    fn dot(self) -> Option<u16> {
        match self {
            Self::Dot(dot) => Some(dot),
            Self::Literal | Self::Choice => None,
        }
    }
}

impl Sample {
    fn iter(&self) -> impl Iterator<Item = (u8, Source)> {
        self.bytes.iter().copied().zip(self.sources.iter().copied())
    }

    fn part(&self, range: &Range<usize>) -> impl Iterator<Item = (u8, Source)> {
        self.iter().take(range.end).skip(range.start)
    }
}

/// The registrable domain of an origin, or the whole host instead.
struct Domain {
    range: Range<usize>,
    is_https: bool,
    is_registrable: bool,
    is_listed: bool,
}

impl Domain {
    /// Returns `None` for addresses, which cannot be registered, and for loopback hosts.
    fn from_origin(origin: Origin<'_>) -> Option<Self> {
        let Some(Host::Domain(host) | Host::Opaque(host)) = origin.host() else { return None };
        if origin.is_loopback() {
            return None;
        }
        // Examples with a name are better.
        if host.starts_with('.') {
            return None;
        }
        // A dot after the last label does not change the owner of a domain.
        let host = host.strip_suffix('.').unwrap_or(host);
        let domain = registrable_domain(host);
        let end = origin.scheme()?.len() + "://".len() + host.len();
        Some(Self {
            range: end.checked_sub(domain.unwrap_or(host).len())?..end,
            is_https: origin.scheme() == Some("https"),
            is_registrable: domain.is_some(),
            is_listed: is_listed(host),
        })
    }

    /// Returns the rank of an example. Domains that anyone can register and use come first.
    fn rank(&self) -> impl Ord + use<> {
        (Reverse(self.is_registrable), Reverse(self.is_https))
    }
}

/// Returns the example with the lowest rank, and the simplest of these.
fn best<'a, R: Ord>(examples: impl Iterator<Item = (R, &'a Sample)>) -> Option<String> {
    examples
        .min_by(|(rank, one), (other_rank, other)| {
            let complexity = |it: &Sample| (it.cost, it.bytes.len());
            rank.cmp(other_rank).then_with(|| complexity(one).cmp(&complexity(other)))
        })
        .and_then(|(_, sample)| origin_text(sample))
}

fn origin_text(sample: &Sample) -> Option<String> {
    sample.origin().map(|origin| origin.to_string())
}

fn escape_dots(text: &str, dots: &BTreeSet<u16>) -> String {
    let mut escaped = String::with_capacity(text.len() + dots.len());
    for (index, char) in text.char_indices() {
        if u16::try_from(index).is_ok_and(|index| dots.contains(&index)) {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

const HTTP: &[u8] = b"http://";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expression_with_other_start_never_matches_http() {
        for (text, may) in [
            (r"https://pr-[0-9]+\.example\.com", false),
            (r"(https|wss)://[a-z]+\.example\.com", false),
            (r"^https://a\.example$", false),
            (r"https?://a\.example", true),
            (r".*\.example", true),
            (r"[a-z]+://a\.example", true),
            (r"(?i)https://a\.example", false),
            (r"(?i)http://a\.example", true),
            (r"(|https://)a\.example", false),
            (r"(|https://).*a\.example", true),
            (r"h.*", true),
        ] {
            assert_eq!(may_match_http(text), may, "{text}");
        }
    }
}

use std::collections::{BTreeSet, HashMap};

use super::{
    automaton::{Automaton, Budget, SCHEMES_WITH_DOMAINS, State, TooComplex},
    domains::{DomainSearch, Grouping},
    grammar::{Domain, Grammar, Ipv4, Ipv6, OpaqueHost},
    graph::Graph,
    lint::{insecure_origin, other_domain},
};
use crate::{
    limits::{REGEX_ANALYSES, REGEX_DOMAINS},
    origin::{Origin, host::Host},
};

/// The origins of a regular expression that are risky together with credentials.
///
/// The analysis reads the automaton of the expression, so it finds every such origin. Each text is an origin
/// that the expression matches. Loopback origins do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each one is a separate risk")]
pub(crate) struct RegexRisks {
    /// An insecure origin.
    pub(crate) insecure: Option<String>,
    /// An origin, if there are more registrable domains and addresses than [`REGEX_DOMAINS`].
    pub(crate) many_domains: Option<String>,
    /// Whether there are more hosts than [`REGEX_DOMAINS`], and public suffixes are unknown.
    pub(crate) has_unknown_suffix: bool,
    /// Whether there are more hosts below `.local` than [`REGEX_DOMAINS`].
    pub(crate) has_local_names: bool,
    /// An origin with a scheme without domains and a host that is not fixed.
    pub(crate) open_host: Option<String>,
    /// Whether the search for insecure origins exceeded its limits.
    pub(crate) may_be_insecure: bool,
    /// Whether the search for domains exceeded its limits.
    pub(crate) may_have_many_domains: bool,
}

impl RegexRisks {
    /// Returns the risks of a valid regular expression.
    ///
    /// `expressions` is the number of expressions of the same policy.
    pub(crate) fn new(text: &str, expressions: usize) -> Self {
        let mut risks = Self::default();
        if let Ok(automaton) = Automaton::new(text) {
            Analysis { automaton, budget: Budget::share(expressions) }.run(&mut risks);
        } else {
            risks.may_be_insecure = true;
            risks.may_have_many_domains = true;
        }
        // Sampled origins are easier to read, but take time.
        let samples = expressions <= REGEX_ANALYSES;
        if samples && (risks.insecure.is_some() || risks.may_be_insecure) {
            risks.insecure = insecure_origin(text).or(risks.insecure);
        }
        if samples && risks.many_domains.is_some() {
            risks.many_domains = other_domain(text).or(risks.many_domains);
        }
        risks
    }
}

struct Analysis {
    automaton: Automaton,
    /// The steps of each search.
    budget: Budget,
}

impl Analysis {
    fn run(&self, risks: &mut RegexRisks) {
        risks.may_be_insecure = self.find_insecure(risks).is_err();
        risks.may_have_many_domains = self.find_domains(risks).is_err();
        // The result is only a lint.
        risks.open_host = self.find_open_host().unwrap_or_default();
    }

    fn find_insecure(&self, risks: &mut RegexRisks) -> Result<(), TooComplex> {
        let hosts = self.find_hosts(&["http"], Grouping::Registrable, 0)?;
        risks.insecure = self.example(&hosts)?;
        Ok(())
    }

    fn find_domains(&self, risks: &mut RegexRisks) -> Result<(), TooComplex> {
        let schemes = &SCHEMES_WITH_DOMAINS;
        let hosts = self.find_hosts(schemes, Grouping::Registrable, REGEX_DOMAINS)?;
        risks.has_local_names = hosts.search.has_local_names;
        risks.many_domains = self.example(&hosts)?;
        if cfg!(not(feature = "public-suffix")) && risks.many_domains.is_none() {
            let hosts = self.find_hosts(schemes, Grouping::Hosts, REGEX_DOMAINS)?;
            risks.has_unknown_suffix = hosts.excess_scheme.is_some();
        }
        Ok(())
    }

    /// Returns the hosts of the origins with these schemes, up to the limit.
    fn find_hosts(
        &self,
        schemes: &[&'static str],
        grouping: Grouping,
        limit: usize,
    ) -> Result<Hosts, TooComplex> {
        let budget = &mut self.budget.clone();
        let mut hosts = Hosts::new(grouping, limit);
        for scheme in schemes {
            self.add_hosts(scheme, &mut hosts, budget)?;
        }
        Ok(hosts)
    }

    /// Adds the hosts of one scheme, until there are more than the limit.
    fn add_hosts(
        &self,
        scheme: &'static str,
        hosts: &mut Hosts,
        budget: &mut Budget,
    ) -> Result<(), TooComplex> {
        let Some(root) = self.automaton.after_scheme(scheme) else { return Ok(()) };
        let domains = self.domains(root, scheme, budget)?;
        hosts.search.add(&domains, budget)?;
        let limit = hosts.search.limit() + 1;
        let v4 = self.hosts::<Ipv4>(&[root], scheme, budget)?;
        let v4 = v4.hosts(limit, budget, |_| true)?;
        let v6 = self.hosts::<Ipv6>(&[root], scheme, budget)?;
        let v6 = v6.hosts(limit, budget, |text| {
            Host::parse(text).is_some_and(|host| !host.is_loopback())
        })?;
        hosts.addresses.extend(v4.into_iter().chain(v6).map(|(_, address)| address));
        if hosts.excess_scheme.is_none() && hosts.is_over_limit() {
            hosts.excess_scheme = Some(scheme);
        }
        Ok(())
    }

    fn domains(
        &self,
        root: State,
        scheme: &str,
        budget: &mut Budget,
    ) -> Result<Graph<Domain>, TooComplex> {
        let mut ends = Ends::new(&self.automaton, scheme);
        Graph::new(&self.automaton, &[root], budget, |state, position: Domain, budget| {
            let after_dot = || self.automaton.step(state, b'.');
            let before_dot = position.is_end_before_dot().then(after_dot).flatten();
            Ok((position.is_end() && ends.contains(state, budget)?)
                || match before_dot {
                    Some(state) => ends.contains(state, budget)?,
                    None => false,
                })
        })
    }

    fn hosts<G: Grammar>(
        &self,
        roots: &[State],
        scheme: &str,
        budget: &mut Budget,
    ) -> Result<Graph<G>, TooComplex> {
        let mut ends = Ends::new(&self.automaton, scheme);
        Graph::new(&self.automaton, roots, budget, |state, position: G, budget| {
            Ok(position.is_end() && ends.contains(state, budget)?)
        })
    }

    fn find_open_host(&self) -> Result<Option<String>, TooComplex> {
        let budget = &mut self.budget.clone();
        let (roots, schemes): (Vec<State>, Vec<String>) =
            self.automaton.after_other_schemes(budget)?.into_iter().unzip();
        let graph = self.hosts::<OpaqueHost>(&roots, "", budget)?;
        let hosts = graph.hosts(REGEX_DOMAINS + 1, budget, |_| true)?;
        if hosts.len() <= REGEX_DOMAINS {
            return Ok(None);
        }
        let mut origins =
            hosts.iter().filter_map(|(root, host)| self.origin(schemes.get(*root)?, host));
        Ok(origins.next())
    }

    /// Returns one of the origins if there are more than the limit.
    fn example(&self, hosts: &Hosts) -> Result<Option<String>, TooComplex> {
        let Some(scheme) = hosts.excess_scheme else { return Ok(None) };
        let excess = hosts.search.excess.iter();
        let all = excess.chain(hosts.search.found.values()).chain(&hosts.addresses);
        let schemes: Vec<&str> = [scheme].into_iter().chain(SCHEMES_WITH_DOMAINS).collect();
        let origins = all.map(|host| schemes.iter().find_map(|scheme| self.origin(scheme, host)));
        // Without an origin, the limit was exceeded for an unknown reason.
        origins.flatten().next().map(Some).ok_or(TooComplex)
    }

    /// Returns a matching origin with this host, or with this host and a trailing dot.
    fn origin(&self, scheme: &str, host: &str) -> Option<String> {
        let budget = &mut self.budget.clone();
        [host.to_owned(), format!("{host}.")].into_iter().find_map(|host| {
            let state = self.automaton.walk(self.automaton.after_scheme(scheme)?, &host)?;
            let port = self.automaton.port_after_host(state, scheme, budget).ok()??;
            let text = format!("{scheme}://{host}{port}");
            let origin = Origin::parse(text.as_bytes()).ok()?;
            (!origin.is_loopback()).then_some(text)
        })
    }
}

/// The hosts of all schemes so far.
struct Hosts {
    search: DomainSearch,
    addresses: BTreeSet<String>,
    /// The scheme at which the limit was exceeded.
    excess_scheme: Option<&'static str>,
}

impl Hosts {
    fn new(grouping: Grouping, limit: usize) -> Self {
        Self {
            search: DomainSearch::new(grouping, limit),
            addresses: BTreeSet::new(),
            excess_scheme: None,
        }
    }

    fn is_over_limit(&self) -> bool {
        let count = self.search.found.len() + self.addresses.len();
        self.search.excess.is_some() || count > self.search.limit()
    }
}

/// The states at which a host may end.
struct Ends<'a> {
    automaton: &'a Automaton,
    scheme: &'a str,
    known: HashMap<State, bool>,
}

impl<'a> Ends<'a> {
    fn new(automaton: &'a Automaton, scheme: &'a str) -> Self {
        Self { automaton, scheme, known: HashMap::new() }
    }

    fn contains(&mut self, state: State, budget: &mut Budget) -> Result<bool, TooComplex> {
        if let Some(known) = self.known.get(&state) {
            return Ok(*known);
        }
        let is_end = self.automaton.port_after_host(state, self.scheme, budget)?.is_some();
        self.known.insert(state, is_end);
        Ok(is_end)
    }
}

#[cfg(all(test, feature = "public-suffix"))]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::origin::{
        public_suffix::owned_domain,
        regex::{OriginRegex, OriginRegexes},
    };

    /// An expression, and the texts that it matches. Each unbounded repetition occurs at most six times.
    #[derive(Clone, Debug)]
    struct Expression {
        regex: String,
        texts: BTreeSet<String>,
        /// Whether the expression matches more texts than these.
        is_unbounded: bool,
    }

    /// More texts than any expression of the test needs.
    const MAX_TEXTS: usize = 3000;

    const LIMIT: usize = 3;

    impl Expression {
        fn new(regex: impl Into<String>, texts: impl IntoIterator<Item: Into<String>>) -> Self {
            let texts = texts.into_iter().map(Into::into).take(MAX_TEXTS + 1).collect();
            Self { regex: regex.into(), texts, is_unbounded: false }
        }

        fn literal(text: &str) -> Self {
            Self::new(regex_syntax::escape(text), [text])
        }

        fn concat(parts: &[Self]) -> Self {
            let empty = Self::new("", [""]);
            parts.iter().fold(empty, |front, part| {
                let texts = front
                    .texts
                    .iter()
                    .flat_map(|front| part.texts.iter().map(move |text| format!("{front}{text}")));
                let is_unbounded = front.is_unbounded || part.is_unbounded;
                Self { is_unbounded, ..Self::new(front.regex.clone() + &part.regex, texts) }
            })
        }

        fn either(branches: &[Self]) -> Self {
            let regexes: Vec<&str> = branches.iter().map(|it| &*it.regex).collect();
            let texts = branches.iter().flat_map(|it| &it.texts);
            let is_unbounded = branches.iter().any(|it| it.is_unbounded);
            Self { is_unbounded, ..Self::new(format!("({})", regexes.join("|")), texts) }
        }

        fn repeat(&self, operator: &str, counts: std::ops::RangeInclusive<usize>) -> Self {
            let repeated = counts.map(|count| Self::concat(&vec![self.clone(); count]));
            let texts: Vec<String> = repeated.flat_map(|it| it.texts).collect();
            let is_unbounded = self.is_unbounded || matches!(operator, "*" | "+");
            Self { is_unbounded, ..Self::new(format!("({}){operator}", self.regex), texts) }
        }
    }

    fn hosts() -> impl Strategy<Value = Expression> {
        let literal = select(vec![
            "a",
            "b",
            "1",
            ".",
            "-",
            "com",
            ".com",
            "localhost",
            ".localhost",
            "vercel.app",
            "ck",
            ".ck",
            "www",
            "amazonaws.com",
            "s3",
            "compute",
            "kawasaki.jp",
            "city",
            "local",
            "home.arpa",
            "127",
            "0.0.1",
            "10.0.0",
            "0x",
            "[::",
            "]",
            "https://",
        ]);
        let class =
            select(vec![("[ab]", "ab"), ("[a-e]", "abcde"), (r"[.\-]", ".-"), ("[01]", "01")]);
        let leaf = prop_oneof![
            4 => literal.prop_map(Expression::literal),
            1 => class.prop_map(|(regex, all)| Expression::new(regex, all.chars())),
        ];
        leaf.prop_recursive(4, 12, 3, |inner| {
            prop_oneof![
                4 => vec(inner.clone(), 2..4).prop_map(|parts| Expression::concat(&parts)),
                2 => vec(inner.clone(), 2..4).prop_map(|branches| Expression::either(&branches)),
                1 => inner.clone().prop_map(|it| it.repeat("?", 0..=1)),
                1 => inner.clone().prop_map(|it| it.repeat("*", 0..=6)),
                1 => inner.clone().prop_map(|it| it.repeat("+", 1..=6)),
                1 => inner.prop_map(|it| it.repeat("{2,3}", 2..=3)),
            ]
        })
    }

    fn expressions() -> impl Strategy<Value = Expression> {
        let scheme = select(vec![
            ("https", vec!["https"]),
            ("http", vec!["http"]),
            ("https?", vec!["http", "https"]),
            ("(wss|capacitor)", vec!["wss", "capacitor"]),
        ]);
        let end = select(vec![
            ("", vec![""]),
            (r"\.com", vec![".com"]),
            (r"\.(com|org)", vec![".com", ".org"]),
            (r"\.example\.com(:1)?", vec![".example.com", ".example.com:1"]),
            (":443", vec![":443"]),
            (r"(\.s3)?\.amazonaws\.com", vec![".s3.amazonaws.com", ".amazonaws.com"]),
        ]);
        (scheme, hosts(), end).prop_map(|((scheme, schemes), host, (end, ends))| {
            let scheme = Expression::new(
                format!("{scheme}://"),
                schemes.iter().map(|it| format!("{it}://")),
            );
            Expression::concat(&[scheme, host, Expression::new(end, ends)])
        })
    }

    /// Returns the domains and addresses of the origins, and whether an origin is insecure.
    fn expected(texts: &BTreeSet<String>) -> (BTreeSet<String>, bool) {
        let origins = texts.iter().filter_map(|text| Origin::parse(text.as_bytes()).ok());
        let origins: Vec<Origin<'_>> = origins.filter(|origin| !origin.is_loopback()).collect();
        let has_domains = |origin: &&Origin<'_>| {
            origin.scheme().is_some_and(|it| SCHEMES_WITH_DOMAINS.contains(&it))
        };
        let domains =
            origins.iter().filter(has_domains).filter_map(|origin| match origin.host()? {
                Host::Domain(name) => Some(owned_domain(name.trim_end_matches('.')).to_owned()),
                _ => Some(origin.host_text()?.to_owned()),
            });
        (domains.collect(), origins.iter().any(Origin::is_insecure))
    }

    proptest! {
        #[test]
        fn analysis_finds_every_domain(expression in expressions()) {
            prop_assume!(expression.texts.len() <= MAX_TEXTS);
            prop_assume!(OriginRegex::parse(&expression.regex).is_ok());
            let regexes = OriginRegexes::new([&expression.regex]).unwrap();
            let (domains, is_insecure) = expected(&expression.texts);
            let analysis = Analysis { automaton: Automaton::new(&expression.regex).unwrap(), budget: Budget::share(1) };
            let found = analysis.find_hosts(&SCHEMES_WITH_DOMAINS, Grouping::Registrable, LIMIT).unwrap();
            if let Some(example) = analysis.example(&found).unwrap() {
                prop_assert!(expression.is_unbounded || domains.len() > LIMIT, "{domains:?}");
                prop_assert!(regexes.is_match(example.as_bytes()), "{example}");
                prop_assert!(Origin::parse(example.as_bytes()).is_ok(), "{example}");
            } else {
                for host in found.search.found.values().chain(&found.addresses) {
                    let mut schemes = SCHEMES_WITH_DOMAINS.iter();
                    let origin = schemes.find_map(|scheme| analysis.origin(scheme, host)).unwrap();
                    prop_assert!(regexes.is_match(origin.as_bytes()), "{origin}");
                }
                let all: BTreeSet<String> =
                    found.search.found.into_keys().chain(found.addresses).collect();
                prop_assert!(all.len() <= LIMIT && all.is_superset(&domains), "{all:?} {domains:?}");
                prop_assert!(expression.is_unbounded || all == domains, "{all:?} {domains:?}");
            }
            let mut risks = RegexRisks::default();
            analysis.find_insecure(&mut risks).unwrap();
            prop_assert!(risks.insecure.is_some() || !is_insecure);
            prop_assert!(risks.insecure.is_none() || is_insecure || expression.is_unbounded);
            if let Some(example) = risks.insecure {
                prop_assert!(regexes.is_match(example.as_bytes()), "{example}");
                prop_assert!(Origin::parse(example.as_bytes()).unwrap().is_insecure(), "{example}");
            }
        }
    }
}

use std::collections::{BTreeSet, HashMap};

use super::{
    automaton::{Automaton, Budget, SCHEMES_WITH_DOMAINS, State, TooComplex},
    domains::{DomainSearch, Found, Grouping},
    grammar::{Domain, Grammar, Ipv4, Ipv6, OpaqueHost},
    graph::Graph,
    lint::insecure_origin,
};
use crate::{
    limits::REGEX_DOMAINS,
    origin::{Origin, host::Host},
};

/// The origins of a regular expression that are risky together with credentials.
///
/// The analysis reads the automaton of the expression, so it finds every such origin. Each text is an origin
/// that the expression matches. Loopback origins do not count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RegexRisks {
    /// An insecure origin.
    pub(crate) insecure: Option<String>,
    /// An origin, if there are more registrable domains and addresses than [`REGEX_DOMAINS`].
    pub(crate) many_domains: Option<String>,
    /// An origin, if the expression matches more hosts than [`REGEX_DOMAINS`] and public suffixes are unknown.
    pub(crate) unknown_suffix: Option<String>,
    /// An origin with a host below `.local` that is not fixed.
    pub(crate) local: Option<String>,
    /// An origin with a scheme without domains and a host that is not fixed.
    pub(crate) open_host: Option<String>,
    /// Whether the analysis exceeded its limits. Further risks are then possible.
    pub(crate) is_too_complex: bool,
}

impl RegexRisks {
    /// Returns the risks of a valid regular expression.
    pub(crate) fn new(text: &str) -> Self {
        let mut risks = Self::default();
        match Automaton::new(text) {
            Ok(automaton) => Analysis { automaton }.run(&mut risks),
            Err(TooComplex) => risks.is_too_complex = true,
        }
        if risks.insecure.is_some() || risks.is_too_complex {
            // A sampled origin is easier to read.
            risks.insecure = insecure_origin(text).or(risks.insecure);
        }
        risks
    }
}

struct Analysis {
    automaton: Automaton,
}

impl Analysis {
    fn run(&self, risks: &mut RegexRisks) {
        for result in [self.find_insecure(risks), self.find_domains(risks)] {
            risks.is_too_complex |= result.is_err();
        }
        // The result is only a lint.
        risks.open_host = self.find_open_host().unwrap_or_default();
    }

    fn find_insecure(&self, risks: &mut RegexRisks) -> Result<(), TooComplex> {
        let mut hosts = Hosts::new(Grouping::Registrable, 0);
        let budget = &mut Budget::default();
        self.add_hosts("http", &mut hosts, budget)?;
        risks.insecure = self.example(&hosts);
        Ok(())
    }

    fn find_domains(&self, risks: &mut RegexRisks) -> Result<(), TooComplex> {
        let mut hosts = Hosts::new(Grouping::Registrable, REGEX_DOMAINS);
        let budget = &mut Budget::default();
        for scheme in SCHEMES_WITH_DOMAINS {
            self.add_hosts(scheme, &mut hosts, budget)?;
            if let Some(found) = &hosts.search.local {
                risks.local = risks.local.take().or_else(|| self.origin(scheme, &found.host));
            }
        }
        risks.many_domains = self.example(&hosts);
        if cfg!(not(feature = "public-suffix")) && risks.many_domains.is_none() {
            let mut hosts = Hosts::new(Grouping::Hosts, REGEX_DOMAINS);
            for scheme in SCHEMES_WITH_DOMAINS {
                self.add_hosts(scheme, &mut hosts, budget)?;
            }
            risks.unknown_suffix = self.example(&hosts);
        }
        Ok(())
    }

    /// Adds the hosts of the origins with this scheme, until there are more than the limit.
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
        let budget = &mut Budget::default();
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
    fn example(&self, hosts: &Hosts) -> Option<String> {
        let scheme = hosts.excess_scheme?;
        let excess = hosts.search.excess.iter();
        let found = excess.chain(hosts.search.found.values()).map(|Found { host, .. }| host);
        let mut all = found.chain(&hosts.addresses);
        let schemes = [scheme].into_iter().chain(SCHEMES_WITH_DOMAINS);
        let schemes: Vec<&str> = schemes.collect();
        all.find_map(|host| schemes.iter().find_map(|scheme| self.origin(scheme, host)))
    }

    /// Returns a matching origin with this host, or with this host and a trailing dot.
    fn origin(&self, scheme: &str, host: &str) -> Option<String> {
        let budget = &mut Budget::default();
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

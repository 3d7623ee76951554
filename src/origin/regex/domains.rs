use std::collections::{BTreeMap, BTreeSet};

use super::{
    automaton::{Budget, TooComplex},
    grammar::Domain,
    graph::Graph,
};
use crate::{
    limits::HOST_BYTES,
    origin::public_suffix::{LOCAL, is_special_use_domain, is_suffix, owned_domain, rules_below},
};

/// The hosts that count as one domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grouping {
    /// All names below a registrable domain count as one.
    Registrable,
    /// Each host counts.
    Hosts,
}

/// A search for the domains of the hosts of a graph, up to a limit.
///
/// The search reads hosts from right to left. The ends of equal length that belong to different registrable
/// domains are at most as many as these domains. The search therefore ends when it keeps more ends than the
/// limit, and its work is bounded by the limit and the length of a host.
#[derive(Debug)]
pub(super) struct DomainSearch {
    grouping: Grouping,
    limit: usize,
    /// The domains, each with one of its hosts without a trailing dot.
    pub(super) found: BTreeMap<String, String>,
    /// A host, if there are more domains than the limit.
    pub(super) excess: Option<String>,
    /// Whether there are more hosts below `.local` than the limit.
    pub(super) has_local_names: bool,
}

/// The end of some hosts.
#[derive(Clone, Debug)]
struct End {
    text: String,
    /// The nodes from which the end leads to an end of the graph.
    nodes: Vec<usize>,
    names: Names,
}

/// The names before the last dot that an end begins with.
#[derive(Clone, Debug)]
enum Names {
    /// Each name belongs to a different domain.
    Distinct,
    /// Only these names, from the public suffix list, belong to a different domain.
    Listed(BTreeSet<&'static str>),
}

impl DomainSearch {
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn new(grouping: Grouping, limit: usize) -> Self {
        Self { grouping, limit, found: BTreeMap::new(), excess: None, has_local_names: false }
    }

    /// Adds the domains of the graph.
    pub(super) fn add(
        &mut self,
        graph: &Graph<Domain>,
        budget: &mut Budget,
    ) -> Result<(), TooComplex> {
        let nodes = graph.ends.clone();
        self.run(graph, End { text: String::new(), nodes, names: Names::Distinct }, budget)
    }

    fn run(
        &mut self,
        graph: &Graph<Domain>,
        first: End,
        budget: &mut Budget,
    ) -> Result<(), TooComplex> {
        let mut level = vec![first];
        while !level.is_empty() {
            let mut longer = Vec::new();
            let mut distinct = 0;
            for end in &level {
                if self.excess.is_some() {
                    return Ok(());
                }
                for byte in Domain::ALPHABET_WITHOUT_DOT {
                    let Some(end) = longer_end(graph, end, *byte, budget)? else { continue };
                    self.add_whole_host(graph, &end);
                    match &end.names {
                        Names::Listed(names) if !is_end_of_any(names, &end.text) => {
                            self.add_host(graph, &end);
                        }
                        Names::Listed(_) => longer.push(end),
                        Names::Distinct => {
                            distinct += 1;
                            if distinct > self.limit {
                                self.excess = some_host(graph, &end);
                            }
                            longer.push(end);
                        }
                    }
                }
                if let Some(end) = longer_end(graph, end, b'.', budget)? {
                    if let Some(end) = self.end_after_dot(graph, end, budget)? {
                        distinct += usize::from(matches!(end.names, Names::Distinct));
                        longer.push(end);
                    }
                }
            }
            level = longer;
        }
        Ok(())
    }

    /// Decides which further names matter before an end that begins with a dot.
    ///
    /// Returns `None` if all hosts with this end have the same domain.
    fn end_after_dot(
        &mut self,
        graph: &Graph<Domain>,
        end: End,
        budget: &mut Budget,
    ) -> Result<Option<End>, TooComplex> {
        let Some(domain) = end.text.strip_prefix('.').filter(|domain| !domain.is_empty()) else {
            return Ok(None);
        };
        if self.grouping == Grouping::Hosts {
            return Ok(Some(End { names: Names::Distinct, ..end }));
        }
        if is_special_use_domain(domain) {
            self.add_host(graph, &end);
            if domain == LOCAL {
                let mut hosts = Self::new(Grouping::Hosts, self.limit);
                hosts.run(graph, End { names: Names::Distinct, ..end }, budget)?;
                self.has_local_names |= hosts.excess.is_some();
            }
            return Ok(None);
        }
        if is_suffix(domain) {
            return Ok(Some(End { names: Names::Distinct, ..end }));
        }
        let rules = rules_below(domain);
        if rules.is_empty() {
            self.add_host(graph, &end);
            return Ok(None);
        }
        let is_wildcard = rules.contains("*");
        let names = if is_wildcard { Names::Distinct } else { Names::Listed(rules) };
        Ok(Some(End { names, ..end }))
    }

    /// Adds the end itself if it is a whole host.
    fn add_whole_host(&mut self, graph: &Graph<Domain>, end: &End) {
        if end.nodes.iter().any(|node| graph.is_root(*node)) {
            self.insert(end.text.clone());
        }
    }

    /// Adds one of the hosts with this end. They all have the same domain.
    fn add_host(&mut self, graph: &Graph<Domain>, end: &End) {
        if let Some(found) = some_host(graph, end) {
            self.insert(found);
        }
    }

    fn insert(&mut self, host: String) {
        let domain = match self.grouping {
            Grouping::Registrable => owned_domain(&host).to_owned(),
            Grouping::Hosts => host.clone(),
        };
        if self.found.contains_key(&domain) {
            return;
        }
        if self.found.len() < self.limit {
            self.found.insert(domain, host);
        } else {
            self.excess = Some(host);
        }
    }
}

/// Returns the end with one more byte before it, if a host has this end.
fn longer_end(
    graph: &Graph<Domain>,
    end: &End,
    byte: u8,
    budget: &mut Budget,
) -> Result<Option<End>, TooComplex> {
    let mut nodes = Vec::new();
    for node in &end.nodes {
        let before = graph.before.get(*node).map(Vec::as_slice).unwrap_or_default();
        budget.spend(before.len() + 1)?;
        let with_byte = before.iter().filter(|(other, _)| *other == byte);
        nodes.extend(with_byte.map(|(_, before)| *before));
    }
    nodes.sort_unstable();
    nodes.dedup();
    let len = end.text.len() + 1;
    nodes.retain(|node| graph.distance(*node).saturating_add(len) <= HOST_BYTES);
    let text = format!("{}{}", char::from(byte), end.text);
    Ok((!nodes.is_empty()).then(|| End { text, nodes, names: end.names.clone() }))
}

/// Returns the shortest host with this end.
fn some_host(graph: &Graph<Domain>, end: &End) -> Option<String> {
    let nearest = end.nodes.iter().min_by_key(|node| graph.distance(**node))?;
    Some(graph.path_to(*nearest) + &end.text)
}

/// Returns whether one of these names ends with the first name of the text.
fn is_end_of_any(names: &BTreeSet<&str>, text: &str) -> bool {
    let name = text.split('.').next().unwrap_or_default();
    names.iter().any(|listed| listed.trim_start_matches('!').ends_with(name))
}

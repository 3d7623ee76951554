//! A deliberate defect, which the claims of the target `patterns` must find.

use std::collections::BTreeMap;

use crate::{
    pattern_lists::Query,
    reference_model::{origin::Reading, pattern::matches_any},
};

/// A suffix tree with the defect of GO-2024-2813.
///
/// An edge that starts at a node also starts at the nodes below it. So after `foo` of `foo.com` there may
/// be `bar` of `bar.com`. The defect needs a second host, so each pattern alone works. Patterns with `*`
/// work, too.
pub(crate) struct FaultySuffixTree<'a> {
    /// The hosts of exact patterns, by scheme and port.
    nodes: BTreeMap<(String, String), Node>,
    with_star: Vec<&'a str>,
}

#[derive(Default)]
struct Node {
    suffix: String,
    edges: Vec<String>,
}

impl<'a> FaultySuffixTree<'a> {
    pub(crate) fn new(patterns: &[&'a str]) -> Self {
        let with_star = patterns.iter().copied().filter(|text| text.contains('*')).collect();
        let mut hosts: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for text in patterns {
            if let Some(Reading::Tuple { scheme, host, port }) = Reading::parse(text.as_bytes()) {
                hosts.entry((scheme, port)).or_default().push(host);
            }
        }
        let nodes = hosts.into_iter().map(|(key, hosts)| (key, Node::new(&hosts))).collect();
        Self { nodes, with_star }
    }

    pub(crate) fn matches(&self, query: &Query) -> bool {
        let Reading::Tuple { scheme, host, port } = &query.reading else { return false };
        let node = self.nodes.get(&(scheme.clone(), port.clone()));
        node.is_some_and(|node| node.leads_to(host))
            || matches_any(&self.with_star, query.text.as_bytes())
    }
}

impl Node {
    fn new(hosts: &[String]) -> Self {
        let Some((first, others)) = hosts.split_first() else { return Self::default() };
        let suffixes = (0..=first.len()).map(|start| &first[start..]);
        let mut shared = suffixes.filter(|suffix| others.iter().all(|one| one.ends_with(suffix)));
        let suffix = shared.next().unwrap_or_default().to_owned();
        let edges = hosts.iter().map(|host| host[..host.len() - suffix.len()].to_owned()).collect();
        Self { suffix, edges }
    }

    fn leads_to(&self, host: &str) -> bool {
        host.strip_suffix(&self.suffix).is_some_and(|front| {
            self.edges.iter().any(|edge| edge == front) || self.leads_on(front)
        })
    }

    fn leads_on(&self, front: &str) -> bool {
        let mut edges = self.edges.iter().filter(|edge| !edge.is_empty());
        edges.any(|edge| {
            front.strip_suffix(&**edge).is_some_and(|rest| rest.is_empty() || self.leads_on(rest))
        })
    }
}

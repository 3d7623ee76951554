//! A defect on purpose, to show that the claims of the target `patterns` would find it.

use std::collections::BTreeMap;

use crate::{
    pattern_lists::Question,
    reference_model::{origin::Reading, pattern::matches_any},
};

/// A suffix tree as that of GO-2024-2813: an edge that leads on from a node leads on from the nodes
/// below it too, so that after `foo` of `foo.com` there may come `bar` of `bar.com`.
///
/// Nothing leads on before there is a second host, and so each pattern alone is right. Those with `*`
/// are read as they should be.
pub(crate) struct Planted<'a> {
    /// The hosts of exact patterns, by what stands before and after them.
    nodes: BTreeMap<(String, String), Node>,
    with_star: Vec<&'a str>,
}

#[derive(Default)]
struct Node {
    suffix: String,
    edges: Vec<String>,
}

impl<'a> Planted<'a> {
    pub(crate) fn of(patterns: &[&'a str]) -> Self {
        let with_star = patterns.iter().copied().filter(|text| text.contains('*')).collect();
        let mut hosts: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
        for text in patterns {
            if let Some(Reading::Tuple { scheme, host, port }) = Reading::parse(text.as_bytes()) {
                hosts.entry((scheme, port)).or_default().push(host);
            }
        }
        let nodes = hosts.into_iter().map(|(key, hosts)| (key, Node::of(&hosts))).collect();
        Self { nodes, with_star }
    }

    pub(crate) fn matches(&self, question: &Question) -> bool {
        let Reading::Tuple { scheme, host, port } = &question.reading else { return false };
        let node = self.nodes.get(&(scheme.clone(), port.clone()));
        node.is_some_and(|node| node.leads_to(host))
            || matches_any(&self.with_star, question.text.as_bytes())
    }
}

impl Node {
    fn of(hosts: &[String]) -> Self {
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

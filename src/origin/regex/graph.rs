use std::collections::{HashMap, HashSet};

use super::{
    automaton::{Automaton, Budget, State, TooComplex},
    grammar::Grammar,
};

/// The hosts that an expression can match after a scheme, as paths through a graph.
///
/// Every node is on a path from a root to an end.
pub(super) struct Graph<G> {
    /// The position of each node in the host.
    pub(super) positions: Vec<G>,
    /// The nodes that the byte before leads to, with that byte.
    pub(super) before: Vec<Vec<(u8, usize)>>,
    after: Vec<Vec<(u8, usize)>>,
    pub(super) states: Vec<State>,
    /// The first node of each path.
    pub(super) roots: usize,
    /// The number of bytes from the nearest root, and the last of them.
    from_root: Vec<(usize, Option<(u8, usize)>)>,
    /// The nodes at which a host may end.
    pub(super) ends: Vec<usize>,
}

impl<G: Grammar> Graph<G> {
    /// Creates the graph of the hosts that begin at one of the roots.
    ///
    /// A host ends where `is_end` returns `true`.
    pub(super) fn new(
        automaton: &Automaton,
        roots: &[State],
        budget: &mut Budget,
        mut is_end: impl FnMut(State, G, &mut Budget) -> Result<bool, TooComplex>,
    ) -> Result<Self, TooComplex> {
        let mut graph = Self {
            positions: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
            states: Vec::new(),
            roots: 0,
            from_root: Vec::new(),
            ends: Vec::new(),
        };
        let mut known = HashMap::new();
        for &root in roots {
            graph.add(&mut known, root, G::start(), (0, None));
        }
        graph.roots = graph.states.len();
        let mut index = 0;
        // Nodes are added in the order of their distance from a root.
        while let (Some(&state), Some(&position)) =
            (graph.states.get(index), graph.positions.get(index))
        {
            budget.spend(G::ALPHABET.len())?;
            if is_end(state, position, budget)? {
                graph.ends.push(index);
            }
            let distance = graph.distance(index) + 1;
            for &byte in G::ALPHABET.iter().filter(|_| distance <= G::MAX_BYTES) {
                let Some(position) = position.step(byte) else { continue };
                let Some(state) = automaton.step(state, byte) else { continue };
                let next = graph.add(&mut known, state, position, (distance, Some((byte, index))));
                if let Some(before) = graph.before.get_mut(next) {
                    before.push((byte, index));
                }
                if let Some(after) = graph.after.get_mut(index) {
                    after.push((byte, next));
                }
            }
            index += 1;
        }
        Ok(graph)
    }

    fn add(
        &mut self,
        known: &mut HashMap<(State, G), usize>,
        state: State,
        position: G,
        from_root: (usize, Option<(u8, usize)>),
    ) -> usize {
        *known.entry((state, position)).or_insert_with(|| {
            self.states.push(state);
            self.positions.push(position);
            self.before.push(Vec::new());
            self.after.push(Vec::new());
            self.from_root.push(from_root);
            self.states.len() - 1
        })
    }

    /// Returns the number of bytes between the nearest root and the node.
    pub(super) fn distance(&self, node: usize) -> usize {
        self.from_root.get(node).map_or(usize::MAX, |(distance, _)| *distance)
    }

    pub(super) fn is_root(&self, node: usize) -> bool {
        node < self.roots
    }

    /// Returns the bytes of the shortest path from a root to the node.
    pub(super) fn path_to(&self, mut node: usize) -> String {
        let mut bytes = Vec::new();
        while let Some((_, Some((byte, before)))) = self.from_root.get(node) {
            bytes.push(*byte);
            node = *before;
        }
        bytes.iter().rev().map(|byte| char::from(*byte)).collect()
    }

    /// Returns at most `limit` hosts that `is_host` accepts, each with its root.
    ///
    /// A host of several roots is returned once.
    pub(super) fn hosts(
        &self,
        limit: usize,
        budget: &mut Budget,
        is_host: impl Fn(&str) -> bool,
    ) -> Result<Vec<(usize, String)>, TooComplex> {
        let to_end = self.distances_to_ends();
        let is_end: HashSet<usize> = self.ends.iter().copied().collect();
        let mut found: Vec<(usize, String)> = Vec::new();
        for root in 0..self.roots {
            let mut open = vec![(root, String::new())];
            while let Some((node, text)) = open.pop() {
                budget.spend(text.len() + 1)?;
                let is_new = is_end.contains(&node) && is_host(&text);
                if is_new && !found.iter().any(|(_, host)| *host == text) {
                    found.push((root, text.clone()));
                    if found.len() >= limit {
                        return Ok(found);
                    }
                }
                // The simplest host is found first.
                for &(byte, next) in self.after.get(node).into_iter().flatten().rev() {
                    budget.spend(1)?;
                    let rest = to_end.get(next).copied().flatten();
                    if rest.is_some_and(|rest| text.len() + 1 + rest <= G::MAX_BYTES) {
                        open.push((next, format!("{text}{}", char::from(byte))));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Returns the number of bytes between each node and the nearest end.
    fn distances_to_ends(&self) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.states.len()];
        let mut level = self.ends.clone();
        let mut distance = 0;
        while !level.is_empty() {
            let mut further = Vec::new();
            for node in level {
                if let Some(unknown @ None) = distances.get_mut(node) {
                    *unknown = Some(distance);
                    let before = self.before.get(node).into_iter().flatten();
                    further.extend(before.map(|(_, before)| *before));
                }
            }
            level = further;
            distance += 1;
        }
        distances
    }
}

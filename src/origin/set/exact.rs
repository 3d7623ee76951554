use std::{slice, sync::Arc};

use super::{hash::Seed, leaf::Leaf};

/// Exact origins: a tree over the bits of their texts' hashes.
///
/// Clones share every node. An insertion or a removal copies the nodes on its way that others share, a
/// leaf and at most some lists of 64 counted pointers, however many origins there are.
#[derive(Clone, Default)]
pub(super) struct Exact {
    root: Arc<Node>,
    len: usize,
    seed: Seed,
}

#[derive(Clone)]
enum Node {
    Leaf(Leaf),
    Branch(Box<[Arc<Node>; FAN]>),
}

impl Exact {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Byte equality is how browsers compare origins, so that no parse is needed.
    /// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 4
    #[inline]
    pub(super) fn has(&self, serialized: &[u8]) -> bool {
        match &*self.root {
            Node::Leaf(leaf) if leaf.is_small() => leaf.has_one_by_one(serialized),
            _ => self.has_by_hash(serialized),
        }
    }

    #[inline(never)]
    fn has_by_hash(&self, serialized: &[u8]) -> bool {
        self.find_by_hash(serialized, self.seed.hash(serialized)).is_some()
    }

    /// The text as it is held.
    pub(super) fn find(&self, serialized: &[u8]) -> Option<&str> {
        match &*self.root {
            Node::Leaf(leaf) if leaf.is_small() => leaf.find_one_by_one(serialized),
            _ => self.find_by_hash(serialized, self.seed.hash(serialized)),
        }
    }

    fn find_by_hash(&self, serialized: &[u8], hash: u64) -> Option<&str> {
        let (mut node, mut bits) = (&*self.root, hash);
        loop {
            match node {
                Node::Leaf(leaf) => return leaf.find(serialized, hash),
                Node::Branch(children) => {
                    node = children.get(child(bits))?;
                    bits >>= BITS;
                }
            }
        }
    }

    /// Whether the text is new.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let hash = self.seed.hash(text.as_bytes());
        let is_new = self.find_by_hash(text.as_bytes(), hash).is_none();
        if is_new {
            insert(&mut self.root, text, hash, 0, self.seed);
            self.len += 1;
        }
        is_new
    }

    /// Whether the text was there.
    pub(super) fn remove(&mut self, text: &str) -> bool {
        let hash = self.seed.hash(text.as_bytes());
        let was_there = self.find_by_hash(text.as_bytes(), hash).is_some();
        if was_there {
            remove(&mut self.root, text, hash, self.seed);
            self.len -= 1;
        }
        was_there
    }

    pub(super) fn iter(&self) -> Texts<'_> {
        Texts { above: vec![slice::from_ref(&self.root).iter()], leaf: None }
    }

    /// Whether these are the very same origins, without looking at them.
    pub(super) fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.root, &other.root)
    }
}

fn insert(node: &mut Arc<Node>, text: &str, hash: u64, depth: u32, seed: Seed) {
    match Arc::make_mut(node) {
        Node::Leaf(leaf) if leaf.len() < LEAF || depth == DEEPEST => leaf.push(text, hash, seed),
        Node::Leaf(leaf) => {
            let mut branch = Node::Branch(Box::new(std::array::from_fn(|_| Arc::default())));
            if let Node::Branch(children) = &mut branch {
                for one in leaf.iter() {
                    let hash = seed.hash(one.as_bytes());
                    if let Some(child) = children.get_mut(child(hash >> (BITS * depth))) {
                        insert(child, one, hash, depth + 1, seed);
                    }
                }
            }
            *node = Arc::new(branch);
            insert(node, text, hash, depth, seed);
        }
        Node::Branch(children) => {
            if let Some(child) = children.get_mut(child(hash >> (BITS * depth))) {
                insert(child, text, hash, depth + 1, seed);
            }
        }
    }
}

fn remove(node: &mut Arc<Node>, text: &str, bits: u64, seed: Seed) {
    match Arc::make_mut(node) {
        Node::Leaf(leaf) => *leaf = leaf.without(text, seed),
        Node::Branch(children) => {
            if let Some(child) = children.get_mut(child(bits)) {
                remove(child, text, bits >> BITS, seed);
            }
        }
    }
}

/// The texts, leaf by leaf; within a leaf in the order of their insertion.
pub(super) struct Texts<'a> {
    above: Vec<slice::Iter<'a, Arc<Node>>>,
    leaf: Option<Box<dyn Iterator<Item = &'a str> + 'a>>,
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        loop {
            if let Some(text) = self.leaf.as_mut().and_then(Iterator::next) {
                return Some(text);
            }
            match self.above.last_mut()?.next().map(|node| &**node) {
                None => drop(self.above.pop()),
                Some(Node::Leaf(leaf)) => self.leaf = Some(Box::new(leaf.iter())),
                Some(Node::Branch(children)) => self.above.push(children.iter()),
            }
        }
    }
}

impl Default for Node {
    fn default() -> Self {
        Self::Leaf(Leaf::default())
    }
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "six of the bits are wanted")]
fn child(bits: u64) -> usize {
    bits as usize & (FAN - 1)
}

/// A branch has 64 children: 4,096 leaves for a million origins, two branches above each.
const FAN: usize = 1 << BITS;
const BITS: u32 = 6;

/// A leaf splits when it has so many: it is copied whole where it is shared, and is some 20 KiB then.
const LEAF: usize = 512;

/// The depth at which all bits are used.
const DEEPEST: u32 = u64::BITS / BITS;

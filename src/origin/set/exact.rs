use std::{
    hash::{BuildHasher, Hasher, RandomState},
    slice,
    sync::Arc,
};

/// Exact origins: a tree over the bits of their texts' hashes.
///
/// Clones share every node. An insertion or a removal copies the nodes on its way that others share, a
/// leaf and at most some lists of 64 counted pointers, however many origins there are.
#[derive(Clone, Default)]
pub(super) struct ExactOrigins {
    root: Arc<Node>,
    len: usize,
    seed: Seed,
}

#[derive(Clone)]
enum Node {
    Leaf(Leaf),
    Branch(Box<[Arc<Node>; CHILDREN]>),
}

impl ExactOrigins {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Byte equality is how browsers compare origins, so that no parse is needed.
    /// <https://fetch.spec.whatwg.org/#concept-cors-check>, step 4
    #[inline]
    pub(super) fn contains(&self, serialized: &[u8]) -> bool {
        match &*self.root {
            Node::Leaf(leaf) if leaf.is_small() => leaf.contains_by_scan(serialized),
            _ => self.contains_by_hash(serialized),
        }
    }

    #[inline(never)]
    fn contains_by_hash(&self, serialized: &[u8]) -> bool {
        self.find_by_hash(serialized, self.seed.hash(serialized)).is_some()
    }

    /// The text as it is held.
    pub(super) fn find(&self, serialized: &[u8]) -> Option<&str> {
        match &*self.root {
            Node::Leaf(leaf) if leaf.is_small() => leaf.find_by_scan(serialized),
            _ => self.find_by_hash(serialized, self.seed.hash(serialized)),
        }
    }

    fn find_by_hash(&self, serialized: &[u8], hash: u64) -> Option<&str> {
        let (mut node, mut bits) = (&*self.root, hash);
        loop {
            match node {
                Node::Leaf(leaf) => return leaf.find(serialized, hash),
                Node::Branch(children) => {
                    node = children.get(child_index(bits))?;
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
        Node::Leaf(leaf) if leaf.len() < LARGEST_LEAF || depth == MAX_DEPTH => {
            leaf.push(text, hash, seed);
        }
        Node::Leaf(leaf) => {
            let mut branch = Node::Branch(Box::new(std::array::from_fn(|_| Arc::default())));
            if let Node::Branch(children) = &mut branch {
                for one in leaf.iter() {
                    let hash = seed.hash(one.as_bytes());
                    if let Some(child) = children.get_mut(child_index(hash >> (BITS * depth))) {
                        insert(child, one, hash, depth + 1, seed);
                    }
                }
            }
            *node = Arc::new(branch);
            insert(node, text, hash, depth, seed);
        }
        Node::Branch(children) => {
            if let Some(child) = children.get_mut(child_index(hash >> (BITS * depth))) {
                insert(child, text, hash, depth + 1, seed);
            }
        }
    }
}

fn remove(node: &mut Arc<Node>, text: &str, bits: u64, seed: Seed) {
    match Arc::make_mut(node) {
        Node::Leaf(leaf) => *leaf = leaf.without(text, seed),
        Node::Branch(children) => {
            if let Some(child) = children.get_mut(child_index(bits)) {
                remove(child, text, bits >> BITS, seed);
            }
        }
    }
}

/// The texts, leaf by leaf; within a leaf in the order of their insertion.
pub(super) struct Texts<'a> {
    above: Vec<slice::Iter<'a, Arc<Node>>>,
    leaf: Option<Box<dyn Iterator<Item = &'a str> + Send + Sync + 'a>>,
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
fn child_index(bits: u64) -> usize {
    bits as usize & (CHILDREN - 1)
}

/// Some hundred texts, one after the other in one piece of memory, and where each of them is.
///
/// To copy it is to copy three blocks of bytes, which is what an insertion into a set that others
/// share costs.
#[derive(Clone, Default)]
struct Leaf {
    texts: String,
    spans: Vec<Span>,
    /// The numbers of spans, counted from 1, by the hash; 0 where none is. Empty where the spans are
    /// looked at one by one.
    table: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    len: u16,
    /// The highest bits of the hash, which the table does not use.
    tag: u16,
}

impl Leaf {
    fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are so few that comparing lengths and bytes costs less than a hash does.
    #[inline]
    fn is_small(&self) -> bool {
        self.table.is_empty()
    }

    /// The text as it is held, in a leaf that is small.
    #[inline]
    fn find_by_scan(&self, text: &[u8]) -> Option<&str> {
        let span = self.spans.iter().find(|span| self.is_at(**span, text))?;
        Some(self.text(*span))
    }

    /// Whether the text is there, in a leaf that is small.
    #[inline]
    fn contains_by_scan(&self, text: &[u8]) -> bool {
        self.spans.iter().any(|span| self.is_at(*span, text))
    }

    /// The text as it is held.
    #[inline]
    fn find(&self, text: &[u8], hash: u64) -> Option<&str> {
        if self.is_small() {
            return self.find_by_scan(text);
        }
        let mask = self.table.len() - 1;
        let mut slot = slot(hash) & mask;
        loop {
            // A table is never full, so that the search ends.
            let number = *self.table.get(slot)? as usize;
            let span = *self.spans.get(number.checked_sub(1)?)?;
            if span.tag == tag(hash) && self.is_at(span, text) {
                return Some(self.text(span));
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a text that is not there yet.
    fn push(&mut self, text: &str, hash: u64, seed: Seed) {
        // Both fit: a text is an origin, and there are some hundreds of them.
        let (Ok(start), Ok(len)) = (u32::try_from(self.texts.len()), u16::try_from(text.len()))
        else {
            return;
        };
        let span = Span { start, len, tag: tag(hash) };
        self.texts.push_str(text);
        self.spans.push(span);
        if self.len() <= SMALL_LEAF {
            return;
        }
        if self.len() * 2 > self.table.len() {
            self.fill_table(seed);
        } else {
            self.insert_into_table(u32::try_from(self.len()).unwrap_or_default(), hash);
        }
    }

    /// Everything but this text.
    fn without(&self, text: &str, seed: Seed) -> Self {
        let mut rest = Self::default();
        for one in self.iter().filter(|one| *one != text) {
            rest.push(one, seed.hash(one.as_bytes()), seed);
        }
        rest
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        self.spans.iter().map(|span| self.text(*span))
    }

    #[inline]
    fn is_at(&self, span: Span, text: &[u8]) -> bool {
        let start = span.start as usize;
        usize::from(span.len) == text.len()
            && self.texts.as_bytes().get(start..start + text.len()) == Some(text)
    }

    #[inline]
    fn text(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.texts.get(start..start + usize::from(span.len)).unwrap_or_default()
    }

    fn fill_table(&mut self, seed: Seed) {
        let slots = (self.len() * 4).next_power_of_two();
        self.table = vec![0; slots];
        let hashes: Vec<u64> = self.iter().map(|text| seed.hash(text.as_bytes())).collect();
        for (number, hash) in (1..).zip(hashes) {
            self.insert_into_table(number, hash);
        }
    }

    fn insert_into_table(&mut self, number: u32, hash: u64) {
        let mask = self.table.len() - 1;
        let mut slot = slot(hash) & mask;
        while let Some(taken) = self.table.get_mut(slot) {
            if *taken == 0 {
                *taken = number;
                return;
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// Not the low bits, which led to this leaf and are the same for all of its texts.
fn slot(hash: u64) -> usize {
    usize::try_from(hash >> 32).unwrap_or_default()
}

fn tag(hash: u64) -> u16 {
    u16::try_from(hash >> 48).unwrap_or_default()
}

/// What hashes of texts are keyed with, so that nobody who can only choose origins can make them fall
/// together. A tenant's origins are such a choice, and so is every `Origin` header.
#[derive(Clone, Copy)]
struct Seed {
    start: u64,
    fold: u64,
}

impl Seed {
    /// Sixteen bytes a multiplication: within a lookup the hash of the standard library, which resists
    /// more, would take more instructions than all the rest.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
    fn hash(self, text: &[u8]) -> u64 {
        // Not a length added to what is known of the text: then its first bytes could make up for it.
        let mut state = self.start.wrapping_mul(2 * text.len() as u64 + 1);
        let mut rest = text;
        while let Some((&chunk, tail)) = rest.split_first_chunk::<16>() {
            let chunk = u128::from_le_bytes(chunk);
            state = self.mix(state, chunk as u64, (chunk >> 64) as u64);
            rest = tail;
        }
        let (low, high) = last_bytes(rest);
        let state = self.mix(state, low, high);
        // The bits that are used first have to depend on all the others.
        multiply(state, FINAL_FACTOR)
    }

    #[inline]
    fn mix(self, state: u64, low: u64, high: u64) -> u64 {
        multiply(low ^ state, high ^ self.fold)
    }
}

/// Of the operating system's randomness.
impl Default for Seed {
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self { start: random(), fold: random() }
    }
}

/// Up to fifteen bytes as two numbers, which overlap where there are fewer than sixteen.
#[inline]
fn last_bytes(rest: &[u8]) -> (u64, u64) {
    if let (Some(&low), Some(&high)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
        (u64::from_le_bytes(low), u64::from_le_bytes(high))
    } else if let (Some(&low), Some(&high)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        (u32::from_le_bytes(low).into(), u32::from_le_bytes(high).into())
    } else {
        let byte = |at: usize| u64::from(rest.get(at).copied().unwrap_or_default());
        (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
    }
}

/// Both halves of the product, folded.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// A branch has 64 children: 4,096 leaves for a million origins, two branches above each.
const CHILDREN: usize = 1 << BITS;
const BITS: u32 = 6;

/// A leaf splits when it has so many: it is copied whole where it is shared, and is some 20 KiB then.
const LARGEST_LEAF: usize = 512;

/// The depth at which all bits are used.
const MAX_DEPTH: u32 = u64::BITS / BITS;

const SMALL_LEAF: usize = 8;

/// The fraction of the golden ratio: odd, and with as many ones as zeros.
const FINAL_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_that_differ_by_little_have_different_hashes() {
        let seed = Seed::default();
        let mut texts: Vec<String> = (0..=40).map(|length| "a".repeat(length)).collect();
        for length in 1..=40 {
            for place in 0..length {
                let mut text = "a".repeat(length);
                text.replace_range(place..=place, "b");
                texts.push(text);
            }
        }
        let hashes: HashSet<u64> = texts.iter().map(|text| seed.hash(text.as_bytes())).collect();
        assert_eq!(hashes.len(), texts.len());
        for shift in [0, 6, 12, 18, 32, 52] {
            let kinds: HashSet<u64> = hashes.iter().map(|hash| hash >> shift & 63).collect();
            assert_eq!(kinds.len(), 64, "every value of six bits at {shift}");
        }
    }

    #[test]
    fn another_seed_gives_other_hashes() {
        let hash = || Seed::default().hash(b"https://app.example.com");
        assert_ne!(hash(), hash());
    }
}

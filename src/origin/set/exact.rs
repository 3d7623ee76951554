use std::{
    hash::{BuildHasher, Hasher, RandomState},
    slice,
    sync::Arc,
};

/// Exact origins, in a tree over the bits of the hashes of their texts.
///
/// Clones share every node. An insertion or a removal copies the shared nodes on its path. These are one
/// leaf and at most a few lists of 64 pointers, for any number of origins.
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

    /// Returns `true` if the set contains the origin.
    ///
    /// Browsers compare the bytes of origins, so the origin is not parsed.
    ///
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

    /// Returns the stored text, if there is an equal one.
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

    /// Adds the text. Returns `true` if it is new.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        let hash = self.seed.hash(text.as_bytes());
        let is_new = self.find_by_hash(text.as_bytes(), hash).is_none();
        if is_new {
            insert(&mut self.root, text, hash, 0, self.seed);
            self.len += 1;
        }
        is_new
    }

    /// Removes the text. Returns `true` if it was in the set.
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

    /// Returns `true` if both sets share all memory. Does not compare texts.
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

/// The texts of all leaves. Each leaf keeps the order of insertion.
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

/// Up to some hundred texts in one block of memory, and their positions.
///
/// A copy of a leaf copies three blocks of bytes. This is the cost of an insertion into a shared set.
#[derive(Clone, Default)]
struct Leaf {
    texts: String,
    spans: Vec<Span>,
    /// A hash table of span numbers, which begin with 1; 0 marks an empty slot.
    ///
    /// The table is empty if lookups scan the spans.
    table: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Span {
    start: u32,
    len: u16,
    /// The highest bits of the hash, which do not select the slot.
    tag: u16,
}

impl Leaf {
    fn len(&self) -> usize {
        self.spans.len()
    }

    /// Returns `true` if a scan is faster than a hash lookup.
    #[inline]
    fn is_small(&self) -> bool {
        self.table.is_empty()
    }

    /// Returns the stored text, in a small leaf.
    #[inline]
    fn find_by_scan(&self, text: &[u8]) -> Option<&str> {
        let span = self.spans.iter().find(|span| self.is_at(**span, text))?;
        Some(self.text(*span))
    }

    /// Returns `true` if a small leaf contains the text.
    #[inline]
    fn contains_by_scan(&self, text: &[u8]) -> bool {
        self.spans.iter().any(|span| self.is_at(*span, text))
    }

    /// Returns the stored text, if there is an equal one.
    #[inline]
    fn find(&self, text: &[u8], hash: u64) -> Option<&str> {
        if self.is_small() {
            return self.find_by_scan(text);
        }
        let mask = self.table.len() - 1;
        let mut slot = slot(hash) & mask;
        loop {
            // A table always has an empty slot, so the search ends.
            let number = *self.table.get(slot)? as usize;
            let span = *self.spans.get(number.checked_sub(1)?)?;
            if span.tag == tag(hash) && self.is_at(span, text) {
                return Some(self.text(span));
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a text that the leaf does not contain.
    fn push(&mut self, text: &str, hash: u64, seed: Seed) {
        // Both numbers fit: the length of an origin is limited, and a leaf has a few hundred origins.
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

    /// Returns a leaf without this text.
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

/// Returns the high bits of the hash.
///
/// The low bits are equal for all texts of a leaf.
fn slot(hash: u64) -> usize {
    usize::try_from(hash >> 32).unwrap_or_default()
}

fn tag(hash: u64) -> u16 {
    u16::try_from(hash >> 48).unwrap_or_default()
}

/// A random key for the hashes.
///
/// Clients choose `Origin` headers, and tenants choose configured origins. Without the key they cannot
/// produce hash collisions.
#[derive(Clone, Copy)]
struct Seed {
    start: u64,
    fold: u64,
}

impl Seed {
    /// Hashes the text with one multiplication for each sixteen bytes.
    ///
    /// The hash function of the standard library resists more attacks, but would dominate the cost of a
    /// lookup.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
    fn hash(self, text: &[u8]) -> u64 {
        // The length is multiplied, not added. Otherwise the first bytes of the text could cancel it.
        let mut state = self.start.wrapping_mul(2 * text.len() as u64 + 1);
        let mut rest = text;
        while let Some((&chunk, tail)) = rest.split_first_chunk::<16>() {
            let chunk = u128::from_le_bytes(chunk);
            state = self.mix(state, chunk as u64, (chunk >> 64) as u64);
            rest = tail;
        }
        let (low, high) = last_bytes(rest);
        let state = self.mix(state, low, high);
        // The bits that select the first child must depend on all other bits.
        multiply(state, FINAL_FACTOR)
    }

    #[inline]
    fn mix(self, state: u64, low: u64, high: u64) -> u64 {
        multiply(low ^ state, high ^ self.fold)
    }
}

/// Creates a seed from the randomness of the operating system.
impl Default for Seed {
    fn default() -> Self {
        let random = || RandomState::new().build_hasher().finish();
        Self { start: random(), fold: random() }
    }
}

/// Returns up to fifteen bytes as two numbers, which may overlap.
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

/// Multiplies two numbers, and combines both halves of the product.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "each half is wanted")]
fn multiply(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// The number of children of a branch. A million origins have 4,096 leaves below two levels of branches.
const CHILDREN: usize = 1 << BITS;
const BITS: u32 = 6;

/// The number of texts in the largest leaf. A shared leaf is copied as a whole, which is about 20 KiB.
const LARGEST_LEAF: usize = 512;

/// The depth at which all bits of the hash are used.
const MAX_DEPTH: u32 = u64::BITS / BITS;

const SMALL_LEAF: usize = 8;

/// The fractional part of the golden ratio. It is odd, and has as many ones as zeros.
const FINAL_FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn similar_texts_have_different_hashes() {
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
    fn different_seeds_produce_different_hashes() {
        let hash = || Seed::default().hash(b"https://app.example.com");
        assert_ne!(hash(), hash());
    }
}

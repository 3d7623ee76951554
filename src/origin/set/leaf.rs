use super::hash::Seed;

/// Some hundred texts, one after the other in one piece of memory, and where each of them is.
///
/// To copy it is to copy three blocks of bytes, which is what an insertion into a set that others
/// share costs.
#[derive(Clone, Default)]
pub(super) struct Leaf {
    texts: String,
    places: Vec<Place>,
    /// The numbers of places, counted from 1, by the hash; 0 where none is. Empty where the places are
    /// looked at one by one.
    table: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Place {
    start: u32,
    len: u16,
    /// The highest bits of the hash, which the table does not use.
    tag: u16,
}

impl Leaf {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are so few that comparing lengths and bytes costs less than a hash does.
    #[inline]
    pub(super) fn is_small(&self) -> bool {
        self.table.is_empty()
    }

    /// The text as it is held, in a leaf that is small.
    #[inline]
    pub(super) fn find_one_by_one(&self, text: &[u8]) -> Option<&str> {
        let place = self.places.iter().find(|place| self.is_at(**place, text))?;
        Some(self.text(*place))
    }

    /// Whether the text is there, in a leaf that is small.
    #[inline]
    pub(super) fn has_one_by_one(&self, text: &[u8]) -> bool {
        self.places.iter().any(|place| self.is_at(*place, text))
    }

    /// The text as it is held.
    #[inline]
    pub(super) fn find(&self, text: &[u8], hash: u64) -> Option<&str> {
        if self.is_small() {
            return self.find_one_by_one(text);
        }
        let mask = self.table.len() - 1;
        let mut slot = slot(hash) & mask;
        loop {
            // A table is never full, so that the search ends.
            let number = *self.table.get(slot)? as usize;
            let place = *self.places.get(number.checked_sub(1)?)?;
            if place.tag == tag(hash) && self.is_at(place, text) {
                return Some(self.text(place));
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Adds a text that is not there yet.
    pub(super) fn push(&mut self, text: &str, hash: u64, seed: Seed) {
        // Both fit: a text is an origin, and there are some hundreds of them.
        let (Ok(start), Ok(len)) = (u32::try_from(self.texts.len()), u16::try_from(text.len()))
        else {
            return;
        };
        let place = Place { start, len, tag: tag(hash) };
        self.texts.push_str(text);
        self.places.push(place);
        if self.len() <= SMALL {
            return;
        }
        if self.len() * 2 > self.table.len() {
            self.fill_table(seed);
        } else {
            self.put(u32::try_from(self.len()).unwrap_or_default(), hash);
        }
    }

    /// Everything but this text.
    pub(super) fn without(&self, text: &str, seed: Seed) -> Self {
        let mut rest = Self::default();
        for one in self.iter().filter(|one| *one != text) {
            rest.push(one, seed.hash(one.as_bytes()), seed);
        }
        rest
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.places.iter().map(|place| self.text(*place))
    }

    #[inline]
    fn is_at(&self, place: Place, text: &[u8]) -> bool {
        let start = place.start as usize;
        usize::from(place.len) == text.len()
            && self.texts.as_bytes().get(start..start + text.len()) == Some(text)
    }

    #[inline]
    fn text(&self, place: Place) -> &str {
        let start = place.start as usize;
        self.texts.get(start..start + usize::from(place.len)).unwrap_or_default()
    }

    fn fill_table(&mut self, seed: Seed) {
        let slots = (self.len() * 4).next_power_of_two();
        self.table = vec![0; slots];
        let hashes: Vec<u64> = self.iter().map(|text| seed.hash(text.as_bytes())).collect();
        for (number, hash) in (1..).zip(hashes) {
            self.put(number, hash);
        }
    }

    fn put(&mut self, number: u32, hash: u64) {
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

const SMALL: usize = 8;

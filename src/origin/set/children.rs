use std::sync::Arc;

/// What stands below a fork, by the byte that leads there.
#[derive(Clone)]
pub(super) struct Children<T> {
    bytes: Vec<u8>,
    /// In the same order.
    nodes: Vec<Arc<T>>,
    /// The place of each byte, where there are too many to look at one by one.
    table: Option<Box<[u8; ASCII]>>,
}

impl<T> Children<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[inline]
    pub(super) fn get(&self, byte: u8) -> Option<&T> {
        self.nodes.get(self.place(byte)?).map(|node| &**node)
    }

    /// The only one there is.
    pub(super) fn only(&self) -> Option<(u8, Arc<T>)> {
        match (&*self.bytes, &*self.nodes) {
            ([byte], [node]) => Some((*byte, Arc::clone(node))),
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.nodes.iter().map(|node| &**node)
    }

    pub(super) fn remove(&mut self, byte: u8) {
        if let Some(place) = self.place(byte) {
            self.bytes.remove(place);
            self.nodes.remove(place);
            self.index();
        }
    }

    #[inline]
    fn place(&self, byte: u8) -> Option<usize> {
        match &self.table {
            Some(table) => table.get(usize::from(byte)).map(|place| usize::from(*place)),
            None => self.bytes.iter().position(|one| *one == byte),
        }
    }

    fn index(&mut self) {
        self.table = (self.bytes.len() > ONE_BY_ONE).then(|| {
            // A place that no node has: hosts are written with 42 bytes.
            let mut table = Box::new([u8::MAX; ASCII]);
            for (place, byte) in (0..).zip(&self.bytes) {
                if let Some(entry) = table.get_mut(usize::from(*byte)) {
                    *entry = place;
                }
            }
            table
        });
    }
}

impl<T: Clone> Children<T> {
    pub(super) fn get_mut(&mut self, byte: u8) -> Option<&mut T> {
        let place = self.place(byte)?;
        self.nodes.get_mut(place).map(Arc::make_mut)
    }

    /// The one for this byte, made where there is none.
    pub(super) fn get_or_insert_with(
        &mut self,
        byte: u8,
        new: impl FnOnce() -> T,
    ) -> Option<&mut T> {
        if self.get(byte).is_none() {
            self.bytes.push(byte);
            self.nodes.push(Arc::new(new()));
            self.index();
        }
        self.get_mut(byte)
    }
}

impl<T> Default for Children<T> {
    fn default() -> Self {
        Self { bytes: Vec::new(), nodes: Vec::new(), table: None }
    }
}

const ASCII: usize = 128;

/// Up to so many, comparing bytes costs no more than a look into a table.
const ONE_BY_ONE: usize = 8;

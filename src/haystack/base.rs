//! Base: the texts that were read at once, in the order of the last names.

use memchr::memmem::Finder;

use super::grams::Grams;
use super::lines::Lines;

/// An entry is a customer who was live when the base was read; it is numbered by its place in the
/// order of last name, creation and id.
#[derive(Debug, Clone, Default)]
pub(super) struct Base {
    /// What `Search` looks at.
    pub(super) searched: Lines,
    /// What else a cashier may type.
    pub(super) other: Lines,
    /// Of `searched`.
    pub(super) grams: Grams,
    /// The local key of each entry.
    pub(super) keys: Vec<i64>,
    /// The place of each entry in the order of creation.
    pub(super) ranks: Vec<u32>,
    /// The entries in the order of creation.
    pub(super) by_rank: Vec<u32>,
    /// The entries in the order of their keys.
    pub(super) by_key: Vec<u32>,
    /// Entries of the same last name are of the same group; groups rise with the entries.
    pub(super) groups: Vec<u32>,
}

impl Base {
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The entry of the customer with this key.
    pub(super) fn entry_of(&self, key: i64) -> Option<usize> {
        let found = self.by_key.binary_search_by_key(&key, |entry| self.keys[*entry as usize]);
        found.ok().map(|at| self.by_key[at] as usize)
    }

    /// The entries that `Search` finds by `needle`, in order.
    pub(super) fn holding(&self, needle: &[u8]) -> Vec<u32> {
        let Some(mut entries) = self.grams.holding(needle) else {
            return self.searched.holding(needle);
        };
        if !self.grams.is_exact(needle) {
            let finder = Finder::new(needle);
            entries.retain(|entry| finder.find(self.searched.get(*entry as usize)).is_some());
        }
        entries
    }

    /// Leaves nothing of the texts of one entry.
    pub(super) fn wipe(&mut self, entry: usize) {
        self.searched.wipe(entry);
        self.other.wipe(entry);
    }
}

//! Lines: one text of every entry, one behind the other, and the search through all of them.

use memchr::memmem::Finder;

/// Stands behind every entry. A folded text has none, so nothing is found across two entries.
pub(super) const END: u8 = b'\n';

/// The texts of all entries in one buffer.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// Where each entry ends, its [`END`] included.
    ends: Vec<usize>,
}

impl Lines {
    pub(super) fn with_capacity(n_entries: usize, n_bytes: usize) -> Self {
        let (bytes, ends) = (Vec::with_capacity(n_bytes), Vec::with_capacity(n_entries));
        Self { bytes, ends }
    }

    pub(super) fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.bytes.push(END);
        self.ends.push(self.bytes.len());
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of one entry with its [`END`].
    pub(super) fn get(&self, entry: usize) -> &[u8] {
        let from = entry.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[from..self.ends[entry]]
    }

    /// Leaves nothing of the text of one entry.
    pub(super) fn wipe(&mut self, entry: usize) {
        let from = entry.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes[from..self.ends[entry]].fill(END);
    }

    /// The entries whose text holds `needle`, in order.
    pub(super) fn holding(&self, needle: &[u8]) -> Vec<u32> {
        let finder = Finder::new(needle);
        let (mut found, mut from, mut entry) = (Vec::new(), 0, 0);
        while let Some(at) = finder.find(&self.bytes[from..]) {
            entry = self.entry_of(from + at, entry);
            found.push(small(entry));
            from = self.ends[entry];
            entry += 1;
        }
        found
    }

    /// The entry that the byte at `at` belongs to, which is `first` or a later one, most often
    /// not far away.
    fn entry_of(&self, at: usize, first: usize) -> usize {
        let (mut low, mut step) = (first, 1);
        while self.ends.get(low + step).is_some_and(|end| *end <= at) {
            low += step;
            step *= 2;
        }
        let high = (low + step).min(self.ends.len());
        low + self.ends[low..high].partition_point(|end| *end <= at)
    }
}

/// The number of an entry as it is kept; four thousand million customers are not expected.
pub(super) fn small(entry: usize) -> u32 {
    u32::try_from(entry).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_look_finds(
            texts in vec("[abc]{0,4}", 0..40),
            needle in "[abc]{1,3}",
        ) {
            let mut lines = Lines::default();
            texts.iter().for_each(|text| lines.push(text.as_bytes()));
            let plain = (0..texts.len()).filter(|&entry| texts[entry].contains(&needle));
            prop_assert_eq!(lines.holding(needle.as_bytes()), plain.map(small).collect::<Vec<_>>());
        }
    }
}

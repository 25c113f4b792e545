//! Page: whom a needle finds, how many they are, and a page of them in one of the kept orders.

use memchr::memmem;

use super::Texts;
use super::tail::Newer;

/// The orders in which a page is at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By time of creation, then id.
    Creation,
    /// By last name, folded and exact, then as above.
    LastName {
        /// The last name first; creation and id rise all the same.
        descending: bool,
    },
}

/// Whom a needle finds.
#[derive(Debug)]
pub(crate) struct Hits<'t> {
    texts: &'t Texts,
    /// Of the base, in its order.
    entries: Vec<u32>,
    newer: Vec<&'t Newer>,
}

impl Texts {
    /// The customers whose searched texts hold `needle`, which is folded and not empty.
    pub(crate) fn search(&self, needle: &str) -> Hits<'_> {
        let needle = needle.as_bytes();
        let mut entries = self.base.holding(needle);
        self.tail.retain(&mut entries);
        let holds = |newer: &&Newer| memmem::find(newer.searched.as_bytes(), needle).is_some();
        Hits { texts: self, entries, newer: self.tail.newer().filter(holds).collect() }
    }

    /// The customers of whom each of `words`, folded and not empty, is in some text: what is
    /// searched, the display name, the digits of the phone number, the e-mail address.
    pub(crate) fn search_all(&self, words: &[&str]) -> Hits<'_> {
        let finders: Vec<_> = words.iter().map(memmem::Finder::new).collect();
        let hold = |searched: &[u8], other: &[u8]| {
            finders.iter().all(|f| f.find(searched).is_some() || f.find(other).is_some())
        };
        // The longest one is most likely the rarest.
        let longest = words.iter().max_by_key(|word| word.len()).map_or("", |word| *word);
        let mut entries = Vec::new();
        if !longest.is_empty() {
            entries = self.base.holding(longest.as_bytes());
            entries.extend(self.base.other.holding(longest.as_bytes()));
            entries.sort_unstable();
            entries.dedup();
            self.tail.retain(&mut entries);
        }
        if words.len() > 1 {
            let (searched, other) = (&self.base.searched, &self.base.other);
            entries.retain(|&entry| hold(searched.get(entry as usize), other.get(entry as usize)));
        }
        let newer = self.tail.newer().filter(|newer| {
            !longest.is_empty() && hold(newer.searched.as_bytes(), newer.other.as_bytes())
        });
        Hits { texts: self, entries, newer: newer.collect() }
    }
}

impl Hits<'_> {
    /// How many they are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len() + self.newer.len()
    }

    /// The local keys of all of them.
    pub(crate) fn keys(&self) -> Vec<i64> {
        let keys = self.entries.iter().map(|entry| self.texts.base.keys[*entry as usize]);
        keys.chain(self.newer.iter().map(|newer| newer.key)).collect()
    }

    /// The local keys of those that come after `skip` others in this order, at most `take`.
    pub(crate) fn page(mut self, order: Order, skip: usize, take: usize) -> Vec<i64> {
        let base = &self.texts.base;
        match order {
            Order::Creation => {
                self.newer.sort_by(|a, b| a.rank.creation.cmp(&b.rank.creation));
                let entries = self.oldest(skip.saturating_add(take));
                let is_before =
                    |entry: u32, newer: &Newer| base.ranks[entry as usize] < newer.place;
                self.merged(entries.into_iter(), is_before, skip, take)
            }
            Order::LastName { descending: false } => {
                self.newer.sort_by(|a, b| a.rank.by_name(&b.rank));
                let entries = self.entries.iter().copied();
                self.merged(entries, |entry, newer| entry < newer.entry, skip, take)
            }
            Order::LastName { descending: true } => {
                self.newer.sort_by(|a, b| a.rank.by_name_descending(&b.rank));
                let group = |entry: u32| base.groups[entry as usize];
                let same = self.entries.chunk_by(|a, b| group(*a) == group(*b));
                let is_before = |entry: u32, newer: &Newer| {
                    let is_same = newer.group == Some(group(entry));
                    is_same == (entry < newer.entry)
                };
                self.merged(same.rev().flatten().copied(), is_before, skip, take)
            }
        }
    }

    /// The first `n` of the base in the order of creation.
    fn oldest(&self, n: usize) -> Vec<u32> {
        let base = &self.texts.base;
        let rank = |entry: &u32| base.ranks[*entry as usize];
        let mut ranks: Vec<u32> = self.entries.iter().map(rank).collect();
        if n < ranks.len() {
            ranks.select_nth_unstable(n);
            ranks.truncate(n);
        }
        ranks.sort_unstable();
        ranks.into_iter().map(|rank| base.by_rank[rank as usize]).collect()
    }

    /// Two orders made one; `is_before` says whether the entry of the base comes first.
    fn merged(
        &self,
        entries: impl Iterator<Item = u32>,
        is_before: impl Fn(u32, &Newer) -> bool,
        skip: usize,
        take: usize,
    ) -> Vec<i64> {
        let (mut entries, mut newer) = (entries.peekable(), self.newer.iter().peekable());
        let next = || match (entries.peek(), newer.peek()) {
            (Some(entry), Some(first)) if !is_before(*entry, first) => newer.next().map(|n| n.key),
            (Some(_), _) => entries.next().map(|entry| self.texts.base.keys[entry as usize]),
            (None, _) => newer.next().map(|newer| newer.key),
        };
        std::iter::from_fn(next).skip(skip).take(take).collect()
    }
}

//! Build: the texts of all live customers read in one scan and laid in the order of their names.

use std::cmp::Ordering;

use rusqlite::{Connection, Row};

use super::Base;
use super::grams::Grams;
use super::lines::{Lines, small};
use super::row;
use crate::error::Result;

/// What a row is searched by and ordered by, see [`row::columns`].
const SCAN: &str =
    concat!("select key, ", row::columns!(), " from customer not indexed where state = 0");

/// Rows as they are read, before they have their order: their texts lie in one arena.
#[derive(Default)]
struct Heap {
    arena: Vec<u8>,
    rows: Vec<Raw>,
}

struct Raw {
    key: i64,
    created_at: i64,
    is_named: bool,
    /// Where the texts begin, and how long each is: folded name, name, id, searched, other.
    at: usize,
    lengths: [u32; 5],
}

impl Base {
    /// Reads every live customer.
    pub(super) fn read(conn: &Connection) -> Result<Self> {
        let mut statement = conn.prepare(SCAN)?;
        let mut rows = statement.query([])?;
        let mut heap = Heap::default();
        while let Some(row) = rows.next()? {
            heap.push(row)?;
        }
        Ok(heap.sorted())
    }
}

impl Heap {
    fn push(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let is_named = row.get_ref(3)?.as_bytes_or_null()?.is_some();
        let (at, mut lengths) = (self.arena.len(), [0; 5]);
        for (column, length) in [3, 4, 2, 5, 6].into_iter().zip(&mut lengths) {
            let text = row.get_ref(column)?.as_bytes_or_null()?.unwrap_or_default();
            self.arena.extend_from_slice(text);
            *length = small(text.len());
        }
        let (key, created_at) = (row.get(0)?, row.get(1)?);
        self.rows.push(Raw { key, created_at, is_named, at, lengths });
        Ok(())
    }

    fn text(&self, row: &Raw, which: usize) -> &[u8] {
        let before: usize = row.lengths[..which].iter().map(|length| *length as usize).sum();
        let from = row.at + before;
        &self.arena[from..from + row.lengths[which] as usize]
    }

    /// The first bytes of the folded name, which decide most comparisons.
    fn prefix(&self, row: &Raw) -> u64 {
        let mut prefix = [0; 8];
        let name = self.text(row, 0);
        let n = name.len().min(8);
        prefix[..n].copy_from_slice(&name[..n]);
        u64::from_be_bytes(prefix)
    }

    fn by_name(&self, a: &Raw, b: &Raw) -> Ordering {
        let name = |row| (self.text(row, 0), self.text(row, 1));
        a.is_named.cmp(&b.is_named).then_with(|| name(a).cmp(&name(b)))
    }

    fn by_creation(&self, a: &Raw, b: &Raw) -> Ordering {
        let created = a.created_at.cmp(&b.created_at);
        created.then_with(|| self.text(a, 2).cmp(self.text(b, 2)))
    }

    fn sorted(self) -> Base {
        let n = self.rows.len();
        let row = |at: u32| &self.rows[at as usize];
        let mut by_creation: Vec<u32> = (0..n).map(small).collect();
        by_creation.sort_by(|a, b| self.by_creation(row(*a), row(*b)));
        let mut rank_of = vec![0; n];
        for (rank, at) in by_creation.iter().enumerate() {
            rank_of[*at as usize] = small(rank);
        }
        let mut order: Vec<(u64, u32)> =
            (0..n).map(|at| (self.prefix(&self.rows[at]), small(at))).collect();
        order.sort_unstable_by(|a, b| {
            let names = || self.by_name(row(a.1), row(b.1));
            let creation = || rank_of[a.1 as usize].cmp(&rank_of[b.1 as usize]);
            a.0.cmp(&b.0).then_with(names).then_with(creation)
        });
        let length = |which: usize| {
            self.rows.iter().map(|row| row.lengths[which] as usize + 1).sum::<usize>()
        };
        let mut base = Base {
            searched: Lines::with_capacity(n, length(3)),
            other: Lines::with_capacity(n, length(4)),
            keys: order.iter().map(|(_, at)| row(*at).key).collect(),
            ranks: order.iter().map(|(_, at)| rank_of[*at as usize]).collect(),
            ..Base::default()
        };
        let mut group = 0;
        for (entry, (_, at)) in order.iter().enumerate() {
            base.searched.push(self.text(row(*at), 3));
            base.other.push(self.text(row(*at), 4));
            let before = entry.checked_sub(1).map(|before| row(order[before].1));
            group += u32::from(before.is_some_and(|b| self.by_name(b, row(*at)).is_ne()));
            base.groups.push(group);
        }
        drop(self);
        base.by_rank = vec![0; n];
        for (entry, rank) in base.ranks.iter().enumerate() {
            base.by_rank[*rank as usize] = small(entry);
        }
        base.by_key = (0..n).map(small).collect();
        base.by_key.sort_unstable_by_key(|entry| base.keys[*entry as usize]);
        base.grams = Grams::of(&base.searched);
        base
    }
}

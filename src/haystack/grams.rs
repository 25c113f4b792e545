//! Grams: which entries hold the most frequent one and two bytes, a bit of each entry for each.
//!
//! A needle that nearly every entry holds is slow to look for, because every find stops the scan.
//! Those needles are short and few, so their answers are kept.

use super::lines::{END, Lines, small};

/// So many of the most frequent grams have a bit.
const GRAMS_MAX: usize = 128;
/// Which grams are frequent is learnt from about so many entries.
const SAMPLE: usize = 8_192;
/// In [`Table`]: the gram has no bit.
const NONE: u8 = u8::MAX;

/// For each of the frequent grams, the entries that hold it.
#[derive(Debug, Clone, Default)]
pub(super) struct Grams {
    table: Table,
    /// The first 64 bits of every entry, and the other 64.
    masks: [Vec<u64>; 2],
}

/// The bit of every gram.
#[derive(Debug, Clone, Default)]
struct Table {
    single: Vec<u8>,
    pair: Vec<u8>,
}

impl Grams {
    pub(super) fn of(lines: &Lines) -> Self {
        let table = Table::of(lines);
        let mut masks = [Vec::with_capacity(lines.len()), Vec::with_capacity(lines.len())];
        for entry in 0..lines.len() {
            let mask = table.mask(lines.get(entry));
            for (half, masks) in mask.into_iter().zip(&mut masks) {
                masks.push(half);
            }
        }
        Self { table, masks }
    }

    /// The entries that hold all the frequent grams of `needle`, in order; `None` when it has none
    /// of them, and is therefore rare itself.
    pub(super) fn holding(&self, needle: &[u8]) -> Option<Vec<u32>> {
        let [first, other] = self.table.mask(needle);
        let [firsts, others] = &self.masks;
        match (first, other) {
            (0, 0) => None,
            (_, 0) => Some(filtered(firsts.len(), |entry| firsts[entry] & first == first)),
            (0, _) => Some(filtered(others.len(), |entry| others[entry] & other == other)),
            _ => Some(filtered(firsts.len().min(others.len()), |entry| {
                (firsts[entry] & first == first) & (others[entry] & other == other)
            })),
        }
    }

    /// Whether an entry that [`Grams::holding`] names holds `needle` for sure.
    pub(super) fn is_exact(&self, needle: &[u8]) -> bool {
        match *needle {
            [byte] => self.table.single[usize::from(byte)] != NONE,
            [first, second] => self.table.pair[pair(first, second)] != NONE,
            _ => false,
        }
    }
}

/// The numbers below `n` that pass, without a branch on the answer, which nothing could foresee.
fn filtered(n: usize, passes: impl Fn(usize) -> bool) -> Vec<u32> {
    let (mut found, mut n_found) = (vec![0; n], 0);
    for entry in 0..n {
        found[n_found] = small(entry);
        n_found += usize::from(passes(entry));
    }
    found.truncate(n_found);
    found
}

impl Table {
    fn of(lines: &Lines) -> Self {
        const N: usize = 256 + 65_536;
        // How many entries hold each gram, and the last one that was counted.
        let (mut counts, mut last) = (vec![0_u32; N], vec![0_u32; N]);
        for entry in (0..lines.len()).step_by(lines.len() / SAMPLE + 1) {
            let mark = small(entry + 1);
            let text = lines.get(entry);
            let singles = text.iter().map(|byte| usize::from(*byte));
            let pairs = text.windows(2).map(|two| 256 + pair(two[0], two[1]));
            for gram in singles.chain(pairs) {
                counts[gram] += u32::from(last[gram] != mark);
                last[gram] = mark;
            }
        }
        let has_end = |gram: usize| match gram.checked_sub(256) {
            None => gram == usize::from(END),
            Some(pair) => pair >> 8 == usize::from(END) || pair & 255 == usize::from(END),
        };
        let mut grams: Vec<usize> = (0..N).filter(|&g| counts[g] > 0 && !has_end(g)).collect();
        grams.sort_by_key(|&gram| std::cmp::Reverse(counts[gram]));
        let mut bits = vec![NONE; N];
        for (bit, gram) in (0..NONE).zip(grams.into_iter().take(GRAMS_MAX)) {
            bits[gram] = bit;
        }
        let pair = bits.split_off(256);
        Self { single: bits, pair }
    }

    fn mask(&self, text: &[u8]) -> [u64; 2] {
        let mut mask = [0; 2];
        let mut set = |bit: u8| {
            if let Some(half) = mask.get_mut(usize::from(bit / 64)) {
                *half |= 1 << (bit % 64);
            }
        };
        let mut before = END;
        for &byte in text {
            set(self.single[usize::from(byte)]);
            set(self.pair[pair(before, byte)]);
            before = byte;
        }
        mask
    }
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

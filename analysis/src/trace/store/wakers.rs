//! Who woke the goroutines of a block: a goroutine for some of its spans.
//!
//! ```text
//! bits   1 0 0 1 1 0 …   which spans have one         ranks  0 …  of the spans before, every 64
//! rows   0 1 0 …         of the table                 table  g4 g9 …
//! ```
//!
//! Few goroutines wake many, so 16 bits name a row of the table; a block with more wakers has their ids instead.

use goscope_parsers::trace::GoId;

/// See the drawing at the head of the file.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    bits: Vec<u64>,
    ranks: Vec<u32>,
    rows: Vec<u16>,
    /// By row; of a block without rows, one for each bit.
    table: Vec<GoId>,
}

/// Finds rows of tables of wakers; used again for each block.
#[derive(Debug, Default)]
pub(super) struct WakerRows {
    /// By goroutine: the table it was last seen in, and its row there.
    seen: Vec<(u32, u16)>,
    table: u32,
}

impl WakerRows {
    /// The row of a goroutine in the current table; `None` if it has too many.
    fn row(&mut self, waker: GoId, table: &mut Vec<GoId>) -> Option<u16> {
        if waker.index() >= self.seen.len() {
            self.seen.resize(waker.index() + 1, (0, 0));
        }
        let seen = &mut self.seen[waker.index()];
        if seen.0 != self.table {
            *seen = (self.table, u16::try_from(table.len()).ok()?);
            table.push(waker);
        }
        Some(seen.1)
    }
}

impl Wakers {
    /// Stores the wakers that are not "none", which are so many.
    pub(super) fn new(
        by_span: impl ExactSizeIterator<Item = GoId> + Clone,
        count: usize,
        find: &mut WakerRows,
    ) -> Self {
        find.table += 1;
        let words = by_span.len().div_ceil(64);
        let mut wakers = Self {
            bits: vec![0; words],
            ranks: vec![0; words],
            rows: Vec::with_capacity(count),
            table: Vec::new(),
        };
        let (mut rank, mut has_rows) = (0, true);
        for (at, waker) in by_span.clone().enumerate() {
            if at % 64 == 0 {
                wakers.ranks[at / 64] = rank;
            }
            if waker.is_none() {
                continue;
            }
            wakers.bits[at / 64] |= 1 << (at % 64);
            rank += 1;
            match find.row(waker, &mut wakers.table).filter(|_| has_rows) {
                Some(row) => wakers.rows.push(row),
                None => has_rows = false,
            }
        }
        if !has_rows {
            wakers.rows = Vec::new();
            wakers.table = by_span.filter(|waker| waker.is_some()).collect();
        }
        wakers.table.shrink_to_fit();
        wakers
    }

    /// Gives all of them other ids.
    pub(super) fn map(&mut self, id: impl Fn(GoId) -> GoId) {
        self.table.iter_mut().for_each(|waker| *waker = id(*waker));
    }

    pub(super) fn at(&self, at: usize) -> GoId {
        let (word, bit) = (self.bits[at / 64], at % 64);
        if word >> bit & 1 == 0 {
            return GoId::NONE;
        }
        let before = (word & ((1 << bit) - 1)).count_ones();
        self.waker((self.ranks[at / 64] + before) as usize)
    }

    /// The waker of the span with this rank.
    fn waker(&self, rank: usize) -> GoId {
        self.rows.get(rank).map_or_else(|| self.table[rank], |&row| self.table[usize::from(row)])
    }

    /// Looks through the words with bits, not the spans; not at all if it is not in the table.
    pub(super) fn spans_of(&self, waker: GoId) -> impl Iterator<Item = usize> + '_ {
        let is_there = self.table.contains(&waker);
        let words = if is_there { self.bits.len() } else { 0 };
        (0..words).flat_map(move |word| {
            let mut rest = self.bits[word];
            let mut rank = self.ranks[word] as usize;
            std::iter::from_fn(move || {
                while rest != 0 {
                    let bit = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    rank += 1;
                    if self.waker(rank - 1) == waker {
                        return Some(word * 64 + bit);
                    }
                }
                None
            })
        })
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.bits.len() * 12 + self.rows.len() * 2 + self.table.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_wakers_are_named_by_rows_and_many_by_their_ids() {
        for distinct in [3, 70_000] {
            let wakers: Vec<GoId> =
                (0..150_000).map(|at| GoId(if at % 3 == 0 { 0 } else { at % distinct + 1 })).collect();
            let mut find = WakerRows::default();
            for _ in 0..2 {
                let stored = Wakers::new(wakers.iter().copied(), 100_000, &mut find);
                assert_eq!(stored.rows.is_empty(), distinct > 65_536);
                assert!((0..wakers.len()).all(|at| stored.at(at) == wakers[at]));
                let of_two = wakers.iter().enumerate().filter(|(_, waker)| waker.0 == 2).map(|(at, _)| at);
                assert!(stored.spans_of(GoId(2)).eq(of_two));
                assert_eq!(stored.spans_of(GoId(1_000_000)).next(), None);
            }
        }
    }
}

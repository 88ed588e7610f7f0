//! Rows of goroutines, found by goroutine and time: mark assists and CPU samples.

use std::ops::Range;

use goscope_parsers::trace::{GoId, Time};
use rustc_hash::FxHashMap;

use crate::trace::store::data::TraceData;
use crate::trace::store::rows::{RangeKind, RangePhase};

/// Rows in order of goroutine and time.
#[derive(Debug)]
pub(super) struct ByGoroutine<T> {
    rows: Vec<T>,
    /// Where those of each goroutine are.
    places: FxHashMap<GoId, Range<u32>>,
}

impl<T> ByGoroutine<T> {
    pub(super) fn new(rows: Vec<T>, goroutine_of: impl Fn(&T) -> GoId) -> Self {
        let mut places: FxHashMap<GoId, Range<u32>> = FxHashMap::default();
        for (at, row) in (0_u32..).zip(&rows) {
            places.entry(goroutine_of(row)).or_insert(at..at).end = at + 1;
        }
        Self { rows, places }
    }

    /// Those of a goroutine.
    pub(super) fn of(&self, goroutine: GoId) -> &[T] {
        let places = self.places.get(&goroutine);
        places.map_or(&[], |places| &self.rows[places.start as usize..places.end as usize])
    }

    /// The same, and where among them was asked last.
    pub(super) fn near<'r>(&self, goroutine: GoId, recent: &'r mut RecentPlaces) -> (&[T], &'r mut u32) {
        let slot = &mut recent.0[goroutine.0 as usize % RECENT];
        if slot.goroutine != goroutine {
            let rows = self.places.get(&goroutine).cloned().unwrap_or_default();
            *slot = Slot { goroutine, place: rows.end - rows.start, rows };
        }
        (&self.rows[slot.rows.start as usize..slot.rows.end as usize], &mut slot.place)
    }
}

/// Goroutines of which a walker remembers where it was.
const RECENT: usize = 64;

/// Where somebody who follows paths was last, of the goroutines that it met: the next question is about a moment close by.
/// For the rows of one [`ByGoroutine`].
#[derive(Debug)]
pub(crate) struct RecentPlaces(Box<[Slot; RECENT]>);

#[derive(Clone, Debug)]
struct Slot {
    goroutine: GoId,
    rows: Range<u32>,
    place: u32,
}

impl Default for RecentPlaces {
    fn default() -> Self {
        let nobody = Slot { goroutine: GoId::NONE, rows: 0..0, place: 0 };
        Self(Box::new(std::array::from_fn(|_| nobody.clone())))
    }
}

/// A goroutine and from when to when it helped the collector.
pub(super) type Assist = (GoId, Time, Time);

/// All mark assists, by goroutine and time; of one goroutine they do not overlap. One without begin or end goes as far
/// as the goroutine's life.
pub(super) fn assists(data: &TraceData) -> Vec<Assist> {
    let rows = data.range_events().iter().filter(|row| row.kind == RangeKind::MarkAssist);
    let mut rows: Vec<(GoId, Time, RangePhase)> =
        rows.map(|row| (GoId(row.scope), row.time, row.phase)).collect();
    rows.sort_by_key(|&(goroutine, time, _)| (goroutine, time));
    let mut assists: Vec<Assist> = Vec::new();
    let mut open: Option<(GoId, Time)> = None;
    let end_of = |id| data.goroutine(id).map_or(data.range().end, |life| life.end);
    for (goroutine, time, phase) in rows {
        if let Some((before, begin)) = open.filter(|(before, _)| *before != goroutine) {
            assists.push((before, begin, end_of(before)));
            open = None;
        }
        match (phase, open) {
            (RangePhase::Begin | RangePhase::Active, None) => open = Some((goroutine, time)),
            (RangePhase::End, Some((_, begin))) => {
                assists.push((goroutine, begin, time));
                open = None;
            }
            // An end alone: it went on since before the trace.
            (RangePhase::End, None) => {
                let is_first = assists.last().is_none_or(|(last, ..)| *last != goroutine);
                let begin = data.goroutine(goroutine).map(|it| it.creation).filter(|_| is_first);
                assists.extend(begin.map(|begin| (goroutine, begin, time)));
            }
            _ => {}
        }
    }
    assists.extend(open.map(|(goroutine, begin)| (goroutine, begin, end_of(goroutine))));
    assists
}

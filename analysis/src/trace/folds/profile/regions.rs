//! The regions that a profile is limited to: when each goroutine was in one.

use std::ops::Range as TimeSpan;

use goscope_parsers::trace::{Event, GoId, StringId, Tables, TaskId, Time};
use rustc_hash::FxHashMap;

use crate::trace::words::open_regions::{RegionKey, closed_by};

fn name_of(key: RegionKey) -> StringId {
    key.map_or(StringId::NONE, |(_, name)| name)
}

/// Regions of one name.
#[derive(Debug)]
pub(super) struct Regions {
    name: String,
    goroutines: FxHashMap<GoId, OfGoroutine>,
    is_found: bool,
}

#[derive(Debug, Default)]
struct OfGoroutine {
    /// All open regions, innermost last: what they are, and when they began.
    open: Vec<(RegionKey, Time)>,
    /// Those of the right name that ended; `None`: they began before the trace.
    ended: Vec<(Option<Time>, Time)>,
}

impl Regions {
    pub(super) fn new(name: String) -> Self {
        Self { name, goroutines: FxHashMap::default(), is_found: false }
    }

    pub(super) fn begin(&mut self, event: &Event, region: (TaskId, StringId)) {
        self.goroutines.entry(event.goroutine).or_default().open.push((Some(region), event.time));
    }

    pub(super) fn end(&mut self, event: &Event, region: (TaskId, StringId), tables: &Tables) {
        let own = self.goroutines.entry(event.goroutine).or_default();
        let closed = closed_by(&own.open, |(key, _)| *key, region).map(|at| own.open.remove(at));
        let (name, begin) = match closed {
            Some((key, begin)) => (name_of(key), Some(begin)),
            None => (region.1, None),
        };
        if tables.string(name) == self.name.as_bytes() {
            own.ended.push((begin, event.time));
        }
    }

    /// A goroutine begins in what is open in its creator, without a name.
    pub(super) fn goroutine_begins(&mut self, goroutine: GoId, creator: GoId, time: Time) {
        if self.goroutines.get(&creator).is_some_and(|creator| !creator.open.is_empty()) {
            self.goroutines.entry(goroutine).or_default().open.push((None, time));
        }
    }

    /// What is open in a goroutine ends with it.
    pub(super) fn goroutine_ends(&mut self, goroutine: GoId, time: Time, tables: &Tables) {
        let Some(own) = self.goroutines.get_mut(&goroutine) else { return };
        for (key, begin) in own.open.drain(..) {
            if tables.string(name_of(key)) == self.name.as_bytes() {
                own.ended.push((Some(begin), time));
            }
        }
    }

    /// What is open ends with the trace; what is nested in another one of the name goes, and what overlaps with one
    /// (ended out of order) becomes one with it.
    pub(super) fn finish(&mut self, trace: &TimeSpan<Time>, tables: &Tables) {
        let mut goroutines: Vec<GoId> = self.goroutines.keys().copied().collect();
        goroutines.sort_unstable();
        for goroutine in goroutines {
            self.goroutine_ends(goroutine, trace.end, tables);
            let Some(own) = self.goroutines.get_mut(&goroutine) else { continue };
            own.ended.sort_unstable_by_key(|&(begin, end)| (begin.unwrap_or(trace.start), end));
            own.ended.iter_mut().for_each(|(begin, _)| *begin = begin.or(Some(trace.start)));
            own.ended.dedup_by(|(begin, end), (last_begin, last_end)| {
                let overlaps = *begin < Some(*last_end);
                // Of several that are older than the trace the first to end counts, as in Go.
                if overlaps && begin > last_begin {
                    *last_end = (*last_end).max(*end);
                }
                overlaps
            });
            self.is_found |= !own.ended.is_empty();
        }
    }

    /// The name, if there is no such region; asked after the end of the trace.
    pub(super) fn missing(&self) -> Option<&str> {
        (!self.is_found).then_some(self.name.as_str())
    }

    /// When a goroutine was in such a region, in order and without overlaps.
    pub(super) fn of(&self, goroutine: GoId) -> impl Iterator<Item = TimeSpan<Time>> + '_ {
        let ended = self.goroutines.get(&goroutine).map(|own| own.ended.as_slice()).unwrap_or_default();
        ended.iter().filter_map(|&(begin, end)| Some(begin?..end))
    }
}

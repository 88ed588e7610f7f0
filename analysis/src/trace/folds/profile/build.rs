//! From counted spans to a pprof profile, as Go writes it: stacks are told apart by their first 128 addresses, one
//! location an address.

use goscope_parsers::pprof::{Line, LocationId, Profile, ProfileBuilder};
use goscope_parsers::trace::{FrameId, StackId, Tables};
use rustc_hash::FxHashMap;

use crate::trace::folds::profile::tally::Amount;

/// What Go's own profiles tell stacks apart by.
const MAX_FRAMES: usize = 128;

/// The profile of what was counted.
pub(super) fn profile(counts: Vec<(StackId, Amount)>, duration_nanos: u64, tables: &Tables) -> Profile {
    let mut builder = ProfileBuilder::new(&[("contentions", "count"), ("delay", "nanoseconds")]);
    let period_type = builder.value_type("trace", "count");
    let header = builder.header();
    (header.period_type, header.period) = (Some(period_type), 1);
    header.duration_nanos = duration_nanos.cast_signed();
    let mut stacks = Stacks { tables, builder, locations: FxHashMap::default() };
    for (frames, amount) in merged(counts, tables) {
        stacks.sample(frames, amount);
    }
    stacks.builder.finish()
}

/// Adds up what has the same stack, in the order of the first of each.
fn merged(counts: Vec<(StackId, Amount)>, tables: &Tables) -> Vec<(&[FrameId], Amount)> {
    let mut rows: Vec<(&[FrameId], Amount)> = Vec::new();
    let mut row_of: FxHashMap<Vec<u64>, usize> = FxHashMap::default();
    for (stack, amount) in counts {
        let frames = tables.stack(stack);
        let frames = &frames[..frames.len().min(MAX_FRAMES)];
        let mut addresses: Vec<u64> = frames.iter().map(|&frame| tables.frame(frame).pc).collect();
        while addresses.last() == Some(&0) {
            addresses.pop();
        }
        let row = *row_of.entry(addresses).or_insert_with(|| {
            rows.push((frames, Amount::default()));
            rows.len() - 1
        });
        rows[row].1.count += amount.count;
        rows[row].1.nanos += amount.nanos;
    }
    rows
}

struct Stacks<'t> {
    tables: &'t Tables,
    builder: ProfileBuilder,
    locations: FxHashMap<FrameId, LocationId>,
}

impl Stacks<'_> {
    fn sample(&mut self, frames: &[FrameId], amount: Amount) {
        let locations: Vec<LocationId> = frames.iter().map(|&frame| self.location(frame)).collect();
        self.builder.sample(&[amount.count.cast_signed(), amount.nanos.cast_signed()], &locations, &[]);
    }

    fn location(&mut self, id: FrameId) -> LocationId {
        if let Some(&location) = self.locations.get(&id) {
            return location;
        }
        let frame = self.tables.frame(id);
        let name = self.tables.string_lossy(frame.function);
        let function = self.builder.function(&name, &self.tables.string_lossy(frame.file), 0);
        let line = i64::try_from(frame.line).unwrap_or(0);
        let location = self.builder.location(None, frame.pc, &[Line { function, line, column: 0 }]);
        self.locations.insert(id, location);
        location
    }
}

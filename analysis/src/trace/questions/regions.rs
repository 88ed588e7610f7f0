//! User regions: durations by type, and the ones that match a filter.
//!
//! A type of regions is a name and the function that its goroutines run. Inherited ones (nameless, for goroutines
//! created inside a region) are no regions of the program and left out.

use std::ops::RangeInclusive;

use goscope_parsers::trace::{GoId, StringId, Time};

use crate::histogram::DurationHistogram;
use crate::trace::model::TraceModel;
use crate::trace::store::entry::entry_frame;
use crate::trace::store::rows::RegionRow;
use crate::trace::words::time::nanos_between;

/// What regions have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionKey {
    /// The name.
    pub name: StringId,
    /// The function that names its goroutine, by the stack that it began with; empty if it is not known. Go takes the
    /// outermost frame and so has a type for each line that begins one.
    pub function: StringId,
}

impl RegionKey {
    /// The type of a region.
    pub fn of(region: &RegionRow, model: &TraceModel) -> Self {
        let tables = model.tables();
        let frame = entry_frame(tables, region.begin_stack);
        let function = frame.map_or(StringId::NONE, |frame| tables.frame(frame).function);
        Self { name: region.name, function }
    }
}

/// All regions of a type.
#[derive(Clone, Debug)]
pub struct RegionType {
    /// Name and place.
    pub key: RegionKey,
    /// Durations; missing starts and ends are those of the goroutine or the trace.
    pub durations: DurationHistogram,
    /// How many of them have begin and end in the trace.
    pub complete: u64,
}

/// Whether begin and end of a region are in the trace.
pub fn is_complete(region: &RegionRow) -> bool {
    region.bounds.has_begin && region.bounds.has_end
}

/// All types of regions, by name and function.
pub fn region_types(model: &TraceModel) -> Vec<RegionType> {
    let mut types: Vec<RegionType> = Vec::new();
    let mut places = rustc_hash::FxHashMap::default();
    for region in model.regions().iter().filter(|region| !region.is_inherited) {
        let key = RegionKey::of(region, model);
        let place = *places.entry(key).or_insert_with(|| {
            types.push(RegionType { key, durations: DurationHistogram::default(), complete: 0 });
            types.len() - 1
        });
        types[place].durations.record(nanos_between(region.begin, region.end));
        types[place].complete += u64::from(is_complete(region));
    }
    let tables = model.tables();
    types.sort_by(|a, b| {
        let order = tables.string(a.key.name).cmp(tables.string(b.key.name));
        order.then_with(|| tables.string(a.key.function).cmp(tables.string(b.key.function)))
    });
    types
}

/// Selects regions. The default is all.
#[derive(Clone, Debug, Default)]
pub struct RegionFilter {
    /// With this name.
    pub name: Option<String>,
    /// With a duration within these bounds, in nanoseconds.
    pub nanos: Option<RangeInclusive<u64>>,
    /// Only those with begin and end in the trace, or only others.
    pub is_complete: Option<bool>,
    /// Of these goroutines, sorted by id.
    pub goroutines: Option<Vec<GoId>>,
    /// That overlap this range of time.
    pub range: Option<std::ops::Range<Time>>,
}

impl RegionFilter {
    /// Rows in [`TraceData::regions`](crate::trace::store::data::TraceData::regions) of the regions that match, in
    /// order.
    pub fn select(&self, model: &TraceModel) -> Vec<usize> {
        let rows = model.regions().iter().enumerate();
        rows.filter(|(_, region)| self.fits(region, model)).map(|(row, _)| row).collect()
    }

    fn fits(&self, region: &RegionRow, model: &TraceModel) -> bool {
        let tables = model.tables();
        let nanos = nanos_between(region.begin, region.end);
        !region.is_inherited
            && self.name.as_ref().is_none_or(|name| tables.string(region.name) == name.as_bytes())
            && self.nanos.as_ref().is_none_or(|range| range.contains(&nanos))
            && self.is_complete.is_none_or(|wanted| wanted == is_complete(region))
            && self.goroutines.as_ref().is_none_or(|ids| ids.binary_search(&region.goroutine).is_ok())
            && self.range.as_ref().is_none_or(|range| region.begin < range.end && region.end >= range.start)
    }
}

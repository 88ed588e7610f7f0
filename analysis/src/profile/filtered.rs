//! A profile with its filters carried out: samples dropped, stacks cut, lines taken away.
//!
//! Most reports look at stacks through a view and need no copy; this is for what shows or writes the tables
//! themselves (`-raw`, `-proto`) and for frames that are added before filters apply.

use goscope_parsers::pprof::{LocationId, LocationTable, Profile, SampleTable, StringId};

use super::filter::flag;
use super::query::{Filters, QueryError, StackQuery};
use super::stacks::{Stacks, select};

/// A copy of the profile of some stacks that holds what is left: these samples with these pieces of their stacks and
/// these labels, and of every location the lines that filters left. Nothing is renumbered.
pub(crate) fn filtered_profile(stacks: &Stacks<'_>) -> Profile {
    let profile = stacks.profile();
    let mut samples = SampleTable::new(profile.samples.n_types());
    let (mut stack, mut labels) = (Vec::new(), Vec::new());
    for index in 0..stacks.len() {
        stack.clear();
        stack.extend(visible_locations(stacks, index));
        labels.clear();
        labels.extend(stacks.shown_labels(index).copied());
        samples.push(profile.samples.values(stacks.sample(index)), &stack, &labels);
    }
    Profile { samples, locations: filtered_locations(stacks), ..without_samples(profile) }
}

/// The locations of a stack that have lines left or never had any, leaf first.
pub(crate) fn visible_locations<'s>(
    stacks: &'s Stacks<'_>,
    index: usize,
) -> impl Iterator<Item = LocationId> + 's {
    let flags = stacks.location_flags();
    let is_hidden =
        |location: LocationId| flags.get(location.index()).is_some_and(|flags| flags & flag::HIDDEN != 0);
    stacks.locations(index).iter().copied().filter(move |&location| !is_hidden(location))
}

/// All locations with the lines that are left.
fn filtered_locations(stacks: &Stacks<'_>) -> LocationTable {
    let locations = &stacks.profile().locations;
    let Some(kept) = stacks.kept_lines() else { return locations.clone() };
    let mut filtered = LocationTable::default();
    let mut lines = Vec::new();
    for location in locations.iter() {
        lines.clear();
        lines.extend(kept.lines(location).copied());
        let (id, address) = (locations.id(location), locations.address(location));
        filtered.push(id, address, locations.mapping(location), locations.is_folded(location), &lines);
    }
    filtered
}

/// The profile with other samples.
pub(crate) fn with_samples(profile: &Profile, samples: SampleTable) -> Profile {
    Profile { samples, locations: profile.locations.clone(), ..without_samples(profile) }
}

/// All of a profile but its samples and locations.
fn without_samples(profile: &Profile) -> Profile {
    Profile {
        strings: profile.strings.clone(),
        sample_types: profile.sample_types.clone(),
        mappings: profile.mappings.clone(),
        functions: profile.functions.clone(),
        comments: profile.comments.clone(),
        samples: SampleTable::default(),
        locations: LocationTable::default(),
        default_sample_type: profile.default_sample_type,
        drop_frames: profile.drop_frames,
        keep_frames: profile.keep_frames,
        time_nanos: profile.time_nanos,
        duration_nanos: profile.duration_nanos,
        period_type: profile.period_type,
        period: profile.period,
        doc_url: profile.doc_url,
    }
}

/// The profile without the frames that it asks to drop, and without asking for more. Its samples come beside it.
pub(crate) fn without_dropped_frames(profile: &Profile) -> Result<(Profile, SampleTable), QueryError> {
    let query = StackQuery { filters: Filters::default(), ..StackQuery::default() };
    let stacks = select(profile, &query)?;
    let filtered = filtered_profile(&stacks);
    let rest = Profile {
        locations: filtered.locations,
        drop_frames: StringId(0),
        keep_frames: StringId(0),
        ..without_samples(profile)
    };
    Ok((rest, filtered.samples))
}

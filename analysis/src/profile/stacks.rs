//! The stacks a query selects: which samples stay, their weights and their frames.
//!
//! ```text
//! profile ──► locations: filters by name leave bits, frames are interned     (once a location)
//!         └─► samples:   bits of the stack + labels decide stay or go, cut   (one pass, in parallel)
//!                          │
//! Stacks                   ▼
//!   kept    | 0 | 2 | 3 | …     rows of the profile's samples; absent if all stay
//!   bounds  | 0..5 | 2..9 | …   the piece of each stack that is left; absent if nothing is cut
//! ```
//!
//! Nothing of the profile is copied: trees and tables read stacks through this view into a scratch of their own.
//! The total is pprof's: of all samples, whatever the filters.

use std::ops::Range;

use goscope_parsers::pprof::{Label, LocationId, Profile};
use rayon::prelude::*;

use super::filter::{KeptLines, LocationFilter, filter_locations, flag, no_match};
use super::frame::{FrameId, FrameTable};
use super::key_filter::{HiddenKeys, KeyFilter};
use super::location_frames::{Identity, LocationFrames, location_frames};
use super::query::{Filters, QueryError, StackQuery};
use super::sample_type::sample_type_index;
use super::source_paths::SourcePaths;
use super::tag_filter::{LabelUnits, TagFilter, TagMatcher};

/// Samples a thread decides on at once: enough to drown the cost of handing them out.
const CHUNK: usize = 1 << 14;

/// The samples that a query selects from a profile.
#[derive(Clone, Debug)]
pub struct Stacks<'p> {
    profile: &'p Profile,
    query: StackQuery,
    sample_type: usize,
    kind: String,
    unit: String,
    total: i64,
    frames: FrameTable,
    pub(crate) location_frames: LocationFrames,
    kept: Option<Vec<u32>>,
    bounds: Option<Vec<Bounds>>,
    /// What filters left of locations; `None` if there is no filter at all.
    filter: Option<LocationFilter<'p>>,
    /// Which label keys are hidden; empty if none is.
    hidden_keys: HiddenKeys,
    /// The sample type that weights are divided by, once they are added up.
    divisor: Option<usize>,
    warnings: Vec<String>,
}

/// What reports ask of stacks beyond a query.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Extras<'o> {
    /// Whether sums are divided by those of the first sample type (pprof's `-mean`).
    pub(crate) mean: bool,
    /// Whether the total is of the samples that filters leave (pprof's `-relative_percentages`).
    pub(crate) total_is_relative: bool,
    /// Whether columns tell frames apart where lines do.
    pub(crate) by_column: bool,
    /// Whether binaries and start lines tell frames apart.
    pub(crate) by_object: bool,
    /// Whether nobody will ask for frames: making none saves most of the work where samples only pass through.
    pub(crate) without_frames: bool,
    /// What file names lose.
    pub(crate) paths: Option<&'o SourcePaths>,
    /// Keys of labels to keep and to hide.
    pub(crate) tag_show: Option<&'o str>,
    pub(crate) tag_hide: Option<&'o str>,
}

/// The piece of a stack that is left, leaf first: `start..end` of its locations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bounds {
    start: u32,
    end: u32,
}

/// Selects the stacks of a profile that a query asks for.
///
/// # Errors
/// A filter that is no regular expression, or a sample type that the profile does not have.
pub fn select<'p>(profile: &'p Profile, query: &StackQuery) -> Result<Stacks<'p>, QueryError> {
    select_with(profile, query, Extras::default())
}

/// The same for several profiles at once.
///
/// # Errors
/// As [`select`], of the first profile in the list that has one.
pub fn select_each<'p>(profiles: &[&'p Profile], query: &StackQuery) -> Result<Vec<Stacks<'p>>, QueryError> {
    let selected: Vec<_> = profiles.par_iter().map(|profile| select(profile, query)).collect();
    selected.into_iter().collect()
}

/// The same with all that a report may ask for.
pub(crate) fn select_with<'p>(
    profile: &'p Profile,
    query: &StackQuery,
    extras: Extras<'_>,
) -> Result<Stacks<'p>, QueryError> {
    let sample_type = sample_type_index(profile, query.sample_type.as_deref())?;
    let filters = &query.filters;
    let mut locations = filter_locations(profile, filters)?;
    let tags = Tags::compile(filters)?;
    let identity = Identity {
        granularity: query.granularity,
        inlines: query.inlines,
        by_column: extras.by_column,
        by_object: extras.by_object,
        paths: extras.paths,
    };
    let tag_keys = KeyFilter::compile(extras.tag_show, extras.tag_hide)?;
    let (location_frames, frames) = if extras.without_frames {
        Default::default()
    } else {
        location_frames(profile, identity, &locations)
    };
    let (has_focus, has_ignore) = (!tags.focus.is_empty(), !tags.ignore.is_empty());
    let sifted = sift(profile, &locations, tags);
    let texts = |keeps: bool| label_texts(filters, keeps).map(move |text| (keeps, text));
    let notes = texts(true)
        .chain(texts(false))
        .filter_map(|(keeps, text)| TagFilter::note(if keeps { "tagfocus" } else { "tagignore" }, text));
    let mut warnings: Vec<String> = notes.collect();
    warnings.append(&mut locations.warnings);
    if has_focus && !sifted.has_tag_focus {
        warnings.push(no_match("TagFocus"));
    }
    if has_ignore && !sifted.has_tag_ignore {
        warnings.push(no_match("TagIgnore"));
    }
    let kept = sifted.kept;
    let n_kept = kept.as_ref().map_or(profile.samples.len(), Vec::len);
    let samples = (0..n_kept).map(|index| kept.as_ref().map_or(index, |kept| kept[index] as usize));
    let hidden_keys = tag_keys.hidden(profile, samples.clone(), &mut warnings);
    let value_type = profile.sample_types[sample_type];
    let values = Values { profile, sample_type, divisor: extras.mean.then_some(0) };
    let total = if extras.total_is_relative {
        values.total(samples, &hidden_keys)
    } else {
        values.total(0..profile.samples.len(), &HiddenKeys::default())
    };
    let kind = profile.text(value_type.kind);
    Ok(Stacks {
        profile,
        query: query.clone(),
        sample_type,
        kind: if extras.mean { format!("mean_{kind}") } else { kind.into_owned() },
        unit: profile.text(value_type.unit).into_owned(),
        total,
        frames,
        location_frames,
        kept,
        bounds: sifted.bounds,
        filter: locations.is_set.then_some(locations),
        hidden_keys,
        divisor: values.divisor,
        warnings,
    })
}

impl<'p> Stacks<'p> {
    /// The profile that the stacks are of.
    pub fn profile(&self) -> &'p Profile {
        self.profile
    }

    /// The query that selected them.
    pub fn query(&self) -> &StackQuery {
        &self.query
    }

    /// Index of the sample type.
    pub fn sample_type(&self) -> usize {
        self.sample_type
    }

    /// Name of the sample type: `cpu`, `inuse_space`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Unit of all weights: `nanoseconds`, `bytes`, `count`.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// The value that is 100 %: the sum of the magnitudes of all samples of the profile, those that filters drop
    /// included. In a difference with a labeled base (`pprof::base`), that of the base.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// What frame ids mean.
    pub fn frames(&self) -> &FrameTable {
        &self.frames
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.kept.as_ref().map_or(self.profile.samples.len(), Vec::len)
    }

    /// Whether no sample is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of stack `index` in the profile's samples.
    #[inline]
    pub fn sample(&self, index: usize) -> usize {
        self.kept.as_ref().map_or(index, |kept| kept[index] as usize)
    }

    /// The value of stack `index`.
    #[inline]
    pub fn weight(&self, index: usize) -> i64 {
        self.profile.samples.value(self.sample(index), self.sample_type)
    }

    /// What the value of stack `index` counts in a mean; 0 if values are not divided.
    #[inline]
    pub(crate) fn divisor(&self, index: usize) -> i64 {
        self.divisor.map_or(0, |divisor| self.profile.samples.value(self.sample(index), divisor))
    }

    /// Whether sums are divided by those of another sample type.
    pub(crate) fn is_mean(&self) -> bool {
        self.divisor.is_some()
    }

    /// The stacks cut into pieces of work: few enough that each may have memory of its own, more than there are
    /// threads.
    pub(super) fn chunks(&self) -> Vec<Range<usize>> {
        let n_chunks = rayon::current_num_threads() * 4;
        let chunk_len = self.len().div_ceil(n_chunks).clamp(1, u32::MAX as usize - 1);
        (0..self.len()).step_by(chunk_len).map(|start| start..self.len().min(start + chunk_len)).collect()
    }

    /// The labels of stack `index`.
    pub fn labels(&self, index: usize) -> &'p [Label] {
        self.profile.samples.labels(self.sample(index))
    }

    /// The labels of stack `index` that `tagshow` and `taghide` leave.
    pub(crate) fn shown_labels(&self, index: usize) -> impl Iterator<Item = &'p Label> {
        self.labels(index).iter().filter(|label| !self.hidden_keys.contains(label.key))
    }

    /// Replaces the content of `stack` by the frames of stack `index`, **root first** (outermost caller at 0).
    #[inline]
    pub fn read_stack(&self, index: usize, stack: &mut Vec<FrameId>) {
        stack.clear();
        for &location in self.locations(index).iter().rev() {
            stack.extend_from_slice(self.location_frames.of(location));
        }
    }

    /// Whether filters changed nothing at all: no sample, stack, line or label.
    pub(crate) fn is_everything(&self) -> bool {
        self.filter.is_none() && self.kept.is_none() && self.bounds.is_none() && self.hidden_keys.is_empty()
    }

    /// The bits that filters gave to locations; empty if there is no filter at all.
    pub(super) fn location_flags(&self) -> &[u8] {
        self.filter.as_ref().map_or(&[], |filter| &filter.flags)
    }

    /// The lines that filters left of locations; `None` if they left all.
    pub(super) fn kept_lines(&self) -> Option<&KeptLines<'p>> {
        self.filter.as_ref().map(|filter| &filter.lines)
    }

    /// The locations of stack `index`, leaf first.
    #[inline]
    pub(super) fn locations(&self, index: usize) -> &'p [LocationId] {
        let stack = self.profile.samples.stack(self.sample(index));
        match &self.bounds {
            None => stack,
            Some(bounds) => &stack[bounds[index].start as usize..bounds[index].end as usize],
        }
    }

    /// What the user should know: one sentence for every filter that matched nothing.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }
}

/// The sum of all magnitudes, exact; of the base alone if samples are labeled as a base. Where it needs more than 64
/// bits, [`Stacks::total`] has wrapped around, as pprof does.
pub(super) fn exact_total(profile: &Profile, sample_type: usize) -> i128 {
    let values = Values { profile, sample_type, divisor: None };
    values.exact_total(0..profile.samples.len(), &HiddenKeys::default()).0
}

/// The values of samples, to be added up.
#[derive(Clone, Copy)]
struct Values<'p> {
    profile: &'p Profile,
    sample_type: usize,
    divisor: Option<usize>,
}

impl Values<'_> {
    fn total(self, rows: impl Iterator<Item = usize> + Clone, hidden_keys: &HiddenKeys) -> i64 {
        let (sum, divisor) = self.exact_total(rows, hidden_keys);
        mean((wrapped(sum), divisor))
    }

    /// The sum that counts, and that of the divisors.
    fn exact_total(self, rows: impl Iterator<Item = usize> + Clone, hidden_keys: &HiddenKeys) -> (i128, i64) {
        let all = self.sums(rows.clone());
        // Looking for a text once costs less than looking at every label.
        if !self.profile.samples.has_labels() || !has_text(self.profile, BASE_KEY) {
            return all;
        }
        let base = self.sums(rows.filter(|&sample| is_base(self.profile, sample, hidden_keys)));
        if wrapped(base.0) > 0 { base } else { all }
    }

    /// Sums of the magnitudes and of the divisors.
    fn sums(self, rows: impl Iterator<Item = usize>) -> (i128, i64) {
        let samples = &self.profile.samples;
        rows.fold((0_i128, 0_i64), |(sum, divisor), sample| {
            let value = samples.value(sample, self.sample_type).unsigned_abs();
            let by = self.divisor.map_or(0, |by| samples.value(sample, by));
            (sum + i128::from(value), divisor.wrapping_add(by))
        })
    }
}

/// The last 64 bits of a sum: what adding up in 64 bits gives.
#[expect(clippy::cast_possible_truncation, reason = "the bits that are cut off are what is asked for")]
fn wrapped(sum: i128) -> i64 {
    sum as i64
}

/// A sum divided by what it counts, if that is anything.
pub(crate) fn mean((sum, divisor): (i64, i64)) -> i64 {
    if divisor == 0 { sum } else { sum.wrapping_div(divisor) }
}

/// The key of the label that samples of the base of a difference have.
pub(crate) const BASE_KEY: &[u8] = b"pprof::base";

fn has_text(profile: &Profile, wanted: &[u8]) -> bool {
    profile.strings.iter().any(|(_, text)| text == wanted)
}

/// Whether a sample stems from the base of a difference that pprof has written.
fn is_base(profile: &Profile, sample: usize, hidden_keys: &HiddenKeys) -> bool {
    let mut labels = profile.samples.labels(sample).iter();
    labels.any(|label| {
        !hidden_keys.contains(label.key)
            && profile.strings.bytes(label.key) == BASE_KEY
            && profile.strings.bytes(label.str) == b"true"
    })
}

/// The filters by label: samples match all of the first, and none of the others.
struct Tags {
    focus: Vec<TagFilter>,
    ignore: Vec<TagFilter>,
    units: LabelUnits,
}

impl Tags {
    fn compile(filters: &Filters) -> Result<Self, QueryError> {
        let compile = |option, keeps| -> Result<Vec<TagFilter>, QueryError> {
            label_texts(filters, keeps)
                .filter_map(|text| TagFilter::compile(option, Some(text)).transpose())
                .collect()
        };
        let (focus, ignore) = (compile("tagfocus", true)?, compile("tagignore", false)?);
        Ok(Self { focus, ignore, units: LabelUnits::default() })
    }
}

/// What the filters by label that keep, or those that drop, say.
fn label_texts(filters: &Filters, keeps: bool) -> impl Iterator<Item = &str> {
    let own = if keeps { &filters.tag_focus } else { &filters.tag_ignore };
    let others = filters.labels.iter().filter(move |filter| filter.keeps == keeps);
    own.as_deref().into_iter().chain(others.map(|filter| filter.text.as_str()))
}

/// What is left of the samples.
#[derive(Default)]
struct Sifted {
    kept: Option<Vec<u32>>,
    bounds: Option<Vec<Bounds>>,
    has_tag_focus: bool,
    has_tag_ignore: bool,
}

fn sift(profile: &Profile, locations: &LocationFilter<'_>, mut tags: Tags) -> Sifted {
    let has_tags = !tags.focus.is_empty() || !tags.ignore.is_empty();
    if !locations.is_set && !has_tags {
        return Sifted::default();
    }
    if has_tags {
        tags.units = LabelUnits::of(profile);
    }
    let n_samples = profile.samples.len();
    let chunks: Vec<ChunkSifted> = (0..n_samples.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| sift_chunk(profile, locations, &tags, chunk * CHUNK..n_samples.min((chunk + 1) * CHUNK)))
        .collect();
    let n_kept = chunks.iter().map(|chunk| chunk.kept.len()).sum();
    let mut kept = Vec::with_capacity(n_kept);
    let mut bounds = Vec::with_capacity(n_kept);
    let mut sifted = Sifted::default();
    for chunk in chunks {
        kept.extend(chunk.kept);
        bounds.extend(chunk.bounds);
        sifted.has_tag_focus |= chunk.has_tag_focus;
        sifted.has_tag_ignore |= chunk.has_tag_ignore;
    }
    let is_whole = |(&sample, bounds): (&u32, &Bounds)| {
        bounds.start == 0 && bounds.end as usize == profile.samples.stack(sample as usize).len()
    };
    if !kept.iter().zip(&bounds).all(is_whole) {
        sifted.bounds = Some(bounds);
    }
    if kept.len() < n_samples {
        sifted.kept = Some(kept);
    }
    sifted
}

#[derive(Default)]
struct ChunkSifted {
    kept: Vec<u32>,
    bounds: Vec<Bounds>,
    has_tag_focus: bool,
    has_tag_ignore: bool,
}

fn sift_chunk(
    profile: &Profile,
    locations: &LocationFilter<'_>,
    tags: &Tags,
    rows: Range<usize>,
) -> ChunkSifted {
    let mut sifted = ChunkSifted::default();
    let matcher = |filter| TagMatcher::new(profile, filter, &tags.units);
    let mut focus: Vec<TagMatcher<'_, '_>> = tags.focus.iter().map(matcher).collect();
    let mut ignore: Vec<TagMatcher<'_, '_>> = tags.ignore.iter().map(matcher).collect();
    for sample in rows {
        let Some(bounds) = bounds_by_name(profile.samples.stack(sample), locations) else { continue };
        let labels = profile.samples.labels(sample);
        let is_focused = focus.iter_mut().all(|filter| filter.matches(labels));
        let is_ignored = ignore.iter_mut().any(|filter| filter.matches(labels));
        sifted.has_tag_focus |= is_focused;
        sifted.has_tag_ignore |= is_ignored;
        if is_focused && !is_ignored {
            sifted.kept.push(u32::try_from(sample).expect("fewer than 2^32 samples fit into memory"));
            sifted.bounds.push(bounds);
        }
    }
    sifted
}

/// What the filters by name leave of a stack; `None` if they drop the sample.
fn bounds_by_name(stack: &[LocationId], locations: &LocationFilter<'_>) -> Option<Bounds> {
    let len = u32::try_from(stack.len()).expect("a stack has fewer than 2^32 frames");
    let mut bounds = Bounds { start: 0, end: len };
    if !locations.is_set {
        return Some(bounds);
    }
    let flags_at = |index: u32| locations.flags[stack[index as usize].index()];
    let has = |flags: u8, wanted: u8| flags & (wanted | flag::HIDDEN) == wanted;
    bounds.start = start_after_drop(len, flags_at);
    if locations.has_name_filter {
        let all = (bounds.start..len).fold(0, |all, index| all | flags_at(index));
        let is_seen = (bounds.start..len).any(|index| flags_at(index) & flag::HIDDEN == 0);
        if all & flag::IGNORE != 0 || all & flag::FOCUS == 0 || !is_seen {
            return None;
        }
    }
    if locations.has_show_from {
        bounds.end = 1 + (bounds.start..len).rev().find(|&index| has(flags_at(index), flag::SHOW_FROM))?;
    }
    if let Some(start) = (bounds.start..bounds.end).find(|&index| has(flags_at(index), flag::PRUNE_FROM)) {
        bounds.start = start;
    }
    Some(bounds)
}

/// Where a stack begins after `drop_frames`: from the root, the first match below a frame that does not match is
/// cut with all below it. A stack whose every frame matches is left alone.
fn start_after_drop(len: u32, flags_at: impl Fn(u32) -> u8) -> u32 {
    let mut has_user_frame = false;
    for index in (0..len).rev() {
        let flags = flags_at(index);
        if flags & (flag::DROP | flag::DROP_BENEATH) == 0 {
            has_user_frame = true;
        } else if has_user_frame {
            return if flags & flag::DROP != 0 { index + 1 } else { index };
        }
    }
    0
}

#[cfg(test)]
mod tests;

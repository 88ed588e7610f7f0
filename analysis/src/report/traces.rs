//! The text of `-traces`: every sample by itself, with its labels and its stack.
//!
//! What a location prints is rendered once; a sample is then a few copies. Samples are rendered in pieces on all
//! cores and written in order, so that a text of gigabytes is never in memory.

use std::fmt;

use goscope_parsers::pprof::{Label, LocationId, Profile};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::header::profile_labels;
use super::label_text::{joined, label_groups};
use super::numbers::Numbers;
use super::options::{Kind, ReportOptions, Warnings};
use super::put;
use super::selection::{Subject, numbers};
use crate::profile::filtered::visible_locations;
use crate::profile::query::QueryError;
use crate::profile::stacks::{Stacks, mean};
use crate::profile::tag_filter::LabelUnits;
use crate::value::format_value;

const SEPARATOR: &str = "-----------+-------------------------------------------------------\n";

/// Width of the column of values; what stands there for all frames but the first.
const BLANK_VALUE: &str = "          ";

/// Samples rendered by one thread at once.
const PIECE: usize = 1024;

/// All samples, one by one, in the order of the profile.
///
/// # Errors
/// A filter or sample type that does not fit, or the sink's failure.
pub fn traces_text(
    profile: &Profile,
    options: &ReportOptions,
    out: &mut dyn fmt::Write,
) -> Result<Warnings, QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Traces)?;
    let numbers = numbers(&stacks, options);
    put(out, format_args!("{}\n", profile_labels(&stacks, &numbers).join("\n")))?;
    let traces = Traces {
        stacks: &stacks,
        numbers: &numbers,
        units: LabelUnits::of(stacks.profile()),
        frames: FrameTexts::new(&stacks),
    };
    let mut texts: Vec<String> = Vec::new();
    let n_at_once = PIECE * rayon::current_num_threads() * 2;
    for start in (0..stacks.len()).step_by(n_at_once) {
        let end = stacks.len().min(start + n_at_once);
        texts.resize(end.min(start + n_at_once).saturating_sub(start).div_ceil(PIECE), String::new());
        texts.par_iter_mut().enumerate().for_each(|(piece, text)| {
            text.clear();
            let mut known = Known::default();
            let start = start + piece * PIECE;
            (start..end.min(start + PIECE)).for_each(|index| traces.push_sample(text, index, &mut known));
        });
        for text in &texts {
            out.write_str(text).map_err(QueryError::Write)?;
        }
    }
    put(out, format_args!("{SEPARATOR}"))?;
    Ok(subject.warnings(&stacks))
}

/// What every location prints: a line a frame, innermost first, with an empty column of values.
struct FrameTexts {
    text: String,
    ends: Vec<usize>,
}

impl FrameTexts {
    fn new(stacks: &Stacks<'_>) -> Self {
        let (mut text, mut ends) = (String::new(), Vec::new());
        for location in stacks.profile().locations.iter() {
            for (depth, &frame) in stacks.location_frames.of(location).iter().enumerate().rev() {
                text.push_str(BLANK_VALUE);
                text.push_str("   ");
                text.push_str(&stacks.frames().frame(frame).printed());
                text.push_str(if depth > 0 { " (inline)\n" } else { "\n" });
            }
            ends.push(text.len());
        }
        Self { text, ends }
    }

    #[inline]
    fn of(&self, location: LocationId) -> &str {
        let start = location.index().checked_sub(1).map_or(0, |previous| self.ends[previous]);
        &self.text[start..self.ends[location.index()]]
    }
}

/// Texts that many samples share, within one piece.
#[derive(Default)]
struct Known {
    values: FxHashMap<i64, String>,
    labels: FxHashMap<Vec<Label>, String>,
    /// The labels of the sample at hand.
    current: Vec<Label>,
}

struct Traces<'a, 'p> {
    stacks: &'a Stacks<'p>,
    numbers: &'a Numbers,
    units: LabelUnits,
    frames: FrameTexts,
}

impl Traces<'_, '_> {
    fn push_sample(&self, text: &mut String, index: usize, known: &mut Known) {
        let mut locations = visible_locations(self.stacks, index).map(|location| self.frames.of(location));
        let Some(first) = locations.next() else { return };
        text.push_str(SEPARATOR);
        if self.stacks.profile().samples.has_labels() {
            known.current.clear();
            known.current.extend(self.stacks.shown_labels(index));
            if !known.labels.contains_key(&known.current) {
                known.labels.insert(known.current.clone(), self.label_lines(&known.current));
            }
            text.push_str(&known.labels[&known.current]);
        }
        let value = mean((self.stacks.weight(index), self.stacks.divisor(index)));
        let value = known.values.entry(value).or_insert_with(|| format!("{:>10}", self.numbers.text(value)));
        text.push_str(value);
        text.push_str(&first[BLANK_VALUE.len()..]);
        locations.for_each(|frames| text.push_str(frames));
    }

    /// Texts by key, then numbers by key, each in alphabetical order of the lines.
    fn label_lines(&self, labels: &[Label]) -> String {
        let profile = self.stacks.profile();
        let groups = label_groups(profile, labels.iter());
        let string = |label: &Label| profile.text(label.str).into_owned();
        let number = |label: &Label| format_value(label.num, self.units.unit(label.key), "auto");
        let lines = |groups: &[(String, Vec<Label>)], value: &dyn Fn(&Label) -> String| {
            let line =
                |(key, labels): &(String, Vec<Label>)| format!("{key:>10}:  {}\n", joined(labels, value));
            let mut lines: Vec<String> = groups.iter().map(line).collect();
            lines.sort_unstable();
            lines.concat()
        };
        lines(&groups.texts, &string) + &lines(&groups.numbers, &number)
    }
}

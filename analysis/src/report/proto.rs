//! Reports that are profiles again: `-proto`, the profile after filters, and `-topproto`, the table of functions.

use std::borrow::Cow;

use goscope_parsers::pprof::{
    Function, FunctionId, Line, LocationTable, Mapping, Profile, SampleTable, StringId,
};
use rustc_hash::FxHashMap;

use super::numbers::Decimals;
use super::options::{Kind, ReportOptions, Warnings};
use super::selection::{Subject, numbers};
use crate::profile::filtered::filtered_profile;
use crate::profile::frame::Frame;
use crate::profile::graph::{GraphOptions, Layout, Shape, trimmed_graph};
use crate::profile::query::{Inlines, QueryError};

/// The profile after filters and divided values: pprof's `-proto`. Nothing is copied if nothing changes. What no
/// sample refers to any more stays in the tables.
///
/// # Errors
/// A filter or sample type that does not fit.
pub fn proto<'p>(
    profile: &'p Profile,
    options: &ReportOptions,
) -> Result<(Cow<'p, Profile>, Warnings), QueryError> {
    let (profile, warnings) = report_profile(profile, options)?;
    let ratio = 1.0 / options.divide_by;
    if ratio <= 0.0 || ratio == 1.0 {
        return Ok((profile, warnings));
    }
    let mut divided = profile.into_owned();
    let samples = std::mem::take(&mut divided.samples);
    divided.samples = SampleTable::new(samples.n_types());
    let mut values = Vec::new();
    for sample in 0..samples.len() {
        values.clear();
        values.extend(samples.values(sample).iter().map(|&value| (value as f64 * ratio) as i64));
        divided.samples.push(&values, samples.stack(sample), samples.labels(sample));
    }
    Ok((Cow::Owned(divided), warnings))
}

/// The profile that `-raw` and `-proto` show: label frames added, filters carried out, inlined functions taken away if
/// asked for, and a mapping if there was none.
pub(super) fn report_profile<'p>(
    profile: &'p Profile,
    options: &ReportOptions,
) -> Result<(Cow<'p, Profile>, Warnings), QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::Proto)?;
    let warnings = subject.warnings(&stacks);
    let mut result = if stacks.is_everything() {
        drop(stacks);
        subject.into_profile()
    } else {
        Cow::Owned(filtered_profile(&stacks))
    };
    if result.mappings.is_empty() {
        result.to_mut().add_missing_mapping();
    }
    if options.query.inlines == Inlines::Hide {
        hide_inlines(result.to_mut(), options.show_columns);
    }
    Ok((result, warnings))
}

/// Leaves the outermost function of every location. Columns go with the others, unless they are asked for.
fn hide_inlines(profile: &mut Profile, shows_columns: bool) {
    let locations = std::mem::take(&mut profile.locations);
    for location in locations.iter() {
        let lines = locations.lines(location);
        let outermost =
            lines.last().map(|line| Line { column: if shows_columns { line.column } else { 0 }, ..*line });
        profile.locations.push(
            locations.id(location),
            locations.address(location),
            locations.mapping(location),
            locations.is_folded(location),
            outermost.as_slice(),
        );
    }
    profile.mappings.iter_mut().for_each(|mapping: &mut Mapping| mapping.flags.has_inline_frames = false);
}

/// The rows of `-top` as a profile, one sample a row, with the values `cum` and `flat`: pprof's `-topproto`.
///
/// # Errors
/// A filter or sample type that does not fit.
pub fn topproto(profile: &Profile, options: &ReportOptions) -> Result<(Profile, Warnings), QueryError> {
    let subject = Subject::new(profile, options)?;
    let stacks = subject.stacks(options, Kind::TopProto)?;
    let graph = trimmed_graph(
        &stacks,
        &GraphOptions {
            trim: options.trim_for(Kind::TopProto),
            sort: options.sort,
            layout: Layout::Rows,
            shape: Shape::Frames,
            drops_negative: options.drop_negative,
        },
    );
    let mut numbers = numbers(&stacks, options);
    let values = graph.shown_nodes().map(|node| (node.flat_value(), node.cum_value()));
    numbers.settle(values, stacks.total(), Decimals::Shown);
    let mut top = TopProfile::new(profile, &numbers.shown_unit);
    for node in graph.shown_nodes() {
        let values = [numbers.whole(node.cum_value()), numbers.whole(node.flat_value())];
        top.push(stacks.frames().frame(node.frame), &values);
    }
    Ok((top.profile, subject.warnings(&stacks)))
}

/// A profile of one sample a frame.
struct TopProfile {
    profile: Profile,
    functions: FxHashMap<(String, String, i64), FunctionId>,
}

impl TopProfile {
    fn new(source: &Profile, unit: &str) -> Self {
        let mut profile = Profile {
            time_nanos: source.time_nanos,
            duration_nanos: source.duration_nanos,
            period: source.period,
            samples: SampleTable::new(2),
            locations: LocationTable::default(),
            ..Profile::default()
        };
        let mut string = |text: &str| push_string(&mut profile, text);
        let unit = string(unit);
        let types =
            ["cum", "flat"].map(|kind| goscope_parsers::pprof::ValueType { kind: string(kind), unit });
        let period_type = source.period_type.map(|period_type| goscope_parsers::pprof::ValueType {
            kind: string(&source.text(period_type.kind)),
            unit: string(&source.text(period_type.unit)),
        });
        profile.sample_types = types.to_vec();
        profile.period_type = period_type;
        Self { profile, functions: FxHashMap::default() }
    }

    fn push(&mut self, frame: &Frame, values: &[i64; 2]) {
        let function = self.function(frame);
        let line = Line { function, line: frame.line, column: frame.column };
        let id = self.profile.locations.len() as u64 + 1;
        let location = self.profile.locations.push(id, frame.address, None, false, &[line]);
        self.profile.samples.push(values, &[location], &[]);
    }

    fn function(&mut self, frame: &Frame) -> FunctionId {
        let profile = &mut self.profile;
        let key = (frame.name.clone(), frame.file.clone(), frame.start_line);
        *self.functions.entry(key).or_insert_with(|| {
            let function = Function {
                id: profile.functions.len() as u64 + 1,
                name: push_string(profile, &frame.name),
                system_name: StringId(0),
                filename: push_string(profile, &frame.file),
                start_line: frame.start_line,
            };
            profile.functions.push(function);
            FunctionId(u32::try_from(profile.functions.len() - 1).expect("functions have u32 ids"))
        })
    }
}

fn push_string(profile: &mut Profile, text: &str) -> StringId {
    if text.is_empty() { StringId(0) } else { profile.strings.push(text.as_bytes()) }
}

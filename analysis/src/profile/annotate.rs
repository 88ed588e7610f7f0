//! Functions line by line: flat and cum of every line, and what was inlined there, level by level.
//!
//! ```text
//! main.serve  srv.go        AnnotatedFunction
//!   20   0.1s  0.9s         Line: sums of the samples that end in it, or hold it
//!        └ 0.3s parse p.go:7      Inlined: what the compiler put into this line, with values of its own
//!             └ 0.2s next p.go:30
//! ```
//!
//! A function that is inlined somewhere is also a function of its own, with the sums of all places: as in pprof's
//! `-list`, whose numbers these are. Source text is added by whoever shows it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use goscope_parsers::pprof::Profile;
use rustc_hash::FxHashMap;

use super::frame::{Frame, FrameId, Granularity};
use super::query::{QueryError, StackQuery};
use super::stacks::{Extras, Stacks, select_with};

/// Lines shown before the first and after the last line with a value.
const MARGIN: i64 = 5;

/// Levels of inlining that are told apart; the compiler's own limits are far lower.
const MAX_LEVELS: usize = 40;

/// A function with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotatedFunction {
    /// Full name.
    pub name: String,
    /// Source file as the profile calls it; empty if it names none.
    pub file: String,
    /// Sum of its lines' own values.
    pub flat: i64,
    /// Sum of its lines' values with callees; more than its part of the total if it calls itself.
    pub cum: i64,
    /// First and last line worth showing: from where it starts to a little after the last line with a value.
    pub shown_lines: (i64, i64),
    /// Lines with a value, in order.
    pub lines: Vec<AnnotatedLine>,
}

/// A line of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnnotatedLine {
    /// Its number; 0 if not known.
    pub line: i64,
    /// Value of the samples that end in it.
    pub flat: i64,
    /// Value of the samples that hold it.
    pub cum: i64,
    /// What was inlined into it, largest cum first.
    pub inlined: Vec<InlinedCall>,
}

/// A line of a function that was inlined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinedCall {
    /// The function's full name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: i64,
    /// Value of the samples that end here, at this place.
    pub flat: i64,
    /// Value of the samples that pass through here, at this place.
    pub cum: i64,
    /// What was inlined into this line in turn.
    pub inlined: Vec<Self>,
}

/// One function line by line, with what its values are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionSource {
    /// The function: once for every file that the profile knows it from.
    pub functions: Vec<AnnotatedFunction>,
    /// The value that is 100 %.
    pub total: i64,
    /// Unit of all values.
    pub unit: String,
}

/// The lines of one function, by its full name; of one file only, if that is not empty.
///
/// # Errors
/// A filter or sample type that does not fit.
pub fn function_source(
    profile: &Profile,
    query: &StackQuery,
    (name, file): (&str, &str),
) -> Result<FunctionSource, QueryError> {
    let query = StackQuery { granularity: Granularity::Lines, ..query.clone() };
    // By object, as frames know where their function starts only then.
    let stacks = select_with(profile, &query, Extras { by_object: true, ..Extras::default() })?;
    let functions = annotate(&stacks, |frame| frame.name == name && (file.is_empty() || frame.file == file));
    Ok(FunctionSource { functions, total: stacks.total(), unit: stacks.unit().to_owned() })
}

/// The functions of all frames that are wanted, largest flat first. The stacks must be of lines.
pub(crate) fn annotate(stacks: &Stacks<'_>, is_wanted: impl Fn(&Frame) -> bool) -> Vec<AnnotatedFunction> {
    let frames = stacks.frames();
    let wanted: Vec<bool> =
        (0..frames.len()).map(|frame| is_wanted(frames.frame(FrameId(row(frame))))).collect();
    let mut places = Places::new(stacks, &wanted);
    places.add_samples(stacks);
    places.functions(stacks)
}

/// A wanted frame, or what was inlined below it: a node of a forest.
struct Place {
    frame: FrameId,
    /// The place it is inlined into; `None` for a wanted frame as such.
    parent: Option<u32>,
    flat: i64,
    cum: i64,
    /// The last sample that was counted, plus 1.
    stamp: usize,
}

struct Places {
    places: Vec<Place>,
    /// Where the list of each location ends in `visits`.
    ends: Vec<usize>,
    /// Rows of places that a stack passes through at a location, and whether it is the innermost there.
    visits: Vec<(u32, bool)>,
}

impl Places {
    fn new(stacks: &Stacks<'_>, wanted: &[bool]) -> Self {
        let mut known: FxHashMap<(Option<u32>, FrameId), u32> = FxHashMap::default();
        let mut places = Self { places: Vec::new(), ends: Vec::new(), visits: Vec::new() };
        for location in stacks.profile().locations.iter() {
            let frames = stacks.location_frames.of(location);
            for start in (0..frames.len()).filter(|&start| wanted[frames[start].index()]) {
                let mut parent = None;
                for (depth, &frame) in frames.iter().enumerate().skip(start).take(MAX_LEVELS) {
                    let next = row(places.places.len());
                    let place = *known.entry((parent, frame)).or_insert(next);
                    if place == next {
                        places.places.push(Place { frame, parent, flat: 0, cum: 0, stamp: 0 });
                    }
                    places.visits.push((place, depth + 1 == frames.len()));
                    parent = Some(place);
                }
            }
            places.ends.push(places.visits.len());
        }
        places
    }

    fn add_samples(&mut self, stacks: &Stacks<'_>) {
        for index in 0..stacks.len() {
            let weight = stacks.weight(index);
            // Leaf first: the first location that filters leave frames of is where the sample ends.
            let mut is_leaf = true;
            for location in stacks.locations(index) {
                let end = self.ends[location.index()];
                let start = location.index().checked_sub(1).map_or(0, |before| self.ends[before]);
                for &(place, is_innermost) in &self.visits[start..end] {
                    let place = &mut self.places[place as usize];
                    if is_leaf && is_innermost {
                        place.flat = place.flat.wrapping_add(weight);
                    }
                    if place.stamp != index + 1 {
                        place.stamp = index + 1;
                        place.cum = place.cum.wrapping_add(weight);
                    }
                }
                is_leaf &= stacks.location_frames.of(*location).is_empty();
            }
        }
    }

    fn functions(&self, stacks: &Stacks<'_>) -> Vec<AnnotatedFunction> {
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.places.len()];
        let mut functions: BTreeMap<(&str, &str), Vec<u32>> = BTreeMap::new();
        for (row, place) in (0..).zip(&self.places).filter(|(_, place)| (place.flat, place.cum) != (0, 0)) {
            match place.parent {
                Some(parent) => children[parent as usize].push(row),
                None => {
                    let frame = stacks.frames().frame(place.frame);
                    functions.entry((&frame.name, &frame.file)).or_default().push(row);
                }
            }
        }
        let forest = Forest { places: &self.places, children: &children, stacks };
        let mut functions: Vec<AnnotatedFunction> =
            functions.into_values().map(|rows| forest.function(&rows)).collect();
        functions
            .sort_by_key(|function| Reverse((function.flat.unsigned_abs(), function.cum.unsigned_abs())));
        functions
    }
}

fn row(len: usize) -> u32 {
    u32::try_from(len).expect("tables have u32 rows")
}

struct Forest<'a, 'p> {
    places: &'a [Place],
    children: &'a [Vec<u32>],
    stacks: &'a Stacks<'p>,
}

impl Forest<'_, '_> {
    fn frame(&self, row: u32) -> &Frame {
        self.stacks.frames().frame(self.places[row as usize].frame)
    }

    /// One function out of the rows of its lines.
    fn function(&self, rows: &[u32]) -> AnnotatedFunction {
        let mut by_line: BTreeMap<i64, AnnotatedLine> = BTreeMap::new();
        let mut function = AnnotatedFunction {
            name: self.frame(rows[0]).name.clone(),
            file: self.frame(rows[0]).file.clone(),
            flat: 0,
            cum: 0,
            shown_lines: (i64::MAX, 0),
            lines: Vec::new(),
        };
        for &row in rows {
            let (frame, place) = (self.frame(row), &self.places[row as usize]);
            let line = by_line.entry(frame.line).or_insert_with(|| AnnotatedLine {
                line: frame.line,
                flat: 0,
                cum: 0,
                inlined: Vec::new(),
            });
            for (flat, cum) in [(&mut line.flat, &mut line.cum), (&mut function.flat, &mut function.cum)] {
                *flat = flat.wrapping_add(place.flat);
                *cum = cum.wrapping_add(place.cum);
            }
            line.inlined.extend(self.inlined(row));
            let start =
                if frame.start_line > 0 { frame.start_line } else { frame.line.saturating_sub(MARGIN) };
            let (first, last) = function.shown_lines;
            function.shown_lines = (first.min(start), last.max(frame.line.saturating_add(MARGIN)));
        }
        function.shown_lines.0 = function.shown_lines.0.max(1);
        function.lines = by_line.into_values().collect();
        function.lines.iter_mut().for_each(|line| sort_calls(&mut line.inlined));
        function
    }

    fn inlined(&self, row: u32) -> Vec<InlinedCall> {
        let call = |&row: &u32| {
            let (frame, place) = (self.frame(row), &self.places[row as usize]);
            InlinedCall {
                name: frame.name.clone(),
                file: frame.file.clone(),
                line: frame.line,
                flat: place.flat,
                cum: place.cum,
                inlined: self.inlined(row),
            }
        };
        let mut calls: Vec<InlinedCall> = self.children[row as usize].iter().map(call).collect();
        sort_calls(&mut calls);
        calls
    }
}

fn sort_calls(calls: &mut [InlinedCall]) {
    let key = |call: &InlinedCall| Reverse((call.cum.unsigned_abs(), call.flat.unsigned_abs()));
    calls.sort_by(|a, b| {
        key(a).cmp(&key(b)).then_with(|| (&a.name, &a.file, a.line).cmp(&(&b.name, &b.file, b.line)))
    });
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use insta::assert_snapshot;

    use super::*;
    use crate::profile::query::Filters;
    use crate::testing::profile;

    fn put_calls(calls: &[InlinedCall], depth: usize, text: &mut String) {
        for InlinedCall { name, file, line, flat, cum, inlined } in calls {
            writeln!(text, "{:depth$}{flat} {cum} {name} {file}:{line}", "").expect("text");
            put_calls(inlined, depth + 2, text);
        }
    }

    fn text(samples: &str, hide: Option<&str>) -> String {
        let profile = profile(samples);
        let filters = Filters { hide: hide.map(str::to_owned), ..Filters::default() };
        let query = StackQuery { granularity: Granularity::Lines, filters, ..StackQuery::default() };
        let extras = Extras { by_object: true, ..Extras::default() };
        let stacks = select_with(&profile, &query, extras).expect("a sound query");
        let mut text = String::new();
        for function in annotate(&stacks, |_| true) {
            let AnnotatedFunction { name, file, flat, cum, shown_lines: (first, last), .. } = &function;
            writeln!(text, "{name} {file} {flat} {cum} {first}..{last}").expect("text");
            for line in &function.lines {
                writeln!(text, "  {}: {} {}", line.line, line.flat, line.cum).expect("text");
                put_calls(&line.inlined, 6, &mut text);
            }
        }
        text
    }

    #[test]
    fn what_is_inlined_shows_below_its_line_and_as_a_function() {
        assert_snapshot!(text("main@m.go:20#18+mid@p.go:7#5+low@p.go:30#29 2\nmain@m.go:20#18+mid@p.go:8#5 3\nmain@m.go:21#18 4", None), @r"
        main m.go 4 9 18..26
          20: 0 5
              3 3 mid p.go:8
              0 2 mid p.go:7
                2 2 low p.go:30
          21: 4 4
        mid p.go 3 5 5..13
          7: 0 2
              2 2 low p.go:30
          8: 3 3
        low p.go 2 2 29..35
          30: 2 2
        ");
    }

    #[test]
    fn a_line_that_recurs_in_a_stack_counts_once() {
        assert_snapshot!(text("f@a.go:3;f@a.go:3;f@a.go:4 1\nf@a.go:3 2", None), @r"
        f a.go 3 4 1..9
          3: 2 3
          4: 1 1
        ");
    }

    #[test]
    fn a_hidden_leaf_gives_its_value_to_the_line_that_calls_it() {
        assert_snapshot!(text("f@a.go:3;g@a.go:9 1", Some("^g$")), @r"
        f a.go 1 1 1..8
          3: 1 1
        ");
    }

    #[test]
    fn very_deep_inlining_is_cut_off() {
        let deep: Vec<String> = (1..500).map(|line| format!("f@a.go:{line}")).collect();
        assert!(text(&format!("{} 1", deep.join("+")), None).lines().count() < 500 * (MAX_LEVELS + 1));
    }
}

//! What a trace of the same run says of the goroutines of a dump. They are found by number, and must have begun in a function
//! that their stack, or its creator, knows: numbers of another run mean others.

use goscope_analysis::dump::Group;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutines::goroutine_rows;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::dump::{Dump, Goroutine, Tables};
use goscope_parsers::trace::GoId;

use super::chosen::number_of;
use super::trace_times::InTrace;
use crate::query::dumps::Dumps;

/// What the trace says of each group of the dump that is shown; and a sentence if it has none of its goroutines.
pub fn in_trace(model: &TraceModel, dumps: &Dumps) -> (Vec<InTrace>, Option<String>) {
    let Some(last) = dumps.texts.last() else { return (Vec::new(), None) };
    let Some((dump, groups)) = last.shown() else { return (Vec::new(), None) };
    let [has_same, has_other] = same_and_other(model, last.tables(), dump);
    if has_other && !has_same {
        let none = |group: &Group| InTrace { n_goroutines: group.count(), ..InTrace::default() };
        let warning = "the trace has none of these goroutines: it is of another run";
        return (groups.iter().map(none).collect(), Some(warning.to_owned()));
    }
    let found = groups.iter().map(|group| of_group(model, last.tables(), dump, group)).collect();
    let warning = "goroutines are found in the trace by their numbers alone: it may be of another run";
    (found, (!has_same).then(|| warning.to_owned()))
}

fn of_group(model: &TraceModel, tables: &Tables, dump: &Dump, group: &Group) -> InTrace {
    let rows = group.goroutines(dump);
    let found = rows.filter_map(|row| find(model, tables, row)).filter(|(_, found)| *found != Match::Other);
    let ids: Vec<GoId> = found.map(|(id, _)| id).collect();
    let rows = goroutine_rows(model, &ids, &model.range());
    let mut states: Vec<(SpanState, u64)> = SpanState::ALL[1..]
        .iter()
        .map(|&state| (state, rows.iter().map(|row| row.nanos(state)).sum()))
        .filter(|(_, nanos)| *nanos > 0)
        .collect();
    states.sort_by_key(|(_, nanos)| std::cmp::Reverse(*nanos));
    let longest = rows.iter().filter(|row| row.nanos(SpanState::Waiting) > 0);
    let longest = longest.max_by_key(|row| row.nanos(SpanState::Waiting));
    let mut last: Vec<String> = rows.iter().map(|row| model.cause(row.last).text(model.tables())).collect();
    last.sort_unstable();
    let most = last.chunk_by(|a, b| a == b).max_by_key(|group| group.len());
    InTrace {
        n_goroutines: group.count(),
        n_found: rows.len(),
        states,
        last: most.map_or(String::new(), |group| group[0].clone()),
        waited_longest: longest.map(|row| row.goroutine.goid),
    }
}

/// What a number says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    /// It began in a function that its stack knows.
    Same,
    /// In another one: it is of another run.
    Other,
    /// Where it began is not known, or it is the first one, which begins in the runtime in every run.
    Unknown,
}

/// Whether any goroutine is known to be the same, and whether a number means another one.
fn same_and_other(model: &TraceModel, tables: &Tables, dump: &Dump) -> [bool; 2] {
    let found: Vec<Match> =
        dump.goroutines.iter().filter_map(|row| Some(find(model, tables, row)?.1)).collect();
    [Match::Same, Match::Other].map(|wanted| found.contains(&wanted))
}

/// A goroutine of the dump in the trace. Programs have functions of one name (`main.main.func1`), so that files count, too.
fn find(model: &TraceModel, tables: &Tables, row: &Goroutine) -> Option<(GoId, Match)> {
    let id = model.goroutine_by_number(number_of(row.id)).filter(|_| row.id != 0)?;
    let strings = model.tables();
    let name = strings.string_lossy(model.start_function(id));
    if name.is_empty() || name.starts_with("runtime.") || name == "main.main" {
        return Some((id, Match::Unknown));
    }
    // Of a wrapper the trace knows the file, and of what it runs the name alone.
    let begin = strings.frame(model.start_frame(id));
    let file = strings.string_lossy(begin.file);
    let has_file = !file.is_empty() && strings.string_lossy(begin.function) == name;
    let stack = tables.stack(row.stack);
    let mut known = stack.frames.iter().chain(&stack.creator);
    let is_same =
        known.any(|&frame| tables.function(frame) == &*name && (!has_file || tables.file(frame) == &*file));
    Some((id, if is_same { Match::Same } else { Match::Other }))
}

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
    let found: Vec<InTrace> =
        groups.iter().map(|group| of_group(model, last.tables(), dump, group)).collect();
    let has_none = found.iter().all(|it| it.n_found == 0);
    let warning = has_none.then(|| "the trace has none of these goroutines: it is of another run".to_owned());
    (found, warning)
}

fn of_group(model: &TraceModel, tables: &Tables, dump: &Dump, group: &Group) -> InTrace {
    let rows = group.goroutines(dump);
    let ids: Vec<GoId> = rows.filter_map(|row| find(model, tables, row)).collect();
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

/// A goroutine of the dump in the trace.
fn find(model: &TraceModel, tables: &Tables, row: &Goroutine) -> Option<GoId> {
    let id = model.goroutine_by_number(number_of(row.id)).filter(|_| row.id != 0)?;
    let name = model.tables().string_lossy(model.start_function(id));
    let stack = tables.stack(row.stack);
    let mut known = stack.frames.iter().chain(&stack.creator).map(|&frame| tables.function(frame));
    // The first goroutine begins in the runtime, and where the begin was not recorded nothing is known.
    let is_it = name.is_empty() || name.starts_with("runtime.") || known.any(|function| function == &*name);
    is_it.then_some(id)
}

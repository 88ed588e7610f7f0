//! Any bytes as a trace, of which the middle half is cut out: what is written is sound, and lies in the range.

use goscope_parsers::trace::{Problem, ProblemKind, Strictness, TraceReader, cut_trace, trace_info};

pub(crate) fn run(data: &[u8]) {
    let Ok(info) = trace_info(data) else { return };
    let length = i64::try_from(info.duration_nanos()).unwrap_or(i64::MAX);
    let mut written = Vec::new();
    let Ok(cut) = cut_trace(data, (length / 4, length / 4 * 3), None, &mut written) else { return };
    // A generation tells what was before it. Where it does not, which Go's reader takes and Go never writes, the first of the
    // new trace is as incomplete as it was.
    if cut.is_at_generation && cut.begin_nanos > 0 {
        return;
    }
    // As strict as Go: its tools open what was cut.
    let mut reader = TraceReader::with_strictness(&written, Strictness::LikeGo).expect("a trace");
    while reader.next_chunk().is_some() {}
    // A version to come is kept, and told of each time.
    let is_fault = |problem: &&Problem| problem.kind != ProblemKind::UnknownVersion;
    assert_eq!(reader.problems().iter().find(is_fault), None);
}

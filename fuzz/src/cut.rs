//! Any bytes as a trace, of which the middle half is cut out: what is written is sound, and lies in the range.

use goscope_parsers::trace::{Problem, ProblemKind, Strictness, TraceReader, cut_trace, trace_info};

/// The header of a trace.
const HEADER_BYTES: usize = 16;

pub(crate) fn run(data: &[u8]) {
    let Ok(info) = trace_info(data) else { return };
    let length = i64::try_from(info.duration_nanos()).unwrap_or(i64::MAX);
    let mut written = Vec::new();
    let Ok(cut) = cut_trace(data, (length / 4, length / 4 * 3), None, &mut written) else { return };
    assert!(cut.begin_nanos <= length / 4, "{cut:?}");
    let faults = faults(&written);
    assert!(faults.is_empty() || !tells_its_past(data), "{faults:?}");
}

/// What Go's tools would say about a trace.
fn faults(trace: &[u8]) -> Vec<Problem> {
    let mut reader = TraceReader::with_strictness(trace, Strictness::LikeGo).expect("a trace");
    while reader.next_chunk().is_some() {}
    // A version to come is kept, and told of each time.
    let is_fault = |problem: &&Problem| problem.kind != ProblemKind::UnknownVersion;
    reader.problems().iter().filter(is_fault).cloned().collect()
}

/// Whether each generation can be read without those before it, as all can that Go writes. Its reader takes others, too: what
/// they do not tell is lost where a trace is cut.
fn tells_its_past(data: &[u8]) -> bool {
    let mut reader = TraceReader::with_strictness(data, Strictness::LikeGo).expect("a trace");
    while reader.next_chunk().is_some() {}
    let known = faults(data);
    let header = &data[..HEADER_BYTES];
    reader.tables().generations().iter().skip(1).all(|generation| {
        let start = generation.bytes.start;
        let rest = data.get(start as usize..).unwrap_or_default();
        let alone = faults(&[header, rest].concat());
        let place = |fault: &Problem| fault.offset + start - HEADER_BYTES as u64;
        alone.iter().all(|fault| known.iter().any(|it| (&it.what, it.offset) == (&fault.what, place(fault))))
    })
}

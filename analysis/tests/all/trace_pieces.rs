//! A model that is built in pieces, by any number of threads, is the one that is built in one go.

use std::collections::BTreeMap;

use goscope_analysis::trace::load::{model_beside, model_of};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{TraceOptions, TraceReader};
use goscope_test_support::{corpus, files_below, sample};

use crate::support::content;

/// Everything that a model says, as text; sums by state where both models have a row.
fn facts(model: &TraceModel) -> Vec<String> {
    let mut facts = vec![
        format!("{:?} {} {:?}", model.range(), model.event_count(), model.problems()),
        format!("{:?}\n{:?}\n{:?}", model.syncs(), model.proc_rows(), model.bindings()),
        format!("{:?}\n{:?}", model.range_events(), model.sweeps()),
        format!("{:?}\n{:?}\n{:?}", model.gomaxprocs(), model.heap_alloc(), model.heap_goal()),
        format!("{:?}", model.allocators()),
        format!("{:?}\n{:?}\n{:?}\n{:?}", model.labels(), model.samples(), model.logs(), model.regions()),
        format!("{:?}", model.task_ids().map(|id| model.task(id)).collect::<Vec<_>>()),
        format!("{:?}", model.state_sums().last()),
        format!("{:?}", causes(model)),
    ];
    for id in model.goroutine_ids() {
        let spans = model.spans(id).map(|span| {
            let cause = model.cause(span.cause);
            (span.start, span.end, cause, span.state, span.proc, span.waker)
        });
        facts.push(format!(
            "{:?} {:?} {:?}",
            model.goroutine(id),
            model.first_seen(id),
            spans.collect::<Vec<_>>()
        ));
    }
    facts
}

/// Time by cause of the whole trace.
fn causes(model: &TraceModel) -> BTreeMap<String, i64> {
    let mut causes = BTreeMap::new();
    for sum in model.cause_sums().iter().flatten() {
        *causes.entry(format!("{:?}", model.cause(sum.cause))).or_default() += sum.nanos;
    }
    causes.retain(|_, nanos| *nanos != 0);
    causes
}

fn in_one_go(bytes: &[u8]) -> TraceModel {
    model_beside(TraceReader::new(bytes).expect("a trace"), |_, _| ()).expect("nobody cancels")
}

fn in_pieces(bytes: &[u8], threads: usize) -> TraceModel {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started");
    let options = TraceOptions { piece_bytes: Some(0), ..TraceOptions::default() };
    let reader = TraceReader::with_options(bytes, &options).expect("a trace");
    pool.install(|| model_of(reader)).expect("nobody cancels")
}

/// Traces of several generations, by name.
fn traces() -> Vec<(String, Vec<u8>)> {
    let folders = [Some(sample("trace")), corpus("trace-conformance"), corpus("trace"), corpus("truths")];
    let paths =
        folders.iter().flatten().flat_map(|folder| files_below(folder, &[".trace", ".trace.gz", ".out"]));
    let read = |path: std::path::PathBuf| {
        let bytes = content(&path);
        let generations = TraceReader::new(&bytes).ok().map(|mut reader| {
            reader.by_ref().for_each(drop);
            reader.tables().generations().len()
        });
        (generations? > 1 && bytes.len() < 3 << 20).then(|| (path.display().to_string(), bytes))
    };
    paths.filter_map(read).collect()
}

#[test]
fn one_two_three_and_eight_threads_build_the_same_model() {
    for (name, bytes) in traces() {
        let expected = facts(&in_one_go(&bytes));
        let sums = in_one_go(&bytes);
        for threads in [1, 2, 3, 8] {
            let model = in_pieces(&bytes, threads);
            assert!(facts(&model) == expected, "{name} with {threads} threads");
            let rows: BTreeMap<_, _> = model.state_sums().iter().map(|row| (row.time, row.nanos)).collect();
            for row in sums.state_sums() {
                let own = rows.get(&row.time);
                assert!(own.is_none_or(|nanos| *nanos == row.nanos), "{name}: sums by state at {}", row.time);
            }
        }
    }
}

#[test]
fn cut_and_damaged_traces_give_the_same_model() {
    for (name, bytes) in traces() {
        for part in 1..6 {
            // The header stays: without it there is no trace.
            let at = 16 + (bytes.len() - 16) * part / 6;
            let cut = &bytes[..at];
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x40;
            for bytes in [cut, &damaged] {
                assert!(facts(&in_pieces(bytes, 2)) == facts(&in_one_go(bytes)), "{name} at byte {at}");
            }
        }
    }
}

//! What must hold for the model of every trace: of the samples, and of the corpus where it is.

use std::path::PathBuf;

use goscope_analysis::trace::build::{Builder, Reading};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::{Span, TraceModel};
use goscope_parsers::Progress;
use goscope_parsers::trace::TraceReader;
use goscope_test_support::{corpus, files_below, sample};

/// All traces at hand, in a fixed order.
fn trace_paths() -> Vec<PathBuf> {
    let folders = [Some(sample("trace")), corpus("trace-conformance"), corpus("trace")];
    let mut paths: Vec<PathBuf> =
        folders.iter().flatten().flat_map(|folder| files_below(folder, &[".trace", ".out"])).collect();
    paths.sort();
    paths
}

/// The model of each trace that begins as one, with its name.
fn models() -> impl Iterator<Item = (String, TraceModel)> {
    trace_paths().into_iter().filter_map(|path| {
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let model = trace_model(&bytes, &Progress::new()).ok()?;
        Some((path.display().to_string(), model))
    })
}

#[test]
fn the_spans_of_a_goroutine_tile_its_life() {
    for (name, model) in models() {
        let mut spans_seen = 0;
        for id in model.goroutine_ids() {
            let goroutine = model.goroutine(id).expect("a goroutine with a life");
            let spans: Vec<Span> = model.spans(id).collect();
            let (first, last) = (spans.first().expect("a span"), spans.last().expect("a span"));
            assert_eq!((first.start, last.end), (goroutine.creation, goroutine.end), "{name} {id:?}");
            for pair in spans.windows(2) {
                assert_eq!(pair[0].end, pair[1].start, "{name} {id:?}");
                assert!(pair[0].start <= pair[0].end, "{name} {id:?} {pair:?}");
            }
            spans_seen += spans.len() as u64;
        }
        assert_eq!(spans_seen, model.span_count(), "{name}");
    }
}

#[test]
fn a_span_is_found_by_its_id_and_by_each_moment_of_it() {
    for (name, model) in models() {
        for id in model.goroutine_ids() {
            for span in model.spans(id).step_by(7) {
                assert_eq!(model.span(span.id), Some(span), "{name}");
                if span.start < span.end {
                    assert_eq!(model.span_at(id, span.start), Some(span), "{name}");
                    assert_eq!(model.span_at(id, span.end - 1), Some(span), "{name}");
                }
            }
        }
    }
}

#[test]
fn the_sums_by_state_are_those_of_all_spans() {
    for (name, model) in models() {
        let mut expected = [0; SpanState::COUNT];
        for id in model.goroutine_ids() {
            for span in model.spans(id) {
                expected[span.state.index()] += span.duration_nanos() as i64;
            }
        }
        let Some(last) = model.state_sums().last() else { continue };
        assert_eq!(last.nanos, expected, "{name}");
        let mut by_cause = [0; SpanState::COUNT];
        for sum in model.cause_sums().iter().flatten() {
            by_cause[model.cause(sum.cause).state.index()] += sum.nanos;
        }
        assert_eq!(by_cause, expected, "{name}");
    }
}

#[test]
fn chunks_and_threads_leave_no_mark_on_the_model() {
    for path in trace_paths() {
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let Ok(model) = trace_model(&bytes, &Progress::new()) else { continue };
        let mut reader = TraceReader::new(&bytes).expect("a trace");
        let mut builder = Builder::new();
        while let Some(chunk) = reader.next_chunk() {
            for event in chunk.events {
                builder.chunk(std::slice::from_ref(event), chunk.tables);
            }
        }
        let (version, lost_share) = (reader.version(), reader.lost_share());
        let (tables, problems) = reader.into_tables();
        let alone = TraceModel::new(builder.finish(Reading { version, tables, problems, lost_share }));
        for id in model.goroutine_ids() {
            assert!(model.spans(id).eq(alone.spans(id)), "{}", path.display());
        }
        assert_eq!(model.regions(), alone.regions());
        assert_eq!(model.causes(), alone.causes());
    }
}

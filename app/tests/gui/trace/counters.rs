//! Counters over time and the list of what is wrong: what the plots are made of, and what a hand does with them.

use std::path::PathBuf;
use std::sync::Arc;

use goscope::document::Document;
use goscope::query::trace::counters::{Counters, CountersQuery};
use goscope::query::{Documents, answer};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::model::TraceModel;

use super::*;

fn document() -> Arc<Document> {
    let source = Source::Sample(TRACE.to_owned());
    Arc::new(Document::load(&source, &goscope_parsers::Progress::new()).expect("a sample"))
}

fn counters(document: &Arc<Document>, range: Option<TimeRange>, n_columns: usize) -> Counters {
    let documents = Documents::of_tab(std::slice::from_ref(document));
    answer(&CountersQuery { range, n_columns }, documents).expect("an answer")
}

/// The time of all spans of a state, one by one.
fn nanos_of(model: &TraceModel, state: SpanState) -> u64 {
    let spans = model.goroutine_ids().flat_map(|id| model.spans(id));
    spans.filter(|span| span.state == state).map(|span| span.duration_nanos()).sum()
}

#[test]
fn means_over_all_columns_are_the_time_of_all_spans() {
    let document = document();
    let model = &document.trace().expect("a trace").model;
    for n_columns in [1, 7, 600] {
        let counters = counters(&document, None, n_columns);
        let column_nanos = model.duration_nanos() as f64 / n_columns as f64;
        for (series, state) in [
            (&counters.running, SpanState::Running),
            (&counters.runnable, SpanState::Runnable),
            (&counters.waiting, SpanState::Waiting),
        ] {
            let nanos = series.iter().map(|&mean| f64::from(mean) * column_nanos).sum::<f64>();
            let expected = nanos_of(model, state) as f64;
            assert!((nanos - expected).abs() <= expected * 1e-4, "{state:?}: {nanos}, not {expected}");
        }
    }
}

#[test]
fn a_part_of_the_time_has_the_numbers_that_it_has_in_the_whole() {
    let document = document();
    let whole = counters(&document, None, 4);
    let middle = TimeRange { start_nanos: whole.range.length() / 4, end_nanos: whole.range.length() / 4 * 3 };
    let part = counters(&document, Some(middle), 2);
    for (of_part, of_whole) in part.waiting.iter().zip(&whole.waiting[1..3]) {
        assert!((of_part - of_whole).abs() < 0.01 * of_whole, "{of_part}, not {of_whole}");
    }
    assert_eq!(part.procs, whole.procs[1..3]);
    let last_heap = whole.heap[3].expect("the trace says how large the heap is");
    assert!(whole.heap.iter().flatten().any(|&heap| heap >= last_heap / 2) && last_heap > 100_000);
}

/// The window with the counters in front of the tables.
fn counters_window() -> Window {
    let mut window = window_with(TRACE);
    click(&mut window, "Counters");
    window
}

#[test]
fn a_drag_over_a_plot_chooses_the_time_of_all_panels() {
    let mut window = counters_window();
    for name in ["Running goroutines and Ps", "Blocked goroutines", "Heap"] {
        let plot = window.get_by_label(name).rect();
        let at = |part: f32| pos2(plot.left() + plot.width() * part, plot.center().y);
        drag(&mut window, at(0.5), at(0.75));
        let range = seen(&window).expect("what was dragged over");
        let whole = counters(&document(), None, 1).range;
        let part = range.start_nanos as f64 / whole.length() as f64;
        assert!((0.48..0.52).contains(&part), "{name}: begins at {part}");
        let part = range.end_nanos as f64 / whole.length() as f64;
        assert!((0.73..0.77).contains(&part), "{name}: ends at {part}");
        send(&mut window, Command::Undo);
        assert_eq!(seen(&window), None, "{name}");
    }
}

#[test]
fn pointing_at_a_plot_says_its_numbers() {
    let mut window = counters_window();
    let plot = window.get_by_label("Heap").rect();
    window.hover_at(plot.center());
    for _ in 0..90 {
        window.step();
    }
    let said = window.query_all_by_role(Role::Label).filter_map(|node| node.accesskit_node().value());
    let said: Vec<String> = said.filter(|text| text.starts_with("at ")).collect();
    assert!(said.iter().any(|text| text.contains("heap ") && text.contains(" Ps")), "{said:?}");
}

#[test]
fn what_a_cut_trace_lacks_is_listed_and_a_click_shows_its_time() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path: PathBuf = folder.path().join("cut.trace");
    let whole = std::fs::read(sample("trace/shop-go1.27.trace")).expect("a sample");
    std::fs::write(&path, &whole[..whole.len() / 2]).expect("a file that can be written");
    let mut window = window_at(ThemeChoice::Light, 1.0);
    send(&mut window, Command::OpenSource(Source::File(path)));
    let tab = window.query_all_by_label("Problems").last().expect("a tab of that name");
    tab.click();
    settle(&mut window);
    let rows = window.query_all_by_role(Role::Row);
    let rows: Vec<String> = rows.filter_map(|node| node.accesskit_node().label()).collect();
    assert_eq!(rows.len(), 1, "{rows:?}");
    send(&mut window, Command::ShowTime(Some(TimeRange { start_nanos: 0, end_nanos: 1_000_000 })));
    click_first_row(&mut window);
    // What is lost of it is lost from its begin to its end: that is shown.
    assert_eq!(seen(&window), None);
    let mut sound = window_with(TRACE);
    sound.query_all_by_label("Problems").last().expect("a tab of that name").click();
    settle(&mut sound);
    assert!(sound.query_by_label_contains("Nothing is wrong with this trace").is_some());
}

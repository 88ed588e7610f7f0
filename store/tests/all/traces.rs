//! Sums of traces: what a store gives of one trace is what the trace itself gives, and sketches add up.

use std::path::PathBuf;

use goscope_analysis::histogram::DurationHistogram;
use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::questions::instances::{InstanceFilter, InstanceKind, instances};
use goscope_parsers::trace::{TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, Progress};
use goscope_store::{AddOptions, By, Input, Place, Selector, Store, Writer};
use goscope_test_support::sample;
use tempfile::TempDir;

fn add(writer: &mut Writer, paths: &[PathBuf], version: &str) -> (usize, usize) {
    let input = |path: &PathBuf| {
        let own = path.clone();
        let open = Box::new(move || FileBytes::open(&own).map_err(|error| error.to_string()));
        Input { name: path.display().to_string(), may_be_other: false, open }
    };
    let inputs: Vec<Input<'_>> = paths.iter().map(input).collect();
    let labels =
        [("service", "shop"), ("version", version)].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let options = AddOptions { labels: labels.to_vec(), time_nanos: Some(1), max_inflated_bytes: 1 << 30 };
    let added = writer.add(&inputs, &options, &Progress::new()).expect("added");
    assert_eq!(added.failed, []);
    (added.n_traces, added.n_known)
}

/// How long all tasks of a trace took.
fn tasks(path: &PathBuf) -> DurationHistogram {
    let file = FileBytes::open(path).expect("a file");
    let content = TraceContent::new(&file, 1 << 30, None).expect("a trace");
    let model = model_of(content.reader(&TraceOptions::default()).expect("a reader")).expect("a model");
    let filter = InstanceFilter { kind: InstanceKind::Tasks(None), ..InstanceFilter::default() };
    instances(&model, &filter).wall().clone()
}

#[test]
fn what_traces_hold_is_what_their_sums_hold_and_sums_add_up() {
    let folder = TempDir::new().expect("a folder");
    let place = Place::Folder(folder.path().join("store"));
    let paths = ["trace/shop-go1.24.trace", "trace/shop-go1.27.trace", "trace/shop-go1.22.trace"].map(sample);
    let mut writer = Writer::open(&place).expect("a store");
    assert_eq!(add(&mut writer, &paths[..2], "1.24"), (2, 0));
    assert_eq!(add(&mut writer, &paths, "1.22"), (1, 2));
    let store = Store::open(place).expect("a store");
    let all = |store: &Store, text: &str| {
        let selector = Selector::parse(text, 0).expect("a selector");
        store.traces(&selector, None, &By::All).expect("sums").value
    };
    let total = |text: &str| {
        let mut total = DurationHistogram::default();
        let traces = all(&store, text);
        let rows = traces.rows.iter().filter(|row| row.kind == "task" && row.metric == "total");
        rows.for_each(|row| total.merge(&row.durations));
        (traces.n_traces, total)
    };
    let mut both = tasks(&paths[0]);
    both.merge(&tasks(&paths[1]));
    assert!(both.count() > 100, "{}", both.count());
    assert_eq!(total("version=1.24"), (2, both.clone()));
    both.merge(&tasks(&paths[2]));
    assert_eq!(total("service=shop"), (3, both));
    let before = all(&store, "");
    writer.compact().expect("compacted");
    assert_eq!(all(&store, ""), before);
    // One a day: traces of older versions of Go do not say when they were taken.
    let parts = goscope_test_support::files_below(&folder.path().join("store/summaries"), &[".parquet"]);
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert_eq!(writer.remove(&Selector::parse("version=1.24", 0).expect("a selector")).expect("removed"), 2);
    assert_eq!(store.trace_rows(&Selector::default()).expect("traces").value.len(), 1);
    // A copy takes them along, once.
    let copy = Place::Folder(folder.path().join("copy"));
    let mut writer = Writer::open(&copy).expect("a store");
    let copied = [(); 2].map(|()| writer.copy(&store, &Selector::default()).expect("copied"));
    assert_eq!(copied.map(|added| (added.n_traces, added.n_known)), [(1, 0), (0, 1)]);
    // States add up to the whole: what an instance does in between is nothing.
    for row in before.rows.iter().filter(|row| row.metric == "total" && row.kind == "task") {
        let parts = before.rows.iter().filter(|part| (&part.kind, &part.name) == (&row.kind, &row.name));
        let parts: u128 =
            parts.filter(|part| part.metric != "total").map(|part| part.durations.total_nanos()).sum();
        assert!(parts <= row.durations.total_nanos(), "{}", row.name);
    }
}

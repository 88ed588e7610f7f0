//! Every exporter that writes piece by piece, with a writer that fails at one of its writes: at each of the first ones, and at
//! others spread over the rest.

use std::fs;
use std::io::{self, Write};

use goscope::export::firefox_trace::write_firefox_trace;
use goscope::export::flame_svg::{SvgError, write_flame_svg};
use goscope::export::perfetto::write_perfetto;
use goscope::export::sample_rows::{write_csv, write_json};
use goscope::export::trace_range::write_range;
use goscope::export::whose_code::frame_category;
use goscope::query::Documents;
use goscope::query::call_tree::CallTreeQuery;
use goscope_analysis::profile::call_tree::call_tree;
use goscope_analysis::profile::diff::DiffScale;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::stacks::select;
use goscope_analysis::report::{ReportOptions, topproto};
use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::model::TraceModel;
use goscope_flamegraph::folded::write_folded;
use goscope_flamegraph::svg::SvgOptions;
use goscope_parsers::interop::{write_firefox, write_otlp, write_speedscope};
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile, write_profile_gzip};
use goscope_parsers::trace::{CutError, TraceContent, TraceOptions};
use goscope_parsers::{FileBytes, Progress};
use goscope_test_support::sample;

/// The first writes, each of which fails once, and how many others do.
const FIRST: usize = 100;
const OTHERS: usize = 60;

/// Fails from its `at`th write on, as a disk does that is full.
struct Failing {
    at: usize,
    n_writes: usize,
    written: Vec<u8>,
    /// Takes no more than this of what it is given at a time.
    most_bytes: usize,
}

impl Failing {
    fn at(at: usize) -> Self {
        Self { at, n_writes: 0, written: Vec::new(), most_bytes: usize::MAX }
    }
}

impl Write for Failing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.n_writes += 1;
        if self.n_writes > self.at {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        let n_taken = bytes.len().min(self.most_bytes);
        self.written.extend_from_slice(&bytes[..n_taken]);
        Ok(n_taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.n_writes > self.at { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
    }
}

/// The error of the writer comes out of the exporter, wherever it comes; and who takes little at a time gets the same bytes.
#[track_caller]
fn tells_of_every_write(name: &str, export: impl Fn(&mut dyn Write) -> io::Result<()>) {
    let mut whole = Failing::at(usize::MAX);
    export(&mut whole).expect(name);
    assert!(whole.n_writes > 0 && !whole.written.is_empty(), "{name} writes");
    let n_writes = whole.n_writes;
    let others = (1..=OTHERS).map(|number| FIRST + n_writes.saturating_sub(FIRST) * number / (OTHERS + 1));
    for at in (0..FIRST).chain(others).chain([n_writes - 1]).filter(|&at| at < n_writes) {
        let mut failing = Failing::at(at);
        let said = export(&mut failing).expect_err(&format!("{name}: write {at} of {n_writes} failed"));
        assert_eq!(said.kind(), io::ErrorKind::StorageFull, "{name}: write {at} of {n_writes}: {said}");
        assert!(whole.written.starts_with(&failing.written), "{name}: what is written before is the same");
    }
    let mut little = Failing { most_bytes: 7, ..Failing::at(usize::MAX) };
    export(&mut little).expect(name);
    assert!(little.written == whole.written, "{name}: the same in small pieces");
}

fn profile() -> Profile {
    let bytes = fs::read(sample("pprof/cpu-labels.pb.gz")).expect("a sample");
    parse_profile(&bytes, &ParseOptions::default()).expect("a profile")
}

#[test]
fn profiles_in_all_formats() {
    let profile = profile();
    tells_of_every_write("pprof", |out| write_profile_gzip(&profile, out));
    tells_of_every_write("speedscope", |out| write_speedscope(&profile, out));
    tells_of_every_write("firefox", |out| write_firefox(&profile, &frame_category, out));
    tells_of_every_write("otlp", |out| write_otlp(&profile, out));
    tells_of_every_write("csv", |out| write_csv(&profile, out));
    tells_of_every_write("json", |out| write_json(&profile, out));
    let stacks = select(&profile, &Default::default()).expect("stacks");
    let tree = call_tree(&stacks);
    tells_of_every_write("folded", |out| write_folded(&tree, stacks.unit(), out));
    let (table, _) = topproto(&profile, &ReportOptions::default()).expect("a table");
    tells_of_every_write("topproto", |out| write_profile_gzip(&table, out));
}

#[test]
fn flame_graphs() {
    let load = |name: &str| super::super::same_answers::load(&sample(name));
    let documents = [load("diff/base1.cpu.pb.gz"), load("diff/head1.cpu.pb.gz")];
    for (name, diff) in [("svg", None), ("svg of a difference", Some(DiffScale::Totals))] {
        let question =
            CallTreeQuery { stacks: Default::default(), direction: Direction::TopDown, around: None, diff };
        let shown = if diff.is_some() { &documents[..] } else { &documents[..1] };
        tells_of_every_write(name, |out| {
            let looks = ("a sample", SvgOptions::default());
            write_flame_svg(&question, Documents::of_tab(shown), looks, out).map_err(|error| match error {
                SvgError::Write(error) => error,
                SvgError::Question(error) => panic!("{name}: {error}"),
            })
        });
    }
}

fn model() -> TraceModel {
    let file = FileBytes::open(sample("trace/flight-go1.27.trace")).expect("a sample");
    let content = TraceContent::new(&file, 1 << 30, None).expect("it inflates");
    content.reader(&TraceOptions::default()).and_then(model_of).expect("a trace")
}

#[test]
fn traces_in_all_formats() {
    let model = model();
    tells_of_every_write("perfetto", |out| write_perfetto(&model, "a sample", out));
    tells_of_every_write("firefox of a trace", |out| {
        write_firefox_trace(&model, "a sample", out).map(|_| ())
    });
}

#[test]
fn a_range_of_a_trace() {
    let bytes = fs::read(sample("trace/flight-go1.27.trace")).expect("a sample");
    let content = TraceContent::from_bytes(&bytes, 1 << 30, None).expect("it inflates");
    tells_of_every_write("trace cut", |out| {
        let written = write_range(&content, (0, 20_000_000), &Progress::new(), out);
        written.map(|_| ()).map_err(|error| match error {
            CutError::Write(error) => error,
            other => panic!("{other}"),
        })
    });
}

//! Which function made a benchmark slower, in the window: the sentence and the numbers of `goscope bench explain`, a flame graph
//! per operation, and the ways to it.

use eframe::egui::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::{Document, Source};
use goscope::gui::command::{Command, Opening};
use goscope::gui::selection::Item;
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::{Content, ContentKind};
use goscope::query::comparison::{Comparison, Scale, Side};
use goscope::query::testing::explained::{ExplainQuery, Explained, Operation, OperationQuery};
use goscope::query::{Documents, answer};
use goscope::report::explanation::shown::shown_rows;
use goscope_parsers::Progress;
use goscope_test_support::sample;
use std::sync::Arc;

use crate::support::window::{Window, click, lens, send, settle, texts, window};

const BASE: [&str; 2] = ["bench/dedupe-base.txt", "bench/dedupe-base.cpu.pb.gz"];
const HEAD: [&str; 2] = ["bench/dedupe-head.txt", "bench/dedupe-head.cpu.pb.gz"];

fn sources(names: &[&str]) -> Vec<Source> {
    names.iter().map(|name| Source::File(sample(name))).collect()
}

fn documents(names: &[&str]) -> Vec<Arc<Document>> {
    let load = |source: &Source| Arc::new(Document::load(source, &Progress::new()).expect("a sample"));
    sources(names).iter().map(load).collect()
}

/// A window with the files of both sides; what `goscope bench explain --window` opens.
fn opened(base: &[&str], head: &[&str]) -> Window {
    let mut window = window();
    let comparison = Comparison { base: sources(base), head: sources(head), ..Comparison::default() };
    let opening = Opening { comparison, scale: Scale::default(), sample_type: None };
    send(&mut window, Command::CompareRuns(Box::new(opening)));
    settle(&mut window);
    window
}

fn rows(window: &Window) -> Vec<String> {
    window.query_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
}

fn explained(base: &[&str], head: &[&str]) -> Explained {
    let (base, head) = (documents(base), documents(head));
    let compared = (!head.is_empty()).then(Default::default);
    let question = ExplainQuery { benchmark: None, compared };
    answer(&question, Documents::sides(&base, &head)).expect("an explanation")
}

#[test]
fn functions_of_a_slower_benchmark_have_the_numbers_of_the_command_line() {
    let window = opened(&BASE, &HEAD);
    let explanation = explained(&BASE, &HEAD).explanation;
    assert!(explanation.line().contains("report.contains +570,443 ± 16,888 ns/op"), "{}", explanation.line());
    assert!(window.query_all_by_label(&explanation.line()).next().is_some(), "the answer is a sentence");
    let shown = texts(&window);
    for row in shown_rows(&explanation, 8) {
        for number in [&row.base, &row.head, &row.change, &row.sigma, &row.samples] {
            assert!(shown.lines().any(|text| text == number), "{number} of {} in\n{shown}", row.name);
        }
    }
}

#[test]
fn the_operation_is_a_flame_graph_in_time_per_operation() {
    let (base, head) = (documents(&BASE), documents(&HEAD));
    let explain = ExplainQuery { benchmark: None, compared: Some(Default::default()) };
    let operation: Operation =
        answer(&OperationQuery { explain }, Documents::sides(&base, &head)).expect("profiles");
    // Only what an operation does is in them: no test runner, no background.
    let outermost = |document: &Arc<Document>| {
        let profile = &document.profile().expect("a profile").profile;
        (0..profile.samples.len()).all(|sample| {
            let outer = *profile.samples.stack(sample).last().expect("a stack");
            profile.locations.lines(outer).iter().any(|line| {
                profile.text(profile.functions[line.function.index()].name).contains("BenchmarkDedupe")
            })
        })
    };
    assert!(operation.base.iter().chain(&operation.head).all(outermost));

    let mut window = opened(&BASE, &HEAD);
    send(&mut window, Command::ShowView(ViewId::FlameGraph));
    assert!(window.query_by_label_contains("time per operation").is_some());
    // 46,995 and 647,435 ns/op.
    assert!(texts(&window).contains("47.0 µs → 647 µs"));
}

#[test]
fn a_function_is_chosen_and_the_benchmark_stays() {
    let mut window = opened(&BASE, &HEAD);
    let name = rows(&window).into_iter().find(|name| name.contains("report.contains")).expect("a row");
    window.get_by_role_and_label(Role::Row, &name).click();
    settle(&mut window);
    let chosen = lens(&window).selection.as_ref().and_then(Item::frame).expect("a function").name.clone();
    assert_eq!(chosen, "example.com/shop/report.contains");
    // Its source is shown below, and what explains the benchmark still stands beside it.
    assert!(
        window.query_by_label_contains("shop/report/").is_some() || window.query_by_label("Source").is_some()
    );
    assert!(window.query_all_by_label_contains("BenchmarkDedupe/orders=500 is 600,440").next().is_some());
}

#[test]
fn profiles_beside_the_outputs_are_offered() {
    let mut window = opened(&BASE[..1], &HEAD[..1]);
    assert!(window.query_all_by_label_contains("BenchmarkDedupe/orders=500 is").next().is_none());
    click(&mut window, "Explain by function");
    settle(&mut window);
    assert!(window.query_all_by_label_contains("BenchmarkDedupe/orders=500 is 600,440").next().is_some());
    let tab = window.state().workspace().active_tab().expect("a tab");
    let Content::Benchmarks(comparison) = &tab.content else { panic!("{:?}", tab.content) };
    assert_eq!((comparison.base.clone(), comparison.head.clone()), (sources(&BASE), sources(&HEAD)));
    let layout = window.state().preferences().layout(ContentKind::Benchmarks);
    assert!(layout.shows(ViewId::Explained) && layout.shows(ViewId::FlameGraph));
}

#[test]
fn one_side_says_where_the_time_goes() {
    let mut window = opened(&HEAD, &[]);
    let explanation = explained(&HEAD, &[]).explanation;
    assert!(window.query_all_by_label(&explanation.line()).next().is_some(), "{}", explanation.line());
    send(&mut window, Command::ShowView(ViewId::FlameGraph));
    assert!(texts(&window).contains("647 µs"));
    // With the other side it is a comparison.
    send(&mut window, Command::AddRuns(Side::Head, sources(&BASE)));
    settle(&mut window);
    assert!(window.query_all_by_label_contains("600,440 ± 18,633 ns/op faster").next().is_some());
}

#[test]
fn profiles_of_other_runs_explain_nothing_in_a_sentence() {
    let mut window = opened(&["bench/base.txt", BASE[0], BASE[1]], &["bench/head.txt", HEAD[0], HEAD[1]]);
    // The outputs of the profiled runs are not compared with the others.
    assert!(window.query_all_by_label_contains("regression: Dedupe/orders=500-2").next().is_some());
    assert!(window.query_all_by_label_contains("BenchmarkDedupe/orders=500 is 600,440").next().is_some());
    let other = Item::Benchmark("Dedupe/orders=10-2".to_owned(), "sec/op".to_owned());
    send(&mut window, Command::Select(other));
    let reason = "the CPU profiles are of Dedupe/orders=500-2, and not of Dedupe/orders=10-2";
    assert!(window.query_all_by_label_contains(reason).next().is_some());
}

#[test]
fn a_profile_that_is_none_of_cpu_time_is_refused_in_a_sentence() {
    let heap = ["bench/dedupe-head.txt", "pprof/heap.pb.gz"];
    let window = opened(&heap, &[]);
    let reason = "heap.pb.gz is no CPU profile: functions of a benchmark are explained by CPU time";
    assert!(window.query_all_by_label_contains(reason).next().is_some());
}

#[test]
fn without_profiles_each_view_says_what_to_add() {
    let mut window = opened(&BASE[..1], &HEAD[..1]);
    for (view, what) in [
        (ViewId::Explained, "which functions it was comes here"),
        (ViewId::FlameGraph, "how they differ is drawn here"),
    ] {
        send(&mut window, Command::ShowView(view));
        assert!(window.query_by_label_contains(what).is_some(), "{view:?}: {}", texts(&window));
    }
}

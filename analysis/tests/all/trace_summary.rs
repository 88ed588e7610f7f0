//! The summaries of goroutines, regions and tasks, against those of Go 1.27.3 for every trace of the corpus.
//!
//! `NAME.summary.json.gz` beside a trace is what Go's own summarizer says. All fields must be equal in
//! [`Counting::LikeGo`]; an absent reason or range is the same as 0.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use goscope_analysis::trace::load::model_of;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::summary::{Counting, ExecStats, GoroutineSummary, RegionSummary, Summarizer};
use goscope_analysis::trace::tasks::TaskIndex;
use goscope_parsers::trace::{Family, Strictness, TaskId, TraceReader};
use serde_json::Value;

use crate::support;

/// Every trace with a reference beside it.
fn references() -> Vec<(PathBuf, PathBuf)> {
    let Some(folder) = support::corpus() else { return Vec::new() };
    let mut found = Vec::new();
    collect(&folder, &mut found);
    found.sort();
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, PathBuf)>) {
    for entry in std::fs::read_dir(folder).expect("a folder that can be listed") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            collect(&path, found);
        } else if let Some(trace) = path.to_string_lossy().strip_suffix(".summary.json.gz") {
            found.push((PathBuf::from(format!("{trace}.trace")), path));
        }
    }
}

/// A member that is a list; none if it is `null`.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn model(path: &Path) -> TraceModel {
    let bytes = std::fs::read(path).expect("a file that can be read");
    let reader = TraceReader::with_strictness(&bytes, Strictness::LikeGo).expect("a trace");
    model_of(reader).expect("nobody cancels")
}

/// One line per fact: what is compared.
fn facts(text: &mut String, prefix: &str, stats: &ExecStats, model: &TraceModel) {
    let tables = model.tables();
    let columns = [
        ("exec", stats.exec),
        ("sched_wait", stats.sched_wait),
        ("syscall", stats.syscall),
        ("syscall_block", stats.syscall_block),
        ("total", stats.total),
        ("unknown", stats.unknown()),
    ];
    for (name, nanos) in columns {
        let _ = writeln!(text, "{prefix} {name} {nanos}");
    }
    let block = stats.block.iter().map(|&(reason, nanos)| (tables.string_lossy(reason).into_owned(), nanos));
    let ranges = stats.ranges.iter().map(|&(name, nanos)| (name.text(tables), nanos));
    let mut rows: Vec<(String, u64)> = block
        .map(|(name, nanos)| (format!("block {name}"), nanos))
        .chain(ranges.map(|(name, nanos)| (format!("range {name}"), nanos)))
        .filter(|&(_, nanos)| nanos != 0)
        .collect();
    rows.sort();
    for (name, nanos) in rows {
        let _ = writeln!(text, "{prefix} {name} {nanos}");
    }
}

fn go_facts(text: &mut String, prefix: &str, stats: &Value) {
    for name in ["exec", "sched_wait", "syscall", "syscall_block", "total", "unknown"] {
        let _ = writeln!(text, "{prefix} {name} {}", stats[name].as_i64().expect("a number"));
    }
    let mut rows = Vec::new();
    for kind in ["block", "range"] {
        for (name, nanos) in stats[kind].as_object().into_iter().flatten() {
            rows.push((format!("{kind} {name}"), nanos.as_i64().expect("a number")));
        }
    }
    rows.retain(|&(_, nanos)| nanos != 0);
    rows.sort();
    for (name, nanos) in rows {
        let _ = writeln!(text, "{prefix} {name} {nanos}");
    }
}

fn region_text(region: &RegionSummary, model: &TraceModel) -> String {
    let row = &model.regions()[region.row];
    let (name, task) = (model.tables().string_lossy(row.name), model.tables().task_number(row.task));
    let mut text = format!("region {name:?} task {task} {:?} {:?}\n", region.begin, region.end);
    facts(&mut text, "region", &region.stats, model);
    text
}

fn go_region_text(region: &Value) -> String {
    let (begin, end) = (region["begin"].as_i64(), region["end"].as_i64());
    let task = region["task"].as_i64().expect("a number");
    let mut text =
        format!("region {:?} task {task} {begin:?} {end:?}\n", region["name"].as_str().unwrap_or_default());
    go_facts(&mut text, "region", region);
    text
}

fn goroutine_text(summary: &GoroutineSummary, model: &TraceModel) -> String {
    let tables = model.tables();
    let frame = tables.frame(summary.start_frame);
    let name = tables.string_lossy(summary.name);
    let mut text = format!("G{} {name:?} pc {}\n", summary.goid, frame.pc);
    let (start, end) = (summary.start.unwrap_or(0), summary.end.unwrap_or(0));
    let _ = writeln!(text, "creation {} start {start} end {end}", summary.creation);
    facts(&mut text, "life", &summary.stats, model);
    let mut regions: Vec<String> = summary.regions.iter().map(|region| region_text(region, model)).collect();
    regions.sort();
    text + &regions.concat()
}

fn go_goroutine_text(goroutine: &Value) -> String {
    let number = |name: &str| goroutine[name].as_i64().expect("a number");
    let name = goroutine["name"].as_str().unwrap_or_default();
    let mut text = format!("G{} {name:?} pc {}\n", number("id"), number("pc"));
    let (creation, start, end) = (number("creation"), number("start"), number("end"));
    let _ = writeln!(text, "creation {creation} start {start} end {end}");
    go_facts(&mut text, "life", goroutine);
    let mut regions: Vec<String> = list(goroutine, "regions").iter().map(go_region_text).collect();
    regions.sort();
    text + &regions.concat()
}

/// The order of simultaneous v1 events differs from run to run in Go, and with it by how many nanoseconds they are
/// set apart.
const V1_SLACK_NANOS: i64 = 32;

/// Whether two lines say the same; numbers may differ by `slack`.
fn is_same(ours: Option<&str>, theirs: Option<&str>, slack: i64) -> bool {
    let (Some(ours), Some(theirs)) = (ours, theirs) else { return ours == theirs };
    let is_near = |(our_word, their_word): (&str, &str)| {
        let numbers = (our_word.parse::<i64>(), their_word.parse::<i64>());
        our_word == their_word
            || matches!(numbers, (Ok(ours), Ok(theirs)) if ours.abs_diff(theirs) <= slack as u64)
    };
    let words = || ours.split(' ').zip(theirs.split(' '));
    ours.split(' ').count() == theirs.split(' ').count() && words().all(is_near)
}

/// The first line that differs.
fn difference(ours: &str, theirs: &str, slack: i64) -> Option<String> {
    if ours == theirs {
        return None;
    }
    let (mut our_lines, mut their_lines) = (ours.lines(), theirs.lines());
    loop {
        let (our_line, their_line) = (our_lines.next(), their_lines.next());
        if our_line.is_none() && their_line.is_none() {
            return None;
        }
        if !is_same(our_line, their_line, slack) {
            return Some(format!("ours {our_line:?} Go's {their_line:?}"));
        }
    }
}

/// A task as a text.
fn task_text(index: &TaskIndex<'_>, id: TaskId) -> String {
    let model = index.model();
    let tables = model.tables();
    let task = model.task(id).expect("a task that is seen");
    let mut children: Vec<u64> = index.children(id).iter().map(|&child| tables.task_number(child)).collect();
    children.sort_unstable();
    let mut goids: Vec<i64> = index.goroutines(id).into_iter().map(|id| tables.goid(id)).collect();
    goids.sort_unstable();
    let name = tables.string_lossy(task.name);
    let (number, is_complete) =
        (tables.task_number(id), task.begin.get().is_some() && task.end.get().is_some());
    format!(
        "task {number} {name:?} {:?} {:?} complete {is_complete} children {children:?} goroutines {goids:?} \
         logs {} regions {}\n",
        task.begin.get(),
        task.end.get(),
        index.logs(id).count(),
        index.regions(id).count()
    )
}

fn go_task_text(task: &Value) -> String {
    let numbers = |name: &str| {
        let mut numbers: Vec<i64> =
            list(task, name).iter().map(|number| number.as_i64().expect("a number")).collect();
        numbers.sort_unstable();
        numbers
    };
    let number = |name: &str| task[name].as_i64();
    format!(
        "task {} {:?} {:?} {:?} complete {} children {:?} goroutines {:?} logs {} regions {}\n",
        number("id").expect("a number"),
        task["name"].as_str().unwrap_or_default(),
        number("begin"),
        number("end"),
        task["complete"] == true,
        numbers("children"),
        numbers("goroutines"),
        number("logs").expect("a number"),
        number("regions").expect("a number")
    )
}

/// For Go the background task is one, too.
fn task_ids(model: &TraceModel) -> impl Iterator<Item = TaskId> + '_ {
    let background = Some(TaskId::BACKGROUND).filter(|&id| model.task(id).is_some());
    background.into_iter().chain(model.task_ids())
}

#[test]
fn tasks_have_the_numbers_of_go() {
    let (mut report, mut compared) = (String::new(), 0);
    for (trace, path) in references() {
        let expected = support::json(&path);
        let model = model(&trace);
        let index = TaskIndex::new(&model);
        let mut ours: Vec<String> = task_ids(&model).map(|id| task_text(&index, id)).collect();
        let mut theirs: Vec<String> = list(&expected, "tasks").iter().map(go_task_text).collect();
        compared += theirs.len();
        ours.sort();
        theirs.sort();
        if let Some(difference) = difference(&ours.concat(), &theirs.concat(), 0) {
            let _ = writeln!(report, "{}: {difference}", trace.display());
        }
    }
    assert!(report.is_empty(), "of {compared}:\n{report}");
}

#[test]
fn goroutines_and_regions_have_the_numbers_of_go() {
    let (mut report, mut compared) = (String::new(), 0);
    for (trace, path) in references() {
        let expected = support::json(&path);
        let model = model(&trace);
        let summarizer = Summarizer::new(&model, Counting::LikeGo);
        let goroutines = list(&expected, "goroutines");
        let name = trace.display();
        let ours: Vec<GoroutineSummary> =
            model.goroutine_ids().filter_map(|id| summarizer.summary(id)).collect();
        // A number that is given to a second goroutine stands for that one in Go.
        let goids: BTreeSet<i64> = ours.iter().map(|own| own.goid).collect();
        if goids.len() != goroutines.len() {
            let _ = writeln!(report, "{name}: {} goroutines, Go has {}", goids.len(), goroutines.len());
        }
        let slack = if model.version().family() == Family::V1 { V1_SLACK_NANOS } else { 0 };
        for theirs in goroutines {
            let goid = theirs["id"].as_i64().expect("a number");
            let Some(own) = ours.iter().rfind(|own| own.goid == goid) else {
                let _ = writeln!(report, "{name}: G{goid} is missing");
                continue;
            };
            let (own, theirs) = (goroutine_text(own, &model), go_goroutine_text(theirs));
            compared += 1;
            if let Some(difference) = difference(&own, &theirs, slack) {
                let _ = writeln!(report, "{name}: G{goid}: {difference}");
            }
        }
    }
    let lines: Vec<&str> = report.lines().collect();
    assert!(lines.is_empty(), "of {compared}, {}:\n{}", lines.len(), lines[..lines.len().min(60)].join("\n"));
}

/// Guards the comparisons above against comparing nothing.
#[test]
fn the_corpus_has_references_if_it_is_there() {
    if support::corpus().is_some() {
        assert!(references().len() > 100);
    }
}

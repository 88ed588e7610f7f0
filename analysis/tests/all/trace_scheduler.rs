//! What stood in the way of goroutines, where they ran, what the collector cost, and the four signals: of small traces
//! by hand, and as laws that hold for every trace.

use std::collections::BTreeMap;

use goscope_analysis::testing::trace;
use goscope_analysis::trace::answers::cpu_widths::{CpuWidths, cpu_flame, cpu_widths, cpu_widths_of_profile};
use goscope_analysis::trace::answers::gc_bill::gc_bill;
use goscope_analysis::trace::answers::population::Population;
use goscope_analysis::trace::answers::runnable::RunnableTime;
use goscope_analysis::trace::answers::scheduler::{Scheduler, SchedulerVerdict, scheduler};
use goscope_analysis::trace::answers::signals::{ERROR_CATEGORY, ErrorRule, SignalsQuestion, signals};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::words::runtime_goroutine::is_runtime_goroutine;
use goscope_parsers::Progress;
use goscope_test_support::{corpus, files_below, sample};
use regex::bytes::Regex;

use crate::support::content;

fn by_function(model: &TraceModel, it: &Scheduler) -> Vec<(String, u64)> {
    let text = |name| model.tables().string_lossy(name).into_owned();
    it.by.iter().map(|row| (text(row.function), row.nanos)).collect()
}

#[test]
fn runnable_time_is_split_by_what_was_in_the_way() {
    let model = trace(
        r#"
        procs: 0 1
        G1 main.ping: 0 runnable, 0 running P0, 10 syscall @ syscall.read<main.ping, 60 runnable, 90 running P0, 100 end
        G2 main.crunch: 5 runnable by G1, 20 running P0, 90 waiting "sleep", 120 runnable, 130 running P0, 140 end
        end: 200
        "#,
    );
    let it = scheduler(&model, None);
    let expected =
        RunnableTime { starved_nanos: 15, lost_p_nanos: 30, wakeup_nanos: 10, ..RunnableTime::default() };
    assert_eq!(it.runnable, expected, "after the system call the P is gone; at 120 nobody has it");
    assert_eq!(by_function(&model, &it), [("main.crunch".to_owned(), 30), ("main.ping".to_owned(), 5)]);
    assert_eq!((it.gomaxprocs, it.proc_nanos), (Some(1), 200));
    assert_eq!((it.running_nanos, it.busy_nanos), (100, 150));
    let part = scheduler(&model, Some(&(60..70)));
    assert_eq!(part.runnable, RunnableTime { lost_p_nanos: 10, ..RunnableTime::default() });
    assert_eq!((part.proc_nanos, part.busy_nanos), (10, 10));
}

#[test]
fn a_process_that_stops_again_and_again_is_said_to_be_stopped() {
    let ms = 1_000_000;
    let mut steps = String::from("G1 main.work: 0 runnable, 0 running P0");
    for at in 0..5_u64 {
        let begin = at * 100 * ms;
        steps += &format!(", {} runnable \"preempted\", {} running P0", begin + 55 * ms, begin + 55 * ms + 1);
        steps += &format!(", {} runnable \"preempted\", {} running P0", begin + 75 * ms, begin + 75 * ms + 1);
        steps += &format!(", {} runnable \"preempted\", {} running P0", begin + 95 * ms, begin + 95 * ms + 1);
    }
    let model = trace(&format!("procs: 0 2\n{steps}\nend: {}", 500 * ms));
    let it = scheduler(&model, None);
    let gaps = it.gaps;
    assert_eq!((gaps.count, gaps.median_nanos, gaps.period_nanos), (5, Some(60 * ms - 1), Some(100 * ms)));
    assert!(gaps.looks_like_quota());
    let stopped =
        it.verdicts.iter().any(|it| matches!(it, SchedulerVerdict::Stopped { share } if *share > 0.5));
    assert!(stopped, "{:?}", it.verdicts);
}

/// `function ran/unsampled: stack nanos, …`
fn widths_text(model: &TraceModel, widths: &CpuWidths) -> Vec<String> {
    let rows = widths.rows.iter().map(|row| {
        let stacks = row.stacks.iter().map(|it| format!("{} {}", it.functions.join("<"), it.nanos));
        let stacks = stacks.collect::<Vec<_>>().join(", ");
        let name = model.tables().string_lossy(row.function).into_owned();
        format!("{name} {}/{}: {stacks}", row.running_nanos, row.unsampled_nanos)
    });
    rows.collect()
}

#[test]
fn running_time_is_divided_among_samples_to_the_nanosecond() {
    let text = r#"
        G1 main.work: 0 runnable, 0 running P0, 100 waiting "sleep", 200 runnable, 200 running P0, 301 end
        G2 main.work: 0 runnable, 400 running P0, 407 end
        G3 main.other: 0 runnable, 500 running P0, 509 end
        region "parse" G1: 200..300
        sample G1 P0: 10 @ main.a<main.work
        sample G1 P0: 20 @ main.b<main.work
        sample G1 P0: 30 @ main.b<main.work
        sample G1 P0: 250 @ main.c<main.work
        sample G3 P0: 505 @ main.d<main.other
        end: 600
        "#;
    let model = trace(text);
    let widths = cpu_widths(&model, &model.range(), None);
    assert_eq!((widths.running_nanos, widths.samples), (217, 5));
    assert_eq!(
        widths_text(&model, &widths),
        [
            // 101 outside of the region, of which the first sample takes what is left over.
            "main.work 208/7: main.c<main.work 100, main.b<main.work 66, main.a<main.work 35",
            "main.other 9/0: main.d<main.other 9",
        ]
    );
    // With five samples, goroutines of the function that have none share in them.
    let model = trace(&format!("{text}\nsample G1 P0: 260 @ main.c<main.work"));
    let rows = widths_text(&model, &cpu_widths(&model, &model.range(), None));
    assert_eq!(rows[0], "main.work 208/0: main.c<main.work 102, main.b<main.work 68, main.a<main.work 38");
}

#[test]
fn samples_of_a_profile_count_by_the_function_of_their_goroutines() {
    let model = trace(
        "G1 main.work: 0 runnable, 0 running P0, 100 end\nG2 main.rare: 0 runnable, 200 running P0, 300 end",
    );
    let stack = |functions: &[&str]| functions.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    let counts = BTreeMap::from([
        ("main.work".to_owned(), vec![(stack(&["main.a", "main.work"]), 4), (stack(&["main.work"]), 3)]),
        ("main.rare".to_owned(), vec![(stack(&["main.rare"]), 4)]),
    ]);
    let widths = cpu_widths_of_profile(&model, &model.range(), &counts);
    assert_eq!(
        widths_text(&model, &widths),
        ["main.work 100/0: main.a<main.work 58, main.work 42", "main.rare 100/100: "]
    );
}

#[test]
fn the_collector_is_paid_for_and_caused_by_whoever_runs() {
    let model = trace(
        r#"
        procs: 0 1
        G1 main.heavy: 0 runnable, 0 running P0, 40 waiting "GC mark assist wait for work", 50 runnable, 50 running P0, 90 end
        G2 main.light: 0 runnable, 100 running P0, 190 end
        task 1 "heavy" G1: 5..80
        task 2 "heavy" G1: 10..70
        task 3 "light" G2: 110..180
        assist G1 P0: 20..60
        stw "GC mark termination" G1: 75..85
        stw "start trace" G1: 1..4
        heap G1: 1 1000
        heap G1: 30 4000
        heap G1: 35 2000
        heap G2: 120 2500
        heap G2: 185 2700
        end: 200
        "#,
    );
    let bill = gc_bill(&model, Some(&Population::Tasks(None)), None);
    assert_eq!((bill.alloc_bytes, bill.rises), (3_700, 3));
    let rows = bill.rows.iter().map(|row| {
        let name = model.tables().string_lossy(row.name).into_owned();
        (name, row.instances, row.assist_nanos, row.assist_wait_nanos, row.stw_nanos, row.alloc_bytes)
    });
    assert_eq!(
        rows.collect::<Vec<_>>(),
        [
            // Two that lie in each other pay twice; what they allocate was allocated once.
            ("heavy".to_owned(), 2, 80, 20, 5, 3_000),
            ("light".to_owned(), 1, 0, 0, 0, 500),
        ]
    );
    let by_function = gc_bill(&model, None, None);
    let light = by_function.rows.iter().find(|row| model.tables().string_lossy(row.name) == "main.light");
    assert_eq!(light.map(|row| row.alloc_bytes), Some(700));
}

#[test]
fn of_a_pause_only_what_lies_on_the_critical_path_is_what_it_cost() {
    let model = trace(
        r#"
        procs: 0 2
        G1 main.f: 0 was running P0, 10 waiting "sleep" @ time.Sleep<main.f, 60 runnable, 90 running P0
        G2 main.gc: 0 was running P1
        task 1 "job" G1: 5..100
        stw "GC mark termination" G2 P1: 20..40
        stw "GC sweep termination" G2 P1: 70..80
        end: 110
        "#,
    );
    let bill = gc_bill(&model, Some(&Population::Tasks(None)), None);
    let [row] = bill.rows.as_slice() else { panic!("{:?}", bill.rows) };
    assert_eq!(
        (row.stw_nanos, row.stw_on_path_nanos),
        (30, 10),
        "while it slept, the first one cost nothing"
    );
    let by_function = gc_bill(&model, None, None);
    assert!(by_function.rows.iter().all(|row| row.stw_on_path_nanos == 0), "lives have no path that matters");
}

#[test]
fn a_flame_graph_of_running_time_has_exact_widths() {
    let model = trace(
        r#"
        G1 main.f: 0 was running P0, 30000000 end
        G2 main.g: 0 was running P1, 700 end
        sample G1 P0: 1000 @ main.a<main.f
        sample G1 P0: 10000000 @ main.a<main.f
        sample G1 P0: 20000000 @ main.b<main.f
        end: 40000000
        "#,
    );
    let profile = cpu_flame(&model, &model.range(), None);
    let stack = |sample: usize| {
        let names = profile.samples.stack(sample).iter().map(|&location| {
            let line = profile.locations.lines(location)[0];
            profile.text(profile.functions[line.function.index()].name).into_owned()
        });
        names.collect::<Vec<_>>().join("<")
    };
    let lines = (0..profile.samples.len()).map(|sample| {
        let values = profile.samples.values(sample);
        format!("{} {} {}", values[0], values[1], stack(sample))
    });
    assert_eq!(
        lines.collect::<Vec<_>>(),
        ["2 20000000 main.a<main.f", "1 10000000 main.b<main.f", "0 700 (no sample says where)<main.g"]
    );
    let none = cpu_flame(&trace("G1 main.f: 0 was running P0\nend: 9"), &(0..9), None);
    assert!(none.samples.is_empty(), "without samples there is nothing to draw");
}

#[test]
fn errors_are_logs_of_the_task_its_descendants_or_its_goroutine() {
    let model = trace(
        r#"
        procs: 0 1
        G1 main.f: 0 runnable, 0 running P0, 100 end
        task 1 "outer" G1: 0..50
        task 2 "inner" G1: 10..20 parent 1
        task 3 "outer" G1: 60..90
        log G1 task 2: 12 "error" "no answer"
        log G1 task 1: 30 "info" "error in the text only"
        log G1: 70 "FATAL" "disk full"
        log G1: 95 "error" "in no task"
        end: 100
        "#,
    );
    let ask = |name: Option<&str>, errors| {
        let population = Population::Tasks(name.map(str::to_owned));
        signals(&model, &SignalsQuestion { population, range: None, errors })
    };
    let pattern = |text| Regex::new(text).expect("a pattern");
    let of_category = || ErrorRule::Category(pattern(ERROR_CATEGORY));
    let all = ask(None, of_category());
    assert_eq!((all.all.count(), all.all.errors.count, all.all.errors.instances), (3, 2, 2));
    let outer = ask(Some("outer"), of_category());
    assert_eq!((outer.all.count(), outer.all.errors.count), (2, 2), "the one of the inner task is theirs");
    assert_eq!(outer.all.begins, [1, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    let by_text = ask(Some("outer"), ErrorRule::Text(pattern("info error in")));
    assert_eq!(by_text.all.errors.count, 1);
    assert_eq!(outer.saturation.busy_share(), Some(1.0));
}

#[test]
fn sums_of_every_trace_add_up() {
    let folders = [Some(sample("trace")), corpus("truths")];
    let paths = folders.iter().flatten().flat_map(|folder| files_below(folder, &[".trace", ".trace.gz"]));
    for path in paths {
        let name = path.display().to_string();
        let model = trace_model(&content(&path), &Progress::new()).expect("a trace");
        let (mut runnable, mut running, mut busy) = (0, 0, 0);
        for id in model.goroutine_ids() {
            let is_user = !is_runtime_goroutine(model.tables().string(model.start_function(id)));
            for span in model.spans(id) {
                let nanos = span.duration_nanos();
                runnable += if is_user && span.state == SpanState::Runnable { nanos } else { 0 };
                running += if span.state == SpanState::Running { nanos } else { 0 };
                busy += if matches!(span.state, SpanState::Running | SpanState::Syscall) { nanos } else { 0 };
            }
        }
        let it = scheduler(&model, None);
        assert_eq!(
            (it.runnable.nanos(), it.running_nanos, it.busy_nanos),
            (runnable, running, busy),
            "{name}"
        );
        assert_eq!(u128::from(runnable), it.latency.total_nanos(), "{name}");
        let widths = cpu_widths(&model, &model.range(), None);
        assert_eq!(widths.running_nanos, running, "{name}");
        for row in &widths.rows {
            let stacks: u64 = row.stacks.iter().map(|stack| stack.nanos).sum();
            assert_eq!(stacks + row.unsampled_nanos, row.running_nanos, "{name}");
        }
        let bill = gc_bill(&model, None, None);
        let booked: u64 = bill.rows.iter().map(|row| row.alloc_bytes).sum();
        assert!(booked <= bill.alloc_bytes, "{name}: {booked} of {}", bill.alloc_bytes);
    }
}

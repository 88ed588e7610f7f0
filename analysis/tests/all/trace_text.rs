//! Each question about a trace, asked of a trace that one can read, with its answer below it.

use std::fmt::Write as _;

use goscope_analysis::testing::{trace, trace_text};
use goscope_analysis::trace::blockers::blocked_stacks;
use goscope_analysis::trace::cause_totals::{cause_totals, sample_totals};
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::folds::profile::{ProfileKind, ProfileRequest, TraceProfiler};
use goscope_analysis::trace::gc::GcLog;
use goscope_analysis::trace::goroutines::{GoroutineFilter, creation_chain, goroutine_rows, related};
use goscope_analysis::trace::groups::{MeasureKind, groups};
use goscope_analysis::trace::instances::{InstanceFilter, InstanceKind, InstanceSet, instances};
use goscope_analysis::trace::latency::{breakdown, longest_spans, slowest};
use goscope_analysis::trace::mmu::MmuCurve;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::mutator_log::MutatorLog;
use goscope_analysis::trace::profile::{FlameKind, flame_profile, flame_profile_of, time_in_regions};
use goscope_analysis::trace::questions::group_areas::group_area;
use goscope_analysis::trace::questions::lane_filter::{FilterMode, LaneFilter};
use goscope_analysis::trace::questions::lane_groups::{Lane, LaneName, LaneOrder, LaneQuery, lanes};
use goscope_analysis::trace::regions::{RegionFilter, region_types};
use goscope_analysis::trace::stw::StwLog;
use goscope_analysis::trace::summary::{Counting, Summarizer};
use goscope_analysis::trace::task_labels::{MOST_KEYS, MOST_VALUES, TaskSums, task_labels};
use goscope_analysis::trace::tasks::{TaskEventKind, TaskFilter, TaskIndex, task_types};
use goscope_analysis::trace::timeline::{ClassNanos, Grid, LaneOwner, PieceContent};
use goscope_analysis::trace::utilization::{GcWork, Scope};
use goscope_parsers::pprof::Profile;
use goscope_parsers::trace::{GoId, StackId, StringId, TaskId};
use insta::assert_snapshot;

/// Two requests and a writer that holds the lock both need; the GC's worker has nothing to do.
const SHOP: &str = r#"
    procs: 0 2
    G1 main.main: 0 was running P0, 4 waiting "chan receive" @ main.main, 92 runnable by G3 @ main.serve, 93 running P0
    G2 main.serve: 1 runnable by G1 @ main.main, 5 running P0, 12 waiting "sync" @ sync.Lock<main.find<main.serve, 40 runnable by G4 @ sync.Unlock<main.write, 41 running P1, 60 end
    G3 main.serve: 2 runnable by G1 @ main.main, 6 running P1, 20 syscall @ read<main.serve, 30 running P1, 32 waiting "sync" @ sync.Lock<main.find<main.serve, 41 runnable by G4 @ sync.Unlock<main.write, 61 running P1, 95 end
    G4 main.write: 3 runnable by G1 @ main.main, 13 running P0, 50 waiting "sleep" @ time.Sleep<main.write
    G5 runtime.gcBgMarkWorker: 0 was waiting "GC worker (idle)"
    task 1 "checkout" G2: 6..58
    task 2 "checkout" G3: 7..94
    task 3 "audit" G3: 8.. parent 2
    region "find" G2 task 1: 10..42
    region "find" G3 task 2: 31..63
    region "find" G3 task 2: 33..62
    log G3 task 2: 62 "cart" "three books"
    sample G2 P0: 10 @ main.parse<main.serve
    sample G4 P0: 20 @ main.sort<main.write
    sample G4 P0: 30 @ main.sort<main.write
    end: 100
"#;

fn shop() -> TraceModel {
    trace(SHOP)
}

fn all(model: &TraceModel, kind: InstanceKind) -> InstanceSet {
    instances(model, &InstanceFilter { kind, ..InstanceFilter::default() })
}

fn tasks(name: &str) -> InstanceKind {
    InstanceKind::Tasks(Some(name.to_owned()))
}

fn text(model: &TraceModel, id: StringId) -> String {
    model.tables().string_lossy(id).into_owned()
}

fn goroutine(model: &TraceModel, id: GoId) -> String {
    if id.is_none() { "none".to_owned() } else { format!("G{}", model.tables().goid(id)) }
}

/// Innermost first, as the traces are written.
fn stack(model: &TraceModel, id: StackId) -> String {
    let frames = model.tables().stack(id).iter().map(|&frame| model.tables().frame(frame).function);
    frames.map(|name| text(model, name)).collect::<Vec<_>>().join("<")
}

fn lines<T>(rows: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> String {
    rows.into_iter().map(|row| line(row) + "\n").collect()
}

/// One line a sample, values first, innermost function first.
fn profile_text(profile: &Profile) -> String {
    lines(0..profile.samples.len(), |sample| {
        let names = profile.samples.stack(sample).iter().map(|&location| {
            let line = profile.locations.lines(location)[0];
            profile.text(profile.functions[line.function.index()].name).into_owned()
        });
        let values = profile.samples.values(sample);
        format!("{} {} {}", values[0], values[1], names.collect::<Vec<_>>().join("<"))
    })
}

#[test]
fn spans_of_goroutines_tile_their_lives() {
    let model = shop();
    let mut found = String::new();
    for id in model.goroutine_ids() {
        let _ = writeln!(found, "{} {}", goroutine(&model, id), text(&model, model.start_function(id)));
        for span in model.spans(id) {
            let cause = model.cause(span.cause).text(model.tables());
            let by = if span.waker.is_some() {
                format!(" by {}", goroutine(&model, span.waker))
            } else {
                String::new()
            };
            let _ = writeln!(found, "  {}..{} {cause}{by}", span.start, span.end);
        }
    }
    assert_snapshot!(found, @r"
    G1 main.main
      0..4 running
      4..92 waiting: chan receive
      92..93 runnable by G3
      93..100 running
    G3 main.serve
      2..6 runnable by G1
      6..20 running
      20..30 syscall
      30..32 running
      32..41 waiting: sync
      41..61 runnable by G4
      61..95 running
    G2 main.serve
      1..5 runnable by G1
      5..12 running
      12..40 waiting: sync
      40..41 runnable by G4
      41..60 running
    G4 main.write
      3..13 runnable by G1
      13..50 running
      50..100 waiting: sleep
    G5 runtime.gcBgMarkWorker
      0..100 waiting: GC worker (idle)
    ");
}

#[test]
fn the_breakdown_says_what_the_time_of_tasks_went_to() {
    let model = shop();
    let found = breakdown(&model, &all(&model, tasks("checkout")));
    let rows = lines(&found.rows, |row| {
        let key = row.key.text(model.tables());
        let (sum, slow) = (row.per_instance.total_nanos(), row.slow_nanos);
        format!("{key}: {sum} in {} spans, {slow} of the slow", row.spans.count())
    });
    let head = format!(
        "wall {} of {}, slow from {}\n",
        found.wall.total_nanos(),
        found.wall.count(),
        found.slow_from_nanos
    );
    assert_snapshot!(head + &rows, @r"
    wall 139 of 2, slow from 87
    running: 71 in 5 spans, 48 of the slow
    waiting: sync: 37 in 2 spans, 9 of the slow
    runnable: 21 in 2 spans, 20 of the slow
    syscall: 10 in 1 spans, 10 of the slow
    ");
}

#[test]
fn the_breakdown_of_goroutines_leaves_out_the_runtimes_own() {
    let model = shop();
    let found = breakdown(&model, &all(&model, InstanceKind::Goroutines));
    let rows = lines(&found.rows, |row| {
        format!("{}: {}", row.key.text(model.tables()), row.per_instance.total_nanos())
    });
    assert_snapshot!(rows, @r"
    running: 124
    waiting: chan receive: 88
    waiting: sleep: 50
    runnable: 40
    waiting: sync: 37
    syscall: 10
    ");
}

#[test]
fn the_slowest_come_first_each_with_the_span_that_made_it_slow() {
    let model = shop();
    let found = slowest(&model, &all(&model, tasks("checkout")), 2);
    let rows = lines(&found, |slow| {
        let parts: Vec<String> = slow
            .parts
            .rows
            .iter()
            .map(|(key, nanos)| format!("{} {nanos}", key.text(model.tables())))
            .collect();
        let longest = slow.longest.map(|span| format!("{}..{}", span.start, span.end)).unwrap_or_default();
        format!(
            "{} {}: {}; longest {longest}",
            goroutine(&model, slow.parts.instance.goroutine),
            slow.parts.instance.nanos(),
            parts.join(", ")
        )
    });
    assert_snapshot!(rows, @r"
    G3 87: running 48, runnable 20, syscall 10, waiting: sync 9; longest 61..95
    G2 52: waiting: sync 28, running 23, runnable 1; longest 12..40
    ");
}

#[test]
fn the_longest_spans_of_a_row_are_cut_at_their_instance() {
    let model = shop();
    let found = all(&model, InstanceKind::Regions(Some("find".to_owned())));
    let key = breakdown(&model, &found).rows[0].key;
    let rows = lines(longest_spans(&model, &found, key, 3), |(span, nanos)| {
        format!("{} {}..{} {nanos}", goroutine(&model, span.goroutine), span.start, span.end)
    });
    assert_snapshot!(key.text(model.tables()) + "\n" + &rows, @r"
    waiting: sync
    G2 12..40 28
    G3 32..41 9
    ");
}

#[test]
fn blocked_stacks_say_who_ended_the_waits() {
    let model = shop();
    let found = blocked_stacks(&model, &all(&model, InstanceKind::Goroutines), 3);
    let rows = lines(&found, |row| {
        let cause = model.cause(row.cause);
        let freed: Vec<String> =
            row.freed_by.iter().map(|it| format!("{} {}", it.nanos, stack(&model, it.stack))).collect();
        format!(
            "{} {} @ {}; unblocked: {}",
            cause.text(model.tables()),
            row.spans.total_nanos(),
            stack(&model, cause.stack),
            freed.join(", ")
        )
    });
    assert_snapshot!(rows, @r"
    waiting: chan receive 88 @ main.main; unblocked: 88 main.serve
    waiting: sleep 50 @ time.Sleep<main.write; unblocked: 50 
    waiting: sync 37 @ sync.Lock<main.find<main.serve; unblocked: 37 sync.Unlock<main.write
    ");
}

#[test]
fn totals_by_cause_tell_stacks_apart() {
    let model = shop();
    let found = all(&model, InstanceKind::Goroutines);
    let totals = lines(cause_totals(&model, &found, |_| true), |total| {
        let cause = model.cause(total.cause);
        format!(
            "{} {} {} @ {}",
            total.count,
            total.nanos,
            cause.text(model.tables()),
            stack(&model, cause.stack)
        )
    });
    let samples = lines(sample_totals(&model, &found), |(at, count)| {
        format!("{count} samples @ {}", stack(&model, at))
    });
    assert_snapshot!(totals + &samples, @r"
    8 124 running @ 
    3 18 runnable @ main.main
    1 88 waiting: chan receive @ main.main
    2 37 waiting: sync @ sync.Lock<main.find<main.serve
    1 10 syscall @ read<main.serve
    2 21 runnable @ sync.Unlock<main.write
    1 50 waiting: sleep @ time.Sleep<main.write
    1 1 runnable @ main.serve
    1 samples @ main.parse<main.serve
    2 samples @ main.sort<main.write
    ");
}

#[test]
fn the_flame_graph_has_the_state_outermost_and_running_time_where_samples_are() {
    let model = shop();
    let wall = flame_profile(&model, &InstanceFilter::default(), FlameKind::Wall);
    assert_snapshot!(profile_text(&wall), @r"
    3 18 main.main<runnable
    1 88 main.main<waiting: chan receive
    2 37 sync.Lock<main.find<main.serve<waiting: sync
    1 10 read<main.serve<syscall
    2 21 sync.Unlock<main.write<runnable
    1 50 time.Sleep<main.write<waiting: sleep
    1 1 main.serve<runnable
    2 41 main.parse<main.serve<running
    6 83 main.sort<main.write<running
    ");
}

#[test]
fn the_flame_graph_of_one_function_and_of_a_region() {
    let model = shop();
    let filter = InstanceFilter {
        goroutines: GoroutineFilter { function: Some("main.write".to_owned()), ..GoroutineFilter::default() },
        ..InstanceFilter::default()
    };
    let cpu = flame_profile(&model, &filter, FlameKind::Cpu);
    let range = model.range();
    let regions = time_in_regions(&model, "find", &GoroutineFilter::default(), &range).expect("regions");
    let blocked = flame_profile_of(&model, &regions, FlameKind::Blocked, &range);
    assert_snapshot!(format!("cpu of main.write\n{}blocked in find\n{}", profile_text(&cpu), profile_text(&blocked)), @r"
    cpu of main.write
    2 20000000 main.sort<main.write
    blocked in find
    2 37 sync.Lock<main.find<main.serve<waiting: sync
    ");
}

#[test]
fn rows_of_goroutines_and_their_relations() {
    let model = shop();
    let ids = GoroutineFilter::default().select(&model, &model.range());
    let rows = lines(goroutine_rows(&model, &ids, &(10..50)), |row| {
        let last = model.cause(row.last).text(model.tables());
        format!(
            "{} {} of {:?}, at last {last}",
            goroutine(&model, row.goroutine.id),
            row.total_nanos,
            row.state_nanos
        )
    });
    let third = model.goroutine_by_number(3).expect("a goroutine");
    let names =
        |ids: Vec<GoId>| ids.into_iter().map(|id| goroutine(&model, id)).collect::<Vec<_>>().join(" ");
    let chain = creation_chain(&model, third).into_iter().map(|it| it.id).collect();
    assert_snapshot!(format!("{rows}related {}\ncreated {}\n", names(related(&model, third, 1)), names(chain)), @r"
    G1 40 of [0, 0, 0, 40, 0, 0], at last waiting: chan receive
    G3 40 of [0, 9, 12, 9, 10, 0], at last runnable
    G2 40 of [0, 1, 11, 28, 0, 0], at last running
    G4 40 of [0, 3, 37, 0, 0, 0], at last running
    related G3 G4
    created G3 G1
    ");
}

#[test]
fn groups_add_up_their_goroutines() {
    let model = shop();
    let ids = GoroutineFilter::default().select(&model, &model.range());
    let found = groups(&Summarizer::new(&model, Counting::Sane), &ids, None);
    let rows = lines(&found, |group| {
        let of = |kind| group.sum(kind);
        format!(
            "{} ×{}: total {}, exec {}, sched wait {}, block {}, syscall {}",
            text(&model, group.name),
            group.count,
            of(MeasureKind::Total),
            of(MeasureKind::Exec),
            of(MeasureKind::SchedWait),
            group.block_sum(),
            of(MeasureKind::Syscall),
        )
    });
    assert_snapshot!(rows, @r"
    main.serve ×2: total 152, exec 76, sched wait 29, block 37, syscall 10
    main.write ×1: total 97, exec 37, sched wait 10, block 50, syscall 0
    main.main ×1: total 100, exec 11, sched wait 1, block 88, syscall 0
    ");
}

#[test]
fn tasks_have_a_tree_and_events_in_order() {
    let model = shop();
    let index = TaskIndex::new(&model);
    let number = |id| model.tables().task_number(id);
    let types = lines(task_types(&model), |it| {
        format!("{} ×{}: {} complete", text(&model, it.name), it.count, it.durations.count())
    });
    let found = lines(TaskFilter::default().select(&index), |(id, elapsed)| {
        format!(
            "task {} {}..{} {}",
            number(id),
            elapsed.begin,
            elapsed.end,
            if elapsed.is_complete { "complete" } else { "open" }
        )
    });
    let second = model.task_by_number(2).expect("a task");
    let below = lines(index.descendants(second), |(id, depth)| {
        format!("{}task {}", "  ".repeat(depth as usize), number(id))
    });
    let events = lines(index.events(second), |event| {
        let what = match event.what {
            TaskEventKind::Begin => "begins",
            TaskEventKind::End => "ends",
            TaskEventKind::Log { .. } => "logs",
            TaskEventKind::RegionBegin { .. } => "enters a region",
            TaskEventKind::RegionEnd { .. } => "leaves a region",
        };
        format!("{} {} {what}", event.time, goroutine(&model, event.goroutine))
    });
    assert_snapshot!(format!("{types}{found}{below}{events}"), @r"
    audit ×1: 0 complete
    checkout ×2: 2 complete
    task 1 6..58 complete
    task 2 7..94 complete
    task 3 8..100 open
    task 2
      task 3
    7 G3 begins
    31 G3 enters a region
    33 G3 enters a region
    62 G3 logs
    62 G3 leaves a region
    63 G3 leaves a region
    94 G3 ends
    ");
}

#[test]
fn what_tasks_log_by_category() {
    let model = trace(
        r#"
        procs: 0 1
        G1 main.serve: 0 running P0
        task 1 "get" G1: 1..11
        task 2 "get" G1: 12..42
        task 3 "put" G1: 43..63
        task 4 "get" G1: 64..
        log G1 task 1: 2 "tenant" "north"
        log G1 task 1: 3 "tenant" "north"
        log G1 task 1: 4 "" "a remark"
        log G1 task 2: 13 "tenant" "south"
        log G1 task 2: 14 "tenant" "north"
        log G1 task 3: 44 "cache" "hit"
        log G1 task 4: 65 "tenant" "west"
        end: 100
        "#,
    );
    let sums = |tasks: &TaskSums| {
        format!(
            "{} tasks, {} complete, {} ns",
            tasks.count,
            tasks.durations.count(),
            tasks.durations.total_nanos()
        )
    };
    let labels = |filter: TaskFilter| {
        let index = TaskIndex::new(&model);
        let found = task_labels(&index, &filter.select(&index), None);
        assert_eq!(found.n_left_out, 0);
        lines(found.keys, |key| {
            let values = lines(key.values, |value| {
                format!("  {}: {}", text(&model, value.message), sums(&value.tasks))
            });
            format!("{}\n{values}  without: {}", text(&model, key.category), sums(&key.without))
        })
    };
    assert_snapshot!(labels(TaskFilter::default()), @r"
    cache
      hit: 1 tasks, 1 complete, 20 ns
      without: 3 tasks, 2 complete, 40 ns
    tenant
      north: 2 tasks, 2 complete, 40 ns
      south: 1 tasks, 1 complete, 30 ns
      west: 1 tasks, 0 complete, 0 ns
      without: 1 tasks, 1 complete, 20 ns
    ");
    assert_snapshot!(labels(TaskFilter { name: Some("get".to_owned()), ..TaskFilter::default() }), @r"
    tenant
      north: 2 tasks, 2 complete, 40 ns
      south: 1 tasks, 1 complete, 30 ns
      west: 1 tasks, 0 complete, 0 ns
      without: 0 tasks, 0 complete, 0 ns
    ");
}

#[test]
fn numbers_that_are_logged_are_not_told_apart_without_end() {
    let mut lines = String::from("procs: 0 1\nG1 main.serve: 0 running P0\n");
    let n_tasks = MOST_VALUES + 5;
    for task in 1..=n_tasks {
        let at = task * 10;
        // Later tasks take longer; every task logs its number, and one in ten as the category.
        let _ = writeln!(lines, "task {task} \"get\" G1: {at}..{}", at + 2 + task % 7);
        let _ = writeln!(lines, "log G1 task {task}: {at} \"id\" \"{task}\"");
        if task % 10 == 0 {
            let _ = writeln!(lines, "log G1 task {task}: {at} \"id {task:05}\" \"yes\"");
        }
    }
    let _ = writeln!(lines, "end: {}", n_tasks * 10 + 100);
    let model = trace(&lines);
    let index = TaskIndex::new(&model);
    let tasks = TaskFilter::default().select(&index);
    let found = task_labels(&index, &tasks, None);
    assert_eq!(found.keys.len(), MOST_KEYS);
    assert_eq!(found.n_left_out, n_tasks / 10 + 1 - MOST_KEYS);
    // One that is asked for is found, also if it is not among them.
    let last = format!("id {:05}", n_tasks / 10 * 10);
    let one = task_labels(&index, &tasks, Some(&last));
    assert_eq!(one.keys.iter().map(|key| text(&model, key.category)).collect::<Vec<_>>(), [last]);
    assert!(found.keys.iter().all(|key| key.category != one.keys[0].category));
    let id = &found.keys[0];
    assert_eq!(text(&model, id.category), "id");
    assert_eq!((id.values.len(), id.n_left_out, id.without.count), (MOST_VALUES, 5, 0));
    // The first took 8 ns, the last that is shown 2 or 3: those left out are the shortest.
    assert_eq!(id.values[0].tasks.durations.total_nanos(), 8);
    assert_eq!(id.values[MOST_VALUES - 1].tasks.durations.total_nanos(), 2);
}

#[test]
fn regions_by_type_and_by_filter() {
    let model = shop();
    let types = lines(region_types(&model), |it| {
        format!(
            "{} ×{}: {} in all",
            text(&model, it.key.name),
            it.durations.count(),
            it.durations.total_nanos()
        )
    });
    let long = RegionFilter { nanos: Some(30..=u64::MAX), ..RegionFilter::default() };
    let rows = lines(long.select(&model), |row| {
        let region = &model.regions()[row];
        format!(
            "{} {}..{} depth {}",
            goroutine(&model, region.goroutine),
            region.begin,
            region.end,
            region.depth
        )
    });
    assert_snapshot!(types + &rows, @r"
    find ×3: 93 in all
    G3 31..63 depth 0
    G2 10..42 depth 0
    ");
}

#[test]
fn lanes_in_groups_by_running_time_and_by_a_filter() {
    let model = shop();
    let print = |query: LaneQuery| {
        lines(lanes(&model, &query).groups, |group| {
            let names = group.lanes.iter().filter_map(|&lane| LaneName::of(&model, lane));
            format!(
                "{}: {}",
                group.title,
                names.map(|name| format!("{name:?}")).collect::<Vec<_>>().join(" ")
            )
        })
    };
    let by_running = print(LaneQuery { order: LaneOrder::Running, ..LaneQuery::default() });
    let (filter, _) = LaneFilter::parse("serve state:sync longer:20");
    let filtered = print(LaneQuery { filter, mode: FilterMode::Only, ..LaneQuery::default() });
    assert_snapshot!(format!("{by_running}filtered\n{filtered}"), @r"
    main.serve: Goroutine(3) Goroutine(2)
    main.write: Goroutine(4)
    main.main: Goroutine(1)
    runtime.gcBgMarkWorker: Goroutine(5)
    filtered
    main.serve: Goroutine(2)
    ");
}

#[test]
fn a_group_is_what_its_lanes_do_together() {
    let model = shop();
    let lane = |number: i64| Lane::Goroutine(model.goroutine_by_number(number).expect("a goroutine"));
    let grid = Grid { column_nanos: 20, first: 0, len: 5 };
    let area = group_area(&model, &[lane(2), lane(3)], &grid);
    let column = |nanos: ClassNanos| {
        let there = SpanClass::ALL.into_iter().filter(|class| nanos[class.index()] > 0);
        let parts: Vec<String> = there.map(|class| format!("{class:?} {}", nanos[class.index()])).collect();
        parts.join(", ")
    };
    assert_snapshot!(format!("most {}\n{}", area.most_nanos, lines(area.columns, column)), @r"
    most 41
    Runnable 8, Running 21, Sync 8
    Running 2, Syscall 10, Sync 29
    Runnable 20, Running 19
    Runnable 1, Running 19
    Running 15
    ");
    let tasks: Vec<Lane> = model.task_ids().filter(|id| *id != TaskId::BACKGROUND).map(Lane::Task).collect();
    let area = group_area(&model, &tasks, &grid);
    assert_snapshot!(lines(area.columns, column), @r"
    Unknown 39
    Unknown 60
    Unknown 58
    Unknown 40
    Unknown 34
    ");
}

#[test]
fn pieces_of_a_lane_join_what_is_shorter_than_a_column() {
    let model = shop();
    let third = LaneOwner::Goroutine(model.goroutine_by_number(3).expect("a goroutine"));
    let found = model.lanes().pieces(third, &Grid { column_nanos: 25, first: 0, len: 4 });
    let rows = lines(found.pieces, |piece| match piece.content {
        PieceContent::Span(class, _) => format!("{}..{} {class:?}", piece.start, piece.end),
        PieceContent::Sum { count, nanos } => {
            let parts = SpanClass::ALL.into_iter().filter(|class| nanos[class.index()] > 0);
            let parts: Vec<String> =
                parts.map(|class| format!("{class:?} {}", nanos[class.index()])).collect();
            format!("{}..{} {count} spans: {}", piece.start, piece.end, parts.join(", "))
        }
    });
    assert_snapshot!(rows, @r"
    2..30 3 spans: Runnable 4, Running 14, Syscall 10
    30..61 3 spans: Runnable 20, Running 2, Sync 9
    61..95 Running
    ");
}

#[test]
fn go_counts_what_has_ended_and_only_after_the_first_run() {
    let found = trace_text(SHOP);
    let profile = |kind| {
        let mut profiler =
            TraceProfiler::new(ProfileRequest { kind, function: None, region: None, range: None });
        found.events.iter().for_each(|event| profiler.event(event, &found.tables));
        profile_text(&profiler.finish(&found.tables).expect("a profile"))
    };
    assert_snapshot!(format!("sync\n{}sched\n{}", profile(ProfileKind::Sync), profile(ProfileKind::Sched)), @r"
    sync
    1 88 main.main
    2 37 sync.Lock<main.find<main.serve
    sched
    2 21 sync.Unlock<main.write
    1 1 main.serve
    ");
}

#[test]
fn pauses_and_cycles_of_the_gc() {
    let found = trace_text(
        r#"
        procs: 0 4
        heap: 1 4000
        goal: 1 4200
        G1 main.main: 0 was running P0
        stw "GC sweep termination" G1: 10..12
        gc: 12..30
        assist G1: 14..17
        stw "GC mark termination" G1: 30..33
        end: 50
        "#,
    );
    let (mut stw, mut gc) = (StwLog::default(), GcLog::default());
    for event in &found.events {
        stw.event(event, &found.tables);
        gc.event(event, &found.tables);
    }
    let pauses = stw.finish();
    let names = |id: StringId| found.tables.string_lossy(id).into_owned();
    let stopped = lines(&pauses, |pause| format!("{}..{} {}", pause.begin, pause.end, names(pause.kind)));
    let cycles = gc.finish();
    let marked = lines(&cycles.cycles, |cycle| {
        let span = cycle.mark_span(&(0..50));
        format!(
            "mark {}..{}, assists {}, heap {:?} before",
            span.start, span.end, cycle.assists.nanos, cycle.heap_before
        )
    });
    assert_snapshot!(stopped + &marked, @r"
    10..12 GC sweep termination
    30..33 GC mark termination
    mark 12..30, assists 3, heap Some(4000) before
    ");
}

/// Two Ps: a pause takes both of them, an assist takes one.
#[test]
fn the_worst_windows_of_each_length_hold_the_pause_or_the_assist() {
    let found = trace_text(
        r#"
        procs: 0 2
        G1 main.main: 0 was running P0
        stw "GC sweep termination" G1: 10..12
        gc: 12..30
        assist G1 P0: 14..17
        stw "GC mark termination" G1: 30..33
        end: 50
        "#,
    );
    let mut mutators = MutatorLog::default();
    found.events.iter().for_each(|event| mutators.event(event, &found.tables));
    let curve = MmuCurve::new(&mutators.utilization(GcWork::DEFAULT, Scope::System)).expect("GOMAXPROCS");
    assert_snapshot!(lines([2, 4, 10, 23, 50], |window| format!("{window}: {:.3}", curve.mmu(window))), @r"
    2: 0.000
    4: 0.250
    10: 0.650
    23: 0.717
    50: 0.870
    ");
}

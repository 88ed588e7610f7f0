//! What lanes draw is what is in the spans: every span once, with its exact time, for any grid, in few look-ups.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::class::SpanClass;
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::{Span, SpanId, TraceModel};
use goscope_analysis::trace::questions::group_areas::group_area;
use goscope_analysis::trace::questions::lane_groups::Lane;
use goscope_analysis::trace::rows::SampleRow;
use goscope_analysis::trace::timeline::{ClassNanos, Grid, LaneOwner, Mark, Piece, PieceContent, StackBox};
use goscope_parsers::Progress;
use goscope_parsers::trace::{GoId, ProcId, StringId, TaskId, ThreadId, Time};
use goscope_test_support::{corpus, files_below, sample};
use proptest::prelude::*;

fn trace_paths() -> Vec<PathBuf> {
    let folders = [Some(sample("trace")), corpus("trace")];
    let mut paths: Vec<PathBuf> =
        folders.iter().flatten().flat_map(|folder| files_below(folder, &[".trace"])).collect();
    paths.sort();
    paths
}

/// A trace with its spans lane by lane, found by walking over all of them.
struct Known {
    name: String,
    model: TraceModel,
    lanes: Vec<(LaneOwner, Vec<Span>)>,
}

fn all_known() -> &'static [Known] {
    static KNOWN: OnceLock<Vec<Known>> = OnceLock::new();
    KNOWN.get_or_init(|| trace_paths().iter().filter_map(|path| known(path)).collect())
}

fn known(path: &Path) -> Option<Known> {
    let bytes = std::fs::read(path).expect("a file that can be read");
    let model = trace_model(&bytes, &Progress::new()).ok()?;
    let mut lanes = Vec::new();
    let mut by_proc: BTreeMap<ProcId, Vec<Span>> = BTreeMap::new();
    for id in model.goroutine_ids() {
        let spans: Vec<Span> = model.spans(id).collect();
        for span in spans.iter().filter(|span| span.state == SpanState::Running && span.proc.is_some()) {
            by_proc.entry(span.proc).or_default().push(*span);
        }
        lanes.push((LaneOwner::Goroutine(id), spans));
    }
    let mut by_thread: BTreeMap<ThreadId, Vec<Span>> = BTreeMap::new();
    for (proc, mut runs) in by_proc {
        runs.sort_by_key(|run| run.start);
        let first = model.bindings().iter().find(|row| row.proc == proc);
        for run in &runs {
            let bound = model.thread_of(proc, run.start);
            let thread = if bound.is_some() { bound } else { first.map_or(bound, |row| row.thread) };
            if thread.is_some() {
                by_thread.entry(thread).or_default().push(*run);
            }
        }
        lanes.push((LaneOwner::Proc(proc), runs));
    }
    for (thread, mut runs) in by_thread {
        runs.sort_by_key(|run| run.start);
        lanes.push((LaneOwner::Thread(thread), runs));
    }
    Some(Known { name: path.display().to_string(), model, lanes })
}

fn class_of(model: &TraceModel, span: &Span) -> SpanClass {
    SpanClass::of_cause(model.cause(span.cause), model.tables())
}

/// Time by class of spans, added up one by one.
fn naive(model: &TraceModel, spans: &[Span]) -> ClassNanos {
    let mut nanos = [0; SpanClass::COUNT];
    for span in spans {
        nanos[class_of(model, span).index()] += span.duration_nanos();
    }
    nanos
}

/// Checks one lane in one grid.
fn check(known: &Known, owner: LaneOwner, spans: &[Span], grid: &Grid) {
    let (model, what) = (&known.model, format!("{} {owner:?} {grid:?}", known.name));
    let found = model.lanes().pieces(owner, grid);
    let time = grid.time();
    let before = spans.partition_point(|span| span.start < time.start);
    let entering = before.checked_sub(1).map(|at| &spans[at]).filter(|span| span.end > time.start);
    assert_eq!(
        found.entering.map(|piece| (piece.first, piece.start..piece.end)),
        entering.map(|span| (span.id, span.start..span.end)),
        "{what}"
    );
    let mut rest = &spans[before..spans.partition_point(|span| span.start < time.end)];
    for piece in &found.pieces {
        let count = match piece.content {
            PieceContent::Span(..) => 1,
            PieceContent::Sum { count, .. } => usize::try_from(count).expect("a count of spans"),
        };
        assert!(count <= rest.len(), "{what}: {piece:?} of {}", rest.len());
        let (of_piece, after) = rest.split_at(count);
        rest = after;
        check_piece(model, piece, of_piece, &what);
        check_columns(of_piece, grid, &what);
    }
    assert_eq!(rest, [], "{what}: every span is in a piece");
    let all = &spans[before..spans.partition_point(|span| span.start < time.end)];
    assert_eq!(model.lanes().sum(owner, &time), (all.len() as u64, naive(model, all)), "{what}");
    assert!(found.n_columns <= grid.len, "{what}");
}

fn check_piece(model: &TraceModel, piece: &Piece, spans: &[Span], what: &str) {
    let (first, last) = (&spans[0], &spans[spans.len() - 1]);
    assert_eq!((piece.first, piece.start), (first.id, first.start), "{what}");
    assert!(piece.end >= last.end, "{what}: {piece:?}");
    match piece.content {
        PieceContent::Span(class, cause) => {
            assert_eq!((class, cause), (class_of(model, first), first.cause), "{what}");
            assert_eq!(piece.end, last.end, "{what}");
        }
        PieceContent::Sum { nanos, .. } => assert_eq!(nanos, naive(model, spans), "{what}: {piece:?}"),
    }
}

/// Spans that are drawn together begin in one column and are shorter than it.
fn check_columns(spans: &[Span], grid: &Grid, what: &str) {
    if let [first, .., last] = spans {
        let column = |span: &Span| span.start.div_euclid(grid.column_nanos);
        assert_eq!(column(first), column(last), "{what}");
        assert!(spans.iter().all(|span| span.duration_nanos() < grid.column_nanos as u64), "{what}");
    }
}

#[test]
fn every_span_is_drawn_once_with_its_exact_time_at_every_zoom() {
    for known in all_known() {
        let Range { start, end } = known.model.range();
        for (owner, spans) in &known.lanes {
            for shift in [6, 12, 18, 24, 40] {
                let column_nanos = 1_i64 << shift;
                let first = start.div_euclid(column_nanos);
                let len = (end.div_euclid(column_nanos) + 1 - first).min(2_000);
                let len = u32::try_from(len).expect("not many columns");
                check(known, *owner, spans, &Grid { column_nanos, first, len });
            }
        }
    }
}

#[test]
fn a_class_of_a_goroutine_has_the_time_of_all_its_spans() {
    for known in all_known() {
        for (owner, spans) in &known.lanes {
            if let LaneOwner::Goroutine(id) = owner {
                assert_eq!(
                    known.model.lanes().class_nanos(*id),
                    naive(&known.model, spans),
                    "{}",
                    known.name
                );
            }
        }
    }
}

#[test]
fn the_columns_of_a_group_have_all_the_time_of_its_lanes() {
    for Known { name, model, lanes } in all_known() {
        let range = model.range();
        let grid = grid_of(&range, ((range.end - range.start) / 97).max(1));
        let ids = lanes.iter().filter_map(|(owner, _)| match owner {
            LaneOwner::Goroutine(id) => Some(*id),
            LaneOwner::Proc(_) | LaneOwner::Thread(_) => None,
        });
        let ids: Vec<GoId> = ids.collect();
        let group: Vec<Lane> = ids.iter().map(|&id| Lane::Goroutine(id)).collect();
        let area = group_area(model, &group, &grid);
        let mut found = ClassNanos::default();
        let mut expected = ClassNanos::default();
        for column in &area.columns {
            found.iter_mut().zip(column).for_each(|(sum, nanos)| *sum += nanos);
        }
        for &id in &ids {
            let (_, nanos) = model.lanes().sum(LaneOwner::Goroutine(id), &grid.time());
            expected.iter_mut().zip(nanos).for_each(|(sum, nanos)| *sum += nanos);
        }
        assert_eq!(found, expected, "{name}");
        let sums: Vec<u64> = area.columns.iter().map(|column| column.iter().sum()).collect();
        assert_eq!(Some(&area.most_nanos), sums.iter().max(), "{name}");
    }
}

#[test]
fn a_goroutine_is_found_by_its_number() {
    for Known { name, model, .. } in all_known() {
        for id in model.goroutine_ids() {
            let goid = model.tables().goid(id);
            let found = model.goroutine_by_number(goid).expect("a goroutine of that number");
            assert_eq!(model.tables().goid(found), goid, "{name}");
        }
        assert_eq!(model.goroutine_by_number(-7), None, "{name}");
    }
}

#[test]
fn drawing_lanes_quickly_takes_a_third_of_the_memory_of_the_spans_at_most() {
    for Known { name, model, .. } in all_known() {
        let (beside, spans) = (model.timeline_bytes(), model.span_bytes());
        // In small traces it is Ps that change their thread all the time.
        let changes = 32 * (model.bindings().len() + model.proc_rows().len());
        let samples = 64 * model.samples().len();
        assert!(beside <= spans / 3 + changes + samples + 4_096, "{beside} bytes beside {spans} in {name}");
    }
}

/// Checks what lies on top of the spans of a goroutine.
fn check_marks(known: &Known, id: GoId, grid: &Grid) {
    let (model, what) = (&known.model, format!("{} {id:?} {grid:?}", known.name));
    let time = grid.time();
    let regions: Vec<_> = model.regions_of(id).iter().filter(|region| !region.is_inherited).collect();
    let seen = |begin: Time, end: Time| begin < time.end && (begin >= time.start || end > time.start);
    let expected = regions.iter().filter(|region| seen(region.begin, region.end)).count();
    let pieces = model.lanes().region_pieces(id, grid);
    assert_eq!(pieces.iter().map(|piece| piece.count).sum::<usize>(), expected, "{what}: {pieces:?}");
    for piece in pieces {
        let region = &model.regions()[piece.row];
        assert_eq!((region.goroutine, region.begin), (id, piece.start), "{what}");
        assert!(piece.count > 1 || region.end == piece.end, "{what}");
    }
    let marked = |marks: &[Mark]| marks.iter().map(|mark| mark.count).sum::<usize>();
    let logs = model.logs().iter().filter(|log| log.goroutine == id && time.contains(&log.time));
    assert_eq!(marked(&model.lanes().log_marks(id, grid)), logs.count(), "{what}");
    let samples = model.samples().iter().filter(|row| row.goroutine == id && time.contains(&row.time));
    assert_eq!(
        marked(&model.lanes().sample_marks(LaneOwner::Goroutine(id), grid)),
        samples.count(),
        "{what}"
    );
    let logs = model.logs().iter().filter(|log| log.goroutine == id);
    assert_eq!(model.lanes().log_count(id), logs.count(), "{what}");
    let levels = regions.iter().map(|region| u16::from(region.depth) + 1).max();
    assert_eq!(model.lanes().region_levels(id), levels.unwrap_or(0), "{what}");
}

#[test]
fn every_region_message_and_sample_is_drawn() {
    for known in all_known() {
        let Range { start, end } = known.model.range();
        for id in known.model.goroutine_ids().step_by(7) {
            for shift in [10, 16, 20, 24, 40] {
                let column_nanos = 1_i64 << shift;
                let first = start.div_euclid(column_nanos);
                let len = (end.div_euclid(column_nanos) + 1 - first).min(2_000);
                let len = u32::try_from(len).expect("not many columns");
                check_marks(known, id, &Grid { column_nanos, first, len });
                check_marks(
                    known,
                    id,
                    &Grid { column_nanos, first: first + i64::from(len / 3), len: len / 5 },
                );
            }
        }
    }
}

#[test]
fn whom_a_goroutine_woke_is_found() {
    for Known { name, model, lanes } in all_known() {
        let mut expected: BTreeMap<GoId, Vec<Span>> = BTreeMap::new();
        for (owner, spans) in lanes {
            if matches!(owner, LaneOwner::Goroutine(_)) {
                for span in spans.iter().filter(|span| span.waker.is_some()) {
                    expected.entry(span.waker).or_default().push(*span);
                }
            }
        }
        let Range { start, end } = model.range();
        for id in model.goroutine_ids() {
            let mut woken = expected.remove(&id).unwrap_or_default();
            woken.sort_by_key(|span| (span.start, span.id));
            assert_eq!(model.woken_by(id, start..end + 1, usize::MAX), woken, "{name} {id:?}");
            let middle = start + (end - start) / 2;
            woken.retain(|span| span.start < middle);
            assert_eq!(model.woken_by(id, start..middle, usize::MAX), woken, "{name} {id:?}");
            woken.truncate(2);
            assert_eq!(model.woken_by(id, start..middle, 2), woken, "{name} {id:?}");
        }
    }
}

#[test]
fn the_thread_of_every_run_is_that_on_whose_lane_it_is() {
    for Known { name, model, lanes } in all_known() {
        for (owner, runs) in lanes {
            if let LaneOwner::Thread(thread) = owner {
                for run in runs.iter().filter(|run| run.start < run.end) {
                    assert_eq!(
                        model.lanes().thread_running(run.proc, run.start),
                        Some(*thread),
                        "{name} {run:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn the_regions_of_a_task_are_those_that_name_it() {
    for Known { name, model, .. } in all_known() {
        for id in model.task_ids().filter(|&id| id != TaskId::BACKGROUND) {
            let found: Vec<usize> = model.lanes().task_regions(id).collect();
            let regions = model.regions();
            let is_wanted = |row: &usize| regions[*row].task == id && !regions[*row].is_inherited;
            assert_eq!(found.len(), (0..regions.len()).filter(is_wanted).count(), "{name} {id:?}");
            assert!(found.iter().all(is_wanted), "{name} {id:?}");
            assert!(found.is_sorted_by_key(|&row| regions[row].begin), "{name} {id:?}");
        }
    }
}

#[test]
fn every_region_of_a_task_is_drawn() {
    for Known { name, model, .. } in all_known() {
        let Range { start, end } = model.range();
        for id in model.task_ids().filter(|&id| id != TaskId::BACKGROUND) {
            let regions: Vec<_> = model.lanes().task_regions(id).map(|row| &model.regions()[row]).collect();
            for (shift, from) in [(10, 0.3), (16, 0.4), (20, 0.5), (24, 0.0), (40, 0.0)] {
                let column_nanos = 1_i64 << shift;
                let first = (start + ((end - start) as f64 * from) as i64).div_euclid(column_nanos);
                let grid = Grid { column_nanos, first, len: 1_000 };
                let (time, what) = (grid.time(), format!("{name} {id:?} {grid:?}"));
                let seen =
                    |begin: Time, end: Time| begin < time.end && (begin >= time.start || end > time.start);
                let n_seen = regions.iter().filter(|region| seen(region.begin, region.end)).count();
                let pieces = model.lanes().task_region_pieces(id, &grid);
                assert_eq!(pieces.iter().map(|piece| piece.count).sum::<usize>(), n_seen, "{what}");
                for piece in pieces {
                    let region = &model.regions()[piece.row];
                    assert_eq!((region.task, region.begin), (id, piece.start), "{what}");
                    assert!(piece.count > 1 || region.end == piece.end, "{what}");
                }
            }
        }
    }
}

/// The samples of a lane, in order of time, each with the functions of its stack, outermost first.
fn samples_of(model: &TraceModel, owner: LaneOwner) -> Vec<(Time, Vec<StringId>)> {
    let is_wanted = |row: &&SampleRow| match owner {
        LaneOwner::Goroutine(id) => row.goroutine == id,
        LaneOwner::Proc(id) => row.proc == id,
        LaneOwner::Thread(id) => row.thread == id,
    };
    let tables = model.tables();
    let functions = |row: &SampleRow| {
        tables.stack(row.stack).iter().rev().map(|&frame| tables.frame(frame).function).collect()
    };
    model.samples().iter().filter(is_wanted).map(|row| (row.time, functions(row))).collect()
}

fn grid_of(time: &Range<Time>, column_nanos: i64) -> Grid {
    let first = time.start.div_euclid(column_nanos);
    let len = time.end.div_euclid(column_nanos) + 1 - first;
    Grid { column_nanos, first, len: u32::try_from(len).unwrap_or(u32::MAX) }
}

#[test]
fn every_sample_is_in_a_box_of_its_function_at_every_depth_and_zoom() {
    let mut n_boxes = 0;
    for Known { name, model, lanes } in all_known() {
        for &(owner, _) in lanes {
            let samples = samples_of(model, owner);
            let deepest = samples.iter().map(|(_, stack)| stack.len()).max().unwrap_or(0);
            assert_eq!(
                model.lanes().sample_extent(owner),
                (samples.len(), deepest as u16),
                "{name} {owner:?}"
            );
            assert_eq!(
                model.lanes().samples_from(owner, Time::MIN).count(),
                samples.len(),
                "{name} {owner:?}"
            );
            for column_nanos in [1, 1 << 12, 1 << 20, 1 << 26, 1 << 40] {
                let columns = model.lanes().sample_columns(owner, &grid_of(&model.range(), column_nanos));
                for depth in 0..deepest {
                    let boxes = model.lanes().stack_boxes(&columns, depth as u16);
                    let what = format!("{name} {owner:?} {column_nanos} {depth}");
                    check_boxes(&samples, &boxes, depth, &what);
                    n_boxes += boxes.len();
                }
            }
        }
    }
    assert!(n_boxes > 1_000, "{n_boxes} boxes in samples of the project");
}

fn check_boxes(samples: &[(Time, Vec<StringId>)], boxes: &[StackBox], depth: usize, what: &str) {
    assert!(boxes.is_sorted_by(|one, next| one.end <= next.start), "{what}: they do not overlap");
    for (time, stack) in samples {
        let of_sample: Vec<&StackBox> =
            boxes.iter().filter(|found| (found.start..=found.end).contains(time)).collect();
        let fits =
            |found: &&&StackBox| found.function.is_none() || found.function == stack.get(depth).copied();
        if stack.len() > depth {
            assert!(of_sample.iter().any(|found| fits(&found)), "{what}: {time} in {of_sample:?}");
        }
    }
    for found in boxes.iter().filter(|found| found.function.is_some()) {
        let inside = samples.iter().filter(|(time, _)| (found.start..=found.end).contains(time));
        let of_function = inside.filter(|(_, stack)| stack.get(depth).copied() == found.function);
        assert!(of_function.count() >= found.count, "{what}: {found:?}");
    }
}

#[test]
fn a_box_ends_where_its_goroutine_stops_running() {
    for Known { name, model, lanes } in all_known() {
        for (owner, spans) in lanes {
            let columns = model.lanes().sample_columns(*owner, &grid_of(&model.range(), 1));
            // A sample that was taken while the state changed is a moment of no length.
            for found in model.lanes().stack_boxes(&columns, 0).iter().filter(|found| found.start < found.end)
            {
                let of_box = spans.iter().filter(|span| span.start < found.end && span.end > found.start);
                for span in of_box {
                    assert!(span.state.is_executing(), "{name} {owner:?}: {found:?} in {span:?}");
                }
            }
        }
    }
}

#[test]
fn a_box_stays_the_same_when_one_looks_at_its_middle_only() {
    for Known { name, model, lanes } in all_known() {
        for &(owner, _) in lanes {
            let whole = model.lanes().sample_columns(owner, &grid_of(&model.range(), 1));
            for depth in [0, 1, 5] {
                for found in model.lanes().stack_boxes(&whole, depth) {
                    let middle = found.start + (found.end - found.start) / 2;
                    let columns = model.lanes().sample_columns(owner, &grid_of(&(middle..middle + 1), 1));
                    let boxes = model.lanes().stack_boxes(&columns, depth);
                    assert!(boxes.contains(&found), "{name} {owner:?} {depth}: {found:?} of {boxes:?}");
                }
            }
        }
    }
}

#[test]
fn lanes_of_what_is_not_there_are_empty() {
    let known = &all_known()[0];
    let grid = Grid { column_nanos: 1, first: 0, len: 100 };
    for owner in [LaneOwner::Proc(ProcId(9_999)), LaneOwner::Thread(ThreadId(9_999))] {
        let found = known.model.lanes().pieces(owner, &grid);
        assert_eq!((found.entering, found.pieces), (None, Vec::new()));
    }
    assert_eq!(known.model.span(SpanId(u32::MAX)), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn pieces_hold_for_any_grid(
        trace in any::<prop::sample::Index>(),
        lane in any::<prop::sample::Index>(),
        at in 0.0..1.0_f64,
        column_nanos in prop_oneof![1_i64..100, 1_i64..100_000, 1_i64..1_000_000_000],
        len in 0_u32..500,
    ) {
        let known = trace.get(all_known());
        prop_assume!(!known.lanes.is_empty());
        let (owner, spans) = lane.get(&known.lanes);
        let whole = known.model.range();
        let moment = whole.start + ((whole.end - whole.start) as f64 * at) as i64;
        check(known, *owner, spans, &Grid { column_nanos, first: moment / column_nanos, len });
    }
}

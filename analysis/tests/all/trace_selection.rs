//! What a selection shows is taken from sums where they are there; it must be what one gets by looking at every span.

use std::collections::BTreeSet;

use goscope_analysis::histogram::{DurationHistogram, LengthBars};
use goscope_analysis::trace::build::{Builder, Reading};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::cause_totals::{cause_totals, sample_totals};
use goscope_analysis::trace::goroutine_times::GoroutineTimes;
use goscope_analysis::trace::goroutines::{
    GoroutineFilter, IdleGoroutines, SystemGoroutines, goroutine_rows,
};
use goscope_analysis::trace::instances::{Instance, InstanceFilter, InstanceKind, InstanceSet, instances};
use goscope_analysis::trace::latency::{breakdown, longest_spans, slowest};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{
    Event, EventKind, GoId, GoState, ProcId, StackId, StringId, Tables, TaskId, ThreadId, Time, TraceReader,
    TraceVersion,
};
use proptest::prelude::*;

use crate::{support, walked};

/// The model of a trace, in blocks of so many spans.
fn model_in_blocks(data: &[u8], block_spans: usize) -> TraceModel {
    let mut reader = TraceReader::new(data).expect("a trace");
    let mut builder = Builder::with_block_spans(block_spans);
    while let Some(chunk) = reader.next_chunk() {
        builder.chunk(chunk.events, chunk.tables);
    }
    let (version, lost_share) = (reader.version(), reader.lost_share());
    let (tables, problems) = reader.into_tables();
    TraceModel::new(builder.finish(Reading { version, tables, problems, lost_share }))
}

/// All answers to a selection of goroutines are those of looking at every span.
#[track_caller]
fn assert_is_walked(model: &TraceModel, filter: &InstanceFilter) {
    let (found, list) = (instances(model, filter), walked::goroutines(model, filter));
    assert_eq!(found.list(model), list, "{filter:?}");
    assert_eq!(found.count(), list.len() as u64);
    assert_answers_are_walked(model, &found, &list, filter);
    let range = filter.range.clone().unwrap_or_else(|| model.range());
    let ids: Vec<GoId> = list.iter().map(|instance| instance.goroutine).collect();
    for (row, instance) in goroutine_rows(model, &ids, &range).iter().zip(&list) {
        assert_eq!((row.state_nanos, row.last), walked::states(model, instance, &range), "{filter:?}");
        assert_eq!(row.total_nanos, instance.nanos());
    }
    if filter.nanos.is_none() {
        assert_table_is_walked(model, &list, (&filter.goroutines, &range));
    }
}

/// The columns of the table of goroutines are what their spans say.
#[track_caller]
fn assert_table_is_walked(
    model: &TraceModel,
    list: &[Instance],
    (goroutines, range): (&GoroutineFilter, &std::ops::Range<Time>),
) {
    let times = GoroutineTimes::new(model, goroutines, range);
    assert_eq!(times.len(), list.len());
    for (row, instance) in list.iter().enumerate() {
        assert_eq!(times.goroutine(row), instance.goroutine);
        assert_eq!(times.total_nanos(row), instance.nanos());
        let (nanos, _) = walked::states(model, instance, range);
        for state in &SpanState::ALL[1..] {
            assert_eq!(times.nanos(row, *state), nanos[state.index()], "{state:?} {instance:?} {range:?}");
        }
    }
}

#[track_caller]
fn assert_answers_are_walked(
    model: &TraceModel,
    found: &InstanceSet,
    list: &[Instance],
    filter: &InstanceFilter,
) {
    let (whole, expected) = (breakdown(model, found), walked::breakdown(model, list));
    for (row, of_walk) in whole.rows.iter().zip(&expected.rows) {
        assert_eq!(row.key, of_walk.key, "{filter:?}");
        assert_eq!(row.spans, of_walk.spans, "{:?} {filter:?}", row.key);
        assert_eq!(row.per_instance, of_walk.per_instance, "{:?} {filter:?}", row.key);
        assert_eq!(row.slow_nanos, of_walk.slow_nanos, "{:?} {filter:?}", row.key);
    }
    assert_eq!(format!("{whole:?}"), format!("{expected:?}"), "{filter:?}");
    let slow = slowest(model, found, 7).into_iter().map(|it| (it.parts.instance, it.parts.rows, it.longest));
    assert_eq!(slow.collect::<Vec<_>>(), walked::slowest(model, list, 7), "{filter:?}");
    for row in &whole.rows {
        let longest = longest_spans(model, found, row.key, 5);
        assert_eq!(longest, walked::longest_spans(model, list, row.key, 5), "{:?} {filter:?}", row.key);
    }
    let totals = cause_totals(model, found, |_| true);
    assert_eq!(totals, walked::cause_totals(model, list), "{filter:?}");
    assert_eq!(sample_totals(model, found), walked::sample_totals(model, list), "{filter:?}");
    let mut by_magnitude = vec![0; 65];
    list.iter().for_each(|it| by_magnitude[(64 - it.nanos().leading_zeros()) as usize] += 1);
    let mut counts = found.count_by(model, |nanos| (64 - nanos.leading_zeros()) as usize);
    counts.resize(65, 0);
    assert_eq!(counts, by_magnitude, "{filter:?}");
}

/// All answers to a selection of tasks or regions are those of looking at every span.
#[track_caller]
fn assert_marks_are_walked(model: &TraceModel, filter: &InstanceFilter) {
    let (found, list) = (instances(model, filter), walked::marks(model, filter));
    assert_eq!(found.list(model), list, "{filter:?}");
    assert_eq!(found.count(), list.len() as u64);
    assert_answers_are_walked(model, &found, &list, filter);
}

/// Lengths that a brush may choose: the slower half, a few bars in the middle, one length.
fn some_lengths(list: &[Instance]) -> Vec<std::ops::RangeInclusive<u64>> {
    let mut lengths: Vec<u64> = list.iter().map(Instance::nanos).collect();
    lengths.sort_unstable();
    let Some(&longest) = lengths.last() else { return Vec::new() };
    let at = |part: usize| lengths[(lengths.len() - 1) * part / 8];
    let bars = lengths.iter().copied().collect::<DurationHistogram>().length_bars();
    let mut counts = vec![0; bars.index_of(longest) + 1];
    lengths.iter().for_each(|&nanos| counts[bars.index_of(nanos)] += 1);
    let bars = LengthBars::with_counts(&counts);
    let brushed = bars[bars.len() / 3].from_nanos..=bars[bars.len() * 2 / 3].to_nanos;
    vec![at(4)..=u64::MAX, at(2)..=at(5), at(3)..=at(3), brushed]
}

/// Tasks and regions: all and of each name, on all and on some goroutines, of all and of some lengths.
#[track_caller]
fn assert_all_marks_are_walked(model: &TraceModel, range: &std::ops::Range<Time>) {
    let name = |id| Some(model.tables().string_lossy(id).into_owned());
    let tasks: BTreeSet<StringId> =
        model.task_ids().filter_map(|id| model.task(id)).map(|it| it.name).collect();
    let regions: BTreeSet<StringId> = model.regions().iter().map(|region| region.name).collect();
    let mut kinds = vec![InstanceKind::Tasks(None), InstanceKind::Regions(None)];
    kinds.extend(tasks.into_iter().take(2).map(|id| InstanceKind::Tasks(name(id))));
    kinds.extend(regions.into_iter().take(3).map(|id| InstanceKind::Regions(name(id))));
    for kind in kinds {
        let filter = InstanceFilter { kind, range: Some(range.clone()), ..InstanceFilter::default() };
        assert_marks_are_walked(model, &filter);
        let list = walked::marks(model, &filter);
        if list.is_empty() {
            continue;
        }
        for nanos in some_lengths(&list) {
            assert_marks_are_walked(model, &InstanceFilter { nanos: Some(nanos), ..filter.clone() });
        }
        for goroutines in filters(model) {
            assert_marks_are_walked(model, &InstanceFilter { goroutines, ..filter.clone() });
        }
    }
}

/// Filters of goroutines that make sense in a trace.
fn filters(model: &TraceModel) -> Vec<GoroutineFilter> {
    let all = GoroutineFilter::default();
    let functions: BTreeSet<StringId> = model.goroutine_ids().map(|id| model.start_function(id)).collect();
    let name = |id| model.tables().string_lossy(id).into_owned();
    let mut filters = vec![
        all.clone(),
        GoroutineFilter { system: SystemGoroutines::Included, ..all.clone() },
        GoroutineFilter { idle: IdleGoroutines::WhenNamed, ..all.clone() },
        GoroutineFilter { text: Some("e".to_owned()), ..all.clone() },
        GoroutineFilter { goid: Some(1), ..all.clone() },
        GoroutineFilter { state: Some(SpanState::Waiting), ..all.clone() },
    ];
    filters.extend(
        functions.into_iter().take(4).map(|id| GoroutineFilter { function: Some(name(id)), ..all.clone() }),
    );
    filters
}

/// Ranges of all lengths, of which many begin and end where spans do.
fn ranges(model: &TraceModel, count: usize) -> Vec<std::ops::Range<Time>> {
    let moments = walked::moments(model);
    let mut ranges = vec![model.range(), Time::MIN / 4..Time::MAX / 4];
    let mut seed = 1_u64;
    let mut any = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        moments[(seed >> 33) as usize % moments.len()]
    };
    for _ in 0..count {
        let (one, other) = (any(), any());
        ranges.push(one.min(other)..one.max(other));
    }
    ranges
}

fn assert_all_is_walked(model: &TraceModel, n_ranges: usize) {
    for range in ranges(model, n_ranges) {
        for goroutines in filters(model) {
            let filter =
                InstanceFilter { range: Some(range.clone()), goroutines, ..InstanceFilter::default() };
            assert_is_walked(model, &filter);
        }
        assert_lengths_are_walked(
            model,
            &InstanceFilter { range: Some(range.clone()), ..Default::default() },
        );
        assert_all_marks_are_walked(model, &range);
    }
}

/// Goroutines of some lengths.
#[track_caller]
fn assert_lengths_are_walked(model: &TraceModel, filter: &InstanceFilter) {
    for nanos in some_lengths(&walked::goroutines(model, filter)) {
        assert_is_walked(model, &InstanceFilter { nanos: Some(nanos), ..filter.clone() });
    }
}

#[test]
fn whatever_is_selected_of_a_sample_is_what_its_spans_say() {
    for name in ["shop-go1.21.trace", "flight-go1.27.trace", "truncated-go1.27.trace"] {
        for (block_spans, n_ranges) in [(40, 2), (700, 2), (1 << 18, 1)] {
            assert_all_is_walked(&model_in_blocks(&support::sample(name), block_spans), n_ranges);
        }
    }
}

#[test]
fn whatever_is_selected_of_a_trace_of_the_corpus_is_what_its_spans_say() {
    let Some(folder) = support::corpus() else { return };
    for path in support::traces(&folder) {
        let model = model_in_blocks(&support::content(&path), 60);
        // Slower and slower ones say nothing new.
        if model.span_count() < 20_000 && model.span_count() > 0 {
            assert_all_is_walked(&model, 1);
        }
    }
}

#[test]
fn times_of_the_table_may_be_longer_than_four_seconds() {
    // A wait of 2^32 - 1 ns does not fit into the column, one of a nanosecond less does.
    let wait = u32::MAX - 1;
    let life = [(0, 1, 0), (0, wait, 0), (0, wait, 1), (0, u32::MAX, 0), (0, u32::MAX, 0), (0, 7, 0)];
    let model = made_up(&life.repeat(3), 4, 0);
    assert_is_walked(&model, &of_everyone(model.range()));
    let times = GoroutineTimes::new(&model, &of_everyone(model.range()).goroutines, &model.range());
    assert!((0..times.len()).any(|row| times.total_nanos(row) > u64::from(u32::MAX)));
}

#[test]
fn a_state_of_no_length_at_the_begin_of_a_life_is_none() {
    // The second goroutine begins a task, waits and can run again, all in the nanosecond in which it is made.
    let at_once = [(1, 50, 3), (1, 0, 5), (1, 0, 1), (1, 0, 3), (1, 10, 6), (1, 10, 5)];
    let model = made_up(&[&[(0, 1, 3), (0, 1, 1)][..], &at_once, &[(0, 9, 1)]].concat(), 40, 0);
    assert_eq!(
        model.task_ids().filter_map(|id| model.task(id)).filter(|task| task.end.get().is_some()).count(),
        1
    );
    let goroutines = GoroutineFilter { state: Some(SpanState::Waiting), ..GoroutineFilter::default() };
    for kind in [InstanceKind::Tasks(None), InstanceKind::Goroutines] {
        let filter = InstanceFilter { kind, goroutines: goroutines.clone(), ..InstanceFilter::default() };
        assert_eq!(
            instances(&model, &filter).list(&model).iter().filter(|it| it.goroutine == GoId(2)).count(),
            0
        );
    }
    assert_all_marks_are_walked(&model, &model.range());
}

#[test]
fn the_number_of_threads_shows_nowhere_in_a_selection() {
    let data = support::sample("shop-go1.27.trace");
    let kinds = [InstanceKind::Goroutines, InstanceKind::Tasks(None), InstanceKind::Regions(None)];
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            // Sums of tasks and regions are made when they are asked for.
            let model = model_in_blocks(&data, 300);
            let mut answers = Vec::new();
            for range in ranges(&model, 5) {
                let times = GoroutineTimes::new(&model, &GoroutineFilter::default(), &range);
                answers.push(format!("{times:?}"));
                for kind in kinds.clone() {
                    for nanos in [None, Some(20_000..=3_000_000)] {
                        let filter = InstanceFilter {
                            kind: kind.clone(),
                            range: Some(range.clone()),
                            nanos,
                            ..Default::default()
                        };
                        let found = instances(&model, &filter);
                        let whole = breakdown(&model, &found);
                        let longest =
                            whole.rows.first().map(|row| longest_spans(&model, &found, row.key, 50));
                        let causes = cause_totals(&model, &found, |_| true);
                        let slow = slowest(&model, &found, 50);
                        answers.push(format!(
                            "{whole:?} {slow:?} {longest:?} {causes:?} {:?}",
                            found.list(&model)
                        ));
                    }
                }
            }
            answers
        })
    };
    let alone = on(1);
    assert!([2, 3, 8].into_iter().all(|threads| on(threads) == alone));
}

/// Goroutines of a made-up trace.
const GOROUTINES: usize = 12;

/// Goroutine, wait, choice of the next state; one choice is that it is seen as if for the first time, so that its
/// spans are out of order.
fn steps(most: usize) -> impl Strategy<Value = Vec<(usize, u32, u8)>> {
    let wait = prop_oneof![3 => Just(0_u32), 8 => 1..50_u32, 1 => 1_000..100_000_u32];
    prop::collection::vec((0..GOROUTINES, wait, any::<u8>()), 1..most)
}

/// What a goroutine marks when it begins to run: regions in each other and one after the other, tasks that others end.
fn marks(choice: u8, wait: u32, (next, open): (&mut u32, &mut Vec<TaskId>)) -> Vec<EventKind> {
    let (task, name) = (TaskId::BACKGROUND, StringId(1 + u32::from(choice / 8 % 3)));
    let begin = EventKind::RegionBegin { task, name };
    let end = EventKind::RegionEnd { task, name };
    match choice % 8 {
        0 | 1 => vec![begin],
        2 | 3 => vec![end],
        4 => vec![begin, EventKind::RegionBegin { task, name: StringId(4) }],
        5 => {
            open.push(TaskId(*next));
            *next += 1;
            vec![EventKind::TaskBegin { task: TaskId(*next - 1), parent: TaskId::NONE, name }]
        }
        6 if !open.is_empty() => {
            let task = open.remove(wait as usize % open.len());
            vec![EventKind::TaskEnd { task, parent: TaskId::NONE, name }]
        }
        _ => Vec::new(),
    }
}

/// The model of a made-up trace, without names and stacks. The first `odd` of 255 choices break the order.
fn made_up(steps: &[(usize, u32, u8)], block_spans: usize, odd: u8) -> TraceModel {
    // Each number is used for one goroutine after the other.
    let mut current: Vec<(u32, GoState)> =
        (0..GOROUTINES).map(|place| (place as u32 + 1, GoState::NotExist)).collect();
    let mut next_id = GOROUTINES as u32 + 1;
    let (mut next_task, mut open_tasks) = (TaskId::BACKGROUND.0 + 1, Vec::new());
    let mut time: Time = 1_000;
    let mut events = Vec::new();
    for &(place, wait, choice) in steps {
        time += Time::from(wait);
        let (id, state) = current[place];
        let choices: &[GoState] = match state {
            GoState::NotExist => &[GoState::Runnable, GoState::Runnable, GoState::Syscall],
            GoState::Waiting => &[GoState::Runnable],
            GoState::Runnable => &[GoState::Running],
            GoState::Running => &[
                GoState::Runnable,
                GoState::Waiting,
                GoState::Waiting,
                GoState::Waiting,
                GoState::Syscall,
                GoState::NotExist,
            ],
            GoState::Syscall | GoState::Undetermined => &[GoState::Running, GoState::Runnable],
        };
        let to = choices[usize::from(choice) % choices.len()];
        let is_odd = choice < odd || (state == GoState::NotExist && choice % 5 == 0);
        let from = if is_odd { GoState::Undetermined } else { state };
        current[place].1 = to;
        if to == GoState::NotExist {
            current[place] = (next_id, GoState::NotExist);
            next_id += 1;
        }
        let reason = StringId(u32::from(to == GoState::Waiting) * u32::from(choice % 7));
        let kind = EventKind::GoTransition { goroutine: GoId(id), from, to, reason, stack: StackId(0) };
        let (thread, proc, stack) = (ThreadId(0), ProcId(0), StackId(0));
        events.push(Event { time, thread, proc, goroutine: GoId(0), stack, kind });
        if to == GoState::Running {
            let marks = marks(choice, wait, (&mut next_task, &mut open_tasks));
            let goroutine = GoId(id);
            events.extend(marks.into_iter().map(|kind| Event { time, thread, proc, goroutine, stack, kind }));
        }
    }
    let tables = Tables::default();
    let mut builder = Builder::with_block_spans(block_spans);
    builder.chunk(&events, &tables);
    TraceModel::new(builder.finish(Reading {
        version: TraceVersion::NEWEST,
        tables,
        problems: Vec::new(),
        lost_share: 0.0,
    }))
}

fn of_everyone(range: std::ops::Range<Time>) -> InstanceFilter {
    let goroutines = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
    InstanceFilter { range: Some(range), goroutines, ..InstanceFilter::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn whatever_is_selected_of_a_made_up_trace_is_what_its_spans_say(
        steps in steps(400),
        block_spans in prop_oneof![Just(1_usize), 2..30_usize],
        odd in prop_oneof![4 => Just(0_u8), 1 => Just(3_u8)],
        picks in prop::collection::vec((any::<u16>(), any::<u16>()), 6),
    ) {
        let model = made_up(&steps, block_spans, odd);
        let moments = walked::moments(&model);
        assert_is_walked(&model, &of_everyone(model.range()));
        for (one, other) in picks {
            let [one, other] = [one, other].map(|pick| moments[usize::from(pick) % moments.len()]);
            let range = one.min(other)..one.max(other);
            assert_is_walked(&model, &of_everyone(range.clone()));
            assert_lengths_are_walked(&model, &of_everyone(range.clone()));
            assert_all_marks_are_walked(&model, &range);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn sums_of_goroutines_with_many_spans_are_what_their_spans_say(
        steps in steps(6_000),
        block_spans in 30..400_usize,
        odd in prop_oneof![4 => Just(0_u8), 1 => Just(1_u8)],
        picks in prop::collection::vec((any::<u16>(), any::<u16>()), 6),
    ) {
        let model = made_up(&steps, block_spans, odd);
        let moments = walked::moments(&model);
        assert_is_walked(&model, &of_everyone(model.range()));
        for (one, other) in picks {
            let [one, other] = [one, other].map(|pick| moments[usize::from(pick) * moments.len() / 65_536]);
            let range = one.min(other)..one.max(other);
            assert_is_walked(&model, &of_everyone(range.clone()));
            assert_lengths_are_walked(&model, &of_everyone(range.clone()));
            assert_all_marks_are_walked(&model, &range);
        }
    }
}

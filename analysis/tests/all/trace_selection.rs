//! What a selection shows is taken from sums where they are there; it must be what one gets by looking at every span.

use std::collections::BTreeSet;

use goscope_analysis::trace::build::{Builder, Reading};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::cause_totals::{cause_totals, sample_totals};
use goscope_analysis::trace::goroutines::{GoroutineFilter, SystemGoroutines, goroutine_rows};
use goscope_analysis::trace::instances::{InstanceFilter, InstanceKind, instances};
use goscope_analysis::trace::latency::{breakdown, longest_spans, slowest};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{
    Event, EventKind, GoId, GoState, ProcId, StackId, StringId, Tables, ThreadId, Time, TraceReader,
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
}

#[track_caller]
fn assert_answers_are_walked(
    model: &TraceModel,
    found: &goscope_analysis::trace::instances::InstanceSet,
    list: &[goscope_analysis::trace::instances::Instance],
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

/// Filters of goroutines that make sense in a trace.
fn filters(model: &TraceModel) -> Vec<GoroutineFilter> {
    let all = GoroutineFilter::default();
    let functions: BTreeSet<StringId> = model.goroutine_ids().map(|id| model.start_function(id)).collect();
    let name = |id| model.tables().string_lossy(id).into_owned();
    let mut filters = vec![
        all.clone(),
        GoroutineFilter { system: SystemGoroutines::Included, ..all.clone() },
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
        let median = walked::breakdown(
            model,
            &walked::goroutines(model, &InstanceFilter { range: Some(range.clone()), ..Default::default() }),
        );
        let nanos = Some(median.wall.percentile_nanos(0.5)..=u64::MAX);
        assert_is_walked(model, &InstanceFilter { range: Some(range.clone()), nanos, ..Default::default() });
        for kind in [InstanceKind::Tasks(None), InstanceKind::Regions(None)] {
            let filter = InstanceFilter { kind, range: Some(range.clone()), ..InstanceFilter::default() };
            let found = instances(model, &filter);
            assert_answers_are_walked(model, &found, &found.list(model), &filter);
        }
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
fn the_number_of_threads_shows_nowhere_in_a_selection() {
    let model = model_in_blocks(&support::sample("shop-go1.27.trace"), 300);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let answers = ranges(&model, 5).into_iter().map(|range| {
                let found = instances(&model, &InstanceFilter { range: Some(range), ..Default::default() });
                let whole = breakdown(&model, &found);
                let longest = whole.rows.first().map(|row| longest_spans(&model, &found, row.key, 50));
                let causes = cause_totals(&model, &found, |_| true);
                format!("{whole:?} {:?} {longest:?} {causes:?}", slowest(&model, &found, 50))
            });
            answers.collect::<Vec<_>>()
        })
    };
    assert_eq!(on(1), on(5));
}

/// Goroutines of a made-up trace.
const GOROUTINES: usize = 12;

/// Goroutine, wait, choice of the next state; one choice is that it is seen as if for the first time, so that its
/// spans are out of order.
fn steps(most: usize) -> impl Strategy<Value = Vec<(usize, u32, u8)>> {
    let wait = prop_oneof![3 => Just(0_u32), 8 => 1..50_u32, 1 => 1_000..100_000_u32];
    prop::collection::vec((0..GOROUTINES, wait, any::<u8>()), 1..most)
}

/// The model of a made-up trace, without names and stacks. The first `odd` of 255 choices break the order.
fn made_up(steps: &[(usize, u32, u8)], block_spans: usize, odd: u8) -> TraceModel {
    // Each number is used for one goroutine after the other.
    let mut current: Vec<(u32, GoState)> =
        (0..GOROUTINES).map(|place| (place as u32 + 1, GoState::NotExist)).collect();
    let mut next_id = GOROUTINES as u32 + 1;
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
        let (thread, proc, goroutine) = (ThreadId(0), ProcId(0), GoId(0));
        events.push(Event { time, thread, proc, goroutine, stack: StackId(0), kind });
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
            assert_is_walked(&model, &of_everyone(one.min(other)..one.max(other)));
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
            assert_is_walked(&model, &of_everyone(one.min(other)..one.max(other)));
        }
    }
}

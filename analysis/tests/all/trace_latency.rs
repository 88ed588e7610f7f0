//! Instances, latency breakdown, blockers, groups and goroutine rows: what must hold for every trace, and what the
//! samples say.

use std::ops::Range;

use goscope_analysis::trace::blockers::blocked_stacks;
use goscope_analysis::trace::build::{Builder, Reading};
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::goroutines::{
    GoroutineFilter, RELATED_DEPTH, SystemGoroutines, creation_chain, goroutine_rows, related,
};
use goscope_analysis::trace::groups::{MeasureKind, groups};
use goscope_analysis::trace::instances::{Instance, InstanceFilter, InstanceKind, instances};
use goscope_analysis::trace::latency::{Breakdown, BreakdownKey, breakdown, longest_spans, slowest};
use goscope_analysis::trace::load::trace_model;
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::summary::{Counting, Summarizer};
use goscope_parsers::Progress;
use goscope_parsers::trace::{
    Event, EventKind, GoId, GoState, ProcId, StackId, StringId, Tables, ThreadId, Time, TraceVersion,
};
use proptest::prelude::*;

use crate::support;

fn sample(name: &str) -> TraceModel {
    trace_model(&support::sample(name), &Progress::new()).expect("a trace")
}

fn all_of(kind: InstanceKind) -> InstanceFilter {
    InstanceFilter { kind, ..InstanceFilter::default() }
}

/// The rows of a breakdown add up, for all instances and for the slow ones.
#[track_caller]
fn assert_adds_up(found: &Breakdown, instances: &[Instance]) {
    let total: u128 = instances.iter().map(|instance| u128::from(instance.nanos())).sum();
    assert_eq!(found.wall.total_nanos(), total);
    assert_eq!(found.rows.iter().map(|row| row.spans.total_nanos()).sum::<u128>(), total);
    assert_eq!(found.rows.iter().map(|row| row.per_instance.total_nanos()).sum::<u128>(), total);
    assert_eq!(found.rows.iter().map(|row| row.slow_nanos).sum::<u128>(), found.slow.total_nanos());
    for row in &found.rows {
        assert_eq!(row.per_instance.count(), instances.len() as u64, "an instance without counts as 0");
        assert!(row.per_instance.max_nanos() <= found.wall.max_nanos());
    }
    let is_faster = |instance: &&Instance| instance.nanos() < found.slow_from_nanos;
    let faster = instances.iter().filter(is_faster).count();
    assert!(faster as f64 <= 0.99 * instances.len() as f64, "{faster} of {}", instances.len());
}

#[test]
fn the_breakdown_of_every_sample_adds_up_whatever_it_is_about() {
    for name in ["shop-go1.21.trace", "shop-go1.27.trace", "flight-go1.27.trace", "truncated-go1.27.trace"] {
        let model = sample(name);
        for kind in [InstanceKind::Goroutines, InstanceKind::Tasks(None), InstanceKind::Regions(None)] {
            let found = instances(&model, &all_of(kind.clone()));
            assert!(!found.is_empty(), "{name} {kind:?}");
            assert_adds_up(&breakdown(&model, &found), &found.list(&model));
        }
    }
}

#[test]
fn the_number_of_threads_shows_nowhere() {
    let model = sample("shop-go1.27.trace");
    let found = instances(&model, &all_of(InstanceKind::Regions(None)));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| {
            let key = BreakdownKey { state: SpanState::Runnable, reason: StringId::default() };
            format!(
                "{:?} {:?} {:?}",
                breakdown(&model, &found),
                blocked_stacks(&model, &found, 10),
                longest_spans(&model, &found, key, 10)
            )
        })
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn of_a_brushed_part_of_the_histogram_only_those_instances_count() {
    let model = sample("latency-go1.27.trace");
    let kind = InstanceKind::Tasks(Some("catalog".to_owned()));
    let slow = InstanceFilter { nanos: Some(20_000_000..=u64::MAX), ..all_of(kind) };
    let found = instances(&model, &slow);
    let found = found.list(&model);
    assert_eq!(found.len(), 12, "as many as samples/README.md says take more than 20 ms");
    assert!(found.iter().all(|instance| instance.nanos() >= 20_000_000));
}

#[test]
fn the_slow_requests_of_the_latency_sample_wait_for_the_lock_that_rebuilding_holds() {
    let model = sample("latency-go1.27.trace");
    let found = instances(&model, &all_of(InstanceKind::Tasks(Some("catalog".to_owned()))));
    let whole = breakdown(&model, &found);
    let text = |id| model.tables().string_lossy(id).into_owned();
    let most_of_slow = whole.rows.iter().max_by_key(|row| row.slow_nanos).expect("rows");
    assert_eq!(
        (most_of_slow.key.state, text(most_of_slow.key.reason)),
        (SpanState::Waiting, "sync".to_owned())
    );
    assert!(most_of_slow.slow_nanos * 10 > whole.slow.total_nanos() * 9, "nine tenths of their time");
    assert!(most_of_slow.per_instance.percentile_nanos(0.5) < 1_000_000, "the others hardly wait for it");

    let functions = |stack| -> Vec<String> {
        let frames = model.tables().stack(stack).iter();
        frames.map(|&frame| text(model.tables().frame(frame).function)).collect()
    };
    let top = &blocked_stacks(&model, &found, 1)[0];
    let blocked_at = functions(model.cause(top.cause).stack);
    assert!(blocked_at.iter().any(|name| name.ends_with("(*Index).snapshot")), "{blocked_at:?}");
    let freed_by = functions(top.freed_by[0].stack);
    assert!(freed_by.iter().any(|name| name.ends_with("(*Index).rebuildIndex")), "{freed_by:?}");

    let worst = &slowest(&model, &found, 3);
    assert_eq!(worst.len(), 3);
    assert_eq!(worst[0].parts.instance.nanos(), whole.wall.max_nanos());
    assert_eq!(worst[0].parts.rows[0].0, most_of_slow.key);
    assert_eq!(worst[0].parts.rows.iter().map(|row| row.1).sum::<u64>(), worst[0].parts.instance.nanos());
    let (span, nanos) = longest_spans(&model, &found, most_of_slow.key, 1)[0];
    assert_eq!(nanos, most_of_slow.spans.max_nanos());
    assert_eq!(model.span_at(span.goroutine, span.start), Some(span));
}

#[test]
fn a_group_holds_what_its_goroutines_hold() {
    let model = sample("shop-go1.27.trace");
    let summarizer = Summarizer::new(&model, Counting::Sane);
    let everyone = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
    let ids = everyone.select(&model, &model.range());
    assert_eq!(ids.len(), model.goroutine_ids().count());
    let found = groups(&summarizer, &ids, None);
    for group in &found {
        let own = ids.iter().filter(|&&id| model.start_function(id) == group.name);
        let stats: Vec<_> = own.filter_map(|&id| summarizer.life_stats(id)).collect();
        assert_eq!(group.count, stats.len() as u64);
        let sum = |of: fn(&goscope_analysis::trace::summary::ExecStats) -> u64| -> u128 {
            stats.iter().map(|stats| u128::from(of(stats))).sum()
        };
        assert_eq!(group.sum(MeasureKind::Total), sum(|stats| stats.total));
        assert_eq!(group.sum(MeasureKind::Exec), sum(|stats| stats.exec));
        assert_eq!(group.sum(MeasureKind::SchedWait), sum(|stats| stats.sched_wait));
        assert_eq!(group.block_sum(), sum(|stats| stats.block_total()));
        assert!(group.measures.iter().all(|measure| measure.nanos.count() == group.count));
    }
    let exec = |group: &goscope_analysis::trace::groups::Group| group.sum(MeasureKind::Exec);
    assert!(found.windows(2).all(|pair| exec(&pair[0]) >= exec(&pair[1])), "most running time first");
    let part = model.range().start..model.range().start + 100_000_000;
    let in_part = groups(&summarizer, &ids, Some(&part));
    assert!(
        in_part.iter().all(|group| group.sum(MeasureKind::Total) <= u128::from(group.count) * 100_000_000)
    );
}

#[test]
fn filters_of_goroutines_narrow_down() {
    let model = sample("shop-go1.27.trace");
    let range = model.range();
    let count = |filter: GoroutineFilter| filter.select(&model, &range).len();
    let all = count(GoroutineFilter::default());
    let with_system =
        count(GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() });
    assert!(all < with_system, "the runtime's own are left out");
    let serving =
        GoroutineFilter { text: Some("http.(*conn).serve".to_owned()), ..GoroutineFilter::default() };
    assert!((1..all).contains(&count(serving.clone())));
    let named =
        GoroutineFilter { function: Some("net/http.(*conn).serve".to_owned()), ..GoroutineFilter::default() };
    assert!((1..=count(serving)).contains(&count(named)));
    let worker =
        GoroutineFilter { function: Some("runtime.gcBgMarkWorker".to_owned()), ..GoroutineFilter::default() };
    assert!(count(worker) > 0, "asked for by name they are found");
    let in_syscall = GoroutineFilter { state: Some(SpanState::Syscall), ..GoroutineFilter::default() };
    assert!((1..all).contains(&count(in_syscall)));
    let short = GoroutineFilter { nanos: Some(0..=1_000_000), ..GoroutineFilter::default() };
    let long = GoroutineFilter { nanos: Some(1_000_001..=u64::MAX), ..GoroutineFilter::default() };
    assert_eq!(count(short) + count(long), all);
    let one = GoroutineFilter { goid: Some(1), ..GoroutineFilter::default() };
    assert_eq!(count(one), 1);
}

#[test]
fn rows_of_goroutines_tile_their_part_of_the_range() {
    let model = sample("shop-go1.27.trace");
    let start = model.range().start;
    for range in [model.range(), start + 200_000_000..start + 300_000_000] {
        let ids = GoroutineFilter::default().select(&model, &range);
        for row in goroutine_rows(&model, &ids, &range) {
            assert_eq!(row.state_nanos.iter().sum::<u64>(), row.total_nanos, "{row:?}");
        }
    }
}

#[test]
fn who_woke_a_goroutine_is_related_to_it() {
    let model = sample("latency-go1.27.trace");
    let found = instances(&model, &all_of(InstanceKind::Regions(Some("search".to_owned()))));
    let slow = &slowest(&model, &found, 1)[0].parts.instance;
    let rebuilder = model.goroutine_by_number(52).expect("the one of samples/README.md");
    assert!(related(&model, slow.goroutine, 1).contains(&rebuilder));
    let two = related(&model, slow.goroutine, RELATED_DEPTH);
    assert_eq!(two[0], slow.goroutine);
    assert!(two.len() >= related(&model, slow.goroutine, 1).len());
    let chain = creation_chain(&model, slow.goroutine);
    assert_eq!(chain[0].id, slow.goroutine);
    assert!(chain.windows(2).all(|pair| pair[0].parent == pair[1].id));
}

/// States that goroutines go through, each for some time, made up.
fn lives() -> impl Strategy<Value = Vec<(u32, u32, u8)>> {
    prop::collection::vec((0..5_u32, 1..1_000_u32, 0..4_u8), 1..200)
}

/// The model of a made-up trace, without names and stacks.
fn made_up(steps: &[(u32, u32, u8)]) -> TraceModel {
    let mut states = [GoState::NotExist; 5];
    let mut time: Time = 0;
    let mut events = Vec::new();
    for &(goroutine, wait, choice) in steps {
        time += Time::from(wait);
        let from = states[goroutine as usize];
        let choices: &[GoState] = match from {
            GoState::NotExist | GoState::Waiting => &[GoState::Runnable],
            GoState::Runnable => &[GoState::Running],
            GoState::Running => &[GoState::Runnable, GoState::Waiting, GoState::Syscall, GoState::NotExist],
            GoState::Syscall | GoState::Undetermined => &[GoState::Running, GoState::Runnable],
        };
        let to = choices[usize::from(choice) % choices.len()];
        // The dead stay dead: ids are not used again.
        if from == GoState::NotExist && events.iter().any(|event| dies(event, goroutine)) {
            continue;
        }
        states[goroutine as usize] = to;
        let kind = EventKind::GoTransition {
            goroutine: GoId(goroutine + 1),
            from,
            to,
            reason: StringId(0),
            stack: StackId(0),
        };
        events.push(Event {
            time,
            // None: the tables have no threads and Ps.
            thread: ThreadId(0),
            proc: ProcId(0),
            goroutine: GoId(0),
            stack: StackId(0),
            kind,
        });
    }
    let tables = Tables::default();
    let mut builder = Builder::new();
    builder.chunk(&events, &tables);
    TraceModel::new(builder.finish(Reading {
        version: TraceVersion::NEWEST,
        tables,
        problems: Vec::new(),
        lost_share: 0.0,
    }))
}

fn dies(event: &Event, of: u32) -> bool {
    matches!(event.kind, EventKind::GoTransition { goroutine, to: GoState::NotExist, .. } if goroutine.0 == of + 1)
}

/// Time by state in a range, added up span by span without any index.
fn naive(model: &TraceModel, id: GoId, range: &Range<Time>) -> [u64; SpanState::COUNT] {
    let mut sums = [0; SpanState::COUNT];
    for span in model.spans(id) {
        sums[span.state.index()] += span.nanos_in(range);
    }
    sums
}

proptest! {
    #[test]
    fn spans_tile_made_up_lives_and_every_range_of_them_adds_up(
        steps in lives(),
        from in 0..60_000_i64,
        length in 1..60_000_i64,
    ) {
        let model = made_up(&steps);
        let range = from..from + length;
        for id in model.goroutine_ids() {
            let life = model.goroutine(id).expect("it lives").life();
            let spans: Vec<_> = model.spans(id).collect();
            prop_assert_eq!((spans[0].start, spans[spans.len() - 1].end), (life.start, life.end));
            prop_assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
        let everyone = GoroutineFilter { system: SystemGoroutines::Included, ..GoroutineFilter::default() };
        let ids = everyone.select(&model, &range);
        for row in goroutine_rows(&model, &ids, &range) {
            prop_assert_eq!(row.state_nanos, naive(&model, row.goroutine.id, &range));
        }
        let filter = InstanceFilter { range: Some(range), goroutines: everyone, ..InstanceFilter::default() };
        let found = instances(&model, &filter);
        assert_adds_up(&breakdown(&model, &found), &found.list(&model));
    }
}

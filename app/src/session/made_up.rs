//! For tests: lenses and sessions that are made up at random.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use goscope_analysis::dump::{Grouping, OuterFrame};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::profile::query::LabelFilter;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::questions::lane_filter::FilterMode;
use goscope_analysis::trace::questions::lane_groups::LaneName;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::dump_lens::DumpLens;
use super::layout::{Layout, Node};
use super::look::FLAMES;
use super::note::{Note, NoteOn, set_note};
use super::saved::{SavedSession, SavedTab};
use super::selection::{FrameKey, Item};
use super::store_lens::StoreLens;
use super::testing_lens::TestingLens;
use super::trace_lens::TraceLens;
use super::view_id::ViewId;
use super::workspace::{
    Compared, Content, ContentKind, FilterChip, FilterKind, Lens, Orientation, Sort, Zoom,
};
use crate::document::Source;
use crate::file_mark::FileMark;
use crate::query::comparison::{Comparison, Scale};
use crate::query::goroutines::group_rows::{GroupColumn, GroupSort};
use crate::query::rows::RowKey;
use crate::query::testing::bench_rows::{BenchColumn, BenchSort};
use crate::query::testing::code::CodePlace;
use crate::query::testing::coverage_rows::{CoverageColumn, CoverageSort};
use crate::query::testing::test_rows::{TestColumn, TestList, TestSort};
use crate::query::trace::answers::kind::AnswerKind;
use crate::query::trace::answers::path::PathChoice;
use crate::query::trace::answers::slowest::CauseChoice;
use crate::query::trace::heat::HeatOf;
use crate::query::trace::mmu::MmuOptions;
use crate::query::trace::selection::{LaneKind, LaneOrder, Only, StateChoice, TimeRange};
use crate::query::trace::table_columns::{ColumnId, TableSort, TraceTable};

/// Names with everything that a shell, a regular expression, JSON or an option might stumble over.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z.*()']{0,6}",
        "\\PC{0,4}",
        select(vec!["*", "func:x", "-x", "--", "^main\\.f$", "^a|b$", "a;b", "{\"a\":1}", "é…", "g:5", "\\"])
            .prop_map(str::to_owned),
    ]
}

fn frame() -> impl Strategy<Value = FrameKey> {
    let places = (0_i64..3, 0_i64..3, 0_u64..3, 0_i64..3);
    (text(), text(), text(), any::<bool>(), places).prop_map(|(name, file, object, is_bare, places)| {
        if is_bare {
            return FrameKey { name, ..FrameKey::default() };
        }
        let (line, column, address, start_line) = places;
        FrameKey { name, file, line, column, address, object, start_line }
    })
}

fn item() -> impl Strategy<Value = Item> {
    prop_oneof![
        frame().prop_map(Item::Function),
        vec(frame(), 0..4).prop_map(Item::CallPath),
        any::<i64>().prop_map(Item::Goroutine),
        (any::<i64>(), nanos()).prop_map(|(goid, nanos)| Item::Span(goid, nanos)),
        any::<u64>().prop_map(Item::Task),
        (text(), text()).prop_map(|(package, test)| Item::Test(package, test)),
        (text(), text()).prop_map(|(name, unit)| Item::Benchmark(name, unit)),
    ]
}

/// Mostly of a trace of some minutes, and some of years.
fn nanos() -> impl Strategy<Value = i64> {
    prop_oneof![0_i64..200_000_000_000, 0_i64..(1 << 59)]
}

fn range() -> impl Strategy<Value = TimeRange> {
    (nanos(), nanos()).prop_map(|(start, length)| TimeRange {
        start_nanos: start.min(1 << 58),
        end_nanos: start.min(1 << 58) + 1 + length.min(1 << 58),
    })
}

fn chip() -> impl Strategy<Value = FilterChip> {
    let kind = select(FilterKind::ALL.to_vec());
    (kind, text(), option::of(text()), any::<bool>(), frame(), any::<bool>()).prop_map(
        |(kind, pattern, label, is_on, frame, is_of_function)| match is_of_function {
            true => FilterChip::of_function(kind, &frame),
            false => FilterChip { kind, pattern, label, is_on },
        },
    )
}

/// Numbers that decimal fractions hold exactly.
fn zoom() -> impl Strategy<Value = Zoom> {
    (vec(frame(), 0..4), 0_u32..512, 1_u32..512).prop_map(|(path, from, length)| Zoom {
        path,
        range: (f64::from(from) / 1024.0, f64::from(from + length) / 1024.0),
    })
}

fn trace_lens() -> impl Strategy<Value = TraceLens> {
    let only = prop_oneof![text().prop_map(Only::Function), any::<i64>().prop_map(Only::Goroutine)];
    let about = prop_oneof![
        Just(InstanceKind::Goroutines),
        option::of(text()).prop_map(InstanceKind::Tasks),
        option::of(text()).prop_map(InstanceKind::Regions),
    ];
    let state = (text(), any::<bool>()).prop_map(|(reason, is_waiting)| StateChoice {
        state: if is_waiting { SpanState::Waiting } else { SpanState::Running },
        reason,
    });
    let cause = (text(), option::of(text()), option::of(text()))
        .prop_map(|(class, goroutine_function, behind)| CauseChoice { class, goroutine_function, behind });
    let path = prop_oneof![
        any::<u64>().prop_map(PathChoice::Task),
        (any::<i64>(), range()).prop_map(|(goroutine, range)| PathChoice::Stretch { goroutine, range }),
    ];
    let lane =
        prop_oneof![any::<i64>().prop_map(LaneName::Goroutine), any::<i64>().prop_map(LaneName::Thread)];
    let what = (
        option::of(range()),
        option::of(only),
        about,
        option::of((any::<u64>(), any::<u64>())),
        option::of(state),
        option::of(text()),
        select(AnswerKind::ALL.to_vec()),
        option::of(cause),
        option::of(path),
    );
    let how = (
        any::<bool>(),
        text(),
        any::<bool>(),
        btree_set(text(), 0..3),
        btree_set(lane, 0..3),
        select(FLAMES.map(|(_, flame)| flame).to_vec()),
        any::<[bool; 5]>(),
    );
    (what, how).prop_map(|(what, how)| {
        let (range, only, about, length, breakdown_row, headline, answer, cause, path) = what;
        let (
            is_turned,
            lane_filter,
            is_hidden,
            groups,
            unfolded,
            flame,
            [stw, sweep, per_proc, is_sorted, with_idle],
        ) = how;
        let sort = TableSort { column: ColumnId::Start, is_descending: stw };
        let table_sorts: BTreeMap<_, _> =
            is_sorted.then_some((TraceTable::Tasks, sort)).into_iter().collect();
        TraceLens {
            range,
            only,
            about,
            length,
            with_idle,
            breakdown_row,
            headline,
            answer,
            cause,
            path,
            lanes: if is_turned { LaneKind::Procs } else { LaneKind::Goroutines },
            lane_order: if is_hidden { LaneOrder::Start } else { LaneOrder::default() },
            lane_filter,
            lane_filter_mode: if is_turned { FilterMode::Highlight } else { FilterMode::Only },
            is_gc_overlay_hidden: is_hidden,
            closed_groups: if is_turned { groups.clone() } else { BTreeSet::new() },
            open_groups: groups,
            unfolded,
            flame,
            heat: is_hidden.then_some(HeatOf::Running),
            mmu: MmuOptions { stw, sweep, per_proc, ..MmuOptions::default() },
            table_sorts,
        }
    })
}

fn testing_lens() -> impl Strategy<Value = TestingLens> {
    let place =
        (text(), text(), any::<u32>()).prop_map(|(package, file, line)| CodePlace { package, file, line });
    let column = select(TestColumn::ALL.to_vec());
    let sort = (column, any::<bool>()).prop_map(|(column, is_descending)| TestSort { column, is_descending });
    let list = select(TestList::ALL.to_vec());
    let column = select(CoverageColumn::ALL.to_vec());
    let coverage_sort =
        (column, any::<bool>()).prop_map(|(column, is_descending)| CoverageSort { column, is_descending });
    let column = select(BenchColumn::ALL.to_vec());
    let benchmark = option::of((text(), text()));
    let bench = (column, any::<bool>(), option::of(text()), benchmark).prop_map(
        |(column, is_descending, unit, benchmark)| (BenchSort { column, is_descending }, unit, benchmark),
    );
    let tests = (btree_set(text(), 0..3), list, option::of(sort), option::of(place), option::of(text()));
    (tests, coverage_sort, any::<bool>(), bench).prop_map(
        |(
            (turned, tests, test_sort, place, reference),
            coverage_sort,
            drops_generated,
            (bench_sort, bench_unit, benchmark),
        )| {
            TestingLens {
                turned,
                tests,
                test_sort,
                coverage_sort,
                drops_generated,
                reference,
                bench_sort,
                bench_unit,
                benchmark,
                place,
            }
        },
    )
}

fn dump_lens() -> impl Strategy<Value = DumpLens> {
    let grouping = prop_oneof![
        select(vec![Grouping::Lines, Grouping::Exact, Grouping::Functions, Grouping::Creator]),
        text().prop_map(Grouping::Label),
    ];
    let column = select(GroupColumn::ALL.to_vec());
    let sort =
        (column, any::<bool>()).prop_map(|(column, is_descending)| GroupSort { column, is_descending });
    let outer = select(vec![OuterFrame::None, OuterFrame::State, OuterFrame::Creator]);
    let choices = (grouping, option::of(0_usize..99), option::of(0_usize..9), option::of(sort), outer);
    let filters = (vec(text(), 0..3), any::<u32>(), any::<bool>());
    (choices, filters).prop_map(|((grouping, dump, looked_at, sort, outer), filters)| {
        let (states, min_minutes, draws_locks) = filters;
        DumpLens { grouping, dump, looked_at, sort, outer, states, min_minutes, draws_locks }
    })
}

fn store_lens() -> impl Strategy<Value = StoreLens> {
    let ranges = (option::of(range()), option::of(range()));
    (option::of(text()), ranges).prop_map(|(selector, (base, head))| StoreLens { selector, base, head })
}

/// Any way to look at a tab.
pub(crate) fn lens() -> impl Strategy<Value = Lens> {
    let stacks = (option::of(text()), select(Granularity::ALL.to_vec()), vec(chip(), 0..4), zoom());
    let looks = (any::<[bool; 4]>(), text(), option::of(item()), text());
    let column = select(vec![RowKey::Flat, RowKey::Cum, RowKey::Name, RowKey::DeltaCum, RowKey::BaseFlat]);
    (stacks, looks, column, trace_lens(), testing_lens(), dump_lens(), store_lens()).prop_map(
        |(stacks, looks, column, trace, testing, dump, store)| {
            let (sample_type, granularity, chips, zoom) = stacks;
            let ([is_inverted, is_flame, is_descending, is_scaled], table_filter, selection, search) = looks;
            Lens {
                sample_type,
                granularity,
                chips,
                zoom,
                direction: if is_inverted { Direction::Inverted } else { Direction::TopDown },
                around: is_scaled.then(|| FrameKey { name: "main.around".to_owned(), ..FrameKey::default() }),
                group_by: is_inverted.then(|| "tenant".to_owned()),
                orientation: if is_flame { Orientation::Flame } else { Orientation::Icicle },
                is_unfolded: is_scaled,
                sort: Sort { column, is_descending },
                table_filter,
                selection,
                search,
                scale: if is_scaled { Scale::PerSecond } else { Scale::Share },
                compared: if is_flame { Compared::Own } else { Compared::Cum },
                trace,
                testing,
                dump,
                store,
                notes: Vec::new(),
            }
        },
    )
}

/// A file in or beside the folder `/w/shop`, far from it, or a sample.
fn source() -> impl Strategy<Value = Source> {
    let file = |path: String| Source::File(PathBuf::from(path));
    prop_oneof![
        "[a-zé .]{1,5}".prop_map(move |name| file(format!("/w/shop/x{name}x"))),
        "[a-z]{1,5}".prop_map(move |name| file(format!("/w/old/{name}/cpu.pb.gz"))),
        "[a-z]{1,5}".prop_map(move |name| file(format!("/far/{name}"))),
        "[a-z]{1,5}".prop_map(move |name| file(format!("http://host/{name}?seconds=5"))),
        "[a-z]{1,5}".prop_map(move |name| file(format!("store:/w/shop/{name}?service={name}&version!=1"))),
        "[a-z]{1,5}".prop_map(move |name| file(format!("clickhouse://host:8123/{name}"))),
        "[a-z]{1,5}".prop_map(Source::Sample),
        ("[a-z]{1,5}", any::<bool>()).prop_map(|(name, keeps)| {
            let label = LabelFilter { keeps, text: "tenant=north".to_owned() };
            Source::Part(Box::new(Source::Sample(name)), vec![label])
        }),
    ]
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        source().prop_map(Content::Profile),
        source().prop_map(Content::Trace),
        source().prop_map(Content::Tests),
        source().prop_map(Content::Coverage),
        source().prop_map(Content::Store),
        (vec(source(), 1..4), vec(source(), 0..3)).prop_map(|(base, head)| {
            Content::Benchmarks(Box::new(Comparison { base, head, ..Comparison::default() }))
        }),
        (vec(source(), 1..4), vec(source(), 0..3)).prop_map(|(base, head)| {
            Content::Dumps(Box::new(Comparison { base, head, ..Comparison::default() }))
        }),
        (vec(source(), 1..4), vec(source(), 1..4)).prop_map(|(base, head)| {
            Content::Diff(Box::new(Comparison { base, head, ..Comparison::default() }))
        }),
    ]
}

fn tab() -> impl Strategy<Value = SavedTab> {
    let note = (option::of(item()), nanos(), text()).prop_map(|(item, nanos, text)| {
        let on = item.as_ref().and_then(NoteOn::of).unwrap_or(NoteOn::Moment(nanos));
        Note { on, text }
    });
    let notes = vec(note, 0..4).prop_map(|many| {
        let mut notes = Vec::new();
        many.into_iter().for_each(|note| set_note(&mut notes, note));
        notes
    });
    let hidden = btree_set(select(ViewId::ALL.to_vec()), 0..3);
    (content(), lens(), notes, hidden, any::<bool>(), any::<bool>()).prop_map(
        |(content, mut lens, notes, hidden, is_bare, is_in_front)| {
            lens.notes = notes;
            let mut layout = Layout::of(content.kind());
            if is_bare {
                layout.root = Node::View(ViewId::FlameGraph);
            }
            layout.hidden = hidden;
            SavedTab { content, lens, layout, is_in_front }
        },
    )
}

/// Any session.
pub(crate) fn session() -> impl Strategy<Value = SavedSession> {
    (vec(tab(), 0..4), any::<u64>(), any::<bool>()).prop_map(|(mut tabs, bytes, has_marks)| {
        let last = tabs.pop_if(|tab| !tab.lens.notes.is_empty());
        let closed = last.map(|tab| (tab.content, tab.lens.notes)).into_iter().collect();
        let mut session = SavedSession { tabs, closed, ..SavedSession::default() };
        let sources: Vec<Source> = session.sources().into_iter().cloned().collect();
        for source in sources.into_iter().filter(|_| has_marks) {
            if matches!(&source, Source::File(path) if path.starts_with("/")) {
                session.marks.insert(source, FileMark { bytes, ends: format!("{bytes:016x}") });
            }
        }
        session
    })
}

/// The kinds of tabs.
pub(crate) fn kind() -> impl Strategy<Value = ContentKind> {
    select(vec![
        ContentKind::Profile,
        ContentKind::Trace,
        ContentKind::Diff,
        ContentKind::Tests,
        ContentKind::Coverage,
        ContentKind::Benchmarks,
        ContentKind::Dumps,
        ContentKind::Store,
    ])
}

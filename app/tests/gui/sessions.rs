//! Sessions are saved and opened again; every view is copied as a command that shows the same; what is pasted is opened.

use std::path::{Path, PathBuf};

use eframe::egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::library::Dialogs;
use goscope::gui::selection::{FrameKey, Item};
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::{FilterChip, FilterKind, Lens, TabId, Workspace};
use goscope::query::goroutines::group_rows::{GroupColumn, GroupSort};
use goscope::query::testing::bench_rows::{BenchColumn, BenchSort};
use goscope::query::testing::code::CodePlace;
use goscope::query::testing::coverage_rows::{CoverageColumn, CoverageSort};
use goscope::query::testing::test_rows::TestList;
use goscope::query::trace::answers::kind::AnswerKind;
use goscope::query::trace::selection::{Flame, LaneKind, Only, TimeRange};
use goscope::samples::{PAIR, SAMPLES, TRACES, sample};
use goscope::session::look::{Opened, Opening};
use goscope::session::saved::SavedSession;
use goscope_analysis::dump::{Grouping, OuterFrame};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;

use crate::support::copied::{copied, opening};
use crate::support::fleet::{MINUTE_NANOS, MORNING_NANOS};
use crate::support::window::{
    TRACE, Window, blocked_span, click_first_row, lens, press, send, settle, show_every_view, testing,
    window, window_with,
};

/// A sample as a file in a folder.
fn sample_file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, sample(name).expect("a sample").bytes).expect("a file");
    path
}

/// Tabs without the numbers by which the program calls them.
fn tabs(workspace: &Workspace) -> Vec<(String, Lens)> {
    let as_it_looks = |tab: &goscope::gui::workspace::Tab| (format!("{:?}", tab.content), tab.lens.clone());
    workspace.tabs.iter().map(as_it_looks).collect()
}

fn function(name: &str) -> Item {
    Item::Function(FrameKey { name: name.to_owned(), ..FrameKey::default() })
}

/// A window with a profile, a trace and a comparison that are all looked at in some way.
fn busy_window(folder: &Path) -> Window {
    let mut window = window();
    let cpu = Source::File(sample_file(folder, "cpu-labels.pb.gz"));
    send(&mut window, Command::OpenSource(cpu));
    let look = [
        Command::AddChip(FilterChip::typed(FilterKind::Focus, "main")),
        Command::ChooseGranularity(Granularity::FileFunctions),
        Command::ChooseDirection(Direction::Inverted),
        Command::ToggleView(ViewId::Source),
    ];
    click_first_row(&mut window);
    look.into_iter().for_each(|command| send(&mut window, command));
    send(&mut window, Command::OpenSource(Source::File(sample_file(folder, TRACE))));
    let (goid, nanos) = blocked_span(TRACE);
    let look = [
        Command::Select(Item::Span(goid, nanos)),
        Command::ShowTime(Some(TimeRange { start_nanos: 1_000_000, end_nanos: 900_000_000 })),
        Command::ShowOnly(Some(Only::Goroutine(goid))),
        Command::ChooseLanes(LaneKind::Procs),
        Command::ShowView(ViewId::Tasks),
    ];
    look.into_iter().for_each(|command| send(&mut window, command));
    let [base, head] = PAIR.map(|it| Source::File(sample_file(folder, it.name)));
    send(&mut window, Command::Compare(base, head));
    send(&mut window, Command::Search("json".to_owned()));
    let first = window.state().workspace().tabs[1].id;
    send(&mut window, Command::ShowTab(first));
    window
}

#[test]
fn a_session_is_saved_and_opened_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = busy_window(folder.path());
    let file = folder.path().join("shop.goscope");
    send(&mut first, Command::SaveSessionTo(file.clone()));
    assert!(first.query_by_label("shop.goscope, saved").is_some(), "the status bar says so");
    let text = std::fs::read_to_string(&file).expect("a session");
    assert!(text.len() < 8 << 10, "it is small: {} bytes", text.len());
    assert!(!text.contains(&folder.path().display().to_string()), "files beside it are named from there");

    let mut second = window();
    send(&mut second, Command::OpenSource(Source::File(file)));
    settle(&mut second);
    assert_eq!(tabs(second.state().workspace()), tabs(first.state().workspace()));
    let front = |window: &Window| window.state().workspace().active_tab().expect("a tab").content.clone();
    assert_eq!(front(&second), front(&first));
    assert!(second.state().problems().is_empty(), "{:?}", second.state().problems());
    // The tabs look as they did there, and other tabs as they do here.
    assert!(second.query_all_by_label_contains("checkout").next().is_some(), "the tasks are in front");
    assert!(second.state().preferences().layouts.is_empty());
    assert!(second.query_by_label("shop.goscope, saved").is_some());
    send(&mut second, Command::Escape);
    assert!(second.query_by_label("shop.goscope, changed").is_some());
    press(&mut second, Modifiers::COMMAND, Key::S);
    assert!(second.query_by_label("shop.goscope, saved").is_some(), "it knows where");
}

#[test]
fn where_there_is_no_dialog_the_path_of_a_session_is_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    window.state_mut().use_dialogs(Dialogs::Missing);
    send(&mut window, Command::OpenSource(Source::File(sample_file(folder.path(), "heap.pb.gz"))));
    press(&mut window, Modifiers::COMMAND, Key::S);
    assert!(window.query_by_label("Save session as").is_some());
    // It proposes a name beside the file.
    press(&mut window, Modifiers::NONE, Key::Enter);
    let text = std::fs::read_to_string(folder.path().join("session.goscope")).expect("it is saved");
    assert!(text.contains("\"path\": \"heap.pb.gz\""), "{text}");
}

#[test]
fn a_missing_and_a_changed_file_are_said_and_the_rest_opens() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut first = busy_window(folder.path());
    let file = folder.path().join("shop.goscope");
    send(&mut first, Command::SaveSessionTo(file.clone()));
    std::fs::copy(folder.path().join("base1.cpu.pb.gz"), folder.path().join("cpu-labels.pb.gz"))
        .expect("a copy");
    std::fs::remove_file(folder.path().join("head1.cpu.pb.gz")).expect("it was there");

    let mut second = window();
    second.state().receive(vec![file]);
    settle(&mut second);
    assert_eq!(second.state().workspace().tabs.len(), 3);
    let problems: Vec<String> =
        second.state().problems().iter().map(|it| format!("{}: {}", it.about, it.text)).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    let said = |part: &str| problems.iter().any(|problem| problem.contains(part));
    assert!(said("cpu-labels.pb.gz: it has changed since the session was saved"), "{problems:?}");
    assert!(said("head1.cpu.pb.gz") && said("No such file"), "{problems:?}");
}

#[test]
fn what_is_no_session_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.goscope");
    std::fs::write(&file, "cheese").expect("a file");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(file)));
    let [problem] = window.state().problems() else { panic!("{:?}", window.state().problems()) };
    assert_eq!(problem.about, "x.goscope");
    assert!(problem.text.starts_with("is no session of goscope: it is not JSON"), "{}", problem.text);
    assert!(window.state().workspace().tabs.is_empty());
}

#[test]
fn the_last_session_is_kept_and_offered() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("state").join("last.goscope");
    let mut first = window();
    first.state_mut().keep_session_in(kept.clone());
    settle(&mut first);
    assert!(first.query_by_label("Continue where you stopped").is_none(), "there was none");
    send(&mut first, Command::OpenSource(Source::Sample(TRACE.to_owned())));
    send(&mut first, Command::Select(Item::Goroutine(52)));
    eframe::App::on_exit(first.state_mut(), None);

    let mut second = window();
    second.state_mut().keep_session_in(kept);
    settle(&mut second);
    assert!(second.query_by_label("Continue where you stopped").is_some());
    second.get_by_label("Open the last session").click();
    settle(&mut second);
    assert_eq!(lens(&second).selection, Some(Item::Goroutine(52)));
}

/// Looks at what is in front in some way that has words, and in some that have none.
fn look_around(window: &mut Window) {
    let (goid, nanos) = blocked_span(TRACE);
    let kind = window.state().workspace().active_tab().expect("a tab").content.kind();
    let commands = match kind {
        goscope::gui::workspace::ContentKind::Trace => vec![
            Command::Select(Item::Span(goid, nanos)),
            Command::ShowTime(Some(TimeRange { start_nanos: 5_000_000, end_nanos: 700_000_000 })),
            Command::ShowOnly(Some(Only::Function("main.handle".to_owned()))),
            Command::ChooseFlame(Flame::default()),
            Command::ChooseAnswer(AnswerKind::GcBill),
            Command::FilterLanes("state:sync".to_owned()),
        ],
        goscope::gui::workspace::ContentKind::Benchmarks => vec![
            Command::ChooseUnit(Some("sec/op".to_owned())),
            Command::SortBenchmarks(BenchSort { column: BenchColumn::Base, is_descending: false }),
            Command::Select(Item::Benchmark("Export-2".to_owned(), "sec/op".to_owned())),
        ],
        goscope::gui::workspace::ContentKind::Dumps => vec![
            Command::AddChip(FilterChip::typed(FilterKind::Focus, "main")),
            Command::ChooseGrouping(Grouping::Functions),
            Command::SortGroups(GroupSort { column: GroupColumn::State, is_descending: false }),
            Command::ChooseOuterFrame(OuterFrame::Creator),
            Command::ShowPlace(CodePlace::in_file("/w/bank/main.go", 21)),
            Command::SelectGoroutine(1, None),
        ],
        goscope::gui::workspace::ContentKind::Coverage => vec![
            Command::DropGenerated(true),
            Command::SortCoverage(CoverageSort { column: CoverageColumn::Share, is_descending: false }),
            Command::TurnPart("package example.com/shop/cart".to_owned()),
            Command::ShowPlace(CodePlace::in_file("example.com/shop/cart/cart.go", 23)),
            Command::Select(function("example.com/shop/cart.(*Cart).Add")),
        ],
        goscope::gui::workspace::ContentKind::Tests => vec![
            Command::Select(Item::Test("example.com/shop/cart".to_owned(), "TestTotal/many".to_owned())),
            Command::ChooseTests(TestList::Slowest),
            Command::TurnPart("example.com/shop/cart".to_owned()),
            Command::ShowPlace(CodePlace {
                package: "example.com/shop/cart".to_owned(),
                file: "cart_test.go".to_owned(),
                line: 19,
            }),
        ],
        goscope::gui::workspace::ContentKind::Store => vec![
            Command::ChooseProfiles(Some("service=shop&kind=cpu&pod!=a".to_owned())),
            Command::DrawTime(TimeRange {
                start_nanos: MORNING_NANOS,
                end_nanos: MORNING_NANOS + MINUTE_NANOS,
            }),
            Command::Select(function("example.com/shop/report.contains")),
        ],
        _ => vec![
            Command::AddChip(FilterChip::typed(FilterKind::Ignore, "runtime")),
            Command::ToggleOrientation,
            Command::Select(function("main.main")),
            Command::Search("main".to_owned()),
        ],
    };
    commands.into_iter().for_each(|command| send(window, command));
}

#[test]
fn every_view_of_every_sample_is_copied_as_a_command_that_shows_the_same() {
    let sample = |name: &str| Source::Sample(name.to_owned());
    let [base, head] = PAIR.map(|it| sample(it.name));
    let mut first = window();
    let opened = SAMPLES.iter().chain(TRACES).map(|it| Command::OpenSource(sample(it.name)));
    let testing = testing().into_iter().map(|(_, open)| open);
    for open in opened.chain([Command::Compare(base, head)]).chain(testing) {
        send(&mut first, open);
        look_around(&mut first);
        show_every_view(&mut first);
        let tab = first.state().workspace().active_tab().expect("a tab").clone();
        let mut line = String::new();
        for &view in ViewId::ALL.iter().filter(|view| view.shows(tab.content.kind())) {
            line = copied(&mut first, Command::CopyWindowCommand(Some(view)));
            let Opening { what, look } = opening(&line);
            let look = look.expect("it says how");
            assert_eq!(look.view, Some(view), "{line}");
            let mut expected = tab.lens.clone();
            // The time is read with the trace: it may be that of a task.
            if let Some(range) = &look.range {
                let times = expected.trace.range.take().expect("a range");
                assert_eq!(range.to_string(), format!("{}ns..{}ns", times.start_nanos, times.end_nanos));
            }
            assert_eq!(look.lens, expected, "{line}");
            match &what[..] {
                [Opened::Source(source)] => assert_eq!(vec![source], tab.content.sources(), "{line}"),
                [Opened::Comparison(comparison, ..)] => {
                    assert_eq!(Some(&**comparison), tab.content.sides(), "{line}");
                }
                other => panic!("{other:?}"),
            }
        }
        // And the window does so.
        let mut second = window();
        second.state_mut().open(opening(&line));
        settle(&mut second);
        assert_eq!(*lens(&second), tab.lens, "{line}");
        assert!(second.state().problems().is_empty(), "{:?}", second.state().problems());
    }
}

#[test]
fn a_handle_is_a_time_once_the_trace_is_there() {
    let mut window = window();
    window.state_mut().open(opening("goscope sample:latency-go1.27.trace --range task:125 --view tasks"));
    settle(&mut window);
    assert!(lens(&window).trace.range.is_some());
    let mut window = self::window();
    window.state_mut().open(opening("goscope sample:latency-go1.27.trace --range task:999999"));
    settle(&mut window);
    assert_eq!(window.state().problems()[0].text, "there is no task 999999 in this trace");
    let mut window = self::window();
    window.state_mut().open(opening("goscope sample:heap.pb.gz --range 1s..2s --view lanes"));
    settle(&mut window);
    assert_eq!(window.state().problems()[0].text, "a range of time is for traces, and this is none");
}

#[test]
fn what_is_pasted_is_opened() {
    let folder = tempfile::tempdir().expect("a folder");
    let (cpu, heap) =
        (sample_file(folder.path(), "cpu-labels.pb.gz"), sample_file(folder.path(), "heap.pb.gz"));
    let mutex = sample_file(folder.path(), "mutex.pb.gz");
    let mut window = window();
    let paste = |window: &mut Window, text: String| {
        window.event(Event::Paste(text));
        settle(window);
    };
    paste(&mut window, format!("{}\n\"{}\"\n{}\n", cpu.display(), heap.display(), mutex.display()));
    let titles = |window: &Window| -> Vec<String> {
        window.state().workspace().tabs.iter().map(|tab| tab.content.title()).collect()
    };
    assert_eq!(titles(&window), ["cpu-labels.pb.gz", "heap.pb.gz", "mutex.pb.gz"]);
    paste(&mut window, "func main() {".to_owned());
    assert_eq!(window.state().problems()[0].text, "\"func main() {\" is neither a file nor an address");
    assert_eq!(window.state().workspace().tabs.len(), 3);
    // A text field takes it for itself.
    send(&mut window, Command::FindText);
    paste(&mut window, "main.main".to_owned());
    assert_eq!(lens(&window).search, "main.main");
    assert_eq!(window.state().problems().len(), 1);
}

#[test]
fn a_session_opens_beside_what_is_open() {
    let mut window = window_with("heap.pb.gz");
    let other = window_with(TRACE);
    let tab = other.state().workspace().active_tab().expect("a tab").clone();
    let mut saved = SavedSession::default();
    saved.tabs.push(goscope::session::saved::SavedTab {
        content: tab.content,
        lens: tab.lens,
        layout: goscope::gui::layout::Layout::of(goscope::gui::workspace::ContentKind::Trace),
        is_in_front: true,
    });
    send(&mut window, Command::OpenSession(Box::new(saved.clone())));
    send(&mut window, Command::OpenSession(Box::new(saved)));
    let ids: Vec<TabId> = window.state().workspace().tabs.iter().map(|tab| tab.id).collect();
    assert_eq!((ids.len(), window.state().workspace().active), (2, Some(ids[1])));
}

/// What is saved may be about a file that is no longer there, or have been made up.
#[test]
fn a_session_about_another_file_does_no_harm() {
    let text = r#"{"goscope_session":1,"tabs":[{"in_front":true,"shows":{"trace":{"sample":"latency-go1.27.trace"}},
        "lens":{"sample_type":"cheese","search":"(","selection":{"Span":[9223372036854775807,1152921504606846976]},
            "chips":[{"kind":"Focus","pattern":"[","label":null,"is_on":true}],
            "zoom":{"path":[{"name":"no.such"}],"range":[-1.0,2.0]},
            "trace":{"range":{"start_nanos":0,"end_nanos":1152921504606846976},"only":{"Goroutine":-9223372036854775808},
                "about":{"Tasks":"cheese"},"length":[18446744073709551615,0],"headline":"cheese","flame":"Blame",
                "breakdown_row":{"state":"Waiting","reason":"cheese"},"lane_filter":"state:( longer:",
                "path":{"Stretch":{"goroutine":52,"range":{"start_nanos":0,"end_nanos":1152921504606846976}}},
                "cause":{"class":"cheese","goroutine_function":null,"behind":null},"lanes":"Tasks",
                "open_groups":["cheese"],"unfolded":[{"Thread":-1}]}},
        "notes":[{"on":{"Moment":1152921504606846976}},{"on":{"Span":[52,1152921504606846976]},"text":"x"},
            {"on":{"Task":18446744073709551615}},{"on":{"Goroutine":-1}},{"on":{"Function":"no.such"}}]},
        {"shows":{"profile":{"sample":"cpu-labels.pb.gz"}},"lens":{"sample_type":"cheese","search":"(",
            "zoom":{"path":[{"name":"no.such"}],"range":[-1.0,2.0]},"selection":{"CallPath":[{"name":"no.such"}]}}}]}"#;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("x.goscope");
    std::fs::write(&file, text).expect("a file");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(file)));
    assert_eq!(window.state().workspace().tabs.len(), 2, "{:?}", window.state().problems());
    for tab in window.state().workspace().tabs.iter().map(|tab| tab.id).collect::<Vec<_>>() {
        send(&mut window, Command::ShowTab(tab));
        show_every_view(&mut window);
        let notes = lens(&window).notes.len();
        for place in 0..notes {
            send(&mut window, Command::ShowNotes);
            (0..place).for_each(|_| press(&mut window, Modifiers::NONE, Key::ArrowDown));
            press(&mut window, Modifiers::NONE, Key::Enter);
        }
    }
    let bugs: Vec<_> = window.state().problems().iter().filter(|it| it.text.contains("has a bug")).collect();
    assert!(bugs.is_empty(), "{bugs:?}");
}

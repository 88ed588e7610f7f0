//! Why requests are slow, on the first screen of a trace: the sentence, the table behind it, the way to the slowest.

use goscope::document::Document;
use goscope::gui::parts::sentence::short_text;
use goscope::query::trace::answers::finding_headlines::FindingHeadlinesQuery;
use goscope::query::trace::answers::headlines::{Headline, HeadlinesQuery};
use goscope::query::trace::answers::path::PathChoice;
use goscope::query::trace::answers::slowest::SlowestQuery;
use goscope::query::trace::answers::why::WhyQuery;
use goscope::query::trace::answers::why_sentence::cause_sentence;
use goscope::query::{Documents, Question, answer};
use goscope_analysis::trace::answers::flame::AnswerFlame;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::model::TraceModel;
use std::sync::Arc;

use super::*;
use crate::support::window::texts;

/// What a question says of a sample that nobody has looked around in yet.
pub(super) fn answer_of<Q: Question>(sample: &str, question: &Q) -> Q::Answer {
    let source = Source::Sample(sample.to_owned());
    let document = Document::load(&source, &goscope_parsers::Progress::new()).expect("a sample");
    answer(question, Documents::of_tab(&[Arc::new(document)])).expect("an answer")
}

fn with_model<R>(look: impl FnOnce(&TraceModel) -> R) -> R {
    let source = Source::Sample(TRACE.to_owned());
    let document = Document::load(&source, &goscope_parsers::Progress::new()).expect("a sample");
    look(&document.trace().expect("a trace").model)
}

fn headline(sample: &str) -> Headline {
    let headlines = answer_of(sample, &HeadlinesQuery::default());
    headlines.items.into_iter().next().expect("a headline")
}

#[test]
fn what_else_stands_out_comes_behind_the_first_answer() {
    let mut window = window_with(TRACE);
    let found = answer_of(TRACE, &FindingHeadlinesQuery);
    let first = found.first().expect("a finding");
    assert!(window.query_by_label(&first.sentence.text()).is_none());
    click(&mut window, "Next answer");
    assert!(window.query_by_label(&first.sentence.text()).is_some());
    click(&mut window, "Example");
    assert_eq!(lens(&window).trace.path, first.look.as_ref().map(|look| look.place.choice));
    click(&mut window, "Previous answer");
    assert!(window.query_by_label(&headline(TRACE).sentence.text()).is_some());
}

#[test]
fn the_palette_lists_what_stands_out_and_leads_to_it() {
    let mut window = window_with(TRACE);
    let found = answer_of(TRACE, &FindingHeadlinesQuery);
    let sentences: Vec<String> = found.iter().map(|finding| short_text(&finding.sentence)).collect();
    press(&mut window, Modifiers::COMMAND, Key::K);
    let entries = |window: &Window| {
        let buttons = window.query_all_by_role(Role::Button).filter_map(|node| node.accesskit_node().label());
        buttons.filter(|label| sentences.contains(label)).collect::<Vec<_>>()
    };
    assert_eq!(entries(&window), sentences, "most severe first");
    window.get_by_label("Command palette").type_text("finding sleeps");
    settle(&mut window);
    let is_about_sleep = |sentence: &&String| sentence.contains("a goroutine that sleeps");
    let wanted = sentences.iter().find(is_about_sleep).expect("somebody sleeps");
    assert_eq!(entries(&window).first(), Some(wanted));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(window.query_by_label("Command palette").is_none());
    let said = found[sentences.iter().position(|it| it == wanted).expect("its place")].sentence.text();
    assert!(window.query_by_label(&said).is_some(), "the band says it");
    assert_eq!(lens(&window).trace.about, InstanceKind::Tasks(Some("checkout".to_owned())));
    assert!(window.query_by_label("Sort by slowest 1%").is_some(), "where their time went");
    for _ in 0..2 {
        send(&mut window, Command::Undo);
    }
    assert!(window.query_by_label(&said).is_none(), "all of it can be undone");
}

#[test]
fn the_palette_of_a_profile_lists_commands_alone() {
    let mut window = window_with("heap.pb.gz");
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.get_by_label("Command palette").type_text("finding");
    settle(&mut window);
    assert!(window.query_by_label("Nothing has this in its name.").is_some());
}

/// Clicks a link of the sentences, by what it says.
#[track_caller]
pub(super) fn click_link(window: &mut Window, text: &str) {
    let is_link = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() == Role::Link;
    window.query_all_by_label(text).find(is_link).expect("a link of that name").click();
    settle(window);
}

#[test]
fn the_first_screen_of_a_trace_says_why_requests_are_slow() {
    let window = window_with(TRACE);
    let headline = headline(TRACE);
    let sentence = headline.sentence.text();
    assert!(sentence.contains("(*Index).Rebuild") && sentence.contains("RWMutex"), "{sentence}");
    assert!(window.query_by_label(&sentence).is_some(), "{sentence}");
    assert!(window.query_by_label(&headline.evidence.text()).is_some());
}

#[test]
fn a_function_of_the_sentence_is_chosen_by_a_click() {
    let mut window = window_with(TRACE);
    click_link(&mut window, "catalog.(*Index).snapshot");
    let Some(Item::Function(frame)) = &lens(&window).selection else { panic!("no function is chosen") };
    assert_eq!(frame.name, "example.com/shop/catalog.(*Index).snapshot");
}

#[test]
fn what_the_sentence_is_about_leads_to_its_breakdown() {
    let mut window = window_with(TRACE);
    click_link(&mut window, "all tasks");
    assert_eq!(lens(&window).trace.about, InstanceKind::Tasks(None));
    assert!(window.query_by_label("Sort by slowest 1%").is_some());
}

#[test]
fn the_slowest_is_shown_with_a_click() {
    let mut window = window_with(TRACE);
    click(&mut window, "Slowest");
    assert_eq!(lens(&window).trace.path, Some(PathChoice::Task(125)));
    let range = seen(&window).expect("its time is shown");
    assert!((132_000_000..400_000_000).contains(&range.length()), "{range:?}");
    assert!(matches!(lens(&window).selection, Some(Item::Span(..))));
    send(&mut window, Command::Undo);
    assert_eq!((lens(&window).trace.path, seen(&window)), (None, None));
}

/// The segments of the critical path that are wide enough to be named.
fn segments(window: &Window) -> Vec<String> {
    let labels = window.query_all_by_role(Role::Button).filter_map(|node| node.accesskit_node().label());
    labels.filter(|label| label.starts_with("G ") && label.contains(" in ")).collect()
}

#[test]
fn the_critical_path_of_the_slowest_lies_above_its_lanes() {
    let mut window = window_with(TRACE);
    assert!(window.query_by_label("Critical path").is_none());
    click(&mut window, "Slowest");
    assert!(window.query_by_label("Critical path").is_some());
    let names = lane_names(&window);
    let lanes = names.iter().position(|name| name == "critical path").expect("a group of lanes");
    assert_eq!(names[lanes + 1..lanes + 3], ["G 18", "G 52"], "{names:?}");
    let computes =
        |label: &&String| label.starts_with("G 52 catalog.(*Index).RebuildEvery computes in catalog.");
    let segment = segments(&window).iter().find(computes).expect("whoever held the lock").clone();
    window.get_by_label(&segment).click();
    settle(&mut window);
    assert!(matches!(lens(&window).selection, Some(Item::Span(52, _))), "{:?}", lens(&window).selection);
    click(&mut window, "Put the critical path away");
    assert_eq!(lens(&window).trace.path, None);
    assert!(window.query_by_label("Critical path").is_none());
    assert!(!lane_names(&window).contains(&"critical path".to_owned()));
}

#[test]
fn an_instance_of_the_list_is_shown_with_its_path() {
    let mut window = window_with(TRACE);
    let is_listed = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().label().is_some_and(|label| label.starts_with("catalog #"))
    };
    window.query_all_by_role(Role::Row).filter(is_listed).nth(1).expect("the second of them").click();
    settle(&mut window);
    assert!(matches!(lens(&window).trace.path, Some(PathChoice::Task(number)) if number != 125));
    assert!(!segments(&window).is_empty());
}

#[test]
fn the_command_that_says_the_same_is_copied() {
    let mut window = window_with(TRACE);
    // The band's stands above the one of the view.
    let click_it =
        |window: &Window| window.query_all_by_label("Copy as command").next().expect("a button").click();
    let copied = copied_by(&mut window, click_it);
    assert_eq!(copied.as_deref(), Some("goscope trace why sample:latency-go1.27.trace --task '*'"));
}

/// What a click copies. It is a press and a release, and the copy comes with the frame after.
pub(super) fn copied_by(window: &mut Window, click: impl FnOnce(&Window)) -> Option<String> {
    click(window);
    (0..6).find_map(|_| {
        window.step();
        window.output().platform_output.commands.iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    })
}

/// A window with a trace of Go's own tests, which have no annotations; `None` without the corpus.
fn window_of_corpus(name: &str) -> Option<Window> {
    let path = files_below(&corpus("trace-conformance/v1")?, &[name]).pop().expect("the trace");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(path)));
    Some(window)
}

#[test]
fn a_trace_without_tasks_says_so_in_one_line() {
    let Some(window) = window_of_corpus("http_1_21_good.trace") else { return };
    assert!(window.query_by_label_contains("no tasks, no regions and no HTTP requests").is_some());
    assert!(window.query_by_label("Copy as command").is_none());
}

#[test]
fn what_stands_out_is_said_of_a_trace_without_tasks_too() {
    let Some(window) = window_of_corpus("stress_1_19_good.trace") else { return };
    let said = "of its busy time on garbage collection";
    assert!(window.query_all_by_label_contains(said).next().is_some());
    assert!(window.query_by_label("Next answer").is_none(), "it is all there is");
}

#[test]
fn a_part_of_the_time_lists_the_slowest_that_have_it() {
    let mut window = window_with(TRACE);
    let rows = |window: &Window| {
        let rows = window.query_all_by_role(Role::Row).filter_map(|node| node.accesskit_node().label());
        rows.collect::<Vec<_>>()
    };
    let all = rows(&window);
    assert!(all[0].starts_with("running · catalog.(*postings).addProduct"), "{all:?}");
    let listed = all.iter().filter(|row| row.starts_with("catalog #")).count();
    click_first_row(&mut window);
    let cause = lens(&window).trace.cause.clone().expect("a part is chosen");
    assert_eq!(cause.class, "running");
    let part = answer_of(TRACE, &SlowestQuery { cause: Some(cause), ..SlowestQuery::default() });
    let why = answer_of(TRACE, &WhyQuery::default());
    let (chosen, _) = part.chosen.expect("the part");
    let sentence = with_model(|model| cause_sentence(model, &why.why.answers[chosen]).text());
    assert!(sentence.contains(" computes in "), "{sentence}");
    assert!(window.query_by_label(&sentence).is_some(), "{sentence}");
    let with_it = rows(&window);
    let listed_with_it =
        with_it.iter().filter(|row| row.starts_with("catalog #") && row.ends_with("· running")).count();
    assert!(listed_with_it > 0 && listed_with_it <= listed, "{with_it:?}");
    click(&mut window, "All of it");
    assert_eq!(lens(&window).trace.cause, None);
}

#[test]
fn the_flame_graphs_of_answers_have_a_frame_between_who_waits_and_whom_it_waits_for() {
    let mut window = window_with(TRACE);
    click(&mut window, "blame");
    assert_eq!(lens(&window).trace.flame, Flame::Answer(AnswerFlame::Blame));
    send(
        &mut window,
        Command::ShowTime(Some(TimeRange { start_nanos: 270_000_000, end_nanos: 470_000_000 })),
    );
    send(&mut window, Command::Search("woken".to_owned()));
    assert!(window.query_by_label_contains("matched 100%").is_some(), "all waits end somehow");
    click(&mut window, "critical path");
    send(&mut window, Command::Search("waits for".to_owned()));
    assert!(window.query_by_label_contains("matched ").is_some());
    assert!(window.query_by_label_contains("matched 0%").is_none());
}

#[test]
fn in_a_small_window_the_sentence_leaves_room_for_the_lanes() {
    let mut window = window_with(TRACE);
    let evidence = |window: &Window| texts(window).contains("11 slow from");
    assert!(evidence(&window));
    window.set_size(eframe::egui::vec2(760.0, 480.0));
    settle(&mut window);
    assert!(!evidence(&window), "hovering tells it");
    let lanes = window.get_by_role_and_label(Role::Canvas, "Lanes").rect();
    assert!(lanes.height() > 40.0, "{lanes:?}");
    assert!(texts(&window).contains("89% of the difference"));
}

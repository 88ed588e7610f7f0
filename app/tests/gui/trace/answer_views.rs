//! The view of answers: each says first what `goscope trace …` says, then the table, and leads on with a click.

use goscope::query::trace::answers::cohort::CohortQuery;
use goscope::query::trace::answers::gc_bill::GcBillQuery;
use goscope::query::trace::answers::kind::AnswerKind;
use goscope::query::trace::answers::page::{PageQuery, Sayable};
use goscope::query::trace::answers::scheduler::SchedulerQuery;
use goscope::query::trace::answers::signals::SignalsQuery;
use goscope_analysis::trace::answers::flame::AnswerFlame;
use goscope_analysis::trace::instances::InstanceKind;
use goscope_analysis::trace::questions::profile::FlameKind;

use super::answers::{answer_of, click_link, copied_by};
use super::*;

fn rows(window: &Window) -> Vec<String> {
    let rows = window.query_all_by_role(Role::Row).filter_map(|node| node.accesskit_node().label());
    rows.collect()
}

#[track_caller]
fn click_row(window: &mut Window, begin: &str) {
    let is_it = |node: &egui_kittest::Node<'_>| {
        node.accesskit_node().label().is_some_and(|label| label.starts_with(begin))
    };
    window.query_all_by_role(Role::Row).find(is_it).expect("a row of that name").click();
    settle(window);
}

/// The sentences and notes of a question about the sample, each seen in the window.
#[track_caller]
fn assert_says<Q: Sayable>(window: &Window, query: Q) {
    let page = answer_of(TRACE, &PageQuery { of: query });
    assert!(!page.words.sentences.is_empty());
    for sentence in &page.words.sentences {
        let text = sentence.text();
        assert!(window.query_all_by_label(&text).next().is_some(), "{text}");
    }
    for note in &page.words.notes {
        assert!(window.query_by_label(note).is_some(), "{note}");
    }
}

#[test]
fn each_answer_has_a_view_with_its_sentence_and_its_command() {
    let mut window = window_with(TRACE);
    click(&mut window, "In common");
    assert_eq!(lens(&window).trace.answer, AnswerKind::Cohort);
    assert_says(&window, CohortQuery::default());
    click(&mut window, "Signals");
    assert_says(&window, SignalsQuery::default());
    click(&mut window, "Scheduler");
    assert_says(&window, SchedulerQuery::default());
    click(&mut window, "GC bill");
    assert_says(&window, GcBillQuery::default());
    let copied = copied_by(&mut window, |window| {
        window.query_all_by_label("Copy as command").last().expect("the button of the view").click();
    });
    assert_eq!(copied.as_deref(), Some("goscope trace gcbill sample:latency-go1.27.trace --task '*'"));
    click(&mut window, "Why slow");
    assert!(rows(&window).iter().any(|row| row.starts_with("running · ")), "{:?}", rows(&window));
}

#[test]
fn what_slow_ones_have_in_common_leads_to_one_of_them_with_its_path() {
    let mut window = window_with(TRACE);
    click(&mut window, "In common");
    let features = rows(&window);
    assert!(!features.is_empty());
    click_first_row(&mut window);
    assert!(lens(&window).trace.path.is_some(), "{features:?}");
    assert!(window.query_by_label("Critical path").is_some());
}

#[test]
fn signals_and_gc_bill_of_a_task_type_lead_to_its_breakdown() {
    for answer in ["Signals", "GC bill"] {
        let mut window = window_with(TRACE);
        click(&mut window, answer);
        click_row(&mut window, "checkout");
        assert_eq!(lens(&window).trace.about, InstanceKind::Tasks(Some("checkout".to_owned())), "{answer}");
        assert!(window.query_by_label("Sort by slowest 1%").is_some(), "{answer}");
    }
}

#[test]
fn the_first_noun_of_the_gc_bill_is_who_allocates_most() {
    let mut window = window_with(TRACE);
    click(&mut window, "GC bill");
    let page = answer_of(TRACE, &PageQuery { of: GcBillQuery::default() });
    let noun = page.words.sentences[0].phrases.iter().find(|phrase| phrase.link.is_some());
    let noun = noun.expect("somebody allocates").text.clone();
    click_link(&mut window, &noun);
    assert_eq!(lens(&window).trace.about, InstanceKind::Tasks(Some(noun)));
}

#[test]
fn what_stood_in_the_way_of_goroutines_leads_to_where_they_waited() {
    let mut window = window_with(TRACE);
    click(&mut window, "Scheduler");
    click_row(&mut window, "wake-up");
    assert_eq!(lens(&window).trace.flame, Flame::Time(FlameKind::Sched));
}

#[test]
fn an_answer_is_found_by_its_name() {
    let mut window = window_with(TRACE);
    click(&mut window, "Breakdown");
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.get_by_label("Command palette").type_text("answer: sched");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_says(&window, SchedulerQuery::default());
}

#[test]
fn a_part_of_the_bars_is_chosen_by_a_click_and_taken_back_by_another() {
    let mut window = window_with(TRACE);
    let part = |window: &Window| {
        let labels = window.query_all_by_role(Role::Button).filter_map(|node| node.accesskit_node().label());
        labels.filter(|label| label.starts_with("slow: ")).collect::<Vec<_>>()
    };
    let widest = part(&window).first().expect("slow ones are made of something").clone();
    assert!(widest.starts_with("slow: running · catalog.(*postings).addProduct"), "{widest}");
    click(&mut window, &widest);
    assert_eq!(lens(&window).trace.cause.as_ref().map(|cause| cause.class.as_str()), Some("running"));
    click(&mut window, &widest);
    assert_eq!(lens(&window).trace.cause, None);
}

#[test]
fn a_flame_graph_of_an_answer_has_its_command() {
    let mut window = window_with(TRACE);
    for (flame, command) in [
        (AnswerFlame::Blame, "goscope trace blame sample:latency-go1.27.trace"),
        (AnswerFlame::CriticalPath, "goscope trace why sample:latency-go1.27.trace"),
    ] {
        send(&mut window, Command::ChooseFlame(Flame::Answer(flame)));
        let flame_graph = window.get_by_role_and_label(Role::Canvas, "Flame graph").rect();
        let copied = copied_by(&mut window, |window| {
            let is_above = |node: &egui_kittest::Node<'_>| {
                (flame_graph.top() - node.rect().bottom()).abs() < 40.0
                    && node.rect().left() < flame_graph.right()
            };
            window.query_all_by_label("Copy as command").find(is_above).expect("its button").click();
        });
        assert_eq!(copied.as_deref(), Some(command));
    }
}

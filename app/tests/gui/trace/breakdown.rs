//! From a histogram to the goroutine that made requests slow: the latency breakdown beside the flame graph.

use eframe::egui::Rect;
use goscope_analysis::trace::cause::SpanState;
use goscope_analysis::trace::instances::InstanceKind;

use super::*;

/// What screen readers hear of all widgets of a role.
fn labels(window: &Window, role: Role) -> Vec<String> {
    window.query_all_by_role(role).filter_map(|node| node.accesskit_node().label()).collect()
}

/// The window with the breakdown of all requests for the catalog.
fn catalog_requests() -> Window {
    let mut window = window_with(TRACE);
    send(&mut window, Command::ShowView(ViewId::Breakdown));
    send(&mut window, Command::ChooseAbout(InstanceKind::Tasks(Some("catalog".to_owned()))));
    window
}

/// Where a bar of the histogram is, by what it says of itself.
fn bars(window: &Window) -> Vec<(String, Rect)> {
    let buttons = window.query_all_by_role(Role::Button);
    let bars = buttons.filter_map(|node| Some((node.accesskit_node().label()?, node.rect())));
    bars.filter(|(label, _)| label.contains(" to ") && label.contains(" of 472")).collect()
}

#[track_caller]
fn click_row(window: &mut Window, is_wanted: impl Fn(&str) -> bool) {
    let is_it =
        |node: &egui_kittest::Node<'_>| node.accesskit_node().label().is_some_and(|label| is_wanted(&label));
    window.query_all_by_role(Role::Row).find(is_it).expect("a row like that").click();
    settle(window);
}

#[test]
fn from_the_slowest_bar_to_the_request_to_who_held_the_lock() {
    let mut window = catalog_requests();
    let slowest = bars(&window).pop().expect("bars");
    window.get_by_label(&slowest.0).click();
    settle(&mut window);
    let (from, _) = lens(&window).trace.length.expect("only the slow ones");
    assert!(from > 50_000_000, "{from} ns");
    click_row(&mut window, |label| label.contains("% waiting: sync"));
    let Some(Item::Span(_, start)) = lens(&window).selection else { panic!("a span is chosen") };
    let range = seen(&window).expect("its time is shown");
    assert!((range.start_nanos..range.end_nanos).contains(&start));
    press(&mut window, Modifiers::NONE, Key::U);
    assert!(matches!(lens(&window).selection, Some(Item::Span(52, _))), "{:?}", lens(&window).selection);
}

#[test]
fn a_row_lists_its_longest_spans_until_it_is_clicked_again() {
    let mut window = catalog_requests();
    click_row(&mut window, |label| label.starts_with("sync"));
    let row = lens(&window).trace.breakdown_row.clone().expect("a row is chosen");
    assert_eq!((row.state, row.reason.as_str()), (SpanState::Waiting, "sync"));
    assert!(window.query_by_label("Sort by longest").is_some());
    click_row(&mut window, |label| label.starts_with("sync"));
    assert_eq!(lens(&window).trace.breakdown_row, None);
    assert!(window.query_by_label("Sort by slowest").is_some());
}

#[test]
fn a_drag_over_bars_chooses_their_lengths_and_a_click_on_the_chip_all_again() {
    let mut window = catalog_requests();
    let bars = bars(&window);
    let (first, last) = (bars[bars.len() - 3].1.center(), bars[bars.len() - 1].1.center());
    drag(&mut window, first, last);
    let (from, to) = lens(&window).trace.length.expect("lengths");
    assert!(from >= 20_000_000 && to >= 132_000_000, "{from} {to}");
    send(&mut window, Command::Undo);
    assert_eq!(lens(&window).trace.length, None);
}

#[test]
fn the_flame_graph_follows_what_the_breakdown_is_about() {
    let mut window = window_with(TRACE);
    let boxes = |window: &Window| labels(window, Role::Button).join("\n");
    send(&mut window, Command::ChooseAbout(InstanceKind::Regions(Some("search".to_owned()))));
    assert!(boxes(&window).contains("waiting: sync, 793 ms"), "{}", boxes(&window));
    send(&mut window, Command::ChooseAbout(InstanceKind::Regions(Some("encode".to_owned()))));
    assert!(
        !boxes(&window).contains("waiting: sync, 793 ms"),
        "nothing waits for the index while it encodes"
    );
}

#[test]
fn whose_time_it_is_about_is_chosen_in_the_header() {
    let mut window = window_with(TRACE);
    click(&mut window, "Breakdown");
    click(&mut window, "goroutines ▾");
    window.get_by_role_and_label(Role::Button, "tasks catalog").click();
    settle(&mut window);
    assert_eq!(lens(&window).trace.about, InstanceKind::Tasks(Some("catalog".to_owned())));
}

//! What tasks log, as labels, in the window.

use eframe::egui;

use super::*;

fn window_with_labels() -> Window {
    let mut window = window_with(TRACE);
    send(&mut window, Command::ShowView(ViewId::Labels));
    window
}

/// The lines of values, as screen readers hear them.
fn lines(window: &Window) -> Vec<String> {
    let labels =
        window.query_all_by_role(egui::Role::Button).filter_map(|node| node.accesskit_node().label());
    labels.filter(|label| label.contains(" of time")).collect()
}

#[test]
fn each_value_is_a_line_with_its_tasks_and_their_time() {
    let mut window = window_with_labels();
    insta::assert_snapshot!(lines(&window).join("\n"), @r"
    cache = hit: 47 tasks, p50 58.0 µs, p99 298 µs, 0.2% of time
    cache = no label: 750 tasks, p50 1.61 ms, p99 57.8 ms, 99.8% of time
    shipping = carrier too late: 3 tasks, p50 11.9 ms, p99 12.0 ms, 1.3% of time
    shipping = no label: 794 tasks, p50 1.31 ms, p99 57.8 ms, 98.7% of time
    tenant = north: 372 tasks, p50 1.33 ms, p99 47.6 ms, 48.4% of time
    tenant = south: 285 tasks, p50 1.31 ms, p99 57.8 ms, 31.5% of time
    tenant = coast: 139 tasks, p50 1.42 ms, p99 65.9 ms, 20.1% of time
    tenant = no label: 1 task, p50 –, p99 –, 0.0% of time
    ");
    let count = |window: &Window| lines(window).len();
    let all = count(&window);
    // Only what the chosen tasks log: the selected time, and the type that the breakdown is about.
    let whole = TimeRange { start_nanos: 300_000_000, end_nanos: 320_000_000 };
    send(&mut window, Command::ShowTime(Some(whole)));
    assert!(!lines(&window).is_empty() && lines(&window) != lines(&window_with_labels()));
    send(&mut window, Command::Undo);
    assert_eq!(count(&window), all);
}

#[test]
fn a_click_on_a_value_shows_the_lanes_of_its_tasks_and_another_one_all() {
    let mut window = window_with_labels();
    let click_line = |window: &mut Window, name: &str| {
        let line = lines(window).into_iter().find(|line| line.starts_with(name));
        window.get_by_label(&line.unwrap_or_else(|| panic!("no line {name}"))).click();
        settle(window);
    };
    click_line(&mut window, "shipping = carrier too late:");
    let chosen = &lens(&window).trace;
    assert_eq!((chosen.lanes, chosen.lane_filter.as_str()), (LaneKind::Tasks, "\"label:carrier too late\""));
    click_line(&mut window, "tenant = coast:");
    assert_eq!(lens(&window).trace.lane_filter, "label:coast");
    click_line(&mut window, "tenant = coast:");
    assert_eq!(lens(&window).trace.lane_filter, "");
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

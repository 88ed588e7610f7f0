//! The heat map of a trace in the window: what it counts, and its brush.

use eframe::egui;
use goscope::query::trace::heat::HeatOf;

use super::*;

/// A trace with CPU samples.
const SAMPLED: &str = "trace/shop-go1.27.trace";

fn window_with_map(source: Source) -> Window {
    let mut window = window();
    send(&mut window, Command::OpenSource(source));
    send(&mut window, Command::ShowView(ViewId::HeatMap));
    window
}

fn map_rect(window: &Window) -> egui::Rect {
    window.get_by_role_and_label(egui::Role::Canvas, "Heat map of the trace").rect()
}

#[test]
fn a_drag_chooses_the_time_that_all_panels_show_and_a_double_click_all_of_it() {
    let mut window = window_with_map(Source::Sample(TRACE.to_owned()));
    let rect = map_rect(&window);
    let at = |x: f32, y: f32| rect.min + egui::vec2(rect.width() * x, rect.height() * y);
    drag(&mut window, at(0.3, 0.2), at(0.3, 0.8));
    let TimeRange { start_nanos, end_nanos } = lens(&window).trace.range.expect("a range is chosen");
    assert!(0 < start_nanos && start_nanos < end_nanos, "{start_nanos} … {end_nanos}");
    drag(&mut window, at(0.6, 0.5), at(0.4, 0.5));
    let wider = lens(&window).trace.range.expect("a range is chosen");
    assert!(wider.length() > end_nanos - start_nanos, "from one column to another, in any direction");
    assert!(wider.start_nanos > start_nanos);
    press(&mut window, Modifiers::NONE, Key::Home);
    assert_eq!(lens(&window).trace.range, None);
}

#[test]
fn what_is_counted_is_chosen_and_a_trace_without_samples_shows_running_ps() {
    let mut window = window_with_map(Source::Sample(TRACE.to_owned()));
    assert!(window.query_by_label_contains("a column is ").is_some());
    send(&mut window, Command::ChooseHeat(HeatOf::Samples));
    assert!(window.query_by_label_contains("No CPU samples here").is_some());
    send(&mut window, Command::Undo);
    assert!(window.query_by_role_and_label(egui::Role::Canvas, "Heat map of the trace").is_some());
    let window = window_with_map(Source::File(sample(SAMPLED)));
    assert!(window.query_by_role_and_label(egui::Role::Canvas, "Heat map of the trace").is_some());
}

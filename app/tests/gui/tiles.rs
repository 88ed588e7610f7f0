//! How large tiles are: sides keep their width when the window changes, a dragged border sets it, sessions keep it.

use eframe::egui::{Rect, Role, Vec2, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::layout::{Layout, Node};
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::ContentKind;

use crate::support::window::{SIZE, TRACE, Window, drag, send, settle, window_at, window_with};

const CPU: &str = "cpu-labels.pb.gz";

/// Where a tile is; its upper edge is as wide as it is.
fn edge(window: &Window, view: &str) -> Rect {
    window.get_by_role_and_label(Role::TitleBar, &format!("Tile {view}")).rect()
}

fn width(window: &Window, view: &str) -> f32 {
    edge(window, view).width().round()
}

fn resize(window: &mut Window, size: Vec2) {
    window.set_size(size);
    settle(window);
}

#[test]
fn the_side_keeps_its_width_and_the_middle_takes_the_rest() {
    let mut window = window_with(CPU);
    let flames = width(&window, "Flame graph");
    assert_eq!(width(&window, "Details"), 320.0);
    resize(&mut window, vec2(2560.0, 1440.0));
    assert_eq!(width(&window, "Details"), 320.0);
    assert_eq!(width(&window, "Flame graph"), flames + 1280.0);
    // A small window leaves the middle two thirds.
    resize(&mut window, vec2(760.0, 480.0));
    assert_eq!(width(&window, "Details"), 253.0);
    resize(&mut window, SIZE);
    assert_eq!((width(&window, "Details"), width(&window, "Flame graph")), (320.0, flames));
    assert_eq!(window.state().preferences().layout(ContentKind::Profile), Layout::of(ContentKind::Profile));
}

#[test]
fn the_overview_of_a_trace_keeps_its_height_and_the_inspector_its_width() {
    let mut window = window_with(TRACE);
    let height = |window: &Window| edge(window, "Span").top() - edge(window, "Overview").top();
    let at_first = (height(&window), width(&window, "Span"));
    assert_eq!(at_first.1, 320.0);
    resize(&mut window, vec2(2560.0, 1440.0));
    assert_eq!((height(&window), width(&window, "Span")), at_first);
}

#[test]
fn a_dragged_border_sets_the_width_and_it_stays_with_the_session() {
    let mut window = window_with(CPU);
    let border = edge(&window, "Details").left();
    drag(&mut window, pos2(border, 300.0), pos2(border - 100.0, 300.0));
    assert_eq!(width(&window, "Details"), 420.0);
    resize(&mut window, vec2(1800.0, 900.0));
    assert_eq!(width(&window, "Details"), 420.0);
    let layout = window.state().preferences().layout(ContentKind::Profile);
    let Node::Row(parts) = &layout.root else { panic!("{layout:?}") };
    assert!(parts[1].points.is_some_and(|points| (points - 420.0).abs() < 1.0), "{layout:?}");
    // What a session holds is what another window of another size is given.
    let saved = serde_json::to_string(&layout).expect("a layout");
    let mut other = window_at(ThemeChoice::Dark, 1.0);
    resize(&mut other, vec2(1500.0, 900.0));
    send(&mut other, Command::OpenSource(Source::Sample(CPU.to_owned())));
    let read = serde_json::from_str(&saved).expect("the layout");
    send(&mut other, Command::Arrange(ContentKind::Profile, read));
    assert_eq!(width(&other, "Details"), 420.0);
}

#[test]
fn a_border_is_dragged_to_half_of_a_small_window_and_not_over_what_is_beside_it() {
    let mut window = window_with(CPU);
    resize(&mut window, vec2(760.0, 480.0));
    let border = edge(&window, "Details").left();
    drag(&mut window, pos2(border, 300.0), pos2(380.0, 300.0));
    assert!((width(&window, "Details") - 380.0).abs() <= 1.0, "{}", width(&window, "Details"));
    drag(&mut window, pos2(380.0, 300.0), pos2(5.0, 300.0));
    assert!(width(&window, "Flame graph") >= 90.0, "{}", width(&window, "Flame graph"));
}

#[test]
fn the_side_keeps_its_width_when_another_tile_is_moved() {
    let mut window = window_with(CPU);
    let table = edge(&window, "Functions");
    drag(&mut window, table.center(), pos2(20.0, 200.0));
    assert_eq!(width(&window, "Details"), 320.0);
    resize(&mut window, vec2(2000.0, 900.0));
    assert_eq!(width(&window, "Details"), 320.0);
    send(&mut window, Command::ToggleView(ViewId::Labels));
    assert_eq!((width(&window, "Details"), width(&window, "Labels")), (320.0, 320.0));
}

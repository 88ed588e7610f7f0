//! What a screen reader and a keyboard find: names and roles of everything that does something, the chosen row, and an order
//! of the focus that goes from the bars through the views to what is beside them.

use eframe::egui::accesskit::Action;
use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::kittest::NodeT as _;
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::view_id::ViewId;

use crate::support::window::{
    TRACE, Window, click_first_row, first_row, press, send, settle, testing, window, window_with,
};

const CPU: &str = "cpu-labels.pb.gz";

fn comparison() -> Window {
    let mut window = window_with(CPU);
    let sample = |name: &str| Source::Sample(name.to_owned());
    send(&mut window, Command::Compare(sample("base1.cpu.pb.gz"), sample("head1.cpu.pb.gz")));
    window
}

/// Whether it is a scroll bar, or a place that only a pointer finds and that has no role: edges between tiles and the ground
/// behind their tabs. The libraries that draw them give them no names.
fn is_edge(node: &egui_kittest::Node<'_>) -> bool {
    matches!(node.accesskit_node().role(), Role::ScrollBar | Role::Unknown)
}

/// Everything that can be clicked or focused and has no name, as role and place.
fn nameless(window: &Window) -> Vec<String> {
    let nodes = window.root().children_recursive();
    let does_something = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        let acts = node.data().supports_action(Action::Click) || node.data().supports_action(Action::Focus);
        acts && !node.is_hidden()
    };
    let has_name = |node: &egui_kittest::Node<'_>| {
        let node = node.accesskit_node();
        [node.label(), node.value()].into_iter().flatten().any(|name| !name.trim().is_empty())
            || node.data().placeholder().is_some()
    };
    nodes
        .filter(|node| does_something(node) && !has_name(node) && !is_edge(node))
        .map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect()))
        .collect()
}

#[test]
fn everything_in_every_view_that_does_something_has_a_name() {
    let mut n_views = 0;
    let results = testing().into_iter().map(|(_, open)| {
        let mut window = window();
        send(&mut window, open);
        window
    });
    for mut window in [window_with(CPU), comparison(), window_with(TRACE)].into_iter().chain(results) {
        let kind = window.state().workspace().active_tab().expect("a tab").content.kind();
        for &view in ViewId::ALL.iter().filter(|view| view.shows(kind)) {
            send(&mut window, Command::ShowView(view));
            assert_eq!(nameless(&window), Vec::<String>::new(), "{view:?} of {kind:?}");
            n_views += 1;
        }
    }
    assert!(n_views >= ViewId::ALL.len(), "{n_views} views");
}

#[test]
fn pictures_have_names() {
    for (mut window, views) in [
        (window_with(CPU), vec![(ViewId::FlameGraph, "Flame graph"), (ViewId::CallGraph, "Call graph")]),
        (window_with(TRACE), vec![(ViewId::Lanes, "Lanes"), (ViewId::Overview, "Overview of the trace")]),
    ] {
        for (view, name) in views {
            send(&mut window, Command::ShowView(view));
            let pictures = window
                .root()
                .children_recursive()
                .filter(|node| matches!(node.accesskit_node().role(), Role::Canvas | Role::Group));
            let names: Vec<_> = pictures.filter_map(|node| node.accesskit_node().label()).collect();
            assert!(names.iter().any(|it| it.starts_with(name)), "{name} is not among {names:?}");
        }
    }
}

#[test]
fn the_chosen_row_is_told_as_chosen() {
    let mut window = window_with(CPU);
    let name = first_row(&window);
    click_first_row(&mut window);
    let rows = egui_kittest::kittest::Queryable::query_all_by_role(&window, Role::Row);
    let chosen: Vec<_> = rows
        .filter(|node| {
            let node = node.accesskit_node();
            node.is_selected() == Some(true) || node.toggled() == Some(eframe::egui::accesskit::Toggled::True)
        })
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    assert_eq!(chosen, [name]);
}

/// What has the focus: its role, its name, and where it is.
fn focused(window: &Window) -> Option<(Role, String, eframe::egui::Rect)> {
    let node = window.root().children_recursive().find(|node| node.accesskit_node().is_focused())?;
    let accesskit = node.accesskit_node();
    Some((accesskit.role(), accesskit.label().unwrap_or_default(), node.rect()))
}

#[test]
fn the_focus_goes_from_the_bars_through_the_views() {
    let mut window = window_with(CPU);
    let mut places = Vec::new();
    for _ in 0..400 {
        window.key_press(Key::Tab);
        window.step();
        let Some((role, name, rect)) = focused(&window) else { continue };
        if role == Role::Unknown {
            continue;
        }
        let place = (role, name, rect.center().y);
        if places.first() == Some(&place) {
            break;
        }
        places.push(place);
    }
    assert!(places.len() > 20, "{places:?}");
    let is_named = |(_, name, y): &(Role, String, f32)| !name.is_empty() && y.is_finite();
    assert!(places.iter().all(is_named), "{places:?}");
    // The bar at the top, that of the filters, the views, and the line at the bottom.
    let part = |y: f32| match y {
        ..40.0 => 0,
        40.0..80.0 => 1,
        80.0..780.0 => 2,
        _ => 3,
    };
    // The last row of a table is cut off by the line at the bottom.
    let parts: Vec<i32> =
        places.iter().map(|&(role, _, y)| if role == Role::Row { 2 } else { part(y) }).collect();
    assert!(parts.is_sorted(), "{places:?}");
    assert_eq!((parts.first(), parts.last()), (Some(&0), Some(&3)));
    let rows = places.iter().filter(|(role, ..)| *role == Role::Row).count();
    assert!(rows > 5, "rows, and not each of their cells: {places:?}");
}

#[test]
fn a_row_is_chosen_and_a_table_is_sorted_without_a_mouse() {
    let mut window = window_with(CPU);
    let reach = |window: &mut Window, wanted: &dyn Fn(&(Role, String)) -> bool| {
        for _ in 0..400 {
            window.key_press(Key::Tab);
            window.step();
            if focused(window).is_some_and(|(role, name, _)| wanted(&(role, name))) {
                return;
            }
        }
        panic!("it never has the focus");
    };
    reach(&mut window, &|(_, name)| name == "Sort by function");
    press(&mut window, Modifiers::NONE, Key::Enter);
    settle(&mut window);
    let sort = crate::support::window::lens(&window).sort;
    assert_eq!(sort.column, goscope::query::rows::RowKey::Name);
    let name = first_row(&window);
    reach(&mut window, &|(role, it)| *role == Role::Row && *it == name);
    press(&mut window, Modifiers::NONE, Key::Space);
    let chosen =
        crate::support::window::lens(&window).selection.as_ref().and_then(|item| item.frame().cloned());
    assert_eq!(chosen.expect("a function is chosen").name, name);
}

#[test]
fn every_view_and_every_command_is_found_by_its_name() {
    let mut window = window_with(TRACE);
    let names = ["Motion", "Reset layout", "Show pauses", "Export the chosen range"];
    for name in names {
        press(&mut window, Modifiers::COMMAND, Key::K);
        egui_kittest::kittest::Queryable::get_by_label(&window, "Command palette").type_text(name);
        settle(&mut window);
        let found = egui_kittest::kittest::Queryable::query_all_by_label_contains(&window, "");
        let last = name.rsplit(' ').next().expect("a word").to_lowercase();
        let labels: Vec<_> = found.filter_map(|node| node.accesskit_node().label()).collect();
        assert!(labels.iter().any(|label| label.to_lowercase().contains(&last)), "{name}: {labels:?}");
        press(&mut window, Modifiers::NONE, Key::Escape);
    }
}

#[test]
fn who_wants_no_motion_gets_none() {
    let mut window = window_with(CPU);
    send(&mut window, Command::ToggleMotion);
    assert_eq!(window.ctx.global_style().animation_time, 0.0);
    assert!(window.state().preferences().is_still);
    send(&mut window, Command::ToggleMotion);
    assert!(window.ctx.global_style().animation_time > 0.0);
}

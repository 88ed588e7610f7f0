//! The views of code: the source of the chosen function, and the call graph.

use goscope::source::editor::Editor;
use goscope_analysis::testing::profile;
use goscope_parsers::pprof::write_profile_gzip;

use super::*;

/// The labels of all widgets of a role.
fn labels(window: &Window, role: egui::Role) -> Vec<String> {
    window.query_all_by_role(role).filter_map(|node| node.accesskit_node().label()).collect()
}

/// Clicks the button in the status bar that shows or hides a view.
#[track_caller]
fn toggle(window: &mut Window, view: &str) {
    window.get_by_role_and_label(egui::Role::Button, view).click();
    settle(window);
}

/// A window with a profile of one function, whose source is in a file or nowhere.
fn window_with_source(folder: &std::path::Path, has_file: bool) -> Window {
    let source = folder.join("shop.go");
    if has_file {
        std::fs::write(&source, "package main\n\nfunc sell() {\n\tprice := count()\n\tprint(price)\n}\n")
            .expect("a source file");
    }
    let place = source.display();
    let text = format!(
        "types: cpu/nanoseconds\nmain.sell@{place}:4#3+main.count@lib.go:9 20000000\nmain.sell@{place}:5#3 10000000"
    );
    let path = folder.join("shop.pb.gz");
    write_profile_gzip(&profile(&text), std::fs::File::create(&path).expect("a file")).expect("a profile");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(path)));
    toggle(&mut window, "Source");
    window.get_by_role_and_label(egui::Role::Row, "main.sell").click();
    settle(&mut window);
    window
}

#[test]
fn the_source_view_asks_for_a_function_and_follows_the_choice() {
    let mut window = window_with(CPU);
    toggle(&mut window, "Source");
    assert!(window.query_by_label("Select a function to see its source.").is_some());
    click_first_row(&mut window);
    assert!(labels(&window, egui::Role::ListItem).iter().any(|label| label.starts_with("Line ")));
    toggle(&mut window, "Source");
    assert!(labels(&window, egui::Role::ListItem).is_empty());
}

#[test]
fn lines_stand_with_their_values_and_what_was_inlined() {
    let folder = tempfile::tempdir().unwrap();
    let window = window_with_source(folder.path(), true);
    let lines = labels(&window, egui::Role::ListItem);
    assert_eq!(
        lines,
        [
            "Line 3, flat ·, cum ·, func sell() {",
            "Line 4, flat ·, cum 20.00 ms, price := count()",
            "Inlined line 9, flat 20.00 ms, cum 20.00 ms, main.count lib.go:9",
            "Line 5, flat 10.00 ms, cum 10.00 ms, print(price)",
            "Line 6, flat ·, cum ·, }",
        ]
    );
    assert!(!window.get_by_label("Open in editor").accesskit_node().is_disabled());
}

#[test]
fn without_a_file_the_lines_with_values_and_the_reason_show() {
    let folder = tempfile::tempdir().unwrap();
    let window = window_with_source(folder.path(), false);
    assert!(window.query_by_label_contains("no such file or directory").is_some());
    assert_eq!(labels(&window, egui::Role::ListItem).len(), 3);
    assert!(window.get_by_label("Open in editor").accesskit_node().is_disabled());
}

#[test]
fn an_editor_is_chosen_from_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_source(folder.path(), true);
    click(&mut window, "Editor: VS Code");
    click(&mut window, "GoLand");
    assert_eq!(window.state().preferences().editor, Editor::GoLand);
    assert!(window.query_by_label("Editor: GoLand").is_some());
}

#[test]
fn a_box_of_the_call_graph_chooses_its_function() {
    let mut window = window_with(CPU);
    toggle(&mut window, "Call graph");
    let is_node = |label: &String| label.contains(", flat ") && label.contains(", cum ");
    let label = labels(&window, egui::Role::Button).into_iter().find(is_node).expect("a box is seen");
    click(&mut window, &label);
    let Some(Item::Function(frame)) = lens(&window).selection.clone() else {
        panic!("no function is chosen")
    };
    assert!(label.starts_with(&frame.title()), "{label}");
}

#[test]
fn the_call_graph_is_zoomed_and_fitted() {
    let mut window = window_with(CPU);
    toggle(&mut window, "Call graph");
    let n_seen = |window: &Window| {
        let is_node = |label: &&String| label.contains(", flat ") && label.contains(", cum ");
        labels(window, egui::Role::Button).iter().filter(is_node).count()
    };
    click(&mut window, "Fit graph");
    let n_all = n_seen(&window);
    assert!(n_all > 20, "{n_all}");
    for _ in 0..12 {
        click(&mut window, "+");
    }
    assert!(n_seen(&window) < n_all);
    let canvas = window.get_by_label("Call graph of the profile").rect();
    drag(&mut window, canvas.left_top() + egui::vec2(4.0, 4.0), canvas.center());
    click(&mut window, "Fit graph");
    assert_eq!(n_seen(&window), n_all);
}

#[test]
fn both_views_open_in_traces_comparisons_and_empty_profiles() {
    let mut window = window();
    let pair =
        Command::Compare(Source::Sample(PAIR[0].name.to_owned()), Source::Sample(PAIR[1].name.to_owned()));
    for command in [Command::OpenSource(Source::Sample(TRACE.to_owned())), pair] {
        send(&mut window, command);
        send(&mut window, Command::ToggleView(ViewId::Source));
        send(&mut window, Command::ToggleView(ViewId::CallGraph));
        assert!(window.query_by_label("Call graph of the profile").is_some());
        send(&mut window, Command::AddChip(FilterChip::typed(FilterKind::Focus, "no such function")));
        assert!(window.query_all_by_label_contains("No samples are left").next().is_some());
        assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    }
}

#[test]
fn the_views_of_code_look_as_they_were_drawn() {
    let mut results = egui_kittest::SnapshotResults::new();
    for (name, theme) in [("code-dark", ThemeChoice::Dark), ("code-light", ThemeChoice::Light)] {
        let mut window = window_at(theme, 1.0);
        send(&mut window, Command::OpenSource(Source::Sample(CPU.to_owned())));
        for view in [ViewId::Source, ViewId::CallGraph, ViewId::FlameGraph, ViewId::Details] {
            send(&mut window, Command::ToggleView(view));
        }
        let handler = goscope::gui::selection::FrameKey {
            name: "example.com/shop/checkout.priced".to_owned(),
            ..Default::default()
        };
        send(&mut window, Command::Select(Item::Function(handler)));
        window.remove_cursor();
        settle(&mut window);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
}

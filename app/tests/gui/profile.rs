//! Drives the window by label, click and key, without a display: pictures are drawn on the CPU.

mod code;
mod labels;
mod motions;
mod runs;
mod sandwich;
mod verdict;

use std::sync::Arc;

use eframe::egui::{self, Key, Modifiers, OutputCommand, PointerButton, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::{Document, Source};
use goscope::gui::command::Command;
use goscope::gui::layout::Layout as ViewLayout;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::selection::Item;
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::{FilterChip, FilterKind, Orientation, Zoom};
use goscope::query::comparison::Scale;
use goscope::samples::{PAIR, SAMPLES};

use crate::support::window::{
    TRACE, Window, blocked_span, click, click_first_row, double_click, drag, first_row, lens, press, send,
    settle, show_every_view, window, window_at, window_with,
};
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;

/// The sample that most tests look at.
const CPU: &str = "cpu-labels.pb.gz";

/// The description of a box of the flame graph, as screen readers hear it, whose name holds `part`.
#[track_caller]
fn box_label(window: &Window, part: &str) -> String {
    let is_box = |label: &String| label.contains(part) && label.matches(", ").count() >= 2;
    let mut labels =
        window.query_all_by_role(egui::Role::Button).filter_map(|node| node.accesskit_node().label());
    labels.find(is_box).unwrap_or_else(|| panic!("no box has {part} in its name"))
}

#[test]
fn a_sample_opens_with_one_click_on_the_start_screen() {
    let mut window = window();
    for sample in SAMPLES {
        assert!(window.query_by_label(&format!("Open {}", sample.name)).is_some());
    }
    click(&mut window, &format!("Open {}", SAMPLES[0].name));
    assert!(window.query_by_label("Flame graph").is_some());
    assert!(window.query_by_label("Filter table").is_some());
    assert!(window.state().problems().is_empty());
}

#[test]
fn every_view_opens_on_every_sample() {
    let mut window = window();
    for sample in SAMPLES {
        send(&mut window, Command::OpenSource(Source::Sample(sample.name.to_owned())));
        show_every_view(&mut window);
        for command in [
            Command::ChooseDirection(Direction::Inverted),
            Command::ChooseOrientation(Orientation::Flame),
            Command::NextSampleType,
            Command::ChooseGranularity(Granularity::Files),
            Command::ChooseGranularity(Granularity::Lines),
            Command::ChooseGranularity(Granularity::Addresses),
        ] {
            send(&mut window, command);
            assert!(window.query_by_label("Flame graph").is_some(), "{}", sample.name);
            click_first_row(&mut window);
            assert!(lens(&window).selection.is_some(), "{}", sample.name);
        }
        assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    }
}

#[test]
fn a_comparison_shows_both_sides_in_both_themes() {
    for theme in [ThemeChoice::Light, ThemeChoice::Dark] {
        let mut window = window_at(theme, 1.0);
        click(&mut window, &format!("Open {} → {}", PAIR[0].name, PAIR[1].name));
        assert!(window.query_by_label("Flame graph").is_some());
        assert!(window.query_by_label("Sort by Δ").is_some());
        click_first_row(&mut window);
        send(&mut window, Command::ChooseScale(Scale::PerSecond));
        send(&mut window, Command::SwapSides);
        assert!(window.query_by_label("Flame graph").is_some());
        assert!(window.state().problems().is_empty());
    }
}

#[test]
fn a_broken_file_is_reported_in_a_sentence_and_the_window_lives_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.pb.gz");
    std::fs::write(&path, [0x1f, 0x8b, 0x08, 0x00, 0xff, 0xff, 0x00]).unwrap();
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(path)));
    let problems = window.state().problems();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].about, "broken.pb.gz");
    assert!(!problems[0].text.contains('\n'), "{}", problems[0].text);
    assert!(window.query_by_label_contains("cannot be shown").is_some());
    click(&mut window, "Close tab");
    click(&mut window, &format!("Open {CPU}"));
    assert!(window.query_by_label("Flame graph").is_some());
    click(&mut window, "Dismiss");
    assert!(window.state().problems().is_empty());
}

#[test]
fn a_search_says_how_much_it_matched_steps_through_matches_and_is_cleared() {
    let mut window = window_with(CPU);
    press(&mut window, Modifiers::NONE, Key::Slash);
    window.get_by_label("Search").type_text("runtime");
    settle(&mut window);
    assert_eq!(lens(&window).search, "runtime");
    assert!(window.query_by_label_contains("matched ").is_some());
    press(&mut window, Modifiers::NONE, Key::Enter);
    let first = lens(&window).selection.clone().expect("a match is selected");
    press(&mut window, Modifiers::NONE, Key::Enter);
    let second = lens(&window).selection.clone().expect("a match is selected");
    assert_ne!(first, second);
    press(&mut window, Modifiers::SHIFT, Key::Enter);
    assert_eq!(lens(&window).selection.as_ref(), Some(&first));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(lens(&window).search, "");
}

#[test]
fn packages_in_the_inspector_are_the_legend_and_a_click_finds_their_boxes() {
    let mut window = window_with(CPU);
    let legend: Vec<String> = window
        .query_all_by_role(egui::Role::Link)
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.ends_with('%') && !label.contains('('))
        .collect();
    let own =
        legend.iter().find(|label| label.starts_with("example.com/shop/")).expect("a package of its own");
    let search = format!("{}.", own.split(' ').next().expect("a package"));
    click(&mut window, own);
    assert_eq!(lens(&window).search, search);
    click(&mut window, own);
    assert_eq!(lens(&window).search, "");
}

#[test]
fn a_search_for_a_broken_pattern_says_so() {
    let mut window = window_with(CPU);
    send(&mut window, Command::Search("/(".to_owned()));
    assert!(window.query_by_label_contains("no such pattern").is_some());
}

#[test]
fn a_click_chooses_a_box_a_double_click_zooms_to_it_and_the_breadcrumbs_lead_back() {
    let mut window = window_with(CPU);
    let label = box_label(&window, "net/http");
    click(&mut window, &label);
    assert!(lens(&window).selection.is_some());
    assert_eq!(lens(&window).zoom, Zoom::default());
    double_click(&mut window, &label);
    let zoomed = lens(&window).zoom.path.clone();
    assert!(!zoomed.is_empty());
    assert!(lens(&window).selection.is_some());
    click(&mut window, "Zoom to Everything");
    assert_eq!(lens(&window).zoom, Zoom::default());
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(lens(&window).zoom.path, zoomed);
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(lens(&window).zoom, Zoom::default());
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(lens(&window).zoom.path, zoomed);
}

#[test]
fn keys_zoom_pan_select_and_turn_the_picture() {
    let mut window = window_with(CPU);
    press(&mut window, Modifiers::NONE, Key::W);
    let (start, end) = lens(&window).zoom.range;
    assert!(end - start < 1.0);
    press(&mut window, Modifiers::NONE, Key::D);
    assert!(lens(&window).zoom.range.0 > start);
    press(&mut window, Modifiers::NONE, Key::Home);
    assert_eq!(lens(&window).zoom, Zoom::default());
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::ArrowDown);
    press(&mut window, Modifiers::NONE, Key::F);
    assert_eq!(lens(&window).zoom.path.len(), 2);
    press(&mut window, Modifiers::NONE, Key::I);
    assert_eq!(lens(&window).direction, Direction::Inverted);
    press(&mut window, Modifiers::NONE, Key::O);
    assert_eq!(lens(&window).orientation, Orientation::Flame);
}

#[test]
fn a_filter_chip_is_switched_off_and_removed() {
    let mut window = window_with(CPU);
    let all = window.query_all_by_role(egui::Role::Row).count();
    let chip = FilterChip::typed(FilterKind::Focus, "json");
    send(&mut window, Command::AddChip(chip));
    let name = first_row(&window);
    click(&mut window, "focus: json");
    assert!(!lens(&window).chips[0].is_on);
    assert_ne!(first_row(&window), String::new());
    assert_eq!(window.query_all_by_role(egui::Role::Row).count(), all);
    click(&mut window, "focus: json");
    assert_eq!(first_row(&window), name);
    click(&mut window, "Remove focus: json");
    assert!(lens(&window).chips.is_empty());
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(lens(&window).chips.len(), 1);
}

#[test]
fn a_filter_is_typed_into_the_form() {
    let mut window = window_with(CPU);
    click(&mut window, "Add filter");
    click(&mut window, "ignore");
    window.get_by_label("Filter pattern").type_text("runtime");
    settle(&mut window);
    click(&mut window, "Add");
    assert_eq!(lens(&window).chips, [FilterChip::typed(FilterKind::Ignore, "runtime")]);
}

#[test]
fn a_filter_that_leaves_nothing_says_what_to_do() {
    let mut window = window_with(CPU);
    send(&mut window, Command::AddChip(FilterChip::typed(FilterKind::Focus, "no such function")));
    assert!(window.query_by_label_contains("No samples are left").is_some());
}

#[test]
fn the_right_button_on_a_row_offers_filters() {
    let mut window = window_with(CPU);
    let name = first_row(&window);
    window.get_by_label(&name).click_secondary();
    settle(&mut window);
    click(&mut window, "Ignore samples with it");
    assert_eq!(lens(&window).chips.len(), 1);
    assert_ne!(first_row(&window), name);
}

#[test]
fn the_table_is_sorted_and_filtered() {
    let mut window = window_with(CPU);
    let by_flat = first_row(&window);
    click(&mut window, "Sort by cum");
    assert_ne!(first_row(&window), by_flat);
    click(&mut window, "Sort by function");
    click(&mut window, "Sort by function");
    assert!(first_row(&window) >= by_flat);
    window.get_by_label("Filter table").click();
    settle(&mut window);
    window.get_by_label("Filter table").type_text("json");
    settle(&mut window);
    assert!(first_row(&window).contains("json"));
}

#[test]
fn details_lead_from_a_function_to_its_callers() {
    let mut window = window_with(CPU);
    let name = first_row(&window);
    click(&mut window, &name);
    let caller = {
        let callers = window.query_all_by_label_contains("Caller ").next();
        callers.expect("the function has a caller").accesskit_node().label().expect("it has a name")
    };
    click(&mut window, &caller);
    let selected =
        lens(&window).selection.as_ref().and_then(|item| item.frame()).expect("a function is selected");
    assert_eq!(format!("Caller {}", selected.title()), caller);
}

#[test]
fn the_command_palette_finds_a_command_by_name() {
    let mut window = window_with(CPU);
    press(&mut window, Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    window.get_by_label("Command palette").type_text("invert");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(lens(&window).direction, Direction::Inverted);
    assert!(window.query_by_label("Command palette").is_none());
}

#[test]
fn the_file_palette_goes_to_a_sample_and_escape_closes_it() {
    let mut window = window_with(CPU);
    press(&mut window, Modifiers::COMMAND, Key::P);
    window.get_by_label("Go to file").type_text("heap");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(window.state().workspace().tabs.len(), 2);
    press(&mut window, Modifiers::COMMAND, Key::P);
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.query_by_label("Go to file").is_none());
}

#[test]
fn the_key_sheet_shows_every_command_with_a_key() {
    let mut window = window_with(CPU);
    press(&mut window, Modifiers::NONE, Key::Questionmark);
    for listed in goscope::gui::command_list::LISTED.iter().filter(|listed| !listed.keys.is_empty()) {
        let name = listed.text.trim_end_matches('…');
        assert!(window.query_all_by_label(name).next().is_some(), "{name}");
    }
}

#[test]
fn a_middle_click_closes_a_tab() {
    let mut window = window_with(CPU);
    let tab = window.get_by_role_and_label(egui::Role::Tab, CPU);
    tab.click_button(PointerButton::Middle);
    settle(&mut window);
    assert!(window.state().workspace().tabs.is_empty());
    assert!(window.query_by_label(&format!("Open {CPU}")).is_some());
}

#[test]
fn the_name_of_what_is_selected_is_copied() {
    let mut window = window_with(CPU);
    let name = first_row(&window);
    click(&mut window, &name);
    window.event(egui::Event::Copy);
    window.step();
    window.step();
    let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(copied, Some(name));
}

#[test]
fn two_files_of_one_kind_are_compared_at_once_and_stay_as_tabs() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["base.pb.gz", "head.pb.gz"].map(|name| folder.path().join(name));
    for path in &paths {
        std::fs::write(path, SAMPLES[0].bytes).unwrap();
    }
    let mut window = window();
    let [base, head] = paths.map(Source::File);
    window.state().open_pair(base, head);
    settle(&mut window);
    let titles: Vec<String> = window.state().workspace().tabs.iter().map(|tab| tab.content.title()).collect();
    assert_eq!(titles, ["base.pb.gz", "head.pb.gz", "base.pb.gz → head.pb.gz"]);
    assert!(window.query_by_label("Sort by Δ").is_some(), "the comparison is in front");
}

#[test]
fn two_files_of_different_kinds_are_two_tabs() {
    let mut window = window();
    let source = |name: &str| Source::Sample(name.to_owned());
    window.state().open_pair(source(CPU), source(TRACE));
    settle(&mut window);
    assert_eq!(window.state().workspace().tabs.len(), 2);
}

#[test]
fn panels_are_hidden_and_shown() {
    let mut window = window_with(CPU);
    press(&mut window, Modifiers::COMMAND, Key::J);
    assert!(window.query_by_label("Filter table").is_none());
    press(&mut window, Modifiers::COMMAND, Key::J);
    assert!(window.query_by_label("Filter table").is_some());
}

#[test]
fn samples_load_as_documents_without_a_window() {
    for sample in SAMPLES {
        let progress = goscope_parsers::Progress::new();
        let document = Document::load(&Source::Sample(sample.name.to_owned()), &progress).expect(sample.name);
        let document = Arc::new(document);
        assert!(
            document.profile().is_some_and(|profile| !profile.profile.samples.is_empty()),
            "{}",
            sample.name
        );
    }
}

/// The views of the tab in front, as the saved layout names them.
fn layout(window: &Window) -> ViewLayout {
    let workspace = window.state().workspace();
    window.state().preferences().layout(workspace.active_tab().expect("a tab is open").content.kind())
}

#[test]
fn a_view_is_put_away_and_brought_back() {
    let mut window = window_with(CPU);
    click_first_row(&mut window);
    assert!(window.query_by_label("Callers").is_some());
    click(&mut window, "Details");
    assert!(!layout(&window).shows(ViewId::Details));
    assert!(window.query_by_label("Flame graph").is_some());
    click(&mut window, "Details");
    assert!(layout(&window).shows(ViewId::Details));
}

#[test]
fn a_view_dragged_by_its_upper_edge_stands_where_it_was_dropped() {
    let mut window = window_with(CPU);
    let before = layout(&window);
    let table = window.get_by_label("Functions").rect();
    drag(&mut window, table.center(), pos2(20.0, 200.0));
    let after = layout(&window);
    assert_ne!(after, before);
    assert!(
        after.shows(ViewId::Functions) && after.shows(ViewId::FlameGraph) && after.shows(ViewId::Details)
    );
    send(&mut window, Command::ResetLayout);
    assert_eq!(layout(&window), before);
}

/// One picture a theme, and one at twice the resolution; more would only repeat what the tests by label say.
#[test]
fn the_window_looks_as_it_was_drawn() {
    let mut results = egui_kittest::SnapshotResults::new();
    for (name, theme, scale) in [
        ("profile-dark", ThemeChoice::Dark, 1.0),
        ("profile-light", ThemeChoice::Light, 1.0),
        ("profile-light-2x", ThemeChoice::Light, 2.0),
    ] {
        let mut window = window_at(theme, scale);
        send(&mut window, Command::OpenSource(Source::Sample(CPU.to_owned())));
        click_first_row(&mut window);
        window.remove_cursor();
        settle(&mut window);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
    let mut start = window_at(ThemeChoice::Light, 1.0);
    start.snapshot("start-light");
    results.extend_harness(&mut start);
    for (name, theme) in [("trace-dark", ThemeChoice::Dark), ("trace-light", ThemeChoice::Light)] {
        let mut window = window_at(theme, 1.0);
        send(&mut window, Command::OpenSource(Source::Sample(TRACE.to_owned())));
        let (goid, start) = blocked_span(TRACE);
        send(&mut window, Command::Select(Item::Span(goid, start)));
        window.remove_cursor();
        settle(&mut window);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
    let mut diff = window_at(ThemeChoice::Dark, 1.0);
    click(&mut diff, &format!("Open {} → {}", PAIR[0].name, PAIR[1].name));
    diff.snapshot("diff-dark");
    results.extend_harness(&mut diff);
}

#[test]
fn the_table_follows_what_is_chosen_by_keys() {
    let mut window = window_with("cpu-labels.pb.gz");
    for _ in 0..4 {
        window.key_press_modifiers(Modifiers::NONE, Key::ArrowDown);
        window.step();
    }
    settle(&mut window);
    let name = lens(&window).selection.as_ref().and_then(|item| item.frame()).expect("a function").title();
    let row = window
        .query_all_by_role(egui::Role::Row)
        .find(|node| node.accesskit_node().label().as_ref() == Some(&name));
    let row = row.expect("the row of what is chosen is drawn").rect();
    let table = window.query_all_by_label("Sort by flat").next().expect("a header").rect();
    assert!(row.top() >= table.bottom() - 1.0 && row.bottom() < 780.0, "{row:?} under {table:?}");
}

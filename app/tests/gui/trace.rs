//! Drives the trace workspace by label, click and key: lanes, filters, selections, and every view on every input.

mod answer_views;
mod answers;
mod breakdown;
mod counters;
mod heat;
mod idle;
mod labels;
mod lane_detail;
mod task;

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers, OutputCommand, Rect, Role, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::selection::Item;
use goscope::gui::view_id::ViewId;
use goscope::query::trace::answers::kind::AnswerKind;
use goscope::query::trace::selection::{Flame, LaneKind, Only, TimeRange};
use goscope_analysis::trace::questions::lane_filter::FilterMode;
use goscope_test_support::{corpus, files_below, sample};

use crate::support::window::{
    TRACE, Window, blocked_span, click, click_first_row, drag, lens, press, send, settle, show_every_view,
    window, window_at, window_with,
};

#[test]
fn a_trace_opens_with_overview_lanes_flame_graph_and_tables() {
    let window = window_with(TRACE);
    for name in ["Overview of the trace", "Lanes", "Flame graph", "Goroutines", "MMU"] {
        assert!(window.query_all_by_label(name).next().is_some(), "{name}");
    }
    assert!(window.query_by_label("This trace").is_some());
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

#[test]
fn a_view_behind_others_comes_to_the_front_by_a_click_on_its_name() {
    let mut window = window_with(TRACE);
    for (name, what) in [("Counters", "drag to select a time range"), ("MMU", "Minimum mutator utilization")]
    {
        assert!(window.query_by_label(what).is_none());
        window.query_all_by_label(name).next().expect("a tab of that name").click();
        settle(&mut window);
        assert!(window.query_by_label(what).is_some());
    }
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

#[test]
fn the_name_of_the_view_in_front_is_scrolled_to_where_it_is_seen() {
    let mut window = window_with(TRACE);
    window.set_size(eframe::egui::vec2(760.0, 480.0));
    settle(&mut window);
    for view in [ViewId::Mmu, ViewId::Answers, ViewId::Pauses] {
        send(&mut window, Command::ShowView(view));
        settle(&mut window);
        let mut names = window.query_all_by_label(view.title()).map(|node| node.rect());
        assert!(names.any(|name| name.left() >= 378.0 && name.right() <= 760.0), "{view:?}");
    }
}

#[test]
fn time_in_a_state_that_nobody_was_in_is_a_dash() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::ShowView(ViewId::Goroutines));
    let shown = crate::support::window::texts(&window);
    assert!(shown.lines().any(|line| line == "–") && !shown.lines().any(|line| line == "0 ns"), "{shown}");
}

#[test]
fn a_view_comes_to_the_front_by_its_name() {
    let mut window = window_with(TRACE);
    assert!(window.query_by_label("Minimum mutator utilization").is_none());
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.get_by_label("Command palette").type_text("view: mmu");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(window.query_by_label("Minimum mutator utilization").is_some());
}

/// The range of time that a trace's panels show.
fn seen(window: &Window) -> Option<TimeRange> {
    lens(window).trace.range
}

#[test]
fn keys_move_through_the_time_of_a_trace_and_undo_brings_it_back() {
    let mut window = window_with(TRACE);
    assert_eq!(seen(&window), None);
    press(&mut window, Modifiers::NONE, Key::W);
    let closer = seen(&window).expect("a part of the trace");
    press(&mut window, Modifiers::NONE, Key::D);
    let later = seen(&window).expect("a part of the trace");
    assert!(later.start_nanos > closer.start_nanos);
    assert_eq!(later.length(), closer.length());
    send(&mut window, Command::ShowTime(None));
    assert_eq!(seen(&window), None);
    send(&mut window, Command::Undo);
    assert!(seen(&window).is_some());
}

#[test]
fn a_brush_on_the_overview_chooses_the_time_of_all_panels() {
    let mut window = window_with(TRACE);
    let strip = window.get_by_label("Overview of the trace").rect();
    let at = |part: f32| pos2(strip.left() + strip.width() * part, strip.center().y);
    drag(&mut window, at(0.25), at(0.5));
    let seen = seen(&window).expect("what was brushed");
    let whole = 3_600_000_000_f64;
    let part = seen.length() as f64 / whole;
    assert!((0.2..0.3).contains(&part), "{seen:?}");
}

#[test]
fn a_goroutine_of_the_table_leads_to_its_lane_and_to_who_created_it() {
    let mut window = window_with(TRACE);
    click(&mut window, "Goroutines");
    click_first_row(&mut window);
    assert!(matches!(lens(&window).selection, Some(Item::Goroutine(_))));
    assert!(window.query_by_label("Whole lifetime").is_some());
    click(&mut window, "Only this");
    assert!(matches!(lens(&window).trace.only, Some(Only::Goroutine(_))));
    send(&mut window, Command::Undo);
    assert_eq!(lens(&window).trace.only, None);
}

#[test]
fn a_table_is_copied_as_csv_with_raw_numbers() {
    let mut window = window_with(TRACE);
    window.query_all_by_label("GC cycles").next().expect("a tab of that name").click();
    settle(&mut window);
    window.get_by_label("Copy CSV").click();
    // The click is a press and a release, and the copy comes with the frame after.
    let copied = (0..6).find_map(|_| {
        window.step();
        window.output().platform_output.commands.iter().find_map(|command| match command {
            OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    });
    let copied = copied.expect("something is copied");
    assert!(
        copied.starts_with("cycle,start (ns),mark (ns),pauses (ns),assists (ns),heap before (bytes)"),
        "{copied}"
    );
    assert!(copied.lines().count() > 10, "{copied}");
}

#[test]
fn one_key_jumps_from_a_blocked_span_to_who_unblocked_it() {
    let mut window = window_with(TRACE);
    // The writer of the slow story: whoever waits for its lock is woken by it.
    let (goid, start) = blocked_span(TRACE);
    send(&mut window, Command::Select(Item::Span(goid, start)));
    assert!(window.query_by_label("Unblocked by").is_some());
    press(&mut window, Modifiers::NONE, Key::U);
    let Some(Item::Span(waker, _)) = lens(&window).selection else { panic!("no span is chosen") };
    assert_ne!(waker, goid);
}

/// The names of the lanes that are seen.
fn lane_names(window: &Window) -> Vec<String> {
    let labels = window.query_all_by_label_contains("Lane ").filter_map(|node| node.accesskit_node().label());
    labels.filter_map(|label| label.strip_prefix("Lane ").map(str::to_owned)).collect()
}

fn goroutine_lanes(window: &Window) -> Vec<String> {
    lane_names(window).into_iter().filter(|name| name.starts_with("G ")).collect()
}

/// Where the lanes are drawn.
fn canvas(window: &Window) -> Rect {
    window.get_by_role_and_label(Role::Canvas, "Lanes").rect()
}

fn type_filter(window: &mut Window, text: &str) {
    send(window, Command::FilterLanes(String::new()));
    window.get_by_label("Filter lanes").click();
    settle(window);
    window.get_by_label("Filter lanes").type_text(text);
    settle(window);
    assert_eq!(lens(window).trace.lane_filter, text);
}

#[test]
fn a_filter_leaves_the_lanes_that_fit() {
    let mut window = window_with(TRACE);
    type_filter(&mut window, "g:52");
    assert_eq!(goroutine_lanes(&window), ["G 52"]);
    type_filter(&mut window, "func:RebuildEvery");
    assert_eq!(goroutine_lanes(&window), ["G 52"]);
    type_filter(&mut window, "state:sync longer:50ms");
    let slow = goroutine_lanes(&window);
    assert!(slow.contains(&"G 18".to_owned()) && !slow.contains(&"G 52".to_owned()), "{slow:?}");
    type_filter(&mut window, "longer:1000s");
    assert!(window.query_by_label_contains("No lane matches").is_some());
}

#[test]
fn a_highlight_keeps_all_lanes() {
    let mut window = window_with(TRACE);
    let all = lane_names(&window);
    click(&mut window, "Dim others");
    assert_eq!(lens(&window).trace.lane_filter_mode, FilterMode::Highlight);
    type_filter(&mut window, "state:sync longer:50ms");
    assert_eq!(lane_names(&window), all);
    click(&mut window, "Dim others");
    assert_ne!(lane_names(&window), all);
}

#[test]
fn a_highlight_dims_what_does_not_fit() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::ToggleLaneHighlight);
    let colors = |window: &mut Window| {
        let rect = canvas(window);
        let image = window.render().expect("a picture");
        let (left, top) = (rect.left() as u32 + 210, rect.top() as u32 + 60);
        let part = (left..rect.right() as u32).flat_map(|x| (top..rect.bottom() as u32).map(move |y| (x, y)));
        let distance = |(x, y): (u32, u32)| {
            let [red, green, blue, _] = image.get_pixel(x, y).0.map(u32::from);
            red.max(green).max(blue) - red.min(green).min(blue)
        };
        part.map(distance).map(u64::from).sum::<u64>()
    };
    let before = colors(&mut window);
    send(&mut window, Command::FilterLanes("state:sync longer:50ms".to_owned()));
    let after = colors(&mut window);
    assert!(after * 2 < before, "colorfulness {before} before, {after} after");
}

#[test]
fn a_state_is_chosen_from_the_menu_and_taken_back() {
    let mut window = window_with(TRACE);
    click(&mut window, "Filter by");
    click(&mut window, "blocked: sync");
    assert_eq!(lens(&window).trace.lane_filter, "state:sync");
    click(&mut window, "Filter by");
    click(&mut window, "blocked: sync");
    assert_eq!(lens(&window).trace.lane_filter, "");
}

#[test]
fn gc_is_laid_over_all_lanes_until_it_is_switched_off() {
    let mut window = window_with(TRACE);
    assert!(!lens(&window).trace.is_gc_overlay_hidden);
    window.remove_cursor();
    settle(&mut window);
    let with = window.render().expect("a picture");
    press(&mut window, Modifiers::NONE, Key::G);
    assert!(lens(&window).trace.is_gc_overlay_hidden);
    let without = window.render().expect("a picture");
    let rect = canvas(&window);
    let is_lane = |y: u32| (rect.top() as u32 + 45..rect.bottom() as u32).contains(&y);
    let pixels = with.enumerate_pixels().zip(without.pixels());
    let changed = pixels.filter(|((_, y, one), other)| is_lane(*y) && one != other).count();
    assert!(changed > 500, "{changed} pixels of the lanes changed");
    click(&mut window, "GC overlay");
    assert!(!lens(&window).trace.is_gc_overlay_hidden);
}

#[test]
fn lanes_are_drawn_at_every_zoom() {
    let mut window = window_with(TRACE);
    for kind in LaneKind::ALL {
        send(&mut window, Command::ShowTime(None));
        send(&mut window, Command::ChooseLanes(kind));
        let mut length = i64::MAX;
        for _ in 0..40 {
            press(&mut window, Modifiers::NONE, Key::W);
            let now = seen(&window).expect("a part of the trace").length();
            assert!(now < length || now == TimeRange::MIN_NANOS, "{now} after {length}");
            length = now;
        }
        for _ in 0..40 {
            press(&mut window, Modifiers::NONE, Key::S);
        }
        assert!(lane_names(&window).len() > 2, "{kind:?}");
    }
}

/// Traces of all kinds: each version, cut, from the flight recorder; of the project, the corpus, and cut here.
fn inputs(folder: &Path) -> Vec<PathBuf> {
    let folders = [Some(sample("trace")), corpus("trace-conformance/v1")];
    let mut paths: Vec<PathBuf> =
        folders.iter().flatten().flat_map(|folder| files_below(folder, &[".trace"])).collect();
    paths.sort();
    let whole = std::fs::read(sample("trace/shop-go1.27.trace")).expect("a sample");
    for part in [2, 3] {
        let path = folder.join(format!("cut-{part}.trace"));
        std::fs::write(&path, &whole[..whole.len() / part]).expect("a file that can be written");
        paths.push(path);
    }
    paths
}

#[test]
fn every_view_opens_on_every_kind_of_trace() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in inputs(folder.path()) {
        let mut window = window();
        send(&mut window, Command::OpenSource(Source::File(path.clone())));
        assert!(window.query_by_label("Overview of the trace").is_some(), "{}", path.display());
        for kind in LaneKind::ALL {
            send(&mut window, Command::ChooseLanes(kind));
        }
        for flame in Flame::all() {
            send(&mut window, Command::ChooseFlame(flame));
        }
        for answer in AnswerKind::ALL {
            send(&mut window, Command::ChooseAnswer(answer));
        }
        show_every_view(&mut window);
        send(&mut window, Command::ResetLayout);
        send(&mut window, Command::ShowView(ViewId::Goroutines));
        send(&mut window, Command::ChooseLanes(LaneKind::Goroutines));
        click_first_row(&mut window);
        assert!(lens(&window).selection.is_some(), "{}", path.display());
        press(&mut window, Modifiers::NONE, Key::F);
        assert!(lane_names(&window).iter().any(|name| name.starts_with("G ")), "{}", path.display());
    }
}

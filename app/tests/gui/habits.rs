//! What hands expect: Escape leaves the innermost thing, `0` shows all, what is chosen is chosen everywhere, source that is
//! not the one that was profiled says so, and files are opened also where the system has no dialog.

use eframe::egui::{Event, Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::library::Dialogs;
use goscope::gui::selection::{FrameKey, Item};
use goscope::gui::view_id::ViewId;
use goscope::query::trace::selection::TimeRange;
use goscope_analysis::profile::direction::Direction;

use crate::support::window::{TRACE, Window, click, lens, press, send, settle, window, window_with};

fn function(name: &str) -> Item {
    Item::Function(FrameKey { name: name.to_owned(), ..FrameKey::default() })
}

#[test]
fn escape_closes_an_open_menu_before_anything_else() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::Select(Item::Goroutine(52)));
    click(&mut window, "Filter by");
    assert!(window.query_by_label("blocked: sync").is_some(), "the menu is open");
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.query_by_label("blocked: sync").is_none(), "the menu is closed");
    assert_eq!(lens(&window).selection, Some(Item::Goroutine(52)));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(lens(&window).selection, None);
}

#[test]
fn escape_closes_the_palette_and_leaves_what_was_chosen() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::Select(Item::Goroutine(52)));
    press(&mut window, Modifiers::COMMAND, Key::K);
    assert!(window.query_by_label("Command palette").is_some());
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.query_by_label("Command palette").is_none());
    assert_eq!(lens(&window).selection, Some(Item::Goroutine(52)));
}

#[test]
fn one_key_shows_all_of_the_time() {
    for key in [Key::Num0, Key::Home] {
        let mut window = window_with(TRACE);
        send(&mut window, Command::ShowTime(Some(TimeRange { start_nanos: 0, end_nanos: 1_000_000 })));
        press(&mut window, Modifiers::NONE, key);
        assert_eq!(lens(&window).trace.range, None, "{key:?}");
        send(&mut window, Command::Undo);
        assert!(lens(&window).trace.range.is_some(), "one step back");
    }
}

/// Pixels of the lanes that are framed in the color of what is chosen.
fn n_framed(window: &mut Window) -> usize {
    window.remove_cursor();
    settle(window);
    let rect = window.get_by_role_and_label(Role::Canvas, "Lanes").rect();
    let image = window.render().expect("a picture");
    let frame = [0x4f, 0xb8, 0xe3];
    let is_lane = |x: u32, y: u32| {
        (rect.left() as u32 + 210..rect.right() as u32).contains(&x)
            && (rect.top() as u32..rect.bottom() as u32).contains(&y)
    };
    let pixels = image.enumerate_pixels();
    pixels.filter(|(x, y, pixel)| is_lane(*x, *y) && pixel.0[..3] == frame).count()
}

#[test]
fn a_function_that_is_chosen_in_a_trace_is_told_of_and_its_spans_are_marked() {
    let mut window = window_with(TRACE);
    // Closer, so that spans are seen one by one.
    let slow = TimeRange { start_nanos: 280_000_000, end_nanos: 460_000_000 };
    send(&mut window, Command::ShowTime(Some(slow)));
    let before = n_framed(&mut window);
    send(&mut window, Command::Select(function("example.com/shop/catalog.(*Index).snapshot")));
    assert!(window.query_by_label("This trace").is_none());
    assert!(window.query_by_label("Spans with it, in the whole trace").is_some());
    let after = n_framed(&mut window);
    assert!(after > before + 100, "{before} pixels before, {after} after");
    let is_span = |node: &egui_kittest::Node<'_>| {
        let label = node.accesskit_node().label();
        label.is_some_and(|label| label.starts_with("G ") && label.contains(" waiting: sync "))
    };
    window.query_all_by_role(Role::Link).find(is_span).expect("a span with it").click();
    settle(&mut window);
    assert!(matches!(lens(&window).selection, Some(Item::Span(..))), "{:?}", lens(&window).selection);
}

#[test]
fn a_function_that_no_span_holds_says_how_it_could_be_known() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::Select(function("no.such")));
    assert!(window.query_by_label_contains("No span has it on its stack").is_some());
}

#[test]
fn source_that_was_not_profiled_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = folder.path().join("a.go");
    std::fs::write(&text, "package main\n\n// f works.\nfunc f() {}\n").expect("a file");
    let profile = folder.path().join("a.txt");
    let header = "--- contention:\ncycles/second=1000000000\n";
    let sample = "100 1 @ 0x1\n#\t0x1\tmain.f+0x1\t";
    std::fs::write(&profile, format!("{header}{sample}{}:3\n", text.display())).expect("a file");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(profile)));
    assert!(window.state().problems().iter().all(|problem| !problem.text.contains("cannot")));
    send(&mut window, Command::Select(function("main.f")));
    send(&mut window, Command::ShowView(ViewId::Source));
    let said = "This text is not the one that was profiled: line 3 has a value, and here it is a comment.";
    assert!(window.query_by_label(said).is_some());
}

#[test]
fn where_the_system_has_no_dialog_a_path_is_typed() {
    let mut window = window();
    window.state_mut().use_dialogs(Dialogs::Missing);
    send(&mut window, Command::Open);
    let here = std::env::current_dir().expect("a folder");
    let field = window.get_by_label("Go to file");
    assert_eq!(field.accesskit_node().value().as_deref(), Some(&*format!("{}/", here.display())));
    field.type_text("../samples/ppr");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(window.query_by_label("Go to file").is_some(), "a folder is gone into");
    window.get_by_label("Go to file").type_text("heap.pb");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(window.query_by_label("Flame graph").is_some());
    let opened = window.state().workspace().active_tab().expect("a tab").content.title();
    assert_eq!(opened, "heap.pb.gz");
}

fn key_event(modifiers: Modifiers, key: Key) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
}

/// What a hand types: each letter comes as a key and as a text.
fn typed(text: &str) -> Vec<Event> {
    let letters = text.chars().flat_map(|letter| {
        let key = Key::from_name(&letter.to_uppercase().to_string());
        let key = key.map(|key| key_event(Modifiers::NONE, key));
        key.into_iter().chain([Event::Text(letter.to_string())])
    });
    letters.collect()
}

/// All of it within one frame, as on a machine that is busy.
fn type_in_one_frame(window: &mut Window, events: Vec<Event>) {
    window.input_mut().events.extend(events);
    window.step();
    settle(window);
}

#[test]
fn what_is_typed_within_the_frame_that_opens_a_dialog_belongs_to_the_dialog() {
    for n_events in [0, 2, usize::MAX] {
        let mut window = window_with("cpu-labels.pb.gz");
        let before = lens(&window).clone();
        let mut rest = typed("view: source");
        rest.push(key_event(Modifiers::NONE, Key::Enter));
        let later = rest.split_off(n_events.min(rest.len()));
        let first = [key_event(Modifiers::COMMAND, Key::K)].into_iter().chain(rest).collect();
        window.input_mut().events.extend::<Vec<Event>>(first);
        window.step();
        type_in_one_frame(&mut window, later);
        assert!(window.query_by_label("Command palette").is_none(), "{n_events}: Enter has closed it");
        let kind = window.state().workspace().active_tab().expect("a tab").content.kind();
        assert!(window.state().preferences().layout(kind).shows(ViewId::Source), "{n_events}");
        assert_eq!(lens(&window), &before, "{n_events}: no letter was a shortcut");
    }
}

#[test]
fn what_is_typed_behind_the_key_that_closes_a_dialog_is_no_part_of_it() {
    let mut window = window_with("cpu-labels.pb.gz");
    press(&mut window, Modifiers::COMMAND, Key::K);
    let mut events = typed("view: source");
    events.push(key_event(Modifiers::NONE, Key::Enter));
    events.push(key_event(Modifiers::COMMAND, Key::K));
    events.extend(typed("invert"));
    events.push(key_event(Modifiers::NONE, Key::Enter));
    type_in_one_frame(&mut window, events);
    assert!(window.query_by_label("Command palette").is_none());
    let kind = window.state().workspace().active_tab().expect("a tab").content.kind();
    assert!(window.state().preferences().layout(kind).shows(ViewId::Source));
    assert_eq!(lens(&window).direction, Direction::Inverted);
}

#[test]
fn the_key_of_a_field_is_no_text_in_it_and_what_follows_is() {
    let mut window = window_with("cpu-labels.pb.gz");
    type_in_one_frame(&mut window, typed("/json"));
    assert_eq!(lens(&window).search, "json");
    for (first, second) in [("mslow", ""), ("m", "slow"), ("msl", "ow")] {
        let mut window = window_with("cpu-labels.pb.gz");
        send(&mut window, Command::Select(function("main.main")));
        window.input_mut().events.extend(typed(first));
        window.step();
        type_in_one_frame(&mut window, typed(second));
        let begins = window.query_all_by_value("slow").next().is_some();
        assert!(begins, "{first} {second}: the note begins behind its key");
    }
}

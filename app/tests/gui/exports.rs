//! What the window writes: pictures, tables and ranges of traces, asked for by name, and whole or not there.

use std::fs;
use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use goscope::gui::command::{Command, Export};
use goscope::gui::view_id::ViewId;
use goscope::query::trace::selection::TimeRange;
use goscope_parsers::trace::{Strictness, TraceReader};
use tempfile::{TempDir, tempdir};

use crate::support::window::{SIZE, TRACE, Window, press, send, settle, window_with};

const CPU: &str = "cpu-labels.pb.gz";

/// A window whose files go into a folder.
fn window_into(sample: &str) -> (Window, TempDir) {
    let folder = tempdir().expect("a folder");
    let mut window = window_with(sample);
    window.state_mut().save_into(folder.path().to_owned());
    (window, folder)
}

/// Finds a command by its name, as a hand does.
fn choose(window: &mut Window, name: &str) {
    press(window, Modifiers::COMMAND, Key::K);
    window.get_by_label("Command palette").type_text(name);
    settle(window);
    press(window, Modifiers::NONE, Key::Enter);
    settle(window);
}

/// The one file in a folder.
fn only_file(folder: &Path) -> PathBuf {
    let mut files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let file = files.next().expect("a file was written");
    assert!(files.next().is_none(), "and nothing else");
    file
}

#[test]
fn the_flame_graph_is_saved_as_it_is_filtered() {
    let (mut window, folder) = window_into(CPU);
    choose(&mut window, "flame graph as SVG");
    let file = only_file(folder.path());
    assert_eq!(file.file_name().expect("a name"), "flame-graph.svg");
    let svg = fs::read_to_string(&file).expect("an SVG");
    assert!(svg.starts_with("<?xml") && svg.contains("<svg") && svg.contains("example.com/shop"));
    assert!(window.query_by_label_contains("Saved ").is_some(), "it is said where it is");
    let name = crate::support::window::first_row(&window);
    fs::remove_file(&file).expect("removed");
    let key = goscope::gui::selection::FrameKey { name: name.clone(), ..Default::default() };
    send(&mut window, Command::filter_function(goscope::gui::workspace::FilterKind::Ignore, &key));
    choose(&mut window, "flame graph as SVG");
    let filtered = fs::read_to_string(only_file(folder.path())).expect("an SVG");
    assert!(svg.contains(&name) && !filtered.contains(&name), "{name} is filtered out");
}

#[test]
fn the_flame_graph_of_a_comparison_and_of_a_trace_are_saved_too() {
    let (mut window, folder) = window_into(TRACE);
    choose(&mut window, "flame graph as SVG");
    assert!(fs::read_to_string(only_file(folder.path())).expect("an SVG").contains("<svg"));
    let sample = |name: &str| goscope::document::Source::Sample(name.to_owned());
    send(&mut window, Command::Compare(sample("base1.cpu.pb.gz"), sample("head1.cpu.pb.gz")));
    fs::remove_file(only_file(folder.path())).expect("removed");
    choose(&mut window, "flame graph as SVG");
    let whole = fs::read_to_string(only_file(folder.path())).expect("an SVG");
    assert!(whole.contains("report.dedupe"));
    // Of one function what the window shows of it.
    let name = crate::support::window::first_row(&window);
    let function = goscope::gui::selection::FrameKey { name: name.clone(), ..Default::default() };
    send(&mut window, Command::ShowAround(Some(function)));
    fs::remove_file(only_file(folder.path())).expect("removed");
    choose(&mut window, "flame graph as SVG");
    let sandwich = fs::read_to_string(only_file(folder.path())).expect("an SVG");
    assert!(sandwich.contains(&format!(">{name}: cpu of ")) && sandwich != whole, "{}", &sandwich[..800]);
    assert!(sandwich.contains(&format!("<title>{name} (base ")), "{name} has both values");
}

#[test]
fn a_picture_is_of_the_window_or_of_one_view() {
    let (mut window, folder) = window_into(CPU);
    choose(&mut window, "picture of the window");
    let file = only_file(folder.path());
    let picture = image::open(&file).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (SIZE.x as u32, SIZE.y as u32));
    fs::remove_file(&file).expect("removed");
    send(&mut window, Command::Export(Export::Picture(Some(ViewId::FlameGraph))));
    settle(&mut window);
    let file = only_file(folder.path());
    assert_eq!(file.file_name().expect("a name"), "flame-graph.png");
    let view = image::open(&file).expect("a picture");
    assert!(view.width() < picture.width() && view.height() < picture.height());
    assert!(view.width() > 400 && view.height() > 200, "{} x {}", view.width(), view.height());
}

#[test]
fn a_table_is_saved_from_the_menu_of_its_header_and_by_name() {
    let (mut window, folder) = window_into(CPU);
    window.get_by_label("Sort by flat").click_secondary();
    settle(&mut window);
    window.get_by_label("Save table as Markdown…").click();
    settle(&mut window);
    let file = only_file(folder.path());
    assert_eq!(file.file_name().expect("a name"), "functions.md");
    let text = fs::read_to_string(&file).expect("a table");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("| function | flat | flat % | cum | cum % |"));
    assert_eq!(lines.next(), Some("|---|--:|--:|--:|--:|"));
    let name = crate::support::window::first_row(&window);
    let first = lines.next().expect("a row");
    assert!(first.starts_with(&format!("| `{name}` |")), "{first}");
    fs::remove_file(&file).expect("removed");
    choose(&mut window, "save table as CSV");
    let csv = fs::read_to_string(only_file(folder.path())).expect("a table");
    assert!(csv.starts_with("function,flat,flat %,cum,cum %\r\n"));
    assert_eq!(csv.lines().count() + 1, text.lines().count());
}

#[test]
fn a_table_is_copied_and_it_is_said_how_much_of_it() {
    let (mut window, folder) = window_into(TRACE);
    send(&mut window, Command::ShowView(ViewId::Pauses));
    choose(&mut window, "copy table as Markdown");
    assert!(window.query_by_label_contains("Copied ").is_some());
    assert!(fs::read_dir(folder.path()).expect("a folder").next().is_none(), "nothing is written");
}

#[test]
fn the_chosen_range_is_a_trace_of_its_own() {
    let (mut window, folder) = window_into(TRACE);
    let range = TimeRange { start_nanos: 1_000_000_000, end_nanos: 1_200_000_000 };
    send(&mut window, Command::ShowTime(Some(range)));
    choose(&mut window, "chosen range as a trace");
    let file = only_file(folder.path());
    let bytes = fs::read(&file).expect("a trace");
    let mut reader = TraceReader::with_strictness(&bytes, Strictness::LikeGo).expect("a trace");
    let (mut first, mut last) = (None, 0);
    while let Some(chunk) = reader.next_chunk() {
        first = first.or(chunk.events.first().map(|event| event.time));
        last = chunk.events.last().map_or(last, |event| event.time);
    }
    assert!(reader.problems().is_empty(), "{:?}", reader.problems());
    let length = last - first.expect("it has events");
    assert!((190_000_000..201_000_000).contains(&length), "{length} ns");
    assert!(window.query_by_label_contains("kept 1.000000s to 1.").is_some());
}

#[test]
fn what_cannot_be_exported_is_said() {
    let (mut window, folder) = window_into(CPU);
    choose(&mut window, "chosen range as a trace");
    assert_eq!(window.state().problems()[0].text, "only a trace has ranges: this is a profile");
    assert!(fs::read_dir(folder.path()).expect("a folder").next().is_none());
}

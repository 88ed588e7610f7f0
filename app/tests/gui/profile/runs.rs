//! A comparison of several runs a side: real runs of a web server, of which some do one function's work three times over.

use std::path::{Path, PathBuf};
use std::process::Command as Program;

use goscope::gui::command::Opening;
use goscope::gui::selection::FrameKey;
use goscope::query::comparison::{Comparison, Side};
use goscope_test_support::corpus;

use super::*;

/// The function that is to blame.
const CULPRIT: &str = "main.scoreDocument";

fn runs(folder: &Path, name: &str, numbers: std::ops::RangeInclusive<u32>) -> Vec<Source> {
    numbers.map(|number| Source::File(folder.join(format!("{name}-{number}/cpu.pb.gz")))).collect()
}

/// Three runs a side.
fn opening(folder: &Path) -> Opening {
    let (base, head) = (runs(folder, "base", 1..=3), runs(folder, "regress", 1..=3));
    Opening { comparison: Comparison { base, head, ..Comparison::default() }, ..Opening::default() }
}

/// A window with them in front.
fn compared(opening: Opening) -> Window {
    let mut window = window();
    send(&mut window, Command::CompareRuns(Box::new(opening)));
    window
}

/// The line over the comparison.
fn band(window: &Window) -> String {
    let band = window.query_by_role(egui::Role::Status).expect("the band is there");
    band.accesskit_node().label().expect("it says something")
}

/// What was copied with the last click.
fn copied(window: &mut Window) -> String {
    let commands = &window.output().platform_output.commands;
    let text = commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    text.expect("something was copied")
}

/// What the command line says to what was copied: its first line.
fn first_line_of(command: &str, folder: &Path) -> String {
    let arguments = command.strip_prefix("goscope ").expect("it begins with the program").split(' ');
    let output = Program::new(env!("CARGO_BIN_EXE_goscope"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("goscope runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{command}: {text}");
    text.lines().next().expect("a line").to_owned()
}

/// Copies the command of the comparison in front, without letting time pass.
fn copy_command(window: &mut Window) -> String {
    window.get_by_label("Copy as command").click();
    window.step();
    window.step();
    let line = copied(window);
    settle(window);
    line
}

#[test]
fn the_band_the_tabs_and_the_copied_command_say_the_same_on_every_scale() {
    let Some(folder) = corpus("verdict") else { return };
    let mut window = compared(opening(&folder));
    assert!(band(&window).starts_with(&format!("regression: {CULPRIT} +")), "{}", band(&window));
    assert!(band(&window).ends_with("3 v 3 runs"), "{}", band(&window));
    let title = window.state().workspace().active_tab().expect("a tab").content.title();
    assert_eq!(title, "base ×3 → regress ×3");

    for scale in ["shares", "per request", "per second", "per CPU second"] {
        window.get_by_label("Scale").click();
        settle(&mut window);
        if window.query_by_label(scale).is_some() {
            window.query_all_by_label(scale).last().expect("it is offered").click();
        }
        settle(&mut window);
        let command = copy_command(&mut window);
        assert_eq!(first_line_of(&command, &folder), band(&window), "{scale}: {command}");
    }
}

#[test]
fn the_table_has_a_row_of_dots_and_details_say_both_sides() {
    let Some(folder) = corpus("verdict") else { return };
    let mut window = compared(opening(&folder));
    assert!(window.query_by_label("Sort by runs").is_some());
    window.get_by_role_and_label(egui::Role::Link, CULPRIT).click();
    settle(&mut window);
    let plot = window.query_all_by_role(egui::Role::Image).find_map(|node| node.accesskit_node().label());
    let plot = plot.expect("the runs are drawn");
    assert!(plot.starts_with("base: 3 runs, mean ") && plot.contains("head: 3 runs, mean "), "{plot}");
    assert!(window.query_by_label("Callers, base → head").is_some());
    click(&mut window, "Caller main.(*Server).search.func1");
    assert_eq!(
        lens(&window).selection.as_ref().and_then(Item::frame).expect("a frame").name,
        "main.(*Server).search.func1"
    );
}

#[test]
fn runs_are_added_and_removed_and_the_sides_are_swapped_with_one_click() {
    let Some(folder) = corpus("verdict") else { return };
    let mut window = compared(opening(&folder));
    let fourth = folder.join("base-4/cpu.pb.gz");
    window.state().receive(vec![fourth.clone()]);
    settle(&mut window);
    click(&mut window, "Add to base");
    assert!(window.query_by_label("Add to base").is_none(), "it is answered");
    assert!(band(&window).ends_with("4 v 3 runs"), "{}", band(&window));
    window.get_by_role_and_label(egui::Role::Button, "base: 4 runs").click();
    settle(&mut window);
    click(&mut window, &format!("Remove {}", fourth.display()));
    press(&mut window, Modifiers::NONE, Key::Escape);
    assert!(band(&window).ends_with("3 v 3 runs"), "{}", band(&window));
    click(&mut window, "Swap base and head");
    assert!(!band(&window).contains(CULPRIT), "it got better: {}", band(&window));
}

#[test]
fn own_code_stands_above_the_library_functions_that_it_pays_for() {
    let Some(folder) = corpus("verdict") else { return };
    let mut window = compared(opening(&folder));
    click(&mut window, "own code");
    assert_eq!(first_row(&window), CULPRIT);
    let rows = window.query_all_by_role(egui::Role::Row).filter_map(|node| node.accesskit_node().label());
    let second = rows.take(2).last().expect("a row below it");
    assert!(second.trim_start().starts_with("→ regexp."), "{second}");
}

#[test]
fn a_selected_function_stays_when_a_run_comes_and_code_is_that_of_all_runs_of_the_head() {
    let Some(folder) = corpus("verdict") else { return };
    let mut window = compared(opening(&folder));
    send(
        &mut window,
        Command::Select(Item::Function(FrameKey { name: CULPRIT.to_owned(), ..FrameKey::default() })),
    );
    let further = runs(&folder, "regress", 4..=5);
    send(&mut window, Command::AddRuns(Side::Head, further));
    assert!(window.query_by_role_and_label(egui::Role::Button, "head: 5 runs").is_some());
    show_every_view(&mut window);
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    assert!(lens(&window).selection.is_some());
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_can_be_taken_out() {
    let Some(folder) = corpus("verdict") else { return };
    let mut opening = opening(&folder);
    opening.comparison.head.push(Source::File(PathBuf::from("/nowhere/cpu.pb.gz")));
    let window = compared(opening);
    assert!(window.query_by_label_contains("cannot be shown").is_some());
}

//! A program in a debugger, opened in the window: what it costs is said first, and the program runs on.

#[expect(dead_code, reason = "tests of the command line use the rest")]
#[path = "../cli/delve/debugged.rs"]
mod debugged;

use egui_kittest::kittest::Queryable as _;
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::workspace::ContentKind;

use self::debugged::{Debugged, Manner};
use crate::support::window::{click, send, texts, window};

#[test]
fn a_program_in_a_debugger_is_read_when_it_was_said_what_that_costs() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(debugged.name().into())));
    let cost = "The program stands still while its goroutines are read";
    assert!(window.query_by_label_contains(cost).is_some());
    debugged.assert_runs();
    click(&mut window, "Read goroutines");
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    let kind = window.state().workspace().active_tab().expect("a tab").content.kind();
    assert_eq!(kind, ContentKind::Dumps);
    let shown = texts(&window);
    assert!(shown.contains("deadlock") && shown.contains("main.transfer"), "{shown}");
    assert!(shown.contains("the program stood still for") && shown.contains("runs on"), "{shown}");
    assert!(shown.contains("variables of goroutine"), "{shown}");
    debugged.assert_runs();
}

#[test]
fn a_name_that_is_none_and_a_debugger_that_is_away_are_sentences() {
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File("dlv:127.0.0.1:1".into())));
    click(&mut window, "Read goroutines");
    assert!(window.query_by_label_contains("dlv:127.0.0.1:1 cannot be shown").is_some());
    assert!(window.query_by_label("Try again").is_some());
}

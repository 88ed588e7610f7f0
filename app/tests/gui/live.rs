//! A program in a debugger, opened in the window: what it costs is said first, and the program runs on.

#[expect(dead_code, reason = "tests of the command line use the rest")]
#[path = "../cli/delve/debugged.rs"]
mod debugged;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui::{OutputCommand, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::workspace::ContentKind;

use goscope_analysis::testing::profile;

use self::debugged::{Debugged, Manner, line_of};
use crate::support::window::{Window, click, send, settle, texts, window};

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

/// Opens the menu of what has this label, and asks there for a breakpoint.
#[track_caller]
fn break_here(window: &mut Window, label: &str) {
    window.get_by_label_contains(label).click_secondary();
    settle(window);
    click(window, "Break here…");
    assert!(window.query_by_label_contains("In all cases the program runs on").is_some(), "the cost is said");
}

fn copied_text(window: &Window) -> Option<String> {
    window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    })
}

/// Asks the program for something that it may not live to answer, or that waits for the debugger; nobody waits here.
fn poke(debugged: &Debugged, path: &str) {
    let mut stream = TcpStream::connect(&debugged.program).expect("the program takes connections");
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("written");
    thread::spawn(move || stream.read_to_end(&mut Vec::new()));
}

#[track_caller]
fn type_into(window: &mut Window, field: &str, text: &str) {
    let field = window.get_by_role_and_label(Role::TextInput, field);
    field.focus();
    field.type_text(text);
    settle(window);
}

/// The tab in front is about the goroutine that got there, and nothing is left of it in the program.
#[track_caller]
fn assert_hit(window: &Window, debugged: &Debugged, function: &str) {
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    let shown = texts(window);
    for part in [
        &format!("reached {function} (main.go:"),
        "the program stood still for",
        "runs on",
        "variables of goroutine",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    debugged.assert_runs();
}

#[test]
fn who_reaches_a_hot_line_of_a_profile_is_shown() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let line = line_of("// the hot line");
    let file = debugged.executable().with_file_name("main.go").display().to_string();
    let saved = tempfile::NamedTempFile::new().expect("a file");
    let hot = profile(&format!("main.hot@{file}:{}#1+main.step@{file}:{line}#1 5", line + 8));
    goscope_parsers::pprof::write_profile_gzip(&hot, saved.as_file()).expect("written");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(saved.path().into())));
    window.get_by_role_and_label(Role::Row, "main.step").click();
    settle(&mut window);
    click(&mut window, "Source");
    break_here(&mut window, &format!("Line {line}, "));
    click(&mut window, "Set breakpoint");
    assert!(
        window.query_by_label_contains("give its address, dlv:HOST:PORT").is_some(),
        "no debugger is known"
    );
    window.get_by_label("Copy as command").click();
    let mut copied = None;
    for _ in 0..4 {
        window.step();
        copied = copied.or_else(|| copied_text(&window));
    }
    let copied = copied.expect("a command");
    assert!(copied.contains(&format!("dlv:HOST:PORT --break {file}:{line}")), "{copied}");
    type_into(&mut window, "Debugger", &debugged.dlv);
    click(&mut window, "Set breakpoint");
    assert_hit(&window, &debugged, "main.step");
    assert!(texts(&window).contains("&main.order{ID: 7"), "{}", texts(&window));
    // The line is reached all the time; once more it is asked nothing.
    send(&mut window, Command::Reload);
    assert_hit(&window, &debugged, "main.step");
}

#[test]
fn who_comes_to_where_a_goroutine_is_blocked_is_shown() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(debugged.name().into())));
    click(&mut window, "Read goroutines");
    window.get_all_by_role_and_label(Role::Row, "main.worker").next().expect("a group").click();
    settle(&mut window);
    let place = format!("main.go:{}", line_of("// where workers wait"));
    let is_at = |label: String| label.ends_with(&place);
    window
        .get_all_by_role(Role::Link)
        .find(|link| link.accesskit_node().label().is_some_and(is_at))
        .expect("the frame")
        .click_secondary();
    settle(&mut window);
    click(&mut window, "Break here…");
    let debugger = window.get_by_role_and_label(Role::TextInput, "Debugger");
    assert_eq!(debugger.value().as_deref(), Some(&*debugged.name()), "that of the tab");
    window.get_by_label("Set breakpoint").click();
    window.run_steps(3);
    assert!(texts(&window).contains("Waiting until main.go:"), "{}", texts(&window));
    let deadline = Instant::now() + Duration::from_secs(30);
    while !window.state().is_idle() {
        // The breakpoint is set at some time; after that a job brings a worker to it.
        poke(&debugged, "/job");
        thread::sleep(Duration::from_millis(100));
        window.step();
        assert!(Instant::now() < deadline, "nobody came");
    }
    settle(&mut window);
    assert_hit(&window, &debugged, "main.worker");
    assert_eq!(window.state().workspace().tabs.len(), 2, "the goroutines are still there");
}

#[test]
fn a_breakpoint_that_is_given_up_leaves_nothing_in_the_program() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let mut window = window();
    let name = format!("{}@main.never", debugged.name());
    let source = Source::File(name.into());
    send(&mut window, Command::OpenSource(source.clone()));
    assert!(
        window.query_by_label("Wait until main.never is reached?").is_some(),
        "of a session it is asked first"
    );
    window.get_by_label("Set breakpoint").click();
    window.run_steps(3);
    thread::sleep(Duration::from_millis(300));
    window.get_by_label("Cancel").click();
    settle(&mut window);
    assert!(window.query_by_label_contains("stopped; the program runs on").is_some(), "{}", texts(&window));
    // Were the breakpoint still there, the program would stand in it now.
    debugged.get("/never");
    debugged.assert_runs();

    // The same when its tab is closed, and when the window is.
    send(&mut window, Command::CloseActiveTab);
    window.state().send(Command::BreakAt(source));
    window.run_steps(3);
    thread::sleep(Duration::from_millis(300));
    window.state().send(Command::CloseActiveTab);
    window.run_steps(3);
    eframe::App::on_exit(window.state_mut(), None);
    debugged.get("/never");
    debugged.assert_runs();
}

#[test]
fn a_line_that_is_none_and_a_program_that_ends_are_sentences() {
    let Some(debugged) = Debugged::start(Manner::Started) else { return };
    let mut window = window();
    let at = |location: &str| Source::File(format!("{}@{location}", debugged.name()).into());
    for location in ["main.go:1", "nosuch.go:7", "main.nosuch"] {
        send(&mut window, Command::BreakAt(at(location)));
        let shown = texts(&window);
        assert!(shown.contains(&format!("there is no place {location} for a breakpoint")), "{shown}");
        assert!(shown.contains("the program runs on"), "{shown}");
        debugged.assert_runs();
    }
    window.state().send(Command::BreakAt(at("main.never")));
    window.run_steps(3);
    thread::sleep(Duration::from_millis(500));
    poke(&debugged, "/exit");
    settle(&mut window);
    let shown = texts(&window);
    assert!(shown.contains("has ended with status 3"), "{shown}");
}

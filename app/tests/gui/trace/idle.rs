//! Goroutines that only waited: out of flame graph and breakdown at first, back with one click.

use goscope::document::Document;
use goscope::query::trace::idle::count_idle;
use goscope_analysis::trace::goroutines::{GoroutineFilter, IdleGoroutines};
use goscope_analysis::trace::instances::InstanceFilter;
use goscope_analysis::trace::latency::breakdown;
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::Progress;

use super::*;
use crate::support::window::texts;

fn document() -> Document {
    Document::load(&Source::Sample(TRACE.to_owned()), &Progress::new()).expect("a sample")
}

/// The wall time of all goroutines of the program, with or without those that only waited.
fn wall(model: &TraceModel, idle: IdleGoroutines) -> String {
    let goroutines = GoroutineFilter { idle, ..GoroutineFilter::default() };
    let filter = InstanceFilter { goroutines, ..InstanceFilter::default() };
    let nanos =
        breakdown(model, &goscope_analysis::trace::instances::instances(model, &filter)).wall.total_nanos();
    format!("all {}", goscope::text::duration(nanos as i64))
}

#[test]
fn who_only_waited_is_left_out_at_first_counted_and_one_click_away() {
    let document = document();
    let model = &document.trace().expect("a trace").model;
    let count = count_idle(model);
    assert!(count > 1, "{count}: the server of the sample waits for connections and signals");
    let (all, without) = (wall(model, IdleGoroutines::Included), wall(model, IdleGoroutines::WhenNamed));
    assert_ne!(all, without);

    let mut window = window_with(TRACE);
    let shown = texts(&window);
    assert!(
        shown.lines().any(|line| line == without) && !shown.lines().any(|line| line == all),
        "{without}\n{shown}"
    );
    click(&mut window, &format!("without: {count} idle goroutines"));
    assert!(lens(&window).trace.with_idle);
    let shown = texts(&window);
    assert!(shown.lines().any(|line| line == all), "{all}\n{shown}");
    click(&mut window, &format!("Leave out {count} idle goroutines"));
    assert!(!lens(&window).trace.with_idle);
    send(&mut window, Command::Undo);
    assert!(lens(&window).trace.with_idle, "one step back");
}

#[test]
fn who_is_named_is_shown_whatever_it_did() {
    let mut window = window_with(TRACE);
    assert!(window.query_all_by_label_contains("idle goroutines").next().is_some());
    send(&mut window, Command::ShowOnly(Some(Only::Goroutine(1))));
    assert!(window.query_all_by_label_contains("idle goroutines").next().is_none());
    assert!(!texts(&window).contains("Nothing to show here"));
}

#[test]
fn a_copied_command_says_that_they_are_shown() {
    let mut window = window_with(TRACE);
    send(&mut window, Command::ToggleIdle);
    window.state().send(Command::CopyWindowCommand(Some(ViewId::FlameGraph)));
    window.step();
    let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
        OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let copied = copied.unwrap_or_default();
    assert!(copied.contains("--idle show"), "{copied:?}");
}

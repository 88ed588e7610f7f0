//! Commands in, the workspace and effects out.

use super::*;
use crate::gui::workspace::{FilterChip, FilterKind};

fn session() -> Session {
    let mut session = Session::default();
    let effects = apply(&mut session, Command::OpenSource(Source::Sample("cpu".to_owned())));
    assert_eq!(effects, [Effect::Load(Source::Sample("cpu".to_owned()))]);
    session
}

fn apply(session: &mut Session, command: Command) -> Vec<Effect> {
    session.apply(command, &Facts::default())
}

fn lens(session: &Session) -> &Lens {
    &session.workspace().active_tab().expect("a tab is open").lens
}

fn frame(name: &str) -> FrameKey {
    FrameKey { name: name.to_owned(), ..FrameKey::default() }
}

#[test]
fn zoom_and_filters_are_undone_step_by_step_and_redone() {
    let mut session = session();
    let zoom = Zoom::to(vec![frame("main.main")]);
    apply(&mut session, Command::ZoomTo(zoom.clone()));
    apply(&mut session, Command::AddChip(FilterChip::typed(FilterKind::Focus, "serve")));
    apply(&mut session, Command::Undo);
    assert!(lens(&session).chips.is_empty());
    assert_eq!(lens(&session).zoom, zoom);
    apply(&mut session, Command::Undo);
    assert_eq!(lens(&session).zoom, Zoom::default());
    apply(&mut session, Command::Redo);
    apply(&mut session, Command::Redo);
    assert_eq!(lens(&session).chips.len(), 1);
}

#[test]
fn two_problems_at_once_show_their_list() {
    let mut session = session();
    apply(&mut session, Command::ShowProblems);
    apply(&mut session, Command::ShowProblems);
    assert!(session.preferences().panels.problems);
}

#[test]
fn a_new_step_after_undo_leaves_nothing_to_redo() {
    let mut session = session();
    apply(&mut session, Command::Select(Item::Function(frame("a"))));
    apply(&mut session, Command::Undo);
    apply(&mut session, Command::Select(Item::Function(frame("b"))));
    assert_eq!(session.can_undo_redo(), (true, false));
    apply(&mut session, Command::Redo);
    assert_eq!(lens(&session).selection, Some(Item::Function(frame("b"))));
}

#[test]
fn a_wheel_gesture_is_one_step_of_undo() {
    let mut session = session();
    session.settle(0.0);
    for step in 1..10 {
        let range = (0.01 * f64::from(step), 1.0);
        apply(&mut session, Command::ZoomSmoothly(Zoom { path: Vec::new(), range }));
        session.settle(0.02 * f64::from(step));
    }
    session.settle(1.0);
    session.settle(2.0);
    apply(&mut session, Command::Undo);
    assert_eq!(lens(&session).zoom, Zoom::default());
}

#[test]
fn opening_the_same_file_twice_shows_its_tab() {
    let mut session = session();
    let first = session.workspace().active;
    apply(&mut session, Command::OpenSource(Source::Sample("heap".to_owned())));
    assert_ne!(session.workspace().active, first);
    apply(&mut session, Command::OpenSource(Source::Sample("cpu".to_owned())));
    assert_eq!(session.workspace().active, first);
    assert_eq!(session.workspace().tabs.len(), 2);
}

#[test]
fn closing_the_tab_in_front_shows_its_neighbor_and_the_last_one_the_start_screen() {
    let mut session = session();
    apply(&mut session, Command::OpenSource(Source::Sample("heap".to_owned())));
    apply(&mut session, Command::CloseActiveTab);
    assert_eq!(session.workspace().active, Some(TabId(0)));
    apply(&mut session, Command::CloseActiveTab);
    assert_eq!(session.workspace().active, None);
}

#[test]
fn inverting_keeps_the_function_that_was_chosen() {
    let mut session = session();
    let path = vec![frame("main.main"), frame("main.work")];
    apply(&mut session, Command::Select(Item::CallPath(path)));
    apply(&mut session, Command::ToggleDirection);
    assert_eq!(lens(&session).selection, Some(Item::Function(frame("main.work"))));
}

#[test]
fn escape_clears_the_search_first_and_then_the_selection() {
    let mut session = session();
    apply(&mut session, Command::Select(Item::Function(frame("main.work"))));
    apply(&mut session, Command::Search("work".to_owned()));
    apply(&mut session, Command::Escape);
    assert_eq!(lens(&session).search, "");
    assert!(lens(&session).selection.is_some());
    apply(&mut session, Command::Escape);
    assert!(lens(&session).selection.is_none());
}

#[test]
fn a_line_opens_in_the_editor_that_was_chosen() {
    let mut session = session();
    apply(&mut session, Command::ChooseEditor(Editor::Zed));
    let effects = apply(&mut session, Command::OpenInEditor("/src/a.go".into(), 7));
    assert_eq!(effects, [Effect::Edit(Editor::Zed, "/src/a.go".into(), 7)]);
}

#[test]
fn a_chosen_function_is_chosen_in_the_other_tab_too_and_a_goroutine_stays() {
    let mut session = session();
    let first = session.workspace().active.expect("a tab");
    apply(&mut session, Command::OpenSource(Source::Sample("trace".to_owned())));
    apply(&mut session, Command::Select(Item::Function(frame("main.work"))));
    apply(&mut session, Command::ShowTab(first));
    assert_eq!(lens(&session).selection, Some(Item::Function(frame("main.work"))));
    apply(&mut session, Command::Undo);
    assert_eq!(lens(&session).selection, None);
    apply(&mut session, Command::Select(Item::Goroutine(7)));
    apply(&mut session, Command::NextTab);
    apply(&mut session, Command::PreviousTab);
    assert_eq!(lens(&session).selection, Some(Item::Goroutine(7)));
}

#[test]
fn a_stack_is_copied_innermost_first() {
    let mut session = session();
    apply(&mut session, Command::Select(Item::CallPath(vec![frame("main.main"), frame("main.work")])));
    assert_eq!(apply(&mut session, Command::CopyStack), [Effect::Copy("main.work\nmain.main".to_owned())]);
}

#[test]
fn chips_of_one_kind_count_as_any_of_them_and_switched_off_ones_not_at_all() {
    let mut session = session();
    for pattern in ["a", "b", "c"] {
        apply(&mut session, Command::AddChip(FilterChip::typed(FilterKind::Focus, pattern)));
    }
    apply(&mut session, Command::ToggleChip(1));
    assert_eq!(lens(&session).filters().focus.as_deref(), Some("a|c"));
    apply(&mut session, Command::RemoveChip(0));
    assert_eq!(lens(&session).filters().focus.as_deref(), Some("c"));
}

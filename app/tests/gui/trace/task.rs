//! A user task: from the table to what happened in it, to its parent and to the goroutine that worked on it.

use super::*;

/// What the panel says, line by line.
fn lines(window: &Window) -> Vec<String> {
    let buttons = window.query_all_by_role(Role::Button);
    buttons.filter_map(|node| node.accesskit_node().label()).collect()
}

fn first_task() -> Window {
    let mut window = window_with(TRACE);
    window.query_all_by_label("Tasks").next().expect("a tab of that name").click();
    settle(&mut window);
    click_first_row(&mut window);
    window
}

#[test]
fn a_row_of_the_table_chooses_a_task_and_tells_what_happened_in_it() {
    let window = first_task();
    let Some(Item::Task(number)) = lens(&window).selection else { panic!("{:?}", lens(&window).selection) };
    let range = seen(&window).expect("its time is shown");
    assert!(range.length() < 1_000_000_000, "{range:?}");
    let lines = lines(&window);
    let begins: Vec<&String> = lines.iter().filter(|line| line.ends_with("  begins")).collect();
    assert_eq!(begins.len(), 1, "task {number}: {lines:?}");
    assert!(lines.iter().any(|line| line.contains("  region ") && line.ends_with(" begins")), "{lines:?}");
    assert!(window.query_all_by_label("Events").next().is_some());
}

#[test]
fn an_event_leads_to_its_goroutine_and_undo_back_to_the_task() {
    let mut window = first_task();
    let task = lens(&window).selection.clone();
    let event = lines(&window).into_iter().find(|line| line.contains("  region ")).expect("a region");
    window.query_all_by_label(&event).next().expect("a line that can be clicked").click();
    settle(&mut window);
    assert!(matches!(lens(&window).selection, Some(Item::Span(..))), "{:?}", lens(&window).selection);
    send(&mut window, Command::Undo);
    assert_eq!(lens(&window).selection, task);
}

#[test]
fn a_key_shows_all_of_its_time() {
    let mut window = first_task();
    let range = seen(&window);
    send(&mut window, Command::ShowTime(None));
    press(&mut window, Modifiers::NONE, Key::F);
    assert_eq!(seen(&window), range);
}

#[test]
fn its_type_becomes_what_flame_graph_and_breakdown_are_about() {
    let mut window = first_task();
    click(&mut window, "Only its type");
    let goscope_analysis::trace::instances::InstanceKind::Tasks(Some(name)) = &lens(&window).trace.about
    else {
        panic!("{:?}", lens(&window).trace.about)
    };
    assert!(!name.is_empty());
}

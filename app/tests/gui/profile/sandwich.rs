//! A function between its callers and its callees, in the window.

use goscope::gui::selection::FrameKey;
use goscope::query::trace::selection::{Flame, FlameKind};

use super::*;

/// The profile that the tests draw: `f` is called from two places, and once calls itself.
const STACKS: &str = "main;serve;f;a;x 50\nmain;serve;f;b 20\ninit;f;a 10\nmain;serve;f;f 5\nmain;other 15\n";

/// A window with the profile open, and `f` chosen in the table.
fn window_with_f(folder: &std::path::Path) -> Window {
    let path = folder.join("shop.folded");
    std::fs::write(&path, STACKS).expect("a file");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(path)));
    choose_row(&mut window, "f");
    window
}

#[track_caller]
fn choose_row(window: &mut Window, name: &str) {
    window.get_by_role_and_label(egui::Role::Row, name).click();
    settle(window);
}

fn function(name: &str) -> FrameKey {
    FrameKey { name: name.to_owned(), ..FrameKey::default() }
}

/// What screen readers say of all boxes, from top to bottom and from left to right.
fn boxes(window: &Window) -> Vec<String> {
    let mut boxes: Vec<((i32, i32), String)> = window
        .query_all_by_role(egui::Role::Button)
        .filter_map(|node| {
            let label = node.accesskit_node().label().filter(|label| label.matches(", ").count() >= 2)?;
            let rect = node.rect();
            Some(((rect.top() as i32, rect.left() as i32), label))
        })
        .collect();
    boxes.sort();
    boxes.into_iter().map(|(_, label)| label).collect()
}

#[test]
fn the_key_shows_callers_above_the_function_and_callees_below() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    press(&mut window, Modifiers::NONE, Key::B);
    assert_eq!(lens(&window).around, Some(function("f")));
    assert_eq!(
        boxes(&window),
        [
            "main, 75, 75.0%",
            "serve, 75, 75.0%",
            "init, 10, 10.0%",
            "f, 85, 85.0%",
            "a, 60, 60.0%",
            "b, 20, 20.0%",
            "f, 5, 5.0%",
            "x, 50, 50.0%",
        ]
    );
    press(&mut window, Modifiers::NONE, Key::B);
    assert_eq!(lens(&window).around, None);
    assert!(boxes(&window).contains(&"main, 90, 90.0%".to_owned()), "{:?}", boxes(&window));
}

#[test]
fn the_menu_the_palette_and_the_bar_lead_to_it_and_a_button_leads_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    window.get_by_role_and_label(egui::Role::Row, "a").click_secondary();
    settle(&mut window);
    click(&mut window, "Who calls it (sandwich)");
    assert_eq!(lens(&window).around, Some(function("a")));
    assert!(window.query_by_label("callers and callees of").is_some());
    click(&mut window, "Whole stacks");
    assert_eq!(lens(&window).around, None);
    click(&mut window, "Sandwich");
    assert_eq!(lens(&window).around, Some(function("a")), "what was chosen is chosen still");
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(lens(&window).around, None);
    press(&mut window, Modifiers::COMMAND, Key::K);
    window.get_by_label("Command palette").type_text("sandwich");
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(lens(&window).around, Some(function("a")));
}

#[test]
fn another_function_takes_its_place_and_a_box_is_only_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    press(&mut window, Modifiers::NONE, Key::B);
    double_click(&mut window, "serve, 75, 75.0%");
    assert_eq!(lens(&window).around, Some(function("f")));
    assert_eq!(lens(&window).selection, Some(Item::CallPath(vec![function("serve")])));
    assert!(window.query_by_label("In this call path").is_some(), "details know the place");
    // The zoomed half leaves the other as it is.
    assert!(boxes(&window).contains(&"x, 50, 50.0%".to_owned()));
    assert!(!boxes(&window).contains(&"init, 10, 10.0%".to_owned()));
    choose_row(&mut window, "other");
    assert_eq!(lens(&window).around, Some(function("other")));
    assert_eq!(boxes(&window), ["main, 15, 15.0%", "other, 15, 15.0%"]);
    press(&mut window, Modifiers::NONE, Key::I);
    assert_eq!((lens(&window).around.clone(), lens(&window).direction), (None, Direction::Inverted));
}

#[test]
fn keys_go_up_to_callers_and_down_to_callees() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    press(&mut window, Modifiers::NONE, Key::B);
    let mut path_after = |key| {
        press(&mut window, Modifiers::NONE, key);
        match &lens(&window).selection {
            Some(Item::CallPath(path)) => path.iter().map(FrameKey::title).collect::<Vec<_>>().join(" "),
            other => format!("{other:?}"),
        }
    };
    let path = [
        Key::ArrowDown,
        Key::ArrowDown,
        Key::ArrowRight,
        Key::ArrowUp,
        Key::ArrowUp,
        Key::ArrowUp,
        Key::ArrowDown,
        Key::ArrowDown,
    ]
    .map(&mut path_after);
    assert_eq!(path, ["f", "f a", "f b", "f", "serve", "serve main", "serve", "f"]);
}

#[test]
fn a_search_steps_through_both_halves() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    press(&mut window, Modifiers::NONE, Key::B);
    press(&mut window, Modifiers::NONE, Key::Slash);
    window.get_by_label("Search").type_text("/^(init|b)$/");
    settle(&mut window);
    let mut chosen = Vec::new();
    for _ in 0..3 {
        press(&mut window, Modifiers::NONE, Key::Enter);
        chosen.push(lens(&window).selection.clone().expect("a match"));
    }
    let above = Item::CallPath(vec![function("init")]);
    assert_eq!(chosen, [above.clone(), Item::CallPath(vec![function("f"), function("b")]), above]);
}

#[test]
fn the_stack_of_a_box_is_copied_innermost_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    press(&mut window, Modifiers::NONE, Key::B);
    let mut copied = |label: &str| {
        click(&mut window, label);
        window.state().send(Command::CopyStack);
        let text = (0..4).find_map(|_| {
            window.step();
            let commands = &window.output().platform_output.commands;
            commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            })
        });
        settle(&mut window);
        text.expect("something is copied")
    };
    assert_eq!(copied("main, 75, 75.0%"), "f\nserve\nmain");
    assert_eq!(copied("x, 50, 50.0%"), "x\na\nf");
}

#[test]
fn a_filter_that_takes_the_function_away_says_so_and_the_way_back_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = window_with_f(folder.path());
    press(&mut window, Modifiers::NONE, Key::B);
    send(&mut window, Command::AddChip(FilterChip::typed(FilterKind::Focus, "other")));
    assert!(window.query_by_label_contains("No sample that is left passes through it").is_some());
    send(&mut window, Command::ChooseGranularity(Granularity::Files));
    assert!(window.query_by_label_contains("no sample that is left passes through f").is_some());
    click(&mut window, "Whole stacks");
    assert_eq!(lens(&window).around, None);
}

#[test]
fn comparisons_and_traces_have_it_too() {
    let mut window = window();
    click(&mut window, &format!("Open {} → {}", PAIR[0].name, PAIR[1].name));
    click_first_row(&mut window);
    press(&mut window, Modifiers::NONE, Key::B);
    assert!(window.query_by_label("callers and callees of").is_some());
    assert!(boxes(&window).len() > 2, "{:?}", boxes(&window));
    send(&mut window, Command::OpenSource(Source::Sample(TRACE.to_owned())));
    send(&mut window, Command::ChooseFlame(Flame::Time(FlameKind::Wall)));
    let canvas = window.get_by_role_and_label(egui::Role::Canvas, "Flame graph").rect();
    let labels: Vec<String> = window
        .query_all_by_role(egui::Role::Button)
        .filter(|node| canvas.contains_rect(node.rect()))
        .filter_map(|node| node.accesskit_node().label())
        .collect();
    let is_unique = |label: &&String| labels.iter().filter(|other| other == label).count() == 1;
    let label = labels.iter().skip(2).find(is_unique).expect("a box that has its name for itself");
    click(&mut window, label);
    press(&mut window, Modifiers::NONE, Key::B);
    assert!(window.query_by_label("Whole stacks").is_some());
    assert!(lens(&window).around.is_some());
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

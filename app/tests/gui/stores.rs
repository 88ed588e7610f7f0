//! The workspace of a store: what is in it, a time line with versions, a function's share, two times that are compared.

use eframe::egui::{Key, Modifiers, Pos2, Rect, Role, pos2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Node, SnapshotResults};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::library::Dialogs;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::selection::{FrameKey, Item};
use goscope::gui::workspace::{Content, ContentKind};
use goscope::query::comparison::Side;
use goscope::text;
use goscope_store::{By, Place, Selector, Store, Writer};
use goscope_test_support::files_below;

use crate::support::copied::next_copied;
use crate::support::fleet::{MINUTE_NANOS, MORNING_NANOS, N_SHOP, add, fleet, make_long_fleet};
use crate::support::window::{Window, click, drag, lens, press, send, settle, texts, window, window_at};

fn open_fleet(window: &mut Window) {
    send(window, Command::OpenSource(Source::File(fleet().to_owned())));
    assert_eq!(kind(window), ContentKind::Store);
}

fn opened() -> Window {
    let mut window = window();
    open_fleet(&mut window);
    window
}

fn kind(window: &Window) -> ContentKind {
    window.state().workspace().active_tab().expect("a tab").content.kind()
}

fn function(name: &str) -> Item {
    Item::Function(FrameKey { name: name.to_owned(), ..FrameKey::default() })
}

fn sentence(window: &Window) -> String {
    let statuses = window.query_all_by_role(Role::Status).filter_map(|node| node.accesskit_node().label());
    statuses.into_iter().find(|text| text.ends_with('.')).unwrap_or_default()
}

fn plot(window: &Window) -> Rect {
    window.get_by_label("Share of the function").rect()
}

/// A place on the time line: minutes of the morning, of the four hours that there are.
fn place(window: &Window, minute: f32) -> Pos2 {
    let rect = plot(window);
    pos2(rect.left() + rect.width() * minute / 240.0, rect.center().y)
}

/// Draws a time between two parts of the width.
fn draw_parts(window: &mut Window, from: f32, to: f32) {
    let rect = plot(window);
    let at = |part: f32| pos2(rect.left() + rect.width() * part, rect.center().y);
    drag(window, at(from), at(to));
}

/// Draws a time.
fn draw(window: &mut Window, from: f32, to: f32) {
    let (from, to) = (place(window, from), place(window, to));
    drag(window, from, to);
}

#[test]
fn a_store_opens_with_what_it_has_most_of() {
    let window = opened();
    assert_eq!(
        sentence(&window),
        format!(
            "{N_SHOP} cpu profiles of shop from 2026-11-25 06:00 UTC to 2026-11-25 09:55 UTC, versions 1.4 and 1.5."
        )
    );
    let shown = texts(&window);
    for text in ["1.4", "1.5", "cart", "2026-11", "heap", "service=shop&kind=cpu"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn a_row_a_list_and_a_text_choose_profiles() {
    let mut window = opened();
    click_row(&mut window, "cart");
    assert_eq!(lens(&window).store.selector.as_deref(), Some("service=cart&version=2026-11&kind=cpu"));
    assert!(sentence(&window).starts_with("12 cpu profiles of cart from "), "{}", sentence(&window));
    // A second click looks at all versions of it.
    click_row(&mut window, "cart");
    assert_eq!(lens(&window).store.selector.as_deref(), Some("service=cart&kind=cpu"));

    enter(&mut window, "service=shop&kind=cpu&pod=shop-a&version=1.5");
    assert!(sentence(&window).starts_with("28 cpu profiles of shop from "), "{}", sentence(&window));
    press(&mut window, Modifiers::COMMAND, Key::Z);
    assert!(sentence(&window).starts_with("12 cpu profiles of cart from "), "{}", sentence(&window));
    click(&mut window, "Reset");
    assert_eq!(lens(&window).store.selector, None);
}

#[test]
fn what_a_damaged_store_lacks_is_said_under_its_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    let mut writer = Writer::open(&Place::Folder(store.clone())).expect("a store");
    for minute in [0, 5] {
        let profile = [(minute, "diff/base1.cpu.pb.gz".to_owned())];
        add(&mut writer, &profile, &[("service", "shop"), ("version", "1"), ("pod", "a")]);
    }
    drop(writer);
    let damaged = files_below(&store.join("samples"), &[".parquet"]).swap_remove(0);
    std::fs::write(&damaged, "PAR1").expect("damaged");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(store)));
    assert!(sentence(&window).starts_with("2 cpu profiles of shop from "), "{}", sentence(&window));
    let is_loss =
        |node: &Node<'_>| node.accesskit_node().label().is_some_and(|text| text.ends_with("it is left out"));
    let loss = window.query_all_by_role(Role::Status).find(is_loss).expect("a loss");
    let loss = loss.accesskit_node().label().expect("a text");
    assert!(loss.contains("/samples/") && loss.contains("no sound Parquet file"), "{loss}");
}

fn click_row(window: &mut Window, name: &str) {
    let is_it = |row: &Node<'_>| row.accesskit_node().label().is_some_and(|label| label.contains(name));
    window.query_all_by_role(Role::Row).find(is_it).expect("a row").click();
    settle(window);
}

/// Types a selection in place of the one that is there.
fn enter(window: &mut Window, selection: &str) {
    window.get_by_label("Selection").focus();
    window.step();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.step();
    window.get_by_label("Selection").type_text(selection);
    window.step();
    press(window, Modifiers::NONE, Key::Enter);
}

#[test]
fn what_a_selection_gets_wrong_is_said_in_a_sentence() {
    let mut window = opened();
    for (selection, says) in [
        ("shop", "in the selector \"shop\": \"shop\" is no key=value."),
        ("service=none", "matches service=none: choose another service, version or time."),
        ("from=soon", "\"soon\" is no moment; write from="),
    ] {
        enter(&mut window, selection);
        assert!(texts(&window).contains(says), "{selection}: {}", texts(&window));
    }
    // What cannot be added up is listed and drawn all the same; only the functions are missing.
    enter(&mut window, "service=shop");
    assert!(sentence(&window).starts_with("98 profiles of shop from "), "{}", sentence(&window));
    assert!(texts(&window).contains("profiles of several kinds match"), "{}", texts(&window));
    assert!(window.state().problems().is_empty());
}

#[test]
fn the_share_of_a_chosen_function_is_drawn_with_the_numbers_of_the_store() {
    let mut window = opened();
    const FUNCTION: &str = "example.com/shop/report.(*Handler).Serve";
    send(&mut window, Command::Select(function(FUNCTION)));
    assert!(texts(&window).contains("report.(*Handler).Serve"), "{}", texts(&window));
    let place = place(&window, 150.0);
    window.hover_at(place);
    for _ in 0..90 {
        window.step();
    }
    let store = Store::open(Place::Folder(fleet().to_owned())).expect("a store");
    let from = MORNING_NANOS / 1_000_000_000 + 150 * 60;
    let selector = format!("service=shop&kind=cpu&from={from}&to={}", from + 60);
    let selector = Selector::parse(&selector, 0).expect("a selector");
    let shares = store.share(&selector, FUNCTION, &By::Minute).expect("shares").value;
    let [group] = &shares.groups[..] else { panic!("{shares:?}") };
    let says = format!("2 profiles\n{} of the function\nversion 1.5", text::percent(group.spent.share()));
    let said = window.query_all_by_role(Role::Label).filter_map(|node| node.accesskit_node().value());
    let said: Vec<String> = said.filter(|text| text.contains("of the function")).collect();
    assert!(said.iter().any(|text| text.ends_with(&says)), "{says}: {said:?}");
}

#[test]
fn a_function_that_is_nowhere_is_said_and_the_time_line_stays() {
    let mut window = opened();
    send(&mut window, Command::Select(function("main.nowhere")));
    let shown = texts(&window);
    assert!(shown.contains("no function in these 96 profiles is called \"main.nowhere\"."), "{shown}");
    assert!(window.query_by_label("Number of profiles").is_some());
}

#[test]
fn two_times_are_drawn_and_compared_with_a_verdict() {
    let mut window = opened();
    draw(&mut window, 6.0, 59.0);
    assert!(texts(&window).contains("2026-11-25 06:05 – 07:00 UTC · 22 profiles"), "{}", texts(&window));
    draw(&mut window, 186.0, 229.0);
    let [Some(base), Some(head)] = lens(&window).store.ranges() else { panic!("{:?}", lens(&window).store) };
    let minutes = |nanos: i64| (nanos - MORNING_NANOS) / MINUTE_NANOS;
    assert!(minutes(base.start_nanos) <= 6 && minutes(base.end_nanos) >= 59, "{base:?}");
    assert!(minutes(head.start_nanos) <= 186 && minutes(head.end_nanos) >= 229, "{head:?}");
    click(&mut window, "Compare A → B");
    let Content::Diff(comparison) = window.state().workspace().active_tab().expect("a tab").content.clone()
    else {
        panic!("no comparison")
    };
    assert!(comparison.base.len() > 10 && comparison.head.len() > 10, "{comparison:?}");
    assert_eq!(comparison.title_of(Side::Base), format!("shop 1.4 cpu · fleet ×{}", comparison.base.len()));
    assert!(
        comparison.title_of(Side::Head).starts_with("shop 1.5 cpu"),
        "{}",
        comparison.title_of(Side::Head)
    );
    window.remove_cursor();
    settle(&mut window);
    window.snapshot("store-compared-dark");
    let recent = &window.state().preferences().recent;
    assert_eq!(recent.len(), 1, "runs are no files that somebody opened: {recent:?}");
    // The verdict names what became slower, as it does of the files themselves.
    assert!(texts(&window).contains("regression"), "{}", texts(&window));
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

#[test]
fn one_time_opens_as_a_flame_graph_and_is_looked_at_alone() {
    let mut window = opened();
    draw(&mut window, 6.0, 59.0);
    click(&mut window, "Look closer");
    assert!(sentence(&window).starts_with("22 cpu profiles of shop"), "{}", sentence(&window));
    click(&mut window, "All times");
    assert!(sentence(&window).starts_with("96 cpu profiles of shop"), "{}", sentence(&window));
    click(&mut window, "Open A as flame graph");
    let content = window.state().workspace().active_tab().expect("a tab").content.clone();
    assert!(matches!(content, Content::Profile(_)), "{content:?}");
    assert!(content.title().starts_with("shop 1.4 cpu from=2026-11-25T"), "{}", content.title());
    assert!(window.query_by_label("Flame graph").is_some());
}

#[test]
fn each_view_copies_the_command_that_prints_the_same() {
    let mut window = opened();
    draw(&mut window, 6.0, 59.0);
    draw(&mut window, 186.0, 229.0);
    let buttons = window.query_all_by_label("Copy as command").map(|button| button.rect().center());
    let lines: Vec<String> =
        buttons.collect::<Vec<_>>().into_iter().map(|place| copied_at(&mut window, place)).collect();
    let store = format!("'store:{}", fleet().display());
    let begins = |begin: &str| lines.iter().any(|line| line.starts_with(begin));
    for begin in [
        format!("goscope svg {store}?service=shop&kind=cpu' -o "),
        format!("goscope diff {store}?service=shop&kind=cpu&version=1.4&from=2026-11-25T06:0"),
        format!("goscope top {store}?service=shop&kind=cpu'"),
        format!("goscope query share {store}?service=shop&kind=cpu' --function "),
        format!("goscope store ls store:{}", fleet().display()),
    ] {
        assert!(begins(&begin), "{begin}: {lines:#?}");
    }
    assert!(lines.iter().any(|line| line.ends_with("--by minute")), "{lines:#?}");
}

/// What a click at a place copies.
#[track_caller]
fn copied_at(window: &mut Window, place: Pos2) -> String {
    window.hover_at(place);
    window.step();
    window.drag_at(place);
    window.step();
    window.drop_at(place);
    next_copied(window)
}

#[test]
fn a_store_is_known_by_each_of_its_names_and_a_selection_is_a_profile() {
    let mut window = window();
    let root = fleet().display();
    for (name, expected) in [
        (format!("store:{root}"), ContentKind::Store),
        (format!("{root}/goscope-store.json"), ContentKind::Store),
        (format!("store:{root}?service=shop&kind=cpu&version=1.5"), ContentKind::Profile),
    ] {
        send(&mut window, Command::Paste(name.clone()));
        assert_eq!(kind(&window), expected, "{name}");
        assert_eq!(
            window.state().workspace().active_tab().expect("a tab").content.sources()[0].place(),
            name
        );
        send(&mut window, Command::CloseActiveTab);
    }
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
}

#[test]
fn a_server_that_does_not_answer_is_said_without_its_password() {
    let mut window = window();
    let name = "clickhouse://me:hushhush@127.0.0.1:1/fleet";
    send(&mut window, Command::OpenSource(Source::File(name.into())));
    assert_eq!(kind(&window), ContentKind::Store);
    let shown = texts(&window);
    assert!(shown.contains("127.0.0.1:1"), "{shown}");
    let recent = format!("{:?}", window.state().preferences().recent);
    assert!(recent.contains("clickhouse://127.0.0.1:1/fleet"), "{recent}");
    for text in [shown, recent, format!("{:?}", window.state().problems())] {
        assert!(!text.contains("hushhush"), "{text}");
    }
}

#[test]
fn stores_that_are_empty_broken_or_gone_say_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("store");
    drop(Writer::open(&Place::Folder(root.clone())).expect("a store"));
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(root.clone())));
    assert!(
        sentence(&window).ends_with("has no profiles; `goscope store add` adds some."),
        "{}",
        sentence(&window)
    );

    // A file of samples that is damaged is left out, and the rest is shown.
    let mut writer = Writer::open(&Place::Folder(root.clone())).expect("a store");
    let profiles = [(0, "diff/base1.cpu.pb.gz".to_owned()), (1, "diff/base2.cpu.pb.gz".to_owned())];
    add(&mut writer, &profiles, &[("service", "shop"), ("version", "1.4"), ("pod", "a")]);
    drop(writer);
    for file in files_below(&root.join("samples"), &["parquet"]) {
        std::fs::write(file, b"PAR1 no more").expect("a file");
    }
    send(&mut window, Command::Reload);
    assert!(sentence(&window).starts_with("2 cpu profiles of shop"), "{}", sentence(&window));

    for (marker, says) in [
        (&br#"{"format":"goscope-store","version":9}"#[..], "update goscope"),
        (&b"{"[..], "does not say what this folder is"),
    ] {
        std::fs::write(root.join("goscope-store.json"), marker).expect("a file");
        send(&mut window, Command::Reload);
        assert!(texts(&window).contains(says), "{says}: {}", texts(&window));
    }
    send(&mut window, Command::OpenSource(Source::File(format!("store:{}/none", root.display()).into())));
    assert!(texts(&window).contains("there is no such folder"), "{}", texts(&window));
}

#[test]
fn a_frame_draws_what_is_seen_of_many_profiles_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut work = Vec::new();
    // Of both there are 390 pieces of time, and more versions than are drawn.
    for n_profiles in [780, 1950] {
        let root = folder.path().join(n_profiles.to_string());
        make_long_fleet(&root, n_profiles);
        let mut window = window();
        send(&mut window, Command::OpenSource(Source::File(root)));
        let count = text::count(usize::try_from(n_profiles).expect("a number"));
        assert!(
            sentence(&window).starts_with(&format!("{count} other profiles of shop")),
            "{}",
            sentence(&window)
        );
        draw_parts(&mut window, 0.1, 0.4);
        draw_parts(&mut window, 0.5, 0.9);
        assert!(texts(&window).contains("profiles as 24 runs"), "{}", texts(&window));
        window.step();
        work.push((window.output().shapes.len(), window.root().children_recursive().count()));
    }
    let [(few, few_nodes), (many, many_nodes)] = work[..] else { panic!("{work:?}") };
    assert!(many <= few + 40, "{many} shapes a frame, {few} of fewer profiles");
    assert!(many_nodes <= few_nodes + 40, "{many_nodes} nodes a frame, {few_nodes} of fewer profiles");
}

#[test]
fn a_workspace_of_a_store_looks_as_it_was_drawn() {
    let mut results = SnapshotResults::new();
    for (theme, name) in [(ThemeChoice::Dark, "store-dark"), (ThemeChoice::Light, "store-light")] {
        let mut window = window_at(theme, 1.0);
        open_fleet(&mut window);
        draw(&mut window, 6.0, 79.0);
        draw(&mut window, 131.0, 214.0);
        window.remove_cursor();
        settle(&mut window);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
}

/// Types into the dialog for stores and presses Enter.
fn type_store(window: &mut Window, text: &str) {
    window.get_by_label("Open store").type_text(text);
    settle(window);
    press(window, Modifiers::NONE, Key::Enter);
}

#[test]
fn a_store_is_opened_from_the_start_screen_by_its_folder_and_then_known() {
    let mut window = window();
    click(&mut window, "Open store…");
    // Enter goes into the folder first, as it does for every folder, and then opens it.
    type_store(&mut window, &format!("{}/", fleet().display()));
    assert_eq!(kind(&window), ContentKind::Store);
    assert!(window.query_by_label("Open store").is_none(), "the dialog is closed");
    assert!(window.state().problems().is_empty(), "{:?}", window.state().problems());
    send(&mut window, Command::CloseActiveTab);
    let name = fleet().file_name().expect("a name").to_string_lossy().into_owned();
    assert!(window.query_by_label_contains(&name).is_some(), "it is among the recent ones");
}

#[test]
fn an_address_of_a_store_is_typed_and_what_is_kept_of_it_has_no_password() {
    let mut window = window();
    send(&mut window, Command::OpenStore);
    type_store(&mut window, "clickhouse://me:hushhush@127.0.0.1:1/fleet");
    assert_eq!(kind(&window), ContentKind::Store);
    send(&mut window, Command::CloseActiveTab);
    send(&mut window, Command::OpenStore);
    let shown = texts(&window);
    assert!(shown.contains("127.0.0.1:1") && !shown.contains("hushhush"), "{shown}");
}

#[test]
fn where_the_system_has_no_dialog_the_folder_of_a_store_is_typed() {
    let mut window = window();
    window.state_mut().use_dialogs(Dialogs::Missing);
    send(&mut window, Command::OpenStore);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(window.query_by_label("Go to file").is_some(), "a path can be typed");
    press(&mut window, Modifiers::NONE, Key::Escape);
}

#[test]
fn the_folder_of_a_store_that_is_dropped_opens_as_a_store() {
    let mut window = window();
    window.state().receive(vec![fleet().to_owned()]);
    settle(&mut window);
    assert_eq!(kind(&window), ContentKind::Store);
}

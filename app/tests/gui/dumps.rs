//! The workspace of goroutine dumps: recognized by content, the answer and the numbers of the command line, links that lead
//! somewhere.

use std::fmt::Write as _;
use std::path::Path;

use eframe::egui::accesskit::Toggled;
use eframe::egui::{Key, Modifiers, Role, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::selection::{FrameKey, Item};
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::{ContentKind, FilterChip, FilterKind};
use goscope::text;
use goscope_analysis::dump::{Grouping, OuterFrame};
use goscope_test_support::{corpus, files_below, sample};
use serde_json::Value;

use crate::support::window::{
    Window, click, lens, press, send, settle, show_every_view, texts, window, window_at,
};

fn source(name: &str) -> Source {
    Source::File(sample(name))
}

/// A window with a file of `samples/` open in it.
fn opened(name: &str) -> Window {
    let mut window = window();
    send(&mut window, Command::OpenSource(source(name)));
    window
}

/// A window with two dumps of one program, compared.
fn compared(base: &str, head: &str) -> Window {
    let mut window = window();
    send(&mut window, Command::Compare(source(base), source(head)));
    window
}

fn kind(window: &Window) -> ContentKind {
    window.state().workspace().active_tab().expect("a tab").content.kind()
}

/// The names of the rows that are shown.
fn rows(window: &Window) -> Vec<String> {
    window.query_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
}

/// What the command prints.
fn printed(arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_goscope"));
    let output = command.current_dir(sample("dumps")).args(arguments).output().expect("the command runs");
    String::from_utf8(output.stdout).expect("text")
}

/// What `goscope goroutines --json` says of files.
fn json(files: &[&Path]) -> Value {
    let mut arguments = vec!["goroutines", "--json"];
    arguments.extend(files.iter().map(|file| file.to_str().expect("a name")));
    serde_json::from_str(&printed(&arguments)).unwrap_or(Value::Null)
}

/// The band says what the command line says first.
fn first_sentence(window: &Window) -> String {
    let statuses = window.query_all_by_role(Role::Status).filter_map(|node| node.accesskit_node().label());
    let mut findings = statuses.filter(|text| text.contains("): ") || text.starts_with("nothing stands out"));
    findings.next().unwrap_or_default()
}

#[test]
fn a_dump_opens_with_the_first_sentence_of_the_command_line() {
    for name in ["deadlock.txt", "queue.txt", "crash.cri.log"] {
        let window = opened(&format!("dumps/{name}"));
        assert_eq!(kind(&window), ContentKind::Dumps, "{name}");
        let text = printed(&["goroutines", name]);
        let first = text.lines().find(|line| line.contains("): ")).expect("a finding");
        assert_eq!(first_sentence(&window), first, "{name}");
    }
}

/// What the table shows has the counts, states and names of the JSON.
fn assert_groups(window: &Window, groups: &[Value], about: &str) {
    let shown = texts(window);
    let rows = rows(window);
    assert!(rows.len() <= groups.len(), "{about}: {rows:?}");
    for group in groups.iter().take(rows.len()) {
        let count = usize::try_from(group["count"].as_u64().expect("a count")).expect("small");
        let count = text::count(count);
        assert!(shown.lines().any(|line| line == count), "{about}: {count} goroutines: {shown}");
        let state = group["state"].as_str().expect("a state");
        assert!(shown.contains(state), "{about}: {state}");
    }
}

#[test]
fn groups_have_the_numbers_of_the_command_line_in_its_order() {
    for name in ["deadlock.txt", "queue.txt", "leak3.txt"] {
        let window = opened(&format!("dumps/{name}"));
        let json = json(&[&sample("dumps").join(name)]);
        let groups = json["groups"].as_array().expect("groups");
        assert!(groups.len() > 1, "{json}");
        assert_eq!(rows(&window).len(), groups.len(), "{name}");
        assert_groups(&window, groups, name);
    }
}

#[test]
fn a_chosen_group_shows_its_stack_its_goroutines_and_its_source() {
    let mut window = opened("dumps/deadlock.txt");
    let name = rows(&window).into_iter().find(|row| row.contains("transfer")).expect("a group");
    click_row(&mut window, &name);
    let Some(Item::Goroutine(number)) = lens(&window).selection else {
        panic!("{:?}", lens(&window).selection)
    };
    let member = format!("Goroutine {number}");
    assert!(window.query_all_by_label_contains(&member).next().is_some(), "the goroutine is listed");
    // Its innermost own frame leads to its source.
    let place = window
        .query_all_by_role(Role::Link)
        .find(|link| link.accesskit_node().label().is_some_and(|label| label.contains("main.go:")));
    place.expect("a place").click();
    settle(&mut window);
    let place = lens(&window).testing.place.clone().expect("a place");
    assert!(place.file.ends_with("main.go") && place.line > 0, "{place:?}");
    assert!(texts(&window).contains("Source"), "the source view is in front");
}

fn click_row(window: &mut Window, name: &str) {
    // Several groups may stand in one function: the first of them.
    window.query_all_by_role_and_label(Role::Row, name).next().expect("a row").click();
    settle(window);
}

#[test]
fn nouns_of_the_answer_choose_what_they_name() {
    let mut window = opened("dumps/deadlock.txt");
    let json = json(&[&sample("dumps/deadlock.txt")]);
    let cycle = json["findings"][0]["cycle"].as_array().expect("a cycle").clone();
    let number = cycle[0].as_i64().expect("a number");
    // The evidence names each goroutine.
    let name = number.to_string();
    window.query_all_by_role_and_label(Role::Link, &name).next().expect("a link").click();
    settle(&mut window);
    assert_eq!(lens(&window).selection, Some(Item::Goroutine(number)));
    send(&mut window, Command::ShowView(ViewId::Locks));
    assert!(texts(&window).contains("probably held by"), "{}", texts(&window));
}

#[test]
fn goroutines_are_grouped_otherwise_and_filtered_as_on_the_command_line() {
    let mut window = opened("dumps/leak3.txt");
    for (grouping, word) in [
        (Grouping::Exact, "exact"),
        (Grouping::Functions, "functions"),
        (Grouping::Creator, "creator"),
        (Grouping::Lines, "lines"),
    ] {
        send(&mut window, Command::ChooseGrouping(grouping));
        let text = printed(&["goroutines", "leak3.txt", "--group", word, "--json"]);
        let json: Value = serde_json::from_str(&text).expect("JSON");
        let groups = json["groups"].as_array().expect("groups");
        assert_eq!(rows(&window).len(), groups.len(), "{word}");
        assert_groups(&window, groups, word);
    }
    send(&mut window, Command::AddChip(FilterChip::typed(FilterKind::Ignore, "net/http")));
    let text = printed(&["goroutines", "leak3.txt", "--ignore", "net/http", "--json"]);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(rows(&window).len(), json["groups"].as_array().expect("groups").len());
    send(&mut window, Command::FilterTable("no such function".to_owned()));
    assert!(rows(&window).is_empty());
    assert!(texts(&window).contains("No goroutine matches the filters."));
}

#[test]
fn states_and_minutes_are_filters_as_on_the_command_line_and_part_of_the_copied_command() {
    let mut window = opened("dumps/leak3.txt");
    let n_of_json = |options: &[&str]| {
        let text = printed(&[&["goroutines", "leak3.txt", "--json"], options].concat());
        // Where no goroutine matches, nothing is printed.
        let json: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        json["groups"].as_array().map_or(0, Vec::len)
    };
    window.query_all_by_role(Role::Row).next().expect("a group").click_secondary();
    settle(&mut window);
    click(&mut window, "Only state chan send");
    assert_eq!(rows(&window).len(), n_of_json(&["--state", "chan send"]));
    // A second state is added by the form.
    click(&mut window, "Add filter");
    click(&mut window, "state");
    window.get_by_label("Filter pattern").type_text("chan receive");
    settle(&mut window);
    click(&mut window, "Add");
    let both = n_of_json(&["--state", "chan send", "--state", "chan receive"]);
    assert_eq!((rows(&window).len(), both), (2, 2));
    let command = format!(
        "{:?}",
        window
            .state()
            .workspace()
            .active_tab()
            .map(|tab| { goscope::session::link::window_command(&tab.content, &tab.lens, None) })
    );
    assert!(command.contains("chan send") && command.contains("chan receive"), "{command}");
    click(&mut window, "Add filter");
    click(&mut window, "waits");
    window.get_by_label("Filter pattern").type_text("soon");
    settle(&mut window);
    window.get_by_label("Add").click();
    settle(&mut window);
    assert_eq!(lens(&window).dump.min_minutes, 0, "no number");
    send(&mut window, Command::KeepWaiting(3));
    assert_eq!(rows(&window).len(), n_of_json(&["--state", "chan send", "--min-minutes", "3"]));
    assert!(texts(&window).contains("≥ 3 min"), "{}", texts(&window));
    click(&mut window, "Reset");
    assert!(!lens(&window).dump.is_filtered());
    assert_eq!(rows(&window).len(), n_of_json(&[]));
}

#[test]
fn a_box_of_the_flame_graph_by_state_filters_by_this_state() {
    for inverted in [false, true] {
        let mut window = opened("dumps/leak3.txt");
        send(&mut window, Command::ChooseOuterFrame(OuterFrame::State));
        let key = |name: &str| FrameKey { name: name.to_owned(), ..FrameKey::default() };
        let mut path = vec![key("chan send")];
        if inverted {
            send(&mut window, Command::ToggleDirection);
            path.insert(0, key("main.ask"));
        }
        send(&mut window, Command::Select(Item::CallPath(path)));
        send(&mut window, Command::FilterSelection(FilterKind::Focus));
        assert_eq!(lens(&window).dump.states, ["chan send"]);
        assert!(lens(&window).chips.is_empty());
        assert_eq!(rows(&window), ["main.ask"]);
        assert!(texts(&window).contains("all 24"), "the flame graph is not empty: {}", texts(&window));
    }
}

#[test]
fn who_waits_for_whom_is_drawn_and_its_boxes_lead_to_goroutines() {
    let mut window = opened("dumps/deadlock.txt");
    send(&mut window, Command::ShowView(ViewId::Locks));
    click(&mut window, "graph");
    assert!(lens(&window).dump.draws_locks);
    assert!(window.query_by_label("Who waits for whom").is_some());
    click(&mut window, "Fit graph");
    window.get_by_label_contains("goroutine 21, main.transfer").click();
    settle(&mut window);
    assert_eq!(lens(&window).selection, Some(Item::Goroutine(21)));
    let chosen = |window: &Window, label: &str| {
        window.get_by_label_contains(label).accesskit_node().toggled() == Some(Toggled::True)
    };
    assert!(chosen(&window, "goroutine 21, main.transfer"));
    // The same with keys: boxes are reached by Tab.
    window.get_by_label_contains("3 goroutines, main.transfer").focus();
    settle(&mut window);
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(chosen(&window, "3 goroutines, main.transfer"));
    click(&mut window, "list");
    assert!(!lens(&window).dump.draws_locks);
    assert!(window.query_by_label("Fit graph").is_none());
}

#[test]
fn goroutines_are_grouped_by_the_labels_that_they_have() {
    let mut window = opened("text/goroutine.debug2.txt");
    assert_eq!(kind(&window), ContentKind::Dumps);
    send(&mut window, Command::ChooseGrouping(Grouping::Label("tenant".to_owned())));
    let file = sample("text/goroutine.debug2.txt");
    let text = printed(&["goroutines", file.to_str().expect("a name"), "--group", "label:tenant", "--json"]);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let groups = json["groups"].as_array().expect("groups");
    assert!(groups.len() > 2, "{text}");
    assert_eq!(rows(&window).len(), groups.len());
    let shown = rows(&window);
    for group in groups {
        let name = group["name"].as_str().expect("a name");
        assert!(shown.iter().any(|row| row == name), "{name}: {shown:?}");
    }
}

#[test]
fn a_filter_from_the_flame_graph_keeps_the_same_goroutines_in_all_views() {
    let mut window = opened("dumps/leak3.txt");
    send(&mut window, Command::ChooseOuterFrame(OuterFrame::Creator));
    let key = FrameKey { name: "created by main.price".to_owned(), ..FrameKey::default() };
    send(&mut window, Command::AddChip(FilterChip::of_function(FilterKind::Focus, &key)));
    let text = printed(&["goroutines", "leak3.txt", "--focus", "^main\\.price$", "--json"]);
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let n_goroutines = json["goroutines"].as_u64().expect("a number");
    assert!(n_goroutines > 0, "{text}");
    assert_eq!(rows(&window).len(), json["groups"].as_array().expect("groups").len());
    assert!(texts(&window).contains(&format!("all {n_goroutines}")), "{}", texts(&window));
}

#[test]
fn the_flame_graph_is_as_wide_as_the_goroutines() {
    let mut window = opened("dumps/queue.txt");
    let json = json(&[&sample("dumps/queue.txt")]);
    let all = json["goroutines"].as_u64().expect("a number");
    let has = |window: &Window, label: &str| window.query_all_by_label_contains(label).next().is_some();
    assert!(texts(&window).contains(&format!("all {all}")), "{}", texts(&window));
    send(&mut window, Command::ChooseOuterFrame(OuterFrame::Creator));
    assert!(has(&window, "created by "), "creators are the outermost frames");
    send(&mut window, Command::ChooseOuterFrame(OuterFrame::State));
    assert!(has(&window, "sync.Mutex.Lock"), "states are the outermost frames");
    send(&mut window, Command::ToggleDirection);
    assert!(texts(&window).contains(&format!("all {all}")));
    // A function that is chosen is told with its groups.
    let key = FrameKey { name: "main.main".to_owned(), ..FrameKey::default() };
    send(&mut window, Command::Select(Item::Function(key)));
    assert!(texts(&window).contains(": in it, or in what it called"), "{}", texts(&window));
}

#[test]
fn two_dumps_are_compared_by_growth_with_the_verdict_of_the_command_line() {
    let mut window = compared("dumps/leak1.txt", "dumps/leak3.txt");
    assert_eq!(kind(&window), ContentKind::Dumps);
    let text = printed(&["goroutines", "leak1.txt", "leak3.txt"]);
    let first = text.lines().find(|line| line.contains("): ")).expect("a finding");
    assert_eq!(first_sentence(&window), first);
    let line = text.lines().find(|line| line.starts_with("compared with those before")).expect("a line");
    assert!(texts(&window).lines().any(|text| text == line), "{line}: {}", texts(&window));
    let json = json(&[&sample("dumps/leak1.txt"), &sample("dumps/leak3.txt")]);
    let counts = json["findings"][0]["counts"].as_array().expect("counts").clone();
    let counts: Vec<String> = counts.iter().map(|count| count.to_string()).collect();
    assert!(texts(&window).contains(&counts.join(" → ")), "{counts:?}: {}", texts(&window));
    assert!(
        texts(&window).lines().any(|text| text.starts_with("all 13 → 29")),
        "the flame graph compares them"
    );
    let grown = rows(&window)[0].clone();
    click_row(&mut window, &grown);
    assert!(texts(&window).contains("stayed"), "{}", texts(&window));
    // By creator, with all that it created.
    send(&mut window, Command::ChooseGrouping(Grouping::Creator));
    assert!(rows(&window).contains(&"main.price".to_owned()), "{:?}", rows(&window));
    click_row(&mut window, "main.price");
    assert!(texts(&window).contains("8 → 24"), "{}", texts(&window));
    assert_eq!(first_sentence(&window), first, "findings are about lines");
    send(&mut window, Command::ChooseGrouping(Grouping::Lines));
    // A third dump joins them.
    window.state().receive(vec![sample("dumps/leak2.txt")]);
    settle(&mut window);
    send(
        &mut window,
        Command::AddRuns(goscope::query::comparison::Side::Head, vec![source("dumps/leak2.txt")]),
    );
    let text = printed(&["goroutines", "leak1.txt", "leak2.txt", "leak3.txt"]);
    let first = text.lines().find(|line| line.contains("): ")).expect("a finding");
    assert_eq!(first_sentence(&window), first);
}

#[test]
fn two_files_are_compared_at_once() {
    let mut window = window();
    window.state().open_pair(source("dumps/leak1.txt"), source("dumps/leak3.txt"));
    settle(&mut window);
    assert_eq!(kind(&window), ContentKind::Dumps);
    assert_eq!(window.state().workspace().tabs.len(), 3);
    assert!(first_sentence(&window).starts_with("leak "), "{}", first_sentence(&window));
}

/// A dump of a program in which many goroutines wait, each from one of some places.
fn large_dump(n_goroutines: usize) -> String {
    let mut text = "goroutine 1 [running]:\nmain.main()\n\t/w/shop/main.go:10 +0x1d\n\n".to_owned();
    for id in 2..=n_goroutines {
        let place = id % 300;
        let _ = write!(
            text,
            "goroutine {id} [chan receive, {} minutes]:\nexample.com/shop/queue.(*Worker{place}).wait(0xc000{id:06x}, 0x1)\n\
             \t/w/shop/queue/worker{place}.go:{} +0x85\nexample.com/shop/queue.(*Worker{place}).run(0xc000{id:06x})\n\
             \t/w/shop/queue/worker{place}.go:{} +0x2b\ncreated by example.com/shop/queue.Start in goroutine 1\n\
             \t/w/shop/queue/start.go:{} +0x9a\n\n",
            id % 7,
            20 + place,
            40 + place,
            60 + place
        );
    }
    text
}

/// How many texts a frame lays out, and how many nodes screen readers get.
fn frame_work(window: &mut Window) -> (usize, usize) {
    window.step();
    let n_shapes = window.output().shapes.len();
    (n_shapes, window.root().children_recursive().count())
}

#[test]
fn a_frame_draws_what_is_seen_of_100_000_goroutines_and_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut work = Vec::new();
    for n_goroutines in [1_000, 100_000] {
        let file = folder.path().join(format!("{n_goroutines}.txt"));
        std::fs::write(&file, large_dump(n_goroutines)).expect("a file");
        let mut window = window();
        send(&mut window, Command::OpenSource(Source::File(file)));
        assert_eq!(kind(&window), ContentKind::Dumps);
        assert!(texts(&window).contains(&text::counted(n_goroutines, "goroutine")), "{}", texts(&window));
        // All in one group: its list of goroutines is the longest there is.
        send(&mut window, Command::ChooseGrouping(Grouping::Creator));
        send(&mut window, Command::SelectGoroutine(5, None));
        work.push(frame_work(&mut window));
    }
    let ((few, few_nodes), (many, many_nodes)) = (work[0], work[1]);
    assert!(many <= few + few / 10 + 20, "{many} shapes a frame, {few} of a hundredth");
    assert!(
        many_nodes <= few_nodes + few_nodes / 10 + 20,
        "{many_nodes} nodes a frame, {few_nodes} of a hundredth"
    );
}

#[test]
fn all_dumps_of_the_corpus_are_shown_with_the_numbers_of_the_command_line() {
    let Some(folder) = corpus("debugging") else { return };
    let is_dump = |file: &&std::path::PathBuf| {
        let is_text =
            file.extension().is_some_and(|ending| ending == "txt" || ending == "log" || ending == "json");
        is_text && !file.to_string_lossy().contains("debug1")
    };
    let files: Vec<_> = files_below(&folder, &[""]).iter().filter(is_dump).cloned().collect();
    assert!(files.len() > 100, "{} files in {}", files.len(), folder.display());
    let mut n_compared = 0;
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let mut window = window_at(theme, 1.0);
        for file in &files {
            let name = file.display().to_string();
            send(&mut window, Command::OpenSource(Source::File(file.clone())));
            show_every_view(&mut window);
            let problems: Vec<_> =
                window.state().problems().iter().filter(|it| it.text.contains("has a bug")).collect();
            assert!(problems.is_empty(), "{name}: {problems:?}");
            assert!(window.query_by_label_contains("has a bug here").is_none(), "{name}");
            if theme == ThemeChoice::Dark && kind(&window) == ContentKind::Dumps {
                let json = json(&[file]);
                let groups = json["groups"].as_array().unwrap_or_else(|| panic!("{name}: {json}"));
                assert_eq!(rows(&window).is_empty(), groups.is_empty(), "{name}");
                if json["dumps"].as_array().is_some_and(|dumps| dumps.len() == 1) {
                    assert_groups(&window, groups, &name);
                    n_compared += 1;
                }
                let text = printed(&["goroutines", &name]);
                if let Some(first) = text.lines().find(|line| {
                    line.contains("): ") && !json["findings"].as_array().is_some_and(Vec::is_empty)
                }) {
                    assert_eq!(first_sentence(&window), first, "{name}");
                }
            }
            send(&mut window, Command::CloseActiveTab);
        }
    }
    assert!(n_compared > 80, "{n_compared} dumps were compared with the command line");
}

#[test]
fn a_workspace_of_dumps_looks_as_it_was_drawn() {
    let mut results = egui_kittest::SnapshotResults::new();
    for (name, theme) in [("dump-dark", ThemeChoice::Dark), ("dump-light", ThemeChoice::Light)] {
        let mut window = window_at(theme, 1.0);
        send(&mut window, Command::OpenSource(source("dumps/queue.txt")));
        let first = rows(&window)[0].clone();
        click_row(&mut window, &first);
        window.remove_cursor();
        settle(&mut window);
        window.snapshot(name);
        results.extend_harness(&mut window);
    }
    let mut window = window_at(ThemeChoice::Dark, 1.0);
    send(&mut window, Command::Compare(source("dumps/leak1.txt"), source("dumps/leak3.txt")));
    window.remove_cursor();
    settle(&mut window);
    window.snapshot("dumps-compared-dark");
    results.extend_harness(&mut window);
}

#[test]
fn the_workspace_fits_a_small_window() {
    let mut window = opened("dumps/deadlock.txt");
    window.set_size(vec2(900.0, 600.0));
    settle(&mut window);
    click(&mut window, "Locks");
    assert!(texts(&window).contains("probably held by"));
}

//! The workspaces of what `go test` writes: recognized by content, the same numbers as on the command line, the answer first.

use eframe::egui::{Key, Modifiers, OutputCommand, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::{Document, Source};
use goscope::gui::command::Command;
use goscope::gui::preferences::ThemeChoice;
use goscope::gui::selection::Item;
use goscope::gui::view_id::ViewId;
use goscope::gui::workspace::ContentKind;
use goscope::query::comparison::Side;
use goscope::query::testing::test_rows::TestList;
use goscope::text;
use goscope_test_support::{corpus, files_below, sample};

use crate::support::window::{
    Window, click, lens, press, send, settle, show_every_view, texts, window, window_at,
};

/// A window with a file of `samples/` open in it.
fn opened(name: &str) -> Window {
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(sample(name))));
    window
}

fn kind(window: &Window) -> ContentKind {
    window.state().workspace().active_tab().expect("a tab").content.kind()
}

/// The names of the rows that are shown.
fn rows(window: &Window) -> Vec<String> {
    window.query_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label()).collect()
}

#[test]
fn the_answer_of_a_test_run_comes_first_with_what_failed() {
    let window = opened("testing/results.json");
    assert_eq!(kind(&window), ContentKind::Tests);
    let texts = texts(&window);
    assert!(texts.contains("7 tests in 2 packages: 2 failed, 1 flaky, 1 skipped, 3 passed"), "{texts}");
    assert!(texts.contains("cart_test.go:19: Total() = 1000, want 900"), "{texts}");
    assert!(texts.contains("go test -run '^TestTotal$/^many$' example.com/shop/cart"), "{texts}");
    let expected = ["shop/cart", "TestTotal", "many", "few", "TestFlaky", "TestCheckout", "shop/search"];
    assert_eq!(rows(&window), expected, "what has to be looked at stands first, and the rest is closed");
}

#[test]
fn the_numbers_of_tests_are_those_of_the_command_line() {
    let source = Source::File(sample("testing/results.json"));
    let document = Document::load(&source, &goscope_parsers::Progress::new()).expect("results");
    let run = document.tests().expect("results of tests");
    let mut window = opened("testing/results.json");
    send(&mut window, Command::ChooseTests(TestList::Slowest));
    let slowest = run.slowest();
    assert!(slowest.len() > 3);
    let shown = texts(&window);
    for (package, test) in &slowest {
        let folder = package.path.rsplit('/').next().expect("a name");
        assert!(shown.contains(&format!("{folder}.{}", test.name)), "{shown}");
        let nanos = i64::try_from(test.active_nanos()).expect("short");
        assert!(shown.contains(&text::duration(nanos)), "{} of {}", text::duration(nanos), test.name);
    }
    assert_eq!(rows(&window)[0], format!("cart.{}", slowest[0].1.name));
    send(&mut window, Command::ChooseTests(TestList::Failed));
    assert_eq!(rows(&window), ["cart.TestTotal/many", "cart.TestFlaky"]);
}

#[test]
fn a_place_in_the_output_shows_its_source() {
    let mut window = opened("testing/results.json");
    window.get_by_role_and_label(Role::Link, "cart_test.go:19: Total() = 1000, want 900").click();
    settle(&mut window);
    let place = lens(&window).testing.place.clone().expect("a place");
    assert_eq!((&*place.file, place.line), ("cart_test.go", 19));
    let line = window.get_by_label_contains("Line 19, ");
    assert!(line.rect().height() > 0.0);
    assert!(texts(&window).contains("Total()"), "the text of the file is shown");
    send(&mut window, Command::Undo);
    assert_eq!(lens(&window).testing.place, None);
}

#[test]
fn a_test_is_chosen_opened_and_run_again_without_a_mouse() {
    let mut window = opened("testing/results.json");
    let row = |window: &mut Window, name: &str| {
        for _ in 0..200 {
            window.key_press(Key::Tab);
            window.step();
            let focused = window.root().children_recursive().find(|node| node.accesskit_node().is_focused());
            let Some(focused) = focused else { continue };
            let node = focused.accesskit_node();
            if node.role() == Role::Row && node.label().as_deref() == Some(name) {
                return;
            }
        }
        panic!("{name} never has the focus");
    };
    row(&mut window, "shop/search");
    press(&mut window, Modifiers::NONE, Key::Enter);
    let chosen = Item::Test("example.com/shop/search".to_owned(), String::new());
    assert_eq!(lens(&window).selection, Some(chosen));
    assert!(!rows(&window).contains(&"TestFind".to_owned()));
    press(&mut window, Modifiers::NONE, Key::Enter);
    assert!(
        rows(&window).contains(&"TestFind".to_owned()),
        "choosing it again opens it: {:?}",
        rows(&window)
    );
    window.get_by_label("Copy the command that runs it again").click();
    let mut copied = None;
    for _ in 0..4 {
        window.step();
        copied = copied.or_else(|| {
            window.output().platform_output.commands.iter().find_map(|command| match command {
                OutputCommand::CopyText(text) => Some(text.clone()),
                _ => None,
            })
        });
    }
    assert_eq!(copied.as_deref(), Some("go test example.com/shop/search"));
}

#[test]
fn a_tree_is_filtered_with_what_is_above_and_closed_by_its_mark() {
    let mut window = opened("testing/results.json");
    send(&mut window, Command::FilterTable("find".to_owned()));
    assert_eq!(rows(&window), ["shop/search", "TestFind"]);
    send(&mut window, Command::FilterTable(String::new()));
    click(&mut window, "Close shop/cart");
    assert_eq!(rows(&window), ["shop/cart", "shop/search"]);
    click(&mut window, "Open shop/cart");
    assert!(rows(&window).len() > 5);
}

/// What the command prints in a folder, as text.
fn printed(folder: &std::path::Path, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_goscope"));
    let output = command.current_dir(folder).args(arguments).output().expect("the command runs");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn coverage_says_its_share_first_and_has_the_numbers_of_the_command_line() {
    let window = opened("testing/cover.out");
    assert_eq!(kind(&window), ContentKind::Coverage);
    let shown = texts(&window);
    let sentence =
        "76.5% of 17 statements are covered; the largest uncovered function is cart.(*Cart).Add, 1 of 4.";
    assert!(shown.contains(sentence), "{shown}");
    let tree = printed(&sample("testing"), &["cover", "tree", "-C", "shop", "cover.out"]);
    let lines: Vec<&str> = tree.lines().skip(1).collect();
    assert_eq!(lines.len(), 10, "{tree}");
    for line in &lines {
        let mut words = line.split_whitespace();
        let (share, covered, name) = (words.next(), words.next(), words.next().expect("a name"));
        let name = name.strip_prefix("example.com/shop/").unwrap_or(name);
        assert!(rows(&window).iter().any(|row| row == name), "{name} of {:?}", rows(&window));
        for number in [share, covered].into_iter().flatten() {
            assert!(shown.contains(number), "{number} of {name}: {shown}");
        }
    }
    assert_eq!(
        rows(&window)[..4],
        ["example.com/shop", "cart", "cart.go", "(*Cart).Add"],
        "what is least covered stands first"
    );
}

#[test]
fn lines_that_did_not_run_are_listed_and_shown_in_their_source() {
    let mut window = opened("testing/cover.out");
    let lines = printed(&sample("testing"), &["cover", "lines", "-C", "shop", "cover.out"]);
    let listed: Vec<&str> = lines.lines().filter(|line| line.contains(".go:")).collect();
    let uncovered = rows(&window).iter().filter(|row| row.contains('.') && !row.ends_with(".go")).count();
    assert!(uncovered >= listed.len(), "{lines}{:?}", rows(&window));
    // Before anything is chosen: the largest function that is not covered.
    let line = window.get_by_label_contains("Line 23, did not run");
    assert!(line.rect().height() > 0.0);
    window.get_by_label("Next lines that did not run").click();
    settle(&mut window);
    let place = lens(&window).testing.place.clone().expect("a place");
    assert_eq!((&*place.file, place.line), ("example.com/shop/cart/cart.go", 23));
    window.get_by_label("Next lines that did not run").click();
    settle(&mut window);
    assert_eq!(lens(&window).testing.place.as_ref().map(|place| place.line), Some(37));
    let row = window.get_by_role_and_label(Role::Row, "Count");
    row.click();
    settle(&mut window);
    let place = lens(&window).testing.place.clone().expect("a place");
    assert_eq!((&*place.file, place.line), ("example.com/shop/search/search.go", 15));
    let chosen = lens(&window).selection.as_ref().and_then(|item| item.frame().cloned());
    assert_eq!(chosen.map(|frame| frame.name).as_deref(), Some("example.com/shop/search.Count"));
}

#[test]
fn benchmarks_of_one_file_have_the_medians_of_benchstat() {
    let window = opened("bench/base.txt");
    assert_eq!(kind(&window), ContentKind::Benchmarks);
    let shown = texts(&window);
    assert!(shown.contains("runs each; the least certain is "), "{shown}");
    let csv = printed(&sample("bench"), &["benchstat", "-format", "csv", "base.txt"]);
    let (mut unit, mut n_rows) = ("", 0);
    for line in csv.lines() {
        let cells: Vec<&str> = line.split(',').collect();
        match cells.as_slice() {
            ["", it, "CI"] => unit = it,
            [name, center, range] if *name != "geomean" && !name.is_empty() => {
                let Ok(center) = center.parse::<f64>() else { continue };
                let value = goscope_analysis::bench::format_value(center, unit);
                assert!(shown.contains(&value), "{value} of {name}, {unit}: {shown}");
                assert!(shown.lines().any(|text| text == *range), "{range} of {name}: {shown}");
                n_rows += 1;
            }
            _ => {}
        }
    }
    assert!(n_rows > 5, "{csv}");
    assert_eq!(rows(&window).len(), n_rows);
}

#[test]
fn benchmarks_of_two_sides_have_the_verdict_of_the_command_line() {
    let mut window = window();
    let [base, head] = ["bench/base.txt", "bench/head.txt"].map(|name| Source::File(sample(name)));
    window.state().open_pair(base, head);
    settle(&mut window);
    assert_eq!(kind(&window), ContentKind::Benchmarks);
    let text = printed(&sample("bench"), &["diff", "base.txt", "head.txt"]);
    let first = text.lines().next().expect("a line");
    assert!(window.query_by_role_and_label(Role::Status, first).is_some(), "{first}");
    assert_eq!(rows(&window)[0], "Dedupe/orders=500-2", "what got worse stands first");
    let shown = texts(&window);
    let is_row = |line: &&str| line.ends_with(')') && line.contains("-2 (");
    let table: Vec<&str> =
        text.lines().skip_while(|line| !line.starts_with("Type: ")).filter(is_row).collect();
    assert!(table.len() > 5, "{text}");
    assert_eq!(rows(&window).len(), table.len());
    for line in table {
        // `48.58 µs   458.7 µs     ×10  +771% … ×12   5e-5  Dedupe/orders=500-2 (sec/op)`
        let cells: Vec<&str> = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        for cell in &cells[..3] {
            assert!(shown.lines().any(|text| text == *cell), "{cell} of {line}: {shown}");
        }
    }
    // Without a choice, the worst one.
    assert!(shown.contains("→ 458.7 µs: ×10; 95%: +771% … ×12; q 5e-5"), "{shown}");
}

/// The source of a package of the sample program in a folder of its own, and a coverage profile in which nothing of it ran.
fn uncovered_catalog(folder: &std::path::Path) -> std::path::PathBuf {
    std::fs::create_dir(folder.join("catalog")).expect("a folder");
    std::fs::copy(sample("go/shop/go.mod"), folder.join("go.mod")).expect("a copy");
    let mut profile = "mode: set\n".to_owned();
    for file in files_below(&sample("go/shop/catalog"), &[".go"]) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        std::fs::copy(&file, folder.join("catalog").join(&name)).expect("a copy");
        let n_lines = std::fs::read_to_string(&file).expect("source").lines().count();
        profile += &format!("example.com/shop/catalog/{name}:1.1,{n_lines}.100 100 0\n");
    }
    let file = folder.join("cover.out");
    std::fs::write(&file, profile).expect("a file");
    file
}

#[test]
fn what_costs_time_and_did_not_run_is_listed_with_a_profile_beside() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(uncovered_catalog(folder.path()))));
    assert_eq!(kind(&window), ContentKind::Coverage);
    send(&mut window, Command::ShowView(ViewId::HotUncovered));
    assert!(window.query_by_label_contains("Open a CPU profile beside this").is_some());
    let coverage = window.state().workspace().active.expect("a tab");
    send(&mut window, Command::OpenSource(Source::File(sample("pprof/cpu.pb.gz"))));
    let profile = window.state().workspace().active.expect("a tab");
    send(&mut window, Command::ShowTab(coverage));
    let shown = texts(&window);
    assert!(shown.contains("cost something on lines that no test ran; most does catalog."), "{shown}");
    let mut rows = window.query_all_by_role(Role::Row).filter_map(|row| row.accesskit_node().label());
    let name = rows.find(|name| name.starts_with("catalog.")).expect("a hot function");
    drop(rows);
    window.get_by_role_and_label(Role::Row, &name).click();
    settle(&mut window);
    let place = lens(&window).testing.place.clone().expect("a place");
    assert!(place.file.starts_with("example.com/shop/catalog/") && place.line > 1, "{place:?}");
    // The same function is chosen in the profile.
    send(&mut window, Command::ShowTab(profile));
    let chosen = lens(&window).selection.as_ref().and_then(|item| item.frame().cloned());
    let chosen = chosen.expect("a function is chosen").name;
    assert_eq!(chosen, format!("example.com/shop/{name}"));
    assert!(texts(&window).contains(chosen.rsplit('.').next().expect("a name")));
}

/// Runs git in a folder, as nobody in particular.
fn git(folder: &std::path::Path, words: &[&str]) {
    let who = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=trunk"];
    let done = std::process::Command::new("git").args(who).args(words).current_dir(folder).output();
    let done = done.expect("git starts");
    assert!(done.status.success(), "{words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn changed_lines_that_did_not_run_are_listed_since_a_commit() {
    let folder = tempfile::tempdir().expect("a folder");
    let shop = sample("testing/shop");
    for file in files_below(&shop, &[""]) {
        let to = folder.path().join("shop").join(file.strip_prefix(&shop).expect("a file of it"));
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::fs::copy(&file, to).expect("a copy");
    }
    std::fs::copy(sample("testing/cover.out"), folder.path().join("cover.out")).expect("a copy");
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "-qm", "first"]);
    let file = folder.path().join("shop/cart/cart.go");
    let text = std::fs::read_to_string(&file).expect("source");
    std::fs::write(&file, text.replace("cart: no items", "cart: nothing")).expect("a change");

    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(folder.path().join("cover.out"))));
    send(&mut window, Command::ShowView(ViewId::Changed));
    assert!(texts(&window).contains("0.0% of changed lines covered (0 of 1)"), "{}", texts(&window));
    window.get_by_role_and_label(Role::Row, "shop/cart/cart.go").click();
    settle(&mut window);
    let place = lens(&window).testing.place.clone().expect("a place");
    assert_eq!((place.file.as_str(), place.line), ("example.com/shop/cart/cart.go", 23));

    // A branch is another beginning; what git does not know is a sentence.
    git(folder.path(), &["commit", "-qam", "second"]);
    send(&mut window, Command::Reload);
    send(&mut window, Command::ChooseReference("trunk".to_owned()));
    let nothing = "no line that can run changed since trunk: nothing to cover";
    assert!(texts(&window).contains(nothing), "{}", texts(&window));
    send(&mut window, Command::ChooseReference("HEAD~1".to_owned()));
    assert!(texts(&window).contains("0.0% of changed lines covered (0 of 1)"), "{}", texts(&window));
    send(&mut window, Command::ChooseReference("nowhere".to_owned()));
    assert!(
        texts(&window).contains("git does not know where this change left nowhere"),
        "{}",
        texts(&window)
    );
}

#[test]
fn a_second_file_becomes_the_head() {
    let mut window = opened("bench/base.txt");
    window.state().receive(vec![sample("bench/head.txt")]);
    settle(&mut window);
    assert_eq!(kind(&window), ContentKind::Benchmarks);
    send(&mut window, Command::AddRuns(Side::Head, vec![Source::File(sample("bench/head.txt"))]));
    assert!(window.query_by_label_contains("regression: Dedupe/orders=500-2, sec/op").is_some());
    send(&mut window, Command::SwapSides);
    assert!(window.query_by_label_contains("regression: Dedupe/orders=500-2, sec/op").is_none());
    send(&mut window, Command::ChooseUnit(Some("B/op".to_owned())));
    assert!(!texts(&window).lines().any(|text| text == "sec/op"), "only one unit is shown");
}

#[test]
fn all_benchmarks_of_the_corpus_are_shown() {
    walk("testing/bench", |file| {
        let is_golden = file.components().any(|part| part.as_os_str() == "golden");
        !is_golden && file.extension().is_some_and(|ending| ending == "txt")
    });
}

#[test]
fn all_coverage_of_the_corpus_is_shown() {
    walk("testing/cover", |file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        file.extension().is_some_and(|ending| ending == "out" || ending == "cov")
            || name.starts_with("covmeta.")
    });
}

/// Every file of the corpus, in both themes: what is read is shown, in all views, and nothing breaks.
fn walk(folder: &str, wanted: impl Fn(&std::path::Path) -> bool) {
    let Some(folder) = corpus(folder) else { return };
    let files: Vec<_> = files_below(&folder, &[""]).into_iter().filter(|file| wanted(file)).collect();
    assert!(!files.is_empty(), "{}", folder.display());
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let mut window = window_at(theme, 1.0);
        for file in &files {
            let name = file.display();
            // A file of a program's coverage stands for its folder.
            let is_folder =
                file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("covmeta."));
            let opened = if is_folder { file.parent().expect("a folder") } else { file };
            send(&mut window, Command::OpenSource(Source::File(opened.to_owned())));
            show_every_view(&mut window);
            let problems: Vec<_> =
                window.state().problems().iter().filter(|it| it.text.contains("has a bug")).collect();
            assert!(problems.is_empty(), "{name}: {problems:?}");
            assert!(window.query_by_label_contains("has a bug here").is_none(), "{name}");
            send(&mut window, Command::CloseActiveTab);
            settle(&mut window);
        }
    }
}

#[test]
fn all_streams_of_the_corpus_are_shown() {
    walk("testing/json", |file| file.extension().is_some_and(|ending| ending == "json"));
}

#[test]
fn text_of_go_test_is_known_by_its_content() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("log");
    let log = "=== RUN   TestA\n    a_test.go:3: no\n--- FAIL: TestA (0.02s)\nFAIL\nFAIL\texample.com/a\t0.1s\nFAIL\n";
    std::fs::write(&file, log).expect("a file");
    let mut window = window();
    send(&mut window, Command::OpenSource(Source::File(file)));
    assert_eq!(kind(&window), ContentKind::Tests);
    assert!(texts(&window).contains("1 test in 1 package: 1 failed"));
    send(&mut window, Command::ShowView(ViewId::Test));
    assert!(texts(&window).contains("a_test.go:3: no"));
}

#[test]
fn on_a_large_screen_numbers_stay_near_the_names_before_them() {
    let mut window = opened("testing/results.json");
    window.set_size(eframe::egui::vec2(2560.0, 1440.0));
    settle(&mut window);
    let edge = |name: &str| window.get_by_label(name).rect();
    let (name, number) = (edge("Sort by test"), edge("Sort by state"));
    assert!(name.width() <= 641.0 && number.left() - name.right() < 2.0, "{name:?} {number:?}");
}

//! What people open the window for, and how many clicks and keys each takes: `docs/window-tasks.md` is the list, made and
//! checked here. `UPDATE_SNAPSHOTS=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use eframe::egui::{Key, Modifiers, Role};
use egui_kittest::Node;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use goscope::document::Source;
use goscope::gui::command::Command;
use goscope::gui::selection::Item;
use goscope::gui::workspace::{FilterChip, FilterKind};
use goscope::query::trace::selection::Only;
use goscope::samples::PAIR;
use goscope_analysis::trace::instances::InstanceKind;

use crate::support::window::{TRACE, Window, first_row, lens, send, settle, window};

const CPU: &str = "cpu-labels.pb.gz";
const COMPARISON: &str = "a comparison";

/// A window, and what hands did to it.
struct Hands {
    window: Window,
    clicks: usize,
    keys: usize,
    steps: Vec<String>,
}

impl Hands {
    fn new(file: &str) -> Self {
        let mut window = window();
        let sample = |name: &str| Source::Sample(name.to_owned());
        let [base, head] = PAIR.map(|it| sample(it.name));
        let open = match file {
            COMPARISON => Command::Compare(base, head),
            name => Command::OpenSource(sample(name)),
        };
        send(&mut window, open);
        Self { window, clicks: 0, keys: 0, steps: Vec::new() }
    }

    /// Clicks the first node that fits; `name` is what people look for.
    #[track_caller]
    fn click(&mut self, name: &str, is_it: impl Fn(&Node<'_>) -> bool) {
        let found = self.window.query_all(egui_kittest::kittest::By::new()).find(|node| is_it(node));
        found.unwrap_or_else(|| panic!("{name} is not there")).click();
        settle(&mut self.window);
        self.clicks += 1;
        self.steps.push(name.to_owned());
    }

    #[track_caller]
    fn click_label(&mut self, label: &str) {
        self.click_named(label, label);
    }

    /// Clicks what screen readers call `label` and what looks like `shown`.
    #[track_caller]
    fn click_named(&mut self, shown: &str, label: &str) {
        let name = format!("**{shown}**");
        self.click(&name, |node| node.accesskit_node().label().as_deref() == Some(label));
    }

    #[track_caller]
    fn click_link(&mut self, label: &str) {
        let is_it = |node: &Node<'_>| {
            let node = node.accesskit_node();
            node.role() == Role::Link && node.label().as_deref() == Some(label)
        };
        self.click(&format!("the link `{label}`"), is_it);
    }

    #[track_caller]
    fn click_row(&mut self, what: &str, begin: &str) {
        let is_it = |node: &Node<'_>| {
            let node = node.accesskit_node();
            node.role() == Role::Row && node.label().is_some_and(|label| label.starts_with(begin))
        };
        self.click(what, is_it);
    }

    fn press(&mut self, modifiers: Modifiers, key: Key, name: &str) {
        self.window.key_press_modifiers(modifiers, key);
        settle(&mut self.window);
        self.keys += 1;
        self.steps.push(format!("`{name}`"));
    }

    /// Types into the field of this name, which has the caret.
    #[track_caller]
    fn enter(&mut self, field: &str, text: &str) {
        self.window.get_by_label(field).type_text(text);
        settle(&mut self.window);
        self.keys += text.chars().count();
        self.steps.push(format!("type `{text}`"));
    }

    fn sees(&self, part: &str) -> bool {
        self.window.query_all_by_label_contains(part).next().is_some()
    }

    #[track_caller]
    fn assert_sees(&self, part: &str) {
        assert!(self.sees(part), "{part} is not there");
    }
}

/// A question, the file it is asked of, and how it is answered.
struct Task {
    question: &'static str,
    file: &'static str,
    answer: fn(&mut Hands),
}

const fn task(question: &'static str, file: &'static str, answer: fn(&mut Hands)) -> Task {
    Task { question, file, answer }
}

const TASKS: [Task; 20] = [
    task("Why is one request in a hundred slow?", TRACE, |hands| {
        hands.assert_sees("RWMutex");
    }),
    task("Which function releases the lock that slow ones wait for?", TRACE, |hands| {
        hands.click_link("catalog.(*Index).rebuildIndex");
        hands.assert_sees("Spans with it");
    }),
    task("What did the slowest request do, and for whom did it wait?", TRACE, |hands| {
        hands.click_label("Slowest");
        hands.assert_sees("Critical path");
    }),
    task("What did the holder of the lock do meanwhile?", TRACE, |hands| {
        hands.click_label("Slowest");
        let is_segment = |node: &Node<'_>| {
            let label = node.accesskit_node().label();
            label.is_some_and(|label| label.starts_with("G 52 catalog.(*Index).RebuildEvery computes in"))
        };
        hands.click("the part of G 52 in the ribbon", is_segment);
        assert!(matches!(lens(&hands.window).selection, Some(Item::Span(52, _))));
    }),
    task("What do slow requests have in common?", TRACE, |hands| {
        hands.click_label("In common");
        assert!(first_row(&hands.window).starts_with("longest wait ended by"));
    }),
    task("How many requests a second, how slow, how many errors?", TRACE, |hands| {
        hands.click_label("Signals");
        hands.assert_sees("a second, p50");
    }),
    task("Does the scheduler stand in the way?", TRACE, |hands| {
        hands.click_label("Scheduler");
        hands.assert_sees("Idle: Ps are in use");
    }),
    task("Who allocates most, and who pays for the collector?", TRACE, |hands| {
        hands.click_label("GC bill");
        hands.assert_sees("of all bytes");
    }),
    task("Where does the time of one task type go?", TRACE, |hands| {
        hands.click_label("Signals");
        hands.click_row("the row `checkout`", "checkout");
        assert_eq!(lens(&hands.window).trace.about, InstanceKind::Tasks(Some("checkout".to_owned())));
    }),
    task("What else stands out?", TRACE, |hands| {
        hands.press(Modifiers::COMMAND, Key::K, "Ctrl+K");
        hands.assert_sees("a goroutine that sleeps");
    }),
    task("Which requests spent their time in the part that makes them slow?", TRACE, |hands| {
        hands.click_row("the first row", "running ·");
        assert!(lens(&hands.window).trace.cause.is_some());
        hands.assert_sees("catalog #125 · running");
    }),
    task("Who let a goroutine go on that had waited?", TRACE, |hands| {
        hands.click_label("Slowest");
        let before = lens(&hands.window).selection.clone();
        hands.press(Modifiers::NONE, Key::U, "U");
        assert_ne!(lens(&hands.window).selection, before);
    }),
    task("What do the goroutines of one function do, and nothing else?", TRACE, |hands| {
        hands.click_label("Goroutines");
        hands.click("the first row", |node| node.accesskit_node().role() == Role::Row);
        hands.click_label("Only its function");
        assert!(matches!(lens(&hands.window).trace.only, Some(Only::Function(_))));
    }),
    task("When and where does a function wait?", TRACE, |hands| {
        hands.click_link("catalog.(*Index).snapshot");
        let is_span = |node: &Node<'_>| {
            let node = node.accesskit_node();
            node.role() == Role::Link && node.label().is_some_and(|label| label.contains(" waiting: sync "))
        };
        hands.click("its longest span", is_span);
        assert!(matches!(lens(&hands.window).selection, Some(Item::Span(..))));
    }),
    task("Which function of the program itself costs most?", CPU, |hands| {
        hands.click_named("Filter by name", "Filter table");
        hands.enter("Filter table", "shop/");
        assert_eq!(first_row(&hands.window), "example.com/shop/catalog.(*trie).near");
    }),
    task("Who calls the most expensive function?", CPU, |hands| {
        hands.click("the first row", |node| node.accesskit_node().role() == Role::Row);
        hands.assert_sees("Callers");
    }),
    task("Which lines of it cost?", CPU, |hands| {
        hands.click("the first row", |node| node.accesskit_node().role() == Role::Row);
        hands.press(Modifiers::COMMAND, Key::E, "Ctrl+E");
        hands.assert_sees("Line ");
    }),
    task("How much of the time goes through allocations?", CPU, |hands| {
        hands.press(Modifiers::NONE, Key::Slash, "/");
        hands.enter("Search", "mallocgc");
        hands.assert_sees("matched ");
    }),
    task("What does one tenant cost?", CPU, |hands| {
        hands.click_named("+ Filter", "Add filter");
        hands.click_label("label");
        hands.enter("Filter pattern", "tenant=north");
        hands.press(Modifiers::NONE, Key::Enter, "Enter");
        let chip = FilterChip::typed(FilterKind::TagFocus, "tenant=north");
        assert_eq!(lens(&hands.window).chips, [chip]);
    }),
    task("What got slower?", COMPARISON, |hands| {
        hands.assert_sees("regression");
        hands.click_link("example.com/shop/report.contains");
        assert!(matches!(lens(&hands.window).selection, Some(Item::Function(_))));
    }),
];

const HEAD: &str = "# Twenty questions to the window

What people open the window for, and what it takes from the first screen of a file. The table is made by a test that does each of \
                    them by label and key (`app/tests/gui/tasks.rs`); a letter that is typed counts as a key.

| question | file | how | clicks | keys |
|---|---|---|---|---|
";

#[test]
fn people_find_what_they_look_for_with_few_clicks() {
    let mut table = HEAD.to_owned();
    let mut n_short = 0;
    for Task { question, file, answer } in TASKS {
        let mut hands = Hands::new(file);
        answer(&mut hands);
        assert!(
            hands.window.state().problems().is_empty(),
            "{question}: {:?}",
            hands.window.state().problems()
        );
        n_short += usize::from(hands.clicks <= 3);
        let how = if hands.steps.is_empty() {
            "it is on the first screen".to_owned()
        } else {
            hands.steps.join(", ")
        };
        let _ = writeln!(table, "| {question} | {file} | {how} | {} | {} |", hands.clicks, hands.keys);
    }
    assert!(n_short >= 15, "{n_short} with three clicks or fewer:\n{table}");
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/window-tasks.md");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&place, &table).expect("the list can be written");
    }
    let written = std::fs::read_to_string(&place).expect("the list");
    assert_eq!(written, table, "run it with UPDATE_SNAPSHOTS=1 to write the list anew");
}

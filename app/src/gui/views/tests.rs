//! Tests as a table: packages, tests and subtests as a tree, what has to be looked at first; or the failed ones alone, or the
//! slowest.

use eframe::egui::{Color32, Ui};

use crate::gui::command::Command;
use crate::gui::parts::function_table::table_header_ui;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableEvents, TableLook, column, marked_table_ui};
use crate::query::testing::test_rows::{
    TestColumn, TestKey, TestList, TestRow, TestRows, TestRowsQuery, TestSort, TestState,
};
use crate::text;

/// The view.
pub struct TestsView;

const ACTIVE_TOOLTIP: &str = "Time that it ran, without waiting for parallel siblings; all runs together";

const COLUMNS: &[ColumnLook] = &[
    column("test", "Name; click to sort", None, true),
    column("state", "How it ended, all runs together; flaky is what passed and failed", Some(76.0), true),
    column("active", ACTIVE_TOOLTIP, Some(76.0), true),
    column("wall", "Time from its begin to its end, with waiting for parallel siblings", Some(76.0), true),
    column("runs", "How often it ran; before the slash, how often it failed", Some(56.0), true),
];

/// What passes in it: the selection that it has brought into view.
#[derive(Debug, Default)]
pub struct TestsState {
    scrolled_to: Option<Item>,
}

impl View for TestsView {
    type State = TestsState;

    fn id(&self) -> ViewId {
        ViewId::Tests
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut TestsState) {
        let (lens, testing) = (ctx.lens(), &ctx.lens().testing);
        let question = TestRowsQuery {
            list: testing.tests,
            sort: testing.test_sort,
            containing: lens.table_filter.clone(),
            turned: testing.turned.clone(),
        };
        let shown = ctx.ask("tests", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Listing tests");
            return;
        };
        table_header_ui(ui, ctx, ViewId::Tests.title(), rows.n_tests, &shown.status, |ui| {
            let names = TestList::ALL.map(|list| list.text().to_owned());
            let at = TestList::ALL.iter().position(|list| *list == testing.tests).unwrap_or(0);
            if let Some(index) = choice_ui(ui, "Which tests", &names, at) {
                ctx.send(Command::ChooseTests(TestList::ALL[index]));
            }
        });
        if rows.rows.is_empty() {
            sentence_ui(ui, nothing(testing.tests, &lens.table_filter));
            return;
        }
        table_ui(ui, ctx, rows, state);
    }
}

/// Why there are no rows.
const fn nothing(list: TestList, filter: &str) -> &'static str {
    match list {
        _ if !filter.is_empty() => "No test has this text in its name.",
        TestList::Tree => "No package was tested.",
        TestList::Failed => "Nothing failed, and nothing is flaky.",
        TestList::Slowest => "No test was active for a time that can be measured.",
    }
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &TestRows, state: &mut TestsState) {
    let tokens = theme::tokens(ui);
    let item = |row: &TestRow| Item::Test(row.key.package.clone(), row.key.test.clone());
    let chosen = match &ctx.lens().selection {
        Some(Item::Test(package, test)) => Some(TestKey { package: package.clone(), test: test.clone() }),
        _ => None,
    };
    let selected = chosen.and_then(|key| rows.place_of.get(&key).copied());
    let is_new = state.scrolled_to != ctx.lens().selection;
    state.scrolled_to.clone_from(&ctx.lens().selection);
    let sort = ctx.lens().testing.test_sort;
    let (sorted, is_descending) = sort.map_or_else(
        || first_sort(ctx.lens().testing.tests),
        |sort| (TestColumn::ALL.iter().position(|it| *it == sort.column).unwrap_or(0), sort.is_descending),
    );
    let look = TableLook {
        id_salt: "tests",
        columns: COLUMNS,
        sort: (sorted, is_descending),
        n_rows: rows.rows.len(),
        selected,
        scroll_to: selected.filter(|_| is_new),
    };
    let mark = |index: usize| Some(state_color(rows.rows[index].state, tokens));
    let events = marked_table_ui(ui, &look, mark, |index, column| cell(&rows.rows[index], column, tokens));
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        state.scrolled_to = Some(item(&rows.rows[index]));
    }
    apply(ctx, rows, (sorted, is_descending), (selected, &events));
}

/// What the table is sorted by before a header was clicked.
const fn first_sort(list: TestList) -> (usize, bool) {
    match list {
        TestList::Tree | TestList::Failed => (1, true),
        TestList::Slowest => (2, true),
    }
}

fn cell(row: &TestRow, column: usize, tokens: &Tokens) -> Cell<'static> {
    let duration = |nanos: u64| match nanos {
        0 => Cell::colored("–".to_owned(), tokens.text_faint),
        nanos => Cell::plain(text::duration(i64::try_from(nanos).unwrap_or(i64::MAX))),
    };
    match column {
        0 => {
            let color = if row.state == TestState::Skipped || row.state == TestState::NoTests {
                tokens.text_quiet
            } else {
                tokens.text
            };
            let tree = Some((row.depth, row.is_open));
            Cell { tree, ..Cell::colored(goscope_parsers::printable(&row.name).into_owned(), color) }
        }
        1 => Cell::colored(row.state.text().to_owned(), word_color(row.state, tokens)),
        2 => duration(row.active_nanos),
        3 => duration(row.wall_nanos),
        _ if row.key.test.is_empty() => Cell::default(),
        _ if row.n_failed > 0 && row.n_runs > 1 => {
            Cell::colored(format!("{}/{}", row.n_failed, row.n_runs), word_color(row.state, tokens))
        }
        _ => Cell::colored(text::count(row.n_runs), tokens.text_quiet),
    }
}

/// The mark before a name: what has to be looked at is warm, what is well is blue, also for color-blind eyes.
const fn state_color(state: TestState, tokens: &Tokens) -> Color32 {
    match state {
        TestState::NotBuilt | TestState::Failed | TestState::Unfinished => tokens.increase,
        TestState::Flaky => tokens.found,
        TestState::Passed | TestState::Cached => tokens.decrease,
        TestState::Skipped | TestState::NoTests => tokens.outline,
    }
}

const fn word_color(state: TestState, tokens: &Tokens) -> Color32 {
    match state {
        TestState::Passed | TestState::Cached => tokens.text_quiet,
        TestState::Skipped | TestState::NoTests => tokens.text_faint,
        bad => state_color(bad, tokens),
    }
}

fn apply(
    ctx: &ViewContext<'_>,
    rows: &TestRows,
    (sorted, is_descending): (usize, bool),
    (selected, events): (Option<usize>, &TableEvents),
) {
    if let Some(index) = events.sorted {
        let column = TestColumn::ALL[index];
        // Names begin with A, numbers with the largest.
        let is_descending = if index == sorted { !is_descending } else { column != TestColumn::Name };
        ctx.send(Command::SortTests(TestSort { column, is_descending }));
    }
    let has_inside = |index: &usize| rows.rows[*index].is_open.is_some();
    // What is chosen already opens and closes.
    let again = events.clicked.filter(|index| selected == Some(*index)).filter(has_inside);
    if let Some(index) = events.turned.or(again) {
        ctx.send(Command::TurnPart(rows.rows[index].key.word()));
    } else if let Some(index) = events.clicked.or(events.secondary_clicked) {
        let key = &rows.rows[index].key;
        ctx.send(Command::Select(Item::Test(key.package.clone(), key.test.clone())));
        ctx.send(Command::ShowView(ViewId::Test));
    }
    if let Some((index, response)) = &events.row_response {
        let key = &rows.rows[*index].key;
        response.context_menu(|ui| {
            let name = if key.test.is_empty() { &key.package } else { &key.test };
            if ui.button("Copy name").clicked() {
                ctx.send(Command::CopyText(name.clone()));
                ui.close();
            }
        });
    }
}

//! Groups of equal goroutines as a table; of several dumps with how many there were in each, those that grew most first.

use eframe::egui::{Color32, ComboBox, Ui};
use goscope_analysis::dump::Grouping;

use crate::document::Document;
use crate::gui::command::Command;
use crate::gui::hue::hue_of_class;
use crate::gui::parts::function_table::{name_cell, table_header_ui};
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::selection::Item;
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableEvents, TableLook, column, marked_table_ui};
use crate::query::goroutines::group_rows::{GroupColumn, GroupRow, GroupRows, GroupRowsQuery, GroupSort};
use crate::query::goroutines::state_class::without_flags;
use crate::text;

/// The view.
pub struct GroupsView;

const NAME: ColumnLook = column(
    "goroutines in",
    "The innermost function of your own code; the color is that of the state",
    None,
    true,
);
const STATE: ColumnLook = column("state", "What they wait for, or that they run", Some(150.0), true);
const LONGEST: ColumnLook = column(
    "waits",
    "Minutes since the one last ran that has waited longest. The clock starts at the next garbage collection: it is a lower \
     bound, and where none is shown nothing is known",
    Some(58.0),
    true,
);
const CREATOR: ColumnLook = column("created by", "The function with the go statement", Some(140.0), true);

const OF_ONE: &[ColumnLook] =
    &[NAME, column("count", "How many goroutines", Some(72.0), true), STATE, LONGEST, CREATOR];
const OF_ONE_COLUMNS: &[GroupColumn] =
    &[GroupColumn::Name, GroupColumn::Count, GroupColumn::State, GroupColumn::Longest, GroupColumn::Creator];

const OF_SEVERAL: &[ColumnLook] = &[
    NAME,
    column("change", "How many more there are than in the first dump", Some(64.0), true),
    column("counts", "How many there are in each dump, in the order of time", Some(116.0), true),
    STATE,
    LONGEST,
    CREATOR,
];
const OF_SEVERAL_COLUMNS: &[GroupColumn] = &[
    GroupColumn::Name,
    GroupColumn::Change,
    GroupColumn::Count,
    GroupColumn::State,
    GroupColumn::Longest,
    GroupColumn::Creator,
];

/// The width from which there is room for who created them, in points.
const LEAST_FOR_CREATOR: f32 = 640.0;

/// What passes in it: the selection that it has brought into view.
#[derive(Debug, Default)]
pub struct GroupsState {
    scrolled_to: Option<Item>,
}

impl View for GroupsView {
    type State = GroupsState;

    fn id(&self) -> ViewId {
        ViewId::Groups
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut GroupsState) {
        let lens = ctx.lens();
        let question = GroupRowsQuery {
            of: ctx.dumps_query(),
            sort: lens.dump.sort,
            containing: lens.table_filter.clone(),
        };
        let shown = ctx.ask("groups", &question);
        let Some(rows) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Grouping goroutines");
            return;
        };
        table_header_ui(ui, ctx, ViewId::Groups.title(), rows.rows.len(), &shown.status, |ui| {
            grouping_ui(ui, ctx, rows);
            dump_ui(ui, ctx);
        });
        if rows.rows.is_empty() {
            let is_filtered = !lens.table_filter.is_empty() || ctx.is_filtered();
            let why = if is_filtered {
                "No goroutine matches the filters."
            } else {
                "There is no goroutine in it."
            };
            sentence_ui(ui, why);
            return;
        }
        table_ui(ui, ctx, rows, state);
    }
}

/// What makes goroutines equal.
fn grouping_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &GroupRows) {
    let known = [
        (Grouping::Lines, "equal: lines", "State, functions, lines and creator"),
        (Grouping::Exact, "equal: arguments", "The same, and the arguments"),
        (Grouping::Functions, "equal: functions", "State and functions: equal over builds"),
        (Grouping::Creator, "by creator", "The go statement"),
    ];
    // Arguments of different dumps are not compared.
    let is_offered = |grouping: &Grouping| !rows.is_compared || *grouping != Grouping::Exact;
    let chosen = &ctx.lens().dump.grouping;
    let chosen = if is_offered(chosen) { chosen } else { &Grouping::Lines };
    let text = match chosen {
        Grouping::Label(key) => format!("by label {}", text::name(key)),
        other => known.iter().find(|(it, ..)| it == other).map_or("", |(_, text, _)| text).to_owned(),
    };
    let list = ComboBox::from_id_salt("grouping").selected_text(text).width(132.0).truncate();
    let inner = list.show_ui(ui, |ui| {
        for (grouping, text, about) in known.into_iter().filter(|(grouping, ..)| is_offered(grouping)) {
            let is_chosen = *chosen == grouping;
            if ui.selectable_label(is_chosen, text).on_hover_text(about).clicked() {
                ctx.send(Command::ChooseGrouping(grouping));
            }
        }
        for key in &rows.label_keys {
            let grouping = Grouping::Label(key.clone());
            if ui.selectable_label(*chosen == grouping, format!("by label {}", text::name(key))).clicked() {
                ctx.send(Command::ChooseGrouping(grouping));
            }
        }
    });
    inner.response.accessible_name("Grouping").on_hover_text("What makes goroutines one group");
}

/// Which dump of a text with several.
fn dump_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(file) = ctx.documents.first().ok().and_then(Document::dump).map(|text| &text.file) else {
        return;
    };
    let n_dumps = file.dumps.len();
    if n_dumps < 2 || ctx.documents.iter().count() > 1 {
        return;
    }
    let title = |number: Option<usize>| match number {
        None => "last dump".to_owned(),
        Some(number) => format!("dump {number} of {n_dumps}"),
    };
    let chosen = ctx.lens().dump.dump;
    let list = ComboBox::from_id_salt("dump").selected_text(title(chosen)).width(112.0).truncate();
    let inner = list.show_ui(ui, |ui| {
        // Of a log with thousands of them nobody wants a list.
        for number in std::iter::once(None).chain((1..=n_dumps.min(100)).map(Some)) {
            if ui.selectable_label(chosen == number, title(number)).clicked() {
                ctx.send(Command::ChooseDump(number));
            }
        }
    });
    let tooltip = "The last dump is compared with those before it, if they are of one program";
    inner.response.accessible_name("Dump").on_hover_text(tooltip);
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, rows: &GroupRows, state: &mut GroupsState) {
    let tokens = theme::tokens(ui);
    let (columns, ids) =
        if rows.is_compared { (OF_SEVERAL, OF_SEVERAL_COLUMNS) } else { (OF_ONE, OF_ONE_COLUMNS) };
    // Where there is little room it is for names; the chosen group tells its creator.
    let n_columns = columns.len() - usize::from(ui.available_width() < LEAST_FOR_CREATOR);
    let columns = &columns[..n_columns];
    let lens = ctx.lens();
    let number = match &lens.selection {
        None => rows.first,
        Some(item) => item.goroutine(),
    };
    let selected = number.and_then(|number| rows.row_of(number, lens.dump.looked_at));
    let is_new = state.scrolled_to != lens.selection;
    state.scrolled_to.clone_from(&lens.selection);
    let at = |column: GroupColumn| ids.iter().position(|id| *id == column);
    // The most important first is no order of a column; by growth is one.
    let first = (if rows.is_compared { 1 } else { usize::MAX }, true);
    let sort = lens.dump.sort.and_then(|sort| Some((at(sort.column)?, sort.is_descending))).unwrap_or(first);
    let look = TableLook {
        id_salt: if rows.is_compared { "compared groups" } else { "groups" },
        columns,
        sort,
        n_rows: rows.rows.len(),
        selected,
        scroll_to: selected.filter(|_| is_new),
    };
    let dark_mode = ui.visuals().dark_mode;
    let mark = |index: usize| Some(mark_color(&rows.rows[index], dark_mode));
    let cell = |index: usize, column: usize| cell((&rows.rows[index], rows.most), ids[column], tokens);
    let events = marked_table_ui(ui, &look, mark, cell);
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        state.scrolled_to = Some(Item::Goroutine(rows.rows[index].number));
    }
    apply(ctx, rows, (ids, sort), &events);
}

const fn mark_color(row: &GroupRow, dark_mode: bool) -> Color32 {
    hue_of_class(row.class).color(dark_mode)
}

fn cell((row, most): (&GroupRow, usize), column: GroupColumn, tokens: &Tokens) -> Cell<'static> {
    let dash = || Cell::colored("–".to_owned(), tokens.text_faint);
    match column {
        GroupColumn::Name => {
            let tooltip = match &*row.place {
                "" => String::new(),
                place => format!("{}\n{}", text::name(&row.name), text::name(place)),
            };
            Cell { tooltip, ..name_cell(text::name(&row.name)) }
        }
        GroupColumn::Count if row.counts.len() > 1 => {
            Cell::colored(counts_text(&row.counts), tokens.text_quiet)
        }
        GroupColumn::Count => Cell {
            meter: Some(row.count() as f32 / most.max(1) as f32),
            ..Cell::plain(text::count(row.count()))
        },
        GroupColumn::Change => match row.change() {
            0 => dash(),
            change => {
                let number = text::count(usize::try_from(change.unsigned_abs()).unwrap_or(usize::MAX));
                let (sign, color) =
                    if change > 0 { ("+", tokens.increase) } else { ("−", tokens.decrease) };
                Cell::colored(format!("{sign}{number}"), color)
            }
        },
        GroupColumn::State => Cell::plain(row.state.clone()),
        GroupColumn::Longest if row.longest_minutes == 0 => dash(),
        GroupColumn::Longest => Cell::plain(format!("{} min", text::count(row.longest_minutes as usize))),
        GroupColumn::Creator if row.creator.is_empty() => dash(),
        GroupColumn::Creator => {
            let full = text::name(&row.creator);
            let short = goscope_analysis::symbol::short_name(&full).into_owned();
            Cell { tooltip: full, ..Cell::colored(short, tokens.text_quiet) }
        }
    }
}

/// `84 → 388 → 696`; of many the first, how many are between, and the last.
fn counts_text(counts: &[usize]) -> String {
    let texts: Vec<String> = counts.iter().map(|&count| text::count(count)).collect();
    match texts.as_slice() {
        [first, .., last] if texts.len() > 3 => format!("{first} → … → {last}"),
        texts => texts.join(" → "),
    }
}

fn apply(
    ctx: &ViewContext<'_>,
    rows: &GroupRows,
    (ids, (sorted, is_descending)): (&[GroupColumn], (usize, bool)),
    events: &TableEvents,
) {
    if let Some(index) = events.sorted {
        let column = ids[index];
        // Text begins with A, numbers with the largest.
        let is_descending = if index == sorted { !is_descending } else { !column.is_text() };
        ctx.send(Command::SortGroups(GroupSort { column, is_descending }));
    }
    if let Some(index) = events.clicked.or(events.secondary_clicked) {
        let row = &rows.rows[index];
        ctx.send(Command::SelectGoroutine(row.number, row.looked_at));
        ctx.send(Command::ShowView(ViewId::Group));
    }
    if let Some((index, response)) = &events.row_response {
        let name = &rows.rows[*index].name;
        response.context_menu(|ui| {
            let state = without_flags(&rows.rows[*index].state);
            if !state.is_empty() && ui.button(format!("Only state {state}")).clicked() {
                ctx.send(Command::KeepState(state.to_owned()));
                ui.close();
            }
            if ui.button("Copy name").clicked() {
                ctx.send(Command::CopyText(name.clone()));
                ui.close();
            }
        });
    }
}

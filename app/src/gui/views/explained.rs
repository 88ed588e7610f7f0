//! Functions of the chosen benchmark per operation: what it spends its time in, or of two sides what made it slower. The
//! answer stands above, in a sentence.

use eframe::egui::{Label, RichText, Ui};
use goscope_analysis::explain::Explanation;

use goscope_parsers::printable;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::function_table::name_cell;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::selection::{FrameKey, Item};
use crate::gui::theme::{self, Tokens};
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{
    Cell, ColumnLook, TableLook, column, function_column, value_table_ui,
};
use crate::gui::widgets::view_bar_ui;
use crate::query::testing::explained::Explained;
use crate::report::explanation::shown::Shown;
use crate::text;

const NUMBER_WIDTH: f32 = 84.0;
const SIGMA: &str = "One standard error of counting samples; ~ stands where a change is within two of them";

/// Of two sides.
const COMPARED: [ColumnLook; 6] = [
    function_column("function", "With the library functions that it calls, which stand below it"),
    column("base", "Time per operation in the base", Some(NUMBER_WIDTH), false),
    column("head", "Time per operation in the head", Some(NUMBER_WIDTH), false),
    column("change", "What an operation of the head takes longer", Some(NUMBER_WIDTH), false),
    column("±", SIGMA, Some(72.0), false),
    column("samples", "Samples of the base and of the head", Some(96.0), false),
];

/// Of one side.
const ALONE: [ColumnLook; 4] = [
    function_column("function", "With the library functions that it calls, which stand below it"),
    column("time", "Time per operation", Some(NUMBER_WIDTH), false),
    column("±", SIGMA, Some(72.0), false),
    column("samples", "Samples", Some(72.0), false),
];

/// The view.
pub struct ExplainedView;

impl View for ExplainedView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Explained
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let Some(question) = ctx.explain_query() else {
            sentence_ui(
                ui,
                "Add the CPU profiles of these runs (go test -cpuprofile): which functions it was comes here.",
            );
            return;
        };
        let shown = ctx.ask("explanation", &question);
        let Some(explained) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Looking for the functions");
            return;
        };
        header_ui(ui, explained, &shown.status);
        if explained.explanation.rows.is_empty() {
            sentence_ui(ui, &format!("{}.", explained.explanation.line()));
            return;
        }
        table_ui(ui, ctx, &explained.explanation, &explained.rows);
    }
}

/// The answer, and on hover what it rests on.
fn header_ui(ui: &mut Ui, explained: &Explained, status: &Status) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        let line = printable(&explained.facts[0]).into_owned();
        let label = ui.add(Label::new(RichText::new(&line).color(tokens.text)).truncate());
        label.on_hover_ui(|ui| {
            ui.set_max_width(560.0);
            for fact in &explained.facts {
                ui.label(RichText::new(printable(fact)).color(tokens.text));
            }
        });
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let unit = explained.explanation.unit().name();
    view_bar_ui(ui, left, |ui| {
        ui.label(RichText::new(unit).font(theme::small()).color(tokens.text_faint));
    });
}

fn table_ui(ui: &mut Ui, ctx: &ViewContext<'_>, explanation: &Explanation, rows: &[Shown]) {
    let has_base = explanation.base.is_some();
    let chosen = ctx.lens().selection.as_ref().and_then(Item::frame).map(|frame| frame.name.as_str());
    let is_chosen = |row: &Shown| row.function.is_some() && row.function.as_deref() == chosen;
    let look = TableLook {
        id_salt: "explanation",
        columns: if has_base { &COMPARED } else { &ALONE },
        sort: (usize::MAX, true),
        n_rows: rows.len(),
        selected: rows.iter().position(is_chosen),
        scroll_to: None,
    };
    // The first row is the whole operation.
    let part = |row: &Shown, of: usize| {
        let whole = rows.iter().skip(1).map(|row| row.nanos[of].abs()).fold(0.0, f64::max);
        if whole > 0.0 { (row.nanos[of].abs() / whole).min(1.0) as f32 } else { 0.0 }
    };
    let tokens = theme::tokens(ui);
    let events = value_table_ui(ui, &look, |index, column| {
        let row = &rows[index];
        let meter = |of: usize| (index > 0).then(|| part(row, of));
        match (column, has_base) {
            (0, _) => function_cell(row, tokens),
            (1, true) => Cell::colored(row.base.clone(), tokens.text_quiet),
            (2, true) => Cell::plain(row.head.clone()),
            (3, true) => {
                Cell { meter: meter(1), ..Cell::colored(row.change.clone(), change_color(row, tokens)) }
            }
            (4, true) | (2, false) => Cell::colored(row.sigma.clone(), tokens.text_quiet),
            (1, false) => Cell { meter: meter(0), ..Cell::plain(row.head.clone()) },
            _ => Cell::colored(row.samples.clone(), tokens.text_faint),
        }
    });
    let clicked = events.clicked.or(events.secondary_clicked);
    if let Some(function) = clicked.and_then(|index| rows[index].function.as_ref()) {
        let key = FrameKey { name: function.to_string(), ..FrameKey::default() };
        ctx.send(Command::Select(Item::Function(key)));
        ctx.send(Command::ShowView(ViewId::Source));
    }
}

fn function_cell(row: &Shown, tokens: &Tokens) -> Cell<'static> {
    let tree = row.is_part.then_some((1, None));
    match &row.function {
        Some(function) => Cell { tree, tooltip: function.to_string(), ..name_cell(function.to_string()) },
        None => Cell::colored(text::name(row.name.trim()), tokens.text_quiet),
    }
}

fn change_color(row: &Shown, tokens: &Tokens) -> eframe::egui::Color32 {
    match row.change.as_str() {
        "~" | "" => tokens.text_faint,
        _ if row.nanos[1] > 0.0 => tokens.increase,
        _ => tokens.decrease,
    }
}

//! What is wrong with a trace: one row per problem, with what it means and what was lost; a click shows the time of its
//! generation.

use std::borrow::Cow;

use eframe::egui::{RichText, Ui};
use goscope_analysis::trace::model::TraceModel;
use goscope_parsers::trace::{Problem, ProblemKind};

use crate::gui::command::Command;
use crate::gui::parts::placeholder::sentence_ui;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::value_table::{Cell, ColumnLook, TableLook, column, value_table_ui};
use crate::gui::widgets::view_bar_ui;
use crate::query::trace::selection::TimeRange;
use crate::text;

/// The view.
pub struct TraceProblemsView;

const COLUMNS: &[ColumnLook] = &[
    column("problem", "What was found; the rest of the trace is sound", None, false),
    column("consequence", "What it means for the numbers", Some(240.0), false),
    column("generation", "Of the trace. Click to show its time", Some(84.0), false),
    column("at byte", "Offset in the uncompressed file", Some(96.0), false),
    column("lost", "Bytes that could not be used", Some(76.0), false),
];

impl View for TraceProblemsView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::TraceProblems
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let Some(model) = ctx.trace() else { return };
        let problems = model.problems();
        header_ui(ui, model);
        if problems.is_empty() {
            sentence_ui(ui, "Nothing is wrong with this trace: every event was read.");
            return;
        }
        let look = TableLook {
            id_salt: "trace problems",
            columns: COLUMNS,
            sort: (usize::MAX, false),
            n_rows: problems.len(),
            selected: None,
            scroll_to: None,
        };
        let events = value_table_ui(ui, &look, |row, column| cell(&problems[row], column));
        if let Some(time) = events.clicked.and_then(|row| time_of(model, &problems[row])) {
            ctx.send(Command::ShowTime(Some(TimeRange::around(model, &time))));
        }
    }
}

fn header_ui(ui: &mut Ui, model: &TraceModel) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.label(RichText::new("Problems").strong().color(tokens.text));
        let count = RichText::new(text::count(model.problems().len())).font(theme::mono_small());
        ui.label(count.color(tokens.text_faint));
    };
    let right = |ui: &mut Ui| {
        let text = format!("{} lost", text::percent(model.lost_share()));
        ui.label(RichText::new(text).font(theme::mono_small()).color(tokens.text_quiet));
    };
    view_bar_ui(ui, left, right);
}

fn cell(problem: &Problem, column: usize) -> Cell<'_> {
    let number = |number: u64| if number == 0 { String::new() } else { number.to_string() };
    let text: Cow<'_, str> = match column {
        0 => problem.what.as_str().into(),
        1 => meaning(problem.kind).into(),
        2 => number(problem.generation).into(),
        3 => text::count(usize::try_from(problem.offset).unwrap_or(usize::MAX)).into(),
        _ if problem.lost_bytes == 0 => "".into(),
        _ => text::bytes(problem.lost_bytes).into(),
    };
    Cell { text, ..Cell::default() }
}

const fn meaning(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::UnknownVersion => "read by the newest known rules",
        ProblemKind::UnknownExperiment => "its extra data is left out",
        ProblemKind::MissingReference => "a name or stack shows as ?",
        ProblemKind::Annotation => "the times of that region or task are in doubt",
        ProblemKind::IncompleteGeneration => "the end of the trace is missing",
        ProblemKind::LostGenerations => "time is missing in between",
        ProblemKind::Malformed => "some bytes could not be read",
        ProblemKind::Inconsistent => "the rest of its generation is lost",
        _ => "some events are missing",
    }
}

/// The time of the generation that a problem is in, as far as there is one.
fn time_of(model: &TraceModel, problem: &Problem) -> Option<std::ops::Range<i64>> {
    let generations = model.tables().generations();
    let at = generations.iter().position(|generation| generation.number == problem.generation)?;
    let start = generations[at].min_time.max(model.range().start);
    let end = generations.get(at + 1).map_or(model.range().end, |next| next.min_time);
    (start < end).then_some(start..end)
}

//! The chosen profiles of a store by time: which versions there were, what part a function takes, how many profiles there are.
//! A drag chooses a time to compare with, a second one the time to compare.

mod drawn;
mod plots;
mod versions;

use eframe::egui::{Label, RichText, Ui};
use goscope_analysis::symbol::short_name;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::parts::store::{chosen_of, copy_command_ui, function_of, selection_word};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::view_bar_ui;
use crate::query::store::time_line::{TimeLine, TimeLineQuery};
use crate::text::{self, shell_word};

/// The view.
pub struct TimeLineView;

impl View for TimeLineView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::TimeLine
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, (): &mut ()) {
        let question = TimeLineQuery { chosen: chosen_of(ctx), function: function_of(ctx) };
        let shown = ctx.ask("time line", &question);
        let Some(line) = &shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Adding up profiles by time");
            return;
        };
        header_ui(ui, ctx, line, &shown.status);
        if line.bars.is_empty() {
            sentence_ui(ui, "No profile says when it was taken; `goscope store add --time` says it.");
            return;
        }
        versions::versions_ui(ui, line);
        if let Some(range) = plots::plots_ui(ui, ctx.lens().store.ranges(), line) {
            ctx.send(Command::DrawTime(range));
        }
    }
}

/// What is drawn, and the command that prints the same.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, line: &TimeLine, status: &Status) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        ui.label(RichText::new(ViewId::TimeLine.title()).strong().color(tokens.text));
        if let Some(function) = &line.function {
            let name = text::name(function);
            let short = RichText::new(short_name(&name)).font(theme::mono()).color(tokens.accent);
            ui.add(Label::new(short).truncate()).on_hover_text(&name);
            let by = RichText::new(format!("share by {}", step_text(line.step_nanos))).font(theme::small());
            ui.label(by.color(tokens.text_faint));
        }
        if line.n_undated > 0 {
            let undated = format!("{} without a time", text::counted(line.n_undated, "profile"));
            ui.label(RichText::new(undated).font(theme::small()).color(tokens.text_faint));
        }
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        copy_command_ui(ui, ctx, "the goscope query that prints the same", || command(ctx, line));
        let hint = RichText::new("drag to choose a time").font(theme::small());
        ui.label(hint.color(tokens.text_faint));
    };
    view_bar_ui(ui, left, right);
}

/// The length of a piece of time: `minute`, `5 minutes`, `day`.
fn step_text(step_nanos: i64) -> String {
    let minutes = step_nanos / 60_000_000_000;
    let (number, unit) = match minutes {
        ..60 => (minutes, "minute"),
        60..1440 => (minutes / 60, "hour"),
        _ => (minutes / 1440, "day"),
    };
    if number == 1 { unit.to_owned() } else { format!("{number} {unit}s") }
}

fn command(ctx: &ViewContext<'_>, line: &TimeLine) -> Option<String> {
    let store = selection_word(ctx, &line.selector)?;
    Some(match &line.function {
        Some(function) => {
            format!("goscope query share {store} --function {} --by {}", shell_word(function), line.by)
        }
        None => format!("goscope store ls {store} --profiles"),
    })
}

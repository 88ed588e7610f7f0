//! Which functions it was, in a sentence with the ways on; or the way to find out.

use eframe::egui::{Label, RichText, Ui};

use goscope_parsers::printable;

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, hint_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::query::comparison::Side;
use crate::query::testing::profiles_near::{ProfilesNear, ProfilesNearQuery};
use crate::text;

/// Shows it under a heading.
pub(super) fn functions_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let tokens = theme::tokens(ui);
    ui.add_space(theme::GAP);
    ui.label(RichText::new("by function").font(theme::small()).color(tokens.text_faint));
    match ctx.explain_query() {
        Some(question) => {
            let shown = ctx.ask("functions of the benchmark", &question);
            match (&shown.answer, &shown.status) {
                (_, Status::Failed(reason)) => {
                    let text = format!("{}.", printable(reason));
                    ui.add(Label::new(RichText::new(text).color(tokens.text_quiet)).wrap());
                }
                (Some(explained), _) => {
                    for (place, fact) in explained.facts.iter().enumerate() {
                        let color = if place == 0 { tokens.text } else { tokens.text_quiet };
                        let mut text = RichText::new(printable(fact)).color(color);
                        if place > 0 {
                            text = text.font(theme::small());
                        }
                        ui.add(Label::new(text).wrap());
                        ui.add_space(theme::GRID / 2.0);
                    }
                    ways_on_ui(ui, ctx);
                }
                (None, _) => computing_mark_ui(ui),
            }
        }
        None => offer_ui(ui, ctx),
    }
}

/// To the table and to the flame graph.
fn ways_on_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ui.horizontal_wrapped(|ui| {
        let ways = [
            (ViewId::Explained, "All functions", "Time per operation of every function"),
            (ViewId::FlameGraph, "Flame graph", "The operation as a flame graph, in time per operation"),
        ];
        for (view, name, about) in ways {
            if ui.button(name).on_hover_text(about).clicked() {
                ctx.send(Command::ShowView(view));
            }
        }
    });
}

/// Profiles that lie beside the files, or how to come by some.
fn offer_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let near = ctx.ask("profiles beside", &ProfilesNearQuery).answer;
    if let Some(near) = near.filter(|near| !near.base.is_empty() || !near.head.is_empty()) {
        let ProfilesNear { base, head } = &*near;
        let files = text::counted(base.len() + head.len(), "file");
        let explain = ui.button("Explain by function");
        if explain
            .on_hover_text(format!("Adds the CPU profiles of these runs: {files} beside them"))
            .clicked()
        {
            for (side, files) in [(Side::Base, base), (Side::Head, head)] {
                if !files.is_empty() {
                    ctx.send(Command::AddRuns(side, files.clone()));
                }
            }
        }
        return;
    }
    hint_ui(
        ui,
        "Add the CPU profiles of these runs to see which functions it was: drop them on the window. go test -cpuprofile records \
         one, goscope bench -o one of each benchmark.",
    );
}

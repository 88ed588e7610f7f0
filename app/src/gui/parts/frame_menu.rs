//! What can be done with the chosen frame: the menu of a box of the flame graph or the call graph, or of a row of a
//! table of functions.

use eframe::egui::{RichText, Ui};
use goscope_analysis::symbol::short_name;

use crate::gui::command::{Command, Motion};
use crate::gui::parts::notes::note_entry_ui;
use crate::gui::selection::Item;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::workspace::{FilterKind, Zoom};
use crate::session::note::NoteOn;

/// Shows the menu.
pub fn frame_menu_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ui.set_min_width(200.0);
    let Some(frame) = ctx.lens().selection.as_ref().and_then(Item::frame) else {
        if ui.button("Show all").clicked() {
            ctx.send(Command::ZoomTo(Zoom::default()));
            ui.close();
        }
        return;
    };
    let title = frame.title();
    let title = RichText::new(short_name(&title)).font(theme::mono_small());
    ui.label(title.color(theme::tokens(ui).text_quiet));
    ui.separator();
    for (kind, text) in [
        (FilterKind::Focus, "Focus on it"),
        (FilterKind::Ignore, "Ignore samples with it"),
        (FilterKind::Hide, "Hide it"),
        (FilterKind::ShowFrom, "Show from it"),
    ] {
        if ui.button(text).on_hover_text(kind.tooltip()).clicked() {
            ctx.send(Command::FilterSelection(kind));
            ui.close();
        }
    }
    ui.separator();
    note_entry_ui(ui, ctx, ctx.lens().selection.as_ref().and_then(NoteOn::of));
    for (command, text) in [
        (Command::ShowAround(Some(frame.clone())), "Who calls it (sandwich)"),
        (Command::Move(Motion::FitSelection), "Fit"),
        (Command::Select(Item::Function(frame.clone())), "Select everywhere"),
        (Command::CopyName, "Copy name"),
        (Command::CopyStack, "Copy stack"),
    ] {
        if ui.button(text).clicked() {
            ctx.send(command);
            ui.close();
        }
    }
}

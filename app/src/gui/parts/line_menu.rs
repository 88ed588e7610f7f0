//! What can be done with a line of source, wherever one is shown.

use eframe::egui::Ui;

use crate::gui::command::Command;
use crate::gui::view::ViewContext;

/// Entries of the menu of a line: the program knows its file by this name, and this is copied.
pub fn line_entries_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (file, line): (&str, i64), copied: &str) {
    let about =
        "Shows who reaches this line next, with stack and variables, through the debugger delve; asks first";
    if ui.button("Break here…").on_hover_text(about).clicked() {
        ctx.send(Command::AskBreak(format!("{file}:{line}")));
        ui.close();
    }
    if ui.button("Copy file:line").clicked() {
        ctx.send(Command::CopyText(copied.to_owned()));
        ui.close();
    }
}

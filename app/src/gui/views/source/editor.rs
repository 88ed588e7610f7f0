//! The way from a line to an editor: which one, and the menu of a line.

use std::path::Path;

use eframe::egui::{ComboBox, Role, Ui, WidgetInfo};

use crate::gui::command::Command;
use crate::gui::view::ViewContext;
use crate::source::editor::Editor;

/// Which editor source opens in.
pub(super) fn editor_choice_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let combo = ComboBox::from_id_salt("editor").selected_text(ctx.editor.text()).width(84.0);
    let response = combo.show_ui(ui, |ui| {
        for editor in Editor::ALL {
            if ui.selectable_label(editor == ctx.editor, editor.text()).clicked() {
                ctx.send(Command::ChooseEditor(editor));
            }
        }
    });
    let text = format!("Editor: {}", ctx.editor.text());
    response.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, text.clone()));
}

/// A line opens by double click and by its menu.
pub(super) fn line_events(ctx: &ViewContext<'_>, response: &eframe::egui::Response, place: &Path, line: i64) {
    let open = || ctx.send(Command::OpenInEditor(place.to_owned(), line));
    if response.double_clicked() {
        open();
    }
    response.context_menu(|ui| {
        if ui.button(format!("Open line {line} in {}", ctx.editor.text())).clicked() {
            open();
            ui.close();
        }
        if ui.button("Copy file:line").clicked() {
            ctx.send(Command::CopyText(format!("{}:{line}", place.display())));
            ui.close();
        }
    });
}

//! The way from a line to an editor: which one, and the menu of a line.

use std::path::Path;

use eframe::egui::{ComboBox, Role, Ui, WidgetInfo};

use crate::gui::command::Command;
use crate::gui::parts::line_menu::line_entries_ui;
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

/// A line opens by double click and by its menu, if its file is on this machine. In the program the file is called so.
pub(super) fn line_events(
    ctx: &ViewContext<'_>,
    response: &eframe::egui::Response,
    (place, name): (Option<&Path>, &str),
    line: i64,
) {
    let open = |place: &Path| ctx.send(Command::OpenInEditor(place.to_owned(), line));
    if let (Some(place), true) = (place, response.double_clicked()) {
        open(place);
    }
    response.context_menu(|ui| {
        let copied = match place {
            Some(place) => {
                if ui.button(format!("Open line {line} in {}", ctx.editor.text())).clicked() {
                    open(place);
                    ui.close();
                }
                place.display().to_string()
            }
            None => name.to_owned(),
        };
        line_entries_ui(ui, ctx, (name, line), &format!("{copied}:{line}"));
    });
}

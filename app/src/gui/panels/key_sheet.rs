//! All keyboard shortcuts, made from the list of commands.

use eframe::egui::{
    Align, Align2, Context, Frame, Id, Layout, Margin, Modal, RichText, ScrollArea, Sense, StrokeKind, Ui,
    vec2,
};

use crate::gui::command_list::{Group, LISTED, Listed, key_text};
use crate::gui::theme;

/// What the mouse does, which no list of shortcuts knows.
const MOUSE: &[(&str, &str)] = &[
    ("Click a box or a span", "Select it"),
    ("Double click", "Zoom to it"),
    ("Click \u{25b8} frames", "A row for each frame"),
    ("Drag", "Pan"),
    ("Shift-drag over lanes", "Measure and show a time"),
    ("Drag over the overview", "Show a time"),
    ("Wheel", "Scroll"),
    ("Ctrl-wheel", "Zoom around the pointer"),
    ("Right button", "Focus, ignore, hide, copy"),
    ("Middle button on a tab", "Close it"),
];

/// Width of the sheet where there is room, and what it keeps from the edges of the window, in points.
const WIDTH: f32 = 864.0;
const MARGIN: f32 = 96.0;
/// Narrower sheets have two columns.
const LEAST_FOR_THREE: f32 = 800.0;

/// Shows the sheet; returns whether it stays open.
pub fn key_sheet_ui(ctx: &Context) -> bool {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(24));
    let response = Modal::new(Id::unique("keys"))
        .frame(frame)
        .backdrop_color(theme::veil(&ctx.global_style().visuals))
        .show(ctx, |ui| {
            let room = ctx.content_rect().size();
            ui.set_width(WIDTH.min(room.x - MARGIN));
            ui.label(RichText::new("Keys").heading());
            ui.add_space(theme::GAP);
            let most = room.y - MARGIN - 2.0 * theme::SECTION;
            ScrollArea::vertical().id_salt("keys").max_height(most).show(ui, groups_ui);
        });
    !response.should_close()
}

fn groups_ui(ui: &mut Ui) {
    ui.spacing_mut().item_spacing.x = theme::SECTION;
    let n_columns = if ui.available_width() < LEAST_FOR_THREE { 2 } else { 3 };
    ui.columns(n_columns, |columns| {
        for column in columns.iter_mut() {
            column.spacing_mut().item_spacing.y = 0.0;
        }
        let last = n_columns - 1;
        group_ui(&mut columns[0], Group::Navigate);
        mouse_ui(&mut columns[last]);
        group_ui(&mut columns[1], Group::File);
        group_ui(&mut columns[last], Group::View);
        group_ui(&mut columns[0], Group::Filter);
        group_ui(&mut columns[1], Group::Help);
    });
}

fn group_ui(ui: &mut Ui, group: Group) {
    title_ui(ui, group.text());
    for listed in LISTED.iter().filter(|listed| listed.group == group && !listed.keys.is_empty()) {
        key_row_ui(ui, listed);
    }
    ui.add_space(theme::MARGIN);
}

fn mouse_ui(ui: &mut Ui) {
    title_ui(ui, "Mouse");
    for (what, does) in MOUSE {
        ui.horizontal(|ui| {
            ui.set_min_height(theme::CONTROL_HEIGHT);
            ui.label(RichText::new(*does).color(theme::tokens(ui).text));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| key_ui(ui, what));
        });
    }
}

fn title_ui(ui: &mut Ui, title: &str) {
    ui.label(RichText::new(title).font(theme::small()).color(theme::tokens(ui).text_faint));
    ui.add_space(theme::GRID);
}

fn key_row_ui(ui: &mut Ui, listed: &Listed) {
    ui.horizontal(|ui| {
        ui.set_min_height(theme::CONTROL_HEIGHT);
        let name = listed.text.trim_end_matches('…');
        ui.label(RichText::new(name).color(theme::tokens(ui).text)).on_hover_text(listed.tooltip);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = theme::GRID;
            for key in listed.keys.iter().take(2).rev() {
                let text = key_text(ui.ctx(), key);
                key_ui(ui, &text);
            }
        });
    });
}

/// A key cap.
fn key_ui(ui: &mut Ui, text: &str) {
    let tokens = theme::tokens(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::small(), tokens.text_quiet);
    let size = vec2((galley.size().x + 10.0).max(20.0), 18.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| eframe::egui::WidgetInfo::labeled(eframe::egui::Role::Label, true, text));
    ui.painter().rect(rect, 3.0, tokens.control, (1.0, tokens.outline), StrokeKind::Inside);
    let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
    ui.painter().galley(at, galley, tokens.text_quiet);
}

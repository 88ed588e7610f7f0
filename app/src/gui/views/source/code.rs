//! A whole file of the tested program, at the line to which something led.

use eframe::egui::{
    Align, Align2, Button, Label, Layout, Rect, RichText, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};

use super::{SourceState, editor_choice_ui, line_events};
use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::icon::paint_clipped_text;
use crate::gui::widgets::inside;
use crate::query::testing::code::{Code, CodePlace, CodeQuery};

/// Right edge of the numbers of lines, and left edge of their text.
const LINE_RIGHT: f32 = 52.0;
const TEXT_LEFT: f32 = 64.0;

/// Shows the file of the place that the lens names.
pub(super) fn code_ui(ui: &mut Ui, ctx: &ViewContext<'_>, state: &mut SourceState) {
    let Some(place) = &ctx.lens().testing.place else {
        sentence_ui(ui, "Select a place in what a test printed to see its source.");
        return;
    };
    let shown = ctx.ask("code", &CodeQuery::of(place));
    let Some(code) = shown.answer else {
        nothing_yet_ui(ui, &shown.status, "Looking for the source");
        return;
    };
    header_ui(ui, ctx, (&code, place), &shown.status);
    match &code.place {
        Ok(_) => rows_ui(ui, ctx, (&code, place), state),
        Err(reason) => sentence_ui(ui, &format!("{reason}.")),
    }
}

/// Which file, and the way to an editor.
fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (code, place): (&Code, &CodePlace), status: &Status) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::TOOL_BAR_HEIGHT);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    let right = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center));
    let taken = inside(ui, right, |ui| {
        editor_choice_ui(ui, ctx);
        let button = ui.add_enabled(code.place.is_ok(), Button::new("Open in editor"));
        let button = button.on_disabled_hover_text("The file is not on this machine");
        if let (Ok(path), true) = (&code.place, button.clicked()) {
            ctx.send(Command::OpenInEditor(path.clone(), place.line.into()));
        }
        ui.min_rect().left()
    });
    let left = inner.with_max_x(taken - theme::GAP);
    let left = UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center));
    inside(ui, left, |ui| {
        ui.label(RichText::new("Source").strong().color(tokens.text));
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
        let name = format!("{}:{}", code.name, place.line);
        let label = RichText::new(&name).font(theme::mono_small()).color(tokens.text_quiet);
        let path = code.place.as_ref().map_or_else(|_| name, |path| path.display().to_string());
        ui.add(Label::new(label).truncate()).on_hover_text(path);
    });
}

fn rows_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (code, place): (&Code, &CodePlace), state: &mut SourceState) {
    ui.spacing_mut().item_spacing = vec2(0.0, 0.0);
    let mut area = ScrollArea::vertical().id_salt("code").auto_shrink(false);
    if state.is_newly_at(place) {
        let above = ui.available_height() / 3.0;
        let offset = place.line.saturating_sub(1) as f32 * theme::ROW_HEIGHT - above;
        area = area.vertical_scroll_offset(offset.max(0.0));
    }
    area.show_rows(ui, theme::ROW_HEIGHT, code.lines.len(), |ui, range| {
        for (line, number) in code.lines[range.clone()].iter().zip(range.start + 1..) {
            line_ui(ui, ctx, code, (line, number), number == place.line as usize);
        }
    });
}

fn line_ui(ui: &mut Ui, ctx: &ViewContext<'_>, code: &Code, (line, number): (&str, usize), is_chosen: bool) {
    let tokens = theme::tokens(ui);
    let size = vec2(ui.available_width(), theme::ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::ListItem, true, is_chosen, format!("Line {number}, {}", line.trim()))
    });
    let painter = ui.painter();
    if is_chosen {
        painter.rect_filled(rect, 0.0, tokens.accent_soft);
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 0.0, tokens.row_hovered.gamma_multiply(0.6));
    }
    let at = pos2(rect.left() + LINE_RIGHT, rect.center().y);
    painter.text(at, Align2::RIGHT_CENTER, number.to_string(), theme::mono(), tokens.text_faint);
    let text_rect = Rect::from_min_max(pos2(rect.left() + TEXT_LEFT, rect.top()), rect.max);
    paint_clipped_text(painter, text_rect, Align2::LEFT_CENTER, line, (theme::mono(), tokens.text));
    if let Ok(path) = &code.place {
        line_events(ctx, &response, path, i64::try_from(number).unwrap_or(i64::MAX));
    }
}

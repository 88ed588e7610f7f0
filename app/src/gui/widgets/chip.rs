//! A filter as a chip: a switch with a name, and a cross that removes it.

use eframe::egui::{Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::icon::{Icon, paint_icon};
use crate::gui::theme;

/// What happened to a chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChipEvent {
    /// Switched on or off.
    Toggled,
    /// The cross was clicked.
    Closed,
}

/// What a chip says and how it looks.
#[derive(Clone, Copy, Debug)]
pub struct ChipLook<'a> {
    /// The word before the text, quieter.
    pub prefix: &'a str,
    /// The text.
    pub text: &'a str,
    /// Whether it is in force.
    pub is_on: bool,
    /// The longest it may get, in points.
    pub max_width: f32,
}

const CROSS_WIDTH: f32 = 22.0;

/// Shows a chip. `tooltip` is the full text.
pub fn chip_ui(ui: &mut Ui, look: ChipLook<'_>, tooltip: &str) -> Option<ChipEvent> {
    let tokens = theme::tokens(ui);
    let painter = ui.painter();
    let prefix = painter.layout_no_wrap(look.prefix.to_owned(), theme::small(), tokens.text_quiet);
    let mut job = eframe::egui::text::LayoutJob::single_section(
        look.text.to_owned(),
        eframe::egui::TextFormat::simple(theme::mono(), tokens.text),
    );
    let prefix_width = prefix.size().x + 6.0;
    job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(
        (look.max_width - prefix_width - CROSS_WIDTH - theme::GAP).max(24.0),
    );
    let text = painter.layout_job(job);
    let width = theme::GAP + prefix_width + text.size().x + CROSS_WIDTH;
    let (rect, response) = ui.allocate_exact_size(vec2(width.ceil(), theme::CONTROL_HEIGHT), Sense::click());
    let name = format!("{}: {}", look.prefix, look.text);
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, look.is_on, &name));

    let cross = Rect::from_min_max(pos2(rect.right() - CROSS_WIDTH, rect.top()), rect.max);
    let close = ui.interact(cross, response.id.with("close"), Sense::click());
    close.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remove {name}")));

    let fill = match (look.is_on, response.hovered()) {
        (true, _) => tokens.accent_soft,
        (false, true) => tokens.control_hovered,
        (false, false) => tokens.control,
    };
    let stroke = Stroke::new(1.0, if response.has_focus() { tokens.accent } else { tokens.line });
    let painter = ui.painter();
    painter.rect(rect, theme::CONTROL_HEIGHT / 2.0, fill, stroke, StrokeKind::Inside);
    let middle = rect.center().y;
    let prefix_color = if look.is_on { tokens.accent } else { tokens.text_faint };
    let text_color = if look.is_on { tokens.text } else { tokens.text_faint };
    let left = rect.left() + theme::GAP + 2.0;
    painter.galley_with_override_text_color(pos2(left, middle - prefix.size().y / 2.0), prefix, prefix_color);
    let text_left = left + prefix_width - 2.0;
    let text_size = text.size();
    painter.galley_with_override_text_color(pos2(text_left, middle - text_size.y / 2.0), text, text_color);
    if !look.is_on {
        painter.hline(text_left..=text_left + text_size.x, middle, Stroke::new(1.0, tokens.text_faint));
    }
    let cross_color = if close.hovered() || close.has_focus() { tokens.text } else { tokens.text_faint };
    paint_icon(painter, cross.center(), Icon::Close, cross_color);

    let is_closed = close.on_hover_text("Remove this filter").clicked();
    chip_event(is_closed, &response.on_hover_text(tooltip))
}

fn chip_event(is_closed: bool, response: &Response) -> Option<ChipEvent> {
    if is_closed || response.middle_clicked() {
        Some(ChipEvent::Closed)
    } else {
        response.clicked().then_some(ChipEvent::Toggled)
    }
}

//! Bars of equal length, one below the other, each divided into parts: what one thing is made of beside another.

use eframe::egui::{Align2, Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::icon::paint_clipped_text;
use crate::gui::theme;

/// Height of a bar, and of the line it stands in, in points.
const BAR_HEIGHT: f32 = 4.0 * theme::GRID;
const LINE_HEIGHT: f32 = 5.0 * theme::GRID;
/// Room for the names left of the bars.
const NAME_WIDTH: f32 = 45.0 * theme::GRID;
/// Narrower parts are drawn, but have no text and cannot be pointed at.
const MIN_WIDTH: f32 = 3.0;

/// A part of a bar.
#[derive(Clone, Debug)]
pub struct BarPart {
    /// What it is, by a number of the caller's.
    pub key: usize,
    /// Its share of the bar, 0..1.
    pub share: f32,
    /// Its color, and that of text on it.
    pub colors: (Color32, Color32),
    /// What is written into it, if there is room for all of it.
    pub text: &'static str,
    /// What is said when the pointer is on it.
    pub tooltip: String,
}

/// A bar.
#[derive(Clone, Debug)]
pub struct StackedBar {
    /// What stands left of it.
    pub name: String,
    /// Its parts, from left to right.
    pub parts: Vec<BarPart>,
}

/// Shows the bars; returns the key of a part that was clicked.
pub fn stacked_bars_ui(ui: &mut Ui, bars: &[StackedBar]) -> Option<usize> {
    let mut clicked = None;
    for (at, bar) in bars.iter().enumerate() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE_HEIGHT), Sense::hover());
        let rect = rect.shrink2(vec2(theme::GAP, (LINE_HEIGHT - BAR_HEIGHT) / 2.0));
        let names = rect.with_max_x(rect.left() + NAME_WIDTH.min(rect.width() / 2.0));
        let look = (theme::small(), theme::tokens(ui).text_quiet);
        paint_clipped_text(ui.painter(), names, Align2::LEFT_CENTER, &bar.name, look);
        let lane = rect.with_min_x(names.right() + theme::GAP);
        clicked = bar_ui(ui, (at, bar), lane).or(clicked);
    }
    clicked
}

fn bar_ui(ui: &Ui, (at, bar): (usize, &StackedBar), lane: Rect) -> Option<usize> {
    let tokens = theme::tokens(ui);
    ui.painter().rect_filled(lane, 1.0, tokens.sunken);
    let mut clicked = None;
    let mut left = lane.left();
    for part in &bar.parts {
        let right = (left + lane.width() * part.share).min(lane.right());
        let rect = Rect::from_min_max(pos2(left, lane.top()), pos2(right, lane.bottom()));
        left = right;
        let gap = if rect.width() > MIN_WIDTH { 1.0 } else { 0.0 };
        ui.painter().rect_filled(rect.with_max_x(rect.right() - gap), 0.0, part.colors.0);
        if rect.width() < MIN_WIDTH {
            continue;
        }
        let response = ui.interact(rect, ui.scope_id().with(("part of a bar", at, part.key)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &part.tooltip));
        text_ui(ui, rect, part);
        if response.hovered() || response.has_focus() {
            let stroke = Stroke::new(1.0, tokens.box_hovered);
            ui.painter().rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
        }
        if response.clicked() {
            clicked = Some(part.key);
        }
        response.on_hover_text(&part.tooltip);
    }
    clicked
}

fn text_ui(ui: &Ui, rect: Rect, part: &BarPart) {
    let galley = ui.painter().layout_no_wrap(part.text.to_owned(), theme::small(), part.colors.1);
    if galley.size().x + theme::GAP <= rect.width() {
        let at = Align2::CENTER_CENTER.align_size_within_rect(galley.size(), rect).min;
        ui.painter().galley(at, galley, part.colors.1);
    }
}

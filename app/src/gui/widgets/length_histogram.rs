//! How many things took how long: bars over a logarithmic axis, and a brush that chooses some of the lengths.
//!
//! A click chooses a bar, a drag several; a click on a chosen one, or beside all bars, chooses all again.

use std::ops::RangeInclusive;

use eframe::egui::{
    Align2, Color32, CursorIcon, Id, PointerButton, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};

use crate::gui::theme;
use crate::text;

const AXIS_HEIGHT: f32 = 14.0;
/// The least width of the label of a bar, so that labels do not touch.
const LABEL_WIDTH: f32 = 56.0;
/// A bar of one among thousands is still seen.
const LEAST_HEIGHT: f32 = 2.0;

/// One bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The shortest length that belongs to it, in ns.
    pub from_nanos: u64,
    /// The longest.
    pub to_nanos: u64,
    /// How many.
    pub count: u64,
}

/// What was done to the brush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LengthEvent {
    /// Lengths from and to, both included.
    Chosen(u64, u64),
    /// All of them.
    Reset,
}

/// Draws the bars; `chosen` are those that count.
pub fn length_histogram_ui(
    ui: &mut Ui,
    height: f32,
    bars: &[Bar],
    chosen: Option<(u64, u64)>,
) -> Option<LengthEvent> {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Histogram of lengths"));
    let inner = rect.shrink2(vec2(theme::GAP, 0.0));
    if bars.is_empty() {
        return None;
    }
    let picture = Picture { rect: inner, bars, chosen };
    let dragged = dragged_bars(ui, &response, &picture);
    picture.paint(ui, dragged.as_ref());
    let clicked = picture.hover_ui(ui, &response);
    if response.drag_stopped_by(PointerButton::Primary) {
        return dragged.map(|bars| picture.lengths(&bars));
    }
    if let Some(bar) = clicked {
        return Some(picture.clicked(bar));
    }
    (response.clicked() && chosen.is_some()).then_some(LengthEvent::Reset)
}

struct Picture<'a> {
    rect: Rect,
    bars: &'a [Bar],
    chosen: Option<(u64, u64)>,
}

impl Picture<'_> {
    fn bar_width(&self) -> f32 {
        self.rect.width() / self.bars.len() as f32
    }

    /// The room of a bar, from top to bottom.
    fn room(&self, bar: usize) -> Rect {
        let left = self.rect.left() + bar as f32 * self.bar_width();
        let size = vec2(self.bar_width(), self.rect.height() - AXIS_HEIGHT);
        Rect::from_min_size(pos2(left, self.rect.top()), size)
    }

    fn bar_at(&self, x: f32) -> usize {
        let bar = (x - self.rect.left()) / self.bar_width();
        (bar.max(0.0) as usize).min(self.bars.len() - 1)
    }

    fn lengths(&self, bars: &RangeInclusive<usize>) -> LengthEvent {
        LengthEvent::Chosen(self.bars[*bars.start()].from_nanos, self.bars[*bars.end()].to_nanos)
    }

    fn clicked(&self, bar: usize) -> LengthEvent {
        let chosen = self.lengths(&(bar..=bar));
        let is_chosen_already = self.chosen.is_some_and(|(from, to)| chosen == LengthEvent::Chosen(from, to));
        if is_chosen_already { LengthEvent::Reset } else { chosen }
    }

    fn is_chosen(&self, bar: usize, dragged: Option<&RangeInclusive<usize>>) -> bool {
        let Bar { from_nanos, to_nanos, .. } = self.bars[bar];
        match (dragged, self.chosen) {
            (Some(dragged), _) => dragged.contains(&bar),
            (None, Some((from, to))) => from_nanos <= to && to_nanos >= from,
            (None, None) => true,
        }
    }

    fn paint(&self, ui: &Ui, dragged: Option<&RangeInclusive<usize>>) {
        let tokens = theme::tokens(ui);
        let most = self.bars.iter().map(|bar| bar.count).max().unwrap_or(1).max(1);
        for (at, bar) in self.bars.iter().enumerate().filter(|(_, bar)| bar.count > 0) {
            let room = self.room(at);
            // The root shows the few slow ones beside the many fast ones; the counts are in the labels.
            let share = (bar.count as f32 / most as f32).sqrt();
            let height = (share * (room.height() - theme::GRID)).max(LEAST_HEIGHT);
            let gap = if room.width() > 4.0 { 1.0 } else { 0.0 };
            let shape = Rect::from_min_max(
                pos2(room.left(), room.bottom() - height),
                pos2(room.right() - gap, room.bottom()),
            );
            let color = if self.is_chosen(at, dragged) { tokens.accent } else { tokens.control_hovered };
            ui.painter().rect_filled(shape, 1.0, color);
        }
        self.paint_axis(ui, tokens.text_faint, tokens.line);
    }

    fn paint_axis(&self, ui: &Ui, ink: Color32, line: Color32) {
        let bottom = self.rect.bottom() - AXIS_HEIGHT;
        ui.painter().hline(self.rect.x_range(), bottom, (1.0, line));
        let step = (LABEL_WIDTH / self.bar_width()).ceil().max(1.0) as usize;
        for at in (0..self.bars.len()).step_by(step) {
            let left = self.room(at).left();
            if left + LABEL_WIDTH <= self.rect.right() + 1.0 {
                let text = text::duration(self.bars[at].from_nanos as i64);
                let place = pos2(left, bottom + 2.0);
                ui.painter().text(place, Align2::LEFT_TOP, text, theme::mono_small(), ink);
            }
        }
    }

    /// Says what a bar holds; returns the one that was clicked.
    fn hover_ui(&self, ui: &Ui, below: &Response) -> Option<usize> {
        let total: u64 = self.bars.iter().map(|bar| bar.count).sum();
        let mut clicked = None;
        for (at, bar) in self.bars.iter().enumerate().filter(|(_, bar)| bar.count > 0) {
            let response = ui.interact(self.room(at), below.id.with(at), Sense::click());
            let (from, to) = (text::duration(bar.from_nanos as i64), text::duration(bar.to_nanos as i64));
            let text = format!("{from} to {to}: {} of {total}", bar.count);
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &text));
            let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(&text);
            if response.clicked() {
                clicked = Some(at);
            }
        }
        clicked
    }
}

/// The bars between where a drag began and where it is.
fn dragged_bars(ui: &Ui, response: &Response, picture: &Picture<'_>) -> Option<RangeInclusive<usize>> {
    let id: Id = response.id.with("drag began");
    let pointer = response.interact_pointer_pos();
    if response.drag_started_by(PointerButton::Primary)
        && let Some(origin) = ui.input(|input| input.pointer.press_origin())
    {
        ui.data_mut(|data| data.insert_temp(id, origin.x));
    }
    let is_dragging =
        response.dragged_by(PointerButton::Primary) || response.drag_stopped_by(PointerButton::Primary);
    let origin: f32 = ui.data(|data| data.get_temp(id)).filter(|_| is_dragging)?;
    let (one, other) = (picture.bar_at(origin), picture.bar_at(pointer?.x));
    Some(one.min(other)..=one.max(other))
}

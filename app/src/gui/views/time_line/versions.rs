//! The versions of a service as bands over the time line: from the first profile of each to the last.

use eframe::egui::{Align2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::plots::{NUMBERS_WIDTH, scale_of};
use crate::gui::parts::store::range_text;
use crate::gui::theme;
use crate::query::store::chosen::Version;
use crate::query::store::time_line::TimeLine;
use crate::text;

/// Height of a band, in points.
const BAND: f32 = 18.0;
/// Distance between bands.
const GAP: f32 = 2.0;

/// Shows the bands.
pub(super) fn versions_ui(ui: &mut Ui, line: &TimeLine) {
    let n_rows = line.versions.iter().map(|(_, row)| row + 1).max().unwrap_or(0);
    if n_rows == 0 {
        return;
    }
    let size = vec2(ui.available_width(), n_rows as f32 * (BAND + GAP) + GAP);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let room = rect.with_min_x(rect.left() + NUMBERS_WIDTH);
    let tokens = theme::tokens(ui);
    let names = pos2(room.left() - theme::GAP, rect.top() + GAP + BAND / 2.0);
    ui.painter().text(names, Align2::RIGHT_CENTER, "version", theme::small(), tokens.text_faint);
    for (at, (version, row)) in line.versions.iter().enumerate() {
        band_ui(ui, line, (version, *row, at), room);
    }
}

fn band_ui(ui: &Ui, line: &TimeLine, (version, row, at): (&Version, usize, usize), room: Rect) {
    let tokens = theme::tokens(ui);
    let scale = scale_of(line.range, room);
    let first = version.first_nanos.unwrap_or_default();
    // The last profile is in the middle of what it stands for.
    let end = version.last_nanos.saturating_add(line.step_nanos / 2).min(line.range.end_nanos);
    let top = room.top() + GAP + row as f32 * (BAND + GAP);
    let right = scale.x(end).max(scale.x(first) + 3.0);
    let band = Rect::from_min_max(pos2(scale.x(first), top), pos2(right, top + BAND)).intersect(room);
    let fill = if at.is_multiple_of(2) { tokens.accent_soft } else { tokens.meter };
    let painter = ui.painter().with_clip_rect(band.expand(0.5));
    painter.rect_filled(band, theme::RADIUS, fill);
    let middle = pos2(band.left() + 6.0, band.center().y);
    let name = text::name(&version.name);
    painter.text(middle, Align2::LEFT_CENTER, &name, theme::mono_small(), tokens.text);
    let response = ui.interact(band, ui.scope_id().with(("version", at)), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Version {name}")));
    let profiles = text::counted(version.n_profiles, "profile");
    response.on_hover_text(format!("{name}\n{profiles}, {}", range_text(first, version.last_nanos)));
}

//! What has a note in the lanes, and the menu that writes one.

use eframe::egui::{Id, Popup, Rect, Response, Ui, pos2};
use goscope_analysis::trace::model::TraceModel;
use goscope_analysis::trace::questions::lane_groups::Lane;

use super::hover;
use crate::gui::lane_picture::layout::LaneLayout;
use crate::gui::lane_picture::rows::{RowKind, Rows};
use crate::gui::parts::notes::{note_entry_ui, paint_note_mark};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::time_axis::TimeScale;
use crate::session::note::{NoteOn, note_on};

/// The rows and the items with a note. There are as many as there is room for.
pub(super) fn noted(
    ctx: &ViewContext<'_>,
    model: &TraceModel,
    layout: &LaneLayout,
    rows: &Rows,
) -> (Vec<usize>, Vec<usize>) {
    let notes = &ctx.lens().notes;
    if notes.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let has_note = |on: NoteOn| note_on(notes, &on).is_some();
    let is_noted_row = |row: &usize| match rows.at(layout.scroll().first_row() + row) {
        Some(RowKind::Lane(Lane::Goroutine(id), ..)) => has_note(NoteOn::Goroutine(model.tables().goid(id))),
        Some(RowKind::Lane(Lane::Task(id), ..)) => has_note(NoteOn::Task(model.tables().task_number(id))),
        _ => false,
    };
    let noted_rows = (0..layout.rows().len()).filter(is_noted_row).collect();
    let is_noted = |index: &usize| {
        let item = hover::item_of(model, &layout.items()[*index]);
        item.as_ref().and_then(NoteOn::of).is_some_and(|on| matches!(on, NoteOn::Span(..)) && has_note(on))
    };
    (noted_rows, (0..layout.items().len()).filter(is_noted).collect())
}

/// Flags on the time axis, where notes are about a time; hovering reads them.
pub(super) fn flags_ui(ui: &mut Ui, ctx: &ViewContext<'_>, scale: &TimeScale, strip: Rect) {
    let color = theme::tokens(ui).accent;
    let painter = ui.painter().with_clip_rect(strip.intersect(ui.clip_rect()));
    for (index, note) in ctx.lens().notes.iter().enumerate() {
        let Some(nanos) = note.on.nanos() else { continue };
        let x = scale.x(nanos);
        if !strip.x_range().contains(x) {
            continue;
        }
        paint_note_mark(&painter, pos2(x, strip.bottom()), color);
        let place = Rect::from_min_max(pos2(x - 1.0, strip.bottom() - 10.0), pos2(x + 7.0, strip.bottom()));
        let flag = ui.interact(place, ui.scope_id().with(("note", index)), eframe::egui::Sense::hover());
        flag.on_hover_text(format!("{}\n{}", note.on.title(), note.text));
    }
}

/// The menu of the lanes: notes about what is chosen, and about the moment under the pointer.
pub(super) fn menu_ui(ctx: &ViewContext<'_>, response: &Response, scale: &TimeScale) {
    let at = Id::unique("noted moment");
    if response.secondary_clicked()
        && let Some(pos) = response.interact_pointer_pos()
    {
        response.ctx.data_mut(|data| data.insert_temp(at, scale.nanos(pos.x).max(0)));
    }
    Popup::context_menu(response).show(|ui| {
        note_entry_ui(ui, ctx, ctx.lens().selection.as_ref().and_then(NoteOn::of));
        let moment = ui.data(|data| data.get_temp::<i64>(at)).map(NoteOn::Moment);
        if let Some(moment) = moment {
            let text = format!("Add note {}…", moment.title());
            if ui.button(text).clicked() {
                ctx.send(crate::gui::command::Command::EditNote(Some(moment)));
                ui.close();
            }
        }
    });
}

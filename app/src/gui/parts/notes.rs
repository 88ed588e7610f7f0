//! Notes in the inspectors and menus, and the way to what they are about.

use eframe::egui::{Button, Color32, Frame, Label, Margin, Painter, Pos2, RichText, Shape, Stroke, Ui, vec2};

use crate::gui::command::{Command, Flight};
use crate::gui::parts::sentence::{follow, group_of};
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::query::trace::answers::sentence::Link;
use crate::query::trace::handle::Handle;
use crate::query::trace::selection::TimeRange;
use crate::session::note::{Note, NoteOn, note_on};

/// Shows the note about what is chosen, if there is one: a click edits it.
pub fn note_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(on) = ctx.lens().selection.as_ref().and_then(NoteOn::of) else { return };
    let Some(note) = note_on(&ctx.lens().notes, &on) else { return };
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.accent_soft)
        .inner_margin(Margin::symmetric(8, 6))
        .corner_radius(theme::RADIUS);
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let text = if note.text.is_empty() { "Pinned" } else { &note.text };
        ui.add(Label::new(RichText::new(text).color(tokens.text)).wrap());
        let edit = Button::new(RichText::new("Edit note").font(theme::small()).color(tokens.text_quiet));
        if ui.add(edit.frame_when_inactive(false)).clicked() {
            ctx.send(Command::EditNote(Some(on)));
        }
    });
    ui.add_space(theme::GAP);
}

/// The entry of a menu that writes a note about what is chosen.
pub fn note_entry_ui(ui: &mut Ui, ctx: &ViewContext<'_>, on: Option<NoteOn>) {
    let Some(on) = on else { return };
    let is_there = note_on(&ctx.lens().notes, &on).is_some();
    if ui.button(if is_there { "Edit note…" } else { "Add note…" }).clicked() {
        ctx.send(Command::EditNote(Some(on)));
        ui.close();
    }
}

/// Shows what a note is about.
pub fn follow_note(ctx: &ViewContext<'_>, note: &Note) {
    match &note.on {
        NoteOn::Function(name) => follow(ctx, &Link::Function(name.clone())),
        NoteOn::Goroutine(goid) => follow(ctx, &Link::Goroutine(*goid)),
        NoteOn::Task(number) => {
            ctx.send(Command::ShowView(ViewId::Span));
            fly_to(ctx, note, &format!("task:{number}"));
        }
        NoteOn::Span(goid, nanos) => {
            ctx.send(Command::ShowView(ViewId::Lanes));
            fly_to(ctx, note, &format!("g:{goid}@{nanos}ns..{}ns", nanos.saturating_add(1)));
        }
        NoteOn::Moment(nanos) => {
            ctx.send(Command::ShowView(ViewId::Lanes));
            ctx.send(Command::ShowTime(range_of(ctx, &format!("{nanos}ns"))));
        }
    }
}

/// Chooses it, and shows the time that a handle has.
fn fly_to(ctx: &ViewContext<'_>, note: &Note, handle: &str) {
    let Some(item) = note.on.item() else { return };
    let group = item.goroutine().and_then(|goid| group_of(ctx, goid));
    match range_of(ctx, handle) {
        Some(range) => ctx.send(Command::FlyTo(Flight { item, range, group })),
        None => ctx.send(Command::Select(item)),
    }
}

/// The time of a handle, with room around it: of a span its own length, of a moment as much as is seen now.
fn range_of(ctx: &ViewContext<'_>, handle: &str) -> Option<TimeRange> {
    let model = ctx.trace()?;
    let whole = TimeRange::of(model);
    let named = handle.parse::<Handle>().ok()?.find(model).ok()?;
    let mut time = named.range?;
    if let Some(id) = named.goroutine.and_then(|goid| model.goroutine_by_number(goid))
        && time.end - time.start <= 1
        && let Some(span) = model.spans_in(id, time.clone()).next()
    {
        time = span.start..span.end;
    }
    if time.end - time.start > 1 {
        return Some(TimeRange::around(model, &time));
    }
    let seen = ctx.lens().trace.range.unwrap_or(whole).length().min(whole.end_nanos / 10);
    let start_nanos = TimeRange::on_clock(model, &time).start_nanos.saturating_sub(seen / 2);
    Some(TimeRange { start_nanos, end_nanos: start_nanos.saturating_add(seen) }.inside(whole.end_nanos))
}

/// The mark of a note: a small flag whose foot is at `at`.
pub fn paint_note_mark(painter: &Painter, at: Pos2, color: Color32) {
    let top = at - vec2(0.0, 9.0);
    painter.line_segment([at, top], Stroke::new(1.0, color));
    let flag = vec![top, top + vec2(6.0, 2.5), top + vec2(0.0, 5.0)];
    painter.add(Shape::convex_polygon(flag, color, Stroke::NONE));
}

//! The whole trace at a glance; its brush says what the other panels show.

use eframe::egui::{Color32, Margin, Ui, pos2};

use crate::gui::command::Command;
use crate::gui::parts::notes::paint_note_mark;
use crate::gui::parts::placeholder::nothing_yet_ui;
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::overview_strip::{BrushEvent, OverviewPicture, overview_strip_ui};
use crate::query::trace::overview::{Overview, OverviewQuery};
use crate::query::trace::selection::TimeRange;

/// Columns of the overview: about as many as a wide screen has points, so that it is computed once a trace.
const N_COLUMNS: usize = 1200;

/// The view.
pub struct OverviewView;

impl View for OverviewView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Overview
    }

    fn frame(&self, tokens: &theme::Tokens) -> (Color32, Margin) {
        (tokens.sunken, Margin::ZERO)
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let shown = ctx.ask("overview", &OverviewQuery { n_columns: N_COLUMNS });
        let Some(overview) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Summing up the trace");
            return;
        };
        strip_ui(ui, ctx, &overview);
    }
}

fn strip_ui(ui: &mut Ui, ctx: &ViewContext<'_>, overview: &Overview) {
    let whole = TimeRange { start_nanos: 0, end_nanos: overview.trace_nanos };
    let brush = ctx.lens().trace.range.unwrap_or(whole);
    let counters = &overview.counters;
    let picture = OverviewPicture {
        running: &counters.running,
        runnable: &counters.runnable,
        procs: &counters.procs,
        most: overview.most,
        heap: &counters.heap,
        heap_goal: &counters.heap_goal,
        heap_most: overview.heap_most,
        gc: &overview.gc,
        stopped: &overview.stopped,
        trace_nanos: overview.trace_nanos,
        brush: (brush.start_nanos, brush.end_nanos),
    };
    let (response, event) = overview_strip_ui(ui, &picture);
    match event {
        Some(BrushEvent::Moved(start_nanos, end_nanos)) => {
            let range = TimeRange { start_nanos, end_nanos }.inside(overview.trace_nanos);
            ctx.send(Command::ShowTimeSmoothly(range));
        }
        Some(BrushEvent::Reset) => ctx.send(Command::ShowTime(None)),
        None => {}
    }
    let rect = response.rect;
    for note in &ctx.lens().notes {
        let Some(nanos) = note.on.nanos().filter(|nanos| *nanos <= overview.trace_nanos) else { continue };
        let part = nanos as f32 / overview.trace_nanos.max(1) as f32;
        let at = pos2(rect.left() + part * rect.width(), rect.top() + 10.0);
        paint_note_mark(ui.painter(), at, theme::tokens(ui).accent);
    }
    if let Some(pos) = response.hover_pos().filter(|_| !response.dragged()) {
        let part = ((pos.x - response.rect.left()) / response.rect.width()).clamp(0.0, 0.999_9);
        response.on_hover_text_at_pointer(overview.counters.text_at(f64::from(part)));
    }
}

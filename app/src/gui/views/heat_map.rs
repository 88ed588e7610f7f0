//! A trace as a heat map, second beside second; its brush says what the other panels show.

use eframe::egui::{RichText, Ui};

use crate::gui::command::Command;
use crate::gui::parts::placeholder::{nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::heat_canvas::{HeatPicture, heat_canvas_ui};
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::widgets::view_bar_ui;
use crate::query::trace::heat::{HeatMap, HeatOf, HeatQuery, N_ROWS};
use crate::query::trace::selection::TimeRange;
use crate::text;

/// The view.
pub struct HeatMapView;

impl View for HeatMapView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::HeatMap
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let shown = ctx.ask("heat map", &HeatQuery { of: ctx.lens().trace.heat });
        let Some(map) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Counting samples");
            return;
        };
        header_ui(ui, ctx, &map);
        if map.most == 0.0 {
            sentence_ui(
                ui,
                match map.of {
                    HeatOf::Samples => {
                        "No CPU samples here: a trace has them if the CPU profiler ran at the same time."
                    }
                    HeatOf::Running => "No goroutine ran.",
                },
            );
            return;
        }
        map_ui(ui, ctx, &map);
    }
}

fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, map: &HeatMap) {
    let tokens = theme::tokens(ui);
    let left = |ui: &mut Ui| {
        let names = HeatOf::ALL.map(|of| of.text().to_owned());
        let shown = HeatOf::ALL.iter().position(|&of| of == map.of).unwrap_or(0);
        if let Some(index) = choice_ui(ui, "Heat map of", &names, shown) {
            ctx.send(Command::ChooseHeat(HeatOf::ALL[index]));
        }
        let (column, row) = (text::duration(map.column_nanos()), text::duration(map.cell_nanos));
        let text = format!("a column is {column}, a row {row}");
        ui.label(RichText::new(text).font(theme::small()).color(tokens.text_quiet));
    };
    view_bar_ui(ui, left, |_| ());
}

fn map_ui(ui: &mut Ui, ctx: &ViewContext<'_>, map: &HeatMap) {
    let chosen = ctx.lens().trace.range.map(|range| cells_of(map, &range));
    let picture = HeatPicture { cells: &map.cells, most: map.most, n_rows: N_ROWS, chosen };
    let (response, events) = heat_canvas_ui(ui, "Heat map of the trace", &picture);
    if events.is_reset {
        ctx.send(Command::ShowTime(None));
    } else if let Some((one, other)) = events.brushed {
        let range = map.range(one, other).inside(map.trace_nanos);
        ctx.send(if response.dragged() {
            Command::ShowTimeSmoothly(range)
        } else {
            Command::ShowTime(Some(range))
        });
    }
    if let Some(cell) = events.hovered.filter(|_| !response.dragged()) {
        response.on_hover_text_at_pointer(cell_text(map, cell));
    }
}

/// The first and the last cell that a range touches.
fn cells_of(map: &HeatMap, range: &TimeRange) -> (usize, usize) {
    let last = map.cells.len().saturating_sub(1);
    let cell = |nanos: i64| usize::try_from(nanos / map.cell_nanos).unwrap_or(0).min(last);
    (cell(range.start_nanos), cell((range.end_nanos - 1).max(range.start_nanos)))
}

fn cell_text(map: &HeatMap, cell: usize) -> String {
    let range = map.range(cell, cell);
    let value = map.cells.get(cell).copied().unwrap_or(0.0);
    let value = match map.of {
        HeatOf::Samples => text::counted(value as usize, "CPU sample"),
        HeatOf::Running => format!("{value:.1} running Ps"),
    };
    format!("at {}, {} long\n{value}", text::duration(range.start_nanos), text::duration(range.length()))
}

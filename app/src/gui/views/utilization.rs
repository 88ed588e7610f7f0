//! How much of the Ps the garbage collector leaves to the program, at the worst, by the length one looks at.

use eframe::egui::{Align, Button, Label, Layout, RichText, Ui};
use egui_plot::{GridMark, HoverPosition, Legend, Line, Plot, PlotPoints};

use crate::derived::Status;
use crate::gui::command::Command;
use crate::gui::parts::placeholder::{computing_mark_ui, nothing_yet_ui, sentence_ui};
use crate::gui::theme;
use crate::gui::view::{View, ViewContext};
use crate::gui::view_id::ViewId;
use crate::gui::widgets::view_bar_ui;
use crate::query::trace::mmu::{Mmu, MmuOptions};
use crate::query::trace::selection::TimeRange;
use crate::text;

/// Width of the switches, and of a link to one of the worst windows, in points.
const LEAST_FOR_OPTIONS: f32 = 560.0;
const WORST_WIDTH: f32 = 116.0;
/// From this height of the plot on, its legend does not reach the axis.
const LEAST_FOR_LEGEND: f32 = 112.0;

/// The view.
pub struct UtilizationView;

impl View for UtilizationView {
    type State = ();

    fn id(&self) -> ViewId {
        ViewId::Mmu
    }

    fn ui(&self, ui: &mut Ui, ctx: &ViewContext<'_>, _: &mut ()) {
        let options = ctx.lens().trace.mmu;
        let shown = ctx.ask("utilization", &options);
        header_ui(ui, ctx, options, &shown.status);
        let Some(mmu) = shown.answer else {
            nothing_yet_ui(ui, &shown.status, "Sliding windows over the trace");
            return;
        };
        if mmu.curve.is_empty() {
            sentence_ui(ui, "The trace does not say how many Ps there are, so there is no utilization.");
            return;
        }
        worst_ui(ui, ctx, &mmu);
        plot_ui(ui, &mmu);
    }
}

fn header_ui(ui: &mut Ui, ctx: &ViewContext<'_>, options: MmuOptions, status: &Status) {
    let left = |ui: &mut Ui| {
        let title = RichText::new("Minimum mutator utilization").strong().color(theme::tokens(ui).text);
        ui.add(Label::new(title).truncate()).on_hover_text(
            "For each window length: the share of the Ps left to the program in the worst window of that length",
        );
        if *status == Status::Computing {
            computing_mark_ui(ui);
        }
    };
    let right = |ui: &mut Ui| {
        let mut chosen = options;
        if ui.available_width() > LEAST_FOR_OPTIONS {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| options_ui(ui, &mut chosen));
        } else {
            ui.menu_button("Counted ▾", |ui| options_ui(ui, &mut chosen));
        }
        if chosen != options {
            ctx.send(Command::ChooseMmu(chosen));
        }
    };
    view_bar_ui(ui, left, right);
}

/// What counts as taken from the program.
fn options_ui(ui: &mut Ui, chosen: &mut MmuOptions) {
    ui.checkbox(&mut chosen.stw, "STW").on_hover_text("Count stop-the-world pauses");
    ui.checkbox(&mut chosen.background, "workers").on_hover_text("Count mark workers");
    ui.checkbox(&mut chosen.assist, "assists").on_hover_text("Count mark assists");
    ui.checkbox(&mut chosen.sweep, "sweeping").on_hover_text("Count sweeping");
    ui.checkbox(&mut chosen.per_proc, "each P").on_hover_text("Each P by itself; the worst one counts");
}

/// The worst windows, each with a way to it.
fn worst_ui(ui: &mut Ui, ctx: &ViewContext<'_>, mmu: &Mmu) {
    let Some(model) = ctx.trace() else { return };
    ui.horizontal(|ui| {
        ui.add_space(theme::GAP);
        let text = RichText::new("worst 10 ms").font(theme::small()).color(theme::tokens(ui).text_quiet);
        ui.label(text);
        for &(begin, length, utilization) in mmu.worst.iter().take(6) {
            if ui.available_width() < WORST_WIDTH {
                break;
            }
            let text = format!("{:.0}% at {}", utilization * 100.0, text::duration(begin));
            let text = RichText::new(text).font(theme::mono_small()).color(theme::tokens(ui).accent);
            if ui.add(Button::new(text).frame_when_inactive(false)).on_hover_text("Show this time").clicked()
            {
                let start = model.range().start.saturating_add(begin);
                let time = start..start.saturating_add_unsigned(length);
                ctx.send(Command::ShowTime(Some(TimeRange::around(model, &time))));
            }
        }
    });
}

fn plot_ui(ui: &mut Ui, mmu: &Mmu) {
    let tokens = theme::tokens(ui);
    let points = |series: &[(u64, f64)]| -> PlotPoints<'_> {
        series.iter().map(|&(window, share)| [(window.max(1) as f64).log10(), share * 100.0]).collect()
    };
    // At the right edge there is no room for all of a text.
    let window_text = |mark: GridMark, seen: &std::ops::RangeInclusive<f64>| {
        let is_at_edge = mark.value > seen.end() - (seen.end() - seen.start()) * 0.08;
        if is_at_edge { String::new() } else { text::duration(10_f64.powf(mark.value) as i64) }
    };
    let height = ui.available_height();
    let mut plot = Plot::new("mmu");
    if height >= LEAST_FOR_LEGEND {
        plot = plot.legend(Legend::default());
    }
    plot.height(height)
        .allow_scroll(false)
        .allow_drag(false)
        .allow_zoom(false)
        .include_y(0.0)
        .include_y(100.0)
        .x_axis_formatter(window_text)
        .y_axis_formatter(|mark, _| format!("{:.0}%", mark.value))
        .label_formatter(|pointer| match pointer {
            HoverPosition::NearDataPoint { position, .. } => {
                let window = text::duration(10_f64.powf(position.x) as i64);
                Some(format!("{:.1}% in windows of {window}", position.y))
            }
            HoverPosition::Elsewhere { .. } => None,
        })
        .show(ui, |plot| {
            plot.line(Line::new("the worst window", points(&mmu.curve)).color(tokens.accent).width(2.0));
            let [one, five] = &mmu.quantiles;
            plot.line(Line::new("1 % of windows are worse", points(one)).color(tokens.increase));
            plot.line(Line::new("5 % of windows are worse", points(five)).color(tokens.decrease));
        });
}

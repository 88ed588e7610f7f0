//! The bar over the views: which values, at what granularity, which way up, and the filters as chips.

use eframe::egui::{Align, Button, Layout, RichText, ScrollArea, Ui, UiBuilder};

use crate::gui::command::Command;
use crate::gui::command_list::with_key;
use crate::gui::panels::new_filter::add_filter_ui;
use crate::gui::panels::sides::{scale_ui, sides_ui};
use crate::gui::panels::store_bar::store_bar_ui;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::bar_inside_ui;
use crate::gui::widgets::chip::{ChipEvent, ChipLook, chip_ui};
use crate::gui::widgets::icon::{Icon, icon_button, toggle_icon_button};
use crate::gui::widgets::segmented::{list_ui, segmented_ui};
use crate::gui::workspace::{ContentKind, Orientation};
use crate::query::trace::idle::IdleQuery;
use crate::text;
use goscope_analysis::profile::direction::Direction;
use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::trace::instances::InstanceKind;

/// Sample types shown side by side; more go into a list.
const MAX_SEGMENTS: usize = 4;

/// The width from which the bar has room for commands in words.
const WIDE: f32 = 1000.0;
/// From this width of the bar on there is room for comparing; below it is in the list of commands, as ctrl-D is.
const LEAST_FOR_COMPARE: f32 = 840.0;

/// Shows the bar.
pub fn filter_bar_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    match ctx.tab.content.kind() {
        ContentKind::Benchmarks => return benchmarks_bar_ui(ui, ctx),
        ContentKind::Store => return store_bar_ui(ui, ctx),
        _ => {}
    }
    let rect = ui.max_rect();
    let right = UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center));
    let right_width = ui.scope_builder(right, |ui| toggles_ui(ui, ctx)).response.rect.width();
    let mut left = rect;
    left.max.x -= right_width + theme::GAP;
    let left = UiBuilder::new().max_rect(left).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(left, |ui| {
        if ctx.tab.content.kind() == ContentKind::Trace {
            trace_chips_ui(ui, ctx);
        }
        sample_type_ui(ui, ctx);
        grain_ui(ui, ctx);
        scale_ui(ui, ctx);
        ScrollArea::horizontal().id_salt("chips").auto_shrink(false).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                sides_ui(ui, ctx);
                chips_ui(ui, ctx);
            });
        });
    });
}

/// Which files the sides have, and what can be done with them.
fn benchmarks_bar_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let has_head = ctx.tab.content.sides().is_some_and(|sides| !sides.head.is_empty());
    let left = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = theme::GRID;
        sides_ui(ui, ctx);
    };
    let right = |ui: &mut Ui| {
        let swap = has_head.then(|| icon_button(ui, Icon::Swap, "Swap base and head"));
        if swap.is_some_and(|swap| swap.on_hover_text("Swap base and head").clicked()) {
            ctx.send(Command::SwapSides);
        }
        let text = RichText::new("Compare…").color(theme::tokens(ui).text_quiet);
        let button = ui.add(Button::new(text).frame_when_inactive(false));
        if button.on_hover_text("Compare with another file; or drop one on the window").clicked() {
            ctx.send(Command::CompareWith);
        }
        let text = RichText::new("Copy as command").color(theme::tokens(ui).text_quiet);
        let copy = ui.add(Button::new(text).frame_when_inactive(false));
        if copy.on_hover_text("Copies the command that opens the window as it is now").clicked() {
            ctx.send(Command::CopyWindowCommand(None));
        }
    };
    bar_inside_ui(ui, ui.max_rect(), left, right);
}

fn sample_type_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(profile) = ctx.profile() else { return };
    let names: Vec<String> = profile.sample_types.iter().map(|(kind, _)| kind.clone()).collect();
    let shown = profile.sample_type_index(ctx.lens().sample_type.as_deref());
    let chosen = if names.len() <= MAX_SEGMENTS {
        segmented_ui(ui, "Sample type", &names, shown)
    } else {
        list_ui(ui, "Sample type", &names, shown)
    };
    if let Some(name) = chosen.and_then(|index| names.get(index)) {
        ctx.send(Command::ChooseSampleType(name.clone()));
    }
}

fn grain_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let names: Vec<String> =
        Granularity::ALL.iter().map(|granularity| granularity.text().to_owned()).collect();
    let shown =
        Granularity::ALL.iter().position(|&granularity| granularity == ctx.lens().granularity).unwrap_or(0);
    if let Some(index) = list_ui(ui, "Granularity", &names, shown) {
        ctx.send(Command::ChooseGranularity(Granularity::ALL[index]));
    }
}

/// Which way up, and which panels; from right to left.
fn toggles_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let lens = ctx.lens();
    let is_flame = lens.orientation == Orientation::Flame;
    let (icon, name) =
        if is_flame { (Icon::Flame, "Root at the bottom") } else { (Icon::Icicle, "Root on top") };
    let tooltip = with_key(ui.ctx(), &format!("{name}; click to flip it"), &Command::ToggleOrientation);
    if icon_button(ui, icon, "Icicle or flame").on_hover_text(tooltip).clicked() {
        ctx.send(Command::ToggleOrientation);
    }
    let is_inverted = lens.direction == Direction::Inverted;
    let tooltip =
        with_key(ui.ctx(), "Inverted: leaves at the root, their callers above", &Command::ToggleDirection);
    if toggle_icon_button(ui, Icon::Invert, "Invert", is_inverted).on_hover_text(tooltip).clicked() {
        ctx.send(Command::ToggleDirection);
    }
    let tooltip =
        with_key(ui.ctx(), "Folded: frames that pass on all they get are one row", &Command::ToggleFolding);
    if toggle_icon_button(ui, Icon::Fold, "Fold chains", !lens.is_unfolded).on_hover_text(tooltip).clicked() {
        ctx.send(Command::ToggleFolding);
    }
    let tooltip = with_key(
        ui.ctx(),
        "Sandwich: the selected function between its callers and callees",
        &Command::ToggleAround,
    );
    let is_sandwich = lens.around.is_some();
    if toggle_icon_button(ui, Icon::Sandwich, "Sandwich", is_sandwich).on_hover_text(tooltip).clicked() {
        ctx.send(Command::ToggleAround);
    }
    if ctx.tab.content.comparison().is_some() {
        if icon_button(ui, Icon::Swap, "Swap base and head").on_hover_text("Swap base and head").clicked() {
            ctx.send(Command::SwapSides);
        }
        // Where there is little room, it is in the list of commands.
        if ui.max_rect().width() >= WIDE {
            copy_ui(ui, ctx);
        }
    } else if matches!(ctx.tab.content.kind(), ContentKind::Profile | ContentKind::Dumps)
        && ui.max_rect().width() >= LEAST_FOR_COMPARE
    {
        let text = RichText::new("Compare…").color(theme::tokens(ui).text_quiet);
        let button = ui.add(Button::new(text).frame_when_inactive(false));
        let tooltip = with_key(ui.ctx(), compare_tooltip(ctx), &Command::CompareWith);
        if button.on_hover_text(tooltip).clicked() {
            ctx.send(Command::CompareWith);
        }
    }
}

fn compare_tooltip(ctx: &ViewContext<'_>) -> &'static str {
    match ctx.tab.content.kind() {
        ContentKind::Dumps => "Compare with another dump of the same program; or drop one on the window",
        _ => "Compare with another profile",
    }
}

fn copy_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let text = RichText::new("Copy as command").color(theme::tokens(ui).text_quiet);
    let copy = ui.add(Button::new(text).frame_when_inactive(false));
    if copy.on_hover_text("Copies the goscope diff that says the same").clicked() {
        ctx.send(Command::CopyCommandLine);
    }
}

/// What of the trace is looked at: the time and the goroutines, each with a way back.
fn trace_chips_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ui.spacing_mut().item_spacing.x = theme::GRID;
    let lens = &ctx.lens().trace;
    let range = lens
        .range
        .map(|range| format!("{} … {}", text::duration(range.start_nanos), text::duration(range.end_nanos)));
    let only = lens.only.as_ref().map(|only| (only.prefix(), only.text()));
    let about = (lens.about != InstanceKind::default()).then(|| lens.about.text());
    let length = lens
        .length
        .map(|(from, to)| format!("{} … {}", text::duration(from as i64), text::duration(to as i64)));
    let chips = [
        range.map(|text| ("range", text, Command::ShowTime(None))),
        only.map(|(prefix, text)| (prefix, text, Command::ShowOnly(None))),
        about.map(|text| ("time of", text, Command::ChooseAbout(InstanceKind::default()))),
        length.map(|text| ("took", text, Command::ChooseLength(None))),
    ];
    for (prefix, text, reset) in chips.into_iter().flatten() {
        let look = ChipLook { prefix, text: &text, is_on: true, max_width: 260.0 };
        let tooltip = match prefix {
            "time of" | "took" => {
                "Flame graph and breakdown show only these\nClick to show everything again".to_owned()
            }
            _ => format!("All panels show only this {prefix}\nClick to show everything again"),
        };
        if ui.push_id(prefix, |ui| chip_ui(ui, look, &tooltip)).inner.is_some() {
            ctx.send(reset);
        }
    }
}

/// Whether flame graph and breakdown leave out goroutines that did next to nothing.
fn idle_chip_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let trace = &ctx.lens().trace;
    let is_about_all = trace.only.is_none() && trace.about == InstanceKind::Goroutines;
    if ctx.tab.content.kind() != ContentKind::Trace || !is_about_all {
        return;
    }
    let Some(count) = ctx.ask("idle goroutines", &IdleQuery).answer.filter(|count| **count > 0) else {
        return;
    };
    let idle = text::counted(*count, "idle goroutine");
    let about = "They were there during the whole trace and waited for all but a thousandth of it";
    let is_clicked = if trace.with_idle {
        let text = RichText::new(format!("Leave out {idle}")).color(theme::tokens(ui).text_quiet);
        ui.add(Button::new(text).frame_when_inactive(false)).on_hover_text(about).clicked()
    } else {
        let look = ChipLook { prefix: "without", text: &idle, is_on: true, max_width: 260.0 };
        let tooltip = format!("Flame graph and breakdown leave them out. {about}\nClick to show them");
        chip_ui(ui, look, &tooltip).is_some()
    };
    if is_clicked {
        ctx.send(Command::ToggleIdle);
    }
}

fn chips_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    ui.spacing_mut().item_spacing.x = theme::GRID;
    idle_chip_ui(ui, ctx);
    if let Some(key) = &ctx.lens().group_by {
        let look = ChipLook { prefix: "group by", text: key, is_on: true, max_width: 260.0 };
        let tooltip = "The values of this label are the outermost frames\nClick to show stacks as they are";
        if chip_ui(ui, look, tooltip).is_some() {
            ctx.send(Command::GroupBy(None));
        }
    }
    for (index, chip) in ctx.lens().chips.iter().enumerate() {
        let look =
            ChipLook { prefix: chip.kind.text(), text: chip.text(), is_on: chip.is_on, max_width: 260.0 };
        let tooltip = format!(
            "{}\n{}\nClick to switch it {}",
            chip.kind.tooltip(),
            chip.pattern,
            off_or_on(chip.is_on)
        );
        match ui.push_id(index, |ui| chip_ui(ui, look, &tooltip)).inner {
            Some(ChipEvent::Toggled) => ctx.send(Command::ToggleChip(index)),
            Some(ChipEvent::Closed) => ctx.send(Command::RemoveChip(index)),
            None => {}
        }
    }
    dump_chips_ui(ui, ctx);
    add_filter_ui(ui, ctx);
    let dump = &ctx.lens().dump;
    if ctx.lens().chips.len() + dump.states.len() + usize::from(dump.min_minutes > 0) > 1 {
        let reset = Button::new(RichText::new("Reset").color(theme::tokens(ui).text_quiet));
        if ui.add(reset.frame_when_inactive(false)).on_hover_text("Remove all filters").clicked() {
            ctx.send(Command::ClearChips);
        }
    }
}

/// Which goroutines of a dump are looked at, each with a way back.
fn dump_chips_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let dump = &ctx.lens().dump;
    let states = dump.states.iter().map(|state| ("state", state.clone(), Command::DropState(state.clone())));
    let minutes = (dump.min_minutes > 0)
        .then(|| ("waits", format!("≥ {} min", dump.min_minutes), Command::KeepWaiting(0)));
    for (prefix, text, reset) in states.chain(minutes) {
        let look = ChipLook { prefix, text: &text, is_on: true, max_width: 260.0 };
        let tooltip = match prefix {
            "state" => "Only goroutines in this state\nClick to remove it",
            _ => "Only goroutines that have not run for so long, at least\nClick to remove it",
        };
        if ui.push_id((prefix, &text), |ui| chip_ui(ui, look, tooltip)).inner.is_some() {
            ctx.send(reset);
        }
    }
}

const fn off_or_on(is_on: bool) -> &'static str {
    if is_on { "off" } else { "on" }
}

//! Of a comparison: which runs its sides have, and how they are put on one scale.

use eframe::egui::{Button, Label, Popup, PopupCloseBehavior, RichText, Role, ScrollArea, Ui, WidgetInfo};

use crate::document::Source;
use crate::gui::command::Command;
use crate::gui::theme;
use crate::gui::view::ViewContext;
use crate::gui::widgets::icon::{Icon, icon_button};
use crate::gui::widgets::segmented::list_ui;
use crate::gui::workspace::ContentKind;
use crate::query::comparison::{Comparison, Scale, Side};
use crate::query::runs::UnitQuery;
use crate::text;

/// Shows a button for the runs of each side, if there are two sides.
pub(super) fn sides_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(comparison) = ctx.tab.content.sides() else { return };
    if ctx.tab.content.kind() == ContentKind::Dumps && comparison.head.is_empty() {
        return;
    }
    for side in Side::BOTH {
        side_ui(ui, ctx, comparison, side);
    }
}

/// Shows how the sides are put on one scale, if there are two sides.
pub(super) fn scale_ui(ui: &mut Ui, ctx: &ViewContext<'_>) {
    let Some(comparison) = ctx.tab.content.comparison() else { return };
    let unit = ctx.ask("noted unit", &UnitQuery { notes: comparison.notes.clone() }).answer;
    let mut options = vec![("shares".to_owned(), Scale::Share)];
    if let Some(unit) = unit.as_deref().and_then(Option::as_ref) {
        options.push((format!("per {}", unit.name), Scale::PerUnit(unit.notes.clone())));
    }
    options.extend([
        ("per second".to_owned(), Scale::PerSecond),
        ("per CPU second".to_owned(), Scale::PerCpuSecond),
        ("totals".to_owned(), Scale::Totals),
    ]);
    let names: Vec<String> = options.iter().map(|(name, _)| name.clone()).collect();
    let shown = options.iter().position(|(_, scale)| *scale == ctx.lens().scale).unwrap_or(0);
    if let Some(index) = list_ui(ui, "Scale", &names, shown) {
        ctx.send(Command::ChooseScale(options.swap_remove(index).1));
    }
}

/// A button with the number of runs of a side, and its list.
fn side_ui(ui: &mut Ui, ctx: &ViewContext<'_>, comparison: &Comparison, side: Side) {
    let tokens = theme::tokens(ui);
    let (runs, word) = (comparison.side(side), side.text());
    // A file of benchmarks has many runs.
    let unit = match ctx.tab.content.kind() {
        ContentKind::Benchmarks => "file",
        ContentKind::Dumps => "dump",
        _ => "run",
    };
    let name = format!("{word}: {}", text::counted(runs.len(), unit));
    let button =
        ui.add(Button::new(RichText::new(&name).color(tokens.text_quiet)).frame_when_inactive(false));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    let button = button.on_hover_text(format!("The {unit}s of the {word}: add or remove some"));
    let close = PopupCloseBehavior::CloseOnClickOutside;
    Popup::menu(&button).close_behavior(close).show(|ui| {
        ui.set_width(420.0);
        ScrollArea::vertical().id_salt(word).max_height(320.0).show(ui, |ui| {
            for (index, run) in runs.iter().enumerate() {
                ui.push_id(index, |ui| ui.horizontal(|ui| run_ui(ui, ctx, (side, run), runs.len() > 1)));
            }
        });
        ui.separator();
        if ui.button(format!("Add {unit}s to {word}…")).clicked() {
            ctx.send(Command::PickRuns(side));
            ui.close();
        }
    });
}

/// A run of a side, with a cross if it can be taken out.
fn run_ui(ui: &mut Ui, ctx: &ViewContext<'_>, (side, run): (Side, &Source), can_go: bool) {
    let place = run.place();
    if can_go {
        let remove = icon_button(ui, Icon::Close, &format!("Remove {place}"));
        if remove.on_hover_text("Remove this run from the comparison").clicked() {
            ctx.send(Command::RemoveRun(side, run.clone()));
        }
    }
    let label = RichText::new(&place).font(theme::mono_small()).color(theme::tokens(ui).text);
    ui.add(Label::new(label).truncate()).on_hover_text(&place);
}

//! A tab whose file is not there yet, or will not come; and what to do with files that were dropped on a comparison.

use eframe::egui::{Align, Button, FontFamily, FontId, Label, Layout, RichText, Ui, vec2};
use goscope_parsers::Progress;

use crate::document::Source;
use crate::gui::command::{Command, CommandSender};
use crate::gui::theme;
use crate::gui::widgets::icon::{Icon, icon_button};
use crate::gui::widgets::progress_line::progress_line_ui;
use crate::live::{cost, split_breakpoint};
use crate::query::comparison::Side;
use crate::text;

/// How far a file is, and a button that stops it.
pub fn loading_ui(ui: &mut Ui, source: &Source, progress: &Progress, commands: &CommandSender) {
    middle_ui(ui, |ui| {
        heading_ui(
            ui,
            &match awaited_line(source) {
                Some(location) => format!("Waiting until {location} is reached"),
                None => format!("Reading {}", source.name()),
            },
        );
        ui.add_space(theme::MARGIN);
        let total = progress.total_bytes();
        progress_line_ui(ui, 280.0, (total > 0).then(|| progress.fraction() as f32));
        ui.add_space(theme::GAP);
        let text = if total > 0 {
            format!("{} of {}", text::bytes(progress.done_bytes()), text::bytes(total))
        } else {
            String::new()
        };
        ui.label(RichText::new(text).font(theme::mono_small()).color(theme::tokens(ui).text_quiet));
        ui.add_space(theme::GAP);
        // Of a program in a debugger it takes a moment: it is left as it was first.
        let is_ending = progress.is_cancelled();
        let text = if is_ending { "Ending…" } else { "Cancel" };
        if ui.add_enabled(!is_ending, Button::new(text)).clicked() {
            commands.send(Command::CancelLoad(source.clone()));
        }
    });
}

/// Why a file is not shown, and what can be done.
pub fn missing_ui(ui: &mut Ui, source: &Source, reason: &str, commands: &CommandSender) {
    let heading = format!("{} cannot be shown", source.name());
    choice_ui(ui, (&heading, reason), ("Try again", 248.0), commands);
}

/// Asks whether a program in a debugger is to be read, after it was said what that costs.
pub fn asking_ui(ui: &mut Ui, source: &Source, commands: &CommandSender) {
    let (heading, read) = match awaited_line(source) {
        Some(location) => (format!("Wait until {location} is reached?"), "Set breakpoint"),
        None => (format!("Read the goroutines of {}?", source.name()), "Read goroutines"),
    };
    let cost = if let Source::File(path) = source { cost(path) } else { "" };
    choice_ui(ui, (&heading, cost), (read, 334.0), commands);
}

/// The line or function that a program in a debugger is to reach, without its folder.
fn awaited_line(source: &Source) -> Option<&str> {
    let Source::File(path) = source else { return None };
    let (_, location) = split_breakpoint(path.to_str()?);
    location?.rsplit(['/', '\\']).next()
}

/// A heading, a sentence, and what can be done: a button that reads the file, and others. All buttons take this width.
fn choice_ui(
    ui: &mut Ui,
    (heading, sentence): (&str, &str),
    (read, width): (&str, f32),
    commands: &CommandSender,
) {
    middle_ui(ui, |ui| {
        ui.set_max_width(560.0);
        heading_ui(ui, heading);
        ui.add_space(theme::GAP);
        let sentence = RichText::new(format!("{sentence}.")).color(theme::tokens(ui).text_quiet);
        ui.add(Label::new(sentence).wrap().selectable(true));
        ui.add_space(theme::MARGIN);
        let buttons = vec2(width, theme::CONTROL_HEIGHT);
        ui.allocate_ui_with_layout(buttons, Layout::left_to_right(Align::Center), |ui| {
            for (text, command) in [
                (read, Command::Reload),
                ("Open another…", Command::Open),
                ("Close tab", Command::CloseActiveTab),
            ] {
                if ui.button(text).clicked() {
                    commands.send(command);
                }
            }
        });
    });
}

/// Asks what to do with files that were dropped on a comparison; returns whether it was answered.
pub fn received_ui(ui: &mut Ui, files: &[Source], commands: &CommandSender) -> bool {
    let mut is_answered = false;
    ui.horizontal_centered(|ui| {
        let text = match files {
            [one] => format!("{}:", one.name()),
            many => format!("{}:", text::counted(many.len(), "file")),
        };
        ui.label(RichText::new(text).color(theme::tokens(ui).text));
        for side in Side::BOTH {
            if ui.button(format!("Add to {}", side.text())).clicked() {
                commands.send(Command::AddRuns(side, files.to_vec()));
                is_answered = true;
            }
        }
        if ui.button("Open in tabs").clicked() {
            files.iter().for_each(|file| commands.send(Command::OpenSource(file.clone())));
            is_answered = true;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            is_answered |= icon_button(ui, Icon::Close, "Do nothing").on_hover_text("Not now").clicked();
        });
    });
    is_answered
}

fn heading_ui(ui: &mut Ui, text: &str) {
    let font = FontId::new(theme::TEXT_HEADING, FontFamily::Proportional);
    ui.label(RichText::new(text).font(font).color(theme::tokens(ui).text));
}

fn middle_ui(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.add_space((ui.available_height() * 0.38 - 40.0).max(theme::SECTION));
    ui.with_layout(Layout::top_down(Align::Center), add);
}

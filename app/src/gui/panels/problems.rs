//! What went wrong, one sentence each, with what to do; at the bottom and never in the way.

use eframe::egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};

use crate::gui::command::{Command, CommandSender};
use crate::gui::command_list::with_key;
use crate::gui::theme;
use crate::gui::widgets::icon::{Icon, icon_button, paint_icon};

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it is about: a file.
    pub about: String,
    /// One sentence.
    pub text: String,
}

/// Shows the problems, the newest on top.
pub fn problems_ui(ui: &mut Ui, problems: &[Problem], commands: &CommandSender) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Problems").strong().color(tokens.text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icon_button(ui, Icon::Close, "Hide problems")
                .on_hover_text(with_key(ui.ctx(), "Hide", &Command::ToggleProblems))
                .clicked()
            {
                commands.send(Command::ToggleProblems);
            }
        });
    });
    if problems.is_empty() {
        ui.label(RichText::new("None.").color(tokens.text_quiet));
    }
    ScrollArea::vertical().id_salt("problems").auto_shrink(false).show(ui, |ui| {
        for (index, problem) in problems.iter().enumerate().rev() {
            problem_ui(ui, index, problem, commands);
        }
    });
}

fn problem_ui(ui: &mut Ui, index: usize, problem: &Problem, commands: &CommandSender) {
    let tokens = theme::tokens(ui);
    ui.horizontal_top(|ui| {
        let (icon, _) = ui.allocate_exact_size(vec2(16.0, 20.0), eframe::egui::Sense::hover());
        paint_icon(ui.painter(), icon.center(), Icon::Warning, tokens.danger);
        let width = ui.available_width() - theme::CONTROL_HEIGHT - theme::GAP;
        ui.allocate_ui(vec2(width, theme::CONTROL_HEIGHT), |ui| {
            ui.set_width(width);
            let text = RichText::new(format!("{}: {}", problem.about, problem.text)).color(tokens.text);
            ui.add_space(3.0);
            ui.add(eframe::egui::Label::new(text).wrap().selectable(true));
        });
        if icon_button(ui, Icon::Close, "Dismiss").on_hover_text("Dismiss").clicked() {
            commands.send(Command::DismissProblem(index));
        }
    });
}

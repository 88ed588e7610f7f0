//! The dialog in which it is said what a breakpoint costs, before one is set: which line, and which debugger.

use std::path::Path;

use eframe::egui::{
    Align, Button, Context, Frame, Id, Key, Label, Layout, Margin, Modal, Modifiers, RichText, TextEdit, Ui,
};

use crate::document::Source;
use crate::gui::command::{Command, CommandSender};
use crate::gui::theme;
use crate::gui::widgets::edged_field_ui;
use crate::live::{BREAK_COST, LiveInput, breakpoint_name, split_breakpoint};
use crate::text::shell_word;

const WIDTH: f32 = 520.0;
/// Debuggers that are offered.
const MAX_OFFERED: usize = 4;

/// The dialog.
#[derive(Clone, Debug)]
pub struct BreakForm {
    location: String,
    debugger: String,
    known: Vec<String>,
    /// Why nothing can be set.
    reason: Option<String>,
    /// Whether it has not been seen yet: the caret goes to what is missing.
    is_new: bool,
}

impl BreakForm {
    /// About this line or function, at one of these debuggers, the first before others.
    pub fn new(location: String, known: Vec<String>) -> Self {
        let debugger = known.first().cloned().unwrap_or_default();
        let known = known.into_iter().skip(1).take(MAX_OFFERED).collect();
        Self { location, debugger, known, reason: None, is_new: true }
    }

    /// `dlv:HOST:PORT` and the line or function.
    fn parts(&self) -> Result<(String, &str), String> {
        let location = self.location.trim();
        if location.is_empty() {
            return Err("name the line or function: FILE:LINE, or as in main.handle".to_owned());
        }
        let (debugger, _) = split_breakpoint(self.debugger.trim());
        if debugger.is_empty() {
            return Err("no debugger is named: give its address, dlv:HOST:PORT".to_owned());
        }
        let debugger = match debugger.strip_prefix("dlv:") {
            Some(_) => debugger.to_owned(),
            None => format!("dlv:{debugger}"),
        };
        // Without a line: its `:` makes a name of what is none.
        match LiveInput::of(Path::new(&debugger)) {
            Some(Ok(_)) => Ok((debugger, location)),
            Some(Err(reason)) => Err(reason),
            None => Err(format!("{debugger}: no address; give dlv:HOST:PORT")),
        }
    }

    fn source(&self) -> Result<Source, String> {
        let (debugger, location) = self.parts()?;
        let name = breakpoint_name(&debugger, location);
        match LiveInput::of(Path::new(&name)) {
            Some(Ok(_)) => Ok(Source::File(name.into())),
            Some(Err(reason)) => Err(reason),
            None => Err(format!("{name} is the name of a file")),
        }
    }

    /// The command line that does the same; of a debugger that is not known, with a word for it.
    fn command(&self) -> String {
        let (debugger, location) = match self.parts() {
            Ok((debugger, location)) => (debugger, location),
            Err(_) => ("dlv:HOST:PORT".to_owned(), self.location.trim()),
        };
        format!("goscope goroutines {} --break {}", shell_word(&debugger), shell_word(location))
    }
}

/// Shows the dialog; returns whether it stays open.
pub fn break_form_ui(ctx: &Context, form: &mut BreakForm, commands: &CommandSender) -> bool {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(12));
    let veil = theme::veil(&ctx.global_style().visuals);
    let modal = Modal::new(Id::unique("break")).frame(frame).backdrop_color(veil);
    let response = modal.show(ctx, |ui| {
        ui.set_width(WIDTH);
        let tokens = theme::tokens(ui);
        ui.label(RichText::new("Break at a line of a running program").strong().color(tokens.text));
        ui.add_space(theme::GRID);
        let is_entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        fields_ui(ui, form);
        if let Some(reason) = &form.reason {
            ui.add_space(theme::GRID);
            ui.add(Label::new(RichText::new(reason).color(tokens.danger)).wrap());
        }
        ui.add_space(theme::GAP);
        let cost = RichText::new(format!("{BREAK_COST}.")).color(tokens.text);
        ui.add(Label::new(cost).wrap());
        ui.add_space(theme::GRID);
        let hint = "No debugger yet? dlv attach PID --headless --accept-multiclient --continue --api-version=2 \
                    --listen=127.0.0.1:4000. Anyone who reaches its port can do anything to the program.";
        let hint = RichText::new(hint).font(theme::small()).color(tokens.text_quiet);
        ui.add(Label::new(hint).wrap().selectable(true));
        ui.add_space(theme::GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| buttons_ui(ui, form, is_entered, commands))
            .inner
    });
    !(response.inner || response.should_close())
}

fn fields_ui(ui: &mut Ui, form: &mut BreakForm) {
    let tokens = theme::tokens(ui);
    let is_new = std::mem::take(&mut form.is_new);
    let label = ui.label("Line or function");
    let edit = TextEdit::singleline(&mut form.location).font(theme::mono());
    let hint = RichText::new("cart.go:88, or main.(*Cart).Add").color(tokens.text_faint);
    let location =
        edged_field_ui(ui, edit.hint_text(hint).desired_width(f32::INFINITY)).labelled_by(label.id);
    ui.add_space(theme::GAP);
    let label = ui.label("Debugger");
    let edit = TextEdit::singleline(&mut form.debugger).font(theme::mono());
    let hint = RichText::new("dlv:localhost:4000").color(tokens.text_faint);
    let debugger =
        edged_field_ui(ui, edit.hint_text(hint).desired_width(f32::INFINITY)).labelled_by(label.id);
    if is_new {
        let missing = if form.location.is_empty() { location } else { debugger };
        missing.request_focus();
    }
    if form.known.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for name in form.known.clone() {
            if ui.small_button(&name).clicked() {
                form.debugger = name;
            }
        }
    });
}

/// Returns whether the dialog is done.
fn buttons_ui(ui: &mut Ui, form: &mut BreakForm, is_entered: bool, commands: &CommandSender) -> bool {
    let tokens = theme::tokens(ui);
    let button = Button::new(RichText::new("Set breakpoint").color(tokens.on_accent)).fill(tokens.accent);
    if is_entered | ui.add(button).clicked() {
        match form.source() {
            Ok(source) => {
                commands.send(Command::BreakAt(source));
                return true;
            }
            Err(reason) => form.reason = Some(reason),
        }
    }
    let is_canceled = ui.button("Cancel").clicked();
    let copy = ui.button("Copy as command");
    if copy.on_hover_text("Copies the command that does the same in a terminal").clicked() {
        commands.send(Command::CopyText(form.command()));
    }
    is_canceled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_name_and_a_command() {
        let said = |location: &str, debugger: &str| {
            let form = BreakForm::new(location.to_owned(), vec![debugger.to_owned()]);
            let source = match form.source() {
                Ok(Source::File(path)) => path.display().to_string(),
                Ok(other) => format!("{other:?}"),
                Err(reason) => reason,
            };
            format!("{source}\n  {}\n", form.command())
        };
        let all = [
            said("/src/a b/main.go:12", "dlv:localhost:4000"),
            said("main.handle", "localhost:4000"),
            said("main.go:1", "dlv:h:1@other.go:2"),
            said("main.go:1", ""),
            said(" ", "dlv:h:1"),
        ];
        insta::assert_snapshot!(all.concat(), @r"
        dlv:localhost:4000@/src/a b/main.go:12
          goscope goroutines dlv:localhost:4000 --break '/src/a b/main.go:12'
        dlv:localhost:4000@main.handle
          goscope goroutines dlv:localhost:4000 --break main.handle
        dlv:h:1@main.go:1
          goscope goroutines dlv:h:1 --break main.go:1
        no debugger is named: give its address, dlv:HOST:PORT
          goscope goroutines dlv:HOST:PORT --break main.go:1
        name the line or function: FILE:LINE, or as in main.handle
          goscope goroutines dlv:HOST:PORT --break ''
        ");
    }
}

//! Capturing from a running program: the dialog that asks for it, and the line while it runs.

use std::path::PathBuf;

use eframe::egui::{
    Align, Button, Context, DragValue, Frame, Id, Key, Label, Layout, Margin, Modal, Modifiers, Panel,
    RichText, TextEdit, Ui,
};

use crate::capture::wish::{What, Wish};
use crate::gui::command::{Command, CommandSender};
use crate::gui::preferences::CaptureChoices;
use crate::gui::theme;
use crate::gui::widgets::progress_line::progress_line_ui;
use crate::gui::widgets::segmented::choice_ui;
use crate::gui::widgets::{bar_inside_ui, edged_field_ui};

const WIDTH: f32 = 520.0;
/// Programs that are offered again.
const MAX_OFFERED: usize = 4;

/// The dialog.
#[derive(Clone, Debug)]
pub struct CaptureForm {
    target: String,
    what: What,
    seconds: u32,
    folder: String,
    known: Vec<String>,
    /// Why it cannot begin.
    reason: Option<String>,
    /// Whether it has not been seen yet: the caret goes to the program.
    is_new: bool,
}

impl CaptureForm {
    /// As it was filled in the last time.
    pub fn new(choices: &CaptureChoices) -> Self {
        Self {
            target: choices.targets.first().cloned().unwrap_or_default(),
            what: choices.what,
            seconds: choices.seconds(),
            folder: choices.folder().display().to_string(),
            known: choices.targets.iter().skip(1).take(MAX_OFFERED).cloned().collect(),
            reason: None,
            is_new: true,
        }
    }

    fn wish(&self) -> Wish {
        let folder = PathBuf::from(self.folder.trim());
        Wish { target: self.target.trim().to_owned(), what: self.what, seconds: self.seconds, folder }
    }
}

/// Shows the dialog; returns whether it stays open.
pub fn capture_form_ui(ctx: &Context, form: &mut CaptureForm, commands: &CommandSender) -> bool {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(12));
    let veil = theme::veil(&ctx.global_style().visuals);
    let modal = Modal::new(Id::unique("capture")).frame(frame).backdrop_color(veil);
    let response = modal.show(ctx, |ui| {
        ui.set_width(WIDTH);
        let tokens = theme::tokens(ui);
        ui.label(RichText::new("Capture from a running program").strong().color(tokens.text));
        ui.add_space(theme::GRID);
        let is_entered = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
        target_ui(ui, form);
        ui.add_space(theme::GAP);
        let names = What::ALL.map(|what| what.text().to_owned());
        let shown = What::ALL.iter().position(|what| *what == form.what).unwrap_or(0);
        if let Some(index) = choice_ui(ui, "What to capture", &names, shown) {
            form.what = What::ALL[index];
        }
        ui.label(RichText::new(about(form.what)).font(theme::small()).color(tokens.text_quiet));
        ui.add_space(theme::GAP);
        ui.add_enabled_ui(form.what.takes_time(), |ui| {
            ui.horizontal(|ui| {
                let label = ui.label("Seconds");
                ui.add(DragValue::new(&mut form.seconds).range(1..=600)).labelled_by(label.id);
            });
        });
        ui.add_space(theme::GAP);
        let label = ui.label("Folder for the files");
        let folder = TextEdit::singleline(&mut form.folder).desired_width(f32::INFINITY);
        edged_field_ui(ui, folder).labelled_by(label.id);
        if let Some(reason) = &form.reason {
            ui.add_space(theme::GRID);
            ui.add(Label::new(RichText::new(reason).color(tokens.danger)).wrap());
        }
        ui.add_space(theme::GAP);
        let hint = "The program needs import _ \"net/http/pprof\" and a server. Logins, certificates, several programs at once: \
                    goscope capture on the command line.";
        ui.add(Label::new(RichText::new(hint).font(theme::small()).color(tokens.text_faint)).wrap());
        ui.add_space(theme::GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let button = Button::new(RichText::new("Capture").color(tokens.on_accent)).fill(tokens.accent);
            if is_entered | ui.add(button).clicked() {
                return begin(form, commands);
            }
            ui.button("Cancel").clicked()
        })
        .inner
    });
    !(response.inner || response.should_close())
}

/// Begins the capture if it can begin.
fn begin(form: &mut CaptureForm, commands: &CommandSender) -> bool {
    let wish = form.wish();
    match wish.request() {
        Ok(_) => {
            commands.send(Command::StartCapture(Box::new(wish)));
            true
        }
        Err(reason) => {
            form.reason = Some(reason);
            false
        }
    }
}

fn target_ui(ui: &mut Ui, form: &mut CaptureForm) {
    let tokens = theme::tokens(ui);
    let hint = RichText::new("localhost:6060, https://HOST/debug/pprof/heap, unix:/run/shop.sock");
    let edit = TextEdit::singleline(&mut form.target).hint_text(hint.color(tokens.text_faint));
    let field = edged_field_ui(ui, edit.desired_width(f32::INFINITY)).accessible_name("Program");
    if std::mem::take(&mut form.is_new) {
        field.request_focus();
    }
    if form.known.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for target in form.known.clone() {
            if ui.small_button(&target).clicked() {
                form.target = target;
            }
        }
    });
}

const fn about(what: What) -> &'static str {
    match what {
        What::Bundle => {
            "CPU profile and trace at the same time; heap, goroutines and locks before and after. The program runs some percent slower."
        }
        What::Cpu => "Where CPU time goes: 100 samples a second, about 1% slower meanwhile",
        What::Heap => "What is in use and what was allocated; costs milliseconds",
        What::Goroutines => "Where all goroutines are; the program stands still for milliseconds",
        What::Trace => "All that happens: 2 to 20 MB a second of a busy server",
        What::Mutex => "Who waits for locks, if the program samples that (runtime.SetMutexProfileFraction)",
    }
}

/// The line while a capture runs.
pub fn capture_band_ui(ui: &mut Ui, line: &str, commands: &CommandSender) {
    let tokens = theme::tokens(ui);
    let frame = Frame::new().fill(tokens.accent_soft).inner_margin(Margin::symmetric(12, 0));
    let panel = Panel::top("capture").resizable(false).exact_size(theme::TOOL_BAR_HEIGHT).frame(frame);
    panel.show(ui, |ui| {
        let left = |ui: &mut Ui| {
            progress_line_ui(ui, 48.0, None);
            ui.add(Label::new(RichText::new(line).color(tokens.text)).truncate()).on_hover_text(line);
        };
        let right = |ui: &mut Ui| {
            let stop = ui.add(Button::new("Stop").frame_when_inactive(false));
            if stop.on_hover_text("Ends the capture and keeps what is whole").clicked() {
                commands.send(Command::StopCapture);
            }
        };
        bar_inside_ui(ui, ui.max_rect(), left, right);
    });
}

//! The dialog in which a note is written.

use eframe::egui::{
    Align, Button, Context, Frame, Id, Key, Layout, Margin, Modal, Modifiers, RichText, TextEdit,
};

use crate::gui::command::{Command, CommandSender};
use crate::gui::theme;
use crate::session::note::{Note, NoteOn};

const WIDTH: f32 = 420.0;

/// A note that is being written.
#[derive(Clone, Debug)]
pub struct NoteEditor {
    on: NoteOn,
    text: String,
    /// Whether there was one before.
    is_old: bool,
}

impl NoteEditor {
    /// An editor of the note about something; `old` is what was written before.
    pub fn new(on: NoteOn, old: Option<&Note>) -> Self {
        Self { on, text: old.map(|note| note.text.clone()).unwrap_or_default(), is_old: old.is_some() }
    }
}

/// Shows the dialog; returns whether it stays open.
pub fn note_editor_ui(ctx: &Context, editor: &mut NoteEditor, commands: &CommandSender) -> bool {
    let frame = Frame::popup(&ctx.global_style()).inner_margin(Margin::same(12));
    let veil = theme::veil(&ctx.global_style().visuals);
    let modal = Modal::new(Id::unique("note editor")).frame(frame).backdrop_color(veil);
    let response = modal.show(ctx, |ui| {
        ui.set_width(WIDTH);
        let tokens = theme::tokens(ui);
        ui.label(RichText::new(format!("Note: {}", editor.on.title())).strong().color(tokens.text));
        ui.add_space(theme::GRID);
        // Before the field gets it: a new line has Enter alone.
        let is_entered = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
        let hint = RichText::new("What is it about? Empty: a pin").color(tokens.text_faint);
        let edit = TextEdit::multiline(&mut editor.text).hint_text(hint).desired_rows(4);
        let field = ui.add(edit.desired_width(f32::INFINITY)).accessible_name("Text of the note");
        if !field.has_focus() && !field.lost_focus() {
            field.request_focus();
        }
        ui.add_space(theme::GAP);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let save = Button::new(RichText::new("Save note").color(tokens.on_accent)).fill(tokens.accent);
            let is_saved = is_entered | ui.add(save).on_hover_text("Ctrl+Enter").clicked();
            if is_saved {
                let text = editor.text.trim().to_owned();
                commands.send(Command::SetNote(Note { on: editor.on.clone(), text }));
            }
            let is_removed = editor.is_old && ui.button("Delete note").clicked();
            if is_removed {
                commands.send(Command::RemoveNote(editor.on.clone()));
            }
            is_saved || is_removed || ui.button("Cancel").clicked()
        })
        .inner
    });
    !(response.inner || response.should_close())
}

//! What is typed faster than frames follow. A key that opens a dialog is followed by what belongs into it, and a key that closes
//! one by what does not: where a frame takes long, all of that arrives at once, or before the field has the caret.
//!
//! ```text
//! frame 1   ctrl-K  m m u         the letters would be shortcuts        held
//! frame 2   Enter                 the field asks for the caret          held
//! frame 3   (m m u Enter)         the field has it                      given
//! ```

use eframe::egui::{Context, Event, Id, Key, Memory, Modifiers};

use super::command::Command;
use super::command_list::{LISTED, Listed};

/// Frames in which a field must have asked for the caret; if none has, nothing waits for the text.
const PATIENCE: u8 = 4;

/// Events that wait for their turn.
#[derive(Debug, Default)]
pub(super) struct HeldKeys {
    events: Vec<Event>,
    /// Frames for which they may still wait for a field; 0 if they come in the next frame anyway.
    n_frames: u8,
    /// What had the focus when a field was asked for: it is not that field.
    focus_before: Option<Id>,
}

impl HeldKeys {
    /// A field will ask for the caret in this frame.
    pub(super) fn expect_field(&mut self, ctx: &Context) {
        (self.n_frames, self.focus_before) = (PATIENCE, ctx.memory(Memory::focused));
        // If no field comes, keys must not wait for frames that somebody else asks for.
        ctx.request_repaint();
    }

    /// Sorts the events of a frame, before anything else sees them.
    pub(super) fn begin_frame(&mut self, ctx: &Context, has_dialog: bool) {
        if self.n_frames > 0 && !self.has_new_caret(ctx) {
            self.n_frames -= 1;
            if self.n_frames > 0 {
                self.events.extend(taken_behind(ctx, 0));
                ctx.request_repaint();
                return;
            }
            // No new field came. What was meant for one is no shortcut.
            if !ctx.text_edit_focused() {
                self.events.clear();
            }
        }
        self.n_frames = 0;
        let held = std::mem::take(&mut self.events);
        ctx.input_mut(|input| {
            input.events.splice(0..0, held);
        });
        let opening = if has_dialog { None } else { opening(ctx) };
        let closing = if has_dialog { closing(ctx) } else { None };
        let Some(turn) = opening.or(closing) else { return };
        if opening.is_some() {
            self.expect_field(ctx);
        }
        self.events = taken_behind(ctx, turn + 1);
        if !self.events.is_empty() {
            ctx.request_repaint();
        }
    }

    fn has_new_caret(&self, ctx: &Context) -> bool {
        ctx.text_edit_focused() && ctx.memory(Memory::focused) != self.focus_before
    }
}

/// Takes what was typed from a place among the events on.
fn taken_behind(ctx: &Context, begin: usize) -> Vec<Event> {
    let is_typed = |event: &Event| match event {
        Event::Text(_) | Event::Paste(_) | Event::Copy | Event::Cut => true,
        Event::Key { pressed, .. } => *pressed,
        _ => false,
    };
    ctx.input_mut(|input| {
        let (mut at, mut taken) = (0, Vec::new());
        input.events.retain(|event| {
            let stays = at < begin || !is_typed(event);
            at += 1;
            if !stays {
                taken.push(event.clone());
            }
            stays
        });
        taken
    })
}

/// The first key that opens something one types into. A letter is none where one is typing already.
fn opening(ctx: &Context) -> Option<usize> {
    let is_typing = ctx.text_edit_focused();
    place_of_key(ctx, |key, modifiers| {
        if is_typing && !modifiers.command {
            return false;
        }
        let is_it = |listed: &&Listed| {
            listed.keys.iter().any(|shortcut| {
                shortcut.logical_key == key && modifiers.matches_logically(shortcut.modifiers)
            })
        };
        LISTED.iter().filter(is_it).any(|listed| asks_for_text(&listed.command))
    })
}

/// The first key that closes what one types into.
fn closing(ctx: &Context) -> Option<usize> {
    place_of_key(ctx, |key, _| matches!(key, Key::Enter | Key::Escape))
}

fn place_of_key(ctx: &Context, is_it: impl Fn(Key, Modifiers) -> bool) -> Option<usize> {
    ctx.input(|input| {
        let place = input.events.iter().position(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => is_it(*key, *modifiers),
            _ => false,
        })?;
        // `/` comes as a key and as a text.
        let is_its_text = |event: &Event| matches!(event, Event::Text(text) if text.chars().count() == 1);
        let has_text = input.events.get(place + 1).is_some_and(is_its_text)
            && matches!(&input.events[place], Event::Key { modifiers, .. } if !modifiers.command);
        Some(place + usize::from(has_text))
    })
}

/// Whether a command opens something one types into.
const fn asks_for_text(command: &Command) -> bool {
    matches!(
        command,
        Command::ShowCommandPalette
            | Command::ShowFilePalette
            | Command::ShowNotes
            | Command::CompareWith
            | Command::FindText
            | Command::EditNote(_)
    )
}

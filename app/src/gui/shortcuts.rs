//! From keys to commands, by the one list of commands.

use eframe::egui::{Context, Event, Id, Key, KeyboardShortcut, Modifiers, Popup};

use super::command::{Command, CommandSender};
use super::command_list::LISTED;

/// Sends the commands whose keys were pressed. Letters belong to a text field while one has the caret; Enter and
/// the arrows belong to whatever has the focus, unless that is `canvas`.
pub(super) fn read(ctx: &Context, canvas: Option<Id>, commands: &CommandSender) {
    // An open menu is closed by Escape and walked through by letters and arrows.
    let is_typing = ctx.text_edit_focused() || Popup::is_any_open(ctx);
    let focus = ctx.memory(eframe::egui::Memory::focused);
    let is_focused = focus.is_some() && focus != canvas;
    let mut keys: Vec<(&KeyboardShortcut, &Command)> =
        LISTED.iter().flat_map(|listed| listed.keys.iter().map(move |key| (key, &listed.command))).collect();
    // Ctrl-Z would also take ctrl-shift-Z, so the longer one is asked first.
    keys.sort_by_key(|(key, _)| std::cmp::Reverse(n_modifiers(key.modifiers)));
    for (shortcut, command) in keys {
        let is_letter = !shortcut.modifiers.command && !is_function_key(shortcut.logical_key);
        let is_blocked = (is_typing && is_letter) || (is_focused && moves_focus(shortcut.logical_key));
        if !is_blocked && ctx.input_mut(|input| input.consume_shortcut(shortcut)) {
            commands.send(command.clone());
        }
    }
    if !is_typing {
        read_clipboard_keys(ctx, commands);
    }
}

/// Ctrl-C and ctrl-V reach a window as events of their own, not as keys.
fn read_clipboard_keys(ctx: &Context, commands: &CommandSender) {
    let (is_copy, is_shifted) = ctx.input(|input| {
        (input.events.iter().any(|event| matches!(event, Event::Copy)), input.modifiers.shift)
    });
    for event in ctx.input(|input| input.events.clone()) {
        if let Event::Paste(text) = event {
            commands.send(Command::Paste(text));
        }
    }
    if is_copy {
        commands.send(if is_shifted { Command::CopyStack } else { Command::CopyName });
    }
}

const fn is_function_key(key: Key) -> bool {
    matches!(key, Key::F1)
}

const fn moves_focus(key: Key) -> bool {
    matches!(key, Key::Enter | Key::ArrowUp | Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight)
}

fn n_modifiers(modifiers: Modifiers) -> usize {
    [modifiers.alt, modifiers.ctrl || modifiers.command, modifiers.shift]
        .into_iter()
        .filter(|&is_held| is_held)
        .count()
}

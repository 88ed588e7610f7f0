//! The one list from which menus, command palette, key sheet and keys are made: a command that has a place here has a
//! name, an explanation and perhaps a key.

use eframe::egui::{Context, Key, KeyboardShortcut, Modifiers};

use super::command::{Command, Export, Motion};
use super::view_id::ViewId;
use super::widgets::table_export::{TableTarget, TableWish};
use super::workspace::FilterKind;
use crate::export::table::TableForm;
use crate::query::comparison::Side;

/// The part of the window a command belongs to, in the order menus and key sheet show them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Files and tabs.
    File,
    /// Undo, zoom, selection.
    Navigate,
    /// Search and filters.
    Filter,
    /// How things are shown.
    View,
    /// Palettes and help.
    Help,
}

impl Group {
    /// All groups in order.
    pub const ALL: [Self; 5] = [Self::File, Self::Navigate, Self::Filter, Self::View, Self::Help];

    /// Its name on the window.
    pub const fn text(self) -> &'static str {
        match self {
            Self::File => "File",
            Self::Navigate => "Navigate",
            Self::Filter => "Filter",
            Self::View => "View",
            Self::Help => "Help",
        }
    }
}

/// A command with its name, explanation and keys.
#[derive(Debug)]
pub struct Listed {
    /// What it does.
    pub command: Command,
    /// Where it belongs.
    pub group: Group,
    /// Its name.
    pub text: &'static str,
    /// What it does, in a sentence.
    pub tooltip: &'static str,
    /// Its keys; the first one is shown in menus.
    pub keys: &'static [KeyboardShortcut],
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn listed(
    command: Command,
    group: Group,
    (text, tooltip): (&'static str, &'static str),
    keys: &'static [KeyboardShortcut],
) -> Listed {
    Listed { command, group, text, tooltip, keys }
}

/// A command that exports a table.
const fn table(text: &'static str, form: TableForm, target: TableTarget) -> Listed {
    let command = Command::Export(Export::Table(TableWish { form, target }));
    let tooltip =
        "The first table that is shown, as it is shown; each has this in the menu of its header, too";
    listed(command, Group::File, (text, tooltip), &[])
}

/// Every command that needs no further word, in the order of menus, palette and key sheet.
pub const LISTED: &[Listed] = {
    use Command as C;
    use Group::{File, Filter, Help, Navigate, View};
    &[
        listed(C::Open, File, ("Open…", "Chooses files with the system's dialog"), &[ctrl(Key::O)]),
        listed(
            C::AskCapture,
            File,
            ("Capture from a running program…", "Takes profiles and traces of a server that is running"),
            &[],
        ),
        listed(
            C::AskBreak(String::new()),
            File,
            (
                "Break at a line of a running program…",
                "Shows who reaches a line or function next, with stack and variables, through the debugger delve",
            ),
            &[],
        ),
        listed(
            C::CaptureAgain,
            File,
            (
                "Capture again and compare",
                "Takes what is in front once more from its program, and compares both",
            ),
            &[],
        ),
        listed(C::OpenStore, File, ("Open store…", "A folder or database with many profiles"), &[]),
        listed(C::ShowFilePalette, File, ("Go to file…", "Open, recent and sample files"), &[ctrl(Key::P)]),
        listed(
            C::CompareWith,
            File,
            ("Compare with…", "Chooses a base to compare this profile with"),
            &[ctrl(Key::D)],
        ),
        listed(C::SwapSides, File, ("Swap base and head", "Exchanges the two sides of the comparison"), &[]),
        listed(
            C::PickRuns(Side::Base),
            File,
            ("Add runs to base…", "Chooses further runs of the base of the comparison"),
            &[],
        ),
        listed(
            C::PickRuns(Side::Head),
            File,
            ("Add runs to head…", "Chooses further runs of the head of the comparison"),
            &[],
        ),
        listed(
            C::CopyCommandLine,
            File,
            (
                "Copy as command",
                "Copies the goscope diff that says the same of the comparison; of a file, the command that opens it so",
            ),
            &[],
        ),
        listed(
            C::SaveSession,
            File,
            ("Save session", "What is open and how it is looked at, in a small file"),
            &[ctrl(Key::S)],
        ),
        listed(
            C::SaveSessionAs,
            File,
            ("Save session as…", "The same in another file"),
            &[ctrl_shift(Key::S)],
        ),
        listed(C::Reload, File, ("Reload", "Reads the file again"), &[ctrl(Key::R)]),
        listed(
            C::Export(Export::FlameGraph),
            File,
            ("Export flame graph as SVG…", "As it is filtered now; a browser zooms and searches in it"),
            &[],
        ),
        listed(
            C::Export(Export::Picture(None)),
            File,
            ("Export picture of the window as PNG…", "Each view has this in the menu of its title, too"),
            &[],
        ),
        table("Copy table as CSV", TableForm::Csv, TableTarget::Clipboard),
        table("Copy table as Markdown", TableForm::Markdown, TableTarget::Clipboard),
        table("Save table as CSV…", TableForm::Csv, TableTarget::File),
        table("Save table as Markdown…", TableForm::Markdown, TableTarget::File),
        listed(
            C::Export(Export::Range),
            File,
            ("Export the chosen range as a trace…", "A smaller trace, which go tool trace opens, too"),
            &[],
        ),
        listed(C::ShowStart, File, ("Start screen", "Recent files and samples"), &[ctrl(Key::T)]),
        listed(C::NextTab, File, ("Next tab", "To the right"), &[ctrl(Key::Tab), ctrl(Key::PageDown)]),
        listed(
            C::PreviousTab,
            File,
            ("Previous tab", "To the left"),
            &[ctrl_shift(Key::Tab), ctrl(Key::PageUp)],
        ),
        listed(C::CloseActiveTab, File, ("Close tab", "Closes the tab in front"), &[ctrl(Key::W)]),
        listed(C::Quit, File, ("Quit", "Closes the window"), &[ctrl(Key::Q)]),
        listed(C::Undo, Navigate, ("Undo", "One step back: zoom, selection, filters"), &[ctrl(Key::Z)]),
        listed(C::Redo, Navigate, ("Redo", "One step forward again"), &[ctrl_shift(Key::Z), ctrl(Key::Y)]),
        listed(
            C::ResetZoom,
            Navigate,
            ("Show all", "All of the flame graph, and all of the time of a trace"),
            &[key(Key::Home), key(Key::Num0)],
        ),
        listed(
            C::Move(Motion::FitSelection),
            Navigate,
            ("Fit selection", "Gives the selected box the full width"),
            &[key(Key::F)],
        ),
        listed(C::Move(Motion::ZoomIn), Navigate, ("Zoom in", "Also ctrl-wheel"), &[key(Key::W)]),
        listed(C::Move(Motion::ZoomOut), Navigate, ("Zoom out", "Also ctrl-wheel"), &[key(Key::S)]),
        listed(C::Move(Motion::PanLeft), Navigate, ("Pan left", "Also by dragging"), &[key(Key::A)]),
        listed(C::Move(Motion::PanRight), Navigate, ("Pan right", "Also by dragging"), &[key(Key::D)]),
        listed(
            C::Move(Motion::SelectParent),
            Navigate,
            ("Select caller", "The box that calls the selected one"),
            &[key(Key::ArrowUp)],
        ),
        listed(
            C::Move(Motion::SelectChild),
            Navigate,
            ("Select widest callee", "The widest box below the selected one"),
            &[key(Key::ArrowDown)],
        ),
        listed(
            C::Move(Motion::SelectLeft),
            Navigate,
            ("Select left neighbor", "The box to the left of the selected one"),
            &[key(Key::ArrowLeft)],
        ),
        listed(
            C::Move(Motion::SelectRight),
            Navigate,
            ("Select right neighbor", "The box to the right of the selected one"),
            &[key(Key::ArrowRight)],
        ),
        listed(
            C::JumpToUnblocker,
            Navigate,
            ("Go to unblocker", "From the selected span of a trace to the goroutine that unblocked it"),
            &[key(Key::U)],
        ),
        listed(
            C::Move(Motion::ToggleLane),
            View,
            (
                "Unfold lane",
                "CPU samples, regions and logs of the lane under the pointer or the selected one",
            ),
            &[key(Key::E)],
        ),
        listed(
            C::ToggleGcOverlay,
            View,
            ("GC overlay", "Shows or hides GC cycles and stop-the-world pauses across all lanes of a trace"),
            &[key(Key::G)],
        ),
        listed(
            C::ToggleLaneHighlight,
            Filter,
            ("Highlight lanes", "Dims lanes that do not match the filter instead of hiding them"),
            &[],
        ),
        listed(
            C::ToggleIdle,
            Filter,
            (
                "Idle goroutines",
                "Leaves goroutines that only waited out of flame graph and breakdown, or shows them",
            ),
            &[],
        ),
        listed(C::ShowTime(None), Navigate, ("Whole trace", "Shows the whole time of a trace"), &[]),
        listed(
            C::FindText,
            Filter,
            ("Search", "By text or regular expression"),
            &[key(Key::Slash), ctrl(Key::F)],
        ),
        listed(
            C::Move(Motion::NextMatch),
            Filter,
            ("Next match", "To the next box the search found"),
            &[key(Key::Enter), key(Key::N)],
        ),
        listed(
            C::Move(Motion::PreviousMatch),
            Filter,
            ("Previous match", "To the previous box the search found"),
            &[shift(Key::Enter), shift(Key::N)],
        ),
        listed(C::Escape, Filter, ("Clear", "Clears the search, then the selection"), &[key(Key::Escape)]),
        listed(
            C::FilterSelection(FilterKind::Focus),
            Filter,
            ("Focus on selection", "Keeps samples that pass through the selected function"),
            &[],
        ),
        listed(
            C::FilterSelection(FilterKind::Ignore),
            Filter,
            ("Ignore selection", "Drops samples that pass through the selected function"),
            &[],
        ),
        listed(
            C::FilterSelection(FilterKind::Hide),
            Filter,
            ("Hide selection", "Removes the selected function; its value goes to the caller"),
            &[],
        ),
        listed(
            C::FilterSelection(FilterKind::ShowFrom),
            Filter,
            ("Show from selection", "Removes all frames above the selected function"),
            &[],
        ),
        listed(
            C::EditNote(None),
            Navigate,
            ("Add note…", "Writes a note about what is selected: it is marked, and kept in the session"),
            &[key(Key::M)],
        ),
        listed(C::ShowNotes, Navigate, ("Notes…", "All notes on what is in front"), &[ctrl_shift(Key::M)]),
        listed(C::ClearChips, Filter, ("Remove all filters", "Shows the whole profile again"), &[]),
        listed(
            C::NextSampleType,
            View,
            ("Next sample type", "For example from samples to cpu"),
            &[key(Key::T)],
        ),
        listed(
            C::ToggleDirection,
            View,
            ("Invert", "Leaves at the root, callers above: where the cost comes from"),
            &[key(Key::I)],
        ),
        listed(
            C::ToggleAround,
            View,
            ("Sandwich", "Who calls the selected function, above it; whom it calls, below"),
            &[key(Key::B)],
        ),
        listed(
            C::ToggleOrientation,
            View,
            ("Icicle or flame", "Root on top or at the bottom"),
            &[key(Key::O)],
        ),
        listed(
            C::ToggleFolding,
            View,
            ("Fold chains", "Frames that pass on all they get as one row, or a row for each"),
            &[key(Key::C)],
        ),
        listed(C::ToggleTable, View, ("Table", "Shows or hides the table"), &[ctrl(Key::J)]),
        listed(
            C::ToggleView(ViewId::Details),
            View,
            ("Details", "Shows or hides the details"),
            &[ctrl(Key::B)],
        ),
        listed(
            C::ToggleView(ViewId::FlameGraph),
            View,
            ("Flame graph", "Shows or hides the flame graph"),
            &[],
        ),
        listed(
            C::ToggleView(ViewId::Source),
            View,
            ("Source", "Shows or hides the source of the selected function"),
            &[ctrl(Key::E)],
        ),
        listed(
            C::ToggleView(ViewId::CallGraph),
            View,
            ("Call graph", "Shows or hides the call graph"),
            &[ctrl(Key::G)],
        ),
        listed(
            C::ToggleView(ViewId::Labels),
            View,
            ("Labels", "Shows or hides what each label accounts for"),
            &[],
        ),
        listed(C::ResetLayout, View, ("Reset layout", "Puts all views back in their places"), &[]),
        listed(C::ToggleProblems, View, ("Problems", "Shows or hides the list of problems"), &[ctrl(Key::M)]),
        listed(C::ToggleTheme, View, ("Light or dark", "Switches the theme"), &[ctrl(Key::L)]),
        listed(C::ToggleMotion, View, ("Motion", "Has menus and scrolling move, or not"), &[]),
        listed(C::CopyName, View, ("Copy name", "Copies the name of the selected frame"), &[ctrl(Key::C)]),
        listed(
            C::CopyStack,
            View,
            ("Copy stack", "Copies the stack of the selected frame"),
            &[ctrl_shift(Key::C)],
        ),
        listed(
            C::ShowCommandPalette,
            Help,
            ("Command palette…", "All commands by name"),
            &[ctrl_shift(Key::P), ctrl(Key::K)],
        ),
        listed(
            C::ShowKeySheet,
            Help,
            ("Keys…", "All keyboard shortcuts"),
            &[key(Key::Questionmark), key(Key::F1)],
        ),
    ]
};

/// A name with the first key of a command, for tooltips: `Undo (Ctrl+Z)`.
pub fn with_key(ctx: &Context, name: &str, command: &Command) -> String {
    let listed = LISTED.iter().find(|listed| listed.command == *command);
    match listed.and_then(|listed| listed.keys.first()) {
        Some(key) => format!("{name} ({})", key_text(ctx, key)),
        None => name.to_owned(),
    }
}

/// A key as it is written on keyboards.
pub fn key_text(ctx: &Context, shortcut: &KeyboardShortcut) -> String {
    let sign = match shortcut.logical_key {
        Key::Slash => "/",
        Key::Questionmark => "?",
        Key::Escape => "Esc",
        _ => return ctx.format_shortcut(shortcut),
    };
    match ctx.format_modifiers(shortcut.modifiers) {
        modifiers if modifiers.is_empty() => sign.to_owned(),
        modifiers => format!("{modifiers}+{sign}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_a_key() {
        for (index, one) in LISTED.iter().enumerate() {
            for other in &LISTED[index + 1..] {
                for shortcut in one.keys {
                    assert!(!other.keys.contains(shortcut), "{} and {}", one.text, other.text);
                }
            }
        }
    }

    #[test]
    fn every_listed_command_has_its_own_name() {
        for (index, one) in LISTED.iter().enumerate() {
            assert!(LISTED[index + 1..].iter().all(|other| other.text != one.text), "{}", one.text);
        }
    }
}

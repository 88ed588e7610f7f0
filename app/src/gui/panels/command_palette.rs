//! The dialogs that find things by name: commands, files, and a base to compare with.

use eframe::egui::Context;

use crate::document::Source;
use crate::gui::command::{Command, CommandSender};
use crate::gui::command_list::{LISTED, key_text};
use crate::gui::update::Dialog;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::picker::{Entry, Picked, PickerState, picker_ui};
use crate::gui::workspace::{Content, Workspace};
use crate::samples::{SAMPLES, TRACES};

/// Shows the dialog; returns whether it stays open.
pub fn palette_ui(
    ctx: &Context,
    dialog: Dialog,
    state: &mut PickerState,
    (workspace, recent): (&Workspace, &[Source]),
    commands: &CommandSender,
) -> bool {
    let (name, hint, offers) = match dialog {
        Dialog::Commands => ("Command palette", "Type a command", command_offers(ctx, workspace)),
        Dialog::Files => {
            ("Go to file", "Type a file name", file_offers(workspace, recent, Command::OpenSource))
        }
        Dialog::CompareWith => ("Compare with", "Type the name of the base", base_offers(workspace, recent)),
        Dialog::Keys => return false,
    };
    let entries: Vec<Entry> = offers.iter().map(|(entry, _)| entry.clone()).collect();
    match picker_ui(ctx, name, hint, &entries, state) {
        None => true,
        Some(Picked::Nothing) => false,
        Some(Picked::Entry(index)) => {
            commands.send(offers[index].1.clone());
            false
        }
    }
}

/// What is listed, and the views of the tab in front by their names.
fn command_offers(ctx: &Context, workspace: &Workspace) -> Vec<(Entry, Command)> {
    let of = |listed: &crate::gui::command_list::Listed| {
        let entry = Entry {
            text: listed.text.to_owned(),
            hint: listed.tooltip.to_owned(),
            tag: listed.keys.first().map(|key| key_text(ctx, key)).unwrap_or_default(),
        };
        (entry, listed.command.clone())
    };
    let kind = workspace.active_tab().map(|tab| tab.content.kind());
    let is_here = |view: &ViewId| kind.is_some_and(|kind| view.shows(kind));
    let views = ViewId::ALL.iter().copied().filter(is_here).map(|view| {
        let hint = "Brings this view to the front".to_owned();
        let entry = Entry { text: format!("View: {}", view.title()), hint, tag: String::new() };
        (entry, Command::ShowView(view))
    });
    LISTED.iter().map(of).chain(views).collect()
}

/// Open files first, then recent ones, then samples; each once.
fn file_offers(
    workspace: &Workspace,
    recent: &[Source],
    command: impl Fn(Source) -> Command,
) -> Vec<(Entry, Command)> {
    let open =
        workspace.tabs.iter().flat_map(|tab| tab.content.sources()).map(|source| (source.clone(), "open"));
    let recent = recent.iter().map(|source| (source.clone(), "recent"));
    let samples =
        SAMPLES.iter().chain(TRACES).map(|sample| (Source::Sample(sample.name.to_owned()), "sample"));
    let mut offers: Vec<(Entry, Command)> = Vec::new();
    let mut seen: Vec<Source> = Vec::new();
    for (source, tag) in open.chain(recent).chain(samples) {
        if seen.contains(&source) {
            continue;
        }
        let entry = Entry { text: source.name(), hint: source.folder(), tag: tag.to_owned() };
        offers.push((entry, command(source.clone())));
        seen.push(source);
    }
    offers
}

/// Files that the profile in front can be compared with.
fn base_offers(workspace: &Workspace, recent: &[Source]) -> Vec<(Entry, Command)> {
    let head = match workspace.active_tab().map(|tab| &tab.content) {
        Some(Content::Profile(source) | Content::Trace(source)) => source.clone(),
        Some(Content::Diff { head, .. }) => head.clone(),
        None => return Vec::new(),
    };
    let compare = |base: Source| Command::Compare(base, head.clone());
    let mut offers = file_offers(workspace, recent, compare);
    let itself = Command::Compare(head.clone(), head.clone());
    offers.retain(|(_, command)| *command != itself);
    offers
}

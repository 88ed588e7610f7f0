//! The dialogs that find things by name: commands with what stands out in a trace, files, and a base to compare with.

use std::sync::Arc;

use eframe::egui::Context;

use crate::document::Source;
use crate::gui::command::{Command, CommandSender};
use crate::gui::command_list::{LISTED, key_text};
use crate::gui::parts::sentence::follow_headline;
use crate::gui::update::Dialog;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::picker::{Entry, Picked, PickerState, picker_ui};
use crate::gui::workspace::{Content, ContentKind, Workspace};
use crate::query::trace::answers::finding_headlines::FindingHeadlinesQuery;
use crate::query::trace::answers::findings::Severity;
use crate::query::trace::answers::headlines::Headline;
use crate::query::trace::answers::kind::AnswerKind;
use crate::samples::{SAMPLES, TRACES};

/// Shows the dialog; `front` is the tab in front, once it is loaded. Returns whether it stays open.
pub fn palette_ui(
    ctx: &Context,
    dialog: Dialog,
    state: &mut PickerState,
    (workspace, recent): (&Workspace, &[Source]),
    front: Option<&ViewContext<'_>>,
    commands: &CommandSender,
) -> bool {
    let findings = front.filter(|_| dialog == Dialog::Commands).and_then(findings).unwrap_or_default();
    let (name, hint, offers) = match dialog {
        Dialog::Commands => ("Command palette", "Type a command or a view", command_offers(ctx, workspace)),
        Dialog::Files => {
            ("Go to file", "Type a file name", file_offers(workspace, recent, Command::OpenSource))
        }
        Dialog::CompareWith => ("Compare with", "Type the name of the base", base_offers(workspace, recent)),
        Dialog::Keys => return false,
    };
    let hint = if findings.is_empty() { hint } else { "Type a command, a view or what was found" };
    let entries: Vec<Entry> =
        findings.iter().map(finding_entry).chain(offers.iter().map(|(entry, _)| entry.clone())).collect();
    let index = match picker_ui(ctx, name, hint, &entries, state) {
        None => return true,
        Some(Picked::Nothing) => return false,
        Some(Picked::Entry(index)) => index,
    };
    match (index.checked_sub(findings.len()), front) {
        (Some(index), _) => commands.send(offers[index].1.clone()),
        (None, Some(front)) => show_finding(front, &findings[index]),
        (None, None) => {}
    }
    false
}

/// What stands out in a trace; `None` if a profile is in front, or nothing was found yet.
fn findings(front: &ViewContext<'_>) -> Option<Arc<Vec<Headline>>> {
    let is_trace = matches!(front.tab.content, Content::Trace(_));
    is_trace.then(|| front.ask("palette findings", &FindingHeadlinesQuery).answer)?
}

/// The sentence, found by its words and by `finding` as well.
fn finding_entry(headline: &Headline) -> Entry {
    let severity = headline.severity.map_or("", Severity::name);
    Entry {
        text: headline.sentence.text(),
        hint: format!("finding {}", headline.name),
        tag: severity.to_owned(),
    }
}

/// Says it in the band over the trace, and shows what it rests on.
fn show_finding(front: &ViewContext<'_>, headline: &Headline) {
    front.send(Command::ShowHeadline(headline.name.clone()));
    follow_headline(front, headline);
}

/// What is listed, and the views and answers of the tab in front by their names.
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
    let answers = AnswerKind::ALL.into_iter().filter(|_| kind == Some(ContentKind::Trace)).map(|answer| {
        let hint = answer.about().to_owned();
        let entry = Entry { text: format!("Answer: {}", answer.text()), hint, tag: String::new() };
        (entry, Command::ChooseAnswer(answer))
    });
    LISTED.iter().map(of).chain(views).chain(answers).collect()
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
        Some(Content::Diff(comparison)) => match &*comparison.head {
            [head] => head.clone(),
            _ => return Vec::new(),
        },
        None => return Vec::new(),
    };
    let compare = |base: Source| Command::Compare(base, head.clone());
    let mut offers = file_offers(workspace, recent, compare);
    let itself = Command::Compare(head.clone(), head.clone());
    offers.retain(|(_, command)| *command != itself);
    offers
}

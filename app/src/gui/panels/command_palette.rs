//! The dialogs that find things by name: commands with what stands out in a trace, files, and a base to compare with.

use std::path::{Path, is_separator};
use std::sync::Arc;

use eframe::egui::Context;
use goscope_store::{MARKER, Place};

use crate::document::Source;
use crate::gui::command::{Command, CommandSender};
use crate::gui::command_list::{LISTED, key_text};
use crate::gui::parts::notes::follow_note;
use crate::gui::parts::sentence::{follow_headline, short_text};
use crate::gui::update::Dialog;
use crate::gui::view::ViewContext;
use crate::gui::view_id::ViewId;
use crate::gui::widgets::picker::{Entry, Picked, PickerState, picker_ui};
use crate::gui::workspace::{Content, ContentKind, Workspace};
use crate::query::comparison::Side;
use crate::query::trace::answers::finding_headlines::FindingHeadlinesQuery;
use crate::query::trace::answers::findings::Severity;
use crate::query::trace::answers::headlines::Headline;
use crate::query::trace::answers::kind::AnswerKind;
use crate::samples::{SAMPLES, TRACES};
use crate::session::format::{EXTENSION, is_session_name};
use crate::session::note::Note;
use crate::source::folder::Folder;
use crate::source::typed::expanded;

/// Shows the dialog; `front` is the tab in front, once it is loaded. Returns whether it stays open.
pub fn palette_ui(
    ctx: &Context,
    dialog: Dialog,
    state: &mut PickerState,
    (workspace, recent): (&Workspace, &[Source]),
    (front, folder): (Option<&ViewContext<'_>>, Option<&Folder>),
    commands: &CommandSender,
) -> bool {
    let findings = front.filter(|_| dialog == Dialog::Commands).and_then(findings).unwrap_or_default();
    let files =
        |text: &str, folder: Option<&Folder>, command: &dyn Fn(Source) -> Command| match typed_folder(text) {
            Some(_) => path_offers(text, folder, command),
            None => file_offers(workspace, recent, command),
        };
    let notes = front.filter(|_| matches!(dialog, Dialog::Commands | Dialog::Notes));
    let notes = notes.map(|front| front.lens().notes.as_slice()).unwrap_or_default();
    let (name, hint, offers) = match dialog {
        Dialog::Notes => ("Notes", "Type what was written, or what it is about", Vec::new()),
        Dialog::Commands => ("Command palette", "Type a command or a view", command_offers(ctx, workspace)),
        Dialog::Files => ("Go to file", FILE_HINT, files(&state.text, folder, &Command::OpenSource)),
        Dialog::Store => ("Open store", STORE_HINT, store_offers(&state.text, folder, recent)),
        Dialog::AddRuns(side) => {
            let name = if side == Side::Base { "Add a run to the base" } else { "Add a run to the head" };
            (name, FILE_HINT, files(&state.text, folder, &|source| Command::AddRuns(side, vec![source])))
        }
        Dialog::SaveSession => {
            let hint = "Type a path: / . ~";
            ("Save session as", hint, save_offers(&state.text, folder))
        }
        Dialog::CompareWith => ("Compare with", "Type the name of the base", base_offers(workspace, recent)),
        Dialog::Keys => return false,
    };
    let hint = if findings.is_empty() { hint } else { "Type a command, a view or what was found" };
    let entries: Vec<Entry> = (findings.iter().map(finding_entry))
        .chain(offers.iter().map(|(entry, _)| entry.clone()))
        .chain(notes.iter().map(note_entry))
        .collect();
    let index = match picker_ui(ctx, name, hint, &entries, state) {
        None => return true,
        Some(Picked::Nothing) => return false,
        Some(Picked::Entry(index)) => index,
    };
    match (index.checked_sub(findings.len()), front) {
        (Some(index), Some(front)) if index >= offers.len() => {
            follow_note(front, &notes[index - offers.len()]);
        }
        // A folder is gone into.
        (Some(index), _) if takes_paths(dialog) && is_folder(&offers[index].0) => {
            *state = PickerState::with_text(offers[index].0.text.clone());
            return true;
        }
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
        text: short_text(&headline.sentence),
        hint: format!("finding {}", headline.name),
        tag: severity.to_owned(),
    }
}

/// A note, found by its words and by what it is about.
fn note_entry(note: &Note) -> Entry {
    Entry { text: note.headline().to_owned(), hint: note.on.title(), tag: "note".to_owned() }
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

const STORE_HINT: &str = "Type the folder of a store, or clickhouse://HOST:8123/DATABASE";

/// What stands at the right of a store.
const STORE_TAG: &str = "store";

/// Stores: what is being typed, a folder of the system's dialog, those that were opened before.
fn store_offers(text: &str, folder: Option<&Folder>, recent: &[Source]) -> Vec<(Entry, Command)> {
    if typed_folder(text).is_some() {
        let mut offers = path_offers(text, folder, &Command::OpenSource);
        offers.retain(|(entry, _)| entry.tag != FILE_TAG);
        return offers;
    }
    let typed = Source::File(expanded(text));
    // By its name alone: folders are not looked at while one types.
    let is_store = |source: &Source| match source {
        Source::File(path) => path.to_str().is_some_and(|name| Place::of_input(name).is_some()),
        Source::Sample(_) | Source::Part(..) => false,
    };
    let offer = |source: &Source, (text, hint): (String, String), tag: &str| {
        (Entry { text, hint, tag: tag.to_owned() }, Command::OpenSource(source.clone()))
    };
    let choose = Entry {
        text: "Choose a folder…".to_owned(),
        hint: "With the system's dialog".to_owned(),
        tag: String::new(),
    };
    let typed = Some(typed)
        .filter(is_store)
        .map(|source| offer(&source, (text.to_owned(), String::new()), STORE_TAG));
    let recent = recent.iter().filter(|source| is_store(source));
    let recent = recent.map(|source| offer(source, (source.name(), source.place()), "recent"));
    typed.into_iter().chain([(choose, Command::PickStore)]).chain(recent).collect()
}

const FILE_HINT: &str = "Type a file name, or a path: / . ~";

/// Whether a path can be typed into a dialog.
pub const fn takes_paths(dialog: Dialog) -> bool {
    matches!(dialog, Dialog::Files | Dialog::Store | Dialog::AddRuns(_) | Dialog::SaveSession)
}

/// What stands at the right of a folder.
const FOLDER_TAG: &str = "folder";
/// And of a file in it.
const FILE_TAG: &str = "file";

fn is_folder(entry: &Entry) -> bool {
    entry.tag == FOLDER_TAG
}

/// The folder of a path that is being typed, with the separator at its end; `None` if what was typed is no path.
pub fn typed_folder(text: &str) -> Option<&str> {
    let is_path = text.starts_with(['/', '.', '~']) || Path::new(text).is_absolute();
    let end = text.rfind(is_separator)?;
    is_path.then(|| &text[..=end])
}

/// What is in the folder that was typed, and the file itself, whether it is there or not.
fn path_offers(
    text: &str,
    folder: Option<&Folder>,
    command: &dyn Fn(Source) -> Command,
) -> Vec<(Entry, Command)> {
    let Some(before) = typed_folder(text) else { return Vec::new() };
    let begins_hidden = text[before.len()..].starts_with('.');
    let offer = |path: String, tag: &str| {
        let command = command(Source::File(expanded(&path)));
        (Entry { text: path, hint: String::new(), tag: tag.to_owned() }, command)
    };
    let entries = folder.into_iter().flat_map(|folder| &folder.entries);
    let entries = entries.filter(|(name, _)| begins_hidden || !name.starts_with('.'));
    let mut offers: Vec<(Entry, Command)> = entries
        .map(|(name, is_folder)| match is_folder {
            true => offer(format!("{before}{name}/"), FOLDER_TAG),
            false => offer(format!("{before}{name}"), FILE_TAG),
        })
        .collect();
    // A folder is gone into, and one that is a store is opened from within.
    if folder.is_some_and(|folder| folder.entries.iter().any(|(name, _)| name == MARKER)) {
        offers.insert(0, offer(before.to_owned(), STORE_TAG));
    }
    if before.len() < text.len() && offers.iter().all(|(entry, _)| entry.text.trim_end_matches('/') != text) {
        offers.push(offer(text.to_owned(), "path"));
    }
    offers
}

/// Where a session can be saved: what was typed, then sessions and folders that are there.
fn save_offers(text: &str, folder: Option<&Folder>) -> Vec<(Entry, Command)> {
    let save = |source: Source| match source {
        Source::File(path) if is_session_name(&path) => Command::SaveSessionTo(path),
        Source::File(path) => {
            let mut name = path.into_os_string();
            name.push(format!(".{EXTENSION}"));
            Command::SaveSessionTo(name.into())
        }
        Source::Sample(_) | Source::Part(..) => Command::SaveSession,
    };
    let mut offers = path_offers(text, folder, &save);
    offers.retain(|(entry, _)| entry.tag != "file" || is_session_name(Path::new(&entry.text)));
    offers.sort_by_key(|(entry, _)| entry.tag != "path");
    offers
}

/// Files that the profile in front can be compared with.
fn base_offers(workspace: &Workspace, recent: &[Source]) -> Vec<(Entry, Command)> {
    let head = match workspace.active_tab().map(|tab| &tab.content) {
        Some(Content::Profile(source) | Content::Trace(source) | Content::Tests(source)) => source.clone(),
        Some(Content::Coverage(_) | Content::Store(_)) => return Vec::new(),
        Some(Content::Diff(comparison) | Content::Benchmarks(comparison) | Content::Dumps(comparison)) => {
            match (&*comparison.base, &*comparison.head) {
                (_, [head]) | ([head], []) => head.clone(),
                _ => return Vec::new(),
            }
        }
        None => return Vec::new(),
    };
    let compare = |base: Source| Command::Compare(base, head.clone());
    let mut offers = file_offers(workspace, recent, compare);
    let itself = Command::Compare(head.clone(), head.clone());
    offers.retain(|(_, command)| *command != itself);
    offers
}

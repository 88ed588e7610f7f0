//! How files come into the window: by dialog, drop and path, one, several or two to compare, and what is known once they
//! are loaded.

use std::path::PathBuf;
use std::sync::Arc;

use eframe::egui::{Context, Frame, Margin, Panel, Ui};

use super::App;
use crate::document::{Document, Source};
use crate::gui::command::Command;
use crate::gui::library::{ContentState, LibraryEvent};
use crate::gui::panels::loading::received_ui;
use crate::gui::theme;
use crate::gui::update::Dialog;
use crate::gui::widgets::picker::PickerState;
use crate::gui::workspace::{Content, ContentKind};
use crate::live::{split_breakpoint, stands_still};
use crate::query::comparison::{Comparison, Side};
use crate::session::format::is_session_name;

/// How many files of an archive are opened as tabs.
const MOST_MEMBERS: usize = 8;

impl App {
    /// Opens two files, and their comparison in front of them once both are there and can be compared.
    pub fn open_pair(&self, base: Source, head: Source) {
        self.send(Command::OpenSource(base.clone()));
        self.send(Command::OpenSource(head.clone()));
        *self.pair.borrow_mut() = Some((base, head));
    }

    /// Takes files that were dropped on the window: with a comparison in front it is asked which side they are runs of.
    pub fn receive(&self, paths: Vec<PathBuf>) {
        let in_front = self.workspace().active_tab();
        let has_session = paths.iter().any(|path| is_session_name(path));
        if in_front.is_some_and(|tab| tab.content.sides().is_some()) && !has_session {
            *self.received.borrow_mut() = paths.into_iter().map(Source::File).collect();
        } else {
            self.open_paths(paths);
        }
    }

    /// Names of debuggers: that of the tab in front, of other tabs, and of what was opened before, each once.
    pub(super) fn known_debuggers(&self) -> Vec<String> {
        let workspace = self.workspace();
        let in_front = workspace.active_tab().into_iter();
        let tabs = in_front.chain(&workspace.tabs).flat_map(|tab| tab.content.sources());
        let mut known: Vec<String> = Vec::new();
        for source in tabs.chain(&self.preferences().recent) {
            let Source::File(path) = source else { continue };
            let Some((name, _)) = path.to_str().map(split_breakpoint) else { continue };
            if stands_still(path) && !known.iter().any(|other| other == name) {
                known.push(name.to_owned());
            }
        }
        known
    }

    pub(super) fn take_library_events(&mut self) {
        for event in self.library.drain() {
            match event {
                LibraryEvent::Loaded(source) => {
                    for warning in self.library.warnings(&source) {
                        self.report(source.name(), warning);
                    }
                    self.check_file(&source);
                    let kind = self.library.kind(&source);
                    self.send(Command::Loaded(source, kind));
                }
                LibraryEvent::Failed(source, text) => self.report(source.name(), text),
                LibraryEvent::Unpacked(archive, members) => self.open_members(&archive, members),
                LibraryEvent::Picked(None, paths) => self.open_paths(paths),
                LibraryEvent::Picked(Some(side), paths) => {
                    self.send(Command::AddRuns(side, paths.into_iter().map(Source::File).collect()));
                }
                LibraryEvent::NoDialog(side) => self.ask_for_path(side),
            }
        }
    }

    /// Opens what was captured, and says what failed.
    pub(super) fn take_captures(&mut self) {
        let Some(end) = self.captures.take() else { return };
        for sentence in end.sentences {
            self.report(end.place.clone(), sentence);
        }
        match end.pair {
            Some((base, head)) => self.send(Command::Compare(base, head)),
            // The last one that is opened is in front.
            None => end.sources.into_iter().rev().for_each(|source| self.send(Command::OpenSource(source))),
        }
    }

    /// Opens what is in an archive, in place of the archive.
    fn open_members(&mut self, archive: &Source, mut members: Vec<Source>) {
        let n_all = members.len();
        members.truncate(MOST_MEMBERS);
        // The last one that is opened is in front.
        members.into_iter().rev().for_each(|member| self.send(Command::OpenSource(member)));
        let shows_it = Content::Profile(archive.clone());
        for tab in self.workspace().tabs.iter().filter(|tab| tab.content == shows_it) {
            self.send(Command::CloseTab(tab.id));
        }
        if n_all > MOST_MEMBERS {
            let sentence = format!(
                "The first {MOST_MEMBERS} of {n_all} profiles, traces and dumps in it are opened; \
                 goscope info lists all, and ARCHIVE:MEMBER opens another"
            );
            self.report(archive.name(), sentence);
        }
    }

    /// Where the system has no dialog for files, a path is typed.
    fn ask_for_path(&mut self, side: Option<Side>) {
        let here = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/"));
        let text = format!("{}{}", here.display(), std::path::MAIN_SEPARATOR);
        self.dialog = Some((side.map_or(Dialog::Files, Dialog::AddRuns), PickerState::with_text(text)));
    }

    fn open_paths(&self, paths: Vec<PathBuf>) {
        let mut sources: Vec<Source> = paths.into_iter().map(Source::File).collect();
        let is_session = |source: &Source| matches!(source, Source::File(path) if is_session_name(path));
        if let [base, head] = sources.as_mut_slice()
            && !is_session(base)
            && !is_session(head)
        {
            self.open_pair(base.clone(), head.clone());
            return;
        }
        for source in sources {
            self.send(Command::OpenSource(source));
        }
    }

    /// Compares two files that were opened together, once both are there and can be compared.
    pub(super) fn compare_pair(&self) {
        let Some((base, head)) = self.pair.borrow().clone() else { return };
        let pair = Content::Diff(Box::new(Comparison::of_two(base.clone(), head.clone())));
        let is_open = self.workspace().tabs.iter().any(|tab| tab.content == pair);
        match self.library.content(&pair) {
            ContentState::Loading(..) => return,
            ContentState::Ready(documents) if !is_open && have_common_type(&documents) => {
                self.send(Command::Compare(base, head));
            }
            ContentState::Ready(_) | ContentState::Asks(_) | ContentState::Missing(..) => {}
        }
        *self.pair.borrow_mut() = None;
    }

    /// A comparison whose files hold benchmarks is one of benchmarks, and likewise of goroutine dumps: that is known once
    /// all of them are there.
    pub(super) fn know_comparisons(&self) {
        for tab in &self.workspace().tabs {
            let Content::Diff(comparison) = &tab.content else { continue };
            let ContentState::Ready(documents) = self.library.content(&tab.content) else { continue };
            let are = |is_it: fn(&Document) -> bool| documents.iter().all(|document| is_it(document));
            let has_benchmarks = documents.iter().any(|document| document.benchmarks().is_some());
            // CPU profiles among them are of the benchmarks.
            let are_of_benchmarks =
                are(|document| document.benchmarks().is_some() || document.profile().is_some());
            let kind = if has_benchmarks && are_of_benchmarks {
                ContentKind::Benchmarks
            } else if are(|document| document.dump().is_some()) {
                ContentKind::Dumps
            } else {
                continue;
            };
            if let Some(source) = comparison.sources().next() {
                self.send(Command::Loaded(source.clone(), kind));
            }
        }
    }

    /// Asks what to do with files that were dropped on a comparison.
    pub(super) fn received_bar_ui(&self, ui: &mut Ui) {
        if self.received.borrow().is_empty() {
            return;
        }
        let tokens = theme::tokens(ui);
        let frame = Frame::new().fill(tokens.accent_soft).inner_margin(Margin::symmetric(8, 0));
        let is_answered = Panel::top("received")
            .exact_size(theme::TOOL_BAR_HEIGHT)
            .frame(frame)
            .show(ui, |ui| received_ui(ui, &self.received.borrow(), &self.commands))
            .inner;
        if is_answered {
            self.received.borrow_mut().clear();
        }
    }

    pub(super) fn take_dropped_files(&self, ctx: &Context) {
        let paths: Vec<PathBuf> =
            ctx.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
        if !paths.is_empty() {
            self.receive(paths);
        }
    }
}

/// Whether two profiles hold a sample type of the same name, or two files benchmarks or goroutine dumps.
fn have_common_type(documents: &[Arc<Document>]) -> bool {
    let types = |document: &Arc<Document>| document.profile().map(|profile| profile.sample_types.clone());
    match documents {
        [base, head] if base.benchmarks().is_some() && head.benchmarks().is_some() => true,
        [base, head] if base.dump().is_some() && head.dump().is_some() => true,
        [base, head] => {
            let (Some(base), Some(head)) = (types(base), types(head)) else { return false };
            base.iter().any(|(kind, _)| head.iter().any(|(other, _)| other == kind))
        }
        _ => false,
    }
}

//! What the window does about sessions: saves and opens them, keeps the last one, says which files have changed, and looks
//! at a tab as a command line asks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use eframe::egui::Context;

use super::App;
use crate::document::Source;
use crate::file_mark::FileMark;
use crate::gui::command::{Command, Opening as ComparisonOpening};
use crate::gui::library::ContentState;
use crate::gui::session_store::SessionEvent;
use crate::gui::update::{Dialog, SaveTo};
use crate::gui::widgets::picker::PickerState;
use crate::query::trace::selection::TimeRange;
use crate::session::look::{Opened, Opening};
use crate::session::saved::{SavedSession, changed};
use crate::source::pasted::Pasted;

/// The name that is proposed for the file of a session.
const FIRST_NAME: &str = "session.goscope";

/// How long the window rests before the session is kept for the next start.
const REST_SECONDS: f64 = 2.0;

impl App {
    /// Opens what a command line asks for.
    pub fn open(&mut self, opening: Opening) {
        let Opening { what, look } = opening;
        if let [Opened::Source(base), Opened::Source(head)] = what.as_slice() {
            self.open_pair(base.clone(), head.clone());
            return;
        }
        for opened in what {
            match opened {
                Opened::Source(source) => self.send(Command::OpenSource(source)),
                Opened::Session(file, session) => self.open_session(file, session),
                Opened::Comparison(comparison, scale, sample_type) => {
                    let opening = ComparisonOpening { comparison: *comparison, scale, sample_type };
                    self.send(Command::CompareRuns(Box::new(opening)));
                }
            }
        }
        self.sessions.look = look;
    }

    /// Keeps the session in this file for the next start, and offers the one that is in it now.
    pub fn keep_session_in(&mut self, file: PathBuf) {
        self.sessions.store.keep_in(file);
    }

    fn open_session(&mut self, file: PathBuf, session: Box<SavedSession>) {
        self.sessions.file = Some(file);
        self.send(Command::OpenSession(session));
    }

    /// What is open now, with what is known of the files.
    fn session_now(&self) -> SavedSession {
        let tabs = self.session.saved_tabs();
        let expected = &self.sessions.expected;
        let mut now = SavedSession {
            tabs,
            closed: self.workspace().closed.clone(),
            stripped: expected.stripped.clone(),
            ..SavedSession::default()
        };
        let marks: BTreeMap<Source, FileMark> = (now.sources().into_iter())
            .filter_map(|source| {
                // Of a file that is not there, what is known from before.
                let mark = self.library.mark(source).or_else(|| expected.marks.get(source))?;
                Some((source.clone(), mark.clone()))
            })
            .collect();
        now.marks = marks;
        now
    }

    pub(super) fn save_session(&mut self, to: SaveTo) {
        let file = match to {
            SaveTo::File(file) => Some(file),
            SaveTo::Same => self.sessions.file.clone(),
            SaveTo::Asked => None,
        };
        if let Some(file) = file {
            let session = self.session_now();
            self.sessions.in_file = Some(session.clone());
            self.sessions.store.write(file, session);
        } else {
            let file = self.proposed_file();
            let folder = file.parent().unwrap_or(Path::new("."));
            self.sessions.store.pick(folder, &file.file_name().unwrap_or_default().to_string_lossy());
        }
    }

    /// The file of the session, or a name beside the file in front.
    fn proposed_file(&self) -> PathBuf {
        if let Some(file) = &self.sessions.file {
            return file.clone();
        }
        let in_front = self.workspace().active_tab().map(|tab| tab.content.sources());
        let folder = in_front.iter().flatten().find_map(|source| match source {
            Source::File(path) => path.parent().filter(|folder| folder.is_absolute()),
            Source::Sample(_) | Source::Part(..) => None,
        });
        let folder = folder.map(Path::to_owned).or_else(|| std::env::current_dir().ok());
        folder.unwrap_or_else(|| PathBuf::from("/")).join(FIRST_NAME)
    }

    pub(super) fn take_session_events(&mut self) {
        for event in self.sessions.store.drain() {
            match event {
                SessionEvent::Read(file, session) => self.open_session(file, session),
                SessionEvent::Written(file) => self.sessions.file = Some(file),
                SessionEvent::Picked(file) => self.send(Command::SaveSessionTo(file)),
                SessionEvent::NoDialog => {
                    let text = self.proposed_file().display().to_string();
                    self.dialog = Some((Dialog::SaveSession, PickerState::with_text(text)));
                }
                SessionEvent::Last(session) => {
                    self.sessions.last =
                        Some(session).filter(|session| !session.tabs.is_empty() || session.n_notes() > 0);
                }
                SessionEvent::Pasted(Pasted { files, problem }) => {
                    if let Some(problem) = problem {
                        self.report("clipboard".to_owned(), problem);
                    }
                    self.receive(files);
                }
                SessionEvent::Failed(file, why) => {
                    self.sessions.in_file = None;
                    self.report(Source::File(file).name(), why);
                }
            }
        }
    }

    /// Remembers what the files of a session were like, and says which addresses lost something.
    pub(super) fn expect_files(&mut self, session: SavedSession) {
        for source in &session.stripped {
            let what = "the session was saved without the password or the parameters of this address, which may be needed";
            self.report(source.place(), what.to_owned());
        }
        self.sessions.in_file = Some(session.clone());
        self.sessions.expected.marks.extend(session.marks);
        self.sessions.expected.stripped.extend(session.stripped);
    }

    /// Says if a file is not the one that a session was saved with.
    pub(super) fn check_file(&mut self, source: &Source) {
        let then = self.sessions.expected.marks.get(source);
        let what = then.zip(self.library.mark(source)).and_then(|(then, now)| changed(then, now));
        if let Some(what) = what {
            self.sessions.expected.marks.remove(source);
            self.report(source.name(), what);
        }
    }

    /// Looks at the tab in front as the command line asks, once it is there.
    pub(super) fn apply_look(&mut self) {
        if self.sessions.look.is_none() || !self.commands.is_empty() {
            return;
        }
        let Some(tab) = self.workspace().active_tab() else { return };
        let (kind, name) = (tab.content.kind(), tab.content.title());
        let documents = match self.library.content(&tab.content) {
            ContentState::Loading(..) => return,
            ContentState::Asks(_) | ContentState::Missing(..) => Vec::new(),
            ContentState::Ready(documents) => documents,
        };
        let Some(mut look) = self.sessions.look.take() else { return };
        let mut problem = None;
        if look.view.is_some_and(|view| !view.shows(kind)) {
            let view = look.view.take().map_or("", |view| view.title());
            problem = Some(format!("the view {view} does not show what is in this file"));
        }
        let model = documents.first().and_then(|document| document.model());
        match look.range.take().map(|handle| (model, handle)) {
            Some((Some(model), handle)) => match handle.find(model) {
                Ok(named) => {
                    let range = named.range.map(|range| TimeRange::on_clock(model, &range));
                    look.lens.trace.range = range.or(look.lens.trace.range);
                }
                Err(error) => problem = Some(error.to_string()),
            },
            Some((None, _)) => problem = Some("a range of time is for traces, and this is none".to_owned()),
            None => {}
        }
        if let Some(problem) = problem {
            self.report(name, problem);
        }
        self.send(Command::Look(Box::new(look)));
    }

    /// Keeps the session for the next start, once the window rests.
    pub(super) fn keep_session(&mut self, ctx: &Context) {
        let time = ctx.input(|input| input.time);
        if std::mem::take(&mut self.sessions.may_have_changed) {
            let now = self.session_now();
            // An empty window leaves what was kept before.
            let is_empty = now.tabs.is_empty() && now.closed.is_empty();
            if now != self.sessions.now && !is_empty && self.sessions.store.keeps() {
                self.sessions.changed_at = Some(time);
                ctx.request_repaint_after_secs(REST_SECONDS as f32 + 0.1);
            }
            self.sessions.now = now;
        }
        if self.sessions.changed_at.is_some_and(|at| time - at >= REST_SECONDS) {
            self.sessions.changed_at = None;
            self.sessions.store.keep(self.sessions.now.clone());
        }
    }

    /// Keeps it before the window closes.
    pub(super) fn keep_session_now(&mut self) {
        if self.sessions.changed_at.take().is_some() {
            self.sessions.store.keep_now(self.sessions.now.clone());
        }
    }
}

//! Reads and writes sessions, on a worker of its own: files that the user names, and the one that is kept for the next
//! start.

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{fs, io};

use super::library::{Dialogs, SHORTEST_DIALOG};
use crate::jobs::{CancelFlag, JobEnd, Jobs};
use crate::session::format::{session_of, session_text};
use crate::session::saved::SavedSession;
use crate::source::pasted::{Pasted, pasted};
use crate::whole_file::write_whole_file;

/// What has happened since the last frame.
#[derive(Debug)]
pub enum SessionEvent {
    /// A session was read from a file.
    Read(PathBuf, Box<SavedSession>),
    /// A session was written to a file.
    Written(PathBuf),
    /// The user has chosen where to save.
    Picked(PathBuf),
    /// The system has no dialog for files.
    NoDialog,
    /// The session of the last time, if one was kept.
    Last(Box<SavedSession>),
    /// What was pasted stands for these files.
    Pasted(Pasted),
    /// Something went wrong with a file: one sentence.
    Failed(PathBuf, String),
}

type Done = Option<SessionEvent>;

/// Reads and writes sessions.
pub struct SessionStore {
    jobs: Jobs<Done>,
    dialogs: Dialogs,
    /// Where the session is kept for the next start; `None` for nowhere.
    kept: Option<PathBuf>,
    /// Whether what the last start left is still there.
    is_of_last_time: bool,
    n_open: usize,
}

impl SessionStore {
    /// A store that keeps nothing by itself; `wake` is called when something has happened.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let jobs = Jobs::new("session", 1, wake);
        Self { jobs, dialogs: Dialogs::default(), kept: None, is_of_last_time: false, n_open: 0 }
    }

    /// Which dialogs there are.
    pub const fn use_dialogs(&mut self, dialogs: Dialogs) {
        self.dialogs = dialogs;
    }

    /// Keeps the session in this file from now on, and reads what the last start left there.
    pub fn keep_in(&mut self, file: PathBuf) {
        self.kept = Some(file.clone());
        self.is_of_last_time = true;
        // What cannot be read was not written by this version, and nobody asked for it.
        self.spawn(move || read(&file).ok().map(|session| SessionEvent::Last(Box::new(session))));
    }

    /// Whether the session is kept for the next start.
    pub const fn keeps(&self) -> bool {
        self.kept.is_some()
    }

    /// Keeps a session for the next start.
    pub fn keep(&mut self, session: SavedSession) {
        let Some(work) = self.keeping(session) else { return };
        self.spawn(move || work().err().map(|(file, why)| SessionEvent::Failed(file, why)));
    }

    /// The same before it returns: the window is closing.
    pub fn keep_now(&mut self, session: SavedSession) {
        // There is nobody left to tell.
        let _ = self.keeping(session).map(|work| work());
    }

    fn keeping(
        &mut self,
        session: SavedSession,
    ) -> Option<impl FnOnce() -> Result<(), (PathBuf, String)> + Send + use<>> {
        let file = self.kept.clone()?;
        let is_first = std::mem::take(&mut self.is_of_last_time);
        Some(move || {
            if is_first {
                put_notes_aside(&file);
            }
            let folder = file.parent().map_or(Ok(()), fs::create_dir_all);
            let written = folder.map_err(|error| error.to_string()).and_then(|()| write(&file, &session));
            written.map_err(|why| (file, format!("the session is not kept for the next start: {why}")))
        })
    }

    /// Reads the session in a file.
    pub fn read(&mut self, file: PathBuf) {
        self.spawn(move || {
            Some(match read(&file) {
                Ok(session) => SessionEvent::Read(file, Box::new(session)),
                Err(why) => SessionEvent::Failed(file, why),
            })
        });
    }

    /// Writes a session to a file.
    pub fn write(&mut self, file: PathBuf, session: SavedSession) {
        self.spawn(move || {
            Some(match write(&file, &session) {
                Ok(()) => SessionEvent::Written(file),
                Err(why) => SessionEvent::Failed(file, format!("the session cannot be saved: {why}")),
            })
        });
    }

    /// Looks what a text that was pasted stands for.
    pub fn paste(&mut self, text: String) {
        self.spawn(move || Some(SessionEvent::Pasted(pasted(&text))));
    }

    /// Asks where to save, in the system's dialog, on a thread of its own.
    pub fn pick(&mut self, folder: &Path, name: &str) {
        self.n_open += 1;
        if self.dialogs == Dialogs::Missing {
            self.jobs.spawn(CancelFlag::default(), || Some(SessionEvent::NoDialog));
            return;
        }
        let asked = Instant::now();
        let dialog = rfd::AsyncFileDialog::new()
            .set_title("Save session as")
            .set_directory(folder)
            .set_file_name(name)
            .add_filter("goscope session", &["goscope"])
            .save_file();
        self.jobs.spawn_waiting("session-dialog", move || match pollster::block_on(dialog) {
            None if asked.elapsed() < SHORTEST_DIALOG => Some(SessionEvent::NoDialog),
            file => file.map(|file| SessionEvent::Picked(file.path().to_owned())),
        });
    }

    /// Whether something is being read, written or asked.
    pub const fn is_busy(&self) -> bool {
        self.n_open > 0
    }

    /// Takes what has happened since the last call.
    pub fn drain(&mut self) -> Vec<SessionEvent> {
        let ended = self.jobs.drain();
        self.n_open = self.n_open.saturating_sub(ended.len());
        let event = |end| match end {
            JobEnd::Done(event) => event,
            JobEnd::Canceled => None,
            JobEnd::Panicked(message) => {
                let what = format!("goscope has a bug here ({message}); please report it");
                Some(SessionEvent::Failed(PathBuf::from("session"), what))
            }
        };
        ended.into_iter().filter_map(|(_, end)| event(end)).collect()
    }

    fn spawn(&mut self, work: impl FnOnce() -> Done + Send + 'static) {
        self.n_open += 1;
        self.jobs.spawn(CancelFlag::default(), work);
    }
}

fn read(file: &Path) -> Result<SavedSession, String> {
    let bytes = fs::read(file).map_err(|error| error.to_string())?;
    session_of(&bytes, folder_of(file)).map_err(|error| error.to_string())
}

fn write(file: &Path, session: &SavedSession) -> Result<(), String> {
    let text = session_text(session, folder_of(file))?;
    write_whole_file(file, |out| out.write_all(text.as_bytes())).map_err(|error: io::Error| error.to_string())
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Notes cost work: a session with some is not overwritten by the next one, but moved to `before.goscope` beside it.
fn put_notes_aside(file: &Path) {
    if read(file).is_ok_and(|session| session.n_notes() > 0) {
        // If it cannot be moved, the new session is still kept.
        let _ = fs::rename(file, file.with_file_name("before.goscope"));
    }
}

//! What the window knows about files: which are loading, loaded or failed. Loads on a worker of its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use goscope_parsers::{ParseError, Progress};

use super::workspace::{Content, ContentKind};
use crate::allocator::give_back;
use crate::archive::{Archive, Member};
use crate::document::{Document, DocumentId, DocumentKind, Source};
use crate::file_mark::FileMark;
use crate::input_bytes::address;
use crate::jobs::{CancelFlag, JobEnd, JobId, Jobs};
use crate::live::{LiveInput, stands_still};
use crate::query::comparison::Side;
use crate::source::folder::Folder;

/// How far a file is.
#[derive(Clone, Debug)]
pub enum FileState {
    /// A worker reads it.
    Loading(Arc<Progress>),
    /// Here it is.
    Loaded(Arc<Document>),
    /// A program in a debugger, which stands still while it is read: the user is asked first.
    Asks,
    /// It was stopped by the user.
    Canceled,
    /// It cannot be read, for this reason.
    Failed(String),
}

/// What a tab needs, as far as it is there.
#[derive(Clone, Debug)]
pub enum ContentState {
    /// All of it.
    Ready(Vec<Arc<Document>>),
    /// This file is still loading.
    Loading(Source, Arc<Progress>),
    /// This program in a debugger is read when the user says so.
    Asks(Source),
    /// This file cannot be shown, for this reason.
    Missing(Source, String),
}

/// What has happened since the last frame.
#[derive(Debug)]
pub enum LibraryEvent {
    /// A file is there.
    Loaded(Source),
    /// A file cannot be read: one sentence.
    Failed(Source, String),
    /// A file is an archive: what is in it.
    Unpacked(Source, Vec<Source>),
    /// The user has chosen files: to open them, or for a side of the comparison in front.
    Picked(Option<Side>, Vec<PathBuf>),
    /// The system has no dialog for files.
    NoDialog(Option<Side>),
}

enum Done {
    Read(Source, Result<Document, ParseError>, Option<FileMark>),
    Unpacked(Source, Vec<Source>),
    Picked(Option<Side>, Vec<PathBuf>),
    NoDialog(Option<Side>),
    Listed(Folder),
    GaveBack,
}

/// Which file dialogs there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialogs {
    /// Those of the system, if it has any.
    #[default]
    OfSystem,
    /// None: of a system that is known to have none, and in tests.
    Missing,
}

/// A dialog that ends sooner was never shown: nobody is that fast.
pub(super) const SHORTEST_DIALOG: Duration = Duration::from_millis(250);

/// How often it is looked whether debuggers were left.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// All files of the window.
pub struct Library {
    jobs: Jobs<Done>,
    files: BTreeMap<Source, FileState>,
    reading: BTreeMap<JobId, Source>,
    /// What the files that are there were like when they were read.
    marks: BTreeMap<Source, FileMark>,
    dialogs: Dialogs,
    /// The folder that was listed last, and the one that is being listed.
    folder: Arc<Folder>,
    listing: Option<PathBuf>,
    /// Whether a dialog is open.
    is_asking: bool,
}

impl Library {
    /// An empty library; `wake` is called when something has happened.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            jobs: Jobs::new("load", 2, wake),
            files: BTreeMap::new(),
            reading: BTreeMap::new(),
            marks: BTreeMap::new(),
            dialogs: Dialogs::default(),
            folder: Arc::default(),
            listing: None,
            is_asking: false,
        }
    }

    /// Which dialogs there are.
    pub const fn use_dialogs(&mut self, dialogs: Dialogs) {
        self.dialogs = dialogs;
    }

    /// What is in a folder, once a worker has looked; asked for in each frame that shows it.
    pub fn folder(&mut self, path: &Path) -> Option<Arc<Folder>> {
        if self.folder.path == path {
            return Some(Arc::clone(&self.folder));
        }
        if self.listing.as_deref() != Some(path) {
            self.listing = Some(path.to_owned());
            let path = path.to_owned();
            self.jobs.spawn(CancelFlag::default(), move || Done::Listed(Folder::list(path)));
        }
        None
    }

    /// How far a file is; `None` if nobody asked for it.
    pub fn state(&self, source: &Source) -> Option<&FileState> {
        self.files.get(source)
    }

    /// What a file holds; a profile, while it is not there.
    pub fn kind(&self, source: &Source) -> ContentKind {
        let Some(FileState::Loaded(document)) = self.files.get(source) else { return ContentKind::Profile };
        match &document.kind {
            DocumentKind::Trace(_) | DocumentKind::Model(_) => ContentKind::Trace,
            DocumentKind::Tests(_) => ContentKind::Tests,
            DocumentKind::Coverage(_) => ContentKind::Coverage,
            DocumentKind::Benchmarks(_) => ContentKind::Benchmarks,
            DocumentKind::Dump(_) => ContentKind::Dumps,
            DocumentKind::Store(_) => ContentKind::Store,
            DocumentKind::Profile(_) | DocumentKind::Run(_) => ContentKind::Profile,
        }
    }

    /// What a file was like when it was read; `None` for what is no file, and before.
    pub fn mark(&self, source: &Source) -> Option<&FileMark> {
        self.marks.get(source)
    }

    /// What is odd about a profile or coverage that is there.
    pub fn warnings(&self, source: &Source) -> Vec<String> {
        match self.files.get(source) {
            Some(FileState::Loaded(document)) => {
                let of_profile = document.profile().map(|profile| &profile.warnings);
                let of_coverage = document.coverage().map(|coverage| &coverage.warnings);
                of_profile.or(of_coverage).cloned().unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// How far what a tab shows is.
    ///
    /// The documents come in the order of [`Content::sources`].
    pub fn content(&self, content: &Content) -> ContentState {
        let mut documents = Vec::new();
        for source in content.sources() {
            match self.files.get(source) {
                Some(FileState::Loaded(document)) => documents.push(Arc::clone(document)),
                Some(FileState::Loading(progress)) => {
                    return ContentState::Loading(source.clone(), Arc::clone(progress));
                }
                Some(FileState::Asks) => return ContentState::Asks(source.clone()),
                Some(FileState::Failed(reason)) => {
                    return ContentState::Missing(source.clone(), reason.clone());
                }
                Some(FileState::Canceled) | None => {
                    return ContentState::Missing(source.clone(), "loading was canceled".to_owned());
                }
            }
        }
        ContentState::Ready(documents)
    }

    /// Begins to load a file, unless it is there or on its way.
    ///
    /// A program in a debugger stands still while it is read: that is said first, and begins with the reload.
    pub fn load(&mut self, source: &Source) {
        if matches!(self.files.get(source), Some(FileState::Loading(_) | FileState::Loaded(_))) {
            return;
        }
        if is_in_debugger(source) {
            self.files.insert(source.clone(), FileState::Asks);
        } else {
            self.start(source);
        }
    }

    /// Loads a file again.
    pub fn reload(&mut self, source: &Source) {
        if !matches!(self.files.get(source), Some(FileState::Loading(_))) {
            self.start(source);
        }
    }

    /// Stops loading a file. How a program in a debugger was left is said once it was left.
    pub fn cancel(&mut self, source: &Source) {
        if let Some(FileState::Loading(progress)) = self.files.get(source) {
            progress.cancel();
            if !is_in_debugger(source) {
                self.files.insert(source.clone(), FileState::Canceled);
            }
        }
    }

    /// Ends what is asked of debuggers, and waits until the programs run on, but not longer than this: what stands still
    /// when goscope ends stands still forever.
    pub fn leave_debuggers(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
        for (source, state) in &self.files {
            if let (FileState::Loading(progress), true) = (state, is_in_debugger(source)) {
                progress.cancel();
            }
        }
        while self.reading.values().any(is_in_debugger) && Instant::now() < deadline {
            std::thread::sleep(LOOK_EVERY);
            self.drain();
        }
    }

    /// Forgets files that no tab shows any more; returns the documents that are gone.
    pub fn keep_only(&mut self, contents: &[&Content]) -> Vec<DocumentId> {
        let mut gone = Vec::new();
        self.files.retain(|source, state| {
            let is_kept = contents.iter().any(|content| content.sources().contains(&source));
            match state {
                FileState::Loading(progress) if !is_kept => progress.cancel(),
                FileState::Loaded(document) if !is_kept => gone.push(document.id),
                _ => {}
            }
            is_kept
        });
        self.marks.retain(|source, _| self.files.contains_key(source));
        gone
    }

    /// Asks the user for files, in the system's dialog, on a thread of its own: to open them, or for a side.
    pub fn pick_files(&mut self, side: Option<Side>) {
        let title = match side {
            None => "Open profiles, traces, goroutine dumps or test results",
            Some(Side::Base) => "Add runs to the base",
            Some(Side::Head) => "Add runs to the head",
        };
        self.pick(side, || rfd::AsyncFileDialog::new().set_title(title).pick_files());
    }

    /// Asks for the folder of a store, which is opened.
    pub fn pick_store(&mut self) {
        self.pick(None, || {
            let dialog = rfd::AsyncFileDialog::new().set_title("Open a store of profiles").pick_folder();
            async { dialog.await.map(|folder| vec![folder]) }
        });
    }

    /// Shows a dialog and waits for its answer.
    fn pick<D>(&mut self, side: Option<Side>, dialog: impl FnOnce() -> D)
    where
        D: Future<Output = Option<Vec<rfd::FileHandle>>> + Send + 'static,
    {
        self.is_asking = true;
        if self.dialogs == Dialogs::Missing {
            self.jobs.spawn(CancelFlag::default(), move || Done::NoDialog(side));
            return;
        }
        let asked = Instant::now();
        // The dialog is made here, since macOS insists on the window's thread, and waited for elsewhere.
        let dialog = dialog();
        self.jobs.spawn_waiting("file-dialog", move || match pollster::block_on(dialog) {
            None if asked.elapsed() < SHORTEST_DIALOG => Done::NoDialog(side),
            files => {
                let paths = files.into_iter().flatten().map(|file| file.path().to_owned());
                Done::Picked(side, paths.collect())
            }
        });
    }

    /// Has a worker give the system back the memory of what is gone.
    pub fn give_back_memory(&mut self) {
        self.jobs.spawn(CancelFlag::default(), || {
            give_back();
            Done::GaveBack
        });
    }

    /// Whether a folder is being listed, or a dialog is open.
    pub const fn is_busy(&self) -> bool {
        self.listing.is_some() || self.is_asking
    }

    /// Takes what has happened since the last call.
    pub fn drain(&mut self) -> Vec<LibraryEvent> {
        let ended = self.jobs.drain();
        ended.into_iter().flat_map(|(job, end)| self.take(job, end)).collect()
    }

    fn start(&mut self, source: &Source) {
        let progress = Arc::new(Progress::new());
        self.files.insert(source.clone(), FileState::Loading(Arc::clone(&progress)));
        let wanted = source.clone();
        let is_waiting = is_in_debugger(source);
        let read = move || {
            let members = members_of(&wanted);
            if !members.is_empty() {
                return Done::Unpacked(wanted, members);
            }
            let result = Document::load(&wanted, &progress).map(Document::shown);
            let mark = mark_of(&wanted);
            Done::Read(wanted, result, mark)
        };
        let job = if is_waiting {
            self.jobs.spawn_waiting("debugger", read)
        } else {
            self.jobs.spawn(CancelFlag::default(), read)
        };
        self.reading.insert(job, source.clone());
    }

    fn take(&mut self, job: JobId, end: JobEnd<Done>) -> Vec<LibraryEvent> {
        let source = self.reading.remove(&job);
        match end {
            JobEnd::Done(Done::Picked(side, paths)) => {
                self.is_asking = false;
                vec![LibraryEvent::Picked(side, paths)]
            }
            JobEnd::Done(Done::NoDialog(side)) => {
                self.is_asking = false;
                vec![LibraryEvent::NoDialog(side)]
            }
            JobEnd::Done(Done::Listed(folder)) => {
                self.listing = None;
                self.folder = Arc::new(folder);
                Vec::new()
            }
            JobEnd::Done(Done::Read(source, result, mark)) => {
                self.marks.extend(mark.map(|mark| (source.clone(), mark)));
                self.take_read(source, result)
            }
            JobEnd::Done(Done::Unpacked(source, members)) => {
                let several = "this is an archive of several files, and one of them is shown at a time";
                self.files.insert(source.clone(), FileState::Failed(several.to_owned()));
                vec![LibraryEvent::Unpacked(source, members)]
            }
            JobEnd::Panicked(message) => match source {
                Some(source) => {
                    self.fail(source, format!("goscope has a bug here ({message}); please report it"))
                }
                None => Vec::new(),
            },
            JobEnd::Canceled | JobEnd::Done(Done::GaveBack) => Vec::new(),
        }
    }

    fn take_read(&mut self, source: Source, result: Result<Document, ParseError>) -> Vec<LibraryEvent> {
        // A file whose tab was closed meanwhile, or that was canceled, is not wanted any more; but how the program in a
        // debugger was left is.
        let Some(FileState::Loading(progress)) = self.files.get(&source) else {
            return match result {
                Err(error) if is_in_debugger(&source) => {
                    vec![LibraryEvent::Failed(source, error.to_string())]
                }
                _ => Vec::new(),
            };
        };
        match result {
            Err(error) if progress.is_cancelled() => {
                // Its tab says how the program was left; that it was stopped is no problem.
                self.files.insert(source, FileState::Failed(error.to_string()));
                Vec::new()
            }
            Ok(document) => {
                self.files.insert(source.clone(), FileState::Loaded(Arc::new(document)));
                vec![LibraryEvent::Loaded(source)]
            }
            Err(error) => self.fail(source, error.to_string()),
        }
    }

    fn fail(&mut self, source: Source, reason: String) -> Vec<LibraryEvent> {
        self.files.insert(source.clone(), FileState::Failed(reason.clone()));
        vec![LibraryEvent::Failed(source, reason)]
    }
}

/// Whether it is a program that stands still while it is read.
fn is_in_debugger(source: &Source) -> bool {
    matches!(source, Source::File(path) if stands_still(path))
}

/// What is in an archive of several profiles, traces and dumps; nothing of anything else.
fn members_of(source: &Source) -> Vec<Source> {
    let Source::File(path) = source else { return Vec::new() };
    // What is wrong with an archive is said by reading it.
    let Ok(Some(archive)) = Archive::at(path) else { return Vec::new() };
    let member = |member: &Member| Source::File(format!("{}:{}", path.display(), member.name).into());
    let members: Vec<Source> = archive.meant().map(member).collect();
    if members.len() > 1 { members } else { Vec::new() }
}

/// What a file is like. An address and standard input have nothing that could be looked at again.
fn mark_of(source: &Source) -> Option<FileMark> {
    match source {
        Source::File(path) if address(path).is_none() && LiveInput::of(path).is_none() => {
            FileMark::of(path).ok()
        }
        Source::Part(whole, _) => mark_of(whole),
        Source::File(_) | Source::Sample(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_in_a_debugger_is_read_only_when_the_user_says_so() {
        let mut library = Library::new(|| ());
        let source = Source::File("dlv:127.0.0.1:1".into());
        let content = Content::Profile(source.clone());
        for _ in 0..2 {
            library.load(&source);
            assert!(matches!(library.content(&content), ContentState::Asks(_)));
        }
        library.reload(&source);
        library.load(&source);
        assert!(matches!(library.content(&content), ContentState::Loading(..)), "it was said");
        library.cancel(&source);
        library.leave_debuggers(Duration::from_secs(20));
        let ContentState::Missing(_, why) = library.content(&content) else {
            panic!("nothing listens there")
        };
        assert!(why.contains("127.0.0.1:1 takes no connection"), "{why}");
        library.load(&source);
        assert!(matches!(library.content(&content), ContentState::Asks(_)), "it is asked again");
    }

    #[test]
    fn a_file_whose_worker_panics_is_said_to_have_met_a_bug() {
        let mut library = Library::new(|| ());
        let source = Source::File("/tmp/x".into());
        library.files.insert(source.clone(), FileState::Loading(Arc::new(Progress::new())));
        let job = library.jobs.spawn(CancelFlag::default(), || panic!("index out of bounds"));
        library.reading.insert(job, source.clone());
        let deadline = Instant::now() + Duration::from_secs(20);
        let events = loop {
            let events = library.drain();
            if !events.is_empty() || Instant::now() > deadline {
                break events;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let [LibraryEvent::Failed(about, text)] = &events[..] else { panic!("{events:?}") };
        assert_eq!(*about, source);
        assert_eq!(text, "goscope has a bug here (index out of bounds); please report it");
        let content = Content::Profile(source);
        assert!(matches!(library.content(&content), ContentState::Missing(..)), "and the tab shows it");
    }
}

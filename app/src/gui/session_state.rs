//! What the window knows about sessions, beside what is open now.

use std::path::PathBuf;

use super::session_store::SessionStore;
use crate::session::look::Look;
use crate::session::saved::SavedSession;

/// What the window knows about sessions.
pub(super) struct Sessions {
    pub(super) store: SessionStore,
    /// The file that the session is saved in.
    pub(super) file: Option<PathBuf>,
    /// The session as it is in that file.
    pub(super) in_file: Option<SavedSession>,
    /// The session as it was when it was last looked at.
    pub(super) now: SavedSession,
    /// Whether a command was carried out since then.
    pub(super) may_have_changed: bool,
    /// When it changed without having been kept since, in seconds.
    pub(super) changed_at: Option<f64>,
    /// The session of the last time.
    pub(super) last: Option<Box<SavedSession>>,
    /// What the files were like that sessions were saved with, and addresses that lost something.
    pub(super) expected: SavedSession,
    /// How the tab in front is looked at once it is there.
    pub(super) look: Option<Look>,
}

impl Sessions {
    /// Nothing is known yet; `wake` is called when something has happened.
    pub(super) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            store: SessionStore::new(wake),
            file: None,
            in_file: None,
            now: SavedSession::default(),
            may_have_changed: false,
            changed_at: None,
            last: None,
            expected: SavedSession::default(),
            look: None,
        }
    }

    /// Whether something is read, written, asked or waited for.
    pub(super) fn is_busy(&self) -> bool {
        self.store.is_busy() || self.look.is_some()
    }

    /// The name of the session's file, and whether it holds what is open as it is.
    pub(super) fn file_and_state(&self) -> Option<(String, bool)> {
        let name = self.file.as_ref()?.file_name()?.to_string_lossy().into_owned();
        let is_in_file =
            |saved: &SavedSession| (&saved.tabs, &saved.closed) == (&self.now.tabs, &self.now.closed);
        Some((name, self.in_file.as_ref().is_some_and(is_in_file)))
    }
}

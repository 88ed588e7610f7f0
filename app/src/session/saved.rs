//! A session that is saved: what was open and how it was looked at, and what the files were like then.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Layout;
use super::note::Note;
use super::workspace::{Content, Lens};
use crate::document::Source;
use crate::file_mark::FileMark;

/// A session that is saved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedSession {
    /// The tabs, left to right.
    pub tabs: Vec<SavedTab>,
    /// Notes on what was shown in tabs that were closed.
    pub closed: Vec<(Content, Vec<Note>)>,
    /// What is known of the files, from when they were read.
    pub marks: BTreeMap<Source, FileMark>,
    /// Addresses that lost a name, a password or parameters when they were saved.
    pub stripped: BTreeSet<Source>,
}

/// A tab that is saved.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedTab {
    /// What it shows.
    pub content: Content,
    /// How it looks at it.
    pub lens: Lens,
    /// Where its views stand.
    pub layout: Layout,
    /// Whether it is the tab in front.
    pub is_in_front: bool,
}

impl SavedSession {
    /// How many notes there are.
    pub fn n_notes(&self) -> usize {
        let open = self.tabs.iter().map(|tab| tab.lens.notes.len());
        open.chain(self.closed.iter().map(|(_, notes)| notes.len())).sum()
    }

    /// All files of all tabs, each once.
    pub fn sources(&self) -> BTreeSet<&Source> {
        let open = self.tabs.iter().map(|tab| &tab.content);
        let all = open.chain(self.closed.iter().map(|(content, _)| content));
        all.flat_map(Content::sources).collect()
    }
}

/// What is to be said of a file that is not the one that the session was saved with; `None` if nothing is.
pub fn changed(then: &FileMark, now: &FileMark) -> Option<String> {
    if then.bytes != now.bytes {
        let (then, now) = (then.bytes, now.bytes);
        return Some(format!(
            "it has changed since the session was saved ({then} bytes then, {now} bytes now): what was chosen may not be in it"
        ));
    }
    let same =
        "it has changed since the session was saved (of the same length): what was chosen may not be in it";
    (then.ends != now.ends).then(|| same.to_owned())
}

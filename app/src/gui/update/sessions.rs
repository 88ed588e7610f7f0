//! Commands about sessions, about what is pasted, and about the command line that opens the window as it is.

use super::{Effect, SaveTo, Session};
use crate::document::Source;
use crate::gui::command::Command;
use crate::gui::view_id::ViewId;
use crate::gui::workspace::{Content, Lens};
use crate::session::format::is_session_name;
use crate::session::link::window_command;
use crate::session::look::Look;
use crate::session::note::set_note;
use crate::session::saved::{SavedSession, SavedTab};

impl Session {
    /// Carries out what is about sessions.
    pub(super) fn apply_to_sessions(&mut self, command: Command) -> Vec<Effect> {
        use Command as C;
        match command {
            C::SaveSession => vec![Effect::SaveSession(SaveTo::Same)],
            C::SaveSessionAs => vec![Effect::SaveSession(SaveTo::Asked)],
            C::SaveSessionTo(file) => vec![Effect::SaveSession(SaveTo::File(file))],
            C::OpenSession(session) => self.open_session(*session),
            C::Paste(text) => vec![Effect::Paste(text)],
            C::CopyWindowCommand(view) => self.copy_window_command(view),
            C::Look(look) => {
                self.look(*look);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Opens a file: the tabs of a session, anything else in a tab of its own.
    pub(super) fn open_source(&mut self, source: Source) -> Vec<Effect> {
        match source {
            Source::File(path) if is_session_name(&path) => {
                self.preferences.remember(&Source::File(path.clone()));
                vec![Effect::ReadSession(path)]
            }
            source => self.open(Content::Profile(source)),
        }
    }

    /// The tabs as they are saved.
    pub fn saved_tabs(&self) -> Vec<SavedTab> {
        let saved = |tab: &crate::gui::workspace::Tab| SavedTab {
            content: tab.content.clone(),
            lens: tab.lens.clone(),
            layout: self.layout_of(tab),
            is_in_front: self.workspace.active == Some(tab.id),
        };
        self.workspace.tabs.iter().map(saved).collect()
    }

    /// A tab that shows the same already is looked at as the session says; what was open stays open.
    fn open_session(&mut self, session: SavedSession) -> Vec<Effect> {
        let mut effects = vec![Effect::ExpectFiles(Box::new(session.clone()))];
        for (content, notes) in session.closed {
            if !self.workspace.closed.iter().any(|(closed, _)| closed.shows_same(&content)) {
                self.workspace.closed.push((content, notes));
            }
        }
        let mut front = None;
        for tab in session.tabs {
            effects.extend(self.open(tab.content));
            let usual = self.workspace.active_tab().map(|tab| self.preferences.layout(tab.content.kind()));
            let written = self.workspace.active_tab().map(|tab| tab.lens.notes.clone()).unwrap_or_default();
            self.change(|lens| {
                *lens = tab.lens;
                // What was written here about the same stays.
                written.into_iter().for_each(|note| set_note(&mut lens.notes, note));
            });
            if let Some(open) = self.active_tab_mut() {
                open.layout = Some(tab.layout).filter(|layout| Some(layout) != usual.as_ref());
            }
            if tab.is_in_front {
                front = self.workspace.active;
            }
        }
        self.workspace.active = front.or(self.workspace.active);
        effects
    }

    fn look(&mut self, look: Look) {
        self.change(|lens| {
            let notes = std::mem::take(&mut lens.notes);
            *lens = Lens { notes, ..look.lens };
        });
        if let Some(view) = look.view {
            self.change_layout(|layout| layout.show(view));
        }
    }

    pub(super) fn copy_window_command(&self, view: Option<ViewId>) -> Vec<Effect> {
        let line = self.workspace.active_tab().and_then(|tab| window_command(&tab.content, &tab.lens, view));
        line.into_iter().map(Effect::Copy).collect()
    }
}

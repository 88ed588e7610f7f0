//! Commands about notes.

use super::{Effect, Session};
use crate::gui::workspace::Content;
use crate::session::note::{Note, NoteOn, note_on};

impl Session {
    /// Has a note written: about what is chosen, if nothing else is said, or about the middle of the time that is shown.
    pub(super) fn edit_note(&self, on: Option<NoteOn>) -> Vec<Effect> {
        let Some(tab) = self.workspace.active_tab() else { return Vec::new() };
        let chosen = || tab.lens.selection.as_ref().and_then(NoteOn::of);
        let shown =
            || tab.lens.trace.range.map(|range| range.start_nanos + range.length() / 2).map(NoteOn::Moment);
        let Some(on) = on.or_else(chosen).or_else(shown) else { return Vec::new() };
        let old = note_on(&tab.lens.notes, &on).cloned();
        vec![Effect::EditNote(on, old)]
    }

    /// The notes on what a tab that was closed has shown.
    pub(super) fn take_closed_notes(&mut self, content: &Content) -> Vec<Note> {
        let closed = &mut self.workspace.closed;
        let at = closed.iter().position(|(closed, _)| closed.shows_same(content));
        at.map(|at| closed.remove(at).1).unwrap_or_default()
    }
}

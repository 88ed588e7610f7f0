//! Commands about goroutine dumps.

use super::Session;
use crate::gui::command::Command;
use crate::gui::selection::Item;
use crate::gui::workspace::Zoom;

impl Session {
    /// Carries out what is about goroutine dumps; all else changes nothing.
    pub(super) fn apply_to_dumps(&mut self, command: Command) {
        match command {
            Command::ChooseGrouping(grouping) => self.change(|lens| lens.dump.grouping = grouping),
            Command::ChooseDump(dump) => self.change(|lens| {
                lens.dump.dump = dump;
                lens.dump.looked_at = None;
            }),
            Command::SortGroups(sort) => self.change(|lens| lens.dump.sort = Some(sort)),
            Command::KeepState(state) => self.change(|lens| lens.dump.keep_state(&state)),
            Command::DropState(state) => self.change(|lens| lens.dump.states.retain(|other| *other != state)),
            Command::KeepWaiting(minutes) => self.change(|lens| lens.dump.min_minutes = minutes),
            Command::DrawLocks(draws) => self.change(|lens| lens.dump.draws_locks = draws),
            // A path means nothing where stacks begin with other frames.
            Command::ChooseOuterFrame(outer) => self.change(|lens| {
                lens.dump.outer = outer;
                lens.zoom = Zoom::default();
                if let Some(Item::CallPath(path)) = &lens.selection {
                    lens.selection = path.last().cloned().map(Item::Function);
                }
            }),
            Command::SelectGoroutine(number, looked_at) => self.change(|lens| {
                lens.selection = Some(Item::Goroutine(number));
                lens.dump.looked_at = looked_at;
            }),
            _ => {}
        }
    }
}

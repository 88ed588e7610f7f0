//! Commands about stores of profiles.

use super::Session;
use crate::gui::command::Command;

impl Session {
    /// Carries out what is about stores; all else changes nothing.
    pub(super) fn apply_to_stores(&mut self, command: Command) {
        match command {
            Command::ChooseProfiles(selector) => self.change(|lens| lens.store.selector = selector),
            Command::DrawTime(range) => self.change(|lens| lens.store.draw(range)),
            Command::ForgetTime(side) => self.change(|lens| lens.store.forget(side)),
            _ => {}
        }
    }
}

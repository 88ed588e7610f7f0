//! Where preferences are kept: one small JSON file in the config folder.

use std::path::PathBuf;
use std::{fs, io};

use etcetera::base_strategy::BaseStrategy as _;

use super::preferences::Preferences;
use crate::whole_file::write_whole_file;

/// Where preferences are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In a file.
    File(PathBuf),
    /// Nowhere: tests, and systems without a config folder.
    Nowhere,
}

impl Store {
    /// The user's own: `goscope/window.json` in the system's config folder.
    pub fn of_user() -> Self {
        config_folder().map_or(Self::Nowhere, |folder| Self::File(folder.join("goscope").join("window.json")))
    }

    /// What was saved; the defaults if there is nothing, or nothing readable.
    pub fn load(&self) -> Preferences {
        match self {
            Self::File(path) => {
                fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
            }
            Self::Nowhere => Preferences::default(),
        }
    }

    /// Saves. A crash in between leaves the old file.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self, preferences: &Preferences) -> io::Result<()> {
        let Self::File(path) = self else { return Ok(()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let text = serde_json::to_vec_pretty(preferences)?;
        write_whole_file(path, |out| out.write_all(&text))
    }
}

/// Where the session is kept for the next start: in the system's folder for what a program remembers, `~/.local/state`,
/// where it has one.
pub(super) fn last_session() -> Option<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy().ok()?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(folder.join("goscope").join("last.goscope"))
}

/// The system's folder for settings: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
fn config_folder() -> Option<PathBuf> {
    let folders = etcetera::base_strategy::choose_native_strategy().ok()?;
    // On macOS a program's config folder is for its preferences, which the system keeps in a format of its own.
    Some(if cfg!(target_os = "macos") { folders.data_dir() } else { folders.config_dir() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;
    use crate::gui::preferences::ThemeChoice;

    #[test]
    fn what_is_saved_is_loaded_again_and_damage_gives_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("window.json");
        let store = Store::File(path.clone());
        let mut preferences = Preferences { theme: ThemeChoice::Dark, ..Preferences::default() };
        preferences.remember(&Source::File("/tmp/cpu.pb.gz".into()));
        store.save(&preferences).unwrap();
        assert_eq!(store.load(), preferences);
        fs::write(&path, b"{ not json").unwrap();
        assert_eq!(store.load(), Preferences::default());
    }
}

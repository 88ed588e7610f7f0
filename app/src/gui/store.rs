//! What outlives the window: recent files and choices of the user, as one small JSON file in the config folder.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use serde::{Deserialize, Serialize};

use super::workspace::{Layouts, Panels, ThemeChoice};
use crate::document::Source;
use crate::source::editor::Editor;

/// Files that are remembered.
const MAX_RECENT: usize = 20;

/// The content of the file. Unknown and missing fields do no harm, so old and new versions can share it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Files opened last, newest first.
    pub recent: Vec<Source>,
    /// Light, dark, or as the system says.
    pub theme: ThemeChoice,
    /// Which panels are shown.
    pub panels: Panels,
    /// What source opens in.
    pub editor: Editor,
    /// Where views stand, for the kinds of tabs whose views were moved.
    pub layouts: Layouts,
}

impl Settings {
    /// Remembers that a file was opened; samples are always there and need no remembering.
    pub fn remember(&mut self, source: &Source) {
        if matches!(source, Source::File(_)) {
            self.recent.retain(|other| other != source);
            self.recent.insert(0, source.clone());
            self.recent.truncate(MAX_RECENT);
        }
    }
}

/// Where settings are kept.
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
    pub fn load(&self) -> Settings {
        match self {
            Self::File(path) => {
                fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
            }
            Self::Nowhere => Settings::default(),
        }
    }

    /// Saves. A crash in between leaves the old file.
    ///
    /// # Errors
    /// What the system says.
    pub fn save(&self, settings: &Settings) -> io::Result<()> {
        let Self::File(path) = self else { return Ok(()) };
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let unfinished = path.with_extension("json.new");
        fs::write(&unfinished, serde_json::to_vec_pretty(settings)?)?;
        fs::rename(&unfinished, path)
    }
}

/// The system's folder for settings: `~/.config`, `~/Library/Application Support`, `%APPDATA%`.
fn config_folder() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = |folder: &str| env::home_dir().map(|home: PathBuf| home.join(Path::new(folder)));
    if cfg!(windows) {
        absolute("APPDATA")
    } else if cfg!(target_os = "macos") {
        home("Library/Application Support")
    } else {
        absolute("XDG_CONFIG_HOME").or_else(|| home(".config"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_files_are_kept_newest_first_and_once() {
        let mut settings = Settings::default();
        for name in ["a", "b", "a"] {
            settings.remember(&Source::File(name.into()));
        }
        settings.remember(&Source::Sample("cpu".to_owned()));
        assert_eq!(settings.recent, [Source::File("a".into()), Source::File("b".into())]);
    }

    #[test]
    fn what_is_saved_is_loaded_again_and_damage_gives_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep").join("window.json");
        let store = Store::File(path.clone());
        let mut settings = Settings { theme: ThemeChoice::Dark, ..Settings::default() };
        settings.remember(&Source::File("/tmp/cpu.pb.gz".into()));
        store.save(&settings).unwrap();
        assert_eq!(store.load(), settings);
        fs::write(&path, b"{ not json").unwrap();
        assert_eq!(store.load(), Settings::default());
    }
}

//! What the user has chosen for all tabs and all sessions to come: one struct, saved as it is. Only `update` writes it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::layout::Layout;
use super::workspace::ContentKind;
use crate::capture::wish::{What, Wish};
use crate::document::Source;
use crate::input_bytes::address;
use crate::source::editor::Editor;
use crate::store_document::shown_store;

/// Files that are remembered.
const MAX_RECENT: usize = 20;
/// Running programs that are remembered.
const MAX_TARGETS: usize = 8;

/// The choices. Fields that are missing, unknown or of an unknown kind do no harm, so old and new versions can share
/// the file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Preferences {
    /// Files opened last, newest first.
    #[serde(deserialize_with = "known_or_default")]
    pub recent: Vec<Source>,
    /// Light, dark, or as the system says.
    #[serde(deserialize_with = "known_or_default")]
    pub theme: ThemeChoice,
    /// Whether things appear where they belong, and do not move there.
    #[serde(deserialize_with = "known_or_default")]
    pub is_still: bool,
    /// Which panels are shown.
    #[serde(deserialize_with = "known_or_default")]
    pub panels: Panels,
    /// What source opens in.
    #[serde(deserialize_with = "known_or_default")]
    pub editor: Editor,
    /// What was captured from running programs, and how.
    #[serde(deserialize_with = "known_or_default")]
    pub capture: CaptureChoices,
    /// Where views stand, for the kinds of tabs whose views were moved.
    #[serde(deserialize_with = "known_layouts")]
    pub layouts: BTreeMap<ContentKind, Layout>,
}

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Which panels are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Panels {
    /// The problems at the bottom.
    pub problems: bool,
}

/// What was asked of running programs last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CaptureChoices {
    /// Programs, without what may be secret, newest first.
    pub targets: Vec<String>,
    /// What was taken.
    pub what: What,
    /// How long the server measures, in s; 0 for the usual time.
    seconds: u32,
    /// The folder for files; `None` for the usual one.
    folder: Option<PathBuf>,
}

impl CaptureChoices {
    /// How long the server measures, in s.
    pub const fn seconds(&self) -> u32 {
        if self.seconds == 0 { 10 } else { self.seconds }
    }

    /// The folder for files.
    pub fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(usual_folder)
    }

    fn remember(&mut self, wish: &Wish) {
        let place = wish.place();
        self.targets.retain(|other| *other != place);
        self.targets.insert(0, place);
        self.targets.truncate(MAX_TARGETS);
        (self.what, self.seconds) = (wish.what, wish.seconds);
        self.folder = (wish.folder != usual_folder()).then(|| wish.folder.clone());
    }
}

/// `captures` in the folder of the system for what a user's programs make: `~/.local/share/goscope`.
fn usual_folder() -> PathBuf {
    let data = etcetera::base_strategy::choose_native_strategy().map(|folders| folders.data_dir());
    data.unwrap_or_else(|_| PathBuf::from(".")).join("goscope").join("captures")
}

impl Preferences {
    /// Remembers what was asked of a running program.
    pub(super) fn remember_capture(&mut self, wish: &Wish) {
        self.capture.remember(wish);
    }

    /// Where the views of such a tab stand.
    pub fn layout(&self, kind: ContentKind) -> Layout {
        self.layouts.get(&kind).cloned().unwrap_or_else(|| Layout::of(kind))
    }

    /// Remembers that a file was opened, an address without what may be secret; samples are always there and need no
    /// remembering.
    pub(super) fn remember(&mut self, source: &Source) {
        if let Source::File(path) = source {
            let kept = address(path).map(|address| PathBuf::from(address.without_secrets().to_string()));
            let kept = kept.or_else(|| shown_store(path).map(PathBuf::from));
            let kept = Source::File(kept.unwrap_or_else(|| path.clone()));
            self.recent.retain(|other| *other != kept);
            self.recent.insert(0, kept);
            self.recent.truncate(MAX_RECENT);
        }
    }
}

/// A field as it was saved; its default if another version saved what this one does not know.
fn known_or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    let saved = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(saved).unwrap_or_default())
}

/// The layouts whose views are all known; the others fall back to the default.
fn known_layouts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<ContentKind, Layout>, D::Error> {
    let saved: BTreeMap<String, Value> = known_or_default(deserializer)?;
    let known = |(kind, layout): (String, Value)| {
        Some((serde_json::from_value(kind.into()).ok()?, serde_json::from_value(layout).ok()?))
    };
    Ok(saved.into_iter().filter_map(known).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::view_id::ViewId;

    #[test]
    fn recent_files_are_kept_newest_first_and_once() {
        let mut preferences = Preferences::default();
        for name in ["a", "b", "a"] {
            preferences.remember(&Source::File(name.into()));
        }
        preferences.remember(&Source::Sample("cpu".to_owned()));
        assert_eq!(preferences.recent, [Source::File("a".into()), Source::File("b".into())]);
    }

    #[test]
    fn an_address_is_remembered_without_its_secrets() {
        let mut preferences = Preferences::default();
        preferences.remember(&Source::File("https://me:pw@host/heap?token=x&gc=1".into()));
        assert_eq!(preferences.recent, [Source::File("https://host/heap?gc=1".into())]);
    }

    #[test]
    fn layouts_that_the_first_versions_saved_by_title_are_read() {
        let saved = r#"{
            "theme": "Dark",
            "layouts": {
                "Profile": {
                    "root": { "Row": [
                        { "share": 0.75, "node": { "View": "Flame graph" } },
                        { "share": 0.25, "node": { "View": "Details" } }
                    ] },
                    "hidden": ["Details"]
                }
            }
        }"#;
        let preferences: Preferences = serde_json::from_str(saved).expect("a file of the first version");
        assert_eq!(preferences.theme, ThemeChoice::Dark);
        let layout = preferences.layout(ContentKind::Profile);
        assert!(layout.shows(ViewId::FlameGraph) && layout.knows(ViewId::Details));
        assert!(!layout.shows(ViewId::Details) && !layout.knows(ViewId::Functions));
    }

    #[test]
    fn what_a_later_version_saved_costs_only_itself() {
        let saved = r#"{
            "recent": [{ "File": "/tmp/cpu.pb.gz" }],
            "theme": "Sepia",
            "editor": "Zed",
            "cheese": true,
            "layouts": {
                "Profile": { "root": { "View": "crystal_ball" } },
                "Dump": { "root": { "View": "details" } },
                "Diff": { "root": { "View": "changes" } }
            }
        }"#;
        let preferences: Preferences = serde_json::from_str(saved).expect("a file of a later version");
        assert_eq!(preferences.recent, [Source::File("/tmp/cpu.pb.gz".into())]);
        assert_eq!((preferences.theme, preferences.editor), (ThemeChoice::System, Editor::Zed));
        assert_eq!(preferences.layouts.len(), 1);
        assert!(preferences.layout(ContentKind::Diff).shows(ViewId::Changes));
        assert_eq!(preferences.layout(ContentKind::Profile), Layout::of(ContentKind::Profile));
    }
}

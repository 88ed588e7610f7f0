//! CPU profiles that lie beside outputs of benchmarks and are of their runs: by one name, or as `goscope bench -o` leaves them.
//! It looks into folders, so only workers ask it.
//!
//! ```text
//! new.txt        new.cpu.pb.gz
//! runs/head.txt  runs/profiles/head-shop.Sum-1.cpu.pb.gz  head-shop.Sum-1.txt
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::document::{Document, Source};
use crate::query::bench_files::{is_profile_name, run_of};
use crate::query::documents::Documents;
use crate::query::question::{Question, QuestionError};

/// Names of a folder that are looked at, at most.
const MOST_NAMES: usize = 10_000;
/// Profiles that are offered for a side, at most.
const MOST_PROFILES: usize = 200;
/// Where `goscope bench -o` leaves profiles.
const PROFILES: &str = "profiles";

/// Asks for profiles that lie beside the files of both sides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProfilesNearQuery;

/// Profiles, and outputs of the profiled processes, that could be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfilesNear {
    /// For the base, or the only side.
    pub base: Vec<Source>,
    /// For the head.
    pub head: Vec<Source>,
}

impl Question for ProfilesNearQuery {
    type Answer = ProfilesNear;
    type Input = ();

    fn input(&self) {}

    fn answer(&self, documents: Documents<'_>, (): ()) -> Result<ProfilesNear, QuestionError> {
        let [base, head] = documents.both_sides().map(|side| side.iter().flat_map(near).collect());
        Ok(ProfilesNear { base, head })
    }
}

/// What lies beside an output.
fn near(document: &Arc<Document>) -> Vec<Source> {
    let Source::File(path) = &document.source else { return Vec::new() };
    let Some(folder) = path.parent() else { return Vec::new() };
    let (_, run) = run_of(&document.source);
    let beside = files(folder)
        .into_iter()
        .filter(|(name, path)| is_profile_name(name) && run_of(&Source::File(path.clone())).1 == run);
    let prefix = format!("{run}-");
    let kept = files(&folder.join(PROFILES));
    let has_profile = |name: &str| {
        kept.iter().any(|(other, path)| {
            is_profile_name(other)
                && name.strip_suffix(".txt") == Some(&run_of(&Source::File(path.clone())).1)
        })
    };
    let kept = kept.iter().filter(|(name, _)| name.starts_with(&prefix));
    let kept = kept.filter(|(name, _)| is_profile_name(name) || has_profile(name)).cloned();
    beside.chain(kept).take(MOST_PROFILES).map(|(_, path)| Source::File(path)).collect()
}

/// The files of a folder by name; none of a folder that is not there.
fn files(folder: &Path) -> Vec<(String, PathBuf)> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST_NAMES);
    let mut files: Vec<(String, PathBuf)> =
        entries.filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path()))).collect();
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use goscope_parsers::bench::read_output;

    use super::*;
    use crate::query::answer;

    #[test]
    fn profiles_of_a_run_lie_beside_its_output_or_in_the_folder_that_a_recording_left() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(PROFILES)).expect("a folder");
        let files = [
            "old.txt",
            "old.cpu.pb.gz",
            "old.mem.pb.gz",
            "older.cpu.pb.gz",
            "profiles/old-shop.Sum-1.cpu.pb.gz",
            "profiles/old-shop.Sum-1.txt",
            "profiles/old-notes.txt",
            "profiles/new-shop.Sum-1.cpu.pb.gz",
        ];
        files.iter().for_each(|name| std::fs::write(folder.path().join(name), "").expect("a file"));
        let output = |name: &str| {
            let source = Source::File(folder.path().join(name));
            vec![Arc::new(Document::from_benchmarks(source, read_output(b"")))]
        };
        let near = answer(&ProfilesNearQuery, Documents::sides(&output("old.txt"), &output("new.txt")));
        let near = near.expect("an answer");
        let names = |side: &[Source]| side.iter().map(Source::name).collect::<Vec<_>>();
        assert_eq!(names(&near.base), ["old.cpu.pb.gz", "old-shop.Sum-1.cpu.pb.gz", "old-shop.Sum-1.txt"]);
        assert_eq!(names(&near.head), ["new-shop.Sum-1.cpu.pb.gz"]);
    }
}

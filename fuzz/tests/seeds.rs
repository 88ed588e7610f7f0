//! What once broke something, and where fuzzing begins, on every run of the tests: each small file, whatever it is, as the
//! input of each target.

use std::fs;

use goscope_fuzz::TARGETS;
use goscope_test_support::{files_below, root};

/// As in `fuzz/run.sh`.
const MOST_BYTES: u64 = 32 << 10;

#[test]
fn every_target_takes_every_seed() {
    let folders = ["fuzz/seeds", "parsers/tests/broken", "samples"];
    let all = folders.iter().flat_map(|folder| files_below(&root().join(folder), &[""]));
    let is_small = |path: &std::path::PathBuf| {
        let is_bomb = path.to_string_lossy().contains("bomb");
        !is_bomb && fs::metadata(path).is_ok_and(|about| about.len() <= MOST_BYTES)
    };
    let files: Vec<_> = all.filter(is_small).collect();
    assert!(files.len() > 60, "{} files", files.len());
    for (name, run) in TARGETS {
        for path in &files {
            let bytes = fs::read(path).expect("a file");
            let ran = std::panic::catch_unwind(|| run(&bytes));
            assert!(ran.is_ok(), "{name} breaks on {}", path.display());
        }
    }
}

#[test]
fn each_folder_of_seeds_is_that_of_a_target() {
    for entry in fs::read_dir(root().join("fuzz/seeds")).expect("seeds") {
        let name = entry.expect("a folder").file_name().into_string().expect("a name");
        assert!(TARGETS.iter().any(|(known, _)| *known == name), "{name} is no target");
    }
}

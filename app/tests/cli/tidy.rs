//! The rules of the house that a compiler cannot check: heads, sizes, the direction of dependencies, the map.

mod floors;
mod imports;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use goscope_test_support::root;

/// The longest a source file may be; most are far shorter.
const MAX_LINES: usize = 800;

/// Each crate with the crates of this workspace it may use.
const LAYERS: [(&str, &[&str]); 8] = [
    ("test-support", &[]),
    ("parsers", &[]),
    ("analysis", &["goscope-parsers"]),
    ("flamegraph", &["goscope-parsers", "goscope-analysis"]),
    ("remote", &["goscope-parsers"]),
    ("store", &["goscope-parsers", "goscope-analysis", "goscope-remote"]),
    (
        "app",
        &["goscope-parsers", "goscope-analysis", "goscope-flamegraph", "goscope-remote", "goscope-store"],
    ),
    // Nothing that is given away: it may know what tests share.
    ("fuzz", &["goscope", "goscope-parsers", "goscope-analysis", "goscope-store", "goscope-test-support"]),
];

/// What only the app may know: windows, dialogs and arguments.
const APP_ONLY: [&str; 6] = ["eframe", "egui_extras", "egui_plot", "egui_tiles", "rfd", "clap"];

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Rust files of the workspace's crates, relative to the root, sorted.
fn rust_files() -> Vec<String> {
    let mut files = BTreeSet::new();
    let mut folders: Vec<PathBuf> = LAYERS.iter().map(|(layer, _)| root().join(layer)).collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the workspace").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(root()).expect("below the root");
                files.insert(relative.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    files.into_iter().collect()
}

/// The lines of one table of a manifest, e.g. `dependencies`.
fn manifest_table<'a>(manifest: &'a str, table: &str) -> Vec<&'a str> {
    let header = format!("[{table}]");
    manifest
        .lines()
        .skip_while(|line| *line != header)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .collect()
}

fn dependency_name(line: &str) -> &str {
    line.split(['.', ' ', '=']).next().unwrap_or(line)
}

#[test]
fn every_source_file_opens_with_what_it_is() {
    let bare: Vec<String> =
        rust_files().into_iter().filter(|file| !read(&root().join(file)).starts_with("//! ")).collect();
    assert!(bare.is_empty(), "files that do not begin with `//! `: {bare:?}");
}

#[test]
fn no_source_file_is_longer_than_one_idea() {
    let long: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| read(&root().join(file)).lines().count() > MAX_LINES)
        .collect();
    assert!(long.is_empty(), "files over {MAX_LINES} lines: {long:?}");
}

#[test]
fn dependencies_run_one_way() {
    for (layer, allowed) in LAYERS {
        let manifest = read(&root().join(layer).join("Cargo.toml"));
        let names: Vec<&str> =
            manifest_table(&manifest, "dependencies").into_iter().map(dependency_name).collect();
        assert!(!names.is_empty() || layer == "test-support", "{layer} names its dependencies");
        for name in &names {
            let is_ours = name.starts_with("goscope");
            assert!(!is_ours || allowed.contains(name), "{layer} may not depend on {name}");
            let is_window = APP_ONLY.contains(name);
            assert!(!is_window || layer == "app", "{layer} may not know {name}");
        }
    }
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = read(&root().join("Cargo.toml"));
    let table =
        manifest.split("\n[").find(|table| table.starts_with("workspace.dependencies]")).expect("a table");
    let lines: Vec<&str> = table.lines().skip(1).collect();
    let is_silent = |(above, line): (&&str, &&str)| {
        let is_ours = line.starts_with("goscope-");
        line.contains('=') && !is_ours && !line.contains(" # ") && !above.starts_with("# ")
    };
    let silent: Vec<&str> =
        lines.iter().zip(&lines[1..]).filter(|&pair| is_silent(pair)).map(|(_, line)| *line).collect();
    assert!(lines.len() > 20, "the dependencies are found");
    assert!(silent.is_empty(), "dependencies without a reason: {silent:#?}");
}

#[test]
fn only_the_file_map_and_the_allocator_are_unsafe() {
    let files: Vec<String> = rust_files()
        .into_iter()
        .filter(|file| file != "app/tests/cli/tidy.rs")
        .filter(|file| read(&root().join(file)).contains("unsafe_code"))
        .collect();
    let allowed = ["app/src/allocator.rs", "parsers/src/file_bytes.rs", "parsers/src/map_guard.rs"];
    assert_eq!(files, allowed, "files that are allowed unsafe code");
}

/// The folders with rows of their own in the map.
fn folders_of_the_map() -> BTreeSet<String> {
    let map = read(&root().join("ARCHITECTURE.md"));
    let first_cell = |line: &str| Some(line.strip_prefix("| `")?.split_once('`')?.0.to_owned());
    map.lines().filter_map(first_cell).filter(|folder| folder.contains("/src")).collect()
}

#[test]
fn the_map_names_every_folder_and_no_other() {
    let folder = |file: &String| Some(file.rsplit_once('/')?.0.to_owned());
    let is_mapped = |folder: &String| folder.contains("/src") && !folder.starts_with("test-support");
    let existing: BTreeSet<String> = rust_files().iter().filter_map(folder).filter(is_mapped).collect();
    let named = folders_of_the_map();
    let missing: Vec<&String> = existing.difference(&named).collect();
    let dead: Vec<&String> = named.difference(&existing).collect();
    assert!(missing.is_empty(), "not in ARCHITECTURE.md: {missing:?}");
    assert!(dead.is_empty(), "in ARCHITECTURE.md but not there: {dead:?}");
}

#[test]
fn what_is_left_open_has_an_owner() {
    let marker = concat!("TO", "DO");
    for file in rust_files() {
        for (index, line) in read(&root().join(&file)).lines().enumerate() {
            let is_owned = line.contains(&format!("{marker}("));
            assert!(!line.contains(marker) || is_owned, "{file}:{} has no owner: {line}", index + 1);
        }
    }
}

#[test]
fn samples_carry_no_path_of_the_machine_that_made_them() {
    let home = [b"/ro".as_slice(), b"ot/"].concat();
    let private = [home.as_slice(), b"/home/", b"/Users/"];
    let mut folders = vec![root().join("samples")];
    let mut n_files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("samples/").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            n_files += 1;
            let file = goscope_parsers::FileBytes::open(&path).expect("a sample");
            let bytes = goscope_parsers::inflate_all(&file, 1 << 30).expect("a whole sample");
            for name in private {
                let found = bytes.windows(name.len()).any(|window| window == name);
                assert!(!found, "{} holds {}", path.display(), String::from_utf8_lossy(name));
            }
        }
    }
    assert!(n_files > 0, "there are samples");
}

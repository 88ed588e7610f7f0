//! What other stores got wrong, each by name.

use std::path::Path;

use goscope_parsers::pprof::{ProfileBuilder, encode_profile};
use goscope_store::{Place, Selector, Store, Writer};
use tempfile::TempDir;

use crate::conformance::{add, filled, parse};
use crate::made::{self, Made};
use crate::reports::reports;

fn made_of(folder: &Path, name: &str, build: impl FnOnce(&mut ProfileBuilder)) -> Made {
    let mut builder = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    build(&mut builder);
    let path = folder.join(name);
    std::fs::write(&path, encode_profile(&builder.finish())).expect("a file");
    Made { path, service: "shop", version: "1", is_heap: false }
}

fn frame(builder: &mut ProfileBuilder, name: &str, address: u64) -> goscope_parsers::pprof::LocationId {
    let function = builder.function(name, "a.go", 1);
    let line = goscope_parsers::pprof::Line { function, line: 3, column: 0 };
    builder.location(None, address, &[line])
}

/// The reports of what a store made of these files holds.
fn stored(folder: &Path, files: &[Made]) -> String {
    let place = filled(&folder.join("store"), files, 0..files.len());
    let store = Store::open(place).expect("a store");
    reports(&store.merged(&Selector::default()).expect("a profile").value)
}

#[test]
fn rows_of_a_dictionary_that_repeat_count_once() {
    let folder = TempDir::new().expect("a folder");
    // Each file is added by itself: each writes its own rows of the same stacks.
    let files: Vec<Made> = (0..3)
        .map(|at| {
            made_of(folder.path(), &format!("{at}.pb"), |builder| {
                let (leaf, root) = (frame(builder, "leaf", 1), frame(builder, "root", 2));
                builder.sample(&[1, 10 + at], &[leaf, root], &[]);
            })
        })
        .collect();
    let text = stored(folder.path(), &files);
    assert!(text.contains("33ns   100%   100%       33ns   100%  leaf"), "{text}");
}

#[test]
fn equal_samples_of_a_profile_are_added_up_and_not_eaten() {
    let folder = TempDir::new().expect("a folder");
    let file = made_of(folder.path(), "a.pb", |builder| {
        let leaf = frame(builder, "leaf", 1);
        let label = builder.string_label("endpoint", "/");
        builder.sample(&[1, 10], &[leaf], &[label]);
        builder.sample(&[1, 10], &[leaf], &[label]);
    });
    let own = reports(&parse(&file.path));
    assert_eq!(stored(folder.path(), &[file]), own);
}

#[test]
fn a_label_key_that_repeats_keeps_its_values() {
    let folder = TempDir::new().expect("a folder");
    let file = made_of(folder.path(), "a.pb", |builder| {
        let leaf = frame(builder, "leaf", 1);
        let labels = [builder.string_label("a", "x"), builder.string_label("a", "y")];
        builder.sample(&[1, 10], &[leaf], &labels);
    });
    let own = reports(&parse(&file.path));
    let text = stored(folder.path(), &[file]);
    assert_eq!(text, own);
    assert!(text.contains(": x") && text.contains(": y"), "{text}");
}

#[test]
fn a_label_that_is_empty_and_one_that_is_missing_differ() {
    let folder = TempDir::new().expect("a folder");
    let file = made_of(folder.path(), "a.pb", |builder| {
        let leaf = frame(builder, "leaf", 1);
        let labels = [builder.string_label("a", "x")];
        builder.sample(&[1, 10], &[leaf], &labels);
        builder.sample(&[1, 20], &[leaf], &[]);
    });
    let place = filled(&folder.path().join("store"), &[file], 0..1);
    let store = Store::open(place).expect("a store");
    let total = |text: &str| {
        let profile = store.merged(&Selector::parse(text, 0).expect("a selector")).expect("a profile").value;
        (0..profile.samples.len()).map(|sample| profile.samples.value(sample, 1)).sum::<i64>()
    };
    assert_eq!([total(""), total("a=x"), total("a!=x"), total("a="), total("a!=")], [30, 10, 20, 0, 30]);
}

#[test]
fn recursion_counts_a_stack_once() {
    let folder = TempDir::new().expect("a folder");
    let file = made_of(folder.path(), "a.pb", |builder| {
        let frames = [frame(builder, "f", 1), frame(builder, "f", 2), frame(builder, "main", 3)];
        builder.sample(&[1, 10], &frames, &[]);
    });
    let text = stored(folder.path(), &[file]);
    assert!(text.contains("10ns   100%   100%       10ns   100%  f\n"), "{text}");
}

#[test]
fn samples_whose_profile_was_never_written_are_nobodys() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 6);
    let root = folder.path().join("store");
    filled(&root, &files, 0..3);
    // As if a writer had been stopped before its last step.
    let other = folder.path().join("other");
    filled(&other, &files, 3..6);
    copy_folder(&other.join("samples"), &root.join("samples"));
    let place = Place::Folder(root);
    let count = || {
        Store::open(place.clone())
            .expect("a store")
            .profiles(&Selector::default())
            .expect("profiles")
            .value
            .len()
    };
    assert_eq!(count(), 3);
    // Adding one of them, in another company, counts it once.
    let mut writer = Writer::open(&place).expect("a store");
    add(&mut writer, 4, &files[4]);
    assert_eq!(count(), 4);
    let store = Store::open(place.clone()).expect("a store");
    let selector = Selector::parse("service=*&kind=cpu", 0).expect("a selector");
    let runs = store.runs(&selector).expect("profiles").value;
    let own = runs.iter().find(|run| run.row.source.ends_with("004.pb")).expect("the profile");
    assert_eq!(reports(&own.profile), reports(&parse(&files[4].path)));
}

#[test]
fn what_a_writer_left_that_was_stopped_goes_with_the_next_one() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 2);
    let root = folder.path().join("store");
    let place = filled(&root, &files, 0..1);
    let parts = goscope_test_support::files_below(&root.join("samples"), &[""]);
    let left = [root.clone(), root.join("samples"), parts[0].parent().expect("its folder").to_owned()]
        .map(|folder| folder.join(".goscope-x1Y2z3"));
    for path in &left {
        std::fs::write(path, "half").expect("a file");
    }
    // And one that ended before the folder was a store.
    let begun = folder.path().join("begun");
    std::fs::create_dir(&begun).expect("a folder");
    std::fs::write(begun.join(".goscope-x1Y2z3"), "{").expect("a file");

    drop(Writer::open(&place).expect("a store"));
    filled(&begun, &files, 1..2);
    for path in left.iter().chain([&begun.join(".goscope-x1Y2z3")]) {
        assert!(!path.exists(), "{} is left", path.display());
    }
}

/// A store is for a team: other users may read what the umask lets them.
#[cfg(unix)]
#[test]
fn files_of_a_store_are_as_readable_as_any_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 1);
    let root = folder.path().join("store");
    filled(&root, &files, 0..1);
    let mode = |path: &Path| std::fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let other = folder.path().join("other");
    std::fs::write(&other, "").expect("a file");
    for path in goscope_test_support::files_below(&root, &[""]) {
        assert_eq!(mode(&path), mode(&other), "{}", path.display());
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

//! Stores that are damaged, foreign, or written by others meanwhile: a sentence each, and what is sound is there.

use std::fs;
use std::path::{Path, PathBuf};

use goscope_store::{Place, Selector, Store, Writer};
use goscope_test_support::files_below;
use tempfile::TempDir;

use crate::conformance::{add, filled, parse};
use crate::made;
use crate::reports::reports;

fn error_of(root: &Path) -> String {
    let opened = Store::open(Place::Folder(root.to_owned()));
    let error = opened.map(|_| ()).expect_err("no store").to_string();
    error.replace(&root.display().to_string(), "DIR")
}

#[test]
fn what_is_no_store_is_said() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path();
    let missing = path.join("missing");
    let mut sentences = vec![error_of(&missing), error_of(path)];
    fs::write(path.join("goscope-store.json"), "{").expect("a file");
    sentences.push(error_of(path));
    fs::write(path.join("goscope-store.json"), r#"{"format":"goscope-store","version":9}"#).expect("a file");
    sentences.push(error_of(path));
    fs::write(path.join("goscope-store.json"), r#"{"format":"shop","version":1}"#).expect("a file");
    sentences.push(error_of(path));
    insta::assert_snapshot!(sentences.join("\n"), @r#"
    DIR: there is no such folder; `goscope store add DIR FILES…` makes one
    DIR is no store: it has no file goscope-store.json; `goscope store add` makes one in an empty folder
    DIR/goscope-store.json: it does not say what this folder is: EOF while parsing an object at line 1 column 1
    DIR/goscope-store.json: the store is of version 9, this goscope knows 1: update goscope, or use another folder
    DIR/goscope-store.json: it says that this folder is a "shop", not a goscope-store
    "#);
}

#[test]
fn a_folder_with_other_files_is_not_made_a_store() {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("letter.txt"), "dear").expect("a file");
    let error = Writer::open(&Place::Folder(folder.path().to_owned())).map(|_| ()).expect_err("no store");
    assert!(error.to_string().contains("holds other files and is no store"), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn cuts_and_flips_all_over_every_file_are_survived() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 4);
    let root = folder.path().join("store");
    let place = filled(&root, &files, 0..4);
    let mut n_wrong = 0;
    for path in files_below(&root, &[".parquet"]) {
        let whole = fs::read(&path).expect("a file");
        let step = (whole.len() / 40).max(1);
        let mut damaged: Vec<Vec<u8>> =
            (0..whole.len()).step_by(step).map(|len| whole[..len].to_vec()).collect();
        for at in (0..whole.len()).step_by(step) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x55;
            damaged.push(flipped);
        }
        for bytes in damaged {
            fs::write(&path, bytes).expect("a file");
            let store = Store::open(place.clone()).expect("a store");
            // A profile, perhaps of less, or a sentence.
            match store.merged(&Selector::parse("service=*&kind=cpu", 0).expect("a selector")) {
                Ok(taken) => n_wrong += usize::from(!taken.warnings.is_empty()),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        fs::write(&path, whole).expect("a file");
    }
    assert!(n_wrong > 100, "{n_wrong} say what is lost");
}

#[test]
fn a_part_that_is_damaged_is_left_out_and_said_and_added_again() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 4);
    let root = folder.path().join("store");
    let place = filled(&root, &files, 0..4);
    let part: PathBuf = files_below(&root.join("profiles"), &[".parquet"]).swap_remove(0);
    fs::write(&part, "PAR1").expect("a file");
    let store = Store::open(place.clone()).expect("a store");
    let taken = store.profiles(&Selector::default()).expect("profiles");
    assert_eq!(taken.value.len(), 3);
    let warning = taken.warnings.join("\n");
    assert!(warning.contains("is no sound Parquet file") && warning.ends_with("it is left out"), "{warning}");
    let mut writer = Writer::open(&place).expect("a store");
    // Compacting would lose what the damaged file may still tell somebody.
    assert!(writer.compact().is_err());
    let added: usize = (0..4).map(|at| add(&mut writer, at, &files[at]).n_new).sum();
    assert_eq!(added, 1);
    assert_eq!(store.profiles(&Selector::default()).expect("profiles").value.len(), 4);
}

#[test]
fn profiles_whose_samples_are_gone_are_said_and_compacting_forgets_them_and_no_others() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 12);
    let root = folder.path().join("store");
    let place = filled(&root, &files, 0..12);
    let selector = Selector::parse("service=*&kind=cpu", 0).expect("a selector");
    let store = Store::open(place.clone()).expect("a store");
    let before = store.runs(&selector).expect("profiles").value;
    // Each file was added by itself: a part has one profile.
    let gone = store.profiles(&selector).expect("profiles").value.swap_remove(1);
    let of_service = files_below(&root.join("samples"), &[".parquet"]);
    let is_part = |path: &&PathBuf| {
        let part = path.to_string_lossy().replace("/samples/", "/profiles/");
        let rows =
            Store::open(place.clone()).expect("a store").profiles(&Selector::default()).expect("profiles");
        fs::rename(&part, folder.path().join("aside")).expect("moved");
        let without =
            Store::open(place.clone()).expect("a store").profiles(&Selector::default()).expect("profiles");
        fs::rename(folder.path().join("aside"), &part).expect("moved back");
        rows.value.iter().any(|row| row.id == gone.id) && !without.value.iter().any(|row| row.id == gone.id)
    };
    fs::remove_file(of_service.iter().find(is_part).expect("its part")).expect("removed");
    let error = store.merged(&selector).map(drop).expect_err("samples are missing").to_string();
    assert!(error.contains("a file of samples was taken away"), "{error}");

    let mut writer = Writer::open(&place).expect("a store");
    writer.compact().expect("compacted");
    let after = store.runs(&selector).expect("profiles").value;
    assert_eq!(after.len(), before.len() - 1);
    let kept = before.iter().filter(|run| run.row.id != gone.id);
    for (before, after) in kept.zip(&after) {
        assert_eq!(reports(&before.profile), reports(&after.profile));
    }
    // It can be added again.
    drop(writer);
    let mut writer = Writer::open(&place).expect("a store");
    let n_new: usize = (0..12).map(|at| add(&mut writer, at, &files[at]).n_new).sum();
    assert_eq!(n_new, 1);
}

#[test]
fn a_stack_that_is_missing_is_shown_as_such() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 4);
    let root = folder.path().join("store");
    let place = filled(&root, &files, 3..4);
    fs::remove_dir_all(root.join("stacks")).expect("no stacks");
    let store = Store::open(place).expect("a store");
    let taken = store.merged(&Selector::default()).expect("a profile");
    assert!(reports(&taken.value).contains("[unknown stack]"));
    assert!(taken.warnings[0].contains("are missing in the store"), "{:?}", taken.warnings);
    let total = |profile: &goscope_parsers::pprof::Profile| profile.samples.all_values().iter().sum::<i64>();
    assert_eq!(total(&taken.value), total(&parse(&files[3].path)));
}

#[test]
fn a_link_does_not_lead_out_of_the_store() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 4);
    let root = folder.path().join("store");
    let place = filled(&root, &files, 0..2);
    let other = folder.path().join("other");
    filled(&other, &files, 2..4);
    #[cfg(unix)]
    for table in ["profiles", "samples"] {
        let linked =
            fs::read_dir(other.join(table)).expect("a folder").next().expect("a day").expect("a day");
        let target = root.join(table).join("date=2030-01-01");
        std::os::unix::fs::symlink(linked.path(), target).expect("a link");
    }
    let store = Store::open(place).expect("a store");
    assert_eq!(store.profiles(&Selector::default()).expect("profiles").value.len(), 2);
}

#[test]
fn two_writers_wait_for_each_other_and_lose_nothing() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), 24);
    let place = Place::Folder(folder.path().join("store"));
    std::thread::scope(|scope| {
        for first in 0..3 {
            let (place, files) = (&place, &files);
            scope.spawn(move || {
                for at in (first..24).step_by(2) {
                    let mut writer = Writer::open(place).expect("a store");
                    add(&mut writer, at, &files[at]);
                }
            });
        }
    });
    let store = Store::open(place).expect("a store");
    assert_eq!(store.profiles(&Selector::default()).expect("profiles").value.len(), 24);
}

//! A selection of a store gives the reports that the files themselves give, added up as pprof adds up files: whatever order they
//! came in, however often, on however many threads, before and after compacting.

use std::path::Path;

use goscope_analysis::profile::merge::merge;
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile};
use goscope_parsers::{FileBytes, Progress};
use goscope_store::{AddOptions, Added, Input, Place, Selector, Store, Writer};
use tempfile::TempDir;

use crate::made::{self, MINUTE, Made, TEN};
use crate::reports::reports;

/// Files of the set.
pub(crate) const N_FILES: usize = 60;

/// A moment after all of them, which `since` counts from.
pub(crate) const NOW: i64 = TEN + 60 * MINUTE;

/// What of a file decides whether it is meant: its number too, which is its minute.
type IsMeant = fn(usize, &Made) -> bool;

/// Selections, and which files they mean.
const SELECTIONS: [(&str, IsMeant); 15] = [
    ("service=*&kind=cpu", |_, made| !made.is_heap),
    ("service=*&kind=heap", |_, made| made.is_heap),
    ("service=shop&kind=cpu", |_, made| made.service == "shop" && !made.is_heap),
    ("service=cart%20api&kind=heap", |_, made| made.service == "cart api" && made.is_heap),
    ("service=shop&service=search&type=cpu", |_, made| made.service != "cart api" && !made.is_heap),
    ("service!=shop&kind!=heap", |_, made| made.service != "shop" && !made.is_heap),
    ("service~=^s&kind=cpu", |_, made| made.service.starts_with('s') && !made.is_heap),
    ("service=*&version=1.4&kind=cpu", |_, made| made.version == "1.4" && !made.is_heap),
    ("service=*&version~=^1\\.[34]&kind=heap", |_, made| made.version != "1.5-rc" && made.is_heap),
    ("service=*&kind=cpu&from=2026-11-25T10:20:00Z", |at, made| at >= 20 && !made.is_heap),
    ("service=*&kind=cpu&from=2026-11-25T10:20:00Z&to=2026-11-25T10:30Z", |at, made| {
        (20..30).contains(&at) && !made.is_heap
    }),
    ("service=*&kind=heap&since=30m", |at, made| at >= 30 && made.is_heap),
    ("service=*&kind=heap&since=30m&until=10m", |at, made| (30..50).contains(&at) && made.is_heap),
    ("service=*&kind=cpu&to=2000-01-01", |at, _| at == 0),
    ("service=*&pod=pod-1&kind=cpu", |at, made| at % 2 == 1 && !made.is_heap),
];

/// Adds a file with what its set knows of it.
pub(crate) fn add(writer: &mut Writer, at: usize, made: &Made) -> Added {
    let path = made.path.clone();
    let open = move || FileBytes::open(&path).map_err(|error| error.to_string());
    let input = Input { name: made.path.display().to_string(), may_be_other: false, open: Box::new(open) };
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let labels = vec![
        label("service", made.service),
        label("version", made.version),
        label("pod", &format!("pod-{}", at % 2)),
    ];
    let options = AddOptions { labels, time_nanos: None, max_inflated_bytes: 1 << 30 };
    writer.add(&[input], &options, &Progress::new()).expect("added")
}

/// A store with all files, added in this order.
pub(crate) fn filled(root: &Path, files: &[Made], order: impl Iterator<Item = usize>) -> Place {
    let place = Place::Folder(root.to_owned());
    let mut writer = Writer::open(&place).expect("a store");
    for at in order {
        add(&mut writer, at, &files[at]);
    }
    place
}

pub(crate) fn parse(path: &Path) -> Profile {
    let bytes = std::fs::read(path).expect("a file");
    parse_profile(&bytes, &ParseOptions::default()).expect("a profile")
}

/// The reports of the files that are meant, added up as pprof adds them up.
fn of_files(files: &[Made], is_meant: IsMeant) -> String {
    let meant = files.iter().enumerate().filter(|(at, made)| is_meant(*at, made));
    let profiles: Vec<Profile> = meant.map(|(_, made)| parse(&made.path)).collect();
    reports(&merge(profiles).expect("profiles that can be added up"))
}

/// Compares all selections of a store with the files.
#[track_caller]
pub(crate) fn check(place: &Place, files: &[Made]) {
    let store = Store::open(place.clone()).expect("a store");
    for (text, is_meant) in SELECTIONS {
        let selector = Selector::parse(text, NOW).expect("a selector");
        let taken = store.merged(&selector).expect("a profile");
        assert_eq!(taken.warnings, Vec::<String>::new(), "{text}");
        assert_eq!(reports(&taken.value), of_files(files, is_meant), "{text}");
    }
}

#[test]
fn a_selection_gives_the_reports_of_its_files() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), N_FILES);
    let place = filled(&folder.path().join("store"), &files, 0..N_FILES);
    check(&place, &files);
    // Each profile by itself, too.
    let store = Store::open(place).expect("a store");
    let selector = Selector::parse("service=*&kind=cpu", NOW).expect("a selector");
    let runs = store.runs(&selector).expect("profiles");
    let own: Vec<&Made> = files.iter().filter(|made| !made.is_heap).collect();
    assert_eq!(runs.value.len(), own.len());
    for (run, made) in runs.value.iter().zip(own) {
        assert_eq!(reports(&run.profile), reports(&parse(&made.path)), "{}", made.path.display());
    }
}

#[test]
fn order_repetition_threads_and_compacting_change_nothing() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), N_FILES);
    let root = folder.path().join("store");
    for (jobs, order) in [(1, (0..N_FILES).rev().collect::<Vec<_>>()), (8, (0..N_FILES).collect())] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().expect("threads");
        pool.install(|| filled(&root, &files, order.into_iter()));
    }
    let place = Place::Folder(root);
    check(&place, &files);
    let mut writer = Writer::open(&place).expect("a store");
    let compacted = writer.compact().expect("compacted");
    assert!(compacted.n_files[1] * 4 < compacted.n_files[0], "{compacted:?}");
    check(&place, &files);
    // A second time there is nothing to do.
    let again = writer.compact().expect("compacted");
    assert_eq!((again.n_files[0], again.n_bytes[0]), (again.n_files[1], again.n_bytes[1]));
    // What is known stays known.
    let added = add(&mut writer, 3, &files[3]);
    assert_eq!((added.n_new, added.n_known), (0, 1));
}

#[test]
fn what_is_removed_is_gone_and_the_rest_is_as_before() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), N_FILES);
    let place = filled(&folder.path().join("store"), &files, 0..N_FILES);
    let mut writer = Writer::open(&place).expect("a store");
    let selector = |text: &str| Selector::parse(text, NOW).expect("a selector");
    // No profile says so of itself: samples alone do.
    assert_eq!(writer.remove(&selector("endpoint=/")).expect("removed"), 0);
    let n_heaps = files.iter().filter(|made| made.is_heap).count();
    assert_eq!(writer.remove(&selector("kind=heap")).expect("removed"), n_heaps);
    let store = Store::open(place).expect("a store");
    let left = store.profiles(&Selector::default()).expect("profiles").value;
    assert_eq!(left.len(), N_FILES - n_heaps);
    let taken = store.merged(&selector("service=*")).expect("a profile");
    assert_eq!(reports(&taken.value), of_files(&files, |_, made| !made.is_heap));
    writer.compact().expect("compacted");
    let taken = store.merged(&selector("service=*")).expect("a profile");
    assert_eq!(reports(&taken.value), of_files(&files, |_, made| !made.is_heap));
}

#[test]
fn a_copy_of_a_store_is_equal() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), N_FILES);
    let place = filled(&folder.path().join("store"), &files, 0..N_FILES);
    let copy = Place::Folder(folder.path().join("copy"));
    let from = Store::open(place).expect("a store");
    let mut writer = Writer::open(&copy).expect("a store");
    let selector = Selector::parse("kind=cpu", NOW).expect("a selector");
    let n_cpu = files.iter().filter(|made| !made.is_heap).count();
    assert_eq!(writer.copy(&from, &selector).expect("copied").n_new, n_cpu);
    let added = writer.copy(&from, &Selector::default()).expect("copied");
    assert_eq!((added.n_new, added.n_known), (N_FILES - n_cpu, n_cpu));
    check(&copy, &files);
}

#[test]
fn what_fits_nothing_or_several_things_is_said() {
    let folder = TempDir::new().expect("a folder");
    let files = made::write(folder.path(), N_FILES);
    let place = filled(&folder.path().join("store"), &files, 0..N_FILES);
    let store = Store::open(place.clone()).expect("a store");
    let sentence = |text: &str| {
        let selector = Selector::parse(text, NOW).expect("a selector");
        let error = store.merged(&selector).expect_err("nothing").to_string();
        error.replace(&place.input_text(), "store:DIR")
    };
    insta::assert_snapshot!(
        ["", "service=shop", "service=shp", "service=shop&type=wall"].map(sentence).join("\n"),
        @r"
        the store has several services; add service=NAME, or service=* for all of them: cart api, search, shop
        profiles of several kinds match, which cannot be added up; add kind=NAME: cpu (11), heap (5)
        no profile in store:DIR matches service=shp; it has 60 from 1970-01-01T00:00:00Z to 2026-11-25T10:59:00Z, of the services cart api, search, shop
        no profile in store:DIR matches service=shop&type=wall; it has 60 from 1970-01-01T00:00:00Z to 2026-11-25T10:59:00Z, of the services cart api, search, shop
        "
    );
}

//! Any bytes as a file of a store, which says itself of which table it is: what is read of it is sound or left out, and what
//! is asked of it becomes no other statement of SQL.

use std::fs;
use std::panic::{set_hook, take_hook};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use goscope_parsers::{FileBytes, Progress};
use goscope_store::{AddOptions, By, Dialect, Input, Place, Selector, Store, Writer};
use goscope_test_support::{files_below, sample};

/// The library that reads Parquet panics over some damage; the store catches that, and says that the file makes no sense. Where
/// each panic ends the program, as under libFuzzer, its own ones must not: one that nobody catches still does.
static CAUGHT_PANICS: LazyLock<()> = LazyLock::new(|| {
    let others = take_hook();
    set_hook(Box::new(move |panic| {
        let is_of_library = |file: &str| file.contains("/parquet-") || file.contains("/arrow-");
        if !panic.location().is_some_and(|place| is_of_library(place.file())) {
            others(panic);
        }
    }));
});

/// The files of a store with one profile.
static FILES: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("store");
    add(&root, &sample("diff/base1.heap.pb.gz"));
    let of_root = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a file");
        (path.strip_prefix(&root).expect("below the root").to_owned(), bytes)
    };
    files_below(&root, &[".parquet", ".json"]).into_iter().map(of_root).collect()
});

/// Adds a file to a store.
pub(crate) fn add(root: &Path, path: &Path) {
    let mut writer = Writer::open(&Place::Folder(root.to_owned())).expect("a store");
    let input = Input {
        name: path.display().to_string(),
        may_be_other: false,
        open: Box::new(|| FileBytes::open(path).map_err(|error| error.to_string())),
    };
    let labels = vec![("service".to_owned(), "shop".to_owned())];
    let options = AddOptions { labels, time_nanos: Some(1), max_inflated_bytes: 1 << 24 };
    let added = writer.add(&[input], &options, &Progress::new()).expect("it is written");
    assert_eq!((added.n_new, &added.failed), (1, &Vec::new()));
}

/// The table that the bytes say to be of; samples where they say nothing.
fn table(bytes: &[u8]) -> &'static str {
    let says = |name: &&str| {
        let label = format!("{name}/1");
        bytes.windows(label.len()).any(|window| window == label.as_bytes())
    };
    ["profiles", "stacks", "frames", "summaries"].into_iter().find(says).unwrap_or("samples")
}

pub(crate) fn run(data: &[u8]) {
    LazyLock::force(&CAUGHT_PANICS);
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let table = table(data);
    for (path, bytes) in &*FILES {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let is_it = path.strip_prefix(root).is_ok_and(|path| path.starts_with(table));
        fs::write(path, if is_it { data } else { bytes }).expect("written");
    }
    let store = Store::open(Place::Folder(root.to_owned())).expect("a store");
    let all = Selector::parse("service=*", 0).expect("a selector");
    let _ = store.profiles(&all);
    let _ = store.trace_rows(&all);
    let _ = store.runs(&all);
    let _ = store.top(&all, &By::named("version"), 10);
    let _ = store.share(&all, "main.main", &By::named("instance"));
    if let Ok(profile) = store.merged(&all) {
        goscope_parsers::pprof::encode_profile(&profile.value);
    }
    if let Ok(text) = std::str::from_utf8(&data[..data.len().min(200)]) {
        for dialect in [Dialect::ClickHouse, Dialect::DuckDb] {
            let shape =
                |text: &str| store.find_sql(&all, text, dialect).map(|sql| without_texts(&sql, dialect));
            if let (Ok(usual), Ok(shape)) = (shape("main.main"), shape(text)) {
                assert_eq!(shape, usual, "{text:?}");
            }
        }
    }
}

/// A statement without what is in quotes.
fn without_texts(sql: &str, dialect: Dialect) -> String {
    let mut shape = String::new();
    let mut letters = sql.chars();
    while let Some(letter) = letters.next() {
        shape.push(letter);
        if letter != '\'' {
            continue;
        }
        while let Some(letter) = letters.next() {
            match letter {
                '\'' => break,
                '\\' if dialect == Dialect::ClickHouse => drop(letters.next()),
                _ => {}
            }
        }
    }
    // A quote in a text, written twice, makes it two.
    while shape.contains("''") {
        shape = shape.replace("''", "'");
    }
    shape
}

//! Bytes as a profile that is sound: functions, inlined frames, recursion, labels, values. It is written in every form and
//! read back, kept in a store, and asked all that reports ask.

use goscope_analysis::profile::call_tree::call_tree;
use goscope_analysis::profile::stacks::select;
use goscope_parsers::pprof::{Line, Profile, ProfileBuilder, encode_profile, parse_profile};
use goscope_store::{Place, Selector, Store, write_parquet};

const NAMES: [&str; 8] = [
    "main.main",
    "main.(*Shop[go.shape.int]).serve",
    "runtime.mallocgc",
    "a;b",
    "x y 1",
    "\u{202e}main.\x1b[31m",
    "",
    "日本.本",
];
const LABELS: [&str; 5] = ["user", "bytes", "", "a=b", "\"\n"];

pub(crate) fn run(data: &[u8]) {
    let profile = made(data);
    let again = parse_profile(&encode_profile(&profile), &Default::default());
    assert_eq!(again.expect("what we write is sound"), profile);
    crate::interop::check(&profile);
    write_parquet(&profile, &mut Vec::new()).expect("memory takes everything");
    let Ok(stacks) = select(&profile, &Default::default()) else { return };
    let tree = call_tree(&stacks);
    assert_eq!(tree.cum.first().copied().unwrap_or(0), stacks.total());
    // It takes longer than all else.
    if data.first().is_some_and(|first| first % 16 == 0) {
        in_a_store(&profile);
    }
}

/// What comes out of a store has the same sums.
fn in_a_store(profile: &Profile) {
    let Some(sums) = crate::interop::sums(profile).filter(|sums| !sums.is_empty()) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (file, root) = (folder.path().join("made.pb"), folder.path().join("store"));
    std::fs::write(&file, encode_profile(profile)).expect("written");
    crate::store::add(&root, &file);
    let store = Store::open(Place::Folder(root)).expect("a store");
    let merged = store.merged(&Selector::parse("service=shop", 0).expect("a selector")).expect("a profile");
    assert_eq!(merged.warnings, Vec::<String>::new());
    assert_eq!(crate::interop::sums(&merged.value), Some(sums));
}

/// A profile of what the bytes say: each sample has a byte for how deep it is, its frames, its values and its labels.
fn made(data: &[u8]) -> Profile {
    let mut given = data.iter().copied();
    let mut next = || given.next();
    let mut of = ProfileBuilder::new(&[("samples", "count"), ("cpu", "nanoseconds")]);
    let header = of.header();
    header.time_nanos = i64::from(next().unwrap_or(0)) * 1_000_000_007;
    let mut locations = Vec::new();
    while let Some(depth) = next() {
        let stack: Vec<_> = (0..depth % 6)
            .map(|_| {
                let byte = usize::from(next().unwrap_or(0));
                if locations.len() < 12 || byte > 200 {
                    let line = |of: &mut ProfileBuilder, name: usize| {
                        let function = of.function(NAMES[name % 8], "main.go", (name / 8) as i64);
                        Line { function, line: (byte % 16) as i64, column: (byte % 3) as i64 }
                    };
                    let inlined = [line(&mut of, byte), line(&mut of, byte + 1)];
                    locations.push(of.location(None, byte as u64, &inlined[..1 + byte % 2]));
                }
                locations[byte % locations.len()]
            })
            .collect();
        let values = [i64::from(next().unwrap_or(1)), i64::from(next().unwrap_or(1)) << 12];
        let labels: Vec<_> = (0..depth / 6 % 3)
            .map(|_| {
                let (key, value) = (next().unwrap_or(0), next().unwrap_or(0));
                let key = LABELS[usize::from(key) % 5];
                if value % 2 == 0 {
                    of.string_label(key, NAMES[usize::from(value) / 2 % 8])
                } else {
                    of.numeric_label(key, i64::from(value) - 100, ["", "bytes"][usize::from(value) / 2 % 2])
                }
            })
            .collect();
        of.sample(&values, &stack, &labels);
    }
    of.finish()
}

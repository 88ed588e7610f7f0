//! A store of profiles as a fleet has them: two services, a version that takes the place of another pod by pod, CPU and heap.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use goscope_parsers::pprof::{ParseOptions, encode_profile, parse_profile};
use goscope_parsers::{FileBytes, Progress};
use goscope_store::{AddOptions, Input, Place, Writer};
use goscope_test_support::sample;

/// The morning of 2026-11-25, 06:00 UTC, in ns since 1970.
pub(crate) const MORNING_NANOS: i64 = 1_795_586_400_000_000_000;

pub(crate) const MINUTE_NANOS: i64 = 60_000_000_000;

/// CPU profiles of the shop in the store: of two pods, every five minutes for four hours.
pub(crate) const N_SHOP: i64 = 2 * 48;

/// The folder of the store, which is made once.
pub(crate) fn fleet() -> &'static Path {
    static FLEET: OnceLock<PathBuf> = OnceLock::new();
    FLEET.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fleet");
        // One that an older goscope has made tells nothing of this one.
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("the old store goes");
        }
        make_fleet(&folder);
        folder
    })
}

fn make_fleet(folder: &Path) {
    let mut writer = Writer::open(&Place::Folder(folder.to_owned())).expect("a store");
    for (pod, first_of_1_5) in [("shop-a", 100), ("shop-b", 120)] {
        for version in ["1.4", "1.5"] {
            let profiles: Vec<(i64, String)> = (0..48)
                .map(|at| at * 5)
                .filter(|minute| (*minute >= first_of_1_5) == (version == "1.5"))
                .map(|minute| {
                    let side = if version == "1.4" { "base" } else { "head" };
                    (minute, format!("diff/{side}{}.cpu.pb.gz", minute / 5 % 3 + 1))
                })
                .collect();
            add(&mut writer, &profiles, &[("service", "shop"), ("version", version), ("pod", pod)]);
        }
    }
    let heaps = [0, 60].map(|minute| (minute, format!("diff/base{}.heap.pb.gz", minute / 60 + 1)));
    add(&mut writer, &heaps, &[("service", "shop"), ("version", "1.4"), ("pod", "shop-a")]);
    let of_cart: Vec<(i64, String)> =
        (0..12).map(|at| (at * 20, format!("diff/base{}.cpu.pb.gz", at % 3 + 1))).collect();
    add(&mut writer, &of_cart, &[("service", "cart"), ("version", "2026-11"), ("pod", "cart-a")]);
}

/// Adds profiles as if they had been taken at these minutes of the morning.
pub(crate) fn add(writer: &mut Writer, profiles: &[(i64, String)], labels: &[(&str, &str)]) {
    let pod = labels.last().map_or("", |(_, pod)| pod);
    let input = |(minute, name): &(i64, String)| {
        let bytes = fs::read(sample(name)).expect("a sample");
        let mut profile = parse_profile(&bytes, &ParseOptions::default()).expect("a profile");
        // A second for each pod tells their profiles apart.
        let second = pod.bytes().map(i64::from).sum::<i64>() % 60;
        profile.time_nanos = MORNING_NANOS + minute * MINUTE_NANOS + second * 1_000_000_000;
        let bytes = encode_profile(&profile);
        Input {
            name: name.clone(),
            may_be_other: false,
            open: Box::new(move || Ok(FileBytes::from(bytes.clone()))),
        }
    };
    let inputs: Vec<Input<'_>> = profiles.iter().map(input).collect();
    let options = AddOptions {
        labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
        max_inflated_bytes: 1 << 30,
        ..AddOptions::default()
    };
    let added = writer.add(&inputs, &options, &Progress::new()).expect("they are added");
    assert_eq!((added.n_new, added.failed.len()), (profiles.len(), 0), "{:?}", added.failed);
}

/// A store with a tiny profile for each minute, three of each version.
pub(crate) fn make_long_fleet(folder: &Path, n_profiles: i64) {
    let mut writer = Writer::open(&Place::Folder(folder.to_owned())).expect("a store");
    let input = |minute: i64| {
        let bytes = tiny_profile(MORNING_NANOS + minute * MINUTE_NANOS, &format!("v{}", minute / 3));
        Input {
            name: minute.to_string(),
            may_be_other: false,
            open: Box::new(move || Ok(FileBytes::from(bytes.clone()))),
        }
    };
    let inputs: Vec<Input<'_>> = (0..n_profiles).map(input).collect();
    let options = AddOptions { max_inflated_bytes: 1 << 20, ..AddOptions::default() };
    let added = writer.add(&inputs, &options, &Progress::new()).expect("they are added");
    assert_eq!(i64::try_from(added.n_new).ok(), Some(n_profiles), "{:?}", added.failed);
}

/// A profile with one sample: profile.proto, field by field.
fn tiny_profile(time_nanos: i64, version: &str) -> Vec<u8> {
    let number = |field: u8, value: u64| {
        let mut bytes = vec![field << 3];
        let mut rest = value;
        while rest >= 0x80 {
            bytes.push((rest & 0x7f) as u8 | 0x80);
            rest >>= 7;
        }
        bytes.push(rest as u8);
        bytes
    };
    let message = |field: u8, inner: &[u8]| {
        let length = u8::try_from(inner.len()).expect("short");
        [&[field << 3 | 2, length], inner].concat()
    };
    let comment = format!("service.version={version}");
    let texts = ["", "samples", "count", "main.f", &comment, "service.name=shop"];
    let line = message(4, &number(1, 1));
    let parts = [
        message(1, &[number(1, 1), number(2, 2)].concat()),
        message(2, &[number(1, 1), number(2, 5)].concat()),
        message(4, &[number(1, 1), line].concat()),
        message(5, &[number(1, 1), number(2, 3)].concat()),
        texts.map(|text| message(6, text.as_bytes())).concat(),
        number(9, time_nanos.unsigned_abs()),
        number(13, 4),
        number(13, 5),
    ];
    parts.concat()
}

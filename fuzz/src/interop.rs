//! Any bytes as a profile of any form: written in every format that goscope reads, read again, with the same sums.

use goscope_parsers::interop::{FrameCategory, write_firefox, write_otlp, write_speedscope};
use goscope_parsers::pprof::{ParseOptions, Profile, parse_profile, write_profile_gzip};

/// The sum of each type that has one, by name. JSON's numbers are doubles: larger ones are not compared.
pub(crate) fn sums(profile: &Profile) -> Option<Vec<(String, i64)>> {
    let mut sums = Vec::new();
    for (column, of) in profile.sample_types.iter().enumerate() {
        let values = (0..profile.samples.len()).map(|row| profile.samples.value(row, column));
        let mut sum = 0_i64;
        for value in values {
            if !(0..1 << 40).contains(&value) {
                return None;
            }
            sum = sum.checked_add(value)?;
        }
        if sum > 0 {
            sums.push((profile.text(of.kind).into_owned(), sum));
        }
    }
    sums.sort_unstable();
    Some(sums)
}

pub(crate) fn run(data: &[u8]) {
    let options = ParseOptions { max_inflated_bytes: 1 << 20, ..ParseOptions::default() };
    if let Ok(profile) = parse_profile(data, &options) {
        check(&profile);
    }
}

/// A profile is written in all formats; what is written is read, where it can be told with the same sums.
pub(crate) fn check(profile: &Profile) {
    let mut files: [Vec<u8>; 4] = Default::default();
    let [speedscope, firefox, otlp, pprof] = &mut files;
    write_speedscope(profile, speedscope).expect("memory takes everything");
    write_firefox(profile, &|_, _| FrameCategory::Other, firefox).expect("memory takes everything");
    write_otlp(profile, otlp).expect("memory takes everything");
    write_profile_gzip(profile, pprof).expect("memory takes everything");
    let (Some(before), false) = (sums(profile), profile.samples.is_empty()) else { return };
    let total: i64 = before.iter().map(|(_, sum)| sum).sum();
    if total == 0 {
        return;
    }
    for (name, file) in ["speedscope", "firefox", "otlp", "pprof"].iter().zip(&files) {
        let again = parse_profile(file, &ParseOptions::default());
        let again = again.unwrap_or_else(|error| panic!("{name} is not read again: {error}"));
        if matches!(*name, "otlp" | "pprof") {
            assert_eq!(sums(&again), Some(before.clone()), "{name}");
        }
    }
}

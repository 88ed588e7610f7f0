//! Any bytes as coverage: text, and both binary files of `GOCOVERDIR`. What is read as text is written and read again.

use goscope_parsers::coverage::{
    CounterSums, CoverageProfile, FileCoverage, read_counters, read_meta, read_text_profile,
};
use goscope_parsers::{TextOptions, printable};

fn written(profile: &CoverageProfile) -> Vec<u8> {
    let mut text = Vec::new();
    profile.write_text(&mut text).expect("memory takes everything");
    text
}

pub(crate) fn run(data: &[u8]) {
    // A bomb must stop here as it does at the usual limit, only sooner.
    let options = TextOptions { max_inflated_bytes: 1 << 20, ..TextOptions::default() };
    if let Ok(profile) = read_text_profile(data, &options) {
        let once = written(&profile);
        // A name that is written escaped has another place in the order, and may be that of another file.
        let is_shown = |file: &FileCoverage| printable(&file.name) == file.name;
        if !profile.files.is_empty() && profile.files.iter().all(is_shown) {
            let again = read_text_profile(&once, &options).expect("what is written is read");
            assert_eq!(written(&again), once);
        }
    }
    // A file of each kind, one behind the other: the first byte says where the second begins.
    let (at, rest) = data.split_first().map_or((0, data), |(at, rest)| (usize::from(*at) * 8, rest));
    let (meta, counters) = rest.split_at(at.min(rest.len()));
    let runs = [read_counters(counters), read_counters(data)];
    if let Ok(meta) = read_meta(meta).or_else(|_| read_meta(data)) {
        let mut sums = CounterSums::new(meta);
        runs.iter().flatten().for_each(|run| sums.add(run));
        if let Ok(profile) = sums.into_profile() {
            written(&profile);
        }
    }
}

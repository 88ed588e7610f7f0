//! Damaged profiles give a profile or an error: no panic, no hang, no tables that point outside themselves.
//!
//! Every profile in `samples/` (and in the corpus, where there is one) is cut and flipped, plain and compressed.
//! Small ones are cut at every offset and flipped 10,000 times; of large ones only as many as keep the test at some
//! seconds. `GOSCOPE_HOSTILE=full` does everything to all of them, which takes minutes.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use goscope_parsers::pprof::{Profile, StringId, encode_profile};
use goscope_parsers::{detect, inflate_all};
use goscope_test_support::{Random, corpus, files_below, sample};
use rayon::prelude::*;

use crate::interop_round_trip::{firefox, otlp, speedscope};
use crate::support::{gzip, parse, small_profile};

/// Far more than any damaged profile of this size needs, even on a busy machine; a hang takes longer.
const MAX_DURATION: Duration = Duration::from_secs(20);

/// Bytes to parse per file, layer and kind of damage, unless everything is asked for.
const QUICK_BYTES: usize = 6 << 20;

/// Flips per file.
const FLIPS: usize = 10_000;

/// One profile to damage.
struct Victim {
    name: String,
    /// As it is in the file.
    file: Vec<u8>,
    /// Inflated.
    content: Vec<u8>,
}

impl Victim {
    fn new(name: String, file: Vec<u8>) -> Self {
        let content = inflate_all(&file, 1 << 30).expect("an undamaged file").into_owned();
        Self { name, file, content }
    }

    /// How many cases to go on after each, for `n_cases` that parse `bytes_each` bytes.
    fn stride(&self, n_cases: usize, bytes_each: usize) -> usize {
        let is_full = std::env::var("GOSCOPE_HOSTILE").is_ok_and(|value| value == "full");
        // Odd, so that it does not keep step with anything in the file.
        if is_full { 1 } else { (n_cases * bytes_each / QUICK_BYTES) | 1 }
    }
}

/// The profiles made in code, those of the project, and those of the corpus.
fn victims() -> Vec<Victim> {
    let mut files = files_below(&sample(""), &[".pb.gz", ".txt"]);
    for (folder, endings) in
        [("pprof", [""].as_slice()), ("real/go1.27", &[".pb.gz", ".txt"]), ("interop", &[""])]
    {
        files.extend(corpus(folder).map(|folder| files_below(&folder, endings)).unwrap_or_default());
    }
    let small = Victim::new("small".to_owned(), gzip(&encode_profile(&small_profile())));
    let from_file = |file: PathBuf| {
        let bytes = std::fs::read(&file).expect("a readable file");
        let is_profile = detect(&bytes).is_ok_and(|detected| detected.kind.is_profile());
        is_profile.then(|| Victim::new(file.display().to_string(), bytes))
    };
    let written = [speedscope, firefox, otlp].map(|write| write(&small_profile()));
    let written = written.into_iter().map(|bytes| Victim::new("small, of another tool".to_owned(), bytes));
    std::iter::once(small).chain(written).chain(files.into_iter().filter_map(from_file)).collect()
}

/// Parses damaged bytes and looks at what comes out; `case` says what was done to them.
fn check(victim: &Victim, case: &str, bytes: &[u8]) {
    let start = Instant::now();
    let outcome = catch_unwind(|| {
        if let Ok(profile) = parse(bytes) {
            assert_sound(&profile);
        }
    });
    let name = &victim.name;
    if outcome.is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("broken-input");
        std::fs::write(&kept, bytes).expect("a place for the input");
        panic!("{name}, {case}: see above; the input is in {}", kept.display());
    }
    assert!(start.elapsed() < MAX_DURATION, "{name}, {case}: took {:?}", start.elapsed());
}

/// Every reference inside the tables leads somewhere.
fn assert_sound(profile: &Profile) {
    let n_strings = profile.strings.len();
    let is_string = |id: StringId| id.index() < n_strings;
    let samples = &profile.samples;
    for sample in 0..samples.len() {
        assert_eq!(samples.values(sample).len(), profile.sample_types.len());
        assert!(samples.stack(sample).iter().all(|location| location.index() < profile.locations.len()));
        let is_sound = |label: &goscope_parsers::pprof::Label| {
            is_string(label.key) && is_string(label.str) && is_string(label.num_unit)
        };
        assert!(samples.labels(sample).iter().all(is_sound));
    }
    for location in profile.locations.iter() {
        let lines = profile.locations.lines(location);
        assert!(lines.iter().all(|line| line.function.index() < profile.functions.len()));
        let mapping = profile.locations.mapping(location);
        assert!(mapping.is_none_or(|mapping| mapping.index() < profile.mappings.len()));
    }
    assert!(
        profile.functions.iter().all(|function| is_string(function.name) && is_string(function.filename))
    );
    assert!(
        profile.mappings.iter().all(|mapping| is_string(mapping.filename) && is_string(mapping.build_id))
    );
    assert!(profile.comments.iter().all(|&comment| is_string(comment)));
}

#[test]
fn inputs_made_to_break_a_reader_give_a_result_or_an_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/broken/profile");
    let files = files_below(&folder, &[""]);
    assert!(files.len() > 10, "the inputs are part of the project");
    for file in files {
        let victim = Victim { name: file.display().to_string(), file: Vec::new(), content: Vec::new() };
        check(&victim, "as it is", &std::fs::read(&file).expect("a readable file"));
    }
}

#[test]
fn profiles_cut_at_every_offset_give_a_result_or_an_error() {
    for victim in &victims() {
        for (layer, bytes) in [("content", &victim.content), ("file", &victim.file)] {
            let stride = victim.stride(bytes.len(), victim.content.len() / 2);
            (0..bytes.len())
                .into_par_iter()
                .step_by(stride)
                .for_each(|at| check(victim, &format!("{layer} cut at {at}"), &bytes[..at]));
        }
    }
}

#[test]
fn profiles_with_flipped_bytes_give_a_result_or_an_error() {
    for victim in &victims() {
        let stride = victim.stride(FLIPS, victim.content.len());
        (0..FLIPS).into_par_iter().step_by(stride).for_each(|seed| {
            // Three of four in the content: in a compressed file, most flips end at its checksum.
            let original = if seed % 4 == 0 { &victim.file } else { &victim.content };
            let mut random = Random(seed as u64);
            let mut bytes = original.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 + random.below(255) as u8;
            }
            check(victim, &format!("flips of seed {seed}"), &bytes);
        });
    }
}

/// What is gone reads as zeros, which is told; other maps, and a new one of the same file, are as they were.
#[cfg(unix)]
#[test]
fn a_mapped_file_that_is_cut_gives_zeros_and_says_so() {
    use goscope_parsers::{FileBytes, ParseError};
    let folder = tempfile::tempdir().expect("a folder");
    let (path, other) = (folder.path().join("cut"), folder.path().join("other"));
    let content: Vec<u8> = (0..1 << 20).map(|at| (at % 251 + 1) as u8).collect();
    std::fs::write(&path, &content).and_then(|()| std::fs::write(&other, &content)).expect("written");
    let open = |path| FileBytes::open(path).expect("it opens");
    for (cut_at, is_read_before) in [(0, false), (1, false), (300_001, false), (300_001, true)] {
        std::fs::write(&path, &content).expect("written");
        let (cut, whole) = (open(&path), open(&other));
        if is_read_before {
            assert_eq!(&*cut, content);
        }
        std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .and_then(|file| file.set_len(cut_at))
            .expect("cut");
        let kept = usize::try_from(cut_at).expect("small");
        assert_eq!(cut[..kept], content[..kept]);
        assert!(cut[kept..].iter().all(|&byte| byte == 0), "cut at {cut_at}");
        cut.release(0..usize::MAX);
        assert!(cut[kept..].iter().all(|&byte| byte == 0), "cut at {cut_at} and released");
        assert!(matches!(cut.check_whole(), Err(ParseError::CutWhileRead)), "cut at {cut_at}");
        assert_eq!(&*whole, content);
        assert!(whole.check_whole().is_ok());
        assert_eq!(open(&path).len(), kept);
    }
}

/// More files than there are slots to watch maps are read, and none is lost.
#[cfg(unix)]
#[test]
fn a_thousand_files_at_a_time() {
    use goscope_parsers::FileBytes;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large");
    let content = vec![7; 130 << 10];
    std::fs::write(&path, &content).expect("written");
    let opened: Vec<FileBytes> = (0..1100).map(|_| FileBytes::open(&path).expect("it opens")).collect();
    assert!(opened.iter().all(|bytes| **bytes == content));
}

//! A set of profiles from a seed: services, versions, heap profiles with four types, labels with repeated keys and numbers,
//! names that are no UTF-8, equal samples twice, recursion, inlined frames, places without names, no samples, no time.

use std::path::{Path, PathBuf};

use goscope_parsers::pprof::{Label, Line, LocationId, MappingId, Profile, ProfileBuilder, encode_profile};
use goscope_test_support::Random;

/// Ten in the morning of a day in ns since 1970: 2026-11-25T10:00:00Z.
pub(crate) const TEN: i64 = 1_795_600_800_000_000_000;

/// A minute in ns.
pub(crate) const MINUTE: i64 = 60_000_000_000;

const SERVICES: [&str; 3] = ["shop", "cart api", "search"];
const VERSIONS: [&str; 3] = ["1.3", "1.4", "1.5-rc"];
const FUNCTIONS: [&[u8]; 8] = [
    b"main.main",
    b"main.serve",
    b"main.(*cache).get",
    b"encoding/json.Unmarshal",
    b"runtime.mallocgc",
    b"main.walk[go.shape.int]",
    b"caf\xe9",
    b"\xe6\x97\xa5.\xe6\x9c\xac",
];

/// A file of the set.
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) service: &'static str,
    pub(crate) version: &'static str,
    pub(crate) is_heap: bool,
}

/// Writes the set into a folder.
pub(crate) fn write(folder: &Path, n_files: usize) -> Vec<Made> {
    let mut random = Random(19);
    (0..n_files)
        .map(|at| {
            let is_heap = at % 3 == 2;
            let (service, version) = (SERVICES[random.below(3)], VERSIONS[random.below(3)]);
            let profile = profile(&mut random, at, service, is_heap);
            let path = folder.join(format!("{at:03}.pb"));
            std::fs::write(&path, not_utf8(encode_profile(&profile))).expect("a file");
            Made { path, service, version, is_heap }
        })
        .collect()
}

/// Puts bytes that are no UTF-8 where U+FFFD stands for them.
fn not_utf8(mut bytes: Vec<u8>) -> Vec<u8> {
    let marks: Vec<usize> =
        bytes.windows(3).enumerate().filter(|(_, it)| *it == [0xef, 0xbf, 0xbd]).map(|(at, _)| at).collect();
    for at in marks {
        bytes[at..at + 3].copy_from_slice(&[0xe9, 0xe9, 0xe9]);
    }
    bytes
}

fn profile(random: &mut Random, at: usize, service: &str, is_heap: bool) -> Profile {
    let types: &[(&str, &str)] = if is_heap {
        &[
            ("alloc_objects", "count"),
            ("alloc_space", "bytes"),
            ("inuse_objects", "count"),
            ("inuse_space", "bytes"),
        ]
    } else {
        &[("samples", "count"), ("cpu", "nanoseconds")]
    };
    let mut builder = ProfileBuilder::new(types);
    let mapping =
        builder.mapping(0x40_0000, 0x80_0000, 0, &format!("/srv/{service}"), &format!("build-{service}"));
    let library = builder.mapping(0x90_0000, 0x91_0000, 0, "/lib/libc.so", "");
    let period = builder
        .value_type(if is_heap { "space" } else { "cpu" }, if is_heap { "bytes" } else { "nanoseconds" });
    let header = builder.header();
    // The first has neither time nor duration.
    header.time_nanos = if at == 0 { 0 } else { TEN + at as i64 * MINUTE };
    header.duration_nanos = if at == 0 { 0 } else { 10_000_000_000 };
    header.period_type = Some(period);
    header.period = if is_heap { 524_288 } else { 10_000_000 };
    let n_samples = if at == 1 { 0 } else { 5 + random.below(40) };
    for _ in 0..n_samples {
        let stack = stack(&mut builder, random, mapping, library);
        let labels = labels(&mut builder, random);
        let count = 1 + random.below(9) as i64;
        let values = if is_heap {
            let in_use = random.below(3) as i64;
            vec![count, count * 4096, in_use, in_use * 4096]
        } else {
            vec![count, count * 10_000_000]
        };
        // A file may have a sample with equal stack and labels twice.
        for _ in 0..1 + usize::from(random.below(5) == 0) {
            builder.sample(&values, &stack, &labels);
        }
    }
    builder.finish()
}

fn stack(
    builder: &mut ProfileBuilder,
    random: &mut Random,
    mapping: MappingId,
    library: MappingId,
) -> Vec<LocationId> {
    let mut stack = Vec::new();
    if random.below(6) == 0 {
        // A place without a name, in the program or beside it.
        let (mapping, address) =
            if random.below(2) == 0 { (mapping, 0x40_1000) } else { (library, 0x90_1000) };
        stack.push(builder.location(Some(mapping), address + random.below(9) as u64, &[]));
    }
    for _ in 0..1 + random.below(9) {
        let n_lines = 1 + usize::from(random.below(4) == 0) + usize::from(random.below(9) == 0);
        let lines: Vec<Line> = (0..n_lines).map(|_| line(builder, random)).collect();
        // Several places of one function, and of one line.
        let address = 0x40_2000 + random.below(1 << 10) as u64;
        stack.push(builder.location(Some(mapping), address, &lines));
    }
    stack
}

fn line(builder: &mut ProfileBuilder, random: &mut Random) -> Line {
    let at = random.below(FUNCTIONS.len());
    let name = String::from_utf8_lossy(FUNCTIONS[at]).into_owned();
    let function = builder.function(&name, &format!("/src/{at}.go"), 10 * at as i64);
    Line { function, line: 10 * at as i64 + random.below(3) as i64, column: 0 }
}

fn labels(builder: &mut ProfileBuilder, random: &mut Random) -> Vec<Label> {
    let mut labels = Vec::new();
    if random.below(2) == 0 {
        labels.push(builder.string_label("endpoint", ["/", "/cart", "/'quoted\\"][random.below(3)]));
    }
    if random.below(5) == 0 {
        // The same key twice.
        labels.push(builder.string_label("endpoint", "/again"));
    }
    if random.below(4) == 0 {
        labels.push(builder.numeric_label("bytes", 1 << random.below(20), "bytes"));
    }
    if random.below(7) == 0 {
        labels.push(builder.numeric_label("a/b", random.below(4) as i64, ""));
    }
    labels
}

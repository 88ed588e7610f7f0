//! Traces inside gzip or zstd, whole and cut off; the wish to stop; memory that is given back while reading.

use std::io::Write as _;

use goscope_parsers::pprof::{ParseOptions, parse_profile};
use goscope_parsers::trace::{
    Event, Problem, TraceContent, TraceOptions, TraceReader, trace_info_from_reader,
};
use goscope_parsers::{FileBytes, ParseError, Progress};
use goscope_test_support::sample;

use crate::trace_wire::{Wire, kind};

/// Generations with enough events of changing values not to be compressed to nothing.
fn long_trace() -> Vec<u8> {
    let mut wire = Wire::new(26);
    let mut state = 7_u64;
    for generation in 1..=8 {
        let time = generation * 1_000_000;
        wire.clock(generation, time);
        wire.events(generation, 7, time, &[(kind::PROC_STATUS, &[1, 0, 1])]);
        for _ in 0..20 {
            let values: Vec<[u64; 2]> = (0..1500)
                .map(|_| {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    [1, state >> 40]
                })
                .collect();
            let events: Vec<(u8, &[u64])> =
                values.iter().map(|value| (kind::HEAP_ALLOC, &value[..])).collect();
            wire.events(generation, 7, time, &events);
        }
        wire.end();
    }
    wire.bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory can be written to");
    encoder.finish().expect("memory can be written to")
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

fn events_and_problems(mut reader: TraceReader<'_>) -> (Vec<Event>, Vec<Problem>) {
    let events = reader.by_ref().collect();
    (events, reader.problems().to_vec())
}

/// What was inflated of a file, and what a reader makes of it.
type Read = (Vec<u8>, Vec<Event>, Vec<Problem>);

fn read_file(bytes: Vec<u8>) -> Result<Read, ParseError> {
    let file = FileBytes::from(bytes);
    let content = TraceContent::new(&file, 1 << 30, None)?;
    let (events, problems) = events_and_problems(content.reader(&TraceOptions::default())?);
    Ok((content.to_vec(), events, problems))
}

#[test]
fn a_whole_gzip_or_zstd_is_read_like_what_is_in_it() {
    let trace = long_trace();
    let (expected, _) = events_and_problems(TraceReader::new(&trace).expect("a sound header"));
    assert_eq!(expected.len(), 8 * (1 + 20 * 1500 + 1) + 1);
    for compressed in [gzip(&trace), zstd(&trace)] {
        let (_, events, problems) = read_file(compressed).expect("sound");
        assert_eq!(events, expected);
        assert_eq!(problems, []);
    }
}

#[test]
fn of_a_cut_gzip_or_zstd_the_sound_part_is_read_and_the_loss_reported() {
    let trace = long_trace();
    for (name, compressed) in [("gzip", gzip(&trace)), ("zstd", zstd(&trace))] {
        for tenths in [3, 5, 9] {
            let cut = compressed[..compressed.len() * tenths / 10].to_vec();
            let (content, events, problems) = read_file(cut).expect("there is a sound part");
            assert!(
                trace.starts_with(&content) && content.len() > trace.len() * tenths / 20,
                "{name} {tenths}"
            );
            // What came out is read as a file that was cut at the same place.
            let mut plain = TraceReader::new(&content).expect("a sound header");
            assert_eq!(events, plain.by_ref().collect::<Vec<_>>());
            let (of_compression, of_trace) = problems.split_first().expect("a problem");
            assert_eq!(of_trace, plain.problems());
            assert_eq!(of_compression.offset, content.len() as u64);
            assert!(
                of_compression.what.starts_with(&format!("{name} data is damaged after")),
                "{of_compression}"
            );
        }
    }
}

#[test]
fn bytes_behind_the_damage_are_counted_as_lost() {
    let trace = long_trace();
    let mut compressed = gzip(&trace);
    // A second member that is none.
    compressed.extend([0x1f, 0x8b, 0xff]);
    compressed.extend([0x77; 1000]);
    let file = FileBytes::from(compressed);
    let content = TraceContent::new(&file, 1 << 30, None).expect("there is a sound part");
    let cut = content.cut().expect("it is damaged");
    assert!((900..=1003).contains(&cut.lost_bytes), "{cut}");
    let mut reader = content.reader(&TraceOptions::default()).expect("a sound header");
    assert_eq!(*content, trace);
    assert_eq!(reader.by_ref().count(), TraceReader::new(&trace).expect("a sound header").count());
    assert!(reader.lost_share() > 0.0);
}

#[test]
fn a_compressed_layer_with_nothing_in_it_is_an_error() {
    let compressed = gzip(&long_trace());
    let error = read_file(compressed[..10].to_vec()).expect_err("nothing comes out");
    assert!(matches!(error, ParseError::Inflate { inflated_bytes: 0, .. }), "{error}");
    let limited =
        TraceContent::new(&FileBytes::from(compressed), 1000, None).expect_err("too much").to_string();
    assert!(limited.contains("more than 1000 bytes"), "{limited}");
}

#[test]
fn a_cut_gzip_around_a_profile_stays_an_error() {
    let bytes = std::fs::read(sample("pprof/cpu.pb.gz")).expect("a sample");
    let error = parse_profile(&bytes[..bytes.len() * 9 / 10], &ParseOptions::default()).expect_err("cut");
    assert!(matches!(error, ParseError::Inflate { .. }), "{error}");
}

#[test]
fn progress_is_told_and_the_wish_to_stop_is_heard() {
    let trace = long_trace();
    let progress = Progress::new();
    let options = TraceOptions { progress: Some(&progress), ..TraceOptions::default() };
    let mut reader = TraceReader::with_options(&trace, &options).expect("a sound header");
    let mut last = 0.0;
    while reader.next_chunk().is_some() {
        assert!(progress.fraction() >= last, "it only grows");
        last = progress.fraction();
    }
    assert_eq!(progress.fraction(), 1.0);
    assert!(!reader.is_cancelled());

    let mut reader = TraceReader::with_options(&trace, &options).expect("a sound header");
    assert!(reader.next_chunk().is_some());
    progress.cancel();
    assert!(reader.next_chunk().is_none() && reader.is_cancelled());
    assert!(matches!(trace_info_from_reader(reader), Err(ParseError::Cancelled)));
    assert!(matches!(TraceReader::with_options(&trace, &options), Err(ParseError::Cancelled)));
    let file = FileBytes::from(gzip(&trace));
    assert!(matches!(TraceContent::new(&file, 1 << 30, Some(&progress)), Err(ParseError::Cancelled)));
}

#[test]
fn progress_goes_on_within_a_generation() {
    let mut wire = Wire::new(26);
    wire.clock(1, 100).events(1, 7, 100, &[(kind::PROC_STATUS, &[1, 0, 1])]);
    for _ in 0..30 {
        wire.events(1, 7, 100, &[(kind::HEAP_ALLOC, &[1, 4096][..]); 2000]);
    }
    wire.end();
    let progress = Progress::new();
    let options = TraceOptions { progress: Some(&progress), ..TraceOptions::default() };
    let mut reader = TraceReader::with_options(&wire.bytes, &options).expect("a sound header");
    let mut fractions = Vec::new();
    while reader.next_chunk().is_some() {
        fractions.push(progress.fraction());
    }
    assert!(fractions.iter().any(|fraction| (0.2..0.4).contains(fraction)), "{fractions:?}");
    assert!(fractions.iter().any(|fraction| (0.5..0.9).contains(fraction)), "{fractions:?}");
}

#[test]
fn a_file_whose_memory_is_given_back_while_it_is_read_gives_the_same_events() {
    let trace = long_trace();
    let mut on_disk = tempfile::NamedTempFile::new().expect("a temporary file");
    on_disk.write_all(&trace).expect("the file can be written");
    let file = FileBytes::open(on_disk.path()).expect("the file can be opened");
    let content = TraceContent::new(&file, 1 << 30, None).expect("not compressed");
    let (events, problems) = events_and_problems(content.reader(&TraceOptions::default()).expect("sound"));
    let (expected, _) = events_and_problems(TraceReader::new(&trace).expect("sound"));
    assert_eq!(events, expected);
    assert_eq!(problems, []);
}

/// Gigabytes of zeros in some kilobytes: as many members (or frames) of 64 MB, one after the other.
fn zeros(compress: fn(&[u8]) -> Vec<u8>, megabytes: usize) -> Vec<u8> {
    compress(&vec![0; 64 << 20]).repeat(megabytes / 64)
}

#[test]
fn eight_gigabytes_of_zeros_are_refused_by_their_first_bytes() {
    for (name, bomb) in [("gzip", zeros(gzip, 8 << 10)), ("zstd", zeros(zstd, 8 << 10))] {
        let start = std::time::Instant::now();
        let error = TraceContent::from_bytes(&bomb, u64::MAX, None).expect_err("no trace");
        assert!(matches!(error, ParseError::TraceHeader { .. }), "{name}: {error}");
        assert!(error.to_string().contains("begins with the bytes 00 00 00 00"), "{name}: {error}");
        assert!(start.elapsed().as_millis() < 500, "{name} took {:?}", start.elapsed());
    }
}

#[test]
fn behind_what_can_be_read_no_more_is_inflated() {
    let whole = long_trace();
    let (expected, _) = events_and_problems(TraceReader::new(&whole).expect("sound"));
    let mut old = b"go 1.21 trace\0\0\0".to_vec();
    crate::trace_v1::event(&mut old, 21, 1, &[0, 5000]);
    for (trace, events) in [(&whole[..], &expected[..]), (&whole[..16], &[]), (&old, &[])] {
        for compress in [gzip, zstd] {
            let bomb = [compress(trace), zeros(compress, 8 << 10)].concat();
            let content = TraceContent::from_bytes(&bomb, u64::MAX, None).expect("it begins as a trace");
            assert!(content.len() < trace.len() + (20 << 20), "{} bytes are inflated", content.len());
            let cut = content.cut().expect("a problem");
            assert!(cut.what.ends_with("what follows was not inflated") && cut.lost_bytes > 0, "{cut}");
            let reader = content.reader(&TraceOptions::default()).expect("a sound header");
            let (read, problems) = events_and_problems(reader);
            assert!(read.starts_with(&events[..events.len().saturating_sub(1)]), "nothing sound is lost");
            assert!(problems.len() >= 2, "of the layer and of the trace: {problems:?}");
        }
    }
}

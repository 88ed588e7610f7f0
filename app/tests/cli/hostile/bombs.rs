//! Small files that inflate to large ones. Each is read by every command with a limit of memory that is far below what it
//! inflates to.

use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};

use super::measured::run;
use crate::commands::readers;

/// What the bombs inflate to.
const INFLATED_BYTES: usize = 512 << 20;

/// What the program may take of it.
const LIMIT_BYTES: u64 = 160 << 20;

/// Members of a gzip file stand one after the other: `head` once, `piece` until there is enough.
fn gzip_of(head: &[u8], piece: &[u8]) -> Vec<u8> {
    let member = |content: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).and_then(|()| encoder.finish()).expect("memory")
    };
    let pieces = piece.repeat((1 << 20) / piece.len() + 1);
    let mut bytes = if head.is_empty() { Vec::new() } else { member(head) };
    let again = member(&pieces);
    (0..INFLATED_BYTES / pieces.len()).for_each(|_| bytes.extend_from_slice(&again));
    bytes
}

/// A zstd frame of one raw block and blocks that say "128 KiB of this byte" in four bytes.
fn zstd_of(head: &[u8], byte: u8) -> Vec<u8> {
    const BLOCK_BYTES: usize = 128 << 10;
    const RAW: u32 = 0;
    const RUN: u32 = 1;
    let header = |kind: u32, len: usize, is_last: bool| {
        let bits = u32::try_from(len).expect("small") << 3 | kind << 1 | u32::from(is_last);
        [bits.to_le_bytes()[0], bits.to_le_bytes()[1], bits.to_le_bytes()[2]]
    };
    // Magic number, no checksum, no size of the content, a window of 8 MiB.
    let mut bytes = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 13 << 3];
    bytes.extend(header(RAW, head.len(), false));
    bytes.extend(head);
    let n_blocks = INFLATED_BYTES / BLOCK_BYTES;
    for number in 1..=n_blocks {
        bytes.extend(header(RUN, BLOCK_BYTES, number == n_blocks));
        bytes.push(byte);
    }
    bytes
}

/// Every command ends in good order and below the limit; the slowest and the largest are told.
fn is_survived(name: &str, bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file: PathBuf = folder.path().join(name);
    std::fs::write(&file, bytes).expect("written");
    let limit = format!("{}M", LIMIT_BYTES >> 20);
    for reader in readers() {
        let arguments =
            [&["--max-memory".to_owned(), limit.clone()], &*reader.arguments(&file.display().to_string())];
        let run = run(&arguments.concat());
        run.is_fine(&format!("{name}: {}", reader.name()), LIMIT_BYTES);
    }
}

#[test]
fn gzip_of_zeros() {
    is_survived("zeros.gz", &gzip_of(b"", &[0]));
}

#[test]
fn gzip_in_gzip() {
    let inner = gzip_of(b"", &[0]);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let nested = encoder.write_all(&inner).and_then(|()| encoder.finish()).expect("memory");
    assert!(nested.len() < 10_000, "{} bytes", nested.len());
    is_survived("nested.gz", &nested);
}

#[test]
fn zstd_of_zeros_and_of_a_line_without_an_end() {
    is_survived("zeros.zst", &zstd_of(b"\0", 0));
    is_survived("line.zst", &zstd_of(b"main.f;main.g", b'a'));
}

#[test]
fn traces() {
    is_survived("zeros.trace.gz", &gzip_of(b"go 1.22 trace\0\0\0", &[0]));
    is_survived("ones.trace.zst", &zstd_of(b"go 1.22 trace\0\0\0", 1));
    is_survived("old.trace.gz", &gzip_of(b"go 1.11 trace\0\0\0", &[2, 0x41, 1, 1]));
}

#[test]
fn profiles() {
    // A sample of no values; a string of one byte.
    is_survived("samples.pb.gz", &gzip_of(b"\x0a\x04\x08\x01\x10\x02", b"\x12\x00"));
    is_survived("strings.pb.gz", &gzip_of(b"\x0a\x04\x08\x01\x10\x02", b"\x32\x01a"));
}

/// The head of a file of 512 MiB in a tar file.
fn tar_head() -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("cpu.pb").expect("a short name");
    header.set_size(INFLATED_BYTES as u64);
    header.set_mode(0o644);
    header.set_cksum();
    header.as_bytes().to_vec()
}

/// A ZIP file of files that share the same deflated zeros.
fn zip_of_zeros(n_files: u16) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0; 1 << 20];
    (0..INFLATED_BYTES >> 20).for_each(|_| encoder.write_all(&zeros).expect("memory"));
    let packed = encoder.finish().expect("memory");
    let size = |n_bytes: usize| u32::try_from(n_bytes).expect("small").to_le_bytes();
    // Version, flags, deflated, no time, a checksum that is wrong; both sizes; a name of one letter.
    let head = [
        &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 1, 2, 3, 4],
        &size(packed.len())[..],
        &size(INFLATED_BYTES),
        &[1, 0, 0, 0],
    ]
    .concat();
    let mut bytes = [b"PK\x03\x04", &*head, b"a", &packed].concat();
    let directory = bytes.len();
    for at in 0..n_files {
        let name = u8::try_from(u16::from(b'a') + at % 26).expect("a letter");
        bytes.extend([&b"PK\x01\x02\x14\x03"[..], &head, &[0; 14], &[name]].concat());
    }
    let n_directory = bytes.len() - directory;
    let n_files = n_files.to_le_bytes();
    bytes.extend(
        [&b"PK\x05\x06\0\0\0\0"[..], &n_files, &n_files, &size(n_directory)[..], &size(directory), &[0; 2]]
            .concat(),
    );
    bytes
}

#[test]
fn archives() {
    is_survived("zeros.tar.gz", &gzip_of(&tar_head(), &[0]));
    is_survived("one.zip", &zip_of_zeros(1));
    is_survived("many.zip", &zip_of_zeros(40));
}

#[test]
fn folded_stacks() {
    let lines: String = (0..20_000).map(|number| format!("main.a;main.b{number};main.c 1\n")).collect();
    is_survived("folded.gz", &gzip_of(b"", lines.as_bytes()));
}

#[test]
fn goroutine_dumps() {
    let dump: String = (1..8_000)
        .map(|id| format!("goroutine {id} [chan receive]:\nmain.f()\n\t/a/b.go:12 +0x1d\n\n"))
        .collect();
    is_survived("dumps.gz", &gzip_of(b"", dump.as_bytes()));
    is_survived("stack.gz", &gzip_of(b"goroutine 1 [running]:\n", b"main.f()\n\t/a/b.go:12 +0x1d\n"));
    is_survived("line.gz", &gzip_of(b"goroutine 1 [running]:\n", b"a"));
}

#[test]
fn coverage() {
    let blocks: String =
        (1..20_000).map(|line| format!("example.com/a/b.go:{line}.1,{line}.9 1 1\n")).collect();
    is_survived("cover.gz", &gzip_of(b"mode: set\n", blocks.as_bytes()));
}

#[test]
fn benchmarks() {
    is_survived("bench.gz", &gzip_of(b"goos: linux\n", b"BenchmarkX-8 100 200 ns/op\n"));
}

#[test]
fn test_events() {
    let event =
        br#"{"Time":"2026-01-01T00:00:00Z","Action":"output","Package":"p","Test":"T","Output":"x\n"}"#;
    is_survived("events.gz", &gzip_of(b"", &[event, &b"\n"[..]].concat()));
    is_survived("text.gz", &gzip_of(b"=== RUN   TestA\n", b"    a_test.go:1: said\n"));
}

#[test]
fn json_of_other_tools() {
    let head = br#"{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":["#;
    is_survived("speedscope.json.gz", &gzip_of(head, br#"{"name":"a"},"#));
    is_survived("nested.json.gz", &gzip_of(head, b"["));
}

/// Without an option the limit is 1 GiB and 64 bytes for each byte of the file.
#[test]
fn the_limit_goes_by_the_size_of_the_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bench.gz");
    // Each line is kept, so that this takes more than it inflates to.
    let mut bytes = gzip_of(b"goos: linux\n", b"BenchmarkX-8 100 200 ns/op\n");
    bytes = bytes.repeat(2);
    std::fs::write(&file, &bytes).expect("written");
    let limit_bytes = (1 << 30) + 64 * bytes.len() as u64;
    let run = run(&["info", &file.display().to_string()]);
    run.is_fine("info", limit_bytes);
    assert_eq!(run.code, Some(3), "{}", run.stderr);
    let expected = format!("goscope: this takes more than {} MiB of memory", limit_bytes >> 20);
    assert!(run.stderr.starts_with(&expected), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

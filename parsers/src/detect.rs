//! What kind of file this is, by its first bytes and never by its name, looking through a gzip or zstd layer.
//!
//! Text and profile.proto cannot be mistaken for each other: a profile's messages begin with small numbers, which
//! are control characters. Whether the rest of the file keeps what the beginning promises is for the readers to say.

use crate::bench::decoded;
use crate::dump::has_dump;
use crate::error::ParseError;
use crate::inflate::{Compression, inflate_prefix};
use crate::interop::{JsonKind, has_otlp_shape, has_perfetto_shape, is_perf_head, json_kind};
use crate::pprof::{has_profile_shape, is_binary_cpu_profile, without_byte_order_mark};

/// Content that tells binary from text: enough to meet a control character in any profile.
pub(crate) const HEAD_BYTES: usize = 512;

/// Text that is looked at: enough to get past a long preamble (a program's log before its panic).
const TEXT_BYTES: usize = 64 << 10;

/// A kind of content that goscope knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// profile.proto.
    Profile,
    /// The binary CPU profile of gperftools, as written by Go before 1.9 and by C++ programs.
    BinaryCpuProfile,
    /// A Go execution trace; `go 1.22 trace` and later have generations (v2).
    Trace {
        /// The minor version in the header: 11 for `go 1.11 trace`.
        go_minor: u32,
    },
    /// Lines `a;b;c 12`.
    FoldedStacks,
    /// Go's `?debug=1` text of goroutine, threadcreate and custom profiles: `NAME profile: total N`.
    CountText,
    /// Go's `?debug=1` text of heap and allocs.
    HeapText,
    /// Go's `?debug=1` text of mutex and block.
    ContentionText,
    /// `/threadz` of gperftools: `--- threadz 1 ---`.
    ThreadText,
    /// `/heapz` and `/contentionz` of Java programs: names inside.
    JavaText,
    /// jemalloc's own heap dump: `heap_v2/RATE`.
    JemallocText,
    /// Profiles of OpenTelemetry's protocol, as protobuf.
    Otlp,
    /// The same as JSON.
    OtlpJson,
    /// speedscope's JSON.
    Speedscope,
    /// A processed profile of the Firefox Profiler.
    Firefox,
    /// V8's `.cpuprofile`.
    CpuProfile,
    /// What `perf script` prints.
    PerfScript,
    /// Events of Chrome's tracing as JSON: recognized to say so.
    ChromeTrace,
    /// Packets of Perfetto: the same.
    PerfettoTrace,
    /// `?debug=2`, a panic, or what a program prints on SIGQUIT: `goroutine 1 [running]:`.
    GoroutineDump,
    /// Output of `go test -bench`.
    Benchmark,
    /// Output of `go test -coverprofile`.
    Coverage,
    /// Output of `go test -json`.
    TestEvents,
    /// Output of `go test`, with `-v` or of tests that failed.
    TestText,
}

impl FileKind {
    /// What to call it in a sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Profile => "pprof profile",
            Self::BinaryCpuProfile => "CPU profile in the old binary format",
            Self::Trace { .. } => "Go execution trace",
            Self::FoldedStacks => "folded stacks",
            Self::CountText => "Go text profile (counts)",
            Self::HeapText => "Go text profile (heap)",
            Self::ContentionText => "Go text profile (contention)",
            Self::ThreadText => "gperftools text profile (threads)",
            Self::JavaText => "Java text profile",
            Self::JemallocText => "jemalloc heap dump",
            Self::Otlp => "OTLP profile",
            Self::OtlpJson => "OTLP profile as JSON",
            Self::Speedscope => "speedscope profile",
            Self::Firefox => "Firefox profile",
            Self::CpuProfile => "V8 .cpuprofile",
            Self::PerfScript => "perf script output",
            Self::ChromeTrace => "Chrome trace",
            Self::PerfettoTrace => "Perfetto trace",
            Self::GoroutineDump => "goroutine dump",
            Self::Benchmark => "go test -bench output",
            Self::Coverage => "go test -coverprofile output",
            Self::TestEvents => "go test -json output",
            Self::TestText => "go test output",
        }
    }

    /// Whether [`crate::pprof::parse_profile`] reads it.
    pub const fn is_profile(self) -> bool {
        matches!(
            self,
            Self::Profile
                | Self::BinaryCpuProfile
                | Self::FoldedStacks
                | Self::CountText
                | Self::HeapText
                | Self::ContentionText
                | Self::ThreadText
                | Self::JavaText
                | Self::JemallocText
                | Self::Otlp
                | Self::OtlpJson
                | Self::Speedscope
                | Self::Firefox
                | Self::CpuProfile
                | Self::PerfScript
        )
    }
}

/// What [`detect`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The layer around the content.
    pub compression: Compression,
    /// The content.
    pub kind: FileKind,
}

/// Tells what kind of file the bytes are.
///
/// # Errors
/// [`ParseError::Empty`] for no content; [`ParseError::UnknownFormat`] with what was seen;
/// [`ParseError::Inflate`] if the compressed layer breaks before its first byte.
pub fn detect(bytes: &[u8]) -> Result<Detected, ParseError> {
    let compression = Compression::of(bytes);
    let head = inflate_prefix(bytes, HEAD_BYTES)?;
    if head.is_empty() {
        return Err(ParseError::Empty);
    }
    match kind_of(bytes, &head)? {
        Some(kind) => Ok(Detected { compression, kind }),
        None => Err(ParseError::UnknownFormat { seen: seen(compression, &head) }),
    }
}

/// The kind of a file whose content begins with `head`.
fn kind_of(bytes: &[u8], head: &[u8]) -> Result<Option<FileKind>, ParseError> {
    if let Some(go_minor) = trace_minor(head) {
        return Ok(Some(FileKind::Trace { go_minor }));
    }
    if is_cut_trace_header(head) {
        return Ok(None);
    }
    if is_text(head) {
        return Ok(kind_of_text(without_byte_order_mark(&inflate_prefix(bytes, TEXT_BYTES)?)));
    }
    if is_utf16(head) {
        // Windows' shells write what programs print like this; of benchmarks it is read.
        let text = inflate_prefix(bytes, TEXT_BYTES)?;
        return Ok(kind_of_text(&decoded(&text)).filter(|kind| *kind == FileKind::Benchmark));
    }
    if is_binary_cpu_profile(head) {
        return Ok(Some(FileKind::BinaryCpuProfile));
    }
    // Its dictionary could pass for a sample of pprof.
    if has_otlp_shape(head) {
        return Ok(Some(FileKind::Otlp));
    }
    if has_perfetto_shape(head) {
        return Ok(Some(FileKind::PerfettoTrace));
    }
    Ok(has_profile_shape(head).then_some(FileKind::Profile))
}

/// `go 1.N trace` and zeros up to 16 bytes.
fn trace_minor(prefix: &[u8]) -> Option<u32> {
    let rest = prefix.strip_prefix(b"go 1.")?;
    let digits = rest.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let (minor, rest) = rest.split_at_checked(digits)?;
    rest.starts_with(b" trace\0").then_some(())?;
    std::str::from_utf8(minor).ok()?.parse().ok()
}

/// Whether a trace ends within its first bytes. "go 1.2" would be a folded stack otherwise: the function `go`, 1.2 times.
fn is_cut_trace_header(content: &[u8]) -> bool {
    let Some(rest) = content.strip_prefix(b"go 1.") else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    content.len() < 16 && b" trace\0\0\0".starts_with(&rest[digits..])
}

/// Whether there is no control character but those of text.
pub(crate) fn is_text(head: &[u8]) -> bool {
    !head.iter().any(|&byte| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b))
}

fn kind_of_text(prefix: &[u8]) -> Option<FileKind> {
    let text = String::from_utf8_lossy(prefix);
    let mut said = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = said.next()?;
    if first.starts_with("heap profile:") {
        return Some(FileKind::HeapText);
    }
    if first.strip_prefix("heap_v2/").is_some_and(is_number) {
        return Some(FileKind::JemallocText);
    }
    if first.starts_with("--- threadz ") || first.starts_with("--- Thread ") {
        return Some(FileKind::ThreadText);
    }
    // What C++ and Java call contentionz differs in its attributes.
    let mut attributes = said.map_while(|line| line.split_once('='));
    if first.starts_with("--- heapz ")
        || first.starts_with("--- contentionz ") && attributes.any(|(name, _)| name.trim() == "format")
    {
        return Some(FileKind::JavaText);
    }
    if ["--- mutex:", "--- contention:", "--- contentionz "].iter().any(|head| first.starts_with(head)) {
        return Some(FileKind::ContentionText);
    }
    if first
        .split_once(" profile: total ")
        .is_some_and(|(name, total)| !name.contains(' ') && is_number(total))
    {
        return Some(FileKind::CountText);
    }
    if matches!(first, "mode: set" | "mode: count" | "mode: atomic") {
        return Some(FileKind::Coverage);
    }
    if first.starts_with('{') && first.contains("\"Action\":\"") {
        return Some(FileKind::TestEvents);
    }
    if first.starts_with(['{', '['])
        && let Some(kind) = json_kind(&text)
    {
        return Some(match kind {
            JsonKind::Speedscope => FileKind::Speedscope,
            JsonKind::Firefox => FileKind::Firefox,
            JsonKind::CpuProfile => FileKind::CpuProfile,
            JsonKind::Otlp => FileKind::OtlpJson,
            JsonKind::Chrome => FileKind::ChromeTrace,
        });
    }
    if is_perf_head(first) {
        return Some(FileKind::PerfScript);
    }
    // A program's log may stand before its panic and its benchmarks; both benchmarks and tests may panic.
    if text.lines().any(is_benchmark_line) {
        return Some(FileKind::Benchmark);
    }
    if text.lines().any(is_test_line) {
        return Some(FileKind::TestText);
    }
    if has_dump(prefix) {
        return Some(FileKind::GoroutineDump);
    }
    is_folded(&text).then_some(FileKind::FoldedStacks)
}

/// `BenchmarkX-8  100  12 ns/op`, or one of the lines before them.
fn is_benchmark_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    match (words.next(), words.next()) {
        (Some("goos:"), Some(_)) => true,
        (Some(name), Some(runs)) => {
            name.starts_with("Benchmark") && is_number(runs) && line.contains(" ns/op")
        }
        _ => false,
    }
}

/// `=== RUN   TestX` of `-v`, or `--- FAIL: TestX (0.00s)`, which also comes without it.
fn is_test_line(line: &str) -> bool {
    // `-test.v=test2json` marks such lines.
    let line = line.trim_start_matches('\u{16}');
    line.starts_with("=== RUN   ") || line.starts_with("--- FAIL: ") && line.ends_with("s)")
}

/// Whether each of the first lines is a stack and a number; the last one may be cut off.
fn is_folded(text: &str) -> bool {
    let (whole, _) = text.rsplit_once('\n').unwrap_or((text, ""));
    let mut lines =
        whole.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let is_stack = |line: &str| {
        line.rsplit_once([' ', '\t'])
            .is_some_and(|(stack, count)| !stack.is_empty() && is_folded_count(count))
    };
    let mut n_lines = 0;
    lines.by_ref().take(20).all(|line| {
        n_lines += 1;
        is_stack(line)
    }) && n_lines > 0
}

/// A number, perhaps with a fraction or an exponent; a difference of two profiles has negative ones.
fn is_folded_count(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    is_plain && text.parse::<f64>().is_ok()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first bytes for a person: text in quotes, other bytes in hex, and the name of what it looks like.
fn seen(compression: Compression, prefix: &[u8]) -> String {
    // The prefix may end within a character; elsewhere, what is not UTF-8 is shown as bytes.
    let is_utf8 = std::str::from_utf8(prefix).map_or_else(|error| error.error_len().is_none(), |_| true);
    let head = if is_utf8 && is_text(prefix) {
        let text = String::from_utf8_lossy(prefix);
        let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let short: String = line.trim().chars().take(40).collect();
        format!("the text {short:?}")
    } else {
        let hex: Vec<String> = prefix.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("the bytes {}", hex.join(" "))
    };
    let looks_like = looks_like(prefix).map_or(String::new(), |name| format!(" ({name})"));
    match compression {
        Compression::None => format!("{head}{looks_like}"),
        layer => format!("{} data, and inside it {head}{looks_like}", layer.name()),
    }
}

/// What people open by mistake.
fn looks_like(prefix: &[u8]) -> Option<&'static str> {
    const NAMES: [(&[u8], &str); 12] = [
        (b"\x7fELF", "a program or object file"),
        (b"MZ", "a Windows program"),
        (b"\xcf\xfa\xed\xfe", "a macOS program"),
        (b"\x89PNG", "a PNG image"),
        (b"%PDF", "a PDF document"),
        (b"PK\x03\x04", "a zip archive: unpack it first"),
        (b"\x1f\x8b", "gzip inside gzip: unpack it once"),
        (b"\x28\xb5\x2f\xfd", "zstd: unpack it once"),
        (b"PERFILE2", "perf.data of Linux perf: convert it with perf script"),
        (b"FLR\0", "a Java flight recording"),
        (b"{", "JSON"),
        (b"<", "a web page or XML: the server may have answered with an error page"),
    ];
    if is_cut_trace_header(prefix) {
        return Some("a Go execution trace that ends within its header");
    }
    if is_utf16(prefix) {
        return Some("text in UTF-16: save it as UTF-8");
    }
    let start = prefix.trim_ascii_start();
    NAMES.iter().find(|(magic, _)| start.starts_with(magic)).map(|&(_, name)| name)
}

/// Whether this is text of two bytes a letter: marked as such, or every other byte of its beginning is zero.
fn is_utf16(prefix: &[u8]) -> bool {
    let start = prefix.get(..8).unwrap_or(&[]);
    let is_half_zero = |zero: usize| {
        !start.is_empty() && start.iter().enumerate().all(|(at, &byte)| (byte == 0) == (at % 2 == zero))
    };
    prefix.starts_with(b"\xff\xfe") || prefix.starts_with(b"\xfe\xff") || is_half_zero(0) || is_half_zero(1)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn the_first_bytes_tell_the_kind() {
        let cases: [(&[u8], FileKind); 20] = [
            (b"go 1.11 trace\0\0\0", FileKind::Trace { go_minor: 11 }),
            (b"go 1.25 trace\0\0\0", FileKind::Trace { go_minor: 25 }),
            (b"\x0a\x04\x08\x01\x10\x02\x12\x04\x0a\x01\x01\x12", FileKind::Profile),
            (b"\x32\x00\x32\x07samples", FileKind::Profile),
            (b"main;f;g 12\nmain 3\n", FileKind::FoldedStacks),
            (b"a;b with space -15\n", FileKind::FoldedStacks),
            (b"goroutine profile: total 10\n2 @ 0x1\n", FileKind::CountText),
            (b"heap profile: 1: 2 [3: 4] @ heap/1048576\n", FileKind::HeapText),
            (b"--- mutex:\ncycles/second=1\n", FileKind::ContentionText),
            (b"--- contention:\ncycles/second=1\n", FileKind::ContentionText),
            (b"goroutine 1 [running]:\nmain.main()\n", FileKind::GoroutineDump),
            (
                b"log\npanic: x\n\ngoroutine 1 gp=0xc000002380 m=0 mp=0x5e9b20 [running]:\n",
                FileKind::GoroutineDump,
            ),
            (b"goos: linux\ngoarch: amd64\n", FileKind::Benchmark),
            (b"BenchmarkX-8   \t 100\t 12.5 ns/op\n", FileKind::Benchmark),
            (b"mode: atomic\na/b.go:1.2,3.4 5 6\n", FileKind::Coverage),
            (b"{\"Time\":\"\",\"Action\":\"start\",\"Package\":\"p\"}\n", FileKind::TestEvents),
            (b"# shop\n=== RUN   TestX\n--- PASS: TestX (0.00s)\n", FileKind::TestText),
            (b"--- FAIL: TestX (0.00s)\npanic: x\n\ngoroutine 7 [running]:\n", FileKind::TestText),
            (b"goos: linux\npanic: x\n\ngoroutine 7 [running]:\n", FileKind::Benchmark),
            (
                b"\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\x27\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                FileKind::BinaryCpuProfile,
            ),
        ];
        for (bytes, kind) in cases {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(
                detect(bytes).ok(),
                Some(Detected { compression: Compression::None, kind }),
                "{shown}"
            );
            let zipped = Detected { compression: Compression::Gzip, kind };
            assert_eq!(detect(&gzip(bytes)).ok(), Some(zipped), "{shown}, gzipped");
        }
    }

    #[test]
    fn what_nobody_knows_is_shown_and_named() {
        let message = |bytes: &[u8]| detect(bytes).unwrap_err().to_string();
        let seen = |bytes: &[u8]| message(bytes).split(';').next().unwrap_or_default().to_owned();
        insta::assert_snapshot!(
            seen(b"\x7fELF\x02\x01\x01"),
            @"unknown kind of file: it begins with the bytes 7f 45 4c 46 02 01 01 (a program or object file)"
        );
        insta::assert_snapshot!(
            seen(b"<!DOCTYPE html><html>"),
            @r#"unknown kind of file: it begins with the text "<!DOCTYPE html><html>" (a web page or XML: the server may have answered with an error page)"#
        );
        insta::assert_snapshot!(
            seen(&gzip(&gzip(b"goos: linux"))),
            @"unknown kind of file: it begins with gzip data, and inside it the bytes 1f 8b 08 00 00 00 00 00 (gzip inside gzip: unpack it once)"
        );
        insta::assert_snapshot!(
            message(b"hello world\n"),
            @r#"unknown kind of file: it begins with the text "hello world"; goscope reads pprof profiles, Go execution traces, Go's text profiles and goroutine dumps, profiles of OTLP, speedscope, Firefox, V8 and perf script, folded stacks, go test -bench and -coverprofile output (plain, gzip or zstd)"#
        );
        insta::assert_snapshot!(
            seen(b"go 1.2"),
            @r#"unknown kind of file: it begins with the text "go 1.2" (a Go execution trace that ends within its header)"#
        );
        assert_eq!(message(b""), "the file is empty");
        assert_eq!(message(&gzip(b"")), "the file is empty");
    }
}

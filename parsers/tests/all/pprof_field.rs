//! Profiles as people have them: dialects of folded stacks, text forms of other programs, and files that ended early.
//!
//! Values of the forms that pprof opens are what `go tool pprof -raw` (Go 1.26) prints for the same input.

use goscope_parsers::pprof::{ParseOptions, parse_with_warnings};
use goscope_test_support::corpus;

use crate::pprof_text::dump;

/// What comes of a text: its warnings and the profile, or the error.
fn read(content: &[u8]) -> String {
    match parse_with_warnings(content, &ParseOptions::default()) {
        Ok(parsed) => {
            let warnings: String =
                parsed.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
            warnings + dump(&parsed.profile).trim_end()
        }
        Err(error) => error.to_string().split("; goscope reads").next().unwrap_or_default().to_owned(),
    }
}

/// Warnings and samples of folded stacks, without what is the same for all of them.
fn folded(text: &str) -> String {
    read(text.as_bytes()).replace(" period 0", "").replace("0=", "").replace("@:0", "").replace(" \n", "\n")
}

#[track_caller]
fn check_folded(text: &str, expected: &[&str]) {
    assert_eq!(folded(text).lines().collect::<Vec<_>>(), expected, "{text:?}");
}

#[test]
fn white_space_marks_and_comments_say_nothing_in_folded_stacks() {
    let expected = ["samples/count", "12: load main", "3: save main"];
    for text in [
        "main;load 12\nmain;save 3\n",
        "\u{feff}main;load 12\nmain;save 3\n",
        "main;load 12\r\nmain;save 3\r\n",
        "\u{feff}# made by hand\r\n\r\nmain;load 12\r\n",
        "main;load\t12\nmain;save\t3\n",
        "main;load   12\n  main;save 3  \n",
        "\n\n# comment\nmain;load 12\n\nmain;save 3",
        "main;load 1.2e1\nmain;save 3.0\n",
    ] {
        let n_rows = text.matches(';').count();
        check_folded(text, &expected[..=n_rows]);
    }
    check_folded("main;read file 12\n", &["samples/count", "12: read file main"]);
}

#[test]
fn two_numbers_on_every_line_are_a_comparison() {
    check_folded(
        "main;load 12 14\nmain;save 3 1\n",
        &["before/count after/count", "12 14: load main", "3 1: save main"],
    );
    check_folded(
        "\u{feff}main;load 0.5 14\r\nmain;read file 0 -1\r\n",
        &["before/millionths after/millionths", "500000 14000000: load main", "0 -1000000: read file main"],
    );
}

#[test]
fn two_numbers_on_some_lines_are_a_name_with_a_number_and_a_warning() {
    check_folded(
        "main;worker 7 14\nmain;save 3\n",
        &[
            "warning: 1 of 2 lines end in two numbers (\"7 14\"): the first is read as part of a name, since only a \
             file where every line has two is a comparison",
            "samples/count",
            "14: worker 7 main",
            "3: save main",
        ],
    );
}

#[test]
fn fractions_are_counted_in_millionths_and_lose_nothing() {
    check_folded(
        "main;load 12.5\nmain;save 3.25\nmain 1\nmain;rest 25e-2\n",
        &[
            "samples/millionths",
            "12500000: load main",
            "3250000: save main",
            "1000000: main",
            "250000: rest main",
        ],
    );
}

#[test]
fn numbers_that_are_none_or_too_large_are_named() {
    let head = "main;f 1\n".repeat(20);
    for (line, what) in [
        ("main;g inf", "\"inf\" is not a number after a stack and a space (line 21)"),
        ("main;g NaN", "\"NaN\" is not a number after a stack and a space (line 21)"),
        ("main;g 1e300", "1e300 is too large a number (line 21)"),
        ("main;g 99999999999999999999", "99999999999999999999 is too large a number (line 21)"),
    ] {
        assert_eq!(read(format!("{head}{line}\n").as_bytes()), format!("malformed text profile: {what}"));
    }
}

#[test]
fn text_in_utf16_is_called_so() {
    let text = "main;load 12\nmain;save 3\n";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [[b"\xff\xfe", &*little].concat(), [b"\xfe\xff", &*big].concat(), little, big] {
        let message = read(&bytes);
        assert!(message.contains("text in UTF-16: save it as UTF-8"), "{message}");
    }
}

const MEMORY_MAP: &str = "--- Memory map: ---\n  00400000-00fcb000: /bin/server\n";

#[test]
fn threads_of_gperftools_are_counted_by_stack() {
    let threads = "--- threadz 1 ---\n\n\
        --- Thread 7f79 (name: main/14748) stack: ---\n  PC:  0x00bc8f1c: helper(arg *)\n  0x0040be31: main\n\
        --- Thread 7f7a (name: a/1) stack: ---\n  PC: 0xbc8f1d 0xbc8f1d 0x40be32\n      creator: 0xa45b96\n\
        --- Thread 7f7b (name: b/2) stack: ---\n  [same as previous thread]\n";
    let rows = "thread/count period 1 thread\n1: bc8f1c 40be30\n2: bc8f1d 40be31 a45b95\n";
    let expected = format!("{rows}mapping 400000-fcb000 /bin/server");
    assert_eq!(read(format!("{threads}{MEMORY_MAP}").as_bytes()), expected);
    let crlf = format!("{threads}{MEMORY_MAP}").replace('\n', "\r\n");
    assert_eq!(read(crlf.as_bytes()), expected);
    let without_head = threads.split_once("\n\n").expect("a heading").1;
    assert_eq!(read(format!("{without_head}{MEMORY_MAP}").as_bytes()), expected);
    let elsewhere = format!("{threads}---- no stack trace for 3 threads\n{MEMORY_MAP}");
    assert_eq!(read(elsewhere.as_bytes()), expected);
    let cut = read(threads.as_bytes());
    assert!(cut.starts_with("warning: there is no memory map behind the threads"), "{cut}");
    assert!(cut.contains(rows), "{cut}");
}

#[test]
fn java_contentions_and_heap_have_names() {
    let contention = "--- contentionz 1 ---\nformat = java\nresolution = microseconds\nsampling period = 100\n\
        ms since reset = 6019923\n            1     1 @ 0x00000003 0x00000004\n            2     3 @ 0x00000003\n\n \
        0x0000003 com.example.Lock.take (Lock.java:3)\n 0x0000004 native (/usr/lib/libjvm.so)\n";
    let expected = "contentions/count delay/microseconds period 100 contentions\n\
        100 100: 0=com.example.Lock.take@Lock.java:3 0=native@libjvm.so:0\n\
        300 200: 0=com.example.Lock.take@Lock.java:3";
    assert_eq!(read(contention.as_bytes()), expected);
    assert_eq!(read(contention.replace('\n', "\r\n").as_bytes()), expected);
    let heap = "--- heapz 1 ---\nformat = java\nresolution = bytes\n          7048     1 @ 0x00000003\n\n \
        0x3 com.example.f (F.java:1)\n";
    assert_eq!(
        read(heap.as_bytes()),
        "inuse_objects/count inuse_space/bytes period 0 \n74 527819: 0=com.example.f@F.java:1 bytes=7048"
    );
}

#[test]
fn a_dump_of_jemalloc_is_scaled_up_as_that_of_gperftools() {
    let dump = "heap_v2/524288\n  t*: 3: 1536 [0: 0]\n  t0: 3: 1536 [0: 0]\n@ 0x401010 0x401020\n  t*: 2: 1024 [0: 0]\n  \
        t0: 2: 1024 [0: 0] main\n@ 0x401030 0x401020\n  t*: 1: 512 [0: 0]\n\nMAPPED_LIBRARIES:\n\
        00400000-00452000 r-xp 00000000 08:02 173521 /usr/bin/app\n";
    let expected = "objects/count space/bytes period 524288 space\n\
        2049 1049088: 40100f 40101f bytes=512\n\
        1024 524544: 40102f 40101f bytes=512\n\
        mapping 400000-452000 /usr/bin/app";
    assert_eq!(read(dump.as_bytes()), expected);
    let unsampled = dump.replace("heap_v2/524288", "heap_v2/1");
    assert!(read(unsampled.as_bytes()).contains("\n2 1024: 40100f"));
    let allocated = dump.replace("[0: 0]", "[5: 4000]").replace("heap_v2/524288", "heap_v2/1");
    assert!(read(allocated.as_bytes()).contains("alloc_objects/count alloc_space/bytes inuse_objects/count"));
}

#[test]
fn rows_that_fall_short_of_their_header_are_warned_of() {
    let whole = "goroutine profile: total 6\n1 @ 0x11 0x21\n\n2 @ 0x31 0x21\n\n3 @ 0x41 0x21\n";
    assert!(!read(whole.as_bytes()).contains("warning"), "{}", read(whole.as_bytes()));
    let short = &whole.as_bytes()[..whole.find("2 @").expect("a row")];
    assert!(
        read(short).starts_with(
            "warning: the header says 6, the rows add up to 1: the file may have been cut off\n"
        )
    );
    let heap = "heap profile: 3: 48 [9: 144] @ heap/2\n2: 32 [8: 128] @ 0x11\n1: 16 [1: 16] @ 0x21\n";
    assert!(!read(heap.as_bytes()).contains("warning"));
    let cut = heap.split_once("1: 16").expect("a row").0;
    assert!(read(cut.as_bytes()).starts_with(
        "warning: the header says 3: 48 [9: 144], the rows add up to 2: 32 [8: 128]: the file may have been cut off\n"
    ));
    let mutex = "--- mutex:\ncycles/second=1000000000\nsampling period=1\n1000 3 @ 0x11 0x2100\n";
    assert!(!read(mutex.as_bytes()).contains("warning"));
    assert!(
        read(&mutex.as_bytes()[..mutex.len() - 3])
            .starts_with("warning: the last line has no end: the file may have been cut off\n")
    );
    let words = [0_u64, 3, 0, 10_000, 0, 1, 1, 0x11, 0, 1, 0];
    let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    assert!(!read(&words).contains("warning"));
    assert!(
        read(&words[..words.len() - 24]).starts_with("warning: the mark at the end of the stacks is missing")
    );
}

#[test]
fn lines_of_windows_are_read_like_others() {
    for text in [
        "goroutine profile: total 1\n1 @ 0x11 0x21\n#\t0x20\tmain.f+0x1\tf.go:1\n\n",
        "heap profile: 1: 16 [1: 16] @ heap/2\n1: 16 [1: 16] @ 0x11 0x21\n--- Memory map: ---\n10-20 r-xp 0 0:0 0 /bin/a\n",
        "--- mutex:\ncycles/second=1000000000\nsampling period=1\n1000 3 @ 0x11 0x21\n",
        "heap profile: 1: 16 [ 1: 16] @ growthz\n     1:  16 [     1:  16] @ 0x11 0x21\n",
        "heap profile: 1: 16 [ 1: 16] @ fragmentationz\n     1:  16 [     1:  16] @ 0x11 0x21 and more\n",
    ] {
        let read_text = read(text.as_bytes());
        assert!(!read_text.contains("warning") && !read_text.contains("malformed"), "{read_text}");
        assert_eq!(read(text.replace('\n', "\r\n").as_bytes()), read_text);
    }
}

#[test]
fn reports_from_the_field_are_read() {
    let Some(reports) = corpus("reports") else { return };
    let report = |name: &str| read(&std::fs::read(reports.join(name)).expect("a report"));
    let head = |name: &str, n_lines: usize| {
        report(name).lines().take(n_lines).map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(head("cpp-threadz.txt", 4), @r"
    thread/count period 1 thread
    1: bc8f1c 40be30 7f7949a9811c
    1: 7f794a32bf7d 7f794a32414d a45b95 a460b3 baa17e baa9f8 bb0d20 40bce3 7f7949a9811c
    2: bc8f1c 7f794a32414d a45b95 a48927 baa17e baa9f8 bb0d20 40bce3 7f7949a9811c
    ");
    insta::assert_snapshot!(head("java-contentionz.bin", 2), @r"
    contentions/count delay/microseconds period 100 contentions
    100 100: 0=com.example.function03@source.java:3 0=com.example.function04@source.java:4
    ");
    insta::assert_snapshot!(head("jemalloc.heap", 3), @r"
    objects/count space/bytes period 524288 space
    2049 1049088: 40100f 40101f bytes=512
    1024 524544: 40102f 40101f bytes=512
    ");
    assert_eq!(report("bom.folded").matches("0=main@:0").count(), 2);
    insta::assert_snapshot!(head("two-counts.folded", 3), @r"
    before/count after/count period 0 
    12 14: 0=load@:0 0=main@:0
    3 1: 0=save@:0 0=main@:0
    ");
    insta::assert_snapshot!(head("fractions.folded", 3), @r"
    samples/millionths period 0 
    12500000: 0=load@:0 0=main@:0
    3250000: 0=save@:0 0=main@:0
    ");
    assert!(!report("goroutine-6.txt").contains("warning"));
}

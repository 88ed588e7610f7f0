//! Damaged dumps: no panic, no hang, no id that points outside the tables; and prefixes change nothing.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use goscope_parsers::dump::{DumpFile, DumpOptions, read_dumps};
use goscope_parsers::inflate_all;
use goscope_test_support::{Random, corpus, files_below, sample};

/// Far more than any text of this size needs, even on a busy machine; a hang takes longer.
const MAX_DURATION: Duration = Duration::from_secs(20);

/// Texts of the samples and of the corpus.
fn texts() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files_below(&sample("text"), &["debug2.txt"]);
    files.extend(
        corpus("debugging").map(|folder| files_below(&folder, &[".txt", ".log"])).unwrap_or_default(),
    );
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).expect("a text");
        (path, inflate_all(&bytes, 1 << 30).expect("sound").into_owned())
    };
    files.into_iter().map(read).collect()
}

/// Reads, and follows every id.
fn read(bytes: &[u8]) -> DumpFile {
    let began = Instant::now();
    let file = read_dumps(bytes, &DumpOptions::default()).unwrap_or_default();
    assert!(began.elapsed() < MAX_DURATION, "it took {:?}", began.elapsed());
    for dump in &file.dumps {
        assert!(!dump.goroutines.is_empty(), "a dump without goroutines");
        for row in &dump.goroutines {
            let stack = file.tables.stack(row.stack);
            stack.frames.iter().chain(&stack.creator).for_each(|&frame| {
                let _ = (file.tables.function(frame), file.tables.file(frame));
            });
            let _ = (file.tables.state(row.state), file.tables.labels(row.labels).count());
            let n_calls = stack.frames.len();
            let words = file.tables.words(row.words);
            assert!(words.iter().all(|word| usize::from(word.frame) < n_calls + 1), "a word of no frame");
        }
    }
    file
}

#[test]
fn cut_and_flipped_texts_give_dumps_or_nothing() {
    let mut random = Random(1);
    for (path, text) in texts() {
        let n_cases = (400_000 / text.len().max(1)).clamp(4, 400);
        for case in 0..n_cases {
            let mut damaged = text.clone();
            if case % 3 == 0 {
                damaged.truncate(random.below(text.len() + 1));
            } else {
                for _ in 0..=random.below(20) {
                    let at = random.below(damaged.len());
                    let special = b"\n\t {}[]()\"\\:,.0x\xff\0";
                    damaged[at] = if case % 3 == 1 {
                        special[random.below(special.len())]
                    } else {
                        random.below(256) as u8
                    };
                }
            }
            let result = catch_unwind(|| read(&damaged));
            assert!(result.is_ok(), "{}: case {case} of {n_cases} panics", path.display());
        }
    }
}

#[test]
fn a_cut_text_never_has_more_goroutines_than_the_whole() {
    for (path, text) in texts() {
        let count = |file: &DumpFile| file.dumps.iter().map(|dump| dump.goroutines.len()).sum::<usize>();
        let whole = count(&read(&text));
        for part in 1..12 {
            let cut = &text[..text.len() * part / 12];
            assert!(count(&read(cut)) <= whole, "{} cut at {}", path.display(), cut.len());
        }
    }
}

#[test]
fn a_prefix_on_each_line_changes_nothing() {
    let prefixes = [
        "web-1     | ",
        "2026-05-11T10:00:00.123456789Z stderr F ",
        "[pod/shop-7d9f8b6c5-x2x7k/web] ",
        "May 11 10:00:00 node3 shop[4711]: ",
        "2026/05/11 10:00:00 ",
        "10:00:00.123 W [shop] ",
        "      ",
        "\u{1b}[31mshop\u{1b}[0m > ",
    ];
    let facts = |file: &DumpFile| {
        let of_dump = |dump: &goscope_parsers::dump::Dump| {
            let rows = dump.goroutines.iter().map(|row| (row.id, row.parent, row.minutes, row.arguments));
            (dump.kind, dump.reason.clone(), rows.collect::<Vec<_>>())
        };
        (file.dumps.iter().map(of_dump).collect::<Vec<_>>(), file.panics.len(), file.races.len())
    };
    let folders = ["states", "crash", "locks", "race"];
    for (path, text) in texts() {
        let is_plain = folders.iter().any(|folder| path.to_string_lossy().contains(&format!("/{folder}/")));
        // Without a goroutine and without a report there is nothing to learn a prefix from.
        let is_known = !path.to_string_lossy().contains("traceback-none");
        if !is_plain || !is_known {
            continue;
        }
        let plain = read(&text);
        let text = String::from_utf8_lossy(&text);
        for prefix in prefixes {
            let wrapped: String = text.lines().map(|line| format!("{prefix}{line}\n")).collect();
            let mut got = facts(&read(wrapped.as_bytes()));
            let mut want = facts(&plain);
            // What the detector prints behind its last report is a line of its own where lines have a prefix, too.
            got.0.iter_mut().chain(&mut want.0).for_each(|dump| dump.1.truncate(1000));
            assert_eq!(got, want, "{} with {prefix:?}", path.display());
        }
    }
}

#[test]
fn endless_text_without_line_breaks_is_passed_over() {
    for text in [
        "goroutine 1 [",
        "(",
        ")",
        "{\"log\":\"",
        "web | goroutine 1 [running]:\\n",
        "\t",
        "goroutine 1 [running]:\n",
    ] {
        let long = text.repeat((2 << 20) / text.len());
        read(long.as_bytes());
    }
    let mut many_prefixes = String::new();
    for number in 0..20_000 {
        many_prefixes.push_str(&format!("a{number} | goroutine {number} [running]:\n"));
    }
    read(many_prefixes.as_bytes());
}

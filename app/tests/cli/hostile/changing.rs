//! Files that change while they are read.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use goscope::document::{Document, Source};
use goscope_parsers::{ParseError, Progress};

use super::measured::{Running, goscope, start};

const MOST_BYTES: u64 = 1 << 30;

/// A dump of this size takes a build for tests a second to read.
const DUMP_BYTES: usize = 48 << 20;

fn dump() -> String {
    let mut text = String::with_capacity(DUMP_BYTES + 100);
    for id in 1.. {
        if text.len() > DUMP_BYTES {
            break;
        }
        text.push_str(&format!(
            "goroutine {id} [chan receive]:\nmain.f({{0x1, 0x2}})\n\t/a/b.go:12 +0x1d\n\n"
        ));
    }
    text
}

/// Lines of `go test -json`, as long.
fn events() -> String {
    let event =
        r#"{"Time":"2026-01-01T00:00:00Z","Action":"output","Package":"p","Test":"T","Output":"x\n"}"#;
    format!("{event}\n").repeat(DUMP_BYTES / event.len())
}

/// Tries to catch a reader in the middle. Where the machine does other things, it may have read all before the file is cut.
const TRIES: usize = 20;

/// Waits until the program has mapped the file; `false` if it ended before that was seen.
fn waits_for_map(running: &mut Running, file: &Path) -> bool {
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    let end = name.rsplit('m').next().expect("the part without control characters").to_owned();
    let maps = format!("/proc/{}/maps", running.id());
    while !fs::read_to_string(&maps).unwrap_or_default().contains(&end) {
        if running.has_ended() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    true
}

fn cut(file: &Path) {
    OpenOptions::new().write(true).open(file).and_then(|file| file.set_len(5000)).expect("it is cut");
}

#[test]
fn a_file_that_is_cut_while_a_command_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file\u{1b}[31m.cut");
    let [dump, events] = [dump(), events()];
    for (command, text) in [("goroutines", &dump), ("info", &dump), ("test", &events)] {
        let is_caught = (0..TRIES).any(|_| {
            fs::write(&file, text).expect("written");
            let mut running = start(&mut goscope(&[Path::new(command), &file]));
            if waits_for_map(&mut running, &file) {
                cut(&file);
            }
            let run = running.finish();
            assert_eq!(run.signal, None, "{command}: {}", run.stderr);
            if run.code == Some(3) {
                let reason = "\\x1b[31m.cut: the file became shorter while it was read; try again when nobody writes to it\n";
                assert!(run.stderr.starts_with("goscope: ") && run.stderr.ends_with(reason), "{:?}", run.stderr);
                assert_eq!((run.stderr.lines().count(), &*run.stdout), (1, ""), "no number of half a file");
            }
            // Otherwise it had read all, or, of a test that failed, said so.
            assert!(matches!(run.code, Some(0 | 1 | 3)), "{command}: {}", run.stderr);
            run.code == Some(3)
        });
        assert!(is_caught, "{command} was never cut in the middle");
    }
}

/// The window goes on: the file is refused, and everything else stays.
#[test]
fn a_file_that_is_cut_while_the_window_reads_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dump.txt");
    let dump = dump();
    let is_caught = (0..TRIES).any(|_| {
        fs::write(&file, &dump).expect("written");
        let progress = Progress::new();
        let loaded = std::thread::scope(|scope| {
            let load = scope.spawn(|| Document::load(&Source::File(file.clone()), &progress));
            while progress.done_bytes() == 0 && !load.is_finished() {
                std::thread::yield_now();
            }
            cut(&file);
            load.join().expect("no panic")
        });
        assert!(
            matches!(loaded, Ok(_) | Err(ParseError::CutWhileRead)),
            "{:?}",
            loaded.map(|_| "a document")
        );
        loaded.is_err()
    });
    assert!(is_caught, "it was never cut in the middle");
    // Whole again, it is read again.
    fs::write(&file, "goroutine 1 [running]:\nmain.f()\n\t/a/b.go:12 +0x1d\n").expect("written");
    Document::load(&Source::File(file), &Progress::new()).expect("a document");
}

/// What was there when it was opened is read, and not what somebody writes meanwhile.
#[test]
fn a_file_that_grows_while_it_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    for n_bytes in [10 << 10, 16 << 20] {
        let file = folder.path().join("dump.txt");
        let mut text = dump();
        text.truncate(n_bytes);
        fs::write(&file, &text).expect("written");
        let is_over = AtomicBool::new(false);
        let run = std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut file: File = OpenOptions::new().append(true).open(&file).expect("a file");
                let mut left = 200;
                while !is_over.load(Ordering::Relaxed) && left > 0 {
                    file.write_all(&text.as_bytes()[..n_bytes.min(1 << 20)]).expect("written");
                    left -= 1;
                }
            });
            let run = start(&mut goscope(&[Path::new("goroutines"), &file])).finish();
            is_over.store(true, Ordering::Relaxed);
            run
        });
        run.is_fine("a file that grows", MOST_BYTES);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
    }
}

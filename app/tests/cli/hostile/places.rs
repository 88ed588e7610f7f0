//! Names behind which there is no ordinary file: folders, devices, pipes, holes, files that may not be read, and names that a
//! terminal would obey.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::measured::{Measured, goscope, run, start};
use crate::commands::{Reader, readers};

/// What the program may take for what is no file.
const LITTLE_BYTES: u64 = 64 << 20;

fn read_by(reader: Reader, file: &Path) -> Measured {
    run(&reader.arguments(&file.display().to_string()))
}

/// It is told that this cannot be read, in one sentence that names it.
#[track_caller]
fn is_refused(run: &Measured, reader: Reader, what: &str) {
    let name = reader.name();
    run.is_fine(&name, LITTLE_BYTES);
    assert_eq!(run.code, Some(3), "{name} of {what}: {}", run.stderr);
    assert!(run.stderr.lines().count() <= 2 && run.stderr.contains(what), "{name} of {what}: {}", run.stderr);
}

#[test]
fn folders() {
    let folder = tempfile::tempdir().expect("a folder");
    for reader in readers() {
        let run = read_by(reader, folder.path());
        run.is_fine(&reader.name(), LITTLE_BYTES);
        // A comparison finds profiles in folders, and here none to compare.
        let expected = if reader.name() == "diff" { 2 } else { 3 };
        assert_eq!(run.code, Some(expected), "{}: {}", reader.name(), run.stderr);
    }
}

#[test]
fn a_device_without_an_end() {
    let limit_bytes = 128 << 20;
    for reader in readers() {
        let arguments = [&["--max-memory".to_owned(), "128M".to_owned()], &*reader.arguments("/dev/zero")];
        let run = run(&arguments.concat());
        run.is_fine(&reader.name(), limit_bytes);
        assert_eq!(run.code, Some(3), "{}: {}", reader.name(), run.stderr);
    }
}

/// Without `--max-memory` a stream may be 2 GiB long.
#[test]
fn a_device_without_an_end_and_without_a_limit() {
    let run = run(&["info", "/dev/zero"]);
    run.is_fine("info", 2 << 30);
    assert_eq!(
        (run.code, &*run.stderr),
        (
            Some(3),
            "goscope: /dev/zero: gives more than 2 GiB without being a file that can be mapped; save it to a file \
             first\n"
        )
    );
}

/// 100 GB that take no disk: read as zeros they would take minutes.
#[test]
fn holes_of_100_gb() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, head) in [
        ("nothing", &b""[..]),
        ("a.trace", b"go 1.22 trace\0\0\0"),
        ("b.trace", b"go 1.11 trace\0\0\0"),
        ("dump.txt", b"goroutine 1 [running]:\n"),
        ("folded.txt", b"main;a 1\n"),
        ("cover.out", b"mode: set\n"),
        ("bench.txt", b"BenchmarkX-8 100 200 ns/op\n"),
        ("test.json", br#"{"Action":"run"}"#),
        ("profile.pb", b"\x0a\x04\x08\x01\x10\x02"),
    ] {
        let path = folder.path().join(name);
        let mut file = File::create(&path).expect("a file");
        file.write_all(head).and_then(|()| file.set_len(100 << 30)).expect("a hole");
        for reader in readers() {
            read_by(reader, &path).is_fine(&format!("{} of {name}", reader.name()), LITTLE_BYTES);
        }
    }
}

fn pipe_in(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let path = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&path).status().expect("mkfifo is there").success());
    path
}

/// All wait at the same time.
#[test]
fn pipes_that_nobody_writes_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = pipe_in(&folder);
    let started =
        readers().map(|reader| (reader, start(&mut goscope(&reader.arguments(&path.display().to_string())))));
    for (reader, running) in started.collect::<Vec<_>>() {
        is_refused(&running.finish(), reader, "is a pipe that no program has written to for 5 s");
    }
}

#[test]
fn pipes_that_somebody_writes_to() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = pipe_in(&folder);
    for (command, sample) in [
        ("top", "pprof/cpu.pb.gz"),
        ("trace summary", "trace/latency-go1.27.trace"),
        ("goroutines", "dumps/leak1.txt"),
        ("cover func", "testing/cover.out"),
    ] {
        let reader = readers().find(|reader| reader.name() == command).expect("a command");
        let sample = goscope_test_support::sample(sample);
        let bytes = fs::read(&sample).expect("a sample");
        let writer = std::thread::spawn({
            let path = path.clone();
            move || OpenOptions::new().write(true).open(path).and_then(|mut pipe| pipe.write_all(&bytes))
        });
        let piped = read_by(reader, &path);
        writer.join().expect("no panic").expect("it is read");
        let read = read_by(reader, &sample);
        assert_eq!(piped.code, read.code, "{command}: {}", piped.stderr);
        let file_name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
        let said = |run: &Measured, path: &Path| run.stdout.replace(&file_name(path), "NAME");
        assert_eq!(said(&piped, &path), said(&read, &sample), "{command}");
    }
}

/// Root may read everything, so the program is run without that right.
#[test]
fn files_that_may_not_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret.pb.gz");
    fs::copy(goscope_test_support::sample("pprof/cpu.pb.gz"), &path).expect("a copy");
    fs::set_permissions(&path, Permissions::from_mode(0o000)).expect("its owner");
    for reader in readers() {
        let arguments = reader.arguments(&path.display().to_string());
        let run = start(&mut super::super::outputs::without_rights(&arguments)).finish();
        is_refused(&run, reader, "ermission denied");
    }
}

/// A name may hold whatever a terminal obeys. What is printed of it does not.
#[test]
fn names_with_control_characters() {
    let folder = tempfile::tempdir().expect("a folder");
    let nasty = "a\u{1b}[31mb\rc\u{7}\u{202e}d\ne";
    let there = folder.path().join(nasty);
    fs::write(&there, b"\x1b[31mnothing that goscope knows").expect("written");
    for path in [there, folder.path().join(format!("{nasty}.missing"))] {
        for reader in readers() {
            let run = read_by(reader, &path);
            run.is_fine(&reader.name(), LITTLE_BYTES);
            let obeyed = |text: &str| {
                text.chars().any(|char| (char.is_control() && char != '\n') || char == '\u{202e}')
            };
            assert!(!obeyed(&run.stderr), "{}: {:?}", reader.name(), run.stderr);
            assert!(!obeyed(&run.stdout), "{}: {:?}", reader.name(), run.stdout);
        }
    }
}

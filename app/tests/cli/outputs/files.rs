//! Files that cannot be written: no room, no right, the input itself, and a program that is ended in between.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use goscope_test_support::sample;

use super::without_rights;
use crate::commands::{Reader, readers};

const OLD: &str = "what was there before";

/// A command line that writes to `out`.
fn writing(reader: Reader, out: &Path) -> Vec<String> {
    let file = sample(reader.samples()[0]).display().to_string();
    let mut arguments = reader.arguments(&file);
    arguments.extend(["-o".to_owned(), out.display().to_string()]);
    arguments
}

/// Commands that write something about their sample, and how long it is.
fn writers(folder: &Path) -> Vec<(Reader, u64)> {
    let out = folder.join("probe");
    let length = |reader: Reader| {
        let run = Command::new(env!("CARGO_BIN_EXE_goscope"))
            .args(writing(reader, &out))
            .output()
            .expect("it starts");
        let length = fs::metadata(&out).map(|metadata| metadata.len());
        let _ = fs::remove_file(&out);
        // What finds something ends with 1; a sample without a range, a git or a function ends otherwise and writes nothing.
        length.ok().filter(|&length| length > 0 && matches!(run.status.code(), Some(0 | 1)))
    };
    let found: Vec<_> = readers()
        .filter(|reader| reader.has_output())
        .filter_map(|reader| Some((reader, length(reader)?)))
        .collect();
    assert!(found.len() > 40, "most commands write: {}", found.len());
    found
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// It failed with the exit code for what cannot be written, and the folder is as it was.
#[track_caller]
fn is_undone(run: &Output, folder: &Path, what: &str) {
    let said = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{what}: {said}");
    assert!(said.contains("cannot write") && !said.contains("panicked"), "{what}: {said}");
    assert_eq!(names(folder), ["out"], "{what}");
    assert_eq!(fs::read_to_string(folder.join("out")).expect("there"), OLD, "{what}");
}

fn folder_with_old_file() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    fs::write(&out, OLD).expect("written");
    (folder, out)
}

/// The system takes no more than so many bytes of a file, as a quota does: the write fails that passes it.
#[test]
fn a_disk_that_is_full_after_some_bytes() {
    let (folder, out) = folder_with_old_file();
    let probes = tempfile::tempdir().expect("a folder");
    for (reader, length) in writers(probes.path()) {
        for room in [0, 1, length / 2, length - 1] {
            // Who does not ignore this signal is ended by it, with exit code 153.
            let script = format!("trap '' XFSZ; exec prlimit --fsize={room}:{room} \"$@\"");
            let run = Command::new("sh")
                .args(["-c", &script, "sh", env!("CARGO_BIN_EXE_goscope")])
                .args(writing(reader, &out))
                .output()
                .expect("prlimit is there");
            is_undone(&run, folder.path(), &format!("{} with room for {room} of {length}", reader.name()));
        }
    }
}

#[test]
fn devices_that_are_full() {
    let probes = tempfile::tempdir().expect("a folder");
    for (reader, _) in writers(probes.path()) {
        let full = || fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
        let arguments = writing(reader, Path::new("/dev/full"));
        let to_device =
            Command::new(env!("CARGO_BIN_EXE_goscope")).args(&arguments).output().expect("it starts");
        let to_stdout = Command::new(env!("CARGO_BIN_EXE_goscope"))
            .args(&arguments[..arguments.len() - 2])
            .stdout(Stdio::from(full()))
            .output()
            .expect("it starts");
        for run in [to_device, to_stdout] {
            let said = String::from_utf8_lossy(&run.stderr);
            assert_eq!(run.status.code(), Some(2), "{}: {said}", reader.name());
            assert!(said.contains("No space left"), "{}: {said}", reader.name());
        }
    }
}

#[test]
fn folders_that_may_not_be_written() {
    let (folder, out) = folder_with_old_file();
    let probes = tempfile::tempdir().expect("a folder");
    let writers = writers(probes.path());
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).expect("its owner");
    for (reader, _) in writers {
        let run = without_rights(&writing(reader, &out)).output().expect("setpriv is there");
        is_undone(&run, folder.path(), &reader.name());
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(said.contains("ermission denied"), "{}: {said}", reader.name());
    }
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("its owner");
}

/// What is read stays mapped until the new file takes its place.
#[test]
fn onto_the_input() {
    let folder = tempfile::tempdir().expect("a folder");
    let (input, elsewhere) = (folder.path().join("input"), folder.path().join("elsewhere"));
    for (command, name) in [
        ("convert --to pprof", "pprof/cpu.pb.gz"),
        ("convert --to folded", "text/heap.debug1.txt"),
        ("trace cut --range 10ms..20ms", "trace/latency-go1.27.trace"),
        ("trace events", "trace/latency-go1.27.trace"),
        ("cover merge", "testing/cover.out"),
        ("svg", "pprof/heap.pb.gz"),
    ] {
        let reader = readers().find(|reader| reader.name() == command).expect("a command");
        fs::copy(sample(name), &input).expect("a copy");
        for out in [&elsewhere, &input] {
            let mut arguments = reader.arguments(&input.display().to_string());
            arguments.extend(["-o".to_owned(), out.display().to_string()]);
            let run =
                Command::new(env!("CARGO_BIN_EXE_goscope")).args(&arguments).output().expect("it starts");
            assert_eq!(run.status.code(), Some(0), "{command}: {}", String::from_utf8_lossy(&run.stderr));
        }
        let [onto, beside] = [&input, &elsewhere].map(|path| fs::read(path).expect("written"));
        assert!(onto == beside, "{command}: the same bytes onto the input and elsewhere");
        assert_eq!(names(folder.path()), ["elsewhere", "input"]);
    }
}

/// Whatever ends the program while it writes: the old file is there, and no other.
#[test]
fn signals_in_the_middle() {
    let (folder, out) = folder_with_old_file();
    let input = folder.path().with_extension("trace");
    fs::copy(sample("trace/latency-go1.27.trace"), &input).expect("a copy");
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("KILL", 9)] {
        // On a busy machine the program may be done before the signal comes: then once more.
        let is_ended = (0..50).any(|_| {
            let ended = ended_by(signal, &out, &input, folder.path());
            assert!(ended.success() || ended.signal() == Some(number), "{signal}: {ended}");
            if ended.success() {
                fs::write(&out, OLD).expect("the old file");
            }
            !ended.success()
        });
        assert!(is_ended, "{signal} came too late each time");
        assert_eq!(names(folder.path()), ["out"], "{signal}");
        assert_eq!(fs::read_to_string(&out).expect("there"), OLD, "{signal}");
    }
    fs::remove_file(input).expect("the copy");
}

/// Starts a long output, and sends a signal once it is being written; how the program ended.
fn ended_by(signal: &str, out: &Path, input: &Path, folder: &Path) -> ExitStatus {
    // Who runs the tests in the background may have Ctrl-C ignored by all that they start.
    let mut child = Command::new("env")
        .args(["--default-signal", env!("CARGO_BIN_EXE_goscope"), "trace", "events", "-o"])
        .args([out, input])
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    if is_writing(&mut child, folder) {
        // It may be gone meanwhile.
        let _ =
            Command::new("sh").args(["-c", &format!("kill -{signal} {} 2>/dev/null", child.id())]).status();
    }
    child.wait().expect("a child")
}

/// Waits until the program has a file open that it writes to, one without a name in this folder; false if it has ended.
fn is_writing(child: &mut Child, folder: &Path) -> bool {
    let is_new =
        |target: PathBuf| target.starts_with(folder) && target.to_string_lossy().ends_with(" (deleted)");
    let handles = PathBuf::from(format!("/proc/{}/fd", child.id()));
    while child.try_wait().expect("its state").is_none() {
        let open = fs::read_dir(&handles).into_iter().flatten().flatten();
        if open.filter_map(|handle| fs::read_link(handle.path()).ok()).any(is_new) {
            return true;
        }
        std::thread::sleep(Duration::from_micros(100));
    }
    false
}

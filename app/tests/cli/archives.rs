//! Archives of several profiles, made by `tar` and by Python: wherever a file can be named, one of their members can, and
//! where files are, an archive is.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use goscope::document::{Document, Source};
use goscope_parsers::Progress;

use crate::program::{failure, goscope, json, sample, stdout};

/// Runs a program in a folder, which has to succeed.
fn run(folder: &Path, program: &str, args: &[&str]) {
    let output = Command::new(program).args(args).current_dir(folder).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A folder with runs of two versions, as CI keeps them.
fn runs() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for side in ["base", "head"] {
        for at in 1..=3 {
            let run = folder.path().join(format!("{side}/run-{at}"));
            fs::create_dir_all(&run).expect("a folder");
            fs::copy(sample(&format!("diff/{side}{at}.cpu.pb.gz")), run.join("cpu.pb.gz")).expect("a copy");
            fs::write(run.join("notes.txt"), "a run").expect("notes");
        }
    }
    folder
}

/// Zips files as Python does: deflated, with a comment, entries written as streams with their lengths behind them.
const ZIP: &str = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as out:
    out.comment = b'kept by CI'
    for name in sys.argv[2:]:
        with open(name, 'rb') as file, out.open(name, 'w', force_zip64=True) as to:
            to.write(file.read())
";

#[test]
fn one_profile_in_an_archive_is_read_as_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = sample("pprof/cpu.pb.gz");
    fs::copy(&sample, folder.path().join("cpu.pb.gz")).expect("a copy");
    fs::write(folder.path().join("README"), "what this is").expect("a text");
    run(folder.path(), "tar", &["-czf", "one.tar.gz", "./README", "./cpu.pb.gz"]);
    run(folder.path(), "tar", &["-cf", "one.tar", "README", "cpu.pb.gz"]);
    run(folder.path(), "python3", &["-c", ZIP, "one.zip", "README", "cpu.pb.gz"]);
    let expected = stdout(&["top", &sample]);
    for name in ["one.tar.gz", "one.tar", "one.zip"] {
        let archive = folder.path().join(name).display().to_string();
        assert_eq!(stdout(&["top", &archive]), expected, "{name}");
        assert_eq!(stdout(&["top", &format!("{archive}:cpu.pb.gz")]), expected, "{name}");
        let said = failure(3, &["top", &format!("{archive}:heap.pb.gz")]);
        assert!(said.contains("the archive has no heap.pb.gz; it has README, cpu.pb.gz"), "{said}");
    }
}

#[test]
fn of_an_archive_with_several_profiles_one_has_to_be_named() {
    let folder = runs();
    run(folder.path(), "tar", &["-czf", "base.tgz", "base"]);
    let archive = folder.path().join("base.tgz").display().to_string();
    let said = failure(3, &["top", &archive]);
    assert!(said.contains(&format!("name one of its members, as {archive}:base/run-")), "{said}");
    let info = stdout(&["info", &archive]);
    assert!(info.contains("format     tar archive\n"), "{info}");
    assert!(info.contains("member     base/run-2/notes.txt (5 bytes), another file\n"), "{info}");
    assert_eq!(info.matches("bytes), pprof profile\n").count(), 3, "{info}");
    let info = json(&["info", "--json", &archive]);
    assert_eq!(info["schema"], "goscope.archive_info/1");
    assert_eq!(info["members"].as_array().map(Vec::len), Some(6));
}

#[test]
fn an_archive_is_a_side_of_a_comparison_and_goes_into_a_store() {
    let folder = runs();
    run(folder.path(), "tar", &["-czf", "base.tgz", "base"]);
    let profiles = ["1", "2", "3"].map(|at| format!("head/run-{at}/cpu.pb.gz"));
    let mut zip = vec!["-c", ZIP, "head.zip"];
    zip.extend(profiles.iter().map(String::as_str));
    run(folder.path(), "python3", &zip);
    let name = |file: &str| folder.path().join(file).display().to_string();
    let of_archives = goscope(&["diff", "--base", &name("base.tgz"), "--head", &name("head.zip")]);
    let of_folders = goscope(&["diff", "--base", &name("base"), "--head", &name("head")]);
    let lines = |output: &Output| -> Vec<String> {
        // All but the names of the files.
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.lines().filter(|line| !line.contains("run-")).map(str::to_owned).collect()
    };
    assert_eq!(of_archives.status.code(), of_folders.status.code());
    assert_eq!(lines(&of_archives), lines(&of_folders));
    assert!(lines(&of_archives).len() > 5, "{}", String::from_utf8_lossy(&of_archives.stderr));

    let store = name("store");
    let added =
        stdout(&["store", "add", &store, &name("base.tgz"), &name("head.zip"), "--label", "service=shop"]);
    assert!(added.starts_with("6 profiles added, 3 other files left out"), "{added}");
}

#[test]
fn a_run_counts_once_whatever_its_archive_is_called() {
    let folder = runs();
    run(folder.path(), "tar", &["-czf", "base.tgz", "base"]);
    let name = |file: &str| folder.path().join(file).display().to_string();
    let (archive, other_name) = (name("base.tgz"), name("base/../base.tgz"));
    let said = failure(2, &["diff", "--base", &archive, "--head", &other_name]);
    assert!(said.contains("base.tgz:base/run-1/cpu.pb.gz are the same run: each run counts once"), "{said}");
    // Two files of one archive are two runs.
    let member = |at: usize| format!("{archive}:base/run-{at}/cpu.pb.gz");
    stdout(&["diff", &member(1), &member(2)]);
    let said = failure(2, &["diff", &member(1), &format!("{other_name}:base/run-1/cpu.pb.gz")]);
    assert!(said.contains("are the same run"), "{said}");
}

#[test]
fn what_an_archive_has_lost_is_said_and_the_rest_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(sample("pprof/cpu.pb.gz"), folder.path().join("cpu.pb.gz")).expect("a copy");
    fs::write(folder.path().join("notes.txt"), "a line\n".repeat(1000)).expect("a text");
    run(folder.path(), "tar", &["-cf", "cut.tar", "cpu.pb.gz", "notes.txt"]);
    let archive = folder.path().join("cut.tar");
    let bytes = fs::read(&archive).expect("the archive");
    let header = bytes.windows(9).rposition(|name| name == b"notes.txt").expect("the header");
    fs::write(&archive, &bytes[..header + 600]).expect("a cut");
    let name = archive.display().to_string();
    let output = goscope(&["top", &name]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), stdout(&["top", &sample("pprof/cpu.pb.gz")]));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.ends_with("cut.tar: the archive is cut off within notes.txt\n") && said.lines().count() == 1,
        "{said}"
    );
    // The window says it beside the profile.
    let document = Document::load(&Source::File(archive), &Progress::default()).expect("a profile");
    let warnings = &document.profile().expect("a profile").warnings;
    assert_eq!(warnings, &["the archive is cut off within notes.txt"]);
}

#[test]
fn names_of_members_are_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["\x1b[31mred.pb.gz", "\u{202e}back.pb.gz"] {
        let profile = fs::read(sample("pprof/heap.pb.gz")).expect("a sample");
        let mut header = tar::Header::new_gnu();
        header.set_size(profile.len() as u64);
        builder.append_data(&mut header, name, &*profile).expect("a vector");
    }
    let archive = folder.path().join("names.tar").display().to_string();
    fs::write(&archive, builder.into_inner().expect("a vector")).expect("a file");
    for text in
        [stdout(&["info", &archive]), failure(3, &["top", &archive]), stdout(&["info", "--json", &archive])]
    {
        assert!(!text.contains(['\x1b', '\u{202e}']), "{text:?}");
        assert!(text.contains("red.pb.gz") && text.contains("back.pb.gz"), "{text:?}");
    }
}

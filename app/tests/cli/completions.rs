//! Completion scripts and manual pages: made from the definitions behind `--help`, so they know what it lists.

use std::fs;
use std::process::Command;

fn goscope(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_goscope")).args(arguments).output().expect("goscope starts");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn stdout(arguments: &[&str]) -> String {
    let (code, text, message) = goscope(arguments);
    assert_eq!(code, Some(0), "goscope {arguments:?}: {message}");
    text
}

/// The names of the subcommands that the help of a command lists.
fn subcommands(command: &[&str]) -> Vec<String> {
    let help = stdout(&[command, &["--help"]].concat());
    let list = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next());
    // Names are indented by two spaces; what follows on lines of its own is indented further.
    let lines = list.expect("a list of commands").lines().filter_map(|line| line.strip_prefix("  "));
    let names = lines.filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

#[test]
fn completions_know_every_subcommand_and_the_flags_of_pprof() {
    let names = [subcommands(&[]), subcommands(&["trace"])].concat();
    assert!(names.len() > 20, "{names:?}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&["completions", shell]);
        for name in names.iter().map(String::as_str).chain(["nodefraction", "goroutine-func"]) {
            assert!(script.contains(name), "{name} in the script for {shell}");
        }
    }
    let (code, text, message) = goscope(&["completions", "tcsh"]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(message.contains("powershell"), "the error lists the shells: {message}");
}

#[test]
fn bash_accepts_its_completion_script() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("goscope.bash").display().to_string();
    stdout(&["completions", "bash", "-o", &file]);
    let output = Command::new("bash").args(["-n", &file]).output().expect("bash is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_subcommand_has_a_manual_page() {
    let folder = tempfile::tempdir().expect("a folder");
    // Below a folder that does not exist yet.
    let pages = folder.path().join("share/man1");
    stdout(&["man", &pages.display().to_string()]);
    let top = subcommands(&[]).into_iter().map(|name| format!("goscope-{name}.1"));
    let below = ["bench", "cover", "query", "store", "trace"].into_iter().flat_map(|group| {
        subcommands(&[group]).into_iter().map(move |name| format!("goscope-{group}-{name}.1"))
    });
    let mut expected: Vec<String> = top.chain(below).chain(["goscope.1".to_owned()]).collect();
    expected.sort();
    let found = fs::read_dir(&pages).expect("the folder is there").flatten();
    let mut found: Vec<String> =
        found.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    found.sort();
    assert_eq!(found, expected);
    for (page, parts) in [
        ("goscope.1", ["goscope\\-trace(1)", "Exit codes:"]),
        ("goscope-trace-latency.1", ["\\-\\-goroutine\\-func", "goscope trace latency trace.out"]),
        ("goscope-pprof.1", ["\\-\\-nodefraction", "http://HOST/PATH"]),
    ] {
        let path = pages.join(page);
        let text = fs::read_to_string(&path).expect("a page");
        for part in parts {
            assert!(text.contains(part), "{part} in {page}:\n{text}");
        }
        // On systems with groff: it has nothing to say against the page.
        if let Ok(output) =
            Command::new("groff").args(["-Kutf8", "-man", "-Tutf8", "-ww", "-z"]).arg(&path).output()
        {
            assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{page}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_gets_no_manual_pages() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").expect("a file");
    let (code, text, message) = goscope(&["man", &file.join("man1").display().to_string()]);
    assert_eq!((code, text.as_str()), (Some(2), ""));
    assert!(message.starts_with("goscope: cannot write "), "{message}");
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 1, "nothing was made");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "not a folder");
}

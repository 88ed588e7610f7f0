//! Sessions on the command line: what is in one, what is wrong with one, and that the documented example is one.

use std::fs;
use std::path::Path;

use goscope::session::format::{session_of, session_text};
use serde_json::Value;

use crate::program::{failure, json, sample, stdout};

/// A file in a folder of its own, as an argument.
fn session(folder: &tempfile::TempDir, text: &str) -> String {
    let file = folder.path().join("shop.goscope");
    fs::write(&file, text).expect("a file");
    file.display().to_string()
}

/// The example and the tables of the page about the format.
fn page() -> (String, String) {
    let page = fs::read_to_string(goscope_test_support::root().join("docs/sessions.md")).expect("the page");
    let example =
        page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    (example.to_owned(), page)
}

#[test]
fn the_documented_example_is_a_session_that_is_saved_as_it_stands_there() {
    let (example, _) = page();
    let folder = Path::new("/w/shop");
    let session = session_of(example.as_bytes(), folder).expect("a session");
    assert_eq!(session_text(&session, folder).expect("a text"), example);
}

/// The names of all fields that a session can have, as `lens.trace.range`.
fn fields(value: &Value, before: &str, found: &mut Vec<String>) {
    if let Value::Object(object) = value {
        for (name, inner) in object {
            let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
            if ["trace", "testing", "dump"].contains(&&**name) {
                fields(inner, &path, found);
            } else {
                found.push(path);
            }
        }
    }
}

#[test]
fn every_field_of_the_lens_is_documented() {
    let (_, page) = page();
    let lens = serde_json::to_value(goscope::session::workspace::Lens::default()).expect("JSON");
    let mut found = Vec::new();
    fields(&lens, "", &mut found);
    assert!(found.len() > 25, "{found:?}");
    let is_missing = |name: &&String| !["`", "[]`"].iter().any(|end| page.contains(&format!("`{name}{end}")));
    let missing: Vec<&String> = found.iter().filter(is_missing).collect();
    assert!(missing.is_empty(), "not in docs/sessions.md: {missing:?}");
}

#[test]
fn info_lists_the_tabs_and_how_their_files_are() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::copy(sample("pprof/heap.pb.gz"), folder.path().join("heap.pb.gz")).expect("a copy");
    let text = r#"{"goscope_session":1,"tabs":[
        {"shows":{"profile":{"file":{"path":"heap.pb.gz","bytes":5,"ends":"0"}}},"in_front":true,"lens":{"search":"json"}},
        {"shows":{"trace":{"file":{"path":"gone.out"}}},"lens":{"selection":{"Goroutine":52}},"notes":[{"on":{"Goroutine":52},"text":"waits\nfor G 9"},{"on":{"Moment":5000000}}]},
        {"shows":{"comparison":{"base":[{"sample":"base1.cpu.pb.gz"}],"head":[{"address":{"url":"http://host/heap","stripped":true}}]}}}]}"#;
    let file = session(&folder, text);
    let place = folder.path().display().to_string();
    let shown = stdout(&["info", &file]).replace(&place, "DIR");
    insta::assert_snapshot!(shown, @r#"
    file       DIR/shop.goscope
    format     session of goscope, format 1
    tab        heap.pb.gz: profile, in front
               DIR/heap.pb.gz (has changed since)
               --state '{"search":"json"}'
    tab        gone.out: trace
               DIR/gone.out (is missing)
               --select g:52
    note       goroutine 52: waits
    note       at 5.00 ms: pinned
    tab        base1.cpu.pb.gz → heap: comparison
    base       sample:base1.cpu.pb.gz
    head       http://host/heap
    "#);
    let value = json(&["info", "--json", &file]);
    let states: Vec<&str> = value["tabs"]
        .as_array()
        .expect("tabs")
        .iter()
        .flat_map(|tab| tab["files"].as_array().expect("files"))
        .map(|file| file["state"].as_str().expect("a word"))
        .collect();
    assert_eq!(states, ["changed", "missing", "there", "not_asked"]);
    // Where there is no window, opening it says the same.
    assert_eq!(value["schema"], "goscope.session-info/1");
}

#[test]
fn what_is_no_session_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    for (text, what) in [
        ("cheese", "is no session of goscope: it is not JSON (expected value at line 1 column 1)"),
        (
            r#"{"goscope_session":9}"#,
            "was saved by a newer goscope (format 9, this one reads up to 1): update goscope to open it",
        ),
        (
            r#"{"goscope_session":1,"tabs":[],"x":1}"#,
            "cannot be opened as a session: unknown field `x` at line 1 column 34",
        ),
    ] {
        let file = session(&folder, text);
        for arguments in [&["info", &file][..], &["open", &file], &[&file]] {
            assert_eq!(failure(2, arguments), format!("goscope: {file} {what}\n"), "{arguments:?}");
        }
    }
}

#[test]
fn samples_have_names_on_the_command_line() {
    let of_file = stdout(&["top", &sample("pprof/heap.pb.gz")]);
    let of_sample = stdout(&["top", "sample:heap.pb.gz"]);
    let table =
        |text: &str| text.lines().skip_while(|line| !line.contains("flat")).collect::<Vec<_>>().join("\n");
    assert_eq!(table(&of_sample), table(&of_file));
    assert!(failure(2, &["sample:cheese"]).contains("there is no file or command \"sample:cheese\""));
}

#[test]
fn help_documents_how_a_file_is_shown() {
    let help = stdout(&["--help"]);
    for option in ["--view", "--select", "--range", "--focus", "--state", "gc-cycles", "--goroutine-func"] {
        assert!(help.contains(option), "{option} in the help:\n{help}");
    }
    assert!(!stdout(&["-h"]).contains("--tagignore"), "the short help is short");
    assert!(stdout(&["diff", "--help"]).contains("--view"));
    let what = failure(
        2,
        &["diff", &sample("diff/base1.cpu.pb.gz"), &sample("diff/head1.cpu.pb.gz"), "--view", "changes"],
    );
    assert!(what.contains("give --window, too"), "{what}");
}

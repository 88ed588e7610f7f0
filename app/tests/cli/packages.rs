//! What a desktop is told about goscope: which files it opens, and what they look like.

use std::collections::BTreeSet;
use std::fs;

use goscope_test_support::{files_below, root};

fn read(name: &str) -> String {
    fs::read_to_string(root().join("assets/linux").join(name)).expect("a file of the desktop")
}

/// The texts between two marks.
fn between<'t>(text: &'t str, begin: &str, end: &str) -> BTreeSet<&'t str> {
    text.split(begin).skip(1).filter_map(|rest| rest.split(end).next()).collect()
}

#[test]
fn the_kinds_of_files_are_the_same_wherever_they_are_named() {
    let desktop = read("goscope.desktop");
    let opened = desktop.lines().find_map(|line| line.strip_prefix("MimeType=")).expect("kinds of files");
    let opened: BTreeSet<&str> = opened.split_terminator(';').collect();
    let xml = read("goscope.xml");
    let defined = between(&xml, "<mime-type type=\"", "\"");
    let metainfo = read("goscope.metainfo.xml");
    assert_eq!(opened, defined);
    assert_eq!(opened, between(&metainfo, "<mediatype>", "</mediatype>"));
    assert_eq!(opened.len(), 3);
    // The window says to which of these it belongs by its own name.
    assert!(desktop.contains("\nStartupWMClass=goscope\n") && desktop.contains("\nExec=goscope %F\n"));
    assert!(metainfo.contains("<launchable type=\"desktop-id\">goscope.desktop</launchable>"));
}

#[test]
fn every_trace_begins_as_the_magic_says_and_no_other_file_does() {
    let xml = read("goscope.xml");
    let magic = between(&xml, "<magic", "</magic>");
    let magic = magic.first().expect("magic of traces");
    let rules: Vec<(usize, Vec<u8>)> = between_in_order(magic, "offset=\"")
        .map(|rule| {
            let (offset, rest) = rule.split_once('"').expect("an offset");
            let value = between_in_order(rest, "value=\"").next().expect("a value");
            let value = value.split('"').next().expect("its end").replace("\\0", "\0");
            (offset.parse().expect("a number"), value.into_bytes())
        })
        .collect();
    let [outer, inner @ ..] = rules.as_slice() else { panic!("no rule") };
    let fits = |bytes: &[u8], (offset, value): &(usize, Vec<u8>)| {
        bytes.get(*offset..).is_some_and(|rest| rest.starts_with(value))
    };
    let mut n_traces = 0;
    for path in files_below(&root().join("samples"), &[""]) {
        let bytes = fs::read(&path).expect("a sample");
        let is_trace = path.extension().is_some_and(|ending| ending == "trace");
        let is_found = fits(&bytes, outer) && inner.iter().any(|rule| fits(&bytes, rule));
        assert_eq!(is_found, is_trace, "{}", path.display());
        n_traces += usize::from(is_trace);
    }
    assert!(n_traces > 5, "{n_traces} traces");
    // Go 1.5 to 1.9 have one digit.
    assert!(inner.iter().any(|rule| fits(b"go 1.9 trace\0\0\0\0", rule)));
}

fn between_in_order<'t>(text: &'t str, begin: &str) -> impl Iterator<Item = &'t str> {
    text.split(begin).skip(1).collect::<Vec<_>>().into_iter()
}

#[test]
fn the_icon_has_the_size_of_its_folder() {
    let png = fs::read(root().join("assets/icon-256.png")).expect("the icon");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
    assert_eq!((side(16), side(20)), (256, 256));
    let svg = fs::read_to_string(root().join("assets/icon.svg")).expect("the icon");
    assert!(svg.contains("viewBox=\"0 0 256 256\""));
}

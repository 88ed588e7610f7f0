//! `goscope svg --sandwich`: one function between its callers and its callees.

use std::fs;

use insta::assert_snapshot;

use crate::program::{failure, goscope, latency, sample, stdout};

/// What the boxes say, in their order: callers by row from the function up, then the function, then callees.
fn titles(svg: &str) -> String {
    let boxes = svg.lines().filter_map(|line| line.strip_prefix("<g><title>"));
    boxes
        .filter_map(|line| line.split_once("</title>"))
        .map(|(title, _)| title)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn callers_and_callees_are_those_of_the_outermost_call() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.folded");
    fs::write(&path, "main;serve;f;a 5\ninit;f;b 2\nmain;f;f 1\nmain;g 2\n").unwrap();
    let path = path.display().to_string();
    assert_snapshot!(titles(&stdout(&["svg", "--sandwich", "f", &path])), @r"
    serve (5, 50.00%)
    init (2, 20.00%)
    main (1, 10.00%)
    main (5, 50.00%)
    f (8, 80.00%)
    a (5, 50.00%)
    b (2, 20.00%)
    f (1, 10.00%)
    ");
}

#[test]
fn it_is_as_wide_as_peek_says() {
    let file = sample("pprof/cpu-labels.pb.gz");
    let peek = stdout(&["peek", "^encoding/json.Marshal$", &file]);
    let row = peek.lines().find(|line| line.ends_with("| encoding/json.Marshal")).expect("its own row");
    let share = row.split_whitespace().nth(4).expect("the share of its cum");
    let svg = stdout(&["svg", "--sandwich", "encoding/json.Marshal", &file]);
    let own = titles(&svg);
    let own = own.lines().find(|line| line.starts_with("encoding/json.Marshal (")).expect("its own box");
    assert!(own.contains(&format!(", {share})")), "{own} and {row}");
}

#[test]
fn traces_have_it() {
    let svg = stdout(&["svg", "--kind", "wall", "--sandwich", "catalog.(*Index).snapshot", &latency()]);
    assert!(titles(&svg).contains("sync.(*RWMutex).RLock ("), "{}", titles(&svg));
}

#[test]
fn a_name_must_name_one_function() {
    let file = sample("pprof/cpu-labels.pb.gz");
    assert_snapshot!(failure(2, &["svg", "--sandwich", "no such function", &file]), @"goscope: no matches found for regexp: no such function");
    let message = failure(2, &["svg", "--sandwich", "json", &file]);
    assert!(message.contains("functions: ") && message.contains("give the whole name of one"), "{message}");
    let output = goscope(&["svg", "--sandwich", "f", "--inverted", &file]);
    assert_eq!(output.status.code(), Some(2), "it has both directions");
}

#[test]
fn two_sides_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let base = file("base.folded", "main;serve;f;a 5\nmain;f;b 2\nmain;g 3\n");
    let head = file("head.folded", "main;serve;f;a 9\nmain;f;c 2\nmain;g 9\n");
    let of = ["diff", &base, &head, "--svg", "--sandwich"];
    assert_snapshot!(titles(&stdout(&[&of[..], &["f"]].concat())), @r"
    serve (base 5 50.00%, head 9 45.00%, +4 +80.0%)
    main (base 2 20.00%, head 2 10.00%, unchanged)
    main (base 5 50.00%, head 9 45.00%, +4 +80.0%)
    f (base 7 70.00%, head 11 55.00%, +4 +57.1%)
    a (base 5 50.00%, head 9 45.00%, +4 +80.0%)
    b (base 2 20.00%, head 0 0%, gone)
    c (base 0 0%, head 2 10.00%, new)
    ");
    assert_snapshot!(failure(2, &[&of[..], &["nobody"]].concat()), @"goscope: no matches found for regexp: nobody");
    let output = goscope(&["diff", &base, &head, "--sandwich", "f"]);
    assert_eq!(output.status.code(), Some(2), "it is a picture");
}

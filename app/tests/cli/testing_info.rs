//! `goscope info` of what `go test` writes.

use goscope_test_support::files_below;

use crate::program::{json, sample, stdout};

/// The facts about a file, without the line that holds its path.
fn facts(file: &str) -> String {
    let text = stdout(&["info", &sample(file)]);
    text.lines().filter(|line| !line.starts_with("file ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn benchmarks_tests_and_coverage_say_what_they_are_and_what_they_come_to() {
    insta::assert_snapshot!(facts("bench/base.txt"), @r"
    format     go test -bench output
    results    40
    units      sec/op, B/op, allocs/op
    goos       linux
    goarch     amd64
    pkg        example.com/shop/report
    cpu        AMD EPYC
    answer     4 benchmarks, 10 runs each; the least certain is MergeSort-2, sec/op ± 26%
    ");
    insta::assert_snapshot!(facts("testing/results.json"), @r"
    format     go test -json output
    packages   2
    answer     7 tests in 2 packages: 2 failed, 1 flaky, 1 skipped, 3 passed
    first      cart_test.go:19: Total() = 1000, want 900
    ");
    insta::assert_snapshot!(facts("testing/cover.out"), @r"
    format     go test -coverprofile output
    mode       count
    files      2
    statements 13 of 17 covered
    answer     76.5% of 17 statements are covered; the largest uncovered function is cart.(*Cart).Add, 1 of 4
    ");
}

#[test]
fn the_same_is_json() {
    let info = |file: &str| json(&["info", &sample(file), "--json"]);
    let benchmarks = info("bench/base.txt");
    assert_eq!(benchmarks["schema"], "goscope.bench_info/1");
    assert_eq!(benchmarks["config"]["pkg"], "example.com/shop/report");
    let tests = info("testing/results.json");
    assert_eq!((&tests["failed"], &tests["flaky"]), (&2.into(), &1.into()));
    let coverage = info("testing/cover.out");
    assert_eq!((&coverage["mode"], &coverage["covered"]), (&"count".into(), &13.into()));
}

#[test]
fn a_folder_that_gocoverdir_named_is_told_as_coverage() {
    let Some(folder) = goscope_test_support::corpus("testing/cover") else { return };
    let files = files_below(&folder, &[""]);
    let meta = files
        .iter()
        .find(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("covmeta.")));
    let folder = meta.and_then(|meta| meta.parent()).expect("a folder with coverage");
    let text = stdout(&["info", &folder.to_string_lossy()]);
    assert!(text.contains("format     folder of GOCOVERDIR") && text.contains("answer "), "{text}");
}

//! `goscope diff` of benchmark outputs: a verdict, and the exit codes of a gate.

use goscope_test_support::{Need, corpus, skip};

use crate::program::{failure, goscope, json, sample, stdout};

fn sides() -> [String; 2] {
    ["bench/base.txt", "bench/head.txt"].map(sample)
}

#[test]
fn the_slower_benchmark_is_named_first() {
    let [base, head] = sides();
    let output = goscope(&["diff", &base, &head, "--fail-on", "5%"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let line = text.lines().next().unwrap_or_default();
    assert!(line.starts_with("regression: Dedupe/orders=500-2, sec/op "), "{line}");
    assert!(line.ends_with("10 v 10 runs"), "{line}");
    // It allocates less: that is better, and said.
    assert!(text.contains("better: Dedupe/orders=500-2, B/op "), "{text}");
    assert_eq!(goscope(&["diff", &base, &head]).status.code(), Some(0), "without a gate it informs");
    let memory = ["diff", &base, &head, "--fail-on", "5%", "--unit", "B/op"];
    assert_eq!(goscope(&memory).status.code(), Some(0), "no benchmark takes more memory");
}

#[test]
fn all_formats_say_the_same() {
    let [base, head] = sides();
    let verdict = &json(&["diff", &base, &head, "--json"])["verdict"];
    let line = verdict["line"].as_str().unwrap_or_default().to_owned();
    assert_eq!(verdict["method"]["decided_by"], "ranks");
    assert_eq!(verdict["rows"][0]["base"]["runs"].as_array().map(Vec::len), Some(10));
    for format in ["--markdown", "--junit", "--html"] {
        let text = stdout(&["diff", &base, &head, format]);
        assert!(text.contains("Dedupe/orders=500-2"), "{format}: {text}");
    }
    assert!(stdout(&["diff", &base, &head]).starts_with(&line));
}

#[test]
fn what_cannot_be_compared_is_said() {
    let [base, _] = sides();
    let profile = sample("pprof/cpu.pb.gz");
    assert_eq!(
        failure(2, &["diff", &base, &profile]),
        format!(
            "goscope: cannot compare a benchmark output with a profile: {base} is a benchmark output, {profile} is none\n"
        )
    );
    assert!(failure(2, &["diff", &base, &base]).contains("is given twice"));
    assert!(
        failure(2, &["diff", &profile, &sample("pprof/cpu-labels.pb.gz"), "--unit", "x"]).contains("--per")
    );
    let Some(folder) = corpus("testing/bench") else { return skip(Need::Corpus, "benchmarks") };
    let file = |name: &str| folder.join(name).display().to_string();
    let nothing = goscope(&["diff", &file("old.txt"), &file("names.txt")]);
    assert_eq!(nothing.status.code(), Some(4));
    assert!(
        String::from_utf8_lossy(&nothing.stdout)
            .starts_with("nothing compared: the sides have no benchmark in common")
    );
    // The same runs, printed as events.
    let events = stdout(&["diff", &file("go126-base.txt"), &file("go126-json.txt")]);
    assert!(!events.starts_with("nothing compared: the sides have no benchmark"), "{events}");
    let broken = stdout(&["diff", &file("go126-base.txt"), &file("go126-broken.txt")]);
    assert!(broken.contains("did not finish") || broken.contains("failed"), "{broken}");
}

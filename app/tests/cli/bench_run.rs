//! `goscope bench` and `goscope bench explain`: benchmarks of a small module with a planted slowdown.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use goscope_test_support::{Need, has_programs, is_live, sample, skip};
use serde_json::Value;
use tempfile::TempDir;

/// A package with a function that does its work `times` times over.
fn code(times: u32) -> String {
    format!(
        "package gt\n\n\
         //go:noinline\nfunc Mix(b []byte) uint32 {{\n\th := uint32(17)\n\tfor r := 0; r < {times}; r++ {{\n\
         \t\tfor _, c := range b {{\n\t\t\th = h*31 + uint32(c)\n\t\t\th ^= h >> 7\n\t\t}}\n\t}}\n\treturn h\n}}\n\n\
         //go:noinline\nfunc Hash(b []byte) uint32 {{\n\th := uint32(2166136261)\n\tfor _, c := range b {{\n\
         \t\th ^= uint32(c)\n\t\th *= 16777619\n\t}}\n\treturn h\n}}\n"
    )
}

const TESTS: &str = "package gt\n\nimport \"testing\"\n\nvar sink uint32\n\n\
    func BenchmarkEncode(b *testing.B) {\n\tdata := make([]byte, 4000)\n\tfor i := 0; i < b.N; i++ {\n\
    \t\tsink = Mix(data) ^ Hash(data)\n\t}\n}\n\n\
    func BenchmarkFails(b *testing.B) { b.Fatal(\"no luck\") }\n\n\
    func BenchmarkPanics(b *testing.B) { panic(\"boom\") }\n\n\
    func BenchmarkSkips(b *testing.B) { b.Skip(\"not here\") }\n";

/// A repository with two commits: in the second, Mix takes `times` times as long.
fn repository(times: u32) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    git(folder.path(), &["init", "-q"]);
    write("go.mod", "module example.com/gt\n\ngo 1.22\n");
    write("gt.go", &code(1));
    write("gt_test.go", TESTS);
    commit(folder.path());
    write("gt.go", &code(times));
    // A commit of its own also where nothing changed.
    write("notes.txt", "later\n");
    commit(folder.path());
    folder
}

fn commit(folder: &Path) {
    git(folder, &["add", "-A"]);
    git(folder, &["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-q", "-m", "state"]);
}

fn git(folder: &Path, words: &[&str]) -> String {
    let output = Command::new("git").args(words).current_dir(folder).output().expect("git starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

fn goscope_in(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(words)
        .current_dir(folder)
        .output()
        .expect("goscope starts")
}

/// What it prints and says, and its exit code.
fn told(folder: &Path, words: &[&str]) -> (Option<i32>, String, String) {
    let output = goscope_in(folder, words);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn can_run() -> bool {
    if !is_live() {
        skip(Need::Go, "GOSCOPE_LIVE=1 runs benchmarks");
        return false;
    }
    has_programs(Need::Go, &["go", "git"])
}

/// The work tree is as it was, and git knows no other one.
fn assert_untouched(folder: &Path) {
    assert_eq!(git(folder, &["status", "--porcelain", "--ignored"]), "");
    assert_eq!(git(folder, &["worktree", "list", "--porcelain"]).matches("worktree ").count(), 1);
}

#[test]
fn the_function_that_a_commit_made_slower_is_named() {
    if !can_run() {
        return;
    }
    let repository = repository(10);
    let kept = tempfile::tempdir().expect("a folder");
    let folder = repository.path();
    let out = kept.path().display().to_string();
    let words = ["bench", "--bench", "Encode", "--base", "HEAD~1", "--count", "5", "--time", "50ms"];
    let (code, text, said) = told(folder, &[&words[..], &["--fail-on", "20%", "-o", &out]].concat());
    assert_eq!(code, Some(1), "{text}{said}");
    assert!(text.starts_with("regression: Encode-"), "{text}");
    let line = text.lines().find(|line| line.starts_with("BenchmarkEncode is ")).unwrap_or_default();
    assert!(line.contains("ns/op slower: gt.Mix +") && !line.contains("Hash"), "{text}");
    assert_untouched(folder);
    // The rounds in benchstat's format, and the profiles.
    for side in ["base", "head"] {
        let results = fs::read_to_string(kept.path().join(format!("{side}.txt"))).expect("the rounds");
        assert_eq!(results.matches("\nBenchmarkEncode").count(), 5, "{results}");
        assert_eq!(results.matches("pkg: example.com/gt\n").count(), 5, "{results}");
    }
    // The same from the files.
    let profiles = kept.path().join("profiles");
    let files = |side: &str| {
        let run = |run: u32| {
            ["txt", "cpu.pb.gz"]
                .map(|end| profiles.join(format!("{side}-gt.Encode-{run}.{end}")).display().to_string())
        };
        (1..=10).map(run).filter(|[text, _]| Path::new(text).exists()).flatten().collect::<Vec<_>>()
    };
    let (base, head) = (files("base"), files("head"));
    let words: Vec<&str> = ["bench", "explain", "--head"]
        .into_iter()
        .chain(head.iter().map(String::as_str))
        .chain(["--base"])
        .chain(base.iter().map(String::as_str))
        .collect();
    let (code, again, said) = told(folder, &words);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(again.lines().next(), Some(line));
    let output = goscope_in(folder, &[&words[..], &["--json"]].concat());
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let explained = &json["benchmarks"][0];
    assert_eq!(explained["answer"], "slower");
    assert_eq!(explained["culprits"][0], "example.com/gt.Mix");
    assert_eq!(explained["exact"], true);
    assert_eq!(explained["line"], line);
}

#[test]
fn where_nothing_changed_nothing_is_named() {
    if !can_run() {
        return;
    }
    let repository = repository(1);
    let words = [
        "bench",
        "--bench",
        "Encode",
        "--base",
        "HEAD~1",
        "--count",
        "5",
        "--time",
        "20ms",
        "--fail-on",
        "60%",
    ];
    let (code, text, said) = told(repository.path(), &words);
    assert_eq!(code, Some(0), "{text}{said}");
    assert!(!text.starts_with("regression"), "{text}");
    assert!(!text.contains("slower: "), "{text}");
    assert_untouched(repository.path());
}

#[test]
fn without_a_base_there_are_a_table_and_functions() {
    if !can_run() {
        return;
    }
    let repository = repository(2);
    let (code, text, said) =
        told(repository.path(), &["bench", "--bench", "Encode", "--count", "2", "--time", "10ms"]);
    assert_eq!(code, Some(0), "{text}{said}");
    assert!(text.contains("sec/op") && text.contains("BenchmarkEncode takes "), "{text}");
    let (code, text, said) = told(
        repository.path(),
        &["bench", "--bench", "Encode", "--count", "1", "--time", "10ms", "--profile", "none", "--json"],
    );
    assert_eq!(code, Some(0), "{said}");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&json["schema"], &json["rounds"]), (&"goscope.bench/1".into(), &1.into()));
}

#[test]
fn broken_benchmarks_are_told_and_the_others_run() {
    if !can_run() {
        return;
    }
    let repository = repository(1);
    let (code, text, said) =
        told(repository.path(), &["bench", "--count", "1", "--time", "5ms", "--profile", "none"]);
    assert_eq!(code, Some(1), "{text}{said}");
    assert!(text.contains("Encode-") || text.contains("Encode "), "{text}");
    for sentence in [
        "BenchmarkPanics panicked: boom",
        "BenchmarkFails failed: gt_test.go:14: no luck",
        "BenchmarkSkips was skipped: gt_test.go:18: not here",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    let (code, _, said) = told(repository.path(), &["bench", "--bench", "Fails", "--count", "1"]);
    assert_eq!((code, said.lines().count()), (Some(4), 1), "{said}");
    assert!(said.contains("no benchmark ends with a result: BenchmarkFails failed"), "{said}");
}

#[test]
fn what_cannot_run_is_a_sentence() {
    if !can_run() {
        return;
    }
    let repository = repository(1);
    let folder = repository.path();
    let sentence = |code: i32, words: &[&str]| {
        let (status, text, said) = told(folder, words);
        assert_eq!(status, Some(code), "{words:?}: {text}{said}");
        assert_eq!(text, "", "{words:?}");
        assert!(said.starts_with("goscope: "), "{said}");
        said
    };
    assert!(sentence(4, &["bench", "--bench", "Nothing"]).contains("no benchmark matches \"Nothing\""));
    assert!(sentence(3, &["bench", "--base", "no-such-ref"]).contains("git knows no such commit"));
    assert!(sentence(2, &["bench", "--base=-x"]).contains("is no name of a commit"));
    assert!(sentence(3, &["bench", "./nowhere"]).contains("go list: "));
    assert!(sentence(2, &["bench", "--profile", "mem"]).contains("-o"));
    assert!(sentence(2, &["bench", "-o", "."]).contains("is not empty"));
    fs::write(folder.join("broken.go"), "package gt\n\nfunc f() int { return \"x\" }\n").expect("written");
    let said = sentence(3, &["bench", "--base", "HEAD"]);
    assert!(
        said.contains("head: example.com/gt does not build:\n") && said.contains("broken.go:3"),
        "{said}"
    );
    fs::remove_file(folder.join("broken.go")).expect("removed");
    assert_untouched(folder);
    let outside = tempfile::tempdir().expect("a folder");
    let (status, _, said) = told(outside.path(), &["bench", "--base", "main"]);
    assert_eq!(status, Some(3), "{said}");
    assert!(said.contains("is in no git repository"), "{said}");
    let without_go = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["bench"])
        .env("PATH", "")
        .current_dir(folder)
        .output()
        .expect("goscope starts");
    assert_eq!(without_go.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&without_go.stderr).contains("there is no `go` on the PATH"));
}

#[test]
#[cfg(unix)]
fn stopped_it_keeps_complete_rounds_and_cleans_up() {
    if !can_run() {
        return;
    }
    let repository = repository(1);
    let kept = tempfile::tempdir().expect("a folder");
    let scratch = tempfile::tempdir().expect("a folder");
    let words = ["bench", "--bench", "Encode", "--base", "HEAD~1", "--count", "1000", "--time", "10ms", "-o"];
    let child = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(words)
        .arg(kept.path())
        .env("TMPDIR", scratch.path())
        .current_dir(repository.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("goscope starts");
    let complete = || {
        let results = fs::read_to_string(kept.path().join("head.txt")).unwrap_or_default();
        results.matches("\nBenchmarkEncode").count()
    };
    let begin = Instant::now();
    while complete() < 2 && begin.elapsed() < Duration::from_secs(120) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill starts").success());
    let output = child.wait_with_output().expect("it ends");
    let (text, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{text}{said}");
    assert!(text.contains("Encode-") || text.contains("Encode"), "a table of what is complete: {text}");
    assert!(said.contains(" of 1000 rounds are complete"), "{said}");
    assert!(complete() >= 2);
    assert_untouched(repository.path());
    assert_eq!(fs::read_dir(scratch.path()).expect("a folder").count(), 0, "nothing is left behind");
}

#[test]
fn files_that_explain_nothing_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| sample(name).display().to_string();
    let (results, profile) = (path("bench/base.txt"), path("pprof/cpu.pb.gz"));
    let said = |code: i32, words: &[&str]| {
        let (status, text, said) = told(folder.path(), &[&["bench", "explain"], words].concat());
        assert_eq!(status, Some(code), "{words:?}: {text}{said}");
        said
    };
    assert!(said(2, &[&results]).contains("no CPU profile among the files"));
    assert!(said(2, &[&profile]).contains("no output of go test -bench among the files"));
    assert!(said(2, &[&results, &path("pprof/heap.pb.gz")]).contains("is no CPU profile"));
    assert!(said(2, &[&results, &path("testing/cover.out")]).contains("is neither"));
    assert!(said(4, &[&results, &profile]).contains("the profile has no sample of"));
    assert!(said(2, &[&results, &profile, "--bench", "Nope"]).contains("the results have no such benchmark"));
    assert!(said(3, &[&results, "no-such-file"]).contains("no-such-file"));
}

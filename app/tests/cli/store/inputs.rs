//! A selection of a store is an input like a file; commands about stores say what they did, and what is wrong.

use goscope_test_support::sample;
use tempfile::tempdir;

use super::{goscope, printed, said, shop};

#[test]
fn reports_of_a_selection_are_those_of_the_files() {
    let folder = tempdir().expect("a folder");
    for name in ["pprof/cpu-labels.pb.gz", "pprof/heap.pb.gz", "pprof/mutex.pb.gz", "text/heap.debug1.txt"] {
        let file = sample(name).display().to_string();
        let store = name.replace('/', "-");
        printed(folder.path(), &["store", "add", &store, &file, "--time", "2026-11-25"]);
        let input = format!("store:{store}");
        for report in [
            "top",
            "top --cum",
            "top --lines",
            "top --files",
            "tree",
            "peek .",
            "tags",
            "svg",
            "convert --to folded",
        ] {
            let arguments: Vec<&str> = report.split(' ').collect();
            let of = |input: &str| {
                let mut arguments = arguments.clone();
                arguments.insert(arguments.len(), input);
                let text = printed(folder.path(), &arguments);
                // A time that was not known is said; the picture has the file's name.
                let is_about_file = |line: &&str| !line.starts_with("Time: ") && !line.contains("<title>");
                text.lines().filter(is_about_file).collect::<Vec<_>>().join("\n")
            };
            assert_eq!(of(&input), of(&file), "{report} of {name}");
        }
    }
}

#[test]
fn versions_are_compared_by_the_statistics_of_runs() {
    let folder = tempdir().expect("a folder");
    shop(folder.path());
    let of_store = printed(
        folder.path(),
        &["diff", "store:profiles?version=base&kind=cpu", "store:profiles?version=head&kind=cpu"],
    );
    let side = |version: &str| {
        (1..=3)
            .map(|run| sample(&format!("diff/{version}{run}.cpu.pb.gz")).display().to_string())
            .collect::<Vec<_>>()
    };
    let (base, head) = (side("base"), side("head"));
    let mut arguments = vec!["diff", "--base"];
    arguments.extend(base.iter().map(String::as_str));
    arguments.push("--head");
    arguments.extend(head.iter().map(String::as_str));
    let of_files = printed(folder.path(), &arguments);
    let first = of_store.lines().next().expect("a verdict");
    assert!(first.starts_with("regression: example.com/shop/report.contains new"), "{first}");
    // Places of code have no addresses in a store; nothing that is judged depends on them.
    let table = |text: &str| {
        text.lines().filter(|line| !line.starts_with("note: ")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(table(&of_store), table(&of_files));
    // The gate, and one profile on both sides.
    let gate = ["--fail-on", "5%"];
    let sides = ["diff", "store:profiles?version=base&kind=cpu", "store:profiles?version=head&kind=cpu"];
    assert_eq!(goscope(folder.path(), &[&sides[..], &gate].concat()).status.code(), Some(1));
    let same = ["diff", "store:profiles?version=base&kind=cpu", "store:profiles?kind=cpu"];
    let (status, sentence) = said(folder.path(), &same);
    assert_eq!(status, Some(2), "{sentence}");
    assert!(sentence.contains("is given twice"), "{sentence}");
}

#[test]
fn what_was_done_is_said() {
    let folder = tempdir().expect("a folder");
    shop(folder.path());
    let files =
        [sample("diff/base1.cpu.pb.gz"), sample("pprof/cpu.pb.gz")].map(|path| path.display().to_string());
    let again = printed(folder.path(), &["store", "add", "profiles", &files[0], &files[1]]);
    assert_eq!(again, "1 profile added, 1 known already\n");
    let listed = printed(folder.path(), &["store", "ls", "profiles?version=base&version=head"]);
    insta::assert_snapshot!(listed, @r"
    service  version  kind  profiles  samples  from                  to
    shop     base     cpu          3    1,753  2026-11-23 06:32 UTC  2026-11-23 06:34 UTC
    shop     base     heap         3    2,662  2026-11-23 06:33 UTC  2026-11-23 06:34 UTC
    shop     head     cpu          3    2,444  2026-11-23 06:33 UTC  2026-11-23 06:34 UTC
    shop     head     heap         3    3,627  2026-11-23 06:33 UTC  2026-11-23 06:34 UTC
    ");
    assert_eq!(
        printed(folder.path(), &["store", "rm", "profiles?kind=heap", "--dry-run"]),
        "6 profiles would be removed\n"
    );
    assert_eq!(printed(folder.path(), &["store", "rm", "profiles?kind=heap"]), "6 profiles removed\n");
    assert!(printed(folder.path(), &["store", "compact", "profiles"]).ends_with(" now\n"));
    assert_eq!(printed(folder.path(), &["store", "export", "profiles", "store:copy"]), "7 profiles copied\n");
    assert_eq!(
        printed(folder.path(), &["store", "export", "profiles?version=base", "files"]),
        "3 profiles written to files\n"
    );
    printed(folder.path(), &["store", "export", "profiles?version=base", "base.pb.gz"]);
    let top = |input: &str| printed(folder.path(), &["top", input]);
    assert_eq!(top("base.pb.gz"), top("store:profiles?version=base"));
    assert_eq!(top("base.pb.gz"), top("store:copy?version=base"));
}

#[test]
fn files_that_are_no_profiles_are_left_out_of_folders_and_named_where_they_were_named() {
    let folder = tempdir().expect("a folder");
    let output = goscope(folder.path(), &["store", "add", "profiles", &sample("diff").display().to_string()]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "12 profiles added\n");
    let output =
        goscope(folder.path(), &["store", "add", "profiles", &sample("dumps").display().to_string()]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0 profiles added, 6 other files left out\n");
    let dump = sample("dumps/queue.txt").display().to_string();
    let profile = sample("pprof/cpu.pb.gz").display().to_string();
    let output = goscope(folder.path(), &["store", "add", "profiles", &dump, &profile]);
    // What could be read is in.
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 profile added, 1 not readable\n");
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("queue.txt: expected a profile, found: goroutine dump")
    );
}

#[test]
fn what_is_wrong_is_one_sentence() {
    let folder = tempdir().expect("a folder");
    shop(folder.path());
    std::fs::create_dir(folder.path().join("full")).expect("a folder");
    std::fs::write(folder.path().join("full/letter.txt"), "dear").expect("a file");
    let sentences = [
        &["top", "store:nowhere"][..],
        &["top", "store:full"],
        &["top", "store:profiles"],
        &["top", "store:profiles?version=9"],
        &["top", "store:profiles?since=soon"],
        &["store", "add", "full", "profiles"],
        &["store", "rm", "profiles"],
        &["store", "rm", "profiles?tenant=a"],
        &["store", "ls", "clickhouse://me:secret@host"],
        &["query", "share", "profiles?kind=cpu", "--function", "report.contains"],
        &["query", "instances", "profiles?kind=cpu", "copy?kind=cpu", "--function", "main.main"],
    ]
    .map(|arguments| {
        let (status, sentence) = said(folder.path(), arguments);
        format!("{} {sentence}", status.expect("an exit code"))
    });
    insta::assert_snapshot!(sentences.join("\n"), @"");
}

#[test]
fn questions_are_answered_and_their_sql_is_printed() {
    let folder = tempdir().expect("a folder");
    shop(folder.path());
    let contains = "example.com/shop/report.contains";
    let share = printed(folder.path(), &["query", "share", "profiles?kind=cpu", "--function", contains]);
    insta::assert_snapshot!(share, @r"
    share of example.com/shop/report.contains with what it calls, cpu/nanoseconds
    version  profiles  value      of   share     p50     p95
    base            3      0  18.38s   0.00%   0.00%   0.00%
    head            3  3.64s  25.54s  14.25%  13.82%  15.80%
    ");
    let json = printed(
        folder.path(),
        &["query", "find", "store:profiles?kind=cpu", "--function", contains, "--json"],
    );
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        (&json["schema"], json["rows"].as_array().expect("rows").len()),
        (&"goscope.query.find/1".into(), 3)
    );
    let sql = printed(
        folder.path(),
        &["query", "share", "profiles?kind=cpu", "--function", contains, "--sql", "duckdb"],
    );
    assert!(
        sql.starts_with("WITH m AS (") && sql.contains("p.kind IN ('cpu')") && sql.contains(contains),
        "{sql}"
    );
    let setup = printed(folder.path(), &["store", "sql", "profiles"]);
    assert!(setup.contains("read_parquet('profiles/samples/*/*/*.parquet'"), "{setup}");
    assert!(
        printed(folder.path(), &["store", "sql", "profiles", "--dialect", "clickhouse"])
            .contains("ReplacingMergeTree")
    );
}

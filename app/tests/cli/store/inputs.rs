//! A selection of a store is an input like a file; commands about stores say what they did, and what is wrong.

use std::io::Read as _;

use flate2::Compression;
use flate2::write::GzEncoder;
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
            "top -g lines",
            "top -g files",
            "tree",
            "peek .",
            "tags",
            "convert --to folded",
        ] {
            let arguments: Vec<&str> = report.split(' ').collect();
            let of = |input: &str| {
                let mut arguments = arguments.clone();
                arguments.insert(arguments.len(), input);
                let text = printed(folder.path(), &arguments);
                // A time that was not known is said.
                let is_about_file = |line: &&str| !line.starts_with("Time: ");
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
    assert!(sentence.contains("are the same run"), "{sentence}");
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
fn what_cannot_be_read_is_named_and_the_rest_is_in() {
    let folder = tempdir().expect("a folder");
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::copy(&mut std::io::repeat(b'a').take(1 << 26), &mut bomb).expect("packed");
    std::fs::write(folder.path().join("bomb.gz"), bomb.finish().expect("packed")).expect("a file");
    std::fs::write(
        folder.path().join("cut.pb.gz"),
        &std::fs::read(sample("pprof/cpu.pb.gz")).expect("a file")[..5000],
    )
    .expect("a file");
    let profile = sample("pprof/heap.pb.gz").display().to_string();
    let arguments = ["store", "add", "profiles", "bomb.gz", "cut.pb.gz", "missing.pb.gz", &profile];
    let output = goscope(folder.path(), &[&arguments[..], &["--max-inflated-bytes", "1000000"]].concat());
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 profile added, 3 not readable\n");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("goscope: bomb.gz: ") && lines[0].contains("1000000"), "{said}");
    assert!(lines[1].starts_with("goscope: cut.pb.gz: "), "{said}");
    assert!(lines[2].contains("No such file"), "{said}");
    assert!(printed(folder.path(), &["top", "store:profiles"]).starts_with("File: shop\n"));
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
    insta::assert_snapshot!(sentences.join("\n"), @r#"
    2 goscope: nowhere: there is no such folder; `goscope store add nowhere FILES…` makes one
    2 goscope: full is no store: it has no file goscope-store.json; `goscope store add` makes one in an empty folder
    2 goscope: profiles of several kinds match, which cannot be added up; add kind=NAME: cpu (6), heap (6)
    4 goscope: no profile in store:profiles matches version=9; it has 12 from 2026-11-23T06:32:48.065654998Z to 2026-11-23T06:34:24.359081362Z, of the services shop
    2 goscope: in the selector "since=soon": "soon" is no length of time; write since=90s, since=15m, since=1h or since=7d
    2 goscope: full holds other files and is no store: name an empty folder, or one that is not there yet
    2 goscope: no selection: this would take all profiles away; say which after a ?, or give --all
    4 goscope: no profile in store:profiles matches tenant=a (a label that only samples have chooses no profile)
    2 goscope: clickhouse://host: the name of a database (letters, digits and _) has to follow the host; write clickhouse://HOST:8123/DATABASE
    4 goscope: no function in these 6 profiles is called "report.contains"; there is example.com/shop/report.contains
    2 goscope: both sides have to be of the same store
    "#);
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

//! `goscope diff` as a judge: what it says in every format, when it fails, and what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use goscope_test_support::{corpus, root};
use serde_json::Value;

use crate::program::{failure, goscope, json, sample, stdout};

/// Arguments of a comparison of files.
fn compared<'a>(base: &'a [String], head: &'a [String], options: &[&'a str]) -> Vec<&'a str> {
    let base = ["diff", "--base"].into_iter().chain(base.iter().map(String::as_str));
    let head = ["--head"].into_iter().chain(head.iter().map(String::as_str));
    base.chain(head).chain(options.iter().copied()).collect()
}

/// The bundled runs of a program before and after a change.
fn bundled(kind: &str) -> [Vec<String>; 2] {
    ["base", "head"]
        .map(|side| (1..=3).map(|run| sample(&format!("diff/{side}{run}.{kind}.pb.gz"))).collect())
}

/// Runs of the corpus by their numbers.
fn runs(folder: &Path, side: &str, numbers: &[u32], file: &str) -> Vec<String> {
    let path = |number: &u32| folder.join(format!("{side}-{number}")).join(file).display().to_string();
    numbers.iter().map(path).collect()
}

/// Standard output and exit code.
#[track_caller]
fn printed(arguments: &[&str]) -> (String, i32) {
    let output = goscope(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.is_empty(), "goscope {arguments:?}: {said}");
    (String::from_utf8(output.stdout).expect("text"), output.status.code().expect("an exit code"))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// The text without the place where the project lies.
fn anywhere(text: &str) -> String {
    text.replace(&format!("{}/", root().display()), "")
}

#[test]
fn a_real_regression_fails_with_its_culprit_in_the_first_line() {
    let Some(folder) = corpus("verdict") else { return };
    let base = runs(&folder, "base", &[1, 2, 3, 4, 5, 6, 7, 8], "cpu.pb.gz");
    let head = runs(&folder, "regress", &[1, 2, 3, 4, 5], "cpu.pb.gz");
    let (text, code) = printed(&compared(&base, &head, &["--fail-on", "5%"]));
    assert_eq!(
        first_line(&text),
        "regression: main.scoreDocument +37% (43.0% → 59.0% of CPU; 95%: +30 … +45%; ×1.9 if all else stayed the \
         same), p 2e-15 after 137 tests, 8 v 5 runs"
    );
    assert_eq!(code, 1);
    let (informed, code) = printed(&compared(&base, &head, &[]));
    assert_eq!((informed, code), (text, 0), "without a gate the same text, and nothing fails");
}

#[test]
fn the_same_program_against_itself_is_fine() {
    let Some(folder) = corpus("verdict") else { return };
    for (base, head) in
        [([1, 3, 5, 7], [2, 4, 6, 8]), ([1, 2, 3, 4], [5, 6, 7, 8]), ([1, 4, 5, 8], [2, 3, 6, 7])]
    {
        let (base, head) =
            (runs(&folder, "base", &base, "cpu.pb.gz"), runs(&folder, "base", &head, "cpu.pb.gz"));
        let (text, code) = printed(&compared(&base, &head, &["--fail-on", "5%"]));
        assert_eq!(code, 0, "{text}");
    }
}

#[test]
fn allocations_per_request_name_what_allocates_more() {
    let Some(folder) = corpus("verdict") else { return };
    let base = runs(&folder, "base", &[1, 2, 3, 4, 5, 6, 7, 8], "allocs.pb.gz");
    let head = runs(&folder, "regress", &[1, 2, 3, 4, 5], "allocs.pb.gz");
    let table = folder.join("runs.tsv").display().to_string();
    let (text, code) = printed(&compared(&base, &head, &["--fail-on", "5%", "--per", &table]));
    assert_eq!(code, 1);
    assert!(first_line(&text).contains("allocated bytes per request"), "{text}");
    assert!(text.contains("main.(*Server).renderReport +601% (1.02kB → 7.12kB"), "{text}");
    let named = printed(&compared(&base, &head, &["--fail-on", "5%", "--per", &table, "--unit", "request"]));
    assert_eq!(named, (text, 1));
}

#[test]
fn a_folder_and_a_pattern_stand_for_the_runs_in_them() {
    let Some(corpus) = corpus("verdict") else { return };
    let folder = tempfile::tempdir().expect("a folder");
    for (side, name) in [("base", "base"), ("head", "regress")] {
        for run in 1..=3 {
            let to = folder.path().join(side).join(format!("{side}-{run}"));
            fs::create_dir_all(&to).expect("a folder");
            fs::copy(corpus.join(format!("{name}-{run}/cpu.pb.gz")), to.join("cpu.pb.gz")).expect("a copy");
            fs::write(to.join("units"), "100\n").expect("a file");
        }
    }
    fs::write(folder.path().join("base/notes.txt"), "a;b 1\n").expect("a file");
    let place = |name: &str| folder.path().join(name).display().to_string();
    let (base, head) = (place("base"), place("head"));
    let (of_folders, code) = printed(&["diff", &base, &head, "--fail-on", "5%"]);
    assert!(first_line(&of_folders).ends_with("3 v 3 runs") && code == 1, "{of_folders}");
    let (base, head) = (place("base/base-?/cpu.pb.gz"), place("head/*"));
    assert_eq!(printed(&["diff", "--base", &base, "--head", &head, "--fail-on", "5%"]), (of_folders, 1));
    // Units of work in a file beside each profile.
    let (per_unit, _) = printed(&["diff", &base, &head, "--per", "units", "--unit", "page"]);
    assert!(first_line(&per_unit).contains("CPU per page"), "{per_unit}");
    fs::copy(corpus.join("base-1/allocs.pb.gz"), folder.path().join("base/base-1/allocs.pb.gz"))
        .expect("a copy");
    let several = failure(2, &["diff", &place("base"), &place("head")]);
    assert!(several.contains("hold several profiles (allocs.pb.gz, cpu.pb.gz)"), "{several}");
}

#[test]
fn the_order_of_files_changes_no_byte() {
    let [base, head] = bundled("cpu");
    let reversed = |side: &[String]| -> Vec<String> { side.iter().rev().cloned().collect() };
    for format in ["--fail-on=5%", "--json", "--markdown", "--junit", "--html"] {
        let expected = printed(&compared(&base, &head, &[format]));
        assert_eq!(printed(&compared(&reversed(&base), &reversed(&head), &[format])), expected, "{format}");
    }
}

#[test]
fn text_says_the_verdict_first() {
    let [base, head] = bundled("cpu");
    let (text, code) = printed(&compared(&base, &head, &["-n", "10"]));
    assert_eq!(code, 0);
    insta::assert_snapshot!(anywhere(&text));
}

#[test]
fn one_run_a_side_says_so() {
    let [base, head] = bundled("cpu");
    let (text, _) = printed(&["diff", "-n", "5", &base[0], &head[0]]);
    assert!(text.contains("warning: One run a side"), "{text}");
    insta::assert_snapshot!(anywhere(&text));
}

#[test]
fn markdown_folds_the_long_part() {
    let [base, head] = bundled("heap");
    let (text, _) =
        printed(&compared(&base, &head, &["--markdown", "-s", "alloc_space", "--min-share", "5%"]));
    let (short, long) = text.split_once("<details>").expect("a folded part");
    assert!(long.trim_end().ends_with("</details>"));
    assert!(!short.contains("/samples/"), "files are named in the folded part alone");
    insta::assert_snapshot!(anywhere(&text));
}

#[test]
fn junit_has_one_case_for_the_verdict_and_one_for_each_function() {
    let [base, head] = bundled("cpu");
    let (text, _) = printed(&compared(&base, &head, &["--junit", "--min-share", "10%"]));
    assert_eq!(text.matches("<testcase ").count().to_string(), attribute(&text, "tests"));
    assert_eq!(text.matches("<failure ").count().to_string(), attribute(&text, "failures"));
    insta::assert_snapshot!(anywhere(&text));
}

/// The first attribute of this name.
fn attribute(xml: &str, name: &str) -> String {
    let (_, rest) = xml.split_once(&format!(" {name}=\"")).expect("the attribute");
    rest.split('"').next().expect("its value").to_owned()
}

#[test]
fn html_is_one_page_that_runs_and_fetches_nothing() {
    let [base, head] = bundled("cpu");
    let (page, _) = printed(&compared(&base, &head, &["--html"]));
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    let outside = page.replace("url(#background)", "");
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none'"));
    for foreign in ["<script", "onload", "onclick", "<link", "src=", "@import", "url(", "<?xml", "<!ENTITY"] {
        assert!(!outside.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches("<svg ").count(), 2, "a flame graph, and its frames");
    let (before, after) = page.split_once("<svg ").expect("a picture");
    let (_, after) = after.rsplit_once("</svg>").expect("its end");
    insta::assert_snapshot!(anywhere(&format!("{}…{after}", before.split_once("<body>").expect("a body").1)));
}

#[test]
fn files_can_be_written_beside_what_is_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let [base, head] = bundled("cpu");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let options = [
        format!("--markdown={}", file("m.md")),
        format!("--junit={}", file("j.xml")),
        format!("--html={}", file("h.html")),
        "--fail-on=5%".to_owned(),
    ];
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let (text, code) = printed(&compared(&base, &head, &options));
    assert_eq!((text, code), printed(&compared(&base, &head, &["--fail-on=5%"])));
    for (name, format) in [("m.md", "--markdown"), ("j.xml", "--junit"), ("h.html", "--html")] {
        let written = fs::read_to_string(file(name)).expect("a file");
        assert_eq!(written, stdout(&compared(&base, &head, &[format])), "{format}");
    }
}

#[test]
fn json_has_the_verdict_with_raw_numbers() {
    let [base, head] = bundled("cpu");
    let report = json(&compared(&base, &head, &["--json"]));
    let verdict = &report["verdict"];
    assert_eq!(verdict["outcome"], "regression");
    assert_eq!(verdict["exit_status"], 1);
    let text = stdout(&compared(&base, &head, &[]));
    assert_eq!(verdict["line"].as_str(), Some(first_line(&text)));
    let rows = verdict["rows"].as_array().expect("rows");
    let culprit = &verdict["regressions"][0]["row"];
    let is_culprit = |row: &&Value| row["name"] == culprit["name"] && row["measure"] == culprit["measure"];
    assert_eq!(rows.iter().find(is_culprit).expect("its row")["base"], culprit["base"]);
    let files = |side: &str| verdict[side]["runs"].as_array().map(Vec::len);
    assert_eq!((files("base"), files("head")), (Some(3), Some(3)));
}

#[test]
fn totals_are_what_they_were() {
    let [base, head] = bundled("cpu");
    let (text, code) = printed(&["diff", "--totals", "-n", "3", &base[0], &head[0]]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(anywhere(&text));
    let totals = json(&["diff", "--totals", "--json", &base[0], &head[0]]);
    assert_eq!(totals["verdict"], Value::Null);
    assert_eq!(totals["rows"], json(&["diff", "--json", &base[0], &head[0]])["rows"]);
    let both = failure(2, &["diff", "--cum", "--fail-on", "5%", &base[0], &head[0]]);
    assert!(both.contains("leave out"), "{both}");
}

#[test]
fn what_cannot_be_compared_is_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let nothing = folder.path().display().to_string();
    let [base, head] = bundled("cpu");
    let (cpu, other, heap) = (&*base[0], &*head[0], &*sample("diff/base1.heap.pb.gz"));
    let trace = sample("trace/latency-go1.27.trace");
    let pattern = folder.path().join("*.pb.gz").display().to_string();
    let cases: [(&[&str], &str); 13] = [
        (&[cpu, heap], "choose the same sample type"),
        (&[cpu, cpu], "are the same run: each run counts once"),
        (&["--base", cpu, cpu, "--head", other], "are the same run"),
        (&[cpu, &trace], "cannot compare an execution trace with a profile"),
        (&[&nothing, other], "holds no profile"),
        (&["--base", &pattern, "--head", other], "no file matches"),
        (&[cpu, other, "--own", "("], "--own"),
        (&[cpu, other, "--focus", "("], "--focus"),
        (&[cpu, other, "--min-share", "99%"], "out of range"),
        (&[cpu, other, "--per-cpu-second", "-s", "nope"], "nope"),
        (&[cpu, other, "--markdown", "--junit"], "two formats"),
        (&[cpu, other, "--html", "--hide", "x"], "leave out"),
        (&[cpu, other, "--per", cpu, "--unit", "request"], "diff/base1.cpu.pb.gz"),
    ];
    for (arguments, sentence) in cases {
        let code = if arguments.contains(&"--per") { 3 } else { 2 };
        let said = failure(code, &[&["diff"][..], arguments, &["--fail-on", "5%"]].concat());
        assert!(said.contains(sentence), "{arguments:?}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(failure(2, &["diff", "--fail-on", "5", cpu, other]).contains("write 5% for percent"));
}

#[test]
fn a_gate_that_compared_nothing_does_not_pass() {
    let Some(folder) = corpus("verdict") else { return };
    let one = |number: u32| folder.join(format!("base-{number}/cpu.pb.gz")).display().to_string();
    let (later, earlier) = (one(5), one(1));
    let (text, code) = printed(&["diff", &later, &earlier, "--fail-on", "5%"]);
    assert_eq!(code, 4);
    assert!(first_line(&text).starts_with("nothing compared: "), "{text}");
    assert!(
        text.contains("warning: All of the base was recorded after the head: are the sides swapped?"),
        "{text}"
    );
    let (_, code) = printed(&["diff", &later, &earlier]);
    assert_eq!(code, 0, "without a gate it only informs");
    let (text, code) = printed(&["diff", &later, &earlier, "--fail-on", "5%", "--focus", "nosuchfunction"]);
    assert_eq!(code, 4, "{text}");
    let (xml, code) = printed(&["diff", &later, &earlier, "--junit", "--fail-on", "5%"]);
    assert!(code == 4 && xml.contains("<error type=\"nothing compared\""), "{xml}");
}

#[test]
fn a_table_of_runs_says_what_it_lacks() {
    let folder = tempfile::tempdir().expect("a folder");
    let [base, head] = bundled("cpu");
    let table = folder.path().join("runs.csv");
    let per = table.display().to_string();
    for (content, sentence) in [
        ("name,requests\n", "has no column \"run\""),
        ("run,work\nbase1,5\n", "Name it with --unit: run, work"),
        ("run,requests\nbase1,5\n", "has no row for"),
        ("run,requests\nbase1,5\nbase1,6\n", "more than one row for \"base1\""),
        ("run,requests\nbase1,0\nhead1,7\n", "\"0\" in column requests"),
        ("run,requests\nbase1,x\nhead1,7\n", "is no number above 0"),
        ("run,requests\nbase1\n", "is no table"),
    ] {
        fs::write(&table, content).expect("a file");
        let said = failure(2, &["diff", &base[0], &head[0], "--per", &per]);
        assert!(said.contains(sentence), "{content}: {said}");
    }
    fs::write(&table, "run,requests,cpu_seconds\nbase1,1000,100\nhead1,1000,8.5\n").expect("a file");
    let text = stdout(&["diff", &base[0], &head[0], "--per", &per]);
    assert!(text.contains("CPU per request"), "{text}");
    assert!(text.contains("samples were lost"), "{text}");
}

#[test]
fn hostile_names_stay_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let evil = "<img src=x onerror=alert(1)>|`@all`\u{1b}[31m&\"'";
    let path = |name: &str| -> PathBuf { folder.path().join(name) };
    let write = |name: &str, evil_count: u32| {
        fs::write(path(name), format!("main.main;{evil} {evil_count}\nmain.main;main.work 2000\n"))
            .expect("a file");
        path(name).display().to_string()
    };
    let base: Vec<String> = (0..3).map(|run| write(&format!("base{run}.txt"), 500 + run)).collect();
    let head: Vec<String> = (0..3).map(|run| write(&format!("head{run}.txt"), 3000 + run)).collect();
    for format in ["-n40", "--markdown", "--junit", "--html"] {
        let text = stdout(&compared(&base, &head, &[format]));
        assert!(text.contains("onerror=alert(1)"), "the name is shown: {format}");
        assert!(!text.contains('\u{1b}'), "{format}");
        match format {
            "--junit" | "--html" => assert!(!text.contains("<img"), "{format}"),
            "--markdown" => {
                let outside: Vec<&str> = text.lines().filter(|line| line.contains("<img")).collect();
                assert!(
                    outside.iter().all(|line| line.contains("`` <img") || line.contains("``<img")),
                    "{outside:?}"
                );
            }
            _ => {}
        }
    }
}

#[test]
fn two_traces_say_what_holds_within_them_and_fail_nothing() {
    let [base, head] = ["shop-go1.24", "shop-go1.27"].map(|name| sample(&format!("trace/{name}.trace")));
    let (text, code) = printed(&["diff", &base, &head, "--fail-on", "5%"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("within these two recordings"), "{text}");
    assert!(text.contains("p50 of latency"), "{text}");
    let folder = tempfile::tempdir().expect("a folder");
    let page = folder.path().join("verdict.html");
    let arguments = ["diff", &base, &head, "--json", &format!("--html={}", page.display())];
    let json = json(&arguments);
    assert_eq!(json["schema"], "goscope.diff.traces/1");
    assert_eq!(json["verdict"]["line"], first_line(&text));
    assert_eq!(json["verdict"]["method"]["decided_by"], "within_recordings");
    assert!(fs::read_to_string(&page).expect("a page").contains("within these two recordings"));
    let (markdown, _) = printed(&["diff", &base, &head, "--markdown"]);
    assert!(markdown.contains("p50 of latency"), "{markdown}");
}

#[test]
fn of_traces_nothing_is_added_up_or_given_twice() {
    let [base, head] = ["shop-go1.24", "shop-go1.27"].map(|name| sample(&format!("trace/{name}.trace")));
    let totals = failure(2, &["diff", "--totals", &base, &head]);
    assert!(totals.contains("traces have no table of totals"), "{totals}");
    let twice = failure(2, &["diff", &base, &base]);
    assert!(twice.contains("given twice"), "{twice}");
    let per = failure(2, &["diff", "--per", "100", &base, &head]);
    assert_eq!(per.lines().count(), 1, "{per}");
}

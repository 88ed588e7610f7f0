//! The command line as a script meets it: arguments in; text, files and exit codes out.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use goscope_test_support::{GoTool, corpus, files_below, go_tool, root};
use serde_json::Value;

use crate::program::{failure, goscope, json, sample, stdout};

/// All sample profiles with the sample types each has, below samples/.
fn profiles() -> Vec<(String, Vec<String>)> {
    let mut files = Vec::new();
    for folder in ["pprof", "diff"] {
        for entry in fs::read_dir(root().join("samples").join(folder)).expect("samples").flatten() {
            files.push(format!("{folder}/{}", entry.file_name().to_string_lossy()));
        }
    }
    files.sort();
    assert!(files.len() > 10, "the samples are there: {files:?}");
    let types_of = |file: &String| {
        let info = json(&["info", "--json", &sample(file)]);
        let types = info["sample_types"].as_array().expect("an array").clone();
        types.iter().map(|row| row["type"].as_str().expect("text").to_owned()).collect()
    };
    files.iter().map(|file| (file.clone(), types_of(file))).collect()
}

/// What `go tool pprof -top` prints.
pub(crate) fn pprof_text(tool: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(tool);
    command.arg("-symbolize=none").args(arguments).env("TZ", "UTC");
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().expect("Go's tool starts");
    output.status.success().then(|| String::from_utf8(output.stdout).expect("text"))
}

/// Compares with the golden file, or renews it with what Go's own tool says (`GOSCOPE_BLESS=1`).
fn check_golden(name: &str, ours: &str, go_arguments: &[&str]) -> Result<(), String> {
    let path = root().join("app/tests/golden").join(name);
    if std::env::var_os("GOSCOPE_BLESS").is_some() {
        let tool = go_tool(GoTool::Pprof).expect("GOSCOPE_BLESS needs `go` on the PATH");
        let theirs = pprof_text(tool, go_arguments).expect("a report");
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder for golden files");
        fs::write(&path, theirs).expect("a golden file");
    }
    let golden = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
    if ours == golden {
        return Ok(());
    }
    let differing = ours.lines().zip(golden.lines()).find(|(ours, theirs)| ours != theirs);
    Err(format!("{name} differs from Go's own tool: (ours, theirs) = {differing:?}"))
}

#[test]
fn top_prints_what_gos_own_tool_prints_for_every_sample_and_type() {
    let mut problems = Vec::new();
    for (file, types) in profiles() {
        for sample_type in types {
            let ours = stdout(&["top", "--sample-index", &sample_type, &sample(&file)]);
            let name = format!("top/{}.{sample_type}.txt", file.replace('/', "-").replace(".pb.gz", ""));
            let index = format!("-sample_index={sample_type}");
            problems.extend(check_golden(&name, &ours, &["-top", &index, &sample(&file)]).err());
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn top_takes_the_options_of_gos_own_tool() {
    // By file, rows can print the same and have the same flat; Go's order of these is random. The first three differ.
    let table: &[(&str, &[&str], &[&str])] = &[
        ("cum", &["--cum"], &["-cum"]),
        ("nodecount", &["--nodecount", "12"], &["-nodecount=12"]),
        ("focus", &["--focus", "json"], &["-focus=json"]),
        ("ignore", &["--ignore", "runtime"], &["-ignore=runtime"]),
        ("hide", &["--hide", "^runtime\\."], &["-hide=^runtime\\."]),
        ("show", &["--show", "shop"], &["-show=shop"]),
        ("show_from", &["--show-from", "ServeHTTP"], &["-show_from=ServeHTTP"]),
        ("lines", &["--granularity", "lines"], &["-lines"]),
        ("files", &["--granularity", "files", "--nodecount", "3"], &["-files", "-nodecount=3"]),
        ("filefunctions", &["--granularity", "filefunctions"], &["-filefunctions"]),
        ("addresses", &["--granularity", "addresses"], &["-addresses"]),
        ("noinlines", &["--noinlines"], &["-noinlines"]),
        ("unit", &["--unit", "s"], &["-unit=s"]),
        ("untrimmed", &["--no-trim"], &["-trim=false"]),
    ];
    let mut problems = Vec::new();
    for (name, ours, theirs) in table {
        let file = sample("pprof/cpu.pb.gz");
        let text = stdout(&[&["top"], *ours, &[&file]].concat());
        let golden = format!("top-options/{name}.txt");
        problems.extend(check_golden(&golden, &text, &[&["-top"], *theirs, &[&file]].concat()).err());
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn top_as_json_holds_the_raw_numbers_of_the_text() {
    let report = json(&["top", "--json", "--no-trim", &sample("pprof/cpu.pb.gz")]);
    assert_eq!(report["schema"], "goscope.top/1");
    assert_eq!(report["unit"], "nanoseconds");
    let rows = report["rows"].as_array().expect("rows");
    let flat: i64 = rows.iter().map(|row| row["flat"].as_i64().expect("a number")).sum();
    assert_eq!(flat, report["total"].as_i64().expect("a number"), "flat values add up to the total");
    assert!(rows.iter().all(|row| row["cum"].as_i64() >= row["flat"].as_i64()));
}

/// Sums of (`data-` free) box titles would be rounded, so the picture is compared by its widths: inferno writes
/// `fg:x` and `fg:w` as exact numbers.
fn boxes(svg: &str) -> Vec<(String, u64)> {
    svg.split("<g>")
        .skip(1)
        .filter_map(|group| {
            let title = group.split("<title>").nth(1)?.split("</title>").next()?;
            let width = group.split("fg:w=\"").nth(1)?.split('"').next()?;
            Some((title.to_owned(), width.parse().ok()?))
        })
        .collect()
}

#[test]
fn the_svg_carries_the_numbers_of_the_table() {
    let file = sample("pprof/cpu.pb.gz");
    let svg = stdout(&["svg", "--min-width", "0", &file]);
    let report = json(&["top", "--json", "--no-trim", "--focus", "ServeHTTP", &file]);
    let all = boxes(&svg);
    let widest = all.iter().map(|(_, width)| *width).max().expect("boxes");
    assert_eq!(Some(widest), report["total"].as_u64(), "the root is as wide as the total");
    let serve = "net/http.HandlerFunc.ServeHTTP";
    let row =
        report["rows"].as_array().expect("rows").iter().find(|row| row["name"] == serve).expect("a row");
    // Not recursive and called from one place, so its boxes add up to its cum.
    let width: u64 = all
        .iter()
        .filter(|(title, _)| title.starts_with(&format!("{serve} (")))
        .map(|(_, width)| width)
        .sum();
    assert!(
        width >= row["cum"].as_u64().expect("a number"),
        "{serve}: {width} in the picture, {row} in the table"
    );
}

#[test]
fn the_svg_is_the_same_every_time_and_needs_nothing_from_elsewhere() {
    let file = sample("pprof/heap.pb.gz");
    for options in [&["svg"][..], &["svg", "--icicle", "--inverted"], &["svg", "--dark", "--colors", "mem"]] {
        let arguments = [options, &[&file]].concat();
        let svg = stdout(&arguments);
        assert_eq!(svg, stdout(&arguments));
        assert!(svg.starts_with("<?xml"));
        for reference in ["href=\"http", "src=\"", "@import", "url(http"] {
            assert!(!svg.contains(reference), "{reference} in the SVG of {options:?}");
        }
    }
}

#[test]
fn diff_lists_both_sides_and_their_sums() {
    let (base, head) = (sample("diff/base1.cpu.pb.gz"), sample("diff/head1.cpu.pb.gz"));
    let report = json(&["diff", "--json", &base, &head]);
    assert_eq!(report["schema"], "goscope.diff/1");
    for (side, file) in [("base", &base), ("head", &head)] {
        let top = json(&["top", "--json", "--no-trim", file]);
        assert_eq!(report[format!("{side}_total")], top["total"], "{side}");
        let sum = |report: &Value, field: &str| -> i64 {
            let rows = report["rows"].as_array().expect("rows");
            rows.iter().map(|row| row[field].as_i64().expect("a number")).sum()
        };
        for value in ["flat", "cum"] {
            assert_eq!(sum(&report, &format!("{side}_{value}")), sum(&top, value), "{value} of the {side}");
        }
    }
    let svg = stdout(&["diff", "--svg", "--totals", "--min-width", "0", &base, &head]);
    let widest = boxes(&svg).into_iter().map(|(_, width)| width).max();
    let both =
        report["base_total"].as_u64().zip(report["head_total"].as_u64()).map(|(base, head)| base + head);
    assert_eq!(widest, both, "the root is as wide as both sides together");
}

#[test]
fn several_runs_of_a_side_add_up() {
    let side =
        |name: &str| (1..=3).map(|run| sample(&format!("diff/{name}{run}.cpu.pb.gz"))).collect::<Vec<_>>();
    let (base, head) = (side("base"), side("head"));
    let mut arguments = vec!["diff", "--json", "--base"];
    arguments.extend(base.iter().map(String::as_str));
    arguments.push("--head");
    arguments.extend(head.iter().map(String::as_str));
    let report = json(&arguments);
    let sum = |files: &[String]| -> i64 {
        files.iter().filter_map(|file| json(&["top", "--json", file])["total"].as_i64()).sum()
    };
    assert_eq!(report["base_total"].as_i64(), Some(sum(&base)));
    assert_eq!(report["head_total"].as_i64(), Some(sum(&head)));
}

#[test]
fn a_converted_profile_says_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("copy.pb.gz").display().to_string();
    let file = sample("pprof/heap.pb.gz");
    assert_eq!(stdout(&["convert", "--to", "pprof", "-o", &copy, &file]), "");
    assert_eq!(stdout(&["top", &copy]), stdout(&["top", &file]));
    let folded = stdout(&["convert", "--to", "folded", "--sample-index", "inuse_space", &file]);
    let sum: i64 = folded.lines().filter_map(|line| line.rsplit(' ').next()?.parse::<i64>().ok()).sum();
    assert_eq!(json(&["top", "--json", "--sample-index", "inuse_space", &file])["total"].as_i64(), Some(sum));
    assert_eq!(stdout(&["convert", "--to", "pprof", "--focus", "ServeHTTP", "-o", &copy, &file]), "");
    let focused =
        |file: &str| json(&["top", "--json", "--no-trim", "--focus", "ServeHTTP", file])["rows"].clone();
    assert_eq!(json(&["top", "--json", "--no-trim", &copy])["rows"], focused(&file));
}

#[test]
fn annotated_source_is_one_page_that_needs_nothing_from_elsewhere() {
    let file = sample("pprof/cpu.pb.gz");
    let page = stdout(&["list", "--html", "checkout", &file]);
    assert_eq!(page, stdout(&["pprof", "-weblist=checkout", &file]));
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"), "{page}");
    assert!(page.contains("example.com/shop/checkout.priced"));
    for foreign in ["<script", "<link", "src=", "http://", "https://", "url("] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    // The same numbers as the text.
    let list = stdout(&["pprof", "-list=checkout.priced$", &file]);
    let cum = list.lines().nth(2).and_then(|line| line.split_whitespace().nth(1)).expect("flat and cum");
    assert!(page.contains(&format!("cum {cum} (")), "{cum} of {list}");
    failure(2, &["list", "--html", "no such function", &file]);
}

#[test]
fn wrong_usage_is_one_sentence_and_code_2() {
    let file = sample("pprof/cpu.pb.gz");
    assert!(failure(2, &["top", "--focus", "(", &file]).contains("focus"));
    assert!(failure(2, &["top", "--sample-index", "nope", &file]).contains("samples, cpu"));
    assert!(failure(2, &["svg", "--colors", "rainbow", &file]).contains("rainbow"));
    assert!(failure(2, &["frobnicate", "--hard"]).contains("frobnicate") || !failure(2, &["top"]).is_empty());
    assert!(failure(2, &["diff", &file]).contains("HEAD"));
    assert!(failure(2, &["diff", &file, &sample("pprof/heap.pb.gz")]).contains("compare"));
}

#[test]
fn unreadable_input_is_one_sentence_and_code_3() {
    let folder = tempfile::tempdir().expect("a folder");
    let garbage = folder.path().join("garbage");
    fs::write(&garbage, b"\xff\xfe\xfdnot a profile").expect("a file");
    let empty = folder.path().join("empty");
    fs::write(&empty, b"").expect("a file");
    let cut = folder.path().join("cut.pb.gz");
    let whole = fs::read(sample("pprof/cpu.pb.gz")).expect("a sample");
    fs::write(&cut, &whole[..whole.len() / 2]).expect("a file");
    for file in [&garbage, &empty, &cut, &folder.path().join("missing")] {
        let name = file.display().to_string();
        let message = failure(3, &["top", &name]);
        assert!(message.contains(&name), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_bomb_is_refused_with_the_option_that_lets_it_in() {
    let file = sample("pprof/cpu.pb.gz");
    let message = failure(3, &["top", "--max-inflated-bytes", "1000", &file]);
    assert!(message.contains("--max-inflated-bytes"), "{message}");
}

#[test]
fn comparing_nothing_is_not_success() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = folder.path().join("empty.pb").display().to_string();
    // One sample type and no samples: `cpu/nanoseconds` in the string table, rows 1 and 2.
    fs::write(&empty, b"\x0a\x04\x08\x01\x10\x02\x32\x00\x32\x03cpu\x32\x0bnanoseconds").expect("a file");
    assert!(failure(4, &["diff", &empty, &empty]).contains("nothing to compare"));
}

#[test]
fn an_output_file_is_replaced_only_by_a_whole_result() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("out.svg");
    fs::write(&target, "precious").expect("a file");
    let name = target.display().to_string();
    failure(2, &["svg", "--focus", "(", "-o", &name, &sample("pprof/cpu.pb.gz")]);
    assert_eq!(fs::read_to_string(&target).expect("still there"), "precious");
    assert_eq!(stdout(&["svg", "-o", &name, &sample("pprof/cpu.pb.gz")]), "");
    assert!(fs::read_to_string(&target).expect("replaced").contains("<svg"));
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left behind");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["svg", "--min-width", "0", &sample("pprof/cpu.pb.gz")])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("goscope starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("goscope ends");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn profiles_come_from_pipes_as_well() {
    let file = sample("pprof/cpu.pb.gz");
    let output = Command::new(env!("CARGO_BIN_EXE_goscope"))
        .args(["top", "/dev/stdin"])
        .stdin(fs::File::open(&file).expect("a sample"))
        .output()
        .expect("goscope starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout), stdout(&["top", &file]));
}

#[test]
fn the_real_profiles_of_the_corpus_print_as_gos_own_tool_prints_them() {
    let (Some(folder), Some(tool)) = (corpus("pprof"), go_tool(GoTool::Pprof)) else { return };
    let mut problems = Vec::new();
    for file in files_below(&folder, &[""]) {
        let file = file.display().to_string();
        let theirs = pprof_text(tool, &["-top", &file]);
        let ours = goscope(&["top", &file]);
        let ours = ours.status.success().then(|| String::from_utf8_lossy(&ours.stdout).into_owned());
        if ours != theirs {
            problems.push(file);
        }
    }
    assert!(problems.is_empty(), "different from Go's own tool: {problems:#?}");
}

#[test]
fn a_cut_trace_gives_what_is_sound_and_says_what_is_lost() {
    let file = sample("trace/truncated-go1.27.trace");
    let info = json(&["info", "--json", &file]);
    assert_eq!(info["schema"], "goscope.trace_info/1");
    let lost = info["lost_share"].as_f64().expect("a number");
    assert!(lost > 0.0 && lost < 0.5, "{lost}");
    let output = goscope(&["trace", "events", "--json", &file]);
    assert_eq!(output.status.code(), Some(0));
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("cut off"),
        "the loss is said on standard error"
    );
    let text = String::from_utf8(output.stdout).expect("text");
    let n_real = text.lines().filter(|line| !line.contains("\"kind\":\"Sync\"")).count();
    assert_eq!(info["events"].as_u64(), Some(n_real as u64), "one line an event");
    assert!(text.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "each line is JSON");
}

#[test]
fn trace_events_prints_what_gos_own_tool_prints() {
    let file = sample("trace/shop-go1.25.trace");
    let Some(tool) = go_tool(GoTool::Trace) else { return };
    let theirs =
        Command::new(tool).args(["-d=parsed", &file]).env("TZ", "UTC").output().expect("Go's tool starts");
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));
    assert!(stdout(&["trace", "events", &file]).as_bytes() == theirs.stdout, "the text of every event");
}

#[test]
fn a_profile_is_no_trace_and_a_trace_is_no_profile() {
    let (profile, trace) = (sample("pprof/cpu.pb.gz"), sample("trace/shop-go1.25.trace"));
    assert!(failure(3, &["trace", "events", &profile]).contains(&profile));
    assert!(failure(3, &["top", &trace]).contains("trace"));
}

#[test]
fn a_difference_has_signs_and_rates_on_request() {
    let (base, head) = (sample("diff/base1.cpu.pb.gz"), sample("diff/head1.cpu.pb.gz"));
    let compare = format!("-diff_base={base}");
    let has_negative_share =
        |text: &str| text.split_whitespace().any(|word| word.starts_with('-') && word.ends_with('%'));
    let plain = stdout(&["pprof", "-top", &compare, &head]);
    assert!(!has_negative_share(&plain), "as pprof: no signs");
    let signed = stdout(&["pprof", "-top", "-signed_percentages", &compare, &head]);
    assert!(has_negative_share(&signed), "{signed}");
    let bare = |text: &str| text.replace(['-', ' '], "");
    assert_eq!(bare(&plain), bare(&signed), "nothing but signs and spaces differs");
    let rate = stdout(&["pprof", "-top", "-per_second", &compare, &head]);
    assert_ne!(rate, plain, "the two did not run equally long");
}

//! Every command line that shows names, and what it writes. A command, a format or a report that is not here is found by
//! the tests below: they read the program's own manual pages.

use std::collections::BTreeSet;
use std::fs;

use tempfile::TempDir;

use super::run_in;

/// What a command writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text for people: on a terminal, most likely.
    Terminal,
    /// The same, with texts of several lines, whose lines stay lines: comments, what tests printed.
    Comments,
    /// One value of JSON.
    Json,
    /// A value of JSON a line.
    JsonLines,
    Html,
    Svg,
    Markdown,
    Xml,
    Csv,
    Dot,
    /// Text whose lines another program takes apart.
    Lines,
    /// A profile of any form, or a trace, that goscope reads again.
    Readable,
    /// Bytes that only another tool reads.
    Bytes,
}

/// All lines, without the name of the program. `BASE` and `HEAD` are the runs of both sides.
pub(crate) const LINES: &[(Kind, &str)] = &[
    (Kind::Terminal, "info base0.pb.gz"),
    (Kind::Terminal, "info shop.trace"),
    (Kind::Terminal, "info cover.out"),
    (Kind::Terminal, "info tests.json"),
    (Kind::Terminal, "info bench-base.txt"),
    (Kind::Terminal, "info dump.txt"),
    (Kind::Terminal, "info shop.goscope"),
    (Kind::Json, "info --json base0.pb.gz"),
    (Kind::Json, "info --json shop.trace"),
    (Kind::Json, "info --json tests.json"),
    (Kind::Json, "info --json bench-base.txt"),
    (Kind::Json, "info --json dump.txt"),
    (Kind::Json, "info --json shop.goscope"),
    (Kind::Terminal, "top -n 0 base0.pb.gz"),
    (Kind::Terminal, "top -n 0 -g lines base0.pb.gz"),
    (Kind::Terminal, "top -n 0 -g addresses base0.pb.gz"),
    (Kind::Terminal, "top -n 0 -s 1 base0.pb.gz"),
    (Kind::Json, "top -n 0 --json base0.pb.gz"),
    (Kind::Terminal, "tree --no-trim base0.pb.gz"),
    (Kind::Terminal, "tree --no-trim -g files base0.pb.gz"),
    (Kind::Terminal, "peek . base0.pb.gz"),
    (Kind::Terminal, "list . base0.pb.gz"),
    (Kind::Html, "list --html . base0.pb.gz"),
    (Kind::Terminal, "traces base0.pb.gz"),
    (Kind::Terminal, "tags base0.pb.gz"),
    (Kind::Json, "tags --json base0.pb.gz"),
    (Kind::Terminal, "comments base0.pb.gz"),
    (Kind::Terminal, "raw base0.pb.gz"),
    (Kind::Svg, "svg base0.pb.gz"),
    (Kind::Svg, "svg --dark --inverted --icicle -g lines base0.pb.gz"),
    (Kind::Svg, "svg --sandwich <script>alert(1)</script> base0.pb.gz"),
    (Kind::Svg, "svg --kind wall shop.trace"),
    (Kind::Terminal, "diff --base BASE --head HEAD"),
    (Kind::Terminal, "diff --totals -n 0 base0.pb.gz head0.pb.gz"),
    (Kind::Json, "diff --json --base BASE --head HEAD"),
    (Kind::Json, "diff --totals --json base0.pb.gz head0.pb.gz"),
    (Kind::Markdown, "diff --markdown --base BASE --head HEAD"),
    (Kind::Xml, "diff --junit --base BASE --head HEAD"),
    (Kind::Html, "diff --html --base BASE --head HEAD"),
    (Kind::Svg, "diff --svg base0.pb.gz head0.pb.gz"),
    (Kind::Terminal, "diff bench-base.txt bench-head.txt"),
    (Kind::Json, "diff --json bench-base.txt bench-head.txt"),
    (Kind::Markdown, "diff --markdown bench-base.txt bench-head.txt"),
    (Kind::Xml, "diff --junit bench-base.txt bench-head.txt"),
    (Kind::Html, "diff --html bench-base.txt bench-head.txt"),
    (Kind::Terminal, "diff many.trace later.trace"),
    (Kind::Json, "diff --json many.trace later.trace"),
    (Kind::Xml, "diff --junit many.trace later.trace"),
    (Kind::Markdown, "diff --markdown many.trace later.trace"),
    (Kind::Html, "diff --html many.trace later.trace"),
    (Kind::Terminal, "goroutines dump.txt dump-later.txt"),
    (Kind::Terminal, "bench explain explain.txt explain.pb.gz"),
    (Kind::Json, "bench explain --json explain.txt explain.pb.gz"),
    (Kind::Markdown, "bench explain --markdown explain.txt explain.pb.gz"),
    (Kind::Terminal, "bench explain new.txt explain.pb.gz --base explain.txt explain-base.pb.gz"),
    (Kind::Markdown, "bench explain --markdown new.txt explain.pb.gz --base explain.txt explain-base.pb.gz"),
    (Kind::Terminal, "benchstat bench-base.txt bench-head.txt"),
    (Kind::Csv, "benchstat -format csv bench-base.txt bench-head.txt"),
    (Kind::Terminal, "trace why shop.trace"),
    (Kind::Json, "trace why --json shop.trace"),
    (Kind::Terminal, "trace findings shop.trace"),
    (Kind::Json, "trace findings --json shop.trace"),
    (Kind::Markdown, "trace findings --markdown shop.trace"),
    (Kind::Terminal, "trace blame shop.trace"),
    (Kind::Json, "trace blame --json shop.trace"),
    (Kind::Terminal, "trace cohort shop.trace"),
    (Kind::Json, "trace cohort --json shop.trace"),
    (Kind::Terminal, "trace whatif --task * --shrink <script>alert(1)</script>=50 shop.trace"),
    (Kind::Json, "trace whatif --json --task * --shrink <script>alert(1)</script>=50 shop.trace"),
    (Kind::Terminal, "trace sched shop.trace"),
    (Kind::Json, "trace sched --json shop.trace"),
    (Kind::Terminal, "trace cpu shop.trace"),
    (Kind::Json, "trace cpu --json shop.trace"),
    (Kind::Terminal, "trace gcbill shop.trace"),
    (Kind::Json, "trace gcbill --json shop.trace"),
    (Kind::Terminal, "trace signals shop.trace"),
    (Kind::Json, "trace signals --json shop.trace"),
    (Kind::Terminal, "trace summary shop.trace"),
    (Kind::Json, "trace summary --json shop.trace"),
    (Kind::Terminal, "trace goroutines shop.trace"),
    (Kind::Json, "trace goroutines --json shop.trace"),
    (Kind::Terminal, "trace latency shop.trace"),
    (Kind::Json, "trace latency --json shop.trace"),
    (Kind::Terminal, "trace tasks shop.trace"),
    (Kind::Json, "trace tasks --json shop.trace"),
    (Kind::Terminal, "trace labels shop.trace"),
    (Kind::Json, "trace labels --json shop.trace"),
    (Kind::Terminal, "trace regions shop.trace"),
    (Kind::Json, "trace regions --json shop.trace"),
    (Kind::Terminal, "trace heat shop.trace"),
    (Kind::Json, "trace heat --json shop.trace"),
    (Kind::Terminal, "trace blocked shop.trace"),
    (Kind::Json, "trace blocked --json shop.trace"),
    (Kind::Terminal, "trace stw shop.trace"),
    (Kind::Json, "trace stw --json shop.trace"),
    (Kind::Terminal, "trace gc shop.trace"),
    (Kind::Json, "trace gc --json shop.trace"),
    (Kind::Terminal, "trace mmu shop.trace"),
    (Kind::Json, "trace mmu --json shop.trace"),
    (Kind::Readable, "trace profile --kind wall shop.trace"),
    (Kind::Readable, "trace cut --range 1us..50us shop.trace"),
    (Kind::Terminal, "trace events shop.trace"),
    (Kind::JsonLines, "trace events --json shop.trace"),
    (Kind::Terminal, "trace footprint shop.trace"),
    (Kind::Terminal, "cover func -C module module.out"),
    (Kind::Json, "cover func -C module --json module.out"),
    (Kind::Terminal, "cover diff -C module main module.out"),
    (Kind::Json, "cover diff -C module --json main module.out"),
    (Kind::Lines, "cover diff -C module main --annotate github module.out"),
    (Kind::Terminal, "cover tree -C module module.out"),
    (Kind::Html, "cover html -C module module.out"),
    (Kind::Terminal, "cover tree cover.out"),
    (Kind::Json, "cover tree --json cover.out"),
    (Kind::Terminal, "cover lines cover.out"),
    (Kind::Json, "cover lines --json cover.out"),
    (Kind::Html, "cover html cover.out"),
    (Kind::Lines, "cover merge cover.out"),
    (Kind::Lines, "cover merge --lcov cover.out"),
    (Kind::Xml, "cover merge --cobertura cover.out"),
    (Kind::Terminal, "goroutines dump.txt"),
    (Kind::Terminal, "goroutines --full dump.txt"),
    (Kind::Terminal, "goroutines race.txt"),
    (Kind::Json, "goroutines --json dump.txt"),
    (Kind::Json, "goroutines --json race.txt"),
    (Kind::Markdown, "goroutines --markdown dump.txt"),
    (Kind::Markdown, "goroutines --markdown race.txt"),
    (Kind::Comments, "test tests.json"),
    (Kind::Terminal, "test --slowest 1000 tests.txt"),
    (Kind::Json, "test --json tests.json"),
    (Kind::Xml, "test --junit /dev/stdout -o /dev/null tests.json"),
    (Kind::Readable, "convert --to folded base0.pb.gz"),
    (Kind::Readable, "convert --to pprof base0.pb.gz"),
    (Kind::Readable, "convert --to topproto base0.pb.gz"),
    (Kind::Dot, "convert --to dot --no-trim base0.pb.gz"),
    (Kind::Lines, "convert --to callgrind base0.pb.gz"),
    (Kind::Json, "convert --to speedscope base0.pb.gz"),
    (Kind::Json, "convert --to firefox base0.pb.gz"),
    (Kind::Json, "convert --to firefox shop.trace"),
    (Kind::Readable, "convert --to speedscope base0.pb.gz"),
    (Kind::Readable, "convert --to firefox base0.pb.gz"),
    (Kind::Readable, "convert --to otlp base0.pb.gz"),
    (Kind::Csv, "convert --to csv base0.pb.gz"),
    (Kind::Json, "convert --to json base0.pb.gz"),
    (Kind::Bytes, "convert --to perfetto shop.trace"),
    (Kind::Bytes, "convert --to parquet base0.pb.gz"),
    (Kind::Terminal, "store ls profiles"),
    (Kind::Terminal, "store ls --profiles profiles"),
    (Kind::Json, "store ls --json --profiles profiles"),
    (Kind::Terminal, "store add more base0.pb.gz"),
    (Kind::Terminal, "store rm --dry-run profiles?kind!=trace"),
    (Kind::Terminal, "store compact profiles"),
    (Kind::Terminal, "store export profiles store:copy"),
    (Kind::Terminal, "store sql profiles"),
    (Kind::Terminal, "top -n 0 store:profiles?service=*"),
    (Kind::Terminal, "query top --limit 1000 profiles?service=*"),
    (Kind::Terminal, "query top --by name profiles?service=*"),
    (Kind::Json, "query top --json profiles?service=*"),
    (Kind::Terminal, "query share --function main.main --by service profiles?service=*"),
    (Kind::Json, "query share --json --function main.main --by version profiles?service=*"),
    (
        Kind::Terminal,
        "query instances --function main.main --label name profiles?service=* profiles?service=*&version!=1",
    ),
    (
        Kind::Json,
        "query instances --json --function main.main --label name profiles?service=* profiles?service=*",
    ),
    (Kind::Terminal, "query find --function main.main --limit 1000 profiles?service=*"),
    (Kind::Json, "query find --json --function main.main profiles?service=*"),
    (Kind::Terminal, "query traces --by service profiles?service=*"),
    (Kind::Json, "query traces --json profiles?service=*"),
    (Kind::Lines, "pprof -callgrind base0.pb.gz"),
    (Kind::Terminal, "pprof -comments base0.pb.gz"),
    (Kind::Dot, "pprof -dot base0.pb.gz"),
    (Kind::Lines, "pprof -folded base0.pb.gz"),
    (Kind::Terminal, "pprof -list . base0.pb.gz"),
    (Kind::Terminal, "pprof -peek . base0.pb.gz"),
    (Kind::Terminal, "pprof -raw base0.pb.gz"),
    (Kind::Svg, "pprof -svg -output /dev/stdout base0.pb.gz"),
    (Kind::Terminal, "pprof -tags base0.pb.gz"),
    (Kind::Terminal, "pprof -text base0.pb.gz"),
    (Kind::Terminal, "pprof -top base0.pb.gz"),
    (Kind::Terminal, "pprof -traces base0.pb.gz"),
    (Kind::Terminal, "pprof -tree base0.pb.gz"),
    (Kind::Html, "pprof -weblist . -output /dev/stdout base0.pb.gz"),
    (Kind::Readable, "pprof -proto -output /dev/stdout base0.pb.gz"),
    (Kind::Readable, "pprof -topproto -output /dev/stdout base0.pb.gz"),
];

/// Commands that show no name of a file's content.
const SHOW_NOTHING: &[&str] = &[
    "capture",     // what it gets it keeps as it came; what it says of a server, `capture` tests say
    "completions", // of the program alone
    "man",         // of the program alone
    "open",        // the window
    "record",      // runs the user's own commands
];

/// Reports of `goscope pprof` that need a program of others to draw what `-dot` writes, or open the window.
const DRAWN_BY_OTHERS: &[&str] =
    &["disasm", "eog", "evince", "gif", "gv", "kcachegrind", "pdf", "png", "ps", "web"];

/// The manual page of each subcommand: its words, and its text.
fn pages() -> Vec<(String, String)> {
    let folder = TempDir::new().expect("a folder");
    run_in(folder.path(), &["man", "pages"]);
    let files = fs::read_dir(folder.path().join("pages")).expect("pages");
    files
        .map(|file| {
            let path = file.expect("a file").path();
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (
                name.replacen("goscope", "", 1).replace('-', " ").trim().to_owned(),
                fs::read_to_string(path).expect("text"),
            )
        })
        .collect()
}

fn has_line(beginning: &str, word: &str) -> bool {
    let begins = |line: &str| line.strip_prefix(beginning).is_some_and(|rest| rest.starts_with(' '));
    LINES
        .iter()
        .any(|(_, line)| begins(line) && (word.is_empty() || line.split(' ').any(|part| part == word)))
}

#[test]
fn every_command_and_every_format_is_walked() {
    let pages = pages();
    let names: BTreeSet<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
    let mut n_formats = 0;
    for (name, page) in pages.iter().filter(|(name, _)| !name.is_empty()) {
        let is_group = names.iter().any(|other| other.starts_with(&format!("{name} ")));
        if is_group || SHOW_NOTHING.contains(&name.as_str()) {
            continue;
        }
        assert!(has_line(name, ""), "no line runs `goscope {name}`");
        let page = page.replace("\\-", "-");
        for format in ["--json", "--markdown", "--junit", "--html", "--svg", "--lcov", "--cobertura"] {
            // An option stands in bold at the beginning of its paragraph.
            // Those of `pprof` are walked below.
            if name != "pprof" && page.lines().any(|line| line.trim_start_matches("\\fB").starts_with(format))
            {
                n_formats += 1;
                assert!(has_line(name, format), "no line runs `goscope {name} {format}`");
            }
        }
    }
    assert!(n_formats > 30, "{n_formats}");
}

/// The first words of the lines of a help that begin as `beginning` says.
fn listed(words: &[&str], beginning: &str) -> Vec<String> {
    let folder = TempDir::new().expect("a folder");
    let help = run_in(folder.path(), words).stdout;
    let help = String::from_utf8(help).expect("text");
    let lines = help.lines().filter_map(|line| line.strip_prefix(beginning));
    lines.filter_map(|line| line.split([' ', ':']).next()).map(str::to_owned).collect()
}

#[test]
fn every_format_of_convert_and_every_report_of_pprof_is_walked() {
    let formats = listed(&["convert", "--help"], "          - ");
    assert!(
        formats.contains(&"folded".to_owned()) && formats.contains(&"perfetto".to_owned()),
        "{formats:?}"
    );
    // What else is listed so are the granularities.
    let granularities = ["functions", "filefunctions", "files", "lines", "addresses"];
    for format in formats.iter().filter(|format| !granularities.contains(&format.as_str())) {
        assert!(
            has_line(&format!("convert --to {format}"), ""),
            "no line runs `goscope convert --to {format}`"
        );
    }
    let reports = listed(&["pprof", "-help"], "    -");
    let settings = reports.iter().position(|word| word == "call_tree").expect("settings come behind reports");
    assert!(settings > 20, "{reports:?}");
    for report in &reports[..settings] {
        let is_own = !DRAWN_BY_OTHERS.contains(&report.as_str());
        assert!(
            !is_own || has_line(&format!("pprof -{report}"), ""),
            "no line runs `goscope pprof -{report}`"
        );
    }
}

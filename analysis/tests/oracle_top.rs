//! `top_text` against the live tool: every profile, sample type and option line must give the same bytes as
//! `go tool pprof -symbolize=none -top`, and the same warnings.
//!
//! Runs where `go` is on the PATH and there are profiles (`samples/`, the corpus); says so where not. Real profiles
//! meet a share of the option lines each, another one for each profile; `GOSCOPE_ORACLE=all` runs all of them. Odd
//! profiles, made here, meet all lines that could make a difference to them.

#![expect(clippy::print_stderr, reason = "says what was skipped")]

use std::path::{Path, PathBuf};
use std::process::Command;

use goscope_analysis::profile::frame::Granularity;
use goscope_analysis::profile::query::{Filters, Inlines, StackQuery};
use goscope_analysis::profile::stacks::select;
use goscope_analysis::profile::top::SortOrder;
use goscope_analysis::report::{ReportOptions, top_text};
use goscope_parsers::pprof::{ParseOptions, Profile, encode_profile, parse_profile};
use rayon::prelude::*;

/// Option lines that each profile meets by default.
const LINES_PER_TYPE: usize = 4;

/// Options as pprof takes them. Their names are known to [`set`].
const OPTION_LINES: &[&str] = &[
    "",
    "-cum",
    "-nodecount=5",
    "-cum -nodecount=12",
    "-nodefraction=0.05",
    "-nodefraction=0",
    "-nodefraction=0 -edgefraction=0",
    "-edgefraction=0.2 -nodecount=30",
    "-trim=false",
    "-trim=false -nodecount=3 -cum",
    "-lines",
    "-lines -cum -nodefraction=0.02",
    "-lines -noinlines -trim=false",
    "-files",
    "-files -cum -noinlines",
    "-filefunctions",
    "-filefunctions -trim=false",
    "-addresses -trim=false",
    "-addresses -noinlines",
    "-noinlines",
    "-noinlines -cum -trim=false",
    "-unit=ms",
    "-unit=auto",
    "-unit=nanoseconds -trim=false",
    "-unit=kb",
    "-unit=widgets",
    "-focus=runtime",
    "-focus=runtime -trim=false",
    "-focus=Write|Read|marshal -cum",
    "-ignore=runtime",
    "-ignore=mallocgc -focus=main",
    "-focus=main\\. -ignore=sync",
    "-hide=runtime",
    "-hide=^runtime\\. -trim=false",
    "-hide=main -cum -lines",
    "-show=main|net/http",
    "-show=runtime -trim=false",
    "-show_from=net/http",
    "-show_from=main\\.",
    "-show_from=runtime -hide=runtime\\.m",
    "-prune_from=Marshal|mallocgc",
    "-prune_from=^runtime -focus=main",
    "-focus=nothing_matches_this",
    "-hide=.",
    "-show=\\.go$ -files",
    "-focus=\\.go$ -noinlines",
    "-tagfocus=endpoint",
    "-tagfocus=.*:.*",
    "-tagfocus=bytes=:64kb",
    "-tagignore=1kb:",
    "-tagignore=a",
    "-tagfocus=endpoint=/cart,/checkout -cum",
    "-focus=interface {} -trim=false",
    "-focus=\\Qruntime.(*\\E",
    "-ignore=[[:upper:]]ead -trim=false",
];

#[derive(Default)]
struct Options {
    query: StackQuery,
    report: ReportOptions,
}

fn options(line: &str, sample_type: usize) -> Options {
    let mut options = Options::default();
    options.query.sample_type = Some(sample_type.to_string());
    let mut is_trimmed = true;
    for option in
        line.split(" -").map(|option| option.trim_start_matches('-')).filter(|option| !option.is_empty())
    {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        set(&mut options, name, value);
        is_trimmed &= option != "trim=false";
    }
    if !is_trimmed {
        options.report = options.report.untrimmed();
    }
    options
}

/// The options of a line, without their dashes; their values may hold spaces.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(" -").map(|option| option.trim_start_matches('-')).filter(|option| !option.is_empty())
}

fn set(options: &mut Options, name: &str, value: &str) {
    let Filters { focus, ignore, hide, show, show_from, prune_from, tag_focus, tag_ignore } =
        &mut options.query.filters;
    let text = Some(value.to_owned());
    match name {
        "focus" => *focus = text,
        "ignore" => *ignore = text,
        "hide" => *hide = text,
        "show" => *show = text,
        "show_from" => *show_from = text,
        "prune_from" => *prune_from = text,
        "tagfocus" => *tag_focus = text,
        "tagignore" => *tag_ignore = text,
        "cum" => options.report.sort = SortOrder::Cum,
        "nodecount" => options.report.node_count = value.parse().expect("a number"),
        "nodefraction" => options.report.node_fraction = value.parse().expect("a number"),
        "edgefraction" => options.report.edge_fraction = value.parse().expect("a number"),
        "unit" => options.report.unit = value.to_owned(),
        "lines" => options.query.granularity = Granularity::Lines,
        "files" => options.query.granularity = Granularity::Files,
        "filefunctions" => options.query.granularity = Granularity::FileFunctions,
        "addresses" => options.query.granularity = Granularity::Addresses,
        "noinlines" => options.query.inlines = Inlines::Hide,
        "trim" => {}
        other => panic!("unknown option {other}"),
    }
}

/// The tool's own program: running it without the `go` command saves half the time.
fn pprof_path() -> Option<PathBuf> {
    let output = Command::new("go").args(["tool", "-n", "pprof"]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_file().then_some(path)
}

/// A directory whose name occurs in no path: pprof cuts file names at the name of the directory that it runs in.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("goscope-oracle-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory for temporary files");
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What cannot be removed stays behind among the temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// All profiles at hand, in a fixed order.
fn profile_paths() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let corpus =
        std::env::var_os("GOSCOPE_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let mut paths = Vec::new();
    for folder in [root.join("samples"), corpus.join("pprof"), corpus.join("real")] {
        if folder.is_dir() {
            collect(&folder, &mut paths);
        } else {
            eprintln!("skipped: no folder {}", folder.display());
        }
    }
    paths.sort();
    paths
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder that can be listed") {
        let path = entry.expect("an entry of a folder").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if matches!(
            path.extension().and_then(|extension| extension.to_str()),
            Some("gz" | "pb" | "pprof")
        ) {
            paths.push(std::fs::canonicalize(path).expect("an existing file"));
        }
    }
}

/// One comparison: which profile, which of its types, which options.
struct Case<'a> {
    path: &'a Path,
    profile: &'a Profile,
    sample_type: usize,
    line: &'a str,
}

impl Case<'_> {
    /// `None` if both say the same, else what is different.
    fn difference(&self, pprof: &Path, directory: &Path) -> Option<String> {
        let output = Command::new(pprof)
            .args(["-symbolize=none", "-top", &format!("-sample_index={}", self.sample_type)])
            .args(words(self.line).map(|option| format!("-{option}")))
            .arg(self.path)
            .env("TZ", "UTC")
            .env("HOME", directory)
            .current_dir(directory)
            .output()
            .expect("the tool can be started");
        let theirs = String::from_utf8_lossy(&output.stdout);
        let options = options(self.line, self.sample_type);
        let (ours, our_warnings) = match select(self.profile, &options.query) {
            Ok(stacks) => (top_text(&stacks, &options.report), stacks.warnings().to_vec()),
            Err(error) => (error.to_string(), Vec::new()),
        };
        let their_warnings = String::from_utf8_lossy(&output.stderr);
        let their_warnings: Vec<&str> =
            their_warnings.lines().filter(|line| line.ends_with("matched no samples")).collect();
        if our_warnings == their_warnings && (ours == theirs || differs_by_chance(&ours, &theirs)) {
            return None;
        }
        let pairs = ours.lines().zip(theirs.lines()).enumerate();
        let (at, (our_line, their_line)) =
            pairs.into_iter().find(|(_, (ours, theirs))| ours != theirs).unwrap_or((0, ("", "")));
        let name = self.path.display();
        Some(format!(
            "{name} type {} {:?}: line {at} of {} and {}\n  ours   {our_line}\n  theirs {their_line}\n  {}",
            self.sample_type,
            self.line,
            ours.lines().count(),
            theirs.lines().count(),
            String::from_utf8_lossy(&output.stderr).trim()
        ))
    }
}

/// Whether the reports differ in the order of rows only, and only of rows that print the same name: pprof leaves
/// their order to chance, and with it what has been summed up before each.
fn differs_by_chance(ours: &str, theirs: &str) -> bool {
    let name = |line: &str| {
        line.split_whitespace()
            .skip(5)
            .filter(|word| !word.ends_with("inline)"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut names: Vec<String> = ours.lines().map(name).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.windows(2).any(|pair| pair[0] == pair[1]) && without_order(ours) == without_order(theirs)
}

/// The lines in alphabetical order, without the column of sums.
fn without_order(text: &str) -> Vec<String> {
    let without_sum = |line: &str| {
        let words =
            line.split_whitespace().enumerate().filter(|&(index, word)| index != 2 || !word.ends_with('%'));
        words.map(|(_, word)| word).collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<String> = text.lines().map(without_sum).collect();
    lines.sort_unstable();
    lines
}

/// Runs all comparisons; fails with the first differences.
fn compare_all(cases: &[Case<'_>], pprof: &Path, directory: &Path) {
    let differences: Vec<String> =
        cases.par_iter().filter_map(|case| case.difference(pprof, directory)).collect();
    eprintln!("{} comparisons, {} differences", cases.len(), differences.len());
    assert!(differences.is_empty(), "{}", differences[..differences.len().min(20)].join("\n"));
}

#[test]
fn real_profiles_print_as_go_tool_pprof_prints_them() {
    let Some(pprof) = pprof_path() else {
        eprintln!("skipped: no go on the PATH");
        return;
    };
    let mut profiles = Vec::new();
    for path in profile_paths() {
        let bytes = goscope_parsers::FileBytes::open(&path).expect("a file that can be read");
        match parse_profile(&bytes, &ParseOptions::default()) {
            Ok(profile) => profiles.push((path, profile)),
            Err(error) => eprintln!("skipped: {}: {error}", path.display()),
        }
    }
    let runs_all = std::env::var_os("GOSCOPE_ORACLE").is_some_and(|value| value == "all");
    let n_lines = if runs_all { OPTION_LINES.len() } else { LINES_PER_TYPE };
    let mut lines = OPTION_LINES.iter().cycle();
    let mut cases = Vec::new();
    for (path, profile) in &profiles {
        for sample_type in 0..profile.sample_types.len() {
            cases.extend(lines.by_ref().take(n_lines).map(|line| Case { path, profile, sample_type, line }));
        }
    }
    let directory = Directory::new("real");
    compare_all(&cases, &pprof, &directory.0);
}

/// Profiles as no runtime writes them, and option lines that touch what is odd in each.
const ODD: &[(&str, &[&str])] = &[
    ("main;a -5\nmain;b 3\nmain;a;b 1\n- 4", &["", "-cum", "-trim=false", "-nodefraction=0.5", "-focus=a"]),
    ("main;a 5\nmain;b -5", &["", "-trim=false", "-cum"]),
    ("main;a 0\nmain;b 0", &["", "-trim=false"]),
    ("types: samples/count", &["", "-cum", "-focus=a", "-unit=ms"]),
    ("types: cpu/nanoseconds\nduration: 5\ntime: 7", &["", "-unit=ms"]),
    ("f;f;g;f;g 3\ng;f;f 2\nf+g+f;g 1", &["", "-cum", "-noinlines", "-focus=g", "-hide=f", "-nodecount=1"]),
    (
        "a+b;c+b;b+c 3\na;b 40\nx+y 1\nx;z+y 1",
        &["", "-edgefraction=0.1", "-edgefraction=0.5", "-nodecount=2 -cum", "-show=b|c"],
    ),
    (
        "types: things/widgets\nmain;a 1234567\nmain;b 1",
        &["", "-unit=auto", "-unit=ms", "-unit=count", "-trim=false"],
    ),
    (
        "types: t/milliseconds\nmain;a 7200000\nmain;b 1\nduration: 1",
        &["", "-unit=auto", "-trim=false", "-unit=hours", "-unit=kb"],
    ),
    ("types: t/gcu\nmain;a 7200000\nmain;b 1", &["", "-unit=auto", "-trim=false", "-unit=kilogcu"]),
    (
        "types: m/kilobytes\nmain;a 5000\nmain;b 3\nmain;c 1",
        &["", "-unit=auto", "-trim=false", "-unit=mb", "-unit=bytes"],
    ),
    (
        "comment: one\ncomment: #two\ndoc: http://x/y\nmapping: /a/b/prog 1234\nmain 5",
        &["", "-focus=nothing"],
    ),
    ("mapping: http://host/debug/pprof\nmain[0x1 http://host/debug/pprof] 5", &[""]),
    ("main;a 5 | pprof::base=true\nmain;b 3\nmain;a -4", &["", "-trim=false", "-tagfocus=pprof"]),
    (
        "drop_frames: malloc|new.*\nkeep_frames: newton\nmain;malloc;x 5\nmain;newton 2\nnewobj;malloc 3\nmain;f+new1+g;h 4",
        &["", "-focus=new", "-noinlines"],
    ),
    (
        "[0x10 /lib/a.so];[0x20 /lib/a.so] 1\nmain;[0x10 /lib/b.so] 4\n[0x99] 8",
        &["", "-addresses", "-files", "-hide=a.so", "-show=main", "-focus=b.so", "-show_from=a.so"],
    ),
    (
        "main@m.go:3#1;f@f.go:9#7+g@f.go:2#1 5\nmain@m.go:4#1;g@f.go:3#1 2\n@f.go:3#1;@f.go:4#9 3",
        &["", "-lines", "-files", "-filefunctions", "-noinlines -lines", "-addresses"],
    ),
    (
        "main@./src//main.go:3:7;f@a/../f.go:9:2 1\nmain@src/main.go:3:9 5",
        &["-lines", "-filefunctions", "-addresses", "-addresses -noinlines"],
    ),
    (
        "a;b 5 | bytes=32kB size=7\na;c 3 | bytes=64 k=v\na 1 | k=w t=5ms\nd 1 | alignment=8 request=9",
        &[
            "-tagfocus=32kb",
            "-tagfocus=:40kb",
            "-tagfocus=bytes=1mb:",
            "-tagfocus=k=v,w",
            "-tagignore=k:v",
            "-tagfocus=5:9kb",
            "-tagfocus=1b:9b",
            "-tagfocus==v",
            "-tagfocus=size=7",
            "-tagfocus=t=1us:1s",
        ],
    ),
    (
        "std::vector<int>::push(int) 5\n.a::b(int);operator()(x) 3\n(anonymous namespace)::f(int) 2\nmain.(*T).m 1",
        &["", "-prune_from=push", "-prune_from=main", "-show_from=operator"],
    ),
    (
        "interface {};a{ 5\na&&b;[x] 3\nä;é 2",
        &["-focus=interface {}", "-focus=a{", "-focus=[a&&b]$", "-ignore=[[x]", "-focus=\\w+$ -hide=\\W$"],
    ),
    ("a;b 9223372036854775807\na;b 1\nc -9223372036854775807", &["", "-trim=false"]),
];

#[test]
fn odd_profiles_print_as_go_tool_pprof_prints_them() {
    let Some(pprof) = pprof_path() else {
        eprintln!("skipped: no go on the PATH");
        return;
    };
    let directory = Directory::new("odd");
    let profiles: Vec<(PathBuf, Profile)> = ODD
        .iter()
        .enumerate()
        .map(|(index, (text, _))| {
            let profile = goscope_analysis::testing::profile(text);
            let path = directory.0.join(format!("odd{index}.pb"));
            std::fs::write(&path, encode_profile(&profile)).expect("our own directory");
            (path, profile)
        })
        .collect();
    let mut cases = Vec::new();
    for ((path, profile), (_, lines)) in profiles.iter().zip(ODD) {
        cases.extend(lines.iter().map(|line| Case { path, profile, sample_type: 0, line }));
    }
    compare_all(&cases, &pprof, &directory.0);
}

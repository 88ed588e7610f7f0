//! `top_text` against the live tool: every profile, sample type and option line must give the same bytes as
//! `go tool pprof -symbolize=none -top`, and the same warnings.
//!
//! Runs with `GOSCOPE_LIVE=1` where `go` is on the PATH; says so where not. Real profiles (`samples/`, the corpus)
//! meet a share of the option lines each, another one for each profile; `GOSCOPE_ORACLE=all` runs all of them. Odd
//! profiles, made here, meet all lines that could make a difference to them.

use goscope_test_support::{GoTool, go_tool};

use crate::oracle::{Case, Directory, compare_all, made_profiles, real_profiles};

/// Option lines that each profile meets by default.
const LINES_PER_TYPE: usize = 4;

/// Options as pprof takes them. Their names are known to `oracle::set`.
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

#[test]
fn real_profiles_print_as_go_tool_pprof_prints_them() {
    let Some(pprof) = go_tool(GoTool::Pprof) else { return };
    let profiles = real_profiles();
    let runs_all = std::env::var_os("GOSCOPE_ORACLE").is_some_and(|value| value == "all");
    let n_lines = if runs_all { OPTION_LINES.len() } else { LINES_PER_TYPE };
    let mut lines = OPTION_LINES.iter().cycle();
    let mut cases = Vec::new();
    for (path, profile) in &profiles {
        for sample_type in 0..profile.sample_types.len() {
            let lines = lines.by_ref().take(n_lines);
            cases.extend(lines.map(|line| Case { path, profile, sample_type, report: "top", line }));
        }
    }
    let directory = Directory::new("real");
    compare_all(&cases, pprof, &directory.0);
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
    let Some(pprof) = go_tool(GoTool::Pprof) else { return };
    let directory = Directory::new("odd");
    let profiles = made_profiles(ODD.iter().map(|(text, _)| *text), &directory);
    let mut cases = Vec::new();
    for ((path, profile), (_, lines)) in profiles.iter().zip(ODD) {
        cases.extend(lines.iter().map(|line| Case { path, profile, sample_type: 0, report: "top", line }));
    }
    compare_all(&cases, pprof, &directory.0);
}

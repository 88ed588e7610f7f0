//! All other reports against the live tool, as `oracle_top` does with `-top`.

use goscope_test_support::{GoTool, go_tool};

use crate::oracle::{Case, Directory, compare_all, made_profiles, real_profiles};

/// Reports and options; the first word says which report. Each real profile meets a share of them, another one for
/// each profile; `GOSCOPE_ORACLE=all` runs all of them.
const LINES: &[&str] = &[
    "tree",
    "tree -cum",
    "tree -nodecount=10",
    "tree -trim=false",
    "tree -nodefraction=0.05 -edgefraction=0.05",
    "tree -edgefraction=0",
    "tree -lines -nodecount=30",
    "tree -files",
    "tree -filefunctions -noinlines",
    "tree -addresses -nodecount=20",
    "tree -focus=runtime",
    "tree -ignore=runtime -unit=auto",
    "tree -hide=^runtime\\.",
    "tree -show=main|runtime -relative_percentages",
    "tree -show_from=main",
    "tree -mean",
    "tree -divide_by=3",
    "tree -compact_labels",
    "tree -tagroot=endpoint",
    "tree -tagleaf=endpoint,bytes",
    "tree -lines -showcolumns",
    "top -mean",
    "top -mean -cum -trim=false",
    "top -divide_by=1000",
    "top -relative_percentages -focus=main",
    "top -drop_negative",
    "top -compact_labels",
    "top -tagroot=endpoint,bytes -cum",
    "top -tagleaf=endpoint -focus=cart",
    "top -tagshow=end -taghide=x",
    "top -lines -showcolumns",
    "top -filefunctions -trim_path=/usr/local",
    "top -files -source_path=/x/src",
    "peek=main",
    "peek=runtime\\.malloc",
    "peek=nothing_is_called_that",
    "peek=. -nodecount=3",
    "peek=main -lines",
    "peek=main -mean",
    "traces",
    "traces -lines",
    "traces -addresses",
    "traces -noinlines",
    "traces -files -unit=auto",
    "traces -focus=main -mean",
    "traces -hide=runtime",
    "traces -tagshow=end",
    "traces -taghide=end",
    "traces -show=main",
    "traces -tagroot=endpoint -divide_by=7",
    "traces -relative_percentages -ignore=runtime",
    "traces -prune_from=main",
    "tags",
    "tags -unit=bytes",
    "tags -unit=auto",
    "tags -focus=main",
    "tags -tagshow=e",
    "tags -taghide=e",
    "tags -divide_by=4 -relative_percentages -tagfocus=cart",
    "comments",
    "comments -tagfocus=nothing",
    "raw",
    "raw -noinlines",
    "raw -focus=main",
    "raw -hide=runtime -tagignore=cart",
    "raw -show=main",
    "raw -show_from=main",
    "raw -prune_from=runtime",
    "raw -tagroot=endpoint -tagleaf=tenant",
    "raw -noinlines -showcolumns",
    "proto",
    "proto -divide_by=10",
    "proto -focus=main",
    "proto -hide=runtime -taghide=end",
    "topproto",
    "topproto -lines -cum",
    "topproto -unit=ms -nodecount=10",
    "topproto -mean",
    "list=main",
    "list=runtime\\.malloc",
    "list=. -noinlines",
    "list=main -unit=ms -divide_by=2",
    "list=main -mean",
    "list=main -focus=main",
    "dot",
    "dot -nodecount=10",
    "dot -trim=false",
    "dot -cum -edgefraction=0.05",
    "dot -lines -nodecount=20",
    "dot -files",
    "dot -focus=main -noinlines",
    "dot -mean",
    "dot -call_tree",
    "dot -call_tree -nodecount=15",
    "dot -tagshow=nothing",
    "dot -unit=auto -divide_by=3",
    "callgrind",
    "callgrind -cum",
    "callgrind -focus=main -noinlines",
    "callgrind -unit=ns",
    "callgrind -mean",
];

const LINES_PER_TYPE: usize = 10;

fn case<'a>(
    path: &'a std::path::Path,
    profile: &'a goscope_parsers::pprof::Profile,
    sample_type: usize,
    line: &'a str,
) -> Case<'a> {
    let (report, line) = line.split_once(' ').unwrap_or((line, ""));
    Case { path, profile, sample_type, report, line }
}

#[test]
fn real_profiles_print_as_go_tool_pprof_prints_them() {
    let Some(pprof) = go_tool(GoTool::Pprof) else { return };
    let profiles = real_profiles();
    let runs_all = std::env::var_os("GOSCOPE_ORACLE").is_some_and(|value| value == "all");
    let n_lines = if runs_all { LINES.len() } else { LINES_PER_TYPE };
    let mut lines = LINES.iter().cycle();
    let mut cases = Vec::new();
    for (path, profile) in &profiles {
        for sample_type in 0..profile.sample_types.len() {
            let lines = lines.by_ref().take(n_lines);
            cases.extend(lines.map(|line| case(path, profile, sample_type, line)));
        }
    }
    let directory = Directory::new("reports");
    compare_all(&cases, pprof, &directory.0);
}

/// Profiles as no runtime writes them; each meets all of [`ODD_LINES`].
const ODD: &[&str] = &[
    "main;a -5\nmain;b 3\nmain;a;b 1\n- 4",
    "main;a 5\nmain;b -5",
    "main;a 0\nmain;b 0",
    "types: samples/count",
    "types: cpu/nanoseconds\nduration: 5\ntime: 7",
    "types: cpu/nanoseconds\nduration: 3723004005006\ntime: 1632307136123450000\nperiod: cpu/nanoseconds 10000000\nmain 7",
    "f;f;g;f;g 3\ng;f;f 2\nf+g+f;g 1",
    "a+b;c+b;b+c 3\na;b 40\nx+y 1\nx;z+y 1",
    "types: n/count t/milliseconds\ndefault: t\nmain;a 3 7200000\nmain;b 1 1\nmain;c 0 9\nmain;d 2 0",
    "types: n/count things/widgets\nmain;a 4 1234567\nmain;b -1 8\nmain;a;c 2 4",
    "types: m/kilobytes\nmain;a 5000\nmain;b 3\nmain;c 1",
    "comment: one\ncomment: #two\ndoc: http://x/y\nmapping: /a/b/prog 1234\nmain 5",
    "mapping: http://host/debug/pprof\nmain[0x1 http://host/debug/pprof] 5",
    "main;a 5 | pprof::base=true\nmain;b 3\nmain;a -4 | k=v",
    "drop_frames: malloc|new.*\nkeep_frames: newton\nmain;malloc;x 5 | k=v\nmain;newton 2\nnewobj;malloc 3\nmain;f+new1+g;h 4",
    "[0x10 /lib/a.so];[0x20 /lib/a.so] 1\nmain;[0x10 /lib/b.so] 4\n[0x99] 8",
    "main@m.go:3#1;f@f.go:9#7+g@f.go:2#1 5\nmain@m.go:4#1;g@f.go:3#1 2\n@f.go:3#1;@f.go:4#9 3",
    "main@./src//main.go:3:7;f@a/../f.go:9:2 1\nmain@src/main.go:3:9 5",
    "a;b 5 | bytes=32kB size=7 k=v\na;c 3 | bytes=64 k=v\na 1 | k=w k=a t=5ms t=6\nd 1 | alignment=8 request=9\nd;e 1 | k=5 k=x",
    "r;a 1 | bytes=16\nr;a 2 | bytes=32\nr;a 3 | bytes=64\nr;a 4 | bytes=128\nr;a 5 | bytes=4096\nr;a 6 | bytes=8192 e=x\nr;a;b 7 | bytes=9999 e=x\nr;a 7 | e=y\nr;a 7 | e=z\nr;a 7 | e=1 f=2\nr;a 8 | e=w",
    "std::vector<int>::push(int) 5\n.a::b(int);operator()(x) 3\n(anonymous namespace)::F::f(int) 2\nmain.(*T).m 1\nx/y/v2.F 3\njava.util.List.add(int) 2",
    "interface {};a{ 5\na&&b;[x] 3\nä;é\"q\\z 2",
    "r;a;b;c;d 10\nr;a;c;d 5\nr;b;d 5\nr;e;f;d 1\nr;f 1\nr;g;g;h+i+j 2\nr;h+j 2",
];

const ODD_LINES: &[&str] = &[
    "top",
    "top -mean",
    "top -drop_negative -trim=false",
    "top -tagroot=k -tagleaf=bytes",
    "tree",
    "tree -cum -trim=false",
    "tree -mean",
    "tree -nodecount=2",
    "tree -nodecount=3 -noinlines",
    "tree -drop_negative",
    "tree -drop_negative -trim=false",
    "tree -nodefraction=0.3 -edgefraction=0.3",
    "tree -lines",
    "tree -divide_by=0.5",
    "tree -divide_by=-3",
    "peek=a",
    "peek=b -cum -lines",
    "list=a",
    "list=.",
    "list=main -noinlines",
    "traces",
    "traces -addresses -mean",
    "traces -noinlines -taghide=k",
    "traces -tagroot=k,bytes -unit=kb",
    "tags",
    "tags -unit=kb -divide_by=2",
    "tags -tagshow=k -relative_percentages -focus=a",
    "comments",
    "raw",
    "raw -noinlines -hide=b",
    "raw -show=a|main",
    "raw -show_from=a",
    "raw -tagroot=bytes,k -tagleaf=t",
    "raw -tagfocus=k=v -tagshow=b",
    "proto",
    "proto -ignore=b -divide_by=3",
    "topproto",
    "topproto -mean -lines",
    "dot",
    "dot -nodecount=3",
    "dot -trim=false -mean",
    "dot -call_tree",
    "dot -call_tree -nodecount=4",
    "dot -nodefraction=0.2 -edgefraction=0.2 -drop_negative",
    "dot -tagshow=e -unit=auto",
    "dot -lines -noinlines",
    "callgrind",
    "callgrind -call_tree",
    "callgrind -cum -noinlines",
    "callgrind -mean -drop_negative",
];

#[test]
fn odd_profiles_print_as_go_tool_pprof_prints_them() {
    let Some(pprof) = go_tool(GoTool::Pprof) else { return };
    let directory = Directory::new("odd-reports");
    let profiles = made_profiles(ODD.iter().copied(), &directory);
    let mut cases = Vec::new();
    for (path, profile) in &profiles {
        let last = profile.sample_types.len() - 1;
        cases.extend(ODD_LINES.iter().map(|line| case(path, profile, last, line)));
    }
    compare_all(&cases, pprof, &directory.0);
}

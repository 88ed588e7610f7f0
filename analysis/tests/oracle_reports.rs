//! All other reports against the live tool, as `oracle_top` does with `-top`.

#![expect(clippy::print_stderr, reason = "says what was skipped")]

mod oracle;

use oracle::{Case, Directory, compare_all, pprof_path, real_profiles};

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
    let Some(pprof) = pprof_path() else {
        eprintln!("skipped: no go on the PATH");
        return;
    };
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
    compare_all(&cases, &pprof, &directory.0);
}

//! `goscope pprof` beside Go's own tool: the same arguments, the same text, byte for byte.
//!
//! `golden/pprof/cases.txt` lists options by profile, `profiles.txt` holds odd profiles as text, `results.txt` what Go's
//! tool answered: the exit code, a hash of the output and a few of its lines. With `GOSCOPE_LIVE=1` every case is also run
//! live. `GOSCOPE_BLESS=1 cargo test -p goscope --test cli` renews the results.
//! What differs on purpose is in docs/pprof-differences.md.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use goscope_analysis::testing::profile;
use goscope_parsers::pprof::write_profile_gzip;
use goscope_test_support::{GoTool, corpus, files_below, go_tool, root, sample};

/// Names in the list of cases that stand for files of samples/.
const SAMPLES: [(&str, &str); 21] = [
    ("cpu", "pprof/cpu"),
    ("cpu-labels", "pprof/cpu-labels"),
    ("heap-real", "pprof/heap"),
    ("allocs", "pprof/allocs"),
    ("block", "pprof/block"),
    ("mutex-real", "pprof/mutex"),
    ("goroutine", "pprof/goroutine"),
    ("goroutineleak", "pprof/goroutineleak"),
    ("threadcreate", "pprof/threadcreate"),
    ("base1.cpu", "diff/base1.cpu"),
    ("base2.cpu", "diff/base2.cpu"),
    ("base3.cpu", "diff/base3.cpu"),
    ("base1.heap", "diff/base1.heap"),
    ("base2.heap", "diff/base2.heap"),
    ("base3.heap", "diff/base3.heap"),
    ("head1.cpu", "diff/head1.cpu"),
    ("head2.cpu", "diff/head2.cpu"),
    ("head3.cpu", "diff/head3.cpu"),
    ("head1.heap", "diff/head1.heap"),
    ("head2.heap", "diff/head2.heap"),
    ("head3.heap", "diff/head3.heap"),
];

/// Lines of an output that are kept in the golden file, from its beginning and from its end.
const KEPT_LINES: usize = 2;

fn golden(name: &str) -> PathBuf {
    root().join("app/tests/golden/pprof").join(name)
}

/// A folder with all odd profiles and the source of one of them; commands run in it.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pprof-oracle");
        fs::create_dir_all(folder.join("src/deep")).expect("a folder");
        fs::copy(golden("src_shop.go.txt"), folder.join("src/shop.go")).expect("a source file");
        let text = fs::read_to_string(golden("profiles.txt")).expect("odd profiles");
        for section in text.split("\n== ").skip(1) {
            let (name, text) = section.split_once('\n').expect("a name and a profile");
            let mut bytes = Vec::new();
            write_profile_gzip(&profile(text), &mut bytes).expect("writing to memory");
            fs::write(folder.join(format!("{name}.pb.gz")), bytes).expect("an odd profile");
        }
        folder
    })
}

/// The file that a name in the list of cases stands for.
fn file(name: &str) -> String {
    match SAMPLES.iter().find(|(sample, _)| *sample == name) {
        Some((_, path)) => sample(&format!("{path}.pb.gz")).display().to_string(),
        None => format!("{name}.pb.gz"),
    }
}

/// One command line.
#[derive(Clone, Debug)]
struct Case {
    /// As it stands in the golden file: `-top cpu`.
    name: String,
    arguments: Vec<String>,
    /// What is typed at the prompt.
    input: String,
}

/// The cases of the list: every line for every profile of its group.
fn cases() -> Vec<Case> {
    let text = fs::read_to_string(golden("cases.txt")).expect("the list of cases");
    let mut profiles: Vec<&str> = Vec::new();
    let mut cases = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix('[').and_then(|group| group.strip_suffix(']')) {
            Some(group) => profiles = group.split(' ').collect(),
            None => cases.extend(profiles.iter().map(|profile| case(line, profile))),
        }
    }
    // Some lines stand in several groups that share a profile.
    let mut seen = BTreeSet::new();
    cases.retain(|case| seen.insert(case.name.clone()));
    cases
}

fn case(line: &str, profile: &str) -> Case {
    let has_file = line.contains('{') && !line.contains("{dir}") && line.contains('}');
    let line = if has_file { line.to_owned() } else { format!("{line} {{{profile}}}") };
    let arguments = line.split(' ').map(|word| {
        let Some((before, rest)) = word.split_once('{') else { return word.to_owned() };
        let Some((name, after)) = rest.split_once('}') else { return word.to_owned() };
        let path = if name == "dir" { folder().display().to_string() } else { file(name) };
        format!("{before}{path}{after}")
    });
    Case { name: line.clone(), arguments: arguments.collect(), input: String::new() }
}

/// The sessions of the list: what is typed, line by line.
fn sessions() -> Vec<Case> {
    let text = fs::read_to_string(golden("sessions.txt")).expect("the list of sessions");
    let sections = text.split("\n== ").skip(1);
    sections
        .map(|section| {
            let (name, input) = section.split_once('\n').expect("a name and lines");
            let profile = name.split(' ').next().unwrap_or_default();
            Case { name: format!("prompt {name}"), arguments: vec![file(profile)], input: input.to_owned() }
        })
        .collect()
}

/// Runs a program as every case is run: in the folder, in UTC, seeing no source but what is there.
fn run(program: &Path, before: &[&str], case: &Case) -> Output {
    let nowhere = folder().join("nowhere");
    let mut child = Command::new(program)
        .args(before)
        .args(&case.arguments)
        .current_dir(folder())
        .env("TZ", "UTC")
        .env("PPROF_TMPDIR", folder())
        .env("HOME", &nowhere)
        .env("GOROOT", &nowhere)
        .env("GOMODCACHE", &nowhere)
        .env("TERM", "dumb")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that does not read its input to the end closes the pipe: its business.
    let _ = child.stdin.take().expect("a pipe").write_all(case.input.as_bytes());
    child.wait_with_output().expect("the program ends")
}

fn ours(case: &Case) -> Answer {
    Answer::of(case, &run(Path::new(env!("CARGO_BIN_EXE_goscope")), &["pprof"], case))
}

fn theirs(tool: &Path, case: &Case) -> Answer {
    Answer::of(case, &run(tool, &["-symbolize=none"], case))
}

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    is_success: bool,
    /// Standard output; a profile as the text of `-raw`.
    text: String,
    /// What a report says on standard error about its options, sorted: pprof's order is left to chance.
    notes: Vec<String>,
}

/// What notes hold; all else on standard error is in everybody's own words.
const NOTES: [&str; 3] =
    ["expression matched no samples", " as range, not regexp", ", also encountered unit(s) "];

impl Answer {
    fn of(case: &Case, output: &Output) -> Self {
        let is_success = output.status.success();
        let is_profile = output.stdout.starts_with(&[0x1f, 0x8b]);
        let text = if is_profile { raw_text(case, &output.stdout) } else { lossy(&output.stdout) };
        let stderr = lossy(&output.stderr);
        let lines = stderr.lines().map(|line| line.trim_start_matches("goscope: ").to_owned());
        let is_note = |line: &String| NOTES.iter().any(|note| line.contains(note));
        // At the prompt pprof says some of it when it starts, too.
        let mut notes: Vec<String> =
            if is_success && case.input.is_empty() { lines.filter(is_note).collect() } else { Vec::new() };
        notes.sort_unstable();
        Self { is_success, text: text.replace(&*folder().to_string_lossy(), "DIR"), notes }
    }

    /// What the golden file keeps of it.
    fn summary(&self) -> String {
        let lines: Vec<&str> = self.text.lines().collect();
        let outcome = if self.is_success { "fine" } else { "refused" };
        let mut text = format!("  {outcome}, {} lines, {:016x}\n", lines.len(), hash(self.text.as_bytes()));
        let n_first = lines.len().min(KEPT_LINES);
        let n_last = (lines.len() - n_first).min(KEPT_LINES);
        for line in lines[..n_first].iter().chain(&lines[lines.len() - n_last..]) {
            let end = line.floor_char_boundary(120);
            let _ = writeln!(text, "  | {}", &line[..end]);
        }
        text
    }

    /// Where two answers differ first.
    fn difference(&self, other: &Self) -> String {
        if self.is_success != other.is_success {
            return format!("ours is fine: {}, Go's: {}", self.is_success, other.is_success);
        }
        if self.notes != other.notes {
            return format!("notes\n    ours: {:?}\n    Go's: {:?}", self.notes, other.notes);
        }
        let (mut ours, mut theirs) = (self.text.lines(), other.text.lines());
        for number in 1.. {
            let (ours, theirs) = (ours.next(), theirs.next());
            if ours != theirs {
                return format!("line {number}\n    ours: {ours:?}\n    Go's: {theirs:?}");
            }
            if ours.is_none() {
                break;
            }
        }
        "the ends of lines".to_owned()
    }
}

/// A profile in a form that shows all that counts, whatever the order of its strings: both programs' output goes the
/// same way, so nothing of theirs is compared by itself.
fn raw_text(case: &Case, bytes: &[u8]) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let path = folder().join(format!("answer{}.pb.gz", NEXT.fetch_add(1, Ordering::Relaxed)));
    fs::write(&path, bytes).expect("a file");
    let back = Case {
        name: case.name.clone(),
        arguments: vec!["-raw".to_owned(), path.display().to_string()],
        input: String::new(),
    };
    let output = run(Path::new(env!("CARGO_BIN_EXE_goscope")), &["pprof"], &back);
    fs::remove_file(&path).expect("the file is there");
    lossy(&output.stdout)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// FNV-1a: enough to notice a difference, and nothing to depend on.
fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Applies a function to all items on all cores, in order.
fn on_all_cores<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let n_threads = thread::available_parallelism().map_or(2, usize::from);
    let worker = || {
        let mut results = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return results };
            results.push((index, work(item)));
        }
    };
    let mut results: Vec<(usize, R)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(worker)).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("a worker ends well")).collect()
    });
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The golden results: name of a case to its summary.
fn golden_results(file: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(golden(file)).unwrap_or_default();
    let mut results = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if line.starts_with("  ") {
            let summary: &mut String = results.entry(name.clone()).or_default();
            summary.push_str(line);
            summary.push('\n');
        } else {
            line.clone_into(&mut name);
        }
    }
    results
}

/// Compares all cases with the golden file and, where `go` is there, with Go's tool live; renews the file if asked to.
fn check(cases: &[Case], file: &str) {
    let tool = go_tool(GoTool::Pprof);
    let answers = on_all_cores(cases, |case| (ours(case), tool.map(|tool| theirs(tool, case))));
    if std::env::var_os("GOSCOPE_BLESS").is_some() {
        let mut text = String::new();
        for (case, (_, theirs)) in cases.iter().zip(&answers) {
            let theirs = theirs.as_ref().expect("GOSCOPE_BLESS needs `go` on the PATH");
            let _ = write!(text, "{}\n{}", case.name, theirs.summary());
        }
        fs::write(golden(file), text).expect("a golden file");
    }
    let results = golden_results(file);
    let mut problems = Vec::new();
    for (case, (ours, theirs)) in cases.iter().zip(&answers) {
        let difference = match (theirs, results.get(&case.name)) {
            (Some(theirs), _) if theirs != ours => ours.difference(theirs),
            (_, None) => "not in the golden file".to_owned(),
            (_, Some(summary)) if *summary != ours.summary() => {
                format!("not as in the golden file\n  ours:\n{}  golden:\n{summary}", ours.summary())
            }
            _ => continue,
        };
        problems.push(format!("{}: {difference}", case.name));
    }
    let n_problems = problems.len();
    assert!(problems.is_empty(), "{n_problems} of {} cases differ:\n{}", cases.len(), problems.join("\n"));
}

#[test]
fn every_report_is_what_gos_own_tool_prints() {
    let cases = cases();
    assert!(cases.len() >= 400, "{} cases", cases.len());
    check(&cases, "results.txt");
}

#[test]
fn every_answer_at_the_prompt_is_what_gos_own_tool_prints() {
    check(&sessions(), "session-results.txt");
}

#[test]
fn the_real_profiles_of_the_corpus_give_the_same_reports() {
    let (Some(folder), Some(tool)) = (corpus("pprof"), go_tool(GoTool::Pprof)) else { return };
    let mut cases = Vec::new();
    for file in files_below(&folder, &[""]) {
        let path = fs::canonicalize(file).expect("an absolute path").display().to_string();
        for report in ["-top", "-top -lines -cum", "-tree", "-traces", "-raw", "-tags", "-comments", "-proto"]
        {
            let arguments = report.split(' ').map(str::to_owned).chain([path.clone()]).collect();
            cases.push(Case { name: format!("{report} {path}"), arguments, input: String::new() });
        }
    }
    let differences = on_all_cores(&cases, |case| {
        let (ours, theirs) = (ours(case), theirs(tool, case));
        (ours != theirs).then(|| format!("{}: {}", case.name, ours.difference(&theirs)))
    });
    let differences: Vec<String> = differences.into_iter().flatten().collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ:\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n")
    );
}

//! Every command that reads a file, as a list that is compared with what the program says it has: a new command is in it, or
//! a test fails.

use std::collections::BTreeSet;

use crate::program;

/// What stands for the file in a command.
const FILE: &str = "FILE";

/// Commands that read a file, with what they need beside it.
const READERS: &[&[&str]] = &[
    &[FILE],
    &["info", FILE],
    &["top", FILE],
    &["tree", FILE],
    &["peek", "main", FILE],
    &["list", "main", FILE],
    &["traces", FILE],
    &["tags", FILE],
    &["comments", FILE],
    &["raw", FILE],
    &["svg", FILE],
    &["diff", FILE, FILE],
    &["bench", "explain", FILE],
    &["benchstat", FILE],
    &["cover", "func", FILE],
    &["cover", "tree", FILE],
    &["cover", "lines", FILE],
    &["cover", "html", FILE],
    &["cover", "merge", FILE],
    &["cover", "diff", "HEAD", FILE],
    &["goroutines", FILE],
    &["test", FILE],
    &["convert", "--to", "folded", FILE],
    &["convert", "--to", "pprof", FILE],
    &["convert", "--to", "topproto", FILE],
    &["convert", "--to", "dot", FILE],
    &["convert", "--to", "callgrind", FILE],
    &["convert", "--to", "speedscope", FILE],
    &["convert", "--to", "firefox", FILE],
    &["convert", "--to", "otlp", FILE],
    &["convert", "--to", "csv", FILE],
    &["convert", "--to", "json", FILE],
    &["convert", "--to", "parquet", FILE],
    &["convert", "--to", "perfetto", FILE],
    &["pprof", "-top", FILE],
    &["pprof", "-raw", FILE],
    &["trace", "why", FILE],
    &["trace", "findings", FILE],
    &["trace", "blame", FILE],
    &["trace", "cohort", FILE],
    &["trace", "whatif", "--shrink", "main.work=50", FILE],
    &["trace", "sched", FILE],
    &["trace", "cpu", FILE],
    &["trace", "gcbill", FILE],
    &["trace", "signals", FILE],
    &["trace", "summary", FILE],
    &["trace", "goroutines", FILE],
    &["trace", "latency", FILE],
    &["trace", "tasks", FILE],
    &["trace", "labels", FILE],
    &["trace", "regions", FILE],
    &["trace", "heat", FILE],
    &["trace", "blocked", FILE],
    &["trace", "stw", FILE],
    &["trace", "gc", FILE],
    &["trace", "mmu", FILE],
    &["trace", "profile", "--kind", "sync", FILE],
    &["trace", "cut", "--range", "10ms..20ms", FILE],
    &["trace", "events", FILE],
    &["trace", "footprint", FILE],
];

/// Commands that read no file which somebody gives them.
const NO_READERS: &[(&str, &str)] = &[
    ("open", "without a window, as a plain FILE; with one, as the window's tests do"),
    ("capture", "reads what it has captured"),
    ("record", "runs commands"),
    ("store add", "reads files as `info` does; its own tests add hostile ones"),
    ("store ls", "reads a store, whose tests damage every file"),
    ("store rm", "reads a store"),
    ("store compact", "reads a store"),
    ("store export", "reads a store"),
    ("store sql", "reads no more than what a folder is"),
    ("query top", "reads a store"),
    ("query share", "reads a store"),
    ("query instances", "reads a store"),
    ("query find", "reads a store"),
    ("query traces", "reads a store"),
    ("completions", "knows itself"),
    ("man", "knows itself"),
];

/// One command that reads a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader(&'static [&'static str]);

impl Reader {
    /// The command line that reads this file.
    pub(crate) fn arguments(self, file: &str) -> Vec<String> {
        self.0.iter().map(|&word| if word == FILE { file.to_owned() } else { word.to_owned() }).collect()
    }

    /// What it is called: `trace why`.
    pub(crate) fn name(self) -> String {
        self.0.iter().filter(|&&word| word != FILE).copied().collect::<Vec<_>>().join(" ")
    }

    /// The files of `samples/` that it has something to say about.
    pub(crate) fn samples(self) -> &'static [&'static str] {
        match self.0 {
            ["trace", ..] | ["convert", "--to", "perfetto", ..] => &TRACES,
            ["cover", ..] => &["testing/cover.out"],
            ["goroutines", ..] => &DUMPS,
            ["test", ..] => &["testing/results.json"],
            ["bench" | "benchstat", ..] => &["bench/base.txt"],
            ["info", ..] | [FILE] => &ANY,
            _ => &PROFILES,
        }
    }

    /// Whether it takes `-o FILE`.
    pub(crate) fn has_output(self) -> bool {
        !matches!(self.0, [FILE] | ["pprof" | "benchstat", ..])
    }
}

const TRACES: [&str; 8] = [
    "trace/latency-go1.27.trace",
    "trace/flight-go1.27.trace",
    "trace/shop-go1.21.trace",
    "trace/shop-go1.22.trace",
    "trace/shop-go1.24.trace",
    "trace/shop-go1.25.trace",
    "trace/shop-go1.27.trace",
    "trace/truncated-go1.27.trace",
];

const DUMPS: [&str; 6] = [
    "dumps/leak1.txt",
    "dumps/leak3.txt",
    "dumps/queue.txt",
    "dumps/deadlock.txt",
    "dumps/crash.cri.log",
    "text/goroutine.debug2.txt",
];

const PROFILES: [&str; 9] = [
    "pprof/cpu.pb.gz",
    "pprof/cpu-labels.pb.gz",
    "pprof/heap.pb.gz",
    "pprof/allocs.pb.gz",
    "pprof/mutex.pb.gz",
    "pprof/block.pb.gz",
    "pprof/goroutine.pb.gz",
    "pprof/threadcreate.pb.gz",
    "text/heap.debug1.txt",
];

const ANY: [&str; 7] = [
    "pprof/cpu.pb.gz",
    "trace/latency-go1.27.trace",
    "dumps/leak1.txt",
    "testing/results.json",
    "testing/cover.out",
    "bench/base.txt",
    "text/mutex.debug1.txt",
];

/// All commands that read a file.
pub(crate) fn readers() -> impl Iterator<Item = Reader> {
    READERS.iter().map(|words| Reader(words))
}

/// The commands that the help lists below `words`, each with all its words: those that have no commands below them.
fn commands_below(words: &[String]) -> Vec<String> {
    let arguments: Vec<&str> = words.iter().map(String::as_str).chain(["--help"]).collect();
    let help = program::goscope(&arguments);
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    let list =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = list.filter_map(|line| line.strip_prefix("  ")).filter(|line| !line.starts_with(' '));
    let mut found: Vec<String> = Vec::new();
    for name in names.filter_map(|line| line.split(' ').next()).filter(|name| *name != "help") {
        let deeper = commands_below(&[words, &[name.to_owned()]].concat());
        found.extend(deeper);
    }
    if found.is_empty() { vec![words.join(" ")] } else { found }
}

#[test]
fn the_list_of_commands_that_read_a_file_is_complete() {
    let readers: Vec<String> = readers().map(Reader::name).collect();
    let is_known = |name: &String| {
        readers.iter().any(|reader| reader == name || reader.starts_with(&format!("{name} ")))
            || NO_READERS.iter().any(|(other, _)| other == name)
    };
    let commands: BTreeSet<String> = commands_below(&[]).into_iter().collect();
    assert!(commands.len() > 45, "{commands:?}");
    let unknown: Vec<&String> = commands.iter().filter(|name| !is_known(name)).collect();
    assert!(unknown.is_empty(), "commands that no test gives a hostile file: {unknown:?}");
}

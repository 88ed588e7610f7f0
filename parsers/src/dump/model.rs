//! What was read of a text with goroutine dumps.

use super::tables::{LabelsId, StackId, StateId, Tables, WordsId};

/// All that was found in one text.
#[derive(Debug, Default)]
pub struct DumpFile {
    /// Dumps in the order of their first lines; each has at least one goroutine. Those of several programs whose lines are
    /// mixed come in the order of the programs' names.
    pub dumps: Vec<Dump>,
    /// Panics in the order of their lines, also those without any goroutine (`GOTRACEBACK=none`).
    pub panics: Vec<Panic>,
    /// Texts behind `fatal error: `.
    pub fatal_errors: Vec<String>,
    /// The first signal that was named.
    pub signal: Option<Signal>,
    /// Reports of the race detector.
    pub races: Vec<RaceReport>,
    /// What could not be used, at most [`DumpFile::MAX_LOST`].
    pub lost: Vec<Lost>,
    /// How much could not be used.
    pub n_lost: u64,
    /// What stood before or around the lines of the first dump.
    pub prefix: PrefixKind,
    /// The first Go version that writes what was seen: 27 for `1.27`; 0 if nothing tells.
    pub min_go_minor: u32,
    /// What the ids in [`Goroutine`] stand for.
    pub tables: Tables,
}

impl DumpFile {
    /// Lost lines that are kept with their text.
    pub const MAX_LOST: usize = 100;

    /// Puts dumps into their order.
    pub(super) fn sort(&mut self) {
        self.dumps.sort_by_key(|dump| dump.line);
        let mut begin = 0;
        while begin < self.dumps.len() {
            let mut last_line = self.dumps[begin].last_line;
            let rest = self.dumps[begin + 1..].iter();
            let mixed = rest.take_while(|dump| {
                let is_mixed = dump.line < last_line;
                last_line = last_line.max(dump.last_line);
                is_mixed
            });
            let end = begin + 1 + mixed.count();
            self.dumps[begin..end].sort_by(|a, b| a.source.cmp(&b.source));
            begin = end;
        }
        self.panics.sort_by_key(|panic| panic.line);
        self.races.sort_by_key(|race| race.line);
    }

    pub(super) fn lose(&mut self, line: u64, text: &[u8], why: &'static str) {
        self.n_lost += 1;
        if self.lost.len() < Self::MAX_LOST {
            let shown = text.get(..200).unwrap_or(text);
            self.lost.push(Lost { line, text: String::from_utf8_lossy(shown).into_owned(), why });
        }
    }
}

/// The goroutines of one moment.
#[derive(Clone, Debug)]
pub struct Dump {
    /// Its first line, counted from 1.
    pub line: u64,
    /// Its last line.
    pub last_line: u64,
    /// What made it.
    pub kind: DumpKind,
    /// The line that says why; empty if there is none.
    pub reason: String,
    /// The time in the log before its first line, as it is written there; empty if there is none.
    pub time: String,
    /// Whose lines these are where lines of several programs are mixed: the constant part of the prefix.
    pub source: String,
    /// Whether the text ends in the middle of a goroutine.
    pub is_truncated: bool,
    /// In the order of the text: the one that asked for the dump comes first.
    pub goroutines: Vec<Goroutine>,
}

/// What made a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpKind {
    /// SIGQUIT.
    Sigquit,
    /// Another signal.
    Signal,
    /// A panic that nothing recovered.
    Panic,
    /// `fatal error:` of the runtime.
    Fatal,
    /// `runtime.Stack` or `debug.Stack`.
    Stack,
    /// `/debug/pprof/goroutine?debug=2`.
    Debug2,
    /// One thread of a program with `GOTRACEBACK=crash`.
    Thread,
    /// A pprof profile of goroutines: counts of stacks, without numbers, states and creators.
    Profile,
    /// A running program, through the debugger delve.
    Delve,
    /// A core file, through the debugger delve.
    Core,
}

impl DumpKind {
    /// The word in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sigquit => "sigquit",
            Self::Signal => "signal",
            Self::Panic => "panic",
            Self::Fatal => "fatal",
            Self::Stack => "stack",
            Self::Debug2 => "debug2",
            Self::Thread => "thread",
            Self::Profile => "profile",
            Self::Delve => "delve",
            Self::Core => "core",
        }
    }
}

/// One goroutine of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goroutine {
    /// The number in its header.
    pub id: u64,
    /// The goroutine that created it; 0 if the text does not say (before Go 1.21, and for the main goroutine).
    pub parent: u64,
    /// A hash of the text of all arguments.
    pub arguments: u64,
    /// State with its flags.
    pub state: StateId,
    /// Frames and creator.
    pub stack: StackId,
    /// Minutes since it last ran, at least; 0 if there are none in its header.
    pub minutes: u32,
    /// `synctest bubble`; 0 if it is in none.
    pub bubble: u32,
    /// Labels.
    pub labels: LabelsId,
    /// Argument words that may be addresses.
    pub words: WordsId,
    /// `locked to thread`.
    pub is_locked: bool,
}

/// A value that a program panicked with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// The line, counted from 1.
    pub line: u64,
    /// The value as it is printed; lines are divided by `\n`.
    pub value: String,
    /// `[recovered]`, and `[recovered, repanicked]`.
    pub is_recovered: bool,
    /// `[recovered, repanicked]`: the same value again.
    pub is_repanicked: bool,
}

/// A signal that ended the program or asked for the dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signal {
    /// `SIGSEGV`.
    pub name: String,
    /// `0x1`; empty where it is not written, as the others.
    pub code: String,
    /// The address that was touched.
    pub address: String,
    /// Where the program was.
    pub pc: String,
}

/// A report of the race detector.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaceReport {
    /// The line of `WARNING: DATA RACE`, counted from 1.
    pub line: u64,
    /// The address of the first access.
    pub address: String,
    /// The access that was caught, then the one before it.
    pub accesses: Vec<RaceAccess>,
    /// Where the goroutines come from.
    pub goroutines: Vec<RaceGoroutine>,
}

/// One of the two accesses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaceAccess {
    /// `read`, `write`, `atomic read`, `atomic write`.
    pub kind: String,
    /// Whether it was the earlier one.
    pub is_previous: bool,
    /// The goroutine; 0 for the main goroutine, which has no number there.
    pub goroutine: u64,
    /// Its stack, innermost first; empty if it could not be restored.
    pub frames: Vec<RaceFrame>,
}

/// Where a goroutine of a race report was created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaceGoroutine {
    /// Its number.
    pub id: u64,
    /// `running` or `finished`.
    pub status: String,
    /// The stack that created it.
    pub created_at: Vec<RaceFrame>,
}

/// A frame of a race report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RaceFrame {
    /// The function.
    pub function: String,
    /// The file.
    pub file: String,
    /// The line.
    pub line: u32,
}

/// A line that could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Which one, counted from 1.
    pub line: u64,
    /// Its beginning.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// What stands before or around each line of a dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrefixKind {
    /// Nothing.
    #[default]
    None,
    /// Nothing, and lines end in `\r\n`.
    Crlf,
    /// Kubernetes' container runtime: `TIME stderr F `.
    Cri,
    /// One JSON object a line, of Docker: `{"log":"…\n",…}`.
    Docker,
    /// One JSON object a line, of others.
    JsonLines,
    /// The whole dump in one string of JSON.
    JsonEscaped,
    /// The whole dump in one quoted value of logfmt.
    Logfmt,
    /// `web-1  | `.
    Compose,
    /// `[pod/NAME/CONTAINER] `.
    Kubectl,
    /// `May 11 10:00:00 host svc[4711]: `.
    Journald,
    /// The same, with tabs written as `#011`.
    Rsyslog,
    /// A time.
    Time,
    /// The same number of spaces.
    Indent,
    /// No prefix, but tabs became spaces.
    Spaces,
    /// Something else that is the same on each line.
    Other,
}

impl PrefixKind {
    /// The word in `--json`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Crlf => "crlf",
            Self::Cri => "cri",
            Self::Docker => "docker",
            Self::JsonLines => "json-lines",
            Self::JsonEscaped => "json-escaped",
            Self::Logfmt => "logfmt",
            Self::Compose => "compose",
            Self::Kubectl => "kubectl",
            Self::Journald => "journald",
            Self::Rsyslog => "rsyslog",
            Self::Time => "time",
            Self::Indent => "indent",
            Self::Spaces => "spaces",
            Self::Other => "other",
        }
    }
}

//! The lines of one program, without prefix: where dumps begin and end.

use rustc_hash::FxHashSet;

use super::block::{Block, Use};
use super::header::{begins_header, parse_header, parse_labels};
use super::model::{Dump, DumpFile, DumpKind, Goroutine};
use super::race::{OpenRace, RACE_HEAD, RACE_RULE};
use super::starts::{StartLine, Starts, start_line};
use super::tables::{LabelsId, WordsId};

/// Where the reader of a stream is.
#[derive(Debug, Default)]
enum Mode {
    /// Between goroutines, or in other text.
    #[default]
    Outside,
    /// In a goroutine.
    Goroutine,
    /// In the frames behind `runtime stack:`, which are of no goroutine.
    RuntimeStack,
    /// In the text of a panic, fatal error or signal.
    Start,
    /// In a race report.
    Race(OpenRace),
}

#[derive(Debug)]
struct OpenDump {
    dump: Dump,
    ids: FxHashSet<u64>,
}

/// Reads the lines of one program.
#[derive(Debug, Default)]
pub(super) struct Stream {
    mode: Mode,
    dump: Option<OpenDump>,
    block: Block,
    starts: Starts,
    /// Whether the last line was text that belongs to no dump, and what it was.
    is_foreign: bool,
    last_foreign: Vec<u8>,
    /// Whether `-----` was the last mark: the next section is another thread's.
    is_thread: bool,
    /// Whose lines these are.
    source: String,
    /// The last line that belonged to the dump.
    used_line: u64,
    /// The time before the line that comes next.
    pub(super) time: String,
}

impl Stream {
    pub(super) fn of(source: String) -> Self {
        Self { source, ..Self::default() }
    }

    /// Takes a line; `false` if it belongs to no dump.
    pub(super) fn line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        match &mut self.mode {
            Mode::Goroutine if !begins_header(line) && start_line(line).is_none() => {
                return self.goroutine_line(line, number, out);
            }
            Mode::RuntimeStack if !begins_header(line) => {
                if line.is_empty() {
                    self.mode = Mode::Outside;
                }
                return true;
            }
            Mode::Start if !begins_header(line) && start_line(line).is_none() => {
                return self.start_line(line, number, out);
            }
            Mode::Race(race) => {
                if line != RACE_RULE && race.line(line) {
                    return true;
                }
                self.close_race(out);
            }
            _ => {}
        }
        self.outside_line(line, number, out)
    }

    /// Text that stands before what comes next, as the line that says why.
    pub(super) fn set_reason(&mut self, text: &[u8]) {
        self.last_foreign = text.to_vec();
        self.is_foreign = true;
    }

    /// Whether a goroutine is being read.
    pub(super) const fn is_in_goroutine(&self) -> bool {
        matches!(self.mode, Mode::Goroutine)
    }

    fn goroutine_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        if line.trim_ascii().is_empty() {
            self.close_block(out);
            return true;
        }
        match self.block.line(line, number, out) {
            Use::Taken => {
                self.is_foreign = false;
                self.used_line = number;
                true
            }
            // What ends a program stands directly behind its last goroutine.
            Use::Foreign if is_register(line) => true,
            Use::Foreign if line == RACE_HEAD || line == RACE_RULE || line.starts_with(b"exit status ") => {
                self.close_block(out);
                self.outside_line(line, number, out)
            }
            Use::Foreign => self.foreign_line(line),
        }
    }

    fn start_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        if self.starts.go_on(line, number, out) {
            return true;
        }
        self.mode = Mode::Outside;
        self.starts.close_panic(out);
        line.is_empty() || self.outside_line(line, number, out)
    }

    fn outside_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        if line.is_empty() {
            return true;
        }
        if begins_header(line) {
            return self.header_line(line, number, out);
        }
        if let Some(what) = start_line(line) {
            self.begin(what, line, number, out);
            return true;
        }
        match line {
            b"runtime stack:" => self.mode = Mode::RuntimeStack,
            b"-----" => self.is_thread = true,
            RACE_HEAD => self.mode = Mode::Race(OpenRace::new(number)),
            RACE_RULE => {}
            _ if is_register(line) => {}
            _ if line.starts_with(b"exit status ") => {
                self.close_dump(out);
                self.starts = Starts::default();
            }
            _ => return self.foreign_line(line),
        }
        true
    }

    fn foreign_line(&mut self, line: &[u8]) -> bool {
        const MAX_REASON_BYTES: usize = 1000;
        self.is_foreign = true;
        self.last_foreign.clear();
        self.last_foreign.extend_from_slice(line.get(..MAX_REASON_BYTES).unwrap_or(line));
        false
    }

    fn begin(&mut self, what: StartLine, line: &[u8], number: u64, out: &mut DumpFile) {
        self.close_block(out);
        self.close_dump(out);
        self.starts.begin(what, line, number, out);
        self.mode = Mode::Start;
        self.is_foreign = false;
    }

    fn header_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        self.close_block(out);
        self.starts.close_panic(out);
        let text = String::from_utf8_lossy(line);
        let Some(header) = parse_header(&text) else {
            out.lose(number, line, "a goroutine whose first line is cut off or of no known form");
            if let Some(open) = &mut self.dump {
                open.dump.is_truncated = true;
            }
            return true;
        };
        let is_other = self.dump.as_ref().is_some_and(|open| {
            open.ids.contains(&header.id) || header.state == "running" && self.is_foreign
        });
        if is_other {
            self.close_dump(out);
        }
        let mut pairs = Vec::new();
        if !header.labels.is_empty() {
            for (key, value) in parse_labels(header.labels) {
                let key = out.tables.add_string(key.as_bytes());
                pairs.push((key, out.tables.add_string(value.as_bytes())));
            }
        }
        let since = [
            (header.are_labels_outside, 27),
            (header.is_leaked || !header.labels.is_empty(), 26),
            (header.is_durable || header.bubble > 0, 24),
            (header.has_thread, 22),
        ];
        let since = since.iter().find(|(is_seen, _)| *is_seen).map_or(0, |(_, minor)| *minor);
        out.min_go_minor = out.min_go_minor.max(since);
        let row = Goroutine {
            id: header.id,
            parent: 0,
            arguments: 0,
            state: out.tables.add_state(header.state, header.is_leaked, header.is_durable),
            stack: out.tables.empty_stack(),
            minutes: header.minutes,
            bubble: header.bubble,
            labels: if pairs.is_empty() { LabelsId::default() } else { out.tables.add_labels(&pairs) },
            words: WordsId::default(),
            is_locked: header.is_locked,
        };
        let dump = self.open_dump(number);
        dump.ids.insert(row.id);
        dump.dump.goroutines.push(row);
        self.is_foreign = false;
        self.last_foreign.clear();
        self.used_line = number;
        self.mode = Mode::Goroutine;
        true
    }

    fn open_dump(&mut self, number: u64) -> &mut OpenDump {
        let Self { starts, last_foreign, is_foreign, is_thread, source, time, .. } = self;
        self.dump.get_or_insert_with(|| {
            let starts = std::mem::take(starts);
            let mut kind = starts.kind.unwrap_or(DumpKind::Stack);
            if std::mem::take(is_thread) && kind != DumpKind::Stack {
                kind = DumpKind::Thread;
            }
            let reason = match starts.kind {
                Some(_) => starts.reason,
                None if *is_foreign => String::from_utf8_lossy(last_foreign).into_owned(),
                None => String::new(),
            };
            let dump = Dump {
                line: if starts.line == 0 { number } else { starts.line },
                last_line: number,
                kind,
                reason,
                time: time.clone(),
                source: source.clone(),
                is_truncated: false,
                goroutines: Vec::new(),
            };
            OpenDump { dump, ids: FxHashSet::default() }
        })
    }

    fn close_race(&mut self, out: &mut DumpFile) {
        if let Mode::Race(race) = std::mem::take(&mut self.mode) {
            race.close(out);
        }
    }

    fn close_block(&mut self, out: &mut DumpFile) {
        if !self.is_in_goroutine() {
            if matches!(self.mode, Mode::Race(_)) {
                self.close_race(out);
            }
            self.mode = Mode::Outside;
            return;
        }
        self.mode = Mode::Outside;
        let row = self.dump.as_mut().and_then(|open| open.dump.goroutines.last_mut());
        if let Some(row) = row {
            self.block.close(row, out);
        }
    }

    fn close_dump(&mut self, out: &mut DumpFile) {
        self.close_block(out);
        let Some(mut open) = self.dump.take() else { return };
        open.dump.last_line = open.dump.last_line.max(self.used_line);
        if open.dump.kind == DumpKind::Stack && is_debug2(&open.dump, out) {
            open.dump.kind = DumpKind::Debug2;
        }
        out.dumps.push(open.dump);
    }

    /// The text ends, or another record begins.
    pub(super) fn finish(&mut self, out: &mut DumpFile) {
        let is_cut = self.is_in_goroutine() && self.block.is_open();
        if is_cut && let Some(open) = &mut self.dump {
            open.dump.is_truncated = true;
            out.lose(self.used_line, &self.last_foreign, "the text ends in the middle of a goroutine");
        }
        self.close_dump(out);
        self.starts.close_panic(out);
        self.starts = Starts::default();
        self.is_foreign = false;
    }
}

/// Whether the first goroutine is the one that writes the profile.
fn is_debug2(dump: &Dump, out: &DumpFile) -> bool {
    let Some(first) = dump.goroutines.first() else { return false };
    let frames = out.tables.stack(first.stack).frames;
    frames.iter().take(3).any(|&frame| out.tables.function(frame).starts_with("runtime/pprof."))
}

/// `rax    0x0`: a word, spaces, a number.
fn is_register(line: &[u8]) -> bool {
    let name = line.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let spaces = line[name..].iter().take_while(|&&byte| byte == b' ').count();
    let number = &line[name + spaces..];
    (2..=8).contains(&name)
        && spaces > 0
        && number.starts_with(b"0x")
        && number[2..].iter().all(u8::is_ascii_hexdigit)
}

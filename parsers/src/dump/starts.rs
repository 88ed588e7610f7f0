//! What stands before the goroutines of a dump: panics, fatal errors, signals.

use super::model::{DumpFile, DumpKind, Panic, Signal};

/// A line that begins a dump, or one of the lines that belong to such a beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartLine {
    /// `panic: VALUE`; with a tab before it, one more of a chain.
    Panic,
    /// `fatal error: TEXT`.
    Fatal,
    /// `SIGQUIT: quit`.
    Signal,
    /// What the runtime says before a fatal error.
    Before,
}

/// What kind of beginning a line at column 0 is.
pub(super) fn start_line(line: &[u8]) -> Option<StartLine> {
    const BEFORE: [&[u8]; 4] = [
        b"runtime: goroutine stack exceeds ",
        b"runtime: program exceeds ",
        b"unexpected fault address ",
        b"runtime: out of memory",
    ];
    match line.first()? {
        b'p' if line.starts_with(b"panic: ") => Some(StartLine::Panic),
        b'f' if line.starts_with(b"fatal error: ") => Some(StartLine::Fatal),
        b'S' if is_signal(line) => Some(StartLine::Signal),
        b'r' | b'u' => BEFORE.iter().any(|text| line.starts_with(text)).then_some(StartLine::Before),
        _ => None,
    }
}

/// `SIGQUIT: quit`: a name in capitals, and what it means.
fn is_signal(line: &[u8]) -> bool {
    let letters = line.iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
    line.starts_with(b"SIG") && (5..=9).contains(&letters) && line[letters..].starts_with(b": ")
}

/// The beginning of a dump while its lines come.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// Its first line; 0 if there is none.
    pub(super) line: u64,
    pub(super) kind: Option<DumpKind>,
    pub(super) reason: String,
    /// The panic whose value may go on.
    open: Option<Panic>,
}

impl Starts {
    /// Takes a line at column 0 that [`start_line`] knows.
    pub(super) fn begin(&mut self, what: StartLine, line: &[u8], number: u64, out: &mut DumpFile) {
        self.close_panic(out);
        if self.line == 0 {
            self.line = number;
        }
        let text = String::from_utf8_lossy(line);
        match what {
            StartLine::Panic => self.open_panic(&text, number),
            StartLine::Fatal => {
                if self.kind != Some(DumpKind::Fatal) {
                    self.reason = text.to_string();
                }
                self.kind = Some(DumpKind::Fatal);
                out.fatal_errors.push(text.strip_prefix("fatal error: ").unwrap_or(&text).to_owned());
            }
            StartLine::Signal => {
                let name = text.split(':').next().unwrap_or_default();
                if self.kind.is_none() {
                    let is_quit = name == "SIGQUIT";
                    self.kind = Some(if is_quit { DumpKind::Sigquit } else { DumpKind::Signal });
                    self.reason = text.to_string();
                }
                out.signal.get_or_insert_with(|| Signal { name: name.to_owned(), ..Signal::default() });
            }
            StartLine::Before => {}
        }
    }

    fn open_panic(&mut self, text: &str, number: u64) {
        if self.kind != Some(DumpKind::Fatal) {
            self.kind = Some(DumpKind::Panic);
            self.reason = text.to_owned();
        }
        let value = text.strip_prefix("panic: ").unwrap_or(text).to_owned();
        self.open = Some(Panic { line: number, value, is_recovered: false, is_repanicked: false });
    }

    /// Takes a line behind the first one, and says whether it belongs to the beginning.
    pub(super) fn go_on(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> bool {
        if let Some(rest) = line.strip_prefix(b"[signal ") {
            let signal = signal_facts(&String::from_utf8_lossy(rest));
            out.signal.get_or_insert(signal);
            return true;
        }
        if let Some(rest) = line.strip_prefix(b"PC=") {
            let rest = String::from_utf8_lossy(rest);
            if let (Some(signal), Some(pc)) = (&mut out.signal, rest.split(' ').next()) {
                signal.pc = pc.to_owned();
            }
            return true;
        }
        if line.starts_with(b"runtime: sp=") || line == b"goexit" {
            return true;
        }
        let is_indented = matches!(line.first(), Some(b'\t' | b' '));
        if !is_indented || self.open.is_none() {
            return false;
        }
        let text = String::from_utf8_lossy(line);
        let text = text.strip_prefix('\t').unwrap_or(text.trim_start_matches(' '));
        if text.starts_with("panic: ") {
            self.close_panic(out);
            self.open_panic(text, number);
        } else if let Some(panic) = &mut self.open {
            const MAX_VALUE_BYTES: usize = 64 << 10;
            if panic.value.len() < MAX_VALUE_BYTES {
                panic.value.push('\n');
                panic.value.push_str(text);
            }
        }
        true
    }

    /// The text of the beginning ends.
    pub(super) fn close_panic(&mut self, out: &mut DumpFile) {
        let Some(mut panic) = self.open.take() else { return };
        if let Some(value) = panic.value.strip_suffix(" [recovered]") {
            (panic.value, panic.is_recovered) = (value.to_owned(), true);
        } else if let Some(value) = panic.value.strip_suffix(" [recovered, repanicked]") {
            (panic.value, panic.is_recovered) = (value.to_owned(), true);
            panic.is_repanicked = true;
        }
        out.panics.push(panic);
    }
}

/// `SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x4a3058]`.
fn signal_facts(text: &str) -> Signal {
    let text = text.trim_end().trim_end_matches(']');
    let fact = |key: &str| {
        let value = text.split(' ').find_map(|word| word.strip_prefix(key));
        value.unwrap_or_default().to_owned()
    };
    Signal {
        name: text.split([':', ' ']).next().unwrap_or_default().to_owned(),
        code: fact("code="),
        address: fact("addr="),
        pc: fact("pc="),
    }
}

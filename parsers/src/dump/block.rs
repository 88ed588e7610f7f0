//! One goroutine while its lines come: frames, creator, gaps, ancestors.

use super::frame::{parse_call, parse_creator, parse_elided, parse_place, take_arguments};
use super::model::{DumpFile, Goroutine, PrefixKind};
use super::tables::{FrameId, StringId, Tables, Word};

/// What the next line must be.
#[derive(Debug, Default, PartialEq, Eq)]
enum Expected {
    /// Anything.
    #[default]
    Nothing,
    /// The file of a frame.
    Frame { function: StringId, is_inlined: bool },
    /// The file of the `go` statement.
    Creator { function: StringId },
    /// The file of a frame that is not of Go, if this name is one.
    Foreign(Vec<u8>),
}

/// A goroutine while it is read. Buffers are used again for the next one.
#[derive(Debug, Default)]
pub(super) struct Block {
    frames: Vec<FrameId>,
    words: Vec<Word>,
    arguments: u64,
    creator: Option<FrameId>,
    parent: u64,
    n_elided: u32,
    /// Words before those of the function without a file.
    n_sure_words: usize,
    expected: Expected,
    /// Whether the frames are those of an ancestor: the stack that created it.
    is_in_ancestors: bool,
    /// Where the function without a file stands.
    open_line: u64,
}

/// Whether a line was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Taken,
    Foreign,
}

impl Block {
    /// Takes a line that is neither empty nor a header.
    pub(super) fn line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> Use {
        match line.first() {
            Some(b'\t' | b' ') => self.place_line(line, number, out),
            Some(b'.') => match parse_elided(line) {
                Some(n_elided) => {
                    self.drop_open(out);
                    if !self.is_in_ancestors {
                        self.frames.push(Tables::ELIDED);
                        self.n_elided += n_elided;
                    }
                    Use::Taken
                }
                None => self.other_line(line, number, out),
            },
            Some(b'[') if line.starts_with(b"[originating from goroutine ") => {
                self.drop_open(out);
                self.is_in_ancestors = true;
                Use::Taken
            }
            Some(b'c') if line.starts_with(b"created by ") => self.creator_line(line, number, out),
            _ => self.call_line(line, number, out),
        }
    }

    fn call_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> Use {
        let Some(call) = parse_call(line) else { return self.other_line(line, number, out) };
        self.drop_open(out);
        self.open_line = number;
        let is_inlined = call.is_inlined();
        self.n_sure_words = self.words.len();
        if !is_inlined && !call.arguments.is_empty() && !self.is_in_ancestors {
            let frame = u16::try_from(self.frames.len()).unwrap_or(u16::MAX);
            take_arguments(call.arguments, frame, &mut self.words, &mut self.arguments);
        }
        self.expected = Expected::Frame { function: out.tables.add_string(call.function), is_inlined };
        Use::Taken
    }

    fn creator_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> Use {
        let Some((function, parent)) = parse_creator(line) else { return Use::Foreign };
        self.drop_open(out);
        self.open_line = number;
        self.n_sure_words = self.words.len();
        if !self.is_in_ancestors && self.creator.is_none() {
            self.parent = parent;
        }
        self.expected = Expected::Creator { function: out.tables.add_string(function) };
        Use::Taken
    }

    fn place_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> Use {
        if line.ends_with(b"stack unavailable") {
            self.frames.push(Tables::UNAVAILABLE);
            return Use::Taken;
        }
        if self.expected == Expected::Nothing {
            return Use::Foreign;
        }
        let Some(place) = parse_place(line) else {
            out.lose(number, line, "no file and line behind a function");
            return Use::Taken;
        };
        if line.first() == Some(&b' ') && out.prefix == PrefixKind::None {
            out.prefix = PrefixKind::Spaces;
        }
        match std::mem::take(&mut self.expected) {
            Expected::Nothing => {}
            Expected::Frame { function, is_inlined } => {
                let is_inlined = is_inlined && !place.has_offset;
                let frame = out.tables.add_frame_of(function, place.file, place.line, is_inlined);
                if !self.is_in_ancestors {
                    self.frames.push(frame);
                }
            }
            Expected::Creator { function } => {
                let frame = out.tables.add_frame_of(function, place.file, place.line, false);
                if !self.is_in_ancestors && self.creator.is_none() {
                    self.creator = Some(frame);
                }
            }
            Expected::Foreign(name) => {
                let function = out.tables.add_string(&name);
                let frame = out.tables.add_frame_of(function, place.file, place.line, false);
                if !self.is_in_ancestors {
                    self.frames.push(frame);
                }
            }
        }
        Use::Taken
    }

    /// `non-Go function`, a name of C, or a line of a log in between.
    fn other_line(&mut self, line: &[u8], number: u64, out: &mut DumpFile) -> Use {
        if line.starts_with(b"non-Go function") {
            self.drop_open(out);
            let frame = out.tables.add_frame(b"non-Go function", b"", 0, false);
            self.frames.push(frame);
            return Use::Taken;
        }
        let is_name = !line.is_empty() && !line.iter().any(|byte| matches!(byte, b' ' | b'\t'));
        if is_name && self.expected == Expected::Nothing {
            self.expected = Expected::Foreign(line.to_vec());
            self.open_line = number;
        }
        Use::Foreign
    }

    /// What was expected does not come.
    fn drop_open(&mut self, out: &mut DumpFile) {
        match std::mem::take(&mut self.expected) {
            Expected::Nothing | Expected::Foreign(_) => {}
            Expected::Frame { function, .. } | Expected::Creator { function } => {
                self.words.truncate(self.n_sure_words);
                let name = out.tables.string(function).to_owned();
                out.lose(self.open_line, name.as_bytes(), "no file and line behind a function");
            }
        }
    }

    /// Whether the text must go on: a function has no file yet, or there is no line at all.
    pub(super) fn is_open(&self) -> bool {
        let waits = matches!(self.expected, Expected::Frame { .. } | Expected::Creator { .. });
        waits || self.frames.is_empty() && self.creator.is_none()
    }

    /// Ends the goroutine: fills its row, and is ready for the next.
    pub(super) fn close(&mut self, row: &mut Goroutine, out: &mut DumpFile) {
        self.drop_open(out);
        row.stack = out.tables.add_stack(&self.frames, self.creator, self.n_elided);
        row.words = out.tables.add_words(&self.words);
        (row.arguments, row.parent) = (self.arguments, self.parent);
        self.frames.clear();
        self.words.clear();
        (self.arguments, self.creator, self.parent, self.n_elided) = (0, None, 0, 0);
        self.n_sure_words = 0;
        self.is_in_ancestors = false;
    }
}

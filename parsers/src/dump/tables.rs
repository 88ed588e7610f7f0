//! What goroutines have in common, kept once: text, frames, stacks, states, labels, argument words.

use std::hash::Hasher as _;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// A text in [`Tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StringId(u32);

/// A frame in [`Tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameId(u32);

/// A stack in [`Tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StackId(u32);

/// A state in [`Tables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateId(u32);

/// A set of labels in [`Tables`]; the empty one is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LabelsId(u32);

/// A list of argument words in [`Tables`]; the empty one is the default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WordsId(u32);

macro_rules! row {
    ($($id:ident),*) => { $(impl $id {
        /// The row, counted from 0.
        pub const fn row(self) -> usize {
            self.0 as usize
        }
    })* };
}
row!(StringId, FrameId, StackId, StateId, LabelsId, WordsId);

/// A place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The function as the dump names it.
    pub function: StringId,
    /// The file; empty for a frame that is none.
    pub file: StringId,
    /// The line.
    pub line: u32,
    /// Whether it is inlined into the frame behind it, as the first goroutine with this frame says.
    pub is_inlined: bool,
}

/// A state of a goroutine without what differs from moment to moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// `chan receive`.
    pub name: Box<str>,
    /// `(leaked)`.
    pub is_leaked: bool,
    /// `(durable)`.
    pub is_durable: bool,
}

/// A stack: what [`Tables::stack`] gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackRef<'a> {
    /// Innermost first. [`FrameId`]s of [`Tables::ELIDED`] and [`Tables::UNAVAILABLE`] stand for frames that are not there.
    pub frames: &'a [FrameId],
    /// The `go` statement.
    pub creator: Option<FrameId>,
}

/// An argument word that may be an address, and was not marked as stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    /// Its value.
    pub value: u64,
    /// Of which frame, counted from the innermost.
    pub frame: u16,
    /// Which word of the frame, counted from 0 through all brackets.
    pub position: u16,
}

/// What the ids of dumps stand for.
#[derive(Debug)]
pub struct Tables {
    text: String,
    /// Where each string ends in `text`.
    string_ends: Vec<u32>,
    string_rows: HashTable<u32>,
    frames: Vec<Frame>,
    frame_rows: HashTable<u32>,
    stack_frames: Vec<FrameId>,
    /// End in `stack_frames`, creator, elided frames.
    stacks: Vec<StackRow>,
    stack_rows: HashTable<u32>,
    states: Vec<State>,
    label_pairs: Vec<(StringId, StringId)>,
    label_ends: Vec<u32>,
    label_rows: HashTable<u32>,
    words: Vec<Word>,
    word_ends: Vec<u32>,
    word_rows: HashTable<u32>,
}

#[derive(Clone, Copy, Debug)]
struct StackRow {
    end: u32,
    creator: Option<FrameId>,
    n_elided: u32,
}

impl Default for Tables {
    fn default() -> Self {
        let mut tables = Self {
            text: String::new(),
            string_ends: Vec::new(),
            string_rows: HashTable::new(),
            frames: Vec::new(),
            frame_rows: HashTable::new(),
            stack_frames: Vec::new(),
            stacks: Vec::new(),
            stack_rows: HashTable::new(),
            states: Vec::new(),
            label_pairs: Vec::new(),
            label_ends: vec![0],
            label_rows: HashTable::new(),
            words: Vec::new(),
            word_ends: vec![0],
            word_rows: HashTable::new(),
        };
        let _ = tables.add_frame(b"...frames elided...", b"", 0, false);
        let _ = tables.add_frame(b"(running on other thread; stack unavailable)", b"", 0, false);
        tables
    }
}

impl Tables {
    /// Stands where the runtime left frames out.
    pub const ELIDED: FrameId = FrameId(0);
    /// Stands for a stack that could not be printed.
    pub const UNAVAILABLE: FrameId = FrameId(1);
    /// Bytes of text that are kept: more than any dump of a real program has.
    const MAX_TEXT_BYTES: usize = 256 << 20;
    /// Argument words that are kept.
    const MAX_WORDS: usize = 8 << 20;

    /// The text.
    pub fn string(&self, id: StringId) -> &str {
        self.row_text(id.row())
    }

    /// The frame.
    pub fn frame(&self, id: FrameId) -> Frame {
        self.frames[id.row()]
    }

    /// The function of a frame.
    pub fn function(&self, id: FrameId) -> &str {
        self.string(self.frame(id).function)
    }

    /// The file of a frame.
    pub fn file(&self, id: FrameId) -> &str {
        self.string(self.frame(id).file)
    }

    /// The stack.
    pub fn stack(&self, id: StackId) -> StackRef<'_> {
        let begin = id.row().checked_sub(1).map_or(0, |before| self.stacks[before].end);
        let row = self.stacks[id.row()];
        StackRef { frames: &self.stack_frames[begin as usize..row.end as usize], creator: row.creator }
    }

    /// The most frames that were left out of one of the stacks that are equal to this.
    pub fn n_elided(&self, id: StackId) -> u32 {
        self.stacks[id.row()].n_elided
    }

    /// The state.
    pub fn state(&self, id: StateId) -> &State {
        &self.states[id.row()]
    }

    /// Keys and values of labels.
    pub fn labels(&self, id: LabelsId) -> impl Iterator<Item = (&str, &str)> {
        let pairs = slice(&self.label_pairs, &self.label_ends, id.row());
        pairs.iter().map(|&(key, value)| (self.string(key), self.string(value)))
    }

    /// Argument words.
    pub fn words(&self, id: WordsId) -> &[Word] {
        slice(&self.words, &self.word_ends, id.row())
    }

    /// Whether text had to be left out because there was too much of it.
    pub(super) fn is_full(&self) -> bool {
        self.text.len() >= Self::MAX_TEXT_BYTES
    }

    fn row_text(&self, row: usize) -> &str {
        let begin = row.checked_sub(1).map_or(0, |before| self.string_ends[before]);
        &self.text[begin as usize..self.string_ends[row] as usize]
    }

    pub(super) fn add_string(&mut self, bytes: &[u8]) -> StringId {
        let shown = String::from_utf8_lossy(bytes);
        let text = if self.is_full() { "…" } else { &*shown };
        let hash = hash_of(text.as_bytes());
        let found = self.string_rows.find(hash, |&row| self.row_text(row as usize) == text);
        if let Some(&row) = found {
            return StringId(row);
        }
        self.text.push_str(text);
        let row = self.string_ends.len() as u32;
        self.string_ends.push(self.text.len() as u32);
        let (ends, all) = (&self.string_ends, &self.text);
        self.string_rows.insert_unique(hash, row, |&row| {
            let begin = (row as usize).checked_sub(1).map_or(0, |before| ends[before]);
            hash_of(&all.as_bytes()[begin as usize..ends[row as usize] as usize])
        });
        StringId(row)
    }

    /// A stack without frames.
    pub(super) fn empty_stack(&mut self) -> StackId {
        self.add_stack(&[], None, 0)
    }

    pub(super) fn add_frame(&mut self, function: &[u8], file: &[u8], line: u32, is_inlined: bool) -> FrameId {
        let function = self.add_string(function);
        self.add_frame_of(function, file, line, is_inlined)
    }

    pub(super) fn add_frame_of(
        &mut self,
        function: StringId,
        file: &[u8],
        line: u32,
        is_inlined: bool,
    ) -> FrameId {
        let file = self.add_string(file);
        let hash = |frame: &Frame| hash_of(&(frame.function, frame.file, frame.line));
        let frame = Frame { function, file, line, is_inlined };
        let is_same = |&row: &u32| {
            let known = self.frames[row as usize];
            (known.function, known.file, known.line) == (function, file, line)
        };
        if let Some(&row) = self.frame_rows.find(hash(&frame), is_same) {
            return FrameId(row);
        }
        let row = self.frames.len() as u32;
        self.frames.push(frame);
        let frames = &self.frames;
        self.frame_rows.insert_unique(hash(&frame), row, |&row| hash(&frames[row as usize]));
        FrameId(row)
    }

    pub(super) fn add_stack(
        &mut self,
        frames: &[FrameId],
        creator: Option<FrameId>,
        n_elided: u32,
    ) -> StackId {
        let hash = hash_of(&(frames, creator));
        let is_same = |&row: &u32| {
            let known = self.stack(StackId(row));
            known.frames == frames && known.creator == creator
        };
        if let Some(&row) = self.stack_rows.find(hash, is_same) {
            let known = &mut self.stacks[row as usize];
            known.n_elided = known.n_elided.max(n_elided);
            return StackId(row);
        }
        self.stack_frames.extend_from_slice(frames);
        let row = self.stacks.len() as u32;
        self.stacks.push(StackRow { end: self.stack_frames.len() as u32, creator, n_elided });
        let (stacks, all) = (&self.stacks, &self.stack_frames);
        self.stack_rows.insert_unique(hash, row, |&row| {
            let begin = (row as usize).checked_sub(1).map_or(0, |before| stacks[before].end);
            let known = stacks[row as usize];
            hash_of(&(&all[begin as usize..known.end as usize], known.creator))
        });
        StackId(row)
    }

    /// Adds a state. There are some dozens of them: a search from the first one is fast enough, and of thousands, which
    /// no Go writes, all behind the first are one.
    pub(super) fn add_state(&mut self, name: &str, is_leaked: bool, is_durable: bool) -> StateId {
        const MAX_STATES: usize = 1000;
        let is_same = |state: &State| {
            *state.name == *name && (state.is_leaked, state.is_durable) == (is_leaked, is_durable)
        };
        if let Some(row) = self.states.iter().position(is_same) {
            return StateId(row as u32);
        }
        if self.states.len() >= MAX_STATES {
            return StateId(MAX_STATES as u32 - 1);
        }
        self.states.push(State { name: name.into(), is_leaked, is_durable });
        StateId(self.states.len() as u32 - 1)
    }

    pub(super) fn add_labels(&mut self, pairs: &[(StringId, StringId)]) -> LabelsId {
        let row = add_list(&mut self.label_pairs, &mut self.label_ends, &mut self.label_rows, pairs);
        LabelsId(row)
    }

    pub(super) fn add_words(&mut self, words: &[Word]) -> WordsId {
        if self.words.len() > Self::MAX_WORDS {
            return WordsId::default();
        }
        WordsId(add_list(&mut self.words, &mut self.word_ends, &mut self.word_rows, words))
    }
}

/// Row 0 is the empty list; row N is what lies between the ends N − 1 and N.
fn slice<'a, T>(all: &'a [T], ends: &[u32], row: usize) -> &'a [T] {
    let Some(before) = row.checked_sub(1) else { return &[] };
    &all[ends[before] as usize..ends[row] as usize]
}

fn add_list<T: Copy + PartialEq + std::hash::Hash>(
    all: &mut Vec<T>,
    ends: &mut Vec<u32>,
    rows: &mut HashTable<u32>,
    list: &[T],
) -> u32 {
    if list.is_empty() {
        return 0;
    }
    let hash = hash_of(list);
    if let Some(&row) = rows.find(hash, |&row| slice(all, ends, row as usize) == list) {
        return row;
    }
    all.extend_from_slice(list);
    let row = ends.len() as u32;
    ends.push(all.len() as u32);
    rows.insert_unique(hash, row, |&row| hash_of(slice(all, ends, row as usize)));
    row
}

/// A hash that is the same in every run.
pub(super) fn hash_of<T: std::hash::Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}

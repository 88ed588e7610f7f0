//! The rows of the tables as they are in memory.

use std::collections::HashMap;
use std::sync::Arc;

use goscope_analysis::histogram::DurationHistogram;

use crate::column::coded::Interner;
use crate::folder::parts::PartId;
use crate::id::{FrameKey, Id, frame_id};

/// A profile: everything about it but its samples.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileRow {
    /// Its id, which its content has made.
    pub id: Id,
    /// When it began, in ns since 1970 (UTC); 0 if nobody knows.
    pub time_nanos: i64,
    /// How long it took, in ns; 0 if not known.
    pub duration_nanos: i64,
    /// The service that was measured.
    pub service: String,
    /// Its version.
    pub version: String,
    /// `cpu`, `heap`, `allocs`, `goroutine`, `goroutineleak`, `threadcreate`, `contention` or `other`.
    pub kind: String,
    /// Its sample types, as `cpu/nanoseconds`.
    pub types: Vec<String>,
    /// The sum of each.
    pub totals: Vec<i64>,
    /// Name of the type to show first; empty if it has no wish.
    pub default_type: String,
    /// What the period counts, as `cpu/nanoseconds`.
    pub period_type: String,
    /// Events between two samples.
    pub period: i64,
    /// Labels of the whole profile: those that were given, and those that all its samples share.
    pub labels: Vec<(String, String)>,
    /// Samples in the file.
    pub n_samples: i64,
    /// Build id of the program.
    pub build_id: String,
    /// Path of the program.
    pub program: String,
    /// Frames that reports cut away, as a regular expression.
    pub drop_frames: String,
    /// Frames that are spared, as a regular expression.
    pub keep_frames: String,
    /// Where it came from.
    pub source: String,
    /// Its comments.
    pub comments: Vec<String>,
    /// Where a folder has its samples.
    pub(crate) part: Option<Arc<PartId>>,
}

impl ProfileRow {
    /// The first value of a label.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.labels.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Its end, in ns since 1970.
    pub fn end_nanos(&self) -> i64 {
        self.time_nanos.saturating_add(self.duration_nanos.max(0))
    }
}

/// How long instances of one name took in a trace, in all or in one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryRow {
    /// The trace: a row like that of a profile, of the kind `trace`, without types.
    pub trace: ProfileRow,
    /// `goroutine`, `task`, `region`, `gc` or `stw`.
    pub group: String,
    /// The function, the type, the name, the kind of pause.
    pub name: String,
    /// `total`, `running`, `runnable`, `syscall`, `blocked:` and the reason.
    pub metric: String,
    /// One duration an instance.
    pub durations: DurationHistogram,
}

impl SummaryRow {
    /// What it is of, and its place in a file.
    pub(crate) fn key(&self) -> (i64, Id, &str, &str, &str) {
        (self.trace.time_nanos, self.trace.id, &self.group, &self.name, &self.metric)
    }
}

/// A frame of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Empty for a place that nobody has a name for; `file` is the binary that it is in then.
    pub(crate) function: String,
    pub(crate) system_name: String,
    pub(crate) file: String,
    pub(crate) start_line: i64,
    pub(crate) line: i64,
    pub(crate) column: i64,
    /// Whether it was inlined into the next frame.
    pub(crate) is_inlined: bool,
}

/// Frames and stacks by their ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dictionary {
    pub(crate) frame_ids: Interner<Id>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) stack_ids: Interner<Id>,
    /// Codes of frames, leaf first, by code of the stack.
    pub(crate) stacks: Vec<Box<[u32]>>,
}

impl Dictionary {
    /// These stacks, in this order, out of what was read. `warnings` says how many are missing.
    pub(crate) fn of(
        stacks: &[Id],
        known: &HashMap<Id, Box<[Id]>>,
        mut frames: HashMap<Id, Frame>,
        warnings: &mut Vec<String>,
    ) -> Self {
        let mut dictionary = Self::default();
        let mut n_missing = 0;
        let unknown = |function: &str| Frame { function: function.to_owned(), ..Frame::default() };
        let no_stack = frame_id(&FrameKey { function: b"[unknown stack]", ..FrameKey::NOTHING });
        for &stack in stacks {
            let Some(ids) = known.get(&stack) else {
                n_missing += 1;
                dictionary.stack(stack, |dictionary| {
                    [dictionary.frame(no_stack, || unknown("[unknown stack]"))].into()
                });
                continue;
            };
            dictionary.stack(stack, |dictionary| {
                let mut frame = |id: &Id| {
                    dictionary.frame(*id, || frames.remove(id).unwrap_or_else(|| unknown("[unknown frame]")))
                };
                ids.iter().map(&mut frame).collect()
            });
        }
        if n_missing > 0 {
            warnings.push(format!(
                "{n_missing} of {} stacks are missing in the store and shown as [unknown stack]: a file of stacks was lost",
                stacks.len()
            ));
        }
        dictionary
    }

    /// The names of the functions on each stack, each once, that of the leaf first: frames that differ in file or line only
    /// are one function, and recursion counts once.
    pub(crate) fn function_names(&self) -> Vec<Vec<&str>> {
        let names = |stack: &[u32]| {
            let mut names: Vec<&str> = Vec::new();
            for &frame in stack {
                let frame = &self.frames[frame as usize];
                let name =
                    if frame.function.is_empty() { frame.file.as_str() } else { frame.function.as_str() };
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        self.stacks.iter().map(|stack| names(stack)).collect()
    }

    /// The code of a frame; `make` makes one that is new.
    pub(crate) fn frame(&mut self, id: Id, make: impl FnOnce() -> Frame) -> u32 {
        let code = self.frame_ids.code(&id);
        if code as usize == self.frames.len() {
            self.frames.push(make());
        }
        code
    }

    /// The code of a stack; `frames` gives the codes of the frames of one that is new.
    pub(crate) fn stack(&mut self, id: Id, frames: impl FnOnce(&mut Self) -> Box<[u32]>) -> u32 {
        if let Some(code) = self.stack_ids.get(&id) {
            return code;
        }
        let frames = frames(self);
        self.stacks.push(frames);
        self.stack_ids.code(&id)
    }
}

/// The labels of a sample, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LabelSet {
    /// Keys and texts.
    pub(crate) texts: Vec<(String, String)>,
    /// Keys, with their unit as `bytes/unit` where there is one, and numbers.
    pub(crate) numbers: Vec<(String, i64)>,
}

/// One value of a sample, in codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SampleRow {
    /// A row of the profiles.
    pub(crate) profile: u32,
    /// A sample type.
    pub(crate) kind: u32,
    /// A stack of the dictionary.
    pub(crate) stack: u32,
    /// A set of labels.
    pub(crate) labels: u32,
    pub(crate) value: i64,
}

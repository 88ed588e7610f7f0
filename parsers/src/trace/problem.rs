//! What is wrong with a trace, beside what is right with it.
//!
//! A damaged trace is normal (a crashed program, a file still being written): the reader delivers what is sound
//! and lists here what was lost, where, why, and how much.

/// Something wrong with a trace, found while reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What it means for the reader of the numbers.
    pub kind: ProblemKind,
    /// One sentence: the rule that was broken, with the ids involved.
    pub what: String,
    /// Where in the (inflated) file, in bytes from its start.
    pub offset: u64,
    /// The generation, by its number in the file; 0 where there is none (v1, or before the first).
    pub generation: u64,
    /// Which batch of the generation, counted from 0 in file order.
    pub batch: Option<u32>,
    /// Bytes of events and tables that were not used because of this.
    pub lost_bytes: u64,
}

/// The kinds of problems, from harmless to severe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The header is newer than this reader; the newest known rules were used.
    UnknownVersion,
    /// Data of an experiment that this reader does not know; the events do not depend on it.
    UnknownExperiment,
    /// A string or stack that events refer to is not in the file; it shows as `?`.
    MissingReference,
    /// The program ended a region (or began a task) out of order: its own bounds are in doubt, and nothing else.
    Annotation,
    /// The last generation has no end: the program crashed, or is still writing. What was flushed is there.
    IncompleteGeneration,
    /// Generations are missing between two others: goroutines and Ps start anew after the gap.
    LostGenerations,
    /// Bytes break the format; what could not be read is lost.
    Malformed,
    /// Events contradict each other; the rest of their generation is lost.
    Inconsistent,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.kind == ProblemKind::Annotation && self.offset == 0 {
            // Of several, or in a v1 trace, whose events do not know where they come from.
            return f.write_str(&self.what);
        }
        write!(f, "{} (byte {}", self.what, self.offset)?;
        if self.generation != 0 {
            write!(f, ", generation {}", self.generation)?;
        }
        if let Some(batch) = self.batch {
            write!(f, ", batch {batch}")?;
        }
        if self.lost_bytes != 0 {
            write!(f, ", {} bytes lost", self.lost_bytes)?;
        }
        f.write_str(")")
    }
}

/// How far the reader goes when a trace breaks the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Deliver whatever is sound: unfinished last generations, all generations after a broken one.
    #[default]
    Salvage,
    /// Stop where Go 1.27's own reader stops, after the same events.
    LikeGo,
}

/// A broken rule on its way to becoming a [`Problem`]; boxed to keep the hot path's results in registers.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) kind: ProblemKind,
    pub(crate) what: String,
    pub(crate) offset: Option<u64>,
    pub(crate) batch: Option<u32>,
}

pub(crate) type Faulty<T> = Result<T, Box<Fault>>;

impl Fault {
    /// Events that contradict each other.
    #[cold]
    pub(crate) fn order(what: impl Into<String>) -> Box<Self> {
        Box::new(Self { kind: ProblemKind::Inconsistent, what: what.into(), offset: None, batch: None })
    }

    /// Bytes that break the format at `offset`.
    #[cold]
    pub(crate) fn malformed(offset: usize, what: impl Into<String>) -> Box<Self> {
        let offset = Some(offset as u64);
        Box::new(Self { kind: ProblemKind::Malformed, what: what.into(), offset, batch: None })
    }

    /// The same fault, of a certain kind.
    pub(crate) fn of_kind(mut self: Box<Self>, kind: ProblemKind) -> Box<Self> {
        self.kind = kind;
        self
    }

    /// The same fault, with the place where it was found unless a more exact one is known.
    pub(crate) fn at(mut self: Box<Self>, offset: usize, batch: Option<u32>) -> Box<Self> {
        self.offset.get_or_insert(offset as u64);
        if self.batch.is_none() {
            self.batch = batch;
        }
        self
    }

    pub(crate) fn into_problem(self, generation: u64, lost_bytes: u64) -> Problem {
        let Self { kind, what, offset, batch } = self;
        Problem { kind, what, offset: offset.unwrap_or(0), generation, batch, lost_bytes }
    }
}

/// Notes a fault of a generation; of several the first is told and the losses are added up.
pub(super) fn add_problem(problem: &mut Option<Problem>, fault: Fault, generation: u64, lost_bytes: u64) {
    match problem {
        Some(problem) => problem.lost_bytes += lost_bytes,
        None => *problem = Some(fault.into_problem(generation, lost_bytes)),
    }
}

//! Why a goroutine is in the state it is in: state, reason and stack as one small id, interned once.
//!
//! ```text
//! cause  state    reason          stack
//! 1      waiting  "chan receive"  main.worker ← main.main
//! 2      running
//! 3      runnable                 (the stack that made it runnable)
//! ```

use goscope_parsers::trace::{StackId, StringId, Tables};
use hashbrown::HashTable;

/// What a goroutine does, as the timeline shows it: Go's states, and a system call split where it lost its P.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum SpanState {
    /// Nothing is known: generations of the trace are missing here.
    #[default]
    Unknown,
    /// Waits for a P.
    Runnable,
    /// Runs.
    Running,
    /// Blocked.
    Waiting,
    /// In a system call or C code, with its P still at hand.
    Syscall,
    /// In a system call or C code whose P was taken away, so that it has to wait for one at the end.
    SyscallBlocked,
}

impl SpanState {
    /// All states, in the order of [`index`](Self::index).
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Runnable, Self::Running, Self::Waiting, Self::Syscall, Self::SyscallBlocked];

    /// How many there are: arrays by state have this length.
    pub const COUNT: usize = 6;

    /// The place in an array by state.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// A word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Runnable => "runnable",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Syscall => "syscall",
            Self::SyscallBlocked => "syscall (blocked)",
        }
    }

    /// Whether a thread is bound to the goroutine.
    pub const fn is_executing(self) -> bool {
        matches!(self, Self::Running | Self::Syscall | Self::SyscallBlocked)
    }
}

/// A [`Cause`] of the model; 0 is "nothing is known".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CauseId(pub u32);

impl CauseId {
    /// The row that this id names.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// State, reason and stack of a span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The state.
    pub state: SpanState,
    /// Why it stopped or blocked, in the runtime's words; often none.
    pub reason: StringId,
    /// The stack of the event that began the span: the goroutine's own where it blocked, stopped or made a system
    /// call; that of whoever woke or created it where it became runnable; none where it began to run.
    pub stack: StackId,
}

impl Cause {
    /// State and reason in words: `waiting: sync`, `running`.
    pub fn text(self, tables: &Tables) -> String {
        let reason = tables.string_lossy(self.reason);
        if reason.is_empty() {
            self.state.name().to_owned()
        } else {
            format!("{}: {reason}", self.state.name())
        }
    }
}

/// The time of one cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CauseTotal {
    /// The cause.
    pub cause: CauseId,
    /// Spans of it that lie in instances, at least in part.
    pub count: u64,
    /// The time of those parts.
    pub nanos: u64,
}

/// All causes of a trace, each once, in order of first appearance.
#[derive(Clone, Debug)]
pub(crate) struct Causes {
    rows: Vec<Cause>,
    ids: HashTable<u32>,
}

impl Default for Causes {
    fn default() -> Self {
        let mut causes = Self { rows: Vec::new(), ids: HashTable::new() };
        causes.id(Cause::default());
        causes
    }
}

impl Causes {
    /// The id of a cause, new or known.
    pub(crate) fn id(&mut self, cause: Cause) -> CauseId {
        let rows = &self.rows;
        let hash = hash_of(cause);
        if let Some(&id) = self.ids.find(hash, |&id| rows[id as usize] == cause) {
            return CauseId(id);
        }
        let id = self.rows.len() as u32;
        self.rows.push(cause);
        let rows = &self.rows;
        self.ids.insert_unique(hash, id, |&id| hash_of(rows[id as usize]));
        CauseId(id)
    }

    /// All of them, by id.
    pub(crate) fn into_rows(self) -> Vec<Cause> {
        self.rows
    }

    /// All of them so far, by id.
    pub(crate) fn rows(&self) -> &[Cause] {
        &self.rows
    }

    /// A cause by its id.
    pub(crate) fn row(&self, id: CauseId) -> Cause {
        self.rows[id.index()]
    }
}

fn hash_of(cause: Cause) -> u64 {
    mix(u64::from(cause.reason.0) << 32 | u64::from(cause.stack.0), u64::from(cause.state as u8))
}

/// A hash of two words by one wide multiplication.
#[inline]
pub(crate) fn mix(first: u64, second: u64) -> u64 {
    let first = u128::from(first ^ 0x9E37_79B9_7F4A_7C15);
    let product = first * u128::from(second.wrapping_mul(0xD6E8_FEB8_6659_FD93) ^ 0xA076_1D64_78BD_642F);
    (product >> 64) as u64 ^ product as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_causes_have_one_id_and_0_is_unknown() {
        let mut causes = Causes::default();
        let waiting = Cause { state: SpanState::Waiting, reason: StringId(3), stack: StackId(7) };
        assert_eq!(causes.id(Cause::default()), CauseId(0));
        assert_eq!(causes.id(waiting), CauseId(1));
        assert_eq!(causes.id(Cause { stack: StackId(8), ..waiting }), CauseId(2));
        assert_eq!(causes.id(waiting), CauseId(1));
        assert_eq!(causes.into_rows().len(), 3);
    }
}
